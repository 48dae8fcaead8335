//! A deterministic simulation of the engine.
//!
//! The production handlers themselves (plan-wave, dial-contact, twilio-voice, reconcile, aggregate) run over the
//! in-memory table, in simulated time, against a queue, a state machine, a change stream, a telephone network and
//! people that are all decided by one seed. Functions die between any two effects, answers are lost, messages come
//! twice, callbacks never, clocks disagree; and after every step the invariants are checked against a record that is
//! kept from the table's changes and the provider's calls alone:
//!
//! 1. At most one call per attempt, and never two at once for one contact of one campaign.
//! 2. Nobody is called who must not be: suppressed, outside hours, over a limit, by a campaign that does not run; and
//!    every attempt carries the verdict that allowed it.
//! 3. Everything comes to its end once faults do: every attempt, every enrollment, every campaign.
//! 5. Counters equal the sum of attempts and enrollments whenever the stream has been worked off, and nothing that was
//!    acknowledged is lost.
//!
//! Small worlds beside it have their own promises: the agents' [`floor`], [`imports`] (files on their way in), and
//! [`errands`], which follow from changes.
//!
//! (4 is the isolation of tenants, which the store's types and the API's tests hold.)
//!
//! What is simulated as latency lies before an effect: between reading the suppression list and asking the provider no
//! time passes, so those checks are exact. An effect that takes long delays the one after it all the same.

mod api;
mod check;
pub mod cost;
mod dice;
pub mod errands;
mod exec;
mod faults;
pub mod floor;
pub mod guide;
mod hooks;
mod hub;
pub mod imports;
mod machine;
mod mutants;
mod network;
mod private;
mod queue;
mod scenario;
mod stream;
mod sums;
mod table;
mod template;
mod turns;
mod world;

use carillon_store::memory::Usage;

pub use check::Violation;
pub use dice::Dice;
pub use faults::Faults;
pub use hub::{Function, Stats};
pub use mutants::Mutant;
pub use scenario::{Action, CampaignSpec, Case, Scenario, Size};

/// How to run a seed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// How large.
    pub size: Size,
    /// With a bug.
    pub mutant: Option<Mutant>,
    /// Write down what happens.
    pub trace: bool,
}

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// The promise that was broken, if one was: the run ended there.
    pub violation: Option<Violation>,
    /// What was counted.
    pub stats: Stats,
    /// What the table was used for, from the start of the first campaign on.
    pub usage: Usage,
    /// The same of the private table.
    pub private: Usage,
    /// Attempts at the end.
    pub attempts: u64,
    /// Simulated time, milliseconds.
    pub simulated_ms: i64,
    /// What happened, if it was asked for.
    pub trace: Option<String>,
}

/// Runs a seed.
#[must_use]
pub fn run(seed: u64, options: Options) -> Outcome {
    run_scenario(Scenario::of(seed, options.size), options)
}

/// Runs a scenario.
#[must_use]
pub fn run_scenario(scenario: Scenario, options: Options) -> Outcome {
    world::World::new(scenario, &options).run()
}
