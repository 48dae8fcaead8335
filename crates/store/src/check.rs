//! What both tables refuse before they do anything, so that a mistake costs no request and fails alike in the
//! simulation and in production.

use std::collections::BTreeSet;

use crate::port::{
    AttributeValue, Condition, Consistency, Cursor, Index, Key, PK, Query, Range, SK, StoreError, Update,
    Write,
};

/// DynamoDB's limit on the writes of one transaction.
const TRANSACTION_WRITES_MAX: usize = 100;

/// A query must be answerable, and its cursor must come from a page of that very query: a cursor travels
/// through clients, and one that was tampered with must never open another partition.
pub(crate) fn query(query: &Query) -> Result<(), StoreError> {
    if query.pk.is_empty() {
        return Err(StoreError::invalid("a query needs a partition"));
    }
    if query.limit == Some(0) {
        return Err(StoreError::invalid("a limit is at least 1"));
    }
    if query.consistency == Consistency::Strong && query.index != Index::Primary {
        return Err(StoreError::invalid("an index cannot be read strongly"));
    }
    if let Range::Between(from, to) = &query.range {
        if from.is_empty() {
            return Err(StoreError::invalid("a range begins with a key"));
        }
        if from > to {
            return Err(StoreError::invalid("a range ends before it begins"));
        }
    }
    match &query.after {
        Some(cursor) if !belongs(cursor, query) => {
            Err(StoreError::invalid("the cursor is not of this query"))
        }
        Some(_) | None => Ok(()),
    }
}

fn belongs(cursor: &Cursor, query: &Query) -> bool {
    let (pk, sk) = match (query.index, &cursor.index_pk, &cursor.index_sk) {
        (Index::Primary, None, None) => (&cursor.pk, &cursor.sk),
        (Index::Due | Index::List, Some(pk), Some(sk)) if !cursor.pk.is_empty() && !cursor.sk.is_empty() => {
            (pk, sk)
        }
        (Index::Primary | Index::Due | Index::List, _, _) => return false,
    };
    let in_range = match &query.range {
        Range::All => true,
        Range::Prefix(prefix) => sk.starts_with(prefix.as_str()),
        Range::Between(from, to) => from <= sk && sk <= to,
    };
    *pk == query.pk && !sk.is_empty() && in_range
}

/// A single write.
pub(crate) fn write(write: &Write) -> Result<(), StoreError> {
    match write {
        Write::Check { .. } => Err(StoreError::invalid("a check makes sense in a transaction only")),
        Write::Put { .. } | Write::Update { .. } | Write::Delete { .. } => sensible(write),
    }
}

/// A transaction: some writes, no two of them to one item.
pub(crate) fn transact(writes: &[Write], token: &str) -> Result<(), StoreError> {
    if token.is_empty() {
        return Err(StoreError::invalid("a transaction needs a token"));
    }
    if writes.is_empty() || writes.len() > TRANSACTION_WRITES_MAX {
        return Err(StoreError::invalid("a transaction has 1 to 100 writes"));
    }
    writes.iter().try_for_each(sensible)?;
    distinct(writes)
}

/// A batch: puts and deletes without conditions, no two of them to one item, since they happen in no order.
pub(crate) fn batch(writes: &[Write]) -> Result<(), StoreError> {
    for write in writes {
        match write {
            Write::Put { condition: Condition::None, .. }
            | Write::Delete { condition: Condition::None, .. } => {}
            Write::Put { .. } | Write::Delete { .. } | Write::Update { .. } | Write::Check { .. } => {
                return Err(StoreError::invalid("a batch is made of unconditional puts and deletes"));
            }
        }
    }
    distinct(writes)
}

/// The key that a write is about.
pub(crate) fn key(write: &Write) -> Result<Key, StoreError> {
    match write {
        Write::Put { item, .. } => {
            Key::of(item).ok_or_else(|| StoreError::invalid("an item needs pk and sk"))
        }
        Write::Update { key, .. } | Write::Delete { key, .. } | Write::Check { key, .. } => Ok(key.clone()),
    }
}

fn distinct(writes: &[Write]) -> Result<(), StoreError> {
    let mut seen = BTreeSet::new();
    for write in writes {
        if !seen.insert(key(write)?) {
            return Err(StoreError::invalid("two writes to one item"));
        }
    }
    Ok(())
}

fn sensible(write: &Write) -> Result<(), StoreError> {
    match write {
        Write::Put { condition, .. } | Write::Delete { condition, .. } | Write::Check { condition, .. } => {
            ordered(condition)
        }
        Write::Update { update, condition, .. } => {
            ordered(condition)?;
            consistent(update)
        }
    }
}

/// Only strings, numbers and binaries can be less than others.
fn ordered(condition: &Condition) -> Result<(), StoreError> {
    match condition {
        Condition::None | Condition::Absent | Condition::Present | Condition::Equals(_, _) => Ok(()),
        Condition::AbsentOrLess(_, value) => match value {
            AttributeValue::S(_) | AttributeValue::N(_) | AttributeValue::B(_) => Ok(()),
            AttributeValue::Bool(_)
            | AttributeValue::Null(_)
            | AttributeValue::M(_)
            | AttributeValue::L(_)
            | AttributeValue::Ss(_)
            | AttributeValue::Ns(_)
            | AttributeValue::Bs(_) => Err(StoreError::invalid("a value of a type that has no order")),
        },
        Condition::All(conditions) | Condition::Any(conditions) => conditions.iter().try_for_each(ordered),
    }
}

/// An update changes something, each attribute once, and never the key.
fn consistent(update: &Update) -> Result<(), StoreError> {
    let mut seen = BTreeSet::new();
    for name in update.set.keys().chain(update.add.keys()).chain(&update.remove) {
        if name == PK || name == SK {
            return Err(StoreError::invalid("an item's key cannot be changed"));
        }
        if !seen.insert(name) {
            return Err(StoreError::invalid("an update that names an attribute twice"));
        }
    }
    if seen.is_empty() {
        return Err(StoreError::invalid("an update that changes nothing"));
    }
    Ok(())
}
