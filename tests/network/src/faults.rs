//! Misbehaviour on demand: what a provider does on a bad day, each with its probability and all under one seed.

use serde::{Deserialize, Serialize};

use crate::people::draw::Draw;

/// How likely each fault is, from 0 (never, the default) to 1 (always).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// What all fates are drawn from.
    pub seed: u64,
    /// A callback is never sent.
    pub callback_lost: f64,
    /// A callback is sent twice, with one idempotency token.
    pub callback_duplicated: f64,
    /// A callback waits until the call's next one has been sent.
    pub callback_reordered: f64,
    /// A callback comes late.
    pub callback_late: f64,
    /// How late: between nothing and this many seconds of network time.
    pub callback_late_seconds_max: f64,
    /// A request for TwiML is sent a second time and its second answer ignored, as after a retried connection.
    pub voice_request_duplicated: f64,
    /// A request to create a call is never answered, and no call is made.
    pub api_timeout_before: f64,
    /// A request to create a call is never answered, although the call is made.
    pub api_timeout_after: f64,
    /// A request to create a call is answered 503, and no call is made.
    pub api_error_before: f64,
    /// A request to create a call is answered 500, although the call is made.
    pub api_error_after: f64,
    /// A request to fetch or list calls is answered 503.
    pub api_read_error: f64,
    /// How long a request that "times out" is held before the connection is closed, in real seconds.
    pub api_timeout_seconds: f64,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            seed: 0,
            callback_lost: 0.0,
            callback_duplicated: 0.0,
            callback_reordered: 0.0,
            callback_late: 0.0,
            callback_late_seconds_max: 30.0,
            voice_request_duplicated: 0.0,
            api_timeout_before: 0.0,
            api_timeout_after: 0.0,
            api_error_before: 0.0,
            api_error_after: 0.0,
            api_read_error: 0.0,
            api_timeout_seconds: 30.0,
        }
    }
}

/// What becomes of one callback.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum CallbackFate {
    Sent,
    Lost,
    Duplicated,
    Reordered,
    /// By this many seconds of network time.
    Late(f64),
}

/// What becomes of one request to create a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CreateFate {
    Answered,
    TimeoutBefore,
    TimeoutAfter,
    ErrorBefore,
    ErrorAfter,
}

impl Faults {
    /// The fate of a callback, a function of the call's number and attempt, not of timing.
    pub(crate) fn callback(&self, number: &str, attempt: u32, kind: &str, sequence: u32) -> CallbackFate {
        let attempt = attempt.to_string();
        let sequence = sequence.to_string();
        let mut draw = Draw::new(self.seed, &["callback", number, &attempt, kind, &sequence]);
        if draw.chance(self.callback_lost) {
            CallbackFate::Lost
        } else if draw.chance(self.callback_duplicated) {
            CallbackFate::Duplicated
        } else if draw.chance(self.callback_reordered) {
            CallbackFate::Reordered
        } else if draw.chance(self.callback_late) {
            CallbackFate::Late(draw.between(0.0, self.callback_late_seconds_max))
        } else {
            CallbackFate::Sent
        }
    }

    /// The fate of the `request`th request to call `number`.
    pub(crate) fn create(&self, number: &str, request: u32) -> CreateFate {
        let mut draw = Draw::new(self.seed, &["create", number, &request.to_string()]);
        if draw.chance(self.api_timeout_before) {
            CreateFate::TimeoutBefore
        } else if draw.chance(self.api_error_before) {
            CreateFate::ErrorBefore
        } else if draw.chance(self.api_timeout_after) {
            CreateFate::TimeoutAfter
        } else if draw.chance(self.api_error_after) {
            CreateFate::ErrorAfter
        } else {
            CreateFate::Answered
        }
    }

    /// Whether the `request`th read fails.
    pub(crate) fn read_fails(&self, request: u64) -> bool {
        Draw::new(self.seed, &["read", &request.to_string()]).chance(self.api_read_error)
    }

    /// Whether the `request`th request for TwiML of a call is sent twice.
    pub(crate) fn voice_duplicated(&self, number: &str, attempt: u32, request: u32) -> bool {
        Draw::new(self.seed, &["voice", number, &attempt.to_string(), &request.to_string()])
            .chance(self.voice_request_duplicated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_faults_everything_arrives() {
        let calm = Faults::default();
        for i in 0..1_000 {
            assert_eq!(calm.callback("+4930123456", 1, "status", i), CallbackFate::Sent);
            assert_eq!(calm.create("+4930123456", i), CreateFate::Answered);
        }
    }

    #[test]
    fn a_fate_is_fixed_by_its_seed() {
        let bad = Faults { seed: 5, callback_lost: 0.3, callback_late: 0.3, ..Faults::default() };
        let fates: Vec<_> = (0..50).map(|i| bad.callback("+4930123456", 1, "status", i)).collect();
        let again: Vec<_> = (0..50).map(|i| bad.callback("+4930123456", 1, "status", i)).collect();
        assert_eq!(fates, again);
        assert!(fates.contains(&CallbackFate::Lost) && fates.contains(&CallbackFate::Sent));
    }
}
