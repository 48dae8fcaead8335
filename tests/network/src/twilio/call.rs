//! A call: what Twilio's resource says of it, and what the people on it lived through.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::create::{Source, StatusHook};
use super::form::Hook;
use crate::clock::rfc2822;
use crate::people::behaviour::Behaviour;

/// A call's state, in the order of its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Accepted by the API, not dialled yet.
    Queued,
    /// Being dialled. The resource still says `queued`; callbacks say `initiated`.
    Initiated,
    /// Ringing at the called side.
    Ringing,
    /// Picked up.
    InProgress,
    /// Picked up and over.
    Completed,
    /// Engaged.
    Busy,
    /// Could not be connected.
    Failed,
    /// Rang out.
    NoAnswer,
    /// Given up by the caller before it was picked up.
    Canceled,
}

impl Status {
    /// As callbacks name it.
    pub fn in_callbacks(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Initiated => "initiated",
            Self::Ringing => "ringing",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::Busy => "busy",
            Self::Failed => "failed",
            Self::NoAnswer => "no-answer",
            Self::Canceled => "canceled",
        }
    }

    /// As the REST resource names it.
    pub fn in_resources(self) -> &'static str {
        if self == Self::Initiated { "queued" } else { self.in_callbacks() }
    }

    /// Whether the call is over.
    pub fn is_final(self) -> bool {
        match self {
            Self::Queued | Self::Initiated | Self::Ringing | Self::InProgress => false,
            Self::Completed | Self::Busy | Self::Failed | Self::NoAnswer | Self::Canceled => true,
        }
    }
}

/// How a call came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Somebody called one of the account's numbers.
    Inbound,
    /// The API was asked to call somebody.
    OutboundApi,
    /// The instructions of another call dialled somebody.
    OutboundDial,
}

impl Direction {
    /// As Twilio names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::OutboundApi => "outbound-api",
            Self::OutboundDial => "outbound-dial",
        }
    }
}

/// Everything that is known of a call, for tests and for the eye.
#[derive(Clone, Debug, Serialize)]
pub struct CallReport {
    /// `CA` and 32 hexadecimal digits.
    pub sid: String,
    /// The account that created it.
    pub account_sid: String,
    /// How it came about.
    pub direction: Direction,
    /// The call whose instructions dialled it.
    pub parent_call_sid: Option<String>,
    /// The called number.
    pub to: String,
    /// The caller id.
    pub from: String,
    /// Which call to this number it is, from 1.
    pub attempt: u32,
    /// Where its instructions were to be fetched: systems under test name their own attempt in it.
    pub answer_url: Option<String>,
    /// Where its progress is reported.
    pub status_callback: Option<String>,
    /// What the called side was going to do.
    pub behaviour: Behaviour,
    /// Where it stands.
    pub status: Status,
    /// When the API accepted it: wall clock, as is `rang_at_wall`.
    pub created_at: Timestamp,
    /// When it began to ring at the called side, by the wall clock: to hold against calling hours.
    pub rang_at_wall: Option<Timestamp>,
    /// When it was dialled, in the call's own time, as are the next two.
    pub started_at: Option<Timestamp>,
    /// When it was picked up.
    pub answered_at: Option<Timestamp>,
    /// When it was picked up, by the wall clock.
    pub answered_at_wall: Option<Timestamp>,
    /// When it was over, in the call's own time.
    pub ended_at: Option<Timestamp>,
    /// How long it rang.
    pub ring_seconds: Option<f64>,
    /// From pick-up to end, rounded up as it is billed; 0 when nobody picked up.
    pub duration_seconds: u64,
    /// Answering-machine detection's verdict.
    pub answered_by: Option<&'static str>,
    /// How long the verdict took.
    pub machine_detection_ms: Option<u64>,
    /// What was played to the called side, in order.
    pub heard: Vec<Heard>,
    /// What the called side did, in order.
    pub did: Vec<Did>,
    /// Recordings made of it.
    pub recordings: Vec<String>,
    /// Conferences it was in.
    pub conferences: Vec<String>,
    /// Why it ended.
    pub ended_by: Option<EndedBy>,
}

impl CallReport {
    /// The number, or browser, of the person on this call.
    pub fn person(&self) -> &str {
        match self.direction {
            Direction::Inbound => &self.from,
            Direction::OutboundApi | Direction::OutboundDial => &self.to,
        }
    }
}

/// Something that was heard on the call's far side.
#[derive(Clone, Debug, Serialize)]
pub struct Heard {
    /// `say`, `play`, `beep`, `digits`, `application_error`; `music` and `ringback` while they wait; `speech` of
    /// somebody they are connected with.
    pub kind: &'static str,
    /// The words, the address, or the keys.
    pub content: String,
    /// For `speech`, the call of whoever spoke; everything else comes from the network.
    pub from: Option<String>,
    /// When it began, in seconds after pick-up.
    pub began_seconds: f64,
    /// How long it lasted.
    pub seconds: f64,
    /// Whether it was broken off.
    pub cut_short: bool,
    /// Who heard it.
    pub by: Listener,
}

