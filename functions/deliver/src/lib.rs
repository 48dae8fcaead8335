//! deliver: calls the tenants' webhooks, signed as Standard Webhooks asks.
//!
//! Trigger: SQS `webhooks`, ReportBatchItemFailures on. What is not taken is tried again after seconds, minutes, hours,
//! for three days in all; each wait is a message that comes back. A hook that takes nothing for five days is disabled.

pub mod handler;
pub mod schedule;
pub mod sign;
pub mod wiring;

pub use handler::{Deps, handle};
