//! The floor: the agents' desk of production over the table in memory, with people who call, agents who accept, decline,
//! ignore or drop, callbacks that come late, twice or never, and functions that die between any two steps.
//!
//! Apart from the campaigns' world: what is to be shown here concerns calls and agents alone. A seed is a world, the same
//! one every time. Everything runs on one thread, in simulated time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use carillon_domain::agents::live::{
    Beginning, Desk as Side, Handling, LiveCall, LiveEvent, Person, RingWhen, Transfer,
};
use carillon_domain::agents::ports::{
    ConferenceId, Leg, ParticipantChange, Place, Reach, RingLeg, Switchboard, Switchboards,
};
use carillon_domain::agents::presence::{AgentEvent, Presence, Serves};
use carillon_domain::agents::queue::Queue;
use carillon_domain::ids::{AgentId, InboundId, LiveId, TenantId};
use carillon_domain::phone::E164;
use carillon_domain::ports::{
    AskError, CallId, CallReport, CallStatus, Outgoing, PlaceCall, PlaceError, Queue as Messages, QueueError,
    Voice,
};
use carillon_engine::clock::Clock;
use carillon_engine::desk::{Desk, DeskError};
use carillon_store::memory::MemoryTable;
use carillon_store::port::{Condition, Item, Key, Page, Query, Write};
use carillon_store::{Consistency, StoreError, Stored, Table, TenantTable};
use futures::FutureExt;
use jiff::{SignedDuration, Timestamp};

use crate::Violation;
use crate::dice::Dice;

/// A bug on purpose, for the checker to notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloorMutant {
    /// Nobody looks at the versions of calls and agents.
    VersionsIgnored,
    /// A transaction loses every tenth agent's half.
    HalfTransactions,
    /// Leases are never looked at.
    LeasesUnseen,
    /// Every leg is rung twice.
    RingsTwice,
}

impl FloorMutant {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::VersionsIgnored, Self::HalfTransactions, Self::LeasesUnseen, Self::RingsTwice];
}

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct FloorOutcome {
    /// The promise that was broken, if one was.
    pub violation: Option<Violation>,
    /// Calls that there were.
    pub calls: u64,
    /// Those that met an agent.
    pub talks: u64,
    /// Functions that died.
    pub deaths: u64,
}

/// A lease may be over for so long before somebody has looked, milliseconds: a sweep a minute, and the time it takes.
const LEASE_BOUND: i64 = 3 * 60_000;
const START: i64 = 1_800_000_000_000;
/// So long things go wrong.
const HOSTILE: i64 = 30 * 60_000;
/// So long everything is given to come to rest.
const CALM: i64 = 15 * 60_000;

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Something that happens in the world.
#[derive(Clone, Debug)]
enum Happening {
    /// A person calls, or is called.
    Begin,
    /// A callback comes in.
    Callback(LiveId, LiveEvent),
    /// A person fetches the next bit of hold audio.
    Tick(LiveId),
    /// A person hangs up.
    HangUp(LiveId),
    /// An agent picks up, or their telephone stops ringing.
    AgentLeg(usize, LegStep),
    /// An agent does something on screen.
    Screen(usize),
    /// The minute's sweep.
    Sweep,
}

#[derive(Clone, Copy, Debug)]
enum LegStep {
    PickUp,
    Key(Option<char>),
    End,
}

/// An agent's leg, as the provider knows it.
#[derive(Clone, Debug)]
struct AgentLeg {
    live: LiveId,
    agent: AgentId,
    offer: u16,
    over: bool,
    /// In the conference with the person.
    within: bool,
}

#[derive(Default)]
struct PersonLeg {
    over: bool,
}

struct State {
    now: i64,
    dice: Dice,
    hostile: bool,
    order: u64,
    heap: BinaryHeap<Reverse<(i64, u64, usize)>>,
    happenings: Vec<Option<Due>>,
    legs: Vec<AgentLeg>,
    people: BTreeMap<LiveId, PersonLeg>,
    doomed: bool,
    deaths: u64,
    violation: Option<Violation>,
    mutant: Option<FloorMutant>,
}

enum Due {
    Happen(Happening),
    Wake(usize),
}

impl State {
    fn at(&mut self, at: i64, due: Due) {
        self.order += 1;
        let index = self.happenings.len();
        self.happenings.push(Some(due));
        self.heap.push(Reverse((at.max(self.now), self.order, index)));
    }

