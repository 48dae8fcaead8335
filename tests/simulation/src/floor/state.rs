//! What is going on: the timeline, the telephones of agents, and the people on the line.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use carillon_domain::agents::live::{GuestRole, Invited, LiveCall, LiveEvent, Person, Station};
use carillon_domain::agents::ports::{ConferenceId, Leg, Reach, RingLeg};
use carillon_domain::ids::{AgentId, LiveId};
use carillon_domain::ports::CallId;

use super::check::ONE_CALL;
use super::{AGENTS, FloorMutant, agent_named, queues};
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
    /// A person has waited long enough: they hang up unless they have met somebody.
    Impatient(LiveId),
    /// A guest picks up, or leaves.
    GuestLeg(usize, LegStep),
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
    /// The conference ends when they leave it.
    pub(super) ends: bool,
}

/// The leg of somebody outside who is called into a talk.
#[derive(Clone, Debug)]
pub(super) struct GuestLeg {
    pub(super) live: LiveId,
    pub(super) guest: u16,
    pub(super) over: bool,
    pub(super) within: bool,
    pub(super) ends: bool,
}

#[derive(Default)]
pub(super) struct PersonLeg {
    pub(super) over: bool,
    /// Has met an agent: from now on they stay until somebody ends it.
    pub(super) met: bool,
}

