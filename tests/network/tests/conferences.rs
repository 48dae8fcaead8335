//! Conferences from end to end: who meets whom, who hears what, what is reported, what is refused.

#![allow(clippy::unwrap_used, missing_docs)]

mod world;

use std::time::Duration;

use carillon_network::{CallReport, Left, Settings};
use serde_json::{Value, json};
use world::{CALLED, World};

const AGENT: &str = "+4930777777";

/// A person and an agent; the network runs a hundred times faster than life.
async fn world(person: Value, agent: Value) -> World {
    let script = json!({"numbers": {CALLED: [{"human": person}], AGENT: [{"human": agent}]}});
    let settings = Settings {
        calls_per_second: 0.0,
        speed: 100.0,
        script: serde_json::from_value(script).unwrap(),
        ..Settings::default()
    };
    let world = World::new(settings).await;
    world.answer(
        "/answer",
        r#"<Response><Dial action="/left"><Conference startConferenceOnEnter="false" endConferenceOnExit="true"
            beep="false" participantLabel="person" waitUrl="/wait?turn=0" statusCallback="/conference"
            statusCallbackEvent="start end join leave mute hold modify speaker">acme.cmp_1.con_2.3</Conference>
            </Dial></Response>"#,
    );
    world.answer(
        "/wait",
        r#"<Response><Say>One moment, please.</Say><Pause length="3"/><Redirect>/wait?turn=1</Redirect></Response>"#,
    );
    world.answer(
        "/whisper",
        r#"<Response><Gather numDigits="1" timeout="5" action="/key"><Say>Ms Example, about her order.</Say></Gather>
            <Hangup/></Response>"#,
    );
    world.answer(
        "/key",
        r#"<Response><Dial action="/agent-left"><Conference endConferenceOnExit="true" beep="false" waitUrl=""
            participantLabel="agent">acme.cmp_1.con_2.3</Conference></Dial></Response>"#,
    );
    world.answer("/left", "<Response><Hangup/></Response>");
    world.answer("/agent-left", "<Response><Hangup/></Response>");
    world
}

async fn call_the_agent(world: &World) -> String {
    let whisper = format!("{}/whisper", world.hooks);
    let (status, call) = world
        .request("POST", "/Calls.json", &[("From", "+15005550006"), ("To", AGENT), ("Url", &whisper)])
        .await;
    assert_eq!(status, 201, "{call}");
    call["sid"].as_str().unwrap().to_owned()
}

async fn call_the_person(world: &World) -> String {
    let (status, call) = world.call(&[]).await;
    assert_eq!(status, 201, "{call}");
    call["sid"].as_str().unwrap().to_owned()
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..2_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("never: {what}");
}

fn report(world: &World, sid: &str) -> CallReport {
    world.network.calls().into_iter().find(|report| report.sid == sid).unwrap()
}

fn words(report: &CallReport) -> Vec<&str> {
    report.heard.iter().filter(|h| ["say", "speech"].contains(&h.kind)).map(|h| h.content.as_str()).collect()
}

fn accepts() -> Value {
    json!({"ring_seconds": 1, "replies": [{"press": {"keys": "1"}}], "talks": [
        {"acts": [{"say": {"text": "Good morning!", "after_seconds": 2}}], "hangs_up_after_seconds": 20}]})
}

fn person() -> Value {
    json!({"ring_seconds": 1, "talks": [{"acts": [{"say": {"text": "Who is there?", "after_seconds": 1}}],
        "hangs_up_after_seconds": null}]})
}

