//! Twilio's REST API: what it accepts, how it refuses, and what its resources look like.

pub(crate) mod api;
pub(crate) mod auth;
pub(crate) mod call;
pub(crate) mod create;
pub(crate) mod error;
pub(crate) mod event;
pub(crate) mod form;
pub(crate) mod limit;
pub(crate) mod listing;
pub(crate) mod number;
pub(crate) mod participant;
pub(crate) mod recording;
pub(crate) mod sound;
