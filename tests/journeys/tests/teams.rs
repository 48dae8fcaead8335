//! Teams, hours and who is put through to whom, on the deployed template: whom a queue rings, and whom it does not.
#![allow(clippy::unwrap_used)]

use anyhow::{Context, Result};
use jiff::Timestamp;
use journeys::api::{Api, unique};
use journeys::floor::{self, Agent};
use journeys::world::World;
use journeys::{campaign, people, wait};
use serde_json::{Value, json};

/// Changes some of what an admin may edit: a queue's plan, an agent's profile.
fn edit(admin: &Api, path: &str, field: &str, change: impl FnOnce(&mut Value)) -> Result<()> {
    let found = admin.get(path)?.expect(&[200], path)?;
    let etag = found.etag.clone().context("nothing to edit by")?;
    let mut body = found.json()[field].clone();
    change(&mut body);
    admin.put(path, &body, Some(&etag))?.expect(&[200], "an edit")?;
    Ok(())
}

/// One hour of the week, in three days: closed now, wherever it is.
fn another_day() -> Value {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let today = Timestamp::now().as_second() / 86_400 + 3; // the epoch was a Thursday
    let mut hours = json!({});
    hours[DAYS[usize::try_from((today + 3) % 7).unwrap()]] = json!([["09:00", "10:00"]]);
    hours
}

fn rung(world: &World, agent: &Agent) -> Result<usize> {
    Ok(world.network().calls_to(&agent.phone)?.len())
}

fn time_of(call: &Value, field: &str) -> Timestamp {
    call[field].as_str().unwrap().parse().unwrap()
}

#[test]
fn an_agent_whose_call_comes_to_nothing_gets_the_next_at_once() -> Result<()> {
    let (world, admin) = World::for_tests()?;
    let queue = floor::queue(&admin, &floor::queue_plan(0))?;
    let agent = floor::ready_agent(&world, &admin, &queue, &floor::accepts())?;
    // Their line is engaged when the first call is offered; nobody else is there, and the person is told so.
    world.network().script([(&agent.phone, vec![json!("busy"), floor::accepts()])])?;
    let numbers = [people::number(), people::number()];
    let person = json!({"human": {"ring_seconds": 14, "talks": [{"hangs_up_after_seconds": 5}]}});
    world.network().script(numbers.iter().map(|number| (number, vec![person.clone()])))?;
    let mut plan = floor::plan("At once", &queue);
    plan["agents"]["patience_seconds"] = json!(2);
    plan["retry"]["attempts_max"] = json!(1);
    let id = floor::begin(&admin, &plan, &numbers)?;
    campaign::completed(&admin, &id, 60, |_| {})?;
    let mut outcomes = floor::outcomes(&admin, &id, &numbers)?;
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["abandoned", "talked"]);
    let mut placed = Vec::new();
    for number in &numbers {
        let calls = world.network().calls_to(number)?;
        placed.push(time_of(&calls[0].details, "created_at"));
    }
    placed.sort_unstable();
    let apart = placed[1].duration_since(placed[0]).as_secs_f64();
    // A planner that was not told, or saw somebody on the way to them, would have looked again after half a minute.
    assert!(apart < 15.0, "the agent was idle for {apart} s while somebody was to be called");
    Ok(())
}