#[tokio::test]
async fn a_whisper_is_heard_by_the_agent_alone_and_then_both_hear_each_other() {
    let world = world(person(), accepts()).await;
    let person = call_the_person(&world).await;
    until("the person waits", || !world.received("/wait").is_empty()).await;
    let agent = call_the_agent(&world).await;
    world.settle().await;
    let (person, agent) = (report(&world, &person), report(&world, &agent));
    assert_eq!(words(&agent), ["Ms Example, about her order.", "Who is there?"]);
    assert!(words(&person).contains(&"Good morning!"));
    assert!(!words(&person).contains(&"Ms Example, about her order."));
    assert_eq!(agent.did.iter().find(|did| did.what == "said").unwrap().heard_by, [person.sid.as_str()]);
    // The agent hung up, which ended it for both; each action was asked.
    assert_eq!((world.received("/left").len(), world.received("/agent-left").len()), (1, 1));
    assert_eq!(world.received("/left")[0].get("DialCallStatus"), "answered");
    let conference = world.network.conferences().pop().unwrap();
    assert_eq!(conference.reason_ended, Some("participant-with-end-conference-on-exit-left"));
    let lefts: Vec<_> = conference.members.iter().map(|member| member.left.unwrap()).collect();
    assert_eq!(lefts, [Left::ModeratorEndedConference, Left::ParticipantHungUp]);
    let graph: Vec<_> = conference.hearing.iter().map(|hearing| hearing.edges.len()).collect();
    assert_eq!(graph, [2, 0]);
    assert!(world.network.alerts().is_empty(), "{:?}", world.network.alerts());
}

#[tokio::test]
async fn its_events_are_reported_in_order_with_all_that_twilio_says() {
    let world = world(person(), accepts()).await;
    call_the_person(&world).await;
    until("the person waits", || !world.received("/wait").is_empty()).await;
    call_the_agent(&world).await;
    world.settle().await;
    let told = world.received("/conference");
    let events: Vec<_> = told.iter().map(|event| event.get("StatusCallbackEvent")).collect();
    assert_eq!(
        events,
        [
            "participant-join",
            "participant-join",
            "conference-start",
            "participant-speech-start",
            "participant-speech-stop",
            "participant-speech-start",
            "participant-speech-stop",
            "participant-leave",
            "participant-leave",
            "conference-end"
        ]
    );
    let sequence: Vec<u32> = told.iter().map(|event| event.get("SequenceNumber").parse().unwrap()).collect();
    assert_eq!(sequence, (1..=10).collect::<Vec<_>>());
    assert_eq!(
        (told[0].get("ParticipantLabel"), told[0].get("FriendlyName")),
        ("person", "acme.cmp_1.con_2.3")
    );
    assert_eq!(
        (told[0].get("StartConferenceOnEnter"), told[0].get("EndConferenceOnExit")),
        ("false", "true")
    );
    assert_eq!(told[7].get("ReasonParticipantLeft"), "participant_hung_up");
    assert_eq!(told[8].get("ReasonParticipantLeft"), "moderator_ended_conference");
    assert_eq!(told[9].get("ParticipantLabelEndingConference"), "agent");
}

#[tokio::test]
async fn whoever_waits_asks_for_more_to_hear_until_somebody_comes() {
    let world = world(person(), accepts()).await;
    let person = call_the_person(&world).await;
    until("a second turn", || world.received("/wait?turn=1").len() >= 2).await;
    call_the_agent(&world).await;
    world.settle().await;
    let heard = report(&world, &person).heard;
    assert!(heard.iter().filter(|heard| heard.content == "One moment, please.").count() >= 3);
    assert!(heard.iter().all(|heard| heard.kind != "music"));
}

#[tokio::test]
async fn an_agent_may_decline_ignore_or_hang_up_during_the_whisper_and_the_person_still_waits() {
    for agent in [
        json!({"ring_seconds": 1, "replies": [{"press": {"keys": "2"}}]}),
        json!({"ring_seconds": 1}),
        json!({"ring_seconds": 1, "hangs_up_after_seconds": 0.5}),
    ] {
        let world = world(person(), agent).await;
        world.answer("/key", "<Response><Hangup/></Response>");
        let person = call_the_person(&world).await;
        until("the person waits", || !world.received("/wait").is_empty()).await;
        let agent = call_the_agent(&world).await;
        until("the agent's leg is over", || report(&world, &agent).status.is_final()).await;
        assert!(!report(&world, &person).status.is_final());
        assert!(report(&world, &agent).conferences.is_empty());
        world.request("POST", &format!("/Calls/{person}.json"), &[("Status", "completed")]).await;
        world.settle().await;
        let conference = world.network.conferences().pop().unwrap();
        assert_eq!(
            (conference.started_at, conference.reason_ended),
            (None, Some("participant-with-end-conference-on-exit-left"))
        );
    }
}

