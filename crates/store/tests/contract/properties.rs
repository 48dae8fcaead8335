//! Random histories: whatever is done, the tables answer alike.

use std::cell::Cell;
use std::collections::BTreeMap;

use carillon_store::memory::MemoryTable;
use carillon_store::port::{
    AttributeValue, Condition, Consistency, Index, Item, Key, Query, Range, StoreError, Table, Update, Write,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use crate::emulator::Emulator;
use crate::reference::ReferenceTable;

#[derive(Clone, Debug)]
enum Step {
    Get(Key),
    BatchGet(Vec<Key>),
    /// All of its pages.
    Walk(Query),
    Write(Write),
    Transact(Vec<Write>, u8),
    BatchWrite(Vec<Write>),
}

/// What a caller sees.
#[derive(Debug, PartialEq)]
enum Seen {
    Items(Vec<Item>),
    Pages(Vec<(Vec<Item>, bool)>),
    Done,
    Conflict,
    Busy,
    Refused,
    Malformed,
}

impl From<StoreError> for Seen {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Conflict,
            StoreError::Busy(_) => Self::Busy,
            StoreError::Refused(_, _) => Self::Refused,
            StoreError::Malformed { .. } => Self::Malformed,
        }
    }
}

/// Few keys, so that steps meet. `%` becomes what is peculiar to the case.
fn keys() -> impl Strategy<Value = Key> {
    (select(vec!["%A", "%B"]), select(vec!["a", "a#1", "a#2", "b", "b#é"]))
        .prop_map(|(pk, sk)| Key { pk: pk.to_owned(), sk: sk.to_owned() })
}

fn values() -> impl Strategy<Value = AttributeValue> {
    prop_oneof![
        4 => (-2_i64..3).prop_map(|number| AttributeValue::N(number.to_string())),
        2 => select(vec!["", "x", "y"]).prop_map(|text| AttributeValue::S(text.to_owned())),
    ]
}

/// `n` and `name` (a reserved word) are plain attributes.
const PLAIN: [&str; 2] = ["n", "name"];

fn attributes() -> impl Strategy<Value = BTreeMap<String, AttributeValue>> {
    let plain = btree_map(select(PLAIN.to_vec()).prop_map(str::to_owned), values(), 0..3);
    let index_key = |partitions: Vec<&'static str>| option::weighted(0.6, select(partitions));
    let sort_key = || option::weighted(0.8, select(vec!["1", "2", "21", "3"]));
    let partition = || index_key(vec!["%P", "%Q"]);
    (plain, partition(), sort_key(), partition(), sort_key()).prop_map(
        |(mut attributes, due_pk, due_sk, list_pk, list_sk)| {
            let index = [("due_pk", due_pk), ("due_sk", due_sk), ("list_pk", list_pk), ("list_sk", list_sk)];
            for (name, value) in index {
                if let Some(value) = value {
                    attributes.insert(name.to_owned(), AttributeValue::S(value.to_owned()));
                }
            }
            attributes
        },
    )
}

fn conditions() -> impl Strategy<Value = Condition> {
    let leaf = prop_oneof![
        4 => Just(Condition::None),
        2 => Just(Condition::Absent),
        2 => Just(Condition::Present),
        2 => (select(PLAIN.to_vec()), values()).prop_map(|(name, value)| Condition::Equals(name, value)),
        2 => (select(PLAIN.to_vec()), values()).prop_map(|(name, value)| Condition::AbsentOrLess(name, value)),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Condition::All),
            vec(inner, 0..3).prop_map(Condition::Any),
        ]
    })
}

fn puts(condition: impl Strategy<Value = Condition>) -> impl Strategy<Value = Write> {
    (keys(), attributes(), condition).prop_map(|(key, attributes, condition)| {
        let mut item = Item::default();
        item.extend(attributes);
        item.insert("pk".to_owned(), AttributeValue::S(key.pk));
        item.insert("sk".to_owned(), AttributeValue::S(key.sk));
        Write::Put { item, condition }
    })
}