    fn after(&mut self, milliseconds: i64, happening: Happening) {
        self.at(self.now + milliseconds, Due::Happen(happening));
    }

    /// A callback: late, twice or never.
    fn call_back(&mut self, soon: i64, live: &LiveId, event: LiveEvent) {
        let fate = if self.hostile { self.dice.below(100) } else { 100 };
        let wait = soon + self.dice.between(20, 400);
        match fate {
            0..4 => {}
            4..8 => self.after(wait + 90_000, Happening::Callback(live.clone(), event)),
            8..14 => {
                self.after(wait, Happening::Callback(live.clone(), event.clone()));
                self.after(wait + 4_000, Happening::Callback(live.clone(), event));
            }
            _ => self.after(wait, Happening::Callback(live.clone(), event)),
        }
    }

    fn violate(&mut self, invariant: u8, what: String) {
        self.violation.get_or_insert(Violation { invariant, what });
    }
}

/// What ports and world share.
#[derive(Clone)]
struct Hub {
    state: Arc<Mutex<State>>,
    table: Arc<MemoryTable>,
    tenant: TenantId,
    /// Which task.
    task: usize,
}

impl Hub {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Time passes, and the function may die.
    async fn approach(&self, milliseconds: (i64, i64)) {
        let dies = {
            let mut state = self.lock();
            let wait = state.dice.between(milliseconds.0, milliseconds.1);
            let at = state.now + wait;
            state.at(at, Due::Wake(self.task));
            state.hostile && state.dice.chance(12_000)
        };
        Once(false).await;
        if dies {
            self.die();
            std::future::pending::<()>().await;
        }
    }

    fn die(&self) {
        let mut state = self.lock();
        state.doomed = true;
        state.deaths += 1;
    }

    fn busy(&self) -> bool {
        let mut state = self.lock();
        state.hostile && state.dice.chance(8_000)
    }
}

/// Pending once: whoever waits has put a wake-up into the timeline.
struct Once(bool);

impl Future for Once {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        Poll::Pending
    }
}

impl Clock for Hub {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.lock().now).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

#[async_trait]
impl Table for Hub {
    async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Item>, StoreError> {
        self.approach((2, 9)).await;
        self.table.get(key, consistency).await
    }

    async fn batch_get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, StoreError> {
        self.approach((2, 9)).await;
        self.table.batch_get(keys, consistency).await
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        self.approach((2, 12)).await;
        self.table.query(query).await
    }

    async fn write(&self, mut write: Write) -> Result<(), StoreError> {
        self.approach((3, 12)).await;
        if self.busy() {
            return Err(StoreError::Busy(None));
        }
        self.spoil(&mut write);
        let done = self.table.write(write).await;
        self.approach((1, 3)).await;
        if done.is_ok() && self.busy() { Err(StoreError::Busy(None)) } else { done }
    }

    async fn transact(&self, mut writes: Vec<Write>, token: &str) -> Result<(), StoreError> {
        self.approach((5, 20)).await;
        if self.busy() {
            return Err(StoreError::Busy(None));
        }
        writes.iter_mut().for_each(|write| self.spoil(write));
        let mutant = self.lock().mutant;
        if mutant == Some(FloorMutant::HalfTransactions) && self.lock().dice.chance(100_000) {
            writes.retain(|write| !matches!(write, Write::Put { item, .. } if is_presence(item)));
        }
        let token = match mutant {
            // The conditions gone, the token must not save the day.
            Some(FloorMutant::VersionsIgnored) => format!("{token}{}", self.task),
            Some(_) | None => token.to_owned(),
        };
        let done = self.table.transact(writes, &token).await;
        self.approach((1, 3)).await;
        if done.is_ok() && self.busy() { Err(StoreError::Busy(None)) } else { done }
    }

    async fn batch_write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.table.batch_write(writes).await
    }
}

fn is_presence(item: &Item) -> bool {
    use carillon_store::port::AttributeValue;
    matches!(item.get("sk"), Some(AttributeValue::S(sk)) if sk.starts_with("P#"))
}

impl Hub {
    fn spoil(&self, write: &mut Write) {
        if self.lock().mutant == Some(FloorMutant::VersionsIgnored)
            && let Write::Put { condition, .. } = write
            && matches!(condition, Condition::Equals("v", _))
        {
            *condition = Condition::None;
        }
    }
}

