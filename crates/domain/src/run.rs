//! Running a campaign: how far its planner has come, how much may go next, and when to look again.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::campaign::{Campaign, CampaignState};
use crate::compliance::TermsId;

/// What the planner remembers between waves. Saved on condition that nobody else has saved it since: two
/// planners at once cannot both plan the same wave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunProgress {
    /// The campaign's run that this belongs to.
    pub run: u32,
    /// The due-index key up to which enrollments have been planned. What lies behind it is in flight or lost.
    #[serde(default)]
    pub frontier: Option<String>,
    /// The furthest that any frontier has come: behind it, an enrollment may have an attempt already.
    #[serde(default)]
    pub seen: Option<String>,
    /// Until when the waves planned so far keep the caller ids busy.
    pub paced_until: Timestamp,
    /// The campaign's day that `planned_today` counts.
    pub day: Date,
    /// Calls planned on that day.
    pub planned_today: u32,
    /// The waves of the last quarter of an hour, newest last.
    #[serde(default)]
    pub waves: Vec<Wave>,
    /// When the planner means to look again. Long past, and not looked: its execution has died.
    pub wake_at: Timestamp,
    /// How often in a row the due index looked empty while the counters did not.
    #[serde(default)]
    pub doubts: u32,
    /// Calls for agents that were queued a moment ago: each will hold one of those who look free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
    /// The terms that this run has stored, so that its decisions can be made again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<TermsId>,
}

/// Calls for agents that have been queued, and may not have been placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// How many.
    pub calls: u32,
    /// When the last of them was queued.
    pub at: Timestamp,
}

/// How long a call that was queued may take to hold its agent: orders go in a breath, and a function may have to start.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_secs(6);

/// A wave that was planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wave {
    /// When its last call is to be placed.
    pub until: Timestamp,
    /// The frontier after it.
    pub frontier: String,
}

/// How many waves are remembered.
const WAVES_KEPT: usize = 16;
/// Waves closer together than this are remembered as one. A planner may plan twice a second for hours: however it
/// does, what is remembered reaches back a quarter of an hour, so that something in it has settled.
const WAVES_APART: SignedDuration = SignedDuration::from_secs(60);

/// What stands between now and the next wave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stance {
    /// Plan up to `room` calls.
    Plan {
        /// How many.
        room: u32,
        /// When the wave's first call may go.
        from: Timestamp,
    },
    /// End what has not been called.
    WindUp,
    /// Nothing may go before this.
    Wait(Timestamp),
    /// Another execution has taken over, or the campaign is not running.
    Superseded,
}

impl RunProgress {
    /// The beginning of a run. A resumed campaign starts over at the front of the due index: what was queued
    /// when it was paused has not been called, and what has been called is told by its attempt.
    #[must_use]
    pub fn begin(run: u32, before: Option<&Self>, day: Date, now: Timestamp) -> Self {
        Self {
            run,
            frontier: None,
            seen: before.and_then(|before| before.seen.clone()),
            paced_until: now,
            day,
            planned_today: before.filter(|before| before.day == day).map_or(0, |before| before.planned_today),
            waves: Vec::new(),
            wake_at: now,
            doubts: 0,
            asked: None,
            terms: None,
        }
    }

    /// What may be done now.
    #[must_use]
    pub fn stance(&self, campaign: &Campaign, run: u32, now: Timestamp) -> Stance {
        if campaign.run != run {
            return Stance::Superseded;
        }
        match campaign.state {
            CampaignState::Draft
            | CampaignState::Paused
            | CampaignState::Completed
            | CampaignState::Archived => {
                return Stance::Superseded;
            }
            CampaignState::Stopping => return Stance::WindUp,
            CampaignState::Scheduled | CampaignState::Running => {}
        }
        if let Some(start) = campaign.plan.start_at
            && start > now
        {
            return Stance::Wait(start);
        }
        if campaign.plan.end_at.is_some_and(|end| end <= now) {
            return Stance::WindUp;
        }
        let from = self.paced_until.max(now);
        let length = SignedDuration::from_secs(i64::from(campaign.plan.pace.wave_seconds));
        if from.duration_since(now) >= length {
            return Stance::Wait(from - length / 2);
        }
        let mut room = campaign.plan.pace.wave_size();
        if let Some(limit) = campaign.plan.daily_limit {
            let (day, midnight) = campaign.plan.day(from);
            let planned = if day == self.day { self.planned_today } else { 0 };
            // A wave never reaches past midnight, where the next day's limit begins.
            let before_midnight = midnight.duration_since(from).as_millis()
                * i128::from(campaign.plan.pace.calls_per_second)
                / 1_000;
            room = room
                .min(limit.saturating_sub(planned))
                .min(u32::try_from(before_midnight).unwrap_or(u32::MAX));
            if room == 0 {
                return Stance::Wait(midnight);
            }
        }
        Stance::Plan { room, from }
    }

