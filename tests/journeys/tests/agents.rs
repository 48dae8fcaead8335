//! Agents on the deployed template: who is rung, who hears whom, and who is free again when.
#![allow(clippy::unwrap_used)]

use anyhow::Result;
use journeys::floor::{self, Agent};
use journeys::world::World;
use journeys::{campaign, people, wait};
use serde_json::{Value, json};

/// The one call to a number, as the network lived it.
fn only_call(world: &World, number: &str) -> Result<Value> {
    let calls = world.network().calls_to(number)?;
    assert_eq!(calls.len(), 1, "calls to one number: {calls:?}");
    Ok(calls[0].details.clone())
}

/// Whether, in a conference, somebody was heard by somebody at any time.
fn was_heard(conference: &Value, speaker: &Value, listener: &Value) -> bool {
    let graph = conference["hearing"].as_array().cloned().unwrap_or_default();
    graph.iter().any(|hearing| {
        hearing["edges"].as_array().unwrap().contains(&json!([speaker["sid"], listener["sid"]]))
    })
}

#[test]
fn an_agent_hears_who_it_is_takes_the_call_says_how_it_went_and_gets_the_next() -> Result<()> {
    let (world, admin) = World::for_tests()?;
    let queue = floor::queue(&admin, &floor::queue_plan(600))?;
    let talk = json!({"acts": [{"say": {"text": "Shall we say Thursday?", "after_seconds": 4}}], "hangs_up_after_seconds": null});
    let agent = floor::ready_agent(&world, &admin, &queue, &floor::accepts_and(&talk))?;
    let numbers = [people::number(), people::number()];
    let person = json!({"acts": [{"say": {"text": "Good morning!", "after_seconds": 1}}], "hangs_up_after_seconds": 12});
    world.network().script(numbers.iter().map(|number| (number, vec![floor::talks(&person)])))?;
    let id = floor::begin(&admin, &floor::plan("Warm", &queue), &numbers)?;

    let first = agent.until_talking(40)?;
    agent.until("wrap_up", 20)?;
    let called = |number: &String| world.network().calls_to(number).map(|calls| calls.len());
    assert_eq!(
        called(&numbers[0])? + called(&numbers[1])?,
        1,
        "nobody is called for an agent who writes down"
    );
    agent.disposes(&first, "interested")?;
    let second = agent.until_talking(40)?;
    assert_ne!(first, second);
    agent.until("wrap_up", 20)?;
    agent.disposes(&second, "done")?;
    campaign::completed(&admin, &id, 40, |_| {})?;
    let mut outcomes = floor::outcomes(&admin, &id, &numbers)?;
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["interested", "talked"]);

    // Who heard whom: the whisper was the agent's alone, and then both heard each other.
    for (number, legs) in numbers.iter().zip(0..) {
        let person = only_call(&world, number)?;
        assert!(!floor::heard_words(&person, floor::WHISPER), "a person heard the whisper: {person}");
        assert!(floor::heard_words(&person, "Shall we say Thursday?"), "{person}");
        let leg = &world.network().calls_to(&agent.phone)?[legs].details;
        assert!(floor::heard_words(leg, "Person") && floor::heard_words(leg, floor::WHISPER), "{leg}");
        assert!(floor::heard_words(leg, "Good morning!"), "{leg}");
        assert!(
            !floor::heard(leg).iter().any(|(kind, ..)| kind == "music"),
            "an agent never waits on hold: {leg}"
        );
    }
    let conference = world.network().conference(&first)?;
    let (by, leg) =
        (floor_person(&world, &numbers, &first)?, &world.network().calls_to(&agent.phone)?[0].details);
    assert!(was_heard(&conference, leg, &by) && was_heard(&conference, &by, leg), "{conference}");
    Ok(())
}

