//! What the network refuses, and how it misbehaves when told to.

#![allow(clippy::unwrap_used, missing_docs)]

mod world;

use carillon_network::{Faults, OverLimit, Settings, Status};
use serde_json::json;
use world::{CALLED, World};

fn settings(faults: Faults) -> Settings {
    let script = serde_json::from_value(json!({"everyone_else": [{"human": {}}]})).unwrap();
    Settings { speed: 1_000.0, calls_per_second: 0.0, faults, script, ..Settings::default() }
}

const HELLO: &str = "<Response><Say>Hello.</Say></Response>";

#[tokio::test]
async fn calls_above_the_limit_are_429() {
    let world = World::new(Settings { calls_per_second: 1.0, ..settings(Faults::default()) }).await;
    assert_eq!(world.call(&[]).await.0, 201);
    let (status, error) = world.call(&[]).await;
    assert_eq!((status, &error["code"], &error["status"]), (429, &json!(20429), &json!(429)));
    assert_eq!(world.network.calls().len(), 1);
}

#[tokio::test]
async fn or_they_wait_in_a_queue() {
    let queue =
        Settings { calls_per_second: 10.0, over_limit: OverLimit::Queue, ..settings(Faults::default()) };
    let world = World::new(queue).await;
    world.answer("/answer", HELLO);
    for _ in 0..3 {
        assert_eq!(world.call(&[]).await.0, 201);
    }
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let waiting = world.network.calls().iter().filter(|call| call.status == Status::Queued).count();
    assert_eq!(waiting, 2);
    world.settle().await;
}

#[tokio::test]
async fn a_refused_number_is_an_error_of_the_api_and_no_call() {
    let script = serde_json::from_value(json!({"numbers": {CALLED: [{"refused": 21214}]}})).unwrap();
    let world = World::new(Settings { script, ..settings(Faults::default()) }).await;
    let (status, error) = world.call(&[]).await;
    assert_eq!((status, &error["code"]), (400, &json!(21214)));
    assert!(world.network.calls().is_empty());
}

#[tokio::test]
async fn lost_callbacks_are_not_sent_and_duplicated_ones_twice() {
    let world = World::new(settings(Faults { callback_lost: 1.0, ..Faults::default() })).await;
    world.answer("/answer", HELLO);
    world.complete_call(&[]).await;
    assert!(world.received("/status").is_empty());
    assert_eq!(world.network.journal().iter().filter(|entry| entry.event == "callback.lost").count(), 4);

    let world = World::new(settings(Faults { callback_duplicated: 1.0, ..Faults::default() })).await;
    world.answer("/answer", HELLO);
    world.complete_call(&[]).await;
    let told: Vec<_> = world.received("/status");
    let told: Vec<_> = told.iter().map(|progress| progress.get("SequenceNumber")).collect();
    assert_eq!(told, ["0", "0", "1", "1", "2", "2", "3", "3"]);
}

#[tokio::test]
async fn reordered_callbacks_change_places() {
    let world = World::new(settings(Faults { callback_reordered: 1.0, ..Faults::default() })).await;
    world.answer("/answer", HELLO);
    world.complete_call(&[]).await;
    let told = world.received("/status");
    let told: Vec<_> = told.iter().map(|progress| progress.get("SequenceNumber")).collect();
    assert_eq!(told, ["1", "0", "3", "2"]);
}

#[tokio::test]
async fn a_time_out_may_hide_that_a_call_was_made_and_the_list_tells() {
    let hold = Faults { api_timeout_seconds: 0.01, ..Faults::default() };
    let world = World::new(settings(Faults { api_timeout_after: 1.0, ..hold.clone() })).await;
    world.answer("/answer", HELLO);
    assert_eq!(world.call(&[]).await.0, 503);
    world.settle().await;
    let today = world.network.calls()[0].created_at.strftime("%Y-%m-%d").to_string();
    let query = format!("/Calls.json?To=%2B4930123456&StartTime%3E={today}");
    let (_, page) = world.request("GET", &query, &[]).await;
    assert_eq!(page["calls"][0]["status"], "completed");

    let world = World::new(settings(Faults { api_timeout_before: 1.0, ..hold })).await;
    assert_eq!(world.call(&[]).await.0, 503);
    assert!(world.network.calls().is_empty());
}

#[tokio::test]
async fn a_population_of_hundreds_lives_at_once_and_none_is_called_twice_at_a_time() {
    let world = World::new(Settings { speed: 200.0, calls_per_second: 0.0, ..Settings::default() }).await;
    let menu =
        r#"<Response><Gather numDigits="1" action="/keys"><Say>Press 1 or 9.</Say></Gather></Response>"#;
    world.answer("/answer", menu);
    world.answer("/keys", "<Response><Say>Thank you.</Say></Response>");
    for i in 0..300 {
        let number = format!("+49301{i:06}");
        assert_eq!(world.call(&[("To", &number), ("MachineDetection", "Enable")]).await.0, 201);
    }
    world.settle().await;
    let totals = world.network.totals();
    assert_eq!((totals.calls, totals.live), (300, 0));
    assert!(totals.by_status["completed"] > 100 && totals.by_status["busy"] > 5, "{totals:?}");
    assert!(world.network.numbers().values().all(|number| number.at_once_max == 1));
    assert!(world.network.alerts().is_empty(), "{:?}", world.network.alerts().first());
}