pub(super) struct State {
    pub(super) now: i64,
    pub(super) dice: Dice,
    pub(super) hostile: bool,
    pub(super) order: u64,
    pub(super) heap: BinaryHeap<Reverse<(i64, u64, usize)>>,
    pub(super) happenings: Vec<Option<Due>>,
    pub(super) legs: Vec<AgentLeg>,
    pub(super) guests: Vec<GuestLeg>,
    pub(super) people: BTreeMap<LiveId, PersonLeg>,
    /// Calls on which a colleague has been asked: two agents may be in their conference, and it ends with the person.
    pub(super) consulted: BTreeSet<LiveId>,
    /// Calls that have been handed over: whoever had them may not have been taken off the line.
    pub(super) passed_on: BTreeSet<LiveId>,
    /// How many colleagues were asked.
    pub(super) consults: u64,
    /// When planners are told that somebody may be free.
    pub(super) nudges: Vec<i64>,
    /// How many people were left to somebody outside.
    pub(super) handed_out: u64,
    /// How many were handed over.
    pub(super) handed_over: u64,
    /// When the last sweep began that did not die.
    pub(super) swept: i64,
    /// How many telephones the sweep hung up.
    pub(super) hung_up: u64,
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

pub(super) fn guest_index_of(call: &CallId) -> Option<usize> {
    call.0.strip_prefix("guest ")?.parse().ok()
}

pub(super) fn guest_id(index: usize) -> CallId {
    CallId(format!("guest {index}"))
}

pub(super) fn person_id(live: &LiveId) -> CallId {
    CallId(format!("person {live}"))
}

impl State {
    /// An agent's telephone rings.
    pub(super) fn ring(&mut self, leg: &RingLeg) -> CallId {
        let ring_ms = i64::from(leg.ring_seconds_max) * 1_000;
        let (offer, agent) = match (leg.leg, leg.agent.clone()) {
            (Leg::Agent { offer }, Some(agent)) => (offer, agent),
            (Leg::Guest { guest }, _) => return self.ring_guest(&leg.live, guest, ring_ms),
            (Leg::Agent { .. }, None) => return CallId("nobody".into()),
        };
        let index = self.legs.len();
        if self.legs.iter().any(|other| other.live == leg.live && other.offer == offer) {
            self.violate(ONE_CALL, format!("offer {offer} of {} rings twice", leg.live));
        }
        let (live, ends) = (leg.live.clone(), true);
        let busy = self.legs.iter().any(|other| other.agent == agent && other.within && !other.over);
        self.legs.push(AgentLeg { live, agent, offer, over: false, within: false, ends });
        if busy {
            // It is one telephone. A function that died before it could hang up leaves somebody on it whom the table
            // has let go.
            self.after(1_000, Happening::AgentLeg(index, LegStep::End));
            return leg_id(index);
        }
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

    fn ring_guest(&mut self, live: &LiveId, guest: u16, ring_ms: i64) -> CallId {
        let index = self.guests.len();
        if self.guests.iter().any(|other| other.live == *live && other.guest == guest) {
            self.violate(ONE_CALL, format!("guest {guest} of {live} is rung twice"));
        }
        self.guests.push(GuestLeg { live: live.clone(), guest, over: false, within: false, ends: false });
        if self.dice.chance(200_000) {
            self.after(ring_ms, Happening::GuestLeg(index, LegStep::End));
        } else {
            let rings = self.dice.between(800, 8_000);
            self.after(rings, Happening::GuestLeg(index, LegStep::PickUp));
        }
        guest_id(index)
    }

    /// The leg enters the conference: whoever is there twice has been promised to two people.
    pub(super) fn join(&mut self, call: &CallId) {
        let Some(index) = index_of(call) else { return };
        if self.legs[index].over || self.people.get(&self.legs[index].live).is_none_or(|it| it.over) {
            return;
        }
        self.legs[index].within = true;
        self.meet(&self.legs[index].live.clone());
        let (agent, live) = (self.legs[index].agent.clone(), self.legs[index].live.clone());
        let alone = !self.consulted.contains(&live) && !self.passed_on.contains(&live);
        let other = self.legs.iter().enumerate().find(|(at, leg)| {
            let clashes = match (leg.agent == agent, leg.live == live) {
                (true, same) => !same,
                (false, same) => same && alone,
            };
            *at != index && leg.within && !leg.over && clashes
        });
        if let Some((_, other)) = other {
            let what = format!("{agent} talks on {live}, and {} on {}", other.agent, other.live);
            self.violate(ONE_CALL, what);
        }
        let offer = self.legs[index].offer;
        if alone && self.dice.chance(250_000) {
            self.consult(&live, &agent, offer);
        } else if self.dice.chance(300_000) {
            self.invite(&live, offer);
        } else if self.dice.chance(350_000) {
            self.hand_over(&live, offer);
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

    /// The agent will send the person to a queue, for anybody or for a colleague.
    fn hand_over(&mut self, live: &LiveId, offer: u16) {
        let to = Station::from(self.dice.pick(&queues()));
        let wanted = self.dice.chance(400_000).then(|| agent_named(self.dice.pick(&[0, 1, 2])));
        let to = if wanted.is_some() { to.for_somebody() } else { to };
        let asked = self.dice.between(1_000, 12_000);
        self.passed_on.insert(live.clone());
        self.handed_over += 1;
        let event = LiveEvent::HandOver { offer, to, wanted };
        self.after(asked, Happening::Callback(live.clone(), event));
    }

    /// The person leaves the conference, which ends with them, and enters it anew to wait.
    pub(super) fn wait_again(&mut self, live: &LiveId) {
        let Some(person) = self.people.get_mut(live).filter(|person| !person.over) else { return };
        person.met = false;
        for index in 0..self.legs.len() {
            if self.legs[index].within && self.legs[index].live == *live {
                self.legs[index].ends = false;
                self.end_leg(index);
            }
        }
        for index in 0..self.guests.len() {
            if self.guests[index].within && self.guests[index].live == *live {
                self.guests[index].ends = false;
                self.end_guest(index);
            }
        }
        let patience = self.dice.between(500, 120_000);
        self.after(patience, Happening::Impatient(live.clone()));
        self.after(200, Happening::Tick(live.clone()));
    }

    /// The conference begins with whoever comes to the person.
    fn meet(&mut self, live: &LiveId) {
        let Some(person) = self.people.get_mut(live) else { return };
        if !std::mem::replace(&mut person.met, true) {
            self.call_back(0, live, LiveEvent::Conference(ConferenceId(live.to_string())));
        }
    }

    /// The agent will call somebody outside into the talk, and then leave the person to them, or not.
    fn invite(&mut self, live: &LiveId, offer: u16) {
        let number = "+12025550101".parse().expect("a number");
        let invited = Invited { reach: Reach::Phone { number }, agent: None, role: GuestRole::Party };
        let asked = self.dice.between(1_000, 8_000);
        self.after(asked, Happening::Callback(live.clone(), LiveEvent::Invite(invited)));
        if self.dice.chance(600_000) {
            let then = asked + self.dice.between(3_000, 25_000);
            self.after(then, Happening::Callback(live.clone(), LiveEvent::HandOut { offer }));
        }
    }

    pub(super) fn end_leg(&mut self, index: usize) {
        if std::mem::replace(&mut self.legs[index].over, true) {
            return;
        }
        let AgentLeg { live, offer, within, ends, .. } = self.legs[index].clone();
        self.call_back(0, &live, LiveEvent::LegEnded { offer });
        self.left(&live, within, ends);
    }

    /// Somebody on our side has left the conference, which may end with them.
    fn left(&mut self, live: &LiveId, within: bool, ends: bool) {
        if within && ends && self.mutant != Some(FloorMutant::ExitsIgnored) {
            self.after(100, Happening::HangUp(live.clone()));
        }
    }

    /// The guest enters the conference, and stays for a while.
    pub(super) fn guest_enters(&mut self, index: usize) {
        if self.guests[index].over || self.people.get(&self.guests[index].live).is_none_or(|it| it.over) {
            return self.end_guest(index);
        }
        self.guests[index].within = true;
        let stays = self.dice.between(4_000, 90_000);
        self.after(stays, Happening::GuestLeg(index, LegStep::End));
    }

    pub(super) fn end_guest(&mut self, index: usize) {
        if std::mem::replace(&mut self.guests[index].over, true) {
            return;
        }
        let GuestLeg { live, guest, within, ends, .. } = self.guests[index].clone();
        self.call_back(0, &live, LiveEvent::GuestGone { guest });
        self.left(&live, within, ends);
    }

    /// Whether a person is in a conference with nobody: whom they came to talk with has left.
    pub(super) fn is_alone(&self, live: &LiveId) -> bool {
        let with_agent = self.legs.iter().any(|leg| leg.live == *live && leg.within && !leg.over);
        let with_guest = self.guests.iter().any(|leg| leg.live == *live && leg.within && !leg.over);
        !with_agent && !with_guest
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
        let guests = 0..self.guests.len();
        let guests: Vec<usize> =
            guests.filter(|at| self.guests[*at].within && self.guests[*at].live == *live).collect();
        for index in guests {
            self.end_guest(index);
        }
    }
}

impl State {
    /// The agent's leg follows the document into the conference; the person may be there, or come.
    pub(super) fn enter(&mut self, index: usize, live: &LiveCall) {
        match live.person {
            Person::Here { .. } => {
                // A colleague who is asked may leave again: the conference goes on.
                let offer = self.legs[index].offer;
                self.legs[index].ends = live.consults().is_none_or(|(consult, _)| consult.offer != offer);
                self.join(&leg_id(index));
            }
            // Waits for the person; whoever never comes ends it.
            Person::Ringing | Person::Machine | Person::Gone => {}
        }
    }
}