/// The person's call of a live call.
fn floor_person(world: &World, numbers: &[String], live: &str) -> Result<Value> {
    for number in numbers {
        if let Some(call) = world.network().calls_to(number)?.into_iter().find(|call| call.attempt == live) {
            return Ok(call.details);
        }
    }
    anyhow::bail!("nobody was called for {live}")
}

#[test]
fn who_declines_or_does_not_pick_up_is_passed_over_and_the_person_still_meets_somebody() -> Result<()> {
    let (world, admin) = World::for_tests()?;
    let queue = floor::queue(&admin, &floor::queue_plan(0))?;
    // The longest idle is asked first.
    let declines = floor::ready_agent(&world, &admin, &queue, &floor::declines())?;
    let ignores = floor::ready_agent(&world, &admin, &queue, &json!("no_answer"))?;
    let accepts = floor::ready_agent(&world, &admin, &queue, &floor::accepts())?;
    let number = people::number();
    world.network().script([(&number, vec![floor::talks_for(20)])])?;
    let id = floor::begin(&admin, &floor::plan("Passed on", &queue), std::slice::from_ref(&number))?;
    let live = accepts.until_talking(40)?;
    let rung = |agent: &Agent| world.network().calls_to(&agent.phone).map(|calls| calls.len());
    assert_eq!((rung(&declines)?, rung(&ignores)?, rung(&accepts)?), (1, 1, 1));
    let (declined, ignored) = (declines.presence()?, ignores.presence()?);
    assert_eq!((&declined["state"], &declined["missed"]), (&json!("available"), &json!(0)));
    assert_eq!((&ignored["state"], &ignored["missed"]), (&json!("available"), &json!(1)));
    campaign::completed(&admin, &id, 40, |_| {})?;
    assert_eq!(floor::outcomes(&admin, &id, std::slice::from_ref(&number))?, ["talked"]);
    let call = admin.read(&format!("/v1/live-calls/{live}"))?;
    assert_eq!((&call["ending"], &call["agent"]), (&json!("talked"), &json!(accepts.id)));
    Ok(())
}

#[test]
fn for_whom_nobody_is_free_hears_so_within_two_seconds_and_may_refuse_more_calls() -> Result<()> {
    let (world, admin) = World::for_tests()?;
    let cases = [
        (json!([{"press": {"keys": "9"}}]), "opted_out"),
        (json!([{"say": {"text": "Please stop calling me."}}]), "opted_out"),
        (json!([]), "abandoned"),
    ];
    let mut campaigns = Vec::new();
    for (replies, outcome) in cases {
        // Each has one agent, whose line is engaged when the call is offered.
        let queue = floor::queue(&admin, &floor::queue_plan(0))?;
        let agent = floor::ready_agent(&world, &admin, &queue, &json!("busy"))?;
        let number = people::number();
        let person = json!({"human": {"ring_seconds": 14, "replies": replies}});
        world.network().script([(&number, vec![person])])?;
        let mut plan = floor::plan("Abandoned", &queue);
        plan["agents"]["patience_seconds"] = json!(2);
        plan["retry"]["attempts_max"] = json!(1);
        campaigns.push((floor::begin(&admin, &plan, std::slice::from_ref(&number))?, number, agent, outcome));
    }
    let mut soonest = f64::MAX;
    for (id, number, agent, outcome) in &campaigns {
        campaign::completed(&admin, id, 60, |_| {})?;
        assert_eq!(floor::outcomes(&admin, id, std::slice::from_ref(number))?, [*outcome]);
        assert_eq!(agent.presence()?["missed"], 1);
        let call = only_call(&world, number)?;
        let said = floor::heard(&call).into_iter().find(|(_, words, _)| words == floor::SORRY);
        let (.., after) = said.unwrap_or_else(|| panic!("no abandonment message: {call}"));
        let webhooks = world.network().webhooks()?;
        let mine = |webhook: &&Value| webhook["call_sid"] == call["sid"] && webhook["purpose"] == "voice";
        let ours: u64 =
            webhooks.iter().filter(mine).take(2).map(|it| it["latency_ms"].as_u64().unwrap()).sum();
        // By the network's clock. What the emulator's functions took is told apart: two cores are shared by everything.
        let without_us = after - ours as f64 / 1_000.0;
        assert!(without_us <= 1.5, "{without_us} s after pick-up, of {after}");
        soonest = soonest.min(after);
    }
    assert!(soonest <= 2.0, "the law allows two seconds; the soonest of three took {soonest}");
    let board = admin.read("/v1/board")?;
    let known =
        |agent: &Agent| board["agents"].as_array().unwrap().iter().any(|it| it["agent"] == json!(agent.id));
    assert!(campaigns.iter().all(|(_, _, agent, _)| known(agent)), "{board}");
    Ok(())
}