fn deletes(condition: impl Strategy<Value = Condition>) -> impl Strategy<Value = Write> {
    (keys(), condition).prop_map(|(key, condition)| Write::Delete { key, condition })
}

fn updates() -> impl Strategy<Value = Write> {
    let names = || select(vec!["n", "name", "due_pk", "due_sk", "list_pk"]).prop_map(str::to_owned);
    let add = btree_map(select(PLAIN.to_vec()).prop_map(str::to_owned), -3_i64..4, 0..3);
    (keys(), attributes(), add, vec(names(), 0..3), conditions()).prop_map(
        |(key, mut set, mut add, mut remove, condition)| {
            remove.sort();
            remove.dedup();
            add.retain(|name, _| !set.contains_key(name));
            remove.retain(|name| !set.contains_key(name) && !add.contains_key(name));
            if set.is_empty() && add.is_empty() && remove.is_empty() {
                set.insert("n".to_owned(), AttributeValue::N("0".to_owned()));
            }
            Write::Update { key, update: Update { set, add, remove }, condition }
        },
    )
}

fn key_of(write: &Write) -> Key {
    match write {
        Write::Put { item, .. } => Key::of(item).unwrap(),
        Write::Update { key, .. } | Write::Delete { key, .. } | Write::Check { key, .. } => key.clone(),
    }
}

fn distinct(mut writes: Vec<Write>) -> Vec<Write> {
    writes.sort_by_key(key_of);
    writes.dedup_by_key(|write| key_of(write));
    writes
}

fn queries() -> impl Strategy<Value = Query> {
    let index = prop_oneof![
        (Just(Index::Primary), select(vec!["%A", "%B"])),
        (select(vec![Index::Due, Index::List]), select(vec!["%P", "%Q"])),
    ];
    let text = || select(vec!["1", "2", "21", "a", "a#", "b"]).prop_map(str::to_owned);
    let range = prop_oneof![
        3 => Just(Range::All),
        1 => prop_oneof![Just(String::new()), text()].prop_map(Range::Prefix),
        1 => (text(), text()).prop_map(|(one, other)| {
            let (from, to) = if one <= other { (one, other) } else { (other, one) };
            Range::Between(from, to)
        }),
    ];
    (index, range, any::<bool>(), option::of(1_u32..4)).prop_map(|((index, pk), range, ascending, limit)| {
        Query {
            index,
            pk: pk.to_owned(),
            range,
            ascending,
            limit,
            after: None,
            consistency: if index == Index::Primary { Consistency::Strong } else { Consistency::Eventual },
        }
    })
}

fn steps() -> impl Strategy<Value = Step> {
    let checks = (keys(), conditions()).prop_map(|(key, condition)| Write::Check { key, condition });
    let writes = || prop_oneof![3 => puts(conditions()), 3 => updates(), 2 => deletes(conditions())];
    let in_transaction = prop_oneof![4 => writes(), 1 => checks];
    let in_batch = prop_oneof![2 => puts(Just(Condition::None)), 1 => deletes(Just(Condition::None))];
    prop_oneof![
        1 => keys().prop_map(Step::Get),
        1 => vec(keys(), 1..8).prop_map(Step::BatchGet),
        3 => queries().prop_map(Step::Walk),
        4 => writes().prop_map(Step::Write),
        2 => (vec(in_transaction, 1..5), any::<u8>()).prop_map(|(writes, token)| Step::Transact(distinct(writes), token % 8)),
        1 => vec(in_batch, 1..8).prop_map(|writes| Step::BatchWrite(distinct(writes))),
    ]
}

/// Puts the case's own mark into the keys, so that cases share a table and do not meet.
trait Mark {
    fn mark(&mut self, mark: &str);
}

impl Mark for String {
    fn mark(&mut self, mark: &str) {
        *self = self.replace('%', mark);
    }
}

