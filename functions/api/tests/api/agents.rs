//! People on our side, as they and their supervisors see it.

use carillon_domain::agents::live::{Beginning, Handling, LiveCall, LiveEvent, RingWhen, Transfer};
use carillon_domain::agents::queue::Queue;
use carillon_domain::ids::{LiveId, QueueId};
use carillon_domain::ports::CallId;
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
    let beginning = Beginning { id: id.clone(), contact: None, from, handling, ring_seconds: 0 };
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

    happens(&rig, &call, LiveEvent::Conference(carillon_domain::agents::ports::ConferenceId("CF1".into())))
        .await;
    rig.post(&AGENT, &format!("{path}/hold"), json!(null)).await.must(204);
    assert!(rig.board.0.lock().unwrap().iter().any(|line| line.starts_with("change CAperson in CF1")));

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
