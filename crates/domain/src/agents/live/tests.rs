mod let_go;

use proptest::prelude::*;

use super::*;
use crate::agents::ports::ParticipantChange;
use crate::agents::presence::{AgentEvent, Hold};

const NOW: i64 = 1_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("valid")
}

fn now() -> Timestamp {
    at(NOW)
}

fn agent(name: &str) -> AgentId {
    AgentId::of_user(name)
}

fn leg(name: &str) -> CallId {
    CallId(name.to_owned())
}

fn queue() -> QueueId {
    "que_1".parse().expect("valid")
}

/// Another queue, with rules of its own.
fn elsewhere() -> Station {
    let (skills, groups) = (Skills::from([("german".to_owned(), 3)]), Groups::from(["Berlin".to_owned()]));
    Station { queue: "que_2".parse().expect("valid"), skills, groups, priority: 1, wrap_up_seconds: 90 }
}

fn call() -> LiveCall {
    LiveCall {
        id: "acme.cmp_1.con_2.3".parse().expect("valid"),
        queue: queue(),
        skills: Skills::new(),
        groups: Groups::new(),
        priority: 5,
        wanted: None,
        contact: None,
        from: "+4930123456".parse().expect("valid"),
        handling: Handling {
            offer_seconds: 20,
            patience_seconds: 2,
            wrap_up_seconds: 30,
            ring: RingWhen::WhileRinging,
            transfer: Transfer::Warm,
        },
        person: Person::Ringing,
        person_leg: None,
        desk: Desk::Nobody,
        offers: 0,
        passed: Vec::new(),
        guests: Vec::new(),
        conference: None,
        ring_until: at(NOW + 40),
        placed: false,
        created_at: now(),
        answered_at: None,
        connected_at: None,
        ended_at: None,
        agent: None,
        recording: None,
        voicemail: None,
        forgotten: false,
        wrap_up: None,
    }
}

fn answered() -> LiveEvent {
    LiveEvent::PersonAnswered { leg: leg("person") }
}

/// What happens to a call from its beginning on, up to a state worth looking at.
fn after(events: &[LiveEvent]) -> LiveCall {
    let mut call = call();
    for event in events {
        call.on(event, now());
    }
    call
}

fn stories() -> Vec<LiveCall> {
    use LiveEvent as E;
    let reserve = || E::Reserve(agent("one"));
    let rung = || E::Rung { offer: 1, leg: leg("agent") };
    let picked_up = || E::AgentAnswered { offer: 1, leg: leg("agent") };
    let key = || E::Accepted { offer: 1, on_screen: false };
    vec![
        after(&[]),
        after(&[answered()]),
        after(&[reserve()]),
        after(&[reserve(), E::Placed, rung()]),
        after(&[reserve(), E::Placed, rung(), picked_up()]),
        after(&[reserve(), E::Placed, rung(), picked_up(), key()]),
        after(&[answered(), reserve(), rung()]),
        after(&[answered(), reserve(), rung(), picked_up()]),
        after(&[answered(), reserve(), rung(), picked_up(), key()]),
        after(&[answered(), reserve(), rung(), picked_up(), key(), E::PersonGone]),
        after(&[reserve(), E::MachineAnswered]),
        after(&[answered(), E::GiveUp { asks: false }]),
    ]
}

fn events() -> Vec<LiveEvent> {
    use LiveEvent as E;
    vec![
        E::Reserve(agent("two")),
        E::Placed,
        answered(),
        E::MachineAnswered,
        E::Rescued,
        E::PersonGone,
        E::Rung { offer: 1, leg: leg("agent") },
        E::AgentAnswered { offer: 1, leg: leg("agent") },
        E::Accepted { offer: 1, on_screen: false },
        E::Accepted { offer: 1, on_screen: true },
        E::Declined { offer: 1 },
        E::LegEnded { offer: 1 },
        E::Look,
        E::GiveUp { asks: false },
        E::HandOver { offer: 1, to: elsewhere(), wanted: None },
        E::HandOut { offer: 1 },
    ]
}

