//! The stored items and the entries of the indexes, in order.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use serde_dynamo::AttributeValue;

use super::usage::write_units;
use super::value::item_size;
use crate::port::{Index, Item, Key, Query, Range};

/// DynamoDB ends a page before the item that would make it larger than this, bytes.
const PAGE_BYTES_MAX: usize = 1024 * 1024;

/// An admitted item or index entry with its size in bytes.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) item: Item,
    pub(super) size: usize,
}

impl Stored {
    fn new(item: Item) -> Arc<Self> {
        let size = item_size(&item);
        Arc::new(Self { item, size })
    }
}

/// One committed write: what was there and what is there now.
#[derive(Clone, Debug)]
pub(super) struct Commit {
    pub(super) key: Key,
    pub(super) old: Option<Arc<Stored>>,
    pub(super) new: Option<Arc<Stored>>,
}

/// An index's entries by partition. Ties in the sort key are broken by the item's key, so pages are stable.
type Entries = BTreeMap<String, BTreeMap<(String, Key), Arc<Stored>>>;

/// The table and its indexes at one point of its history.
#[derive(Debug, Default)]
pub(super) struct View {
    primary: BTreeMap<String, BTreeMap<String, Arc<Stored>>>,
    due: Entries,
    list: Entries,
}

/// A page before it is turned into items.
pub(super) struct Found {
    pub(super) items: Vec<Arc<Stored>>,
    pub(super) bytes: usize,
    /// The page was ended by its limit: there may be more.
    pub(super) cut: bool,
}

