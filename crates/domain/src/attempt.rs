//! One attempt: the life of a call, as a state machine over events that arrive late, twice and out of order.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::agents::queue::Meaning;
use crate::compliance::{Grounds, Verdict};
use crate::ids::AttemptRef;
use crate::outcome::Outcome;
use crate::phone::E164;
use crate::ports::{AnsweredBy, CallId, CallStatus, Refusal};
use crate::script::{CallScript, Digit, KeyMeaning, MergeFields, Step};

/// An attempt as it is stored.
///
/// It is written before the provider is asked to call, on condition that it does not exist. That one write is
/// what keeps anybody from being called twice for one attempt: whoever finds it there does not call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Which.
    pub id: AttemptRef,
    /// Whom.
    pub to: E164,
    /// From which number.
    pub from: E164,
    /// Where it stands.
    pub state: AttemptState,
    /// When the provider was asked.
    pub created_at: Timestamp,
    /// From when on the provider is asked what became of it, if nothing has been heard.
    pub check_after: Timestamp,
    /// The provider's id of the call, once one has been heard of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallId>,
    /// Answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// By whom or what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<AnsweredBy>,
    /// What the person wants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<Wish>,
    /// The script was heard to its last question or word.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub heard_to_end: bool,
    /// A message was being left on a machine.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub message_served: bool,
    /// What is said on answering went to the provider with the call: that somebody answers is not told to us.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub opening_sent: bool,
    /// How the provider says the call ended, and for how long it was connected, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub talk_seconds: Option<u32>,
    /// The recording, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<Recording>,
    /// When the person is put through to an agent, if at all: as the plan said when the call was placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agents: Option<AgentsWhen>,
    /// What became of the person at the agents' desk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desk: Option<DeskSays>,
    /// How an agent says that it went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposition: Option<Meaning>,
    /// A machine asked who was calling.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub screened: bool,
    /// Who took care of the lead that it found, if it found one and somebody has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handled: Option<Handled>,
    /// The rules that allowed it.
    pub allowed_by: Verdict,
    /// What that was derived from; absent in records from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grounds: Option<Grounds>,
}

/// A lead that has been taken care of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handled {
    /// By whom: a user's id.
    pub by: String,
    /// When they said so.
    pub at: Timestamp,
}

/// When a person is put through to an agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentsWhen {
    /// At once.
    #[default]
    Answer,
    /// When the key for interest is pressed.
    Interest,
}

/// What became of a person at the agents' desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeskSays {
    /// They spoke with an agent.
    Talked,
    /// Nobody was free for them.
    Abandoned,
}

/// Where an attempt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum AttemptState {
    /// The provider has been asked, or is about to be: a call may exist.
    Dialing,
    /// Somebody or something has answered.
    InCall,
    /// Over.
    Ended {
        /// How.
        outcome: Outcome,
        /// When.
        at: Timestamp,
    },
}

/// What a person has asked for by key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// More.
    Interest,
    /// No more, ever.
    OptOut,
}

/// A recording at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// The provider's id.
    pub id: String,
    /// Where its audio is fetched.
    pub url: String,
    /// Seconds.
    pub seconds: u32,
}

/// What has happened to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It was answered, and the provider asks what to do.
    Answered {
        /// Its id.
        call: CallId,
        /// By whom or what, if that is detected.
        by: Option<AnsweredBy>,
    },
    /// A key was pressed, or none in time; the provider asks what to do.
    Key {
        /// Its id.
        call: CallId,
        /// The key.
        key: Option<Digit>,
        /// In which round of asking.
        round: u8,
    },
    /// The provider says where it stands.
    Status {
        /// Its id.
        call: CallId,
        /// Where.
        status: CallStatus,
        /// Who or what answered, if it says so here too.
        by: Option<AnsweredBy>,
        /// Talk time, seconds.
        seconds: Option<u32>,
    },
    /// Detection has a verdict while the call goes on.
    Detected {
        /// Its id.
        call: CallId,
        /// The verdict.
        by: AnsweredBy,
    },
    /// The person wants no more calls, said elsewhere than in the script's menu.
    OptedOut {
        /// Its id.
        call: CallId,
    },
    /// An agent says how the call went.
    Disposed(Meaning),
    /// What became of the person at the agents' desk: told before the call's end is.
    Desk(DeskSays),
    /// What had been taken for a machine asks who calls.
    Screening,
    /// What had been taken for a machine spoke like a person, who hears the script from its beginning.
    Rescued {
        /// Its id.
        call: CallId,
    },
    /// A recording is ready.
    Recorded(Recording),
    /// The provider refused to place it.
    Refused(Refusal),
    /// The provider knows of no such call.
    Missing,
}

