//! Bugs that seeds of the simulation have found, each by its name and without the dice: the production handlers over the
//! in-memory table, brought into the very situation.
#![allow(missing_docs, clippy::unwrap_used)]

mod rig;

use carillon_domain::attempt::AttemptState;
use carillon_domain::campaign::CampaignState;
use carillon_domain::compliance::{TermsId, Verdict};
use carillon_domain::enrollment::EnrollmentState;
use carillon_domain::outcome::{EndReason, Outcome};
use carillon_domain::ports::{CallId, CallReport, CallStatus};
use carillon_store::Stored;
use carillon_twilio::speak;
use carillon_twilio::urls::PublicUrl;
use jiff::SignedDuration;
use plan_wave::Plan;

use crate::rig::*;

#[test]
fn what_is_planned_is_called_once() {
    let rig = Rig::new();
    assert!(matches!(rig.plan(), Plan::Wait { queued: 1, .. }));
    let order = rig.queued.lock().unwrap()[0].clone();
    assert_eq!(order, rig.order());
    rig.dial(&order);
    rig.dial(&order);
    assert_eq!(rig.calls(), 1);
    assert!(rig.attempt().unwrap().opening_sent);
}

/// What the provider is given to say to whoever answers.
fn said(rig: &Rig) -> String {
    let placed = rig.placed.lock().unwrap();
    let [call] = placed.as_slice() else { panic!("{} calls", placed.len()) };
    let opening = call.opening.as_ref().unwrap();
    let public: PublicUrl = "https://voice.example.com".parse().unwrap();
    let live = call.attempt.clone().into();
    speak::twiml(&opening.steps, &opening.language, None, &live, &public).unwrap().as_str().to_owned()
}

#[test]
fn whoever_answers_is_greeted_by_a_name_that_only_the_vault_knows() {
    let rig = Rig::new();
    let blind = now(rig.acme().contact_file(&contact_id())).contact.unwrap().value;
    assert_eq!(blind.first_name, None);
    rig.dial(&rig.order());
    assert!(said(&rig).contains(">Guten Tag Ada.</Say>"), "{}", said(&rig));
}

#[test]
fn no_profile_is_opened_to_say_what_everybody_hears() {
    let rig = Rig::new();
    rig.change_campaign(|campaign| campaign.plan.script.greeting = id("Guten Tag."));
    rig.private.reset_usage();
    rig.dial(&rig.order());
    assert!(said(&rig).contains(">Guten Tag.</Say>"), "{}", said(&rig));
    assert_eq!(rig.private.usage(), carillon_store::memory::Usage::default());
}

#[test]
fn who_has_been_forgotten_is_not_called() {
    let rig = Rig::new();
    now(rig.acme().with_vault(&rig.vault).erase_contact(&contact_id(), "user-1", rig.time()));
    rig.dial(&rig.order());
    assert_eq!((rig.calls(), rig.attempt()), (0, None));
}

#[test]
fn an_order_is_void_once_its_contact_has_been_put_off() {
    let rig = Rig::new();
    let mut enrollment = rig.enrollment();
    enrollment.value.put_off(rig.time() + SignedDuration::from_mins(5));
    now(rig.acme().save_enrollment(&enrollment));
    rig.pass(SignedDuration::from_mins(6));
    rig.dial(&rig.order());
    assert_eq!((rig.calls(), rig.attempt()), (0, None));
}

#[test]
fn a_contact_is_not_rung_by_two_campaigns_at_once() {
    let rig = Rig::new();
    rig.ring_elsewhere();
    rig.dial(&rig.order());
    assert_eq!((rig.calls(), rig.attempt()), (0, None));
    assert!(rig.enrollment().value.due().unwrap() > rig.time(), "it comes again later");
}

#[test]
fn two_campaigns_that_write_at_the_same_instant_both_step_back() {
    let rig = Rig::new();
    *rig.meanwhile.lock().unwrap() = Some(Box::new(Rig::ring_elsewhere));
    rig.dial(&rig.order());
    assert_eq!((rig.calls(), rig.attempt()), (0, None), "the attempt is taken back");
    assert!(rig.enrollment().value.due().unwrap() > rig.time());
}

#[test]
fn nobody_is_called_for_an_enrollment_that_has_just_ended() {
    let rig = Rig::new();
    *rig.meanwhile.lock().unwrap() = Some(Box::new(|rig| {
        let mut enrollment = rig.enrollment();
        enrollment.value.end(EndReason::Stopped, rig.time());
        now(rig.acme().save_enrollment(&enrollment));
    }));
    rig.dial(&rig.order());
    assert_eq!((rig.calls(), rig.attempt()), (0, None));
}

