//! What each law says at its edges; then properties and the rule files.

use jiff::Timestamp;

use super::*;
use crate::contact::ConsentGiven;
use crate::phone::Place;
use crate::window::{WeekWindow, Zones};

mod book;
mod grounds;
mod laws;
mod properties;

fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

/// Marketing by a person's voice, at any hour, without limits of its own.
fn marketing() -> Terms {
    Terms {
        channel: Channel::Voice,
        purpose: Purpose::Marketing,
        subject: "cmp_1".into(),
        window: WeekWindow::always(),
        artificial_voice: false,
        record: false,
        caps: Vec::new(),
        waive_house_rules: false,
    }
}

/// Somebody at `US-FL`, `FR`..., who may be in these zones.
fn somebody(place: &str, zones: &[&str]) -> Candidate {
    let (country, subdivision) =
        place.split_once('-').map_or((place, None), |(c, s)| (c, Some(s.to_owned())));
    Candidate {
        place: Place { country: country.into(), subdivision },
        zones: Zones::new(zones).expect("zones"),
        consents: Vec::new(),
        suppressions: Vec::new(),
        attempts: Vec::new(),
    }
}

fn agreed(mut candidate: Candidate, kind: Consent) -> Candidate {
    let evidence = format!("form, {kind:?}");
    candidate.consents.push(ConsentGiven { kind, evidence, at: at("2025-01-01T00:00:00Z") });
    candidate
}

fn called(mut candidate: Candidate, times: &[&str]) -> Candidate {
    let past = |time: &&str| PastAttempt {
        at: at(time),
        channel: Channel::Voice,
        subject: "cmp_1".into(),
        refused: false,
    };
    candidate.attempts.extend(times.iter().map(past));
    candidate
}

fn ask(terms: &Terms, candidate: &Candidate, now: &str) -> Verdict {
    let verdict = evaluate(RuleBook::bundled(), terms, candidate, at(now));
    replay(RuleBook::bundled(), terms, candidate, &verdict).expect("replays");
    let text = serde_json::to_string(&verdict).expect("serialisable");
    assert_eq!(serde_json::from_str::<Verdict>(&text).expect("valid"), verdict, "survives being stored");
    assert!(!explain(&verdict, RuleBook::bundled()).is_empty());
    verdict
}

/// `yes until …`, `fr-hours until …`, `never: fr-consent`.
fn short(verdict: &Verdict) -> String {
    let cause = |cause: &Cause| match cause {
        Cause::Suppressed { suppression, .. } => suppression.clone(),
        Cause::Rule { rule } => rule.id.clone(),
        Cause::Window => "window".into(),
        Cause::Cap { name } => name.clone(),
        Cause::NoOpening => "no opening".into(),
    };
    match verdict {
        Verdict::Allowed { open_until, .. } => format!("yes until {open_until}"),
        Verdict::NotNow { cause: why, next_at, .. } => format!("{} until {next_at}", cause(why)),
        Verdict::Never { cause: why, .. } => format!("never: {}", cause(why)),
    }
}

fn rules_of(verdict: &Verdict) -> Vec<&str> {
    verdict.basis().rules.iter().map(|rule| rule.id.as_str()).collect()
}
