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
mod misread;
mod outside;
mod sqs;
mod tenants;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use anyhow::Result;
use async_trait::async_trait;
use aws_lambda_events::dynamodb;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use carillon_domain::ports::{Outgoing, Queue};
use carillon_engine::errands::KeepRecording;
use carillon_store::memory::{Change, MemoryTable};
use futures::FutureExt;

use self::check::TOLD;
use self::misread::Misread;
use self::outside::{Hands, Outside};
use self::sqs::{Errand, Handed, Sender};
use self::tenants::Action;
use crate::Violation;
use crate::dice::Dice;
use crate::stream::record;
use crate::turns::{Rates, Tasks, Turn};

/// A bug on purpose, for the checker to notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrandMutant {
    /// A batch of the stream that failed is taken as dealt with.
    BatchesSkipped,
    /// A message is gone as soon as a function has it.
    GoneWhenReceived,
    /// What is put off is lost now and then.
    ComeBacksLost,
    /// Nobody keeps dead letters.
    DeadLettersLost,
    /// What became of a delivery is not written now and then.
    DeliveriesSwallowed,
    /// A repeated change has another name.
    ChangesRenamed,
    /// The network leads elsewhere now and then.
    PostsAstray,
    /// What a hook asks for is not read.
    KindsUnread,
    /// A new secret is shown and not kept.
    RotationsForgotten,
    /// An old secret signs for ever.
    SecretsForever,
    /// Deliveries are written whatever has become of them meanwhile.
    DeliveriesUnconditional,
    /// That a delivery is over is not seen.
    EndsUnseen,
    /// That a hook took something is not noted.
    SuccessUnnoted,
    /// A hook's trouble is taken to have begun long ago.
    TroubleOlder,
    /// That a hook is disabled is not kept.
    DisablingLost,
    /// The bucket takes a recording and forgets it now and then.
    PutsForgotten,
    /// The bucket says of what it does not have that it does.
    HeadsLie,
    /// The provider deletes what is fetched.
    ProviderDeletesEarly,
    /// The provider does not delete what it says it does.
    ProviderKeeps,
    /// Orders to keep a recording are lost now and then.
    RecordingOrdersLost,
    /// The bucket does not delete what it says it does.
    BucketKeeps,
    /// The stream does not say that a recording was forgotten.
    ForgettingUnsaid,
}

impl ErrandMutant {
    /// All of them, each with the promise that it breaks.
    pub const ALL: [(Self, u8); 22] = [
        (Self::BatchesSkipped, 20),
        (Self::GoneWhenReceived, 20),
        (Self::ComeBacksLost, 20),
        (Self::DeadLettersLost, 26),
        (Self::DeliveriesSwallowed, 20),
        (Self::ChangesRenamed, 21),
        (Self::PostsAstray, 22),
        (Self::KindsUnread, 22),
        (Self::RotationsForgotten, 23),
        (Self::SecretsForever, 23),
        (Self::DeliveriesUnconditional, 24),
        (Self::EndsUnseen, 24),
        (Self::SuccessUnnoted, 25),
        (Self::TroubleOlder, 25),
        (Self::DisablingLost, 25),
        (Self::PutsForgotten, 26),
        (Self::HeadsLie, 26),
        (Self::ProviderDeletesEarly, 26),
        (Self::ProviderKeeps, 26),
        (Self::RecordingOrdersLost, 26),
        (Self::BucketKeeps, 27),
        (Self::ForgettingUnsaid, 27),
    ];
}

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
/// A batch of the stream is dealt with and comes again all the same, times in a million.
const BATCH_AGAIN: u32 = 30_000;
/// Somebody is forgotten just while their recording is on its way, times in a million.
const FORGOTTEN_MEANWHILE: u32 = 150_000;

/// What is under way.
enum Job {
    Announce {
        shard: usize,
        records: usize,
    },
    Errand {
        errand: Errand,
        batch: Vec<Handed>,
        until: i64,
    },
    Forget {
        person: usize,
    },
    /// An order on its way into a queue, of somebody other than the functions.
    Order,
}

