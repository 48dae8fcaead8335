use std::num::NonZeroU16;

use super::*;

#[test]
fn hours_of_each_law_at_their_edges() {
    let german = |place: &str| agreed(somebody(place, &["Europe/Berlin"]), Consent::Calls);
    let french = || agreed(somebody("FR", &["Europe/Paris"]), Consent::Calls);
    let ny = || somebody("US-NY", &["America/New_York"]);
    let cases: Vec<(Candidate, &str, &str)> = vec![
        // United States, 08:00-21:00. New York, winter: UTC-5.
        (ny(), "2026-01-15T12:59:59Z", "us-hours until 2026-01-15T13:00:00Z"),
        (ny(), "2026-01-15T13:00:00Z", "yes until 2026-01-16T02:00:00Z"),
        (ny(), "2026-01-16T01:59:59.999Z", "yes until 2026-01-16T02:00:00Z"),
        (ny(), "2026-01-16T02:00:00Z", "us-hours until 2026-01-16T13:00:00Z"),
        // Sundays and Christmas are open by federal law.
        (ny(), "2026-12-25T17:00:00Z", "yes until 2026-12-26T02:00:00Z"),
        // The Sunday on which clocks go forward: 08:00 comes at 12:00Z.
        (ny(), "2026-03-08T11:59:59Z", "us-hours until 2026-03-08T12:00:00Z"),
        (ny(), "2026-03-08T12:00:00Z", "yes until 2026-03-09T01:00:00Z"),
        // A territory with a country code of its own is under federal law.
        (
            somebody("PR", &["America/Puerto_Rico"]),
            "2026-01-15T11:00:00Z",
            "us-hours until 2026-01-15T12:00:00Z",
        ),
        // A number that may be on either coast.
        (
            somebody("US", &["America/New_York", "America/Los_Angeles"]),
            "2026-01-15T15:00:00Z",
            "us-hours until 2026-01-15T16:00:00Z",
        ),
        // Florida, 08:00-20:00.
        (somebody("US-FL", &["America/New_York"]), "2026-01-16T00:59:59Z", "yes until 2026-01-16T01:00:00Z"),
        (
            somebody("US-FL", &["America/New_York"]),
            "2026-01-16T01:00:00Z",
            "us-fl-hours until 2026-01-16T13:00:00Z",
        ),
        // The western end of Florida keeps Central Time: both have to be open.
        (
            somebody("US-FL", &["America/New_York", "America/Chicago"]),
            "2026-01-15T13:30:00Z",
            "us-hours until 2026-01-15T14:00:00Z",
        ),
        // Alabama: not on Sunday 2026-01-18, nor on Martin Luther King Day, the Monday after it.
        (
            somebody("US-AL", &["America/Chicago"]),
            "2026-01-18T18:00:00Z",
            "us-al-hours until 2026-01-20T14:00:00Z",
        ),
        (
            somebody("US-LA", &["America/Chicago"]),
            "2026-12-25T18:00:00Z",
            "us-la-hours until 2026-12-26T14:00:00Z",
        ),
        // Mississippi: not on Sundays.
        (
            somebody("US-MS", &["America/Chicago"]),
            "2026-02-01T18:00:00Z",
            "us-ms-hours until 2026-02-02T14:00:00Z",
        ),
        // Kentucky from 10:00, Connecticut and Nevada from 09:00 to 20:00.
        (
            somebody("US-KY", &["America/New_York"]),
            "2026-01-15T14:59:00Z",
            "us-ky-hours until 2026-01-15T15:00:00Z",
        ),
        (
            somebody("US-CT", &["America/New_York"]),
            "2026-01-15T13:30:00Z",
            "us-ct-hours until 2026-01-15T14:00:00Z",
        ),
        (
            somebody("US-NV", &["America/Los_Angeles"]),
            "2026-01-16T04:00:00Z",
            "us-nv-hours until 2026-01-16T17:00:00Z",
        ),
        (
            somebody("US-OK", &["America/Chicago"]),
            "2026-01-16T02:00:00Z",
            "us-ok-hours until 2026-01-16T14:00:00Z",
        ),
        (
            somebody("US-MD", &["America/New_York"]),
            "2026-01-16T01:00:00Z",
            "us-md-hours until 2026-01-16T13:00:00Z",
        ),
        (
            somebody("US-WA", &["America/Los_Angeles"]),
            "2026-01-16T04:00:00Z",
            "us-wa-hours until 2026-01-16T16:00:00Z",
        ),
        (
            somebody("US-MA", &["America/New_York"]),
            "2026-01-16T01:00:00Z",
            "us-ma-hours until 2026-01-16T13:00:00Z",
        ),
        (
            somebody("US-MI", &["America/Detroit"]),
            "2026-01-15T13:30:00Z",
            "us-mi-hours until 2026-01-15T14:00:00Z",
        ),
        (
            somebody("US-MN", &["America/Chicago"]),
            "2026-01-15T14:30:00Z",
            "us-mn-hours until 2026-01-15T15:00:00Z",
        ),
        (
            somebody("US-NM", &["America/Denver"]),
            "2026-01-15T15:30:00Z",
            "us-nm-hours until 2026-01-15T16:00:00Z",
        ),
        // France: lunch, evening, the weekend, 14 July; closed on national holidays alone, not on those of Alsace.
        (french(), "2026-06-01T07:59:00Z", "fr-hours until 2026-06-01T08:00:00Z"),
        (french(), "2026-06-01T08:00:00Z", "yes until 2026-06-01T11:00:00Z"),
        (french(), "2026-06-01T11:00:00Z", "fr-hours until 2026-06-01T12:00:00Z"),
        (french(), "2026-06-01T12:00:00Z", "yes until 2026-06-01T18:00:00Z"),
        (french(), "2026-06-05T18:00:00Z", "fr-hours until 2026-06-08T08:00:00Z"),
        (french(), "2026-07-14T09:00:00Z", "fr-hours until 2026-07-15T08:00:00Z"),
        (french(), "2026-04-03T09:00:00Z", "yes until 2026-04-03T11:00:00Z"),
        // Guadeloupe has a country code of its own and French law, by its own clock.
        (
            agreed(somebody("GP", &["America/Guadeloupe"]), Consent::Calls),
            "2026-06-01T13:59:00Z",
            "fr-hours until 2026-06-01T14:00:00Z",
        ),
        // Canada: weekdays until 21:30, weekends 10:00-18:00.
        (somebody("CA-ON", &["America/Toronto"]), "2026-06-06T01:29:00Z", "yes until 2026-06-06T01:30:00Z"),
        (
            somebody("CA-ON", &["America/Toronto"]),
            "2026-06-06T01:30:00Z",
            "ca-hours until 2026-06-06T14:00:00Z",
        ),
        (
            somebody("CA-ON", &["America/Toronto"]),
            "2026-06-06T22:00:00Z",
            "ca-hours until 2026-06-07T14:00:00Z",
        ),
        (
            somebody("CA-ON", &["America/Toronto"]),
            "2026-06-07T22:00:00Z",
            "ca-hours until 2026-06-08T13:00:00Z",
        ),
        // Newfoundland is half an hour off.
        (
            somebody("CA-NL", &["America/St_Johns"]),
            "2026-06-08T11:29:00Z",
            "ca-hours until 2026-06-08T11:30:00Z",
        ),
        // Australia: Saturday until 17:00, never on Sunday, nor on the national holiday (Monday 2026-01-26); but on
        // Melbourne Cup Day, which is Victoria's own.
        (somebody("AU-NSW", &["Australia/Sydney"]), "2026-01-24T05:59:00Z", "yes until 2026-01-24T06:00:00Z"),
        (
            somebody("AU-NSW", &["Australia/Sydney"]),
            "2026-01-24T06:00:00Z",
            "au-hours until 2026-01-26T22:00:00Z",
        ),
        (
            somebody("AU-VIC", &["Australia/Melbourne"]),
            "2026-11-03T01:00:00Z",
            "yes until 2026-11-03T09:00:00Z",
        ),
        // India: none from 21:00 to 09:00.
        (somebody("IN", &["Asia/Kolkata"]), "2026-06-07T15:29:00Z", "yes until 2026-06-07T15:30:00Z"),
        (somebody("IN", &["Asia/Kolkata"]), "2026-06-07T15:30:00Z", "in-hours until 2026-06-08T03:30:00Z"),
        // No law sets hours in Germany: the house does. Epiphany is a holiday in Bavaria, perhaps for somebody whose
        // Land is not known, and not in Berlin.
        (german("DE-BE"), "2026-06-01T18:00:00Z", "house-hours-marketing until 2026-06-02T07:00:00Z"),
        (german("DE-BE"), "2027-01-06T11:00:00Z", "yes until 2027-01-06T19:00:00Z"),
        (german("DE-BY"), "2027-01-06T11:00:00Z", "house-hours-marketing until 2027-01-07T08:00:00Z"),
        (german("DE"), "2027-01-06T11:00:00Z", "house-hours-marketing until 2027-01-07T08:00:00Z"),
        (german("DE-BE"), "2026-06-07T11:00:00Z", "house-hours-marketing until 2026-06-08T07:00:00Z"),
        // A country that no rule knows, and a number of no country.
        (
            somebody("TG", &["Africa/Lome"]),
            "2026-06-01T20:00:00Z",
            "house-hours-marketing until 2026-06-02T09:00:00Z",
        ),
        (
            somebody("001", &["UTC"]),
            "2026-06-01T20:00:00Z",
            "house-hours-marketing until 2026-06-02T09:00:00Z",
        ),
    ];
    for (candidate, now, expected) in cases {
        let verdict = ask(&marketing(), &candidate, now);
        assert_eq!(short(&verdict), expected, "{:?} at {now}", candidate.place);
    }
}