#[test]
fn what_is_no_person_costs_no_agent_and_who_was_taken_for_a_machine_is_rescued() -> Result<()> {
    let (world, admin) = World::for_tests()?;
    let queue = floor::queue(&admin, &floor::queue_plan(0))?;
    let agents = [
        floor::ready_agent(&world, &admin, &queue, &floor::accepts())?,
        floor::ready_agent(&world, &admin, &queue, &floor::accepts())?,
    ];
    let misread = json!({"human": {
        "ring_seconds": 2, "hello_seconds": 7,
        "replies": [{"say": {"text": "Hello? This is me, I am here!", "interrupts": true}}],
        "talks": [{"hangs_up_after_seconds": 10}],
    }});
    let lines = [people::machine(), json!({"fax": {}}), misread];
    let numbers: Vec<String> = lines.iter().map(|_| people::number()).collect();
    world.network().script(numbers.iter().zip(lines.iter().map(|line| vec![line.clone()])))?;
    let mut plan = floor::plan("Machines", &queue);
    plan["amd"] = json!("sync");
    plan["script"]["voicemail"] = json!("Hello, please call the clinic back about your appointment.");
    plan["agents"]["ring"] = json!("on_answer");
    plan["retry"]["attempts_max"] = json!(1);
    let id = floor::begin(&admin, &plan, &numbers)?;
    campaign::completed(&admin, &id, 90, |_| {})?;
    let outcomes = floor::outcomes(&admin, &id, &numbers)?;
    assert_eq!(outcomes, ["voicemail_left", "fax", "talked"]);
    let machine = only_call(&world, &numbers[0])?;
    assert!(floor::heard_words(&machine, "please call the clinic back"), "{machine}");
    let rung = agents.iter().map(|agent| world.network().calls_to(&agent.phone).map(|calls| calls.len()));
    assert_eq!(rung.sum::<Result<usize>>()?, 1, "only the one who spoke needed an agent");
    for agent in &agents {
        assert_eq!(agent.presence()?["state"], "available");
    }
    Ok(())
}

