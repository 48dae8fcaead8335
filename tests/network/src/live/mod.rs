//! Live calls: one task each, from the queue to the last callback.

mod bridge;
pub(crate) mod courier;
mod document;
pub(crate) mod inbound;
pub(crate) mod leg;
mod life;
mod place;
mod stay;
mod wait;

pub(crate) use bridge::{Dialled, Noun};
pub(crate) use place::{place, refused};
pub(crate) use stay::Stayed;
