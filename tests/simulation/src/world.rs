//! The world turns: one event after another, and after each of them the invariants are looked at.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use carillon_domain::campaign::CampaignState;
use carillon_domain::ports::{Outgoing, PlaceCall, Queue, QueueError};
use carillon_store::Vault;
use carillon_store::memory::MemoryTable;
use plan_wave::{Plan, PlanError};

use crate::dice::Dice;
use crate::exec::{Due, Ready, TaskId, Timeline, waker};
use crate::hub::{Ctx, Function, Hub, State, Stats, time};
use crate::mutants::Mutant;
use crate::network::{CallEvent, Delivery, SimVoice};
use crate::queue::SimQueue;
use crate::scenario::{Action, Scenario};
use crate::stream::Stream;
use crate::table::SimTable;
use crate::{Options, Outcome, Violation, api, hooks, private};

/// What the world does next.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A message may be visible.
    Visible,
    /// Messages have been gathered for long enough.
    WindowOver,
    /// An execution plans.
    Plan(usize),
    /// Something happens to a call.
    Call(usize, CallEvent),
    /// A request that was given up reaches the provider.
    PlaceLate(Box<PlaceCall>),
    /// A shard of the stream has something to deliver.
    Stream(usize),
    /// And something to announce.
    Announce(usize),
    /// A minute is over.
    Sweep,
    /// A user does something.
    Act(Action),
    /// From now on nothing goes wrong any more.
    Calm,
}

/// What a task was for.
enum Job {
    Plan(Option<usize>),
    Dial(Vec<u64>),
    Voice(Delivery),
    Sweep,
    Fold { shard: usize, records: usize },
    Announce { shard: usize, records: usize },
    Api,
}

/// How a task ended.
pub(crate) enum Finished {
    Plan(Result<Plan, PlanError>),
    Dial(anyhow::Result<SqsBatchResponse>),
    Voice(anyhow::Result<(i64, Option<String>)>),
    Swept(anyhow::Result<reconcile::Report>),
    Folded(anyhow::Result<()>),
    Acted,
}

type Work = Pin<Box<dyn Future<Output = Finished> + Send>>;

struct Task {
    work: Work,
    waker: Waker,
    job: Job,
    function: Function,
    started: i64,
}

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// Sweeps are a minute apart while anything goes wrong. Afterwards they may be rarer, to save time for other seeds.
const CALM_SWEEP: i64 = 15 * MINUTE;
/// Once nothing goes wrong, an attempt gets its outcome within so long of the time from which it is asked about.
const OVERDUE: i64 = 2 * CALM_SWEEP + MINUTE;
/// How long after the last campaign's end the latest callbacks come.
const TAIL: i64 = 20 * MINUTE;
/// No eventually consistent read is further behind than this.
const LAG_MAX: i64 = 3_000;

pub(crate) struct World {
    pub(crate) hub: Arc<Hub>,
    ready: Arc<Ready>,
    tasks: BTreeMap<TaskId, Task>,
    last_task: TaskId,
    stream: Stream,
    /// The other function behind the stream, where it is to be counted: nothing depends on it.
    announcing: Option<(Stream, Arc<announce::Deps>)>,
    scenario: Arc<Scenario>,
    mutant: Option<Mutant>,
    caught_up: i64,
    completed_since: Option<i64>,
    /// What the sandboxes of `twilio-voice` remember from one invocation to the next.
    sandboxes: [Arc<twilio_voice::Campaigns>; 2],
    /// Keys of profiles, as `dial-contact` and `twilio-voice` have them.
    dialler_keys: Arc<Vault>,
    voice_keys: Arc<Vault>,
    calm_from: i64,
    deadline: i64,
}

