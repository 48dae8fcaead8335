//! Campaigns on the deployed template: what they do, when, and what stops them.
#![allow(clippy::unwrap_used)]

use anyhow::Result;
use journeys::api::Api;
use journeys::network::NetworkCall;
use journeys::world::World;
use journeys::{campaign, people, wait};
use serde_json::{Value, json};

/// A campaign with these people in it, not started.
fn prepared(api: &Api, name: &str, numbers: &[String], change: impl FnOnce(&mut Value)) -> Result<String> {
    let mut plan = campaign::plan_at_any_hour(name);
    change(&mut plan);
    let id = campaign::create(api, &plan)?;
    campaign::fill(api, &id, &people::list(numbers))?;
    Ok(id)
}

/// The one enrollment of a campaign, with its attempts.
fn only_enrollment(api: &Api, campaign: &str) -> Result<Value> {
    let enrollments = campaign::enrollments(api, campaign)?;
    assert_eq!(enrollments.len(), 1, "{enrollments:?}");
    let contact = enrollments[0]["contact"].as_str().unwrap().to_owned();
    api.read(&format!("/v1/campaigns/{campaign}/enrollments/{contact}"))
}

fn outcomes(enrollment: &Value) -> Vec<&str> {
    let attempts = enrollment["attempts"].as_array().unwrap();
    attempts.iter().map(|attempt| attempt["outcome"].as_str().unwrap_or("open")).collect()
}

