//! Callbacks of a conference: its events, and its recording.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;

use super::Kept;
use super::conference::{Happening, Member};
use super::joining::EventHook;
use crate::clock::rfc2822;
use crate::live::courier::Callback;
use crate::shared::Shared;
use crate::twilio::recording::Recording;
use crate::webhook::Outgoing;

/// From the end of a conference to its recording.
const PROCESSING: Duration = Duration::from_millis(1_500);

type Params = Vec<(String, String)>;

impl Kept {
    pub(super) fn tell(&mut self, net: &Arc<Shared>, happened: &[Happening]) {
        for happening in happened {
            let (event, group, extra) = describe(happening);
            let call = match happening {
                Happening::Join(member)
                | Happening::Leave { member, .. }
                | Happening::Announced { member, .. }
                | Happening::Member { member, .. } => Some((member.call.clone(), member.person.clone())),
                Happening::Start | Happening::End(_) => None,
            };
            self.sequence += 1;
            let detail = json!({"conference_sid": self.conference.sid, "name": self.conference.name,
                "event": event, "sequence": self.sequence});
            let (sid, person) = call.clone().unzip();
            net.journal.note("conference.event", sid.as_deref(), person.as_deref(), detail);
            self.report_event(net, &event, group, sid, extra);
            match happening {
                Happening::Start => self.recording(net, "in-progress"),
                Happening::End(_) => {
                    let status = if self.conference.started.is_some() { "completed" } else { "absent" };
                    self.recording(net, status);
                }
                Happening::Join(_)
                | Happening::Leave { .. }
                | Happening::Member { .. }
                | Happening::Announced { .. } => {}
            }
        }
    }

