//! A request that arrives twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use carillon_domain::ids::EnrollmentRef;
use carillon_domain::outcome::EndReason;
use carillon_engine::clock::Clock;
use carillon_store::StoreError;
use carillon_store::memory::{Faults, MemoryTable, Operation};
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

/// Lets so many writes be done, and then none.
struct Dies(AtomicI64);

impl Faults for Dies {
    fn before(&self, operation: &Operation<'_>) -> Result<(), StoreError> {
        let writes =
            matches!(operation, Operation::Write(_) | Operation::Transact { .. } | Operation::BatchWrite(_));
        let left = if writes { self.0.fetch_sub(1, Ordering::Relaxed) } else { 1 };
        if left > 0 { Ok(()) } else { Err(StoreError::Busy(None)) }
    }
}

async fn mortal() -> (Rig, Arc<Dies>) {
    let dies = Arc::new(Dies(AtomicI64::new(i64::MAX)));
    (Rig::over(MemoryTable::new().with_faults(dies.clone())).furnished().await, dies)
}

#[tokio::test]
async fn a_call_that_was_asked_for_once_is_made_once_wherever_the_first_try_broke_off() {
    let (mut broke_off, mut worked) = (0, 0);
    for writes in 0..10 {
        let (rig, dies) = mortal().await;
        let tenant = Rig::tenant("acme");
        let campaign = rig.ready().await;
        rig.post(&SUPERVISOR, &format!("/v1/campaigns/{campaign}/start"), json!({})).await.must(200);
        let contact = rig.contact("020 7946 0019").await;
        let path = format!("/v1/contacts/{contact}/call");
        let ask = async |key: &str| {
            rig.call(&SUPERVISOR, "POST", &path, keyed(json!({"campaign": campaign}), key)).await
        };
        let asked = async |key: &str| ask(key).await.must(202).json()["state"].clone();
        dies.0.store(writes, Ordering::Relaxed);
        let first = ask("k1").await;
        dies.0.store(i64::MAX, Ordering::Relaxed);
        if first.status.is_success() {
            worked += 1;
        } else {
            broke_off += 1;
        }
        let orders = || rig.launches.orders.lock().unwrap().len();
        let before = orders();
        assert_eq!(asked("k1").await, "waiting", "after {writes} writes");
        assert!(orders() > before, "after {writes} writes: the planner has been told");

        // They are called, and reached.
        let id = EnrollmentRef {
            tenant: tenant.clone(),
            campaign: campaign.parse().unwrap(),
            contact: contact.parse().unwrap(),
        };
        let mut reached = rig.acme(&tenant).enrollment(&id).await.unwrap().unwrap();
        reached.value.end(EndReason::Reached, rig.clock.now());
        rig.acme(&tenant).save_enrollment(&reached).await.unwrap();
        assert_eq!(asked("k1").await, "ended", "after {writes} writes: not again");
        forget(&rig, "k1").await;
        assert_eq!(asked("k1").await, "ended", "after {writes} writes: nor if nobody heard the answer");
        assert_eq!(asked("k2").await, "waiting", "a new wish");
    }
    assert!(broke_off > 2 && worked > 0, "{broke_off} broke off, {worked} did not");
}

#[tokio::test]
async fn a_merge_that_broke_off_anywhere_is_finished_by_its_repetition() {
    let (mut broke_off, mut worked) = (0, 0);
    for writes in 0..16 {
        let (rig, dies) = mortal().await;
        let [stays, goes] = [rig.contact("020 7946 0001").await, rig.contact("020 7946 0002").await];
        let new = json!({"email": "ada@example.com"});
        let edit = Sent::from(new).with("if-match", "*");
        rig.call(&SUPERVISOR, "PATCH", &format!("/v1/contacts/{goes}"), edit).await.must(200);
        let note = json!({"text": "Likes tea."});
        rig.post(&SUPERVISOR, &format!("/v1/contacts/{goes}/notes"), note).await.must(201);
        let campaign = rig.draft().await;
        let enroll = format!("/v1/campaigns/{campaign}/enrollments");
        rig.post(&SUPERVISOR, &enroll, json!({"contacts": [goes]})).await.must(200);
        let path = format!("/v1/contacts/{stays}");
        let merge = || keyed(json!({"other": goes}), "m1").with("if-match", "\"1\"");
        dies.0.store(writes, Ordering::Relaxed);
        let first = rig.call(&SUPERVISOR, "POST", &format!("{path}/merge"), merge()).await;
        dies.0.store(i64::MAX, Ordering::Relaxed);
        if first.status.is_success() {
            worked += 1;
        } else {
            broke_off += 1;
        }
        let one = rig.call(&SUPERVISOR, "POST", &format!("{path}/merge"), merge()).await.must(200).json();
        let told = format!("after {writes} writes: {one}");
        assert_eq!((&one["email"], &one["merged"]), (&json!("ada@example.com"), &json!([goes])), "{told}");
        rig.get(&SUPERVISOR, &format!("/v1/contacts/{goes}")).await.must(404);
        let file = rig.get(&SUPERVISOR, &path).await.must(200).json();
        assert_eq!(file["notes"].as_array().unwrap().len(), 1, "{told}");
        assert_eq!(file["enrollments"][0]["enrollment"]["reason"], "withdrawn", "{told}");
    }
    assert!(broke_off > 3 && worked > 0, "{broke_off} broke off, {worked} did not");
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
