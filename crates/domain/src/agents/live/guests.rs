//! Who joins a talk: a colleague who is asked before the person is handed over to them, somebody outside, a supervisor.
//!
//! A colleague who is asked is held like any agent who is offered a call, by an offer of the same call, so that nobody
//! else gets them meanwhile. Somebody outside and a supervisor hold nobody: they are guests.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Desk, Effect, Ending, LEASE_MARGIN, LiveCall, Person, Reaction, Talk, seconds};
use crate::agents::ports::{ParticipantChange, Reach};
use crate::agents::presence::{AgentEvent, Hold, Released};
use crate::ids::AgentId;
use crate::ports::CallId;

/// A colleague who is asked, while the person is on hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consult {
    /// Who.
    pub agent: AgentId,
    /// By which offer of the call.
    pub offer: u16,
    /// When it is over by itself, unless they have picked up.
    pub until: Timestamp,
    /// Their leg, once one has been heard of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg: Option<CallId>,
    /// They have picked up, and talk.
    #[serde(default)]
    pub joined: bool,
}

/// Somebody who joins a talk and is held by nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    /// From 1.
    pub number: u16,
    /// Who, and as what.
    pub invited: Invited,
    /// Their leg, once one has been heard of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg: Option<CallId>,
    /// Where they stand.
    pub state: GuestState,
}

/// Who is to join, and as what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// Where they are reached.
    pub reach: Reach,
    /// Who, for a browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentId>,
    /// As what.
    pub role: GuestRole,
}

/// As what somebody joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuestRole {
    /// Talks with everybody.
    Party,
    /// A supervisor whom nobody hears.
    Listener,
    /// A supervisor whom the agent alone hears.
    Whisperer,
    /// A supervisor whom everybody hears.
    Barger,
}

/// Where a guest stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuestState {
    /// Their telephone rings.
    Ringing,
    /// In the conference.
    Joined,
    /// Has left, or never came.
    Gone,
}

/// So many guests has a call at most: each is a telephone call that somebody pays for.
pub const GUESTS_MAX: usize = 20;

impl LiveCall {
    /// The colleague who is asked, and the hold on them.
    #[must_use]
    pub fn consults(&self) -> Option<(&Consult, Hold)> {
        let Desk::Talking(talk) = &self.desk else { return None };
        let consult = talk.consult.as_ref()?;
        Some((consult, Hold { call: self.id.clone(), offer: consult.offer }))
    }

    /// How this call holds an agent, if it does.
    #[must_use]
    pub fn hold_of(&self, agent: &AgentId) -> Option<Hold> {
        let first = self.holds().filter(|(held, _)| *held == agent).map(|(_, hold)| hold);
        first.or_else(|| self.consults().filter(|(it, _)| it.agent == *agent).map(|(_, hold)| hold))
    }

    /// A guest by number.
    #[must_use]
    pub fn guest(&self, number: u16) -> Option<&Guest> {
        self.guests.iter().find(|guest| guest.number == number)
    }

    fn change(&self, leg: Option<&CallId>, change: ParticipantChange, reaction: &mut Reaction) {
        reaction.effects.extend(leg.map(|leg| Effect::Change(leg.clone(), change)));
    }

    fn hold_person(&mut self, on: bool, reaction: &mut Reaction) {
        if let Desk::Talking(talk) = &mut self.desk {
            talk.held = on;
        }
        let change = ParticipantChange { hold: Some(on), ..ParticipantChange::default() };
        self.change(self.person_leg.as_ref(), change, reaction);
    }

    /// Whether the conference ends when somebody leaves it. It does with the last on our side, even if no callback tells
    /// us that they have: nobody stays in it alone.
    fn ends_with(&self, leg: Option<&CallId>, on: bool, reaction: &mut Reaction) {
        let change = ParticipantChange { end_on_exit: Some(on), ..ParticipantChange::default() };
        self.change(leg, change, reaction);
    }

    /// A colleague is asked: the person is put on hold, and the colleague's telephone rings.
    pub(super) fn consult(
        &mut self,
        offer: u16,
        colleague: &AgentId,
        now: Timestamp,
        reaction: &mut Reaction,
    ) {
        let call = self.id.clone();
        let (number, until) = (self.offers + 1, now + seconds(self.handling.offer_seconds) + LEASE_MARGIN);
        match &mut self.desk {
            Desk::Talking(talk)
                if talk.offer == offer && talk.consult.is_none() && talk.agent != *colleague =>
            {
                let agent = colleague.clone();
                talk.consult = Some(Consult { agent, offer: number, until, leg: None, joined: false });
            }
            Desk::Talking(_) | Desk::Nobody | Desk::Offered(_) | Desk::Over { .. } => {
                reaction.stale = true;
                return;
            }
        }
        self.offers = number;
        let hold = Hold { call, offer: number };
        reaction.agents.push((colleague.clone(), AgentEvent::Reserve { hold: hold.clone(), until }));
        reaction.agents.push((colleague.clone(), AgentEvent::Ring { hold, until }));
        self.hold_person(true, reaction);
        reaction.effects.push(Effect::Ring);
    }

