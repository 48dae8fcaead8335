//! Contacts, numbers and suppressions.

use serde_json::{Value, json};

use crate::rig::{ADMIN, AGENT, Rig, SUPERVISOR, Sent};

#[tokio::test]
async fn a_contact_is_found_by_its_number_in_any_notation_and_exists_once() {
    let rig = Rig::new().await;
    let new = json!({"phone": "020 7946 0018", "first_name": "Ada", "email": "Ada@Example.com", "custom": {"city": "Bath"}});
    let created = rig.post(&SUPERVISOR, "/v1/contacts", new.clone()).await.must(201);
    let contact = created.json();
    assert_eq!(
        (&contact["phone"], &contact["phone_given"]),
        (&json!("+442079460018"), &json!("020 7946 0018"))
    );
    assert_eq!((&contact["place"]["country"], &contact["zones"]), (&json!("GB"), &json!(["Europe/London"])));
    assert_eq!(contact["email"], "ada@example.com");
    for notation in ["%2B44%2020%207946%200018", "02079460018"] {
        let found = rig.get(&SUPERVISOR, &format!("/v1/contacts?phone={notation}")).await.must(200).json();
        assert_eq!(found["items"][0]["id"], contact["id"]);
    }
    let again = rig.post(&SUPERVISOR, "/v1/contacts", new).await.must(409);
    assert_eq!(again.problem(), "exists");
    assert!(!again.text.contains("7946"), "no number in a problem");
    let file = rig.get(&SUPERVISOR, created.header("location").unwrap()).await.must(200);
    assert_eq!((&file.json()["id"], &file.json()["custom"]), (&contact["id"], &contact["custom"]));
    assert_eq!(file.header("etag"), Some("\"1\""));
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_null_removes() {
    let rig = Rig::new().await;
    let new = json!({"phone": "020 7946 0018", "first_name": "Ada", "last_name": "Example", "custom": {"city": "Bath", "plan": "plus"}});
    let id =
        rig.post(&SUPERVISOR, "/v1/contacts", new).await.must(201).json()["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/contacts/{id}");
    rig.call(&SUPERVISOR, "PATCH", &path, json!({})).await.must(428);
    let patch = json!({"first_name": "Grace", "last_name": null, "custom": {"plan": null, "size": "L"}, "timezone": "America/Denver"});
    let edited = rig
        .call(&SUPERVISOR, "PATCH", &path, Sent::from(patch.clone()).with("if-match", "\"1\""))
        .await
        .must(200);
    let contact = edited.json();
    assert_eq!((&contact["first_name"], &contact["last_name"]), (&json!("Grace"), &Value::Null));
    assert_eq!(contact["custom"], json!({"city": "Bath", "size": "L"}));
    assert_eq!((&contact["zones"], edited.header("etag")), (&json!(["America/Denver"]), Some("\"2\"")));
    rig.call(&SUPERVISOR, "PATCH", &path, Sent::from(patch).with("if-match", "\"1\"")).await.must(412);
    let number = json!({"phone": "+442079460019"});
    let refused =
        rig.call(&SUPERVISOR, "PATCH", &path, Sent::from(number).with("if-match", "*")).await.must(422);
    assert_eq!(refused.json()["errors"][0]["field"], "phone", "a number is for good");
}

#[tokio::test]
async fn a_contact_with_faults_is_refused_field_by_field_without_repeating_them() {
    let rig = Rig::new().await;
    let bad = json!({"phone": "020 7946 0018", "email": "ada.example", "timezone": "Bath", "locale": "d", "tags": [""]});
    let refused = rig.post(&SUPERVISOR, "/v1/contacts", bad).await.must(422);
    let fields: Vec<Value> =
        refused.json()["errors"].as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
    assert_eq!(fields, ["timezone", "email", "locale", "tags"]);
    assert!(!refused.text.contains("ada.example"));
    for phone in ["", "12", "+44 20", "call me", "4.93012E+11", "+44 909 879 0000"] {
        let refused = rig.post(&SUPERVISOR, "/v1/contacts", json!({"phone": phone})).await.must(422).json();
        assert_eq!(refused["errors"][0]["field"], "phone", "{phone}");
    }
}

#[tokio::test]
async fn contacts_are_listed_by_name_over_pages() {
    let rig = Rig::new().await;
    for (at, name) in ["Dora", "Ada", "Carl", "Eve", "Bob"].iter().enumerate() {
        let new = json!({"phone": format!("020 7946 00{at:02}"), "last_name": name});
        rig.post(&SUPERVISOR, "/v1/contacts", new).await.must(201);
    }
    let (mut names, mut path) = (Vec::new(), "/v1/contacts?limit=2".to_owned());
    loop {
        let page = rig.get(&SUPERVISOR, &path).await.must(200).json();
        names.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["last_name"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/contacts?limit=2&cursor={next}");
    }
    assert_eq!(names, ["Ada", "Bob", "Carl", "Dora", "Eve"]);
}

#[tokio::test]
async fn numbers_are_looked_at_one_by_one() {
    let rig = Rig::new().await;
    let numbers = json!({"numbers": ["020 7946 0018", "+49 30 23125 123", "123", "", "+44 909 879 0000"]});
    let checked = rig.post(&SUPERVISOR, "/v1/numbers/validate", numbers).await.must(200).json();
    assert_eq!((&checked["valid"], &checked["invalid"]), (&json!(2), &json!(3)));
    insta::assert_json_snapshot!("numbers", checked["numbers"]);
    let german = json!({"numbers": ["030 23125123"], "country": "Deutschland"});
    let checked = rig.post(&SUPERVISOR, "/v1/numbers/validate", german).await.must(200).json();
    assert_eq!(checked["numbers"][0]["phone"], "+493023125123");
    rig.post(&SUPERVISOR, "/v1/numbers/validate", json!({"numbers": []})).await.must(422);
    rig.post(&SUPERVISOR, "/v1/numbers/validate", json!({"numbers": vec!["1"; 1001]})).await.must(422);
    rig.post(&SUPERVISOR, "/v1/numbers/validate", json!({"numbers": ["1"], "country": "Atlantis"}))
        .await
        .must(422);
}

#[tokio::test]
async fn a_suppression_keeps_its_first_reason_until_it_is_lifted() {
    let rig = Rig::new().await;
    let path = "/v1/suppressions/%2B44%2020%207946%200018";
    let first = rig.call(&SUPERVISOR, "PUT", path, json!({"reason": "do_not_call"})).await.must(200).json();
    assert_eq!((&first["address"], &first["scope"]), (&json!("+442079460018"), &json!("all")));
    assert_eq!(first["source"], "user user-1");
    let again = rig.call(&SUPERVISOR, "PUT", path, json!({"reason": "complaint"})).await.must(200).json();
    assert_eq!(again, first);
    let mail = "/v1/suppressions/Ada@Example.com";
    let mailed = rig
        .call(&SUPERVISOR, "PUT", mail, json!({"reason": "bounce", "scope": "email"}))
        .await
        .must(200)
        .json();
    assert_eq!(mailed["address"], "ada@example.com");
    let list = rig.get(&SUPERVISOR, "/v1/suppressions").await.must(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    rig.call(&SUPERVISOR, "DELETE", path, ()).await.must(403);
    rig.call(&ADMIN, "DELETE", &format!("{path}?scope=sms"), ()).await.must(404);
    rig.call(&ADMIN, "DELETE", path, ()).await.must(204);
    rig.call(&ADMIN, "DELETE", path, ()).await.must(404);
    for bad in ["02079460018", "a@b", "%2B12", "nobody"] {
        let refused = rig
            .call(&SUPERVISOR, "PUT", &format!("/v1/suppressions/{bad}"), json!({"reason": "bounce"}))
            .await;
        assert_eq!(refused.must(422).json()["errors"][0]["field"], "address", "{bad}");
    }
}

#[tokio::test]
async fn the_log_says_whose_suppression_was_lifted_and_no_number() {
    let rig = Rig::new().await;
    let [contact, other] = [rig.contact("020 7946 0018").await, rig.contact("020 7946 0019").await];
    for number in ["18", "19"] {
        let path = format!("/v1/suppressions/%2B4420794600{number}");
        rig.call(&SUPERVISOR, "PUT", &path, json!({"reason": "do_not_call"})).await.must(200);
    }
    rig.pass(1);
    rig.call(&ADMIN, "DELETE", "/v1/suppressions/%2B442079460018", ()).await.must(204);
    rig.call(&ADMIN, "DELETE", "/v1/suppressions/Ada@Example.com", ()).await.must(404);
    let log = rig.get(&ADMIN, "/v1/audit?kind=suppression").await.must(200);
    let (text, log) = (log.text.clone(), log.json());
    let entry = |at: usize| (&log["items"][at]["change"], &log["items"][at]["id"]);
    assert_eq!(entry(0), (&json!("deleted"), &json!(contact)));
    let mut added = [entry(1), entry(2)].map(|(_, id)| id.as_str().unwrap().to_owned());
    let mut wanted = [contact, other];
    added.sort();
    wanted.sort();
    assert_eq!(added, wanted);
    assert!(!text.contains("7946"), "{text}");
}

#[tokio::test]
async fn of_two_words_the_rarer_leads_whichever_is_longer() {
    let rig = Rig::new().await;
    let people =
        [("Zula", "Meierz"), ("Zulb", "Meiera"), ("Anna", "Meierm"), ("Bea", "Meiern"), ("Eve", "Meiero")];
    for (at, (first, last)) in people.into_iter().enumerate() {
        let new = json!({"phone": format!("020 7946 00{at:02}"), "first_name": first, "last_name": last});
        rig.post(&SUPERVISOR, "/v1/contacts", new).await.must(201);
    }
    rig.stream().await;
    let mut path = "/v1/contacts?q=zul%20meier&limit=1".to_owned();
    let mut found = Vec::new();
    loop {
        let page = rig.get(&SUPERVISOR, &path).await.must(200).json();
        found.extend(page["items"].as_array().unwrap().iter().map(|item| item["first_name"].clone()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/contacts?q=zul%20meier&limit=1&cursor={next}");
    }
    // By the family name, of which there are more, it would be the other way round.
    assert_eq!(found, ["Zula", "Zulb"]);
}

#[tokio::test]
async fn contacts_are_searched_as_one_types() {
    let rig = Rig::new().await;
    for (at, (first, last, email, tags)) in [
        ("Jürgen", "Müller", "jm@example.com", vec!["vip"]),
        ("Anna", "Andersson", "anna@example.org", vec![]),
        ("Muriel", "Jones", "muriel@example.com", vec!["vip", "uk"]),
    ]
    .into_iter()
    .enumerate()
    {
        let new = json!({"phone": format!("020 7946 00{at:02}"), "first_name": first, "last_name": last, "email": email, "tags": tags});
        rig.post(&SUPERVISOR, "/v1/contacts", new).await.must(201);
    }
    rig.stream().await;
    let find = async |query: &str| -> Vec<String> {
        let page = rig.get(&SUPERVISOR, &format!("/v1/contacts?{query}")).await.must(200).json();
        let name = |item: &Value| item["first_name"].as_str().unwrap().to_owned();
        page["items"].as_array().unwrap().iter().map(name).collect()
    };
    assert_eq!(find("q=mu").await, ["Jürgen", "Muriel"], "by any word, in the order of those words");
    assert_eq!(find("q=M%C3%9CLLER").await, ["Jürgen"]);
    assert_eq!(find("q=jo%20mur").await, ["Muriel"], "every word counts");
    assert_eq!(find("q=a").await, ["Anna"], "one letter begins a family name");
    assert_eq!(find("q=muriel@ex").await, ["Muriel"]);
    assert_eq!(find("email=ANNA@example.org").await, ["Anna"]);
    assert_eq!(find("q=020%207946%200001").await, ["Anna"]);
    assert_eq!(find("q=%2B4420794600").await, Vec::<String>::new(), "half a number");
    assert_eq!(find("q=xyz").await, Vec::<String>::new());
    assert_eq!(find("tag=vip").await, ["Muriel", "Jürgen"]);
    assert_eq!(find("tag=vip&q=mu&limit=1").await, ["Jürgen"]);
    assert_eq!(find("q=%20").await, ["Anna", "Muriel", "Jürgen"]);
    // A cursor is of use for its own question only.
    let page = rig.get(&SUPERVISOR, "/v1/contacts?q=mu&limit=1").await.must(200).json();
    let cursor = page["next_cursor"].as_str().unwrap();
    assert_eq!(find(&format!("q=mu&limit=1&cursor={cursor}")).await, ["Muriel"]);
    rig.get(&SUPERVISOR, &format!("/v1/contacts?q=jo&cursor={cursor}")).await.must(400);
    rig.get(&SUPERVISOR, &format!("/v1/contacts?q={}", "x".repeat(201))).await.must(400);
    rig.get(&SUPERVISOR, "/v1/contacts?phone=12").await.must(400);
}

#[tokio::test]
async fn notes_stand_in_the_contacts_timeline() {
    let rig = Rig::new().await;
    let contact = rig.contact("020 7946 0018").await;
    let path = format!("/v1/contacts/{contact}/notes");
    rig.post(&SUPERVISOR, "/v1/contacts/con_1/notes", json!({"text": "Hello"})).await.must(404);
    rig.post(&SUPERVISOR, &path, json!({"text": " "})).await.must(422);
    rig.pass(1);
    let keyed = || Sent::from(json!({"text": "Call after five."})).with("idempotency-key", "n1");
    let note = rig.call(&AGENT, "POST", &path, keyed()).await.must(201);
    let again = rig.call(&AGENT, "POST", &path, keyed()).await.must(201);
    assert_eq!(note.json(), again.json(), "written once");
    let at = note.header("location").unwrap().to_owned();
    rig.call(&AGENT, "PUT", &at, json!({"text": "Call after six."})).await.must(428);
    let edit = |version: &str| Sent::from(json!({"text": "Call after six."})).with("if-match", version);
    let edited = rig.call(&AGENT, "PUT", &at, edit("\"1\"")).await.must(200).json();
    assert_eq!((&edited["text"], &edited["version"]), (&json!("Call after six."), &json!(2)));
    rig.call(&AGENT, "PUT", &at, edit("\"1\"")).await.must(412);
    let other = rig.post(&SUPERVISOR, &path, json!({"text": "Do not."})).await.must(201);
    let file = rig.get(&SUPERVISOR, &format!("/v1/contacts/{contact}")).await.must(200).json();
    assert_eq!(file["notes"].as_array().unwrap().len(), 2);
    let kinds: Vec<_> =
        file["timeline"].as_array().unwrap().iter().map(|entry| entry["kind"].clone()).collect();
    assert_eq!(kinds, ["note", "note", "created"]);
    rig.call(&AGENT, "DELETE", &at, Sent::default().with("if-match", "*")).await.must(204);
    rig.get(&AGENT, &at).await.must(404);
    rig.get(&AGENT, other.header("location").unwrap()).await.must(200);
}

#[tokio::test]
async fn an_agent_leaves_the_notes_of_others_alone() {
    let rig = Rig::new().await;
    let contact = rig.contact("020 7946 0018").await;
    let path = format!("/v1/contacts/{contact}/notes");
    let note = rig.post_as("user-2", &AGENT, &path, json!({"text": "Mine."})).await.must(201);
    let at = note.header("location").unwrap();
    let any = || Sent::from(json!({"text": "Yours."})).with("if-match", "*");
    rig.call(&AGENT, "PUT", at, any()).await.must(403);
    rig.call(&AGENT, "DELETE", at, any()).await.must(403);
    rig.call(&SUPERVISOR, "PUT", at, any()).await.must(200);
}
