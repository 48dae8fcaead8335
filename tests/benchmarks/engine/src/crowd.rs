//! A table with any number of enrollments in it, none of which is kept: each is made up when somebody asks. In
//! [`MemoryTable`] ten million would take forty gigabytes; what planning a wave takes depends on what is read, and what
//! is read comes from here as it would from DynamoDB, an item at a time.

use std::time::Duration;

use async_trait::async_trait;
use carillon_domain::enrollment::Enrollment;
use carillon_domain::ids::ContactId;
use carillon_store::memory::MemoryTable;
use carillon_store::port::{AttributeValue, Index, Item, Key, Page, Query, Range, Write};
use carillon_store::{Consistency, StoreError, Table, codec};
use serde_json::json;

use crate::world::{CAMPAIGN, NOW, TENANT, known};

/// Everything else is in a table of its own.
pub(crate) struct Crowd {
    pub(crate) table: MemoryTable,
    size: u64,
    shards: u64,
    template: Item,
    /// How long making enrollments up has taken: it is not the planner's time.
    made_up: std::sync::Mutex<Duration>,
}

impl Crowd {
    pub(crate) fn new(size: u64, shards: u8) -> Self {
        let enrollment = json!({
            "id": {"tenant": TENANT, "campaign": CAMPAIGN, "contact": "con_0"},
            "state": {"is": "waiting", "due": NOW}, "shard": 0, "priority": 5, "to": "+4917100000000",
            "place": {"country": "DE"}, "zones": ["Europe/Berlin"],
            "consents": [{"kind": "automated_calls", "at": NOW,
                "evidence": "imp_0192f3a4b5c67d8e9f00112233445577 row 4711: yes"}],
            "source": {"import": "imp_0192f3a4b5c67d8e9f00112233445577", "row": 4711},
        });
        let enrollment: Enrollment = serde_json::from_value(enrollment).expect("an enrollment");
        let template = codec::to_item(&enrollment).expect("an item");
        Self { table: MemoryTable::new(), size, shards: shards.into(), template, made_up: Default::default() }
    }

    pub(crate) fn made_up(&self) -> Duration {
        *self.made_up.lock().expect("not poisoned")
    }

    fn making<T>(&self, make: impl FnOnce() -> T) -> T {
        let begun = std::time::Instant::now();
        let made = make();
        *self.made_up.lock().expect("not poisoned") += begun.elapsed();
        made
    }

    /// Contacts are numbered, and every so-manieth of them lies in the same shard.
    fn place(number: u64) -> String {
        let due: jiff::Timestamp = known(NOW);
        format!("{:013}#5#con_{number:032x}", due.as_millisecond())
    }

    fn due(&self, query: &Query) -> Page {
        let shard = query.pk.rsplit('#').next().and_then(|shard| u64::from_str_radix(shard, 16).ok());
        let (Some(shard), Range::Between(from, to)) = (shard, &query.range) else { return Page::default() };
        let after = from.trim_end_matches('\u{1}').rsplit_once("#con_");
        let first =
            after.and_then(|(_, number)| u64::from_str_radix(number, 16).ok()).map_or(0, |last| last + 1);
        // The first number from there on that lies in the shard.
        let first = first + (shard + self.shards - first % self.shards) % self.shards;
        let numbers = (first..self.size).step_by(usize::try_from(self.shards).unwrap_or(1));
        let text = |text: String| AttributeValue::S(text);
        let entry = |number| {
            let place = Self::place(number);
            let names = [("due_pk", query.pk.clone()), ("due_sk", place)];
            let item: std::collections::HashMap<_, _> =
                names.into_iter().map(|(name, value)| (name.to_owned(), text(value))).collect();
            Item::from(item)
        };
        let within = numbers.take_while(|number| Self::place(*number).as_str() <= to.as_str());
        let limit = query.limit.map_or(usize::MAX, |limit| limit as usize);
        Page { items: within.take(limit).map(entry).collect(), next: None }
    }

    fn enrollment(&self, key: &Key) -> Option<Item> {
        let contact: ContactId = key.pk.rsplit_once("#C#")?.1.parse().ok()?;
        let number = u64::from_str_radix(contact.as_str().strip_prefix("con_")?, 16).ok()?;
        let mut item = self.template.clone();
        let mut set = |name: &str, value: String| {
            item.insert(name.to_owned(), AttributeValue::S(value));
        };
        let id = [("tenant", TENANT), ("campaign", CAMPAIGN), ("contact", contact.as_str())];
        set("pk", key.pk.clone());
        set("sk", key.sk.clone());
        set("to", format!("+49171{number:08}"));
        let id: std::collections::HashMap<_, _> = id
            .into_iter()
            .map(|(name, text)| (name.to_owned(), AttributeValue::S(text.to_owned())))
            .collect();
        if let Some(AttributeValue::M(_)) = self.template.get("id") {
            item.insert("id".to_owned(), AttributeValue::M(id));
        }
        item.insert("v".to_owned(), AttributeValue::N("1".to_owned()));
        Some(item)
    }
}

#[async_trait]
impl Table for Crowd {
    async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Item>, StoreError> {
        self.table.get(key, consistency).await
    }

    async fn batch_get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, StoreError> {
        if keys.iter().all(|key| key.sk.starts_with("E#")) {
            return Ok(self.making(|| keys.iter().filter_map(|key| self.enrollment(key)).collect()));
        }
        self.table.batch_get(keys, consistency).await
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        if query.index == Index::Due {
            return Ok(self.making(|| self.due(query)));
        }
        self.table.query(query).await
    }

    async fn write(&self, write: Write) -> Result<(), StoreError> {
        self.table.write(write).await
    }

    async fn transact(&self, writes: Vec<Write>, token: &str) -> Result<(), StoreError> {
        self.table.transact(writes, token).await
    }

    async fn batch_write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.table.batch_write(writes).await
    }
}