#[test]
fn informational_calls_keep_house_hours_unless_waived() {
    let informational = Terms { purpose: Purpose::Informational, ..marketing() };
    let berlin = somebody("DE-BE", &["Europe/Berlin"]);
    let sunday = ask(&informational, &berlin, "2026-06-07T18:59:00Z");
    assert_eq!(short(&sunday), "yes until 2026-06-07T19:00:00Z");
    let night = ask(&informational, &berlin, "2026-06-07T19:00:00Z");
    assert_eq!(short(&night), "house-hours-informational until 2026-06-08T06:00:00Z");
    let waived = Terms { waive_house_rules: true, ..informational };
    let verdict = ask(&waived, &berlin, "2026-06-07T19:00:00Z");
    assert_eq!(short(&verdict), "yes until 2026-06-14T19:00:00Z");
    assert_eq!(verdict.basis().warnings, [Warning::HouseRulesWaived]);
    // Nor is the announcement of a recording, nor law.
    let recorded = Terms { record: true, ..waived };
    let Verdict::Allowed { duties, .. } = ask(&recorded, &berlin, "2026-06-07T19:00:00Z") else {
        panic!("allowed")
    };
    assert!(matches!(duties[..], [Duty::AnnounceRecording { .. }]));
    let waived = Terms { waive_house_rules: true, ..marketing() };
    let verdict = ask(&waived, &somebody("US-NY", &["America/New_York"]), "2026-01-15T12:00:00Z");
    assert_eq!(short(&verdict), "us-hours until 2026-01-15T13:00:00Z");
}

