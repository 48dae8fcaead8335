use std::fmt::Write as _;

use serde_json::json;

use super::*;
use crate::compliance::{
    Basis, Candidate, Cause, Channel, Grounds, Purpose, Suppression, SuppressionReason, Terms, evaluate,
};
use crate::ids::AttemptRef;
use crate::window::{WeekWindow, Zones};

fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

fn campaign(changes: serde_json::Value) -> Campaign {
    let day = json!([["09:00", "20:00"]]);
    let mut plan = json!({
        "name": "Test", "purpose": "informational", "timezone": "Europe/Berlin", "caller_ids": ["+493087654321"],
        "window": {"mon": day, "tue": day, "wed": day, "thu": day, "fri": day},
        "retry": {"attempts_max": 3, "rules": {
            "busy": {"times": 1, "after": "PT15M", "jitter_percent": 20},
            "no_answer": {"times": 5, "after": "PT20H", "other_hour": true},
        }},
        "script": {"language": "de-DE", "greeting": "Guten Tag."},
    });
    for (field, value) in changes.as_object().expect("an object") {
        plan[field] = value.clone();
    }
    let campaign = json!({
        "id": "cmp_1", "state": "running", "plan": plan, "shards": 4, "run": 1, "run_at": null, "imports_open": [],
        "created_at": "2026-11-01T00:00:00Z", "started_at": null, "completed_at": null,
    });
    serde_json::from_value(campaign).expect("a campaign")
}

fn enrollment() -> Enrollment {
    let enrollment = json!({
        "id": {"tenant": "acme", "campaign": "cmp_1", "contact": "con_2"},
        "state": {"is": "waiting", "due": "2026-11-20T11:00:00Z"},
        "shard": 0, "priority": 5, "to": "+493012345678", "place": {"country": "DE"}, "zones": ["Europe/Berlin"],
        "source": {"import": "imp_7", "row": 17},
    });
    serde_json::from_value(enrollment).expect("an enrollment")
}

fn terms(campaign: &Campaign) -> Terms {
    Terms {
        channel: Channel::Voice,
        purpose: Purpose::Informational,
        subject: campaign.id.to_string(),
        window: campaign.plan.window.clone(),
        artificial_voice: true,
        record: false,
        caps: Vec::new(),
        waive_house_rules: false,
    }
}

fn candidate() -> Candidate {
    Candidate {
        place: enrollment().place,
        zones: Zones::new(["Europe/Berlin"]).expect("a zone"),
        consents: Vec::new(),
        suppressions: Vec::new(),
        attempts: Vec::new(),
    }
}

/// An attempt as it is stored, and how it ended.
fn attempt(number: u16, began: &str, ended: Option<(Outcome, &str)>) -> Attempt {
    let terms = terms(&campaign(json!({})));
    let verdict = evaluate(RuleBook::bundled(), &terms, &candidate(), at(began));
    let grounds = Some(Grounds::of(&terms, candidate(), &verdict));
    let id = AttemptRef { enrollment: enrollment().id, number };
    let to = "+493012345678".parse().expect("a number");
    let from = "+493087654321".parse().expect("a number");
    Attempt {
        state: ended
            .map_or(AttemptState::Dialing, |(outcome, when)| AttemptState::Ended { outcome, at: at(when) }),
        grounds,
        ..Attempt::new(id, to, from, at(began), verdict)
    }
}

/// The enrollment after these attempts, and all of it in words.
fn told(campaign: &Campaign, attempts: &[Attempt]) -> String {
    told_of(campaign, followed(campaign, attempts), attempts)
}

fn followed(campaign: &Campaign, attempts: &[Attempt]) -> Enrollment {
    let mut enrollment = enrollment();
    for attempt in attempts {
        if let Some((outcome, at)) = attempt.outcome() {
            enrollment.attempt_ended(attempt.id.number, outcome, at, &campaign.plan.retry);
        }
    }
    enrollment
}

fn told_of(campaign: &Campaign, enrollment: Enrollment, attempts: &[Attempt]) -> String {
    let attempts: Vec<&Attempt> = attempts.iter().rev().collect();
    let explanation = explain(campaign, &enrollment, &attempts, RuleBook::bundled());
    assert!(!explanation.summary.is_empty());
    let mut text = String::new();
    for step in explanation.steps {
        writeln!(text, "{}", step.what).expect("a string takes anything");
        for why in step.because {
            writeln!(text, "    {why}").expect("a string takes anything");
        }
    }
    text
}

const MORNING: &str = "2026-11-19T09:00:00Z";
const MINUTE_LATER: &str = "2026-11-19T09:01:00Z";

#[test]
fn a_way_with_every_turn_reads_well() {
    let campaign = campaign(json!({}));
    let attempts = [
        attempt(1, MORNING, Some((Outcome::Busy, MINUTE_LATER))),
        attempt(2, "2026-11-19T09:20:00Z", Some((Outcome::NoAnswer, "2026-11-19T09:21:00Z"))),
        attempt(3, "2026-11-20T08:30:00Z", Some((Outcome::OptedOut, "2026-11-20T08:31:00Z"))),
    ];
    insta::assert_snapshot!("every_turn", told(&campaign, &attempts));
}