#[async_trait]
impl Switchboards for Hub {
    async fn switchboard(&self, _: &TenantId) -> Result<Arc<dyn Switchboard>, AskError> {
        Ok(Arc::new(self.clone()))
    }
}

#[async_trait]
impl Switchboard for Hub {
    async fn ring(&self, leg: &RingLeg) -> Result<CallId, PlaceError> {
        self.approach((80, 400)).await;
        let (fate, twice) = {
            let mut state = self.lock();
            let fate = if state.hostile { state.dice.below(100) } else { 100 };
            (fate, state.mutant == Some(FloorMutant::RingsTwice))
        };
        match fate {
            0..2 => return Err(PlaceError::Unavailable(None)),
            2..4 => return Err(PlaceError::Throttled),
            4..6 => return Err(PlaceError::Unknown(None)),
            _ => {}
        }
        if twice {
            self.lock().ring(leg);
        }
        let id = self.lock().ring(leg);
        self.approach((1, 30)).await;
        if (6..8).contains(&fate) { Err(PlaceError::Unknown(None)) } else { Ok(id) }
    }

    async fn redirect(&self, call: &CallId, live: &LiveId, place: Place) -> Result<(), AskError> {
        self.approach((60, 300)).await;
        let mut state = self.lock();
        match place {
            // The person hears it to its end.
            Place::Sorry | Place::Machine => state.after(5_000, Happening::HangUp(live.clone())),
            Place::Conference => state.after(200, Happening::Tick(live.clone())),
            Place::Join { .. } => state.join(call),
        }
        Ok(())
    }

    async fn participant(&self, _: &ConferenceId, _: &CallId, _: &ParticipantChange) -> Result<(), AskError> {
        Ok(())
    }

    async fn end_leg(&self, call: &CallId) -> Result<(), AskError> {
        self.approach((60, 300)).await;
        let mut state = self.lock();
        if let Some(index) = index_of(call) {
            state.end_leg(index);
        } else if let Some(live) = call.0.strip_prefix("person ").and_then(|live| live.parse().ok()) {
            state.after(0, Happening::HangUp(live));
        }
        Ok(())
    }
}

#[async_trait]
impl Voice for Hub {
    async fn place(&self, _: &PlaceCall) -> Result<CallId, PlaceError> {
        Err(PlaceError::Unavailable(None))
    }

    async fn report(&self, call: &CallId) -> Result<Option<CallReport>, AskError> {
        self.approach((60, 300)).await;
        let live: Option<LiveId> = call.0.strip_prefix("person ").and_then(|live| live.parse().ok());
        let state = self.lock();
        let person = live.and_then(|live| state.people.get(&live));
        Ok(person.map(|person| CallReport {
            call: call.clone(),
            status: if person.over { CallStatus::Completed } else { CallStatus::InProgress },
            answered_by: None,
            duration_seconds: None,
            created_at: Timestamp::UNIX_EPOCH,
        }))
    }

    async fn calls_since(&self, _: &E164, _: &E164, _: Timestamp) -> Result<Vec<CallReport>, AskError> {
        Ok(Vec::new())
    }

    async fn hang_up(&self, call: &CallId) -> Result<(), AskError> {
        self.end_leg(call).await
    }
}

#[async_trait]
impl Messages for Hub {
    async fn send(&self, _: Vec<Outgoing>) -> Result<(), QueueError> {
        Ok(())
    }
}

fn leg_id(index: usize) -> CallId {
    CallId(format!("leg {index}"))
}

fn index_of(call: &CallId) -> Option<usize> {
    call.0.strip_prefix("leg ")?.parse().ok()
}

fn person_id(live: &LiveId) -> CallId {
    CallId(format!("person {live}"))
}

impl State {
    /// An agent's telephone rings.
    fn ring(&mut self, leg: &RingLeg) -> CallId {
        let (Leg::Agent { offer }, Some(agent)) = (leg.leg, leg.agent.clone()) else {
            return CallId("nobody".into());
        };
        let index = self.legs.len();
        if self.legs.iter().any(|other| other.live == leg.live && other.offer == offer) {
            self.violate(6, format!("offer {offer} of {} rings twice", leg.live));
        }
        self.legs.push(AgentLeg { live: leg.live.clone(), agent, offer, over: false, within: false });
        let ring_ms = i64::from(leg.ring_seconds_max) * 1_000;
        match self.dice.below(10) {
            0 => self.after(ring_ms, Happening::AgentLeg(index, LegStep::End)),
            1 => self.after(2_000, Happening::AgentLeg(index, LegStep::End)),
            _ => {
                let rings = self.dice.between(800, 8_000);
                self.after(rings, Happening::AgentLeg(index, LegStep::PickUp));
            }
        }
        leg_id(index)
    }

