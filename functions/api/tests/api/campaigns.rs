//! Designing, starting, pausing and stopping.

use carillon_domain::campaign::CampaignState;
use carillon_domain::ids::CampaignId;
use carillon_store::{Change, Sweeps};
use serde_json::{Value, json};

use crate::rig::{ADMIN, Rig, SUPERVISOR, Sent, plan};

#[tokio::test]
async fn counters_are_proven_and_mended_when_they_have_long_been_wrong() {
    let rig = Rig::new().await;
    let campaign = rig.ready().await;
    rig.stream().await;
    let path = format!("/v1/campaigns/{campaign}/recount");
    rig.post(&SUPERVISOR, &path, json!({})).await.must(403);
    let proven = rig.post(&ADMIN, &path, json!({})).await.must(200).json();
    assert_eq!((&proven["drift"], &proven["sum"]["enrolled"]), (&json!({}), &json!(1)));
    // A batch of the stream was lost: two who are not there, one who is missing.
    let tenant = Rig::tenant("acme");
    let id = campaign.parse().unwrap();
    let wrong = [("enrolled".to_owned(), 2), ("attempts".to_owned(), -1)].into();
    rig.acme(&tenant).mend_counters(&id, &wrong).await.unwrap();
    let drift = json!({"enrolled": -2, "attempts": 1});
    let found = rig.post(&ADMIN, &path, json!({})).await.must(200).json();
    assert_eq!((&found["drift"], &found["mended"]), (&drift, &json!(false)));
    let other = json!({"mend": {"enrolled": -1}});
    assert_eq!(rig.post(&ADMIN, &path, other).await.must(200).json()["mended"], json!(false));
    let mended = rig.post(&ADMIN, &path, json!({"mend": drift})).await.must(200).json();
    assert_eq!(mended["mended"], json!(true));
    assert_eq!(rig.post(&ADMIN, &path, json!({})).await.must(200).json()["drift"], json!({}));
    rig.post(&ADMIN, &path, json!({"mend": drift})).await.must(200);
    assert_eq!(
        rig.post(&ADMIN, &path, json!({})).await.must(200).json()["drift"],
        json!({}),
        "once is enough"
    );
}

#[tokio::test]
async fn a_campaign_goes_from_draft_to_archive_and_each_command_answers_with_the_state() {
    let rig = Rig::new().await;
    let campaign = rig.ready().await;
    let path = |command: &str| format!("/v1/campaigns/{campaign}/{command}");
    let run = async |command: &str| rig.call(&SUPERVISOR, "POST", &path(command), ()).await;

    let draft = rig.get(&SUPERVISOR, &format!("/v1/campaigns/{campaign}")).await.must(200);
    assert_eq!(draft.json()["commands"], json!(["edit", "start", "archive", "delete"]));
    let refused = run("pause").await.must(409);
    assert_eq!(refused.json()["detail"], "A campaign that is draft cannot be paused.");

    let started = run("start").await.must(200).json();
    assert_eq!(
        (&started["state"], &started["started_at"]),
        (&json!("running"), &json!("2027-03-01T10:00:00Z"))
    );
    assert_eq!(run("start").await.must(409).problem(), "not-now");
    assert_eq!(run("pause").await.must(200).json()["state"], "paused");
    assert_eq!(run("resume").await.must(200).json()["state"], "running");
    assert_eq!(run("stop").await.must(200).json()["state"], "stopping");
    let runs: Vec<u32> = rig.launches.orders.lock().unwrap().iter().map(|order| order.run).collect();
    assert_eq!(runs, [1, 2, 3], "start, resume and stop each get a run, a pause none");

    // The planner completes it.
    let (tenant, id): (_, CampaignId) = (Rig::tenant("acme"), campaign.parse().unwrap());
    let mut stored = rig.acme(&tenant).campaign(&id).await.unwrap().unwrap();
    stored.value.state = CampaignState::Completed;
    rig.acme(&tenant).save_campaign(&stored).await.unwrap();
    assert_eq!(run("archive").await.must(200).json()["state"], "archived");
}

#[tokio::test]
async fn a_start_date_ahead_schedules_and_moving_it_starts_a_new_run() {
    let rig = Rig::new().await;
    let campaign = rig.ready().await;
    let path = format!("/v1/campaigns/{campaign}");
    let mut later = plan();
    later["start_at"] = "2027-03-08T09:00:00Z".into();
    let edited = rig
        .call(&SUPERVISOR, "PUT", &path, Sent::from(later.clone()).with("if-match", "\"1\""))
        .await
        .must(200);
    assert_eq!(edited.header("etag"), Some("\"2\""));
    let started = rig.call(&SUPERVISOR, "POST", &format!("{path}/start"), ()).await.must(200);
    assert_eq!(started.json()["state"], "scheduled");
    later["start_at"] = "2027-03-09T09:00:00Z".into();
    let etag = started.header("etag").unwrap().to_owned();
    rig.call(&SUPERVISOR, "PUT", &path, Sent::from(later).with("if-match", etag)).await.must(200);
    let orders = rig.launches.orders.lock().unwrap();
    let starts: Vec<_> =
        orders.iter().map(|order| (order.run, order.start_at.unwrap().to_string())).collect();
    assert_eq!(starts, [(1, "2027-03-08T09:00:00Z".into()), (2, "2027-03-09T09:00:00Z".into())]);
}

