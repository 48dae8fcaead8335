//! Agents, queues, and live calls with who holds whom.
//!
//! Who is free is read strongly from one partition, and who waits from another: an index would lag, and an agent and
//! a call that look for each other at the same time could both find nothing.

use carillon_domain::agents::agent::{Agent, Groups, Skills};
use carillon_domain::agents::live::{LiveCall, Person};
use carillon_domain::agents::presence::Presence;
use carillon_domain::agents::queue::Queue;
use carillon_domain::ids::{AgentId, CampaignId, ContactId, LiveId, QueueId};
use jiff::Timestamp;
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

use crate::contacts::BEGUN;
use crate::keys;
use crate::port::{AttributeValue, Condition, Consistency, Cursor, Range, StoreError, Write};
use crate::tenant::{
    Extras, ListPage, Stored, TenantTable, VERSION, all_items, item, key_only, list_page, number, put,
    stored, text_of,
};

/// Keeps two writers apart who by chance write the very same: one of them has to lose, or both would ring the agent.
/// With a token made of versions alone the second would be told that its write had been done.
fn nonce() -> String {
    let mut bytes = [0; 8];
    // Without randomness, which the kernel always has, they are told apart by what they write.
    let _ = SystemRandom::new().fill(&mut bytes);
    u64::from_ne_bytes(bytes).to_string()
}

/// A call's place in its queue: there while it waits, and no agent is held for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Whose.
    pub live: LiveId,
    /// In which queue.
    pub queue: QueueId,
    /// What an agent must be able to do.
    #[serde(default)]
    pub skills: Skills,
    /// Of which teams an agent must be in one; of any or none, if there are none.
    #[serde(default, skip_serializing_if = "Groups::is_empty")]
    pub groups: Groups,
    /// 0 is answered first, 9 last.
    pub priority: u8,
    /// Since when it waits.
    pub since: Timestamp,
}

impl Ticket {
    /// The ticket of a call, if it waits.
    #[must_use]
    pub fn of(live: &LiveCall) -> Option<Self> {
        Some(Self {
            since: live.waits_since()?,
            live: live.id.clone(),
            queue: live.queue.clone(),
            skills: live.skills.clone(),
            groups: live.groups.clone(),
            priority: live.priority,
        })
    }
}

/// What stands in a queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Who waits, the one who is next first.
    pub tickets: Vec<Ticket>,
    /// Campaigns that dial for its agents.
    pub campaigns: Vec<CampaignId>,
}

