//! Bugs on purpose between a function and the table.

use std::sync::Arc;

use async_trait::async_trait;
use carillon_store::memory::MemoryTable;
use carillon_store::port::{AttributeValue, Item, Key, Page, Query, Write};
use carillon_store::{Consistency, NEWS_KINDS, StoreError, Table};

use super::ErrandMutant;
use crate::turns::{Luck, Turn, TurnTable, unconditional};

/// A table that misunderstands what it reads, if a mutant wants it.
pub(super) struct Misread {
    table: TurnTable,
    mutant: Option<ErrandMutant>,
}

impl Misread {
    pub(super) fn new(turn: &Turn, table: &Arc<MemoryTable>, mutant: Option<ErrandMutant>) -> Self {
        let table = TurnTable { spoil: spoil_of(mutant), ..TurnTable::honest(turn, table) };
        Self { table, mutant }
    }
}

fn is_hook(write: &Write) -> Option<&Item> {
    let Write::Put { item, .. } = write else { return None };
    text(item, "pk").is_some_and(|pk| pk.ends_with("#webhooks")).then_some(item)
}

fn is_delivery(write: &Write) -> bool {
    matches!(write, Write::Put { item, .. } if text(item, "pk").is_some_and(|pk| pk.contains("#W#")))
}

fn text<'i>(item: &'i Item, name: &str) -> Option<&'i str> {
    match item.get(name) {
        Some(AttributeValue::S(text)) => Some(text),
        Some(_) | None => None,
    }
}

type Spoil = fn(&mut Luck, &mut Write) -> bool;

fn spoil_of(mutant: Option<ErrandMutant>) -> Spoil {
    match mutant {
        Some(ErrandMutant::DeliveriesUnconditional) => |_, write| {
            if is_delivery(write) {
                unconditional(write);
            }
            true
        },
        Some(ErrandMutant::DeliveriesSwallowed) => {
            |luck, write| !(is_delivery(write) && luck.dice.chance(300_000))
        }
        Some(ErrandMutant::SuccessUnnoted) => {
            |_, write| is_hook(write).is_none_or(|hook| hook.contains_key("failing_since"))
        }
        Some(ErrandMutant::DisablingLost) => {
            |_, write| is_hook(write).is_none_or(|hook| text(hook, "state") != Some("disabled"))
        }
        Some(ErrandMutant::TroubleOlder) => |_, write| {
            if is_hook(write).is_some_and(|hook| hook.contains_key("failing_since"))
                && let Write::Put { item, .. } = write
            {
                let long_ago = AttributeValue::S("2020-01-01T00:00:00Z".to_owned());
                item.insert("failing_since".to_owned(), long_ago);
            }
            true
        },
        Some(_) | None => |_, _| true,
    }
}

#[async_trait]
impl Table for Misread {
    async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Item>, StoreError> {
        if self.mutant == Some(ErrandMutant::EndsUnseen) && key.pk.contains("#W#") {
            let mut found = self.table.get(key, consistency).await?;
            if let Some(delivery) = &mut found {
                delivery.insert("state".to_owned(), AttributeValue::S("pending".to_owned()));
            }
            return Ok(found);
        }
        self.table.get(key, consistency).await
    }

    async fn batch_get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, StoreError> {
        self.table.batch_get(keys, consistency).await
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        let mut page = self.table.query(query).await?;
        if self.mutant == Some(ErrandMutant::KindsUnread) {
            let kinds = NEWS_KINDS.map(|kind| AttributeValue::S(kind.to_owned()));
            for item in page.items.iter_mut().filter(|item| item.contains_key("events")) {
                item.insert("events".to_owned(), AttributeValue::L(kinds.to_vec()));
            }
        }
        Ok(page)
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
