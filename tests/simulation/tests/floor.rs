//! No agent on two calls, no call on two agents, no hold that outlives its lease, nobody left alone on the line or forgotten
//! there, nobody rung outside their hours or for another team: whatever is lost, late or repeated.
#![allow(missing_docs)]

use carillon_simulation::floor::{FloorMutant, FloorOutcome, run};

const SEEDS: u64 = 60;
/// A mutant is caught within so many.
const MUTANT_SEEDS: u64 = 40;

#[test]
fn calls_and_agents_agree_on_every_seed() {
    let outcomes: Vec<(u64, FloorOutcome)> = std::thread::scope(|scope| {
        let half = |from: u64| {
            move || (from..SEEDS).step_by(2).map(|seed| (seed, run(seed, None))).collect::<Vec<_>>()
        };
        let (left, right) = (scope.spawn(half(0)), scope.spawn(half(1)));
        let mut all = left.join().expect("no panic");
        all.extend(right.join().expect("no panic"));
        all
    });
    let broken: Vec<String> = outcomes
        .iter()
        .filter_map(|(seed, outcome)| {
            let violation = outcome.violation.as_ref()?;
            Some(format!("seed {seed}: {}: {}", violation.invariant, violation.what))
        })
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    let sum = |of: fn(&FloorOutcome) -> u64| outcomes.iter().map(|(_, it)| of(it)).sum::<u64>();
    let (calls, talks) = (sum(|it| it.calls), sum(|it| it.talks));
    let (consults, deaths) = (sum(|it| it.consults), sum(|it| it.deaths));
    let (guests, handed_out) = (sum(|it| it.guests), sum(|it| it.handed_out));
    println!("{SEEDS} seeds: {calls} calls, {talks} talks, {consults} consults, {deaths} functions died");
    println!("{guests} guests joined, and {handed_out} people were left to one");
    let (handed_over, hung_up) = (sum(|it| it.handed_over), sum(|it| it.hung_up));
    println!(
        "{handed_over} people were handed over, and {hung_up} telephones had to be hung up by the sweep"
    );
    assert!(handed_over > SEEDS && hung_up > 0, "few to hand over or to hang up: {handed_over}, {hung_up}");
    assert!(guests > SEEDS && handed_out > SEEDS / 2, "few guests: {guests}, {handed_out}");
    assert!(
        talks > calls / 10 && deaths > SEEDS && consults > SEEDS,
        "the world is too quiet: {calls} calls, {talks} talks, {deaths} deaths"
    );
}

#[test]
fn every_mutant_is_caught() {
    for mutant in FloorMutant::ALL {
        let caught = (0..MUTANT_SEEDS).find_map(|seed| Some((seed, run(seed, Some(mutant)).violation?)));
        let (seed, violation) =
            caught.unwrap_or_else(|| panic!("{mutant:?} is not caught within {MUTANT_SEEDS} seeds"));
        println!("{mutant:?}: invariant {} at seed {seed}: {}", violation.invariant, violation.what);
    }
}

#[test]
fn a_seed_is_the_same_world_every_time() {
    let (one, other) = (run(7, None), run(7, None));
    assert_eq!((one.calls, one.talks, one.deaths), (other.calls, other.talks, other.deaths));
}
