//! The calls-per-second limit of an account: a bucket of one second's calls, refilled steadily.

use std::time::{Duration, Instant};

/// When the next call would be on time, were calls perfectly spread.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limiter {
    next: Option<Instant>,
}

impl Limiter {
    /// Takes a call at `now`, unless that is more than one second's calls ahead of the rate (GCRA).
    pub(crate) fn admits(&mut self, now: Instant, per_second: f64) -> bool {
        if per_second <= 0.0 {
            return true;
        }
        let gap = Duration::from_secs_f64(1.0 / per_second);
        let burst = Duration::from_secs(1).saturating_sub(gap);
        let next = self.next.map_or(now, |next| next.max(now));
        if next > now + burst {
            return false;
        }
        self.next = Some(next + gap);
        true
    }

    /// Queues a call behind those already waiting; returns how long it waits.
    pub(crate) fn queues(&mut self, now: Instant, per_second: f64) -> Duration {
        if per_second <= 0.0 {
            return Duration::ZERO;
        }
        let next = self.next.map_or(now, |next| next.max(now));
        self.next = Some(next + Duration::from_secs_f64(1.0 / per_second));
        next - now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_per_second_refuses_the_second_within_a_second() {
        let start = Instant::now();
        let mut limiter = Limiter::default();
        assert!(limiter.admits(start, 1.0));
        assert!(!limiter.admits(start + Duration::from_millis(900), 1.0));
        assert!(limiter.admits(start + Duration::from_millis(1_000), 1.0));
    }

    #[test]
    fn ten_per_second_takes_ten_at_once_and_then_one_each_tenth() {
        let start = Instant::now();
        let mut limiter = Limiter::default();
        assert_eq!((0..20).filter(|_| limiter.admits(start, 10.0)).count(), 10);
        assert!(limiter.admits(start + Duration::from_millis(100), 10.0));
        assert!(!limiter.admits(start + Duration::from_millis(101), 10.0));
    }

    #[test]
    fn a_queue_lets_one_go_each_interval() {
        let start = Instant::now();
        let mut limiter = Limiter::default();
        let waits: Vec<_> = (0..3).map(|_| limiter.queues(start, 2.0).as_millis()).collect();
        assert_eq!(waits, [0, 500, 1_000]);
    }
}