/// What must be done because of an event. Both are idempotent and done before the attempt is saved, so that a
/// crash repeats them rather than losing them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The number must not be contacted again.
    Suppress,
}

/// What an event led to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reaction {
    /// Whether the attempt must be saved.
    pub changed: bool,
    /// What must be done.
    pub effects: Vec<Effect>,
    /// What the provider is told to do with the call, if it asked.
    pub steps: Vec<Step>,
    /// The event belongs to a call that is not this attempt's: worth a look by a person.
    pub foreign: bool,
}

impl Attempt {
    /// As it is written before the provider is asked: nothing has been heard yet.
    #[must_use]
    pub fn new(id: AttemptRef, to: E164, from: E164, now: Timestamp, allowed_by: Verdict) -> Self {
        Self {
            id,
            to,
            from,
            state: AttemptState::Dialing,
            created_at: now,
            check_after: now,
            call: None,
            answered_at: None,
            answered_by: None,
            wish: None,
            heard_to_end: false,
            message_served: false,
            opening_sent: false,
            talk_seconds: None,
            recording: None,
            agents: None,
            desk: None,
            disposition: None,
            screened: false,
            handled: None,
            allowed_by,
            grounds: None,
        }
    }

    /// Forgets the person: what happened stays, to whom does not, nor what was said.
    pub fn erase(&mut self) {
        self.to = E164::erased();
        self.recording = None;
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn outcome(&self) -> Option<(Outcome, Timestamp)> {
        match self.state {
            AttemptState::Ended { outcome, at } => Some((outcome, at)),
            AttemptState::Dialing | AttemptState::InCall => None,
        }
    }

    /// Whether it found somebody who is interested.
    #[must_use]
    pub fn is_lead(&self) -> bool {
        matches!(self.state, AttemptState::Ended { outcome: Outcome::Interested, .. })
    }

    /// Whether a call may be going on.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.outcome().is_none()
    }

    /// Takes an event in. Any event may come in any state, any number of times.
    pub fn on(
        &mut self,
        event: &Event,
        now: Timestamp,
        script: &CallScript,
        fields: &MergeFields,
    ) -> Reaction {
        if let Some(call) = event.call() {
            match &self.call {
                Some(known) if known != call => {
                    return Reaction { foreign: true, steps: vec![Step::HangUp], ..Reaction::default() };
                }
                Some(_) | None => {}
            }
        }
        let before = self.clone();
        let mut reaction = Reaction::default();
        match event {
            Event::Answered { call, by } => {
                self.call = Some(call.clone());
                reaction.steps = self.answered(*by, now, script, fields);
            }
            Event::Key { call, key, round } => {
                self.call = Some(call.clone());
                reaction.steps = script.after_key(fields, *key, *round);
                self.key_pressed(*key, *round, now, script, &mut reaction);
            }
            Event::Status { call, status, by, seconds } => {
                if self.is_open() {
                    self.call = Some(call.clone());
                }
                self.status(*status, *by, *seconds, now);
            }
            Event::Detected { call, by } => {
                if self.is_open() {
                    self.call = Some(call.clone());
                    self.answered_by = Some(*by);
                    if by.is_machine() {
                        reaction.steps = self.answered(Some(*by), now, script, fields);
                    }
                }
            }
            Event::OptedOut { call } => {
                self.call = Some(call.clone());
                self.wish = Some(Wish::OptOut);
                reaction.effects.push(Effect::Suppress);
                self.think_again();
            }
            Event::Disposed(meaning) => {
                self.disposition = Some(*meaning);
                if *meaning == Meaning::DoNotCall {
                    self.wish = Some(Wish::OptOut);
                    reaction.effects.push(Effect::Suppress);
                }
                self.think_again();
            }
            Event::Desk(says) => {
                self.desk = Some(*says);
                self.think_again();
            }
            Event::Screening => self.screened = true,
            Event::Rescued { call } => {
                self.call = Some(call.clone());
                (self.answered_by, self.message_served) = (Some(AnsweredBy::Human), false);
                self.think_again();
            }
            // Of somebody who has been forgotten meanwhile nothing is kept.
            Event::Recorded(_) if self.to.is_erased() => {}
            Event::Recorded(recording) => self.recording = Some(recording.clone()),
            Event::Refused(reason) => {
                // No call exists, so nothing but this can have happened; a repeat finds it ended.
                if let AttemptState::Dialing = self.state {
                    self.state = AttemptState::Ended { outcome: refused(*reason), at: now };
                    if *reason == Refusal::OptedOut {
                        reaction.effects.push(Effect::Suppress);
                    }
                }
            }
            Event::Missing => {
                if self.is_open() && self.call.is_none() {
                    self.state = AttemptState::Ended { outcome: Outcome::NotPlaced, at: now };
                }
            }
        }
        reaction.changed = *self != before;
        reaction
    }

