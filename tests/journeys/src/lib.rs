//! What users do, on the deployed template: a client of the API, of the simulated network's controls, and of the local
//! world they stand in. The demo and the tests go through these, as customers would.

pub mod api;
pub mod campaign;
pub mod floor;
pub mod functions;
pub mod network;
pub mod page;
pub mod people;
pub mod receiver;
pub mod wait;
pub mod world;
