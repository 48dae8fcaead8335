use std::collections::BTreeSet;

use jiff::civil::date;

use super::*;

#[test]
fn every_rule_parses_and_says_where_it_comes_from() {
    let book = RuleBook::bundled();
    let mut ids = BTreeSet::new();
    for rule in book.rules() {
        let id = &rule.id;
        assert!(ids.insert(id), "{id} occurs twice");
        assert!(rule.version >= 1, "{id}");
        assert!(rule.citation.len() > 5 && rule.source.len() > 5, "{id} has no citation or source");
        assert!(!rule.channels.is_empty() && !rule.purposes.is_empty(), "{id} concerns nobody");
        // Unverified means that nobody has read it, and nothing else does.
        assert_eq!(rule.read_on.is_none(), rule.status == Status::Unverified, "{id}");
        assert!(rule.effective_from.is_none_or(|from| rule.effective_to.is_none_or(|to| from <= to)), "{id}");
        assert!(!rule.fallback || rule.status == Status::Guidance, "{id}: law is no fallback");
        assert!(!rule.waivable || rule.fallback, "{id}: law is not waived");
        assert_eq!(book.find(&rule.reference()), Some(rule));
        let text = serde_json::to_string(rule).expect("serialisable");
        assert_eq!(&serde_json::from_str::<Rule>(&text).expect("valid"), rule);
    }
}

/// The whole law on one page: a changed rule shows up in review, next to the version that has to go up with it.
#[test]
fn the_rules_in_words() {
    let lines: Vec<String> = RuleBook::bundled()
        .rules()
        .map(|rule| {
            let places: Vec<String> = rule.jurisdictions.iter().map(ToString::to_string).collect();
            let from = rule.effective_from.map(|from| format!(" (from {from})")).unwrap_or_default();
            format!("{}: {}{from}", places.join(" "), rule.in_words())
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn packs_are_sorted_so_that_they_are_found() {
    let countries: Vec<&str> = RuleBook::bundled().countries().collect();
    assert!(countries.is_sorted(), "{countries:?}");
    for country in countries {
        assert!(
            RuleBook::bundled()
                .rules_for(country)
                .any(|rule| rule.jurisdictions[0].country() == Some(country))
        );
    }
}

#[test]
fn a_bad_pack_is_refused_with_its_reason() {
    let rule = |id: &str, place: &str| {
        format!(
            "[[rule]]\nid = \"{id}\"\nversion = 1\njurisdictions = [\"{place}\"]\nchannels = [\"voice\"]\n\
             purposes = [\"marketing\"]\npredicate = {{ kind = \"stop_after_refusal\", days = 1 }}\n\
             citation = \"x\"\nsource = \"x\"\nstatus = \"law\"\n"
        )
    };
    let make = |packs: &[(&str, String)]| {
        RuleBook::new(packs.iter().map(|(country, text)| ((*country).to_owned(), text.clone())))
    };
    assert!(make(&[("US", rule("a", "US-FL")), ("*", rule("b", "*"))]).is_ok());
    let twice = make(&[("US", rule("a", "US")), ("FR", rule("a", "FR"))]);
    assert!(matches!(twice, Err(PackError::Duplicate { id }) if id == "a"));
    let misplaced = make(&[("US", rule("a", "FR"))]);
    assert!(matches!(misplaced, Err(PackError::Misplaced { id, country }) if id == "a" && country == "US"));
    for (from, to) in [
        ("days = 1", "days = 1, hours = 2"),
        ("stop_after_refusal", "stop_sometimes"),
        ("\"law\"", "\"rumour\""),
        ("version = 1", "version = 1\nvariant = 2"),
        ("\"US\"", "\"usa\""),
    ] {
        let text = rule("a", "US").replace(from, to);
        assert!(matches!(make(&[("US", text)]), Err(PackError::Syntax { .. })), "{to}");
    }
}

#[test]
fn a_campaigns_page_shows_every_state_and_one_set_of_house_rules() {
    let book = RuleBook::bundled();
    let on = date(2026, 11, 21);
    let ids = |found: &Applicable<'_>| found.rules.iter().map(|rule| rule.id.clone()).collect::<Vec<_>>();
    let american = book.applicable(&marketing(), ["US"], on);
    assert!(ids(&american).iter().any(|id| id == "us-fl-hours"));
    assert!(!ids(&american).iter().any(|id| id == "house-hours-marketing"), "federal law answers that");
    assert_eq!(american.ring_seconds_min(), Some(15));
    let several = book.applicable(&marketing(), ["US", "DE", "GB", "TG"], on);
    let found = ids(&several);
    assert_eq!(found.iter().filter(|id| *id == "house-hours-marketing").count(), 1);
    assert!(found.iter().any(|id| id == "gb-abandonment"), "superseded rules are shown");
    let caps: Vec<&str> = several.abandonment().iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(caps, ["us-abandonment", "house-abandonment"], "and do not count");
    // A window that a law leaves nothing of names the law.
    let sunday = "Sun 09:00-18:00".parse().expect("a week");
    let shut: Vec<&str> = book
        .applicable(&marketing(), ["AU", "IN", "FR"], on)
        .hours_left(&sunday)
        .filter(|(_, left)| left.is_err())
        .map(|(rule, _)| rule.id.as_str())
        .collect();
    assert_eq!(shut, ["au-hours", "fr-hours"]);
}

#[test]
fn the_digest_names_the_rules_to_the_letter() {
    let one = RuleBook::new([("*".to_owned(), "rule = []".to_owned())]).expect("valid");
    let other = RuleBook::new([("*".to_owned(), "rule = [] ".to_owned())]).expect("valid");
    assert_eq!(one.digest().len(), 16);
    assert_ne!(one.digest(), other.digest());
    assert_eq!(RuleBook::bundled().digest(), RuleBook::bundled().digest());
}
