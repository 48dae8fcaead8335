//! What Twilio says when it calls back.
//!
//! Fields that we do not know are ignored, because Twilio adds some every year. Fields without which a callback
//! means nothing must be there. Callbacks come late, twice and out of order: order those of one call by
//! `sequence`, and tell a repetition by the call, its status and [`IDEMPOTENCY_HEADER`].

use std::fmt;

use carillon_domain::agents::ports::ConferenceId;
use carillon_domain::phone::E164;
use carillon_domain::ports::{AnsweredBy, CallId, CallStatus};
use jiff::Timestamp;
use jiff::fmt::rfc2822;

use crate::urls::{Hook, LegHook};
use crate::words;

/// Names one delivery: the same when Twilio repeats it. In lower case as API Gateway passes it.
pub const IDEMPOTENCY_HEADER: &str = "i-twilio-idempotency-token";

/// Decode a form. Parameters keep their order and may repeat.
#[must_use]
pub fn decode_form(body: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(body).into_owned().collect()
}

/// A callback that does not say what it must. Names the field; values may be personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadWebhook {
    /// A field is missing.
    #[error("the callback lacks {0}")]
    Missing(&'static str),
    /// A field has a value that we cannot read.
    #[error("the callback's {0} cannot be read")]
    Unreadable(&'static str),
}

/// A callback.
#[derive(Clone, Debug, PartialEq)]
pub struct VoiceWebhook {
    /// Of which account. Compare it with ours.
    pub account_sid: String,
    /// Of which call; absent in what concerns a conference as a whole.
    pub call: Option<CallId>,
    /// What happened.
    pub event: VoiceEvent,
}

/// What happened to a call.
#[derive(Clone, Debug, PartialEq)]
pub enum VoiceEvent {
    /// It was answered; Twilio waits for TwiML.
    Answered {
        /// Where the call stands: a repeated request may come when it is over.
        status: CallStatus,
        /// Who or what answered, where detection ran before the first word.
        answered_by: Option<AnsweredBy>,
    },
    /// Its document is over, or it was sent somewhere else; Twilio waits for TwiML.
    Asked {
        /// Where the call stands.
        status: CallStatus,
    },
    /// The call to somebody to whom it was connected is over; Twilio waits for TwiML, if the person is still there.
    Forwarded {
        /// Where the person's call stands.
        status: CallStatus,
        /// Whether somebody took it there.
        taken: bool,
    },
    /// Something happened in a conference.
    Conference {
        /// Which.
        conference: ConferenceId,
        /// What.
        news: ConferenceNews,
        /// Position among the callbacks of the conference, from 1.
        sequence: Option<u32>,
    },
    /// Its status changed.
    Status {
        /// To this.
        status: CallStatus,
        /// Position among the status callbacks of the call, from 0.
        sequence: Option<u32>,
        /// When it changed.
        at: Option<Timestamp>,
        /// Talk time, seconds, once it is over.
        duration_seconds: Option<u32>,
        /// Who or what answered, where detection ran.
        answered_by: Option<AnsweredBy>,
        /// The last SIP status, where Twilio tells it: 404 and 484 are numbers that do not exist.
        sip_status: Option<u16>,
    },
    /// Answering machine detection has a verdict, while the call goes on.
    Detected {
        /// The verdict.
        answered_by: AnsweredBy,
        /// How long it took from the answer on, milliseconds.
        after_ms: Option<u32>,
    },
    /// A recording is ready, or will never be.
    Recording(Recording),
    /// The menu has a reply, or time is up.
    Gathered {
        /// How often the menu had been said before.
        round: u8,
        /// Where the call stands.
        status: CallStatus,
        /// The keys pressed; none if time was up.
        digits: Option<String>,
        /// The words spoken.
        speech: Option<Speech>,
    },
}

/// Words that Twilio understood. `Debug` hides them.
#[derive(Clone, PartialEq)]
pub struct Speech {
    /// The words.
    pub text: String,
    /// 0 to 1.
    pub confidence: Option<f32>,
}

impl fmt::Debug for Speech {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Speech").field("confidence", &self.confidence).finish_non_exhaustive()
    }
}

