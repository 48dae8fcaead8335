//! Live calls: one task each, from the queue to the last callback.

mod courier;
mod document;
pub(crate) mod leg;
mod life;

pub(crate) use life::{Start, live};
