//! How attempts end, and how enrollments do.

use serde::{Deserialize, Serialize};

/// How one attempt ended. Every attempt gets exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A person pressed the key for interest.
    Interested,
    /// A person asked not to be contacted again.
    OptedOut,
    /// A person spoke with an agent.
    Talked,
    /// A person answered, and no agent was free for them.
    Abandoned,
    /// A person heard the script to its end.
    Completed,
    /// A person answered and hung up before the end.
    HungUp,
    /// A machine answered and the message was left.
    VoicemailLeft,
    /// A machine answered and no message was left.
    Machine,
    /// A machine that asks who calls answered, and nobody came of it.
    Screened,
    /// Something answered, nothing could tell what, and nothing was heard from it.
    Unknown,
    /// A fax machine answered.
    Fax,
    /// It rang and nobody answered.
    NoAnswer,
    /// The line was busy.
    Busy,
    /// The network could not connect the call.
    Failed,
    /// The number does not exist or cannot be called.
    InvalidNumber,
    /// Somebody else lives there, an agent was told.
    WrongNumber,
    /// The provider does not let us call there.
    NotPermitted,
    /// We ended the call before it was answered.
    Canceled,
    /// Whether the call was placed was unknown; the provider has since said that it was not.
    NotPlaced,
}

impl Outcome {
    /// Every outcome, in the order in which reports show them.
    pub const ALL: [Self; 19] = [
        Self::Interested,
        Self::OptedOut,
        Self::Talked,
        Self::Abandoned,
        Self::Completed,
        Self::HungUp,
        Self::VoicemailLeft,
        Self::Machine,
        Self::Screened,
        Self::Unknown,
        Self::Fax,
        Self::NoAnswer,
        Self::Busy,
        Self::Failed,
        Self::InvalidNumber,
        Self::WrongNumber,
        Self::NotPermitted,
        Self::Canceled,
        Self::NotPlaced,
    ];

    /// Its name in the API, in reports and in counters.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Interested => "interested",
            Self::OptedOut => "opted_out",
            Self::Talked => "talked",
            Self::Abandoned => "abandoned",
            Self::Completed => "completed",
            Self::HungUp => "hung_up",
            Self::VoicemailLeft => "voicemail_left",
            Self::Machine => "machine",
            Self::Screened => "screened",
            Self::Unknown => "unknown",
            Self::Fax => "fax",
            Self::NoAnswer => "no_answer",
            Self::Busy => "busy",
            Self::Failed => "failed",
            Self::InvalidNumber => "invalid_number",
            Self::WrongNumber => "wrong_number",
            Self::NotPermitted => "not_permitted",
            Self::Canceled => "canceled",
            Self::NotPlaced => "not_placed",
        }
    }

    /// Whether a person answered: what the answer rate counts.
    #[must_use]
    pub fn is_live_answer(self) -> bool {
        match self {
            Self::Interested
            | Self::OptedOut
            | Self::Talked
            | Self::Abandoned
            | Self::Completed
            | Self::HungUp
            | Self::WrongNumber => true,
            Self::VoicemailLeft
            | Self::Machine
            | Self::Screened
            | Self::Unknown
            | Self::Fax
            | Self::NoAnswer
            | Self::Busy
            | Self::Failed
            | Self::InvalidNumber
            | Self::NotPermitted
            | Self::Canceled
            | Self::NotPlaced => false,
        }
    }

    /// Why the enrollment ends when no further try follows this outcome.
    #[must_use]
    pub fn as_end(self) -> EndReason {
        match self {
            Self::Interested | Self::Talked | Self::Completed | Self::HungUp => EndReason::Reached,
            Self::VoicemailLeft => EndReason::MessageLeft,
            Self::OptedOut => EndReason::OptedOut,
            Self::InvalidNumber | Self::WrongNumber | Self::Fax => EndReason::Unreachable,
            Self::Abandoned
            | Self::Machine
            | Self::Screened
            | Self::Unknown
            | Self::NoAnswer
            | Self::Busy
            | Self::Failed
            | Self::NotPermitted
            | Self::Canceled
            | Self::NotPlaced => EndReason::Exhausted,
        }
    }
}

/// Why an enrollment is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// A person was reached.
    Reached,
    /// A message was left on a machine and the policy asks for no more.
    MessageLeft,
    /// The person opted out during the campaign.
    OptedOut,
    /// The retry policy allows no further try.
    Exhausted,
    /// The number cannot be called at all.
    Unreachable,
    /// The person was on the suppression list.
    Suppressed,
    /// A rule forbids contacting this person for good (consent missing, say).
    NotAllowed,
    /// The calling window and the person's hours never meet before the campaign's end.
    NoWindow,
    /// The campaign was stopped, or its end date came, first.
    Stopped,
    /// The import that brought the contact was undone.
    Withdrawn,
    /// The person asked to be forgotten.
    Erased,
}

impl EndReason {
    /// Every reason, in the order in which reports show them.
    pub const ALL: [Self; 11] = [
        Self::Reached,
        Self::MessageLeft,
        Self::OptedOut,
        Self::Exhausted,
        Self::Unreachable,
        Self::Suppressed,
        Self::NotAllowed,
        Self::NoWindow,
        Self::Stopped,
        Self::Withdrawn,
        Self::Erased,
    ];

    /// Its name in the API, in reports and in counters.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::MessageLeft => "message_left",
            Self::OptedOut => "opted_out",
            Self::Exhausted => "exhausted",
            Self::Unreachable => "unreachable",
            Self::Suppressed => "suppressed",
            Self::NotAllowed => "not_allowed",
            Self::NoWindow => "no_window",
            Self::Stopped => "stopped",
            Self::Withdrawn => "withdrawn",
            Self::Erased => "erased",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_serde_writes() {
        for outcome in Outcome::ALL {
            assert_eq!(serde_json::to_value(outcome).expect("plain"), outcome.name());
        }
        for reason in EndReason::ALL {
            assert_eq!(serde_json::to_value(reason).expect("plain"), reason.name());
        }
    }
}
