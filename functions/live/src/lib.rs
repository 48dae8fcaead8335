//! live: the door for pages that want to be told of changes.
//!
//! Trigger: the WebSocket API. A page connects with a ticket that the REST API has given it in exchange for its token, so
//! that no token stands in an address; the ticket is good once, for a minute. What is pushed is pushed by announce.

pub mod handler;
pub mod wiring;

pub use handler::{Deps, handle};