#[test]
fn a_number_that_is_suppressed_while_its_attempt_is_written_is_not_called() {
    let rig = Rig::new();
    *rig.meanwhile.lock().unwrap() = Some(Box::new(Rig::suppress));
    rig.dial(&rig.order());
    assert_eq!((rig.calls(), rig.attempt()), (0, None));
    let state = rig.enrollment().value.state;
    assert!(matches!(state, EnrollmentState::Ended { reason: EndReason::Suppressed, .. }), "{state:?}");
}

#[test]
fn a_number_that_was_suppressed_before_is_ended_and_not_called() {
    let rig = Rig::new();
    rig.suppress();
    rig.dial(&rig.order());
    assert_eq!((rig.calls(), rig.attempt()), (0, None));
    let verdict = rig.enrollment().value.last_verdict;
    assert!(matches!(verdict, Some(Verdict::Never { .. })), "{verdict:?}");
}

#[test]
fn a_campaign_is_not_over_before_the_counters_have_seen_everybody() {
    let rig = Rig::new();
    let mut enrollment = rig.enrollment();
    enrollment.value.end(EndReason::Withdrawn, rig.time());
    now(rig.acme().save_enrollment(&enrollment));
    // Nothing is due, and no change has been folded yet.
    assert!(matches!(rig.plan(), Plan::Wait { queued: 0, .. }));
    assert_eq!(now(rig.acme().campaign(&campaign_id())).unwrap().value.state, CampaignState::Running);
}

#[test]
fn the_calls_of_a_paused_campaign_are_looked_after() {
    let rig = Rig::new();
    rig.plan();
    rig.dial(&rig.order());
    rig.change_campaign(|campaign| campaign.state = CampaignState::Paused);
    rig.pass(SignedDuration::from_mins(10));
    assert_eq!(rig.reconcile().ended, 1, "its callback was lost, and the provider knows of no call");
    let attempt = rig.attempt().unwrap();
    assert_eq!(attempt.outcome().map(|(outcome, _)| outcome), Some(Outcome::NotPlaced));
    assert_eq!(rig.enrollment().value.history.len(), 1);
}

/// Seed 500809: an opt-out of the call before came so late that the next had been placed. It took the enrollment out of
/// the index, and with it the only way to a call whose callback was lost.
#[test]
fn a_call_whose_enrollment_has_ended_is_looked_after_once_nobody_is_being_called() {
    let rig = Rig::new();
    rig.plan();
    rig.dial(&rig.order());
    let mut enrollment = rig.enrollment();
    enrollment.value.end(EndReason::OptedOut, rig.time());
    now(rig.acme().save_enrollment(&enrollment));
    let counted = now(rig.acme().recount(&campaign_id()));
    now(rig.acme().mend_counters(&campaign_id(), &counted));
    rig.pass(SignedDuration::from_mins(10));
    assert_eq!(rig.reconcile().ended, 1, "the provider knows of no call");
    let attempt = rig.attempt().unwrap();
    assert_eq!(attempt.outcome().map(|(outcome, _)| outcome), Some(Outcome::NotPlaced));
}

#[test]
fn nobody_asks_about_calls_that_are_just_being_placed() {
    let rig = Rig::new();
    rig.plan();
    rig.dial(&rig.order());
    rig.table.reset_usage();
    let before = rig.table.usage();
    let report = rig.reconcile();
    assert_eq!((report.asked, report.lost), (0, 0));
    assert_eq!(before, carillon_store::memory::Usage::default());
    let read: u64 = rig.table.usage().by_operation.values().map(|units| units.items).sum();
    assert_eq!(read, 3, "the list of what is active, the campaign, its run: no attempt, no enrollment");
}

#[test]
fn an_order_that_was_lost_is_planned_again_once_its_wave_has_settled() {
    let rig = Rig::new();
    rig.plan();
    assert_eq!(rig.reconcile().lost, 0);
    rig.pass(GRACE + SignedDuration::from_secs(2));
    assert_eq!(rig.reconcile().lost, 1);
    rig.queued.lock().unwrap().clear();
    rig.plan();
    assert_eq!(rig.queued.lock().unwrap().len(), 1);
}