impl TenantTable<'_> {
    /// Every agent's profile.
    pub async fn agents(&self) -> Result<Vec<Stored<Agent>>, StoreError> {
        let pk = keys::agents_partition(self.tenant);
        self.all(pk, Range::Prefix(keys::AGENT.to_owned()), Consistency::Eventual).await
    }

    /// One agent's profile.
    pub async fn agent(&self, id: &AgentId) -> Result<Option<Stored<Agent>>, StoreError> {
        self.fetch(&keys::agent(self.tenant, id), Consistency::Strong).await
    }

    /// Saves a profile, new or changed.
    pub async fn save_agent(&self, agent: &Stored<Agent>) -> Result<(), StoreError> {
        self.table.write(put(keys::agent(self.tenant, &agent.value.id), agent, Extras::default())?).await
    }

    /// Deletes a profile, on condition that it is as it was read.
    pub async fn delete_agent(&self, agent: &Stored<Agent>) -> Result<(), StoreError> {
        let condition = Condition::Equals(VERSION, number(agent.version));
        self.table.write(Write::Delete { key: keys::agent(self.tenant, &agent.value.id), condition }).await
    }

    /// Where every agent stands, as of now.
    pub async fn presences(&self) -> Result<Vec<Stored<Presence>>, StoreError> {
        let pk = keys::agents_partition(self.tenant);
        self.all(pk, Range::Prefix(keys::PRESENCE.to_owned()), Consistency::Strong).await
    }

    /// Where one agent stands, as of now.
    pub async fn presence(&self, id: &AgentId) -> Result<Option<Stored<Presence>>, StoreError> {
        self.fetch(&keys::presence(self.tenant, id), Consistency::Strong).await
    }

    /// Saves where an agent stands.
    pub async fn save_presence(&self, presence: &Stored<Presence>) -> Result<(), StoreError> {
        let key = keys::presence(self.tenant, &presence.value.agent);
        self.table.write(put(key, presence, Extras::default())?).await
    }

    /// Every queue.
    pub async fn queues(&self) -> Result<Vec<Stored<Queue>>, StoreError> {
        self.all(keys::queues_partition(self.tenant), Range::All, Consistency::Eventual).await
    }

    /// One queue.
    pub async fn queue(&self, id: &QueueId) -> Result<Option<Stored<Queue>>, StoreError> {
        self.fetch(&keys::queue(self.tenant, id), Consistency::Eventual).await
    }

    /// Saves a queue, new or changed, and that the tenant has one: `reconcile` looks after its agents from then on.
    pub async fn save_queue(&self, queue: &Stored<Queue>) -> Result<(), StoreError> {
        let id = &queue.value.id;
        let save = put(keys::queue(self.tenant, id), queue, Extras::default())?;
        let mark = Write::Put { item: key_only(keys::sweep::desk(self.tenant)), condition: Condition::None };
        let token = format!("{}{id}v{}", self.tenant, queue.version);
        self.table.transact(vec![save, mark], &token).await
    }

    /// Deletes a queue, on condition that it is as it was read.
    pub async fn delete_queue(&self, queue: &Stored<Queue>) -> Result<(), StoreError> {
        let condition = Condition::Equals(VERSION, number(queue.version));
        self.table.write(Write::Delete { key: keys::queue(self.tenant, &queue.value.id), condition }).await
    }

    /// Who waits in a queue, and which campaigns dial for its agents, as of now.
    pub async fn line(&self, queue: &QueueId) -> Result<Line, StoreError> {
        let pk = keys::line_partition(self.tenant, queue);
        let mut line = Line::default();
        for item in all_items(self.table, pk, Range::All, Consistency::Strong).await? {
            match text_of(&item, "sk").and_then(|sk| sk.split_once('#')) {
                Some(("K", campaign)) => line.campaigns.extend(campaign.parse().ok()),
                Some(("W", _)) => line.tickets.push(stored::<Ticket>(item)?.value),
                Some(_) | None => {}
            }
        }
        Ok(line)
    }

    /// Notes that a campaign dials for a queue's agents. The same again is harmless.
    pub async fn link_campaign(&self, queue: &QueueId, campaign: &CampaignId) -> Result<(), StoreError> {
        let item = key_only(keys::linked(self.tenant, queue, campaign));
        self.table.write(Write::Put { item, condition: Condition::None }).await
    }

    /// Notes that it does no more. The same again is harmless.
    pub async fn unlink_campaign(&self, queue: &QueueId, campaign: &CampaignId) -> Result<(), StoreError> {
        let key = keys::linked(self.tenant, queue, campaign);
        self.table.write(Write::Delete { key, condition: Condition::None }).await
    }

    /// One live call, as of now.
    pub async fn live(&self, id: &LiveId) -> Result<Option<Stored<LiveCall>>, StoreError> {
        self.fetch(&keys::live(self.tenant, id), Consistency::Strong).await
    }

    /// Saves a live call with the agents it concerns and its place in the queue: all of it or nothing, on condition
    /// that call and agents are as they were read. `before` is the ticket it had then.
    pub async fn save_live(
        &self,
        live: &Stored<LiveCall>,
        before: Option<&Ticket>,
        agents: &[Stored<Presence>],
    ) -> Result<(), StoreError> {
        let left = live.value.voicemail.as_ref();
        let list = left.map(|left| (keys::voicemail_list(self.tenant), keys::instant(left.at)));
        let extras = Extras { list, ..Extras::default() };
        let mut writes = vec![put(keys::live(self.tenant, &live.value.id), live, extras)?];
        let mut token = format!("{}#{}v{}#{}", self.tenant, live.value.id, live.version, nonce());
        // Beside the contact, so that whoever forgets the person finds what was recorded. Our own calls lie there anyway.
        if let (0, None, Some(contact)) = (live.version, live.value.id.attempt(), &live.value.contact) {
            let mut item = key_only(keys::call_in(self.tenant, contact, &live.value.id));
            item.insert(BEGUN.to_owned(), AttributeValue::S(live.value.created_at.to_string()));
            writes.push(Write::Put { item, condition: Condition::None });
        }
        for presence in agents {
            let key = keys::presence(self.tenant, &presence.value.agent);
            writes.push(put(key, presence, Extras::default())?);
            token.push_str(&format!("#{}v{}", presence.value.agent, presence.version));
        }
        let after = Ticket::of(&live.value);
        if before != after.as_ref() {
            let place = |ticket: &Ticket| {
                keys::ticket(self.tenant, &ticket.queue, ticket.priority, ticket.since, &ticket.live)
            };
            // The version of the call guards its ticket too.
            if let Some(old) = before.filter(|old| after.as_ref().map(place) != Some(place(old))) {
                writes.push(Write::Delete { key: place(old), condition: Condition::None });
            }
            if let Some(new) = after {
                let item = item(place(&new), &Stored::new(new), Extras::default())?;
                writes.push(Write::Put { item, condition: Condition::None });
            }
        }
        match <[Write; 1]>::try_from(writes) {
            Ok([alone]) => self.table.write(alone).await,
            Err(writes) => self.table.transact(writes, &token).await,
        }
    }

    /// Calls on which a message was left, the latest first.
    pub async fn voicemails(
        &self,
        limit: u32,
        after: Option<Cursor>,
    ) -> Result<ListPage<LiveCall>, StoreError> {
        let query = self.list(keys::voicemail_list(self.tenant), limit, after);
        list_page(self.table.query(&query).await?)
    }

    /// The calls in of a contact.
    pub async fn calls_in(&self, contact: &ContactId) -> Result<Vec<LiveId>, StoreError> {
        let pk = keys::contact_partition(self.tenant, contact);
        let items =
            all_items(self.table, pk, Range::Prefix(keys::CALL_IN.to_owned()), Consistency::Strong).await?;
        let names = items.iter().filter_map(|item| text_of(item, "sk")?.strip_prefix(keys::CALL_IN));
        Ok(names.filter_map(|live| live.parse().ok()).collect())
    }

    /// Takes from a call in whatever was heard of the person. Returns whether it could be: not while they are on the line.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it has just changed.
    pub(crate) async fn forget_call_in(&self, id: &LiveId) -> Result<bool, StoreError> {
        let Some(mut live) = self.live(id).await? else { return Ok(true) };
        if live.value.person != Person::Gone {
            return Ok(false);
        }
        if !live.value.forgotten {
            live.value.forget();
            self.save_live(&live, Ticket::of(&live.value).as_ref(), &[]).await?;
        }
        Ok(true)
    }

    /// Takes a live call back that was never placed, and with it its hold on agents, under the same conditions.
    pub async fn withdraw_live(
        &self,
        live: &Stored<LiveCall>,
        ticket: Option<&Ticket>,
        agents: &[Stored<Presence>],
    ) -> Result<(), StoreError> {
        let condition = Condition::Equals(VERSION, number(live.version));
        let mut writes = vec![Write::Delete { key: keys::live(self.tenant, &live.value.id), condition }];
        let mut token = format!("{}#{}v{}-", self.tenant, live.value.id, live.version);
        for presence in agents {
            let key = keys::presence(self.tenant, &presence.value.agent);
            writes.push(put(key, presence, Extras::default())?);
            token.push_str(&format!("#{}v{}", presence.value.agent, presence.version));
        }
        if let Some(old) = ticket {
            let key = keys::ticket(self.tenant, &old.queue, old.priority, old.since, &old.live);
            writes.push(Write::Delete { key, condition: Condition::None });
        }
        self.table.transact(writes, &token).await
    }

    async fn all<T: serde::de::DeserializeOwned>(
        &self,
        pk: String,
        range: Range,
        consistency: Consistency,
    ) -> Result<Vec<Stored<T>>, StoreError> {
        all_items(self.table, pk, range, consistency).await?.into_iter().map(stored).collect()
    }
}
