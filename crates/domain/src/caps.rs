//! How often is too often: so many contacts in such a period.

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde::{Deserialize, Serialize};

use crate::window::Zones;

/// A period in which contacts are counted.
///
/// As text: an ISO 8601 duration such as `PT24H` or `P30D` for a window that moves along, `calendar-day` or
/// `calendar-month` for one that the calendar sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Period {
    /// The time before now, excluding its first instant: what happened exactly 24 hours ago counts no more. A day
    /// is 24 hours.
    Rolling(SignedDuration),
    /// The day at the called party's place.
    CalendarDay,
    /// The month at the called party's place.
    CalendarMonth,
}

/// The text is not a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a period: an ISO 8601 duration of days or less (PT24H, P30D), calendar-day or calendar-month")]
pub struct NotAPeriod;

impl FromStr for Period {
    type Err = NotAPeriod;

    fn from_str(text: &str) -> Result<Self, NotAPeriod> {
        match text {
            "calendar-day" => return Ok(Self::CalendarDay),
            "calendar-month" => return Ok(Self::CalendarMonth),
            _ => {}
        }
        let span: Span = text.parse().map_err(|_| NotAPeriod)?;
        // Months and years have no length of their own, so jiff refuses them here.
        let length = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| NotAPeriod)?;
        // A period is years long at most: beyond that, arithmetic with it would leave representable time.
        let sensible = length.is_positive() && length <= SignedDuration::from_hours(10 * 366 * 24);
        if sensible { Ok(Self::Rolling(length)) } else { Err(NotAPeriod) }
    }
}

impl TryFrom<String> for Period {
    type Error = NotAPeriod;

    fn try_from(text: String) -> Result<Self, NotAPeriod> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        match period {
            Period::Rolling(length) => {
                const DAY: i64 = 86_400;
                if length.as_secs() % DAY == 0 && length.subsec_nanos() == 0 && length.as_secs() != DAY {
                    format!("P{}D", length.as_secs() / DAY)
                } else {
                    length.to_string()
                }
            }
            Period::CalendarDay => "calendar-day".into(),
            Period::CalendarMonth => "calendar-month".into(),
        }
    }
}

/// In words: `in 24 hours`, `in 30 days`, `in a calendar month`.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rolling(length) => {
                let (hours, rest) = (length.as_hours(), length.as_secs() % 3600);
                match (hours, rest) {
                    (_, 1..) => write!(f, "in {length}"),
                    (48.., 0) if hours % 24 == 0 => write!(f, "in {} days", hours / 24),
                    _ => write!(f, "in {hours} hours"),
                }
            }
            Self::CalendarDay => f.write_str("in a calendar day"),
            Self::CalendarMonth => f.write_str("in a calendar month"),
        }
    }
}

/// At most so many contacts in such a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// So many. Zero would mean never, which is not a cap.
    pub count: NonZeroU16,
    /// In such a period.
    pub per: Period,
}

impl Cap {
    /// The earliest instant, not before `at`, at which one more contact keeps the cap, if nothing happens until
    /// then. `attempts` are the contacts so far, in any order; ones after `at` (clocks differ) count too.
    ///
    /// With several possible zones, a calendar period is the longest that any of them makes of it.
    #[must_use]
    pub fn next_free(
        &self,
        attempts: impl IntoIterator<Item = Timestamp>,
        zones: &Zones,
        at: Timestamp,
    ) -> Timestamp {
        let count = usize::from(self.count.get());
        let mut counted: Vec<Timestamp> = attempts.into_iter().collect();
        if counted.len() < count {
            return at;
        }
        // The attempt that has to leave the period before another may come: the count-th latest.
        counted.sort_unstable_by(|a, b| b.cmp(a));
        let oldest = counted[count - 1];
        self.leaves(oldest, zones).max(at)
    }

    /// When an attempt stops counting.
    fn leaves(&self, attempt: Timestamp, zones: &Zones) -> Timestamp {
        let latest = |next: fn(Date) -> Option<Date>| {
            let ends = zones.as_slice().iter().map(|zone| next_date(zone, attempt, next));
            ends.max().unwrap_or(attempt)
        };
        match self.per {
            Period::Rolling(length) => attempt.saturating_add(length).unwrap_or(Timestamp::MAX),
            Period::CalendarDay => latest(|date| date.tomorrow().ok()),
            Period::CalendarMonth => latest(|date| date.last_of_month().tomorrow().ok()),
        }
    }
}

/// The first instant of the date that follows an instant's local date by the given rule.
fn next_date(zone: &TimeZone, at: Timestamp, next: fn(Date) -> Option<Date>) -> Timestamp {
    next(zone.to_datetime(at).date())
        .and_then(|date| date.to_zoned(zone.clone()).ok())
        .map_or(Timestamp::MAX, |midnight| midnight.timestamp())
}

