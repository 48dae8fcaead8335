//! People on our side, as they and their supervisors see it.

use carillon_domain::agents::live::{Beginning, Handling, LiveCall, LiveEvent, RingWhen, Transfer};
use carillon_domain::agents::ports::ConferenceId;
use carillon_domain::agents::queue::Queue;
use carillon_domain::attempt::Recording;
use carillon_domain::ids::{ContactId, LiveId, QueueId};
use carillon_domain::ports::{CallId, Objects};
use carillon_engine::clock::Clock;
use carillon_engine::desk::Desk;
use serde_json::{Value, json};

use crate::board::Nudges;
use crate::rig::{ADMIN, AGENT, Rig, STRANGER, SUPERVISOR};

fn profile(queue: &str) -> Value {
    json!({
        "name": "Ada", "skills": {"german": 4}, "queues": [queue],
        "reach": {"by": "phone", "number": "+442079460001"}, "timezone": "Europe/London"
    })
}

/// A queue, and the user as an agent who serves it.
async fn floor(rig: &Rig) -> String {
    let queue = json!({"name": "Service", "skills": {"german": 3}, "wrap_up_seconds": 30});
    let queue = rig.post(&ADMIN, "/v1/queues", queue).await.must(201).json();
    let id = queue["id"].as_str().unwrap().to_owned();
    rig.post(&ADMIN, "/v1/agents", json!({"user": "agent-1", "profile": profile(&id)})).await.must(201);
    id
}

async fn state(rig: &Rig, state: Value, status: u16) -> Value {
    rig.call(&AGENT, "PUT", "/v1/agents/me/state", state).await.must(status).json()
}

/// Somebody calls, and waits.
async fn somebody_calls(rig: &Rig, queue: &str) -> LiveId {
    calls_in(rig, queue, None).await
}

async fn calls_in(rig: &Rig, queue: &str, contact: Option<ContactId>) -> LiveId {
    let tenant = Rig::tenant("acme");
    let id: LiveId = "acme.inb_1".parse().unwrap();
    let queue: QueueId = queue.parse().unwrap();
    let queue: Queue = rig.acme(&tenant).queue(&queue).await.unwrap().unwrap().value;
    let handling = Handling {
        offer_seconds: 20,
        patience_seconds: 120,
        wrap_up_seconds: queue.plan.wrap_up_seconds,
        ring: RingWhen::OnAnswer,
        transfer: Transfer::Warm,
    };
    let from = "+442079460999".parse().unwrap();
    let beginning = Beginning { id: id.clone(), contact, from, handling, ring_seconds: 0 };
    let live = LiveCall::begin(beginning, &queue, rig.clock.now());
    let (board, nudges) = (rig.board.clone(), Nudges(rig.board.clone()));
    let desk = Desk::new(rig.table.as_ref(), &tenant, &board, &nudges, rig.clock.as_ref());
    desk.arrive(live, &LiveEvent::PersonAnswered { leg: CallId("CAperson".into()) }).await.unwrap();
    id
}

async fn happens(rig: &Rig, id: &LiveId, event: LiveEvent) {
    let tenant = Rig::tenant("acme");
    let (board, nudges) = (rig.board.clone(), Nudges(rig.board.clone()));
    let desk = Desk::new(rig.table.as_ref(), &tenant, &board, &nudges, rig.clock.as_ref());
    desk.take(id, &event).await.unwrap().unwrap();
}

