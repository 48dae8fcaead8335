//! What several functions do alike, over the ports: judging whether somebody may be called, taking a call's events
//! in, and starting a campaign's run. Decisions are the domain's; this is the order in which they are saved and
//! carried out.

pub mod clock;
pub mod desk;
pub mod errands;
pub mod events;
pub mod judge;
pub mod lately;
pub mod order;
pub mod runs;
#[cfg(feature = "sfn")]
pub mod sfn;
pub mod tickets;
