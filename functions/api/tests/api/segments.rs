//! Segments, and what is done to many contacts at once.

use carillon_store::Table;
use carillon_store::port::{AttributeValue, Condition, Write};
use serde_json::{Value, json};

use crate::rig::{ADMIN, AGENT, Rig, STRANGER, SUPERVISOR, Sent};

/// So many people, every other of them important.
async fn people(rig: &Rig, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for at in 0..count {
        let tags = if at % 2 == 0 { json!(["vip"]) } else { json!([]) };
        let new = json!({"phone": format!("020 7946 0{at:03}"), "first_name": "Ada", "last_name": format!("Example {at:03}"), "tags": tags});
        let made = rig.post(&SUPERVISOR, "/v1/contacts", new).await.must(201).json();
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    rig.stream().await;
    ids
}

async fn segment(rig: &Rig, filter: Value) -> String {
    let new = json!({"name": "Important people", "filter": filter});
    let made = rig.post(&SUPERVISOR, "/v1/segments", new).await.must(201).json();
    made["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_segment_is_saved_asked_changed_and_deleted() {
    let rig = Rig::new().await;
    people(&rig, 4).await;
    let id = segment(&rig, json!({"tag": "vip"})).await;
    let path = format!("/v1/segments/{id}");
    let found = rig.get(&SUPERVISOR, &format!("/v1/contacts?segment={id}")).await.must(200).json();
    assert_eq!(found["items"].as_array().unwrap().len(), 2);
    let narrowed =
        rig.get(&SUPERVISOR, &format!("/v1/contacts?segment={id}&q=exam%20002")).await.must(200).json();
    assert_eq!(narrowed["items"].as_array().unwrap().len(), 1);
    rig.get(&SUPERVISOR, &format!("/v1/contacts?segment={id}&tag=other")).await.must(400);
    rig.get(&STRANGER, &format!("/v1/contacts?segment={id}")).await.must(404);
    let edit = |version: &str| {
        Sent::from(json!({"name": "Example people", "filter": {"q": "exam"}})).with("if-match", version)
    };
    rig.call(&SUPERVISOR, "PUT", &path, edit("\"7\"")).await.must(412);
    let edited = rig.call(&SUPERVISOR, "PUT", &path, edit("\"1\"")).await.must(200).json();
    assert_eq!((&edited["filter"]["q"], &edited["filter"]["tag"]), (&json!("exam"), &Value::Null));
    for bad in [json!({"name": "", "filter": {"q": "x"}}), json!({"name": "x", "filter": {}})] {
        rig.post(&SUPERVISOR, "/v1/segments", bad).await.must(422);
    }
    let list = rig.get(&SUPERVISOR, "/v1/segments").await.must(200).json();
    assert_eq!(list["items"][0]["id"], json!(id));
    rig.call(&SUPERVISOR, "DELETE", &path, Sent::default().with("if-match", "*")).await.must(204);
    rig.get(&SUPERVISOR, &path).await.must(404);
    rig.get(&AGENT, "/v1/segments").await.must(403);
}

#[tokio::test]
async fn whom_a_segment_searches_for_stands_neither_in_the_table_nor_in_the_log() {
    let rig = Rig::new().await;
    let filter = json!({"q": "quillon", "email": "ada@quillon.example", "tag": "cat person"});
    let id = segment(&rig, filter.clone()).await;
    let path = format!("/v1/segments/{id}");
    let edit = |filter: &Value| {
        let body = json!({"name": "Important people", "filter": filter});
        Sent::from(body).with("if-match", "*")
    };
    let other = json!({"q": "quillon a", "email": "ada@quillon.example", "tag": "cat person"});
    for filter in [&other, &filter, &filter] {
        rig.call(&SUPERVISOR, "PUT", &path, edit(filter)).await.must(200);
    }
    let read = rig.get(&SUPERVISOR, &path).await.must(200).json();
    let list = rig.get(&SUPERVISOR, "/v1/segments").await.must(200).json();
    for part in ["q", "email", "tag"] {
        assert_eq!(
            (&read["filter"][part], &list["items"][0]["filter"][part]),
            (&filter[part], &filter[part])
        );
    }
    let log = rig.get(&ADMIN, "/v1/audit?kind=segment").await.must(200);
    let fields: Vec<usize> = log.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["fields"].as_array().unwrap().len())
        .collect();
    assert_eq!((fields.len(), fields.iter().filter(|fields| **fields == 0).count()), (4, 1), "{fields:?}");
    let told = format!("{:?} {:?} {}", rig.table.items(), rig.table.drain_changes(), log.text);
    for telling in ["quillon", "cat person"] {
        assert!(!told.to_lowercase().contains(telling), "{telling}");
    }
}

#[tokio::test]
async fn a_segment_from_before_they_were_sealed_is_read_and_then_sealed() {
    let rig = Rig::new().await;
    let id = segment(&rig, json!({"tag": "vip"})).await;
    let mut item =
        rig.table.items().into_iter().find(|item| item["sk"] == AttributeValue::S(id.clone())).unwrap();
    let clear = [("q".to_owned(), AttributeValue::S("quillon".into()))];
    item.insert("filter".to_owned(), AttributeValue::M(clear.into()));
    rig.table.write(Write::Put { item, condition: Condition::None }).await.unwrap();
    let path = format!("/v1/segments/{id}");
    assert_eq!(rig.get(&SUPERVISOR, &path).await.must(200).json()["filter"]["q"], "quillon");
    let edit = Sent::from(json!({"name": "Renamed", "filter": {"q": "quillon"}})).with("if-match", "*");
    rig.call(&SUPERVISOR, "PUT", &path, edit).await.must(200);
    let log = rig.get(&ADMIN, "/v1/audit?kind=segment").await.must(200);
    assert!(!format!("{:?} {}", rig.table.items(), log.text).contains("quillon"));
}

#[tokio::test]
async fn many_contacts_are_changed_at_once_and_the_log_says_so_once() {
    let rig = Rig::new().await;
    let ids = people(&rig, 6).await;
    let bulk = async |action: Value| -> Value {
        let body = json!({"contacts": &ids[..3], "action": action});
        rig.post(&SUPERVISOR, "/v1/contacts/bulk", body).await.must(200).json()
    };
    assert_eq!(bulk(json!({"tag": "spring"})).await, json!({"changed": 3, "unchanged": 0}));
    assert_eq!(bulk(json!({"tag": "spring"})).await, json!({"changed": 0, "unchanged": 3}));
    assert_eq!(bulk(json!({"untag": "vip"})).await, json!({"changed": 2, "unchanged": 1}));
    let campaign = rig.draft().await;
    assert_eq!(bulk(json!({"enroll": campaign})).await, json!({"changed": 3, "unchanged": 0}));
    assert_eq!(bulk(json!({"suppress": "do_not_call"})).await, json!({"changed": 3, "unchanged": 0}));
    assert_eq!(bulk(json!({"suppress": "do_not_call"})).await, json!({"changed": 0, "unchanged": 3}));
    let contact = rig.get(&SUPERVISOR, &format!("/v1/contacts/{}", ids[0])).await.must(200).json();
    assert_eq!(contact["tags"], json!(["spring"]));
    assert_eq!(contact["suppressions"][0]["reason"], "do_not_call");
    let log = rig.get(&ADMIN, "/v1/audit?kind=contacts").await.must(200).json();
    assert_eq!(log["items"].as_array().unwrap().len(), 6);
    assert_eq!(log["items"][0]["operation"], "change_contacts");
    for bad in [
        json!({"action": {"tag": "x"}}),
        json!({"contacts": [], "action": {"tag": "x"}}),
        json!({"contacts": ["con_1"], "action": {"tag": "x"}}),
        json!({"contacts": &ids[..1], "action": {"tag": ""}}),
        json!({"contacts": &ids[..1], "action": {"shout": "x"}}),
    ] {
        rig.post(&SUPERVISOR, "/v1/contacts/bulk", bad).await.must(422);
    }
    rig.post(&STRANGER, "/v1/contacts/bulk", json!({"contacts": &ids[..1], "action": {"tag": "x"}}))
        .await
        .must(422);
}

#[tokio::test]
async fn a_segment_is_changed_a_hundred_at_a_time() {
    let rig = Rig::new().await;
    people(&rig, 230).await;
    let id = segment(&rig, json!({"q": "exam"})).await;
    let (mut changed, mut cursor, mut rounds) = (0, Value::Null, 0);
    loop {
        let body = json!({"segment": id, "action": {"tag": "all"}, "cursor": cursor});
        let done = rig.post(&SUPERVISOR, "/v1/contacts/bulk", body).await.must(200).json();
        changed += done["changed"].as_u64().unwrap();
        rounds += 1;
        if done["next_cursor"].is_null() {
            break;
        }
        cursor = done["next_cursor"].clone();
    }
    assert_eq!((changed, rounds), (230, 3));
    let mut rows = Vec::new();
    let mut path = "/v1/contacts.csv?tag=all".to_owned();
    loop {
        let part = rig.get(&ADMIN, &path).await.must(200);
        rows.extend(part.text.lines().map(str::to_owned));
        let Some(next) = part.header("x-next-cursor") else { break };
        path = format!("/v1/contacts.csv?tag=all&cursor={next}");
    }
    assert_eq!(rows.len(), 231);
    assert!(rows[0].contains("contact,phone,first_name") && rows[1].contains("Example 000"), "{}", rows[1]);
    rig.get(&SUPERVISOR, "/v1/contacts.csv").await.must(403);
}

#[tokio::test]
async fn two_contacts_become_one_with_both_histories() {
    let rig = Rig::new().await;
    let new = |phone: &str, email: &str| json!({"phone": phone, "first_name": "Ada", "last_name": "Example", "email": email, "tags": [email]});
    let stays = rig
        .post(
            &SUPERVISOR,
            "/v1/contacts",
            json!({"phone": "020 7946 0001", "first_name": "Ada", "last_name": "Éxample"}),
        )
        .await;
    let goes = rig.post(&SUPERVISOR, "/v1/contacts", new("020 7946 0002", "ada@example.com")).await;
    rig.post(&SUPERVISOR, "/v1/contacts", new("020 7946 0003", "bea@example.com")).await.must(201);
    let id = |reply: &crate::rig::Reply| reply.json()["id"].as_str().unwrap().to_owned();
    let (stays, goes) = (id(&stays), id(&goes));
    rig.stream().await;
    let path = format!("/v1/contacts/{stays}");
    let duplicates = rig.get(&SUPERVISOR, &format!("{path}/duplicates")).await.must(200).json();
    assert_eq!(duplicates["items"].as_array().unwrap().len(), 2);
    rig.post(&AGENT, &format!("/v1/contacts/{goes}/notes"), json!({"text": "Likes tea."})).await.must(201);
    let campaign = rig.draft().await;
    let enroll = format!("/v1/campaigns/{campaign}/enrollments");
    rig.post(&SUPERVISOR, &enroll, json!({"contacts": [goes]})).await.must(200);
    let merge = |version: &str| {
        Sent::from(json!({"other": goes})).with("if-match", version).with("idempotency-key", "m1")
    };
    let at = format!("{path}/merge");
    rig.call(&SUPERVISOR, "POST", &at, merge("\"9\"")).await.must(412);
    let one = rig.call(&SUPERVISOR, "POST", &at, merge("\"1\"")).await.must(200).json();
    assert_eq!((&one["email"], &one["merged"]), (&json!("ada@example.com"), &json!([goes])));
    assert_eq!(rig.call(&SUPERVISOR, "POST", &at, merge("\"1\"")).await.must(200).json(), one, "merged once");
    rig.get(&SUPERVISOR, &format!("/v1/contacts/{goes}")).await.must(404);
    let file = rig.get(&SUPERVISOR, &path).await.must(200).json();
    assert_eq!(file["notes"][0]["text"], "Likes tea.");
    assert_eq!(file["enrollments"][0]["enrollment"]["reason"], "withdrawn");
    let any = |body: Value| Sent::from(body).with("if-match", "*");
    rig.call(&SUPERVISOR, "POST", &at, any(json!({"other": goes}))).await.must(422);
    rig.call(&SUPERVISOR, "POST", &at, any(json!({"other": stays}))).await.must(422);
    rig.call(&STRANGER, "POST", &at, any(json!({"other": goes}))).await.must(404);
}

#[tokio::test]
async fn a_suppression_list_from_elsewhere_is_taken_in() {
    let rig = Rig::new().await;
    let list = json!({"addresses": ["020 7946 0001", "+442079460001", "Ada@Example.com", "12", "a@b"], "reason": "do_not_call"});
    let done = rig.post(&SUPERVISOR, "/v1/suppressions/import", list.clone()).await.must(200);
    let taken = done.json();
    assert_eq!(taken["suppressed"], 2);
    let places: Vec<_> =
        taken["invalid"].as_array().unwrap().iter().map(|bad| bad["index"].clone()).collect();
    assert_eq!(places, [3, 4]);
    rig.post(&SUPERVISOR, "/v1/suppressions/import", list).await.must(200);
    let all = rig.get(&SUPERVISOR, "/v1/suppressions").await.must(200).json();
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
    rig.post(&SUPERVISOR, "/v1/suppressions/import", json!({"addresses": [], "reason": "bounce"}))
        .await
        .must(422);
}
