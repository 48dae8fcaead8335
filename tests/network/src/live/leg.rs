//! The called side of a live call, as verbs deal with it: time that can be interrupted, what is played, what is
//! done, what is reported.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc;
use url::Url;

use super::courier::{Callback, Mailbag};
use super::wait::Screened;
use crate::clock::{Timeline, rfc2822};
use crate::config::{Account, Settings};
use crate::geography;
use crate::people::behaviour::{Pickup, Reply, Talk};
use crate::shared::Shared;
use crate::twilio::call::{Announcement, ChildNews, Direction, Status, Steer};
use crate::twilio::create::{CreateCall, Source, StatusHook};
use crate::twilio::form::Hook;
use crate::twilio::recording::Recording;
use crate::webhook::Outgoing;

/// What breaks off whatever a call is doing.
#[derive(Clone, Debug)]
pub(crate) enum Interrupt {
    /// Its instructions are at their end.
    Finished,
    /// The called side put the phone down.
    HungUp,
    /// The API ended it.
    Ended,
    /// Its `TimeLimit` is over.
    TimeLimit,
    /// Its instructions cannot be had or followed.
    Broken,
    /// The API gave it other instructions.
    Redirect(Box<Source>),
    /// Its instructions said so.
    SaidHangUp,
    /// A call that came in was turned away.
    Rejected,
    /// The called side pressed a key during a prompt.
    Key,
    /// The called side says something while somebody listens, which takes this long.
    Said(String, Duration),
    /// What it hears in its conference may have changed.
    Changed,
    /// It is not in its conference any more.
    Out,
    /// Something is to be played to it in its conference.
    Announce(Announcement),
    /// The called side pressed the star that leaves a `<Dial>`.
    Star,
    /// The `timeLimit` of a `<Dial>` is over.
    DialLimit,
    /// What is heard while waiting cannot be had.
    NoWait,
    /// A call that it dialled has news.
    Child(String, ChildNews),
    /// It is connected with the call that dialled it.
    Bridged,
}

/// Something that the called side is going to do, unprompted.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    pub(crate) at: Duration,
    pub(crate) doing: Doing,
}

#[derive(Clone, Debug)]
pub(crate) enum Doing {
    /// Begin to say something.
    Say(String),
    /// Press a key.
    Press(char),
    /// End the question of call screening.
    Ask(String),
    /// Decide whether to take the call that was screened.
    Decide,
}

/// A live call's called side.
pub(crate) struct Leg {
    pub(crate) net: Arc<Shared>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) account: Account,
    pub(crate) sid: String,
    pub(crate) attempt: u32,
    pub(crate) request: Arc<CreateCall>,
    pub(crate) status: Status,
    pub(crate) fallback: Option<Hook>,
    /// Where the current document came from, against which its addresses are resolved.
    pub(crate) document_url: Option<Url>,
    /// How many documents were fetched.
    pub(crate) documents: u32,
    /// When the person presses a key, if a prompt waits for one.
    pub(crate) key_at: Option<Duration>,
    pub(crate) replies: VecDeque<Reply>,
    pub(crate) answered_at: Option<Duration>,
    pub(crate) leaves_at: Option<Duration>,
    pub(crate) limit_at: Option<Duration>,
    pub(crate) mailbox_at: Option<Duration>,
    pub(crate) screened: Option<Screened>,
    /// Whether something is being played to it.
    pub(crate) playing: bool,
    /// What the person is going to do, unprompted.
    pub(crate) acts: Vec<Act>,
    /// Whether somebody listens to what they say.
    pub(crate) listens: bool,
    pub(crate) talks: VecDeque<Talk>,
    /// Whether they are in a conversation.
    pub(crate) talking: bool,
    /// When they leave once the conversation is over.
    pub(crate) stays_until: Option<Duration>,
    pub(crate) line_dies_at: Option<Duration>,
    pub(crate) line_died: bool,
    /// The room it is in: a conference, or the call it is bridged by.
    pub(crate) space: Option<String>,
    /// The conference that it is called into, until it joins.
    pub(crate) room: Option<String>,
    /// Whoever calls in, until the call is picked up.
    pub(crate) caller: Option<Pickup>,
    /// Whether it waits for calls that it dialled.
    pub(crate) dialling: bool,
    /// Whether it waits to be connected with the call that dialled it.
    pub(crate) meeting: bool,
    pub(crate) star_hangs_up: bool,
    pub(crate) dial_limit_at: Option<Duration>,
    pub(crate) answered_by: Option<(&'static str, Duration)>,
    pub(crate) time: Timeline,
    pub(crate) steer: mpsc::UnboundedReceiver<Steer>,
    pub(crate) mailbag: Mailbag,
    pub(crate) reports_to: Option<StatusHook>,
    pub(crate) sequence: u32,
}

impl Leg {
    pub(crate) fn elapsed(&self) -> Duration {
        self.time.elapsed()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.time.now()
    }

    pub(crate) fn advance(&mut self, span: Duration) {
        self.time.advance(span);
    }

    /// Seconds since pick-up.
    pub(crate) fn at(&self) -> f64 {
        let since = self.elapsed().saturating_sub(self.answered_at.unwrap_or_default());
        (since.as_secs_f64() * 1_000.0).round() / 1_000.0
    }

    /// The number, or browser, of the person on this call.
    pub(crate) fn person(&self) -> &str {
        match self.request.direction {
            Direction::Inbound => &self.request.from,
            Direction::OutboundApi | Direction::OutboundDial => &self.request.to,
        }
    }

