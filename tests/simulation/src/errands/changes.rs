//! What changes in the table, and so what there is to tell and to keep.

use carillon_domain::agents::live::LiveCall;
use carillon_domain::attempt::Attempt;
use carillon_domain::campaign::{Campaign, CampaignState};
use carillon_domain::compliance::SuppressionReason;
use carillon_domain::ids::{ContactId, InboundId, TenantId};
use carillon_domain::suppression::{Scope, Suppression};
use carillon_engine::errands::{kept_at, recording_key};
use carillon_store::memory::Change;
use carillon_store::port::Item;
use carillon_store::{Delivery, Hook, Import, Stored, TenantTable};
use serde_json::{Value, json};

use super::outside::Held;
use super::{DAY, ErrandMutant, SHARDS, START, World, at_once};
use crate::dice::Dice;
use crate::hub::time;
use crate::scenario::{Scenario, Size};
use crate::stream::is_announced;

/// How many people there are.
pub(super) const PEOPLE: usize = 6;

/// Every other person is another tenant's.
pub(super) fn tenant_of(number: usize) -> TenantId {
    ["acme", "globex"][number % 2].parse().expect("an id")
}

pub(super) fn contact_of(person: usize) -> ContactId {
    format!("con_{person}").parse().expect("an id")
}

/// A call that is over.
fn ended(person: usize, call: &str, at: i64) -> Attempt {
    let at = time(at);
    let attempt = json!({"id": call, "to": format!("+4917112345{person:03}"), "from": "+493087654321",
        "state": {"is": "ended", "outcome": "completed", "at": at}, "created_at": at, "check_after": at,
        "allowed_by": {"is": "allowed", "open_until": at, "basis": {"book": "b", "at": at, "rules": []}}});
    serde_json::from_value(attempt).expect("an attempt")
}

/// One change. Numbers are given once.
#[derive(Clone, Debug)]
pub(super) struct Happens {
    number: usize,
    what: What,
}

#[derive(Clone, Copy, Debug)]
enum What {
    /// A call ends, recorded or not; the recording may come a moment later.
    Call { person: usize, recorded: bool, later: bool, gone: bool },
    /// A call in ends, with what was recorded of it and a message that was left.
    CallIn { person: usize },
    /// A campaign comes to stand so.
    Campaign(CampaignState),
    /// An import has come so far.
    Import,
    /// A number must not be called.
    Suppression,
}

impl Happens {
    pub(super) fn thrown(number: usize, dice: &mut Dice) -> Self {
        let person = dice.below(PEOPLE);
        let (recorded, later, gone) = (dice.chance(700_000), dice.chance(300_000), dice.chance(60_000));
        let state = dice.pick(&[CampaignState::Draft, CampaignState::Running, CampaignState::Completed]);
        let what = match dice.below(10) {
            0..4 => What::Call { person, recorded, later, gone },
            4..6 => What::CallIn { person },
            6 | 7 => What::Campaign(state),
            8 => What::Import,
            _ => What::Suppression,
        };
        Self { number, what }
    }
}

impl World {
    /// Something changes, and the record knows of it.
    pub(super) fn happens(&mut self, it: &Happens) {
        let tenant = match it.what {
            What::Call { person, .. } | What::CallIn { person } => tenant_of(person),
            What::Campaign(_) | What::Import | What::Suppression => tenant_of(it.number),
        };
        match it.what {
            What::Call { person, .. } | What::CallIn { person }
                if self.hands.outside().log.forgetting.contains(&person) => {}
            What::Call { person, recorded, later, gone } => {
                let call = format!("{tenant}.cmp_calls.{}.{}", contact_of(person), it.number);
                self.call(&tenant, person, &call, (recorded, later, gone));
            }
            What::CallIn { person } => self.call_in(&tenant, person, it.number),
            What::Campaign(state) => self.campaign(&tenant, it.number, state),
            What::Import => self.import(&tenant, it.number),
            What::Suppression => self.suppress(&tenant, it.number),
        }
    }

    /// Everybody is known from before the table had a stream.
    pub(super) fn call_long_ago(&mut self, person: usize) {
        let tenant = tenant_of(person);
        let call = format!("{tenant}.cmp_before.{}.1", contact_of(person));
        let attempt = Stored::new(ended(person, &call, START - DAY));
        at_once(TenantTable::new(self.table.as_ref(), &tenant).save_attempt(&attempt));
        let _ = self.table.drain_changes();
    }

    fn told(&mut self, tenant: &TenantId, kind: &'static str, data: &Value) {
        let now = self.now();
        self.hands.outside().log.happened(tenant, kind, data, now);
    }

    /// The provider has a recording, unless it has lost it.
    fn holds(&mut self, key: String, id: &str, person: usize, gone: bool) -> Value {
        let held = Held { key, sound: id.as_bytes().to_vec(), there: !gone, gone, person };
        self.hands.outside().provider.insert(id.to_owned(), held);
        let url = format!("https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/{id}");
        json!({"id": id, "url": url, "seconds": 3})
    }

