//! Users, operators who act elsewhere, API keys, and the log of what they all change.

use carillon_domain::ids::TenantId;
use carillon_engine::clock::Clock;
use carillon_store::{Connection, MemberState};
use serde_json::{Value, json};

use crate::rig::{ADMIN, AGENT, OPERATOR, Rig, STRANGER, SUPERVISOR, Sent, plan};

fn names(page: &Value, field: &str) -> Vec<String> {
    let text = |item: &Value| item[field].as_str().unwrap_or_default().to_owned();
    page["items"].as_array().unwrap().iter().map(text).collect()
}

#[tokio::test]
async fn somebody_is_invited_promoted_and_shown_the_door() {
    let rig = Rig::new().await;
    let new = json!({"email": "Grace@Example.com", "name": "Grace", "role": "agent"});
    let keyed = || Sent::from(new.clone()).with("idempotency-key", "u1");
    let invited = rig.call(&ADMIN, "POST", "/v1/users", keyed()).await.must(201);
    let user = invited.json();
    assert_eq!(
        (&user["email"], &user["state"], &user["role"]),
        (&json!("grace@example.com"), &json!("invited"), &json!("agent"))
    );
    assert_eq!(rig.call(&ADMIN, "POST", "/v1/users", keyed()).await.must(201).json(), user, "invited once");
    assert_eq!(rig.post(&ADMIN, "/v1/users", new.clone()).await.must(409).problem(), "exists");
    assert_eq!(
        rig.post(&STRANGER, "/v1/users", new).await.must(409).problem(),
        "exists",
        "whose it is, nobody learns"
    );
    for bad in
        [json!({"email": "grace", "role": "agent"}), json!({"email": "g@example.com", "role": "operator"})]
    {
        rig.post(&ADMIN, "/v1/users", bad).await.must(422);
    }
    let id = user["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/users/{id}");
    rig.post(&ADMIN, &format!("{path}/resend"), json!({})).await.must(200);
    assert_eq!(rig.directory.mails(), ["grace@example.com", "grace@example.com"]);
    rig.get(&STRANGER, &path).await.must(404);
    // The first request of the new user.
    rig.as_user(&id, "[agent]", "GET", "/v1/me", ()).await.must(200);
    rig.post(&ADMIN, &format!("{path}/resend"), json!({})).await.must(409);
    rig.call(&ADMIN, "PATCH", &path, json!({"role": "supervisor"})).await.must(428);
    let patch = |body: Value| Sent::from(body).with("if-match", "*");
    rig.call(&ADMIN, "PATCH", &path, patch(json!({"role": "supervisor"}))).await.must(200);
    assert_eq!(rig.directory.role(&id), Some("supervisor"));
    // A token of before says agent, and counts.
    rig.as_user(&id, "[agent]", "GET", "/v1/campaigns", ()).await.must(403);
    rig.as_user(&id, "[supervisor]", "GET", "/v1/campaigns", ()).await.must(200);
    rig.call(&ADMIN, "PATCH", &path, patch(json!({"role": "agent"}))).await.must(200);
    rig.as_user(&id, "[supervisor]", "GET", "/v1/campaigns", ()).await.must(403);
    let out = rig.call(&ADMIN, "PATCH", &path, patch(json!({"enabled": false}))).await.must(200).json();
    assert_eq!(out["state"], "disabled");
    assert!(!rig.directory.enabled(&id));
    rig.as_user(&id, "[supervisor]", "GET", "/v1/me", ()).await.must(403);
    rig.call(&ADMIN, "PATCH", &path, patch(json!({"enabled": true}))).await.must(200);
    rig.as_user(&id, "[agent]", "GET", "/v1/me", ()).await.must(200);
    rig.call(&ADMIN, "PATCH", "/v1/users/admin-1", patch(json!({"enabled": false}))).await.must(403);
}

#[tokio::test]
async fn open_pages_hear_no_more_than_their_user_may_and_nothing_once_that_is_nothing() {
    let rig = Rig::new().await;
    let acme: TenantId = Rig::tenant("acme");
    let table = rig.acme(&acme);
    let new = json!({"email": "grace@example.com", "role": "admin"});
    let grace = rig.post(&ADMIN, "/v1/users", new).await.must(201).json()["id"].as_str().unwrap().to_owned();
    for (id, subject, role) in
        [("c1=", grace.as_str(), "admin"), ("c2=", grace.as_str(), "agent"), ("c3=", "user-1", "supervisor")]
    {
        let (id, subject, role) = (id.into(), subject.into(), role.into());
        table.save_connection(Connection { id, subject, role, since: rig.clock.now() }).await.unwrap();
    }
    rig.as_user(&grace, "[admin]", "POST", "/v1/live/tickets", ()).await.must(200);
    let path = format!("/v1/users/{grace}");
    let patch = async |body: Value| {
        rig.call(&ADMIN, "PATCH", &path, Sent::from(body).with("if-match", "*")).await.must(200);
        table.connections().await.unwrap().into_iter().map(|page| page.role).collect::<Vec<_>>()
    };
    assert_eq!(patch(json!({"role": "supervisor"})).await, ["supervisor", "agent", "supervisor"]);
    assert_eq!(patch(json!({"role": "admin"})).await, ["supervisor", "agent", "supervisor"], "never more");
    assert_eq!(patch(json!({"role": "agent"})).await, ["agent", "agent", "supervisor"]);
    assert_eq!(patch(json!({"enabled": false})).await, ["supervisor"], "somebody else's");
    let tickets = rig.table.items().iter().filter(|item| item.contains_key("good_until")).count();
    assert_eq!(tickets, 0, "nor do they come in anew");
}

