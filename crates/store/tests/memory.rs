//! What the table in memory does beyond the contract: it bills, it records changes, and it fails and lags on
//! demand.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use carillon_store::memory::{Change, Faults, MemoryTable, Operation, OperationKind, Units};
use carillon_store::port::{
    AttributeValue, Condition, Consistency, Index, Item, Key, Query, Range, StoreError, Table, Update, Write,
};
use jiff::{SignedDuration, Timestamp};

fn key(sk: &str) -> Key {
    Key { pk: "A".to_owned(), sk: sk.to_owned() }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// An item that counts for exactly `size` bytes: `pkA`, `sk` and its value, `text` and its value.
fn sized(sk: &str, size: usize) -> Item {
    let mut item = Item::default();
    item.insert("pk".to_owned(), text("A"));
    item.insert("sk".to_owned(), text(sk));
    item.insert("text".to_owned(), text(&"x".repeat(size - "pkAsktext".len() - sk.len())));
    item
}

fn due(mut item: Item, at: &str) -> Item {
    item.insert("due_pk".to_owned(), text("D"));
    item.insert("due_sk".to_owned(), text(at));
    item
}

fn listed(mut item: Item, at: &str) -> Item {
    item.insert("list_pk".to_owned(), text("L"));
    item.insert("list_sk".to_owned(), text(at));
    item
}

fn put(item: Item) -> Write {
    Write::Put { item, condition: Condition::None }
}

fn delete(sk: &str) -> Write {
    Write::Delete { key: key(sk), condition: Condition::None }
}

fn add(sk: &str, name: &str, addend: i64) -> Write {
    let update = Update { add: [(name.to_owned(), addend)].into(), ..Update::default() };
    Write::Update { key: key(sk), update, condition: Condition::None }
}

fn query(index: Index, pk: &str, consistency: Consistency) -> Query {
    Query {
        index,
        pk: pk.to_owned(),
        range: Range::All,
        ascending: true,
        limit: None,
        after: None,
        consistency,
    }
}

/// What a write costs the table and what it costs the indexes.
async fn bill(table: &MemoryTable, write: Write) -> (f64, f64) {
    table.reset_usage();
    let _ = table.write(write).await;
    let usage = table.usage();
    let index_units: f64 = usage.by_operation.values().map(|units| units.index_write_units).sum();
    (usage.write_units - index_units, index_units)
}

#[tokio::test]
async fn a_write_costs_a_unit_for_each_kilobyte_of_the_larger_item() {
    let table = MemoryTable::new();
    assert_eq!(bill(&table, put(sized("1", 1024))).await, (1.0, 0.0));
    assert_eq!(bill(&table, put(sized("2", 1025))).await, (2.0, 0.0));
    assert_eq!(bill(&table, put(sized("2", 100))).await, (2.0, 0.0));
    assert_eq!(bill(&table, put(sized("1", 3000))).await, (3.0, 0.0));
    assert_eq!(bill(&table, add("1", "n", 1)).await, (3.0, 0.0));
    assert_eq!(bill(&table, delete("1")).await, (3.0, 0.0));
    assert_eq!(bill(&table, delete("1")).await, (1.0, 0.0));
}

#[tokio::test]
async fn a_failed_condition_costs_as_much_as_the_item_in_the_way() {
    let table = MemoryTable::new();
    table.write(put(sized("1", 3000))).await.unwrap();
    let claim = Write::Put { item: sized("1", 9000), condition: Condition::Absent };
    assert_eq!(bill(&table, claim).await, (3.0, 0.0));
    let missing = Write::Put { item: sized("2", 9000), condition: Condition::Present };
    assert_eq!(bill(&table, missing).await, (1.0, 0.0));
}

#[tokio::test]
async fn an_index_costs_when_its_entry_changes_and_twice_when_it_moves() {
    let table = MemoryTable::new();
    let plain = || sized("1", 1500);
    assert_eq!(bill(&table, put(due(plain(), "1"))).await, (2.0, 1.0), "enters; the entry is keys alone");
    assert_eq!(bill(&table, add("1", "n", 1)).await, (2.0, 0.0), "changes what the index does not have");
    assert_eq!(bill(&table, put(due(plain(), "2"))).await, (2.0, 2.0), "moves");
    assert_eq!(bill(&table, put(plain())).await, (2.0, 1.0), "leaves");
    assert_eq!(bill(&table, put(listed(plain(), "1"))).await, (2.0, 2.0), "enters whole");
    assert_eq!(bill(&table, add("1", "n", 1)).await, (2.0, 2.0), "changes what the index has too");
    assert_eq!(bill(&table, put(listed(sized("1", 100), "2"))).await, (2.0, 3.0), "moves and shrinks");
    assert_eq!(bill(&table, delete("1")).await, (1.0, 1.0), "leaves");
}

#[tokio::test]
async fn a_transaction_costs_the_table_double_and_a_repetition_only_reads() {
    let table = MemoryTable::new();
    let check = Write::Check { key: key("3"), condition: Condition::Absent };
    let writes = || vec![put(due(sized("1", 2000), "1")), put(sized("2", 100)), check.clone()];
    table.transact(writes(), "token").await.unwrap();
    let first = table.usage();
    // Twice 2 + 1 + 1, and one for the index.
    assert_eq!((first.read_units, first.write_units), (0.0, 9.0));
    table.transact(writes(), "token").await.unwrap();
    let second = table.usage();
    assert_eq!((second.read_units, second.write_units), (6.0, 9.0));
}

#[tokio::test]
async fn a_read_costs_a_unit_for_each_four_kilobytes_and_half_if_it_may_be_stale() {
    let table = MemoryTable::new();
    table
        .batch_write((0..10).map(|sk| put(listed(sized(&sk.to_string(), 900), "1"))).collect())
        .await
        .unwrap();
    table.write(put(sized("large", 4097))).await.unwrap();
    let spent = |table: &MemoryTable| {
        let usage = table.usage().read_units;
        table.reset_usage();
        usage
    };
    spent(&table);
    table.get(&key("large"), Consistency::Strong).await.unwrap();
    assert_eq!(spent(&table), 2.0);
    table.get(&key("large"), Consistency::Eventual).await.unwrap();
    assert_eq!(spent(&table), 1.0);
    table.get(&key("missing"), Consistency::Eventual).await.unwrap();
    assert_eq!(spent(&table), 0.5);
    // Items of a batch are rounded one by one, those of a page together: ten of 925 bytes are 9,250.
    let keys: Vec<Key> = (0..10).map(|sk| key(&sk.to_string())).collect();
    table.batch_get(&keys, Consistency::Eventual).await.unwrap();
    assert_eq!(spent(&table), 5.0);
    table.query(&query(Index::List, "L", Consistency::Eventual)).await.unwrap();
    assert_eq!(spent(&table), 1.5);
    table.query(&query(Index::Primary, "B", Consistency::Strong)).await.unwrap();
    assert_eq!(spent(&table), 1.0);
}

#[tokio::test]
async fn usage_is_told_apart_by_kind_of_operation() {
    let table = MemoryTable::new();
    table.batch_write(vec![put(sized("1", 100)), put(due(sized("2", 100), "1"))]).await.unwrap();
    table.query(&query(Index::Due, "D", Consistency::Eventual)).await.unwrap();
    let usage = table.usage();
    let batch = Units { calls: 1, items: 2, write_units: 3.0, index_write_units: 1.0, ..Units::default() };
    assert_eq!(usage.by_operation[&OperationKind::BatchWrite], batch);
    let query = Units { calls: 1, items: 1, read_units: 0.5, ..Units::default() };
    assert_eq!(usage.by_operation[&OperationKind::Query(Index::Due)], query);
    assert_eq!((usage.read_units, usage.write_units), (0.5, 3.0));
}

#[tokio::test]
async fn every_change_is_recorded_once_with_both_images_and_no_other() {
    let table = MemoryTable::new();
    let (one, other) = (sized("1", 100), sized("1", 200));
    table.write(put(one.clone())).await.unwrap();
    table.write(put(one.clone())).await.unwrap();
    let never = Write::Delete { key: key("1"), condition: Condition::Absent };
    assert!(matches!(table.write(never).await, Err(StoreError::Conflict)));
    table.transact(vec![put(other.clone()), delete("missing")], "token").await.unwrap();
    table.write(delete("1")).await.unwrap();
    let change = |sequence, old: Option<&Item>, new: Option<&Item>| Change {
        sequence,
        key: key("1"),
        old: old.cloned(),
        new: new.cloned(),
    };
    let expected =
        [change(1, None, Some(&one)), change(2, Some(&one), Some(&other)), change(3, Some(&other), None)];
    assert_eq!(table.drain_changes(), expected);
    assert!(table.drain_changes().is_empty());
    assert!(table.is_empty());
}

/// Fails the call whose number it is, at one of the three hooks.
struct Nth {
    before: Option<usize>,
    amid: Option<usize>,
    after: Option<usize>,
    calls: AtomicUsize,
}

fn nth(before: Option<usize>, amid: Option<usize>, after: Option<usize>) -> Arc<Nth> {
    Arc::new(Nth { before, amid, after, calls: AtomicUsize::new(0) })
}

fn fail_if(condition: bool) -> Result<(), StoreError> {
    if condition { Err(StoreError::Busy(None)) } else { Ok(()) }
}

impl Faults for Nth {
    fn before(&self, _: &Operation<'_>) -> Result<(), StoreError> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        fail_if(self.before == Some(call))
    }

    fn amid(&self, _: &Operation<'_>, writes_done: usize) -> Result<(), StoreError> {
        fail_if(self.amid == Some(writes_done))
    }

    fn after(&self, _: &Operation<'_>) -> Result<(), StoreError> {
        fail_if(self.after == Some(self.calls.load(Ordering::Relaxed)))
    }
}

#[tokio::test]
async fn a_fault_before_prevents_and_a_fault_after_loses_the_answer() {
    let table = MemoryTable::new().with_faults(nth(Some(1), None, Some(2)));
    assert!(matches!(table.write(add("1", "n", 1)).await, Err(StoreError::Busy(_))));
    assert!(table.is_empty());
    assert_eq!(table.usage().write_units, 0.0);
    assert!(matches!(table.write(add("1", "n", 1)).await, Err(StoreError::Busy(_))));
    assert_eq!(table.len(), 1);
    table.write(add("1", "n", 1)).await.unwrap();
    assert_eq!(table.items()[0].get("n"), Some(&AttributeValue::N("2".to_owned())));
}

#[tokio::test]
async fn a_fault_amid_a_batch_leaves_it_half_done() {
    let table = MemoryTable::new().with_faults(nth(None, Some(2), None));
    let batch = || (0..4).map(|sk| put(sized(&sk.to_string(), 100))).collect::<Vec<_>>();
    assert!(matches!(table.batch_write(batch()).await, Err(StoreError::Busy(_))));
    assert_eq!(table.len(), 2);
}

#[tokio::test]
async fn lagging_reads_are_behind_by_so_many_writes_and_never_go_back() {
    const LAG: usize = 5;
    for seed in 0..20 {
        let table = MemoryTable::new().with_lag(seed, LAG);
        let (mut seen_before, mut lagged) = (0, false);
        for written in 1..=60 {
            table.write(put(due(sized(&format!("{written:02}"), 100), "now"))).await.unwrap();
            let seen = table.query(&query(Index::Due, "D", Consistency::Eventual)).await.unwrap().items.len();
            assert!(seen >= seen_before && seen <= written && written - seen <= LAG, "seed {seed}");
            lagged |= seen < written;
            seen_before = seen;
            let strong = table.query(&query(Index::Primary, "A", Consistency::Strong)).await.unwrap();
            assert_eq!(strong.items.len(), written);
        }
        assert!(lagged, "seed {seed}");
        table.catch_up();
        assert!(table.get(&key("60"), Consistency::Eventual).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_token_is_forgotten_after_ten_minutes() {
    let table = MemoryTable::new();
    let start: Timestamp = "2026-11-20T09:00:00Z".parse().unwrap();
    table.set_time(start);
    let count = async || {
        table.transact(vec![add("1", "n", 1)], "token").await.unwrap();
        table.items()[0].get("n").cloned()
    };
    let number = |text: &str| Some(AttributeValue::N(text.to_owned()));
    assert_eq!(count().await, number("1"));
    table.set_time(start + SignedDuration::from_secs(599));
    assert_eq!(count().await, number("1"));
    table.set_time(start + SignedDuration::from_secs(600));
    assert_eq!(count().await, number("2"));
}