#[test]
fn consent_is_asked_for_where_the_law_asks() {
    let noon = "2026-06-01T10:30:00Z";
    let berlin = || somebody("DE-BE", &["Europe/Berlin"]);
    assert_eq!(short(&ask(&marketing(), &berlin(), noon)), "never: de-consent");
    let texts = agreed(berlin(), Consent::Texts);
    assert_eq!(short(&ask(&marketing(), &texts, noon)), "never: de-consent");
    let verdict = ask(&marketing(), &agreed(berlin(), Consent::Calls), noon);
    assert_eq!(short(&verdict), "yes until 2026-06-01T18:00:00Z");
    assert_eq!(verdict.basis().consents, ["form, Calls"], "the proof's use can be noted");
    let informational = Terms { purpose: Purpose::Informational, ..marketing() };
    assert_eq!(short(&ask(&informational, &berlin(), noon)), "yes until 2026-06-01T19:00:00Z");
    // Given tomorrow is not given.
    let mut tomorrow = agreed(berlin(), Consent::Calls);
    tomorrow.consents[0].at = at("2026-06-02T00:00:00Z");
    assert_eq!(short(&ask(&marketing(), &tomorrow, noon)), "never: de-consent");
}

#[test]
fn france_asks_for_consent_from_a_date_at_the_called_party_on() {
    let paris = somebody("FR", &["Europe/Paris"]);
    // 2026-08-10 is a Monday. It becomes the 11th in Paris at 22:00Z.
    assert_eq!(short(&ask(&marketing(), &paris, "2026-08-10T17:00:00Z")), "yes until 2026-08-10T18:00:00Z");
    assert_eq!(
        short(&ask(&marketing(), &paris, "2026-08-10T21:59:59Z")),
        "fr-hours until 2026-08-11T08:00:00Z",
        "asked again then, the answer is no"
    );
    assert_eq!(short(&ask(&marketing(), &paris, "2026-08-10T22:00:00Z")), "never: fr-consent");
}