    /// The leg enters the conference: whoever is there twice has been promised to two people.
    fn join(&mut self, call: &CallId) {
        let Some(index) = index_of(call) else { return };
        if self.legs[index].over || self.people.get(&self.legs[index].live).is_none_or(|it| it.over) {
            return;
        }
        self.legs[index].within = true;
        let (agent, live) = (self.legs[index].agent.clone(), self.legs[index].live.clone());
        let other = self.legs.iter().enumerate().find(|(at, leg)| {
            *at != index && leg.within && !leg.over && (leg.agent == agent) != (leg.live == live)
        });
        if let Some((_, other)) = other {
            let what = format!("{agent} talks on {live}, and {} on {}", other.agent, other.live);
            self.violate(6, what);
        }
        let talk = self.dice.between(4_000, 90_000);
        if self.dice.chance(500_000) {
            self.after(talk, Happening::HangUp(live));
        } else {
            self.after(talk, Happening::AgentLeg(index, LegStep::End));
        }
    }

    fn end_leg(&mut self, index: usize) {
        if std::mem::replace(&mut self.legs[index].over, true) {
            return;
        }
        let AgentLeg { live, offer, within, .. } = self.legs[index].clone();
        self.call_back(0, &live, LiveEvent::LegEnded { offer });
        if within {
            self.after(100, Happening::HangUp(live)); // the conference ends with the agent
        }
    }

    /// A person is gone, and with them the conference.
    fn hang_up(&mut self, live: &LiveId) {
        let Some(person) = self.people.get_mut(live) else { return };
        if std::mem::replace(&mut person.over, true) {
            return;
        }
        self.call_back(0, live, LiveEvent::PersonGone);
        let within: Vec<usize> = self
            .legs
            .iter()
            .enumerate()
            .filter(|(_, leg)| leg.within && leg.live == *live)
            .map(|(at, _)| at)
            .collect();
        for index in within {
            self.end_leg(index);
        }
    }
}

struct World {
    hub: Hub,
    tasks: BTreeMap<usize, Work>,
    last_task: usize,
    agents: Vec<AgentId>,
    queue: Queue,
    calls: u64,
    overdue: BTreeMap<AgentId, i64>,
}

/// Runs a seed.
#[must_use]
pub fn run(seed: u64, mutant: Option<FloorMutant>) -> FloorOutcome {
    World::new(seed, mutant).run()
}

impl World {
    fn new(seed: u64, mutant: Option<FloorMutant>) -> Self {
        let tenant: TenantId = "acme".parse().expect("an id");
        let state = State {
            now: START,
            dice: Dice::new(seed, "floor"),
            hostile: true,
            order: 0,
            heap: BinaryHeap::new(),
            happenings: Vec::new(),
            legs: Vec::new(),
            people: BTreeMap::new(),
            doomed: false,
            deaths: 0,
            violation: None,
            mutant,
        };
        let table = Arc::new(MemoryTable::new());
        let hub = Hub { state: Arc::new(Mutex::new(state)), table, tenant, task: 0 };
        let plan = serde_json::json!({"name": "Floor", "wrap_up_seconds": 5});
        let queue = Queue {
            id: "que_1".parse().expect("an id"),
            plan: serde_json::from_value(plan).expect("a plan"),
            created_at: hub.now(),
        };
        let agents: Vec<AgentId> = (0..3).map(|n| AgentId::of_user(&format!("agent {n}"))).collect();
        let world = Self {
            hub,
            tasks: BTreeMap::new(),
            last_task: 0,
            agents,
            queue,
            calls: 0,
            overdue: BTreeMap::new(),
        };
        world.populate();
        world
    }

