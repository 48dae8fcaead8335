//! The API as its callers see it: requests in the form in which API Gateway sends them, answers as it gets them, over
//! the table in memory.

#![allow(clippy::unwrap_used)]

mod access;
mod agents;
mod authorisation;
mod board;
mod calls;
mod campaigns;
mod contacts;
mod description;
mod enrolling;
mod erasure;
mod events;
mod imports;
mod problems;
mod provider;
mod repetitions;
mod results;
mod retry_templates;
mod rig;
mod segments;
mod tenants;
mod webhooks;