#[test]
fn a_queue_of_a_team_rings_that_team_and_a_person_is_handed_to_a_colleague_by_name() -> Result<()> {
    let (world, admin) = World::for_tests()?;
    let team = format!("Team {:x}", unique());
    let mut plan = floor::queue_plan(0);
    plan["groups"] = json!([team]);
    let first = floor::queue(&admin, &plan)?;
    let mut plan = floor::queue_plan(300);
    plan["dispositions"] = json!([{"code": "solved", "label": "Solved", "means": "interested"}]);
    let second = floor::queue(&admin, &plan)?;
    // Somebody has been idle for longer, and is in no team.
    let outsider = floor::ready_agent(&world, &admin, &first, &floor::accepts())?;
    let member = floor::agent(&world, &admin, &[&first], &floor::accepts())?;
    edit(&admin, &format!("/v1/agents/{}", member.id), "profile", |profile| {
        profile["groups"] = json!([team])
    })?;
    member.wants("available")?;
    let colleague = floor::ready_agent(&world, &admin, &second, &floor::accepts())?;
    let number = people::number();
    world.network().script([(&number, vec![floor::talks(&json!({"hangs_up_after_seconds": 600}))])])?;
    let id = floor::begin(&admin, &floor::plan("Team", &first), std::slice::from_ref(&number))?;
    let live = member.until_talking(40)?;
    assert_eq!(rung(&world, &outsider)?, 0, "who is in no team of the queue's");

    // A supervisor looks at the team alone.
    let board = admin.read(&format!("/v1/board?group={}", team.replace(' ', "%20")))?;
    let seen = |list: &str, field: &str| -> Vec<Value> {
        board[list].as_array().unwrap().iter().map(|it| it[field].clone()).collect()
    };
    assert_eq!(seen("agents", "agent"), [json!(member.id)], "{board}");
    assert_eq!(seen("queues", "queue"), [json!(first)], "{board}");
    let teams = board["groups"].as_array().unwrap();
    let ours = teams.iter().find(|it| it["group"] == json!(team)).unwrap();
    assert_eq!(*ours, json!({"group": team, "signed_in": 1, "free": 0, "talking": 1}));

    // To a colleague by name, who is in no team, serves another queue, and is not asked first.
    outsider.wants("offline")?;
    let transfer = |to: Value| member.api.post(&format!("/v1/live-calls/{live}/transfer"), &to);
    transfer(json!({"agent": outsider.id}))?.expect(&[409], "handing over to somebody who is not there")?;
    transfer(json!({}))?.expect(&[422], "handing over to nobody")?;
    member.steers(&live, "transfer", &json!({"agent": colleague.id}))?;
    assert_eq!(colleague.until_talking(40)?, live);
    member.until("available", 20)?;
    colleague.steers(&live, "hang-up", &json!({}))?;
    // What comes afterwards goes by the second queue: its time, and its dispositions.
    let wrap_up = colleague.until("wrap_up", 20)?;
    let time = time_of(&wrap_up, "until").duration_since(time_of(&wrap_up, "since")).as_secs();
    assert_eq!(time, 300, "{wrap_up}");
    colleague.disposes(&live, "solved")?;
    campaign::completed(&admin, &id, 40, |_| {})?;
    assert_eq!(floor::outcomes(&admin, &id, std::slice::from_ref(&number))?, ["interested"]);
    assert_eq!(rung(&world, &member)?, 1, "who has handed a person over does not get them back");
    Ok(())
}

#[test]
fn a_queue_that_is_closed_calls_nobody_and_says_so_and_nobody_is_rung_outside_their_hours() -> Result<()> {
    let (world, admin) = World::for_tests()?;
    let closed = json!({"hours": another_day(), "closed_notice": "We are closed today."});
    let (ours, queue) = floor::queue_called(&world, &admin, &closed)?;
    let agent = floor::ready_agent(&world, &admin, &queue, &floor::accepts())?;
    let number = people::number();
    world.network().script([(&number, vec![floor::talks_for(5)])])?;
    let id = floor::begin(&admin, &floor::plan("Closed", &queue), std::slice::from_ref(&number))?;
    let calls_in = || -> Result<Value> {
        let says =
            json!({"replies": [{"say": {"text": "Please call me back."}}], "hangs_up_after_seconds": 60});
        let sid = world.network().call_in(&people::number(), &ours, &says)?;
        wait::until("the end of a call in", 40, || {
            let call = world.network().call(&sid)?;
            Ok(call["ended_at"].is_string().then_some(call))
        })
    };
    let call = calls_in()?;
    assert!(floor::heard_words(&call, "We are closed today."), "{call}");
    assert_eq!(rung(&world, &agent)?, 0);
    assert!(world.network().calls_to(&number)?.is_empty(), "nobody is called for a queue that is closed");

    // It opens: whoever was to be called is called at once.
    edit(&admin, &format!("/v1/queues/{queue}"), "plan", |plan| plan["hours"] = Value::Null)?;
    agent.until_talking(40)?;
    campaign::completed(&admin, &id, 40, |_| {})?;
    agent.until("available", 20)?;

    // The agent's hours are over, and they have not signed out.
    let path = format!("/v1/agents/{}", agent.id);
    edit(&admin, &path, "profile", |profile| profile["hours"] = another_day())?;
    let presence = agent.presence()?;
    assert_eq!((&presence["state"], &presence["on_duty"]), (&json!("available"), &json!(false)));
    let call = calls_in()?;
    assert!(floor::heard_words(&call, "Please leave a message"), "{call}");
    assert_eq!(rung(&world, &agent)?, 1, "the one call within their hours");
    Ok(())
}

