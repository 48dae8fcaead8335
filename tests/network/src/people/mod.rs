//! Who is called, and what they do: everything here is a pure function of seed, number and attempt.

pub mod amd;
pub mod behaviour;
pub mod draw;
pub mod population;
pub mod script;
