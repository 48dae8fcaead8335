//! The customer's main job: a list, a campaign, its run.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::api::Api;
use crate::wait::until;

/// A campaign whose contacts may be called at any hour: for what has to hold whatever the time of day is. Nobody's law
/// is waived by it, only house hours.
#[must_use]
pub fn plan_at_any_hour(name: &str) -> Value {
    let day = json!([["00:00", "24:00"]]);
    json!({
        "name": name,
        "purpose": "informational",
        "waive_house_rules": true,
        "timezone": "Europe/Berlin",
        "caller_ids": ["+4930901820"],
        "window": {"mon": day, "tue": day, "wed": day, "thu": day, "fri": day, "sat": day, "sun": day},
        "pace": {"calls_per_second": 10, "ring_seconds": 25, "wave_seconds": 10},
        "amd": "sync",
        "retry": {"attempts_max": 3, "rules": {
            "busy": {"times": 2, "after": "PT3S"},
            "no_answer": {"times": 2, "after": "PT4S", "jitter_percent": 50},
            "failed": {"times": 1, "after": "PT3S"},
            "not_placed": {"times": 2, "after": "PT3S"},
        }},
        "script": {
            "language": "en-GB",
            "voice": "Polly.Amy-Neural",
            "greeting": "Hello {{first_name|there}}, this is the clinic with a word about your appointment.",
            "menu": {
                "prompt": "Press 1 to hear more, or 9 if you do not want to be called again.",
                "interested_reply": "Thank you. We will call you back.",
                "opted_out_reply": "We will not call you again.",
                "wait_seconds": 5,
            },
            "goodbye": "Goodbye.",
            "voicemail": "Hello {{first_name|there}}, please call the clinic back about your appointment.",
        },
    })
}

/// Creates a campaign and returns its id.
///
/// # Errors
/// The API's.
pub fn create(api: &Api, plan: &Value) -> Result<String> {
    let created = api.post("/v1/campaigns", plan)?.expect(&[201], "creating a campaign")?;
    id_of(&created.json())
}

/// Uploads a CSV as the dashboard would, and returns the import's id.
///
/// # Errors
/// The API's, or the bucket's.
pub fn upload(api: &Api, file_name: &str, csv: &[u8], options: Value) -> Result<String> {
    let body = json!({"file_name": file_name, "size": csv.len(), "options": options});
    let created = api.post("/v1/imports", &body)?.expect(&[201], "asking for an import")?.json();
    api.upload(&created["upload"], csv)?;
    id_of(&created["import"])
}

/// Waits until an import is over, and returns it.
///
/// # Errors
/// When it takes too long.
pub fn imported(api: &Api, import: &str, seconds_max: u64, mut seen: impl FnMut(&Value)) -> Result<Value> {
    until("the import", seconds_max, || {
        let import = api.read(&format!("/v1/imports/{import}"))?;
        seen(&import);
        let over = matches!(import["state"].as_str(), Some("completed" | "rejected" | "failed" | "undone"));
        Ok(over.then_some(import))
    })
}

/// Uploads a list into a campaign and waits until it is in.
///
/// # Errors
/// When it is not completed.
pub fn fill(api: &Api, campaign: &str, csv: &str) -> Result<Value> {
    let import = upload(api, "contacts.csv", csv.as_bytes(), json!({"campaign": campaign}))?;
    let import = imported(api, &import, 60, |_| {})?;
    if import["state"] != "completed" {
        bail!("the import ended as {}: {}", import["state"], import["failure"]);
    }
    Ok(import)
}

/// Gives a campaign a command.
///
/// # Errors
/// When the API refuses it.
pub fn command(api: &Api, campaign: &str, command: &str) -> Result<Value> {
    let reply = api.post(&format!("/v1/campaigns/{campaign}/{command}"), &json!({}))?;
    Ok(reply.expect(&[200, 202], command)?.json())
}

/// How far it has come.
///
/// # Errors
/// The API's.
pub fn progress(api: &Api, campaign: &str) -> Result<Value> {
    api.read(&format!("/v1/campaigns/{campaign}/progress"))
}

/// Waits until a campaign is complete, and returns its progress then.
///
/// # Errors
/// When it takes too long.
pub fn completed(api: &Api, campaign: &str, seconds_max: u64, mut seen: impl FnMut(&Value)) -> Result<Value> {
    let last = std::cell::RefCell::new(Value::Null);
    until("the campaign's end", seconds_max, || {
        let progress = progress(api, campaign)?;
        seen(&progress);
        last.replace(progress.clone());
        Ok((progress["state"] == "completed").then_some(progress))
    })
    .with_context(|| format!("last seen: {}", last.borrow()))
}

/// Every enrollment of a campaign, in the order in which they came.
///
/// # Errors
/// The API's.
pub fn enrollments(api: &Api, campaign: &str) -> Result<Vec<Value>> {
    pages(api, &format!("/v1/campaigns/{campaign}/enrollments"))
}

/// Every entry of a list, page by page.
///
/// # Errors
/// The API's.
pub fn pages(api: &Api, path: &str) -> Result<Vec<Value>> {
    let mut entries = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let after = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let page = api.read(&format!("{path}?limit=100{after}"))?;
        entries.extend(page["items"].as_array().cloned().unwrap_or_default());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return Ok(entries),
        }
    }
}

fn id_of(entity: &Value) -> Result<String> {
    entity["id"].as_str().map(str::to_owned).with_context(|| format!("no id in {entity}"))
}
