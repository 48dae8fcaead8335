//! A person asks to be forgotten, and is: on the deployed template, in both tables, in the bucket and at the provider.
#![allow(clippy::unwrap_used)]

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use carillon_shell::aws::Aws;
use carillon_shell::env::Env;
use journeys::world::World;
use journeys::{campaign, people, wait};
use serde_json::{Value, json};

/// What lies in the stack's stores, as its owner sees it.
struct Stores {
    aws: Aws,
    runtime: tokio::runtime::Runtime,
    outputs: std::collections::BTreeMap<String, String>,
}

impl Stores {
    fn of(world: &World) -> Result<Self> {
        let env = Env::of([
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", &world.access_key_id),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_ENDPOINT_URL", &world.endpoint),
        ]);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { aws: Aws::from_env(&env)?, runtime, outputs: world.outputs.clone() })
    }

    /// Every item of a table, as text.
    fn items(&self, output: &str) -> Result<Vec<String>> {
        let name = self.outputs.get(output).with_context(|| format!("the stack has no {output}"))?;
        let (mut items, mut after) = (Vec::new(), None);
        loop {
            let request = self.aws.dynamodb().scan().table_name(name).set_exclusive_start_key(after);
            let page = self.runtime.block_on(request.send())?;
            items.extend(page.items.unwrap_or_default().iter().map(|item| format!("{item:?}")));
            after = page.last_evaluated_key.filter(|key| !key.is_empty());
            if after.is_none() {
                return Ok(items);
            }
        }
    }

    fn objects(&self, prefix: &str) -> Result<Vec<String>> {
        let bucket = &self.outputs["DataBucket"];
        let request = self.aws.s3().list_objects_v2().bucket(bucket).prefix(prefix);
        let found = self.runtime.block_on(request.send())?.contents.unwrap_or_default();
        Ok(found.into_iter().filter_map(|object| object.key).collect())
    }
}

#[test]
fn who_asks_to_be_forgotten_is_forgotten_everywhere() -> Result<()> {
    let (world, api) = World::for_tests()?;
    let (stores, network, number) = (Stores::of(&world)?, world.network(), people::number());
    network.script([(&number, vec![people::presses("1")])])?;
    let mut plan = campaign::plan_at_any_hour("Forgetting");
    plan["record"] = json!(true);
    plan["amd"] = json!("off");
    plan["script"].as_object_mut().context("a script")?.remove("voicemail");
    let id = campaign::create(&api, &plan)?;
    let (first, last, email) = ("Wilhelmina", "Zsigmondy", "wilhelmina@zsigmondy.example");
    campaign::fill(
        &api,
        &id,
        &format!("First name,Last name,Phone,Email\r\n{first},{last},{number},{email}\r\n"),
    )?;
    campaign::command(&api, &id, "start")?;
    campaign::completed(&api, &id, 120, |_| {})?;
    let contact = campaign::enrollments(&api, &id)?[0]["contact"].as_str().context("an id")?.to_owned();
    let said = network.calls_to(&number)?[0].details.to_string();
    assert!(said.contains(&format!("Hello {first}")), "greeted by a name that only the vault knows: {said}");
    let call = format!("acme.{id}.{contact}.1");
    let recording = format!("/v1/calls/{call}/recording");
    wait::until("the recording to be kept", 60, || Ok((api.get(&recording)?.status == 200).then_some(())))?;
    let prefix = format!("recordings/acme/{id}/");
    assert_eq!(stores.objects(&prefix)?.len(), 1);
    let telling = [first, last, email, number.as_str()];
    let private = stores.items("PrivateTableName")?.concat().to_lowercase();
    assert!(private.contains(&last.to_lowercase()), "found by name until now");

    let erased = api.post(&format!("/v1/contacts/{contact}/erase"), &json!({}))?;
    assert_eq!(erased.expect(&[200], "erasing")?.json()["calls_open"], 0);

    assert_eq!(api.get(&format!("/v1/contacts/{contact}"))?.status, 410);
    assert_eq!(api.get(&recording)?.status, 404);
    assert_eq!(stores.objects(&prefix)?, Vec::<String>::new());
    for table in ["TableName", "PrivateTableName"] {
        for item in stores.items(table)?.iter().filter(|item| !item.contains("#S#+")) {
            for telling in telling {
                let found = item.to_lowercase().contains(&telling.to_lowercase());
                assert!(!found, "{telling} is in {table}: {item}");
            }
        }
    }
    let list = campaign::pages(&api, "/v1/suppressions")?;
    assert!(list.iter().any(|entry| entry["address"] == number.as_str()), "so that no list brings them back");
    let progress = campaign::progress(&api, &id)?;
    assert_eq!(
        (&progress["attempts"], &progress["outcomes"]["interested"]),
        (&json!(1), &json!(1)),
        "{progress}"
    );

    // The provider's copy went when ours was kept.
    let tenant = world.tenant("acme")?;
    let sign_in = BASE64_STANDARD.encode(format!("{}:{}", tenant.account_sid, tenant.auth_token));
    let sid = network.calls_to(&number)?[0].details["sid"].as_str().context("a sid")?.to_owned();
    let path = format!("/2010-04-01/Accounts/{}/Calls/{sid}/Recordings.json", tenant.account_sid);
    let left: Value =
        network.raw("GET", &path, &[("authorization", &format!("Basic {sign_in}"))], None)?.json();
    assert_eq!(left["recordings"], json!([]), "{left}");
    Ok(())
}
