//! The single table.

mod check;
pub mod codec;
#[cfg(feature = "memory")]
pub mod memory;
pub mod port;
