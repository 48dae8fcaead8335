//! Imports on the deployed template: by upload and by drop, what is refused and why, and what survives a crash.
#![allow(clippy::unwrap_used)]

use anyhow::Result;
use carillon_domain::ports::Objects;
use carillon_shell::aws::Aws;
use carillon_shell::env::Env;
use carillon_shell::objects::S3Objects;
use journeys::api::Api;
use journeys::world::World;
use journeys::{campaign, functions, people, wait};
use serde_json::{Value, json};

/// Puts a file into the data bucket, as the customer's own systems would.
fn drop_file(world: &World, key: &str, content: &[u8]) -> Result<()> {
    let env = Env::of([
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", &world.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_ENDPOINT_URL", &world.endpoint),
    ]);
    let bucket = S3Objects::new(Aws::from_env(&env)?.s3(), &world.outputs["DataBucket"]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(bucket.put(key, content.to_vec(), "text/csv"))?;
    Ok(())
}

/// Uploads a file and waits for what becomes of it.
fn outcome(api: &Api, content: &[u8], options: Value) -> Result<Value> {
    let import = campaign::upload(api, "leads.csv", content, options)?;
    campaign::imported(api, &import, 60, |_| {})
}

fn adds_up(import: &Value) {
    let count = |name: &str| import["counts"][name].as_u64().unwrap();
    let parts = [
        "valid",
        "invalid",
        "duplicate_in_file",
        "duplicate_in_campaign",
        "duplicate_in_tenant",
        "suppressed",
    ];
    assert_eq!(count("rows"), parts.into_iter().map(count).sum::<u64>(), "{import}");
}

#[test]
fn a_messy_list_is_accounted_for_row_by_row() -> Result<()> {
    let (_, api) = World::for_tests()?;
    let sample =
        carillon_intake::sample::contacts(u64::try_from(journeys::api::unique() & 0xffff_ffff)?, 300);
    let campaign = campaign::create(&api, &campaign::plan_at_any_hour("Messy list"))?;
    let import = outcome(&api, &sample.csv, json!({"campaign": campaign}))?;
    assert_eq!(import["state"], "completed", "{import}");
    adds_up(&import);
    assert_eq!(import["counts"]["rows"], sample.rows);
    assert_eq!(import["counts"]["invalid"], sample.invalid.len());
    let rejects = api.read(&format!("/v1/imports/{}/rejects", import["id"].as_str().unwrap()))?;
    let file = api.raw_url("GET", rejects["url"].as_str().unwrap())?;
    assert_eq!(file.status, 200);
    let text = file.text();
    assert_eq!(text.lines().filter(|line| line.contains("Last name")).count(), 1, "one header");
    for formula in ["=cmd", "=HYPERLINK", "@SUM"] {
        assert!(
            !text.split([';', '\n']).any(|cell| cell.trim_matches('"').starts_with(formula)),
            "{formula} is live"
        );
    }
    let listed = campaign::enrollments(&api, &campaign)?;
    assert_eq!(import["counts"]["valid"], listed.len());
    Ok(())
}

#[test]
fn a_rejects_file_can_be_mended_and_sent_again() -> Result<()> {
    let (_, api) = World::for_tests()?;
    let (good, bad) = (people::number(), people::number());
    let csv = format!("Name;Telefon\r\nA;{good}\r\nB;{}\r\n", &bad[..7]);
    let import = outcome(&api, csv.as_bytes(), json!({}))?;
    assert_eq!(
        (&import["counts"]["valid"], &import["counts"]["invalid"]),
        (&json!(1), &json!(1)),
        "{import}"
    );
    let rejects = api.read(&format!("/v1/imports/{}/rejects", import["id"].as_str().unwrap()))?;
    let text = api.raw_url("GET", rejects["url"].as_str().unwrap())?.text();
    assert!(text.contains("rejected_reason") && text.contains("B;"), "{text}");
    let mended = text.replacen(&bad[..7], &bad, 1);
    let again = outcome(&api, mended.as_bytes(), json!({}))?;
    assert_eq!((&again["counts"]["valid"], &again["counts"]["invalid"]), (&json!(1), &json!(0)), "{again}");
    Ok(())
}