#[tokio::test]
async fn an_agent_takes_a_call_says_how_it_went_and_is_free_again() {
    let rig = Rig::new().await;
    let queue = floor(&rig).await;
    assert_eq!(state(&rig, json!({"state": "available"}), 200).await["state"], "available");
    let call = somebody_calls(&rig, &queue).await;
    let me = rig.get(&AGENT, "/v1/agents/me").await.must(200).json();
    assert_eq!((&me["presence"]["state"], &me["presence"]["offer"]), (&json!("ringing"), &json!(1)));
    assert_eq!(*rig.board.0.lock().unwrap(), ["ring Agent { offer: 1 } for acme.inb_1"]);

    let leg = CallId("CA1".into());
    happens(&rig, &call, LiveEvent::AgentAnswered { offer: 1, leg }).await;
    let answer = json!({"call": call.to_string(), "offer": 1});
    let taken = rig.post(&AGENT, "/v1/agents/me/offer/accept", answer).await.must(200).json();
    assert_eq!(taken["state"], "on_call");
    assert!(rig.board.0.lock().unwrap().contains(&"redirect CA1 to Join { offer: 1 }".to_owned()));
    let path = format!("/v1/live-calls/{call}");
    assert_eq!(rig.get(&AGENT, &path).await.must(200).json()["state"], "talking");
    let nobody = rig.get(&STRANGER, &path).await.must(404);
    assert_eq!(nobody.problem(), "not-found");

    happens(&rig, &call, LiveEvent::Conference(ConferenceId("CF1".into()))).await;
    rig.post(&AGENT, &format!("{path}/hold"), json!(null)).await.must(204);
    assert!(rig.board.0.lock().unwrap().iter().any(|line| line.starts_with("change CAperson in CF1")));
    let live = rig.get(&AGENT, &path).await.must(200).json();
    assert_eq!((&live["held"], &live["muted"]), (&json!(true), &json!(false)));

    happens(&rig, &call, LiveEvent::PersonGone).await;
    let me = rig.get(&AGENT, "/v1/agents/me").await.must(200).json();
    assert_eq!(me["presence"]["state"], "wrap_up");
    let said = json!({"disposition": "interested", "ready": true});
    let done = rig.call(&AGENT, "PUT", &format!("{path}/wrap-up"), said).await.must(200).json();
    assert_eq!((&done["state"], &done["disposition"]), (&json!("over"), &json!("interested")));
    let me = rig.get(&AGENT, "/v1/agents/me").await.must(200).json();
    assert_eq!(me["presence"]["state"], "available");
}

#[tokio::test]
async fn who_is_on_the_line_is_told_to_whom_the_call_is_offered_until_it_is_written_down() {
    let rig = Rig::new().await;
    let queue = floor(&rig).await;
    let new = json!({"phone": "020 7946 0018", "first_name": "Ada", "custom": {"plan": "plus"}});
    let contact = rig.post(&SUPERVISOR, "/v1/contacts", new).await.must(201).json();
    let contact = contact["id"].as_str().unwrap();
    let note = json!({"text": "Wants to be called after five."});
    rig.post(&SUPERVISOR, &format!("/v1/contacts/{contact}/notes"), note).await.must(201);
    rig.get(&AGENT, &format!("/v1/contacts/{contact}")).await.must(403);
    let call = calls_in(&rig, &queue, Some(contact.parse().unwrap())).await;
    let story = format!("/v1/live-calls/{call}/story");
    rig.get(&AGENT, &story).await.must(404);
    state(&rig, json!({"state": "available"}), 200).await;
    let told = rig.get(&AGENT, &story).await.must(200).json();
    assert_eq!((&told["name"], &told["phone"]), (&json!("Ada"), &json!("+442079460018")));
    assert_eq!((&told["custom"]["plan"], &told["calls"]), (&json!("plus"), &json!([])));
    assert_eq!(told["notes"][0]["text"], "Wants to be called after five.");
    rig.get(&STRANGER, &story).await.must(404);

    let offer = 1;
    happens(&rig, &call, LiveEvent::AgentAnswered { offer, leg: CallId("CA1".into()) }).await;
    happens(&rig, &call, LiveEvent::Accepted { offer, on_screen: false }).await;
    happens(&rig, &call, LiveEvent::PersonGone).await;
    rig.get(&AGENT, &story).await.must(200);
    state(&rig, json!({"state": "available"}), 200).await;
    assert_eq!(rig.get(&AGENT, &story).await.must(409).problem(), "not-now");
    rig.get(&SUPERVISOR, &story).await.must(200);
}

