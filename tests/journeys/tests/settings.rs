//! What an admin sets up: users, the account at the provider, retry policies with names.
#![allow(clippy::unwrap_used)]

use anyhow::Result;
use journeys::api::{Api, Reply, unique};
use journeys::world::{User, World};
use journeys::{campaign, people};
use serde_json::{Value, json};

fn edit(api: &Api, method: &str, path: &str, body: &Value) -> Result<Reply> {
    let headers = [("content-type", "application/json"), ("if-match", "*")];
    api.raw(method, path, &headers, Some(body.to_string().as_bytes()))
}

#[test]
fn somebody_is_invited_once_sent_another_mail_kept_out_and_let_in_again() -> Result<()> {
    let (world, admin) = World::for_tests()?;
    let email = format!("user-{:x}@acme.example", unique());
    let invitation = json!({"email": email, "name": "A Supervisor", "role": "supervisor"});
    let user = admin.post("/v1/users", &invitation)?.expect(&[201], "inviting")?.json();
    let path = format!("/v1/users/{}", user["id"].as_str().unwrap());
    // The address is taken: by whom is found out in the directory, and told to nobody.
    admin.post("/v1/users", &invitation)?.expect(&[409], "inviting again")?;
    admin.post(&format!("{path}/resend"), &json!({}))?.expect(&[200], "another mail")?;

    let account = User { email, password: "Carillon-journey-1".to_owned(), role: "supervisor".to_owned() };
    world.set_password(&account)?;
    let api = Api::new(&world.api_url, Some(world.id_token(&account)?));
    api.read("/v1/campaigns")?;
    let disabled = edit(&admin, "PATCH", &path, &json!({"enabled": false}))?;
    assert_eq!(disabled.expect(&[200], "keeping them out")?.json()["state"], "disabled");
    assert!(world.id_token(&account).is_err(), "whoever is disabled does not sign in");
    let enabled = edit(&admin, "PATCH", &path, &json!({"enabled": true}))?;
    assert_eq!(enabled.expect(&[200], "letting them in")?.json()["state"], "active");
    Api::new(&world.api_url, Some(world.id_token(&account)?)).read("/v1/campaigns")?;
    Ok(())
}

#[test]
fn the_connection_to_the_provider_is_tested_and_what_is_wrong_is_said() -> Result<()> {
    let (world, admin) = World::for_tests()?;
    // A tenant of its own, so that nobody else's token is touched.
    let operator = world.sign_in("acme", "operator")?;
    let id = format!("t{:x}", unique());
    let tenant = json!({"id": id, "name": "Tested", "timezone": "Europe/Berlin"});
    operator.post("/v1/tenants", &tenant)?.expect(&[201], "creating a tenant")?;
    let ask = |method: &str, path: &str, body: &Value| {
        let headers = [("content-type", "application/json"), ("x-carillon-tenant", id.as_str())];
        operator.raw(method, path, &headers, Some(body.to_string().as_bytes()))
    };
    let (owned, foreign) = (people::number(), people::number());
    let test = || -> Result<(Reply, Value)> {
        let body = json!({"numbers": [owned, foreign]});
        let reply = ask("POST", "/v1/settings/twilio/test", &body)?.expect(&[200], "testing")?;
        let result = reply.json();
        Ok((reply, result))
    };
    let codes = |result: &Value| -> Vec<String> {
        let found = result["findings"].as_array().unwrap().iter();
        found.map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(codes(&test()?.1), ["not_configured"]);

    let account = world.tenant("globex")?;
    let set = |token: &str| -> Result<()> {
        let body = json!({"account_sid": account.account_sid, "auth_token": token});
        ask("PUT", "/v1/settings/twilio", &body)?.expect(&[204], "setting Twilio up").map(|_| ())
    };
    set("0123456789abcdef0123456789abcdef")?;
    let (reply, result) = test()?;
    assert_eq!((codes(&result), &result["works"]), (vec!["bad_credentials".to_owned()], &json!(false)));
    assert!(!reply.text().contains("0123456789abcdef"), "{result}");

    set(&account.auth_token)?;
    world.network().buy_number(account, &owned, "https://elsewhere.example/voice")?;
    let (reply, result) = test()?;
    let mut found = codes(&result);
    found.sort_unstable();
    assert_eq!(found, ["number_leads_elsewhere", "number_not_owned"], "{result}");
    assert_eq!(
        (&result["works"], &result["account"]["status"]),
        (&json!(true), &json!("active")),
        "{result}"
    );
    assert_eq!(result["webhook"], json!(format!("{}/twilio/inbound/{id}", world.webhook_url)));
    assert!(!reply.text().contains(&account.auth_token), "{result}");

    let supervisor = world.sign_in("acme", "supervisor")?;
    supervisor.post("/v1/settings/twilio/test", &json!({}))?.expect(&[403], "a supervisor")?;
    let result = admin.post("/v1/settings/twilio/test", &json!({}))?.expect(&[200], "an admin")?.json();
    assert_eq!(result["account"]["status"], "active", "{result}");
    Ok(())
}

#[test]
fn a_campaign_begins_with_a_copy_of_a_retry_template() -> Result<()> {
    let (world, admin) = World::for_tests()?;
    let rules = json!({"no_answer": {"times": 2, "after": "PT3H", "jitter_percent": 20, "other_hour": true}});
    let template = json!({"name": "Patient", "policy": {"attempts_max": 4, "rules": rules}});
    let made = admin.post("/v1/retry-templates", &template)?.expect(&[201], "a template")?.json();
    let id = made["id"].as_str().unwrap();
    let path = format!("/v1/retry-templates/{id}");
    let supervisor = world.sign_in("acme", "supervisor")?;
    let (mut seen, mut cursor) = (false, String::new());
    loop {
        let page = supervisor.read(&format!("/v1/retry-templates?limit=1{cursor}"))?;
        seen |= page["items"].as_array().unwrap().iter().any(|it| it["id"] == id);
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert!(seen, "a supervisor chooses from the list");
    supervisor.put(&path, &template, Some("*"))?.expect(&[403], "a supervisor's edit")?;
    world.sign_in("globex", "admin")?.get(&path)?.expect(&[404], "another tenant's")?;

    let plan = campaign::plan_at_any_hour("From a template");
    let begun = format!("/v1/campaigns?retry_template={id}");
    let begun = supervisor.post(&begun, &plan)?.expect(&[201], "a campaign")?.json();
    assert_eq!(begun["plan"]["retry"], template["policy"]);
    admin.put(&path, &template, Some("\"7\""))?.expect(&[412], "an edit of something else")?;
    let hasty = json!({"name": "Hasty", "policy": {"attempts_max": 1}});
    admin.put(&path, &hasty, Some("\"1\""))?.expect(&[200], "an edit")?;
    let kept = admin.read(&format!("/v1/campaigns/{}", begun["id"].as_str().unwrap()))?;
    assert_eq!(kept["plan"]["retry"], template["policy"], "the campaign has its own");
    edit(&admin, "DELETE", &path, &json!({}))?.expect(&[204], "deleting")?;
    admin.get(&path)?.expect(&[404], "what is gone")?;
    Ok(())
}
