//! What both tables refuse before they do anything, so that a mistake costs no request and fails alike in the
//! simulation and in production.

use std::collections::BTreeSet;

use crate::port::{Consistency, Cursor, Index, Key, Query, Range, StoreError, Write};

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
        Write::Update { update, .. } => changes_something(update),
        Write::Put { .. } | Write::Delete { .. } => Ok(()),
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
    for write in writes {
        if let Write::Update { update, .. } = write {
            changes_something(update)?;
        }
    }
    distinct(writes)
}

/// A batch: puts and deletes without conditions, no two of them to one item, since they happen in no order.
pub(crate) fn batch(writes: &[Write]) -> Result<(), StoreError> {
    use crate::port::Condition;
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

fn changes_something(update: &crate::port::Update) -> Result<(), StoreError> {
    if update.set.is_empty() && update.add.is_empty() && update.remove.is_empty() {
        return Err(StoreError::invalid("an update changes something"));
    }
    Ok(())
}