/// What came of it.
enum Done {
    Announced(Result<()>),
    Handled(Result<SqsBatchResponse>),
    Forgotten(bool),
    Ordered,
}

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

/// Nobody's page is open.
struct NoPages;

#[async_trait]
impl announce::push::Push for NoPages {
    async fn push(&self, _: &str, _: &str) -> Result<bool> {
        Ok(false)
    }
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

    /// The next batch of a shard, from the first record that has not been acknowledged on.
    fn announce(&mut self, number: usize) {
        let sandbox = self.shards[number].sandbox.take().unwrap_or_else(|| Arc::new(self.sandbox()));
        let count = usize::try_from(self.turn.lock().dice.between(1, 12)).unwrap_or(1);
        let step = self.step;
        let shard = &mut self.shards[number];
        let mut event = dynamodb::Event::default();
        event.records = shard
            .waiting
            .iter()
            .take(count)
            .map(|(change, at)| {
                let mut record = record(number, change);
                let at = std::time::Duration::from_secs(u64::try_from(at / 1_000).unwrap_or_default());
                record.change.approximate_creation_date_time += at;
                if self.mutant == Some(ErrandMutant::ChangesRenamed) {
                    record.event_id = format!("{}-{step}", record.event_id);
                }
                record
            })
            .collect();
        shard.busy = true;
        shard.sandbox = Some(Arc::clone(&sandbox));
        let job = Job::Announce { shard: number, records: event.records.len() };
        self.tasks.spawn(job, async move { Done::Announced(announce::handle(&sandbox, event).await) });
    }

    fn sandbox(&self) -> announce::Deps {
        let sender = |errand| Arc::new(Sender { hands: self.hands.clone(), errand });
        let clock = Arc::new(self.turn.clone());
        announce::Deps::new(
            self.misread(),
            sender(Errand::Tell),
            sender(Errand::Keep),
            Arc::new(NoPages),
            clock,
        )
    }

    fn misread(&self) -> Arc<Misread> {
        Arc::new(Misread::new(&self.turn, &self.table, self.mutant))
    }

    fn receive(&mut self, errand: Errand) {
        let batch = {
            let mut luck = self.turn.lock();
            self.hands.outside().queue(errand).receive(&mut luck, self.mutant, self.long)
        };
        if batch.is_empty() {
            return;
        }
        let message = |handed: &Handed| {
            let mut message = SqsMessage::default();
            message.message_id = Some(handed.id.to_string());
            message.body = Some(handed.body.clone());
            message
        };
        let mut event = SqsEvent::default();
        event.records = batch.iter().map(message).collect();
        let hands = self.hands.of_invocation(self.step, batch.iter().map(|handed| handed.body.as_str()));
        let timeout_ms = self.hands.outside().queue(errand).timeout_ms;
        let (table, until) = (self.misread(), self.now() + timeout_ms);
        if errand == Errand::Keep {
            self.forget_meanwhile(&batch);
        }
        self.running[errand as usize] += 1;
        let job = Job::Errand { errand, batch, until };
        match errand {
            Errand::Tell => {
                let queue = Arc::new(Sender { hands: hands.clone(), errand });
                let clock = Arc::new(self.turn.clone());
                let deps = deliver::Deps { table, queue, post: Arc::new(hands), clock };
                self.tasks.spawn(job, async move { Done::Handled(deliver::handle(&deps, event).await) });
            }
            Errand::Keep => {
                let (objects, source) = (Arc::new(hands.clone()), Arc::new(hands));
                let deps = keep_recording::Deps { table, objects, source };
                self.tasks
                    .spawn(job, async move { Done::Handled(keep_recording::handle(&deps, event).await) });
            }
        }
    }

