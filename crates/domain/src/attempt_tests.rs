use super::*;
use crate::compliance::{Basis, Verdict};
use crate::script::Digit;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).expect("valid")
}

fn script() -> CallScript {
    serde_json::from_value(serde_json::json!({
        "language": "en-GB",
        "greeting": "Hello {{first_name|there}}.",
        "menu": {
            "prompt": "Press 1 or 9.",
            "interested_reply": "Thank you.",
            "opted_out_reply": "Never again.",
            "repeats": 1,
        },
        "goodbye": "Goodbye.",
        "voicemail": "Please call back.",
    }))
    .expect("a script")
}

fn attempt() -> Attempt {
    let basis = Basis { book: String::new(), at: at(0), rules: vec![], consents: vec![], warnings: vec![] };
    let allowed_by = Verdict::Allowed { open_until: at(900), duties: vec![], basis };
    Attempt {
        check_after: at(90),
        ..Attempt::new(
            "acme.cmp_1.con_2.1".parse().expect("an id"),
            "+493012345678".parse().expect("a number"),
            "+493087654321".parse().expect("a number"),
            at(0),
            allowed_by,
        )
    }
}

fn call() -> CallId {
    CallId("CA1".into())
}

fn answered(by: Option<AnsweredBy>) -> Event {
    Event::Answered { call: call(), by }
}

fn rescued() -> Event {
    Event::Rescued { call: call() }
}

fn key(key: char, round: u8) -> Event {
    Event::Key { call: call(), key: Digit::try_from(key).ok(), round }
}

fn status(status: CallStatus) -> Event {
    Event::Status { call: call(), status, by: None, seconds: Some(7) }
}

/// Feeds events, one a second, and returns the attempt with every reaction.
fn after(events: &[Event]) -> (Attempt, Vec<Reaction>) {
    let mut attempt = attempt();
    let feed = |(second, event)| attempt.on(event, at(second), &script(), &MergeFields::new());
    let reactions = (1..).zip(events).map(feed).collect();
    (attempt, reactions)
}

fn outcome(events: &[Event]) -> Option<Outcome> {
    after(events).0.outcome().map(|(outcome, _)| outcome)
}

const PERSON: Option<AnsweredBy> = Some(AnsweredBy::Human);
const BEEP: Option<AnsweredBy> = Some(AnsweredBy::MachineBeep);

#[test]
fn each_course_of_a_call_has_its_outcome() {
    let done = || status(CallStatus::Completed);
    let courses: Vec<(Vec<Event>, Option<Outcome>)> = vec![
        (vec![], None),
        (vec![status(CallStatus::Ringing)], None),
        (vec![status(CallStatus::InProgress)], None),
        (vec![answered(PERSON)], None),
        (vec![status(CallStatus::Busy)], Some(Outcome::Busy)),
        (vec![status(CallStatus::NoAnswer)], Some(Outcome::NoAnswer)),
        (vec![status(CallStatus::Failed)], Some(Outcome::Failed)),
        (vec![status(CallStatus::Canceled)], Some(Outcome::Canceled)),
        (vec![answered(PERSON), done()], Some(Outcome::HungUp)),
        (vec![answered(None), done()], Some(Outcome::HungUp)),
        (vec![answered(PERSON), key('1', 0), done()], Some(Outcome::Interested)),
        (vec![answered(PERSON), key('9', 0), done()], Some(Outcome::OptedOut)),
        (vec![answered(PERSON), key('5', 0), done()], Some(Outcome::HungUp)),
        (vec![answered(PERSON), key(' ', 0), key(' ', 1), done()], Some(Outcome::Completed)),
        (vec![answered(BEEP), done()], Some(Outcome::VoicemailLeft)),
        (vec![answered(Some(AnsweredBy::MachineStart)), done()], Some(Outcome::Machine)),
        (vec![answered(Some(AnsweredBy::Fax)), done()], Some(Outcome::Fax)),
        // An assistant that asks who calls is no machine that took a message; nor is a person who speaks.
        (vec![answered(BEEP), Event::Screening, done()], Some(Outcome::Screened)),
        (vec![answered(BEEP), Event::Screening, key('1', 0), done()], Some(Outcome::Interested)),
        (vec![answered(BEEP), rescued(), done()], Some(Outcome::HungUp)),
        (vec![answered(BEEP), rescued(), key('1', 0), done()], Some(Outcome::Interested)),
        (vec![answered(BEEP), rescued(), key(' ', 0), key(' ', 1), done()], Some(Outcome::Completed)),
        (vec![done()], Some(Outcome::Failed)),
        (vec![Event::Refused(Refusal::InvalidNumber)], Some(Outcome::InvalidNumber)),
        (vec![Event::Refused(Refusal::OptedOut)], Some(Outcome::NotPermitted)),
        (vec![Event::Refused(Refusal::NotPermitted)], Some(Outcome::NotPermitted)),
        (vec![Event::Refused(Refusal::Other)], Some(Outcome::Failed)),
        (vec![Event::Missing], Some(Outcome::NotPlaced)),
        (vec![answered(PERSON), Event::Missing], None),
    ];
    for (events, expected) in courses {
        assert_eq!(outcome(&events), expected, "{events:?}");
    }
}

