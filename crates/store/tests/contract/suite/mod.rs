//! The facts, each a function of a fresh table.

pub(crate) mod batches;
pub(crate) mod conditions;
pub(crate) mod items;
pub(crate) mod queries;
pub(crate) mod transactions;

use carillon_store::port::{
    AttributeValue, Condition, Consistency, Index, Item, Key, Query, Range, StoreError, Table, Update, Write,
};

pub(crate) fn key(pk: &str, sk: &str) -> Key {
    Key { pk: pk.to_owned(), sk: sk.to_owned() }
}

pub(crate) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub(crate) fn number(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(crate) fn item<const N: usize>(pk: &str, sk: &str, attributes: [(&str, AttributeValue); N]) -> Item {
    let mut item = Item::default();
    item.insert("pk".to_owned(), text(pk));
    item.insert("sk".to_owned(), text(sk));
    item.extend(attributes.map(|(name, value)| (name.to_owned(), value)));
    item
}

pub(crate) fn put(item: Item) -> Write {
    Write::Put { item, condition: Condition::None }
}

pub(crate) fn delete(pk: &str, sk: &str) -> Write {
    Write::Delete { key: key(pk, sk), condition: Condition::None }
}

pub(crate) fn set(pk: &str, sk: &str, name: &str, value: AttributeValue) -> Write {
    let update = Update { set: [(name.to_owned(), value)].into(), ..Update::default() };
    Write::Update { key: key(pk, sk), update, condition: Condition::None }
}

pub(crate) fn add(pk: &str, sk: &str, name: &str, addend: i64) -> Write {
    let update = Update { add: [(name.to_owned(), addend)].into(), ..Update::default() };
    Write::Update { key: key(pk, sk), update, condition: Condition::None }
}

pub(crate) fn partition(index: Index, pk: &str) -> Query {
    Query {
        index,
        pk: pk.to_owned(),
        range: Range::All,
        ascending: true,
        limit: None,
        after: None,
        consistency: if index == Index::Primary { Consistency::Strong } else { Consistency::Eventual },
    }
}

pub(crate) async fn get(table: &dyn Table, pk: &str, sk: &str) -> Option<Item> {
    table.get(&key(pk, sk), Consistency::Strong).await.unwrap()
}

/// The keys of all items of all pages, as `pk/sk`.
pub(crate) async fn walk(table: &dyn Table, mut query: Query) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        assert!(found.len() < 1000, "the pages do not end");
        let page = table.query(&query).await.unwrap();
        found.extend(page.items.iter().map(|item| {
            let Key { pk, sk } = Key::of(item).unwrap();
            format!("{pk}/{sk}")
        }));
        query.after = page.next;
        if query.after.is_none() {
            return found;
        }
    }
}

#[track_caller]
pub(crate) fn assert_refused<T: std::fmt::Debug>(answer: Result<T, StoreError>) {
    assert!(matches!(answer, Err(StoreError::Refused(_, _))), "{answer:?}");
}

#[track_caller]
pub(crate) fn assert_conflict<T: std::fmt::Debug>(answer: Result<T, StoreError>) {
    assert!(matches!(answer, Err(StoreError::Conflict)), "{answer:?}");
}
