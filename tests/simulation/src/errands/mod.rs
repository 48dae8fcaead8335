//! Errands: the functions of production that follow the table's changes (`announce`, `deliver`, `keep-recording`), behind a
//! stream and queues that repeat, delay and give up, among receivers, a bucket and a provider that fail, and with
//! functions that die between any two effects.
//!
//! A world of its own: what is to be shown here is that nothing which follows from a change is lost, however long it takes.
//! A seed is a world, the same one every time. Time stands all but still while anybody can go on, and else jumps to what is
//! due next, for a webhook is tried for three days.
//!
//! What must hold is in `check.rs`, each promise with its number.

mod changes;
mod check;
mod functions;
mod misread;
mod mutants;
mod outside;
mod sqs;
mod tenants;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use carillon_domain::ports::{Outgoing, Queue};
use carillon_store::StoreError;
use carillon_store::memory::{Change, MemoryTable};
use futures::FutureExt;

use self::check::TOLD;
use self::functions::{Done, Job};
pub use self::mutants::ErrandMutant;
use self::outside::{Hands, Outside};
use self::sqs::{Errand, Sender};
use self::tenants::Action;
use crate::Violation;
use crate::dice::Dice;
use crate::turns::{Rates, Tasks, Turn};

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrandOutcome {
    /// The promise that was broken, if one was.
    pub violation: Option<Violation>,
    /// Things that hooks may be told of.
    pub news: u64,
    /// Posts that arrived.
    pub posts: u64,
    /// Deliveries that were taken.
    pub delivered: u64,
    /// Deliveries that were given up.
    pub failed: u64,
    /// Hooks that were disabled.
    pub disabled: u64,
    /// Deliveries that somebody asked for again.
    pub asked_again: u64,
    /// Recordings that lie in the bucket in the end.
    pub kept: u64,
    /// People who were forgotten.
    pub forgotten: u64,
    /// Messages that were dead letters for a while.
    pub dead_letters: u64,
    /// Faults by name.
    pub faults: BTreeMap<&'static str, u64>,
    /// Simulated time, milliseconds.
    pub simulated_ms: i64,
}

const START: i64 = 1_800_000_000_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// By then everything has come to rest.
const REST_BY: i64 = START + 60 * DAY;

const SHARDS: usize = 2;
/// A step takes so long at most, milliseconds.
const STEP_MS: i64 = 4;
/// A shard of the table's stream, with the sandbox that `announce` has for it.
#[derive(Default)]
struct Shard {
    waiting: VecDeque<(Change, i64)>,
    ready_at: i64,
    busy: bool,
    sandbox: Option<Arc<announce::Deps>>,
}

struct World {
    turn: Turn,
    table: Arc<MemoryTable>,
    hands: Hands,
    mutant: Option<ErrandMutant>,
    tasks: Tasks<Job, Done>,
    shards: [Shard; SHARDS],
    actions: BTreeMap<(i64, u64), Action>,
    acted: u64,
    step: u64,
    /// Trouble lasts for days, in which each thing is rarer.
    long: bool,
    running: [usize; 2],
    redriven: u32,
    /// Where recordings were before everything was ordered again.
    repeated: Option<(Vec<String>, Vec<String>)>,
}

/// Runs a seed.
#[must_use]
pub fn run(seed: u64, mutant: Option<ErrandMutant>) -> ErrandOutcome {
    World::new(seed, mutant).run()
}

impl World {
    fn new(seed: u64, mutant: Option<ErrandMutant>) -> Self {
        let mut dice = Dice::new(seed, "errands");
        let hostile_ms = dice.pick(&[10 * MINUTE, 2 * HOUR, 12 * HOUR, 9 * DAY]);
        let long = hostile_ms > DAY;
        let mut rates = Rates::thrown(&mut dice);
        if long {
            for rate in
                [&mut rates.dies_before, &mut rates.dies_after, &mut rates.refused, &mut rates.unheard]
            {
                *rate /= 20;
            }
        } else {
            rates.dies_after *= 3;
        }
        let turn = Turn::new(Dice::new(seed, "errands' turns"), START, rates);
        let mut world = Self {
            table: Arc::new(MemoryTable::new()),
            hands: Hands::new(&turn, Outside::new(mutant)),
            mutant,
            tasks: Tasks::new(&turn),
            turn,
            shards: Default::default(),
            actions: BTreeMap::new(),
            acted: 0,
            step: 0,
            long,
            running: [0, 0],
            redriven: 0,
            repeated: None,
        };
        world.at(START + hostile_ms, Action::Calm);
        world.plan(&mut dice);
        world
    }

    fn at(&mut self, at: i64, action: Action) {
        self.acted += 1;
        self.actions.insert((at, self.acted), action);
    }

    fn now(&self) -> i64 {
        self.turn.lock().now
    }