#[tokio::test]
async fn a_campaign_that_is_not_ready_says_everything_that_is_missing() {
    let rig = Rig::new().await;
    rig.safe.0.lock().unwrap().clear();
    let mut bad = plan();
    bad["window"] = json!({"sun": [["02:00", "04:00"]]});
    bad["caller_ids"] = json!(["+4420794"]);
    bad["timezone"] = "Mars/Olympus".into();
    bad["pace"] = json!({"ring_seconds": 10});
    let id =
        rig.post(&SUPERVISOR, "/v1/campaigns", bad).await.must(201).json()["id"].as_str().unwrap().to_owned();
    let validation =
        rig.call(&SUPERVISOR, "POST", &format!("/v1/campaigns/{id}/validate"), ()).await.must(200).json();
    assert_eq!(validation["ready"], false);
    insta::assert_json_snapshot!("not_ready", validation);
    let refused = rig.call(&SUPERVISOR, "POST", &format!("/v1/campaigns/{id}/start"), ()).await.must(422);
    assert_eq!(refused.json()["errors"], validation["errors"]);
    assert!(rig.launches.orders.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_impossible_window_is_refused_before_anything_is_written() {
    let rig = Rig::new().await;
    for (window, message) in [
        (json!({}), "impossible window"),
        (json!({"mon": [["18:00", "09:00"]]}), "mon[0]"),
        (json!({"mon": [["9", "10:00"]]}), "mon[0].from"),
        (json!({"someday": [["09:00", "10:00"]]}), "not a field"),
    ] {
        let mut bad = plan();
        bad["window"] = window;
        let reply = rig.post(&SUPERVISOR, "/v1/campaigns", bad).await.must(422).json();
        let error = &reply["errors"][0];
        assert!(error["field"].as_str().unwrap().starts_with("window"), "{error}");
        assert!(error["message"].as_str().unwrap().contains(message), "{error}");
    }
    assert_eq!(rig.get(&SUPERVISOR, "/v1/campaigns").await.json()["items"], json!([]));
}

#[tokio::test]
async fn an_edit_names_its_version_and_a_running_campaign_is_not_edited() {
    let rig = Rig::new().await;
    let campaign = rig.ready().await;
    let path = format!("/v1/campaigns/{campaign}");
    assert_eq!(rig.call(&SUPERVISOR, "PUT", &path, plan()).await.must(428).problem(), "if-match-missing");
    for stale in ["\"7\"", "W/\"1\"", "nonsense"] {
        let edit = Sent::from(plan()).with("if-match", stale);
        assert_eq!(rig.call(&SUPERVISOR, "PUT", &path, edit).await.must(412).problem(), "changed", "{stale}");
    }
    rig.call(&SUPERVISOR, "POST", &format!("{path}/start"), ()).await.must(200);
    let edit = || Sent::from(plan()).with("if-match", "*");
    assert_eq!(rig.call(&SUPERVISOR, "PUT", &path, edit()).await.must(409).problem(), "not-now");
    assert_eq!(rig.call(&ADMIN, "DELETE", &path, edit()).await.must(409).problem(), "not-now");
    rig.call(&SUPERVISOR, "POST", &format!("{path}/pause"), ()).await.must(200);
    let mut unfit = plan();
    unfit["caller_ids"] = json!([]);
    let edit_unfit = Sent::from(unfit).with("if-match", "*");
    let refused = rig.call(&SUPERVISOR, "PUT", &path, edit_unfit).await.must(422).json();
    assert_eq!(refused["errors"][0]["field"], "caller_ids", "what has been started stays fit to run");
    rig.call(&SUPERVISOR, "PUT", &path, edit()).await.must(200);
}

#[tokio::test]
async fn only_a_draft_is_deleted_and_a_clone_is_a_draft_without_dates() {
    let rig = Rig::new().await;
    let mut dated = plan();
    dated["end_at"] = "2027-04-01T00:00:00Z".into();
    let id = rig.post(&SUPERVISOR, "/v1/campaigns", dated).await.must(201).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let copy = rig.call(&SUPERVISOR, "POST", &format!("/v1/campaigns/{id}/clone"), ()).await.must(201);
    let copied = copy.json();
    assert_eq!((&copied["state"], &copied["plan"]["end_at"]), (&json!("draft"), &Value::Null));
    assert_eq!(copied["plan"]["name"], "Spring service reminder (copy)");
    assert_eq!(
        copy.header("location"),
        Some(format!("/v1/campaigns/{}", copied["id"].as_str().unwrap()).as_str())
    );
    let path = format!("/v1/campaigns/{id}");
    rig.call(&ADMIN, "DELETE", &path, ()).await.must(428);
    rig.call(&ADMIN, "DELETE", &path, Sent::default().with("if-match", "\"1\"")).await.must(204);
    rig.get(&SUPERVISOR, &path).await.must(404);
}

#[tokio::test]
async fn a_campaign_is_started_even_when_the_state_machine_cannot_be_asked() {
    let rig = Rig::new().await;
    let campaign = rig.ready().await;
    *rig.launches.broken.lock().unwrap() = true;
    let started =
        rig.call(&SUPERVISOR, "POST", &format!("/v1/campaigns/{campaign}/start"), ()).await.must(200);
    assert_eq!(started.json()["state"], "running", "saved as it should be; reconcile starts what is missing");
    let active = Sweeps::new(rig.table.as_ref()).active_campaigns().await.unwrap();
    assert_eq!(active.len(), 1);
}

#[tokio::test]
async fn campaigns_are_paged_newest_first_and_a_cursor_is_good_for_its_list_alone() {
    let rig = Rig::new().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(rig.draft().await);
        rig.pass(1);
    }
    made.reverse();
    let (mut seen, mut path) = (Vec::new(), "/v1/campaigns?limit=2".to_owned());
    let mut cursor = String::new();
    loop {
        let page = rig.get(&SUPERVISOR, &path).await.must(200).json();
        seen.extend(
            page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/campaigns?limit=2&cursor={next}");
        cursor = next.to_owned();
    }
    assert_eq!(seen, made);
    let foreign = [
        (SUPERVISOR, format!("/v1/imports?cursor={cursor}")),
        (crate::rig::STRANGER, format!("/v1/campaigns?cursor={cursor}")),
        (SUPERVISOR, "/v1/campaigns?cursor=AAAA".to_owned()),
        (SUPERVISOR, "/v1/campaigns?limit=0".to_owned()),
        (SUPERVISOR, "/v1/campaigns?limit=201".to_owned()),
        (SUPERVISOR, "/v1/campaigns?page=2".to_owned()),
    ];
    for (who, path) in foreign {
        assert_eq!(rig.get(&who, &path).await.must(400).problem(), "bad-query", "{path}");
    }
}

#[tokio::test]
async fn a_cursor_that_was_tampered_with_opens_nobody_elses_partition() {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let rig = Rig::new().await;
    for _ in 0..2 {
        rig.draft().await;
        rig.pass(1);
        rig.post(&crate::rig::STRANGER, "/v1/campaigns", plan()).await.must(201);
    }
    let theirs = rig.get(&crate::rig::STRANGER, "/v1/campaigns?limit=1").await.must(200).json();
    let mut cursor: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(theirs["next_cursor"].as_str().unwrap()).unwrap())
            .unwrap();
    cursor["tenant"] = "acme".into();
    let forged = URL_SAFE_NO_PAD.encode(cursor.to_string());
    let reply = rig.get(&SUPERVISOR, &format!("/v1/campaigns?cursor={forged}")).await.must(400);
    assert_eq!(reply.problem(), "bad-query");
}

#[tokio::test]
async fn progress_adds_up_and_rules_come_with_citations() {
    let rig = Rig::new().await;
    let campaign = rig.ready().await;
    rig.call(&SUPERVISOR, "POST", &format!("/v1/campaigns/{campaign}/start"), ()).await.must(200);
    fold(&rig).await;
    let progress = rig.get(&SUPERVISOR, &format!("/v1/campaigns/{campaign}/progress")).await.must(200).json();
    assert_eq!(
        (&progress["enrolled"], &progress["waiting"], &progress["ended"]),
        (&json!(1), &json!(1), &json!(0))
    );
    assert_eq!((&progress["percent_ended"], &progress["answer_rate"]), (&json!(0.0), &Value::Null));
    assert_eq!(progress["outcomes"].as_object().unwrap().len(), carillon_domain::outcome::Outcome::ALL.len());

    let rules = rig
        .get(&SUPERVISOR, &format!("/v1/campaigns/{campaign}/rules?countries=Germany,US"))
        .await
        .must(200)
        .json();
    assert_eq!(rules["countries"], json!(["DE", "US"]));
    let rules = rules["rules"].as_array().unwrap();
    assert!(!rules.is_empty());
    assert!(rules.iter().all(|rule| !rule["citation"].as_str().unwrap().is_empty()));
    let bad =
        rig.get(&SUPERVISOR, &format!("/v1/campaigns/{campaign}/rules?countries=Atlantis")).await.must(400);
    assert!(!bad.text.contains("Atlantis"));
}

/// What the stream's aggregator does.
pub(crate) async fn fold(rig: &Rig) {
    let changes: Vec<Change> = rig
        .table
        .drain_changes()
        .into_iter()
        .enumerate()
        .map(|(at, change)| Change {
            event_id: format!("e{at}-{}", change.key.sk),
            at: None,
            old: change.old,
            new: change.new,
        })
        .collect();
    Sweeps::new(rig.table.as_ref()).fold(&changes, 0).await.unwrap();
    let _ = rig.table.drain_changes();
}
