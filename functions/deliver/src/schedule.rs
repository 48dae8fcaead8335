//! When to try again, and when to stop.

use jiff::{SignedDuration, Timestamp};

/// The waits after each failed try, seconds: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, as Standard Webhooks
/// suggests.
pub const WAITS_SECONDS: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// A hook that has failed for so long is disabled.
pub const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(5 * 24);

/// SQS delays a message by a quarter of an hour at most; a longer wait takes several.
pub const DELAY_SECONDS_MAX: i64 = 900;

/// When to try again after so many failed tries; `None` for never.
#[must_use]
pub fn next(tries: usize, now: Timestamp) -> Option<Timestamp> {
    let wait = WAITS_SECONDS.get(tries.checked_sub(1)?)?;
    Some(now + SignedDuration::from_secs(*wait))
}

/// How long the message that waits for an instant is delayed, seconds.
#[must_use]
pub fn delay(due: Timestamp, now: Timestamp) -> u16 {
    let seconds = (due.as_millisecond() - now.as_millisecond() + 999) / 1_000;
    u16::try_from(seconds.clamp(0, DELAY_SECONDS_MAX)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(next(1, now), Some(now + SignedDuration::from_secs(5)));
        assert_eq!(next(9, now), Some(now + SignedDuration::from_hours(24)));
        assert_eq!((next(10, now), next(0, now)), (None, None));
        assert_eq!(delay(now + SignedDuration::from_millis(4_200), now), 5);
        assert_eq!(delay(now + SignedDuration::from_hours(5), now), 900);
        assert_eq!(delay(now, now + SignedDuration::from_hours(1)), 0);
    }
}