impl World {
    pub(crate) fn new(scenario: Scenario, options: &Options) -> Self {
        let scenario = Arc::new(scenario);
        let table = if scenario.lag_writes_max > 0 {
            MemoryTable::new().with_lag(scenario.seed, scenario.lag_writes_max)
        } else {
            MemoryTable::new()
        };
        let state = State {
            timeline: Timeline::default(),
            dice: Dice::new(scenario.seed, "world"),
            hostile: scenario.hostile_ms > 0,
            scenario: scenario.clone(),
            mutant: options.mutant,
            network: Default::default(),
            queue: Default::default(),
            machine: Default::default(),
            check: crate::check::Checker::new(&scenario),
            stats: Stats::default(),
            doomed: Vec::new(),
            trace: options.trace.then(String::new),
        };
        let hub = Arc::new(Hub::new(table, state));
        let last_action = scenario.actions.iter().map(|(at, _)| *at).max().unwrap_or(0);
        let calm_from = scenario.start + scenario.hostile_ms.max(last_action) + 10 * MINUTE;
        let mut world = Self {
            stream: Stream::counted(&scenario),
            announcing: None,
            dialler_keys: private::vault(&hub, Function::DialContact),
            voice_keys: private::vault(&hub, Function::TwilioVoice),
            hub,
            ready: Arc::default(),
            tasks: BTreeMap::new(),
            last_task: 0,
            mutant: options.mutant,
            caught_up: 0,
            completed_since: None,
            sandboxes: [(); 2]
                .map(|()| Arc::new(twilio_voice::Campaigns::new(twilio_voice::CAMPAIGN_GOOD_FOR))),
            calm_from,
            deadline: calm_from + patience(&scenario),
            scenario,
        };
        world.populate();
        world
    }

    fn populate(&mut self) {
        let scenario = self.scenario.clone();
        self.hub.lock().timeline.now = scenario.start;
        api::populate(&self.hub.table, &private::vault(&self.hub, Function::Api), &scenario);
        self.hub.table.set_time(time(scenario.start));
        self.hub.table.catch_up();
        {
            let mut state = self.hub.lock();
            let timeline = &mut state.timeline;
            for (after, action) in &scenario.actions {
                timeline.after(*after, Event::Act(*action));
            }
            timeline.after(scenario.hostile_ms, Event::Calm);
            timeline.after(MINUTE, Event::Sweep);
        }
        self.absorb();
        self.hub.table.reset_usage();
        self.hub.private.reset_usage();
        self.hub.lock().stats.table.clear();
        if let Some(window_ms) = self.scenario.announce_window_ms {
            let ctx = self.ctx(Function::Announce);
            let queue = Arc::new(Nobody);
            let deps = announce::Deps::new(
                Arc::new(SimTable(ctx.clone())),
                queue.clone(),
                queue.clone(),
                queue,
                Arc::new(ctx),
            );
            self.announcing = Some((Stream::announced(&self.scenario, window_ms), Arc::new(deps)));
        }
    }

    pub(crate) fn run(mut self) -> Outcome {
        let violation = self.turn();
        let mut state = self.hub.lock();
        let (trace, stats) = (state.trace.take(), std::mem::take(&mut state.stats));
        let simulated_ms = state.timeline.now - self.scenario.start;
        let attempts = state.check.attempts.len() as u64;
        drop(state);
        let (usage, private) = (self.hub.table.usage(), self.hub.private.usage());
        Outcome { seed: self.scenario.seed, violation, stats, usage, private, attempts, simulated_ms, trace }
    }

    fn turn(&mut self) -> Option<Violation> {
        loop {
            let due = self.hub.lock().timeline.next();
            match due {
                Some(Due::Wake(over, waker)) => {
                    over.store(true, Ordering::Relaxed);
                    waker.wake();
                }
                Some(Due::Happen(event)) => {
                    if self.happen(event) {
                        let mut state = self.hub.lock();
                        state.check.finale();
                        return state.check.violation.clone();
                    }
                }
                None => unreachable!("there is always another sweep"),
            }
            let now = self.hub.lock().timeline.now;
            if now - self.caught_up > LAG_MAX {
                self.caught_up = now;
                self.hub.table.catch_up();
            }
            self.work();
            self.absorb();
            let mut state = self.hub.lock();
            state.stats.steps += 1;
            if let Some(violation) = state.check.violation.clone() {
                state.note(|| format!("VIOLATION of {}: {}", violation.invariant, violation.what));
                return Some(violation);
            }
        }
    }

    /// Returns whether the run is over.
    fn happen(&mut self, event: Event) -> bool {
        match event {
            Event::Visible | Event::WindowOver => {
                let batch = self.hub.lock().poll(matches!(event, Event::WindowOver));
                if !batch.is_empty() {
                    self.dial(batch);
                }
            }
            Event::Plan(execution) => self.plan(execution),
            Event::Call(call, event) => {
                let delivery = self.hub.lock().call_event(call, event);
                if let Some(delivery) = delivery {
                    self.call_back(delivery);
                }
            }
            Event::PlaceLate(order) => self.hub.lock().place_late(&order),
            Event::Stream(shard) => self.fold(shard),
            Event::Announce(shard) => self.announce(shard),
            Event::Sweep => return self.sweep(),
            Event::Act(action) => self.act(action),
            Event::Calm => {
                let mut state = self.hub.lock();
                state.hostile = false;
                state.note(|| "from here on nothing goes wrong".to_owned());
            }
        }
        false
    }

