use proptest::prelude::*;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("valid")
}

fn hold(offer: u16) -> Hold {
    Hold { call: "acme.cmp_1.con_2.3".parse().expect("valid"), offer }
}

fn serves() -> Serves {
    Serves {
        queues: BTreeSet::new(),
        skills: Skills::new(),
        groups: Groups::new(),
        reach: Reach::Browser,
        hours: None,
        timezone: String::new(),
    }
}

fn presence(state: AgentState) -> Presence {
    let agent = AgentId::of_user("somebody");
    Presence { state, ..Presence::absent(agent, serves(), at(0)) }
}

const NOW: i64 = 100;

fn states() -> Vec<AgentState> {
    vec![
        AgentState::Offline,
        AgentState::Break { reason: BreakReason::Meal },
        AgentState::Available,
        AgentState::Reserved { hold: hold(1), until: at(NOW + 30) },
        AgentState::Ringing { hold: hold(1), until: at(NOW + 30) },
        AgentState::OnCall { hold: hold(1) },
        AgentState::WrapUp { hold: hold(1), until: at(NOW + 30) },
        AgentState::WrapUp { hold: hold(1), until: at(NOW) },
    ]
}

fn events(hold: &Hold) -> Vec<AgentEvent> {
    let until = at(NOW + 60);
    vec![
        AgentEvent::SignIn(serves()),
        AgentEvent::SignOut,
        AgentEvent::Pause(BreakReason::Pause),
        AgentEvent::Ready,
        AgentEvent::Reserve { hold: hold.clone(), until },
        AgentEvent::Ring { hold: hold.clone(), until },
        AgentEvent::Connect(hold.clone()),
        AgentEvent::Release { hold: hold.clone(), why: Released::Missed },
        AgentEvent::Release { hold: hold.clone(), why: Released::Declined },
        AgentEvent::Release { hold: hold.clone(), why: Released::Unneeded },
        AgentEvent::Finish { hold: hold.clone(), wrap_up_until: until },
        AgentEvent::Finish { hold: hold.clone(), wrap_up_until: at(NOW) },
    ]
}

fn letter(presence: &Presence) -> String {
    let state = match &presence.state {
        AgentState::Offline => "o",
        AgentState::Break { .. } => "b",
        AgentState::Available => "a",
        AgentState::Reserved { .. } => "r",
        AgentState::Ringing { .. } => "i",
        AgentState::OnCall { .. } => "c",
        AgentState::WrapUp { .. } => "w",
    };
    let then = match presence.then {
        Then::Ready => "",
        Then::Break { .. } => ">b",
        Then::Offline => ">o",
    };
    format!("{state}{then}")
}

fn table(hold: &Hold) -> Vec<String> {
    let row = |state: AgentState| {
        let answers = events(hold).into_iter().map(|event| {
            let mut presence = presence(state.clone());
            presence.on(&event, at(NOW)).map_or("!".to_owned(), |_| letter(&presence))
        });
        answers.collect::<Vec<_>>().join(" ")
    };
    states().into_iter().map(row).collect()
}

#[test]
fn every_state_answers_every_event() {
    // In, out, pause, ready, reserve, ring, connect, missed, declined, unneeded, finished, finished without wrap-up.
    // `!` is refused, `>b` and `>o` are what comes after the call.
    let expected = [
        "a o ! ! ! o o o o o o o",
        "b o b a ! b b b b b b b",
        "a o b a r a a a a a a a",
        "r r>o r>b r ! i c a a a r r",
        "i i>o i>b i ! i c a a a i i",
        "c c>o c>b c ! c c c c c w a",
        "w o b a ! w w w w w w w",
        "a o b a r a a a a a a a",
    ];
    assert_eq!(table(&hold(1)), expected);
}

#[test]
fn what_belongs_to_another_offer_changes_nothing() {
    for state in states() {
        for event in events(&hold(2)).split_off(5) {
            let mut one = presence(state.clone());
            one.on(&event, at(NOW)).expect("no request");
            assert_eq!(one, presence(state.clone()).settled(at(NOW)), "{state:?} {event:?}");
        }
    }
}

