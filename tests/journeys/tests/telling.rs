//! What others are told: tenants' webhooks, open pages, and recordings that come home.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use anyhow::Result;
use journeys::api::Api;
use journeys::page::Page;
use journeys::receiver::Receiver;
use journeys::world::World;
use journeys::{campaign, people, wait};
use serde_json::{Value, json};

/// What is read of a tenant's hooks is believed for so long.
const HOOKS_BELIEVED: Duration = Duration::from_secs(11);

/// Sets a webhook up; its path and its secret.
fn hook(api: &Api, receiver: &Receiver, events: &[&str]) -> Result<(String, String)> {
    let hook = json!({"url": receiver.url, "events": events, "description": "A journey"});
    let made = api.post("/v1/webhooks", &hook)?.expect(&[201], "setting a webhook up")?.json();
    let id = made["webhook"]["id"].as_str().unwrap();
    Ok((format!("/v1/webhooks/{id}"), made["secret"].as_str().unwrap().to_owned()))
}

fn delete(api: &Api, path: &str) -> Result<()> {
    api.raw("DELETE", path, &[("if-match", "*")], None)?.expect(&[204], "deleting a webhook").map(|_| ())
}

/// The delivery of a message, once it stands so.
fn delivery(api: &Api, hook: &str, message: &str, state: &str) -> Result<Value> {
    wait::until("the delivery in the log", 20, || {
        let log = api.read(&format!("{hook}/deliveries"))?;
        let found = log["items"].as_array().unwrap().iter().find(|entry| entry["message"] == json!(message));
        Ok(found.filter(|entry| entry["state"] == json!(state)).cloned())
    })
}

#[test]
fn a_webhook_comes_signed_again_after_a_failure_and_once_more_when_asked_for() -> Result<()> {
    let (world, api) = World::for_tests()?;
    let receiver = Receiver::answering(&[500])?;
    let (path, secret) = hook(&api, &receiver, &["call.ended", "campaign.changed"])?;
    let set_up = Instant::now();

    // Nobody is there at first.
    let ping = api.post(&format!("{path}/test"), &json!({}))?.expect(&[200], "a test")?.json();
    let ping = ping["message"].as_str().unwrap().to_owned();
    receiver.waits_for("the first try", 20, |told| told.id() == ping)?;
    let failing = wait::until("trouble to be noted", 10, || {
        let hook = api.read(&path)?;
        Ok((!hook["failing_since"].is_null()).then_some(hook))
    })?;
    assert_eq!(failing["state"], "enabled", "one failure is no reason to give up");
    let pinged = delivery(&api, &path, &ping, "delivered")?;
    let statuses: Vec<&Value> =
        pinged["tries"].as_array().unwrap().iter().map(|tried| &tried["status"]).collect();
    assert_eq!(statuses, [500, 204]);
    // Other journeys' campaigns are this tenant's too.
    let told: Vec<_> = receiver.told().into_iter().filter(|told| told.id() == ping).collect();
    assert_eq!(told.len(), 2, "the same id");
    assert_eq!(told[1].believed(&secret)?["type"], "ping");
    assert!(told[1].believed("whsec_bm90IHRoZSBzZWNyZXQgYXQgYWxsISEh").is_err(), "with another secret");
    wait::until("its trouble to be over", 10, || {
        Ok(api.read(&path)?["failing_since"].is_null().then_some(()))
    })?;

    // A call, from its campaign's start to its end.
    std::thread::sleep(HOOKS_BELIEVED.saturating_sub(set_up.elapsed()));
    let number = people::number();
    world.network().script([(&number, vec![people::presses("1")])])?;
    let id = campaign::create(&api, &campaign::plan_at_any_hour("Told by webhook"))?;
    campaign::fill(&api, &id, &people::list(std::slice::from_ref(&number)))?;
    campaign::command(&api, &id, "start")?;
    let says =
        |told: &journeys::receiver::Told| serde_json::from_slice::<Value>(&told.body).unwrap_or_default();
    let of_this = |kind: &'static str| {
        let id = id.clone();
        move |told: &journeys::receiver::Told| {
            says(told)["type"] == kind && says(told)["data"]["campaign"] == json!(id)
        }
    };
    let ended = receiver.waits_for("the end of the call", 60, of_this("call.ended"))?;
    let body = ended.believed(&secret)?;
    assert_eq!(
        (&body["data"]["outcome"], &body["data"]["answered_by"]),
        (&json!("interested"), &json!("human"))
    );
    assert!(!ended.body.windows(number.len()).any(|part| part == number.as_bytes()), "whom, only by id");
    let contact = body["data"]["contact"].as_str().unwrap();
    assert_eq!(api.read(&format!("/v1/contacts/{contact}"))?["phone"], json!(number));
    receiver.waits_for("the campaign's end", 60, |told| {
        of_this("campaign.changed")(told) && says(told)["data"]["state"] == "completed"
    })?;

    // Once more, when asked for, with the same id.
    let entry = delivery(&api, &path, ended.id(), "delivered")?;
    assert_eq!(entry["payload"], body);
    let replay = format!("{path}/deliveries/{}/replay", entry["id"].as_str().unwrap());
    api.post(&replay, &json!({}))?.expect(&[200], "replaying")?;
    wait::until("the replay", 20, || {
        Ok((receiver.told().iter().filter(|told| told.id() == ended.id()).count() == 2).then_some(()))
    })?;

    // With another secret, the old one still signs beside it.
    let rotated = api.raw("POST", &format!("{path}/rotate"), &[("if-match", "*")], None)?;
    let fresh = rotated.expect(&[200], "rotating")?.json()["secret"].as_str().unwrap().to_owned();
    let ping = api.post(&format!("{path}/test"), &json!({}))?.expect(&[200], "a test")?.json();
    let signed_twice = receiver.waits_for("both signatures", 20, |told| ping["message"] == told.id())?;
    signed_twice.believed(&secret)?;
    signed_twice.believed(&fresh)?;

    // What is one tenant's is not there for another.
    let globex = world.sign_in("globex", "admin")?;
    assert_eq!(globex.get(&path)?.status, 404);
    assert_eq!(globex.get(&format!("{path}/deliveries"))?.status, 404);
    delete(&api, &path)
}