#[tokio::test]
async fn whoever_was_there_before_the_list_gets_on_it() {
    let rig = Rig::new().await;
    rig.get(&SUPERVISOR, "/v1/me").await.must(200);
    let list = rig.get(&ADMIN, "/v1/users?limit=1").await.must(200).json();
    let next = list["next_cursor"].as_str().unwrap();
    let rest = rig.get(&ADMIN, &format!("/v1/users?cursor={next}")).await.must(200).json();
    assert_eq!([names(&list, "id"), names(&rest, "id")].concat(), ["admin-1", "user-1"]);
    let acme: TenantId = Rig::tenant("acme");
    let user = rig.acme(&acme).member("user-1").await.unwrap().unwrap().value;
    assert_eq!((user.role.as_str(), user.state), ("supervisor", MemberState::Active));
}

#[tokio::test]
async fn an_operator_chooses_a_tenant_and_the_tenant_sees_it() {
    let rig = Rig::new().await;
    let list = rig.get(&OPERATOR, "/v1/tenants").await.must(200).json();
    assert_eq!(names(&list, "id"), ["acme", "globex"]);
    rig.get(&ADMIN, "/v1/tenants").await.must(403);
    let page = rig.get(&OPERATOR, "/v1/tenants?limit=1").await.must(200).json();
    let next = page["next_cursor"].as_str().unwrap();
    let rest = rig.get(&OPERATOR, &format!("/v1/tenants?cursor={next}")).await.must(200).json();
    assert_eq!(names(&rest, "id"), ["globex"]);
    let within = |tenant: &'static str| Sent::default().with("x-carillon-tenant", tenant);
    rig.call(&OPERATOR, "GET", "/v1/campaigns", ()).await.must(403);
    rig.call(&OPERATOR, "GET", "/v1/campaigns", within("acme")).await.must(200);
    rig.call(&OPERATOR, "GET", "/v1/campaigns", within("nowhere")).await.must(404);
    rig.call(&OPERATOR, "GET", "/v1/campaigns", within("a#b")).await.must(400);
    rig.call(&ADMIN, "GET", "/v1/campaigns", within("globex")).await.must(403);
    rig.call(&ADMIN, "GET", "/v1/campaigns", within("acme")).await.must(200);
    let me = rig.call(&OPERATOR, "GET", "/v1/me", within("acme")).await.must(200).json();
    assert_eq!((&me["tenant"], &me["from_outside"]), (&json!("acme"), &json!(true)));
    let draft = Sent::from(plan()).with("x-carillon-tenant", "acme");
    rig.call(&OPERATOR, "POST", "/v1/campaigns", draft).await.must(201);
    let log = rig.get(&ADMIN, "/v1/audit?kind=campaign").await.must(200).json();
    assert_eq!(log["items"][0]["from_outside"], true);
    assert_eq!(log["items"][0]["subject"], "operator-1");
}

