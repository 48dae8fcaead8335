//! Every invariant's checker notices the bugs that it is there for.
#![allow(missing_docs)]

use carillon_simulation::{Mutant, Options, run};

/// Within so many seeds.
const SEEDS: u64 = 60;

#[test]
fn every_mutant_is_caught_by_the_checker_of_its_invariant() {
    let mut survivors = Vec::new();
    for (mutant, invariants) in Mutant::ALL {
        let options = Options { mutant: Some(mutant), ..Options::default() };
        let caught = (0..SEEDS).find_map(|seed| {
            let violation = run(seed, options).violation?;
            invariants.contains(&violation.invariant).then_some((seed, violation))
        });
        match caught {
            Some((seed, violation)) => {
                println!(
                    "{mutant:?}: invariant {} after {} seeds: {}",
                    violation.invariant,
                    seed + 1,
                    violation.what
                );
            }
            None => survivors.push(mutant),
        }
    }
    assert!(survivors.is_empty(), "not caught within {SEEDS} seeds: {survivors:?}");
}
