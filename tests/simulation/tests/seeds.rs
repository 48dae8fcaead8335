//! Seeds that must be green, and seeds that once were not.
#![allow(missing_docs)]

use carillon_simulation::{Options, run};

/// `cargo xtask test` runs a thousand, by `simulate --seeds 1000`.
const SEEDS: u64 = 40;

#[test]
fn no_invariant_is_broken() {
    let (left, right) = std::thread::scope(|scope| {
        let half = |from: u64| move || (from..SEEDS).step_by(2).filter_map(broken).collect::<Vec<_>>();
        let (left, right) = (scope.spawn(half(0)), scope.spawn(half(1)));
        (left.join().expect("no panic"), right.join().expect("no panic"))
    });
    let broken: Vec<String> = left.into_iter().chain(right).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn broken(seed: u64) -> Option<String> {
    let violation = run(seed, Options::default()).violation?;
    Some(format!("simulate --seed {seed} --trace: {}: {}", violation.invariant, violation.what))
}

#[test]
fn a_seed_reruns_to_the_letter() {
    for seed in [3, 5, 8] {
        let traced = Options { trace: true, ..Options::default() };
        let (one, other) = (run(seed, traced), run(seed, traced));
        assert!(one.trace.is_some_and(|trace| trace.lines().count() > 100));
        assert_eq!(run(seed, traced).trace, other.trace, "seed {seed}");
        assert_eq!(one.stats.steps, run(seed, Options::default()).stats.steps, "tracing changes nothing");
    }
}
