//! Tenants and settings.

use serde_json::json;

use crate::rig::{ADMIN, OPERATOR, Rig, Sent};

#[tokio::test]
async fn an_operator_creates_a_tenant_and_its_admin_settles_it() {
    let rig = Rig::empty();
    rig.get(&ADMIN, "/v1/settings").await.must(404);
    let new =
        json!({"id": "acme", "name": "Acme", "default_country": "Deutschland", "timezone": "Europe/Berlin"});
    let created = rig.post(&OPERATOR, "/v1/tenants", new).await.must(201);
    assert_eq!(created.json()["default_country"], "DE");
    assert!(!created.text.contains("salt"), "{}", created.text);
    let settings = rig.get(&ADMIN, "/v1/settings").await.must(200);
    let cap = json!({"name": "three a week", "count": 3, "per": "P7D"});
    let edit = json!({"name": "Acme AG", "timezone": "Europe/Zurich", "default_country": "CH", "frequency_caps": [cap]});
    let edit = Sent::from(edit).with("if-match", settings.header("etag").unwrap());
    let edited = rig.call(&ADMIN, "PUT", "/v1/settings", edit).await.must(200);
    assert_eq!(
        (edited.header("etag"), &edited.json()["frequency_caps"][0]["per"]),
        (Some("\"2\""), &json!("P7D"))
    );
    assert_eq!(rig.get(&OPERATOR, "/v1/tenants/acme").await.must(200).json(), edited.json());
}

#[tokio::test]
async fn faulty_settings_are_refused_by_field() {
    let rig = Rig::empty();
    let bad = json!({"id": "acme", "name": " ", "default_country": "Atlantis", "timezone": "Mars"});
    let refused = rig.post(&OPERATOR, "/v1/tenants", bad).await.must(422).json();
    let fields: Vec<_> =
        refused["errors"].as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
    assert_eq!(fields, ["name", "timezone", "default_country"]);
    for id in ["", "Acme", "a#b", "0acme", "a b"] {
        let bad = json!({"id": id, "name": "Acme", "timezone": "UTC"});
        assert_eq!(
            rig.post(&OPERATOR, "/v1/tenants", bad).await.must(422).json()["errors"][0]["field"],
            "id",
            "{id:?}"
        );
    }
}

#[tokio::test]
async fn credentials_are_written_and_never_read() {
    let rig = Rig::new().await;
    let sid = format!("AC{:032}", 7);
    let account = json!({"account_sid": sid, "auth_token": "hunter2hunter2"});
    rig.call(&ADMIN, "PUT", "/v1/settings/twilio", account).await.must(204);
    let shown = rig.get(&ADMIN, "/v1/settings/twilio").await.must(200);
    assert_eq!(shown.json(), json!({"configured": true, "account_sid": sid}));
    let bad = json!({"account_sid": "hunter2", "auth_token": ""});
    let refused = rig.call(&ADMIN, "PUT", "/v1/settings/twilio", bad).await.must(422);
    assert!(!refused.text.contains("hunter2"));
    assert_eq!(refused.json()["errors"].as_array().unwrap().len(), 2);
    rig.safe.0.lock().unwrap().clear();
    let none = rig.get(&ADMIN, "/v1/settings/twilio").await.must(200);
    assert_eq!(none.json(), json!({"configured": false, "account_sid": null}));
}
