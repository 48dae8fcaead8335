//! Time on the network.
//!
//! A call has its own timeline: it begins at the wall clock's time and then runs `speed` times faster than
//! life. Only waiting (ringing, speaking, silence) is scaled; what the system under test takes to answer a
//! webhook counts as it is, so that a high speed makes nobody look slow. And because a timeline begins anew
//! with every call, timestamps never drift further from the wall clock than one call is long.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// How fast waiting passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Speed(f64);

impl Speed {
    /// 1 is life; what is not a positive number counts as 1.
    pub(crate) fn new(factor: f64) -> Self {
        Self(if factor.is_finite() && factor > 0.0 { factor } else { 1.0 })
    }

    /// How long a span of network time takes on the wall.
    pub(crate) fn real(self, span: Duration) -> Duration {
        span.div_f64(self.0)
    }

    /// How much network time a wait of this real length was.
    pub(crate) fn network(self, span: Duration) -> Duration {
        span.mul_f64(self.0)
    }
}

/// Where a call stands in its own time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeline {
    began: Timestamp,
    elapsed: Duration,
    speed: Speed,
}

impl Timeline {
    pub(crate) fn beginning(now: Timestamp, speed: Speed) -> Self {
        Self { began: now, elapsed: Duration::ZERO, speed }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.began + SignedDuration::try_from(self.elapsed).unwrap_or(SignedDuration::ZERO)
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.elapsed
    }

    pub(crate) fn speed(&self) -> Speed {
        self.speed
    }

    /// Something took this long; real time when it was not a wait.
    pub(crate) fn advance(&mut self, span: Duration) {
        self.elapsed += span;
    }

    /// A wait was over at this point of the timeline (or before: time does not run backwards).
    pub(crate) fn advance_to(&mut self, elapsed: Duration) {
        self.elapsed = self.elapsed.max(elapsed);
    }
}

/// RFC 2822 as Twilio writes it, in UTC: `Tue, 31 Aug 2010 20:36:28 +0000`.
pub(crate) fn rfc2822(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeline_scales_waits_and_nothing_else() {
        let began: Timestamp = "2026-03-01T10:00:00Z".parse().expect("a timestamp");
        let mut time = Timeline::beginning(began, Speed::new(60.0));
        assert_eq!(time.speed().real(Duration::from_secs(60)), Duration::from_secs(1));
        time.advance_to(Duration::from_secs(30));
        time.advance(Duration::from_millis(50));
        assert_eq!(time.now().to_string(), "2026-03-01T10:00:30.05Z");
        time.advance_to(Duration::from_secs(3));
        assert_eq!(time.elapsed(), Duration::from_millis(30_050));
    }

    #[test]
    fn dates_are_twilios() {
        let at: Timestamp = "2010-08-31T20:36:28Z".parse().expect("a timestamp");
        assert_eq!(rfc2822(at), "Tue, 31 Aug 2010 20:36:28 +0000");
    }
}
