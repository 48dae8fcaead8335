//! A campaign: what it says to whom, when, and which commands its state allows.

mod through;

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::attempt::AgentsWhen;
use crate::compliance::Purpose;
use crate::ids::{CampaignId, ContactId, ImportId};
use crate::phone::E164;
use crate::ports::{AmdMode, AmdTuning};
use crate::retry::RetryPolicy;
use crate::script::{CallScript, Digit};
use crate::window::WeekWindow;

pub use through::{AgentsPlan, ForwardPlan};

/// What an admin designs and may edit while no calls are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignPlan {
    /// What people call it.
    pub name: String,
    /// Why contacts are called: the law asks more of telemarketing than of an appointment reminder.
    pub purpose: Purpose,
    /// What is said.
    pub script: CallScript,
    /// Numbers to call from, taken in turn.
    pub caller_ids: Vec<E164>,
    /// When contacts may be called, in their own timezone.
    pub window: WeekWindow,
    /// Leave out house hours (never the law's): for people who have asked to be called at any hour.
    #[serde(default)]
    pub waive_house_rules: bool,
    /// The campaign's own timezone: where its days begin and end for the daily limit.
    pub timezone: String,
    /// Not before.
    #[serde(default)]
    pub start_at: Option<Timestamp>,
    /// Not after: what is still waiting then ends as stopped.
    #[serde(default)]
    pub end_at: Option<Timestamp>,
    /// At most this many calls a day, in the campaign's timezone.
    #[serde(default)]
    pub daily_limit: Option<u32>,
    /// What to try again, and when.
    pub retry: RetryPolicy,
    /// How fast.
    #[serde(default)]
    pub pace: Pace,
    /// People and machines.
    #[serde(default)]
    pub amd: AmdMode,
    /// How detection is tuned; the provider's own values where absent.
    #[serde(default)]
    pub amd_tuning: AmdTuning,
    /// Who takes the calls of people who answer; without it, the script alone.
    #[serde(default)]
    pub agents: Option<AgentsPlan>,
    /// A telephone outside to which people who answer are put through; instead of agents of ours.
    #[serde(default)]
    pub forward: Option<ForwardPlan>,
    /// Whether calls are recorded.
    #[serde(default)]
    pub record: bool,
}

/// How fast a campaign calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// Calls a second, for the whole campaign. Twilio allows an account 1 a second unless told otherwise, and
    /// queues the excess for up to a day, which is why we never send more.
    #[serde(default = "Pace::calls_per_second_default")]
    pub calls_per_second: u16,
    /// How long a call may ring, seconds. United States law asks for at least 15.
    #[serde(default = "Pace::ring_seconds_default")]
    pub ring_seconds: u16,
    /// How far ahead one wave reaches, seconds. Planning a wave costs as much as placing some calls, whatever its
    /// length; but what has been queued goes in the order in which it was planned, for up to one wave and a half.
    #[serde(default = "Pace::wave_seconds_default")]
    pub wave_seconds: u16,
}

impl Pace {
    fn calls_per_second_default() -> u16 {
        1
    }

    fn ring_seconds_default() -> u16 {
        30
    }

    fn wave_seconds_default() -> u16 {
        300
    }

    /// How many calls one wave holds.
    #[must_use]
    pub fn wave_size(self) -> u32 {
        u32::from(self.calls_per_second) * u32::from(self.wave_seconds)
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            calls_per_second: Self::calls_per_second_default(),
            ring_seconds: Self::ring_seconds_default(),
            wave_seconds: Self::wave_seconds_default(),
        }
    }
}

/// Something about a plan that must be mended before it can run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// Which field, as a path (`pace.ring_seconds`).
    pub field: String,
    /// What is wrong with it, and what would be right.
    pub message: String,
}

