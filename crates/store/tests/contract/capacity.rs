//! The bill: what memory counts for writes is what DynamoDB says they consumed.

use aws_sdk_dynamodb::types::{ConsumedCapacity, Delete, Put, ReturnConsumedCapacity, TransactWriteItem};
use carillon_store::memory::MemoryTable;
use carillon_store::port::{AttributeValue, Item, Key, Table, Write};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use crate::emulator::Emulator;
use crate::suite::{delete, item, put, text};

/// An item of none to six kilobytes, in none, one or both of the indexes.
fn items() -> impl Strategy<Value = Item> {
    let index = || option::of((select(vec!["P", "Q"]), select(vec!["1", "2"])));
    let sizes = select(vec![0_usize, 10, 950, 1000, 1024, 2100, 6000]);
    (select(vec!["1", "2", "3"]), sizes, select(vec!["x", "y"]), "-?[1-9][0-9]{0,9}", index(), index())
        .prop_map(|(sk, size, letter, digits, due, list)| {
            let mut item =
                item("A", sk, [("text", text(&letter.repeat(size))), ("n", AttributeValue::N(digits))]);
            for (pk_name, sk_name, keys) in [("due_pk", "due_sk", due), ("list_pk", "list_sk", list)] {
                if let Some((pk, sk)) = keys {
                    item.insert(pk_name.to_owned(), text(pk));
                    item.insert(sk_name.to_owned(), text(sk));
                }
            }
            item
        })
}

fn writes() -> impl Strategy<Value = Write> {
    prop_oneof![4 => items().prop_map(put), 1 => select(vec!["1", "2", "3"]).prop_map(|sk| delete("A", sk))]
}

/// One write by itself, or several as a transaction.
fn steps() -> impl Strategy<Value = Vec<Write>> {
    vec(writes(), 1..4).prop_map(|mut writes| {
        writes.sort_by_key(key);
        writes.dedup_by_key(|write| key(write));
        writes
    })
}

fn key(write: &Write) -> Key {
    match write {
        Write::Put { item, .. } => Key::of(item).unwrap(),
        Write::Update { key, .. } | Write::Delete { key, .. } | Write::Check { key, .. } => key.clone(),
    }
}

impl Emulator {
    /// Carries the writes out and returns the write units that they consumed.
    async fn consumed(&self, mut writes: Vec<Write>) -> f64 {
        let total = ReturnConsumedCapacity::Total;
        let units = |capacity: &ConsumedCapacity| capacity.capacity_units.unwrap();
        if writes.len() > 1 {
            let items = writes.into_iter().map(|write| self.transact_item(write)).collect();
            let request = self
                .client
                .transact_write_items()
                .return_consumed_capacity(total)
                .set_transact_items(Some(items));
            return request.send().await.unwrap().consumed_capacity().iter().map(units).sum();
        }
        match writes.remove(0) {
            Write::Put { item, .. } => {
                let request = self.client.put_item().table_name(&self.name).set_item(Some(item.into()));
                let answer = request.return_consumed_capacity(total).send().await.unwrap();
                units(&answer.consumed_capacity.unwrap())
            }
            write @ (Write::Update { .. } | Write::Delete { .. } | Write::Check { .. }) => {
                let key = Item::from(sent_key(&write)).into();
                let request = self.client.delete_item().table_name(&self.name).set_key(Some(key));
                let answer = request.return_consumed_capacity(total).send().await.unwrap();
                units(&answer.consumed_capacity.unwrap())
            }
        }
    }

    fn transact_item(&self, write: Write) -> TransactWriteItem {
        let item = TransactWriteItem::builder();
        match write {
            Write::Put { item: new, .. } => {
                let put = Put::builder().table_name(&self.name).set_item(Some(new.into()));
                item.put(put.build().unwrap()).build()
            }
            write @ (Write::Update { .. } | Write::Delete { .. } | Write::Check { .. }) => {
                let key = Item::from(sent_key(&write)).into();
                let delete = Delete::builder().table_name(&self.name).set_key(Some(key));
                item.delete(delete.build().unwrap()).build()
            }
        }
    }
}

fn sent_key(write: &Write) -> std::collections::HashMap<String, AttributeValue> {
    let Key { pk, sk } = key(write);
    [("pk".to_owned(), AttributeValue::S(pk)), ("sk".to_owned(), AttributeValue::S(sk))].into()
}

#[test]
fn memory_bills_writes_as_dynamodb_does() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let Some(emulator) = runtime.block_on(Emulator::start("bill")) else { return };
    // One history: the table in memory goes on from case to case, as the other one does.
    let memory = MemoryTable::new();
    let config = Config { cases: 150, failure_persistence: None, max_shrink_iters: 0, ..Config::default() };
    let case = std::cell::Cell::new(0);
    let result = TestRunner::new(config).run(&steps(), |writes| {
        case.set(case.get() + 1);
        memory.reset_usage();
        let billed = runtime.block_on(async {
            match writes.as_slice() {
                [write] => memory.write(write.clone()).await.unwrap(),
                writes => memory.transact(writes.to_vec(), &case.get().to_string()).await.unwrap(),
            }
            memory.usage().write_units
        });
        prop_assert_eq!(billed, runtime.block_on(emulator.consumed(writes)));
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    runtime.block_on(emulator.stop());
}
