//! Every decision Carillon makes, as functions of state, event, time and randomness.
//!
//! Nothing here reads a clock, rolls a die, or talks to anybody: that is what makes the whole engine simulable.

pub mod agents;
pub mod attempt;
pub mod campaign;
pub mod caps;
pub mod compliance;
pub mod contact;
pub mod enrollment;
pub mod explain;
pub mod holidays;
pub mod ids;
pub mod note;
pub mod outcome;
pub mod phone;
pub mod ports;
pub mod refusal;
pub mod retry;
pub mod run;
pub mod script;
pub mod search;
pub mod suppression;
pub mod tenant;
pub mod window;