#[test]
fn an_artificial_voice_needs_consent_in_the_united_states() {
    let noon = "2026-01-15T18:00:00Z";
    let ny = || somebody("US-NY", &["America/New_York"]);
    let robot = Terms { artificial_voice: true, ..marketing() };
    let reminder = Terms { purpose: Purpose::Informational, ..robot.clone() };
    let plain = || agreed(ny(), Consent::AutomatedCalls);
    let written = || agreed(ny(), Consent::AutomatedCallsInWriting);
    for (terms, candidate, allowed) in [
        (&robot, ny(), false),
        (&robot, agreed(ny(), Consent::Calls), false),
        (&robot, plain(), false),
        (&robot, written(), true),
        (&reminder, ny(), false),
        (&reminder, agreed(ny(), Consent::Calls), false),
        (&reminder, plain(), true),
        (&reminder, written(), true),
    ] {
        let verdict = ask(terms, &candidate, noon);
        assert_eq!(matches!(verdict, Verdict::Allowed { .. }), allowed, "{terms:?} {:?}", candidate.consents);
    }
    let Verdict::Allowed { duties, .. } = ask(&robot, &written(), noon) else { panic!("allowed") };
    assert!(duties.iter().any(|duty| matches!(duty, Duty::IdentifyAndOfferOptOut { .. })));
    assert!(duties.iter().any(|duty| matches!(duty, Duty::RingAtLeast { seconds: 15, .. })));
}

#[test]
fn florida_counts_three_in_24_hours_on_the_same_subject() {
    let florida = || somebody("US-FL", &["America/New_York"]);
    let three = ["2026-01-14T15:00:00Z", "2026-01-14T17:00:00Z", "2026-01-14T19:00:00Z"];
    let verdict = ask(&marketing(), &called(florida(), &three), "2026-01-14T20:00:00Z");
    assert_eq!(short(&verdict), "us-fl-attempts until 2026-01-15T15:00:00Z");
    let verdict = ask(&marketing(), &called(florida(), &three), "2026-01-15T15:00:00Z");
    assert_eq!(short(&verdict), "yes until 2026-01-16T01:00:00Z");
    let other = Terms { subject: "cmp_2".into(), ..marketing() };
    let verdict = ask(&other, &called(florida(), &three), "2026-01-14T20:00:00Z");
    assert_eq!(short(&verdict), "yes until 2026-01-15T01:00:00Z");
    // Oklahoma counts all subjects; there the limit ends before the morning, so the morning decides.
    let oklahoma = called(somebody("US-OK", &["America/Chicago"]), &["2026-01-14T14:00:00Z"; 3]);
    let verdict = ask(&other, &oklahoma, "2026-01-15T02:30:00Z");
    assert_eq!(short(&verdict), "us-ok-attempts until 2026-01-15T14:00:00Z");
}