/// What happened in a conference. Who is meant by coming and going is the webhook's call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConferenceNews {
    /// Somebody is there who begins it.
    Started,
    /// Everybody has left, or somebody who ends it.
    Ended,
    /// Somebody came.
    Joined,
    /// Somebody left.
    Left,
    /// Something that concerns us not: muted, held, spoke.
    Other,
}

/// What became of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordingStatus {
    /// It can be fetched.
    Completed,
    /// There was nothing to record.
    Absent,
    /// It was lost.
    Failed,
}

/// A recording of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Twilio's id.
    pub id: String,
    /// Where it can be fetched with the account's credentials: `.wav` or `.mp3` may be added.
    pub url: Option<String>,
    /// What became of it.
    pub status: RecordingStatus,
    /// Length, seconds.
    pub duration_seconds: Option<u32>,
    /// 1 for everybody mixed, 2 for one side each.
    pub channels: Option<u8>,
}

/// Somebody calls one of the account's numbers, or such a call is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallIn {
    /// Of which account. Compare it with ours.
    pub account_sid: String,
    /// Which call.
    pub call: CallId,
    /// Where it stands.
    pub status: CallStatus,
    /// Who calls; absent where they withhold it.
    pub from: Option<E164>,
    /// The number that is called.
    pub to: E164,
}

/// Read what a number's own webhooks say, its voice URL and its status callback, from the decoded form.
///
/// # Errors
/// [`BadWebhook`] names the field that is missing or unreadable.
pub fn call_in(form: &[(String, String)]) -> Result<CallIn, BadWebhook> {
    let fields = Fields(form);
    Ok(CallIn {
        account_sid: fields.require("AccountSid")?.to_owned(),
        call: CallId(fields.require("CallSid")?.to_owned()),
        status: fields.status()?,
        from: fields.get("From").and_then(|from| from.parse().ok()),
        to: fields.require("To")?.parse().map_err(|_| BadWebhook::Unreadable("To"))?,
    })
}

struct Fields<'a>(&'a [(String, String)]);

impl Fields<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        found.filter(|value| !value.is_empty())
    }

    fn require(&self, name: &'static str) -> Result<&str, BadWebhook> {
        self.get(name).ok_or(BadWebhook::Missing(name))
    }

    /// A number that may be missing, but not something else.
    fn number<T: std::str::FromStr>(&self, name: &'static str) -> Result<Option<T>, BadWebhook> {
        self.get(name).map(|value| value.parse().map_err(|_| BadWebhook::Unreadable(name))).transpose()
    }

    fn status(&self) -> Result<CallStatus, BadWebhook> {
        words::status(self.require("CallStatus")?).ok_or(BadWebhook::Unreadable("CallStatus"))
    }

    fn answered_by(&self) -> Option<AnsweredBy> {
        self.get("AnsweredBy").map(words::answered_by)
    }
}

