use jiff::civil::date;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::holidays::Extent;
use crate::phone::Place;

fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

fn week(text: &str) -> WeekWindow {
    text.parse().expect("a week")
}

fn zones(names: &[&str]) -> Zones {
    Zones::new(names).expect("zones")
}

fn opens(window: &str, names: &[&str], from: &str) -> Option<String> {
    next_open(&week(window), &zones(names), at(from), HORIZON).map(|at| at.to_string())
}

fn closes(window: &str, names: &[&str], from: &str) -> Option<String> {
    open_until(&week(window), &zones(names), at(from), HORIZON).map(|at| at.to_string())
}

#[test]
fn a_week_is_read_from_json_and_written_back() {
    let text = json!({"mon": [["09:00", "12:00"], ["13:00", "20:00"]], "sat": [["00:00", "24:00"]]});
    let window: WeekWindow = serde_json::from_value(text.clone()).expect("valid");
    assert_eq!(serde_json::to_value(&window).expect("serialisable"), text);
    assert_eq!(window.to_string(), "Mon 09:00-12:00 13:00-20:00; Sat 00:00-24:00");
    assert_eq!(week(&window.to_string()), window);
}

#[test]
fn an_error_names_the_field() {
    for (text, expected) in [
        (json!({"mon": [["9:00", "12:00"]]}), "mon[0].from: not a time"),
        (json!({"mon": [["09:00", "24:01"]]}), "mon[0].to: not a time"),
        (json!({"tue": [["09:00", "10:00"], ["10:60", "12:00"]]}), "tue[1].from: not a time"),
        (json!({"wed": [["12:00", "12:00"]]}), "wed[0]: an interval has to end"),
        (json!({"wed": [["22:00", "02:00"]]}), "wed[0]: an interval has to end"),
        (json!({"thu": [["09:00", "12:00"], ["11:00", "13:00"]]}), "thu[1]: intervals have to be in order"),
        (json!({"thu": [["13:00", "14:00"], ["09:00", "10:00"]]}), "thu[1]: intervals have to be in order"),
        (json!({"monday": [["09:00", "12:00"]]}), "unknown field `monday`"),
        (json!({"fri": [["09:00"]]}), "invalid length 1"),
        (json!({}), "impossible window"),
        (json!({"mon": []}), "impossible window"),
    ] {
        let error = serde_json::from_value::<WeekWindow>(text.clone()).expect_err("invalid").to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn the_short_form_refuses_what_it_would_misread() {
    for bad in
        ["", "Mon", "Mon-Fri", "Fri-Mon 09:00-10:00", "Moon 09:00-10:00", "Mon 9-10", "Mon 10:00-09:00"]
    {
        assert!(bad.parse::<WeekWindow>().is_err(), "{bad}");
    }
    assert!("Mon-Fri 09:00-10:00; Wed 11:00-12:00".parse::<WeekWindow>().is_err(), "Wednesday twice");
}

#[test]
fn zones_are_known_sorted_and_at_least_one() {
    assert_eq!(Zones::new(Vec::<String>::new()), Err(ZonesError::Empty));
    for unknown in ["Mars/Olympus", "", "Etc/Unknown", "Europe/Berlin\0"] {
        assert_eq!(Zones::new([unknown]), Err(ZonesError::Unknown { number: 1 }), "{unknown}");
    }
    assert_eq!(Zones::new(["UTC", "Ada Lovelace"]), Err(ZonesError::Unknown { number: 2 }));
    let both = zones(&["europe/berlin", "America/New_York", "Europe/Berlin"]);
    assert_eq!(both.names().collect::<Vec<_>>(), ["America/New_York", "Europe/Berlin"]);
    let text = serde_json::to_string(&both).expect("serialisable");
    assert_eq!(text, r#"["America/New_York","Europe/Berlin"]"#);
    assert_eq!(serde_json::from_str::<Zones>(&text).expect("valid"), both);
    assert!(serde_json::from_str::<Zones>("[]").is_err());
}

#[test]
fn a_window_opens_with_its_first_minute_and_closes_before_its_last() {
    let (window, berlin) = (week("Mon-Fri 09:00-17:30"), zones(&["Europe/Berlin"]));
    for (instant, expected) in [
        ("2026-06-01T06:59:59.999999999Z", false),
        ("2026-06-01T07:00:00Z", true),
        ("2026-06-01T15:29:59.999999999Z", true),
        ("2026-06-01T15:30:00Z", false),
        ("2026-06-06T10:00:00Z", false),
    ] {
        assert_eq!(is_open(&window, &berlin, at(instant)), expected, "{instant}");
    }
    let friday_evening = opens("Mon-Fri 09:00-17:30", &["Europe/Berlin"], "2026-06-05T15:30:00Z");
    assert_eq!(friday_evening.as_deref(), Some("2026-06-08T07:00:00Z"));
    let now = "2026-06-01T10:00:00.25Z";
    assert_eq!(opens("Mon-Fri 09:00-17:30", &["Europe/Berlin"], now).as_deref(), Some(now));
    assert_eq!(
        closes("Mon-Fri 09:00-17:30", &["Europe/Berlin"], now).as_deref(),
        Some("2026-06-01T15:30:00Z")
    );
    assert_eq!(closes("Mon-Fri 09:00-17:30", &["Europe/Berlin"], "2026-06-01T06:00:00Z"), None);
}

#[test]
fn before_1970_the_week_has_its_days_too() {
    // 1969-12-31 was a Wednesday.
    assert!(is_open(&week("Wed 00:00-24:00"), &zones(&["UTC"]), at("1969-12-31T23:59:59.5Z")));
    assert!(!is_open(&week("Thu 00:00-24:00"), &zones(&["UTC"]), at("1969-12-31T23:59:59.5Z")));
    assert!(is_open(&week("Thu 00:00-24:00"), &zones(&["UTC"]), at("1970-01-01T00:00:00Z")));
}

#[test]
fn midnight_between_two_open_days_is_no_edge() {
    let night = "Mon 20:00-24:00; Tue 00:00-06:00";
    assert_eq!(closes(night, &["UTC"], "2026-06-01T21:00:00Z").as_deref(), Some("2026-06-02T06:00:00Z"));
    // Around the clock: the horizon ends it.
    let always = open_until(
        &WeekWindow::always(),
        &zones(&["UTC"]),
        at("2026-06-01T00:00:00Z"),
        SignedDuration::from_hours(14 * 24),
    );
    assert_eq!(always, Some(at("2026-06-15T00:00:00Z")));
}

#[test]
fn hours_that_the_clock_skips_are_never_open_and_those_it_repeats_are_open_twice() {
    // Berlin, 2026-03-29: 02:00 is followed by 03:00.
    let skipped = "Sun 02:00-03:00";
    let next = opens(skipped, &["Europe/Berlin"], "2026-03-28T23:00:00Z");
    assert_eq!(next.as_deref(), Some("2026-04-05T00:00:00Z"));
    let around = opens("Sun 02:30-03:30", &["Europe/Berlin"], "2026-03-28T23:00:00Z");
    assert_eq!(around.as_deref(), Some("2026-03-29T01:00:00Z"), "03:00, the first minute after the gap");
    // Berlin, 2026-10-25: 03:00 is followed by 02:00. 02:30 comes at 00:30Z and again at 01:30Z.
    let repeated = "Sun 02:30-02:45";
    assert_eq!(
        opens(repeated, &["Europe/Berlin"], "2026-10-24T22:00:00Z").as_deref(),
        Some("2026-10-25T00:30:00Z")
    );
    assert_eq!(
        closes(repeated, &["Europe/Berlin"], "2026-10-25T00:30:00Z").as_deref(),
        Some("2026-10-25T00:45:00Z")
    );
    assert_eq!(
        opens(repeated, &["Europe/Berlin"], "2026-10-25T00:45:00Z").as_deref(),
        Some("2026-10-25T01:30:00Z")
    );
    // A day of 23 hours still closes by the wall clock.
    assert_eq!(
        closes("Sun 01:00-20:00", &["Europe/Berlin"], "2026-03-29T00:00:00Z").as_deref(),
        Some("2026-03-29T18:00:00Z")
    );
    // Santiago changes at midnight: the day begins at 01:00.
    assert_eq!(
        opens("Sun 00:00-24:00", &["America/Santiago"], "2026-09-05T12:00:00Z").as_deref(),
        Some("2026-09-06T04:00:00Z")
    );
}

#[test]
fn all_zones_have_to_be_open() {
    let (day, coasts) = ("Mon-Sun 08:00-21:00", ["America/New_York", "America/Los_Angeles"]);
    // Winter: 08:00 in Los Angeles is 11:00 in New York.
    assert_eq!(opens(day, &coasts, "2026-01-15T05:00:00Z").as_deref(), Some("2026-01-15T16:00:00Z"));
    assert_eq!(closes(day, &coasts, "2026-01-15T16:00:00Z").as_deref(), Some("2026-01-16T02:00:00Z"));
    // Two ends of the world have no hour in common.
    assert_eq!(
        opens("Mon-Sun 09:00-12:00", &["Pacific/Auckland", "Europe/London"], "2026-01-15T05:00:00Z"),
        None
    );
}

#[test]
fn the_clocks_of_two_zones_change_on_different_days() {
    // Between 2026-03-08 and 2026-03-29 New York is one hour closer to London.
    let both = ["America/New_York", "Europe/London"];
    let day = "Mon-Sun 09:00-17:00";
    assert_eq!(opens(day, &both, "2026-03-06T00:00:00Z").as_deref(), Some("2026-03-06T14:00:00Z"));
    assert_eq!(opens(day, &both, "2026-03-09T00:00:00Z").as_deref(), Some("2026-03-09T13:00:00Z"));
    assert_eq!(opens(day, &both, "2026-03-30T00:00:00Z").as_deref(), Some("2026-03-30T13:00:00Z"));
}

#[test]
fn several_hours_and_holidays_close_together() {
    let (campaign, law) = (week("Mon-Sun 12:00-22:00"), week("Mon-Fri 10:00-13:00 14:00-20:00"));
    let paris = zones(&["Europe/Paris"]);
    let place = Place { country: "FR".into(), subdivision: None };
    let holidays = Holidays::of(&place, Extent::National).expect("known");
    assert!(holidays.contains(date(2026, 7, 14)));
    let calendar =
        Calendar::new(&paris, [Hours::weekly(&campaign), Hours { week: &law, closed_on: Some(holidays) }]);
    let next = |from: &str| calendar.next_open(at(from), HORIZON).map(|at| at.to_string());
    // Monday 2026-07-13, lunch; then the national holiday.
    assert_eq!(next("2026-07-13T09:00:00Z").as_deref(), Some("2026-07-13T10:00:00Z"));
    assert_eq!(next("2026-07-13T11:00:00Z").as_deref(), Some("2026-07-13T12:00:00Z"));
    assert_eq!(next("2026-07-13T18:00:00Z").as_deref(), Some("2026-07-15T10:00:00Z"));
    assert_eq!(calendar.closed_by(at("2026-07-13T09:00:00Z")), Some(0), "the campaign's window");
    assert_eq!(calendar.closed_by(at("2026-07-13T11:30:00Z")), Some(1), "the law's lunch");
    assert_eq!(calendar.closed_by(at("2026-07-14T12:00:00Z")), Some(1), "the holiday");
    assert_eq!(calendar.closed_by(at("2026-07-13T10:30:00Z")), None);
}

#[test]
fn an_intersection_is_what_both_allow() {
    let law = week("Mon-Fri 10:00-13:00 14:00-20:00");
    assert_eq!(week("Mon-Sun 12:00-15:00").intersection(&law), Ok(week("Mon-Fri 12:00-13:00 14:00-15:00")));
    assert_eq!(week("Sat-Sun 00:00-24:00").intersection(&law), Err(WindowError::NeverOpen));
    assert_eq!(week("Mon-Fri 13:00-14:00").intersection(&law), Err(WindowError::NeverOpen));
}

const NAMES: [&str; 10] = [
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "America/Santiago",
    "America/St_Johns",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
];

fn any_week() -> impl Strategy<Value = WeekWindow> {
    let day = proptest::collection::btree_set(0u16..=96, 0..5).prop_map(|edges| {
        let edges: Vec<u16> = edges.into_iter().map(|quarter| quarter * 15).collect();
        let (pairs, _) = edges.as_chunks::<2>();
        pairs
            .iter()
            .map(|&[from, to]| Interval { from: WallTime { minutes: from }, to: WallTime { minutes: to } })
            .collect::<Vec<_>>()
    });
    proptest::collection::vec(day, 7)
        .prop_filter_map("never open", |days| WeekWindow::of(days.try_into().expect("seven days")).ok())
}

fn any_zones() -> impl Strategy<Value = Zones> {
    proptest::sample::subsequence(&NAMES[..], 1..=3).prop_map(|names| Zones::new(names).expect("zones"))
}

/// Instants around the changes of clocks in 2026 and anywhere else in five years.
fn any_instant() -> impl Strategy<Value = Timestamp> {
    let spring = 1_774_742_400i64..1_774_828_800;
    let autumn = 1_792_879_200i64..1_792_965_600;
    let years = 1_767_225_600i64..1_924_992_000;
    prop_oneof![spring, autumn, years].prop_map(|second| Timestamp::from_second(second).expect("in range"))
}

/// The definition, straight from the calendar: each zone's wall clock stands within an interval of its weekday.
fn open_by_definition(window: &WeekWindow, zones: &Zones, at: Timestamp) -> bool {
    zones.as_slice().iter().all(|zone| {
        let local = zone.to_datetime(at);
        let day = usize::try_from(local.weekday().to_monday_zero_offset()).expect("0 to 6");
        let minutes = u16::try_from(local.hour()).expect("an hour") * 60
            + u16::try_from(local.minute()).expect("a minute");
        window.days[day].iter().any(|open| open.from.minutes <= minutes && minutes < open.to.minutes)
    })
}

proptest! {
    #[test]
    fn open_means_open_by_the_wall_clock_of_every_zone(
        window in any_week(), zones in any_zones(), at in any_instant()
    ) {
        prop_assert_eq!(is_open(&window, &zones, at), open_by_definition(&window, &zones, at));
        for zone in zones.names() {
            let alone = Zones::new([zone]).expect("a zone");
            prop_assert!(!is_open(&window, &zones, at) || is_open(&window, &alone, at));
        }
    }

    #[test]
    fn next_open_is_open_and_nothing_before_it_is(window in any_week(), zones in any_zones(), from in any_instant()) {
        let horizon = SignedDuration::from_hours(3 * 24);
        let found = next_open(&window, &zones, from, horizon);
        let end = found.unwrap_or(from + horizon);
        let mut minute = from;
        while minute < end {
            prop_assert!(!open_by_definition(&window, &zones, minute), "{minute} is open");
            minute += SignedDuration::from_mins(5);
        }
        if let Some(found) = found {
            prop_assert!(found >= from && open_by_definition(&window, &zones, found));
            prop_assert!(found == from || !open_by_definition(&window, &zones, found - SignedDuration::from_nanos(1)));
        }
    }

    #[test]
    fn open_until_is_the_first_closed_instant(window in any_week(), zones in any_zones(), from in any_instant()) {
        let horizon = SignedDuration::from_hours(3 * 24);
        let found = open_until(&window, &zones, from, horizon);
        prop_assert_eq!(found.is_some(), is_open(&window, &zones, from));
        if let Some(found) = found {
            let mut minute = from;
            while minute < found {
                prop_assert!(open_by_definition(&window, &zones, minute), "{minute} is closed");
                minute += SignedDuration::from_mins(5);
            }
            prop_assert!(found == from + horizon || !open_by_definition(&window, &zones, found));
        }
    }

    #[test]
    fn both_text_forms_are_read_back(window in any_week()) {
        prop_assert_eq!(&window.to_string().parse::<WeekWindow>().expect("valid"), &window);
        let json = serde_json::to_string(&window).expect("serialisable");
        prop_assert_eq!(&serde_json::from_str::<WeekWindow>(&json).expect("valid"), &window);
    }
}
