//! The floor: the agents' desk of production over the table in memory, with people who call, agents who accept, decline,
//! ignore or drop, callbacks that come late, twice or never, and functions that die between any two steps.
//!
//! Apart from the campaigns' world: what is to be shown here concerns calls and agents alone. A seed is a world, the same
//! one every time. Everything runs on one thread, in simulated time.

mod hub;
mod people;
mod state;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use carillon_domain::agents::live::{Beginning, Handling, LiveCall, RingWhen, Transfer};
use carillon_domain::agents::ports::Reach;
use carillon_domain::agents::presence::{AgentEvent, AgentState, Presence, Serves};
use carillon_domain::agents::queue::Queue;
use carillon_domain::ids::{AgentId, InboundId, LiveId, TenantId};
use carillon_engine::clock::Clock;
use carillon_engine::desk::Desk;
use carillon_store::memory::MemoryTable;
use carillon_store::{StoreError, Stored, TenantTable};
use futures::FutureExt;
use jiff::{SignedDuration, Timestamp};

use self::hub::Hub;
use self::people::{agent_answers, agent_presses, call_in, callback, dial, guest_answers, sweep, tick};
use self::state::{Due, Happening, LegStep, PersonLeg, State};
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
    /// Planners are never told of anybody who has become free.
    NudgesLost,
    /// They are told a second too soon, look, and see nobody.
    NudgesEarly,
    /// No conference ends with whoever leaves it.
    ExitsIgnored,
}

impl FloorMutant {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::VersionsIgnored,
        Self::HalfTransactions,
        Self::LeasesUnseen,
        Self::RingsTwice,
        Self::NudgesLost,
        Self::NudgesEarly,
        Self::ExitsIgnored,
    ];
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
    /// Colleagues who were asked.
    pub consults: u64,
    /// Guests who joined a talk.
    pub guests: u64,
    /// People who were left to one.
    pub handed_out: u64,
    /// Functions that died.
    pub deaths: u64,
}

/// A lease may be over for so long before somebody has looked, milliseconds: a sweep a minute, and the time it takes.
const LEASE_BOUND: i64 = 3 * 60_000;
const START: i64 = 1_800_000_000_000;
/// So long things go wrong.
const HOSTILE: i64 = 30 * 60_000;
/// So long nothing does: people go on calling for the first half, and in the second everything comes to rest.
const CALM: i64 = 15 * 60_000;
/// Once nothing goes wrong, a planner has been told of whoever is free within this, milliseconds: the table and the
/// provider are asked some things before.
const TOLD_WITHIN: i64 = 6_000;

/// How many agents there are.
const AGENTS: usize = 3;

fn agent_named(number: usize) -> AgentId {
    AgentId::of_user(&format!("agent {number}"))
}

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

struct World {
    hub: Hub,
    tasks: BTreeMap<usize, Work>,
    last_task: usize,
    agents: Vec<AgentId>,
    queue: Queue,
    calls: u64,
    overdue: BTreeMap<AgentId, i64>,
    /// Since when those have been free of whom a planner has been told.
    told: BTreeMap<AgentId, i64>,
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
            guests: Vec::new(),
            people: BTreeMap::new(),
            consulted: BTreeSet::new(),
            consults: 0,
            nudges: Vec::new(),
            handed_out: 0,
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
        let agents: Vec<AgentId> = (0..AGENTS).map(agent_named).collect();
        let world = Self {
            hub,
            tasks: BTreeMap::new(),
            last_task: 0,
            agents,
            queue,
            calls: 0,
            overdue: BTreeMap::new(),
            told: BTreeMap::new(),
        };
        world.populate();
        world
    }

    fn populate(&self) {
        let table = TenantTable::new(self.hub.table.as_ref(), &self.hub.tenant);
        let now = self.hub.now();
        let work = async {
            table.save_queue(&Stored::new(self.queue.clone())).await?;
            table.link_campaign(&self.queue.id, &"cmp_1".parse().expect("an id")).await?;
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
        while at < HOSTILE + CALM / 2 {
            at += state.dice.between(500, 40_000);
            state.after(at, Happening::Begin);
            if state.dice.chance(200_000) {
                let who = state.dice.below(3);
                state.after(at + 700, Happening::Screen(who));
            }
        }
    }

    fn serves(&self) -> Serves {
        Serves {
            queues: [self.queue.id.clone()].into(),
            skills: BTreeMap::new(),
            groups: BTreeSet::new(),
            reach: Reach::Browser,
            hours: None,
            timezone: String::new(),
        }
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
        FloorOutcome {
            violation: state.violation.clone(),
            calls: self.calls,
            talks,
            consults: state.consults,
            guests: state.guests.iter().filter(|guest| guest.within).count() as u64,
            handed_out: state.handed_out,
            deaths: state.deaths,
        }
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
            Happening::Impatient(live) => {
                let mut state = self.hub.lock();
                if state.people.get(&live).is_some_and(|person| !person.met) {
                    state.hang_up(&live);
                }
            }
            Happening::AgentLeg(index, step) => self.leg(index, step),
            Happening::GuestLeg(index, step) => self.guest(index, step),
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

    /// The same of somebody outside.
    fn guest(&mut self, index: usize, step: LegStep) {
        let leg = self.hub.lock().guests[index].clone();
        if leg.over {
            return;
        }
        match step {
            LegStep::PickUp => self.spawn(|hub| Box::pin(guest_answers(hub, index, leg))),
            LegStep::End | LegStep::Key(_) => self.hub.lock().end_guest(index),
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
            let live = table.live(&hold.call).now_or_never().expect("at once").expect("readable");
            let other = held.insert(hold.call.clone(), presence.value.agent.clone());
            if let Some(other) = other
                && live.as_ref().is_none_or(|live| live.value.consults().is_none())
            {
                let what = format!("{} holds {other} and {}", hold.call, presence.value.agent);
                self.hub.lock().violate(6, what);
            }
            let held_by = live.as_ref().and_then(|live| live.value.hold_of(&presence.value.agent));
            let agrees = held_by.as_ref() == Some(hold);
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
        for presence in presences.iter().filter(|it| it.value.state.hold().is_none()) {
            self.check_told(&presence.value, now);
        }
    }

    /// Whoever is free, and whom nobody who waits has got, is made known to the planners of campaigns that dial for them,
    /// and not before they are free: a planner that sees nobody does not look again for long.
    fn check_told(&mut self, presence: &Presence, now: Timestamp) {
        let settled = presence.settled(now);
        let since = settled.since.as_millisecond();
        let calm = since >= START + HOSTILE + 60_000;
        if settled.state != AgentState::Available || !calm || now.as_millisecond() < since + TOLD_WITHIN {
            return;
        }
        if self.told.insert(presence.agent.clone(), since) == Some(since) {
            return;
        }
        let mut state = self.hub.lock();
        if !state.nudges.iter().any(|at| (since..since + TOLD_WITHIN).contains(at)) {
            let what = format!("{} is free since {}, and no planner was told", presence.agent, settled.since);
            state.violate(9, what);
        }
    }

    /// After the end: nobody is held by a call that is over, nobody was lost, and nobody is left alone on the line.
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
        {
            let mut state = self.hub.lock();
            let on_the_line = state.people.iter().filter(|(_, person)| person.met && !person.over);
            let alone = on_the_line.map(|(live, _)| live).find(|live| state.is_alone(live)).cloned();
            if let Some(live) = alone {
                state.violate(9, format!("the person of {live} is alone in the conference"));
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