/// Read a callback of `hook` from its decoded form.
///
/// # Errors
/// [`BadWebhook`] names the field that is missing or unreadable.
pub fn parse(hook: Hook, form: &[(String, String)]) -> Result<VoiceWebhook, BadWebhook> {
    let fields = Fields(form);
    let event = match hook {
        Hook::Answer => VoiceEvent::Answered { status: fields.status()?, answered_by: fields.answered_by() },
        Hook::Status => status(&fields)?,
        Hook::Amd => VoiceEvent::Detected {
            answered_by: words::answered_by(fields.require("AnsweredBy")?),
            after_ms: fields.number("MachineDetectionDuration")?,
        },
        Hook::Recording | Hook::Voicemail => VoiceEvent::Recording(recording(&fields)?),
        Hook::Gather { round } => gathered(&fields, round)?,
        Hook::Refusal | Hook::Rescue => gathered(&fields, 0)?,
        Hook::Again { .. } | Hook::Enter | Hook::Wait { .. } | Hook::Left | Hook::Sorry | Hook::Machine => {
            VoiceEvent::Asked { status: fields.status()? }
        }
        Hook::Forwarded => VoiceEvent::Forwarded {
            status: fields.status()?,
            // `answered` is what a conference ends with; who hangs up in the middle of a talk leaves it `completed`.
            taken: matches!(fields.require("DialCallStatus")?, "completed" | "answered"),
        },
        Hook::Conference => conference(&fields)?,
        Hook::Agent { about, .. } | Hook::Guest { about, .. } => match about {
            LegHook::Answer | LegHook::Join | LegHook::Left => VoiceEvent::Asked { status: fields.status()? },
            LegHook::Key => gathered(&fields, 0)?,
            LegHook::Status => status(&fields)?,
        },
    };
    // A conference, and its recording, are of no single call.
    let of_all = hook == Hook::Conference || hook == Hook::Recording && fields.get("ConferenceSid").is_some();
    let call = if of_all { fields.get("CallSid") } else { Some(fields.require("CallSid")?) };
    Ok(VoiceWebhook {
        account_sid: fields.require("AccountSid")?.to_owned(),
        call: call.map(|call| CallId(call.to_owned())),
        event,
    })
}

fn status(fields: &Fields<'_>) -> Result<VoiceEvent, BadWebhook> {
    Ok(VoiceEvent::Status {
        status: fields.status()?,
        sequence: fields.number("SequenceNumber")?,
        at: fields.get("Timestamp").map(timestamp).transpose()?,
        duration_seconds: fields.number("CallDuration")?,
        answered_by: fields.answered_by(),
        sip_status: fields.number("SipResponseCode")?,
    })
}

fn gathered(fields: &Fields<'_>, round: u8) -> Result<VoiceEvent, BadWebhook> {
    let speech = match fields.get("SpeechResult") {
        None => None,
        Some(text) => Some(Speech { text: text.to_owned(), confidence: fields.number("Confidence")? }),
    };
    let digits = fields.get("Digits").map(str::to_owned);
    Ok(VoiceEvent::Gathered { round, status: fields.status()?, digits, speech })
}

fn conference(fields: &Fields<'_>) -> Result<VoiceEvent, BadWebhook> {
    let news = match fields.require("StatusCallbackEvent")? {
        "conference-start" => ConferenceNews::Started,
        "conference-end" => ConferenceNews::Ended,
        "participant-join" => ConferenceNews::Joined,
        "participant-leave" => ConferenceNews::Left,
        _ => ConferenceNews::Other,
    };
    let conference = ConferenceId(fields.require("ConferenceSid")?.to_owned());
    Ok(VoiceEvent::Conference { conference, news, sequence: fields.number("SequenceNumber")? })
}

fn recording(fields: &Fields<'_>) -> Result<Recording, BadWebhook> {
    let status = match fields.require("RecordingStatus")? {
        "completed" => RecordingStatus::Completed,
        "absent" => RecordingStatus::Absent,
        "failed" => RecordingStatus::Failed,
        _ => return Err(BadWebhook::Unreadable("RecordingStatus")),
    };
    let url = fields.get("RecordingUrl").map(str::to_owned);
    if status == RecordingStatus::Completed && url.is_none() {
        return Err(BadWebhook::Missing("RecordingUrl"));
    }
    Ok(Recording {
        id: fields.require("RecordingSid")?.to_owned(),
        url,
        status,
        duration_seconds: fields.number("RecordingDuration")?,
        channels: fields.number("RecordingChannels")?,
    })
}