    fn populate(&self) {
        let table = TenantTable::new(self.hub.table.as_ref(), &self.hub.tenant);
        let now = self.hub.now();
        let work = async {
            table.save_queue(&Stored::new(self.queue.clone())).await?;
            for agent in &self.agents {
                let serves = self.serves();
                let mut presence = Presence::absent(agent.clone(), serves.clone(), now);
                presence.on(&AgentEvent::SignIn(serves), now).expect("anybody may sign in");
                table.save_presence(&Stored::new(presence)).await?;
            }
            Ok::<(), StoreError>(())
        };
        work.now_or_never().expect("the table answers at once").expect("an empty table takes everything");
        let mut state = self.hub.lock();
        for minute in 1..=(HOSTILE + CALM) / 60_000 {
            state.after(minute * 60_000, Happening::Sweep);
        }
        let mut at = 0;
        while at < HOSTILE {
            at += state.dice.between(500, 40_000);
            state.after(at, Happening::Begin);
            if state.dice.chance(200_000) {
                let who = state.dice.below(3);
                state.after(at + 700, Happening::Screen(who));
            }
        }
    }

    fn serves(&self) -> Serves {
        Serves { queues: [self.queue.id.clone()].into(), skills: BTreeMap::new(), reach: Reach::Browser }
    }

    fn run(mut self) -> FloorOutcome {
        loop {
            let due = {
                let mut state = self.hub.lock();
                let Some(Reverse((at, _, index))) = state.heap.pop() else { break };
                state.now = at;
                if at > START + HOSTILE {
                    state.hostile = false;
                }
                if at > START + HOSTILE + CALM {
                    break;
                }
                state.happenings[index].take()
            };
            match due {
                Some(Due::Wake(task)) => self.poll(task),
                Some(Due::Happen(happening)) => self.happen(happening),
                None => {}
            }
            self.check();
            if self.hub.lock().violation.is_some() {
                break;
            }
        }
        self.finale();
        let state = self.hub.lock();
        let talks = state.legs.iter().filter(|leg| leg.within).count() as u64;
        FloorOutcome { violation: state.violation.clone(), calls: self.calls, talks, deaths: state.deaths }
    }

    fn spawn(&mut self, work: impl FnOnce(Hub) -> Work) {
        self.last_task += 1;
        let hub = Hub { task: self.last_task, ..self.hub.clone() };
        self.tasks.insert(self.last_task, work(hub));
        self.poll(self.last_task);
    }

    fn poll(&mut self, task: usize) {
        let Some(mut work) = self.tasks.remove(&task) else { return };
        let done = work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
        let doomed = std::mem::take(&mut self.hub.lock().doomed);
        if !done && !doomed {
            self.tasks.insert(task, work);
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Begin => self.begin(),
            Happening::Callback(live, event) => self.spawn(|hub| Box::pin(callback(hub, live, event))),
            Happening::Tick(live) => {
                if self.hub.lock().people.get(&live).is_some_and(|person| !person.over) {
                    self.hub.lock().after(2_300, Happening::Tick(live.clone()));
                    self.spawn(|hub| Box::pin(tick(hub, live)));
                }
            }
            Happening::HangUp(live) => self.hub.lock().hang_up(&live),
            Happening::AgentLeg(index, step) => self.leg(index, step),
            Happening::Screen(who) => self.screen(who),
            Happening::Sweep => {
                if self.hub.lock().mutant != Some(FloorMutant::LeasesUnseen) {
                    self.spawn(|hub| Box::pin(sweep(hub)));
                }
            }
        }
    }

    fn begin(&mut self) {
        self.calls += 1;
        let tenant = self.hub.tenant.clone();
        let id = LiveId::Inbound { tenant, call: InboundId::of_call(&self.calls.to_string()) };
        let now = self.hub.now();
        let (outbound, blind, patience) = {
            let mut state = self.hub.lock();
            (state.dice.chance(600_000), state.dice.chance(200_000), state.dice.pick(&[2_u16, 30]))
        };
        let handling = Handling {
            offer_seconds: 12,
            patience_seconds: patience,
            wrap_up_seconds: self.queue.plan.wrap_up_seconds,
            ring: RingWhen::WhileRinging,
            transfer: if blind { Transfer::Blind } else { Transfer::Warm },
        };
        let ring_seconds = if outbound { 20 } else { 0 };
        let from = "+12025550100".parse().expect("a number");
        let beginning = Beginning { id: id.clone(), contact: None, from, handling, ring_seconds };
        let live = LiveCall::begin(beginning, &self.queue, now);
        if outbound {
            self.spawn(|hub| Box::pin(dial(hub, live)));
        } else {
            self.hub.lock().people.insert(id.clone(), PersonLeg::default());
            self.spawn(|hub| Box::pin(call_in(hub, live)));
        }
    }

