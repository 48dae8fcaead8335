//! Calls from end to end: a request to the API, people, TwiML over webhooks, callbacks.

#![allow(clippy::unwrap_used, missing_docs)]

mod world;

use carillon_network::{EndedBy, Listener, Settings, Status};
use serde_json::json;
use world::{CALLED, World};

fn script(behaviour: serde_json::Value) -> serde_json::Value {
    json!({"numbers": {CALLED: [behaviour]}})
}

const HELLO: &str = "<Response><Say>Hello, this is a message.</Say></Response>";
const MENU: &str = r#"<Response><Gather numDigits="1" timeout="4" action="/keys?step=1">
    <Say>Press 1 to hear more, or 9 to hear from us never again.</Say></Gather>
    <Say>Goodbye.</Say></Response>"#;

#[tokio::test]
async fn a_human_hears_the_message_and_progress_is_reported_in_order() {
    let world = World::with_script(script(json!({"human": {"ring_seconds": 7}}))).await;
    world.answer("/answer", HELLO);
    let report = world.complete_call(&[]).await;
    assert_eq!((report.status, report.ended_by), (Status::Completed, Some(EndedBy::Instructions)));
    assert_eq!(report.heard[0].content, "Hello, this is a message.");
    assert!((report.ring_seconds.unwrap() - 7.0).abs() < 0.01);
    let progress = world.received("/status");
    let told: Vec<_> = progress.iter().map(|p| (p.get("SequenceNumber"), p.get("CallStatus"))).collect();
    assert_eq!(told, [("0", "initiated"), ("1", "ringing"), ("2", "in-progress"), ("3", "completed")]);
    assert_eq!(progress[3].get("CallDuration"), "2");
    assert_eq!(progress[3].get("CallbackSource"), "call-progress-events");
    let voice = &world.received("/answer")[0];
    assert_eq!((voice.get("CallStatus"), voice.get("Direction")), ("in-progress", "outbound-api"));
    assert_eq!((voice.get("To"), voice.get("Called"), voice.get("ToCountry")), (CALLED, CALLED, "DE"));
    assert!(world.network.alerts().is_empty());
}

#[tokio::test]
async fn a_quarter_of_an_hour_after_its_end_a_calls_events_say_what_was_asked() {
    let world = World::with_script(script(json!({"human": {}}))).await;
    world.answer("/answer", HELLO);
    let call = world.complete_call(&[("StatusCallbackEvent", "completed")]).await.sid;
    let path = format!("/Calls/{call}/Events.json");
    let at = |speed| world.network.configure(Settings { speed, ..world.network.settings() });
    at(1.0);
    let (status, page) = world.request("GET", &path, &[]).await;
    assert_eq!((status, &page["events"], &page["next_page_uri"]), (200, &json!([]), &json!(null)));
    at(1e6);
    let (_, page) = world.request("GET", &path, &[]).await;
    let asked: Vec<_> = page["events"].as_array().unwrap().iter().map(|event| &event["request"]).collect();
    let urls: Vec<_> = asked.iter().map(|request| request["url"].as_str().unwrap()).collect();
    let resource =
        format!("{}/2010-04-01/Accounts/{}/Calls/{call}.json", world.network.url(), world.account.sid);
    let [answer, status] = ["/answer", "/status"].map(|path| format!("{}{path}", world.hooks));
    assert_eq!(urls, [resource.as_str(), answer.as_str(), status.as_str()]);
    let created = &asked[0]["parameters"];
    assert_eq!((&created["to"], &created["status_callback"]), (&json!(CALLED), &json!(status)));
    assert_eq!((&created["url"], &created["account_sid"]), (&json!(answer), &json!(world.account.sid)));
    assert_eq!(asked[1]["parameters"]["call_status"], "in-progress");
    let said = &page["events"][1]["response"];
    assert_eq!((&said["response_code"], &said["response_body"]), (&json!(200), &json!(HELLO)));
    let (_, second) = world.request("GET", &format!("{path}?PageSize=2&Page=1"), &[]).await;
    assert_eq!(second["events"], json!([page["events"][2]]));
    let (status, _) = world.request("GET", &format!("/Calls/CA{}/Events.json", "0".repeat(32)), &[]).await;
    assert_eq!(status, 404);
    let (status, _) = world.request("POST", &path, &[]).await;
    assert_eq!(status, 405);
}

