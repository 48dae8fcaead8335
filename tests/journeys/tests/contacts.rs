//! Many contacts at once: segments, bulk changes, exports, lists of who must not be called, and two that are one.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use anyhow::Result;
use journeys::api::Api;
use journeys::world::World;
use journeys::{campaign, people, wait};
use serde_json::{Value, json};

/// Imports people with these given names, who share a family name that nobody else has. Returns that name.
fn family(api: &Api, given: &[&str], numbers: &[String]) -> Result<String> {
    let name: String =
        format!("{:x}", journeys::api::unique()).bytes().map(|b| char::from(b'a' + b % 26)).collect();
    let rows = given.iter().zip(numbers).map(|(given, number)| format!("{given},{name},{number}\r\n"));
    let csv = format!("First name,Last name,Phone\r\n{}", rows.collect::<String>());
    let import = campaign::upload(api, "family.csv", csv.as_bytes(), json!({}))?;
    let import = campaign::imported(api, &import, 60, |_| {})?;
    assert_eq!(import["counts"]["valid"], given.len(), "{import}");
    Ok(name)
}

fn found(api: &Api, question: &str, count: usize) -> Result<Vec<Value>> {
    wait::until("the search to find them", 20, || {
        let found = api.read(&format!("/v1/contacts?{question}"))?["items"].as_array().unwrap().clone();
        Ok((found.len() == count).then_some(found))
    })
}

#[test]
fn a_segment_is_tagged_enrolled_exported_and_suppressed_as_a_whole() -> Result<()> {
    let (world, api) = World::for_tests()?;
    let numbers: Vec<String> = (0..5).map(|_| people::number()).collect();
    let name = family(&api, &["Ada", "Ben", "Cleo", "=Dan", "Eve"], &numbers)?;
    found(&api, &format!("q={name}"), 5)?;
    let segment = json!({"name": "A family", "filter": {"q": name}});
    let segment = api.post("/v1/segments", &segment)?.expect(&[201], "saving a segment")?.json();
    let id = segment["id"].as_str().unwrap();
    let bulk = |action: Value| -> Result<Value> {
        let body = json!({"segment": id, "action": action});
        Ok(api.post("/v1/contacts/bulk", &body)?.expect(&[200], "a bulk change")?.json())
    };
    assert_eq!(bulk(json!({"tag": "kin"}))?, json!({"changed": 5, "unchanged": 0}));
    assert_eq!(bulk(json!({"tag": "kin"}))?, json!({"changed": 0, "unchanged": 5}), "doing it again");
    found(&api, &format!("segment={id}&tag=kin"), 5)?;

    let target = campaign::create(&api, &campaign::plan_at_any_hour("For a family"))?;
    assert_eq!(bulk(json!({"enroll": target}))?["changed"], 5);
    assert_eq!(campaign::enrollments(&api, &target)?.len(), 5);

    let csv = api.get(&format!("/v1/contacts.csv?segment={id}"))?;
    assert!(csv.content_type.as_deref().unwrap().starts_with("text/csv"));
    let text = csv.text();
    assert!(text.starts_with('\u{feff}'), "by its mark a spreadsheet knows that it is UTF-8");
    assert_eq!(text.lines().count(), 6, "{text}");
    assert!(numbers.iter().all(|number| text.contains(number)) && text.contains("kin"), "{text}");
    assert!(!text.lines().any(|line| line.split(',').any(|cell| cell.trim_matches('"').starts_with('='))));

    assert_eq!(bulk(json!({"suppress": "do_not_call"}))?["changed"], 5);
    campaign::command(&api, &target, "start")?;
    let progress = campaign::completed(&api, &target, 60, |_| {})?;
    assert_eq!((&progress["ended_by_reason"]["suppressed"], &progress["attempts"]), (&json!(5), &json!(0)));

    let globex = world.sign_in("globex", "admin")?;
    assert_eq!(globex.get(&format!("/v1/segments/{id}"))?.status, 404);
    assert_eq!(globex.get(&format!("/v1/contacts.csv?segment={id}"))?.status, 404);
    let deleted = api.raw("DELETE", &format!("/v1/segments/{id}"), &[("if-match", "*")], None)?;
    assert_eq!(deleted.status, 204);
    Ok(())
}