    fn report_event(
        &self,
        net: &Shared,
        event: &str,
        group: &'static str,
        call: Option<String>,
        extra: Params,
    ) {
        let Some(EventHook { hook, events }) = &self.conference.events else { return };
        if !events.contains(&group) {
            return;
        }
        let mut params: Params = [
            ("ConferenceSid", self.conference.sid.clone()),
            ("FriendlyName", self.conference.name.clone()),
            ("AccountSid", self.conference.account_sid.clone()),
            ("SequenceNumber", self.sequence.to_string()),
            ("Timestamp", rfc2822(self.conference.now())),
            ("StatusCallbackEvent", event.to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec();
        params.extend(extra);
        let outgoing = Outgoing {
            url: hook.url.clone(),
            method: hook.method,
            params,
            purpose: "conference",
            call_sid: call.unwrap_or_default(),
            conference_sid: Some(self.conference.sid.clone()),
            token: self.token.clone(),
            idempotency_token: net.token(),
            fault: None,
            body_bytes_max: 64 * 1024,
        };
        self.post(outgoing, self.sequence, Duration::ZERO);
    }

    fn post(&self, outgoing: Outgoing, sequence: u32, after: Duration) {
        let fate = self.settings.faults.callback(&self.conference.name, 1, outgoing.purpose, sequence);
        if let Some(mailbag) = &self.mailbag {
            // A closed courier means that the network is shutting down.
            let _ = mailbag.send(Callback { outgoing, fate, after });
        }
    }

    /// Keeps the recording when it is complete, and tells of it.
    fn recording(&mut self, net: &Shared, status: &'static str) {
        let Some(told) = self.conference.record.clone() else { return };
        let now = self.conference.now();
        let length = self.conference.ran().unwrap_or_default();
        let recording = Recording {
            sid: self.report.recordings.first().cloned().unwrap_or_else(|| net.sid("RE")),
            account_sid: self.conference.account_sid.clone(),
            call_sid: None,
            conference_sid: Some(self.conference.sid.clone()),
            source: "Conference",
            track: "both",
            channels: 1,
            seconds: length.as_secs_f64().round().max(1.0) as u64,
            began_at: now - SignedDuration::try_from(length).unwrap_or_default(),
            created_at: now,
        };
        if self.report.recordings.is_empty() {
            self.report.recordings.push(recording.sid.clone());
        }
        if status == "completed" {
            net.keep_recording(recording.clone());
        }
        let Some(EventHook { hook, .. }) = told.filter(|told| told.events.contains(&status)) else { return };
        let mut params = vec![
            ("AccountSid", self.conference.account_sid.clone()),
            ("ConferenceSid", self.conference.sid.clone()),
            ("RecordingSid", recording.sid.clone()),
            ("RecordingUrl", format!("{}{}", net.public_url, recording.path())),
            ("RecordingStatus", status.to_owned()),
            ("RecordingChannels", recording.channels.to_string()),
            ("RecordingStartTime", rfc2822(recording.began_at)),
            ("RecordingSource", recording.source.to_owned()),
            ("RecordingTrack", recording.track.to_owned()),
            ("ErrorCode", "0".to_owned()),
        ];
        if status == "completed" {
            params.push(("RecordingDuration", recording.seconds.to_string()));
        }
        let outgoing = Outgoing {
            url: hook.url,
            method: hook.method,
            params: params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            purpose: "recording",
            call_sid: String::new(),
            conference_sid: Some(self.conference.sid.clone()),
            token: self.token.clone(),
            idempotency_token: net.token(),
            fault: None,
            body_bytes_max: 64 * 1024,
        };
        let after = if status == "completed" { PROCESSING } else { Duration::ZERO };
        self.post(outgoing, self.sequence, after);
    }
}

/// An event's name, its group, and what it tells beyond the conference itself.
fn describe(happening: &Happening) -> (String, &'static str, Params) {
    let pairs = |pairs: Vec<(&str, String)>| -> Params {
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    };
    match happening {
        Happening::Start => ("conference-start".to_owned(), "start", Vec::new()),
        Happening::End(ended) => {
            let mut extra = vec![
                ("ReasonConferenceEnded", ended.reason.to_owned()),
                ("Reason", format!("Conference ended: {}", ended.reason.replace('-', " "))),
            ];
            extra.extend(ended.call.clone().map(|call| ("CallSidEndingConference", call)));
            extra.extend(ended.label.clone().map(|label| ("ParticipantLabelEndingConference", label)));
            ("conference-end".to_owned(), "end", pairs(extra))
        }
        Happening::Join(member) => ("participant-join".to_owned(), "join", about(member)),
        Happening::Leave { member, why, call_status } => {
            let mut extra = about(member);
            extra.extend(pairs(vec![
                ("ParticipantCallStatus", (*call_status).to_owned()),
                ("ReasonParticipantLeft", why.as_str().to_owned()),
            ]));
            ("participant-leave".to_owned(), "leave", extra)
        }
        Happening::Announced { member, url, failed } => {
            let mut extra = about(member);
            extra.extend(pairs(vec![("AnnounceUrl", url.clone())]));
            if *failed {
                extra.extend(pairs(vec![("ReasonAnnouncementFailed", "it could not be played".to_owned())]));
            }
            let event = if *failed { "announcement-fail" } else { "announcement-end" };
            (event.to_owned(), "announcement", extra)
        }
        Happening::Member { what, member } => {
            let group = match *what {
                "mute" | "unmute" => "mute",
                "hold" | "unhold" => "hold",
                "speech-start" | "speech-stop" => "speaker",
                _ => "modify",
            };
            (format!("participant-{what}"), group, about(member))
        }
    }
}

fn about(member: &Member) -> Params {
    let Member { call, joining, held, .. } = member;
    let mut params: Params = [
        ("CallSid", call.clone()),
        ("Muted", joining.muted.to_string()),
        ("Hold", held.is_some().to_string()),
        ("Coaching", joining.coaches.is_some().to_string()),
        ("EndConferenceOnExit", joining.ends.to_string()),
        ("StartConferenceOnEnter", joining.starts.to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec();
    if let Some(label) = &joining.label {
        params.push(("ParticipantLabel".to_owned(), label.clone()));
    }
    params
}