#[test]
fn france_counts_four_in_30_days_and_rests_60_after_a_refusal() {
    let paris = || agreed(somebody("FR", &["Europe/Paris"]), Consent::Calls);
    let four =
        ["2026-06-01T09:00:00Z", "2026-06-02T09:00:00Z", "2026-06-03T09:00:00Z", "2026-06-04T09:00:00Z"];
    let verdict = ask(&marketing(), &called(paris(), &four), "2026-06-05T09:00:00Z");
    assert_eq!(short(&verdict), "fr-attempts until 2026-07-01T09:00:00Z");
    let mut refused = called(paris(), &["2026-06-01T09:00:00Z"]);
    refused.attempts[0].refused = true;
    // The 60 whole days after 1 June end with Friday, 31 July; then come a weekend and the hours.
    let verdict = ask(&marketing(), &refused, "2026-06-02T09:00:00Z");
    assert_eq!(short(&verdict), "fr-refusal until 2026-08-03T08:00:00Z");
}

#[test]
fn a_suppression_comes_first_and_only_for_its_channel() {
    let mut berlin = somebody("DE-BE", &["Europe/Berlin"]);
    let entry =
        |id: &str, channel| Suppression { id: id.into(), channel, reason: SuppressionReason::OptedOut };
    berlin.suppressions = vec![entry("sup_sms", Some(Channel::Sms))];
    assert_eq!(short(&ask(&marketing(), &berlin, "2026-06-01T10:00:00Z")), "never: de-consent");
    berlin.suppressions.push(entry("sup_all", None));
    assert_eq!(short(&ask(&marketing(), &berlin, "2026-06-01T10:00:00Z")), "never: sup_all");
    berlin.suppressions.push(entry("sup_voice", Some(Channel::Voice)));
    assert_eq!(short(&ask(&marketing(), &berlin, "2026-06-01T10:00:00Z")), "never: sup_all");
}

#[test]
fn the_tenants_limits_and_the_campaigns_window_add_to_the_law() {
    let weekly = FrequencyCap {
        name: "twice a week".into(),
        count: NonZeroU16::new(2).expect("not zero"),
        per: "P7D".parse().expect("a period"),
        channel: None,
    };
    let terms =
        Terms { caps: vec![weekly], window: "Mon-Fri 18:00-23:00".parse().expect("a week"), ..marketing() };
    let ny = || somebody("US-NY", &["America/New_York"]);
    let twice = called(ny(), &["2026-01-12T20:00:00Z", "2026-01-13T20:00:00Z"]);
    // The limit is over on Monday at 15:00 in New York; the window opens at 18:00.
    assert_eq!(
        short(&ask(&terms, &twice, "2026-01-14T20:00:00Z")),
        "twice a week until 2026-01-19T23:00:00Z"
    );
    assert_eq!(short(&ask(&terms, &ny(), "2026-01-14T20:00:00Z")), "window until 2026-01-14T23:00:00Z");
    assert_eq!(short(&ask(&terms, &ny(), "2026-01-14T23:30:00Z")), "yes until 2026-01-15T02:00:00Z");
    // France's 1st and 8th of May 2028 are Mondays: a window of Mondays waits for three weeks, and opens.
    let mondays = Terms { window: "Mon 10:00-12:00".parse().expect("a week"), ..marketing() };
    let paris = agreed(somebody("FR", &["Europe/Paris"]), Consent::Calls);
    assert_eq!(short(&ask(&mondays, &paris, "2028-04-24T10:00:00Z")), "window until 2028-05-15T08:00:00Z");
    // Where the window leaves the law nothing, time will not help.
    let sundays = Terms { window: "Sun 09:00-20:00".parse().expect("a week"), ..marketing() };
    let verdict = ask(&sundays, &somebody("AU-NSW", &["Australia/Sydney"]), "2026-01-14T20:00:00Z");
    assert_eq!(short(&verdict), "never: no opening");
}