    /// An invocation's hold on the world.
    fn ctx(&mut self, function: Function) -> Ctx {
        self.last_task += 1;
        let mut state = self.hub.lock();
        let most = self.scenario.skew_ms_max;
        let skew_ms = state.dice.between(-most, most);
        Ctx { hub: self.hub.clone(), task: self.last_task, function, skew_ms, started: state.timeline.now }
    }

    fn spawn(&mut self, ctx: &Ctx, job: Job, work: Work) {
        let waker = waker(ctx.task, &self.ready);
        let task = Task { work, waker, job, function: ctx.function, started: ctx.started };
        self.tasks.insert(ctx.task, task);
        self.ready.push(ctx.task);
    }

    fn plan(&mut self, execution: usize) {
        let Some(order) = self.hub.lock().execution(execution) else { return };
        let rate = self.scenario.faults.planner_twice;
        let twice = self.hub.lock().strikes("two planners at once", rate);
        for job in [Some(execution), None].into_iter().take(1 + usize::from(twice)) {
            let ctx = self.ctx(Function::PlanWave);
            let deps = plan_wave::Deps {
                table: Arc::new(SimTable(ctx.clone())),
                dial: Arc::new(SimQueue(ctx.clone())),
                clock: Arc::new(ctx.clone()),
            };
            let order = order.clone();
            let work = async move { Finished::Plan(plan_wave::handle(&deps, order).await) };
            self.spawn(&ctx, Job::Plan(job), Box::pin(work));
        }
    }

    fn dial(&mut self, batch: Vec<(u64, String)>) {
        let ctx = self.ctx(Function::DialContact);
        let ids = batch.iter().map(|(id, _)| *id).collect();
        let message = |(id, body): (u64, String)| {
            let mut message = SqsMessage::default();
            (message.message_id, message.body) = (Some(id.to_string()), Some(body));
            message
        };
        let mut event = SqsEvent::default();
        event.records = batch.into_iter().map(message).collect();
        let deps = dial_contact::Deps {
            table: Arc::new(SimTable(ctx.clone())),
            vault: self.dialler_keys.clone(),
            dial: Arc::new(SimQueue(ctx.clone())),
            voices: Arc::new(SimVoice(ctx.clone())),
            boards: Arc::new(SimVoice(ctx.clone())),
            plan: Arc::new(SimQueue(ctx.clone())),
            clock: Arc::new(ctx.clone()),
            callback_grace: self.scenario.grace,
        };
        let work = async move { Finished::Dial(dial_contact::handle(&deps, event).await) };
        self.spawn(&ctx, Job::Dial(ids), Box::pin(work));
    }

    fn call_back(&mut self, delivery: Delivery) {
        let ctx = self.ctx(Function::TwilioVoice);
        let request = hooks::request(&self.hub.lock(), &delivery);
        let sandbox = usize::try_from(ctx.task).unwrap_or(0) % self.sandboxes.len();
        let deps = hooks::deps(&ctx, self.sandboxes[sandbox].clone(), self.voice_keys.clone());
        let work = async move {
            let answer = twilio_voice::handle(&deps, request).await;
            Finished::Voice(answer.map(|response| (response.status_code, response.body)))
        };
        self.spawn(&ctx, Job::Voice(delivery), Box::pin(work));
    }

    fn fold(&mut self, shard: usize) {
        let rate = self.scenario.faults.stream_slow;
        if self.hub.lock().strikes("stream stands still", rate) {
            self.hub.lock().timeline.after(30_000, Event::Stream(shard));
            return;
        }
        let Some((records, event)) = self.stream.batch(shard) else { return };
        let ctx = self.ctx(Function::Aggregate);
        let deps = aggregate::Deps { table: Arc::new(SimTable(ctx.clone())), clock: Arc::new(ctx.clone()) };
        let work = async move { Finished::Folded(aggregate::handle(&deps, event).await) };
        self.spawn(&ctx, Job::Fold { shard, records }, Box::pin(work));
    }

    fn announce(&mut self, shard: usize) {
        let batch = self.announcing.as_ref().map(|(stream, deps)| (stream.batch(shard), deps.clone()));
        let Some((Some((records, event)), deps)) = batch else { return };
        let ctx = self.ctx(Function::Announce);
        let work = async move { Finished::Folded(announce::handle(&deps, event).await) };
        self.spawn(&ctx, Job::Announce { shard, records }, Box::pin(work));
    }