#[test]
fn a_file_dropped_on_the_bucket_belongs_to_the_tenant_of_its_folder() -> Result<()> {
    let (world, api) = World::for_tests()?;
    let number = people::number();
    let name = format!("drop-{:x}.csv", journeys::api::unique());
    let csv = format!("Vorname;Handy\nGrete;{number}\n");
    drop_file(&world, &format!("drops/globex/{name}"), csv.as_bytes())?;
    let globex = world.sign_in("globex", "admin")?;
    let import = wait::until("the dropped file", 60, || {
        let imports = globex.read("/v1/imports?limit=50")?;
        let imports = imports["items"].as_array().cloned().unwrap_or_default();
        let found = imports.into_iter().find(|import| import["file_name"] == json!(name));
        Ok(found.filter(|import| import["state"] == "completed"))
    })?;
    assert_eq!(import["counts"]["valid"], 1);
    // Nothing of it can be seen from the other tenant.
    let id = import["id"].as_str().unwrap();
    assert_eq!(api.get(&format!("/v1/imports/{id}"))?.status, 404);
    assert_eq!(api.get(&format!("/v1/imports/{id}/rejects"))?.status, 404);
    let theirs = globex.read("/v1/contacts?limit=200")?;
    let grete =
        theirs["items"].as_array().unwrap().iter().find(|contact| contact["phone"] == json!(number)).unwrap();
    assert_eq!(api.get(&format!("/v1/contacts/{}", grete["id"].as_str().unwrap()))?.status, 404);
    assert!(!campaign::pages(&api, "/v1/contacts")?.iter().any(|contact| contact["phone"] == json!(number)));
    Ok(())
}

#[test]
fn the_same_event_twice_imports_once() -> Result<()> {
    let (world, api) = World::for_tests()?;
    let campaign = campaign::create(&api, &campaign::plan_at_any_hour("Twice"))?;
    let csv = people::list(&[people::number(), people::number()]);
    let key = format!("drops/acme/{campaign}/twice.csv");
    // The same content under the same key is announced again; with versions it is another version, and all its rows
    // are known.
    drop_file(&world, &key, csv.as_bytes())?;
    wait::until("the first", 60, || {
        Ok((campaign::progress(&api, &campaign)?["enrolled"] == 2).then_some(()))
    })?;
    drop_file(&world, &key, csv.as_bytes())?;
    std::thread::sleep(std::time::Duration::from_secs(4));
    assert_eq!(campaign::enrollments(&api, &campaign)?.len(), 2);
    assert_eq!(campaign::progress(&api, &campaign)?["enrolled"], 2);
    Ok(())
}

#[test]
fn duplicates_follow_the_policy() -> Result<()> {
    let (_, api) = World::for_tests()?;
    let number = people::number();
    let row = |name: &str| format!("First name,Phone\n{name},{number}\n");
    let campaign = campaign::create(&api, &campaign::plan_at_any_hour("Duplicates"))?;
    campaign::fill(&api, &campaign, &row("Anna"))?;
    let name = || -> Result<Value> {
        let contact = campaign::enrollments(&api, &campaign)?[0]["contact"].as_str().unwrap().to_owned();
        Ok(api.read(&format!("/v1/contacts/{contact}"))?["first_name"].clone())
    };
    let skipped =
        outcome(&api, row("Berta").as_bytes(), json!({"campaign": campaign, "duplicates": "skip"}))?;
    assert_eq!(skipped["counts"]["duplicate_in_campaign"], 1, "{skipped}");
    assert_eq!(name()?, "Anna");
    let updated =
        outcome(&api, row("Clara").as_bytes(), json!({"campaign": campaign, "duplicates": "update"}))?;
    assert_eq!(updated["counts"]["duplicate_in_campaign"], 1, "{updated}");
    assert_eq!(name()?, "Clara");
    let rejected =
        outcome(&api, row("Dora").as_bytes(), json!({"campaign": campaign, "duplicates": "reject"}))?;
    assert_eq!(
        (&rejected["counts"]["duplicate_in_campaign"], &rejected["has_rejects"]),
        (&json!(1), &json!(true))
    );
    let elsewhere = campaign::create(&api, &campaign::plan_at_any_hour("Elsewhere"))?;
    let across =
        outcome(&api, row("Emma").as_bytes(), json!({"campaign": elsewhere, "across_tenant": true}))?;
    assert_eq!(across["counts"]["duplicate_in_tenant"], 1, "{across}");
    let within = outcome(&api, row("Emma").as_bytes(), json!({"campaign": elsewhere}))?;
    assert_eq!(within["counts"]["valid"], 1, "known elsewhere, new here: {within}");
    Ok(())
}

