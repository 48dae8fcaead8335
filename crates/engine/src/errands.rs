//! Errands: what follows from a change and is run by somebody else, in their own time. Each may be run twice.

use carillon_domain::attempt::Recording;
use carillon_domain::ids::{AttemptRef, HookId, LiveId, TenantId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Copy a recording from the provider, or have nothing left of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepRecording {
    /// Of which call.
    pub call: LiveId,
    /// The message that was left, rather than the talk.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub message: bool,
    /// The person has been forgotten: the table does not say any more what the provider has of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forgotten: Option<Recording>,
}

impl KeepRecording {
    /// Where it is kept.
    #[must_use]
    pub fn key(&self) -> String {
        kept_at(&self.call, self.message)
    }
}

/// Where the talk of a call is kept, or the message that was left on it.
#[must_use]
pub fn kept_at(call: &LiveId, message: bool) -> String {
    match call {
        LiveId::Attempt(attempt) => recording_key(attempt),
        LiveId::Inbound { tenant, call } => {
            let what = if message { "message" } else { "talk" };
            format!("recordings/{tenant}/calls-in/{call}.{what}.mp3")
        }
    }
}

/// Where the recording of a call of ours is kept.
#[must_use]
pub fn recording_key(call: &AttemptRef) -> String {
    let enrollment = &call.enrollment;
    format!(
        "recordings/{}/{}/{}/{}.mp3",
        enrollment.tenant, enrollment.campaign, enrollment.contact, call.number
    )
}

/// Tell a tenant's hook something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tell {
    /// Whose.
    pub tenant: TenantId,
    /// Which hook.
    pub hook: HookId,
    /// The message's id: the same for the same news, however often it is ordered.
    pub message: String,
    /// What about.
    pub kind: String,
    /// What is sent.
    pub payload: String,
    /// When it happened.
    pub at: Timestamp,
    /// Not before; a queue delays by a quarter of an hour at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// Somebody asked for it: to be sent even if it was taken before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
}
