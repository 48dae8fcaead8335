//! Two campaigns that call the same people at the same instant: nothing but the provider's own word says whose a call was.
#![allow(missing_docs)]

use carillon_simulation::{Mutant, Options, Outcome, Scenario, run_scenario};

const SEEDS: u64 = 12;

fn worlds(options: Options) -> Vec<Outcome> {
    (0..SEEDS).map(|seed| run_scenario(Scenario::rivals(seed), options)).collect()
}

#[test]
fn no_call_is_given_to_another_attempt_than_the_one_it_was_placed_for() {
    let worlds = worlds(Options::default());
    let broken: Vec<_> =
        worlds.iter().filter_map(|world| Some((world.seed, world.violation.clone()?))).collect();
    assert!(broken.is_empty(), "{broken:?}");
    let told: u64 = worlds.iter().map(|world| world.stats.told).sum();
    println!("the provider said {told} times whose a call was");
    assert!(told > 2, "it was asked {told} times: nothing is shown");
}

#[test]
fn a_provider_that_names_the_wrong_one_is_noticed() {
    let worlds = worlds(Options { mutant: Some(Mutant::CallsMistaken), ..Options::default() });
    let caught = worlds.iter().filter_map(|world| world.violation.as_ref());
    assert!(caught.clone().any(|violation| violation.invariant == 5), "{:?}", caught.collect::<Vec<_>>());
}
