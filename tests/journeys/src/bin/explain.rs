//! Prints why a contact was called, or was not: `explain tenant campaign contact`, through the API.

use anyhow::{Context, Result, bail};
use journeys::campaign;
use journeys::world::World;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [tenant, id, who] = arguments.as_slice() else { bail!("explain TENANT CAMPAIGN CONTACT") };
    let api = World::load()?.sign_in(tenant, "supervisor")?;
    let contact = match who.parse::<usize>() {
        Ok(place) => {
            let enrollments = campaign::enrollments(&api, id)?;
            let enrollment = place.checked_sub(1).and_then(|at| enrollments.get(at));
            let enrollment = enrollment.with_context(|| format!("the campaign has {}", enrollments.len()))?;
            enrollment["contact"].as_str().unwrap_or_default().to_owned()
        }
        Err(_) => who.clone(),
    };
    let told = api.read(&format!("/v1/campaigns/{id}/enrollments/{contact}/explanation"))?;
    println!("{contact}\n{}\n", told["summary"].as_str().unwrap_or_default());
    for step in told["steps"].as_array().into_iter().flatten() {
        let replay = step["replay"].as_str().map(|replay| format!("  [made again: {replay}]"));
        println!("- {}{}", step["what"].as_str().unwrap_or_default(), replay.unwrap_or_default());
        for why in step["because"].as_array().into_iter().flatten() {
            println!("    {}", why.as_str().unwrap_or_default());
        }
    }
    Ok(())
}
