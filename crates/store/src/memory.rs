//! The table in memory, for the simulation and for tests: DynamoDB's semantics, limits and bill, without
//! DynamoDB.
//!
//! Deterministic: it has no clock, no threads and no randomness of its own. Faults and the lag of
//! eventually consistent reads are injected, so a seed decides them. Where it is deliberately unlike DynamoDB:
//!
//! - Transactions never collide, because nothing runs concurrently: [`Faults`] makes them fail.
//! - Streams record every item's changes in one sequence; DynamoDB keeps order within one item only.
//! - Items do not expire. The simulation deletes what should have.
//!
//! What a cancelled transaction costs is not documented; here it costs what it would have cost the table.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::check;
use crate::port::{Condition, Consistency, Cursor, Index, Item, Key, Page, Query, StoreError, Table, Write};

mod decimal;
mod evaluate;
mod usage;
mod value;
mod view;

pub use self::usage::{OperationKind, Units, Usage};
use self::usage::{read_units, write_units};
use self::view::{Commit, Stored, View};

/// For how long DynamoDB remembers the token of a transaction.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(10);
/// DynamoDB's limit on the items of one transaction, bytes.
const TRANSACTION_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What a caller asks of the table.
#[derive(Clone, Copy, Debug)]
pub enum Operation<'a> {
    /// [`Table::get`].
    Get {
        /// Which item.
        key: &'a Key,
        /// How fresh.
        consistency: Consistency,
    },
    /// [`Table::batch_get`].
    BatchGet {
        /// Which items.
        keys: &'a [Key],
        /// How fresh.
        consistency: Consistency,
    },
    /// [`Table::query`].
    Query(&'a Query),
    /// [`Table::write`].
    Write(&'a Write),
    /// [`Table::transact`].
    Transact {
        /// All or none.
        writes: &'a [Write],
        /// The idempotency token.
        token: &'a str,
    },
    /// [`Table::batch_write`].
    BatchWrite(&'a [Write]),
}

/// Makes operations fail on purpose. Every method has a default that lets the operation be.
pub trait Faults: Send + Sync {
    /// Called first. An error is the operation's answer, and nothing has happened.
    fn before(&self, operation: &Operation<'_>) -> Result<(), StoreError> {
        let _ = operation;
        Ok(())
    }

    /// Called in a batch write before each of its writes but the first. An error leaves the batch half done.
    /// The table is locked meanwhile: this must not use it.
    fn amid(&self, operation: &Operation<'_>, writes_done: usize) -> Result<(), StoreError> {
        let _ = (operation, writes_done);
        Ok(())
    }

    /// Called after an operation succeeded. An error is an answer that was lost: the write has happened.
    fn after(&self, operation: &Operation<'_>) -> Result<(), StoreError> {
        let _ = operation;
        Ok(())
    }
}

/// An entry of the change stream, with both images. Writes that change nothing leave none.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// 1 for the first change of the table, and no gaps.
    pub sequence: u64,
    /// Which item.
    pub key: Key,
    /// What it was; absent if it is new.
    pub old: Option<Item>,
    /// What it is; absent if it was deleted.
    pub new: Option<Item>,
}

/// As the stream's readers get it.
impl From<Change> for crate::Change {
    fn from(change: Change) -> Self {
        Self { event_id: change.sequence.to_string(), at: None, old: change.old, new: change.new }
    }
}

/// The table.
#[derive(Default)]
pub struct MemoryTable {
    faults: Option<Arc<dyn Faults>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: View,
    stale: Option<Stale>,
    usage: Usage,
    sequence: u64,
    changes: VecDeque<(u64, Commit)>,
    now: Option<Timestamp>,
    tokens: BTreeMap<String, Done>,
}

/// A transaction that is not to be repeated.
struct Done {
    writes: Vec<Write>,
    at: Option<Timestamp>,
}

/// The table as an eventually consistent reader may see it: some writes behind.
struct Stale {
    view: View,
    behind: VecDeque<Commit>,
    behind_max: usize,
    random: u64,
}

impl Stale {
    /// What the next read sees: never less than the read before saw.
    fn read(&mut self) -> &View {
        // SplitMix64: small, seeded, and good enough to choose a lag.
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        self.catch_up((mixed % (self.behind_max as u64 + 1)) as usize);
        &self.view
    }

    fn catch_up(&mut self, behind: usize) {
        while self.behind.len() > behind {
            if let Some(commit) = self.behind.pop_front() {
                self.view.apply(&commit);
            }
        }
    }
}

impl MemoryTable {
    /// An empty table whose reads are all up to date.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With operations that fail.
    #[must_use]
    pub fn with_faults(mut self, faults: Arc<dyn Faults>) -> Self {
        self.faults = Some(faults);
        self
    }

    /// With eventually consistent reads, all those of indexes among them, up to `writes_max` writes behind.
    #[must_use]
    pub fn with_lag(self, seed: u64, writes_max: usize) -> Self {
        let mut view = View::default();
        let mut state = self.lock();
        for stored in state.current.all() {
            if let Some(key) = Key::of(&stored.item) {
                view.apply(&Commit { key, old: None, new: Some(Arc::clone(stored)) });
            }
        }
        state.stale = Some(Stale { view, behind: VecDeque::new(), behind_max: writes_max, random: seed });
        drop(state);
        self
    }

    /// Lets ten minutes pass for the tokens of transactions. Without it they are remembered forever.
    pub fn set_time(&self, now: Timestamp) {
        let mut state = self.lock();
        state.now = Some(now);
        state.tokens.retain(|_, done| done.at.is_none_or(|at| now.duration_since(at) < TOKEN_LIFE));
    }

    /// Makes every write visible to eventually consistent reads.
    pub fn catch_up(&self) {
        if let Some(stale) = &mut self.lock().stale {
            stale.catch_up(0);
        }
    }

    /// What has been used since the table was made or [`Self::reset_usage`] was called.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.lock().usage.clone()
    }

    /// The same, all kinds of operation together.
    #[must_use]
    pub fn spent(&self) -> Units {
        self.lock().usage.total()
    }

    /// Starts counting anew.
    pub fn reset_usage(&self) {
        self.lock().usage = Usage::default();
    }

    /// The changes that have not been drained, oldest first.
    #[must_use]
    pub fn drain_changes(&self) -> Vec<Change> {
        let changes = std::mem::take(&mut self.lock().changes);
        changes.into_iter().map(|(sequence, commit)| change(sequence, commit)).collect()
    }

    /// Every item, ordered by key, for invariants to be checked. Costs nothing.
    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        self.lock().current.all().map(|stored| stored.item.clone()).collect()
    }

    /// How many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().current.all().count()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A panic elsewhere leaves no half-done write: every operation computes first and commits last.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn perform<T>(
        &self,
        operation: Operation<'_>,
        body: impl FnOnce(&mut State, OperationKind) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if let Some(faults) = &self.faults {
            faults.before(&operation)?;
        }
        let kind = OperationKind::of(&operation);
        let answer = {
            let mut state = self.lock();
            state.usage.called(kind);
            body(&mut state, kind)?
        };
        if let Some(faults) = &self.faults {
            faults.after(&operation)?;
        }
        Ok(answer)
    }
}

