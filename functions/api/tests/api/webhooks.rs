//! Webhooks, as they are set up; and recordings, as they are listened to.

use carillon_domain::ids::HookId;
use carillon_domain::ports::Objects;
use carillon_engine::errands::Tell;
use carillon_store::{Delivery, DeliveryState, Stored};
use serde_json::{Value, json};

use crate::rig::{ADMIN, Rig, STRANGER, SUPERVISOR, Sent};

fn new() -> Value {
    json!({"url": "https://hooks.example.com/carillon", "events": ["call.ended"], "description": "CRM"})
}

fn orders(rig: &Rig) -> Vec<Tell> {
    rig.queue.take().iter().map(|message| serde_json::from_str(&message.body).unwrap()).collect()
}

#[tokio::test]
async fn a_webhook_is_set_up_changed_rotated_and_deleted() {
    let rig = Rig::new().await;
    let keyed = || Sent::from(new()).with("idempotency-key", "w1");
    let made = rig.call(&ADMIN, "POST", "/v1/webhooks", keyed()).await.must(201).json();
    let secret = made["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_") && secret.len() == 50);
    let again = rig.call(&ADMIN, "POST", "/v1/webhooks", keyed()).await.must(201).json();
    assert_eq!(
        (&again["webhook"]["id"], &again["secret"]),
        (&made["webhook"]["id"], &Value::Null),
        "shown once"
    );
    let path = format!("/v1/webhooks/{}", made["webhook"]["id"].as_str().unwrap());
    let shown = rig.get(&ADMIN, &path).await.must(200);
    assert!(!shown.text.contains("whsec_"), "never again");
    for (field, bad) in [
        ("url", json!("http://hooks.example.com")),
        ("url", json!("https://169.254.169.254/latest/meta-data")),
        ("url", json!("https://localhost@10.0.0.1/")),
        ("events", json!([])),
        ("events", json!(["call.ended", "salary.raised"])),
    ] {
        let mut body = new();
        body[field] = bad;
        let refused = rig.post(&ADMIN, "/v1/webhooks", body).await.must(422).json();
        assert_eq!(refused["errors"][0]["field"], field);
    }
    let mut paused = new();
    paused["enabled"] = json!(false);
    rig.call(&ADMIN, "PUT", &path, paused.clone()).await.must(428);
    let paused =
        rig.call(&ADMIN, "PUT", &path, Sent::from(paused).with("if-match", "\"1\"")).await.must(200).json();
    assert_eq!(paused["state"], "paused");
    rig.post(&ADMIN, &format!("{path}/test"), json!({})).await.must(409);
    let any = || Sent::default().with("if-match", "*");
    let rotated = rig.call(&ADMIN, "POST", &format!("{path}/rotate"), any()).await.must(200).json();
    assert_ne!(rotated["secret"], json!(secret));
    let tenant = Rig::tenant("acme");
    let id: HookId = made["webhook"]["id"].as_str().unwrap().parse().unwrap();
    let hook = rig.acme(&tenant).hook(&id).await.unwrap().unwrap().value;
    assert_eq!((hook.secrets.len(), hook.secrets[0].until, &hook.secrets[1].secret), (2, None, &secret));
    let log = rig.get(&ADMIN, "/v1/audit?kind=webhook").await.must(200);
    assert_eq!(log.json()["items"].as_array().unwrap().len(), 3);
    assert!(!log.text.contains("whsec_"), "no secret in the log");
    rig.get(&STRANGER, &path).await.must(404);
    rig.get(&SUPERVISOR, "/v1/webhooks").await.must(403);
    rig.call(&ADMIN, "DELETE", &path, any()).await.must(204);
    assert_eq!(rig.get(&ADMIN, "/v1/webhooks").await.must(200).json()["items"], json!([]));
}

