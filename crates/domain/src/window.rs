//! When somebody may be contacted: weekly hours on the wall clock of wherever they may be.
//!
//! A number often fits several time zones, and several sets of hours apply at once (the campaign's own, and those
//! of each law). [`Calendar`] is the conjunction: open means open by every set of hours in every zone.
//!
//! Hours are judged by the wall clock, so days on which clocks change need no special case: 02:30 that does not
//! exist is never open, and 02:30 that comes twice is open twice.
//!
//! Nothing here steps through minutes. At any instant each set of hours in each zone is open or closed until a
//! known instant (the next edge of an interval, the next midnight or the next change of the zone's offset), and the
//! search leaps to the latest of these.

use std::fmt;
use std::str::FromStr;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::holidays::Holidays;

#[cfg(test)]
mod tests;

/// How far ahead an opening is looked for. A window of Mondays alone can meet three holidays in a row, so two weeks
/// would give up on people who can be called; two months of closed days are walked in microseconds.
pub const HORIZON: SignedDuration = SignedDuration::from_hours(60 * 24);

const DAY_SECONDS: i64 = 86_400;
const DAY_NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// What is wrong with a week of hours. `field` names the place as `mon[1].from`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// Not a time.
    #[error("{field}: not a time of day as HH:MM, 00:00 to 24:00")]
    NotATime {
        /// Where.
        field: String,
    },
    /// The interval ends before it begins.
    #[error(
        "{field}: an interval has to end after it begins (one past midnight is two: until 24:00, from 00:00)"
    )]
    Backwards {
        /// Where.
        field: String,
    },
    /// The interval begins before the one before it has ended.
    #[error("{field}: intervals have to be in order and must not overlap")]
    Overlapping {
        /// Where.
        field: String,
    },
    /// Neither a day nor a run of days, or a day named twice. Only in the short form of rule files.
    #[error("{field}: not a day or run of days as Mon or Mon-Fri, each day at most once")]
    NotADay {
        /// Where: `part[1]` for what follows the first semicolon.
        field: String,
    },
    /// Nothing would ever be open.
    #[error("impossible window: no day of the week has open hours")]
    NeverOpen,
}

/// A time of day on a wall clock, to the minute, 24:00 included.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct WallTime {
    minutes: u16,
}

impl WallTime {
    fn parse(text: &str) -> Option<Self> {
        let (hours, minutes) = text.split_once(':')?;
        let number = |digits: &str| {
            let plain = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
            if plain { digits.parse::<u16>().ok() } else { None }
        };
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        let total = hours * 60 + minutes;
        (minutes < 60 && total <= 24 * 60).then_some(Self { minutes: total })
    }

    fn seconds(self) -> i64 {
        i64::from(self.minutes) * 60
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

impl fmt::Debug for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Open from the first time until just before the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Interval {
    from: WallTime,
    to: WallTime,
}

/// Open hours for each day of the week, by the wall clock. At least one interval; sorted; none overlaps another.
///
/// ```json
/// {"mon": [["09:00", "12:00"], ["13:00", "20:00"]], "sat": [["10:00", "24:00"]]}
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawWeek", into = "RawWeek")]
pub struct WeekWindow {
    /// Monday first.
    days: [Vec<Interval>; 7],
}

type RawDay = Vec<(String, String)>;

/// The form on the wire: serde names an unknown day or a misshapen one, [`WeekWindow`]'s conversion the rest.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawWeek {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mon: RawDay,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tue: RawDay,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    wed: RawDay,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    thu: RawDay,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fri: RawDay,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sat: RawDay,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sun: RawDay,
}

impl TryFrom<RawWeek> for WeekWindow {
    type Error = WindowError;

    fn try_from(raw: RawWeek) -> Result<Self, WindowError> {
        let mut days: [Vec<Interval>; 7] = Default::default();
        let raw = [raw.mon, raw.tue, raw.wed, raw.thu, raw.fri, raw.sat, raw.sun];
        for ((name, day), out) in DAY_NAMES.iter().zip(raw).zip(&mut days) {
            for (at, (from, to)) in day.iter().enumerate() {
                let field = |end: &str| format!("{name}[{at}]{end}");
                let parse = |text: &str, end: &str| {
                    WallTime::parse(text).ok_or_else(|| WindowError::NotATime { field: field(end) })
                };
                let (from, to) = (parse(from, ".from")?, parse(to, ".to")?);
                push(out, Interval { from, to }, || field(""))?;
            }
        }
        Self::of(days)
    }
}

impl From<WeekWindow> for RawWeek {
    fn from(week: WeekWindow) -> Self {
        let [mon, tue, wed, thu, fri, sat, sun] = week.days.map(|day| {
            day.into_iter()
                .map(|Interval { from, to }| (from.to_string(), to.to_string()))
                .collect::<RawDay>()
        });
        Self { mon, tue, wed, thu, fri, sat, sun }
    }
}

impl WeekWindow {
    fn of(days: [Vec<Interval>; 7]) -> Result<Self, WindowError> {
        if days.iter().all(Vec::is_empty) { Err(WindowError::NeverOpen) } else { Ok(Self { days }) }
    }

