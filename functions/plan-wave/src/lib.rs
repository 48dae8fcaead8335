//! plan-wave: decides which of a campaign's contacts are called next, and when to look again.
//!
//! Trigger: the `campaign` state machine, once a wave, and the `plan` queue whenever an agent becomes free for whom a
//! campaign dials. It reads what is due, asks the rules, saves how far it has
//! come and only then queues the calls: a crash in between leaves orders unsent, which `reconcile` notices, and
//! never sends any twice that `dial-contact` would not recognise.

mod agents;
pub mod due;
pub mod handler;
pub mod wiring;

pub use handler::{Deps, Plan, PlanError, Trigger, handle, nudged};
