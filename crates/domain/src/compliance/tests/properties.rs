use std::num::NonZeroU16;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;

const PLACES: [(&str, &[&str]); 12] = [
    ("US-FL", &["America/New_York", "America/Chicago"]),
    ("US-AL", &["America/Chicago"]),
    ("US-OK", &["America/Chicago"]),
    ("US", &["America/New_York", "America/Los_Angeles"]),
    ("FR", &["Europe/Paris"]),
    ("GP", &["America/Guadeloupe"]),
    ("DE-BY", &["Europe/Berlin"]),
    ("CA-NL", &["America/St_Johns", "America/Halifax"]),
    ("AU-NSW", &["Australia/Sydney", "Australia/Lord_Howe"]),
    ("GB", &["Europe/London"]),
    ("IN", &["Asia/Kolkata"]),
    ("TG", &["Africa/Lome"]),
];

fn any_instant() -> impl Strategy<Value = Timestamp> {
    (1_767_225_600i64..1_893_456_000).prop_map(|second| Timestamp::from_second(second).expect("in range"))
}

prop_compose! {
    fn any_case()(
        now in any_instant(),
        (place, zones) in proptest::sample::select(&PLACES[..]),
        ago in proptest::collection::vec((0i64..70 * 86_400, any::<bool>(), proptest::bool::weighted(0.1)), 0..8),
        consents in any::<bool>(),
        marketing_purpose in any::<bool>(),
        window in proptest::sample::select(&["Mon-Sun 00:00-24:00", "Mon-Fri 12:00-18:30", "Sat-Sun 09:00-14:00"][..]),
        cap in proptest::option::of(1u16..4),
    ) -> (Terms, Candidate, Timestamp) {
        let mut candidate = somebody(place, zones);
        if consents {
            candidate = agreed(agreed(candidate, Consent::Calls), Consent::AutomatedCallsInWriting);
        }
        candidate.attempts = ago.into_iter().map(|(seconds, same, refused)| PastAttempt {
            at: now - SignedDuration::from_secs(seconds),
            channel: Channel::Voice,
            subject: if same { "cmp_1" } else { "cmp_2" }.into(),
            refused,
        }).collect();
        let caps = cap.and_then(NonZeroU16::new).map(|count| FrequencyCap {
            name: "cap".into(),
            count,
            per: "calendar-month".parse().expect("a period"),
            channel: None,
        });
        let terms = Terms {
            purpose: if marketing_purpose { Purpose::Marketing } else { Purpose::Informational },
            window: window.parse().expect("a week"),
            caps: caps.into_iter().collect(),
            ..marketing()
        };
        (terms, candidate, now)
    }
}

proptest! {
    #[test]
    fn what_is_put_off_is_allowed_when_its_time_comes_and_not_before((terms, candidate, now) in any_case()) {
        let book = RuleBook::bundled();
        let verdict = evaluate(book, &terms, &candidate, now);
        if let Verdict::NotNow { next_at, .. } = verdict {
            prop_assert!(next_at > now);
            let then = evaluate(book, &terms, &candidate, next_at);
            let allowed = matches!(then, Verdict::Allowed { .. });
            // Unless a rule has come into force between: France's, on 2026-08-11.
            let changed = then.basis().rules != evaluate(book, &terms, &candidate, now).basis().rules;
            prop_assert!(allowed || changed, "{then:?}");
            let just_before = next_at - SignedDuration::from_nanos(1);
            let before = evaluate(book, &terms, &candidate, just_before);
            let allowed_before = matches!(before, Verdict::Allowed { .. });
            prop_assert!(!allowed_before, "{before:?}");
        }
    }

    #[test]
    fn what_is_allowed_stays_so_until_it_closes((terms, candidate, now) in any_case(), part in 0i64..1000) {
        let book = RuleBook::bundled();
        if let Verdict::Allowed { open_until, .. } = evaluate(book, &terms, &candidate, now) {
            prop_assert!(open_until > now);
            let seconds = open_until.duration_since(now).as_secs() * part / 1000;
            let then = evaluate(book, &terms, &candidate, now + SignedDuration::from_secs(seconds));
            let allowed = matches!(then, Verdict::Allowed { .. });
            prop_assert!(allowed, "{then:?}");
        }
    }

    #[test]
    fn the_same_question_has_the_same_answer_after_a_trip_through_storage((terms, candidate, now) in any_case()) {
        let book = RuleBook::bundled();
        let verdict = evaluate(book, &terms, &candidate, now);
        let (terms, candidate): (Terms, Candidate) = serde_json::from_value(serde_json::to_value((&terms, &candidate)).expect("serialisable")).expect("valid");
        prop_assert!(replay(book, &terms, &candidate, &verdict).is_ok());
    }

    #[test]
    fn more_zones_never_allow_more((terms, candidate, now) in any_case(), zone in proptest::sample::select(&["Asia/Tokyo", "America/Denver", "Europe/London"][..])) {
        let book = RuleBook::bundled();
        let names: Vec<&str> = candidate.zones.names().chain([zone]).collect();
        let wider = Candidate { zones: Zones::new(names).expect("zones"), ..candidate.clone() };
        if let Verdict::Allowed { .. } = evaluate(book, &terms, &wider, now) {
            let narrow = evaluate(book, &terms, &candidate, now);
            let allowed = matches!(narrow, Verdict::Allowed { .. });
            prop_assert!(allowed, "{narrow:?}");
        }
    }
}