    fn run(mut self) -> ErrandOutcome {
        loop {
            self.step += 1;
            self.gather();
            self.begin();
            self.gather();
            if self.hands.outside().log.violation.is_some() {
                break;
            }
            if self.tasks.is_empty() {
                if self.pass_time() || self.once_more() {
                    continue;
                }
                break;
            }
            if let Some((job, done)) = self.tasks.step() {
                self.ended(job, done);
            }
            {
                let mut luck = self.turn.lock();
                luck.now += luck.dice.between(0, STEP_MS);
            }
            self.time_out();
        }
        if let Some(before) = &self.repeated {
            self.hands.outside().check_unchanged(before);
        }
        self.outcome()
    }

    fn outcome(&self) -> ErrandOutcome {
        let luck = self.turn.lock();
        let mut outside = self.hands.outside();
        ErrandOutcome {
            violation: outside.log.violation.clone(),
            news: outside.log.pieces.len() as u64,
            posts: outside.log.posts,
            delivered: outside.log.delivered,
            failed: outside.log.failed,
            disabled: outside.log.disabled,
            asked_again: outside.log.asked_again.len() as u64,
            kept: outside.bucket.len() as u64,
            forgotten: outside.log.forgotten.len() as u64,
            dead_letters: Errand::BOTH.map(|errand| outside.queue(errand).died).iter().sum(),
            faults: luck.faults.clone(),
            simulated_ms: luck.now - START,
        }
    }

    /// Whatever is due begins.
    fn begin(&mut self) {
        let now = self.now();
        while let Some(first) = self.actions.first_entry().filter(|first| first.key().0 <= now) {
            let action = first.remove();
            self.act(action);
        }
        for shard in 0..SHARDS {
            let it = &self.shards[shard];
            if !it.busy && !it.waiting.is_empty() && it.ready_at <= now {
                self.announce(shard);
            }
        }
        for errand in Errand::BOTH {
            let idle = self.tasks.is_empty();
            let polls = idle || self.turn.lock().dice.chance(400_000);
            if polls && self.running[errand as usize] < self.hands.outside().queue(errand).concurrency {
                self.receive(errand);
            }
        }
    }

    /// Nobody can go on: it is as late as whatever is due next.
    fn pass_time(&mut self) -> bool {
        let due = self.shards.iter().filter(|shard| !shard.waiting.is_empty()).map(|shard| shard.ready_at);
        let first = self.actions.keys().next().map(|(at, _)| *at);
        let mut luck = self.turn.lock();
        let mut outside = self.hands.outside();
        let visible = Errand::BOTH.map(|errand| outside.queue(errand).next_at());
        let next = due.chain(first).chain(visible.into_iter().flatten()).min();
        if let Some(next) = next {
            luck.now = luck.now.max(next);
            if luck.now > REST_BY {
                outside.log.violate(TOLD, "it does not come to rest".to_owned());
            }
        }
        next.is_some()
    }

    /// Nothing is left to do: dead letters come back, and then every order is given once more. Returns whether there is
    /// anything left now.
    fn once_more(&mut self) -> bool {
        if self.redrive() > 0 {
            self.redriven += 1;
            if self.redriven > 5 {
                let what = "there are dead letters that nobody can deal with".to_owned();
                self.hands.outside().log.violate(TOLD, what);
            }
            return true;
        }
        if self.repeated.is_some() {
            return false;
        }
        self.check_ends();
        let kept = self.hands.outside().kept();
        self.repeated = Some(kept);
        let orders = self.hands.outside().ordered.clone();
        for (tell, body) in orders {
            let errand = if tell { Errand::Tell } else { Errand::Keep };
            self.order(errand, body);
        }
        true
    }

    /// Somebody other than the functions gives an order.
    fn order(&mut self, errand: Errand, body: String) {
        let sender = Sender { hands: self.hands.clone(), errand };
        let message = Outgoing { body, delay_seconds: 0, group: None };
        self.tasks.spawn(Job::Order, async move {
            // An order that is not given is not carried out, which nobody is promised.
            let _ = sender.send(vec![message]).await;
            Done::Ordered
        });
    }

    fn redrive(&mut self) -> usize {
        let mut luck = self.turn.lock();
        let mut outside = self.hands.outside();
        Errand::BOTH.map(|errand| outside.queue(errand).redrive(&mut luck)).iter().sum()
    }

    /// Everything has come to its end. Has it?
    fn check_ends(&self) {
        let hooks: Vec<_> = {
            let outside = self.hands.outside();
            outside.receivers.values().map(|it| (it.hook.clone(), it.tenant.clone())).collect()
        };
        for (hook, tenant) in hooks {
            let deliveries = self.deliveries(&tenant, &hook);
            self.hands.outside().log.check_told(&hook, &tenant, &deliveries);
        }
        self.hands.outside().check_kept();
    }
}

/// The table answers at once whoever is not one of the functions.
fn at_once<T>(work: impl Future<Output = Result<T, StoreError>>) -> T {
    work.now_or_never().expect("the table answers at once").expect("and without faults")
}