    /// A minute is over: reconcile, and see whether everything is.
    fn sweep(&mut self) -> bool {
        let now = self.hub.lock().timeline.now;
        self.hub.table.set_time(time(now));
        let calm = now > self.calm_from;
        if self.is_over(now, calm) {
            return true;
        }
        let skips = self.scenario.faults.sweep_skipped;
        let skipped =
            self.hub.lock().strikes("sweep skipped", skips) || self.mutant == Some(Mutant::NoReconcile);
        if !skipped {
            let ctx = self.ctx(Function::Reconcile);
            let deps = reconcile::Deps {
                table: Arc::new(SimTable(ctx.clone())),
                voices: Arc::new(SimVoice(ctx.clone())),
                boards: Arc::new(SimVoice(ctx.clone())),
                plan: Arc::new(SimQueue(ctx.clone())),
                launcher: Arc::new(crate::machine::SimLauncher(ctx.clone())),
                clock: Arc::new(ctx.clone()),
                lost_after: self.scenario.grace,
            };
            let work = async move { Finished::Swept(reconcile::handle(&deps).await) };
            self.spawn(&ctx, Job::Sweep, Box::pin(work));
        }
        let mut state = self.hub.lock();
        let wait = if state.hostile { MINUTE } else { CALM_SWEEP };
        state.timeline.after(wait, Event::Sweep);
        false
    }

    fn is_over(&mut self, now: i64, calm: bool) -> bool {
        if !calm {
            return false;
        }
        let mut paused = Vec::new();
        {
            let mut state = self.hub.lock();
            if now > self.calm_from + CALM_SWEEP + OVERDUE {
                state.check.overdue(now, OVERDUE);
            }
            for (position, spec) in self.scenario.campaigns.iter().enumerate() {
                let of = (self.scenario.tenants[spec.tenant].id.clone(), spec.campaign.id.clone());
                if state.check.state(&of) == Some(CampaignState::Paused) {
                    paused.push(position);
                }
            }
            if state.check.all_completed() {
                let since = *self.completed_since.get_or_insert(now);
                let done = self.tasks.is_empty() && self.stream.is_empty() && state.queue.len() == 0;
                if done && now - since > TAIL {
                    return true;
                }
            } else {
                self.completed_since = None;
            }
            if now > self.deadline {
                let days = (now - self.scenario.start) / DAY;
                state.note(|| format!("patience is over after {days} days"));
                return true;
            }
        }
        for position in paused {
            self.act(Action::Resume(position));
        }
        false
    }

    fn act(&mut self, action: Action) {
        let ctx = self.ctx(Function::Api);
        self.hub.lock().note(|| format!("user: {action:?}"));
        let (scenario, doing) = (self.scenario.clone(), ctx.clone());
        let work = async move {
            api::act(&doing, &scenario, action).await;
            Finished::Acted
        };
        self.spawn(&ctx, Job::Api, Box::pin(work));
    }

    /// Lets every task that can go on do so.
    fn work(&mut self) {
        loop {
            let ready = self.ready.take();
            if ready.is_empty() {
                return;
            }
            for id in ready {
                let Some(mut task) = self.tasks.remove(&id) else { continue };
                let now = self.hub.lock().timeline.now;
                if now - task.started > task.function.timeout_ms() && task.function != Function::Api {
                    self.hub.lock().note(|| format!("{}#{id} TIMES OUT", task.function.name()));
                    self.end(id, task, None);
                    continue;
                }
                let polled = task.work.as_mut().poll(&mut Context::from_waker(&task.waker));
                let doomed = std::mem::take(&mut self.hub.lock().doomed);
                match polled {
                    Poll::Ready(finished) => self.end(id, task, Some(finished)),
                    Poll::Pending if doomed.contains(&id) => self.end(id, task, None),
                    Poll::Pending => {
                        self.tasks.insert(id, task);
                    }
                }
            }
        }
    }

