//! Calls that dial others, calls that come in, and people who speak unasked.

#![allow(clippy::unwrap_used, missing_docs)]

mod world;

use std::time::Duration;

use carillon_network::{CallIn, CallReport, Direction, EndedBy, Listener, Settings, Status};
use serde_json::{Value, json};
use world::{CALLED, World};

const OTHER: &str = "+4930777777";
const OWN: &str = "+15005550006";

async fn world(numbers: Value) -> World {
    let script = serde_json::from_value(json!({ "numbers": numbers })).unwrap();
    World::new(Settings { calls_per_second: 0.0, speed: 200.0, script, ..Settings::default() }).await
}

fn to(world: &World, number: &str) -> CallReport {
    world.network.calls().into_iter().rfind(|report| report.to == number).unwrap()
}

fn says(text: &str) -> Value {
    json!([{"acts": [{"say": {"text": text, "after_seconds": 1}}], "hangs_up_after_seconds": 10}])
}

#[tokio::test]
async fn a_dialled_number_hears_its_whisper_and_is_then_connected() {
    let world = world(json!({
        CALLED: [{"human": {"ring_seconds": 1, "talks": says("Hello?")}}],
        OTHER: [{"human": {"ring_seconds": 3, "talks": [{"hangs_up_after_seconds": 5,
            "acts": [{"say": {"text": "Accounting.", "after_seconds": 1}}]}]}}],
    }))
    .await;
    world.answer(
        "/answer",
        &format!(
            r#"<Response><Dial action="/after" callerId="{OWN}" record="record-from-answer-dual"><Number url="/whisper"
            statusCallback="/child" statusCallbackEvent="initiated answered completed">{OTHER}</Number></Dial></Response>"#
        ),
    );
    world.answer("/whisper", "<Response><Say>A transferred call.</Say></Response>");
    world.answer("/after", "<Response><Say>Goodbye.</Say></Response>");
    let person = world.complete_call(&[]).await;
    let other = to(&world, OTHER);
    assert_eq!(
        (other.direction, other.parent_call_sid.as_ref()),
        (Direction::OutboundDial, Some(&person.sid))
    );
    let heard = |report: &CallReport| -> Vec<String> {
        report.heard.iter().map(|heard| format!("{} {}", heard.kind, heard.content)).collect()
    };
    assert_eq!(heard(&other), ["say A transferred call.", "speech Hello?"]);
    assert_eq!(heard(&person)[0], "ringback ");
    assert!(heard(&person).contains(&"speech Accounting.".to_owned()));
    let after = &world.received("/after")[0];
    assert_eq!((after.get("DialCallStatus"), after.get("DialBridged")), ("completed", "true"));
    assert_eq!(after.get("DialCallSid"), other.sid);
    assert_eq!(person.heard.last().unwrap().content, "Goodbye.");
    let child: Vec<_> =
        world.received("/child").iter().map(|event| event.get("CallStatus").to_owned()).collect();
    assert_eq!(child, ["initiated", "in-progress", "completed"]);
    assert_eq!(world.received("/child")[0].get("ParentCallSid"), person.sid);
    assert_eq!(world.received("/child")[0].get("From"), OWN);
    assert_eq!(person.recordings.len(), 1);
    assert!(world.network.alerts().is_empty(), "{:?}", world.network.alerts());
}