/// Person, desk, and the initials of the effects.
fn letters(call: &LiveCall, reaction: &Reaction) -> String {
    let person = match call.person {
        Person::Ringing => "r",
        Person::Here { .. } => "h",
        Person::Machine => "m",
        Person::Gone => "g",
    };
    let desk = match &call.desk {
        Desk::Nobody => "-",
        Desk::Offered(offer) => match offer.stage {
            Stage::Reserved => "R",
            Stage::Ringing => "I",
            Stage::Whisper => "W",
            Stage::Accepted => "A",
        },
        Desk::Talking(_) => "T",
        Desk::Over { .. } => "X",
    };
    let effects = reaction.effects.iter().map(|effect| match effect {
        Effect::Ring => 'r',
        Effect::RingGuest(_) => 'g',
        Effect::Change(..) => 'c',
        Effect::HangUp(_) => 'h',
        Effect::BringIn { .. } => 'b',
        Effect::Apologise(_) => 'a',
        Effect::WaitAgain(_) => 'w',
        Effect::Seek => 's',
        Effect::Freed(_) => 'f',
    });
    let effects: String = effects.collect();
    let stale = if reaction.stale { "!" } else { "" };
    if effects.is_empty() {
        format!("{person}{desk}{stale}")
    } else {
        format!("{person}{desk}{stale}/{effects}")
    }
}

#[test]
fn every_state_answers_every_event() {
    let rows: Vec<String> = stories()
        .iter()
        .map(|before| {
            let answers = events().into_iter().map(|event| {
                let mut call = before.clone();
                let reaction = call.on(&event, now());
                letters(&call, &reaction)
            });
            answers.collect::<Vec<_>>().join(" ")
        })
        .collect();
    // Columns: reserve, placed, answered, machine, rescued, gone, rung, picked up, key, on screen, declined, leg ended,
    // look, give up, hand over, hand out. `r`inging `h`ere `m`achine `g`one; nobody, `R`eserved, r`I`nging, `W`hisper,
    // `A`ccepted, `T`alking, over; `!` is of no offer that stands.
    let expected = "\
rR r- h-/s mX r- gX r-!/h r-! r-! r-! r-! r-! r- r- r-! r-!\n\
hI/r h- h- mX h- gX h-!/h h-! h-! h-! h-! h-! h- hX/a h-! h-!\n\
rR! rI/r hI/r mX/f rR gX/f rR rR! rR! rR r-/fs r-/fs rR rR rR! rR!\n\
rI! rI hI mX/fh rI gX/fh rI rW rI rI r-/fhs r-/fhs rI rI rI! rI!\n\
rW! rW hW mX/fh rW gX/fh rW rW rA rA/b r-/fhs r-/fhs rW rW rW! rW!\n\
rA! rA hT mX/fh rA gX/fh rA rA rA rA r-/fhs r-/fhs rA rA rA! rA!\n\
hI! hI hI mX/fh hI gX/fh hI hW hI hI h-/fhs h-/fhs hI hI hI! hI!\n\
hW! hW hW mX/fh hW gX/fh hW hW hT hT/b h-/fhs h-/fhs hW hW hW! hW!\n\
hT! hT hT mX/fh hT gX/fh hT hT hT hT hT! hX/fh hT hT h-/fws hT!\n\
gX! gX gX gX gX gX gX!/h gX! gX! gX! gX! gX! gX gX gX! gX!\n\
mX! mX mX mX h-/s gX mX!/h mX! mX! mX! mX! mX! mX mX mX! mX!\n\
hX! hX hX hX hX gX hX!/h hX! hX! hX! hX! hX! hX hX hX! hX!";
    assert_eq!(rows.join("\n"), expected);
}

#[test]
fn both_sides_are_told_of_one_talk() {
    let mut call = after(&[
        LiveEvent::Reserve(agent("one")),
        LiveEvent::Placed,
        LiveEvent::AgentAnswered { offer: 1, leg: leg("agent") },
        LiveEvent::Accepted { offer: 1, on_screen: false },
    ]);
    let reaction = call.on(&answered(), at(NOW + 9));
    let hold = Hold { call: call.id.clone(), offer: 1 };
    assert_eq!(reaction.agents, [(agent("one"), AgentEvent::Connect(hold))]);
    assert_eq!(call.connected_at, Some(at(NOW + 9)));
    assert_eq!(call.answered_at, Some(at(NOW + 9)), "nobody waited");
}

