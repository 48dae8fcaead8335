//! Requests to the system under test: signed, retried and reported as Twilio's.

mod client;
pub(crate) mod overrides;
pub(crate) mod signature;

pub(crate) use client::{Failure, Outgoing, Response, WebhookClient};