    /// Somebody may be forgotten just now.
    fn forget_meanwhile(&mut self, batch: &[Handed]) {
        let (forgets, soon) = {
            let mut luck = self.turn.lock();
            (luck.dice.chance(FORGOTTEN_MEANWHILE), luck.dice.between(0, 80))
        };
        if self.repeated.is_some() {
            return;
        }
        let order = batch.iter().find_map(|handed| serde_json::from_str::<KeepRecording>(&handed.body).ok());
        let Some(key) = order.filter(|_| forgets).map(|order| order.key()) else { return };
        let held = |outside: &Outside| {
            outside.provider.values().find(|held| held.key == key).map(|held| held.person)
        };
        let person = held(&self.hands.outside());
        if let Some(person) = person.filter(|person| !self.hands.outside().log.forgetting.contains(person)) {
            let at = self.now() + soon;
            self.at(at, Action::Forget { person });
        }
    }

    fn ended(&mut self, job: Job, done: Option<Done>) {
        match (job, done) {
            (Job::Announce { shard, records }, done) => {
                let died = done.is_none();
                let handled = matches!(done, Some(Done::Announced(Ok(()))));
                let skipped = self.mutant == Some(ErrandMutant::BatchesSkipped);
                let again = self.turn.lock().strikes("batch comes again", BATCH_AGAIN);
                let wait = self.turn.lock().dice.between(100, 1_000);
                let ready_at = self.now() + wait;
                let shard = &mut self.shards[shard];
                if handled && !again || !handled && skipped {
                    shard.waiting.drain(..records);
                }
                (shard.busy, shard.ready_at) = (false, ready_at);
                if died {
                    shard.sandbox = None;
                }
            }
            (Job::Errand { errand, batch, .. }, done) => {
                self.running[errand as usize] -= 1;
                let Some(Done::Handled(Ok(response))) = done else { return };
                let failed: Vec<&str> =
                    response.batch_item_failures.iter().map(|it| it.item_identifier.as_str()).collect();
                let mut luck = self.turn.lock();
                let mut outside = self.hands.outside();
                for handed in batch.iter().filter(|it| !failed.contains(&it.id.to_string().as_str())) {
                    outside.queue(errand).delete(&mut luck, handed.id, self.long);
                }
            }
            (Job::Forget { person }, Some(Done::Forgotten(true))) => {
                self.hands.outside().log.forgotten.insert(person);
            }
            (Job::Order, _) => {}
            // Whoever asked for it asks again.
            (Job::Forget { person }, _) => {
                let at = self.now() + 2_000;
                self.at(at, Action::Forget { person });
            }
        }
    }

    /// A function that takes too long is ended.
    fn time_out(&mut self) {
        let now = self.now();
        let late = |job: &Job| matches!(job, Job::Errand { until, .. } if *until < now);
        for job in self.tasks.end(late) {
            *self.turn.lock().faults.entry("function timed out").or_default() += 1;
            self.ended(job, None);
        }
    }

    /// Nobody can go on: it is as late as whatever is due next.
    fn pass_time(&mut self) -> bool {
        let due = self.shards.iter().filter(|shard| !shard.waiting.is_empty()).map(|shard| shard.ready_at);
        let first = self.actions.keys().next().map(|(at, _)| *at);
        let mut outside = self.hands.outside();
        let visible = Errand::BOTH.map(|errand| outside.queue(errand).next_at());
        let next = due.chain(first).chain(visible.into_iter().flatten()).min();
        if let Some(next) = next {
            let mut luck = self.turn.lock();
            luck.now = luck.now.max(next);
            if luck.now > REST_BY {
                outside.log.violate(TOLD, "it does not come to rest".to_owned());
            }
        }
        next.is_some()
    }

    /// Nothing is left to do: dead letters come back, and then every order is given once more. Returns whether there is anything left now.
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
fn at_once<T>(work: impl Future<Output = Result<T, carillon_store::StoreError>>) -> T {
    work.now_or_never().expect("the table answers at once").expect("and without faults")
}
