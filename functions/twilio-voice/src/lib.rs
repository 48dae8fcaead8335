//! twilio-voice: answers Twilio's voice webhooks.
//!
//! Trigger: the function's own URL. Nothing is believed before its signature has been checked with the auth token
//! of the tenant that the address names. What Twilio says becomes a domain event; what the domain decides becomes
//! TwiML.

mod desk;
pub mod documents;
pub mod handler;
mod inbound;
pub mod wiring;

pub use handler::{CAMPAIGN_GOOD_FOR, Campaigns, Deps, handle};
