//! Nothing that follows from a change is lost: whatever hooks want to know is delivered or given up after the whole schedule,
//! every recording is kept and lies nowhere else, and nothing is left of whoever was forgotten.
#![allow(missing_docs)]

use std::collections::BTreeMap;

use carillon_simulation::errands::{ErrandMutant, ErrandOutcome, run};

const SEEDS: u64 = 90;
/// A mutant is caught within so many.
const MUTANT_SEEDS: u64 = 60;

#[test]
fn no_errand_is_lost_on_any_seed() {
    let outcomes: Vec<(u64, ErrandOutcome)> = std::thread::scope(|scope| {
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
    assert!(broken.is_empty(), "{} seeds:\n{}", broken.len(), broken.join("\n"));
    let sum = |of: fn(&ErrandOutcome) -> u64| outcomes.iter().map(|(_, it)| of(it)).sum::<u64>();
    let mut faults: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, count) in outcomes.iter().flat_map(|(_, it)| &it.faults) {
        *faults.entry(name).or_default() += count;
    }
    let (posts, delivered, failed) = (sum(|it| it.posts), sum(|it| it.delivered), sum(|it| it.failed));
    let (kept, forgotten) = (sum(|it| it.kept), sum(|it| it.forgotten));
    let (dead, disabled, again) =
        (sum(|it| it.dead_letters), sum(|it| it.disabled), sum(|it| it.asked_again));
    println!(
        "{SEEDS} seeds: {posts} posts, {delivered} delivered, {failed} given up, {disabled} hooks disabled"
    );
    println!(
        "{again} asked for again, {kept} recordings kept, {forgotten} people forgotten, {dead} dead letters"
    );
    println!("{faults:?}");
    assert!(posts > delivered && delivered > 10 * SEEDS && failed > SEEDS / 4, "few posts");
    assert!(kept > 2 * SEEDS && forgotten > SEEDS / 2, "few recordings: {kept}, {forgotten}");
    assert!(disabled > SEEDS / 12 && again > SEEDS / 4 && dead > SEEDS / 4, "little trouble");
    assert!(faults.len() == 11 && faults.values().all(|count| *count > SEEDS / 6), "little goes wrong");
}

#[test]
fn every_mutant_is_caught_by_the_promise_that_it_breaks() {
    let mut missed = Vec::new();
    for (mutant, promise) in ErrandMutant::ALL {
        let found = |seed| run(seed, Some(mutant)).violation.filter(|it| it.invariant == promise);
        let caught = (0..MUTANT_SEEDS).find_map(|seed| Some((seed, found(seed)?)));
        let Some((seed, violation)) = caught else {
            missed.push(mutant);
            continue;
        };
        println!("{mutant:?}: invariant {} at seed {seed}: {}", violation.invariant, violation.what);
    }
    assert!(missed.is_empty(), "not caught within {MUTANT_SEEDS} seeds: {missed:?}");
}

#[test]
fn a_seed_is_the_same_world_every_time() {
    assert_eq!(run(7, None), run(7, None));
}
