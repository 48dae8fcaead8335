//! The REST API, under `/v1`.
//!
//! Trigger: the HTTP API, whose authorizer has verified the token. In reading order: [`roles`] (every operation, its
//! path, and who may), [`app`] (the layers around all of them), [`extract`] (what handlers take), [`problem`] (what
//! they answer when they cannot), and [`routes`], one module a resource. What is decided is decided in
//! `carillon_domain`; handlers load, ask it, and save.

pub mod app;
pub mod caller;
pub mod credentials;
pub mod directory;
pub mod extract;
pub mod importer;
pub mod keys;
pub mod marks;
pub mod once;
pub mod openapi;
pub mod paging;
pub mod problem;
pub mod roles;
pub mod roll;
pub mod routes;
pub mod schema;
pub mod wiring;

pub use app::{Deps, router};
