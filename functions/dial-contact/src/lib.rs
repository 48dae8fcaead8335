//! dial-contact: places one call per order.
//!
//! Trigger: SQS `dial`, batches of 10, ReportBatchItemFailures on. An order that arrives twice finds its attempt
//! there and is dropped; one whose campaign has been paused, or whose contact may no longer be called, places no
//! call.

mod agents;
mod checks;
pub mod handler;
mod settings;
pub mod wiring;

pub use handler::{Deps, handle};
