//! What is going on: the timeline, the telephones of agents, and the people on the line.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use carillon_domain::agents::live::{LiveCall, LiveEvent, Person};
use carillon_domain::agents::ports::{Leg, RingLeg};
use carillon_domain::ids::{AgentId, LiveId};
use carillon_domain::ports::CallId;

use super::{AGENTS, FloorMutant, agent_named};
use crate::Violation;
use crate::dice::Dice;

/// Something that happens in the world.
#[derive(Clone, Debug)]
pub(super) enum Happening {
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
pub(super) enum LegStep {
    PickUp,
    Key(Option<char>),
    End,
}

/// An agent's leg, as the provider knows it.
#[derive(Clone, Debug)]
pub(super) struct AgentLeg {
    pub(super) live: LiveId,
    pub(super) agent: AgentId,
    pub(super) offer: u16,
    pub(super) over: bool,
    /// In the conference with the person.
    pub(super) within: bool,
}

#[derive(Default)]
pub(super) struct PersonLeg {
    pub(super) over: bool,
}

pub(super) struct State {
    pub(super) now: i64,
    pub(super) dice: Dice,
    pub(super) hostile: bool,
    pub(super) order: u64,
    pub(super) heap: BinaryHeap<Reverse<(i64, u64, usize)>>,
    pub(super) happenings: Vec<Option<Due>>,
    pub(super) legs: Vec<AgentLeg>,
    pub(super) people: BTreeMap<LiveId, PersonLeg>,
    /// Calls on which a colleague has been asked: two agents may be in their conference, and it ends with the person.
    pub(super) consulted: BTreeSet<LiveId>,
    /// How many were.
    pub(super) consults: u64,
    /// When planners are told that somebody may be free.
    pub(super) nudges: Vec<i64>,
    pub(super) doomed: bool,
    pub(super) deaths: u64,
    pub(super) violation: Option<Violation>,
    pub(super) mutant: Option<FloorMutant>,
}

pub(super) enum Due {
    Happen(Happening),
    Wake(usize),
}

impl State {
    pub(super) fn at(&mut self, at: i64, due: Due) {
        self.order += 1;
        let index = self.happenings.len();
        self.happenings.push(Some(due));
        self.heap.push(Reverse((at.max(self.now), self.order, index)));
    }

    pub(super) fn after(&mut self, milliseconds: i64, happening: Happening) {
        self.at(self.now + milliseconds, Due::Happen(happening));
    }

    /// A callback: late, twice or never.
    pub(super) fn call_back(&mut self, soon: i64, live: &LiveId, event: LiveEvent) {
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

    pub(super) fn violate(&mut self, invariant: u8, what: String) {
        self.violation.get_or_insert(Violation { invariant, what });
    }
}

pub(super) fn leg_id(index: usize) -> CallId {
    CallId(format!("leg {index}"))
}

pub(super) fn index_of(call: &CallId) -> Option<usize> {
    call.0.strip_prefix("leg ")?.parse().ok()
}

pub(super) fn person_id(live: &LiveId) -> CallId {
    CallId(format!("person {live}"))
}

impl State {
    /// An agent's telephone rings.
    pub(super) fn ring(&mut self, leg: &RingLeg) -> CallId {
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
    pub(super) fn join(&mut self, call: &CallId) {
        let Some(index) = index_of(call) else { return };
        if self.legs[index].over || self.people.get(&self.legs[index].live).is_none_or(|it| it.over) {
            return;
        }
        self.legs[index].within = true;
        let (agent, live) = (self.legs[index].agent.clone(), self.legs[index].live.clone());
        let alone = !self.consulted.contains(&live);
        let other = self.legs.iter().enumerate().find(|(at, leg)| {
            let clashes = match (leg.agent == agent, leg.live == live) {
                (true, same) => !same,
                (false, same) => same && alone,
            };
            *at != index && leg.within && !leg.over && clashes
        });
        if let Some((_, other)) = other {
            let what = format!("{agent} talks on {live}, and {} on {}", other.agent, other.live);
            self.violate(6, what);
        }
        if alone && self.dice.chance(250_000) {
            self.consult(&live, &agent, self.legs[index].offer);
        }
        let talk = self.dice.between(4_000, 90_000);
        if self.dice.chance(500_000) {
            self.after(talk, Happening::HangUp(live));
        } else {
            self.after(talk, Happening::AgentLeg(index, LegStep::End));
        }
    }

    /// The agent will ask a colleague, and then hand the person over, go back to them, or do neither.
    fn consult(&mut self, live: &LiveId, agent: &AgentId, offer: u16) {
        self.consulted.insert(live.clone());
        self.consults += 1;
        let colleagues = (0..AGENTS).map(agent_named).filter(|colleague| colleague != agent);
        let colleagues: Vec<AgentId> = colleagues.collect();
        let colleague = self.dice.pick(&colleagues);
        let asked = self.dice.between(1_000, 8_000);
        self.after(asked, Happening::Callback(live.clone(), LiveEvent::Consult { offer, colleague }));
        let then = asked + self.dice.between(500, 25_000);
        match self.dice.below(3) {
            0 => self.after(then, Happening::Callback(live.clone(), LiveEvent::Complete { offer })),
            1 => self.after(then, Happening::Callback(live.clone(), LiveEvent::Cancel { offer })),
            _ => {}
        }
    }

    pub(super) fn end_leg(&mut self, index: usize) {
        if std::mem::replace(&mut self.legs[index].over, true) {
            return;
        }
        let AgentLeg { live, offer, within, .. } = self.legs[index].clone();
        self.call_back(0, &live, LiveEvent::LegEnded { offer });
        if within && !self.consulted.contains(&live) {
            self.after(100, Happening::HangUp(live)); // the conference ends with the agent
        }
    }

    /// A person is gone, and with them the conference.
    pub(super) fn hang_up(&mut self, live: &LiveId) {
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

impl State {
    /// The agent's leg follows the document into the conference; the person may be there, or come.
    pub(super) fn enter(&mut self, index: usize, live: &LiveCall) {
        match live.person {
            Person::Here { .. } => self.join(&leg_id(index)),
            // Waits for the person; whoever never comes ends it.
            Person::Ringing | Person::Machine | Person::Gone => {}
        }
    }
}
