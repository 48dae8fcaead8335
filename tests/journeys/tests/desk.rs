//! An agent's desk on the deployed template: what is done on screen, and what is promised there.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use journeys::floor;
use journeys::page::Page;
use journeys::world::World;
use journeys::{campaign, people, wait};
use serde_json::{Value, json};

/// A telephone that rings for most of the time that an offer lasts, so that there is time to accept on screen. Whoever
/// picks it up presses nothing.
fn rings_long() -> Value {
    json!({"human": {"ring_seconds": 50, "talks": [{"hangs_up_after_seconds": null}]}})
}

#[test]
fn a_call_accepted_on_screen_is_put_through_without_a_whisper_and_its_story_is_the_agents_while_it_lasts()
-> Result<()> {
    let (world, admin) = World::for_tests()?;
    let queue = floor::queue(&admin, &floor::queue_plan(600))?;
    let agent = floor::ready_agent(&world, &admin, &queue, &rings_long())?;
    let colleague = floor::agent(&world, &admin, &[], &floor::accepts())?;
    let (mut page, mut theirs) = (Page::open(&agent.api)?, Page::open(&colleague.api)?);
    let number = people::number();
    world.network().script([(&number, vec![floor::talks(&json!({"hangs_up_after_seconds": null}))])])?;
    let mut plan = floor::plan("On screen", &queue);
    plan["agents"]["offer_seconds"] = json!(60);
    let id = floor::begin(&admin, &plan, std::slice::from_ref(&number))?;

    // The call appears while the telephone has not been picked up yet.
    let offered = wait::until("an offer", 40, || {
        let presence = agent.presence()?;
        Ok(["reserved", "ringing"].contains(&presence["state"].as_str().unwrap()).then_some(presence))
    })?;
    let body = json!({"call": offered["call"], "offer": offered["offer"]});
    agent.api.post("/v1/agents/me/offer/accept", &body)?.expect(&[200], "accepting on screen")?;
    let live = agent.until_talking(20)?;
    assert_eq!(json!(live), offered["call"]);
    let leg = world.network().calls_to(&agent.phone)?.remove(0).details;
    assert!(!floor::heard_words(&leg, floor::WHISPER), "nobody is told again what they have read: {leg}");

    // Pages are told: the agent's of this call, the colleague's of none.
    let of_this = |message: &Value| message["data"]["call"] == offered["call"];
    assert!(page.told(Duration::from_secs(10), of_this)?.is_some(), "the desk hears of its call");
    assert_eq!(theirs.told(Duration::from_millis(100), |message| message["data"].is_object())?, None);

    // Who it is: for whoever has the call, and nobody else.
    let address = format!("/v1/live-calls/{live}/story");
    let story = agent.api.read(&address)?;
    assert_eq!((&story["name"], &story["phone"]), (&json!("Person0 Probe"), &json!(number)), "{story}");
    assert_eq!(story["campaign"], "On screen");
    assert!(story["reason"].as_str().unwrap().contains("about the appointment"), "{story}");
    assert_eq!(colleague.api.get(&address)?.status, 404);
    let contact = story["contact"].as_str().unwrap();
    assert_eq!(agent.api.get(&format!("/v1/contacts/{contact}"))?.status, 403, "only by way of the call");

    // Hold and mute are told by the call itself.
    let stands = || -> Result<(bool, bool)> {
        let call = agent.api.read(&format!("/v1/live-calls/{live}"))?;
        Ok((call["held"].as_bool().unwrap(), call["muted"].as_bool().unwrap()))
    };
    wait::until("the conference", 10, || {
        let reply = agent.api.post(&format!("/v1/live-calls/{live}/hold"), &json!({}))?;
        assert!([204, 409].contains(&reply.status), "{}", reply.text());
        Ok((reply.status == 204).then_some(()))
    })?;
    assert_eq!(stands()?, (true, false));
    agent.steers(&live, "mute", &json!({}))?;
    agent.steers(&live, "resume", &json!({}))?;
    assert_eq!(stands()?, (false, true));
    agent.steers(&live, "hang-up", &json!({}))?;
    agent.until("wrap_up", 20)?;
    assert_eq!(agent.api.get(&address)?.status, 200, "it has to be written down");
    agent.disposes(&live, "done")?;
    assert_eq!(agent.api.get(&address)?.status, 409, "and is nobody's business afterwards");
    campaign::completed(&admin, &id, 40, |_| {})?;
    assert_eq!(floor::outcomes(&admin, &id, std::slice::from_ref(&number))?, ["talked"]);
    Ok(())
}

#[test]
fn a_promised_call_is_made_when_it_was_promised_and_comes_to_whoever_promised_it() -> Result<()> {
    let (world, admin) = World::for_tests()?;
    let queue = floor::queue(&admin, &floor::queue_plan(0))?;
    let number = people::number();
    let line = floor::talks(&json!({"hangs_up_after_seconds": 100}));
    world.network().script([(&number, vec![line.clone(), line])])?;
    let agent = floor::ready_agent(&world, &admin, &queue, &floor::accepts())?;
    let id = floor::begin(&admin, &floor::plan("Promised", &queue), std::slice::from_ref(&number))?;
    let first = agent.until_talking(40)?;
    let due = Timestamp::now() + SignedDuration::from_secs(8);
    let body = json!({"disposition": "callback", "call_back_at": due});
    let said = agent.api.put(&format!("/v1/live-calls/{first}/wrap-up"), &body, None)?;
    said.expect(&[200], "promising a call")?;
    // Somebody who is free for longer than whoever has just talked.
    let other = floor::ready_agent(&world, &admin, &queue, &floor::accepts())?;
    agent.steers(&first, "hang-up", &json!({}))?;
    agent.until("available", 20)?;
    let second = agent.until_talking(60)?;
    assert_ne!(first, second);
    let call = admin.read(&format!("/v1/live-calls/{second}"))?;
    let begun: Timestamp = call["created_at"].as_str().unwrap().parse()?;
    assert!(begun >= due, "promised for {due}, made at {begun}");
    assert!(world.network().calls_to(&other.phone)?.is_empty(), "the other has been idle for longer");
    agent.steers(&second, "hang-up", &json!({}))?;
    campaign::completed(&admin, &id, 40, |_| {})?;
    Ok(())
}