#[test]
fn a_line_that_dies_and_a_person_who_hangs_up_during_the_whisper_free_the_agent_at_once() -> Result<()> {
    let (world, admin) = World::for_tests()?;
    let queue = floor::queue(&admin, &floor::queue_plan(0))?;
    let dies = json!({"hangs_up_after_seconds": null, "line_dies_after_seconds": 5});
    let agent = floor::ready_agent(&world, &admin, &queue, &floor::accepts_and(&dies))?;
    let number = people::number();
    world.network().script([(&number, vec![floor::talks(&json!({"hangs_up_after_seconds": null}))])])?;
    let id = floor::begin(&admin, &floor::plan("Line dies", &queue), std::slice::from_ref(&number))?;
    let live = agent.until_talking(40)?;
    agent.until("available", 20)?;
    campaign::completed(&admin, &id, 40, |_| {})?;
    let person = only_call(&world, &number)?;
    assert_eq!(person["status"], "completed", "the person does not stay on a dead line: {person}");
    assert_eq!(admin.read(&format!("/v1/live-calls/{live}"))?["ending"], "talked");

    // They hang up while the agent is still told who they are.
    let slow =
        json!({"human": {"ring_seconds": 1, "replies": [{"press": {"keys": "1", "after_seconds": 60}}]}});
    world.network().script([(&agent.phone, vec![slow])])?;
    let impatient = people::number();
    let person = json!({"human": {"ring_seconds": 1, "hangs_up_after_seconds": 6}});
    world.network().script([(&impatient, vec![person])])?;
    let mut plan = floor::plan("Impatient", &queue);
    plan["agents"]["ring"] = json!("on_answer");
    plan["retry"]["attempts_max"] = json!(1);
    let id = floor::begin(&admin, &plan, std::slice::from_ref(&impatient))?;
    let call = wait::until("the end of the person's call", 40, || {
        let calls = world.network().calls_to(&impatient)?;
        Ok(calls.into_iter().find(|call| call.details["status"] == "completed"))
    })?;
    agent.until("available", 8)?;
    let leg = wait::until("the end of the agent's leg", 8, || {
        let calls = world.network().calls_to(&agent.phone)?;
        Ok(calls.into_iter().nth(1).filter(|call| call.details["ended_at"].is_string()))
    })?;
    assert_ne!(leg.details["ended_by"], json!("callee"), "it was we who ended it: {}", leg.details);
    assert!(!floor::heard_words(&call.details, floor::WHISPER));
    assert_eq!(agent.presence()?["missed"], 0, "it was not the agent who was late");
    campaign::completed(&admin, &id, 40, |_| {})?;
    Ok(())
}

#[test]
fn a_person_is_put_on_hold_and_handed_over_to_a_colleague_in_another_queue() -> Result<()> {
    let (world, admin) = World::for_tests()?;
    let (first, second) =
        (floor::queue(&admin, &floor::queue_plan(600))?, floor::queue(&admin, &floor::queue_plan(600))?);
    let agent = floor::ready_agent(&world, &admin, &first, &floor::accepts())?;
    let colleague = floor::ready_agent(&world, &admin, &second, &floor::accepts())?;
    let number = people::number();
    world.network().script([(&number, vec![floor::talks(&json!({"hangs_up_after_seconds": 400}))])])?;
    let id = floor::begin(&admin, &floor::plan("Handed over", &first), std::slice::from_ref(&number))?;
    let live = agent.until_talking(40)?;
    let person = || only_call(&world, &number);
    let leg = || -> Result<Value> { Ok(world.network().calls_to(&agent.phone)?[0].details.clone()) };
    let hearing = || -> Result<Vec<Value>> {
        let conference = world.network().conference(&live)?;
        let graph = conference["hearing"].as_array().cloned().unwrap_or_default();
        Ok(graph.last().and_then(|last| last["edges"].as_array().cloned()).unwrap_or_default())
    };
    let hears = |from: Value, to: Value| -> Result<bool> {
        Ok(hearing()?.contains(&json!([from["sid"], to["sid"]])))
    };
    wait::until("both to hear each other", 10, || Ok((hearing()?.len() == 2).then_some(())))?;
    agent.steers(&live, "hold", &json!({}))?;
    wait::until("hold", 10, || Ok(hearing()?.is_empty().then_some(())))?;
    agent.steers(&live, "resume", &json!({}))?;
    wait::until("the end of hold", 10, || Ok((hearing()?.len() == 2).then_some(())))?;
    agent.steers(&live, "mute", &json!({}))?;
    wait::until("mute", 10, || Ok((!hears(leg()?, person()?)? && hears(person()?, leg()?)?).then_some(())))?;
    agent.steers(&live, "unmute", &json!({}))?;

    agent.steers(&live, "transfer", &json!({"queue": second}))?;
    assert_eq!(colleague.until_talking(40)?, live);
    assert_eq!(agent.presence()?["state"], "wrap_up");
    wait::until("the first agent's leg to end", 10, || Ok(leg()?["ended_at"].is_string().then_some(())))?;
    assert!(person()?["ended_at"].is_null(), "the person is still on the line");
    colleague.steers(&live, "hang-up", &json!({}))?;
    colleague.until("wrap_up", 20)?;
    colleague.disposes(&live, "done")?;
    campaign::completed(&admin, &id, 40, |_| {})?;
    assert_eq!(floor::outcomes(&admin, &id, std::slice::from_ref(&number))?, ["talked"]);
    Ok(())
}

