//! An agent: what somebody who takes calls can do, when, and where they are reached.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::agents::ports::Reach;
use crate::campaign::Violation;
use crate::ids::{AgentId, QueueId};
use crate::window::{WeekWindow, Zones, is_open};

/// How well somebody can do something, 1 to 5, by the skill's name.
pub type Skills = BTreeMap<String, u8>;

/// The best.
pub const LEVEL_MAX: u8 = 5;

/// What an admin says of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentProfile {
    /// What colleagues see.
    pub name: String,
    /// What they can do.
    #[serde(default)]
    pub skills: Skills,
    /// Which queues they serve.
    #[serde(default)]
    pub queues: BTreeSet<QueueId>,
    /// Where they are reached.
    pub reach: Reach,
    /// When they work; always, if absent.
    #[serde(default)]
    pub hours: Option<WeekWindow>,
    /// The timezone of their hours.
    pub timezone: String,
}

/// An agent as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Which: derived from the user.
    pub id: AgentId,
    /// The profile.
    pub profile: AgentProfile,
    /// Created.
    pub created_at: Timestamp,
}

/// Skills as an admin may give them.
pub(crate) fn check_skills(field: &str, skills: &Skills, found: &mut Vec<Violation>) {
    for (skill, level) in skills {
        let plain = (1..=50).contains(&skill.chars().count()) && skill.trim() == skill;
        if !plain || !(1..=LEVEL_MAX).contains(level) {
            let message = "a skill has a name of 1 to 50 characters and a level from 1 to 5".to_owned();
            found.push(Violation { field: field.to_owned(), message });
            return;
        }
    }
}

impl AgentProfile {
    /// Everything that keeps this profile from being stored; empty means nothing does.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        check_skills("skills", &self.skills, &mut found);
        let mut violation = |field: &str, message: &str| {
            found.push(Violation { field: field.into(), message: message.into() })
        };
        if self.name.trim().is_empty() || self.name.chars().count() > 100 {
            violation("name", "must have 1 to 100 characters");
        }
        if Zones::new([&self.timezone]).is_err() {
            violation("timezone", "must be an IANA name such as Europe/Berlin");
        }
        if self.skills.len() > 50 {
            violation("skills", "must be at most 50");
        }
        if self.queues.len() > 50 {
            violation("queues", "must be at most 50");
        }
        found
    }

    /// Whether they work at an instant.
    #[must_use]
    pub fn works_at(&self, at: Timestamp) -> bool {
        let Some(hours) = &self.hours else { return true };
        Zones::new([&self.timezone]).is_ok_and(|zones| is_open(hours, &zones, at))
    }
}