#[test]
fn an_agent_who_accepts_on_screen_first_hears_no_whisper() {
    let mut call = after(&[answered(), LiveEvent::Reserve(agent("one"))]);
    call.on(&LiveEvent::Accepted { offer: 1, on_screen: true }, now());
    assert!(matches!(call.desk, Desk::Offered(_)));
    call.on(&LiveEvent::AgentAnswered { offer: 1, leg: leg("agent") }, now());
    assert!(matches!(call.desk, Desk::Talking(_)));
}

#[test]
fn an_agent_may_accept_on_screen_before_their_telephone_rings() {
    let mut call = after(&[LiveEvent::Reserve(agent("one"))]);
    let early = call.on(&LiveEvent::Accepted { offer: 1, on_screen: true }, now());
    assert!(!early.stale && early.effects.is_empty());
    call.on(&answered(), now());
    call.on(&LiveEvent::AgentAnswered { offer: 1, leg: leg("agent") }, now());
    assert!(matches!(call.desk, Desk::Talking(_)));
}

#[test]
fn who_is_on_hold_and_who_is_muted_is_known_as_long_as_the_talk_lasts() {
    fn talk(call: &LiveCall) -> (bool, bool) {
        match &call.desk {
            Desk::Talking(talk) => (talk.held, talk.muted),
            Desk::Nobody | Desk::Offered(_) | Desk::Over { .. } => panic!("nobody talks"),
        }
    }
    let mut call = consulting(true);
    assert_eq!(talk(&call), (true, false), "who is asked is asked alone");
    call.on(&LiveEvent::Cancel { offer: 1 }, now());
    assert_eq!(talk(&call), (false, false));
    assert!(call.on(&LiveEvent::Held { offer: 2, on: true }, now()).stale, "the colleague's talk is over");
    call.on(&LiveEvent::Held { offer: 1, on: true }, now());
    let again = call.on(&LiveEvent::Held { offer: 1, on: true }, now());
    assert!(!again.changed && !again.stale);
    call.on(&LiveEvent::Muted { offer: 1, on: true }, now());
    assert_eq!(talk(&call), (true, true));
    call.on(&LiveEvent::Held { offer: 1, on: false }, now());
    assert_eq!(talk(&call), (false, true));

    // Whoever takes over begins anew.
    let mut call = consulting(true);
    call.on(&LiveEvent::Muted { offer: 1, on: true }, now());
    call.on(&LiveEvent::Complete { offer: 1 }, now());
    assert_eq!(talk(&call), (false, false));
}

#[test]
fn a_leg_that_nobody_needs_any_more_is_ended() {
    let mut call = after(&[LiveEvent::Reserve(agent("one")), LiveEvent::Placed, LiveEvent::PersonGone]);
    let reaction = call.on(&LiveEvent::Rung { offer: 1, leg: leg("late") }, now());
    assert_eq!(reaction.effects, [Effect::HangUp(leg("late"))]);
    let picked_up = call.on(&LiveEvent::AgentAnswered { offer: 1, leg: leg("late") }, now());
    assert!(picked_up.stale);
}

#[test]
fn a_machine_that_an_agent_was_put_through_to_has_not_been_talked_with() {
    let talking = [
        answered(),
        LiveEvent::Reserve(agent("one")),
        LiveEvent::AgentAnswered { offer: 1, leg: leg("one") },
        LiveEvent::Accepted { offer: 1, on_screen: false },
    ];
    let mut call = after(&talking);
    assert_eq!(call.says(), Some(DeskSays::Talked));
    call.on(&LiveEvent::MachineAnswered, now());
    assert_eq!((call.says(), &call.desk), (None, &Desk::Over { how: Ending::Machine }));
    // Who was taken for one and spoke has waited for nobody yet.
    call.on(&LiveEvent::Rescued, now());
    call.on(&LiveEvent::GiveUp { asks: false }, now());
    assert_eq!(call.says(), Some(DeskSays::Abandoned));
}