#[test]
fn a_pause_in_the_middle_of_a_wave_holds_nobody_and_calls_nobody() -> Result<()> {
    let (world, admin) = World::for_tests()?;
    let queue = floor::queue(&admin, &floor::queue_plan(0))?;
    let agents = [
        floor::ready_agent(&world, &admin, &queue, &floor::accepts())?,
        floor::ready_agent(&world, &admin, &queue, &floor::accepts())?,
    ];
    let numbers: Vec<String> = (0..6).map(|_| people::number()).collect();
    world.network().script(numbers.iter().map(|number| (number, vec![floor::talks_for(15)])))?;
    let id = floor::begin(&admin, &floor::plan("Paused", &queue), &numbers)?;
    agents[0].until_talking(40)?;
    campaign::command(&admin, &id, "pause")?;
    for agent in &agents {
        agent.until("available", 20)?;
    }
    let called = || -> Result<usize> {
        Ok(world
            .network()
            .calls()?
            .iter()
            .filter(|call| call.attempt.contains(&id) && numbers.contains(&call.to))
            .count())
    };
    let at_pause = called()?;
    assert!(at_pause < numbers.len(), "paused too late to tell");
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(called()?, at_pause, "called while paused");
    for agent in &agents {
        assert_eq!(agent.presence()?["state"], "available", "nobody is held by a paused campaign");
    }
    campaign::command(&admin, &id, "resume")?;
    campaign::completed(&admin, &id, 60, |_| {})?;
    assert_eq!(called()?, numbers.len(), "everybody once");
    assert!(floor::outcomes(&admin, &id, &numbers)?.iter().all(|outcome| outcome == "talked"));
    Ok(())
}