    /// A task is over: it has finished, or it was killed.
    fn end(&mut self, id: TaskId, task: Task, finished: Option<Finished>) {
        let mut state = self.hub.lock();
        let now = state.timeline.now;
        let spent = state.stats.invocations.entry(task.function).or_default();
        *spent = (spent.0 + 1, spent.1 + now - task.started);
        drop(task.work);
        match (task.job, finished) {
            (Job::Plan(execution), finished) => {
                let result = if let Some(Finished::Plan(result)) = finished { Some(result) } else { None };
                state.note(|| match &result {
                    Some(Ok(plan)) => format!("plan#{id} says {plan:?}"),
                    Some(Err(error)) => format!("plan#{id} fails: {error}"),
                    None => format!("plan#{id} is dead"),
                });
                if let Some(execution) = execution {
                    state.planned(execution, result);
                }
            }
            (Job::Dial(batch), Some(Finished::Dial(Ok(response)))) => {
                let failed = response.batch_item_failures.iter();
                let failed: Vec<u64> = failed.filter_map(|it| it.item_identifier.parse().ok()).collect();
                state.note(|| {
                    format!("dial#{id} is done with {} orders, {} failed", batch.len(), failed.len())
                });
                state.delete(&batch, &failed);
            }
            (Job::Voice(delivery), finished) => {
                let answer =
                    if let Some(Finished::Voice(Ok(answer))) = finished { Some(answer) } else { None };
                state.note(|| {
                    let status = answer.as_ref().map(|(status, _)| *status);
                    format!("voice#{id} answers {:?} of call {}: {status:?}", delivery.hook, delivery.call)
                });
                state.answered(delivery, answer);
            }
            (Job::Fold { shard, records }, finished) => {
                let done = matches!(finished, Some(Finished::Folded(Ok(()))));
                let lost = self.scenario.faults.checkpoint_lost;
                let again = done && state.strikes("batch delivered again", lost);
                let wait = self.stream.delivered(shard, records, done && !again);
                if let Some(wait) = wait {
                    state.timeline.after(wait, Event::Stream(shard));
                }
                if self.stream.is_empty() {
                    drop(state);
                    self.absorb();
                    if self.stream.is_empty() {
                        self.hub.lock().check.drained();
                    }
                }
            }
            (Job::Announce { shard, records }, finished) => {
                let done = matches!(finished, Some(Finished::Folded(Ok(()))));
                let Some((stream, _)) = &mut self.announcing else { return };
                if let Some(wait) = stream.delivered(shard, records, done) {
                    state.timeline.after(wait, Event::Announce(shard));
                }
            }
            (Job::Sweep, finished) => {
                let report =
                    if let Some(Finished::Swept(Ok(report))) = finished { Some(report) } else { None };
                state.note(|| format!("reconcile#{id}: {report:?}"));
            }
            (Job::Dial(_) | Job::Api, _) => {}
        }
    }

    /// Takes the table's changes to the checker and to the stream.
    fn absorb(&mut self) {
        let changes = self.hub.table.drain_changes();
        if changes.is_empty() {
            return;
        }
        let mut state = self.hub.lock();
        let now = state.timeline.now;
        for change in changes {
            state.check.changed(&change, now);
            if let Some((stream, _)) = &mut self.announcing
                && let Some(shard) = stream.push(change.clone())
            {
                state.timeline.after(stream.window_ms, Event::Announce(shard));
            }
            let skip = self.mutant == Some(Mutant::StreamSkips) && state.dice.chance(20_000);
            if !skip && let Some(shard) = self.stream.push(change) {
                state.timeline.after(self.stream.window_ms, Event::Stream(shard));
            }
        }
    }
}

/// No webhooks, no recordings, no open pages.
struct Nobody;

#[async_trait]
impl Queue for Nobody {
    async fn send(&self, _: Vec<Outgoing>) -> Result<(), QueueError> {
        Ok(())
    }
}

#[async_trait]
impl announce::push::Push for Nobody {
    async fn push(&self, _: &str, _: &str) -> anyhow::Result<bool> {
        Ok(false)
    }
}

/// How long after the last fault everything must be over, milliseconds: the liveness bound. Every attempt waits at most
/// twice its rule's time (jitter), a day for another hour, a day for a cap, and a week for a window; a daily limit
/// stretches all of it.
fn patience(scenario: &Scenario) -> i64 {
    let of_campaign = |spec: &crate::scenario::CampaignSpec| {
        let plan = &spec.campaign.plan;
        let attempts = i64::from(plan.retry.attempts_max);
        let waits = plan.retry.rules.values().map(|rule| rule.after.as_secs() * 2_000).max().unwrap_or(0);
        let calls = attempts * i64::try_from(spec.members.len() + spec.joining.len()).unwrap_or(0);
        let limited = plan.daily_limit.map_or(0, |limit| 2 * DAY * (1 + calls / i64::from(limit)));
        let paced = calls * 1_000 / i64::from(plan.pace.calls_per_second);
        attempts * (waits + 9 * DAY) + limited + paced
    };
    14 * DAY + scenario.campaigns.iter().map(of_campaign).sum::<i64>()
}
