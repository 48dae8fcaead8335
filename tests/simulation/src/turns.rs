//! A small world: tasks that take turns in an order that dice decide, over tables that fail and functions that die.
//!
//! For functions behind a queue, a stream or a state machine, where nothing depends on how long an effect takes and
//! everything on what comes before what. Time stands still while anybody can go on.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use carillon_engine::clock::Clock;
use carillon_store::memory::MemoryTable;
use carillon_store::port::{Condition, Item, Key, Page, Query, Write};
use carillon_store::{Consistency, StoreError, Table};
use jiff::Timestamp;

use crate::dice::Dice;
use crate::hub::time;

/// An effect lets others go first so many times at most.
const LETS_PASS_MAX: i64 = 3;

/// What can go wrong at every effect, times in a million.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rates {
    /// The function dies before it.
    pub(crate) dies_before: u32,
    /// The function dies after it.
    pub(crate) dies_after: u32,
    /// Nothing has happened.
    pub(crate) refused: u32,
    /// It has happened, and the answer is lost.
    pub(crate) unheard: u32,
}

impl Rates {
    /// What a seed has in store: each thing is rare, or does not happen at all.
    pub(crate) fn thrown(dice: &mut Dice) -> Self {
        const RARE: [u32; 4] = [0, 1_000, 4_000, 15_000];
        let mut rate = || dice.pick(&RARE);
        Self { dies_before: rate(), dies_after: rate(), refused: rate(), unheard: rate() }
    }
}

/// What the world and everybody in it share.
pub(crate) struct Luck {
    pub(crate) dice: Dice,
    /// Milliseconds since 1970.
    pub(crate) now: i64,
    /// Whether anything still goes wrong.
    pub(crate) hostile: bool,
    rates: Rates,
    doomed: bool,
    /// Faults by name.
    pub(crate) faults: BTreeMap<&'static str, u64>,
}

impl Luck {
    /// Whether a fault strikes, counted if it does.
    pub(crate) fn strikes(&mut self, name: &'static str, per_million: u32) -> bool {
        let struck = self.hostile && per_million > 0 && self.dice.chance(per_million);
        if struck {
            *self.faults.entry(name).or_default() += 1;
        }
        struck
    }
}

/// One function's hold on the world: its ports are made of this.
#[derive(Clone)]
pub(crate) struct Turn(Arc<Mutex<Luck>>);

impl Turn {
    pub(crate) fn new(dice: Dice, now: i64, rates: Rates) -> Self {
        let faults = BTreeMap::new();
        Self(Arc::new(Mutex::new(Luck { dice, now, hostile: true, rates, doomed: false, faults })))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Luck> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An effect on the world: others may come first, the function may die before or after, nothing may happen, or the
    /// answer may be lost.
    pub(crate) async fn effect<T, E>(
        &self,
        doing: impl Future<Output = Result<T, E>>,
        lost: impl Fn() -> E,
    ) -> Result<T, E> {
        let rates = self.lock().rates;
        let passes = self.lock().dice.between(1, LETS_PASS_MAX);
        LetPass(passes).await;
        self.may_die("died before an effect", rates.dies_before).await;
        if self.lock().strikes("effect refused", rates.refused) {
            return Err(lost());
        }
        let done = doing.await;
        self.may_die("died after an effect", rates.dies_after).await;
        if done.is_ok() && self.lock().strikes("answer lost", rates.unheard) { Err(lost()) } else { done }
    }

    async fn may_die(&self, name: &'static str, per_million: u32) {
        let dies = {
            let mut luck = self.lock();
            let dies = luck.strikes(name, per_million);
            luck.doomed |= dies;
            dies
        };
        if dies {
            std::future::pending::<()>().await;
        }
    }
}

impl Clock for Turn {
    fn now(&self) -> Timestamp {
        time(self.lock().now)
    }
}

/// Pending so many times.
struct LetPass(i64);

impl Future for LetPass {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        // Whoever waits for several effects at once asks only those that say so.
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// A table as a function sees it.
#[derive(Clone)]
pub(crate) struct TurnTable {
    pub(crate) turn: Turn,
    pub(crate) table: Arc<MemoryTable>,
    /// Makes a write wrong, or has it forgotten where it says no: how mutants get in.
    pub(crate) spoil: fn(&mut Luck, &mut Write) -> bool,
}

impl TurnTable {
    /// Nothing is wrong with this one.
    pub(crate) fn honest(turn: &Turn, table: &Arc<MemoryTable>) -> Self {
        Self { turn: turn.clone(), table: Arc::clone(table), spoil: |_, _| true }
    }

    fn remembered(&self, writes: Vec<Write>) -> Vec<Write> {
        let mut luck = self.turn.lock();
        writes
            .into_iter()
            .filter_map(|mut write| (self.spoil)(&mut luck, &mut write).then_some(write))
            .collect()
    }
}

fn busy() -> StoreError {
    StoreError::Busy(None)
}

/// Lets a write through whatever is there.
pub(crate) fn unconditional(write: &mut Write) {
    if let Write::Put { condition, .. } = write {
        *condition = Condition::None;
    }
}

#[async_trait]
impl Table for TurnTable {
    async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Item>, StoreError> {
        self.turn.effect(self.table.get(key, consistency), busy).await
    }

    async fn batch_get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, StoreError> {
        self.turn.effect(self.table.batch_get(keys, consistency), busy).await
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        self.turn.effect(self.table.query(query), busy).await
    }

    async fn write(&self, write: Write) -> Result<(), StoreError> {
        let Some(write) = self.remembered(vec![write]).pop() else { return Ok(()) };
        self.turn.effect(self.table.write(write), busy).await
    }

    async fn transact(&self, writes: Vec<Write>, token: &str) -> Result<(), StoreError> {
        let writes = self.remembered(writes);
        self.turn.effect(self.table.transact(writes, token), busy).await
    }

    /// Not one effect but many: a function that dies leaves a part of them.
    async fn batch_write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        for some in self.remembered(writes).chunks(25) {
            self.turn.effect(self.table.batch_write(some.to_vec()), busy).await?;
        }
        Ok(())
    }
}

type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What is under way, and for what.
pub(crate) struct Tasks<J, T> {
    turn: Turn,
    live: Vec<(J, Work<T>)>,
}

impl<J, T> Tasks<J, T> {
    pub(crate) fn new(turn: &Turn) -> Self {
        Self { turn: turn.clone(), live: Vec::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    pub(crate) fn spawn(&mut self, job: J, work: impl Future<Output = T> + Send + 'static) {
        self.live.push((job, Box::pin(work)));
    }

    /// Those of whom this is true go no further. Says for what they were under way.
    pub(crate) fn end(&mut self, over: impl Fn(&J) -> bool) -> Vec<J> {
        let (ended, live) = std::mem::take(&mut self.live).into_iter().partition(|(job, _)| over(job));
        self.live = live;
        Vec::into_iter(ended).map(|(job, _)| job).collect()
    }

    /// Somebody goes on by a step. Says who has ended thereby: with what, or, if they died, with nothing.
    pub(crate) fn step(&mut self) -> Option<(J, Option<T>)> {
        let chosen = self.turn.lock().dice.below(self.live.len());
        let (_, work) = self.live.get_mut(chosen)?;
        let polled = work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let doomed = std::mem::take(&mut self.turn.lock().doomed);
        let ended = match polled {
            Poll::Ready(done) => Some(done),
            Poll::Pending if doomed => None,
            Poll::Pending => return None,
        };
        let (job, _) = self.live.swap_remove(chosen);
        Some((job, ended))
    }
}