#[test]
fn two_that_are_one_keep_what_happened_to_both() -> Result<()> {
    let (world, api) = World::for_tests()?;
    let numbers = [people::number(), people::number()];
    let name = family(&api, &["Grace", "Grace"], &numbers)?;
    world.network().script(numbers.iter().map(|number| (number, vec![people::listens()])))?;
    let contacts = found(&api, &format!("q={name}"), 2)?;
    let id_of = |number: &String| {
        let contact = contacts.iter().find(|contact| contact["phone"] == json!(number)).unwrap();
        contact["id"].as_str().unwrap().to_owned()
    };
    let (stays, goes) = (id_of(&numbers[0]), id_of(&numbers[1]));
    let called = campaign::create(&api, &campaign::plan_at_any_hour("Before they were one"))?;
    let enroll = |campaign: &str| {
        let body = json!({"contacts": [stays, goes], "action": {"enroll": campaign}});
        api.post("/v1/contacts/bulk", &body)?.expect(&[200], "enrolling")
    };
    enroll(&called)?;
    campaign::command(&api, &called, "start")?;
    campaign::completed(&api, &called, 60, |_| {})?;
    let waiting = campaign::create(&api, &campaign::plan_at_any_hour("After"))?;
    enroll(&waiting)?;

    let suggested = api.read(&format!("/v1/contacts/{stays}/duplicates"))?;
    assert_eq!(suggested["items"][0]["id"], json!(goes), "{suggested}");
    let etag = api.get(&format!("/v1/contacts/{stays}"))?.etag.unwrap();
    let merge = |etag: &str| {
        let headers = [("content-type", "application/json"), ("if-match", etag)];
        let body = json!({"other": goes}).to_string();
        api.raw("POST", &format!("/v1/contacts/{stays}/merge"), &headers, Some(body.as_bytes()))
    };
    assert_eq!(merge("\"999\"")?.status, 412);
    merge(&etag)?.expect(&[200], "merging")?;
    assert_eq!(api.get(&format!("/v1/contacts/{goes}"))?.status, 404);
    let file = api.read(&format!("/v1/contacts/{stays}"))?;
    let calls = file["attempts"].as_array().unwrap().iter().map(|attempt| attempt["call"].as_str().unwrap());
    assert_eq!(calls.collect::<BTreeSet<_>>().len(), 2, "both were called, and it shows: {file}");
    // The other's number is called no more.
    campaign::command(&api, &waiting, "start")?;
    let progress = campaign::completed(&api, &waiting, 60, |_| {})?;
    assert_eq!((&progress["attempts"], &progress["ended_by_reason"]["withdrawn"]), (&json!(1), &json!(1)));
    assert_eq!(world.network().calls_to(&numbers[1])?.len(), 1);
    // One person is forgotten with all that was theirs.
    api.post(&format!("/v1/contacts/{stays}/erase"), &json!({}))?.expect(&[200], "erasing")?;
    let import = campaign::upload(&api, "again.csv", people::list(&numbers).as_bytes(), json!({}))?;
    assert_eq!(campaign::imported(&api, &import, 60, |_| {})?["counts"]["suppressed"], 2, "both numbers");
    let results = api.get(&format!("/v1/campaigns/{called}/results.csv"))?.text();
    assert!(!numbers.iter().any(|number| results.contains(number)), "{results}");
    Ok(())
}

#[test]
fn a_list_of_who_must_not_be_called_is_taken_over_and_what_is_no_address_handed_back() -> Result<()> {
    let (world, api) = World::for_tests()?;
    let number = people::number();
    let list = json!({"addresses": [number, "nobody", "Ada@Example.com"], "reason": "do_not_call"});
    let done = api.post("/v1/suppressions/import", &list)?.expect(&[200], "a list")?.json();
    assert_eq!((&done["suppressed"], &done["invalid"][0]["index"]), (&json!(2), &json!(1)), "{done}");
    assert!(!done.to_string().contains("nobody"), "what is no address may still be somebody's");
    let id = campaign::create(&api, &campaign::plan_at_any_hour("Not for them"))?;
    let import = campaign::fill(&api, &id, &people::list(std::slice::from_ref(&number)))?;
    assert_eq!((&import["counts"]["suppressed"], &import["counts"]["valid"]), (&json!(1), &json!(0)));
    assert!(world.network().calls_to(&number)?.is_empty());
    Ok(())
}