impl Mark for Step {
    fn mark(&mut self, mark: &str) {
        match self {
            Self::Get(key) => key.pk.mark(mark),
            Self::BatchGet(keys) => keys.iter_mut().for_each(|key| key.pk.mark(mark)),
            Self::Walk(query) => query.pk.mark(mark),
            Self::Write(write) => write.mark(mark),
            Self::Transact(writes, _) | Self::BatchWrite(writes) => {
                writes.iter_mut().for_each(|write| write.mark(mark));
            }
        }
    }
}

impl Mark for Write {
    fn mark(&mut self, mark: &str) {
        let mark_value = |value: &mut AttributeValue| {
            if let AttributeValue::S(text) = value {
                text.mark(mark);
            }
        };
        match self {
            Self::Put { item, .. } => item.values_mut().for_each(mark_value),
            Self::Update { key, update, .. } => {
                key.pk.mark(mark);
                update.set.values_mut().for_each(mark_value);
            }
            Self::Delete { key, .. } | Self::Check { key, .. } => key.pk.mark(mark),
        }
    }
}

async fn perform(table: &dyn Table, step: Step, mark: &str) -> Result<Seen, StoreError> {
    Ok(match step {
        Step::Get(key) => Seen::Items(table.get(&key, Consistency::Strong).await?.into_iter().collect()),
        Step::BatchGet(keys) => {
            let mut items = table.batch_get(&keys, Consistency::Strong).await?;
            items.sort_by_key(|item| Key::of(item).unwrap());
            Seen::Items(items)
        }
        Step::Walk(mut query) => {
            let mut pages = Vec::new();
            loop {
                let page = table.query(&query).await?;
                pages.push((page.items, page.next.is_some()));
                assert!(pages.len() < 100, "the pages do not end");
                query.after = page.next;
                if query.after.is_none() {
                    break Seen::Pages(pages);
                }
            }
        }
        Step::Write(write) => table.write(write).await.map(|()| Seen::Done)?,
        Step::Transact(writes, token) => {
            table.transact(writes, &format!("{mark}{token}")).await.map(|()| Seen::Done)?
        }
        Step::BatchWrite(writes) => table.batch_write(writes).await.map(|()| Seen::Done)?,
    })
}

async fn agree(
    one: &dyn Table,
    other: &dyn Table,
    history: Vec<Step>,
    mark: &str,
) -> Result<(), TestCaseError> {
    for (number, mut step) in history.into_iter().enumerate() {
        step.mark(mark);
        let shown = format!("step {number}: {step:?}");
        let left = perform(one, step.clone(), mark).await.unwrap_or_else(Seen::from);
        let right = perform(other, step, mark).await.unwrap_or_else(Seen::from);
        prop_assert_eq!(left, right, "{}", shown);
    }
    Ok(())
}

/// Runs `cases` random histories in the runtime of the test.
fn check(cases: u32, steps_max: usize, agree: impl Fn(Vec<Step>, String) -> Result<(), TestCaseError>) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let case = Cell::new(0_u32);
    let result = TestRunner::new(config).run(&vec(steps(), 1..steps_max), |history| {
        case.set(case.get() + 1);
        agree(history, format!("{}-{}-", std::process::id(), case.get()))
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn memory_answers_as_the_reference_does() {
    let runtime = runtime();
    check(300, 40, |history, mark| {
        runtime.block_on(agree(&MemoryTable::new(), &ReferenceTable::default(), history, &mark))
    });
}

#[test]
fn memory_answers_as_dynamodb_does() {
    let runtime = runtime();
    let Some(emulator) = runtime.block_on(Emulator::start("random_histories")) else { return };
    let dynamo = emulator.table();
    check(24, 40, |history, mark| runtime.block_on(agree(&MemoryTable::new(), &dynamo, history, &mark)));
    runtime.block_on(emulator.stop());
}