fn change(sequence: u64, commit: Commit) -> Change {
    // What was overwritten is nobody else's any more, unless a reader is behind.
    let item = |stored: Arc<Stored>| match Arc::try_unwrap(stored) {
        Ok(stored) => stored.item,
        Err(shared) => shared.item.clone(),
    };
    let image = |stored: Option<Arc<Stored>>| stored.map(item);
    Change { sequence, key: commit.key, old: image(commit.old), new: image(commit.new) }
}

impl State {
    fn view(&mut self, consistency: Consistency) -> &View {
        match (consistency, &mut self.stale) {
            (Consistency::Eventual, Some(stale)) => stale.read(),
            (Consistency::Eventual, None) | (Consistency::Strong, _) => &self.current,
        }
    }

    fn get(&mut self, kind: OperationKind, key: &Key, consistency: Consistency) -> Option<Item> {
        let found = self.view(consistency).get(key).cloned();
        let bytes = found.as_ref().map_or(0, |stored| stored.size);
        self.usage.read(kind, 1, read_units(bytes, consistency));
        found.map(|stored| stored.item.clone())
    }

    fn query(&mut self, kind: OperationKind, query: &Query) -> Page {
        let consistency = match query.index {
            Index::Primary => query.consistency,
            Index::Due | Index::List => Consistency::Eventual,
        };
        let found = self.view(consistency).query(query);
        self.usage.read(kind, found.items.len() as u64, read_units(found.bytes, consistency));
        let last = if found.cut { found.items.last() } else { None };
        let next = last.and_then(|stored| Cursor::of(query.index, &stored.item));
        Page { items: found.items.iter().map(|stored| stored.item.clone()).collect(), next }
    }