    fn answered(
        &mut self,
        by: Option<AnsweredBy>,
        now: Timestamp,
        script: &CallScript,
        fields: &MergeFields,
    ) -> Vec<Step> {
        let steps = match by {
            None | Some(AnsweredBy::Human | AnsweredBy::Unknown) => match self.agents {
                Some(AgentsWhen::Answer) => vec![Step::PutThrough],
                Some(AgentsWhen::Interest) | None => script.greet(fields),
            },
            Some(AnsweredBy::MachineBeep | AnsweredBy::MachineSilence | AnsweredBy::MachineOther) => {
                script.leave_message(fields)
            }
            // Still speaking its greeting: a message now would not be recorded.
            Some(AnsweredBy::MachineStart | AnsweredBy::Fax) => vec![Step::HangUp],
        };
        match self.state {
            AttemptState::Dialing | AttemptState::InCall => {
                self.state = AttemptState::InCall;
                self.answered_at.get_or_insert(now);
                self.answered_by = by.or(self.answered_by);
                self.message_served |= steps.len() > 1 && by.is_some_and(is_machine);
                steps
            }
            // The end overtook the answer: note who it was, let the call go.
            AttemptState::Ended { .. } => {
                self.answered_at.get_or_insert(now);
                self.answered_by = self.answered_by.or(by);
                vec![Step::HangUp]
            }
        }
    }

    fn key_pressed(
        &mut self,
        key: Option<Digit>,
        round: u8,
        now: Timestamp,
        script: &CallScript,
        reaction: &mut Reaction,
    ) {
        let meaning = script.menu.as_ref().map_or(KeyMeaning::Nothing, |menu| menu.meaning(key));
        self.answered_at.get_or_insert(now);
        self.heard_to_end |= meaning != KeyMeaning::Nothing || script.is_last_round(round);
        match meaning {
            KeyMeaning::OptOut => {
                self.wish = Some(Wish::OptOut);
                reaction.effects.push(Effect::Suppress);
            }
            // Who has opted out stays opted out, whichever callback comes last.
            KeyMeaning::Interest => {
                self.wish.get_or_insert(Wish::Interest);
                if self.agents == Some(AgentsWhen::Interest) && self.is_open() {
                    reaction.steps = vec![Step::PutThrough];
                }
            }
            KeyMeaning::Nothing => {}
        }
        match self.state {
            AttemptState::Dialing | AttemptState::InCall => self.state = AttemptState::InCall,
            AttemptState::Ended { outcome: Outcome::OptedOut, .. } => {}
            // The end overtook the key. What the person asked for still counts.
            AttemptState::Ended { at, .. } => {
                self.state = AttemptState::Ended { outcome: self.connected_outcome(), at };
            }
        }
    }

    /// What is learnt after the end may change what kind of end it was.
    fn think_again(&mut self) {
        match self.state {
            AttemptState::Dialing | AttemptState::InCall => {}
            AttemptState::Ended { outcome: Outcome::OptedOut, .. } => {}
            AttemptState::Ended { at, .. } => {
                self.state = AttemptState::Ended { outcome: self.connected_outcome(), at };
            }
        }
    }

