//! How somebody enters a conference: the attributes of `<Conference>`, or the parameters of a participant.

use crate::twilio::form::Hook;

/// Most participants that a conference may have.
pub(crate) const MEMBERS_MAX: u32 = 250;

/// Longest label of a participant, and longest name of a conference, in characters.
pub(crate) const NAME_CHARS_MAX: usize = 128;

/// The groups of events that can be subscribed to.
pub(crate) const EVENT_GROUPS: [&str; 9] =
    ["start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement"];

/// The states of a recording that can be subscribed to.
pub(crate) const RECORDING_EVENTS: [&str; 4] = ["in-progress", "completed", "failed", "absent"];

/// Which conference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// The one of this name that is not over, or a new one.
    Named(String),
    /// This one.
    Sid(String),
}

impl Room {
    /// A name, or an id where it looks like one.
    pub(crate) fn of(text: &str) -> Self {
        let hex = text.strip_prefix("CF").unwrap_or_default();
        match hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            true => Self::Sid(text.to_owned()),
            false => Self::Named(text.to_owned()),
        }
    }
}

/// What somebody hears while they wait for the conference to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Twilio's own music.
    Music,
    Silence,
    /// What is found there, again and again if it says so.
    At(Hook),
}

/// Whether a beep tells the others of a coming or a going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Beep {
    pub(crate) on_enter: bool,
    pub(crate) on_exit: bool,
}

impl Beep {
    pub(crate) const WORDS: [&str; 4] = ["true", "false", "onEnter", "onExit"];

    pub(crate) fn of(word: &str) -> Self {
        Self { on_enter: matches!(word, "true" | "onEnter"), on_exit: matches!(word, "true" | "onExit") }
    }
}

/// A webhook for chosen events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventHook {
    pub(crate) hook: Hook,
    pub(crate) events: Vec<&'static str>,
}

/// How somebody enters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Joining {
    pub(crate) room: Room,
    pub(crate) label: Option<String>,
    pub(crate) muted: bool,
    /// The call that alone hears this one.
    pub(crate) coaches: Option<String>,
    pub(crate) beep: Beep,
    pub(crate) starts: bool,
    pub(crate) ends: bool,
    pub(crate) wait: Wait,
    pub(crate) members_max: u32,
    /// Who is told of the conference's events; only the first participant's counts.
    pub(crate) events: Option<EventHook>,
    pub(crate) record: bool,
    pub(crate) recording: Option<EventHook>,
}