#[tokio::test]
async fn a_colleague_who_is_asked_sees_the_call_may_leave_it_and_steers_nothing_of_it() {
    let rig = Rig::new().await;
    let queue = floor(&rig).await;
    let colleague = json!({"user": "agent-2", "profile": profile(&queue)});
    let colleague = rig.post(&ADMIN, "/v1/agents", colleague).await.must(201).json()["id"].clone();
    state(&rig, json!({"state": "available"}), 200).await;
    let call = somebody_calls(&rig, &queue).await;
    let (offer, leg) = (1, CallId("CA1".into()));
    happens(&rig, &call, LiveEvent::AgentAnswered { offer, leg }).await;
    happens(&rig, &call, LiveEvent::Accepted { offer, on_screen: false }).await;
    happens(&rig, &call, LiveEvent::Conference(ConferenceId("CF1".into()))).await;
    let asked = async |method: &str, path: &str, body: Value| {
        rig.as_user("agent-2", "[agent]", method, path, body).await
    };
    asked("PUT", "/v1/agents/me/state", json!({"state": "available"})).await.must(200);
    let path = format!("/v1/live-calls/{call}");
    asked("GET", &path, json!(null)).await.must(404);
    rig.post(&AGENT, &format!("{path}/consult"), json!({"agent": colleague})).await.must(200);

    assert_eq!(asked("GET", &path, json!(null)).await.must(200).json()["consult"]["agent"], colleague);
    asked("GET", &format!("{path}/story"), json!(null)).await.must(200);
    let before = rig.board.0.lock().unwrap().len();
    for (what, body) in [
        ("hold", json!(null)),
        ("resume", json!(null)),
        ("mute", json!(null)),
        ("unmute", json!(null)),
        ("hang-up", json!(null)),
        ("transfer", json!({"queue": queue})),
        ("consult", json!({"agent": colleague})),
        ("consult/complete", json!(null)),
        ("guests", json!({"number": "+442079460958"})),
        ("guests/1/dismiss", json!(null)),
        ("hand-out", json!(null)),
    ] {
        let refused = asked("POST", &format!("{path}/{what}"), body).await.must(403);
        assert_eq!(refused.problem(), "forbidden", "{what}");
    }
    assert_eq!(rig.board.0.lock().unwrap().len(), before, "nothing has happened");
    rig.post(&SUPERVISOR, &format!("{path}/mute"), json!(null)).await.must(204);

    let left = asked("POST", &format!("{path}/consult/cancel"), json!(null)).await.must(200).json();
    assert_eq!((&left["consult"], &left["state"]), (&Value::Null, &json!("talking")));
    asked("GET", &path, json!(null)).await.must(404);
    rig.post(&AGENT, &format!("{path}/hang-up"), json!(null)).await.must(204);
}