#[tokio::test]
async fn an_api_key_does_what_its_scopes_say_until_it_is_revoked() {
    let rig = Rig::new().await;
    let new = json!({"name": "CRM", "scopes": ["contacts:read", "contacts:write"]});
    let keyed = || Sent::from(new.clone()).with("idempotency-key", "k1");
    let made = rig.call(&ADMIN, "POST", "/v1/api-keys", keyed()).await.must(201);
    let secret = made.json()["secret"].as_str().unwrap().to_owned();
    let key = made.json()["key"].clone();
    assert!(secret.starts_with(key["prefix"].as_str().unwrap()));
    let again = rig.call(&ADMIN, "POST", "/v1/api-keys", keyed()).await.must(201).json();
    assert_eq!((&again["key"]["id"], &again["secret"]), (&key["id"], &Value::Null), "shown once");
    let bad = json!({"name": "CRM", "scopes": ["contacts:read", "users:write"]});
    rig.post(&ADMIN, "/v1/api-keys", bad).await.must(422);
    rig.post(&SUPERVISOR, "/v1/api-keys", new.clone()).await.must(403);

    let with = |secret: &str| Sent::default().with("authorization", format!("Bearer {secret}"));
    let call = async |method: &str, path: &str, sent: Sent| rig.send(None, method, path, sent).await;
    call("GET", "/keyed/v1/contacts", with(&secret)).await.must(200);
    let body = Sent { body: Some(json!({"phone": "020 7946 0018"}).to_string()), ..with(&secret) };
    let body = body.with("content-type", "application/json");
    call("POST", "/keyed/v1/contacts", body).await.must(201);
    assert_eq!(call("GET", "/keyed/v1/campaigns", with(&secret)).await.must(403).problem(), "forbidden");
    call("GET", "/keyed/v1/users", with(&secret)).await.must(403);
    call("GET", "/v1/contacts", with(&secret)).await.must(401);
    let flipped = if secret.ends_with('0') { "1" } else { "0" };
    for bad in [
        "",
        "ck.acme",
        &secret.replace("acme", "globex"),
        &format!("{}{flipped}", &secret[..secret.len() - 1]),
    ] {
        call("GET", "/keyed/v1/contacts", with(bad)).await.must(401);
    }
    // A token is no key: nobody has verified it at this door.
    let claims =
        json!({"sub": "admin-1", "token_use": "id", "cognito:groups": "[admin]", "custom:tenant": "acme"});
    rig.send(Some(claims), "GET", "/keyed/v1/contacts", Sent::default()).await.must(401);
    let me = call("GET", "/keyed/v1/me", with(&secret)).await.must(200).json();
    assert_eq!(me["scopes"], json!(["contacts:read", "contacts:write"]));
    assert!(me["operations"].as_array().unwrap().contains(&json!("create_contact")));
    assert!(!me["operations"].as_array().unwrap().contains(&json!("list_campaigns")));

    let path = format!("/v1/api-keys/{}", key["id"].as_str().unwrap());
    let shown = rig.get(&ADMIN, &path).await.must(200);
    assert_eq!(shown.json()["last_used_at"], "2027-03-01T10:00:00Z");
    assert!(!shown.text.contains(&secret[secret.len() - 20..]));
    let revoke = Sent::default().with("if-match", shown.header("etag").unwrap());
    rig.call(&ADMIN, "POST", &format!("{path}/revoke"), revoke).await.must(200);
    call("GET", "/keyed/v1/contacts", with(&secret)).await.must(401);
    let log = rig.get(&ADMIN, "/v1/audit?kind=api_key").await.must(200);
    assert_eq!(log.json()["items"].as_array().unwrap().len(), 2);
    assert!(!log.text.contains("hash\",\"from\":\""), "no digest in the log");
}

#[tokio::test]
async fn every_change_is_in_the_log_with_its_author_and_nobodys_data() {
    let rig = Rig::new().await;
    let campaign = rig.draft().await;
    let path = format!("/v1/campaigns/{campaign}");
    rig.pass(1);
    let mut plan = plan();
    plan["daily_limit"] = json!(50);
    rig.call(&SUPERVISOR, "PUT", &path, Sent::from(plan).with("if-match", "\"1\"")).await.must(200);
    rig.pass(1);
    let new = json!({"phone": "020 7946 0018", "first_name": "Ada"});
    rig.post(&SUPERVISOR, "/v1/contacts", new).await.must(201);
    rig.pass(1);
    rig.call(&ADMIN, "PUT", "/v1/suppressions/%2B442079460018", json!({"reason": "do_not_call"}))
        .await
        .must(200);
    rig.call(&SUPERVISOR, "DELETE", &path, Sent::default().with("if-match", "*")).await.must(403);
    let log = rig.get(&ADMIN, "/v1/audit?limit=3").await.must(200);
    assert!(!log.text.contains("Ada") && !log.text.contains("7946"), "{}", log.text);
    let log = log.json();
    assert_eq!(names(&log, "kind"), ["suppression", "contact", "campaign"]);
    assert_eq!(names(&log, "operation"), ["suppress", "create_contact", "edit_campaign"]);
    assert_eq!(names(&log, "subject"), ["admin-1", "user-1", "user-1"]);
    let change = &log["items"][2]["fields"][0];
    assert_eq!((&change["field"], &change["to"]), (&json!("plan.daily_limit"), &json!(50)));
    let next = log["next_cursor"].as_str().unwrap();
    let rest = rig.get(&ADMIN, &format!("/v1/audit?limit=3&cursor={next}")).await.must(200).json();
    assert_eq!(names(&rest, "change")[0], "created");
    let of_admin = rig.get(&ADMIN, "/v1/audit?subject=admin-1&kind=suppression").await.must(200).json();
    assert_eq!(names(&of_admin, "kind"), ["suppression"]);
    let early = rig.get(&ADMIN, "/v1/audit?to=2027-03-01T09:00:00Z").await.must(200).json();
    assert_eq!(early["items"], json!([]));
    rig.get(&ADMIN, "/v1/audit?from=2027-03-02T00:00:00Z&to=2027-03-01T00:00:00Z").await.must(400);
    assert_eq!(rig.get(&STRANGER, "/v1/audit?kind=campaign").await.must(200).json()["items"], json!([]));
    rig.get(&AGENT, "/v1/audit").await.must(403);
}
