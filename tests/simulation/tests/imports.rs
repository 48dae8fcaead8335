//! Every row of every file is counted once and kept, refused rows come back, and what is taken back is gone: whatever is lost,
//! late or repeated.
#![allow(missing_docs)]

use carillon_simulation::imports::{ImportMutant, ImportsOutcome, run};

const SEEDS: u64 = 150;
/// A mutant is caught within so many.
const MUTANT_SEEDS: u64 = 60;

#[test]
fn no_row_is_lost_on_any_seed() {
    let outcomes: Vec<(u64, ImportsOutcome)> = (0..SEEDS).map(|seed| (seed, run(seed, None))).collect();
    let broken: Vec<String> = outcomes
        .iter()
        .filter_map(|(seed, outcome)| {
            let violation = outcome.violation.as_ref()?;
            Some(format!("seed {seed}: {}: {}", violation.invariant, violation.what))
        })
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    let sum = |of: fn(&ImportsOutcome) -> u64| outcomes.iter().map(|(_, it)| of(it)).sum::<u64>();
    let (files, rows, faults) = (sum(|it| it.files), sum(|it| it.rows.rows), sum(|it| it.faults));
    let (undone, restarted) = (sum(|it| it.undone), sum(|it| it.restarted));
    let (valid, duplicates) = (sum(|it| it.rows.valid), sum(|it| it.rows.duplicates()));
    println!(
        "{SEEDS} seeds: {files} files, {rows} rows, {valid} taken in, {duplicates} known, {undone} files taken \
         back, {restarted} started again, {faults} faults"
    );
    assert!(valid > SEEDS && duplicates > SEEDS, "the files are too alike: {valid} and {duplicates}");
    assert!(undone > SEEDS / 10 && restarted > 5, "too quiet: {undone} taken back, {restarted} restarted");
    assert!(faults > 10 * SEEDS, "the world is too quiet: {faults} faults");
}

#[test]
fn every_mutant_is_caught() {
    for (mutant, promise) in ImportMutant::ALL {
        let caught = (0..MUTANT_SEEDS).find_map(|seed| {
            let violation = run(seed, Some(mutant)).violation?;
            (violation.invariant == promise).then_some((seed, violation))
        });
        let (seed, violation) =
            caught.unwrap_or_else(|| panic!("{mutant:?} is not caught within {MUTANT_SEEDS} seeds"));
        println!("{mutant:?}: promise {promise} at seed {seed}: {}", violation.what);
    }
}

#[test]
fn a_seed_is_the_same_world_every_time() {
    let (one, other) = (run(7, None), run(7, None));
    assert_eq!((one.executions, one.faults, one.rows), (other.executions, other.faults, other.rows));
}