#[tokio::test]
async fn a_message_is_heard_by_supervisors_until_the_person_is_forgotten() {
    let rig = Rig::new().await;
    let queue = floor(&rig).await;
    let contact = rig.contact("020 7946 0018").await;
    let call = calls_in(&rig, &queue, Some(contact.parse().unwrap())).await;
    let (path, talk) =
        (format!("/v1/live-calls/{call}/voicemail"), format!("/v1/live-calls/{call}/recording"));
    rig.get(&SUPERVISOR, &path).await.must(404);
    let recording =
        |id: &str| Recording { id: id.into(), url: "https://api.twilio.com/RE1".into(), seconds: 7 };
    happens(&rig, &call, LiveEvent::GiveUp { asks: true }).await;
    happens(&rig, &call, LiveEvent::MessageLeft(recording("RE1"))).await;
    happens(&rig, &call, LiveEvent::Recorded(recording("RE2"))).await;
    assert_eq!(rig.get(&SUPERVISOR, &path).await.must(409).problem(), "not-now");
    let kept = ["message", "talk"].map(|what| format!("recordings/acme/calls-in/inb_1.{what}.mp3"));
    for key in &kept {
        rig.objects.put(key, vec![0; 4], "audio/mpeg").await.unwrap();
    }
    for address in [&path, &talk] {
        assert_eq!(rig.get(&SUPERVISOR, address).await.must(200).json()["seconds"], 7);
        rig.get(&AGENT, address).await.must(403);
        rig.get(&STRANGER, address).await.must(404);
    }
    let list = rig.get(&SUPERVISOR, "/v1/voicemails").await.must(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!((&list["items"][0]["name"], &list["items"][0]["contact"]), (&json!("Ada"), &json!(contact)));

    // Not while they are on the line, for it is being recorded; asked again, it is done.
    let erase = format!("/v1/contacts/{contact}/erase");
    assert_eq!(rig.post(&ADMIN, &erase, json!({})).await.must(200).json()["calls_open"], 1);
    happens(&rig, &call, LiveEvent::PersonGone).await;
    assert_eq!(rig.post(&ADMIN, &erase, json!({})).await.must(200).json()["calls_open"], 0);
    for (address, key) in [&path, &talk].into_iter().zip(&kept) {
        rig.get(&SUPERVISOR, address).await.must(404);
        assert!(rig.objects.head(key).await.unwrap().is_none());
    }
    assert_eq!(rig.get(&SUPERVISOR, "/v1/voicemails").await.must(200).json()["items"], json!([]));
}

#[tokio::test]
async fn a_call_that_is_declined_is_no_longer_offered() {
    let rig = Rig::new().await;
    let queue = floor(&rig).await;
    state(&rig, json!({"state": "available"}), 200).await;
    let call = somebody_calls(&rig, &queue).await;
    let answer = json!({"call": call.to_string(), "offer": 1});
    let declined = rig.post(&AGENT, "/v1/agents/me/offer/decline", answer.clone()).await.must(200).json();
    assert_eq!(declined["state"], "available");
    let late = rig.post(&AGENT, "/v1/agents/me/offer/accept", answer).await.must(409);
    assert_eq!(late.problem(), "not-now");
    let board = rig.get(&SUPERVISOR, "/v1/board").await.must(200).json();
    assert_eq!((&board["queues"][0]["waiting"], &board["queues"][0]["free"]), (&json!(1), &json!(1)));
    assert_eq!(board["agents"][0]["name"], "Ada");
}

#[tokio::test]
async fn a_break_is_taken_after_the_call_and_nobody_chooses_to_have_gone_away() {
    let rig = Rig::new().await;
    let queue = floor(&rig).await;
    state(&rig, json!({"state": "break", "reason": "meal"}), 404).await;
    state(&rig, json!({"state": "available"}), 200).await;
    state(&rig, json!({"state": "break", "reason": "missed"}), 422).await;
    let call = somebody_calls(&rig, &queue).await;
    assert_eq!(state(&rig, json!({"state": "break", "reason": "meal"}), 200).await["state"], "ringing");
    happens(&rig, &call, LiveEvent::PersonGone).await;
    let me = rig.get(&AGENT, "/v1/agents/me").await.must(200).json();
    assert_eq!((&me["presence"]["state"], &me["presence"]["reason"]), (&json!("break"), &json!("meal")));
}

#[tokio::test]
async fn agents_and_queues_are_the_admins_to_change() {
    let rig = Rig::new().await;
    let queue = floor(&rig).await;
    let again = json!({"user": "agent-1", "profile": profile(&queue)});
    assert_eq!(rig.post(&ADMIN, "/v1/agents", again).await.must(409).problem(), "exists");
    let bad = json!({"name": "", "skills": {"german": 9}, "wrap_up_seconds": 9999});
    let problem = rig.post(&ADMIN, "/v1/queues", bad).await.must(422).json();
    assert_eq!(problem["errors"].as_array().unwrap().len(), 3, "{problem}");
    rig.post(&SUPERVISOR, "/v1/queues", json!({"name": "Mine"})).await.must(403);
    let agents = rig.get(&SUPERVISOR, "/v1/agents").await.must(200).json();
    assert_eq!(agents["items"].as_array().unwrap().len(), 1);
    assert!(rig.get(&STRANGER, "/v1/agents").await.must(200).json()["items"].as_array().unwrap().is_empty());
}
