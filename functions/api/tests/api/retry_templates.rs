//! Retry policies with names, and campaigns that begin with one.

use serde_json::{Value, json};

use crate::rig::{ADMIN, AGENT, Rig, STRANGER, SUPERVISOR, Sent, plan};

fn patient() -> Value {
    json!({"name": "Patient", "policy": {"attempts_max": 4, "rules": {
        "busy": {"times": 2, "after": "PT10M", "jitter_percent": 0, "other_hour": false},
        "no_answer": {"times": 2, "after": "PT3H", "jitter_percent": 20, "other_hour": true}}}})
}

#[tokio::test]
async fn a_template_is_saved_once_edited_by_whom_it_knows_and_deleted() {
    let rig = Rig::new().await;
    let create = || Sent::from(patient()).with("idempotency-key", "once");
    let made = rig.call(&ADMIN, "POST", "/v1/retry-templates", create()).await.must(201).json();
    let again = rig.call(&ADMIN, "POST", "/v1/retry-templates", create()).await.must(201).json();
    assert_eq!(made, again);
    assert_eq!(made["policy"]["rules"]["no_answer"], patient()["policy"]["rules"]["no_answer"]);
    let path = format!("/v1/retry-templates/{}", made["id"].as_str().unwrap());
    let list = rig.get(&SUPERVISOR, "/v1/retry-templates").await.must(200).json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));

    let edit = |version: &str| {
        let mut changed = patient();
        changed["policy"]["attempts_max"] = json!(9);
        Sent::from(changed).with("if-match", version)
    };
    rig.pass(1);
    rig.call(&ADMIN, "PUT", &path, edit("\"7\"")).await.must(412);
    let edited = rig.call(&ADMIN, "PUT", &path, edit("\"1\"")).await.must(200).json();
    assert_eq!((&edited["policy"]["attempts_max"], &edited["version"]), (&json!(9), &json!(2)));
    rig.call(&SUPERVISOR, "PUT", &path, edit("*")).await.must(403);
    rig.get(&AGENT, "/v1/retry-templates").await.must(403);
    rig.get(&STRANGER, &path).await.must(404);

    rig.pass(1);
    rig.call(&ADMIN, "DELETE", &path, Sent::default().with("if-match", "\"1\"")).await.must(412);
    rig.call(&ADMIN, "DELETE", &path, Sent::default().with("if-match", "\"2\"")).await.must(204);
    rig.get(&SUPERVISOR, &path).await.must(404);
    rig.stream().await;
    let log = rig.get(&ADMIN, "/v1/audit?kind=retry_template").await.must(200).json();
    let told: Vec<&Value> = log["items"].as_array().unwrap().iter().map(|entry| &entry["change"]).collect();
    assert_eq!(told, [&json!("deleted"), &json!("changed"), &json!("created")], "{log}");
}

#[tokio::test]
async fn a_policy_that_cannot_be_followed_is_refused() {
    let rig = Rig::new().await;
    for (name, policy) in [
        ("", patient()["policy"].clone()),
        ("None", json!({"attempts_max": 0})),
        (
            "Against the law",
            json!({"attempts_max": 2, "rules": {"opted_out": {"times": 1, "after": "PT1H"}}}),
        ),
        ("At once", json!({"attempts_max": 2, "rules": {"busy": {"times": 1, "after": "PT0S"}}})),
    ] {
        let new = json!({"name": name, "policy": policy});
        rig.post(&ADMIN, "/v1/retry-templates", new).await.must(422);
    }
}

#[tokio::test]
async fn a_campaign_begins_with_a_copy_that_no_later_edit_reaches() {
    let rig = Rig::new().await;
    let made = rig.post(&ADMIN, "/v1/retry-templates", patient()).await.must(201).json();
    let id = made["id"].as_str().unwrap();
    let create = format!("/v1/campaigns?retry_template={id}");
    let campaign = rig.post(&SUPERVISOR, &create, plan()).await.must(201).json();
    assert_eq!(campaign["plan"]["retry"], patient()["policy"]);
    let mut changed = patient();
    changed["policy"] = json!({"attempts_max": 1});
    let path = format!("/v1/retry-templates/{id}");
    rig.call(&ADMIN, "PUT", &path, Sent::from(changed).with("if-match", "*")).await.must(200);
    let path = format!("/v1/campaigns/{}", campaign["id"].as_str().unwrap());
    let campaign = rig.get(&SUPERVISOR, &path).await.must(200).json();
    assert_eq!(campaign["plan"]["retry"], patient()["policy"]);
    rig.post(&SUPERVISOR, "/v1/campaigns?retry_template=rtp_unknown", plan()).await.must(404);
    // One key is good for one question, and the template is part of it.
    let keyed = |path: &str| (path.to_owned(), Sent::from(plan()).with("idempotency-key", "k"));
    let (with, without) = (keyed(&create), keyed("/v1/campaigns"));
    rig.call(&SUPERVISOR, "POST", &with.0, with.1).await.must(201);
    rig.call(&SUPERVISOR, "POST", &without.0, without.1).await.must(422);
}