#[test]
fn a_colleague_is_asked_while_the_person_hears_music_and_then_takes_them_over() -> Result<()> {
    let (world, admin) = World::for_tests()?;
    let queue = floor::queue(&admin, &floor::queue_plan(600))?;
    let other = floor::queue(&admin, &floor::queue_plan(0))?;
    let talk = json!({"acts": [{"say": {"text": "I have somebody who wants Thursday.", "after_seconds": 90}}], "hangs_up_after_seconds": null});
    let agent = floor::ready_agent(&world, &admin, &queue, &floor::accepts_and(&talk))?;
    let colleague = floor::ready_agent(&world, &admin, &other, &floor::accepts())?;
    let number = people::number();
    world.network().script([(&number, vec![floor::talks(&json!({"hangs_up_after_seconds": 1200}))])])?;
    let id = floor::begin(&admin, &floor::plan("Consult", &queue), std::slice::from_ref(&number))?;
    let live = agent.until_talking(40)?;
    let sid = |number: &str| -> Result<Value> { Ok(only_call(&world, number)?["sid"].clone()) };
    let (person, first) = (sid(&number)?, sid(&agent.phone)?);
    let graph = || -> Result<Vec<Value>> {
        let conference = world.network().conference(&live)?;
        let graph = conference["hearing"].as_array().cloned().unwrap_or_default();
        Ok(graph.last().and_then(|last| last["edges"].as_array().cloned()).unwrap_or_default())
    };
    wait::until("both to hear each other", 10, || Ok((graph()?.len() == 2).then_some(())))?;

    // A supervisor listens, and then whispers: the agent hears it, the person never does.
    let supervisor = world.sign_in("acme", "supervisor")?;
    let boss = people::number();
    let words = json!({"acts": [{"say": {"text": "Offer them Friday.", "after_seconds": 20}}], "hangs_up_after_seconds": null});
    world.network().script([(
        &boss,
        vec![
            json!({"human": {"ring_seconds": 1, "talks": [{"hangs_up_after_seconds": null}]}}),
            json!({"human": {"ring_seconds": 1, "talks": [words]}}),
        ],
    )])?;
    let supervises = |role: &str| {
        let body = json!({"role": role, "number": boss});
        supervisor.post(&format!("/v1/live-calls/{live}/supervise"), &body)?.expect(&[200], "supervising")
    };
    supervises("listener")?;
    let ear = wait::until("the supervisor to hear both", 10, || {
        let Some(call) = world.network().calls_to(&boss)?.first().map(|call| call.details["sid"].clone())
        else {
            return Ok(None);
        };
        let edges = graph()?;
        Ok((edges.contains(&json!([person, call])) && edges.contains(&json!([first, call]))).then_some(call))
    })?;
    assert!(!graph()?.iter().any(|edge| edge[0] == ear), "nobody hears who listens");
    supervises("whisperer")?;
    let mouth = wait::until("the supervisor to be heard by the agent", 10, || {
        let Some(call) = world.network().calls_to(&boss)?.get(1).map(|call| call.details["sid"].clone())
        else {
            return Ok(None);
        };
        Ok(graph()?.contains(&json!([call, first])).then_some(call))
    })?;
    assert!(!graph()?.contains(&json!([mouth, person])), "the person does not hear the whisper");

    // The colleague.
    agent.steers(&live, "consult", &json!({"agent": colleague.id}))?;
    colleague.until_talking(20)?;
    let second = sid(&colleague.phone)?;
    wait::until("the two agents to hear each other alone", 10, || {
        let edges = graph()?;
        let alone = !edges.iter().any(|edge| edge[0] == person || edge[1] == person);
        Ok((alone && edges.contains(&json!([first, second])) && edges.contains(&json!([second, first])))
            .then_some(()))
    })?;
    agent.steers(&live, "consult/complete", &json!({}))?;
    assert_eq!(agent.presence()?["state"], "wrap_up");
    wait::until("person and colleague to hear each other", 10, || {
        let edges = graph()?;
        Ok((edges.contains(&json!([person, second])) && edges.contains(&json!([second, person])))
            .then_some(()))
    })?;
    let call = admin.read(&format!("/v1/live-calls/{live}"))?;
    assert_eq!((&call["state"], &call["agent"]), (&json!("talking"), &json!(colleague.id)));

    // Somebody outside joins, and the person is left to them.
    let outside = people::number();
    let expert = json!({"human": {"ring_seconds": 1, "talks": [{"hangs_up_after_seconds": 30}]}});
    world.network().script([(&outside, vec![expert])])?;
    colleague.steers(&live, "guests", &json!({"number": outside}))?;
    wait::until("all three to hear each other", 10, || {
        let third = world.network().calls_to(&outside)?.first().map(|call| call.details["sid"].clone());
        let edges = graph()?;
        Ok(third.filter(|third| {
            edges.contains(&json!([third, person])) && edges.contains(&json!([second, third]))
        }))
    })?;
    colleague.steers(&live, "hand-out", &json!({}))?;
    colleague.until("wrap_up", 10)?;
    campaign::completed(&admin, &id, 40, |_| {})?;
    let call = admin.read(&format!("/v1/live-calls/{live}"))?;
    assert_eq!(call["ending"], "outside");
    assert_eq!(floor::outcomes(&admin, &id, std::slice::from_ref(&number))?, ["talked"]);
    let heard = only_call(&world, &number)?;
    assert!(!floor::heard_words(&heard, "Offer them Friday."), "{heard}");
    assert!(
        floor::heard_words(&heard, "music") || floor::heard(&heard).iter().any(|(kind, ..)| kind == "music")
    );
    Ok(())
}

