//! A queue: what calls wait in, what they ask of an agent, and how long they may wait.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::agents::agent::{Groups, Skills, check_groups, check_skills, works_at};
use crate::campaign::Violation;
use crate::ids::QueueId;
use crate::phone::E164;
use crate::script::Template;
use crate::window::{WeekWindow, Zones, next_open};

/// What an admin says of a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueuePlan {
    /// What people call it.
    pub name: String,
    /// What an agent must be able to do, at least so well.
    #[serde(default)]
    pub skills: Skills,
    /// Of which teams an agent must be in one; of any or none, if there are none.
    #[serde(default, skip_serializing_if = "Groups::is_empty")]
    pub groups: Groups,
    /// 0 is answered first, 9 last.
    #[serde(default = "QueuePlan::priority_default")]
    pub priority: u8,
    /// What those who wait hear.
    #[serde(default)]
    pub hold: HoldAudio,
    /// When it is open: for calls in, for those that are handed over, and for campaigns that dial for its agents;
    /// always, if absent.
    #[serde(default)]
    pub hours: Option<WeekWindow>,
    /// What somebody who calls in hears when it is closed, before a message may be left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_notice: Option<Template>,
    /// The timezone of its hours.
    #[serde(default = "QueuePlan::timezone_default")]
    pub timezone: String,
    /// The numbers whose callers come to it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub numbers: BTreeSet<E164>,
    /// What somebody who calls in hears first: that the call is recorded. Without it, it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording_notice: Option<Template>,
    /// How long a call in may wait before it goes to voicemail, seconds.
    #[serde(default = "QueuePlan::max_wait_default")]
    pub max_wait_seconds: u16,
    /// How long an agent has after a call, seconds.
    #[serde(default = "QueuePlan::wrap_up_default")]
    pub wrap_up_seconds: u16,
    /// What is promised.
    #[serde(default)]
    pub service_level: ServiceLevel,
    /// How agents may classify a call.
    #[serde(default)]
    pub dispositions: Vec<Disposition>,
}

/// So many of a hundred calls are answered within so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceLevel {
    /// Of a hundred.
    pub percent: u8,
    /// Within, seconds.
    pub seconds: u16,
}

impl Default for ServiceLevel {
    fn default() -> Self {
        Self { percent: 80, seconds: 20 }
    }
}

/// What is heard while waiting: the words, then the audio, again and again; the provider's music if neither is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldAudio {
    /// Words.
    #[serde(default)]
    pub say: Option<Template>,
    /// The address of an audio file of some seconds: agents are looked for between two of them.
    #[serde(default)]
    pub play: Option<String>,
}

/// A way in which a call can have gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disposition {
    /// As the agent's screen and reports name it: `sold`.
    pub code: String,
    /// As people read it.
    pub label: String,
    /// What follows from it.
    pub means: Meaning,
}

/// What a disposition means for the contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// All said.
    Done,
    /// They want it.
    Interested,
    /// They will be called again at a time that was promised.
    Callback,
    /// Somebody else lives there.
    WrongNumber,
    /// They want no more calls.
    DoNotCall,
}

impl Disposition {
    /// What a queue without dispositions of its own offers.
    #[must_use]
    pub fn standard() -> Vec<Self> {
        let one = |code: &str, label: &str, means| Self { code: code.into(), label: label.into(), means };
        vec![
            one("done", "Done", Meaning::Done),
            one("interested", "Interested", Meaning::Interested),
            one("callback", "Call back", Meaning::Callback),
            one("wrong_number", "Wrong number", Meaning::WrongNumber),
            one("do_not_call", "Do not call", Meaning::DoNotCall),
        ]
    }
}

/// A queue as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// Which.
    pub id: QueueId,
    /// What an admin said of it.
    pub plan: QueuePlan,
    /// Created.
    pub created_at: Timestamp,
}

impl QueuePlan {
    fn priority_default() -> u8 {
        5
    }

    fn timezone_default() -> String {
        "UTC".to_owned()
    }

    fn max_wait_default() -> u16 {
        120
    }

    fn wrap_up_default() -> u16 {
        30
    }

    /// Everything that keeps this queue from being stored; empty means nothing does.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        check_skills("skills", &self.skills, &mut found);
        check_groups("groups", &self.groups, &mut found);
        let mut violation = |field: &str, message: &str| {
            found.push(Violation { field: field.into(), message: message.into() })
        };
        if self.name.trim().is_empty() || self.name.chars().count() > 100 {
            violation("name", "must have 1 to 100 characters");
        }
        if self.priority > 9 {
            violation("priority", "must be from 0 to 9");
        }
        if self.numbers.len() > 100 {
            violation("numbers", "must be at most 100");
        }
        if self.max_wait_seconds > 3_600 {
            violation("max_wait_seconds", "must be at most 3600");
        }
        if self.wrap_up_seconds > 1_800 {
            violation("wrap_up_seconds", "must be at most 1800");
        }
        if !(1..=100).contains(&self.service_level.percent) {
            violation("service_level.percent", "must be from 1 to 100");
        }
        if Zones::new([&self.timezone]).is_err() {
            violation("timezone", "must be an IANA name such as Europe/Berlin");
        }
        if self.hold.play.as_ref().is_some_and(|url| !url.starts_with("https://") || url.len() > 1_000) {
            violation("hold.play", "must be the https address of an audio file");
        }
        let codes: BTreeSet<_> = self.dispositions.iter().map(|it| &it.code).collect();
        let named =
            |it: &Disposition| (1..=40).contains(&it.code.len()) && (1..=100).contains(&it.label.len());
        if codes.len() != self.dispositions.len() || !self.dispositions.iter().all(named) {
            violation("dispositions", "each has a code (1 to 40 characters, its own) and a label (1 to 100)");
        }
        found
    }

    /// The ways in which its calls can have gone.
    #[must_use]
    pub fn dispositions(&self) -> Vec<Disposition> {
        if self.dispositions.is_empty() { Disposition::standard() } else { self.dispositions.clone() }
    }

    /// Whether new calls are taken at an instant.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        works_at(self.hours.as_ref(), &self.timezone, at)
    }

    /// When new calls are taken next, not before an instant; `None` if not within a horizon.
    #[must_use]
    pub fn opens(&self, from: Timestamp, horizon: SignedDuration) -> Option<Timestamp> {
        let Some(hours) = &self.hours else { return Some(from) };
        next_open(hours, &Zones::new([&self.timezone]).ok()?, from, horizon)
    }
}