impl View {
    pub(super) fn get(&self, key: &Key) -> Option<&Arc<Stored>> {
        self.primary.get(&key.pk)?.get(&key.sk)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Stored>> {
        self.primary.values().flat_map(BTreeMap::values)
    }

    /// Makes a write visible. Returns the write units that the indexes cost.
    pub(super) fn apply(&mut self, commit: &Commit) -> u64 {
        match &commit.new {
            Some(stored) => {
                let partition = self.primary.entry(commit.key.pk.clone()).or_default();
                partition.insert(commit.key.sk.clone(), Arc::clone(stored));
            }
            None => {
                if let Some(partition) = self.primary.get_mut(&commit.key.pk) {
                    partition.remove(&commit.key.sk);
                    if partition.is_empty() {
                        self.primary.remove(&commit.key.pk);
                    }
                }
            }
        }
        self.apply_to_index(Index::Due, commit) + self.apply_to_index(Index::List, commit)
    }

    /// One write to insert, delete or rewrite an entry, two to move it, none if nothing in it changed.
    fn apply_to_index(&mut self, index: Index, commit: &Commit) -> u64 {
        let entries = match index {
            Index::Primary => return 0,
            Index::Due => &mut self.due,
            Index::List => &mut self.list,
        };
        let old = commit.old.as_ref().and_then(|stored| position(index, &stored.item));
        let new = commit.new.as_ref().and_then(|stored| position(index, &stored.item));
        let mut units = 0;
        let moved = old != new;
        let mut before = None;
        if let Some((pk, sk)) = old
            && let Some(partition) = entries.get_mut(&pk)
        {
            before = partition.remove(&(sk, commit.key.clone()));
            if partition.is_empty() {
                entries.remove(&pk);
            }
            if let (true, Some(entry)) = (moved, &before) {
                units += write_units(entry.size);
            }
        }
        if let (Some((pk, sk)), Some(stored)) = (new, &commit.new) {
            let after = project(index, stored);
            match &before {
                Some(entry) if !moved && entry.item == after.item => {}
                Some(entry) if !moved => units += write_units(entry.size.max(after.size)),
                Some(_) | None => units += write_units(after.size),
            }
            entries.entry(pk).or_default().insert((sk, commit.key.clone()), after);
        }
        units
    }

    /// One page. The query has been checked.
    pub(super) fn query(&self, query: &Query) -> Found {
        let (lower, upper) = sort_key_bounds(&query.range);
        match query.index {
            Index::Primary => {
                let after = query.after.as_ref().map(|cursor| cursor.sk.clone());
                page(self.primary.get(&query.pk), query, lower, upper, after)
            }
            Index::Due => index_page(&self.due, query, lower, upper),
            Index::List => index_page(&self.list, query, lower, upper),
        }
    }
}

fn index_page(entries: &Entries, query: &Query, lower: Bound<String>, upper: Bound<String>) -> Found {
    // No key is empty, so the empty one lies before every item with the same sort key.
    let first_of = |sk: String| (sk, Key { pk: String::new(), sk: String::new() });
    let after = query.after.as_ref().map(|cursor| {
        let key = Key { pk: cursor.pk.clone(), sk: cursor.sk.clone() };
        (cursor.index_sk.clone().unwrap_or_default(), key)
    });
    page(entries.get(&query.pk), query, lower.map(first_of), upper.map(first_of), after)
}

fn page<K: Ord>(
    partition: Option<&BTreeMap<K, Arc<Stored>>>,
    query: &Query,
    mut lower: Bound<K>,
    mut upper: Bound<K>,
    after: Option<K>,
) -> Found {
    let mut found = Found { items: Vec::new(), bytes: 0, cut: false };
    let Some(partition) = partition else { return found };
    if let Some(after) = after {
        // The cursor lies within the range, so it only ever narrows it.
        if query.ascending {
            lower = Bound::Excluded(after);
        } else {
            upper = Bound::Excluded(after);
        }
    }
    let limit = query.limit.map_or(usize::MAX, |limit| limit as usize);
    let range = partition.range((lower, upper)).map(|(_, stored)| stored);
    let ordered: Box<dyn Iterator<Item = &Arc<Stored>>> =
        if query.ascending { Box::new(range) } else { Box::new(range.rev()) };
    for stored in ordered {
        if !found.items.is_empty() && found.bytes + stored.size > PAGE_BYTES_MAX {
            found.cut = true;
            break;
        }
        found.bytes += stored.size;
        found.items.push(Arc::clone(stored));
        if found.items.len() >= limit {
            // DynamoDB does not look whether anything follows.
            found.cut = true;
            break;
        }
    }
    found
}

/// The sort keys of a range: from the first, to before the second.
fn sort_key_bounds(range: &Range) -> (Bound<String>, Bound<String>) {
    match range {
        Range::All => (Bound::Unbounded, Bound::Unbounded),
        Range::Prefix(prefix) => (Bound::Included(prefix.clone()), end_of_prefix(prefix)),
        // Nothing lies between a string and the same string with a NUL appended.
        Range::Between(from, to) => (Bound::Included(from.clone()), Bound::Excluded(format!("{to}\0"))),
    }
}

/// The least string greater than all that begin with `prefix`.
fn end_of_prefix(prefix: &str) -> Bound<String> {
    let mut end: Vec<char> = prefix.chars().collect();
    while let Some(last) = end.pop() {
        // The character after the last one; surrogates are not characters.
        let next = if last == '\u{D7FF}' { Some('\u{E000}') } else { char::from_u32(last as u32 + 1) };
        if let Some(next) = next {
            end.push(next);
            return Bound::Excluded(end.into_iter().collect());
        }
    }
    Bound::Unbounded
}

/// Where an item stands in an index, if it has both of its keys.
fn position(index: Index, item: &Item) -> Option<(String, String)> {
    let (pk, sk) = index.attributes();
    match (item.get(pk), item.get(sk)) {
        (Some(AttributeValue::S(pk)), Some(AttributeValue::S(sk))) => Some((pk.clone(), sk.clone())),
        (_, _) => None,
    }
}

/// What an index keeps of an item.
fn project(index: Index, stored: &Arc<Stored>) -> Arc<Stored> {
    match index {
        Index::Primary | Index::List => Arc::clone(stored),
        Index::Due => {
            let (table_keys, index_keys) = (Index::Primary.attributes(), index.attributes());
            let names = [table_keys.0, table_keys.1, index_keys.0, index_keys.1];
            let kept: HashMap<String, AttributeValue> = names
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), stored.item.get(name)?.clone())))
                .collect();
            Stored::new(Item::from(kept))
        }
    }
}