/// Who hears what is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Listener {
    /// A person (or a fax machine: nothing listens there, but something is on the line).
    Person,
    /// Nobody: an answering machine's greeting is still running.
    Greeting,
    /// An answering machine that records.
    Mailbox,
    /// A call-screening assistant; its owner reads along.
    Screener,
}

/// Something that the called side did.
#[derive(Clone, Debug, Serialize)]
pub struct Did {
    /// `picked_up`, `pressed`, `said`, `hung_up`, `line_died`.
    pub what: &'static str,
    /// The keys, the words.
    pub content: String,
    /// When, in seconds after pick-up.
    pub at_seconds: f64,
    /// For what was said while connected with others: the calls on which it was heard.
    pub heard_by: Vec<String>,
}

/// Why a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// Its instructions ended, or said so.
    Instructions,
    /// The called side put the phone down.
    CalledSide,
    /// The API was told to.
    Api,
    /// Its instructions could not be had or not be followed: see the alerts.
    ApplicationError,
    /// Its `TimeLimit` was over.
    TimeLimit,
    /// It was never connected.
    NotConnected,
}

/// What can be done to a live call from outside.
#[derive(Clone, Debug)]
pub(crate) enum Steer {
    /// End it, whatever it is doing.
    Complete,
    /// End it unless it was picked up.
    Cancel,
    /// Go on with other instructions.
    Redirect { source: Source, fallback: Option<Hook> },
    /// Report to somebody else from now on.
    Status(StatusHook),
    /// What it hears in this conference may have changed: look again.
    Changed { room: String },
    /// It is not in this conference any more.
    Out { room: String },
    /// Play this to it in this conference, and then go on as before.
    Announce { room: String, announcement: Announcement },
    /// It hears this.
    Hear(Sound),
    /// A call that its instructions dialled has something to tell.
    Child { sid: String, news: ChildNews },
    /// The call that dialled it is connected with it now.
    Bridged,
}

/// Something to be played into a conference.
#[derive(Clone, Debug)]
pub(crate) struct Announcement {
    pub(crate) hook: Hook,
    /// Whether its end is an event: one of those who hear it reports it for all.
    pub(crate) told: bool,
}

/// A sound from elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Sound {
    pub(crate) kind: &'static str,
    pub(crate) content: String,
    pub(crate) from: Option<String>,
    pub(crate) length: Duration,
}

/// What a dialled call tells the call that dialled it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChildNews {
    /// It was picked up, and hears its own instructions first, if it has any.
    Answered,
    /// It is ready to be connected.
    Ready,
    /// It went its own way: other instructions.
    Left,
    /// It is over.
    Over { status: Status, seconds: u64 },
}

/// A call as the network keeps it.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) report: CallReport,
    pub(crate) updated_at: Timestamp,
    /// Since when it has been over, by the wall clock.
    pub(crate) over_since: Option<Instant>,
    /// Present while somebody is there to listen.
    pub(crate) steer: Option<mpsc::UnboundedSender<Steer>>,
}

impl Call {
    /// The resource, as Twilio's SDKs parse it: numbers as strings, dates in RFC 2822.
    pub(crate) fn resource(&self) -> Value {
        let report = &self.report;
        let path = format!("/2010-04-01/Accounts/{}/Calls/{}", report.account_sid, report.sid);
        let date = |at: Option<Timestamp>| at.map(rfc2822);
        let over = report.status.is_final();
        let sub = |name: &str| format!("{path}/{name}.json");
        json!({
            "sid": report.sid,
            "account_sid": report.account_sid,
            "parent_call_sid": report.parent_call_sid,
            "to": report.to,
            "to_formatted": report.to,
            "from": report.from,
            "from_formatted": report.from,
            "phone_number_sid": null,
            "status": report.status.in_resources(),
            "start_time": date(report.started_at),
            "end_time": date(report.ended_at),
            "duration": over.then(|| report.duration_seconds.to_string()),
            "price": over.then(|| price(report.duration_seconds)),
            "price_unit": "USD",
            "direction": report.direction.as_str(),
            "answered_by": report.answered_by,
            "annotation": null,
            "api_version": "2010-04-01",
            "forwarded_from": null,
            "group_sid": null,
            "caller_name": null,
            "queue_time": "0",
            "trunk_sid": null,
            "date_created": date(Some(report.created_at)),
            "date_updated": date(Some(self.updated_at)),
            "uri": format!("{path}.json"),
            "subresource_uris": {
                "events": sub("Events"),
                "notifications": sub("Notifications"),
                "payments": sub("Payments"),
                "recordings": sub("Recordings"),
                "siprec": sub("Siprec"),
                "streams": sub("Streams"),
                "transcriptions": sub("Transcriptions"),
                "user_defined_message_subscriptions": sub("UserDefinedMessageSubscriptions"),
                "user_defined_messages": sub("UserDefinedMessages"),
            },
        })
    }
}

/// Cost of a call in US dollars, a negative amount as Twilio states it: 1.4 cents for each minute begun.
fn price(seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    format!("-{:.5}", minutes as f64 * 0.014)
}