#[test]
fn an_assistant_that_asks_who_calls_is_told_and_is_an_outcome_of_its_own() -> Result<()> {
    let (world, admin) = World::for_tests()?;
    let numbers = [people::number(), people::number()];
    let assistant = |accepts: bool| {
        let replies = json!(["silence", {"press": {"keys": "1"}}]);
        json!({"screening": {"question_seconds": 9, "accepts": accepts, "replies": replies}})
    };
    world.network().script(numbers.iter().zip([vec![assistant(false)], vec![assistant(true)]]))?;
    let mut plan = campaign::plan_at_any_hour("Screened");
    plan["amd"] = json!("off");
    plan["script"]["voicemail"] = json!(null);
    plan["script"]["menu"]["listens"] = json!(true);
    plan["retry"]["attempts_max"] = json!(1);
    let id = floor::begin(&admin, &plan, &numbers)?;
    campaign::completed(&admin, &id, 60, |_| {})?;
    let asked = only_call(&world, &numbers[0])?;
    let greetings =
        floor::heard(&asked).iter().filter(|(_, words, _)| words.contains("this is the clinic")).count();
    assert_eq!(greetings, 2, "who calls is said again when it is asked: {asked}");
    assert_eq!(floor::outcomes(&admin, &id, &numbers)?, ["screened", "interested"]);
    Ok(())
}

#[test]
fn who_is_called_by_a_click_is_next_and_speaks_with_whoever_clicked() -> Result<()> {
    let (world, admin) = World::for_tests()?;
    let queue = floor::queue(&admin, &floor::queue_plan(0))?;
    let other = floor::ready_agent(&world, &admin, &queue, &floor::accepts())?;
    let me = floor::ready_agent(&world, &admin, &queue, &floor::accepts())?;
    let clicked = people::number();
    world.network().script([(&clicked, vec![floor::talks_for(15)])])?;
    let open = campaign::create(&admin, &floor::plan("Click to call", &queue))?;
    campaign::fill(&admin, &open, &people::list(std::slice::from_ref(&clicked)))?;
    let contact = campaign::enrollments(&admin, &open)?[0]["contact"].as_str().unwrap_or_default().to_owned();
    let asked =
        me.api.post(&format!("/v1/contacts/{contact}/call"), &json!({"campaign": open, "for_me": true}))?;
    asked.expect(&[202], "click to call")?;
    campaign::command(&admin, &open, "start")?;
    me.until_talking(40)?;
    assert_eq!(other.presence()?["state"], "available", "the other has been idle for longer");
    campaign::completed(&admin, &open, 40, |_| {})?;
    assert_eq!(floor::outcomes(&admin, &open, std::slice::from_ref(&clicked))?, ["talked"]);
    Ok(())
}

