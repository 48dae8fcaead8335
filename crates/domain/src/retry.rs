//! When to try again.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::outcome::Outcome;

/// How often and how soon to try again, per outcome. An outcome without a rule is final.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryPolicy {
    /// Attempts in all, the first included. 1 means: no retries.
    pub attempts_max: u16,
    /// The rules.
    #[serde(default)]
    pub rules: BTreeMap<Outcome, RetryRule>,
}

/// What to do after one outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryRule {
    /// How many times this outcome may be followed by another try.
    pub times: u16,
    /// How long to wait, ISO 8601 (`PT30M`), counted from the end of the attempt.
    pub after: SignedDuration,
    /// Spread the wait by up to this share of it, percent, so that a batch that failed together does not come
    /// back together.
    #[serde(default)]
    pub jitter_percent: u8,
    /// Prefer an hour of the day at which this person has not been tried yet.
    #[serde(default)]
    pub other_hour: bool,
}

/// A policy that cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPolicy {
    /// No attempts at all.
    #[error("attempts_max must be from 1 to 50")]
    AttemptsOutOfRange,
    /// A wait is negative, or longer than 90 days.
    #[error("rules.{0}.after must be from PT1S to P90D")]
    WaitOutOfRange(&'static str),
    /// More than all of it.
    #[error("rules.{0}.jitter_percent must be at most 100")]
    JitterOutOfRange(&'static str),
    /// Trying again would break a promise or the law.
    #[error("rules.{0}: this outcome is final and cannot be retried")]
    Final(&'static str),
}

/// How many hours later to look for another hour of the day.
const OTHER_HOUR_STEP: SignedDuration = SignedDuration::from_hours(3);

impl RetryPolicy {
    /// Checks the policy.
    ///
    /// # Errors
    /// The first thing found wrong.
    pub fn validate(&self) -> Result<(), BadPolicy> {
        if !(1..=50).contains(&self.attempts_max) {
            return Err(BadPolicy::AttemptsOutOfRange);
        }
        for (outcome, rule) in &self.rules {
            if matches!(outcome, Outcome::OptedOut | Outcome::Interested | Outcome::WrongNumber)
                && rule.times > 0
            {
                return Err(BadPolicy::Final(outcome.name()));
            }
            if rule.after < SignedDuration::from_secs(1) || rule.after > SignedDuration::from_hours(90 * 24) {
                return Err(BadPolicy::WaitOutOfRange(outcome.name()));
            }
            if rule.jitter_percent > 100 {
                return Err(BadPolicy::JitterOutOfRange(outcome.name()));
            }
        }
        Ok(())
    }

    /// The soonest that any retry can come due after an attempt ends: how long a planner may sleep while calls
    /// are in flight without being late for what they will schedule.
    #[must_use]
    pub fn soonest(&self) -> Option<SignedDuration> {
        self.rules.values().filter(|rule| rule.times > 0).map(|rule| rule.after).min()
    }

    /// When to try again after `history` (every attempt's outcome so far with its end, oldest first), or `None`
    /// if that was the last. `dice` is uniform over all of `u64` and fixed for an attempt, so that deciding twice
    /// gives the same answer.
    #[must_use]
    pub fn next(&self, history: &[(Outcome, Timestamp)], zone: &TimeZone, dice: u64) -> Option<Timestamp> {
        let &(last, ended_at) = history.last()?;
        if history.len() >= usize::from(self.attempts_max) {
            return None;
        }
        let rule = self.rules.get(&last)?;
        let seen = history.iter().filter(|(outcome, _)| *outcome == last).count();
        if seen > usize::from(rule.times) {
            return None;
        }
        let spread_ms = rule.after.as_millis() * i128::from(rule.jitter_percent) / 100;
        // The high 64 bits of the product are uniform over 0..spread.
        let jitter_ms = (i128::from(dice) * spread_ms) >> 64;
        let wait = rule.after + SignedDuration::from_millis(i64::try_from(jitter_ms).unwrap_or(0));
        let mut due = ended_at + wait;
        if rule.other_hour {
            let hour = |at: Timestamp| at.to_zoned(zone.clone()).hour();
            let tried: Vec<i8> = history.iter().map(|&(_, at)| hour(at)).collect();
            for _ in 0..7 {
                if !tried.contains(&hour(due)) {
                    break;
                }
                due += OTHER_HOUR_STEP;
            }
        }
        Some(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(json: serde_json::Value) -> RetryPolicy {
        serde_json::from_value(json).expect("well-formed")
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("timestamp")
    }

    #[test]
    fn each_outcome_has_its_own_count_and_wait() {
        let policy = policy(serde_json::json!({"attempts_max": 4, "rules": {
            "busy": {"times": 2, "after": "PT5M"}, "no_answer": {"times": 1, "after": "PT2H"}}}));
        let t = at("2026-11-20T10:00:00Z");
        let next = |history: &[(Outcome, Timestamp)]| policy.next(history, &TimeZone::UTC, 0);
        assert_eq!(next(&[]), None);
        assert_eq!(next(&[(Outcome::Busy, t)]), Some(at("2026-11-20T10:05:00Z")));
        assert_eq!(next(&[(Outcome::Busy, t), (Outcome::Busy, t)]), Some(at("2026-11-20T10:05:00Z")));
        assert_eq!(next(&[(Outcome::Busy, t); 3]), None, "two retries of busy, no third");
        assert_eq!(next(&[(Outcome::NoAnswer, t)]), Some(at("2026-11-20T12:00:00Z")));
        assert_eq!(next(&[(Outcome::Completed, t)]), None, "no rule: final");
        let mixed = [(Outcome::Busy, t), (Outcome::Busy, t), (Outcome::NoAnswer, t)];
        assert!(next(&mixed).is_some());
        let four = [(Outcome::Busy, t), (Outcome::Busy, t), (Outcome::NoAnswer, t), (Outcome::NoAnswer, t)];
        assert_eq!(next(&four), None, "attempts_max holds over all outcomes");
    }

    #[test]
    fn jitter_stays_within_its_share_and_repeats_exactly() {
        let policy = policy(serde_json::json!({"attempts_max": 2, "rules": {
            "busy": {"times": 1, "after": "PT100S", "jitter_percent": 50}}}));
        let t = at("2026-11-20T10:00:00Z");
        for dice in [0, 1, u64::MAX / 3, u64::MAX] {
            let due = policy.next(&[(Outcome::Busy, t)], &TimeZone::UTC, dice).expect("a retry");
            let wait = due.duration_since(t).as_secs();
            assert!((100..=150).contains(&wait), "{wait}");
            assert_eq!(policy.next(&[(Outcome::Busy, t)], &TimeZone::UTC, dice), Some(due));
        }
    }

    #[test]
    fn another_hour_of_the_day_is_the_persons_own() {
        let policy = policy(serde_json::json!({"attempts_max": 3, "rules": {
            "no_answer": {"times": 2, "after": "PT24H", "other_hour": true}}}));
        let zone = TimeZone::get("Europe/Berlin").expect("bundled");
        let t = at("2026-11-20T10:00:00Z");
        assert_eq!(policy.next(&[(Outcome::NoAnswer, t)], &zone, 0), Some(at("2026-11-21T13:00:00Z")));
    }

    #[test]
    fn a_policy_that_cannot_be_followed_is_refused() {
        let bad = |json| policy(json).validate().expect_err("bad").to_string();
        assert_eq!(bad(serde_json::json!({"attempts_max": 0})), "attempts_max must be from 1 to 50");
        let opt_out =
            serde_json::json!({"attempts_max": 2, "rules": {"opted_out": {"times": 1, "after": "PT1M"}}});
        assert!(bad(opt_out).contains("opted_out"));
        let negative =
            serde_json::json!({"attempts_max": 2, "rules": {"busy": {"times": 1, "after": "-PT1M"}}});
        assert!(bad(negative).contains("rules.busy.after"));
    }
}