/// When a call began, in seconds of real time.
fn began(call: &NetworkCall) -> f64 {
    call.details["created_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond() as f64
        / 1_000.0
}

#[test]
fn each_kind_of_person_has_their_ending() -> Result<()> {
    let (world, api) = World::for_tests()?;
    let cases = [
        (vec![people::presses("1")], "interested", "reached"),
        (vec![people::presses("9")], "opted_out", "opted_out"),
        (vec![people::listens()], "completed", "reached"),
        (vec![json!({"human": {"ring_seconds": 2, "hangs_up_after_seconds": 2}})], "hung_up", "reached"),
        (vec![people::machine()], "voicemail_left", "message_left"),
        (vec![json!("no_answer")], "no_answer", "exhausted"),
        (vec![json!("busy")], "busy", "exhausted"),
        (vec![json!("failed")], "failed", "exhausted"),
        (vec![json!({"fax": {}})], "fax", "unreachable"),
        (vec![json!({"refused": 21214})], "invalid_number", "unreachable"),
        (vec![json!("busy"), people::presses("1")], "interested", "reached"),
    ];
    let numbers: Vec<String> = cases.iter().map(|_| people::number()).collect();
    world.network().script(numbers.iter().zip(cases.iter().map(|(lines, ..)| lines.clone())))?;
    let id = prepared(&api, "Every ending", &numbers, |_| {})?;
    campaign::command(&api, &id, "start")?;
    let progress = campaign::completed(&api, &id, 120, |_| {})?;
    assert_eq!(progress["enrolled"], cases.len());
    assert_eq!(progress["calls_in_progress"], 0);
    let enrollments = campaign::enrollments(&api, &id)?;
    for (number, (_, outcome, ending)) in numbers.iter().zip(&cases) {
        let enrollment = enrollments.iter().find(|enrollment| enrollment["to"] == json!(number)).unwrap();
        assert_eq!(enrollment["state"], "ended", "{enrollment}");
        assert_eq!(enrollment["reason"], json!(ending), "{enrollment}");
        let contact = enrollment["contact"].as_str().unwrap();
        let full = api.read(&format!("/v1/campaigns/{id}/enrollments/{contact}"))?;
        assert_eq!(outcomes(&full).last(), Some(outcome), "{full}");
        for attempt in full["attempts"].as_array().unwrap() {
            assert!(
                !attempt["allowed_because"].as_array().unwrap().is_empty(),
                "an attempt without the grounds that allowed it"
            );
        }
    }
    // One call for one attempt, and as many as the API says.
    let calls: Vec<_> =
        world.network().calls()?.into_iter().filter(|call| call.attempt.contains(&id)).collect();
    let mut attempts: Vec<&str> = calls.iter().map(|call| call.attempt.as_str()).collect();
    attempts.sort_unstable();
    let count = attempts.len();
    attempts.dedup();
    assert_eq!(attempts.len(), count, "an attempt was called twice");
    let refused = 1;
    assert_eq!(progress["attempts"].as_u64().unwrap(), count as u64 + refused);
    Ok(())
}

#[test]
fn a_busy_line_is_tried_again_when_it_is_due_and_not_before() -> Result<()> {
    let (world, api) = World::for_tests()?;
    let number = people::number();
    world.network().script([(&number, vec![json!("busy"), json!("busy"), people::presses("1")])])?;
    let id = prepared(&api, "Retries", std::slice::from_ref(&number), |plan| {
        plan["retry"]["rules"]["busy"] = json!({"times": 2, "after": "PT5S"});
    })?;
    campaign::command(&api, &id, "start")?;
    campaign::completed(&api, &id, 90, |_| {})?;
    assert_eq!(outcomes(&only_enrollment(&api, &id)?), ["busy", "busy", "interested"]);
    let calls = world.network().calls_to(&number)?;
    assert_eq!(calls.len(), 3);
    for pair in calls.windows(2) {
        let gap = began(&pair[1]) - began(&pair[0]);
        assert!((5.0..30.0).contains(&gap), "tried again after {gap} s");
    }
    Ok(())
}

/// The history of an execution holds 25,000 events. In the world of the tests a campaign goes on in a new execution after
/// four waves.
#[test]
fn a_campaign_of_many_waves_goes_on_in_new_executions() -> Result<()> {
    let (world, api) = World::for_tests()?;
    let numbers: Vec<String> = (0..12).map(|_| people::number()).collect();
    world.network().script(numbers.iter().map(|number| (number, vec![people::listens()])))?;
    let id = prepared(&api, "Many waves", &numbers, |plan| {
        plan["pace"] = json!({"calls_per_second": 1, "wave_seconds": 2});
    })?;
    campaign::command(&api, &id, "start")?;
    let progress = campaign::completed(&api, &id, 120, |_| {})?;
    assert_eq!((&progress["attempts"], &progress["ended_by_reason"]["reached"]), (&json!(12), &json!(12)));
    for number in &numbers {
        assert_eq!(world.network().calls_to(number)?.len(), 1);
    }
    let machine = &world.outputs["CampaignMachineArn"];
    let executions =
        world.states("ListExecutions", &json!({"stateMachineArn": machine, "maxResults": 1000}))?;
    let of_this: Vec<(&str, &str)> = executions["executions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["name"].as_str().unwrap(), one["status"].as_str().unwrap()))
        .filter(|(name, _)| name.starts_with(id.as_str()))
        .collect();
    assert!(of_this.len() > 1, "12 calls at one a second in waves of two: {of_this:?}");
    assert!(of_this.iter().all(|(_, status)| *status == "SUCCEEDED"), "{of_this:?}");
    Ok(())
}

#[test]
fn who_presses_nine_is_not_called_again_by_any_campaign() -> Result<()> {
    let (world, api) = World::for_tests()?;
    let number = people::number();
    world.network().script([(&number, vec![people::presses("9")])])?;
    let first = prepared(&api, "First", std::slice::from_ref(&number), |_| {})?;
    // Enrolled before the opt-out, started after it.
    let second = prepared(&api, "Second", std::slice::from_ref(&number), |_| {})?;
    campaign::command(&api, &first, "start")?;
    campaign::completed(&api, &first, 60, |_| {})?;
    campaign::command(&api, &second, "start")?;
    let progress = campaign::completed(&api, &second, 60, |_| {})?;
    assert_eq!(progress["ended_by_reason"]["suppressed"], 1);
    assert_eq!(progress["attempts"], 0);
    // And an import leaves the number out.
    let third = campaign::create(&api, &campaign::plan_at_any_hour("Third"))?;
    let import = campaign::fill(&api, &third, &people::list(std::slice::from_ref(&number)))?;
    assert_eq!((&import["counts"]["suppressed"], &import["counts"]["valid"]), (&json!(1), &json!(0)));
    assert_eq!(world.network().calls_to(&number)?.len(), 1);
    Ok(())
}

#[test]
fn a_machine_hears_the_message_after_its_beep_with_the_name_in_it() -> Result<()> {
    let (world, api) = World::for_tests()?;
    let number = people::number();
    world.network().script([(&number, vec![people::machine()])])?;
    let id = prepared(&api, "Voicemail", std::slice::from_ref(&number), |_| {})?;
    campaign::command(&api, &id, "start")?;
    campaign::completed(&api, &id, 60, |_| {})?;
    let calls = world.network().calls_to(&number)?;
    let heard = calls[0].details.to_string();
    assert!(heard.contains("Hello Person0, please call the clinic back"), "{heard}");
    assert!(!heard.contains("Press 1"), "a machine was asked to press keys: {heard}");
    Ok(())
}

#[test]
fn a_paused_campaign_calls_nobody_and_a_resumed_one_goes_on() -> Result<()> {
    let (world, api) = World::for_tests()?;
    let numbers: Vec<String> = (0..40).map(|_| people::number()).collect();
    world.network().script(numbers.iter().map(|number| (number, vec![people::listens()])))?;
    let id = prepared(&api, "Pause", &numbers, |plan| plan["pace"]["calls_per_second"] = json!(2))?;
    campaign::command(&api, &id, "start")?;
    let called = || -> Result<usize> {
        Ok(world.network().calls()?.iter().filter(|call| call.attempt.contains(&id)).count())
    };
    wait::until("a few calls", 40, || Ok((called()? >= 4).then_some(())))?;
    campaign::command(&api, &id, "pause")?;
    std::thread::sleep(std::time::Duration::from_secs(2)); // what was being placed just then
    let at_pause = called()?;
    assert!(at_pause < numbers.len(), "paused too late to tell");
    std::thread::sleep(std::time::Duration::from_secs(6));
    assert_eq!(called()?, at_pause, "called while paused");
    campaign::command(&api, &id, "resume")?;
    let progress = campaign::completed(&api, &id, 120, |_| {})?;
    assert_eq!(progress["ended_by_reason"]["reached"], numbers.len());
    assert_eq!(called()?, numbers.len(), "everybody once");
    Ok(())
}

#[test]
fn a_stopped_campaign_ends_those_it_has_not_called() -> Result<()> {
    let (world, api) = World::for_tests()?;
    let numbers: Vec<String> = (0..30).map(|_| people::number()).collect();
    world.network().script(numbers.iter().map(|number| (number, vec![people::listens()])))?;
    let id = prepared(&api, "Stop", &numbers, |plan| plan["pace"]["calls_per_second"] = json!(1))?;
    campaign::command(&api, &id, "start")?;
    wait::until("a call", 40, || {
        Ok((campaign::progress(&api, &id)?["attempts"].as_u64() > Some(1)).then_some(()))
    })?;
    campaign::command(&api, &id, "stop")?;
    let progress = campaign::completed(&api, &id, 60, |_| {})?;
    let (stopped, reached) =
        (&progress["ended_by_reason"]["stopped"], &progress["ended_by_reason"]["reached"]);
    assert!(stopped.as_u64().unwrap() > 0 && reached.as_u64().unwrap() > 0, "{progress}");
    assert_eq!(stopped.as_u64().unwrap() + reached.as_u64().unwrap(), 30);
    Ok(())
}

#[test]
fn a_scheduled_campaign_waits_for_its_start() -> Result<()> {
    let (world, api) = World::for_tests()?;
    let number = people::number();
    world.network().script([(&number, vec![people::listens()])])?;
    let start = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(12);
    let id = prepared(&api, "Scheduled", std::slice::from_ref(&number), |plan| {
        plan["start_at"] = json!(start.to_string());
    })?;
    assert_eq!(campaign::command(&api, &id, "start")?["state"], "scheduled");
    campaign::completed(&api, &id, 60, |_| {})?;
    let calls = world.network().calls_to(&number)?;
    assert_eq!(calls.len(), 1);
    assert!(began(&calls[0]) >= start.as_second() as f64, "called before the start");
    Ok(())
}

#[test]
fn a_daily_limit_holds() -> Result<()> {
    let (world, api) = World::for_tests()?;
    let numbers: Vec<String> = (0..6).map(|_| people::number()).collect();
    world.network().script(numbers.iter().map(|number| (number, vec![people::listens()])))?;
    // A zone in which it is not about to become midnight.
    let hour = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).hour();
    let zone = if hour >= 22 { "Asia/Tokyo" } else { "UTC" };
    let id = prepared(&api, "Daily limit", &numbers, |plan| {
        plan["daily_limit"] = json!(4);
        plan["timezone"] = json!(zone);
    })?;
    campaign::command(&api, &id, "start")?;
    wait::until("the day's four", 60, || {
        let progress = campaign::progress(&api, &id)?;
        Ok((progress["ended"] == 4 && progress["calls_in_progress"] == 0).then_some(()))
    })?;
    std::thread::sleep(std::time::Duration::from_secs(5));
    let progress = campaign::progress(&api, &id)?;
    assert_eq!((&progress["attempts"], &progress["waiting"]), (&json!(4), &json!(2)));
    let wake: jiff::Timestamp = progress["next_wake_at"].as_str().unwrap().parse()?;
    let midnight = jiff::Timestamp::now().in_tz(zone)?.tomorrow()?.start_of_day()?.timestamp();
    assert_eq!(wake, midnight, "it sleeps until the next day begins");
    campaign::command(&api, &id, "stop")?;
    campaign::completed(&api, &id, 60, |_| {})?;
    Ok(())
}

#[test]
fn nobody_is_called_outside_the_hours_of_their_own_timezone() -> Result<()> {
    let (world, api) = World::for_tests()?;
    // The window is open now in Berlin and closed in Auckland, twelve hours away, or the other way round.
    let now = jiff::Timestamp::now();
    let berlin = now.in_tz("Europe/Berlin")?;
    let opens = format!("{:02}:00", berlin.hour());
    let closes =
        if berlin.hour() >= 21 { "24:00".to_owned() } else { format!("{:02}:00", berlin.hour() + 3) };
    let here = people::number();
    let there = "+64211234567".to_owned();
    world.network().script([(&here, vec![people::listens()]), (&there, vec![people::listens()])])?;
    let id = prepared(&api, "Hours", &[here.clone(), there.clone()], |plan| {
        for day in ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] {
            plan["window"][day] = json!([[opens, closes]]);
        }
        plan["end_at"] = json!((now + jiff::SignedDuration::from_mins(30)).to_string());
    })?;
    campaign::command(&api, &id, "start")?;
    let progress = campaign::completed(&api, &id, 90, |_| {})?;
    assert_eq!(progress["ended_by_reason"]["reached"], 1, "{progress}");
    assert_eq!(progress["ended_by_reason"]["no_window"], 1, "{progress}");
    assert_eq!(world.network().calls_to(&here)?.len(), 1);
    assert!(world.network().calls_to(&there)?.is_empty());
    Ok(())
}