    fn status(&mut self, status: CallStatus, by: Option<AnsweredBy>, seconds: Option<u32>, now: Timestamp) {
        let outcome = match status {
            CallStatus::Queued | CallStatus::Ringing => return,
            CallStatus::InProgress => {
                if let AttemptState::Dialing = self.state {
                    self.state = AttemptState::InCall;
                    self.answered_at.get_or_insert(now);
                }
                return;
            }
            CallStatus::Completed => {
                self.answered_by = self.answered_by.or(by);
                self.talk_seconds = self.talk_seconds.or(seconds);
                if self.opening_sent {
                    let talked = SignedDuration::from_secs(i64::from(self.talk_seconds.unwrap_or(0)));
                    self.answered_at.get_or_insert(now - talked);
                }
                self.connected_outcome()
            }
            CallStatus::Busy => Outcome::Busy,
            CallStatus::NoAnswer => Outcome::NoAnswer,
            CallStatus::Failed => Outcome::Failed,
            CallStatus::Canceled => Outcome::Canceled,
        };
        match self.state {
            AttemptState::Dialing | AttemptState::InCall => {
                self.state = AttemptState::Ended { outcome, at: now }
            }
            AttemptState::Ended { .. } => {}
        }
    }

    /// How a call that was connected ended, from what is known of it.
    fn connected_outcome(&self) -> Outcome {
        match (self.wish, self.answered_by) {
            (Some(Wish::OptOut), _) => Outcome::OptedOut,
            (_, _) if self.desk == Some(DeskSays::Talked) => match self.disposition {
                None | Some(Meaning::Done | Meaning::Callback) => Outcome::Talked,
                Some(Meaning::Interested) => Outcome::Interested,
                Some(Meaning::WrongNumber) => Outcome::WrongNumber,
                Some(Meaning::DoNotCall) => Outcome::OptedOut,
            },
            (_, _) if self.desk == Some(DeskSays::Abandoned) => Outcome::Abandoned,
            (Some(Wish::Interest), _) => Outcome::Interested,
            (None, Some(AnsweredBy::Fax)) => Outcome::Fax,
            (None, _) if self.screened => Outcome::Screened,
            (None, Some(by)) if is_machine(by) => {
                if self.message_served {
                    Outcome::VoicemailLeft
                } else {
                    Outcome::Machine
                }
            }
            (None, _) if self.heard_to_end => Outcome::Completed,
            // Nothing can have been heard if we were never asked what to say.
            (None, _) if self.answered_at.is_none() => Outcome::Failed,
            (None, Some(AnsweredBy::Unknown)) => Outcome::Unknown,
            (None, _) => Outcome::HungUp,
        }
    }
}

impl Event {
    /// The call that the event is about, if it names one.
    #[must_use]
    pub fn call(&self) -> Option<&CallId> {
        match self {
            Self::Answered { call, .. }
            | Self::Key { call, .. }
            | Self::Detected { call, .. }
            | Self::OptedOut { call }
            | Self::Rescued { call }
            | Self::Status { call, .. } => Some(call),
            Self::Disposed(_)
            | Self::Desk(_)
            | Self::Screening
            | Self::Recorded(_)
            | Self::Refused(_)
            | Self::Missing => None,
        }
    }
}

fn is_machine(by: AnsweredBy) -> bool {
    by.is_machine() && by != AnsweredBy::Fax
}

fn refused(reason: Refusal) -> Outcome {
    match reason {
        Refusal::InvalidNumber => Outcome::InvalidNumber,
        Refusal::OptedOut | Refusal::NotPermitted => Outcome::NotPermitted,
        Refusal::Other => Outcome::Failed,
    }
}

/// When to start asking about a call that may ring for so long: the ring, a greeting of a machine, and a minute
/// for the callback to be late.
#[must_use]
pub fn check_after(placed_at: Timestamp, ring_seconds: u16, grace: SignedDuration) -> Timestamp {
    placed_at + SignedDuration::from_secs(i64::from(ring_seconds)) + grace
}

#[cfg(test)]
#[path = "attempt_tests.rs"]
mod tests;