#[test]
fn each_ending_has_its_own_words_and_none_is_empty() {
    let campaign = campaign(json!({"retry": {"attempts_max": 1}}));
    let mut seen = std::collections::BTreeSet::new();
    for outcome in Outcome::ALL {
        let text = told(&campaign, &[attempt(1, MORNING, Some((outcome, MINUTE_LATER)))]);
        let how = text.lines().find(|line| line.starts_with("Attempt 1")).map(|_| ());
        assert!(how.is_some(), "{text}");
        assert!(
            text.contains("Over since Thursday 19 November 2026 at 10:01:00 (Europe/Berlin): "),
            "{text}"
        );
        assert!(
            seen.insert(ended(&attempt(1, MORNING, None), outcome)),
            "{outcome:?} reads like another one"
        );
        let last = if outcome == Outcome::OptedOut { "is not called again" } else { "this was the last" };
        assert!(text.contains(last), "{text}");
    }
    let reasons: std::collections::BTreeSet<_> = EndReason::ALL.map(reason).into();
    assert_eq!(reasons.len(), EndReason::ALL.len());
}

#[test]
fn why_it_is_tried_again_or_not_follows_the_plan() {
    let campaign = campaign(json!({}));
    let busy = attempt(1, MORNING, Some((Outcome::Busy, MINUTE_LATER)));
    let due = followed(&campaign, std::slice::from_ref(&busy)).due().expect("tried again");
    let text = told(&campaign, std::slice::from_ref(&busy));
    let local = due.in_tz("Europe/Berlin").expect("a zone").strftime("%H:%M:%S").to_string();
    assert!(text.contains("once, 15m later, spread by up to 20 %"), "{text}");
    assert_eq!(text.matches(&local).count(), 2, "at the attempt, and where it waits: {text}");
    let again = attempt(2, "2026-11-19T09:20:00Z", Some((Outcome::Busy, "2026-11-19T09:21:00Z")));
    assert!(told(&campaign, &[busy, again]).contains("tries again once, and that was used up"));
    let failed = attempt(1, MORNING, Some((Outcome::Failed, MINUTE_LATER)));
    assert!(told(&campaign, &[failed]).contains("After failed the plan does not try again."));
}

#[test]
fn who_was_not_called_is_told_the_rule_that_says_so() {
    let campaign = campaign(json!({}));
    let night = evaluate(RuleBook::bundled(), &terms(&campaign), &candidate(), at("2026-11-20T02:00:00Z"));
    let Verdict::NotNow { next_at, .. } = night else { panic!("called at three in the morning: {night:?}") };
    let mut waiting = enrollment();
    waiting.put_off(next_at);
    waiting.last_verdict = Some(night);
    let text = told_of(&campaign, waiting, &[]);
    assert!(text.contains("Waiting: to be called not before Friday 20 November 2026 at 09:00:00"), "{text}");
    assert!(text.contains("Not now: "), "{text}");

    let entry = Suppression { id: "row 8".into(), channel: None, reason: SuppressionReason::DoNotCall };
    let listed = Candidate { suppressions: vec![entry], ..candidate() };
    let never = evaluate(RuleBook::bundled(), &terms(&campaign), &listed, at(MORNING));
    let mut over = enrollment();
    over.end(EndReason::Suppressed, at(MORNING));
    over.last_verdict = Some(never);
    let text = told_of(&campaign, over, &[]);
    assert!(text.contains("the address is on the do-not-call list (suppression row 8)"), "{text}");
}

#[test]
fn a_verdict_from_before_the_last_attempt_explains_nothing_any_more() {
    let campaign = campaign(json!({}));
    let busy = attempt(1, MORNING, Some((Outcome::Busy, MINUTE_LATER)));
    let mut enrollment = followed(&campaign, std::slice::from_ref(&busy));
    let basis = Basis {
        book: RuleBook::bundled().digest().to_owned(),
        at: at("2026-11-18T22:00:00Z"),
        rules: Vec::new(),
        consents: Vec::new(),
        warnings: Vec::new(),
    };
    enrollment.last_verdict = Some(Verdict::NotNow { cause: Cause::Window, next_at: at(MORNING), basis });
    assert!(!told_of(&campaign, enrollment, &[busy]).contains("Not now"));
}

#[test]
fn a_call_in_progress_and_a_paused_campaign_are_told() {
    let mut campaign = campaign(json!({}));
    assert!(told(&campaign, &[attempt(1, MORNING, None)]).contains("A call is in progress"));
    campaign.state = CampaignState::Paused;
    assert!(told(&campaign, &[]).contains("The campaign is paused"));
    let lagging = attempt(1, MORNING, Some((Outcome::Busy, MINUTE_LATER)));
    assert!(told_of(&campaign, enrollment(), &[lagging]).contains("has not taken note of it yet"));
}

#[test]
fn the_attempts_of_these_tests_replay() {
    let terms = terms(&campaign(json!({})));
    let attempt = attempt(1, MORNING, None);
    let grounds = attempt.grounds.expect("kept");
    grounds.replay(RuleBook::bundled(), &terms, &attempt.allowed_by).expect("the same");
    let wider = Terms { window: WeekWindow::always(), ..terms };
    assert!(grounds.replay(RuleBook::bundled(), &wider, &attempt.allowed_by).is_err());
}
