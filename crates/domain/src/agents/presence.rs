//! Where an agent stands. Every event has an answer in every state; what belongs to another call or offer is ignored.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::agents::agent::{Agent, Groups, Skills, works_at};
use crate::agents::ports::Reach;
use crate::ids::{AgentId, LiveId, QueueId};
use crate::ports::CallId;
use crate::window::WeekWindow;

/// So many offers in a row without an answer, and the agent is taken to have gone away.
pub const MISSED_MAX: u8 = 3;

/// Whoever has been let go is off the line within a moment. One who is not after this long has been forgotten there.
pub const OFF_THE_LINE_WITHIN: SignedDuration = SignedDuration::from_secs(15);

/// An agent's presence as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// Whose.
    pub agent: AgentId,
    /// What they serve, copied from the profile so that one read tells who may take a call.
    pub serves: Serves,
    /// Where they stand. Ask [`Presence::settled`] where they stand *now*.
    pub state: AgentState,
    /// Since when.
    pub since: Timestamp,
    /// What comes after the call that they have.
    #[serde(default)]
    pub then: Then,
    /// Offers in a row that were not answered.
    #[serde(default)]
    pub missed: u8,
    /// The leg that they picked up last, until it is known to be over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<Line>,
}

/// A leg on which an agent is, or was a moment ago.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// For which call, by which offer.
    pub hold: Hold,
    /// The leg.
    pub leg: CallId,
    /// Since when that call holds them no more, and the leg is to be over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub let_go: Option<Timestamp>,
}

/// What an agent serves, and where they are reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Serves {
    /// Which queues.
    pub queues: BTreeSet<QueueId>,
    /// What they can do.
    pub skills: Skills,
    /// Which teams they are in.
    #[serde(default, skip_serializing_if = "Groups::is_empty")]
    pub groups: Groups,
    /// Where they are reached.
    pub reach: Reach,
    /// When they work; always, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<WeekWindow>,
    /// The timezone of their hours.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub timezone: String,
}

impl Serves {
    /// What a profile says.
    #[must_use]
    pub fn of(agent: &Agent) -> Self {
        let profile = agent.profile.clone();
        Self {
            queues: profile.queues,
            skills: profile.skills,
            groups: profile.groups,
            reach: profile.reach,
            timezone: if profile.hours.is_some() { profile.timezone } else { String::new() },
            hours: profile.hours,
        }
    }

    /// Whether they work at an instant: whoever forgot to sign out gets no calls at night.
    #[must_use]
    pub fn works_at(&self, at: Timestamp) -> bool {
        works_at(self.hours.as_ref(), &self.timezone, at)
    }
}

/// The call and the offer that hold an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Which call.
    pub call: LiveId,
    /// Which of its offers.
    pub offer: u16,
}

/// Where an agent stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum AgentState {
    /// Not signed in.
    Offline,
    /// Signed in, and takes no calls.
    Break {
        /// Why.
        reason: BreakReason,
    },
    /// Takes the next call.
    Available,
    /// Held for a call that may need them.
    Reserved {
        /// Which.
        hold: Hold,
        /// When the hold is over by itself.
        until: Timestamp,
    },
    /// Their telephone rings, or they hear who it is.
    Ringing {
        /// Which.
        hold: Hold,
        /// When the hold is over by itself.
        until: Timestamp,
    },
    /// Talks.
    OnCall {
        /// Which.
        hold: Hold,
    },
    /// Writes down what was said.
    WrapUp {
        /// Which call it was.
        hold: Hold,
        /// When it ends by itself.
        until: Timestamp,
    },
}

/// Why an agent takes no calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakReason {
    /// A pause.
    Pause,
    /// A meal.
    Meal,
    /// A meeting.
    Meeting,
    /// Training.
    Training,
    /// Other work.
    Work,
    /// Missed so many offers in a row that they seem to have gone away. Nobody chooses this.
    Missed,
}

/// What comes after a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Then {
    /// The next one.
    #[default]
    Ready,
    /// A break.
    Break {
        /// Why.
        reason: BreakReason,
    },
    /// Home.
    Offline,
}

