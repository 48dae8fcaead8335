//! The floor: the agents' desk of production over the table in memory, with people who call, agents who accept, decline,
//! ignore or drop, callbacks that come late, twice or never, and functions that die between any two steps.
//!
//! Apart from the campaigns' world: what is to be shown here concerns calls and agents alone. A seed is a world, the same
//! one every time. Everything runs on one thread, in simulated time.
//!
//! What must hold is in `check.rs`, each promise with its number.

mod check;
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
use carillon_domain::agents::presence::{AgentEvent, Presence, Serves};
use carillon_domain::agents::queue::Queue;
use carillon_domain::ids::{AgentId, InboundId, LiveId, TenantId};
use carillon_engine::clock::Clock;
use carillon_engine::desk::Desk;
use carillon_store::memory::MemoryTable;
use carillon_store::{StoreError, Stored, TenantTable};
use futures::FutureExt;
use jiff::Timestamp;
use serde_json::json;

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
    /// The provider says of every agent's telephone that it has been hung up.
    LinesForgotten,
    /// Everybody is taken to work at any hour.
    HoursUnread,
    /// Everybody is taken to be in every team.
    GroupsUnread,
}

impl FloorMutant {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::VersionsIgnored,
        Self::HalfTransactions,
        Self::LeasesUnseen,
        Self::RingsTwice,
        Self::NudgesLost,
        Self::NudgesEarly,
        Self::ExitsIgnored,
        Self::LinesForgotten,
        Self::HoursUnread,
        Self::GroupsUnread,
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
    /// People who were handed over to another queue, or to a colleague.
    pub handed_over: u64,
    /// Telephones that the sweep had to hang up.
    pub hung_up: u64,
    /// Functions that died.
    pub deaths: u64,
}

const START: i64 = 1_800_000_000_000;
/// So long things go wrong.
const HOSTILE: i64 = 30 * 60_000;
/// So long nothing does: people go on calling for the first half, and in the second everything comes to rest.
const CALM: i64 = 15 * 60_000;

/// How many agents there are.
const AGENTS: usize = 3;

fn agent_named(number: usize) -> AgentId {
    AgentId::of_user(&format!("agent {number}"))
}

/// The queues: anybody's, and that of a team.
fn queues() -> [Queue; 2] {
    let queue = |id: &str, groups: &[&str]| Queue {
        id: id.parse().expect("an id"),
        plan: serde_json::from_value(json!({"name": id, "wrap_up_seconds": 5, "groups": groups}))
            .expect("a plan"),
        created_at: Timestamp::from_millisecond(START).expect("a time"),
    };
    [queue("que_1", &[]), queue("que_2", &["north"])]
}

/// What an agent serves: the first is in no team, and the last has a quarter of an hour off while things go wrong.
fn serves(who: usize) -> Serves {
    let groups = if who == 0 { BTreeSet::new() } else { BTreeSet::from(["north".to_owned()]) };
    let hours = json!({"fri": [["00:00", "08:12"], ["08:27", "24:00"]]});
    Serves {
        queues: queues().map(|queue| queue.id).into(),
        skills: BTreeMap::new(),
        groups,
        reach: Reach::Browser,
        hours: (who == AGENTS - 1).then(|| serde_json::from_value(hours).expect("hours")),
        timezone: "Etc/UTC".to_owned(),
    }
}

fn serves_of(agent: &AgentId) -> Option<Serves> {
    (0..AGENTS).find(|who| agent_named(*who) == *agent).map(serves)
}

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A telephone on our side, by the number of its leg.
#[derive(Clone, Copy)]
enum Telephone {
    Agent(usize),
    Guest(usize),
}

struct World {
    hub: Hub,
    tasks: BTreeMap<usize, Work>,
    last_task: usize,
    /// Telephones that wait for what a task answers.
    waiting: BTreeMap<usize, Telephone>,
    agents: Vec<AgentId>,
    calls: u64,
    /// Since when agents have been on the line of a call that has let them go, by leg.
    forgotten: BTreeMap<usize, i64>,
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
            passed_on: BTreeSet::new(),
            consults: 0,
            nudges: Vec::new(),
            handed_out: 0,
            handed_over: 0,
            swept: START,
            hung_up: 0,
            doomed: false,
            deaths: 0,
            violation: None,
            mutant,
        };
        let table = Arc::new(MemoryTable::new());
        let hub = Hub { state: Arc::new(Mutex::new(state)), table, tenant, task: 0 };
        let agents: Vec<AgentId> = (0..AGENTS).map(agent_named).collect();
        let world = Self {
            hub,
            tasks: BTreeMap::new(),
            last_task: 0,
            waiting: BTreeMap::new(),
            agents,
            calls: 0,
            forgotten: BTreeMap::new(),
            told: BTreeMap::new(),
        };
        world.populate();
        world
    }

    fn populate(&self) {
        let table = TenantTable::new(self.hub.table.as_ref(), &self.hub.tenant);
        let now = self.hub.now();
        let work = async {
            for queue in queues() {
                table.link_campaign(&queue.id, &"cmp_1".parse().expect("an id")).await?;
                table.save_queue(&Stored::new(queue)).await?;
            }
            for (who, agent) in self.agents.iter().enumerate() {
                let serves = serves(who);
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
            handed_over: state.handed_over,
            hung_up: state.hung_up,
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
            return;
        }
        let waited = self.waiting.remove(&task);
        if let Some(telephone) = waited.filter(|_| !done) {
            // No answer is an application error: the provider hangs up.
            let mut state = self.hub.lock();
            match telephone {
                Telephone::Agent(index) => state.end_leg(index),
                Telephone::Guest(index) => state.end_guest(index),
            }
        }
    }

    /// What a telephone asks, and waits to be told.
    fn ask(&mut self, telephone: Telephone, work: impl FnOnce(Hub) -> Work) {
        self.waiting.insert(self.last_task + 1, telephone);
        self.spawn(work);
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
        let (outbound, blind, patience, queue) = {
            let dice = &mut self.hub.lock().dice;
            let patience = dice.pick(&[2_u16, 30]);
            (dice.chance(600_000), dice.chance(200_000), patience, dice.pick(&queues()))
        };
        let handling = Handling {
            offer_seconds: 12,
            patience_seconds: patience,
            wrap_up_seconds: queue.plan.wrap_up_seconds,
            ring: RingWhen::WhileRinging,
            transfer: if blind { Transfer::Blind } else { Transfer::Warm },
        };
        let ring_seconds = if outbound { 20 } else { 0 };
        let from = "+12025550100".parse().expect("a number");
        let beginning = Beginning { id: id.clone(), contact: None, from, handling, ring_seconds };
        let live = LiveCall::begin(beginning, &queue, now);
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
            LegStep::PickUp => {
                self.ask(Telephone::Agent(index), |hub| Box::pin(agent_answers(hub, index, leg)));
            }
            LegStep::Key(key) => {
                self.ask(Telephone::Agent(index), |hub| Box::pin(agent_presses(hub, index, leg, key)));
            }
        }
    }

    /// The same of somebody outside.
    fn guest(&mut self, index: usize, step: LegStep) {
        let leg = self.hub.lock().guests[index].clone();
        if leg.over {
            return;
        }
        match step {
            LegStep::PickUp => {
                self.ask(Telephone::Guest(index), |hub| Box::pin(guest_answers(hub, index, leg)));
            }
            LegStep::End | LegStep::Key(_) => self.hub.lock().end_guest(index),
        }
    }

    fn screen(&mut self, who: usize) {
        let agent = self.agents[who].clone();
        let (serves, turn) = (serves(who), self.hub.lock().dice.below(4));
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
}
