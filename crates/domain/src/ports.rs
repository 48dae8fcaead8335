//! What the engine asks of the world outside the table. Each provider crate implements the port for its kind;
//! the simulation implements them all.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{AttemptRef, TenantId};
use crate::phone::E164;
use crate::script::Opening;

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

/// How detection is tuned. What is absent is the provider's to choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmdTuning {
    /// Give up after so long, seconds.
    #[serde(default)]
    pub timeout_seconds: Option<u16>,
    /// Who speaks for longer than this at a stretch is a machine, milliseconds.
    #[serde(default)]
    pub speech_ms: Option<u16>,
    /// Silence that ends a stretch of speech, milliseconds.
    #[serde(default)]
    pub speech_end_ms: Option<u16>,
    /// Silence at the beginning after which nobody can tell, milliseconds.
    #[serde(default)]
    pub silence_ms: Option<u16>,
}

impl AmdTuning {
    /// Each value with its field and its limits: Twilio's, the narrower ones.
    #[must_use]
    pub fn limits(&self) -> [(&'static str, Option<u16>, (u16, u16)); 4] {
        [
            ("amd_tuning.timeout_seconds", self.timeout_seconds, (3, 59)),
            ("amd_tuning.speech_ms", self.speech_ms, (1_000, 6_000)),
            ("amd_tuning.speech_end_ms", self.speech_end_ms, (500, 5_000)),
            ("amd_tuning.silence_ms", self.silence_ms, (2_000, 10_000)),
        ]
    }
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
    /// How that is tuned.
    pub amd_tuning: AmdTuning,
    /// Wait for the end of a machine's greeting, because a message is to be left after the beep.
    pub await_beep: bool,
    /// Record the call.
    pub record: bool,
    /// What is said on answering, to be given to the provider with the call: nobody waits for our answer then. Where it
    /// is absent, or too long to be passed on, the provider asks on answering.
    pub opening: Option<Opening>,
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
    /// The provider cannot be reached, or refuses our credentials: no call exists, and trying again at once is
    /// pointless.
    #[error("the provider is unavailable")]
    Unavailable(#[source] Option<Box<dyn std::error::Error + Send + Sync>>),
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

impl AnsweredBy {
    /// Whether nobody is there to talk to: an answering machine or a fax.
    #[must_use]
    pub fn is_machine(self) -> bool {
        match self {
            Self::MachineStart
            | Self::MachineBeep
            | Self::MachineSilence
            | Self::MachineOther
            | Self::Fax => true,
            Self::Human | Self::Unknown => false,
        }
    }
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
    async fn calls_since(
        &self,
        to: &E164,
        from: &E164,
        since: Timestamp,
    ) -> Result<Vec<CallReport>, AskError>;

    /// For which attempt the provider was asked to place a call, by what it has kept of it: evidence, where times are
    /// none. `None` as long as it does not say; Twilio says it from a quarter of an hour after the call's end on.
    async fn placed_for(&self, call: &CallId) -> Result<Option<AttemptRef>, AskError>;

    /// End a call.
    async fn hang_up(&self, call: &CallId) -> Result<(), AskError>;
}

/// Each tenant's voice provider.
#[async_trait]
pub trait Voices: Send + Sync {
    /// The provider that the tenant has set up.
    async fn of(&self, tenant: &TenantId) -> Result<Arc<dyn Voice>, AskError>;
}

/// A message to be queued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The body: JSON, at most 256 KiB.
    pub body: String,
    /// Seconds before anybody may receive it, at most 900. Must be 0 for a queue that keeps order.
    pub delay_seconds: u16,
    /// Which group it belongs to: in a queue that keeps order, the group that is kept in order; in any other,
    /// the tenant whose backlog must not hold up the others.
    pub group: Option<String>,
}

/// Some messages were not queued.
#[derive(Debug, thiserror::Error)]
#[error("{} messages could not be queued", unsent.len())]
pub struct QueueError {
    /// Their positions in what was passed, ascending. All others were queued.
    pub unsent: Vec<usize>,
    /// The last cause.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Takes messages for later. At least once: a message whose acknowledgement was lost is sent again.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Queue them all; the error names those that could not be.
    async fn send(&self, messages: Vec<Outgoing>) -> Result<(), QueueError>;
}

/// What is known of a stored object without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Its size, bytes.
    pub size: u64,
    /// Changes with every version of the content.
    pub etag: String,
}

/// What one presigned upload may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadTerms {
    /// The exact `Content-Type`.
    pub content_type: String,
    /// The exact size, bytes: the caller has checked it against its limit, and the store refuses any other.
    pub content_length: u64,
    /// How long the address works, seconds.
    pub valid_seconds: u32,
}

/// An address at which whoever holds it may do one thing for a while.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presigned {
    /// `GET` or `PUT`.
    pub method: String,
    /// The address. It is a credential: keep it out of logs.
    pub url: String,
    /// The headers that must be sent exactly so.
    pub headers: std::collections::BTreeMap<String, String>,
}

impl std::fmt::Debug for Presigned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Presigned").field("method", &self.method).finish_non_exhaustive()
    }
}

/// An object could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// No object has this key.
    #[error("there is no such object")]
    Missing,
    /// The object is no longer the one that the caller began to read.
    #[error("the object was replaced")]
    Replaced,
    /// The store could not be asked, or did not answer sensibly.
    #[error("the object store could not be asked: {step}")]
    Failed {
        /// In which step.
        step: &'static str,
        /// The cause.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
}

/// Holds files: what was uploaded, what was rejected, recordings.
#[async_trait]
pub trait Objects: Send + Sync {
    /// What is known of an object, `None` where there is none.
    async fn head(&self, key: &str) -> Result<Option<ObjectInfo>, ObjectError>;

    /// At most `len` bytes from `from` on; fewer at the end, none beyond it. With an `etag`, only of that version, so
    /// that a reader that comes back does not join two files.
    async fn get_range(
        &self,
        key: &str,
        etag: Option<&str>,
        from: u64,
        len: u64,
    ) -> Result<Vec<u8>, ObjectError>;

    /// Write an object as a whole.
    async fn put(&self, key: &str, bytes: Vec<u8>, content_type: &str) -> Result<ObjectInfo, ObjectError>;

    /// Delete an object. That there is none is no error.
    async fn delete(&self, key: &str) -> Result<(), ObjectError>;

    /// Write an object that consists of `head` and the content of other objects, in order. Memory stays flat
    /// however large they are.
    async fn concat(
        &self,
        head: Vec<u8>,
        parts: &[String],
        key: &str,
        content_type: &str,
    ) -> Result<(), ObjectError>;

    /// An address to upload to.
    async fn presign_put(&self, key: &str, terms: &UploadTerms) -> Result<Presigned, ObjectError>;

    /// An address to download from; with a file name, as an attachment of that name.
    async fn presign_get(
        &self,
        key: &str,
        file_name: Option<&str>,
        valid_seconds: u32,
    ) -> Result<Presigned, ObjectError>;
}