/// What happens to an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentEvent {
    /// Signs in, or says anew what they serve.
    SignIn(Serves),
    /// Signs out; after the call, if there is one.
    SignOut,
    /// Takes no calls; after the call, if there is one.
    Pause(BreakReason),
    /// Takes calls again.
    Ready,
    /// Is held for a call.
    Reserve {
        /// Which.
        hold: Hold,
        /// Until when.
        until: Timestamp,
    },
    /// Their leg is rung, answered or waits for the person.
    Ring {
        /// For which call.
        hold: Hold,
        /// Until when.
        until: Timestamp,
    },
    /// Has picked up.
    PickedUp {
        /// For which call.
        hold: Hold,
        /// The leg.
        leg: CallId,
    },
    /// Their leg of this offer is over.
    HungUp(Hold),
    /// Talks with the person.
    Connect(Hold),
    /// Is held no more: there was no talk.
    Release {
        /// By which call.
        hold: Hold,
        /// Why.
        why: Released,
    },
    /// The talk is over.
    Finish {
        /// Of which call.
        hold: Hold,
        /// Until when they may write it down.
        wrap_up_until: Timestamp,
    },
}

/// Why an agent is held no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Released {
    /// They did not answer.
    Missed,
    /// They said no.
    Declined,
    /// The call needs them no more.
    Unneeded,
}

/// The event does not fit: they are not free, or not signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an agent who is {state} cannot {what}")]
pub struct NotPossible {
    /// Where they stand.
    pub state: &'static str,
    /// What was asked.
    pub what: &'static str,
}

impl AgentState {
    /// Its name in the API.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Break { .. } => "on a break",
            Self::Available => "available",
            Self::Reserved { .. } => "reserved",
            Self::Ringing { .. } => "ringing",
            Self::OnCall { .. } => "on a call",
            Self::WrapUp { .. } => "wrapping up",
        }
    }

    /// The call that holds the agent: no other may.
    #[must_use]
    pub fn hold(&self) -> Option<&Hold> {
        match self {
            Self::Reserved { hold, .. } | Self::Ringing { hold, .. } | Self::OnCall { hold } => Some(hold),
            Self::Offline | Self::Break { .. } | Self::Available | Self::WrapUp { .. } => None,
        }
    }

    /// The call held without a talk, and until when.
    #[must_use]
    pub fn lease(&self) -> Option<(&Hold, Timestamp)> {
        match self {
            Self::Reserved { hold, until } | Self::Ringing { hold, until } => Some((hold, *until)),
            Self::Offline
            | Self::Break { .. }
            | Self::Available
            | Self::OnCall { .. }
            | Self::WrapUp { .. } => None,
        }
    }
}

impl Presence {
    /// Somebody who has never signed in.
    #[must_use]
    pub fn absent(agent: AgentId, serves: Serves, now: Timestamp) -> Self {
        Self {
            agent,
            serves,
            state: AgentState::Offline,
            since: now,
            then: Then::Ready,
            missed: 0,
            line: None,
        }
    }

    /// Where the agent stands at an instant: a wrap-up ends by itself.
    #[must_use]
    pub fn settled(&self, now: Timestamp) -> Self {
        match self.state {
            AgentState::WrapUp { until, .. } if until <= now => {
                let mut settled = self.clone();
                settled.go_on(until);
                settled
            }
            AgentState::Offline
            | AgentState::Break { .. }
            | AgentState::Available
            | AgentState::Reserved { .. }
            | AgentState::Ringing { .. }
            | AgentState::OnCall { .. }
            | AgentState::WrapUp { .. } => self.clone(),
        }
    }

    /// Whether the next call may go there: they are waiting for it, and within their hours.
    #[must_use]
    pub fn is_available(&self, now: Timestamp) -> bool {
        self.settled(now).state == AgentState::Available && self.serves.works_at(now)
    }

