//! What one person, or the machine that stands in for one, does on one call.
//!
//! These types are also the vocabulary of script files; times are in seconds and say so.

use serde::{Deserialize, Serialize};

use super::amd::{Ending, Sound};
use super::draw::seconds;

/// What happens when a number is called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Behaviour {
    /// A person picks up.
    Human(Human),
    /// An answering machine picks up.
    Voicemail(Voicemail),
    /// A phone's call screening picks up, asks who is calling, and its owner decides.
    Screening(Screening),
    /// A fax machine picks up.
    Fax(Fax),
    /// The line is engaged.
    Busy,
    /// It rings until the caller gives up.
    NoAnswer,
    /// The number is not in service: the call fails.
    Failed,
    /// The provider refuses to place the call at all, with this error code (21214, say).
    Refused(u32),
}

/// A person on the line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Human {
    /// How long it rings before they pick up.
    pub ring_seconds: f64,
    /// How long their "hello" takes. Answering-machine detection hears just this, so that a long one passes
    /// for a machine; 0 says nothing.
    pub hello_seconds: f64,
    /// What they do at the first prompt that asks for something, the second, and so on; then nothing.
    pub replies: Vec<Reply>,
    /// They put the phone down this long after picking it up; otherwise they stay to the end.
    pub hangs_up_after_seconds: Option<f64>,
    /// How they behave once they are connected with somebody (a conference, a dialled number): the first time,
    /// the second, and so on; the last entry repeats.
    pub talks: Vec<Talk>,
}

impl Default for Human {
    fn default() -> Self {
        Self {
            ring_seconds: 6.0,
            hello_seconds: 0.8,
            replies: Vec::new(),
            hangs_up_after_seconds: None,
            talks: Vec::new(),
        }
    }
}

/// One conversation, from a person's side. Times count from when they can hear somebody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Talk {
    /// What they say and which keys they press, in any order.
    pub acts: Vec<Act>,
    /// When they put the phone down; `null` leaves that to the others.
    pub hangs_up_after_seconds: Option<f64>,
    /// When their line dies.
    pub line_dies_after_seconds: Option<f64>,
}

impl Default for Talk {
    /// A minute in which nothing is said that anybody would have to remember.
    fn default() -> Self {
        Self { acts: Vec::new(), hangs_up_after_seconds: Some(60.0), line_dies_after_seconds: None }
    }
}

/// Something done during a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// They say something, which is heard by whoever hears them then.
    Say {
        /// The words.
        text: String,
        /// When.
        after_seconds: f64,
    },
    /// They press a key.
    Press {
        /// The key.
        key: char,
        /// When.
        after_seconds: f64,
    },
}

/// How a person meets a prompt (`<Gather>`, `<Record>`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reply {
    /// They press keys.
    Press {
        /// The keys, in order: `0`-`9`, `*`, `#`.
        keys: String,
        /// How long they take, from the end of the prompt, or from its beginning when they interrupt.
        #[serde(default = "reaction")]
        after_seconds: f64,
        /// Whether they press while the prompt is still being read.
        #[serde(default)]
        interrupts: bool,
    },
    /// They speak.
    Say {
        /// The words, as a perfect transcript would have them.
        text: String,
        /// How long they take to begin, from the end of the prompt, or from its beginning when they interrupt.
        #[serde(default = "reaction")]
        after_seconds: f64,
        /// Whether they speak while the prompt is still being read.
        #[serde(default)]
        interrupts: bool,
    },
    /// They do nothing.
    Silence,
}

fn reaction() -> f64 {
    1.5
}

/// An answering machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Voicemail {
    /// How long it rings before the machine takes over.
    pub ring_seconds: f64,
    /// How long its greeting is.
    pub greeting_seconds: f64,
    /// Whether a beep ends the greeting.
    pub beep: bool,
    /// How long a message may be before the machine hangs up.
    pub message_seconds_max: f64,
}

impl Default for Voicemail {
    fn default() -> Self {
        Self { ring_seconds: 22.0, greeting_seconds: 9.0, beep: true, message_seconds_max: 120.0 }
    }
}