    /// Whether this number is one of the call's two.
    pub(crate) fn has_end(&self, number: &str) -> bool {
        self.request.to == number || self.request.from == number
    }

    pub(crate) fn note(&self, event: &'static str, detail: Value) {
        self.net.journal.note(event, Some(&self.sid), Some(self.person()), detail);
    }

    /// How the person meets the next prompt.
    pub(crate) fn next_reply(&mut self) -> Reply {
        self.replies.pop_front().unwrap_or(Reply::Silence)
    }

    /// The parameters of every webhook of this call, and what this one adds.
    pub(crate) fn params(&self, extra: &[(String, String)]) -> Vec<(String, String)> {
        let (to, from) = (&self.request.to, &self.request.from);
        let mut params: Vec<(String, String)> = [
            ("AccountSid", self.account.sid.as_str()),
            ("ApiVersion", "2010-04-01"),
            ("CallSid", self.sid.as_str()),
            ("CallStatus", self.status.in_callbacks()),
            ("Called", to),
            ("Caller", from),
            ("Direction", self.request.direction.as_str()),
            ("From", from),
            ("To", to),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        for (side, number) in [("Called", to), ("To", to), ("Caller", from), ("From", from)] {
            let country = geography::country(number);
            for (part, value) in [("City", ""), ("Country", country), ("State", ""), ("Zip", "")] {
                params.push((format!("{side}{part}"), value.to_owned()));
            }
        }
        if let Some((answered_by, after)) = self.answered_by {
            params.push(("AnsweredBy".to_owned(), answered_by.to_owned()));
            params.push(("MachineDetectionDuration".to_owned(), after.as_millis().to_string()));
        }
        if let Some(parent) = &self.request.parent {
            params.push(("ParentCallSid".to_owned(), parent.clone()));
        }
        params.extend_from_slice(extra);
        params
    }

    pub(crate) fn outgoing(
        &self,
        purpose: &'static str,
        hook: &Hook,
        params: Vec<(String, String)>,
    ) -> Outgoing {
        Outgoing {
            url: hook.url.clone(),
            method: hook.method,
            params,
            purpose,
            call_sid: self.sid.clone(),
            conference_sid: None,
            token: self.account.token.clone(),
            idempotency_token: self.net.token(),
            fault: None,
            body_bytes_max: 64 * 1024,
        }
    }

    /// Hands a callback to the courier, under whatever fate it has.
    pub(crate) fn call_back(&self, outgoing: Outgoing, sequence: u32, after: Duration) {
        let faults = &self.settings.faults;
        let fate = faults.callback(self.person(), self.attempt, outgoing.purpose, sequence);
        // A closed courier means that the network is shutting down.
        let _ = self.mailbag.send(Callback { outgoing, fate, after });
    }

    /// Reports a step of the call's progress to whoever asked for it.
    pub(crate) fn progress(&mut self, event: &'static str, extra: &[(String, String)]) {
        let Some(StatusHook { hook, events }) = self.reports_to.clone() else { return };
        if !events.contains(&event) {
            return;
        }
        let mut params = self.params(extra);
        params.retain(|(name, _)| name != "MachineDetectionDuration");
        for (name, value) in [
            ("CallbackSource", "call-progress-events".to_owned()),
            ("SequenceNumber", self.sequence.to_string()),
            ("Timestamp", rfc2822(self.now())),
        ] {
            params.push((name.to_owned(), value));
        }
        let outgoing = self.outgoing("status", &hook, params);
        self.call_back(outgoing, self.sequence, Duration::ZERO);
        self.sequence += 1;
    }

    /// Keeps a recording of this call.
    pub(crate) fn recorded(
        &self,
        source: &'static str,
        track: &'static str,
        channels: u8,
        length: Duration,
        began_at: Timestamp,
    ) -> Recording {
        let recording = Recording {
            sid: self.net.sid("RE"),
            account_sid: self.account.sid.clone(),
            call_sid: Some(self.sid.clone()),
            conference_sid: None,
            source,
            track,
            channels,
            seconds: length.as_secs_f64().round().max(1.0) as u64,
            began_at,
            created_at: self.now(),
        };
        self.net.keep_recording(recording.clone());
        self.net.report(&self.sid, |report| report.recordings.push(recording.sid.clone()));
        recording
    }

    pub(crate) fn recording_url(&self, recording: &Recording) -> String {
        format!("{}{}", self.net.public_url, recording.path())
    }

    /// Tells that a recording is there.
    pub(crate) fn recording_callback(
        &self,
        hook: Option<Hook>,
        events: &[&'static str],
        recording: &Recording,
        after: Duration,
    ) {
        let Some(hook) = hook.filter(|_| events.contains(&"completed")) else { return };
        let params = [
            ("AccountSid", self.account.sid.clone()),
            ("CallSid", self.sid.clone()),
            ("RecordingSid", recording.sid.clone()),
            ("RecordingUrl", self.recording_url(recording)),
            ("RecordingStatus", "completed".to_owned()),
            ("RecordingDuration", recording.seconds.to_string()),
            ("RecordingChannels", recording.channels.to_string()),
            ("RecordingStartTime", rfc2822(recording.began_at)),
            ("RecordingSource", recording.source.to_owned()),
            ("RecordingTrack", recording.track.to_owned()),
            ("ErrorCode", "0".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value));
        self.call_back(self.outgoing("recording", &hook, params.to_vec()), 0, after);
    }
}
