//! announce: says what has happened, to open pages, to those who keep recordings and to those who call webhooks.
//!
//! Trigger: the table's stream, for attempts that have ended, campaigns, counters, imports and suppressions. A stream keeps a
//! change until it has been dealt with, so nothing that is announced here is lost; a batch that comes again orders the
//! same errands once more, and each of them may be run twice.

pub mod handler;
pub mod push;
pub mod wiring;

pub use handler::{Deps, handle};
