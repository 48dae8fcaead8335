//! Every invariant's checker notices the bugs that it is there for.
#![allow(missing_docs)]

use carillon_simulation::{Mutant, Options, run};

/// Within so many seeds.
const SEEDS: u64 = 100;

#[test]
fn every_mutant_is_caught_by_the_checker_of_its_invariant() {
    let halves = Mutant::ALL.split_at(Mutant::ALL.len() / 2);
    let survivors: Vec<Mutant> = std::thread::scope(|scope| {
        let work = [halves.0, halves.1]
            .map(|half| scope.spawn(move || half.iter().copied().filter_map(survives).collect::<Vec<_>>()));
        work.into_iter().flat_map(|half| half.join().expect("no panic")).collect()
    });
    assert!(survivors.is_empty(), "not caught within {SEEDS} seeds: {survivors:?}");
}

fn survives((mutant, invariants): (Mutant, &[u8])) -> Option<Mutant> {
    let options = Options { mutant: Some(mutant), ..Options::default() };
    let caught = (0..SEEDS).find_map(|seed| {
        let violation = run(seed, options).violation?;
        invariants.contains(&violation.invariant).then_some((seed, violation))
    });
    let Some((seed, violation)) = caught else { return Some(mutant) };
    println!("{mutant:?}: invariant {} after {} seeds: {}", violation.invariant, seed + 1, violation.what);
    None
}
