//! One conference: who is in it, when it starts and ends. Pure: what happens is returned, not done.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::hearing::{self, Edge, Voice};
use super::joining::{EventHook, Joining, Wait};
use crate::clock::Speed;
use crate::twilio::form::Hook;

/// A conference's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConferenceStatus {
    /// Somebody waits, or is being called.
    Init,
    /// At least two have met.
    InProgress,
    /// Over.
    Completed,
}

impl ConferenceStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
        }
    }
}

/// Where a participant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Queued,
    Ringing,
    Joined,
}

/// Somebody who is in the conference, or is being called into it.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) call: String,
    pub(crate) person: String,
    pub(crate) joining: Joining,
    pub(crate) stage: Stage,
    /// On hold, with what is heard meanwhile.
    pub(crate) held: Option<Wait>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// Why somebody is not in the conference any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Left {
    /// They put the phone down, pressed the star, or their line died.
    ParticipantHungUp,
    /// The API gave their call other instructions, or removed them.
    ParticipantUpdatedViaApi,
    /// Somebody left whose leaving ends it.
    ModeratorEndedConference,
    /// The API ended the conference.
    ConferenceEndedViaApi,
    /// They never came: engaged, no answer.
    ParticipantAddFailed,
}

impl Left {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ParticipantHungUp => "participant_hung_up",
            Self::ParticipantUpdatedViaApi => "participant_updated_via_api",
            Self::ModeratorEndedConference => "moderator_ended_conference",
            Self::ConferenceEndedViaApi => "conference_ended_via_api",
            Self::ParticipantAddFailed => "participant_add_failed",
        }
    }
}

/// Why a conference ended, in Twilio's words, and through whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) reason: &'static str,
    pub(crate) call: Option<String>,
    pub(crate) label: Option<String>,
}

/// Something that happened in a conference, in order.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    Start,
    End(Ended),
    Join(Member),
    Leave {
        member: Member,
        why: Left,
        call_status: &'static str,
    },
    /// An announcement is over, or could not be had.
    Announced {
        member: Member,
        url: String,
        failed: bool,
    },
    /// `mute`, `unmute`, `hold`, `unhold`, `modify`, `speech-start`, `speech-stop`.
    Member {
        what: &'static str,
        member: Member,
    },
}

/// Why somebody cannot enter, under Twilio's code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Refused {
    pub(crate) code: u32,
    pub(crate) message: String,
}

impl Refused {
    pub(crate) fn new(code: u32, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// What the API can change about a participant. What is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) muted: Option<bool>,
    pub(crate) hold: Option<bool>,
    pub(crate) hold_hook: Option<Hook>,
    pub(crate) announce: Option<Hook>,
    pub(crate) wait: Option<Wait>,
    pub(crate) beep_on_exit: Option<bool>,
    pub(crate) ends: Option<bool>,
    /// Coaching whom, or nobody any more.
    pub(crate) coaches: Option<Option<String>>,
}

/// A conference.
#[derive(Debug)]
pub(crate) struct Conference {
    pub(crate) sid: String,
    pub(crate) account_sid: String,
    pub(crate) name: String,
    pub(crate) status: ConferenceStatus,
    pub(crate) members: Vec<Member>,
    pub(crate) events: Option<EventHook>,
    /// Whether it is recorded, and who is told.
    pub(crate) record: Option<Option<EventHook>>,
    pub(crate) began: Instant,
    pub(crate) speed: Speed,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) started: Option<Timestamp>,
    pub(crate) ended: Option<Ended>,
}

impl Conference {
    /// The conference's time: it began at the wall clock's and runs at the network's speed.
    pub(crate) fn now(&self) -> Timestamp {
        let elapsed = self.speed.network(self.began.elapsed());
        self.created_at + SignedDuration::try_from(elapsed).unwrap_or(SignedDuration::ZERO)
    }

    /// How long it has been running.
    pub(crate) fn ran(&self) -> Option<Duration> {
        let started = self.started?;
        Duration::try_from(self.now().duration_since(started)).ok()
    }

    pub(crate) fn member(&self, call_or_label: &str) -> Option<&Member> {
        self.members
            .iter()
            .find(|m| m.call == call_or_label || m.joining.label.as_deref() == Some(call_or_label))
    }

