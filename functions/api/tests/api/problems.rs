//! What a caller is told when something is wrong: golden bodies.

use serde_json::json;

use crate::rig::{AGENT, Rig, SUPERVISOR, Sent, plan};

#[tokio::test]
async fn problems_name_field_and_reason_and_never_a_value() {
    let rig = Rig::new().await;
    let json_type = |body: &str| {
        Sent { body: Some(body.to_owned()), ..Sent::default() }.with("content-type", "application/json")
    };
    let mut unknown = plan();
    unknown["script"]["colour"] = "red".into();
    let mut template = plan();
    template["script"]["greeting"] = "Hello {{secret}}".into();
    let mut missing = plan();
    missing["script"].as_object_mut().unwrap().remove("language");
    let mut kind = plan();
    kind["caller_ids"] = json!("+442079460123");
    let mut number = plan();
    number["caller_ids"] = json!(["+442079460123", "020 7946"]);
    let post = "POST /v1/campaigns";
    let cases: Vec<(&str, &str, Sent)> = vec![
        ("unknown_field", post, unknown.into()),
        ("bad_template", post, template.into()),
        ("missing_field", post, missing.into()),
        ("wrong_type", post, kind.into()),
        ("bad_number", post, number.into()),
        ("cut_off", post, json_type("{\n  \"name\": \"Spr")),
        ("not_an_object", post, json_type("[\"+442079460123\"]")),
        ("trailing", post, json_type(&format!("{} {{}}", plan()))),
        ("empty_body", post, json_type("")),
        (
            "not_json",
            post,
            Sent { body: Some("name=Spring".into()), ..Sent::default() }
                .with("content-type", "application/x-www-form-urlencoded"),
        ),
        ("too_large", post, json_type(&format!("\"{}\"", "x".repeat(256 * 1024)))),
        ("bad_key", post, Sent::from(plan()).with("idempotency-key", "a b")),
        ("unknown_path", "GET /v1/kampagnen", ().into()),
        ("bad_id", "GET /v1/campaigns/con_1", ().into()),
        ("wrong_method", "DELETE /v1/campaigns", ().into()),
        ("bad_query", "GET /v1/campaigns/cmp_1/enrollments?state=asleep", ().into()),
    ];
    let mut goldens = serde_json::Map::new();
    for (name, request, sent) in cases {
        let (method, path) = request.split_once(' ').unwrap();
        let reply = rig.call(&SUPERVISOR, method, path, sent).await;
        reply.problem();
        assert!(!reply.text.contains("7946"), "{name}: {}", reply.text);
        assert_eq!(reply.json()["status"], reply.status.as_u16());
        goldens.insert(name.to_owned(), reply.json());
    }
    goldens.insert("forbidden".into(), rig.get(&AGENT, "/v1/campaigns").await.json());
    goldens.insert(
        "unauthenticated".into(),
        rig.send(None, "GET", "/v1/campaigns", Sent::default()).await.json(),
    );
    insta::assert_json_snapshot!("problems", goldens);
}

#[tokio::test]
async fn every_answer_carries_its_headers() {
    let rig = Rig::new().await;
    for (method, path) in
        [("GET", "/v1/health"), ("GET", "/v1/campaigns"), ("GET", "/v1/nothing"), ("PUT", "/v1/campaigns")]
    {
        let reply = rig.call(&SUPERVISOR, method, path, ()).await;
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(reply.header("x-request-id"), Some("request-1"), "{path}");
        assert!(
            reply.header("strict-transport-security").is_some()
                && reply.header("content-security-policy").is_some()
        );
    }
    let refused = rig.send(None, "GET", "/v1/me", Sent::default()).await;
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
}