#[test]
fn a_campaign_connects_people_to_a_telephone_outside_and_says_so_if_nobody_takes_it_there() -> Result<()> {
    let (world, admin) = World::for_tests()?;
    let outside = people::number();
    let takes = json!({"human": {"ring_seconds": 2, "talks": [
        {"acts": [{"say": {"text": "Reception, good morning.", "after_seconds": 1}}], "hangs_up_after_seconds": 20}]}});
    world.network().script([(&outside, vec![takes, json!("busy")])])?;
    let numbers = [people::number(), people::number()];
    let person = floor::talks(&json!({"hangs_up_after_seconds": null}));
    world.network().script(numbers.iter().map(|number| (number, vec![person.clone()])))?;
    let mut plan = campaign::plan_at_any_hour("Connected");
    plan["amd"] = json!("off");
    plan["script"]["voicemail"] = json!(null);
    plan["retry"]["attempts_max"] = json!(1);
    plan["forward"] = json!({"number": outside, "opening": "We connect you.", "sorry": floor::SORRY});
    let id = floor::begin(&admin, &plan, &numbers)?;
    campaign::completed(&admin, &id, 60, |_| {})?;
    let outcomes = floor::outcomes(&admin, &id, &numbers)?;
    let mut sorted = outcomes.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, ["abandoned", "talked"]);
    for (number, outcome) in numbers.iter().zip(&outcomes) {
        let call = world.network().calls_to(number)?[0].details.clone();
        assert!(floor::heard_words(&call, "We connect you."), "{call}");
        assert_eq!(floor::heard_words(&call, floor::SORRY), outcome == "abandoned", "{call}");
        assert_eq!(floor::heard_words(&call, "Reception, good morning."), outcome == "talked", "{call}");
    }
    for leg in world.network().calls_to(&outside)? {
        assert_eq!(leg.details["from"], "+4930901820", "whoever is rung sees who called: {leg:?}");
        assert!(!floor::heard_words(&leg.details, "We connect you."), "and hears nothing before: {leg:?}");
    }
    Ok(())
}

#[test]
fn where_the_script_listens_a_message_for_a_machine_does_too() -> Result<()> {
    let (world, admin) = World::for_tests()?;
    // Both speak for so long on answering that they are taken for machines.
    let speaks =
        |replies: Value| json!({"human": {"ring_seconds": 2, "hello_seconds": 7, "replies": replies}});
    let assistant = speaks(json!([{"say": {"text": "Thank you. Please stay on the line."}}, "silence"]));
    let person = speaks(
        json!([{"say": {"text": "Hello? I am no machine!", "interrupts": true}}, {"press": {"keys": "1"}}]),
    );
    let numbers = [people::number(), people::number(), people::number()];
    let lines = [assistant, person, people::machine()];
    world.network().script(numbers.iter().zip(lines.map(|line| vec![line])))?;
    let mut plan = campaign::plan_at_any_hour("Listens");
    plan["script"]["menu"]["listens"] = json!(true);
    plan["retry"]["attempts_max"] = json!(1);
    let id = floor::begin(&admin, &plan, &numbers)?;
    campaign::completed(&admin, &id, 60, |_| {})?;
    assert_eq!(floor::outcomes(&admin, &id, &numbers)?, ["screened", "interested", "voicemail_left"]);
    for number in &numbers[..2] {
        let call = world.network().calls_to(number)?[0].details.clone();
        assert!(floor::heard_words(&call, "this is the clinic with a word"), "who calls is said: {call}");
    }
    Ok(())
}
