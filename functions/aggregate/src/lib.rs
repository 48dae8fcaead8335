//! aggregate: folds the table's changes into campaign counters, one update per campaign and batch.
//!
//! Trigger: the table's stream. A batch that fails is delivered again whole, and is counted once all the same
//! (see `Sweeps::fold`).

pub mod handler;
pub mod wiring;

pub use handler::{Deps, handle};