impl CampaignPlan {
    /// Everything that keeps this plan from running; empty means it can.
    #[must_use]
    pub fn violations(&self, now: Timestamp) -> Vec<Violation> {
        let mut found = Vec::new();
        let mut violation =
            |field: &str, message: String| found.push(Violation { field: field.to_owned(), message });
        if self.name.trim().is_empty() || self.name.chars().count() > 200 {
            violation("name", "must have 1 to 200 characters".into());
        }
        if self.caller_ids.is_empty() {
            violation("caller_ids", "at least one number to call from is needed".into());
        }
        if TimeZone::get(&self.timezone).is_err() {
            violation("timezone", "must be an IANA name such as Europe/Berlin".into());
        }
        if let Err(error) = self.retry.validate() {
            violation("retry", error.to_string());
        }
        if let (Some(start), Some(end)) = (self.start_at, self.end_at)
            && end <= start
        {
            violation("end_at", "must be later than start_at".into());
        }
        if self.end_at.is_some_and(|end| end <= now) {
            violation("end_at", "lies in the past".into());
        }
        if self.daily_limit == Some(0) {
            violation("daily_limit", "must be at least 1; leave it out for no limit".into());
        }
        if !(1..=500).contains(&self.pace.calls_per_second) {
            violation("pace.calls_per_second", "must be from 1 to 500".into());
        }
        if !(15..=120).contains(&self.pace.ring_seconds) {
            violation("pace.ring_seconds", "must be from 15 to 120".into());
        }
        // Two waves may lie ahead at once, and a queue delays by 900 seconds at most.
        if !(1..=450).contains(&self.pace.wave_seconds) {
            violation("pace.wave_seconds", "must be from 1 to 450".into());
        }
        if self.amd == AmdMode::Off && self.script.voicemail.is_some() {
            violation("script.voicemail", "needs answering machine detection (amd) to be on".into());
        }
        if self.amd == AmdMode::Async && self.agents.is_none() {
            violation(
                "amd",
                "detection while the call runs is for calls that agents take; use sync or off".into(),
            );
        }
        let has_menu = self.script.menu.is_some();
        if let Some(agents) = &self.agents {
            agents.violations(has_menu, &mut violation);
        }
        if let Some(forward) = &self.forward {
            if self.agents.is_some() {
                violation("forward", "is instead of agents: leave one of them out".into());
            }
            forward.violations(has_menu, &mut violation);
        }
        for (field, value, (least, most)) in self.amd_tuning.limits() {
            if value.is_some_and(|value| !(least..=most).contains(&value)) {
                violation(field, format!("must be from {least} to {most}"));
            }
        }
        if let Some(menu) = &self.script.menu {
            if menu.interest_key == menu.opt_out_key {
                violation("script.menu.opt_out_key", "must differ from interest_key".into());
            }
            if !(1..=30).contains(&menu.wait_seconds) {
                violation("script.menu.wait_seconds", "must be from 1 to 30".into());
            }
            if menu.repeats > 5 {
                violation("script.menu.repeats", "must be at most 5".into());
            }
        }
        found
    }

    /// When people are put through to somebody, if at all.
    #[must_use]
    pub fn puts_through(&self) -> Option<AgentsWhen> {
        let agents = self.agents.as_ref().map(|agents| agents.when);
        agents.or_else(|| self.forward.as_ref().map(|forward| forward.when))
    }

    /// The key that opts out while a person is told that nobody is free.
    #[must_use]
    pub fn refusal_key(&self) -> Option<Digit> {
        let agents = self.agents.as_ref().map(|agents| agents.refusal_key);
        agents.or_else(|| self.forward.as_ref().map(|forward| forward.refusal_key))
    }

    /// The campaign's timezone; UTC if it is unknown, which [`Self::violations`] reports.
    #[must_use]
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.timezone).unwrap_or(TimeZone::UTC)
    }

    /// The campaign's day at an instant, and when the next one begins.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> (Date, Timestamp) {
        let local = at.to_zoned(self.zone());
        let midnight = local.tomorrow().and_then(|next| next.start_of_day());
        let next = midnight.map_or(at + SignedDuration::from_hours(24), |midnight| midnight.timestamp());
        (local.date(), next)
    }

    /// Whose turn it is to be the caller id. The same for a repeated decision.
    #[must_use]
    pub fn caller_id(&self, contact: &ContactId, attempt: u16) -> Option<&E164> {
        let turn = contact.as_str().bytes().map(usize::from).sum::<usize>() + usize::from(attempt);
        self.caller_ids.get(turn.checked_rem(self.caller_ids.len())?)
    }
}