    /// Open around the clock.
    #[must_use]
    pub fn always() -> Self {
        let day = Interval { from: WallTime { minutes: 0 }, to: WallTime { minutes: 24 * 60 } };
        Self { days: std::array::from_fn(|_| vec![day]) }
    }

    /// The hours that are open in both.
    ///
    /// # Errors
    /// [`WindowError::NeverOpen`] when the two have no hour in common.
    pub fn intersection(&self, other: &Self) -> Result<Self, WindowError> {
        let mut days: [Vec<Interval>; 7] = Default::default();
        for ((ours, theirs), out) in self.days.iter().zip(&other.days).zip(&mut days) {
            for a in ours {
                for b in theirs {
                    let (from, to) = (a.from.max(b.from), a.to.min(b.to));
                    if from < to {
                        out.push(Interval { from, to });
                    }
                }
            }
        }
        Self::of(days)
    }

    /// Whether the hours are open at this second of this weekday, and until which second of the day that stays so
    /// (at most until midnight).
    fn at(&self, weekday: usize, second: i64) -> Span {
        for Interval { from, to } in &self.days[weekday] {
            if second < from.seconds() {
                return Span { open: false, until: from.seconds() };
            }
            if second < to.seconds() {
                return Span { open: true, until: to.seconds() };
            }
        }
        Span { open: false, until: DAY_SECONDS }
    }
}

/// `Mon-Fri 10:00-13:00 14:00-20:00; Sat 09:00-17:00`: runs of like days together.
impl fmt::Display for WeekWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        let mut separator = "";
        let mut first = 0;
        while first < 7 {
            let mut last = first;
            while last < 6 && self.days[last + 1] == self.days[first] {
                last += 1;
            }
            if !self.days[first].is_empty() {
                write!(f, "{separator}{}", SHOWN[first])?;
                if last > first {
                    write!(f, "-{}", SHOWN[last])?;
                }
                for Interval { from, to } in &self.days[first] {
                    write!(f, " {from}-{to}")?;
                }
                separator = "; ";
            }
            first = last + 1;
        }
        Ok(())
    }
}

/// Reads what [`fmt::Display`] writes: the form in which rule files state hours.
impl FromStr for WeekWindow {
    type Err = WindowError;

    fn from_str(text: &str) -> Result<Self, WindowError> {
        let mut days: [Vec<Interval>; 7] = Default::default();
        for (at_part, part) in text.split(';').enumerate() {
            let mut words = part.split_whitespace();
            let named = words.next().unwrap_or_default();
            let not_a_day = || WindowError::NotADay { field: format!("part[{at_part}]") };
            let number = |name: &str| {
                DAY_NAMES.iter().position(|day| day.eq_ignore_ascii_case(name)).ok_or_else(not_a_day)
            };
            let (first, last) = named.split_once('-').unwrap_or((named, named));
            let (first, last) = (number(first)?, number(last)?);
            if first > last {
                return Err(not_a_day());
            }
            let mut intervals = Vec::new();
            for (at, word) in words.enumerate() {
                let field = || format!("part[{at_part}][{at}]");
                let ends =
                    word.split_once('-').map(|(from, to)| (WallTime::parse(from), WallTime::parse(to)));
                let Some((Some(from), Some(to))) = ends else {
                    return Err(WindowError::NotATime { field: field() });
                };
                push(&mut intervals, Interval { from, to }, field)?;
            }
            for day in &mut days[first..=last] {
                if !day.is_empty() {
                    return Err(not_a_day());
                }
                day.clone_from(&intervals);
            }
        }
        Self::of(days)
    }
}