    /// Evaluates one prepared write against what is stored, changing nothing.
    fn plan(&self, prepared: &Prepared) -> Result<Plan, Refusal> {
        let key = prepared.key.clone();
        let old = self.current.get(&key).cloned();
        let old_size = old.as_ref().map_or(0, |stored| stored.size);
        let fail = |error| Refusal { error, table_units: write_units(old_size) };
        let stored = old.as_ref().map(|stored| &stored.item);
        if !evaluate::holds(prepared.condition(), stored) {
            return Err(fail(StoreError::Conflict));
        }
        let new = match &prepared.write {
            Write::Put { item, .. } => Some(Arc::new(Stored { item: item.clone(), size: prepared.size })),
            Write::Update { key, update, .. } => {
                let mut item = evaluate::apply(key, stored, update).map_err(fail)?;
                let (_, size) = value::admit(&mut item).map_err(fail)?;
                Some(Arc::new(Stored { item, size }))
            }
            Write::Delete { .. } => None,
            Write::Check { .. } => old.clone(),
        };
        let new_size = new.as_ref().map_or(0, |stored| stored.size);
        Ok(Plan { table_units: write_units(old_size.max(new_size)), commit: Commit { key, old, new } })
    }

    /// Carries a plan out. Returns the write units of the indexes.
    fn commit(&mut self, commit: Commit) -> u64 {
        let items = [&commit.old, &commit.new].map(|stored| stored.as_ref().map(|stored| &stored.item));
        if items[0] == items[1] {
            return 0;
        }
        let index_units = self.current.apply(&commit);
        if let Some(stale) = &mut self.stale {
            stale.behind.push_back(commit.clone());
        }
        self.sequence += 1;
        self.changes.push_back((self.sequence, commit));
        index_units
    }

    fn write(&mut self, kind: OperationKind, prepared: &Prepared) -> Result<(), StoreError> {
        match self.plan(prepared) {
            Ok(Plan { commit, table_units }) => {
                let index_units = self.commit(commit);
                self.usage.wrote(kind, table_units, index_units);
                Ok(())
            }
            Err(Refusal { error, table_units }) => {
                self.usage.wrote(kind, table_units, 0);
                Err(error)
            }
        }
    }

    fn transact(&mut self, kind: OperationKind, all: Vec<Prepared>, token: &str) -> Result<(), StoreError> {
        if let Some(done) = self.tokens.get(token) {
            if !done.writes.iter().eq(all.iter().map(|prepared| &prepared.write)) {
                return Err(StoreError::Conflict);
            }
            // A repetition reads the items, transactionally: twice.
            for prepared in &all {
                let bytes = self.current.get(&prepared.key).map_or(0, |stored| stored.size);
                self.usage.read(kind, 1, 2.0 * read_units(bytes, Consistency::Strong));
            }
            return Ok(());
        }
        let planned: Vec<_> = all.iter().map(|prepared| self.plan(prepared)).collect();
        let bytes = |plan: &Plan| plan.commit.new.as_ref().map_or(0, |stored| stored.size);
        let sum: usize = planned.iter().flatten().map(bytes).sum();
        let (mut plans, mut refusals) = (Vec::new(), Vec::new());
        for plan in planned {
            let table_units = match &plan {
                Ok(Plan { table_units, .. }) | Err(Refusal { table_units, .. }) => *table_units,
            };
            // Prepared and committed: two writes to the table. Indexes follow later, once.
            self.usage.wrote(kind, 2 * table_units, 0);
            match plan {
                Ok(plan) => plans.push(plan),
                Err(refusal) => refusals.push(refusal.error),
            }
        }
        // The caller can do something about a conflict, so it outweighs other reasons.
        refusals.sort_by_key(|error| !matches!(error, StoreError::Conflict));
        if let Some(first) = refusals.into_iter().next() {
            return Err(first);
        }
        if sum > TRANSACTION_BYTES_MAX {
            return Err(StoreError::invalid("the transaction is larger than 4 MB"));
        }
        for plan in plans {
            let index_units = self.commit(plan.commit);
            self.usage.index_wrote(kind, index_units);
        }
        let writes = all.into_iter().map(|prepared| prepared.write).collect();
        self.tokens.insert(token.to_owned(), Done { writes, at: self.now });
        Ok(())
    }
}