#[test]
fn nothing_that_is_heard_of_a_person_later_is_kept_once_they_are_forgotten() {
    let sound = Recording { id: "RE1".into(), url: "https://api.twilio.com/RE1".into(), seconds: 3 };
    let mut call = after(&[answered(), LiveEvent::GiveUp { asks: true }, LiveEvent::PersonGone]);
    for event in [LiveEvent::Recorded(sound.clone()), LiveEvent::MessageLeft(sound.clone())] {
        call.on(&event, at(NOW + 5));
    }
    let message = Voicemail { recording: sound.clone(), at: at(NOW + 5) };
    assert_eq!((&call.recording, &call.voicemail), (&Some(sound.clone()), &Some(message)));
    assert!(!call.on(&LiveEvent::MessageLeft(sound.clone()), at(NOW + 9)).changed, "told again");
    call.forget();
    assert!(!call.on(&LiveEvent::Recorded(sound.clone()), at(NOW + 9)).changed);
    assert!(!call.on(&LiveEvent::MessageLeft(sound), at(NOW + 9)).changed);
    assert_eq!((&call.recording, &call.voicemail), (&None, &None));
}

#[test]
fn a_person_who_hangs_up_within_two_seconds_was_not_abandoned() {
    for (waited, abandoned) in [(1, false), (2, true)] {
        let mut call = after(&[answered()]);
        call.on(&LiveEvent::PersonGone, at(NOW + waited));
        assert_eq!(call.was_abandoned(), abandoned, "{waited} s");
    }
    assert!(after(&[answered(), LiveEvent::GiveUp { asks: false }]).was_abandoned());
    assert!(!after(&[LiveEvent::PersonGone]).was_abandoned());
}

#[test]
fn patience_counts_only_while_nobody_is_rung() {
    let call = after(&[answered()]);
    assert!(!call.patience_is_over(at(NOW + 1)));
    assert!(call.patience_is_over(at(NOW + 2)));
    let rung = after(&[answered(), LiveEvent::Reserve(agent("one"))]);
    assert!(!rung.patience_is_over(at(NOW + 10)));
}

fn outsider() -> LiveEvent {
    let reach = crate::agents::ports::Reach::Phone { number: "+4930123457".parse().expect("valid") };
    LiveEvent::Invite(Invited { reach, agent: None, role: GuestRole::Party })
}

/// An agent who talks, and has asked a colleague.
fn consulting(joined: bool) -> LiveCall {
    let mut call = after(&[
        answered(),
        LiveEvent::Reserve(agent("one")),
        LiveEvent::AgentAnswered { offer: 1, leg: leg("one") },
        LiveEvent::Accepted { offer: 1, on_screen: false },
        LiveEvent::Consult { offer: 1, colleague: agent("two") },
        LiveEvent::Rung { offer: 2, leg: leg("two") },
    ]);
    if joined {
        call.on(&LiveEvent::AgentAnswered { offer: 2, leg: leg("two") }, now());
    }
    call
}

fn holds(reaction: &Reaction, person: bool) -> bool {
    let change = ParticipantChange { hold: Some(person), ..ParticipantChange::default() };
    reaction.effects.contains(&Effect::Change(leg("person"), change))
}

/// Whether the conference ends when this one leaves, if that was changed.
fn ends_with(reaction: &Reaction, who: &str) -> Option<bool> {
    let changes = reaction.effects.iter().filter_map(|effect| {
        if let Effect::Change(changed, change) = effect { Some((changed, change)) } else { None }
    });
    changes.filter(|(changed, _)| **changed == leg(who)).find_map(|(_, change)| change.end_on_exit)
}

#[test]
fn the_conference_ends_with_the_last_on_our_side_though_no_callback_tells() {
    let mut call = consulting(false);
    let picks_up = LiveEvent::AgentAnswered { offer: 2, leg: leg("two") };
    assert_eq!(ends_with(&call.on(&picks_up, now()), "one"), Some(false), "the colleague is there");
    assert_eq!(ends_with(&call.on(&LiveEvent::Complete { offer: 1 }, now()), "two"), Some(true));
    let mut call = consulting(true);
    assert_eq!(ends_with(&call.on(&LiveEvent::Cancel { offer: 1 }, now()), "one"), Some(true));
    for (guest, more) in [(1, false), (2, true)] {
        call.on(&outsider(), now());
        let name = format!("guest {guest}");
        call.on(&LiveEvent::GuestAnswered { guest, leg: leg(&name) }, now());
        let reaction = call.clone().on(&LiveEvent::HandOut { offer: 1 }, now());
        assert_eq!(ends_with(&reaction, "one"), Some(false));
        assert_eq!(ends_with(&reaction, &name), (!more).then_some(true), "of two either may leave");
    }
}