#[tokio::test]
async fn a_line_that_dies_is_a_call_that_ended() {
    let mut agent = accepts();
    agent["talks"] = json!([{"line_dies_after_seconds": 3}]);
    let world = world(person(), agent).await;
    let person = call_the_person(&world).await;
    until("the person waits", || !world.received("/wait").is_empty()).await;
    let agent = call_the_agent(&world).await;
    world.settle().await;
    assert_eq!(report(&world, &agent).did.last().unwrap().what, "line_died");
    assert_eq!(world.received("/left").len(), 1);
    assert!(report(&world, &person).status.is_final());
}

/// A person and an agent who talk until they are told otherwise; their calls and their conference.
async fn talking(world: &World) -> (String, String, String) {
    let person = call_the_person(world).await;
    until("the person waits", || !world.received("/wait").is_empty()).await;
    let agent = call_the_agent(world).await;
    until("they talk", || world.network.conferences().iter().any(|c| c.started_at.is_some())).await;
    let conference = world.network.conferences().pop().unwrap().sid;
    (person, agent, conference)
}

fn stays() -> Value {
    json!({"ring_seconds": 1, "replies": [{"press": {"keys": "1"}}], "talks": [{"hangs_up_after_seconds": null}]})
}

#[tokio::test]
async fn participants_are_muted_held_and_coached_and_the_graph_follows() {
    let world = world(stays(), stays()).await;
    let (person, agent, conference) = talking(&world).await;
    let at = |who: &str| format!("/Conferences/{conference}/Participants/{who}.json");
    let edges = || world.network.conferences().pop().unwrap().hearing.pop().unwrap().edges;
    let (status, muted) = world.request("POST", &at(&agent), &[("Muted", "true")]).await;
    assert_eq!((status, &muted["muted"], &muted["status"]), (200, &json!(true), &json!("connected")));
    assert_eq!(edges(), [(person.clone(), agent.clone())]);
    // By label as well.
    world.request("POST", &at("agent"), &[("Muted", "false")]).await;
    let hold = format!("{}/hold", world.hooks);
    world.answer("/hold", "<Response><Say>You are on hold.</Say></Response>");
    let (_, held) = world.request("POST", &at("person"), &[("Hold", "true"), ("HoldUrl", &hold)]).await;
    assert_eq!(held["hold"], true);
    assert!(edges().is_empty());
    until("hold audio", || words(&report(&world, &person)).contains(&"You are on hold.")).await;
    world.request("POST", &at("person"), &[("Hold", "false")]).await;
    // A supervisor whispers: called into it, coaching the agent.
    let supervisor = "+4930888888";
    let mut settings = world.network.settings();
    let behaves = json!([{"human": {"ring_seconds": 1, "talks": [{"hangs_up_after_seconds": null,
        "acts": [{"say": {"text": "Offer them the discount.", "after_seconds": 1}}]}]}}]);
    settings.script.numbers.insert(supervisor.into(), serde_json::from_value(behaves).unwrap());
    world.network.configure(settings);
    let form = [
        ("From", "+15005550006"),
        ("To", supervisor),
        ("Label", "supervisor"),
        ("Beep", "false"),
        ("CallSidToCoach", &agent),
        ("StartConferenceOnEnter", "false"),
    ];
    let participants = format!("/Conferences/{conference}/Participants.json");
    let (status, coach) = world.request("POST", &participants, &form).await;
    assert_eq!(
        (status, &coach["status"], &coach["coaching"]),
        (201, &json!("queued"), &json!(true)),
        "{coach}"
    );
    let coach = coach["call_sid"].as_str().unwrap().to_owned();
    until("the supervisor speaks", || report(&world, &coach).did.iter().any(|did| did.what == "said")).await;
    until("the agent hears", || words(&report(&world, &agent)).contains(&"Offer them the discount.")).await;
    assert!(!words(&report(&world, &person)).contains(&"Offer them the discount."));
    let (_, list) = world.request("GET", &participants, &[]).await;
    assert_eq!(list["participants"].as_array().unwrap().len(), 3);
    let (_, list) = world.request("GET", &format!("{participants}?Coaching=true"), &[]).await;
    assert_eq!(list["participants"][0]["call_sid"], coach.as_str());
    // Barging is coaching nobody; a removed participant's call is over, because nothing else was asked of it.
    world.request("POST", &at("supervisor"), &[("Coaching", "false")]).await;
    assert_eq!(edges().len(), 6);
    let (status, _) = world.request("DELETE", &at("supervisor"), &[]).await;
    assert_eq!(status, 204);
    until("the supervisor is gone", || report(&world, &coach).status.is_final()).await;
    assert_eq!(edges().len(), 2);
    let (_, ended) =
        world.request("POST", &format!("/Conferences/{conference}.json"), &[("Status", "completed")]).await;
    assert_eq!(
        (&ended["status"], &ended["reason_conference_ended"]),
        (&json!("completed"), &json!("conference-ended-via-api"))
    );
    world.settle().await;
    let (status, error) = world.request("POST", &at(&agent), &[("Muted", "true")]).await;
    assert_eq!((status, &error["code"]), (404, &json!(20404)));
    let (status, _) = world.request("POST", &participants, &form).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn an_announcement_is_heard_by_one_or_by_all() {
    let world = world(stays(), stays()).await;
    world.answer(
        "/answer",
        r#"<Response><Dial><Conference startConferenceOnEnter="false" waitUrl="/wait" statusCallback="/conference"
            statusCallbackEvent="announcement">acme.cmp_1.con_2.3</Conference></Dial></Response>"#,
    );
    let (person, agent, conference) = talking(&world).await;
    world.answer("/notice", "<Response><Say>This call is recorded.</Say></Response>");
    world.answer("/all", "<Response><Say>Five minutes left.</Say></Response>");
    let (notice, all) = (format!("{}/notice", world.hooks), format!("{}/all", world.hooks));
    let at = format!("/Conferences/{conference}/Participants/{person}.json");
    world.request("POST", &at, &[("AnnounceUrl", &notice)]).await;
    until("one hears it", || words(&report(&world, &person)).contains(&"This call is recorded.")).await;
    world.request("POST", &format!("/Conferences/{conference}.json"), &[("AnnounceUrl", &all)]).await;
    until("all hear it", || {
        [&person, &agent].iter().all(|call| words(&report(&world, call)).contains(&"Five minutes left."))
    })
    .await;
    assert!(!words(&report(&world, &agent)).contains(&"This call is recorded."));
    until("both are told", || world.received("/conference").len() == 2).await;
    assert_eq!(world.received("/conference")[0].get("AnnounceUrl"), notice);
    world.request("POST", &format!("/Conferences/{conference}.json"), &[("Status", "completed")]).await;
    world.settle().await;
}

#[tokio::test]
async fn an_agent_may_leave_without_ending_it_and_another_takes_over() {
    let world = world(stays(), stays()).await;
    let (person, agent, conference) = talking(&world).await;
    let at = |who: &str| format!("/Conferences/{conference}/Participants/{who}.json");
    world.request("POST", &at(&agent), &[("EndConferenceOnExit", "false")]).await;
    world.request("POST", &format!("/Calls/{agent}.json"), &[("Status", "completed")]).await;
    until("the agent is gone", || report(&world, &agent).status.is_final()).await;
    assert!(!report(&world, &person).status.is_final());
    let modified = world
        .received("/conference")
        .iter()
        .filter(|e| e.get("StatusCallbackEvent") == "participant-modify")
        .count();
    assert_eq!(modified, 1);
    let next = call_the_agent(&world).await;
    until("the next agent talks", || {
        !world.network.conferences()[0].hearing.last().unwrap().edges.is_empty()
    })
    .await;
    assert_eq!(world.network.conferences().len(), 1, "the same conference");
    world.request("POST", &format!("/Calls/{next}.json"), &[("Status", "completed")]).await;
    world.settle().await;
    assert!(report(&world, &person).status.is_final());
}

#[tokio::test]
async fn a_waiting_person_can_be_sent_elsewhere_and_a_whispering_agent_into_the_conference() {
    let world = world(stays(), json!({"ring_seconds": 1})).await;
    let person = call_the_person(&world).await;
    until("the person waits", || !world.received("/wait").is_empty()).await;
    let agent = call_the_agent(&world).await;
    until("the whisper", || !world.received("/whisper").is_empty()).await;
    let join = format!("{}/key", world.hooks);
    world.request("POST", &format!("/Calls/{agent}.json"), &[("Url", &join)]).await;
    until("they talk", || world.network.conferences().iter().any(|c| c.started_at.is_some())).await;
    world.answer("/sorry", "<Response><Say>Nobody is free.</Say></Response>");
    let sorry = format!("{}/sorry", world.hooks);
    world.request("POST", &format!("/Calls/{person}.json"), &[("Url", &sorry)]).await;
    world.settle().await;
    assert!(words(&report(&world, &person)).contains(&"Nobody is free."));
    let told = world.received("/conference");
    let left = told.iter().find(|event| {
        event.get("CallSid") == person && event.get("StatusCallbackEvent") == "participant-leave"
    });
    assert_eq!(left.unwrap().get("ReasonParticipantLeft"), "participant_updated_via_api");
    assert!(world.received("/left").is_empty(), "a redirected call asks no action");
}

#[tokio::test]
async fn a_recorded_conference_has_a_recording_from_its_start() {
    let world = world(person(), accepts()).await;
    world.answer(
        "/key",
        r#"<Response><Dial><Conference endConferenceOnExit="true" record="record-from-start"
            recordingStatusCallback="/recording" recordingStatusCallbackEvent="in-progress completed"
            >acme.cmp_1.con_2.3</Conference></Dial></Response>"#,
    );
    call_the_person(&world).await;
    until("the person waits", || !world.received("/wait").is_empty()).await;
    call_the_agent(&world).await;
    world.settle().await;
    let told = world.received("/recording");
    let states: Vec<_> = told.iter().map(|event| event.get("RecordingStatus")).collect();
    assert_eq!(states, ["in-progress", "completed"]);
    assert_eq!((told[1].get("RecordingSource"), told[1].get("RecordingChannels")), ("Conference", "1"));
    let conference = world.network.conferences().pop().unwrap();
    let (_, list) =
        world.request("GET", &format!("/Conferences/{}/Recordings.json", conference.sid), &[]).await;
    assert_eq!(list["recordings"][0]["sid"], conference.recordings[0].as_str());
    let seconds: u64 = list["recordings"][0]["duration"].as_str().unwrap().parse().unwrap();
    assert!((19..=24).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn what_cannot_be_heard_while_waiting_fails_the_joining_and_a_foreign_verb_is_13238() {
    for (body, code) in [("<Response><Gather/></Response>", 13238), ("<Response>", 12100)] {
        let world = world(person(), accepts()).await;
        world.answer("/wait", body);
        let person = call_the_person(&world).await;
        world.settle().await;
        assert_eq!(world.received("/left")[0].get("DialCallStatus"), "failed");
        assert!(report(&world, &person).status.is_final());
        assert_eq!(world.network.alerts()[0].code, code);
    }
}

#[tokio::test]
async fn nobody_answers_a_participants_call_and_the_conference_says_so() {
    let world = world(stays(), stays()).await;
    let (_, _, conference) = talking(&world).await;
    let mut settings = world.network.settings();
    settings.script.numbers.insert("+4930999999".into(), serde_json::from_value(json!(["busy"])).unwrap());
    world.network.configure(settings);
    let participants = format!("/Conferences/{conference}/Participants.json");
    let form = [("From", "+15005550006"), ("To", "+4930999999"), ("Label", "outside")];
    let (status, participant) = world.request("POST", &participants, &form).await;
    assert_eq!(status, 201);
    let (status, error) = world.request("POST", &participants, &form).await;
    assert_eq!((status, &error["code"]), (400, &json!(16025)), "the label is taken");
    let call = participant["call_sid"].as_str().unwrap().to_owned();
    until("it is over", || report(&world, &call).status.is_final()).await;
    tokio::time::sleep(Duration::from_millis(60)).await;
    let told = world.received("/conference");
    let left = told.iter().find(|event| event.get("CallSid") == call).unwrap();
    assert_eq!(left.get("ReasonParticipantLeft"), "participant_add_failed");
    assert_eq!(left.get("ParticipantCallStatus"), "busy");
}