#[test]
fn who_says_stop_is_never_called_again_whether_to_a_machine_or_to_an_agent() -> Result<()> {
    let (world, admin) = World::for_tests()?;
    let queue = floor::queue(&admin, &floor::queue_plan(600))?;
    let agent = floor::ready_agent(&world, &admin, &queue, &floor::accepts())?;
    let (spoken, told) = (people::number(), people::number());
    let says = json!({"human": {"ring_seconds": 2, "replies": [{"say": {"text": "Stop calling me!"}}]}});
    world.network().script([(&spoken, vec![says]), (&told, vec![floor::talks_for(5)])])?;
    let mut menu = campaign::plan_at_any_hour("Stop, said");
    menu["amd"] = json!("off");
    menu["script"]["voicemail"] = json!(null);
    menu["script"]["menu"]["listens"] = json!(true);
    let by_words = floor::begin(&admin, &menu, std::slice::from_ref(&spoken))?;
    let by_agent = floor::begin(&admin, &floor::plan("Stop, told", &queue), std::slice::from_ref(&told))?;
    let live = agent.until_talking(40)?;
    agent.until("wrap_up", 20)?;
    agent.disposes(&live, "do_not_call")?;
    for (campaign, number) in [(&by_words, &spoken), (&by_agent, &told)] {
        campaign::completed(&admin, campaign, 40, |_| {})?;
        assert_eq!(floor::outcomes(&admin, campaign, std::slice::from_ref(number))?, ["opted_out"]);
        let again = campaign::create(&admin, &campaign::plan_at_any_hour("Again"))?;
        let import = campaign::fill(&admin, &again, &people::list(std::slice::from_ref(number)))?;
        assert_eq!(import["counts"]["suppressed"], 1, "{import}");
    }
    assert!(floor::heard_words(&only_call(&world, &spoken)?, "We will not call you again."));
    Ok(())
}

#[test]
fn who_calls_back_reaches_the_agent_they_know_then_anybody_then_a_machine_that_takes_a_message() -> Result<()>
{
    let (world, admin) = World::for_tests()?;
    let recorded = json!({"recording_notice": "This call is recorded."});
    let (ours, queue) = floor::queue_called(&world, &admin, &recorded)?;
    let person = people::number();
    world.network().script([(&person, vec![floor::talks_for(5)])])?;
    let known = floor::ready_agent(&world, &admin, &queue, &floor::accepts())?;
    let mut campaign = floor::plan("Calls back", &queue);
    campaign["caller_ids"] = json!([ours]);
    let id = floor::begin(&admin, &campaign, std::slice::from_ref(&person))?;
    known.until_talking(40)?;
    campaign::completed(&admin, &id, 40, |_| {})?;

    // Another agent has been idle for longer than the one they know.
    let other = floor::agent(&world, &admin, &[&queue], &floor::accepts())?;
    known.wants("offline")?;
    other.wants("available")?;
    known.wants("available")?;
    let talks = |seconds: u32| json!({"talks": [{"hangs_up_after_seconds": seconds}]});
    let sid = world.network().call_in(&person, &ours, &talks(30))?;
    let live = known.until_talking(20)?;
    let call = admin.read(&format!("/v1/live-calls/{live}"))?;
    assert!(call["contact"].is_string(), "the contact is found by the number: {call}");
    let leg = world.network().calls_to(&known.phone)?;
    assert!(floor::heard_words(&leg.last().unwrap().details, "Person0"), "{:?}", leg.last());
    known.until("available", 20)?;
    assert!(floor::heard_words(&world.network().call(&sid)?, "This call is recorded."));

    known.wants("offline")?;
    world.network().call_in(&person, &ours, &talks(10))?;
    other.until_talking(20)?;
    other.until("available", 20)?;
    other.wants("offline")?;
    let says = json!({"replies": [{"say": {"text": "Please call me about Thursday."}}]});
    let sid = world.network().call_in(&person, &ours, &says)?;
    let call = wait::until("the message", 40, || {
        let call = world.network().call(&sid)?;
        Ok(call["ended_at"].is_string().then_some(call))
    })?;
    assert!(floor::heard_words(&call, "Please leave a message"), "{call}");
    assert!(!call["recordings"].as_array().unwrap().is_empty(), "{call}");
    // A number that leads nowhere says so.
    let astray = people::number();
    world.network().buy_number(world.tenant("acme")?, &astray, &floor::calls_in_at(&world))?;
    let sid = world.network().call_in(&people::number(), &astray, &talks(5))?;
    let call = wait::until("the end of a call to nobody", 20, || {
        let call = world.network().call(&sid)?;
        Ok(call["ended_at"].is_string().then_some(call))
    })?;
    assert!(floor::heard_words(&call, "This number takes no calls."), "{call}");
    Ok(())
}