/// Append an interval, which has to follow the others.
fn push(day: &mut Vec<Interval>, next: Interval, field: impl Fn() -> String) -> Result<(), WindowError> {
    if next.from >= next.to {
        return Err(WindowError::Backwards { field: field() });
    }
    if day.last().is_some_and(|before| before.to > next.from) {
        return Err(WindowError::Overlapping { field: field() });
    }
    day.push(next);
    Ok(())
}

/// Open or closed, and until when that stays so.
struct Span {
    open: bool,
    until: i64,
}

/// Not a set of time zones.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZonesError {
    /// No zone was named.
    #[error("at least one time zone is needed")]
    Empty,
    /// A name that is not in the zone database. Not echoed: it may come from a file whose columns are mixed up.
    #[error("time zone {number} of the list is not an IANA name such as Europe/Berlin")]
    Unknown {
        /// Which one, 1 for the first.
        number: usize,
    },
}

/// The time zones that a person may be in: not empty, sorted, each once. All of them have to be open.
///
/// Names are resolved in the zone database that is compiled in, never in the host's, so that a decision replays
/// alike on every machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Zones {
    zones: Vec<TimeZone>,
}

impl Zones {
    /// Resolve IANA names (`Europe/Berlin`), in any case of letters.
    ///
    /// # Errors
    /// When there is no name, or one that is not in the database.
    pub fn new<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Result<Self, ZonesError> {
        let mut zones = Vec::with_capacity(1);
        for (index, name) in names.into_iter().enumerate() {
            let zone = TimeZoneDatabase::bundled().get(name.as_ref()).ok().filter(|zone| !zone.is_unknown());
            zones.push(zone.ok_or(ZonesError::Unknown { number: index + 1 })?);
        }
        if zones.is_empty() {
            return Err(ZonesError::Empty);
        }
        zones.sort_by(|a, b| a.iana_name().cmp(&b.iana_name()));
        zones.dedup_by(|a, b| a.iana_name() == b.iana_name());
        Ok(Self { zones })
    }

    /// The zones' IANA names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.zones.iter().filter_map(TimeZone::iana_name)
    }

    /// The zones themselves; at least one.
    #[must_use]
    pub fn as_slice(&self) -> &[TimeZone] {
        &self.zones
    }
}

impl TryFrom<Vec<String>> for Zones {
    type Error = ZonesError;

    fn try_from(names: Vec<String>) -> Result<Self, ZonesError> {
        Self::new(names)
    }
}

impl From<Zones> for Vec<String> {
    fn from(zones: Zones) -> Self {
        zones.names().map(str::to_owned).collect()
    }
}

/// One set of hours, closed on the holidays of one place if that is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Hours<'a> {
    /// The week.
    pub week: &'a WeekWindow,
    /// Days on which they are closed all day, by the date at the called party's place.
    pub closed_on: Option<Holidays>,
}

impl<'a> Hours<'a> {
    /// Hours that know no holidays.
    #[must_use]
    pub fn weekly(week: &'a WeekWindow) -> Self {
        Self { week, closed_on: None }
    }

    fn at(&self, local_second: i64) -> Span {
        let (day, second) = (local_second.div_euclid(DAY_SECONDS), local_second.rem_euclid(DAY_SECONDS));
        if self.closed_on.is_some_and(|holidays| holidays.contains_day(day)) {
            return Span { open: false, until: DAY_SECONDS - second };
        }
        // Day 0, 1970-01-01, was a Thursday.
        let weekday = usize::try_from((day + 3).rem_euclid(7)).unwrap_or_default();
        let Span { open, until } = self.week.at(weekday, second);
        Span { open, until: until - second }
    }
}

/// Several sets of hours that all have to be open, in several zones that all have to be open.
#[derive(Clone, Debug)]
pub struct Calendar<'a> {
    hours: Vec<Hours<'a>>,
    zones: &'a Zones,
}

/// A zone's offset, and the second at which it changes next.
struct ZoneClock<'a> {
    zone: &'a TimeZone,
    offset: i64,
    changes_at: i64,
}

impl<'a> ZoneClock<'a> {
    fn new(zone: &'a TimeZone) -> Self {
        Self { zone, offset: 0, changes_at: i64::MIN }
    }

    /// The offset at this second, which is never before that of an earlier call.
    fn offset_at(&mut self, second: i64) -> i64 {
        if second >= self.changes_at {
            let at = timestamp(second);
            self.offset = i64::from(self.zone.to_offset(at).seconds());
            self.changes_at =
                self.zone.following(at).next().map_or(i64::MAX, |next| next.timestamp().as_second());
        }
        self.offset
    }
}