#[test]
fn a_receiver_that_says_it_is_gone_is_not_called_again() -> Result<()> {
    let (_, api) = World::for_tests()?;
    let receiver = Receiver::answering(&[410])?;
    let (path, _) = hook(&api, &receiver, &["suppression.added"])?;
    api.post(&format!("{path}/test"), &json!({}))?.expect(&[200], "a test")?;
    wait::until("the hook to be disabled", 20, || {
        Ok((api.read(&path)?["state"] == "disabled").then_some(()))
    })?;
    let log = api.read(&format!("{path}/deliveries"))?;
    assert_eq!(log["items"][0]["state"], "failed");
    assert_eq!(api.post(&format!("{path}/test"), &json!({}))?.status, 409);
    let pings = || receiver.told().iter().filter(|told| told.says("ping")).count();
    assert_eq!(pings(), 1);
    // Whoever has mended it switches it on again.
    let mended = json!({"url": receiver.url, "events": ["suppression.added"], "enabled": true});
    let mended = api.put(&path, &mended, Some("*"))?.expect(&[200], "switching on")?.json();
    assert_eq!((&mended["state"], &mended["failing_since"]), (&json!("enabled"), &Value::Null));
    api.post(&format!("{path}/test"), &json!({}))?.expect(&[200], "a test")?;
    wait::until("a message that is taken", 20, || Ok((pings() == 2).then_some(())))?;
    delete(&api, &path)
}

/// A campaign at work for as long as the test looks at it.
fn at_work(world: &World, api: &Api, name: &str) -> Result<String> {
    let numbers: Vec<String> = (0..20).map(|_| people::number()).collect();
    world.network().script(numbers.iter().map(|number| (number, vec![people::listens()])))?;
    let mut plan = campaign::plan_at_any_hour(name);
    plan["pace"] = json!({"calls_per_second": 1, "wave_seconds": 2});
    let id = campaign::create(api, &plan)?;
    campaign::fill(api, &id, &people::list(&numbers))?;
    campaign::command(api, &id, "start")?;
    Ok(id)
}