    /// Whether the offer is that of the colleague who is asked.
    pub(super) fn is_consult(&self, offer: u16) -> bool {
        self.consults().is_some_and(|(consult, _)| consult.offer == offer)
    }

    /// The colleague has picked up: from now on the agent may leave, and the conference goes on.
    pub(super) fn consult_answered(&mut self, leg: &CallId, reaction: &mut Reaction) {
        let Desk::Talking(Talk { consult: Some(consult), leg: asks, .. }) = &mut self.desk else { return };
        consult.leg.get_or_insert_with(|| leg.clone());
        if !std::mem::replace(&mut consult.joined, true) {
            let (agent, offer, asks) = (consult.agent.clone(), consult.offer, asks.clone());
            let hold = Hold { call: self.id.clone(), offer };
            let picked_up = AgentEvent::PickedUp { hold: hold.clone(), leg: leg.clone() };
            reaction.agents.push((agent.clone(), picked_up));
            reaction.agents.push((agent, AgentEvent::Connect(hold)));
            self.ends_with(asks.as_ref(), false, reaction);
        }
    }

    /// The colleague is asked no more. Whether the person comes back from hold is the caller's to say.
    pub(super) fn consult_ends(&mut self, why: Released, now: Timestamp, reaction: &mut Reaction) {
        let Desk::Talking(Talk { consult, .. }) = &mut self.desk else { return };
        let Some(Consult { agent, offer, leg, joined, .. }) = consult.take() else { return };
        let hold = Hold { call: self.id.clone(), offer };
        reaction.agents.push((
            agent.clone(),
            match joined {
                true => AgentEvent::Finish { hold, wrap_up_until: now },
                false => AgentEvent::Release { hold, why },
            },
        ));
        reaction.effects.push(Effect::Freed(agent));
        reaction.effects.extend(leg.map(Effect::HangUp));
    }

    /// The asked colleague does not come, says no, or has left: agent and person talk on.
    pub(super) fn back_from_consult(&mut self, why: Released, now: Timestamp, reaction: &mut Reaction) {
        self.consult_ends(why, now, reaction);
        if let Desk::Talking(Talk { leg, .. }) = &self.desk {
            self.ends_with(leg.as_ref(), true, reaction);
        }
        self.hold_person(false, reaction);
    }

    /// The colleague takes the person over from the agent, who is done.
    pub(super) fn complete(&mut self, offer: u16, now: Timestamp, reaction: &mut Reaction) {
        let Desk::Talking(talk) = &self.desk else {
            reaction.stale = true;
            return;
        };
        let consult = talk.consult.clone().filter(|consult| consult.joined && talk.offer == offer);
        let Some(Consult { agent, offer: number, leg, .. }) = consult else {
            reaction.stale = true;
            return;
        };
        let before = talk.leg.clone();
        self.talk_ends(offer, now, reaction);
        self.agent = Some(agent.clone());
        self.desk = Desk::Talking(Talk::begun(agent, number, leg, now));
        if let Desk::Talking(Talk { leg, .. }) = &self.desk {
            self.ends_with(leg.as_ref(), true, reaction);
        }
        self.hold_person(false, reaction);
        reaction.effects.extend(before.map(Effect::HangUp));
    }

    /// Somebody is asked to join.
    pub(super) fn invite(&mut self, invited: &Invited, reaction: &mut Reaction) {
        let talking = matches!(self.desk, Desk::Talking(_));
        if !talking || self.guests.len() >= GUESTS_MAX {
            reaction.stale = true;
            return;
        }
        let number = u16::try_from(self.guests.len()).unwrap_or(u16::MAX - 1) + 1;
        let state = GuestState::Ringing;
        self.guests.push(Guest { number, invited: invited.clone(), leg: None, state });
        reaction.effects.push(Effect::RingGuest(number));
    }

    /// The guest's leg exists, or has been answered.
    pub(super) fn guest_heard_of(
        &mut self,
        number: u16,
        leg: &CallId,
        answered: bool,
        reaction: &mut Reaction,
    ) {
        let over = !matches!(self.desk, Desk::Talking(_));
        let guest = self.guests.iter_mut().find(|guest| guest.number == number);
        let Some(guest) = guest.filter(|guest| guest.state != GuestState::Gone && !over) else {
            reaction.stale = true;
            reaction.effects.push(Effect::HangUp(leg.clone()));
            return;
        };
        guest.leg.get_or_insert_with(|| leg.clone());
        if answered {
            guest.state = GuestState::Joined;
        }
    }

