//! Public holidays by place, 2026 to 2030. The data is written by `tools/generate_holidays.py`.
//!
//! The file is compiled in and searched as it is, so that a function which never asks pays nothing at its start.
//!
//! **Where the state is not known** a day counts as a regional holiday if it is one anywhere in the country. That
//! costs a handful of days a year and never rings on somebody's holiday. [`Extent::National`] is for laws that name
//! the national holidays alone.

use std::cmp::Ordering;

use jiff::civil::Date;
use jiff::{Timestamp, tz::Offset};
use serde::{Deserialize, Serialize};

use crate::phone::Place;

const DATA: &str = include_str!("../data/holidays.txt");
/// `" 0101"`.
const TOKEN: usize = 5;
const DAY_SECONDS: i64 = 86_400;

/// Which holidays a rule means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// Those of the whole country.
    National,
    /// Those of the state as well; where it is not known, those of any state.
    Regional,
}

/// The holidays of one place: a cheap handle on the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holidays {
    /// The part of the data with the lines of one region.
    lines: &'static str,
}

impl Holidays {
    /// The holidays of a place, or `None` if the data does not know the country.
    #[must_use]
    pub fn of(place: &Place, extent: Extent) -> Option<Self> {
        let (country, subdivision) = territory(place);
        let regional = match extent {
            Extent::National => None,
            Extent::Regional => subdivision
                .and_then(|name| region(country, Some(name)))
                .or_else(|| region(country, Some("*"))),
        };
        Some(Self { lines: regional.or_else(|| region(country, None))? })
    }

    /// Whether the data reaches this year. Outside it no day counts as a holiday.
    #[must_use]
    pub fn covers(&self, year: i16) -> bool {
        self.year(year).is_some()
    }

    /// Whether the day is a holiday.
    #[must_use]
    pub fn contains(&self, date: Date) -> bool {
        let Some(days) = self.year(date.year()) else { return false };
        let wanted = [
            b'0' + date.month().unsigned_abs() / 10,
            b'0' + date.month().unsigned_abs() % 10,
            b'0' + date.day().unsigned_abs() / 10,
            b'0' + date.day().unsigned_abs() % 10,
        ];
        let count = days.len() / TOKEN;
        let day = |index: usize| &days.as_bytes()[index * TOKEN + 1..][..4];
        (0..count).any(|index| day(index) == wanted)
    }

    /// The same, by days since 1970-01-01.
    pub(crate) fn contains_day(&self, day: i64) -> bool {
        let Ok(midnight) = Timestamp::from_second(day.saturating_mul(DAY_SECONDS)) else { return false };
        self.contains(Offset::UTC.to_datetime(midnight).date())
    }

    /// The days of one year as `" 0101 0106 ..."`.
    fn year(&self, year: i16) -> Option<&'static str> {
        self.lines.lines().find_map(|line| {
            let (_, rest) = line.split_once(' ')?;
            let (written, days) = rest.split_at_checked(4)?;
            (written.parse() == Ok(year)).then_some(days)
        })
    }
}

/// Whether a day is a holiday at a place. `None` if the data knows neither the country nor the year.
#[must_use]
pub fn is_holiday(place: &Place, extent: Extent, date: Date) -> Option<bool> {
    let holidays = Holidays::of(place, extent)?;
    holidays.covers(date.year()).then(|| holidays.contains(date))
}

/// Territories whose numbers have a country code of their own, but whose law is that of the state they belong to:
/// the state's code, and the territory's name among its subdivisions.
pub(crate) fn territory(place: &Place) -> (&str, Option<&str>) {
    match place.country.as_str() {
        own @ ("AS" | "GU" | "MP" | "PR" | "VI") => ("US", Some(own)),
        "GP" => ("FR", Some("971")),
        "MQ" => ("FR", Some("972")),
        "GF" => ("FR", Some("973")),
        "RE" => ("FR", Some("974")),
        "YT" => ("FR", Some("976")),
        own @ ("BL" | "MF" | "PM") => ("FR", Some(own)),
        "CC" | "CX" | "NF" => ("AU", None),
        other => (other, place.subdivision.as_deref()),
    }
}

/// The lines of one region. They are sorted bytewise by region and year, so they are found by bisection.
fn region(country: &str, subdivision: Option<&str>) -> Option<&'static str> {
    let data = &DATA[body()..];
    let begin = bound(data, |name| compare(name, country, subdivision) == Ordering::Less);
    let end = bound(data, |name| compare(name, country, subdivision) != Ordering::Greater);
    (begin < end).then(|| &data[begin..end])
}

/// Where the comment lines end.
fn body() -> usize {
    DATA.split_inclusive('\n').take_while(|line| line.starts_with('#')).map(str::len).sum()
}

