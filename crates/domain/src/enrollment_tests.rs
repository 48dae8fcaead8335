use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).expect("valid")
}

#[test]
fn a_promised_call_is_for_whoever_promised_it() {
    let ada = AgentId::of_user("ada");
    let retry = RetryPolicy { attempts_max: 1, rules: [].into() };
    // Promised while they talk, and again when the talk is over.
    let mut during = enrollment();
    assert!(during.promise(1, at(900), &ada));
    assert_eq!(during.due(), Some(at(0)), "the call is not over yet");
    assert!(during.attempt_ended(1, Outcome::Talked, at(60), &retry));
    let mut afterwards = enrollment();
    afterwards.attempt_ended(1, Outcome::Talked, at(60), &retry);
    assert!(afterwards.promise(1, at(900), &ada));
    for promised in [during, afterwards] {
        assert_eq!((promised.due(), promised.for_agent), (Some(at(900)), Some(ada.clone())));
    }
    let mut refused = enrollment();
    refused.attempt_ended(1, Outcome::OptedOut, at(60), &retry);
    assert!(!refused.promise(1, at(900), &ada));
    assert_eq!(refused.for_agent, None);
}

fn enrollment() -> Enrollment {
    Enrollment {
        id: EnrollmentRef {
            tenant: "acme".parse().expect("an id"),
            campaign: "cmp_1".parse().expect("an id"),
            contact: "con_2".parse().expect("an id"),
        },
        state: EnrollmentState::Waiting { due: at(0) },
        shard: 0,
        priority: 5,
        to: "+493012345678".parse().expect("a number"),
        place: Place { country: "DE".into(), subdivision: None },
        zones: vec!["Europe/Berlin".into()],
        consents: vec![],
        history: vec![],
        source: None,
        promised: None,
        for_agent: None,
        returned: false,
        last_verdict: None,
    }
}

fn policy() -> RetryPolicy {
    let rules = serde_json::json!({"attempts_max": 3, "rules": {"busy": {"times": 2, "after": "PT60S", "jitter_percent": 50}}});
    serde_json::from_value(rules).expect("a policy")
}

#[test]
fn a_retry_is_scheduled_once_and_the_same_each_time() {
    let mut first = enrollment();
    assert!(first.attempt_ended(1, Outcome::Busy, at(10), &policy()));
    let due = first.due().expect("a retry");
    assert!((70..=100).contains(&(due.duration_since(at(0)).as_secs())), "{due}");
    let mut again = first.clone();
    assert!(!again.attempt_ended(1, Outcome::Busy, at(500), &policy()), "a repetition");
    assert_eq!(again, first);
    let mut elsewhere = enrollment();
    elsewhere.attempt_ended(1, Outcome::Busy, at(10), &policy());
    assert_eq!(elsewhere, first, "whoever repeats the step comes to the same due time");
}

#[test]
fn the_last_try_ends_it_with_the_reason_of_its_outcome() {
    for (outcome, reason) in [
        (Outcome::Interested, EndReason::Reached),
        (Outcome::VoicemailLeft, EndReason::MessageLeft),
        (Outcome::OptedOut, EndReason::OptedOut),
        (Outcome::InvalidNumber, EndReason::Unreachable),
        (Outcome::NoAnswer, EndReason::Exhausted),
    ] {
        let mut enrollment = enrollment();
        enrollment.attempt_ended(1, outcome, at(10), &policy());
        assert_eq!(enrollment.state, EnrollmentState::Ended { reason, at: at(10) });
    }
}

#[test]
fn attempts_are_noted_in_order_or_not_at_all() {
    let mut enrollment = enrollment();
    assert!(!enrollment.attempt_ended(2, Outcome::Busy, at(10), &policy()), "the first has not ended");
    assert!(enrollment.history.is_empty());
    assert!(!enrollment.attempt_ended(0, Outcome::Busy, at(10), &policy()) || enrollment.history.len() == 1);
}

#[test]
fn a_late_opt_out_ends_a_waiting_retry() {
    let mut enrollment = enrollment();
    enrollment.attempt_ended(1, Outcome::Busy, at(10), &policy());
    assert!(enrollment.attempt_ended(1, Outcome::OptedOut, at(20), &policy()));
    assert_eq!(enrollment.state, EnrollmentState::Ended { reason: EndReason::OptedOut, at: at(20) });
}

#[test]
fn what_was_stopped_stays_stopped_but_notes_the_call_that_ran() {
    let mut enrollment = enrollment();
    enrollment.end(EndReason::Stopped, at(5));
    assert!(enrollment.attempt_ended(1, Outcome::Busy, at(10), &policy()));
    assert_eq!(enrollment.history.len(), 1);
    assert_eq!(enrollment.state, EnrollmentState::Ended { reason: EndReason::Stopped, at: at(5) });
    enrollment.put_off(at(99));
    assert_eq!(enrollment.due(), None);
}
