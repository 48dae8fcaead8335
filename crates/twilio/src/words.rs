//! Twilio's words for what the domain has types for.

use carillon_domain::ports::{AnsweredBy, CallStatus};

/// `initiated` is how some callbacks call the moment between queued and ringing.
pub(crate) fn status(word: &str) -> Option<CallStatus> {
    Some(match word {
        "queued" | "initiated" => CallStatus::Queued,
        "ringing" => CallStatus::Ringing,
        "in-progress" | "answered" => CallStatus::InProgress,
        "completed" => CallStatus::Completed,
        "busy" => CallStatus::Busy,
        "no-answer" => CallStatus::NoAnswer,
        "failed" => CallStatus::Failed,
        "canceled" => CallStatus::Canceled,
        _ => return None,
    })
}

/// A verdict that we do not know is one that does not tell.
pub(crate) fn answered_by(word: &str) -> AnsweredBy {
    match word {
        "human" => AnsweredBy::Human,
        "machine_start" => AnsweredBy::MachineStart,
        "machine_end_beep" => AnsweredBy::MachineBeep,
        "machine_end_silence" => AnsweredBy::MachineSilence,
        "machine_end_other" => AnsweredBy::MachineOther,
        "fax" => AnsweredBy::Fax,
        _ => AnsweredBy::Unknown,
    }
}