/// Order of a written region name (`DE-BY`) to a country and subdivision, as if that were written out.
fn compare(written: &str, country: &str, subdivision: Option<&str>) -> Ordering {
    let (written_country, written_subdivision) =
        written.split_once('-').map_or((written, None), |(country, rest)| (country, Some(rest)));
    written_country.cmp(country).then(written_subdivision.cmp(&subdivision))
}

/// The offset of the first line whose region does not satisfy the predicate, which holds for a prefix of the lines.
fn bound(data: &str, before: impl Fn(&str) -> bool) -> usize {
    let (mut low, mut high) = (0, data.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = data[..middle].rfind('\n').map_or(0, |at| at + 1).max(low);
        let name = data[start..].split(' ').next().unwrap_or_default();
        if before(name) {
            low = data[start..].find('\n').map_or(data.len(), |at| start + at + 1);
        } else {
            high = start;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn place(country: &str, subdivision: Option<&str>) -> Place {
        Place { country: country.into(), subdivision: subdivision.map(Into::into) }
    }

    #[test]
    fn holidays_follow_the_place_and_the_extent() {
        let cases = [
            // Epiphany: Bavaria yes, Berlin no, unknown state yes, nationwide no.
            ("DE", Some("BY"), Extent::Regional, date(2027, 1, 6), true),
            ("DE", Some("BE"), Extent::Regional, date(2027, 1, 6), false),
            ("DE", None, Extent::Regional, date(2027, 1, 6), true),
            ("DE", Some("BY"), Extent::National, date(2027, 1, 6), false),
            ("DE", None, Extent::National, date(2026, 10, 3), true),
            // Good Friday in Alsace-Moselle alone.
            ("FR", None, Extent::National, date(2026, 4, 3), false),
            ("FR", None, Extent::Regional, date(2026, 4, 3), true),
            ("FR", None, Extent::National, date(2026, 7, 14), true),
            // A territory has its own country code.
            ("GP", None, Extent::Regional, date(2026, 5, 27), true),
            ("FR", None, Extent::Regional, date(2026, 5, 27), false),
            // The observed day as well as the day.
            ("US", Some("AL"), Extent::Regional, date(2026, 7, 3), true),
            ("US", Some("AL"), Extent::Regional, date(2026, 7, 4), true),
            ("US", Some("AL"), Extent::Regional, date(2026, 7, 6), false),
            ("AU", Some("VIC"), Extent::National, date(2026, 11, 3), false),
            ("AU", Some("VIC"), Extent::Regional, date(2026, 11, 3), true),
            // A country whose states are not listed: any state's holidays.
            ("CH", Some("ZH"), Extent::Regional, date(2026, 3, 19), true),
        ];
        for (country, subdivision, extent, day, expected) in cases {
            let found = is_holiday(&place(country, subdivision), extent, day);
            assert_eq!(found, Some(expected), "{country} {subdivision:?} {extent:?} {day}");
        }
    }

    #[test]
    fn an_unknown_country_or_year_is_told_from_a_working_day() {
        assert_eq!(is_holiday(&place("XX", None), Extent::Regional, date(2026, 1, 1)), None);
        assert_eq!(is_holiday(&place("001", None), Extent::National, date(2026, 1, 1)), None);
        assert_eq!(is_holiday(&place("DE", None), Extent::National, date(2025, 1, 1)), None);
        assert_eq!(is_holiday(&place("DE", None), Extent::National, date(2031, 1, 1)), None);
    }

    #[test]
    fn every_line_is_found_and_well_formed() {
        let mut before = "";
        for line in DATA.lines().filter(|line| !line.starts_with('#')) {
            assert!(before < line, "{line} is out of order");
            before = line;
            let mut parts = line.split(' ');
            let (name, year) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let (country, subdivision) = name.split_once('-').map_or((name, None), |(c, s)| (c, Some(s)));
            let holidays = Holidays { lines: region(country, subdivision).expect("found") };
            let year: i16 = year.parse().expect("a year");
            let mut days = 0;
            for token in parts {
                let (month, day) = token.split_at(2);
                let date = Date::new(year, month.parse().expect("month"), day.parse().expect("day"));
                assert!(holidays.contains(date.expect("a date")), "{name} {year} {token}");
                days += 1;
            }
            let found = (0..366)
                .filter(|add| {
                    date(year, 1, 1)
                        .checked_add(jiff::Span::new().days(*add))
                        .is_ok_and(|d| d.year() == year && holidays.contains(d))
                })
                .count();
            assert_eq!(found, days, "{name} {year}");
        }
    }
}