    /// Takes note of a wave: `calls` calls from `from` on, up to `frontier`. Returns when each is to be placed.
    pub fn record_wave(
        &mut self,
        campaign: &Campaign,
        calls: u32,
        from: Timestamp,
        frontier: Option<String>,
        now: Timestamp,
    ) {
        if calls > 0 {
            let (day, _) = campaign.plan.day(from);
            if day != self.day {
                self.day = day;
                self.planned_today = 0;
            }
            self.planned_today += calls;
            self.paced_until = from + slot(campaign, calls);
        }
        if let Some(frontier) = frontier {
            if self.seen.as_ref().is_none_or(|seen| *seen < frontier) {
                self.seen = Some(frontier.clone());
            }
            let wave = Wave { until: self.paced_until.max(now), frontier: frontier.clone() };
            if let [.., before, last] = self.waves.as_mut_slice()
                && wave.until.duration_since(before.until) < WAVES_APART
            {
                *last = wave;
            } else {
                self.waves.push(wave);
            }
            let surplus = self.waves.len().saturating_sub(WAVES_KEPT);
            self.waves.drain(..surplus);
            self.frontier = Some(frontier);
        }
    }

    /// How many calls may go for agents who look free, each since a time: each call on its way will take one of them.
    #[must_use]
    pub fn room_for_agents(&self, free_since: &[Timestamp], now: Timestamp) -> u32 {
        u32::try_from(free_since.len()).unwrap_or(u32::MAX).saturating_sub(self.on_their_way(free_since, now))
    }

    /// When the calls that are on their way should have taken their agents, if any are.
    #[must_use]
    pub fn agents_told_by(&self, free_since: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
        self.asked.filter(|_| self.on_their_way(free_since, now) > 0).map(|asked| asked.at + ON_ITS_WAY)
    }

    /// Calls that have been queued and hold nobody yet. They were queued for agents who were free then: as many of those
    /// as have been free ever since are not taken yet. Whoever has become free later has had a call, or is new, and
    /// nobody is on the way to them.
    fn on_their_way(&self, free_since: &[Timestamp], now: Timestamp) -> u32 {
        let Some(asked) = self.asked.filter(|asked| now < asked.at + ON_ITS_WAY) else { return 0 };
        let untouched = free_since.iter().filter(|since| **since <= asked.at).count();
        asked.calls.min(u32::try_from(untouched).unwrap_or(u32::MAX))
    }

    /// Takes note of calls for agents that are being queued.
    pub fn ask_agents(&mut self, calls: u32, free_since: &[Timestamp], now: Timestamp) {
        if calls > 0 {
            self.asked = Some(Asked { calls: self.on_their_way(free_since, now) + calls, at: now });
        }
    }

    /// The frontier of the last wave whose calls should all have been placed `grace` ago: an enrollment behind
    /// it without an attempt has lost its message.
    #[must_use]
    pub fn settled(&self, now: Timestamp, grace: SignedDuration) -> Option<&str> {
        let settled = self.waves.iter().rev().find(|wave| wave.until + grace <= now);
        settled.map(|wave| wave.frontier.as_str())
    }

    /// Up to where attempts may have been left without an ending. Usually what has settled: what lies ahead of that is
    /// being called, and to read it every minute would cost as much as the calls themselves read. A planner that starts
    /// over or was sent back may stay back for long, until midnight if the day's calls are used up; what lies between
    /// it and the furthest place it has seen was called before, and is looked after all the while.
    #[must_use]
    pub fn tended(&self, now: Timestamp, grace: SignedDuration) -> Option<&str> {
        if self.frontier < self.seen { self.seen.as_deref() } else { self.settled(now, grace) }
    }

    /// Sends the planner back so that it comes across lost enrollments again. `before` is a key just before them.
    pub fn rewind(&mut self, before: Option<String>) {
        if self.frontier > before {
            self.frontier = before;
            self.waves.clear();
        }
    }
}

/// How long after a wave's beginning its call number `index` is placed.
#[must_use]
pub fn slot(campaign: &Campaign, index: u32) -> SignedDuration {
    let per_second = i64::from(campaign.plan.pace.calls_per_second.max(1));
    SignedDuration::from_millis(i64::from(index) * 1_000 / per_second)
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
