//! reconcile: finds what was lost, and mends it.
//!
//! Trigger: a schedule, every minute. For every active campaign it looks at what lies behind the planner's
//! frontier: calls that should have ended (the provider is asked), orders that never became an attempt (the planner
//! is sent back), enrollments that lag behind their attempt (they follow), and executions that died (a new run is
//! started). Everything it does is harmless if somebody else does it at the same time, and nothing it does may take so
//! long that others wait for ever ([`turns`]).

pub mod calls;
pub mod handler;
pub mod turns;
pub mod wiring;

pub use handler::{Deps, Report, handle};