#[tokio::test]
async fn a_delivery_is_seen_and_sent_again() {
    let rig = Rig::new().await;
    let made = rig.post(&ADMIN, "/v1/webhooks", new()).await.must(201).json();
    let id = made["webhook"]["id"].as_str().unwrap();
    let path = format!("/v1/webhooks/{id}");
    rig.post(&ADMIN, &format!("{path}/test"), json!({})).await.must(200);
    let ping = orders(&rig).remove(0);
    assert_eq!((ping.kind.as_str(), ping.again), ("ping", false));
    let delivery = Delivery {
        message: ping.message.clone(),
        hook: ping.hook.clone(),
        kind: ping.kind.clone(),
        payload: ping.payload.clone(),
        at: ping.at,
        state: DeliveryState::Delivered,
        tries: Vec::new(),
        next_at: None,
    };
    let tenant = Rig::tenant("acme");
    rig.acme(&tenant).save_delivery(&Stored::new(delivery)).await.unwrap();
    let list = rig.get(&ADMIN, &format!("{path}/deliveries")).await.must(200).json();
    assert_eq!(
        (&list["items"][0]["payload"]["type"], &list["items"][0]["state"]),
        (&json!("ping"), &json!("delivered"))
    );
    let replay = format!("{path}/deliveries/{}/replay", list["items"][0]["id"].as_str().unwrap());
    rig.post(&STRANGER, &replay, json!({})).await.must(404);
    rig.post(&ADMIN, &format!("{path}/deliveries/1_msg/replay"), json!({})).await.must(404);
    rig.post(&ADMIN, &replay, json!({})).await.must(200);
    let again = orders(&rig).remove(0);
    assert_eq!((again.message, again.again), (ping.message, true));
}

#[tokio::test]
async fn a_token_is_exchanged_for_a_ticket() {
    let rig = Rig::new().await;
    let got = rig.post(&crate::rig::AGENT, "/v1/live/tickets", json!({})).await.must(200).json();
    let (url, ticket) = got["url"].as_str().unwrap().split_once("?ticket=").unwrap();
    assert_eq!((url, &got["expires_at"]), ("wss://live.example/live", &json!("2027-03-01T10:01:00Z")));
    let (tenant, digest) = carillon_engine::tickets::parse(ticket).unwrap();
    let table = rig.acme(&tenant);
    let now = "2027-03-01T10:00:30Z".parse().unwrap();
    assert_eq!(table.take_ticket(&digest, now).await.unwrap().unwrap().role, "agent");
    assert_eq!(table.take_ticket(&digest, now).await.unwrap(), None);
    rig.post(&crate::rig::OPERATOR, "/v1/live/tickets", json!({})).await.must(403);
}

#[tokio::test]
async fn a_recording_is_heard_once_it_is_here() {
    let rig = Rig::new().await;
    let (campaign, contact) = (rig.draft().await, rig.contact("020 7946 0018").await);
    let at = "2027-03-01T09:10:00Z".parse().unwrap();
    let id =
        crate::calls::ended(&rig, &campaign, &contact, 1, carillon_domain::outcome::Outcome::Completed, at)
            .await;
    let path = format!("/v1/calls/{id}/recording");
    rig.get(&SUPERVISOR, &path).await.must(404);
    let tenant = Rig::tenant("acme");
    let table = rig.acme(&tenant);
    let mut attempt = table.attempt(&id.parse().unwrap()).await.unwrap().unwrap();
    let recording = carillon_domain::attempt::Recording {
        id: "RE1".into(),
        url: "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1".into(),
        seconds: 20,
    };
    attempt.value.recording = Some(recording);
    table.save_attempt(&attempt).await.unwrap();
    assert_eq!(rig.get(&SUPERVISOR, &path).await.must(409).problem(), "not-now");
    let key = carillon_engine::errands::recording_key(&id.parse().unwrap());
    rig.objects.put(&key, vec![0; 4], "audio/mpeg").await.unwrap();
    let heard = rig.get(&SUPERVISOR, &path).await.must(200).json();
    assert_eq!((&heard["seconds"], &heard["expires_at"]), (&json!(20), &json!("2027-03-01T11:00:00Z")));
    rig.get(&STRANGER, &path).await.must(404);
    rig.get(&crate::rig::AGENT, &path).await.must(403);
    rig.post(&ADMIN, &format!("/v1/contacts/{contact}/erase"), json!({})).await.must(200);
    assert!(rig.objects.head(&key).await.unwrap().is_none(), "a voice goes with the person");
    rig.get(&SUPERVISOR, &path).await.must(404);
}
