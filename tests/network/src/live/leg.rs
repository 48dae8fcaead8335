//! The called side of a live call, as verbs deal with it: time that can be interrupted, what is played, what is
//! done, what is reported.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use url::Url;

use super::courier::{Callback, Mailbag};
use crate::clock::{Timeline, rfc2822};
use crate::config::{Account, Settings};
use crate::geography;
use crate::people::behaviour::Reply;
use crate::shared::Shared;
use crate::twilio::call::{Did, Heard, Listener, Status, Steer};
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
    /// The called side pressed a key during a prompt.
    Key,
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
    pub(crate) greeting: bool,
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
    fn at(&self) -> f64 {
        let since = self.elapsed().saturating_sub(self.answered_at.unwrap_or_default());
        (since.as_secs_f64() * 1_000.0).round() / 1_000.0
    }

    /// Lets this much network time pass, unless something happens first.
    pub(crate) async fn wait(&mut self, span: Duration) -> Result<(), Interrupt> {
        let mut until = self.elapsed() + span;
        let mut interrupt = None;
        let events = [
            (self.limit_at, Interrupt::TimeLimit),
            (self.leaves_at, Interrupt::HungUp),
            (self.key_at, Interrupt::Key),
        ];
        for (at, event) in events {
            if let Some(at) = at.filter(|at| *at < until) {
                until = at;
                interrupt = Some(event);
            }
        }
        loop {
            let speed = self.time.speed();
            let nap = speed.real(until.saturating_sub(self.elapsed()));
            let began = Instant::now();
            tokio::select! {
                biased;
                Some(steer) = self.steer.recv() => {
                    self.time.advance(speed.network(began.elapsed().min(nap)));
                    self.steered(steer)?;
                }
                () = tokio::time::sleep(nap) => break,
            }
        }
        self.time.advance_to(until);
        match interrupt {
            None => Ok(()),
            Some(Interrupt::Key) => {
                self.key_at = None;
                Err(Interrupt::Key)
            }
            Some(interrupt) => Err(interrupt),
        }
    }

    fn steered(&mut self, steer: Steer) -> Result<(), Interrupt> {
        match steer {
            Steer::Complete => Err(Interrupt::Ended),
            Steer::Cancel if self.answered_at.is_none() => Err(Interrupt::Ended),
            Steer::Cancel => Ok(()),
            Steer::Redirect { source, fallback } => {
                self.key_at = None;
                self.fallback = fallback.or(self.fallback.take());
                Err(Interrupt::Redirect(Box::new(source)))
            }
            Steer::Status(hook) => {
                self.reports_to = Some(hook);
                Ok(())
            }
        }
    }

    /// Plays something, which whoever is on the line hears.
    pub(crate) async fn play(
        &mut self,
        kind: &'static str,
        content: String,
        length: Duration,
    ) -> Result<(), Interrupt> {
        let began = self.elapsed();
        let by = match (self.mailbox_at, self.greeting) {
            (Some(opens), _) if began >= opens => Listener::Mailbox,
            (Some(_), _) => Listener::Greeting,
            (None, _) => Listener::Person,
        };
        let began_seconds = self.at();
        let result = self.wait(length).await;
        let seconds = self.elapsed().saturating_sub(began).as_secs_f64();
        let cut_short = result.is_err();
        let detail = json!({"kind": kind, "content": content, "began_seconds": began_seconds,
            "seconds": seconds, "cut_short": cut_short, "by": by});
        self.note("call.heard", detail);
        let heard = Heard { kind, content, began_seconds, seconds, cut_short, by };
        self.net.report(&self.sid, |report| report.heard.push(heard));
        result
    }

    /// Notes what the called side did.
    pub(crate) fn did(&mut self, what: &'static str, content: String) {
        let did = Did { what, content, at_seconds: self.at() };
        self.note("call.did", json!(did));
        self.net.report(&self.sid, |report| report.did.push(did));
    }

    pub(crate) fn note(&self, event: &'static str, detail: Value) {
        self.net.journal.note(event, Some(&self.sid), Some(&self.request.to), detail);
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
            ("Direction", "outbound-api"),
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
            token: self.account.token.clone(),
            idempotency_token: self.net.token(),
            fault: None,
            body_bytes_max: 64 * 1024,
        }
    }

    /// Hands a callback to the courier, under whatever fate it has.
    pub(crate) fn call_back(&self, outgoing: Outgoing, sequence: u32, after: Duration) {
        let faults = &self.settings.faults;
        let fate = faults.callback(&self.request.to, self.attempt, outgoing.purpose, sequence);
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
            call_sid: self.sid.clone(),
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