#[test]
fn a_colleague_who_was_asked_takes_the_person_over() {
    let hold = |offer| Hold { call: call().id, offer };
    for event in [LiveEvent::Complete { offer: 1 }, LiveEvent::LegEnded { offer: 1 }] {
        let mut call = consulting(true);
        let reaction = call.on(&event, now());
        assert!(holds(&reaction, false), "the person is taken off hold: {event:?}");
        assert_eq!(call.holds(), Some((&agent("two"), hold(2))));
        assert_eq!(call.agent, Some(agent("two")));
        assert!(call.consults().is_none());
        let wrap_up_until = at(NOW + 30);
        let finish = AgentEvent::Finish { hold: hold(1), wrap_up_until };
        assert_eq!(reaction.agents.last(), Some(&(agent("one"), finish)), "and who hands over is done");
        // When the second leaves, nobody is there for the person.
        let reaction = call.on(&LiveEvent::LegEnded { offer: 2 }, now());
        assert!(reaction.effects.contains(&Effect::HangUp(leg("person"))));
    }
}

#[test]
fn who_does_not_come_or_leaves_again_gives_the_person_back() {
    let endings = [
        (false, LiveEvent::LegEnded { offer: 2 }),
        (false, LiveEvent::Declined { offer: 2 }),
        (false, LiveEvent::LegFailed { offer: 2 }),
        (false, LiveEvent::Cancel { offer: 1 }),
        (true, LiveEvent::LegEnded { offer: 2 }),
        (true, LiveEvent::Cancel { offer: 1 }),
    ];
    for (joined, event) in endings {
        let mut call = consulting(joined);
        let reaction = call.on(&event, now());
        assert!(holds(&reaction, false), "{event:?}");
        assert_eq!(call.holds().map(|(agent, _)| agent.clone()), Some(agent("one")), "{event:?}");
        assert!(call.consults().is_none() && call.hold_of(&agent("two")).is_none());
        let freed = reaction.agents.iter().filter(|(_, event)| !matches!(event, AgentEvent::HungUp(_)));
        assert_eq!(freed.count(), 1, "the colleague is free: {event:?}");
    }
    let mut call = consulting(false);
    assert!(call.on(&LiveEvent::Complete { offer: 1 }, now()).stale, "nobody has picked up yet");
    assert!(!call.on(&LiveEvent::Look, at(NOW + 20)).changed, "it still rings");
    assert!(holds(&call.on(&LiveEvent::Look, at(NOW + 30)), false), "nothing was heard of it");
}

#[test]
fn a_person_who_hangs_up_frees_everybody() {
    for joined in [false, true] {
        let mut call = consulting(joined);
        call.on(&outsider(), now());
        call.on(&LiveEvent::GuestRung { guest: 1, leg: leg("guest") }, now());
        let reaction = call.on(&LiveEvent::PersonGone, now());
        let freed: Vec<&AgentId> = reaction.agents.iter().map(|(agent, _)| agent).collect();
        assert_eq!(freed, [&agent("one"), &agent("two")]);
        for who in ["one", "two", "guest"] {
            assert!(reaction.effects.contains(&Effect::HangUp(leg(who))), "{who}");
        }
    }
}

