//! What the engine asks of the world outside the table. Each provider crate implements the port for its kind;
//! the simulation implements them all.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::AttemptRef;
use crate::phone::E164;

/// How the provider tells people from machines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmdMode {
    /// Not at all: whoever answers is treated as a person.
    #[default]
    Off,
    /// Before the first word is said: the greeting waits for the verdict.
    Sync,
    /// While the call runs: the verdict arrives by callback.
    Async,
}

/// A call to place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceCall {
    /// For which attempt: it stands in every callback URL.
    pub attempt: AttemptRef,
    /// Whom.
    pub to: E164,
    /// The caller id.
    pub from: E164,
    /// How long it may ring, seconds.
    pub ring_seconds_max: u16,
    /// Person or machine?
    pub amd: AmdMode,
    /// Wait for the end of a machine's greeting, because a message is to be left after the beep.
    pub await_beep: bool,
    /// Record the call.
    pub record: bool,
}

/// Why a provider refused a call, in our words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The number cannot be called: it does not exist or is malformed.
    InvalidNumber,
    /// The provider knows that this number has opted out.
    OptedOut,
    /// The account may not call there (geographic permission, unverified caller id, account suspended).
    NotPermitted,
    /// The provider said no for another reason.
    Other,
}

/// What became of a request to place a call.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// A definite no: no call exists.
    #[error("the provider refused the call (code {code:?})")]
    Refused {
        /// In our words.
        reason: Refusal,
        /// In the provider's.
        code: Option<u32>,
    },
    /// Too many calls a second: no call exists; try again later.
    #[error("the provider asks to slow down")]
    Throttled,
    /// Nobody knows whether a call exists: time-out, connection lost, or an answer that says nothing.
    #[error("it is unknown whether the call was placed")]
    Unknown(#[source] Option<Box<dyn std::error::Error + Send + Sync>>),
}

/// The provider's id of a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(pub String);

/// Where a call stands, as the provider says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallStatus {
    /// Accepted, not yet ringing.
    Queued,
    /// Ringing.
    Ringing,
    /// Answered and not over.
    InProgress,
    /// Over, after having been answered.
    Completed,
    /// The line was busy.
    Busy,
    /// Nobody answered in time.
    NoAnswer,
    /// It could not be connected.
    Failed,
    /// Ended by us before it was answered.
    Canceled,
}

impl CallStatus {
    /// Whether nothing more will happen.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self {
            Self::Queued | Self::Ringing | Self::InProgress => false,
            Self::Completed | Self::Busy | Self::NoAnswer | Self::Failed | Self::Canceled => true,
        }
    }
}

/// A call as the provider remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallReport {
    /// Its id.
    pub call: CallId,
    /// Where it stands.
    pub status: CallStatus,
    /// Who or what answered, if the provider detected that.
    pub answered_by: Option<AnsweredBy>,
    /// Talk time, seconds, once it is over.
    pub duration_seconds: Option<u32>,
    /// When the provider accepted it.
    pub created_at: Timestamp,
}

/// Who or what answered, as detected by the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnsweredBy {
    /// A person.
    Human,
    /// A machine, still speaking its greeting.
    MachineStart,
    /// A machine that has beeped: a message can be left now.
    MachineBeep,
    /// A machine whose greeting ended without a beep: a message can be left now.
    MachineSilence,
    /// A machine whose greeting ended in some other way.
    MachineOther,
    /// A fax machine.
    Fax,
    /// The provider could not tell.
    Unknown,
}

/// The provider could not be asked, or did not answer sensibly.
#[derive(Debug, thiserror::Error)]
#[error("the provider could not be asked: {what}")]
pub struct AskError {
    /// In which step. No personal data.
    pub what: String,
    /// The cause.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Places and inspects calls.
#[async_trait]
pub trait Voice: Send + Sync {
    /// Place a call. Called at most once for an attempt, unless the provider answered with a definite no.
    async fn place(&self, call: &PlaceCall) -> Result<CallId, PlaceError>;

    /// What became of a call whose id is known.
    async fn report(&self, call: &CallId) -> Result<Option<CallReport>, AskError>;

    /// The calls placed between two numbers from a time on: what is asked when the answer to `place` was lost.
    async fn calls_since(&self, to: &E164, from: &E164, since: Timestamp) -> Result<Vec<CallReport>, AskError>;

    /// End a call.
    async fn hang_up(&self, call: &CallId) -> Result<(), AskError>;
}