#[test]
fn recording_is_announced() {
    let recorded = Terms { record: true, ..marketing() };
    let rule = |place: &str, zone: &str| {
        let candidate = agreed(somebody(place, &[zone]), Consent::Calls);
        let Verdict::Allowed { duties, .. } = ask(&recorded, &candidate, "2026-06-01T17:00:00Z") else {
            panic!("{place} is open")
        };
        duties
            .into_iter()
            .find_map(|duty| if let Duty::AnnounceRecording { rule } = duty { Some(rule.id) } else { None })
    };
    assert_eq!(rule("US-CA", "America/Los_Angeles").as_deref(), Some("us-recording-all-party"));
    assert_eq!(rule("US-OR", "America/Los_Angeles").as_deref(), Some("us-recording-mixed"));
    assert_eq!(rule("US-NY", "America/New_York").as_deref(), Some("house-recording"));
    assert_eq!(rule("DE-BE", "Europe/Berlin").as_deref(), Some("house-recording"));
}

#[test]
fn what_is_not_known_is_said() {
    let unknown_state = ask(&marketing(), &somebody("US", &["America/New_York"]), "2026-01-15T18:00:00Z");
    assert_eq!(unknown_state.basis().warnings, [Warning::SubdivisionUnknown { country: "US".into() }]);
    assert_eq!(rules_of(&unknown_state), ["us-hours", "us-ring"]);
    let known = ask(&marketing(), &somebody("US-NY", &["America/New_York"]), "2026-01-15T18:00:00Z");
    assert_eq!(known.basis().warnings, []);
    let nowhere = ask(&marketing(), &somebody("TG", &["Africa/Lome"]), "2026-01-15T12:00:00Z");
    assert!(matches!(nowhere.basis().warnings[..], [Warning::HolidaysUnknown { .. }]));
    let far = ask(&marketing(), &somebody("AU-NSW", &["Australia/Sydney"]), "2031-01-15T01:00:00Z");
    assert!(matches!(far.basis().warnings[..], [Warning::HolidaysUnknown { .. }]));
}

#[test]
fn email_has_no_hours() {
    let mail = Terms { channel: Channel::Email, ..marketing() };
    let verdict = ask(&mail, &somebody("FR", &["Europe/Paris"]), "2026-06-06T02:00:00Z");
    assert_eq!(short(&verdict), "yes until 2026-06-13T02:00:00Z");
}

#[test]
fn a_verdict_is_explained_with_citations() {
    let florida = called(somebody("US-FL", &["America/New_York"]), &["2026-01-14T15:00:00Z"; 3]);
    let verdict = ask(&marketing(), &florida, "2026-01-14T20:00:00Z");
    insta::assert_snapshot!("a_limit_explained", explain(&verdict, RuleBook::bundled()).join("\n"));
    let paris = somebody("FR", &["Europe/Paris"]);
    let verdict = ask(&marketing(), &paris, "2026-09-01T09:00:00Z");
    insta::assert_snapshot!("a_missing_consent_explained", explain(&verdict, RuleBook::bundled()).join("\n"));
}

#[test]
fn another_rule_book_does_not_replay() {
    let terms = marketing();
    let candidate = somebody("US-NY", &["America/New_York"]);
    let verdict = ask(&terms, &candidate, "2026-01-15T18:00:00Z");
    let empty = RuleBook::new([("*".to_owned(), "rule = []".to_owned())]).expect("valid");
    assert!(matches!(replay(&empty, &terms, &candidate, &verdict), Err(ReplayError::OtherBook { .. })));
    let other = Terms { record: true, ..terms };
    let again = replay(RuleBook::bundled(), &other, &candidate, &verdict);
    assert!(matches!(again, Err(ReplayError::Differs(_))));
    assert!(explain(&verdict, &empty).iter().any(|line| line.contains("not in the present rule book")));
}