    /// The guest has left, or never came.
    pub(super) fn guest_gone(&mut self, number: u16, reaction: &mut Reaction) {
        let Some(guest) = self.guests.iter_mut().find(|guest| guest.number == number) else {
            reaction.stale = true;
            return;
        };
        if std::mem::replace(&mut guest.state, GuestState::Gone) == GuestState::Gone {
            return;
        }
        reaction.effects.extend(guest.leg.clone().map(Effect::HangUp));
        // Whom nobody talks with any more does not stay alone in the conference.
        if self.desk == (Desk::Over { how: Ending::Outside }) && !self.has_company() {
            reaction.effects.extend(self.person_leg.clone().map(Effect::HangUp));
        }
    }

    fn has_company(&self) -> bool {
        self.company().next().is_some()
    }

    /// Guests with whom the person can talk.
    fn company(&self) -> impl Iterator<Item = &Guest> {
        let talks = |guest: &&Guest| {
            guest.state == GuestState::Joined
                && match guest.invited.role {
                    GuestRole::Party | GuestRole::Barger => true,
                    GuestRole::Listener | GuestRole::Whisperer => false,
                }
        };
        self.guests.iter().filter(talks)
    }

    /// The agent leaves the person to whoever has joined.
    pub(super) fn hand_out(&mut self, offer: u16, now: Timestamp, reaction: &mut Reaction) {
        let Desk::Talking(talk) = &self.desk else {
            reaction.stale = true;
            return;
        };
        if talk.offer != offer || !self.has_company() {
            reaction.stale = true;
            return;
        }
        let leg = talk.leg.clone();
        self.consult_ends(Released::Unneeded, now, reaction);
        self.talk_ends(offer, now, reaction);
        (self.desk, self.ended_at) = (Desk::Over { how: Ending::Outside }, Some(now));
        self.leave_to_company(leg.as_ref(), reaction);
        self.hold_person(false, reaction);
        reaction.effects.extend(leg.map(Effect::HangUp));
    }

    /// In this order: whatever is lost on the way, somebody's leaving ends it.
    fn leave_to_company(&self, leg: Option<&CallId>, reaction: &mut Reaction) {
        let company: Vec<&Guest> = self.company().collect();
        if let [guest] = company.as_slice() {
            self.ends_with(guest.leg.as_ref(), true, reaction);
        }
        self.ends_with(leg, false, reaction);
    }

    /// What is left to be done about an agent whom this call has let go, and who is on the line all the same: whoever let
    /// them go died before all of it was done. What had been done does no harm done again.
    #[must_use]
    pub fn let_go(&self, leg: &CallId) -> Vec<Effect> {
        let mut reaction = Reaction::default();
        let held = |on| ParticipantChange { hold: Some(on), ..ParticipantChange::default() };
        match (&self.person, &self.desk) {
            // Somebody else talks with the person, and goes on doing so.
            (Person::Here { .. }, Desk::Talking(talk)) => {
                let asks = talk.consult.as_ref().is_some_and(|consult| consult.joined);
                self.ends_with(talk.leg.as_ref(), !asks, &mut reaction);
                self.ends_with(Some(leg), false, &mut reaction);
                self.change(self.person_leg.as_ref(), held(talk.held), &mut reaction);
            }
            (Person::Here { .. }, Desk::Over { how: Ending::Outside }) => {
                self.leave_to_company(Some(leg), &mut reaction);
                self.change(self.person_leg.as_ref(), held(false), &mut reaction);
            }
            // The person is to wait for somebody else, and may be talking on with this one.
            (Person::Here { .. }, Desk::Nobody | Desk::Offered(_)) => {
                reaction.effects.extend(self.person_leg.clone().map(Effect::WaitAgain));
            }
            (Person::Here { .. }, Desk::Over { .. })
            | (Person::Ringing | Person::Machine | Person::Gone, _) => {}
        }
        reaction.effects.push(Effect::HangUp(leg.clone()));
        reaction.effects
    }

    /// Nobody listens in on a call that is over.
    pub(super) fn guests_leave(&mut self, reaction: &mut Reaction) {
        for guest in self.guests.iter_mut().filter(|guest| guest.state != GuestState::Gone) {
            guest.state = GuestState::Gone;
            reaction.effects.extend(guest.leg.clone().map(Effect::HangUp));
        }
    }
}
