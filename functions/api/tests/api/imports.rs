//! Imports, as far as the API goes.

use carillon_domain::ids::ImportId;
use carillon_store::{ImportFailure, ImportState};
use serde_json::json;

use crate::rig::{Rig, SUPERVISOR, Sent};

#[tokio::test]
async fn an_import_gets_an_address_for_exactly_its_file() {
    let rig = Rig::new().await;
    let new = json!({"file_name": "Kunden März.csv", "size": 4821, "options": {"country": "DE", "mapping": {"Rufnummer": "phone"}}});
    let created = rig.post(&SUPERVISOR, "/v1/imports", new).await.must(201);
    let body = created.json();
    let (import, upload) = (&body["import"], &body["upload"]);
    let id = import["id"].as_str().unwrap();
    assert_eq!(
        (&import["state"], &import["file_name"]),
        (&json!("awaiting_upload"), &json!("Kunden März.csv"))
    );
    assert_eq!(upload["url"], format!("memory://uploads/acme/{id}/Kunden_M_rz.csv"));
    assert_eq!((&upload["method"], &upload["headers"]["content-length"]), (&json!("PUT"), &json!("4821")));
    assert_eq!(upload["expires_at"], "2027-03-01T11:00:00Z");
    assert_eq!(created.header("location"), Some(format!("/v1/imports/{id}").as_str()));
    let read = rig.get(&SUPERVISOR, &format!("/v1/imports/{id}")).await.must(200).json();
    assert_eq!(&read, import);
    rig.get(&SUPERVISOR, &format!("/v1/imports/{id}/rejects")).await.must(409);
    rig.call(&SUPERVISOR, "POST", &format!("/v1/imports/{id}/undo"), ()).await.must(409);
}

#[tokio::test]
async fn asking_twice_under_one_key_gives_one_import_and_a_fresh_address() {
    let rig = Rig::new().await;
    let sent = || Sent::from(json!({"file_name": "a.csv", "size": 10})).with("idempotency-key", "k1");
    let first = rig.call(&SUPERVISOR, "POST", "/v1/imports", sent()).await.must(201).json();
    rig.pass(60);
    let second = rig.call(&SUPERVISOR, "POST", "/v1/imports", sent()).await.must(201).json();
    assert_eq!(first["import"], second["import"]);
    assert_eq!(second["upload"]["expires_at"], "2027-03-01T11:01:00Z");
    let other = Sent::from(json!({"file_name": "b.csv", "size": 10})).with("idempotency-key", "k1");
    rig.call(&SUPERVISOR, "POST", "/v1/imports", other).await.must(422);
}

#[tokio::test]
async fn what_cannot_be_imported_is_refused_by_field() {
    let rig = Rig::new().await;
    for (body, field) in [
        (json!({"file_name": "", "size": 10}), "file_name"),
        (json!({"file_name": "a.csv", "size": 0}), "size"),
        (json!({"file_name": "a.csv", "size": 5_000_000_001_u64}), "size"),
        (json!({"file_name": "a.csv", "size": 10, "options": {"country": "Atlantis"}}), "options.country"),
        (json!({"file_name": "a.csv", "size": 10, "options": {"campaign": "cmp_none"}}), "options.campaign"),
        (
            json!({"file_name": "a.csv", "size": 10, "options": {"mapping": {"Tel": "fone"}}}),
            "options.mapping.Tel",
        ),
        (json!({"file_name": "a.csv", "size": 10, "options": {"dryrun": true}}), "options.dryrun"),
        (json!({"file_name": "a.csv", "size": 10, "options": {"duplicates": "merge"}}), "options.duplicates"),
    ] {
        let refused = rig.post(&SUPERVISOR, "/v1/imports", body).await.must(422).json();
        assert_eq!(refused["errors"][0]["field"], field, "{refused}");
    }
    assert_eq!(rig.get(&SUPERVISOR, "/v1/imports").await.json()["items"], json!([]));
}

#[tokio::test]
async fn an_import_that_is_done_is_downloaded_from_and_taken_back_once() {
    let rig = Rig::new().await;
    let created = rig
        .post(&SUPERVISOR, "/v1/contacts/upload", json!({"file_name": "a.csv", "size": 10}))
        .await
        .must(201);
    let id = created.json()["import"]["id"].as_str().unwrap().to_owned();
    let path = |rest: &str| format!("/v1/imports/{id}{rest}");
    let (tenant, import): (_, ImportId) = (Rig::tenant("acme"), id.parse().unwrap());
    let mut stored = rig.acme(&tenant).import(&import).await.unwrap().unwrap();
    stored.value.state = ImportState::Completed;
    stored.value.size = 10;
    rig.acme(&tenant).save_import(&stored).await.unwrap();
    assert_eq!(rig.get(&SUPERVISOR, &path("")).await.json()["percent_read"], 100.0);
    rig.get(&SUPERVISOR, &path("/rejects")).await.must(404);
    stored.version += 1;
    stored.value.parts_with_rejects = vec![0];
    rig.acme(&tenant).save_import(&stored).await.unwrap();
    let rejects = rig.get(&SUPERVISOR, &path("/rejects")).await.must(200).json();
    assert_eq!(rejects["url"], format!("memory://imports/acme/{id}/rejects.csv"));
    rig.call(&SUPERVISOR, "POST", &path("/retry"), ()).await.must(409);
    let undone = rig.call(&SUPERVISOR, "POST", &path("/undo"), ()).await.must(202).json();
    assert_eq!(undone["state"], "undoing");
    // Asked again before it has begun: the same execution, so nothing happens twice.
    rig.call(&SUPERVISOR, "POST", &path("/undo"), ()).await.must(202);
    let started = rig.imports.0.lock().unwrap().clone();
    assert_eq!(started, [format!("{id}-4"), format!("{id}-4")]);
}

#[tokio::test]
async fn an_import_that_stands_still_is_gone_on_with_but_not_with_another_file() {
    let rig = Rig::new().await;
    let created =
        rig.post(&SUPERVISOR, "/v1/imports", json!({"file_name": "a.csv", "size": 10})).await.must(201);
    let id = created.json()["import"]["id"].as_str().unwrap().to_owned();
    let (tenant, import): (_, ImportId) = (Rig::tenant("acme"), id.parse().unwrap());
    let mut stored = rig.acme(&tenant).import(&import).await.unwrap().unwrap();
    let retry = format!("/v1/imports/{id}/retry");
    rig.call(&SUPERVISOR, "POST", &retry, ()).await.must(409);
    for state in [ImportState::Reading, ImportState::Undoing, ImportState::Failed] {
        stored.value.state = state;
        rig.acme(&tenant).save_import(&stored).await.unwrap();
        stored.version += 1;
        rig.call(&SUPERVISOR, "POST", &retry, ()).await.must(202);
    }
    stored.value.failure = Some(ImportFailure { code: "FileReplaced".into(), message: "replaced".into() });
    rig.acme(&tenant).save_import(&stored).await.unwrap();
    rig.call(&SUPERVISOR, "POST", &retry, ()).await.must(409);
    let undone = rig.call(&SUPERVISOR, "POST", &format!("/v1/imports/{id}/undo"), ()).await.must(202).json();
    assert_eq!((&undone["state"], &undone["failure"]), (&json!("undoing"), &json!(null)));
}

#[tokio::test]
async fn a_template_is_there_to_start_from() {
    let rig = Rig::new().await;
    let template = rig.get(&SUPERVISOR, "/v1/imports/template.csv").await.must(200);
    assert_eq!(template.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(template.text.trim_start_matches('\u{feff}').starts_with("phone,"));
}
