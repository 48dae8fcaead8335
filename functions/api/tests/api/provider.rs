//! The connection test: what is wrong is an answer, and no secret is in it.

use carillon_network::{Account, Config, Network};
use serde_json::{Value, json};

use crate::rig::{ADMIN, Rig, SUPERVISOR};

const TEST: &str = "/v1/settings/twilio/test";

fn codes(result: &Value) -> Vec<&str> {
    result["findings"].as_array().unwrap().iter().filter_map(|it| it["code"].as_str()).collect()
}

#[tokio::test]
async fn what_is_wrong_with_the_account_is_said_in_words_and_without_its_secret() {
    let network = Network::start(Config::default()).await.unwrap();
    let rig = Rig::calling(&network.url()).furnished().await;
    let Account { sid, token, .. } = Account::example();
    let set = async |token: &str| {
        let account = json!({"account_sid": sid, "auth_token": token});
        rig.call(&ADMIN, "PUT", "/v1/settings/twilio", account).await.must(204);
    };
    set("a-token-of-another-account").await;
    let reply = rig.post(&ADMIN, TEST, json!({})).await.must(200);
    assert!(!reply.text.contains("a-token-of-another-account"));
    let result = reply.json();
    assert_eq!((codes(&result), &result["works"]), (vec!["bad_credentials"], &json!(false)));
    assert!(result["findings"][0]["detail"].as_str().unwrap().contains("auth token"), "{result}");
    assert_eq!(result["account"], Value::Null);

    set(&token).await;
    let result = rig.post(&ADMIN, TEST, json!({})).await.must(200).json();
    assert_eq!((codes(&result), &result["works"]), (vec![], &json!(true)));
    assert_eq!(
        (&result["account"]["account_sid"], &result["account"]["status"]),
        (&json!(sid), &json!("active"))
    );

    // One number to call from, and one that people call.
    let queue = json!({"name": "Service", "numbers": ["+4930111111"]});
    rig.post(&ADMIN, "/v1/queues", queue).await.must(201);
    let result = rig.post(&ADMIN, TEST, json!({"numbers": ["+4930222222"]})).await.must(200).json();
    let found: Vec<(&Value, &Value)> =
        result["findings"].as_array().unwrap().iter().map(|it| (&it["number"], &it["severity"])).collect();
    let (queues, callers) = (json!("+4930111111"), json!("+4930222222"));
    assert_eq!(found, [(&queues, &json!("error")), (&callers, &json!("warning"))]);
    assert_eq!(codes(&result), ["number_not_owned"; 2]);
    assert_eq!(result["works"], false, "{result}");
    assert_eq!(result["webhook"], "https://voice.example/twilio/inbound/acme");
}

#[tokio::test]
async fn without_an_account_or_without_twilio_it_says_so() {
    let rig = Rig::new().await;
    let result = rig.post(&ADMIN, TEST, json!({})).await.must(200).json();
    assert_eq!(codes(&result), ["unreachable"]);
    rig.safe.0.lock().unwrap().clear();
    let result = rig.post(&ADMIN, TEST, json!({})).await.must(200).json();
    assert_eq!(codes(&result), ["not_configured"]);
    rig.post(&ADMIN, TEST, json!({"numbers": ["030 111111"]})).await.must(422);
    rig.post(&SUPERVISOR, TEST, json!({})).await.must(403);
}
