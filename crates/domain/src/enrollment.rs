//! A contact in a campaign: where it stands and when it is next due.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::contact::{ConsentGiven, Source};
use crate::ids::{AgentId, AttemptRef, EnrollmentRef};
use crate::outcome::{EndReason, Outcome};
use crate::phone::{E164, Place};
use crate::retry::RetryPolicy;

/// An enrollment. It carries what planning needs of the contact, so that a wave is planned from the enrollments
/// alone; the contact's own record has the last word when the call is placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrollment {
    /// Which.
    pub id: EnrollmentRef,
    /// Where it stands.
    pub state: EnrollmentState,
    /// The partition of the due index that it lies in: [`crate::campaign::Campaign::shard_of`].
    pub shard: u8,
    /// 0 is called first, 9 last.
    pub priority: u8,
    /// The contact's number.
    pub to: E164,
    /// Where the number belongs.
    pub place: Place,
    /// The contact's possible zones.
    pub zones: Vec<String>,
    /// What the contact has agreed to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<ConsentGiven>,
    /// Every finished attempt, oldest first.
    #[serde(default)]
    pub history: Vec<Tried>,
    /// A call that an agent has promised, until the attempt in which they did has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised: Option<Promise>,
    /// The agent who asked for the call: it is offered to them first, if agents take the campaign's calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_agent: Option<AgentId>,
    /// Where it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Whether it had been withdrawn with the file that brought it first: its place in the campaign's roster is from then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub returned: bool,
    /// Why it was last put off or ended without an attempt: the verdict, for `explain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_verdict: Option<crate::compliance::Verdict>,
}

/// Another call, promised by an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// In which attempt.
    pub attempt: u16,
    /// For when.
    pub due: Timestamp,
}

/// One finished attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// How it ended.
    pub outcome: Outcome,
    /// When.
    pub at: Timestamp,
}

/// Where an enrollment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum EnrollmentState {
    /// To be tried at a time. While an attempt is in flight this stays as it was: the open attempt tells.
    Waiting {
        /// Not before.
        due: Timestamp,
    },
    /// Over.
    Ended {
        /// Why.
        reason: EndReason,
        /// When.
        at: Timestamp,
    },
}

