//! A request that arrives twice.

use serde_json::json;

use crate::rig::{OPERATOR, Rig, SUPERVISOR, Sent, plan};

fn keyed(body: serde_json::Value, key: &str) -> Sent {
    Sent::from(body).with("idempotency-key", key)
}

#[tokio::test]
async fn the_same_request_is_carried_out_once_and_answered_twice() {
    let rig = Rig::new().await;
    let first = rig.call(&SUPERVISOR, "POST", "/v1/campaigns", keyed(plan(), "k1")).await.must(201);
    let second = rig.call(&SUPERVISOR, "POST", "/v1/campaigns", keyed(plan(), "k1")).await.must(201);
    assert_eq!(first.json(), second.json());
    assert_eq!(
        (first.header("etag"), first.header("location")),
        (second.header("etag"), second.header("location"))
    );
    assert_eq!(
        (first.header("idempotency-replayed"), second.header("idempotency-replayed")),
        (None, Some("true"))
    );
    assert_eq!(second.header("content-type"), Some("application/json"));
    let other = rig.call(&SUPERVISOR, "POST", "/v1/campaigns", keyed(plan(), "k2")).await.must(201);
    assert_ne!(other.json()["id"], first.json()["id"]);
    assert_eq!(rig.get(&SUPERVISOR, "/v1/campaigns").await.json()["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_key_is_for_one_request() {
    let rig = Rig::new().await;
    rig.call(&SUPERVISOR, "POST", "/v1/campaigns", keyed(plan(), "k1")).await.must(201);
    let mut other = plan();
    other["name"] = "Another".into();
    let refused = rig.call(&SUPERVISOR, "POST", "/v1/campaigns", keyed(other, "k1")).await.must(422);
    assert_eq!(refused.problem(), "key-reused");
    let elsewhere = rig.call(&SUPERVISOR, "POST", "/v1/contacts", keyed(plan(), "k1")).await.must(422);
    assert_eq!(elsewhere.problem(), "key-reused");
}

#[tokio::test]
async fn a_request_that_failed_may_be_mended_under_its_key() {
    let rig = Rig::new().await;
    rig.call(&SUPERVISOR, "POST", "/v1/campaigns", keyed(json!({}), "k1")).await.must(422);
    rig.call(&SUPERVISOR, "POST", "/v1/campaigns", keyed(plan(), "k1")).await.must(201);
}

#[tokio::test]
async fn a_key_belongs_to_its_tenant() {
    let rig = Rig::new().await;
    let ours = rig.call(&SUPERVISOR, "POST", "/v1/campaigns", keyed(plan(), "k1")).await.must(201);
    let theirs =
        rig.call(&crate::rig::STRANGER, "POST", "/v1/campaigns", keyed(plan(), "k1")).await.must(201);
    assert_ne!(ours.json()["id"], theirs.json()["id"]);
}

#[tokio::test]
async fn an_answer_that_was_lost_before_it_was_kept_creates_nothing_twice() {
    let rig = Rig::new().await;
    let first = rig.call(&SUPERVISOR, "POST", "/v1/campaigns", keyed(plan(), "k1")).await.must(201);
    forget(&rig, "k1").await;
    let second = rig.call(&SUPERVISOR, "POST", "/v1/campaigns", keyed(plan(), "k1")).await.must(201);
    assert_eq!(first.json(), second.json());
    assert_eq!(second.header("idempotency-replayed"), None);
}

/// As if the function had died between its write and the keeping of its answer.
async fn forget(rig: &Rig, key: &str) {
    use carillon_store::Table;
    use carillon_store::port::{Condition, Key, Write};
    let key = Key { pk: format!("T#acme#ONCE#{key}"), sk: "ONCE".into() };
    rig.table.write(Write::Delete { key, condition: Condition::Present }).await.unwrap();
}

#[tokio::test]
async fn a_command_that_arrives_twice_is_not_refused_for_having_worked() {
    let rig = Rig::new().await;
    let campaign = rig.ready().await;
    let path = format!("/v1/campaigns/{campaign}/start");
    let sent = || Sent::default().with("idempotency-key", "start");
    let first = rig.call(&SUPERVISOR, "POST", &path, sent()).await.must(200);
    let second = rig.call(&SUPERVISOR, "POST", &path, sent()).await.must(200);
    assert_eq!(first.json(), second.json());
    assert_eq!(rig.launches.orders.lock().unwrap().len(), 1);
    rig.call(&SUPERVISOR, "POST", &path, ()).await.must(409);
}

#[tokio::test]
async fn what_a_contact_says_is_not_kept_with_the_answer() {
    let rig = Rig::new().await;
    let new = || keyed(json!({"phone": "020 7946 0018", "first_name": "Ada"}), "k1");
    let first = rig.call(&SUPERVISOR, "POST", "/v1/contacts", new()).await.must(201);
    let tenant = Rig::tenant("acme");
    let kept = rig.acme(&tenant).answer("k1").await.unwrap().unwrap();
    assert!(!kept.body.contains("Ada") && !kept.body.contains("7946"), "{}", kept.body);
    let second = rig.call(&SUPERVISOR, "POST", "/v1/contacts", new()).await.must(201);
    assert_eq!(first.json(), second.json());
}

#[tokio::test]
async fn enrolling_twice_under_one_key_leaves_everybody_in_the_roster_once() {
    let rig = Rig::new().await;
    let campaign = rig.draft().await;
    let contacts = [rig.contact("020 7946 0018").await, rig.contact("020 7946 0019").await];
    let path = format!("/v1/campaigns/{campaign}/enrollments");
    let sent = || keyed(json!({"contacts": contacts}), "k1");
    let first = rig.call(&SUPERVISOR, "POST", &path, sent()).await.must(200);
    assert_eq!(first.json(), json!({"enrolled": 2, "already": 0}));
    forget(&rig, "k1").await;
    assert_eq!(rig.call(&SUPERVISOR, "POST", &path, sent()).await.must(200).json(), first.json());
    let again = rig.post(&SUPERVISOR, &path, json!({"contacts": contacts})).await.must(200);
    assert_eq!(again.json(), json!({"enrolled": 0, "already": 2}));
    assert_eq!(rig.get(&SUPERVISOR, &path).await.json()["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_operator_without_a_tenant_may_repeat_too() {
    let rig = Rig::empty();
    let tenant = || keyed(json!({"id": "acme", "name": "Acme", "timezone": "UTC"}), "k1");
    rig.call(&OPERATOR, "POST", "/v1/tenants", tenant()).await.must(201);
    rig.call(&OPERATOR, "POST", "/v1/tenants", tenant()).await.must(201);
    let plain = json!({"id": "acme", "name": "Acme", "timezone": "UTC"});
    assert_eq!(rig.post(&OPERATOR, "/v1/tenants", plain).await.must(409).problem(), "exists");
}