    /// Takes an event in. Returns whether anything changed.
    ///
    /// # Errors
    /// [`NotPossible`] where somebody asks for what the state does not allow. What the engine reports late, twice or
    /// of another call is no error and changes nothing.
    pub fn on(&mut self, event: &AgentEvent, now: Timestamp) -> Result<bool, NotPossible> {
        let before = self.clone();
        *self = self.settled(now);
        match event {
            AgentEvent::SignIn(serves) => {
                self.serves = serves.clone();
                self.then = Then::Ready;
                if self.state == AgentState::Offline {
                    self.missed = 0;
                    self.enter(AgentState::Available, now);
                }
            }
            AgentEvent::SignOut => self.wish(Then::Offline, now),
            AgentEvent::Pause(reason) => {
                if self.state == AgentState::Offline {
                    return Err(self.cannot("take a break"));
                }
                self.wish(Then::Break { reason: *reason }, now);
            }
            AgentEvent::Ready => match self.state {
                AgentState::Offline => return Err(self.cannot("take calls before signing in")),
                AgentState::Available => {}
                AgentState::Break { .. }
                | AgentState::WrapUp { .. }
                | AgentState::Reserved { .. }
                | AgentState::Ringing { .. }
                | AgentState::OnCall { .. } => {
                    self.missed = 0;
                    self.wish(Then::Ready, now);
                }
            },
            AgentEvent::Reserve { hold, until } => {
                if self.state != AgentState::Available {
                    return Err(self.cannot("be held for a call"));
                }
                self.enter(AgentState::Reserved { hold: hold.clone(), until: *until }, now);
            }
            AgentEvent::Ring { hold, until } => {
                if self.is_leased_to(hold) {
                    self.enter(AgentState::Ringing { hold: hold.clone(), until: *until }, now);
                }
            }
            AgentEvent::PickedUp { hold, leg } => {
                if self.state.hold() == Some(hold) {
                    self.line = Some(Line { hold: hold.clone(), leg: leg.clone(), let_go: None });
                }
            }
            AgentEvent::HungUp(hold) => self.line = self.line.take().filter(|line| line.hold != *hold),
            AgentEvent::Connect(hold) => {
                if self.is_leased_to(hold) {
                    self.missed = 0;
                    self.enter(AgentState::OnCall { hold: hold.clone() }, now);
                }
            }
            AgentEvent::Release { hold, why } => {
                if self.is_leased_to(hold) {
                    self.released(*why, now);
                }
            }
            AgentEvent::Finish { hold, wrap_up_until } => {
                if self.state == (AgentState::OnCall { hold: hold.clone() }) {
                    self.enter(AgentState::WrapUp { hold: hold.clone(), until: *wrap_up_until }, now);
                    *self = self.settled(now);
                }
            }
        }
        if let Some(line) = &mut self.line
            && self.state.hold() != Some(&line.hold)
        {
            line.let_go.get_or_insert(now);
        }
        Ok(*self != before)
    }

    /// The leg on which they should be no more, and for all that is known still are.
    #[must_use]
    pub fn forgotten_line(&self, now: Timestamp) -> Option<&Line> {
        self.line.as_ref().filter(|line| line.let_go.is_some_and(|at| at + OFF_THE_LINE_WITHIN <= now))
    }

    fn is_leased_to(&self, hold: &Hold) -> bool {
        self.state.lease().is_some_and(|(leased, _)| leased == hold)
    }

    fn released(&mut self, why: Released, now: Timestamp) {
        match why {
            Released::Missed => self.missed = self.missed.saturating_add(1),
            Released::Declined => self.missed = 0,
            Released::Unneeded => {}
        }
        if self.missed >= MISSED_MAX && self.then == Then::Ready {
            self.then = Then::Break { reason: BreakReason::Missed };
        }
        self.go_on(now);
    }

    /// At once, if no call is in the way; after it otherwise.
    fn wish(&mut self, then: Then, now: Timestamp) {
        self.then = then;
        if self.state.hold().is_none() {
            self.go_on(now);
        }
    }

    /// What comes after a call, comes.
    fn go_on(&mut self, at: Timestamp) {
        let next = match std::mem::take(&mut self.then) {
            Then::Ready => AgentState::Available,
            Then::Break { reason } => AgentState::Break { reason },
            Then::Offline => AgentState::Offline,
        };
        if next != self.state {
            self.enter(next, at);
        }
    }

    fn enter(&mut self, state: AgentState, at: Timestamp) {
        // One stay, however long its lease grows.
        if self.state.name() != state.name() {
            self.since = at;
        }
        self.state = state;
    }

    fn cannot(&self, what: &'static str) -> NotPossible {
        NotPossible { state: self.state.name(), what }
    }
}

#[cfg(test)]
#[path = "presence_tests.rs"]
mod tests;
