//! The sample events in `events/` are what the function understands.

use serde_json::{Value, json};

use crate::rig::{Rig, SUPERVISOR};

fn sample(name: &str) -> String {
    std::fs::read_to_string(format!("{}/../../events/{name}", std::env::var("CARGO_MANIFEST_DIR").unwrap()))
        .unwrap()
}

#[tokio::test]
async fn a_signed_in_user_asks_who_he_is() {
    let rig = Rig::new().await;
    let me = rig.deliver(&sample("api-me.json")).await.must(200).json();
    assert_eq!((&me["role"], &me["tenant"]), (&json!("admin"), &json!("acme")));
}

#[tokio::test]
async fn a_campaign_is_created_from_an_event_as_it_comes() {
    let rig = Rig::new().await;
    let created = rig.deliver(&sample("api-create-campaign.json")).await.must(201);
    let list = rig.get(&SUPERVISOR, "/v1/campaigns").await.must(200).json();
    assert_eq!(list["items"], Value::Array(vec![created.json()]));
}

#[tokio::test]
async fn health_needs_no_token() {
    let rig = Rig::new().await;
    assert_eq!(rig.deliver(&sample("api-health.json")).await.must(200).json()["status"], "ok");
}