/// The start of a local date that is so many whole days after an instant's local date; the latest of all zones.
#[must_use]
pub fn after_days(at: Timestamp, days: u16, zones: &Zones) -> Timestamp {
    let one = |zone: &TimeZone| {
        let date = zone.to_datetime(at).date().saturating_add(Span::new().days(days));
        date.to_zoned(zone.clone()).map_or(Timestamp::MAX, |midnight| midnight.timestamp())
    };
    zones.as_slice().iter().map(one).max().unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    fn cap(count: u16, per: &str) -> Cap {
        Cap { count: NonZeroU16::new(count).expect("not zero"), per: per.parse().expect("a period") }
    }

    fn free(cap: Cap, zones: &[&str], attempts: &[&str], now: &str) -> String {
        let zones = Zones::new(zones).expect("zones");
        cap.next_free(attempts.iter().map(|text| at(text)), &zones, at(now)).to_string()
    }

    #[test]
    fn a_rolling_window_frees_when_the_count_th_latest_leaves_it() {
        let attempts = ["2026-03-02T15:00:00Z", "2026-03-02T10:00:00Z", "2026-03-02T20:00:00Z"];
        let three = cap(3, "PT24H");
        for (now, expected) in [
            ("2026-03-02T21:00:00Z", "2026-03-03T10:00:00Z"),
            ("2026-03-03T09:59:59.999Z", "2026-03-03T10:00:00Z"),
            ("2026-03-03T10:00:00Z", "2026-03-03T10:00:00Z"),
            ("2026-03-03T11:00:00Z", "2026-03-03T11:00:00Z"),
        ] {
            assert_eq!(free(three, &["UTC"], &attempts, now), expected, "{now}");
        }
        assert_eq!(
            free(cap(4, "PT24H"), &["UTC"], &attempts, "2026-03-02T21:00:00Z"),
            "2026-03-02T21:00:00Z"
        );
        assert_eq!(
            free(cap(1, "PT24H"), &["UTC"], &attempts, "2026-03-02T21:00:00Z"),
            "2026-03-03T20:00:00Z"
        );
    }

    #[test]
    fn a_calendar_month_ends_last_in_the_westernmost_zone() {
        let attempts = ["2026-03-31T23:30:00Z"];
        let monthly = cap(1, "calendar-month");
        let now = "2026-03-31T23:45:00Z";
        assert_eq!(free(monthly, &["UTC"], &attempts, now), "2026-04-01T00:00:00Z");
        assert_eq!(free(monthly, &["America/New_York"], &attempts, now), "2026-04-01T04:00:00Z");
        // In Berlin it is April already when the call is made, so that it counts until May.
        assert_eq!(free(monthly, &["Europe/Berlin"], &attempts, now), "2026-04-30T22:00:00Z");
        assert_eq!(
            free(monthly, &["Europe/Berlin", "America/New_York"], &attempts, now),
            "2026-04-30T22:00:00Z"
        );
    }

    #[test]
    fn a_calendar_day_may_have_23_hours() {
        let day = cap(1, "calendar-day");
        let attempts = ["2026-03-28T23:30:00Z"];
        // 00:30 in Berlin on the day that clocks go forward.
        assert_eq!(free(day, &["Europe/Berlin"], &attempts, "2026-03-29T08:00:00Z"), "2026-03-29T22:00:00Z");
    }

    #[test]
    fn periods_survive_their_text_form_and_nothing_else_parses() {
        for text in ["PT24H", "P30D", "PT90M", "PT10S", "calendar-day", "calendar-month"] {
            let period: Period = text.parse().expect("a period");
            let again: Period = String::from(period).parse().expect("a period");
            assert_eq!(period, again, "{text}");
        }
        assert_eq!(String::from("P30D".parse::<Period>().expect("a period")), "P30D");
        assert_eq!("PT24H".parse::<Period>().expect("a period").to_string(), "in 24 hours");
        assert_eq!("P30D".parse::<Period>().expect("a period").to_string(), "in 30 days");
        for bad in ["", "P1M", "P1Y", "PT0S", "-PT1H", "P9999D", "day", "calendar-week", "24h of fame"] {
            assert_eq!(bad.parse::<Period>(), Err(NotAPeriod), "{bad}");
        }
    }

    #[test]
    fn days_of_rest_end_at_a_local_midnight() {
        let zones = Zones::new(["Europe/Paris"]).expect("zones");
        let rest = after_days(at("2026-03-02T17:00:00Z"), 60, &zones);
        assert_eq!(rest, at("2026-04-30T22:00:00Z"));
    }
}
