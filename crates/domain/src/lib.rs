//! Every decision Carillon makes, as functions of state, event, time and randomness.
//!
//! Nothing here reads a clock, rolls a die, or talks to anybody: that is what makes the whole engine simulable.

pub mod ids;
pub mod phone;
pub mod ports;