    fn joined(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.stage == Stage::Joined)
    }

    /// Who hears whom now; nobody before it has started.
    pub(crate) fn edges(&self) -> Vec<Edge> {
        if self.status != ConferenceStatus::InProgress {
            return Vec::new();
        }
        let voices: Vec<Voice<'_>> = self
            .joined()
            .map(|member| Voice {
                call: &member.call,
                muted: member.joining.muted,
                held: member.held.is_some(),
                coaches: member.joining.coaches.as_deref(),
            })
            .collect();
        hearing::edges(&voices)
    }

    /// Takes somebody in who is being called, or is here already.
    pub(crate) fn admit(
        &mut self,
        call: &str,
        person: &str,
        joining: &Joining,
        stage: Stage,
    ) -> Result<Vec<Happening>, Refused> {
        let known = self.members.iter().position(|member| member.call == call);
        self.may_enter(joining, known)?;
        let now = self.now();
        let joins = stage == Stage::Joined;
        match known.and_then(|at| self.members.get_mut(at)) {
            Some(member) => {
                member.stage = stage;
                member.updated_at = now;
            }
            None => self.members.push(Member {
                call: call.to_owned(),
                person: person.to_owned(),
                joining: joining.clone(),
                stage,
                held: None,
                created_at: now,
                updated_at: now,
            }),
        }
        self.updated_at = now;
        self.events = self.events.take().or_else(|| joining.events.clone());
        if joining.record && self.record.is_none() {
            self.record = Some(joining.recording.clone());
        }
        if !joins {
            return Ok(Vec::new());
        }
        let mut happened: Vec<_> = self.member(call).cloned().map(Happening::Join).into_iter().collect();
        let can_start = self.joined().count() >= 2 && self.joined().any(|member| member.joining.starts);
        if self.status == ConferenceStatus::Init && can_start {
            self.status = ConferenceStatus::InProgress;
            self.started = Some(now);
            happened.push(Happening::Start);
        }
        Ok(happened)
    }

    fn may_enter(&self, joining: &Joining, known: Option<usize>) -> Result<(), Refused> {
        let others = || self.members.iter().enumerate().filter(|(at, _)| Some(*at) != known).map(|(_, m)| m);
        if others().count() as u64 >= u64::from(joining.members_max) {
            return Err(Refused::new(16020, "Conference is full"));
        }
        if joining.label.is_some() && others().any(|member| member.joining.label == joining.label) {
            return Err(Refused::new(16025, "A participant with this label is in the conference already"));
        }
        match &joining.coaches {
            Some(coached) if !self.joined().any(|member| member.call == *coached) => {
                Err(Refused::new(13240, "The call to coach is not in the conference"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Lets somebody go, and ends the conference if that ends it.
    pub(crate) fn leave(&mut self, call: &str, why: Left, call_status: &'static str) -> Vec<Happening> {
        let Some(at) = self.members.iter().position(|member| member.call == call) else { return Vec::new() };
        let member = self.members.remove(at);
        self.updated_at = self.now();
        let was_in = member.stage == Stage::Joined;
        let kicked = why == Left::ParticipantUpdatedViaApi;
        let ending =
            Ended { reason: "", call: Some(member.call.clone()), label: member.joining.label.clone() };
        let ends = was_in && member.joining.ends;
        let mut happened = vec![Happening::Leave { member, why, call_status }];
        let reason = match (ends, self.members.is_empty(), kicked) {
            (true, _, false) => "participant-with-end-conference-on-exit-left",
            (true, _, true) => "participant-with-end-conference-on-exit-kicked",
            (false, true, false) => "last-participant-left",
            (false, true, true) => "last-participant-kicked",
            (false, false, _) => return happened,
        };
        happened.extend(self.end(Left::ModeratorEndedConference, Ended { reason, ..ending }));
        happened
    }

    /// Ends it for all who are left.
    pub(crate) fn end(&mut self, why: Left, ended: Ended) -> Vec<Happening> {
        let left = std::mem::take(&mut self.members).into_iter().map(|member| {
            let call_status = if member.stage == Stage::Joined { "in-progress" } else { "canceled" };
            Happening::Leave { member, why, call_status }
        });
        let mut happened: Vec<_> = left.collect();
        self.status = ConferenceStatus::Completed;
        self.updated_at = self.now();
        self.ended = Some(ended.clone());
        happened.push(Happening::End(ended));
        happened
    }

    /// Changes a participant; what Twilio would report of that.
    pub(crate) fn change(&mut self, call: &str, change: &Change) -> Result<Vec<Happening>, Refused> {
        if let Some(Some(coached)) = &change.coaches
            && !self.joined().any(|member| member.call == *coached && member.call != call)
        {
            return Err(Refused::new(13240, "The call to coach is not in the conference"));
        }
        let now = self.now();
        let Some(member) = self.members.iter_mut().find(|member| member.call == call) else {
            return Ok(Vec::new());
        };
        let mut what = Vec::new();
        let joining = &mut member.joining;
        if let Some(muted) = change.muted.filter(|muted| *muted != joining.muted) {
            joining.muted = muted;
            what.push(if muted { "mute" } else { "unmute" });
        }
        let hold = change.hold.unwrap_or(member.held.is_some());
        if hold != member.held.is_some() {
            what.push(if hold { "hold" } else { "unhold" });
        }
        member.held = hold.then(|| match (&change.hold_hook, member.held.take()) {
            (Some(hook), _) => Wait::At(hook.clone()),
            (None, Some(held)) => held,
            (None, None) => Wait::Music,
        });
        let mut modified = false;
        if let Some(ends) = change.ends.filter(|ends| *ends != joining.ends) {
            joining.ends = ends;
            modified = true;
        }
        if let Some(beeps) = change.beep_on_exit.filter(|beeps| *beeps != joining.beep.on_exit) {
            joining.beep.on_exit = beeps;
            modified = true;
        }
        if let Some(coaches) = change.coaches.as_ref().filter(|coaches| **coaches != joining.coaches) {
            joining.coaches.clone_from(coaches);
            modified = true;
        }
        if let Some(wait) = change.wait.as_ref().filter(|wait| **wait != joining.wait) {
            joining.wait = wait.clone();
            modified = true;
        }
        if modified {
            what.push("modify");
        }
        member.updated_at = now;
        let member = member.clone();
        Ok(what.into_iter().map(|what| Happening::Member { what, member: member.clone() }).collect())
    }
}

#[cfg(test)]
#[path = "conference_tests.rs"]
mod tests;
