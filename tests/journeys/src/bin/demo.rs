//! The main job, as a customer would do it, and as `cargo xtask demo` shows it: a list with real-life mess in it, a
//! campaign with retries, its run to the end, and an account of every row.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Timestamp};
use journeys::api::Api;
use journeys::campaign;
use journeys::world::World;
use serde_json::{Value, json};

/// How many rows the list has.
const ROWS: u64 = 1_000;
/// What it is made from: the same list every time.
const SEED: u64 = 2026;
/// The campaign's end: whose hours do not open before it are not called, and are told apart in the account.
const CAMPAIGN_MINUTES: i64 = 12;

fn main() -> Result<()> {
    let world = World::load()?;
    world.furnish()?;
    let api = world.sign_in("acme", "admin")?;

    println!("\nA list of {ROWS} contacts, as real as they come:");
    let sample = carillon_intake::sample::contacts(SEED, ROWS);
    let campaign = campaign::create(&api, &plan()?)?;
    let import = import(&api, &campaign, &sample.csv)?;
    campaign::command(&api, &campaign, "start")?;
    let progress = watch(&api, &campaign)?;
    account(&api, &world, &campaign, &import, &progress)
}

/// Contacts are called between 8 and half past 20 o'clock of their own timezone, and by every rule of their country.
fn plan() -> Result<Value> {
    let mut plan = campaign::plan_at_any_hour("Appointment reminder");
    let day = json!([["08:00", "20:30"]]);
    for weekday in ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] {
        plan["window"][weekday] = day.clone();
    }
    plan["waive_house_rules"] = json!(false);
    let end = Timestamp::now() + SignedDuration::from_mins(CAMPAIGN_MINUTES);
    plan["end_at"] = json!(end.to_string());
    plan["record"] = json!(true);
    Ok(plan)
}

fn import(api: &Api, campaign: &str, csv: &[u8]) -> Result<Value> {
    let bar = bar(ROWS, "{prefix:>10} {bar:40} {pos}/{len} rows  {msg}")?;
    bar.set_prefix("importing");
    let mut said = Instant::now();
    // What the list calls consent is consent to automated calls, without which half of the world may not be called.
    let options = json!({"campaign": campaign, "mapping": {"Consent": "consent:automated_calls"}});
    let id = campaign::upload(api, "leads.csv", csv, options)?;
    let import = campaign::imported(api, &id, 120, |import| {
        bar.set_position(import["counts"]["rows"].as_u64().unwrap_or(0));
        let invalid = import["counts"]["invalid"].as_u64().unwrap_or(0);
        bar.set_message(format!("{invalid} refused"));
        say(&bar, &mut said);
    })?;
    bar.finish();
    if import["state"] != "completed" {
        bail!("the import ended as {}: {}", import["state"], import["failure"]);
    }
    Ok(import)
}

fn watch(api: &Api, campaign: &str) -> Result<Value> {
    let enrolled = campaign::progress(api, campaign)?["enrolled"].as_u64().unwrap_or(0);
    let bar = bar(enrolled, "{prefix:>10} {bar:40} {pos}/{len} contacts  {msg}")?;
    bar.set_prefix("calling");
    let mut said = Instant::now();
    let seconds = u64::try_from(CAMPAIGN_MINUTES * 60 + 120).unwrap_or(900);
    let progress = campaign::completed(api, campaign, seconds, |progress| {
        bar.set_length(progress["enrolled"].as_u64().unwrap_or(enrolled));
        bar.set_position(progress["ended"].as_u64().unwrap_or(0));
        let number = |name: &str| progress[name].as_u64().unwrap_or(0);
        let rate = progress["answer_rate"].as_f64().unwrap_or(0.0);
        let (attempts, now) = (number("attempts"), number("calls_in_progress"));
        bar.set_message(format!("{attempts} calls, {now} now, {rate:.0}% answered"));
        say(&bar, &mut said);
    })?;
    bar.finish();
    Ok(progress)
}

fn bar(length: u64, template: &str) -> Result<ProgressBar> {
    let bar = ProgressBar::new(length);
    bar.set_style(ProgressStyle::with_template(template)?.progress_chars("━╸─"));
    bar.enable_steady_tick(Duration::from_millis(200));
    Ok(bar)
}

/// Where there is no terminal to draw on, a line now and then.
fn say(bar: &ProgressBar, said: &mut Instant) {
    if bar.is_hidden() && said.elapsed() >= Duration::from_secs(5) {
        *said = Instant::now();
        let length = bar.length().unwrap_or_default();
        println!("{:>10} {}/{length}  {}", bar.prefix(), bar.position(), bar.message());
    }
}

/// Adds everything up, from the API's numbers and the network's own account, and fails if anything is left over.
fn account(api: &Api, world: &World, campaign: &str, import: &Value, progress: &Value) -> Result<()> {
    let counts = |name: &str| import["counts"][name].as_u64().unwrap_or(0);
    let duplicates =
        counts("duplicate_in_file") + counts("duplicate_in_campaign") + counts("duplicate_in_tenant");
    let enrolled = progress["enrolled"].as_u64().unwrap_or(0);
    println!("\nEvery row:");
    row("in the file", counts("rows"));
    row("enrolled", enrolled);
    row("refused, with the reason", counts("invalid"));
    row("the same number again", duplicates);
    row("not to be called", counts("suppressed"));

    println!("\nEvery contact enrolled:");
    let reasons = named(&progress["ended_by_reason"]);
    for (reason, count) in reasons.iter().filter(|(_, count)| **count > 0) {
        row(&reason.replace('_', " "), *count);
    }
    println!("\nEvery call:");
    let outcomes = named(&progress["outcomes"]);
    for (outcome, count) in outcomes.iter().filter(|(_, count)| **count > 0) {
        row(&outcome.replace('_', " "), *count);
    }
    let attempts = progress["attempts"].as_u64().unwrap_or(0);
    let talk = progress["talk_seconds"].as_u64().unwrap_or(0);
    let rate = progress["answer_rate"].as_f64().unwrap_or(0.0);
    println!("\n  {attempts} calls, {rate:.1}% answered by a person, {} minutes of talk", talk / 60);

    let journal = world.network().calls()?;
    let mut by_attempt: BTreeMap<&str, u32> = BTreeMap::new();
    for call in &journal {
        *by_attempt.entry(call.attempt.as_str()).or_default() += 1;
    }
    let twice = by_attempt.values().filter(|count| **count > 1).count();
    println!("  {} calls reached the network, {twice} attempts more than once", journal.len());

    let left_over = [
        (
            counts("rows") == enrolled + counts("invalid") + duplicates + counts("suppressed"),
            "rows do not add up",
        ),
        (enrolled == reasons.values().sum::<u64>(), "enrolled contacts without an ending"),
        (attempts == outcomes.values().sum::<u64>(), "calls without an outcome"),
        (twice == 0, "somebody was called twice for one attempt"),
    ];
    let wrong: Vec<&str> = left_over.iter().filter(|(holds, _)| !holds).map(|(_, what)| *what).collect();
    if !wrong.is_empty() {
        bail!("{}", wrong.join("; "));
    }
    let first = campaign::enrollments(api, campaign)?;
    first.first().context("the campaign has no contacts")?;
    println!("  Nothing is left over.");
    println!("\nThe campaign: {campaign}");
    Ok(())
}

fn row(what: &str, count: u64) {
    println!("  {what:<28} {count:>6}");
}

fn named(counts: &Value) -> BTreeMap<String, u64> {
    let entries = counts.as_object().into_iter().flatten();
    entries.map(|(name, count)| (name.clone(), count.as_u64().unwrap_or(0))).collect()
}