#[test]
fn who_misses_three_calls_in_a_row_has_gone_away() {
    let mut one = presence(AgentState::Available);
    for miss in 1..=MISSED_MAX {
        assert_eq!(one.state, AgentState::Available, "before miss {miss}");
        let until = at(NOW + 30);
        one.on(&AgentEvent::Reserve { hold: hold(1), until }, at(NOW)).expect("free");
        let missed = AgentEvent::Release { hold: hold(1), why: Released::Missed };
        one.on(&missed, at(NOW)).expect("no request");
    }
    assert_eq!(one.state, AgentState::Break { reason: BreakReason::Missed });
    one.on(&AgentEvent::Ready, at(NOW)).expect("back");
    assert_eq!((one.state, one.missed), (AgentState::Available, 0));
}

#[test]
fn a_wrap_up_that_is_over_counts_as_idle_from_its_end() {
    let one = presence(AgentState::WrapUp { hold: hold(1), until: at(50) });
    assert!(one.is_available(at(50)) && !one.is_available(at(49)));
    assert_eq!(one.settled(at(90)).since, at(50));
    let leaving = Presence { then: Then::Offline, ..one };
    assert_eq!(leaving.settled(at(90)).state, AgentState::Offline);
}

proptest! {
    /// Whatever comes: only one who was free is ever held, and nobody leaves a hold but by its own call.
    #[test]
    fn an_agent_is_held_by_one_call(steps in prop::collection::vec((0usize..12, 1u16..3, 0i64..40), 0..60)) {
        let mut one = presence(AgentState::Offline);
        let mut now = NOW;
        for (event, offer, pause) in steps {
            now += pause;
            let before = one.settled(at(now));
            let event = events(&hold(offer)).swap_remove(event);
            let done = one.on(&event, at(now));
            if done.is_err() {
                prop_assert_eq!(one.settled(at(now)), before);
                continue;
            }
            match (before.state.hold(), one.state.hold()) {
                (Some(old), Some(new)) => prop_assert_eq!(old, new),
                (Some(old), None) => prop_assert_eq!(old.offer, offer),
                (None, Some(new)) => {
                    prop_assert_eq!(&before.state, &AgentState::Available);
                    prop_assert_eq!(new.offer, offer);
                }
                (None, None) => {}
            }
        }
    }
}

#[test]
fn the_line_of_whoever_was_let_go_is_known_until_it_is_over() {
    let leg = || CallId("leg".into());
    let mut one = presence(AgentState::Ringing { hold: hold(1), until: at(NOW + 30) });
    one.on(&AgentEvent::PickedUp { hold: hold(2), leg: leg() }, at(NOW)).expect("allowed");
    assert_eq!(one.line, None, "of an offer that does not hold them");
    for event in [AgentEvent::PickedUp { hold: hold(1), leg: leg() }, AgentEvent::Connect(hold(1))] {
        one.on(&event, at(NOW)).expect("allowed");
    }
    assert_eq!(one.forgotten_line(at(NOW + 3_600)), None, "as long as they talk");
    let finish = AgentEvent::Finish { hold: hold(1), wrap_up_until: at(NOW + 60) };
    one.on(&finish, at(NOW + 50)).expect("allowed");
    let within = OFF_THE_LINE_WITHIN.as_secs();
    assert_eq!(one.forgotten_line(at(NOW + 49 + within)), None, "it takes a moment");
    one.on(&AgentEvent::Ready, at(NOW + 55)).expect("allowed");
    one.on(&AgentEvent::Reserve { hold: hold(2), until: at(NOW + 90) }, at(NOW + 56)).expect("allowed");
    let line = one.forgotten_line(at(NOW + 50 + within)).expect("whatever has come since");
    assert_eq!((&line.leg, &line.hold), (&leg(), &hold(1)));
    one.on(&AgentEvent::HungUp(hold(2)), at(NOW + 57)).expect("allowed");
    assert!(one.line.is_some(), "another leg's end");
    one.on(&AgentEvent::HungUp(hold(1)), at(NOW + 58)).expect("allowed");
    assert_eq!(one.line, None);
}
