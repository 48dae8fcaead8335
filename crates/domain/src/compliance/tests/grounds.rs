//! A decision can be made again from what is kept of it, and nothing that is kept can be changed unnoticed.

use serde_json::{Value, json};

use super::*;

/// Somebody with a past, and the terms of a campaign with a limit of its own.
fn case() -> (Terms, Candidate) {
    let cap = FrequencyCap {
        name: "a week".into(),
        count: 3.try_into().expect("positive"),
        per: "P7D".parse().expect("a period"),
        channel: None,
    };
    let terms = Terms { artificial_voice: true, caps: vec![cap], ..marketing() };
    let candidate =
        called(somebody("US-FL", &["America/New_York", "America/Chicago"]), &["2026-03-02T15:00:00Z"]);
    let mut candidate = agreed(agreed(candidate, Consent::AutomatedCallsInWriting), Consent::Recording);
    candidate.attempts.push(PastAttempt {
        at: at("2026-02-20T16:30:00Z"),
        channel: Channel::Sms,
        subject: "cmp_2".into(),
        refused: false,
    });
    (terms, candidate)
}

fn decided(now: &str) -> (Terms, Grounds, Verdict) {
    let (terms, candidate) = case();
    let verdict = evaluate(RuleBook::bundled(), &terms, &candidate, at(now));
    (terms.clone(), Grounds::of(&terms, candidate, &verdict), verdict)
}

#[test]
fn what_is_kept_gives_the_candidate_and_the_verdict_back() {
    for now in ["2026-03-03T15:00:00Z", "2026-03-03T03:00:00Z", "2026-03-02T15:00:01Z"] {
        let (terms, grounds, verdict) = decided(now);
        let stored = serde_json::to_string(&grounds).expect("plain");
        let grounds: Grounds = serde_json::from_str(&stored).expect("survives being stored");
        assert_eq!(grounds.candidate(&terms), case().1);
        grounds.replay(RuleBook::bundled(), &terms, &verdict).expect("the same, to the letter");
    }
}

/// Every leaf of a JSON value, as a pointer.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| leaves(value, &format!("{at}/{name}"), found));
        }
        Value::Array(items) => {
            (0..).zip(items).for_each(|(index, value)| leaves(value, &format!("{at}/{index}"), found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => found.push(at.to_owned()),
    }
}

/// Another value of the same type, one that still parses where there is such.
fn altered(value: &Value) -> Value {
    match value {
        Value::Bool(flag) => json!(!flag),
        Value::Number(number) => json!(number.as_u64().unwrap_or(0) + 1),
        Value::String(text) if text.parse::<Timestamp>().is_ok() => json!("2026-01-05T12:00:00Z"),
        Value::String(text) if text.contains('/') => json!("Europe/Paris"),
        Value::String(text) => json!(format!("{text}0")),
        Value::Null | Value::Array(_) | Value::Object(_) => json!("something else"),
    }
}

#[test]
fn whatever_is_altered_is_noticed() {
    let (terms, grounds, verdict) = decided("2026-03-03T15:00:00Z");
    let record = json!({"terms": terms, "grounds": grounds, "verdict": verdict});
    let mut found = Vec::new();
    leaves(&record, "", &mut found);
    assert!(found.len() > 40, "{found:?}");
    let mut read = 0;
    for leaf in found {
        let mut record = record.clone();
        let value = record.pointer_mut(&leaf).expect("there");
        *value = altered(value);
        let parsed = (
            serde_json::from_value::<Terms>(record["terms"].clone()),
            serde_json::from_value::<Grounds>(record["grounds"].clone()),
            serde_json::from_value::<Verdict>(record["verdict"].clone()),
        );
        // What no longer parses is noticed by that.
        let (Ok(terms), Ok(grounds), Ok(verdict)) = parsed else { continue };
        read += 1;
        assert!(
            grounds.replay(RuleBook::bundled(), &terms, &verdict).is_err(),
            "{leaf} was altered unnoticed"
        );
    }
    assert!(read > 30, "only {read} alterations could be read at all");
}

#[test]
fn other_terms_and_other_rules_are_told_apart_from_tampering() {
    let (terms, grounds, verdict) = decided("2026-03-03T15:00:00Z");
    let edited = Terms { record: true, ..terms.clone() };
    let replayed = grounds.replay(RuleBook::bundled(), &edited, &verdict);
    assert!(matches!(replayed, Err(ReplayError::OtherTerms { .. })), "{replayed:?}");
    let other = RuleBook::new([("*".to_owned(), "rule = []".to_owned())]).expect("a book");
    let replayed = grounds.replay(&other, &terms, &verdict);
    assert!(matches!(replayed, Err(ReplayError::OtherBook { .. })), "{replayed:?}");
}

#[test]
fn terms_are_named_by_what_they_say() {
    let (terms, _) = case();
    assert_eq!(terms.id(), terms.clone().id());
    assert_ne!(terms.id(), Terms { waive_house_rules: true, ..terms.clone() }.id());
    assert_eq!(terms.id().as_str().parse::<TermsId>(), Ok(terms.id()));
    assert!("ABCDEF0123456789".parse::<TermsId>().is_err());
}