#[test]
fn found_out_while_put_through_a_machine_gets_the_message_and_a_person_after_all_an_agent() -> Result<()> {
    let (world, admin) = World::for_tests()?;
    let queue = floor::queue(&admin, &floor::queue_plan(0))?;
    for _ in 0..2 {
        floor::ready_agent(&world, &admin, &queue, &floor::accepts())?;
    }
    let misread = json!({"human": {
        "ring_seconds": 2, "hello_seconds": 7,
        "replies": [{"say": {"text": "Hello? This is me, I am here!", "interrupts": true}}],
        "talks": [{"hangs_up_after_seconds": 60}],
    }});
    let numbers = [people::number(), people::number()];
    world.network().script(numbers.iter().zip([vec![people::machine()], vec![misread]]))?;
    let mut plan = floor::plan("Found out", &queue);
    plan["amd"] = json!("async");
    plan["script"]["voicemail"] = json!("Hello, please call the clinic back about your appointment.");
    plan["agents"]["ring"] = json!("on_answer");
    plan["retry"]["attempts_max"] = json!(1);
    let id = floor::begin(&admin, &plan, &numbers)?;
    campaign::completed(&admin, &id, 90, |_| {})?;
    assert_eq!(floor::outcomes(&admin, &id, &numbers)?, ["voicemail_left", "talked"]);
    for number in &numbers {
        let calls = world.network().calls_to(number)?;
        let call = &calls[0].details;
        assert!(floor::heard_words(call, "please call the clinic back"), "{call}");
    }
    Ok(())
}

/// What an address of a recording leads to, once it has been copied.
fn heard_at(world: &World, api: &journeys::api::Api, path: &str) -> Result<String> {
    let recording = wait::until("the recording", 30, || {
        let reply = api.get(path)?;
        assert!(matches!(reply.status, 200 | 404 | 409), "{}", reply.text());
        Ok((reply.status == 200).then(|| reply.json()))
    })?;
    let url = recording["url"].as_str().unwrap().to_owned();
    let sound = api.raw_url("GET", &url)?;
    assert_eq!((sound.status, sound.content_type.as_deref()), (200, Some("audio/mpeg")));
    assert_eq!(world.sign_in("globex", "admin")?.get(path)?.status, 404, "another tenant's");
    assert_eq!(world.sign_in("acme", "agent")?.get(path)?.status, 403, "as for every recording");
    Ok(url)
}

#[test]
fn a_call_in_and_the_message_left_on_another_are_kept_until_the_person_is_forgotten() -> Result<()> {
    let (world, admin) = World::for_tests()?;
    let recorded = json!({"recording_notice": "This call is recorded."});
    let (ours, queue) = floor::queue_called(&world, &admin, &recorded)?;
    let person = people::number();
    let contact = json!({"phone": person, "first_name": "Ada"});
    let contact = admin.post("/v1/contacts", &contact)?.expect(&[201], "a contact")?.json();
    let contact = contact["id"].as_str().unwrap();

    let agent = floor::ready_agent(&world, &admin, &queue, &floor::accepts())?;
    world.network().call_in(&person, &ours, &json!({"talks": [{"hangs_up_after_seconds": 60}]}))?;
    let talk = agent.until_talking(20)?;
    agent.until("available", 20)?;
    let talk = heard_at(&world, &admin, &format!("/v1/live-calls/{talk}/recording"))?;

    agent.wants("offline")?;
    let says = json!({"replies": [{"say": {"text": "Please call me about Thursday."}}]});
    world.network().call_in(&person, &ours, &says)?;
    let left = wait::until("the message in the list", 40, || {
        let list = admin.read("/v1/voicemails")?;
        let mine = list["items"].as_array().unwrap().iter().find(|it| it["queue"] == json!(queue));
        Ok(mine.cloned())
    })?;
    assert_eq!((&left["contact"], &left["name"]), (&json!(contact), &json!("Ada")), "{left}");
    assert!(left["seconds"].as_u64().unwrap() > 0, "{left}");
    let address = format!("/v1/live-calls/{}/voicemail", left["call"].as_str().unwrap());
    let message = heard_at(&world, &admin, &address)?;

    let erased = admin.post(&format!("/v1/contacts/{contact}/erase"), &json!({}))?;
    assert_eq!(erased.expect(&[200], "erasing")?.json()["calls_open"], 0);
    for sound in [talk, message] {
        assert_eq!(admin.raw_url("GET", &sound)?.status, 404, "by the address from before");
    }
    assert_eq!(admin.get(&address)?.status, 404);
    let list = admin.read("/v1/voicemails")?;
    assert!(!list["items"].as_array().unwrap().iter().any(|it| it["call"] == left["call"]), "{list}");
    Ok(())
}