    /// What an agent's leg does, and what our answer to it makes it do next.
    fn leg(&mut self, index: usize, step: LegStep) {
        let leg = self.hub.lock().legs[index].clone();
        if leg.over {
            return;
        }
        match step {
            LegStep::End => self.hub.lock().end_leg(index),
            LegStep::PickUp => self.spawn(|hub| Box::pin(agent_answers(hub, index, leg))),
            LegStep::Key(key) => self.spawn(|hub| Box::pin(agent_presses(hub, index, leg, key))),
        }
    }

    fn screen(&mut self, who: usize) {
        let agent = self.agents[who].clone();
        let (serves, turn) = (self.serves(), self.hub.lock().dice.below(4));
        self.spawn(|hub| {
            Box::pin(async move {
                let desk = Desk::new(&hub, &hub.tenant, &hub, &hub, &hub);
                let event = match turn {
                    0 => AgentEvent::SignOut,
                    1 => AgentEvent::Pause(carillon_domain::agents::presence::BreakReason::Meal),
                    _ => AgentEvent::SignIn(serves),
                };
                let _ = desk.say(&agent, &event).await;
                if turn >= 2 {
                    let _ = desk.say(&agent, &AgentEvent::Ready).await;
                }
            })
        });
    }

    /// Looks at what is written: who holds whom.
    fn check(&mut self) {
        let now = self.hub.now();
        let table = TenantTable::new(self.hub.table.as_ref(), &self.hub.tenant);
        let presences = table.presences().now_or_never().expect("at once").expect("readable");
        let mut held: BTreeMap<LiveId, AgentId> = BTreeMap::new();
        for presence in &presences {
            let Some(hold) = presence.value.state.hold() else {
                self.overdue.remove(&presence.value.agent);
                continue;
            };
            if let Some(other) = held.insert(hold.call.clone(), presence.value.agent.clone()) {
                let what = format!("{} holds {other} and {}", hold.call, presence.value.agent);
                self.hub.lock().violate(6, what);
            }
            let live = table.live(&hold.call).now_or_never().expect("at once").expect("readable");
            let agrees = live
                .as_ref()
                .and_then(|live| live.value.holds())
                .is_some_and(|(agent, by)| *agent == presence.value.agent && by == *hold);
            if !agrees {
                let what = format!(
                    "{} is held by {}, which holds another or nobody",
                    presence.value.agent, hold.call
                );
                self.hub.lock().violate(6, what);
            }
            let late = presence
                .value
                .state
                .lease()
                .is_some_and(|(_, until)| until + SignedDuration::from_millis(LEASE_BOUND) < now);
            if late {
                let what = format!("{} is held by {} long after the lease", presence.value.agent, hold.call);
                self.hub.lock().violate(7, what);
            }
        }
    }

    /// After the end: nobody is held by a call that is over, and nobody was lost.
    fn finale(&mut self) {
        if self.hub.lock().violation.is_some() {
            return;
        }
        let table = TenantTable::new(self.hub.table.as_ref(), &self.hub.tenant);
        let presences = table.presences().now_or_never().expect("at once").expect("readable");
        for presence in presences {
            let Some(hold) = presence.value.state.hold() else { continue };
            let gone = self.hub.lock().people.get(&hold.call).is_none_or(|person| person.over);
            if gone {
                let what =
                    format!("{} is still held by {}, whose person is gone", presence.value.agent, hold.call);
                self.hub.lock().violate(7, what);
            }
        }
        let line = table.line(&self.queue.id).now_or_never().expect("at once").expect("readable");
        for ticket in line.tickets {
            let live = table.live(&ticket.live).now_or_never().expect("at once").expect("readable");
            if live.is_none_or(|live| live.value.waits_since() != Some(ticket.since)) {
                let what = format!("{} has a ticket and does not wait", ticket.live);
                self.hub.lock().violate(8, what);
            }
        }
    }
}

/// Takes an event in as the webhook's function does: what fails is sent again by the provider, three times.
async fn take(hub: &Hub, live: &LiveId, event: &LiveEvent) -> Option<(LiveCall, bool)> {
    for _ in 0..3 {
        let desk = Desk::new(hub, &hub.tenant, hub, hub, hub);
        match desk.take(live, event).await {
            Ok(taken) => return taken.map(|taken| (taken.live, taken.stale)),
            Err(DeskError::Store(_) | DeskError::Contended) => hub.approach((300, 900)).await,
            Err(DeskError::NotPossible(_) | DeskError::Unknown(_)) => return None,
        }
    }
    None
}