    fn call(&mut self, tenant: &TenantId, person: usize, call: &str, how: (bool, bool, bool)) {
        let (recorded, later, gone) = how;
        let mut attempt = ended(person, call, self.now());
        if recorded {
            let key = recording_key(&attempt.id);
            let number = attempt.id.number;
            let recording = self.holds(key, &format!("RE{number}c"), person, gone);
            attempt.recording = serde_json::from_value(recording).ok();
        }
        self.told(tenant, "call.ended", &json!({"call": call}));
        let table = TenantTable::new(self.table.as_ref(), tenant);
        if recorded && later {
            let before = Attempt { recording: None, ..attempt.clone() };
            at_once(table.save_attempt(&Stored::new(before)));
            at_once(table.save_attempt(&Stored { value: attempt, version: 1 }));
        } else {
            at_once(table.save_attempt(&Stored::new(attempt)));
        }
    }

    fn call_in(&mut self, tenant: &TenantId, person: usize, number: usize) {
        let now = time(self.now());
        let call = InboundId::of_call(&number.to_string());
        let mut live = json!({"id": format!("{tenant}.{call}"), "queue": "que_1", "priority": 5,
            "from": format!("+4917112345{person:03}"), "contact": contact_of(person),
            "handling": {"offer_seconds": 20, "patience_seconds": 2, "wrap_up_seconds": 30, "ring": "on_answer",
                "transfer": "warm"},
            "person": {"is": "gone"}, "desk": {"is": "over", "how": "nobody_free"}, "ring_until": now,
            "created_at": now});
        let id: LiveCall = serde_json::from_value(live.clone()).expect("a call");
        for (message, suffix) in [(false, "t"), (true, "m")] {
            let key = kept_at(&id.id, message);
            let recording = self.holds(key, &format!("RE{number}{suffix}"), person, false);
            if message {
                live["voicemail"] = json!({"recording": recording, "at": now});
            } else {
                live["recording"] = recording;
            }
        }
        let live: LiveCall = serde_json::from_value(live).expect("a call");
        at_once(TenantTable::new(self.table.as_ref(), tenant).save_live(&Stored::new(live), None, &[]));
    }

    fn campaign(&mut self, tenant: &TenantId, number: usize, state: CampaignState) {
        let id = format!("cmp_{number}").parse().expect("an id");
        let like = Scenario::of(0, Size::default()).campaigns.remove(0).campaign;
        let campaign = Campaign { id, state, ..like };
        self.told(tenant, "campaign.changed", &json!({"campaign": campaign.id, "state": state}));
        at_once(TenantTable::new(self.table.as_ref(), tenant).save_campaign(&Stored::new(campaign)));
    }

    /// A part is read, and then another.
    fn import(&mut self, tenant: &TenantId, number: usize) {
        let now = time(self.now());
        let import = json!({"id": format!("imp_{number}"), "state": "reading", "file_name": "people.csv",
            "key": "people.csv", "created_by": "user-1", "created_at": now,
            "options": {"campaign": null, "country": null, "duplicates": "skip", "across_tenant": false,
                "dry_run": false, "mapping": null, "fields": []}});
        let mut import: Import = serde_json::from_value(import).expect("an import");
        for version in 0..2 {
            import.counts.valid();
            let id = import.id.clone();
            self.told(tenant, "import.changed", &json!({"import": id, "valid": import.counts.valid}));
            let stored = Stored { value: import.clone(), version };
            at_once(TenantTable::new(self.table.as_ref(), tenant).save_import(&stored));
        }
    }

    fn suppress(&mut self, tenant: &TenantId, number: usize) {
        let suppression = Suppression {
            address: format!("+4420794600{number:02}"),
            scope: Scope::All,
            reason: SuppressionReason::OptedOut,
            source: "user user-1".to_owned(),
            added_at: time(self.now()),
        };
        self.told(tenant, "suppression.added", &json!({"address": suppression.address}));
        at_once(TenantTable::new(self.table.as_ref(), tenant).suppress(&suppression));
    }

    /// What was written since the last step goes into the stream, and into the record.
    pub(super) fn gather(&mut self) {
        let now = self.now();
        for change in self.table.drain_changes() {
            self.note(now, &change);
            if !is_announced(&change) {
                continue;
            }
            if self.mutant == Some(ErrandMutant::ForgettingUnsaid) && is_forgetting(&change) {
                continue;
            }
            // As in DynamoDB, a partition key belongs to one shard.
            let hash = change.key.pk.bytes().fold(7_usize, |hash, b| hash.wrapping_mul(31) ^ usize::from(b));
            let shard = &mut self.shards[hash % SHARDS];
            if shard.waiting.is_empty() && !shard.busy {
                shard.ready_at = now + 1_000;
            }
            shard.waiting.push_back((change, now));
        }
    }

    fn note(&mut self, now: i64, change: &Change) {
        let Some(new) = &change.new else { return };
        if change.key.pk.ends_with("#webhooks") {
            let hook: Hook = serde_dynamo::from_item(new.clone()).expect("a hook");
            self.hands.outside().log.saw_hook(now, &hook, false);
        } else if change.key.pk.contains("#W#") {
            let delivery: Delivery = serde_dynamo::from_item(new.clone()).expect("a delivery");
            self.hands.outside().log.saw_delivery(self.step, now, &delivery);
        }
    }
}

/// Whether it takes away what was recorded.
fn is_forgetting(change: &Change) -> bool {
    let has = |item: &Option<Item>| item.as_ref().is_some_and(|item| item.contains_key("recording"));
    has(&change.old) && !has(&change.new)
}
