//! Where a prefix lies: time zones and subdivisions. Static tables, binary search, no initialisation.

use carillon_domain::phone::{E164, LineType};

include!(concat!(env!("OUT_DIR"), "/zones.rs"));
include!(concat!(env!("OUT_DIR"), "/subdivisions.rs"));

/// No prefix in the data is longer.
const LONGEST_PREFIX: usize = 9;

/// The IANA zones that the longest known prefix of a number lies in; empty when nothing is known (satellite phones,
/// universal numbers). A caller who must respect hours requires all of them to be open.
#[must_use]
pub fn zones(number: &E164) -> &'static [&'static str] {
    by_longest_prefix(number.as_str(), LONGEST_PREFIX)
}

/// See [`crate::Number::zones`].
pub(crate) fn zones_of(e164: &str, line_type: LineType) -> &'static [&'static str] {
    let bound_to_a_place = match line_type {
        LineType::FixedLine | LineType::FixedLineOrMobile => true,
        // Mexico, Argentina, Brazil, Indonesia and China assign mobiles by area.
        LineType::Mobile => ["+52", "+54", "+55", "+62", "+86"].iter().any(|code| e164.starts_with(code)),
        LineType::TollFree
        | LineType::PremiumRate
        | LineType::SharedCost
        | LineType::Voip
        | LineType::PersonalNumber
        | LineType::Pager
        | LineType::Uan
        | LineType::Voicemail
        | LineType::Unknown => false,
    };
    // Calling codes are prefix-free, so the shortest match is the calling code's own entry.
    if bound_to_a_place {
        by_longest_prefix(e164, LONGEST_PREFIX)
    } else {
        (1..=3).map(|len| by_exact_prefix(e164, len)).find(|zones| !zones.is_empty()).unwrap_or_default()
    }
}

fn by_longest_prefix(e164: &str, longest: usize) -> &'static [&'static str] {
    (1..=longest)
        .rev()
        .map(|len| by_exact_prefix(e164, len))
        .find(|zones| !zones.is_empty())
        .unwrap_or_default()
}

fn by_exact_prefix(e164: &str, len: usize) -> &'static [&'static str] {
    let Some(prefix) = e164.get(1..=len).and_then(|digits| digits.parse::<u32>().ok()) else { return &[] };
    ZONE_PREFIXES
        .binary_search_by_key(&prefix, |(prefix, _)| *prefix)
        .ok()
        .and_then(|at| ZONE_SETS.get(usize::from(ZONE_PREFIXES[at].1)))
        .copied()
        .unwrap_or_default()
}

/// Country and subdivision (ISO 3166-2 without the country) by area code, in the United States, Canada, Brazil and
/// Australia; `None` elsewhere and where an area code straddles a border.
///
/// A mobile tells where its number was issued, not where its owner lives: rules by state should ask the contact's
/// record first.
#[must_use]
pub fn subdivision(number: &E164) -> Option<(&'static str, &'static str)> {
    (2..=5)
        .rev()
        .find_map(|len| {
            let prefix: u32 = number.as_str().get(1..=len)?.parse().ok()?;
            let at = SUBDIVISIONS.binary_search_by_key(&prefix, |(prefix, _, _)| *prefix).ok()?;
            let (_, country, code) = SUBDIVISIONS[at];
            Some((country, code))
        })
        .filter(|(_, code)| !code.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_is_one_that_the_bundled_database_knows() {
        let database = jiff::tz::TimeZoneDatabase::bundled();
        for zone in ZONE_SETS.iter().copied().flatten() {
            assert!(database.get(zone).is_ok(), "{zone}");
        }
    }

    #[test]
    fn the_longest_prefix_wins() {
        let cases: [(&str, &[&str]); 6] = [
            ("+12125550123", &["America/New_York"]),
            ("+12082150123", &["America/Los_Angeles"]),
            ("+12082410123", &["America/Denver"]),
            ("+493012345678", &["Europe/Berlin"]),
            ("+441481250000", &["Europe/Guernsey"]),
            ("+870773111632", &[]),
        ];
        for (number, expected) in cases {
            assert_eq!(zones(&number.parse().expect("valid")), expected, "{number}");
        }
    }

    #[test]
    fn area_codes_tell_the_state_and_borders_tell_nothing() {
        let cases = [
            ("+12125550123", Some(("US", "NY"))),
            ("+14155550123", Some(("US", "CA"))),
            ("+14165550123", Some(("CA", "ON"))),
            ("+18675550123", None), // three territories share it
            ("+61262000000", None), // Canberra and its New South Wales surroundings
            ("+61290000000", Some(("AU", "NSW"))),
            ("+61889000000", Some(("AU", "NT"))),
            ("+493012345678", None),
        ];
        for (number, expected) in cases {
            assert_eq!(subdivision(&number.parse().expect("valid")), expected, "{number}");
        }
    }
}