async fn callback(hub: Hub, live: LiveId, event: LiveEvent) {
    take(&hub, &live, &event).await;
}

/// As `dial-contact`: an agent in hand, the call placed, the agent rung.
async fn dial(hub: Hub, live: LiveCall) {
    let desk = Desk::new(&hub, &hub.tenant, &hub, &hub, &hub);
    let id = live.id.clone();
    let held = desk.open(&live).await;
    if !matches!(held, Ok(Some(ref held)) if held.holds().is_some()) {
        return;
    }
    hub.approach((80, 300)).await;
    {
        let mut state = hub.lock();
        state.people.insert(id.clone(), PersonLeg::default());
        let answers = state.dice.chance(600_000);
        let rings = state.dice.between(2_000, 18_000);
        if answers {
            state.call_back(rings, &id, LiveEvent::PersonAnswered { leg: person_id(&id) });
            state.after(rings + 600, Happening::Tick(id.clone()));
            let patience = state.dice.between(500, 120_000);
            state.after(rings + patience, Happening::HangUp(id.clone()));
        } else {
            state.after(20_000, Happening::HangUp(id.clone()));
        }
    }
    take(&hub, &id, &LiveEvent::Placed).await;
}

/// As the webhook of a number that is called.
async fn call_in(hub: Hub, live: LiveCall) {
    let id = live.id.clone();
    let event = LiveEvent::PersonAnswered { leg: person_id(&id) };
    {
        let mut state = hub.lock();
        state.after(600, Happening::Tick(id.clone()));
        let patience = state.dice.between(500, 120_000);
        state.after(patience, Happening::HangUp(id.clone()));
    }
    let desk = Desk::new(&hub, &hub.tenant, &hub, &hub, &hub);
    let _ = desk.arrive(live, &event).await;
}

async fn tick(hub: Hub, live: LiveId) {
    let desk = Desk::new(&hub, &hub.tenant, &hub, &hub, &hub);
    let _ = desk.tick(&live).await;
}

async fn sweep(hub: Hub) {
    let desk = Desk::new(&hub, &hub.tenant, &hub, &hub, &hub);
    let _ = desk.sweep(&hub).await;
}

fn is_in(live: &LiveCall, offer: u16) -> bool {
    match &live.desk {
        Side::Offered(it) => it.number == offer && it.stage == carillon_domain::agents::live::Stage::Accepted,
        Side::Talking(it) => it.offer == offer,
        Side::Nobody | Side::Over { .. } => false,
    }
}

async fn agent_answers(hub: Hub, index: usize, leg: AgentLeg) {
    let event = LiveEvent::AgentAnswered { offer: leg.offer, leg: leg_id(index) };
    let Some((live, stale)) = take(&hub, &leg.live, &event).await else {
        return hub.lock().end_leg(index); // an application error
    };
    let mut state = hub.lock();
    if stale {
        return state.end_leg(index);
    }
    if is_in(&live, leg.offer) {
        state.enter(index, &live);
        return;
    }
    let key = match state.dice.below(10) {
        0 => None,
        1 => Some('2'),
        _ => Some('1'),
    };
    let thinks = state.dice.between(500, 6_000);
    match state.dice.below(12) {
        0 => state.after(thinks, Happening::AgentLeg(index, LegStep::End)), // the line dies
        _ => state.after(thinks, Happening::AgentLeg(index, LegStep::Key(key))),
    }
}

async fn agent_presses(hub: Hub, index: usize, leg: AgentLeg, key: Option<char>) {
    let event = match key {
        Some('1') => LiveEvent::Accepted { offer: leg.offer, on_screen: false },
        Some(_) => LiveEvent::Declined { offer: leg.offer },
        None => LiveEvent::LegEnded { offer: leg.offer },
    };
    let taken = take(&hub, &leg.live, &event).await;
    let mut state = hub.lock();
    match taken {
        Some((live, false)) if is_in(&live, leg.offer) => state.enter(index, &live),
        Some(_) | None => state.end_leg(index),
    }
}

impl State {
    /// The agent's leg follows the document into the conference; the person may be there, or come.
    fn enter(&mut self, index: usize, live: &LiveCall) {
        match live.person {
            Person::Here { .. } => self.join(&leg_id(index)),
            // Waits for the person; whoever never comes ends it.
            Person::Ringing | Person::Machine | Person::Gone => {}
        }
    }
}