/// Seed 2022546: a lost order sent the planner back, and there the day's limit held it, short of a call whose callback
/// was lost.
#[test]
fn a_planner_that_is_held_back_leaves_no_call_unasked_ahead_of_it() {
    let rig = Rig::new();
    rig.plan();
    rig.dial(&rig.order());
    rig.pass(SignedDuration::from_mins(10));
    let mut run = now(rig.acme().run(&campaign_id())).unwrap();
    let passed = run.value.frontier.clone().unwrap();
    run.value.rewind(Some("0".to_owned()));
    run.value.record_wave(&campaign(), 1, rig.time(), Some("1".to_owned()), rig.time());
    assert!(run.value.frontier < Some(passed), "an earlier one was lost, and is called first");
    now(rig.acme().save_run(&campaign_id(), &run));
    assert_eq!(rig.reconcile().ended, 1, "though the planner has not come past it again");
    assert_eq!(rig.attempt().unwrap().outcome().map(|(outcome, _)| outcome), Some(Outcome::NotPlaced));
}

#[test]
fn another_campaigns_call_is_not_taken_for_ours() {
    let rig = Rig::new();
    rig.plan();
    rig.dial(&rig.order());
    // The other campaign calls the same contact from the same number, minutes later, and hears of its call.
    rig.pass(SignedDuration::from_mins(9));
    let mut other = attempt("cmp_2", rig.time());
    other.call = Some(CallId("CA2".to_owned()));
    other.state = AttemptState::InCall;
    now(rig.acme().save_attempt(&Stored::new(other)));
    let call = CallReport {
        call: CallId("CA2".to_owned()),
        status: CallStatus::Completed,
        answered_by: None,
        duration_seconds: Some(30),
        created_at: rig.time(),
    };
    rig.known.lock().unwrap().push(call);
    rig.pass(SignedDuration::from_mins(1));
    rig.reconcile();
    let attempt = rig.attempt().unwrap();
    assert_eq!(
        (attempt.call.clone(), attempt.outcome().map(|(outcome, _)| outcome)),
        (None, Some(Outcome::NotPlaced))
    );
}

/// Two campaigns have written an attempt for one contact within the same second; one of them has placed a call, of which
/// nothing is heard, and the other's dialler died before it saw the first and stepped back.
fn a_call_of_two() -> Rig {
    let rig = Rig::new();
    rig.plan();
    rig.dial(&rig.order());
    let (rival, call) =
        (rig.time() + SignedDuration::from_millis(300), rig.time() + SignedDuration::from_secs(1));
    now(rig.acme().save_attempt(&Stored::new(attempt("cmp_2", rival))));
    rig.known.lock().unwrap().push(CallReport {
        call: CallId("CA1".to_owned()),
        status: CallStatus::Busy,
        answered_by: None,
        duration_seconds: None,
        created_at: call,
    });
    rig.pass(SignedDuration::from_mins(10));
    assert_eq!(
        (rig.reconcile().asked, rig.attempt().unwrap().outcome()),
        (1, None),
        "nobody says whose it was"
    );
    rig
}

fn ending(rig: &Rig) -> (Option<CallId>, Option<Outcome>) {
    let attempt = rig.attempt().unwrap();
    (attempt.call.clone(), attempt.outcome().map(|(outcome, _)| outcome))
}

/// Seed 3002820: whichever was written last before the call got it, though it was the other's.
#[test]
fn a_call_that_two_attempts_can_have_placed_belongs_to_whom_the_provider_says() {
    for (campaign, expected) in [
        ("cmp_1", (Some(CallId("CA1".to_owned())), Some(Outcome::Busy))),
        ("cmp_2", (None, Some(Outcome::NotPlaced))),
    ] {
        let rig = a_call_of_two();
        *rig.said.lock().unwrap() = Some(attempt_ref(campaign, 1));
        rig.pass(SignedDuration::from_mins(6));
        assert_eq!(rig.reconcile().ended, 1, "asked again");
        assert_eq!(ending(&rig), expected, "{campaign}");
    }
}

#[test]
fn a_call_of_which_the_provider_never_says_whose_it_was_is_nobodys() {
    let rig = a_call_of_two();
    rig.pass(SignedDuration::from_hours(5));
    assert_eq!((rig.reconcile().ended, ending(&rig)), (0, (None, None)));
    rig.pass(SignedDuration::from_hours(1));
    assert_eq!((rig.reconcile().ended, ending(&rig)), (1, (None, Some(Outcome::NotPlaced))));
}

#[test]
fn a_look_before_a_retry_can_be_due_is_not_taken() {
    let rig = Rig::new();
    let Plan::Wait { wake_at, queued: 1, .. } = rig.plan() else { panic!("one call") };
    let rung = SignedDuration::from_secs(1 + 30 + 30);
    assert_eq!(wake_at, rig.time() + rung, "when the only call has likely ended");
    let _: TermsId = rig.order().terms;
}
