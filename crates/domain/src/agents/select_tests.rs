use std::collections::BTreeSet;

use super::*;
use crate::agents::live::{Desk, Handling, Passed, Person, RingWhen, Transfer};
use crate::agents::ports::Reach;
use crate::agents::presence::{AgentState, BreakReason, Serves};
use crate::ids::{AgentId, QueueId};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("valid")
}

fn queue(name: &str) -> QueueId {
    name.parse().expect("valid")
}

fn somebody(name: &str, since: i64, skills: &[(&str, u8)]) -> Presence {
    let skills = skills.iter().map(|(skill, level)| ((*skill).to_owned(), *level)).collect();
    let serves = Serves {
        queues: BTreeSet::from([queue("que_1")]),
        skills,
        groups: Groups::new(),
        reach: Reach::Browser,
        hours: None,
        timezone: String::new(),
    };
    let absent = Presence::absent(AgentId::of_user(name), serves, at(since));
    Presence { state: AgentState::Available, ..absent }
}

fn call(skills: &[(&str, u8)]) -> LiveCall {
    LiveCall {
        id: "acme.inb_1".parse().expect("valid"),
        queue: queue("que_1"),
        skills: skills.iter().map(|(skill, level)| ((*skill).to_owned(), *level)).collect(),
        groups: Groups::new(),
        priority: 5,
        wanted: None,
        contact: None,
        from: "+4930123456".parse().expect("valid"),
        handling: Handling {
            offer_seconds: 20,
            patience_seconds: 120,
            wrap_up_seconds: 30,
            ring: RingWhen::OnAnswer,
            transfer: Transfer::Warm,
        },
        person: Person::Here { since: at(0) },
        person_leg: None,
        desk: Desk::Nobody,
        offers: 0,
        passed: Vec::new(),
        guests: Vec::new(),
        conference: None,
        ring_until: at(0),
        placed: false,
        created_at: at(0),
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

fn order(agents: &[Presence], call: &LiveCall) -> Vec<AgentId> {
    candidates(agents, call, at(100)).into_iter().map(|it| it.agent.clone()).collect()
}

fn ids(names: &[&str]) -> Vec<AgentId> {
    names.iter().map(|name| AgentId::of_user(name)).collect()
}

#[test]
fn skill_comes_first_then_who_has_been_idle_longest() {
    let agents = [
        somebody("new", 90, &[("german", 3)]),
        somebody("old", 10, &[("german", 3)]),
        somebody("best", 95, &[("german", 5)]),
        somebody("too little", 1, &[("german", 2)]),
        somebody("none", 1, &[]),
    ];
    assert_eq!(order(&agents, &call(&[("german", 3)])), ids(&["best", "old", "new"]));
    assert_eq!(order(&agents[..2], &call(&[])), ids(&["old", "new"]));
}

#[test]
fn who_is_away_elsewhere_or_has_just_passed_is_left_out() {
    let mut away = somebody("away", 1, &[]);
    away.state = AgentState::Break { reason: BreakReason::Meal };
    let mut elsewhere = somebody("elsewhere", 1, &[]);
    elsewhere.serves.queues = BTreeSet::from([queue("que_2")]);
    let agents = [away, elsewhere, somebody("passed", 1, &[]), somebody("passed long ago", 2, &[])];
    let mut call = call(&[]);
    call.passed = vec![
        Passed { agent: AgentId::of_user("passed long ago"), at: at(70) },
        Passed { agent: AgentId::of_user("passed"), at: at(71) },
    ];
    assert_eq!(order(&agents, &call), ids(&["passed long ago"]));
}

#[test]
fn who_is_free_is_counted_and_who_will_be_is_waited_for() {
    use crate::agents::presence::Hold;
    use crate::agents::queue::{Queue, QueuePlan};
    let plan: QueuePlan = serde_json::from_value(serde_json::json!({"name": "Sales"})).expect("a plan");
    let queue = Queue { id: queue("que_1"), plan, created_at: at(0) };
    let hold = Hold { call: "acme.inb_1".parse().expect("valid"), offer: 1 };
    let busy = |name: &str, state| Presence { state, ..somebody(name, 1, &[]) };
    let agents = [
        somebody("free", 1, &[]),
        busy("wrapped up", AgentState::WrapUp { hold: hold.clone(), until: at(100) }),
        busy("soon", AgentState::WrapUp { hold: hold.clone(), until: at(130) }),
        busy("later", AgentState::Reserved { hold: hold.clone(), until: at(140) }),
        busy("talks", AgentState::OnCall { hold }),
        busy("away", AgentState::Offline),
    ];
    let all = supply(&agents, &queue, at(100));
    assert_eq!((all.free(), all.next), (2, Some(at(130))));
    assert_eq!(all.free_since, [at(1), at(100)], "a wrap-up ends when it says, whoever looks when");
    assert_eq!(supply(&agents[4..], &queue, at(100)), Supply::default());
}

#[test]
fn a_queue_of_some_teams_is_served_by_those_teams() {
    let of = |name: &str, groups: &[&str]| {
        let mut somebody = somebody(name, 1, &[]);
        somebody.serves.groups = groups.iter().map(|group| (*group).to_owned()).collect();
        somebody
    };
    let agents = [of("berlin", &["Berlin", "Nights"]), of("none", &[]), of("paris", &["Paris"])];
    let mut call = call(&[]);
    assert_eq!(order(&agents, &call).len(), 3, "a queue of no team is everybody's");
    call.groups = Groups::from(["Berlin".to_owned(), "London".to_owned()]);
    assert_eq!(order(&agents, &call), ids(&["berlin"]));
}

#[test]
fn nobody_gets_a_call_outside_their_hours_though_they_have_not_signed_out() {
    // The epoch was a Thursday; the tests' clock stands a minute and a half after its midnight.
    let hours = |from: &str, until: &str| {
        let span = serde_json::json!([[from, until]]);
        serde_json::from_value::<crate::window::WeekWindow>(serde_json::json!({ "thu": span }))
            .expect("hours")
    };
    let on = |name: &str, from: &str, until: &str| {
        let mut somebody = somebody(name, 1, &[]);
        (somebody.serves.hours, somebody.serves.timezone) = (Some(hours(from, until)), "UTC".to_owned());
        somebody
    };
    let agents = [on("night shift", "00:00", "06:00"), on("day shift", "08:00", "16:00")];
    assert_eq!(order(&agents, &call(&[])), ids(&["night shift"]));
    assert!(!agents[1].is_available(at(100)));
}