/// A phone that answers for its owner and asks the caller to state their business.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Screening {
    /// How long it rings before the assistant takes over.
    pub ring_seconds: f64,
    /// How long the assistant speaks.
    pub question_seconds: f64,
    /// What it asks.
    pub question: String,
    /// How long it then waits for the caller to say something before it hangs up.
    pub answer_within_seconds: f64,
    /// How long after the question, or the beginning of the caller's answer if that is later, the owner decides.
    pub decides_after_seconds: f64,
    /// Whether the owner takes the call.
    pub accepts: bool,
    /// What the owner does at prompts when they take the call.
    pub replies: Vec<Reply>,
}

impl Default for Screening {
    fn default() -> Self {
        Self {
            ring_seconds: 3.0,
            question_seconds: 5.0,
            question:
                "Hi, if you record your name and reason for calling, I'll see if this person is available."
                    .to_owned(),
            answer_within_seconds: 10.0,
            decides_after_seconds: 8.0,
            accepts: false,
            replies: Vec::new(),
        }
    }
}

/// A fax machine: a carrier tone and nothing else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fax {
    /// How long it rings.
    pub ring_seconds: f64,
    /// How long it sends its tone before it gives up.
    pub tone_seconds: f64,
}

impl Default for Fax {
    fn default() -> Self {
        Self { ring_seconds: 2.0, tone_seconds: 35.0 }
    }
}

/// What a call learns once it has been picked up.
#[derive(Clone, Debug, PartialEq)]
pub struct Pickup {
    /// How long it rings first, in seconds.
    pub ring_seconds: f64,
    /// What answering-machine detection hears.
    pub sound: Sound,
    /// What they do at prompts.
    pub replies: Vec<Reply>,
    /// When the called side ends the call, in seconds after pick-up.
    pub leaves_after_seconds: Option<f64>,
    /// For a machine: when it begins to record the caller, in seconds after pick-up.
    pub mailbox_opens_after_seconds: Option<f64>,
    /// For call screening: what it asks, and what comes of it.
    pub screening: Option<Screening>,
    /// How they behave when they are connected with somebody.
    pub talks: Vec<Talk>,
}

impl Behaviour {
    /// What picks up, if anything does.
    pub fn pickup(&self) -> Option<Pickup> {
        match self {
            Self::Human(human) => Some(Pickup {
                ring_seconds: human.ring_seconds,
                sound: Sound {
                    speech: seconds(human.hello_seconds),
                    ending: Ending::Silence,
                    ..Sound::default()
                },
                replies: human.replies.clone(),
                leaves_after_seconds: human.hangs_up_after_seconds,
                mailbox_opens_after_seconds: None,
                screening: None,
                talks: human.talks.clone(),
            }),
            Self::Voicemail(machine) => {
                let opens = machine.greeting_seconds + if machine.beep { BEEP_SECONDS } else { 0.0 };
                Some(Pickup {
                    ring_seconds: machine.ring_seconds,
                    sound: Sound {
                        speech: seconds(machine.greeting_seconds),
                        ending: if machine.beep { Ending::Beep } else { Ending::Silence },
                        ..Sound::default()
                    },
                    replies: Vec::new(),
                    leaves_after_seconds: Some(opens + machine.message_seconds_max),
                    mailbox_opens_after_seconds: Some(opens),
                    screening: None,
                    talks: Vec::new(),
                })
            }
            Self::Screening(screen) => Some(Pickup {
                ring_seconds: screen.ring_seconds,
                sound: Sound {
                    speech: seconds(screen.question_seconds),
                    ending: Ending::Silence,
                    ..Sound::default()
                },
                replies: if screen.accepts { screen.replies.clone() } else { Vec::new() },
                leaves_after_seconds: Some(screen.question_seconds + screen.answer_within_seconds),
                mailbox_opens_after_seconds: None,
                screening: Some(screen.clone()),
                talks: Vec::new(),
            }),
            Self::Fax(fax) => Some(Pickup {
                ring_seconds: fax.ring_seconds,
                sound: Sound { carrier_tone: true, ..Sound::default() },
                replies: Vec::new(),
                leaves_after_seconds: Some(fax.tone_seconds),
                mailbox_opens_after_seconds: None,
                screening: None,
                talks: Vec::new(),
            }),
            Self::Busy | Self::NoAnswer | Self::Failed | Self::Refused(_) => None,
        }
    }
}

/// How long a machine's beep lasts.
pub const BEEP_SECONDS: f64 = 0.6;