#[test]
fn a_person_is_left_to_somebody_outside_only_once_they_are_there() {
    let mut call = consulting(false);
    call.on(&LiveEvent::Cancel { offer: 1 }, now());
    call.on(&outsider(), now());
    assert!(call.on(&LiveEvent::HandOut { offer: 1 }, now()).stale);
    call.on(&LiveEvent::GuestAnswered { guest: 1, leg: leg("guest") }, now());
    let reaction = call.on(&LiveEvent::HandOut { offer: 1 }, now());
    assert_eq!(call.desk, Desk::Over { how: Ending::Outside });
    assert!(reaction.effects.contains(&Effect::HangUp(leg("one"))));
    assert!(!reaction.effects.contains(&Effect::HangUp(leg("person"))));
    // And is not left alone in the conference.
    let reaction = call.on(&LiveEvent::GuestGone { guest: 1 }, now());
    assert!(reaction.effects.contains(&Effect::HangUp(leg("person"))));
}

fn any_event() -> impl Strategy<Value = LiveEvent> {
    use LiveEvent as E;
    let offer = 0u16..5;
    prop_oneof![
        4 => prop::sample::select(vec!["one", "two", "three"]).prop_map(|name| E::Reserve(agent(name))),
        1 => Just(E::Placed),
        1 => Just(answered()),
        1 => Just(E::MachineAnswered),
        1 => Just(E::TurnedAway { leg: leg("person") }),
        1 => Just(E::Rescued),
        1 => Just(E::PersonGone),
        2 => offer.clone().prop_map(|offer| E::Rung { offer, leg: leg(&format!("agent {offer}")) }),
        2 => offer.clone().prop_map(|offer| E::AgentAnswered { offer, leg: leg(&format!("agent {offer}")) }),
        3 => (offer.clone(), any::<bool>()).prop_map(|(offer, on_screen)| E::Accepted { offer, on_screen }),
        1 => offer.clone().prop_map(|offer| E::Declined { offer }),
        1 => offer.clone().prop_map(|offer| E::LegEnded { offer }),
        1 => Just(E::Look),
        1 => any::<bool>().prop_map(|asks| E::GiveUp { asks }),
        1 => offer.clone().prop_map(|offer| E::LegFailed { offer }),
        1 => offer.clone().prop_map(|offer| E::HandOver { offer, to: elsewhere(), wanted: None }),
        1 => offer.clone().prop_map(|offer| E::HandOut { offer }),
        3 => (offer.clone(), prop::sample::select(vec!["one", "two", "three"]))
            .prop_map(|(offer, name)| E::Consult { offer, colleague: agent(name) }),
        1 => (offer.clone(), any::<bool>()).prop_map(|(offer, on)| E::Held { offer, on }),
        1 => (offer.clone(), any::<bool>()).prop_map(|(offer, on)| E::Muted { offer, on }),
        1 => offer.clone().prop_map(|offer| E::Complete { offer }),
        1 => offer.prop_map(|offer| E::Cancel { offer }),
        1 => Just(outsider()),
        1 => (1u16..3).prop_map(|guest| E::GuestAnswered { guest, leg: leg(&format!("guest {guest}")) }),
        1 => (1u16..3).prop_map(|guest| E::GuestGone { guest }),
    ]
}