#[test]
fn a_dry_run_tells_and_writes_nothing() -> Result<()> {
    let (_, api) = World::for_tests()?;
    let number = people::number();
    let csv = format!("First name,Phone\nAnna,{number}\nBerta,{number}\nClara,123\n");
    let campaign = campaign::create(&api, &campaign::plan_at_any_hour("Dry run"))?;
    let import = outcome(&api, csv.as_bytes(), json!({"campaign": campaign, "dry_run": true}))?;
    let counts = &import["counts"];
    assert_eq!(
        (&counts["valid"], &counts["duplicate_in_file"], &counts["invalid"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert!(campaign::enrollments(&api, &campaign)?.is_empty());
    assert!(!campaign::pages(&api, "/v1/contacts")?.iter().any(|contact| contact["phone"] == json!(number)));
    Ok(())
}

#[test]
fn an_import_can_be_taken_back() -> Result<()> {
    let (_, api) = World::for_tests()?;
    let numbers = [people::number(), people::number()];
    let campaign = campaign::create(&api, &campaign::plan_at_any_hour("Undo"))?;
    let import = campaign::fill(&api, &campaign, &people::list(&numbers))?;
    let id = import["id"].as_str().unwrap();
    api.post(&format!("/v1/imports/{id}/undo"), &json!({}))?.expect(&[200, 202], "undo")?;
    wait::until("undoing", 60, || {
        Ok((api.read(&format!("/v1/imports/{id}"))?["state"] == "undone").then_some(()))
    })?;
    let left = campaign::enrollments(&api, &campaign)?;
    assert!(left.iter().all(|enrollment| enrollment["reason"] == "withdrawn"), "{left:?}");
    assert!(
        !campaign::pages(&api, "/v1/contacts")?
            .iter()
            .any(|c| numbers.iter().any(|n| c["phone"] == json!(n)))
    );
    // The mended file brings them in again.
    let again = campaign::fill(&api, &campaign, &people::list(&numbers))?;
    assert_eq!((&again["counts"]["valid"], &again["counts"]["rows"]), (&json!(2), &json!(2)), "{again}");
    let back = campaign::enrollments(&api, &campaign)?;
    assert!(back.len() == 2 && back.iter().all(|enrollment| enrollment["state"] == "waiting"), "{back:?}");
    Ok(())
}

#[test]
fn an_import_whose_function_is_killed_goes_on_where_it_stood() -> Result<()> {
    let (world, api) = World::for_tests()?;
    let numbers: Vec<String> = (0..3_000).map(|_| people::number()).collect();
    let campaign = campaign::create(&api, &campaign::plan_at_any_hour("Killed"))?;
    let id =
        campaign::upload(&api, "big.csv", people::list(&numbers).as_bytes(), json!({"campaign": campaign}))?;
    wait::until("the first part", 90, || {
        Ok((api.read(&format!("/v1/imports/{id}"))?["counts"]["rows"].as_u64() > Some(0)).then_some(()))
    })?;
    assert!(functions::kill("Import", &world.endpoint) > 0, "no import function to kill");
    let import = campaign::imported(&api, &id, 180, |_| {})?;
    assert_eq!(import["state"], "completed", "{import}");
    assert_eq!(
        (&import["counts"]["rows"], &import["counts"]["valid"]),
        (&json!(3_000), &json!(3_000)),
        "{import}"
    );
    let enrolled = campaign::enrollments(&api, &campaign)?;
    let unique: std::collections::BTreeSet<&str> =
        enrolled.iter().filter_map(|e| e["contact"].as_str()).collect();
    assert_eq!(unique.len(), 3_000);
    Ok(())
}

#[test]
fn a_file_that_cannot_be_read_is_rejected_with_its_reason() -> Result<()> {
    let (_, api) = World::for_tests()?;
    let zip = b"PK\x03\x04\x14\x00\x00\x00\x08\x00not a csv at all".to_vec();
    for (what, content, code) in [
        ("no phone column", b"Name,City\nAnna,Berlin\n".to_vec(), "no_phone_column"),
        ("a zip", zip, "not_a_csv"),
        ("blanks", b"   \n\n".to_vec(), "empty_file"),
        ("no header", format!("Anna,{}\n", people::number()).into_bytes(), "no_header"),
    ] {
        let import = outcome(&api, &content, json!({}))?;
        assert_eq!(import["state"], "rejected", "{what}: {import}");
        assert_eq!(import["failure"]["code"], json!(code), "{what}: {import}");
        assert_eq!(import["counts"]["rows"], 0);
    }
    let empty = api.post("/v1/imports", &json!({"file_name": "empty.csv", "size": 0}))?;
    assert_eq!(empty.status, 422, "{}", empty.text());
    Ok(())
}

#[test]
fn a_monstrous_row_is_one_reject_among_sound_ones() -> Result<()> {
    let (_, api) = World::for_tests()?;
    let (first, last) = (people::number(), people::number());
    let long = "x".repeat(10 << 20);
    let commas = ",".repeat(100_000);
    let csv = format!("First name,Phone\nAnna,{first}\n{long},1\nBerta{commas}\nClara,{last}\n");
    let import = outcome(&api, csv.as_bytes(), json!({}))?;
    assert_eq!(import["state"], "completed", "{import}");
    assert_eq!(
        (&import["counts"]["valid"], &import["counts"]["invalid"]),
        (&json!(2), &json!(2)),
        "{import}"
    );
    Ok(())
}
