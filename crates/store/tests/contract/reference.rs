//! A third table, too simple to be wrong: a list of items, searched and sorted anew each time. It knows numbers
//! that fit an `i64` and no limits on sizes.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use carillon_store::port::{
    AttributeValue, Condition, Consistency, Cursor, Index, Item, Key, Page, Query, Range, StoreError, Table,
    Write,
};

#[derive(Default)]
pub(crate) struct ReferenceTable {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    items: Vec<Item>,
    tokens: HashMap<String, Vec<Write>>,
}

fn key(write: &Write) -> Key {
    match write {
        Write::Put { item, .. } => Key::of(item).unwrap(),
        Write::Update { key, .. } | Write::Delete { key, .. } | Write::Check { key, .. } => key.clone(),
    }
}

fn less(left: &AttributeValue, right: &AttributeValue) -> bool {
    match (left, right) {
        (AttributeValue::N(left), AttributeValue::N(right)) => {
            left.parse::<i64>().unwrap() < right.parse::<i64>().unwrap()
        }
        (AttributeValue::S(left), AttributeValue::S(right)) => left < right,
        (_, _) => false,
    }
}

fn holds(condition: &Condition, stored: Option<&Item>) -> bool {
    match condition {
        Condition::None => true,
        Condition::Absent => stored.is_none(),
        Condition::Present => stored.is_some(),
        Condition::Equals(name, value) => stored.and_then(|item| item.get(*name)) == Some(value),
        Condition::AbsentOrLess(name, value) => {
            stored.and_then(|item| item.get(*name)).is_none_or(|stored| less(stored, value))
        }
        Condition::All(conditions) => conditions.iter().all(|condition| holds(condition, stored)),
        Condition::Any(conditions) => conditions.iter().any(|condition| holds(condition, stored)),
    }
}

impl State {
    fn find(&self, key: &Key) -> Option<&Item> {
        self.items.iter().find(|item| Key::of(item).as_ref() == Some(key))
    }

    /// What the item will be.
    fn outcome(&self, write: &Write) -> Result<Option<Item>, StoreError> {
        let stored = self.find(&key(write));
        let (Write::Put { condition, .. }
        | Write::Update { condition, .. }
        | Write::Delete { condition, .. }
        | Write::Check { condition, .. }) = write;
        if !holds(condition, stored) {
            return Err(StoreError::Conflict);
        }
        Ok(match write {
            Write::Put { item, .. } => Some(item.clone()),
            Write::Delete { .. } => None,
            Write::Check { .. } => stored.cloned(),
            Write::Update { key, update, .. } => {
                let mut item = stored.cloned().unwrap_or_default();
                item.insert("pk".to_owned(), AttributeValue::S(key.pk.clone()));
                item.insert("sk".to_owned(), AttributeValue::S(key.sk.clone()));
                item.extend(update.set.clone());
                for (name, addend) in &update.add {
                    let number = match item.get(name) {
                        None => 0,
                        Some(AttributeValue::N(number)) => number.parse::<i64>().unwrap(),
                        Some(_) => return Err(StoreError::Refused("not a number".to_owned(), None)),
                    };
                    item.insert(name.clone(), AttributeValue::N((number + addend).to_string()));
                }
                item.retain(|name, _| !update.remove.contains(name));
                Some(item)
            }
        })
    }

    fn store(&mut self, key: &Key, outcome: Option<Item>) {
        self.items.retain(|item| Key::of(item).as_ref() != Some(key));
        self.items.extend(outcome);
    }
}

/// The sort key first, then the item's own key.
type Position = (String, Key);

fn position(query: &Query, item: &Item) -> Option<Position> {
    let cursor = Cursor::of(query.index, item)?;
    let pk = cursor.index_pk.as_ref().unwrap_or(&cursor.pk);
    (*pk == query.pk).then(|| at(&cursor))
}

fn at(cursor: &Cursor) -> Position {
    let sk = cursor.index_sk.clone().unwrap_or_else(|| cursor.sk.clone());
    (sk, Key { pk: cursor.pk.clone(), sk: cursor.sk.clone() })
}

#[async_trait]
impl Table for ReferenceTable {
    async fn get(&self, key: &Key, _: Consistency) -> Result<Option<Item>, StoreError> {
        Ok(self.state.lock().unwrap().find(key).cloned())
    }

    async fn batch_get(&self, keys: &[Key], _: Consistency) -> Result<Vec<Item>, StoreError> {
        let state = self.state.lock().unwrap();
        Ok(state.items.iter().filter(|item| keys.contains(&Key::of(item).unwrap())).cloned().collect())
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        let state = self.state.lock().unwrap();
        let direction = |order: Ordering| if query.ascending { order } else { order.reverse() };
        let mut found: Vec<(Position, &Item)> = state
            .items
            .iter()
            .filter_map(|item| Some((position(query, item)?, item)))
            .filter(|((sk, _), _)| match &query.range {
                Range::All => true,
                Range::Prefix(prefix) => sk.starts_with(prefix),
                Range::Between(from, to) => from <= sk && sk <= to,
            })
            .filter(|(position, _)| {
                query
                    .after
                    .as_ref()
                    .is_none_or(|after| direction(position.cmp(&at(after))) == Ordering::Greater)
            })
            .collect();
        found.sort_by(|(left, _), (right, _)| direction(left.cmp(right)));
        let limit = query.limit.map_or(usize::MAX, |limit| limit as usize);
        let next = match found.get(limit - 1) {
            Some((_, last)) => Cursor::of(query.index, last),
            None => None,
        };
        let keys_only = ["pk", "sk", "due_pk", "due_sk"];
        let project = |item: &Item| {
            let mut item = item.clone();
            item.retain(|name, _| query.index != Index::Due || keys_only.contains(&name.as_str()));
            item
        };
        Ok(Page { items: found.iter().take(limit).map(|(_, item)| project(item)).collect(), next })
    }

    async fn write(&self, write: Write) -> Result<(), StoreError> {
        let mut state = self.state.lock().unwrap();
        let outcome = state.outcome(&write)?;
        state.store(&key(&write), outcome);
        Ok(())
    }

    async fn transact(&self, writes: Vec<Write>, token: &str) -> Result<(), StoreError> {
        let mut state = self.state.lock().unwrap();
        if let Some(done) = state.tokens.get(token) {
            return if *done == writes { Ok(()) } else { Err(StoreError::Conflict) };
        }
        let outcomes: Vec<_> = writes.iter().map(|write| state.outcome(write)).collect();
        if outcomes.iter().any(|outcome| matches!(outcome, Err(StoreError::Conflict))) {
            return Err(StoreError::Conflict);
        }
        let outcomes: Vec<_> = outcomes.into_iter().collect::<Result<_, _>>()?;
        for (write, outcome) in writes.iter().zip(outcomes) {
            state.store(&key(write), outcome);
        }
        state.tokens.insert(token.to_owned(), writes);
        Ok(())
    }

    async fn batch_write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        for write in writes {
            self.write(write).await?;
        }
        Ok(())
    }
}