proptest! {
    /// The call and the agents, changed together, always agree on who holds whom, whatever comes and in which order.
    #[test]
    fn call_and_agents_agree(steps in prop::collection::vec((any_event(), 0i64..30), 0..80)) {
        use crate::agents::ports::Reach;
        use crate::agents::presence::{AgentState, Presence, Serves};
        let mut call = call();
        let serves = Serves {
            queues: [queue()].into(),
            skills: Skills::new(),
            groups: Groups::new(),
            reach: Reach::Browser,
            hours: None,
            timezone: String::new(),
        };
        let mut agents: std::collections::BTreeMap<AgentId, Presence> = ["one", "two", "three"]
            .map(|name| (agent(name), Presence {
                state: AgentState::Available,
                ..Presence::absent(agent(name), serves.clone(), now())
            }))
            .into();
        let (mut clock, mut rung) = (NOW, Vec::new());
        for (event, pause) in steps {
            clock += pause;
            let (before, held) = (call.clone(), agents.clone());
            let reaction = call.on(&event, at(clock));
            prop_assert!(reaction.changed || reaction.agents.is_empty(), "agents change with the call only");
            let told = reaction.agents.iter().map(|(agent, event)| {
                agents.get_mut(agent).expect("known").on(event, at(clock))
            });
            if told.collect::<Vec<_>>().iter().any(Result::is_err) {
                // An agent who is not free: the transaction fails as a whole.
                (call, agents) = (before, held);
                continue;
            }
            if reaction.effects.contains(&Effect::Ring) {
                rung.push(call.offers);
            }
            let holding = agents.values().filter_map(|it| Some((it.agent.clone(), it.state.hold()?.clone())));
            let holding: Vec<(AgentId, Hold)> = holding.collect();
            let mut held: Vec<(AgentId, Hold)> = Vec::new();
            held.extend(call.holds().map(|(agent, hold)| (agent.clone(), hold)));
            held.extend(call.consults().map(|(consult, hold)| (consult.agent.clone(), hold)));
            held.sort_by(|a, b| a.0.cmp(&b.0));
            prop_assert_eq!(holding, held);
            let until = match &call.desk {
                Desk::Offered(offer) => Some(offer.until),
                Desk::Talking(Talk { consult: Some(consult), .. }) if !consult.joined => Some(consult.until),
                Desk::Nobody | Desk::Talking(_) | Desk::Over { .. } => None,
            };
            let lease = agents.values().find_map(|it| it.state.lease().map(|(_, until)| until));
            prop_assert_eq!(lease, until);
            let mut again = call.clone();
            if !matches!(event, LiveEvent::Reserve(_)) {
                let repeated = again.on(&event, at(clock));
                let rings = repeated.effects.contains(&Effect::Ring);
                prop_assert!(!rings, "a repeated event rings again: {event:?}");
            }
        }
        rung.sort_unstable();
        let all = rung.len();
        rung.dedup();
        prop_assert_eq!(all, rung.len(), "an offer rang twice");
    }
}

#[test]
fn who_is_handed_over_waits_by_the_rules_of_the_second_queue_and_for_whom_they_were_meant() {
    use LiveEvent as E;
    let accepted = E::Accepted { offer: 1, on_screen: false };
    let picked_up = E::AgentAnswered { offer: 1, leg: leg("agent") };
    let mut call = after(&[E::Reserve(agent("one")), E::Placed, answered(), picked_up, accepted]);
    let over = E::HandOver { offer: 1, to: elsewhere(), wanted: Some(agent("two")) };
    let reaction = call.on(&over, now());
    let finish = AgentEvent::Finish {
        hold: Hold { call: call.id.clone(), offer: 1 },
        wrap_up_until: at(NOW + 30), // still by the first queue's rules
    };
    assert_eq!(reaction.agents, [(agent("one"), finish)]);
    let Station { queue, skills, groups, priority, wrap_up_seconds } = elsewhere();
    assert_eq!((&call.queue, &call.skills, &call.groups), (&queue, &skills, &groups));
    assert_eq!((call.priority, call.handling.wrap_up_seconds), (priority, wrap_up_seconds));
    assert_eq!(call.wanted, Some(agent("two")));
    assert_eq!(call.passed, [Passed { agent: agent("one"), at: now() }], "and not back to whoever had them");
    // Whoever takes them then has the second queue's time afterwards.
    call.on(&E::Reserve(agent("two")), now());
    call.on(&E::AgentAnswered { offer: 2, leg: leg("two") }, now());
    call.on(&E::Accepted { offer: 2, on_screen: false }, now());
    let reaction = call.on(&E::PersonGone, now());
    let finish = AgentEvent::Finish {
        hold: Hold { call: call.id.clone(), offer: 2 },
        wrap_up_until: at(NOW + i64::from(wrap_up_seconds)),
    };
    assert_eq!(reaction.agents, [(agent("two"), finish)]);
}

#[test]
fn whom_a_closed_queue_turns_away_waits_for_nobody_and_has_been_abandoned() {
    let mut call = call();
    let away = LiveEvent::TurnedAway { leg: leg("person") };
    let reaction = call.on(&away, now());
    assert_eq!((&reaction.agents[..], &reaction.effects[..]), (&[][..], &[][..]), "nobody is looked for");
    assert_eq!((call.waits_since(), call.seeks(now())), (None, false));
    assert_eq!(call.says(), Some(DeskSays::Abandoned));
    assert!(!call.on(&away, at(NOW + 5)).changed, "a repetition changes nothing");
}