impl Enrollment {
    /// When it is next due, unless it has ended.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        match self.state {
            EnrollmentState::Waiting { due } => Some(due),
            EnrollmentState::Ended { .. } => None,
        }
    }

    /// The number of the next attempt.
    #[must_use]
    pub fn next_attempt(&self) -> u16 {
        u16::try_from(self.history.len()).unwrap_or(u16::MAX - 1) + 1
    }

    /// The id of the next attempt.
    #[must_use]
    pub fn next_attempt_ref(&self) -> AttemptRef {
        AttemptRef { enrollment: self.id.clone(), number: self.next_attempt() }
    }

    /// Takes note of a finished attempt and decides what follows. Doing so twice changes nothing; an opt-out ends
    /// the enrollment even if it comes after the attempt's first ending was noted.
    ///
    /// Returns whether anything changed.
    pub fn attempt_ended(
        &mut self,
        number: u16,
        outcome: Outcome,
        at: Timestamp,
        retry: &RetryPolicy,
    ) -> bool {
        let index = usize::from(number).saturating_sub(1);
        let noted = self.history.len();
        match self.history.get_mut(index) {
            // What an agent says afterwards is more exact than that there was a talk.
            Some(tried) if tried.outcome == Outcome::Talked && outcome != Outcome::Talked => {
                tried.outcome = outcome;
                let stands = matches!(
                    self.state,
                    EnrollmentState::Waiting { .. }
                        | EnrollmentState::Ended { reason: EndReason::Reached, .. }
                );
                if stands && index + 1 == noted {
                    self.state = match self.due_after(number, retry) {
                        Some(due) => EnrollmentState::Waiting { due },
                        None => EnrollmentState::Ended { reason: outcome.as_end(), at },
                    };
                }
                return true;
            }
            Some(tried) if tried.outcome != outcome && outcome == Outcome::OptedOut => {
                tried.outcome = outcome;
                if matches!(self.state, EnrollmentState::Waiting { .. }) {
                    self.state = EnrollmentState::Ended { reason: EndReason::OptedOut, at };
                }
                return true;
            }
            Some(_) => return false,
            None if index > noted => return false,
            None => self.history.push(Tried { outcome, at }),
        }
        if let EnrollmentState::Ended { .. } = self.state {
            return true; // stopped or withdrawn while the call ran: the attempt is noted, the end stands
        }
        self.state = match self.due_after(number, retry) {
            Some(due) => EnrollmentState::Waiting { due },
            None => EnrollmentState::Ended { reason: outcome.as_end(), at },
        };
        if let Some(promise) = self.promised.take_if(|promise| promise.attempt == number) {
            self.keep(promise.due);
        }
        true
    }

    /// When it comes due again after an attempt that has been noted, if it does: the same whenever it is asked.
    #[must_use]
    pub fn due_after(&self, number: u16, retry: &RetryPolicy) -> Option<Timestamp> {
        let zone = self.zones.first().and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
        let until = self.history.iter().take(usize::from(number));
        let history: Vec<(Outcome, Timestamp)> = until.map(|tried| (tried.outcome, tried.at)).collect();
        retry.next(&history, &zone, self.dice(number))
    }

    /// Another call was promised in an attempt, for a time of its own; it counts from the attempt's end, and is for
    /// whoever promised it if they are free then. Returns whether the promise can be kept here: not once the person has
    /// opted out, or has been taken out of the campaign.
    pub fn promise(&mut self, attempt: u16, due: Timestamp, by: &AgentId) -> bool {
        let kept = if self.history.len() < usize::from(attempt) {
            self.promised = Some(Promise { attempt, due });
            self.due().is_some()
        } else {
            self.keep(due)
        };
        if kept {
            self.for_agent = Some(by.clone());
        }
        kept
    }

    /// Somebody asks for a call now, ahead of everybody else, and an agent perhaps for themselves. Returns whether it can
    /// be: not for whom the campaign may never call again.
    pub fn call_now(&mut self, by: Option<AgentId>, now: Timestamp) -> bool {
        if !self.keep(now) {
            return false;
        }
        (self.priority, self.for_agent) = (0, by);
        true
    }

    fn keep(&mut self, due: Timestamp) -> bool {
        match self.state {
            EnrollmentState::Waiting { .. }
            | EnrollmentState::Ended {
                reason: EndReason::Reached | EndReason::Exhausted | EndReason::MessageLeft,
                ..
            } => {
                self.state = EnrollmentState::Waiting { due };
                true
            }
            EnrollmentState::Ended {
                reason:
                    EndReason::OptedOut
                    | EndReason::Unreachable
                    | EndReason::Suppressed
                    | EndReason::NotAllowed
                    | EndReason::NoWindow
                    | EndReason::Stopped
                    | EndReason::Withdrawn
                    | EndReason::Erased,
                ..
            } => false,
        }
    }

    /// Puts the next attempt off.
    pub fn put_off(&mut self, due: Timestamp) {
        if let EnrollmentState::Waiting { .. } = self.state {
            self.state = EnrollmentState::Waiting { due };
        }
    }

    /// Ends it without an attempt.
    pub fn end(&mut self, reason: EndReason, at: Timestamp) {
        if let EnrollmentState::Waiting { .. } = self.state {
            self.state = EnrollmentState::Ended { reason, at };
        }
    }

    /// Forgets the person: ends it if it has not ended, and drops the number.
    pub fn erase(&mut self, at: Timestamp) {
        self.end(EndReason::Erased, at);
        self.to = E164::erased();
    }

    /// A number fixed by the attempt, as good as random: jitter that repeats exactly when a step is repeated.
    fn dice(&self, number: u16) -> u64 {
        let attempt = AttemptRef { enrollment: self.id.clone(), number };
        let digest = Sha256::digest(attempt.to_string());
        u64::from_be_bytes(digest[..8].try_into().expect("eight bytes"))
    }
}

#[cfg(test)]
#[path = "enrollment_tests.rs"]
mod tests;
