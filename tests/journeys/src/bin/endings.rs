//! Ten contacts, ten endings, and why: what `explain` tells of each, written to docs/explain.md.
//!
//! The list, the people and the campaign are made up here; whatever stands in the document was told by the API of a
//! campaign that ran on the deployed template. `cargo xtask demo --explain` runs it.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context, Result};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use journeys::api::Api;
use journeys::world::World;
use journeys::{campaign, people};
use serde_json::{Value, json};

/// The campaign ends so soon, so that the one whose hours do not come is told apart.
const MINUTES: i64 = 3;

struct Person {
    who: &'static str,
    line: Vec<Value>,
    zone: &'static str,
}

fn people() -> Vec<Person> {
    let person = |who, line| Person { who, line, zone: "Europe/Berlin" };
    vec![
        person("pressed 1 for more", vec![people::presses("1")]),
        person("listened to the end", vec![people::listens()]),
        person("pressed 9: no more calls", vec![people::presses("9")]),
        person("has an answering machine", vec![people::machine()]),
        person("never answered", vec![json!("no_answer"); 3]),
        person("was busy, and answered the second time", vec![json!("busy"), people::presses("1")]),
        person("was put on the suppression list after the import", vec![people::listens()]),
        person("asked to be forgotten before the start", vec![people::listens()]),
        Person { who: "lives where it is night", line: vec![people::listens()], zone: far_away() },
        person("came with a list that was taken back", vec![people::listens()]),
    ]
}

/// Half a day from Berlin.
fn far_away() -> &'static str {
    "Pacific/Auckland"
}

fn main() -> Result<()> {
    let out = PathBuf::from(std::env::args().nth(1).context("the file to write")?);
    let world = World::load()?;
    world.furnish()?;
    let api = world.sign_in("acme", "admin")?;
    let people = people();
    let numbers: Vec<String> = people.iter().map(|_| people::number()).collect();
    let lines = people.iter().map(|person| person.line.clone());
    world.network().script(numbers.iter().zip(lines))?;
    let id = campaign::create(&api, &plan())?;
    let (last, first) = (people.len() - 1, 0..people.len() - 1);
    let rows = first.map(|at| format!("{},{}\r\n", numbers[at], people[at].zone)).collect::<String>();
    let list = campaign::fill(&api, &id, &format!("Phone,Timezone\r\n{rows}"))?;
    let taken_back =
        campaign::fill(&api, &id, &format!("Phone,Timezone\r\n{},{}\r\n", numbers[last], people[last].zone))?;
    let contacts = campaign::enrollments(&api, &id)?;
    let contact = |number: &str| -> Result<String> {
        let found = contacts.iter().find(|enrollment| enrollment["to"] == number).context("not enrolled")?;
        Ok(found["contact"].as_str().unwrap_or_default().to_owned())
    };
    let ids = numbers.iter().map(|number| contact(number)).collect::<Result<Vec<_>>>()?;

    let suppressed = format!("/v1/suppressions/{}", numbers[6].replace('+', "%2B"));
    api.put(&suppressed, &json!({"reason": "do_not_call"}), None)?.expect(&[200], "suppressing")?;
    api.post(&format!("/v1/contacts/{}/erase", ids[7]), &json!({}))?.expect(&[200], "erasing")?;
    let import = taken_back["id"].as_str().context("an import")?;
    api.post(&format!("/v1/imports/{import}/undo"), &json!({}))?.expect(&[200, 202], "taking back")?;
    journeys::wait::until("the import to be taken back", 30, || {
        Ok((api.read(&format!("/v1/imports/{import}"))?["state"] == "undone").then_some(()))
    })?;
    campaign::command(&api, &id, "start")?;
    campaign::completed(&api, &id, u64::try_from(MINUTES * 60 + 120).unwrap_or(300), |_| {})?;
    let mut text = document(&api, &id, &people, &ids)?;
    for import in [&list, &taken_back] {
        text = text.replace(import["id"].as_str().context("an import")?, "imp_…");
    }
    std::fs::write(&out, text).with_context(|| format!("writing {}", out.display()))?;
    println!("{}", out.display());
    Ok(())
}

fn plan() -> Value {
    let mut plan = campaign::plan_at_any_hour("Ten endings");
    // Open now in Berlin, and not so soon where it is half a day later.
    let hour =
        i64::from(Timestamp::now().to_zoned(TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC)).hour());
    let day =
        json!([[format!("{:02}:00", (hour - 1).clamp(0, 20)), format!("{:02}:00", (hour + 3).clamp(4, 24))]]);
    for weekday in ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] {
        plan["window"][weekday] = day.clone();
    }
    plan["end_at"] = json!((Timestamp::now() + SignedDuration::from_mins(MINUTES)).to_string());
    plan
}

fn document(api: &Api, campaign: &str, people: &[Person], ids: &[String]) -> Result<String> {
    let mut text = String::from(
        "# Why each was called, or was not\n\n\
         Ten contacts of one campaign, and what `GET /v1/campaigns/{campaign}/enrollments/{contact}/explanation` tells of\n\
         each. Written by `cargo xtask demo --explain` from a run on the local world; the people are invented, the words\n\
         are what an admin reads. *Made again: same* says that the stored decision was derived anew from what it was made\n\
         of, with the same result.\n",
    );
    for (at, (person, id)) in people.iter().zip(ids).enumerate() {
        let told = api.read(&format!("/v1/campaigns/{campaign}/enrollments/{id}/explanation"))?;
        write!(text, "\n## {}. Somebody who {}\n\n", at + 1, person.who)?;
        writeln!(text, "**{}**\n", told["summary"].as_str().unwrap_or_default())?;
        for step in told["steps"].as_array().into_iter().flatten() {
            let replay = step["replay"].as_str().map(|replay| format!(" *Made again: {replay}.*"));
            let what = step["what"].as_str().unwrap_or_default();
            writeln!(text, "- {what}{}", replay.unwrap_or_default())?;
            for why in step["because"].as_array().into_iter().flatten() {
                writeln!(text, "  - {}", why.as_str().unwrap_or_default())?;
            }
        }
    }
    // Ids that differ from run to run would make every run another document.
    text = text.replace(campaign, "cmp_…");
    for id in ids {
        text = text.replace(id.as_str(), "con_…");
    }
    Ok(text)
}
