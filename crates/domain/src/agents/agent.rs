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

/// Teams, by the names that an admin gives them: `Berlin`, `Night shift`.
pub type Groups = BTreeSet<String>;

/// The best.
pub const LEVEL_MAX: u8 = 5;
/// More groups than anybody is in.
const GROUPS_MAX: usize = 20;

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
    /// Which teams they are in.
    #[serde(default, skip_serializing_if = "Groups::is_empty")]
    pub groups: Groups,
    /// Where they are reached.
    pub reach: Reach,
    /// With how many people they talk at once. On the telephone that is one: see `docs/adr/0010-a-human-answers.md`.
    #[serde(default = "AgentProfile::concurrency_default")]
    pub concurrency: u8,
    /// When they work, and get calls; always, if absent.
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

/// Groups as an admin may name them.
pub(crate) fn check_groups(field: &str, groups: &Groups, found: &mut Vec<Violation>) {
    let plain = |group: &String| (1..=50).contains(&group.chars().count()) && group.trim() == group;
    if groups.len() > GROUPS_MAX || !groups.iter().all(plain) {
        let message = "must be at most 20, each with a name of 1 to 50 characters".to_owned();
        found.push(Violation { field: field.to_owned(), message });
    }
}

impl AgentProfile {
    fn concurrency_default() -> u8 {
        1
    }

    /// Everything that keeps this profile from being stored; empty means nothing does.
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
        if Zones::new([&self.timezone]).is_err() {
            violation("timezone", "must be an IANA name such as Europe/Berlin");
        }
        if self.concurrency != 1 {
            violation("concurrency", "must be 1: nobody talks with two people at once");
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
        works_at(self.hours.as_ref(), &self.timezone, at)
    }
}

/// Whether somebody with these hours, in their timezone, works at an instant. Always, without any.
pub(crate) fn works_at(hours: Option<&WeekWindow>, timezone: &str, at: Timestamp) -> bool {
    hours.is_none_or(|hours| Zones::new([timezone]).is_ok_and(|zones| is_open(hours, &zones, at)))
}