/// Where a campaign stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    /// Being designed.
    Draft,
    /// Started, and waiting for its start date.
    Scheduled,
    /// Calling.
    Running,
    /// Not calling until resumed.
    Paused,
    /// No new calls; waits for those in flight, then completes.
    Stopping,
    /// Every enrollment has ended.
    Completed,
    /// Out of sight.
    Archived,
}

impl CampaignState {
    /// Its name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopping => "stopping",
            Self::Completed => "completed",
            Self::Archived => "archived",
        }
    }

    /// Whether an execution of the state machine belongs to it.
    #[must_use]
    pub fn is_active(self) -> bool {
        match self {
            Self::Scheduled | Self::Running | Self::Stopping => true,
            Self::Draft | Self::Paused | Self::Completed | Self::Archived => false,
        }
    }

    /// Whether contacts may still be added.
    #[must_use]
    pub fn accepts_contacts(self) -> bool {
        match self {
            Self::Draft | Self::Scheduled | Self::Running | Self::Paused => true,
            Self::Stopping | Self::Completed | Self::Archived => false,
        }
    }
}

/// What somebody, or the engine, asks of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Change the plan.
    Edit,
    /// Begin, now or at the start date.
    Start,
    /// No new calls for the time being.
    Pause,
    /// Go on.
    Resume,
    /// No new calls ever.
    Stop,
    /// Put away.
    Archive,
    /// Delete: possible only before it ever ran.
    Delete,
    /// The engine: the start date has come.
    Due,
    /// The engine: every enrollment has ended.
    Finish,
}

/// The command does not fit the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a campaign that is {} cannot be {past}", state.name())]
pub struct NotNow {
    /// The state.
    pub state: CampaignState,
    /// The command, as a participle.
    pub past: &'static str,
}

/// The state that a command leads to. [`Command::Delete`] leads nowhere: the state stays.
///
/// # Errors
/// [`NotNow`] if the state does not allow the command.
pub fn transition(
    state: CampaignState,
    command: Command,
    start_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<CampaignState, NotNow> {
    use CampaignState as S;
    let refuse = |past| Err(NotNow { state, past });
    match command {
        Command::Edit => match state {
            S::Draft | S::Scheduled | S::Paused => Ok(state),
            S::Running | S::Stopping | S::Completed | S::Archived => refuse("edited"),
        },
        Command::Start => match state {
            S::Draft if start_at.is_some_and(|start| start > now) => Ok(S::Scheduled),
            S::Draft => Ok(S::Running),
            S::Scheduled | S::Running | S::Paused | S::Stopping | S::Completed | S::Archived => {
                refuse("started")
            }
        },
        Command::Pause => match state {
            S::Scheduled | S::Running => Ok(S::Paused),
            S::Draft | S::Paused | S::Stopping | S::Completed | S::Archived => refuse("paused"),
        },
        Command::Resume => match state {
            S::Paused if start_at.is_some_and(|start| start > now) => Ok(S::Scheduled),
            S::Paused => Ok(S::Running),
            S::Draft | S::Scheduled | S::Running | S::Stopping | S::Completed | S::Archived => {
                refuse("resumed")
            }
        },
        Command::Stop => match state {
            S::Scheduled | S::Running | S::Paused => Ok(S::Stopping),
            S::Draft | S::Stopping | S::Completed | S::Archived => refuse("stopped"),
        },
        Command::Archive => match state {
            S::Draft | S::Completed => Ok(S::Archived),
            S::Scheduled | S::Running | S::Paused | S::Stopping | S::Archived => refuse("archived"),
        },
        Command::Delete => match state {
            S::Draft => Ok(state),
            S::Scheduled | S::Running | S::Paused | S::Stopping | S::Completed | S::Archived => {
                refuse("deleted")
            }
        },
        Command::Due => match state {
            S::Scheduled => Ok(S::Running),
            S::Draft | S::Running | S::Paused | S::Stopping | S::Completed | S::Archived => refuse("begun"),
        },
        Command::Finish => match state {
            S::Running | S::Stopping => Ok(S::Completed),
            S::Draft | S::Scheduled | S::Paused | S::Completed | S::Archived => refuse("finished"),
        },
    }
}

/// A campaign as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// Its id.
    pub id: CampaignId,
    /// Where it stands.
    pub state: CampaignState,
    /// What it does.
    pub plan: CampaignPlan,
    /// How many partitions its enrollments are spread over. Fixed at creation: an enrollment's shard follows
    /// from its contact's id and this number.
    pub shards: u8,
    /// Counts starts and resumes. An execution that carries an older number has been superseded and ends.
    pub run: u32,
    /// When the current run was to begin. Long past, and its planner has not looked: the execution was lost.
    #[serde(default)]
    pub run_at: Option<Timestamp>,
    /// Imports that are adding contacts to it right now: it does not complete before they are done.
    #[serde(default)]
    pub imports_open: BTreeSet<ImportId>,
    /// Created.
    pub created_at: Timestamp,
    /// First started.
    #[serde(default)]
    pub started_at: Option<Timestamp>,
    /// Completed.
    #[serde(default)]
    pub completed_at: Option<Timestamp>,
}

