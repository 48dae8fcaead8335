//! Twilio, as far as Carillon speaks it.
//!
//! - [`client`] places and inspects calls: the voice port over Twilio's REST API.
//! - [`accounts`] finds each tenant's credentials.
//! - [`inspect`] finds out whether an account can be called with.
//! - [`urls`] builds and reads the addresses that Twilio calls back.
//! - [`signature`] tells whether a request came from Twilio.
//! - [`webhook`] reads what it says.
//! - [`twiml`] writes what we answer, and [`speak`] says in it what the domain has decided.
//!
//! All but these two are pure functions. The order in a webhook function: `urls::parse`, `signature::is_valid`
//! over the *configured* public address (a `Host` header is the caller's word), `webhook::parse`, decide, answer.

pub mod accounts;
pub mod client;
pub mod inspect;
pub mod recordings;
mod replies;
pub mod signature;
pub mod speak;
pub mod twiml;
pub mod urls;
pub mod webhook;
mod words;
