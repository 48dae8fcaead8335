//! What is refused at the doors, and how: the API's and the webhooks'.
#![allow(clippy::unwrap_used)]

use anyhow::Result;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use carillon_twilio::signature;
use journeys::api::{Api, Client, Reply};
use journeys::world::World;
use journeys::{campaign, people};
use serde_json::json;

fn is_problem(reply: &Reply, status: u16) {
    assert_eq!(reply.status, status, "{}", reply.text());
    assert!(reply.content_type.as_deref().unwrap().starts_with("application/problem+json"), "{reply:?}");
    let problem = reply.json();
    assert!(problem["title"].is_string() && problem["status"] == json!(status), "{problem}");
}

#[test]
fn nobody_comes_in_without_a_token_that_is_sound() -> Result<()> {
    let (_, api) = World::for_tests()?;
    let token = api.token().unwrap().to_owned();
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let claims = BASE64_URL_SAFE_NO_PAD.decode(&parts[1])?;
    let claims = String::from_utf8(claims)?.replace("\"acme\"", "\"globex\"");
    parts[1] = BASE64_URL_SAFE_NO_PAD.encode(claims);
    let expired = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap())?)?;
    let mut expired: serde_json::Value = serde_json::from_str(&expired)?;
    expired["exp"] = json!(1_600_000_000);
    let mut old: Vec<String> = token.split('.').map(str::to_owned).collect();
    old[1] = BASE64_URL_SAFE_NO_PAD.encode(expired.to_string());
    for (what, token) in [
        ("none", None),
        ("nonsense", Some("nonsense".to_owned())),
        ("another tenant's claim", Some(parts.join("."))),
        ("an expiry that was moved", Some(old.join("."))),
    ] {
        let status = api.with_token(token).get("/v1/campaigns")?.status;
        assert!(status == 401 || status == 403, "{what}: {status}");
    }
    assert_eq!(api.with_token(None).get("/v1/health")?.status, 200, "health is everybody's");
    Ok(())
}

#[test]
fn a_role_does_what_it_may_and_no_more() -> Result<()> {
    let (world, admin) = World::for_tests()?;
    let agent = world.sign_in("acme", "agent")?;
    is_problem(&agent.post("/v1/campaigns", &campaign::plan_at_any_hour("By an agent"))?, 403);
    is_problem(&agent.get("/v1/contacts")?, 403);
    is_problem(&admin.post("/v1/tenants", &json!({"id": "evil", "name": "Evil", "timezone": "UTC"}))?, 403);
    assert_eq!(agent.read("/v1/me")?["role"], "agent");
    Ok(())
}

#[test]
fn another_tenants_things_do_not_exist() -> Result<()> {
    let (world, api) = World::for_tests()?;
    let id = campaign::create(&api, &campaign::plan_at_any_hour("Ours"))?;
    campaign::fill(&api, &id, &people::list(&[people::number()]))?;
    let contact = campaign::enrollments(&api, &id)?[0]["contact"].as_str().unwrap().to_owned();
    let globex = world.sign_in("globex", "admin")?;
    for path in [
        format!("/v1/campaigns/{id}"),
        format!("/v1/campaigns/{id}/progress"),
        format!("/v1/campaigns/{id}/enrollments"),
        format!("/v1/campaigns/{id}/enrollments/{contact}"),
        format!("/v1/contacts/{contact}"),
    ] {
        is_problem(&globex.get(&path)?, 404);
    }
    is_problem(&globex.post(&format!("/v1/campaigns/{id}/start"), &json!({}))?, 404);
    Ok(())
}

#[test]
fn bad_input_is_told_field_by_field() -> Result<()> {
    let (_, api) = World::for_tests()?;
    let raw = |body: &[u8]| {
        api.raw(
            "POST",
            "/v1/campaigns",
            &[("content-type", "application/json"), ("idempotency-key", "k1")],
            Some(body),
        )
    };
    is_problem(&raw(b"{\"name\": ")?, 400);
    let mut unknown = campaign::plan_at_any_hour("Unknown field");
    unknown["colour"] = json!("red");
    let refused = raw(unknown.to_string().as_bytes())?;
    assert!(refused.status == 400 || refused.status == 422);
    assert!(refused.text().contains("colour"), "{}", refused.text());
    is_problem(&raw(&vec![b' '; 400 << 10])?, 413);
    let text = api.raw(
        "POST",
        "/v1/campaigns",
        &[("content-type", "text/plain"), ("idempotency-key", "k2")],
        Some(b"hello"),
    )?;
    is_problem(&text, 415);
    let mut impossible = campaign::plan_at_any_hour("Impossible");
    impossible["window"] = json!({});
    let refused = api.post("/v1/campaigns", &impossible)?;
    assert!(refused.status == 400 || refused.status == 422, "{}", refused.text());
    assert!(refused.text().contains("window"), "{}", refused.text());
    Ok(())
}

