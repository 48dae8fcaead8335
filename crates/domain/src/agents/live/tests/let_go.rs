//! An agent whom nobody lived to hang up on.

use super::*;

#[test]
fn an_agent_who_was_let_go_and_is_still_on_the_line_is_taken_off_it_and_nobody_else() {
    let old = leg("agent");
    let picked_up = || LiveEvent::AgentAnswered { offer: 1, leg: old.clone() };
    let accepted = || LiveEvent::Accepted { offer: 1, on_screen: false };
    let talking =
        || after(&[LiveEvent::Reserve(agent("one")), LiveEvent::Placed, answered(), picked_up(), accepted()]);
    let mut call = talking();
    assert!(call.on(&LiveEvent::PersonGone, now()).changed);
    assert_eq!(call.let_go(&old), [Effect::HangUp(old.clone())]);

    // Handed over: the person comes to wait, as they should have.
    let mut call = talking();
    call.on(&LiveEvent::HandOver { offer: 1, to: elsewhere(), wanted: None }, now());
    assert_eq!(call.let_go(&old), [Effect::WaitAgain(leg("person")), Effect::HangUp(old.clone())]);

    // A colleague has them: with whom the conference ends, and not with whoever has gone.
    let mut call = consulting(true);
    call.on(&LiveEvent::Complete { offer: 1 }, now());
    let effects = call.let_go(&old);
    let ends = |leg: &CallId, on: bool| {
        Effect::Change(
            leg.clone(),
            ParticipantChange { end_on_exit: Some(on), ..ParticipantChange::default() },
        )
    };
    let colleague = match &call.desk {
        Desk::Talking(talk) => talk.leg.clone().expect("a leg"),
        Desk::Nobody | Desk::Offered(_) | Desk::Over { .. } => panic!("nobody talks"),
    };
    assert_eq!(effects[..2], [ends(&colleague, true), ends(&old, false)]);
    assert_eq!(effects.last(), Some(&Effect::HangUp(old)));
}
