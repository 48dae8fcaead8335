//! keep-recording: copies recordings from the provider to the tenant's own bucket.
//!
//! Trigger: SQS `recordings`, ReportBatchItemFailures on. A recording's place follows from its call, so copying it
//! twice is copying it once, and whether it is there is asked of the bucket and written nowhere. That a person has been
//! forgotten is an order too: whatever is left of the recording then goes, here and at the provider.

pub mod handler;
pub mod wiring;

pub use handler::{Deps, handle};