#[test]
fn a_repeated_creation_creates_once() -> Result<()> {
    let (_, api) = World::for_tests()?;
    let key = format!("key-{:x}", journeys::api::unique());
    let send = |name: &str| {
        let body = campaign::plan_at_any_hour(name).to_string();
        let headers = [("content-type", "application/json"), ("idempotency-key", key.as_str())];
        api.raw("POST", "/v1/campaigns", &headers, Some(body.as_bytes()))
    };
    let (first, second) = (send("Once")?, send("Once")?);
    assert_eq!((first.status, first.json()["id"].clone()), (second.status, second.json()["id"].clone()));
    is_problem(&send("Something else")?, 422);
    Ok(())
}

#[test]
fn an_edit_must_know_what_it_edits() -> Result<()> {
    let (_, api) = World::for_tests()?;
    let id = campaign::create(&api, &campaign::plan_at_any_hour("Before"))?;
    let path = format!("/v1/campaigns/{id}");
    let etag = api.get(&path)?.etag.unwrap();
    let after = campaign::plan_at_any_hour("After");
    is_problem(&api.put(&path, &after, None)?, 428);
    assert_eq!(api.put(&path, &after, Some(&etag))?.status, 200);
    is_problem(&api.put(&path, &after, Some(&etag))?, 412);
    Ok(())
}

/// A webhook for an attempt of ours, signed with this token.
fn webhook(world: &World, attempt: &str, token: &str, account: &str) -> Result<Reply> {
    let url = format!("{}/twilio/voice/{attempt}/answer", world.webhook_url);
    let params: Vec<(String, String)> = [
        ("AccountSid", account),
        ("CallSid", "CA00000000000000000000000000000000"),
        ("CallStatus", "in-progress"),
        ("From", "+4930901820"),
        ("To", "+4915120000000"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    let presented = signature::sign(token, &url, &params);
    let body: Vec<String> =
        params.iter().map(|(name, value)| format!("{name}={}", value.replace('+', "%2B"))).collect();
    let headers =
        [("content-type", "application/x-www-form-urlencoded"), ("x-twilio-signature", presented.as_str())];
    Client::default().send("POST", &url, &headers, Some(body.join("&").as_bytes()))
}

#[test]
fn a_webhook_is_believed_only_with_its_tenants_signature() -> Result<()> {
    let (world, api) = World::for_tests()?;
    let number = people::number();
    world.network().script([(&number, vec![people::listens()])])?;
    let id = campaign::create(&api, &campaign::plan_at_any_hour("Signatures"))?;
    campaign::fill(&api, &id, &people::list(std::slice::from_ref(&number)))?;
    campaign::command(&api, &id, "start")?;
    campaign::completed(&api, &id, 60, |_| {})?;
    let attempt = world.network().calls_to(&number)?[0].attempt.clone();
    let (acme, globex) = (world.tenant("acme")?, world.tenant("globex")?);
    assert_eq!(webhook(&world, &attempt, "forged", &acme.account_sid)?.status, 403);
    assert_eq!(
        webhook(&world, &attempt, &globex.auth_token, &globex.account_sid)?.status,
        403,
        "another tenant's token"
    );
    assert_eq!(
        webhook(&world, &attempt, &acme.auth_token, &globex.account_sid)?.status,
        403,
        "another account's call"
    );
    let unknown = attempt.replace(&id, "cmp_00000000000000000000000000000000");
    assert_eq!(webhook(&world, &unknown, &acme.auth_token, &acme.account_sid)?.status, 404);
    // Signed with the right token, but of a call that is not this attempt's: told to hang up, and nothing changes.
    let before = campaign::progress(&api, &id)?;
    let foreign = webhook(&world, &attempt, &acme.auth_token, &acme.account_sid)?;
    assert_eq!(foreign.status, 200);
    assert!(foreign.text().contains("<Hangup/>"), "{}", foreign.text());
    let after = campaign::progress(&api, &id)?;
    assert_eq!((&before["outcomes"], &before["attempts"]), (&after["outcomes"], &after["attempts"]));
    Ok(())
}

#[test]
fn the_api_says_what_it_is() -> Result<()> {
    let (_, api) = World::for_tests()?;
    let document = api.with_token(None).read("/v1/openapi.json")?;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert!(document["paths"]["/v1/campaigns"]["post"].is_object());
    let _: &Api = &api;
    Ok(())
}