impl Campaign {
    /// The shard of a contact's enrollment.
    #[must_use]
    pub fn shard_of(&self, contact: &ContactId) -> u8 {
        // The id's tail is a keyed hash or random: any byte of it is spread evenly.
        let tail = contact.as_str().as_bytes();
        let mixed =
            tail.iter().rev().take(4).fold(0u32, |hash, byte| hash.wrapping_mul(31) + u32::from(*byte));
        u8::try_from(mixed % u32::from(self.shards.max(1))).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [CampaignState; 7] = [
        CampaignState::Draft,
        CampaignState::Scheduled,
        CampaignState::Running,
        CampaignState::Paused,
        CampaignState::Stopping,
        CampaignState::Completed,
        CampaignState::Archived,
    ];

    /// Rows: states. Columns: Edit Start Pause Resume Stop Archive Delete Due Finish; `.` is refused.
    const TABLE: [(CampaignState, &str); 7] = [
        (CampaignState::Draft, "d r . . . a d . ."),
        (CampaignState::Scheduled, "s . p . t . . r ."),
        (CampaignState::Running, ". . p . t . . . c"),
        (CampaignState::Paused, "p . . r t . . . ."),
        (CampaignState::Stopping, ". . . . . . . . c"),
        (CampaignState::Completed, ". . . . . a . . ."),
        (CampaignState::Archived, ". . . . . . . . ."),
    ];

    #[test]
    fn every_state_answers_every_command() {
        let commands = [
            Command::Edit,
            Command::Start,
            Command::Pause,
            Command::Resume,
            Command::Stop,
            Command::Archive,
            Command::Delete,
            Command::Due,
            Command::Finish,
        ];
        let letter = |state| match state {
            CampaignState::Draft => "d",
            CampaignState::Scheduled => "s",
            CampaignState::Running => "r",
            CampaignState::Paused => "p",
            CampaignState::Stopping => "t",
            CampaignState::Completed => "c",
            CampaignState::Archived => "a",
        };
        assert_eq!(TABLE.map(|(state, _)| state), STATES);
        for (state, row) in TABLE {
            let answers: Vec<&str> = commands
                .iter()
                .map(|&command| transition(state, command, None, Timestamp::UNIX_EPOCH).map_or(".", letter))
                .collect();
            assert_eq!(answers.join(" "), row, "{state:?}");
        }
    }

    #[test]
    fn a_start_date_ahead_schedules() {
        let start = Some(Timestamp::from_second(100).expect("valid"));
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(
            transition(CampaignState::Draft, Command::Start, start, now),
            Ok(CampaignState::Scheduled)
        );
        assert_eq!(
            transition(CampaignState::Paused, Command::Resume, start, now),
            Ok(CampaignState::Scheduled)
        );
    }

    #[test]
    fn a_refusal_says_why() {
        let refused = transition(CampaignState::Completed, Command::Pause, None, Timestamp::UNIX_EPOCH);
        assert_eq!(
            refused.expect_err("refused").to_string(),
            "a campaign that is completed cannot be paused"
        );
    }
}