#[test]
fn a_call_that_brought_its_opening_along_is_heard_of_only_later() {
    let course = |events: &[Event]| {
        let mut attempt = Attempt { opening_sent: true, ..attempt() };
        for (second, event) in (20..).zip(events) {
            attempt.on(event, at(second), &script(), &MergeFields::new());
        }
        (attempt.outcome().map(|(outcome, _)| outcome), attempt.answered_at)
    };
    let done = || status(CallStatus::Completed);
    assert_eq!(course(&[done()]), (Some(Outcome::HungUp), Some(at(13))), "it talked for seven seconds");
    assert_eq!(course(&[status(CallStatus::NoAnswer)]), (Some(Outcome::NoAnswer), None));
    assert_eq!(course(&[key('1', 0), done()]), (Some(Outcome::Interested), Some(at(20))));
    assert_eq!(
        course(&[done(), key('9', 0)]),
        (Some(Outcome::OptedOut), Some(at(13))),
        "the end overtook the key"
    );
}

/// Every event, in every state that any other events lead to: nothing panics, nothing ends twice, and a repetition
/// of the last event changes nothing.
#[test]
fn every_event_has_an_answer_in_every_state() {
    let recording = Recording { id: "RE1".into(), url: "https://example.com/RE1".into(), seconds: 3 };
    let alphabet = [
        answered(PERSON),
        answered(BEEP),
        answered(Some(AnsweredBy::Fax)),
        key('1', 0),
        key('9', 0),
        key(' ', 1),
        status(CallStatus::Ringing),
        status(CallStatus::InProgress),
        status(CallStatus::Completed),
        status(CallStatus::NoAnswer),
        Event::Recorded(recording),
        Event::Refused(Refusal::Other),
        Event::Missing,
    ];
    for first in &alphabet {
        for second in &alphabet {
            for third in &alphabet {
                let events = [first.clone(), second.clone(), third.clone()];
                let (mut attempt, _) = after(&events);
                let (before, _) = after(&events[..2]);
                if let (Some((was, _)), Some((is, _))) = (before.outcome(), attempt.outcome()) {
                    let may_become = is == was
                        || third.call().is_some() && attempt.wish.is_some()
                        || matches!(third, Event::Key { .. });
                    assert!(may_become, "{events:?}: {was:?} became {is:?}");
                }
                assert!(
                    before.outcome().is_none() || attempt.outcome().is_some(),
                    "{events:?} came back to life"
                );
                let settled = attempt.clone();
                let again = attempt.on(third, at(9), &script(), &MergeFields::new());
                assert!(!again.changed, "{events:?}: a repetition changed {settled:?} into {attempt:?}");
            }
        }
    }
}

#[test]
fn an_opt_out_counts_whenever_it_comes() {
    let late = [answered(PERSON), status(CallStatus::Completed), key('9', 0)];
    let (attempt, reactions) = after(&late);
    assert_eq!(attempt.outcome().map(|(outcome, _)| outcome), Some(Outcome::OptedOut));
    assert_eq!(reactions[2].effects, [Effect::Suppress]);
    let both = [answered(PERSON), key('9', 0), key('1', 1), status(CallStatus::Completed)];
    assert_eq!(outcome(&both), Some(Outcome::OptedOut), "interest does not undo an opt-out");
    let repeated = after(&[answered(PERSON), key('9', 0), key('9', 0)]).1;
    assert_eq!(
        repeated[2].effects,
        [Effect::Suppress],
        "suppressing is repeated, for the first may have been lost"
    );
}

#[test]
fn a_callback_of_another_call_changes_nothing_and_is_reported() {
    let (mut attempt, _) = after(&[answered(PERSON)]);
    let before = attempt.clone();
    let stranger = Event::Answered { call: CallId("CA2".into()), by: None };
    let reaction = attempt.on(&stranger, at(5), &script(), &MergeFields::new());
    assert!(reaction.foreign && !reaction.changed);
    assert_eq!(attempt, before);
    assert_eq!(reaction.steps, [Step::HangUp]);
}

#[test]
fn what_is_said_follows_from_who_answers_and_what_they_press() {
    let say = |text: &str| Step::Say { text: text.to_owned() };
    let ask = |round| Step::Ask { prompt: "Press 1 or 9.".into(), wait_seconds: 5, round, listens: false };
    let last = |events: &[Event]| after(events).1.pop().expect("events").steps;
    let on = Step::GoOn { round: 1 };
    assert_eq!(last(&[answered(PERSON)]), [say("Hello there."), ask(0), ask(1), on.clone()]);
    assert_eq!(last(&[answered(BEEP)]), [say("Please call back."), Step::HangUp]);
    assert_eq!(last(&[answered(Some(AnsweredBy::MachineStart))]), [Step::HangUp]);
    assert_eq!(last(&[answered(PERSON), key('1', 0)]), [say("Thank you."), Step::HangUp]);
    assert_eq!(last(&[answered(PERSON), key('9', 0)]), [say("Never again."), Step::HangUp]);
    assert_eq!(last(&[answered(PERSON), key('7', 0)]), [ask(1), on]);
    assert_eq!(last(&[answered(PERSON), key(' ', 1)]), [say("Goodbye."), Step::HangUp]);
}

#[test]
fn a_script_without_keys_learns_that_it_was_heard() {
    let plain = CallScript { menu: None, ..script() };
    let mut attempt = attempt();
    let fields = MergeFields::new();
    let greeted = attempt.on(&answered(PERSON), at(1), &plain, &fields);
    assert_eq!(greeted.steps.last(), Some(&Step::GoOn { round: 0 }));
    attempt.on(&key(' ', 0), at(2), &plain, &fields);
    attempt.on(&status(CallStatus::Completed), at(3), &plain, &fields);
    assert_eq!(attempt.outcome().map(|(outcome, _)| outcome), Some(Outcome::Completed));
}