fn timestamp(text: &str) -> Result<Timestamp, BadWebhook> {
    const PARSER: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new().relaxed_weekday(true);
    PARSER.parse_timestamp(text).map_err(|_| BadWebhook::Unreadable("Timestamp"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "AccountSid=AC0&CallSid=CA0&ApiVersion=2010-04-01&Direction=outbound-api&NewIn2027=x";

    fn read(hook: Hook, more: &str) -> Result<VoiceEvent, BadWebhook> {
        parse(hook, &decode_form(format!("{BASE}&{more}").as_bytes())).map(|webhook| webhook.event)
    }

    #[test]
    fn the_last_status_callback_is_read_whole() {
        let event = read(
            Hook::Status,
            "CallStatus=completed&SequenceNumber=2&CallDuration=13&AnsweredBy=machine_end_beep\
             &Timestamp=Fri%2C+20+Nov+2026+10%3A00%3A01+%2B0000&CallbackSource=call-progress-events&SipResponseCode=200",
        );
        assert_eq!(
            event,
            Ok(VoiceEvent::Status {
                status: CallStatus::Completed,
                sequence: Some(2),
                at: Some("2026-11-20T10:00:01Z".parse().expect("valid")),
                duration_seconds: Some(13),
                answered_by: Some(AnsweredBy::MachineBeep),
                sip_status: Some(200),
            })
        );
    }

    #[test]
    fn every_word_for_a_status_has_a_meaning_and_an_unknown_one_is_an_error() {
        for (word, status) in [
            ("queued", CallStatus::Queued),
            ("initiated", CallStatus::Queued),
            ("ringing", CallStatus::Ringing),
            ("in-progress", CallStatus::InProgress),
            ("completed", CallStatus::Completed),
            ("busy", CallStatus::Busy),
            ("no-answer", CallStatus::NoAnswer),
            ("failed", CallStatus::Failed),
            ("canceled", CallStatus::Canceled),
        ] {
            assert_eq!(
                read(Hook::Answer, &format!("CallStatus={word}")),
                Ok(VoiceEvent::Answered { status, answered_by: None })
            );
        }
        assert_eq!(read(Hook::Answer, "CallStatus=dancing"), Err(BadWebhook::Unreadable("CallStatus")));
        assert_eq!(read(Hook::Answer, "CallStatus="), Err(BadWebhook::Missing("CallStatus")));
    }

    #[test]
    fn a_verdict_that_is_new_to_us_does_not_tell() {
        for (word, answered_by) in [
            ("human", AnsweredBy::Human),
            ("machine_start", AnsweredBy::MachineStart),
            ("machine_end_silence", AnsweredBy::MachineSilence),
            ("machine_end_other", AnsweredBy::MachineOther),
            ("fax", AnsweredBy::Fax),
            ("unknown", AnsweredBy::Unknown),
            ("parrot", AnsweredBy::Unknown),
        ] {
            let event = read(Hook::Amd, &format!("AnsweredBy={word}&MachineDetectionDuration=2850"));
            assert_eq!(event, Ok(VoiceEvent::Detected { answered_by, after_ms: Some(2850) }));
        }
        assert_eq!(read(Hook::Amd, "x=y"), Err(BadWebhook::Missing("AnsweredBy")));
    }

    #[test]
    fn a_menu_without_a_reply_has_neither_keys_nor_words() {
        let none = read(Hook::Gather { round: 1 }, "CallStatus=in-progress&Digits=");
        let Ok(VoiceEvent::Gathered { round: 1, digits: None, speech: None, .. }) = none else {
            panic!("{none:?}")
        };
        let hash = read(Hook::Gather { round: 0 }, "CallStatus=in-progress&Digits=9%23");
        let Ok(VoiceEvent::Gathered { digits: Some(digits), .. }) = hash else { panic!("{hash:?}") };
        assert_eq!(digits, "9#");
        let words = read(
            Hook::Gather { round: 0 },
            "CallStatus=in-progress&SpeechResult=ja+gerne%2C+f%C3%BCr+Donnerstag&Confidence=0.91",
        );
        assert!(!format!("{words:?}").contains("Donnerstag"));
        let Ok(VoiceEvent::Gathered { speech: Some(speech), .. }) = words else { panic!("no speech") };
        assert_eq!((speech.text.as_str(), speech.confidence), ("ja gerne, für Donnerstag", Some(0.91)));
    }

    #[test]
    fn a_completed_recording_has_an_address() {
        let ready = "RecordingSid=RE0&RecordingStatus=completed&RecordingDuration=12&RecordingChannels=2";
        assert_eq!(read(Hook::Recording, ready), Err(BadWebhook::Missing("RecordingUrl")));
        let event = read(Hook::Recording, &format!("{ready}&RecordingUrl=https%3A%2F%2Fapi.example%2FRE0"));
        let Ok(VoiceEvent::Recording(recording)) = event else { panic!("{event:?}") };
        assert_eq!(recording.url.as_deref(), Some("https://api.example/RE0"));
        assert_eq!((recording.duration_seconds, recording.channels), (Some(12), Some(2)));
        let absent = read(Hook::Recording, "RecordingSid=RE0&RecordingStatus=absent");
        assert!(matches!(
            absent,
            Ok(VoiceEvent::Recording(Recording { status: RecordingStatus::Absent, .. }))
        ));
    }

    #[test]
    fn a_conference_tells_who_comes_and_goes() {
        let parse = |form: &str| parse(Hook::Conference, &decode_form(form.as_bytes())).expect("readable");
        let base = "AccountSid=AC0&ConferenceSid=CF1&FriendlyName=acme.cmp_1.con_2.3&SequenceNumber=2";
        for (word, call, news) in [
            ("conference-start", None, ConferenceNews::Started),
            ("participant-join", Some("CA7"), ConferenceNews::Joined),
            ("participant-leave", Some("CA7"), ConferenceNews::Left),
            ("participant-mute", Some("CA7"), ConferenceNews::Other),
            ("conference-end", None, ConferenceNews::Ended),
        ] {
            let of = call.map(|call| format!("&CallSid={call}")).unwrap_or_default();
            let webhook = parse(&format!("{base}&StatusCallbackEvent={word}{of}"));
            let conference = ConferenceId("CF1".into());
            assert_eq!(webhook.event, VoiceEvent::Conference { conference, news, sequence: Some(2) });
            assert_eq!(webhook.call, call.map(|call| CallId(call.into())));
        }
    }

    #[test]
    fn a_leg_on_our_side_is_read_as_what_it_asks() {
        let agent = |about| Hook::Agent { about, offer: 2 };
        let asked = read(agent(LegHook::Answer), "CallStatus=in-progress");
        assert_eq!(asked, Ok(VoiceEvent::Asked { status: CallStatus::InProgress }));
        let key = read(agent(LegHook::Key), "CallStatus=in-progress&Digits=1");
        assert!(matches!(key, Ok(VoiceEvent::Gathered { digits: Some(digits), .. }) if digits == "1"));
        let over = read(agent(LegHook::Status), "CallStatus=no-answer&SequenceNumber=0");
        assert!(matches!(over, Ok(VoiceEvent::Status { status: CallStatus::NoAnswer, .. })));
    }

    #[test]
    fn a_call_that_was_put_through_outside_tells_whether_somebody_took_it() {
        let read = |status: &str| read(Hook::Forwarded, &format!("CallStatus=in-progress&{status}"));
        for (word, taken) in [
            ("completed", true),
            ("busy", false),
            ("no-answer", false),
            ("failed", false),
            ("canceled", false),
        ] {
            let expected = VoiceEvent::Forwarded { status: CallStatus::InProgress, taken };
            assert_eq!(read(&format!("DialCallStatus={word}")), Ok(expected), "{word}");
        }
        assert_eq!(read("DialSid=CA1"), Err(BadWebhook::Missing("DialCallStatus")));
    }

    #[test]
    fn whose_call_it_is_must_be_said() {
        let parse = |form: &str| parse(Hook::Answer, &decode_form(form.as_bytes()));
        assert_eq!(parse("CallSid=CA0&CallStatus=ringing"), Err(BadWebhook::Missing("AccountSid")));
        assert_eq!(parse("AccountSid=AC0&CallStatus=ringing"), Err(BadWebhook::Missing("CallSid")));
        let odd = b"AccountSid=AC0&CallSid=CA0&CallStatus=ringing&Caller=%ff%zz&&=";
        assert!(super::parse(Hook::Answer, &decode_form(odd)).is_ok(), "odd bytes elsewhere do no harm");
    }
}
