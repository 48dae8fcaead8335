//! Counts a campaign anew: `recount tenant campaign [mend]`, through the API.

use std::time::Duration;

use anyhow::{Result, bail};
use journeys::world::World;
use serde_json::{Value, json};

/// The stream brings changes within seconds. What differs for a minute is lost.
const SETTLED: Duration = Duration::from_secs(60);

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [tenant, id, rest @ ..] = arguments.as_slice() else { bail!("recount TENANT CAMPAIGN [mend]") };
    let api = World::load()?.sign_in(tenant, "admin")?;
    let recount = |drift: Option<&Value>| -> Result<Value> {
        let body = drift.map_or_else(|| json!({}), |drift| json!({"mend": drift}));
        Ok(api.post(&format!("/v1/campaigns/{id}/recount"), &body)?.expect(&[200], "recounting")?.json())
    };
    let found = recount(None)?;
    for (name, count) in found["sum"].as_object().into_iter().flatten() {
        println!("  {name:<28} {count:>8}");
    }
    let drift = found["drift"].as_object().cloned().unwrap_or_default();
    if drift.is_empty() {
        println!("The counters are the sum.");
        return Ok(());
    }
    for (name, by) in &drift {
        println!("  {name}: the counter lacks {by}");
    }
    if rest.first().is_none_or(|word| word != "mend") {
        bail!("the counters are not the sum; `--mend` mends them");
    }
    println!("Waiting a minute: what is only late comes by then.");
    std::thread::sleep(SETTLED);
    let mended = recount(Some(&Value::Object(drift)))?;
    if mended["mended"] != true {
        bail!(
            "the difference is another one by now, so nothing was changed; try again when nobody is called"
        );
    }
    println!("Mended.");
    Ok(())
}
