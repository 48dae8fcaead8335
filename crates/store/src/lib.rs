//! The single table.

pub mod port;