/// What all hours in all zones say of one second together.
struct Joint {
    /// Which set of hours is closed, the first if several.
    closed_by: Option<usize>,
    /// Closed: nothing is open before this second. Open: all stays open before this second.
    until: i64,
}

impl<'a> Calendar<'a> {
    /// Open when all these hours are open in all these zones. With no hours at all it is always open.
    #[must_use]
    pub fn new(zones: &'a Zones, hours: impl IntoIterator<Item = Hours<'a>>) -> Self {
        Self { hours: hours.into_iter().collect(), zones }
    }

    /// Whether all is open.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.closed_by(at).is_none()
    }

    /// The index of the first set of hours that is closed in at least one zone.
    #[must_use]
    pub fn closed_by(&self, at: Timestamp) -> Option<usize> {
        self.joint(&mut self.clocks(), floor_second(at)).closed_by
    }

    /// The earliest instant, not before `from`, at which all is open. `None` if there is none before
    /// `from + horizon`: the hours exclude each other, or the zones lie too far apart.
    #[must_use]
    pub fn next_open(&self, from: Timestamp, horizon: SignedDuration) -> Option<Timestamp> {
        let start = floor_second(from);
        let limit = start.saturating_add(horizon.as_secs());
        let mut clocks = self.clocks();
        let mut second = start;
        loop {
            let Joint { closed_by, until } = self.joint(&mut clocks, second);
            if closed_by.is_none() {
                return Some(if second == start { from } else { timestamp(second) });
            }
            if until >= limit {
                return None;
            }
            second = until;
        }
    }

    /// The instant at which something closes, or `from + horizon` if nothing does before that. `None` if something
    /// is closed at `from` already.
    #[must_use]
    pub fn open_until(&self, from: Timestamp, horizon: SignedDuration) -> Option<Timestamp> {
        let start = floor_second(from);
        let limit = start.saturating_add(horizon.as_secs());
        let mut clocks = self.clocks();
        let mut second = start;
        loop {
            let Joint { closed_by, until } = self.joint(&mut clocks, second);
            if closed_by.is_some() {
                return (second > start).then(|| timestamp(second));
            }
            if until >= limit {
                return Some(timestamp(limit));
            }
            second = until;
        }
    }

    fn clocks(&self) -> Vec<ZoneClock<'a>> {
        self.zones.zones.iter().map(ZoneClock::new).collect()
    }

    fn joint(&self, clocks: &mut [ZoneClock<'_>], second: i64) -> Joint {
        let mut closed_by = None;
        let (mut closed_until, mut open_until) = (i64::MIN, i64::MAX);
        for clock in clocks {
            let local_second = second + clock.offset_at(second);
            for (index, hours) in self.hours.iter().enumerate() {
                let span = hours.at(local_second);
                let until = (second + span.until).min(clock.changes_at);
                if span.open {
                    open_until = open_until.min(until);
                } else {
                    closed_until = closed_until.max(until);
                    closed_by = Some(closed_by.map_or(index, |other: usize| other.min(index)));
                }
            }
        }
        Joint { closed_by, until: if closed_by.is_some() { closed_until } else { open_until } }
    }
}

/// Whether the window is open in all zones.
#[must_use]
pub fn is_open(window: &WeekWindow, zones: &Zones, at: Timestamp) -> bool {
    Calendar::new(zones, [Hours::weekly(window)]).is_open(at)
}

/// [`Calendar::next_open`] of one window.
#[must_use]
pub fn next_open(
    window: &WeekWindow,
    zones: &Zones,
    from: Timestamp,
    horizon: SignedDuration,
) -> Option<Timestamp> {
    Calendar::new(zones, [Hours::weekly(window)]).next_open(from, horizon)
}

/// [`Calendar::open_until`] of one window.
#[must_use]
pub fn open_until(
    window: &WeekWindow,
    zones: &Zones,
    from: Timestamp,
    horizon: SignedDuration,
) -> Option<Timestamp> {
    Calendar::new(zones, [Hours::weekly(window)]).open_until(from, horizon)
}

/// The whole second that an instant lies in. Edges are whole seconds, so the fraction never decides.
fn floor_second(at: Timestamp) -> i64 {
    at.as_second() - i64::from(at.subsec_nanosecond() < 0)
}

/// Past the ends of representable time (the years -9999 and 9999) it stands still there.
fn timestamp(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(if second < 0 { Timestamp::MIN } else { Timestamp::MAX })
}