#[tokio::test]
async fn a_dialled_number_that_does_not_answer_is_told_to_the_action() {
    for (behaviour, status) in
        [(json!("busy"), "busy"), (json!("failed"), "failed"), (json!("no_answer"), "no-answer")]
    {
        let world = world(json!({CALLED: [{"human": {"ring_seconds": 1}}], OTHER: [behaviour]})).await;
        world.answer(
            "/answer",
            &format!(r#"<Response><Dial action="/after" timeout="10">{OTHER}</Dial></Response>"#),
        );
        world.answer("/after", "<Response><Say>Nobody there.</Say></Response>");
        let person = world.complete_call(&[]).await;
        let after = &world.received("/after")[0];
        assert_eq!((after.get("DialCallStatus"), after.get("DialBridged")), (status, "false"));
        assert_eq!(person.heard.last().unwrap().content, "Nobody there.");
    }
}

#[tokio::test]
async fn of_several_the_first_to_answer_is_connected_and_the_others_ring_no_more() {
    let world = world(json!({
        CALLED: [{"human": {"ring_seconds": 1}}],
        OTHER: [{"human": {"ring_seconds": 20}}],
        "client:anna": [{"human": {"ring_seconds": 2, "talks": says("Anna here.")}}],
    }))
    .await;
    world.answer(
        "/answer",
        &format!(r#"<Response><Dial callerId="{OWN}"><Number>{OTHER}</Number><Client>anna</Client></Dial></Response>"#),
    );
    world.complete_call(&[]).await;
    assert_eq!(to(&world, OTHER).status, Status::Canceled);
    assert_eq!(to(&world, "client:anna").status, Status::Completed);
    assert_eq!(to(&world, "client:anna").did[1].heard_by.len(), 1);
}

#[tokio::test]
async fn a_person_calls_in_and_meets_whoever_is_there() {
    let world = world(json!({})).await;
    let voice = format!("{}/inbound", world.hooks);
    let status = format!("{}/number-status", world.hooks);
    let form = [("PhoneNumber", OWN), ("VoiceUrl", &voice), ("StatusCallback", &status)];
    let (created, number) = world.request("POST", "/IncomingPhoneNumbers.json", &form).await;
    assert_eq!((created, &number["voice_url"]), (201, &json!(voice)));
    world.answer("/inbound", "<Response><Say>You have reached Carillon.</Say></Response>");
    let call =
        CallIn { from: CALLED.into(), to: OWN.into(), human: serde_json::from_value(json!({})).unwrap() };
    let sid = world.network.call_in(&call).unwrap();
    world.settle().await;
    let report = world.network.calls().pop().unwrap();
    assert_eq!(
        (report.sid.as_str(), report.direction, report.person()),
        (sid.as_str(), Direction::Inbound, CALLED)
    );
    let asked = &world.received("/inbound")[0];
    assert_eq!(
        (asked.get("CallStatus"), asked.get("Direction"), asked.get("From")),
        ("ringing", "inbound", CALLED)
    );
    assert_eq!(report.heard[0].content, "You have reached Carillon.");
    assert_eq!(world.received("/number-status")[0].get("CallStatus"), "completed");

    let path = format!("/IncomingPhoneNumbers/{}.json", number["sid"].as_str().unwrap());
    let (_, changed) = world.request("POST", &path, &[("VoiceUrl", "")]).await;
    assert_eq!(changed["voice_url"], "");
    assert!(world.network.call_in(&call).is_err());
    let (again, error) = world.request("POST", "/IncomingPhoneNumbers.json", &form).await;
    assert_eq!((again, &error["code"]), (400, &json!(21422)));
}

#[tokio::test]
async fn a_rejected_call_is_never_picked_up() {
    let world = world(json!({})).await;
    let voice = format!("{}/inbound", world.hooks);
    world.request("POST", "/IncomingPhoneNumbers.json", &[("PhoneNumber", OWN), ("VoiceUrl", &voice)]).await;
    world.answer("/inbound", r#"<Response><Reject reason="busy"/></Response>"#);
    let call =
        CallIn { from: CALLED.into(), to: OWN.into(), human: serde_json::from_value(json!({})).unwrap() };
    world.network.call_in(&call).unwrap();
    world.settle().await;
    let report = world.network.calls().pop().unwrap();
    assert_eq!((report.status, report.answered_at), (Status::Busy, None));
}

const LISTENS: &str = r#"<Response><Gather input="dtmf speech" action="/said" timeout="4" speechTimeout="1">
    <Say>Hello, this is a message for you about something that takes a while to explain.</Say></Gather></Response>"#;

#[tokio::test]
async fn a_person_who_speaks_during_the_message_breaks_it_off() {
    let speaks = json!([{"say": {"text": "Hello? I am here!", "after_seconds": 1, "interrupts": true}}]);
    let world =
        world(json!({CALLED: [{"human": {"ring_seconds": 1, "hello_seconds": 3.5, "replies": speaks}}]}))
            .await;
    world.answer("/answer", LISTENS);
    world.answer("/said", "<Response/>");
    let report = world.complete_call(&[("MachineDetection", "DetectMessageEnd")]).await;
    assert_eq!(report.answered_by, Some("machine_end_silence"), "a long hello passes for a machine");
    assert_eq!(world.received("/said")[0].get("SpeechResult"), "Hello? I am here!");
    assert!(report.heard[0].cut_short);
}

#[tokio::test]
async fn call_screening_asks_waits_for_an_answer_and_its_owner_decides() {
    for (accepts, ended) in [(true, EndedBy::Instructions), (false, EndedBy::CalledSide)] {
        let screening = json!({"screening": {"accepts": accepts, "decides_after_seconds": 4,
            "replies": [{"press": {"keys": "1"}}]}});
        let world = world(json!({CALLED: [screening]})).await;
        // The question ends the listening; what is said then is the answer.
        world.answer("/answer", LISTENS);
        world.answer(
            "/said",
            r#"<Response><Say>This is Carillon, about your order.</Say><Pause length="10"/><Say>Thank you.</Say>
                </Response>"#,
        );
        let report = world.complete_call(&[]).await;
        assert!(world.received("/said")[0].get("SpeechResult").contains("reason for calling"));
        assert_eq!(report.heard[1].by, Listener::Screener);
        assert_eq!(report.ended_by, Some(ended));
        assert_eq!(report.heard.last().unwrap().content == "Thank you.", accepts);
        assert_eq!(report.did.iter().any(|did| did.what == "took_the_call"), accepts);
    }
}

#[tokio::test]
async fn call_screening_hangs_up_on_silence() {
    let world = world(json!({CALLED: [{"screening": {"accepts": true, "answer_within_seconds": 5}}]})).await;
    world.answer("/answer", r#"<Response><Pause length="60"/></Response>"#);
    let report = world.complete_call(&[]).await;
    assert_eq!((report.ended_by, report.duration_seconds), (Some(EndedBy::CalledSide), 10));
}

#[tokio::test]
async fn a_star_leaves_the_dial_and_the_call_goes_on() {
    let world = world(json!({
        CALLED: [{"human": {"ring_seconds": 1, "talks": [{"acts": [{"press": {"key": "*", "after_seconds": 3}}],
            "hangs_up_after_seconds": null}]}}],
        OTHER: [{"human": {"ring_seconds": 1, "talks": [{"hangs_up_after_seconds": null}]}}],
    }))
    .await;
    world.answer(
        "/answer",
        &format!(r#"<Response><Dial hangupOnStar="true">{OTHER}</Dial><Say>Back.</Say></Response>"#),
    );
    let person = world.complete_call(&[]).await;
    assert_eq!(person.heard.last().unwrap().content, "Back.");
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(to(&world, OTHER).ended_by, Some(EndedBy::Api));
}