#[tokio::test]
async fn without_events_only_the_end_is_reported() {
    let world = World::with_script(script(json!("busy"))).await;
    let report = world.complete_call(&[("StatusCallbackEvent", "completed")]).await;
    assert_eq!(report.status, Status::Busy);
    let progress = world.received("/status");
    assert_eq!(progress.len(), 1);
    assert_eq!((progress[0].get("CallStatus"), progress[0].get("CallDuration")), ("busy", "0"));
    assert!(world.received("/answer").is_empty());
}

#[tokio::test]
async fn lines_that_do_not_answer_end_as_twilio_says() {
    for (behaviour, expected) in [
        (json!("busy"), "busy"),
        (json!("no_answer"), "no-answer"),
        (json!("failed"), "failed"),
        (json!({"human": {"ring_seconds": 31}}), "no-answer"),
    ] {
        let world = World::with_script(script(behaviour)).await;
        let report = world.complete_call(&[("Timeout", "30")]).await;
        assert_eq!(report.status.in_resources(), expected);
        let last = world.received("/status").pop().unwrap();
        assert_eq!(last.get("CallStatus"), expected);
    }
}

#[tokio::test]
async fn pressing_a_key_goes_to_the_action_and_interrupts_the_prompt_if_the_person_does() {
    for interrupts in [false, true] {
        let press = json!({"press": {"keys": "1", "after_seconds": 1, "interrupts": interrupts}});
        let world = World::with_script(script(json!({"human": {"replies": [press]}}))).await;
        world.answer("/answer", MENU);
        world.answer("/keys", "<Response><Say>Thank you.</Say><Hangup/></Response>");
        let report = world.complete_call(&[]).await;
        let keys = world.received("/keys?step=1");
        assert_eq!((keys.len(), keys[0].get("Digits")), (1, "1"));
        assert_eq!(report.heard[0].cut_short, interrupts);
        assert_eq!(report.heard.last().unwrap().content, "Thank you.");
        assert_eq!(report.did[1].content, "1");
    }
}

#[tokio::test]
async fn silence_at_a_menu_goes_on_with_the_next_verb() {
    let world = World::with_script(script(json!({"human": {}}))).await;
    world.answer("/answer", MENU);
    let report = world.complete_call(&[]).await;
    assert!(world.received("/keys").is_empty());
    assert_eq!(report.heard.last().unwrap().content, "Goodbye.");
}

