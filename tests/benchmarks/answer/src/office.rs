//! A tenant with a campaign, as many agents as it makes calls, and the people on both sides.

use anyhow::{Context as _, Result};
use carillon_domain::agents::agent::Agent;
use carillon_domain::agents::presence::{AgentEvent, Presence, Serves};
use carillon_domain::agents::queue::Queue;
use carillon_domain::campaign::{Campaign, CampaignState};
use carillon_domain::contact::Contact;
use carillon_domain::enrollment::{Enrollment, EnrollmentState};
use carillon_domain::ids::{AgentId, CampaignId, ContactId, EnrollmentRef, QueueId, TenantId};
use carillon_domain::tenant::Tenant;
use carillon_network::Settings;
use carillon_store::{Stored, Table, TenantTable, Tenants, Vault};
use jiff::Timestamp;
use serde_json::{Value, json};

/// When an agent's telephone rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rings {
    WhileRinging,
    OnAnswer,
}

impl Rings {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::WhileRinging => "while_ringing",
            Self::OnAnswer => "on_answer",
        }
    }
}

/// One round's tenant.
#[derive(Clone, Debug)]
pub(crate) struct Office {
    pub(crate) tenant: TenantId,
    pub(crate) campaign: CampaignId,
    queue: QueueId,
    rings: Rings,
    pub(crate) calls: usize,
    base: usize,
}

impl Office {
    pub(crate) fn new(rings: Rings, round: usize, calls: usize) -> Self {
        let ordinal = round * 2 + usize::from(rings == Rings::OnAnswer);
        Self {
            tenant: id(&format!("office{ordinal}")),
            campaign: id("cmp_1"),
            queue: id("que_1"),
            rings,
            calls,
            base: ordinal * 1_000,
        }
    }

    fn person(&self, number: usize) -> String {
        format!("+4930{:07}", 1_000_000 + self.base + number)
    }

    fn agent(&self, number: usize) -> String {
        format!("+4940{:07}", 1_000_000 + self.base + number)
    }

    /// Everybody answers, every agent accepts, and they talk for a while.
    pub(crate) fn people(&self, settings: &Settings) -> Settings {
        let mut numbers = serde_json::Map::new();
        for number in 0..self.calls {
            // All of them within one second.
            let ring_seconds = 5.0 + number as f64 / self.calls as f64;
            let talks = json!([{"hangs_up_after_seconds": null}]);
            numbers.insert(
                self.person(number),
                json!([{"human": {"ring_seconds": ring_seconds, "talks": talks}}]),
            );
            let replies = json!([{"press": {"keys": "1", "after_seconds": 0.5, "interrupts": true}}]);
            let talks = json!([{"hangs_up_after_seconds": 3}]);
            numbers.insert(
                self.agent(number),
                json!([{"human": {"ring_seconds": 1, "replies": replies, "talks": talks}}]),
            );
        }
        let script = serde_json::from_value(json!({ "numbers": numbers }));
        Settings { script: script.unwrap_or_default(), ..settings.clone() }
    }

    /// Writes everything down; the campaign runs, its agents are there.
    pub(crate) async fn open(&self, table: &dyn Table, vault: &Vault) -> Result<()> {
        let now = Timestamp::now();
        let tenant: Tenant = read(json!({"id": self.tenant, "name": "Office", "timezone": "Europe/Berlin",
            "salt": format!("salt of {}", self.tenant), "created_at": now}))?;
        Tenants::new(table).create(tenant.clone()).await?;
        let table = TenantTable::new(table, &self.tenant).with_vault(vault);
        let queue: Queue = read(json!({"id": self.queue, "created_at": now,
            "plan": {"name": "Everybody", "wrap_up_seconds": 1}}))?;
        table.save_queue(&Stored::new(queue)).await?;
        for number in 0..self.calls {
            let agent: Agent = read(json!({"id": agent_id(number), "created_at": now, "profile": {
                "name": format!("Agent {number}"), "queues": [self.queue], "timezone": "Europe/Berlin",
                "reach": {"by": "phone", "number": self.agent(number)}}}))?;
            let serves = Serves::of(&agent);
            let mut presence = Presence::absent(agent.id.clone(), serves.clone(), now);
            table.save_agent(&Stored::new(agent)).await?;
            for event in [AgentEvent::SignIn(serves), AgentEvent::Ready] {
                // Whoever is ready by signing in alone says so once more in vain.
                let _ = presence.on(&event, now);
            }
            table.save_presence(&Stored::new(presence)).await?;
        }
        let campaign = Campaign {
            id: self.campaign.clone(),
            state: CampaignState::Running,
            plan: read(self.plan())?,
            shards: 1,
            run: 1,
            run_at: None,
            imports_open: std::collections::BTreeSet::new(),
            created_at: now,
            started_at: Some(now),
            completed_at: None,
        };
        table.save_campaign(&Stored::new(campaign.clone())).await?;
        let mut contacts = Vec::new();
        for number in 0..self.calls {
            let phone = self.person(number);
            let contact_id = ContactId::of_address(tenant.salt.as_bytes(), &phone);
            let contact: Contact = read(json!({"id": contact_id, "phone": phone, "phone_given": phone,
                "place": {"country": "DE"}, "line_type": "mobile", "zones": ["Europe/Berlin"],
                "first_name": "Pat", "created_at": now, "updated_at": now}))?;
            let enrollment = Enrollment {
                id: EnrollmentRef {
                    tenant: self.tenant.clone(),
                    campaign: self.campaign.clone(),
                    contact: contact_id.clone(),
                },
                state: EnrollmentState::Waiting { due: now },
                shard: campaign.shard_of(&contact_id),
                priority: 0,
                to: contact.phone.clone(),
                place: contact.place.clone(),
                zones: contact.zones.clone(),
                consents: contact.consents.clone(),
                history: Vec::new(),
                source: None,
                promised: None,
                for_agent: None,
                returned: false,
                last_verdict: None,
            };
            table.save_contact(&Stored::new(contact)).await?;
            table.save_enrollment(&Stored::new(enrollment)).await?;
            contacts.push(contact_id);
        }
        table.save_roster(&self.campaign, &id("imp_1"), 0, contacts).await?;
        Ok(())
    }

    fn plan(&self) -> Value {
        let day = json!([["00:00", "24:00"]]);
        json!({
            "name": "Answer", "purpose": "informational", "waive_house_rules": true, "timezone": "Europe/Berlin",
            "caller_ids": ["+4930901820"],
            "window": {"mon": day, "tue": day, "wed": day, "thu": day, "fri": day, "sat": day, "sun": day},
            "pace": {"calls_per_second": 50, "ring_seconds": 25, "wave_seconds": 10},
            "retry": {"attempts_max": 1, "rules": {}},
            "script": {
                "language": "en-GB", "voice": "Polly.Amy-Neural",
                "greeting": "Hello {{first_name|there}}, this is the clinic.",
                "menu": {"prompt": "Press 1 to hear more, or 9 not to be called again.",
                    "interested_reply": "Thank you.", "opted_out_reply": "We will not call you again.",
                    "wait_seconds": 5},
                "goodbye": "Goodbye.", "voicemail": "Please call the clinic back.",
            },
            "agents": {"queue": self.queue, "ring": self.rings.name(),
                "whisper": "{{first_name|Somebody}}, about an appointment.",
                "sorry": "This was the clinic. Nobody is free to talk to you. Press 9 not to be called again."},
        })
    }
}

fn agent_id(number: usize) -> AgentId {
    id(&format!("agt_{number}"))
}

/// An id that is known to be one.
fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("an id")
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value.clone()).with_context(|| format!("reading {value}"))
}
