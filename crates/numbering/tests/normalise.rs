//! What people type, and what becomes of it.

#![allow(clippy::unwrap_used, missing_docs)]

use carillon_domain::phone::LineType;
use carillon_numbering::{Reject, normalise, parse};

#[test]
fn customary_notations_become_e164() {
    let cases = [
        ("+49 30 12345678", None, "+493012345678", "DE"),
        ("030/12345678", Some("DE"), "+493012345678", "DE"),
        ("(0 30) 12345678", Some("DE"), "+493012345678", "DE"),
        ("0049 30 12345678", Some("DE"), "+493012345678", "DE"),
        ("+49 (0)30 12345678", None, "+493012345678", "DE"),
        ("0171-2345678", Some("DE"), "+491712345678", "DE"),
        ("(212) 736-5000", Some("US"), "+12127365000", "US"),
        ("1 212 736 5000", Some("US"), "+12127365000", "US"),
        ("212.736.5000", Some("US"), "+12127365000", "US"),
        ("(416) 736-5000", Some("US"), "+14167365000", "CA"),
        ("020 7946 0018", Some("GB"), "+442079460018", "GB"),
        ("06 12 34 56 78", Some("FR"), "+33612345678", "FR"),
        ("\u{a0}+33 6 12 34 56 78\u{200b}", None, "+33612345678", "FR"),
        ("＋８１ ９０ １２３４ ５６７８", None, "+819012345678", "JP"),
        ("tel:+1-212-736-5000", None, "+12127365000", "US"),
        ("+39 06 6982 1234", None, "+390669821234", "VA"),
        ("9191234567", Some("IN"), "+919191234567", "IN"),
        ("+870773111632", None, "+870773111632", "001"),
    ];
    for (raw, country, expected, place) in cases {
        let number = normalise(raw, country).unwrap_or_else(|reject| panic!("{raw}: {reject}"));
        assert_eq!((number.e164.as_str(), number.place.country.as_str()), (expected, place), "{raw}");
    }
}

#[test]
fn what_is_wrong_has_a_name() {
    let cases = [
        ("", Some("DE"), Reject::Empty),
        (" \u{a0}", Some("DE"), Reject::Empty),
        ("ask Bob", Some("DE"), Reject::NotANumber),
        ("n/a", None, Reject::NotANumber),
        ("4.93012E+11", Some("DE"), Reject::SpreadsheetDamage),
        ("030 12345678", None, Reject::NoCountry),
        ("030 12345678", Some("XX"), Reject::UnknownCountry),
        ("+999 123456789", None, Reject::UnknownCallingCode),
        ("+1 212", None, Reject::TooShort),
        ("+1 212 736 5000 00", None, Reject::TooLong),
        ("+1 212 136 5000", None, Reject::InvalidForRegion),
        ("+44 9098790000", None, Reject::NotCallable(LineType::PremiumRate)),
    ];
    for (raw, country, expected) in cases {
        assert_eq!(normalise(raw, country).unwrap_err(), expected, "{raw}");
    }
    assert_eq!(parse(&"1".repeat(300), Some("DE")).unwrap_err(), Reject::TooLong);
}

#[test]
fn a_reject_never_repeats_the_number() {
    for raw in ["+1 212 136 5000", "030 12345678", "+999 123456789", "2127365000x"] {
        let digits: String = raw.chars().filter(char::is_ascii_digit).collect();
        if let Err(reject) = normalise(raw, None) {
            assert!(!reject.to_string().contains(&digits[..4]), "{reject}");
        }
    }
    assert!(!format!("{:?}", parse("+12127365000", None).unwrap()).contains("212"));
}

#[test]
fn line_type_place_and_zones() {
    let number = normalise("+1 415 555 2671", None).unwrap();
    assert_eq!(number.line_type, LineType::FixedLineOrMobile);
    assert_eq!(number.place.subdivision.as_deref(), Some("CA"));
    assert_eq!(number.zones(), ["America/Los_Angeles"]);

    let mobile = normalise("0171 2345678", Some("DE")).unwrap();
    assert_eq!((mobile.line_type, mobile.zones()), (LineType::Mobile, &["Europe/Berlin"][..]));

    // A Russian mobile may be anywhere between Kaliningrad and Kamchatka.
    let mobile = normalise("+7 912 345-67-89", None).unwrap();
    assert!(mobile.zones().len() > 10);

    let free = normalise("+1 800 253 0000", None).unwrap();
    assert_eq!((free.line_type, free.place.subdivision), (LineType::TollFree, None));
}