#[test]
fn an_open_page_hears_of_a_pause_within_two_seconds_and_another_tenants_does_not() -> Result<()> {
    let (world, api) = World::for_tests()?;
    let globex = world.sign_in("globex", "admin")?;
    let id = at_work(&world, &api, "Watched")?;
    let (mut page, mut theirs) = (Page::open(&api)?, Page::open(&globex)?);
    let changed = |state: &'static str| {
        let id = id.clone();
        move |message: &Value| {
            message["type"] == "campaign.changed"
                && message["data"]["campaign"] == json!(id)
                && message["data"]["state"] == state
        }
    };
    let counted =
        |message: &Value| message["type"] == "counters.changed" && message["data"]["campaign"] == json!(id);
    assert!(page.told(Duration::from_secs(30), counted)?.is_some(), "calls are counted");
    let begun = Instant::now();
    campaign::command(&api, &id, "pause")?;
    assert!(page.told(Duration::from_secs(2), changed("paused"))?.is_some(), "not within two seconds");
    println!("a pause was heard of after {} ms", begun.elapsed().as_millis());

    // The connection drops, and something happens meanwhile. Whoever connects first and reads then misses nothing.
    page.drop_dead();
    campaign::command(&api, &id, "resume")?;
    let mut page = Page::open(&api)?;
    assert_eq!(api.read(&format!("/v1/campaigns/{id}"))?["state"], "running");
    page.say("still here")?;
    campaign::command(&api, &id, "stop")?;
    assert!(page.told(Duration::from_secs(4), changed("stopping"))?.is_some());
    assert!(page.told(Duration::from_secs(30), changed("completed"))?.is_some());
    let heard =
        theirs.told(Duration::from_millis(500), |message| message["data"]["campaign"] == json!(id))?;
    assert_eq!(heard, None, "another tenant's page");
    Ok(())
}

#[test]
fn a_ticket_opens_one_page_and_what_is_no_ticket_none() -> Result<()> {
    let (_, api) = World::for_tests()?;
    let ticket = Page::ticket(&api)?;
    let (address, secret) = ticket.split_once("?ticket=").unwrap();
    let (tenant, secret) = secret.split_once('.').unwrap();
    assert_eq!(tenant, "acme");
    for forged in [
        address.to_owned(),
        format!("{address}?ticket="),
        format!("{address}?ticket=globex.{secret}"),
        format!("{address}?ticket=acme.{}", "0".repeat(64)),
    ] {
        assert!(Page::connect(&forged).is_err(), "{forged}");
    }
    let _page = Page::connect(&ticket)?;
    assert!(Page::connect(&ticket).is_err(), "a second time");
    assert_eq!(api.with_token(None).post("/v1/live/tickets", &json!({}))?.status, 401);
    Ok(())
}

#[test]
fn a_recording_comes_into_the_tenants_own_bucket_and_is_heard_by_nobody_else() -> Result<()> {
    let (world, api) = World::for_tests()?;
    let number = people::number();
    world.network().script([(&number, vec![people::listens()])])?;
    let mut plan = campaign::plan_at_any_hour("Recorded");
    plan["record"] = json!(true);
    let id = campaign::create(&api, &plan)?;
    campaign::fill(&api, &id, &people::list(std::slice::from_ref(&number)))?;
    campaign::command(&api, &id, "start")?;
    campaign::completed(&api, &id, 60, |_| {})?;
    let call = wait::until("the call in the list", 20, || {
        let calls = api.read(&format!("/v1/calls?campaign={id}"))?;
        Ok(calls["items"][0]["id"].as_str().map(str::to_owned))
    })?;
    let path = format!("/v1/calls/{call}/recording");
    let recording = wait::until("the recording", 30, || {
        let reply = api.get(&path)?;
        assert!(matches!(reply.status, 200 | 404 | 409), "{}", reply.text());
        Ok((reply.status == 200).then(|| reply.json()))
    })?;
    let url = recording["url"].as_str().unwrap();
    assert!(url.contains("/recordings/acme/"), "the tenant's own folder of our bucket: {url}");
    let sound = api.raw_url("GET", url)?;
    assert_eq!((sound.status, sound.content_type.as_deref()), (200, Some("audio/mpeg")));
    assert!(sound.body.len() > 1_000 && sound.body[0] == 0xff, "an MP3 begins with a frame");
    let unsigned = url.split('?').next().unwrap();
    assert_eq!(api.raw_url("GET", unsigned)?.status, 403, "without the signature");
    assert_eq!(world.sign_in("globex", "admin")?.get(&path)?.status, 404);
    assert_eq!(world.sign_in("acme", "agent")?.get(&path)?.status, 403);

    // Whoever is forgotten is not heard any more.
    let contact = campaign::enrollments(&api, &id)?[0]["contact"].as_str().unwrap().to_owned();
    api.post(&format!("/v1/contacts/{contact}/erase"), &json!({}))?.expect(&[200], "erasing")?;
    assert_eq!(api.get(&path)?.status, 404);
    assert_eq!(api.raw_url("GET", url)?.status, 404, "by the address from before");
    Ok(())
}
