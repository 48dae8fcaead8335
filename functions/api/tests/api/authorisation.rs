//! Who may do what, and that a tenant is alone in the world.

use api_fn::roles::{Operation, Role};
use serde_json::{Value, json};

use crate::rig::{ADMIN, AGENT, OPERATOR, Rig, STRANGER, SUPERVISOR, Sent, Who, plan};

fn concrete(path: &str) -> String {
    let filled = [
        ("{tenant}", "acme"),
        ("{campaign}", "cmp_1"),
        ("{contact}", "con_1"),
        ("{import}", "imp_1"),
        ("{note}", "not_1"),
        ("{user}", "somebody"),
        ("{segment}", "seg_1"),
        ("{template}", "rtp_1"),
        ("{hook}", "whk_1"),
        ("{delivery}", "1_msg"),
        ("{key}", "0123456789abcdef"),
        ("{attempt}", "acme.cmp_1.con_1.1"),
        ("{address}", "%2B442079460018"),
    ];
    filled.iter().fold(path.to_owned(), |path, (name, value)| path.replace(name, value))
}

fn of(role: Role) -> Who {
    match role {
        Role::Agent => AGENT,
        Role::Supervisor => SUPERVISOR,
        Role::Admin => ADMIN,
        Role::Operator => Who { tenant: Some("acme"), ..OPERATOR },
    }
}

#[tokio::test]
async fn each_role_may_do_what_the_table_says_and_the_gate_holds_it() {
    let rig = Rig::new().await;
    let mut table = String::new();
    for operation in Operation::ALL {
        let (method, path) = operation.route();
        let mut row = format!("{method:6} {path}");
        row.extend(std::iter::repeat_n(' ', 56_usize.saturating_sub(row.len())));
        for role in Role::ALL {
            let reply = rig.call(&of(role), method, &concrete(path), ()).await;
            let may = reply.status != 403;
            assert_eq!(may, operation.needs().met_by(role), "{role:?} {method} {path}: {}", reply.text);
            assert_ne!(reply.status, 405, "{method} {path} is not routed");
            if reply.status == 404 {
                assert_ne!(reply.json()["detail"], "There is no such path.", "{method} {path} is not routed");
            }
            row.push_str(if may { " yes" } else { "  no" });
        }
        table.push_str(row.trim_end());
        table.push('\n');
    }
    insta::assert_snapshot!("roles", format!("{:56} agt sup adm opr\n{table}", ""));
}

#[tokio::test]
async fn without_a_verified_id_token_nothing_but_the_public_paths_answers() {
    let rig = Rig::new().await;
    for operation in Operation::ALL {
        let (method, path) = operation.route();
        let public = matches!(operation, Operation::Health | Operation::Describe);
        for claims in [
            None,
            Some(
                json!({"sub": "u", "token_use": "access", "cognito:groups": "[admin]", "custom:tenant": "acme"}),
            ),
        ] {
            let reply = rig.send(claims, method, &concrete(path), Sent::default()).await;
            assert_eq!(reply.status == 401, !public, "{method} {path}: {}", reply.text);
        }
    }
}

#[tokio::test]
async fn another_tenants_things_do_not_exist() {
    let rig = Rig::new().await;
    let campaign = rig.ready().await;
    let contact = rig.contact("020 7946 0019").await;
    let import =
        rig.post(&SUPERVISOR, "/v1/imports", json!({"file_name": "a.csv", "size": 10})).await.must(201);
    let import = import.json()["import"]["id"].as_str().unwrap().to_owned();
    let paths = [
        format!("/v1/campaigns/{campaign}"),
        format!("/v1/campaigns/{campaign}/progress"),
        format!("/v1/campaigns/{campaign}/rules"),
        format!("/v1/campaigns/{campaign}/enrollments"),
        format!("/v1/campaigns/{campaign}/enrollments/{contact}"),
        format!("/v1/campaigns/{campaign}/results.csv"),
        format!("/v1/contacts/{contact}"),
        format!("/v1/imports/{import}"),
        format!("/v1/imports/{import}/rejects"),
    ];
    for path in &paths {
        assert_eq!(rig.get(&STRANGER, path).await.must(404).problem(), "not-found", "{path}");
    }
    for command in ["start", "pause", "resume", "stop", "archive", "clone", "validate"] {
        rig.call(&STRANGER, "POST", &format!("/v1/campaigns/{campaign}/{command}"), ()).await.must(404);
    }
    rig.call(&STRANGER, "POST", &format!("/v1/imports/{import}/undo"), ()).await.must(404);
    let edit = || Sent::from(plan()).with("if-match", "*");
    rig.call(&STRANGER, "PUT", &format!("/v1/campaigns/{campaign}"), edit()).await.must(404);
    rig.call(&STRANGER, "DELETE", &format!("/v1/campaigns/{campaign}"), edit()).await.must(404);
    let patch = Sent::from(json!({})).with("if-match", "*");
    rig.call(&STRANGER, "PATCH", &format!("/v1/contacts/{contact}"), patch).await.must(404);
    for list in ["/v1/campaigns", "/v1/contacts", "/v1/imports", "/v1/suppressions"] {
        assert_eq!(rig.get(&STRANGER, list).await.must(200).json()["items"], Value::Array(vec![]), "{list}");
    }
    // Nor can they be put to use: a contact and a campaign of another tenant are unknown.
    let own = rig.post(&STRANGER, "/v1/campaigns", plan()).await.must(201).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let taken = rig
        .post(&STRANGER, &format!("/v1/campaigns/{own}/enrollments"), json!({"contacts": [contact]}))
        .await;
    assert_eq!(taken.must(422).json()["errors"][0]["field"], "contacts[0]");
    let into = json!({"file_name": "a.csv", "size": 10, "options": {"campaign": campaign}});
    assert_eq!(
        rig.post(&STRANGER, "/v1/imports", into).await.must(422).json()["errors"][0]["field"],
        "options.campaign"
    );
}

#[tokio::test]
async fn me_tells_what_a_page_may_offer() {
    let rig = Rig::new().await;
    let me = rig.get(&AGENT, "/v1/me").await.must(200).json();
    assert_eq!(
        me,
        json!({"subject": "agent-1", "role": "agent", "tenant": "acme", "from_outside": false, "email": null, "name": null, "scopes": null, "operations": [
            "me", "get_live_ticket", "create_note", "read_note", "edit_note", "delete_note", "call_contact",
            "list_queues", "read_queue", "read_my_presence", "set_my_state", "accept_offer", "decline_offer", "read_live_call",
            "read_call_story", "hold_call", "resume_call", "mute_call", "unmute_call", "hang_up_call", "transfer_call",
            "consult_colleague", "complete_consult", "cancel_consult", "invite_guest", "dismiss_guest",
            "hand_out_call", "wrap_up_call"
        ]})
    );
    let operator = rig.get(&OPERATOR, "/v1/me").await.must(200).json();
    assert_eq!(
        operator["operations"],
        json!(["me", "list_tenants", "create_tenant", "read_tenant"]),
        "no tenant, no data"
    );
}