#[tokio::test]
async fn keys_end_at_the_finishing_key_and_speech_is_transcribed() {
    let replies = json!([{"press": {"keys": "12#4"}}, {"say": {"text": "Donnerstag um 15 Uhr"}}]);
    let world = World::with_script(script(json!({"human": {"replies": replies}}))).await;
    world.answer("/answer", r#"<Response><Gather action="/keys"/></Response>"#);
    world.answer("/keys", r#"<Response><Gather input="speech" language="de-DE" action="/said"/></Response>"#);
    world.answer("/said", "<Response/>");
    world.complete_call(&[]).await;
    let keys = &world.received("/keys")[0];
    assert_eq!((keys.get("Digits"), keys.get("FinishedOnKey")), ("12", "#"));
    assert_eq!(world.received("/said")[0].get("SpeechResult"), "Donnerstag um 15 Uhr");
}

#[tokio::test]
async fn synchronous_detection_delays_the_instructions_and_tells_them_who_answered() {
    let world = World::with_script(script(json!({"voicemail": {"greeting_seconds": 9}}))).await;
    world.answer("/answer", HELLO);
    let report = world.complete_call(&[("MachineDetection", "DetectMessageEnd")]).await;
    let voice = &world.received("/answer")[0];
    assert_eq!(
        (voice.get("AnsweredBy"), voice.get("MachineDetectionDuration")),
        ("machine_end_beep", "9400")
    );
    assert_eq!(world.received("/status")[3].get("AnsweredBy"), "machine_end_beep");
    assert_eq!(report.answered_by, Some("machine_end_beep"));
}

#[tokio::test]
async fn a_voicemail_drop_after_a_pause_reaches_the_mailbox_and_one_before_the_beep_does_not() {
    let world = World::with_script(script(json!({"voicemail": {"greeting_seconds": 9}}))).await;
    let waits = r#"<Response><Pause length="1"/><Say>Please call back.</Say></Response>"#;
    world.answer("/answer", waits);
    let dropped = world.complete_call(&[("MachineDetection", "DetectMessageEnd")]).await;
    assert_eq!(dropped.heard[0].by, Listener::Mailbox);
    let early = world.complete_call(&[]).await;
    assert_eq!(early.heard[0].by, Listener::Greeting);
}

#[tokio::test]
async fn asynchronous_detection_reports_while_the_instructions_run() {
    let world = World::with_script(script(json!({"human": {"hello_seconds": 0.8}}))).await;
    world.answer("/answer", r#"<Response><Say>Hello.</Say><Pause length="60"/></Response>"#);
    let amd = format!("{}/amd", world.hooks);
    let more = [("MachineDetection", "Enable"), ("AsyncAmd", "true"), ("AsyncAmdStatusCallback", &amd)];
    let report = world.complete_call(&more).await;
    let verdict = &world.received("/amd")[0];
    assert_eq!((verdict.get("AnsweredBy"), verdict.get("MachineDetectionDuration")), ("human", "2000"));
    assert_eq!(world.received("/answer")[0].get("AnsweredBy"), "");
    assert_eq!(report.answered_by, Some("human"));
}

#[tokio::test]
async fn a_person_who_hangs_up_ends_the_call_there() {
    let world = World::with_script(script(json!({"human": {"hangs_up_after_seconds": 1}}))).await;
    world.answer("/answer", r#"<Response><Pause length="30"/><Say>Too late.</Say></Response>"#);
    let report = world.complete_call(&[]).await;
    assert_eq!((report.ended_by, report.duration_seconds), (Some(EndedBy::CalledSide), 1));
    assert!(report.heard.is_empty());
}

#[tokio::test]
async fn broken_instructions_are_alerts_and_an_apology() {
    for (status, content_type, body, code) in [
        (500, "text/xml", HELLO, 11200),
        (200, "application/json", "{}", 12300),
        (200, "text/xml", "<Response><Say>", 12100),
        (200, "text/xml", "<Response><Shout>a</Shout></Response>", 12200),
    ] {
        let world = World::with_script(script(json!({"human": {}}))).await;
        world.answer_with("/answer", status, content_type, body);
        let report = world.complete_call(&[]).await;
        assert_eq!(report.ended_by, Some(EndedBy::ApplicationError));
        assert_eq!(report.heard[0].kind, "application_error");
        let codes: Vec<_> = world.network.alerts().iter().map(|alert| alert.code).collect();
        assert_eq!(codes, [code]);
    }
}

#[tokio::test]
async fn more_than_64_kilobytes_are_not_read() {
    let world = World::with_script(script(json!({"human": {}}))).await;
    world.answer("/answer", &format!("<Response>{}</Response>", "<Pause/>".repeat(9_000)));
    world.complete_call(&[]).await;
    assert_eq!(world.network.alerts()[0].code, 11750);
}

#[tokio::test]
async fn a_fallback_is_asked_when_the_instructions_fail() {
    let world = World::with_script(script(json!({"human": {}}))).await;
    world.answer_with("/answer", 503, "text/plain", "");
    world.answer("/fallback", HELLO);
    let fallback = format!("{}/fallback", world.hooks);
    let report = world.complete_call(&[("FallbackUrl", &fallback)]).await;
    assert_eq!(report.ended_by, Some(EndedBy::Instructions));
    assert_eq!(world.received("/fallback")[0].get("ErrorCode"), "11200");
}

#[tokio::test]
async fn a_redirect_loop_is_broken_off() {
    let world = World::with_script(script(json!({"human": {}}))).await;
    world.answer("/answer", "<Response><Redirect>/answer</Redirect></Response>");
    let report = world.complete_call(&[]).await;
    assert_eq!(report.ended_by, Some(EndedBy::ApplicationError));
    assert_eq!(world.received("/answer").len(), 200);
}

#[tokio::test]
async fn a_recorded_call_has_a_recording_with_sound() {
    let world = World::with_script(script(json!({"human": {}}))).await;
    world.answer("/answer", r#"<Response><Pause length="5"/></Response>"#);
    let hook = format!("{}/recording", world.hooks);
    let report = world.complete_call(&[("Record", "true"), ("RecordingStatusCallback", &hook)]).await;
    let told = &world.received("/recording")[0];
    assert_eq!((told.get("RecordingStatus"), told.get("RecordingDuration")), ("completed", "5"));
    assert_eq!(told.get("RecordingSid"), report.recordings[0]);
    assert!(told.get("RecordingUrl").starts_with(&world.network.url()));
    let (status, resource) =
        world.request("GET", &format!("/Recordings/{}.json", report.recordings[0]), &[]).await;
    assert_eq!((status, &resource["duration"]), (200, &json!("5")));
    assert_eq!(world.received("/status")[3].get("RecordingSid"), report.recordings[0]);
}

#[tokio::test]
async fn a_message_is_recorded_until_the_person_falls_silent_or_hangs_up() {
    let say = json!([{"say": {"text": "Please call me back in the afternoon, I am at work."}}]);
    for (human, digits) in
        [(json!({"replies": say}), ""), (json!({"replies": say, "hangs_up_after_seconds": 5}), "hangup")]
    {
        let world = World::with_script(script(json!({"human": human}))).await;
        world.answer("/answer", r#"<Response><Record action="/recorded" timeout="3"/></Response>"#);
        world.answer("/recorded", "<Response/>");
        world.complete_call(&[]).await;
        let recorded = world.received("/recorded");
        assert_eq!((recorded.len(), recorded[0].get("Digits")), (1, digits));
        assert!(recorded[0].get("RecordingSid").starts_with("RE"));
    }
}

#[tokio::test]
async fn a_live_call_can_be_redirected_and_ended_but_not_once_it_is_over() {
    let world = World::new(Settings {
        calls_per_second: 0.0,
        speed: 100.0,
        script: serde_json::from_value(script(json!({"human": {"ring_seconds": 0.1}}))).unwrap(),
        ..Settings::default()
    })
    .await;
    world.answer("/answer", r#"<Response><Pause length="3600"/></Response>"#);
    let (_, call) = world.call(&[]).await;
    let path = format!("/Calls/{}.json", call["sid"].as_str().unwrap());
    while world.received("/answer").is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let elsewhere = "<Response><Say>Elsewhere.</Say><Pause length='3600'/></Response>";
    let (status, _) = world.request("POST", &path, &[("Twiml", elsewhere)]).await;
    assert_eq!(status, 200);
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let (status, _) = world.request("POST", &path, &[("Status", "completed")]).await;
    assert_eq!(status, 200);
    world.settle().await;
    let report = world.network.calls().remove(0);
    assert_eq!((report.ended_by, report.heard[0].content.as_str()), (Some(EndedBy::Api), "Elsewhere."));
    let (status, error) = world.request("POST", &path, &[("Twiml", elsewhere)]).await;
    assert_eq!((status, &error["code"]), (400, &json!(21220)));
}

#[tokio::test]
async fn a_ringing_call_can_be_canceled() {
    let world = World::new(Settings {
        calls_per_second: 0.0,
        speed: 100.0,
        script: serde_json::from_value(script(json!("no_answer"))).unwrap(),
        ..Settings::default()
    })
    .await;
    let (_, call) = world.call(&[("Timeout", "600")]).await;
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let path = format!("/Calls/{}.json", call["sid"].as_str().unwrap());
    world.request("POST", &path, &[("Status", "canceled")]).await;
    world.settle().await;
    let (_, resource) = world.request("GET", &path, &[]).await;
    assert_eq!(resource["status"], "canceled");
}