/// A write that has been checked as far as it can be without looking at what is stored.
struct Prepared {
    key: Key,
    write: Write,
    /// Of the item that a put brings, bytes.
    size: usize,
}

impl Prepared {
    fn new(mut write: Write) -> Result<Self, StoreError> {
        let mut size = 0;
        let key = match &mut write {
            Write::Put { item, condition } => {
                evaluate::prepare(condition)?;
                let (key, bytes) = value::admit(item)?;
                size = bytes;
                key
            }
            Write::Update { key, update, condition } => {
                evaluate::prepare(condition)?;
                evaluate::prepare_update(update)?;
                key.clone()
            }
            Write::Delete { key, condition } | Write::Check { key, condition } => {
                evaluate::prepare(condition)?;
                key.clone()
            }
        };
        value::admit_key(&key)?;
        Ok(Self { key, write, size })
    }

    fn all(writes: Vec<Write>) -> Result<Vec<Self>, StoreError> {
        writes.into_iter().map(Self::new).collect()
    }

    fn condition(&self) -> &Condition {
        match &self.write {
            Write::Put { condition, .. }
            | Write::Update { condition, .. }
            | Write::Delete { condition, .. }
            | Write::Check { condition, .. } => condition,
        }
    }
}

/// What a write would do.
struct Plan {
    commit: Commit,
    table_units: u64,
}

/// Why a write does nothing, and what that costs all the same: the size of the item in its way.
struct Refusal {
    error: StoreError,
    table_units: u64,
}

#[async_trait]
impl Table for MemoryTable {
    async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Item>, StoreError> {
        value::admit_key(key)?;
        self.perform(Operation::Get { key, consistency }, |state, kind| Ok(state.get(kind, key, consistency)))
    }

    async fn batch_get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, StoreError> {
        keys.iter().try_for_each(value::admit_key)?;
        let distinct: BTreeSet<&Key> = keys.iter().collect();
        self.perform(Operation::BatchGet { keys, consistency }, |state, kind| {
            Ok(distinct.into_iter().filter_map(|key| state.get(kind, key, consistency)).collect())
        })
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        check::query(query)?;
        self.perform(Operation::Query(query), |state, kind| Ok(state.query(kind, query)))
    }

    async fn write(&self, write: Write) -> Result<(), StoreError> {
        check::write(&write)?;
        let prepared = Prepared::new(write)?;
        self.perform(Operation::Write(&prepared.write), |state, kind| state.write(kind, &prepared))
    }

    async fn transact(&self, writes: Vec<Write>, token: &str) -> Result<(), StoreError> {
        check::transact(&writes, token)?;
        let prepared = Prepared::all(writes.clone())?;
        self.perform(Operation::Transact { writes: &writes, token }, |state, kind| {
            state.transact(kind, prepared, token)
        })
    }

    async fn batch_write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        check::batch(&writes)?;
        let prepared = Prepared::all(writes.clone())?;
        let operation = Operation::BatchWrite(&writes);
        self.perform(operation, |state, kind| {
            for (writes_done, prepared) in prepared.iter().enumerate() {
                if let (Some(faults), 1..) = (&self.faults, writes_done) {
                    faults.amid(&operation, writes_done)?;
                }
                state.write(kind, prepared)?;
            }
            Ok(())
        })
    }
}
