//! People on our side: who is there, what waits for them, and who holds whom.
//!
//! - [`agent`]: an agent's profile; [`queue`]: what calls wait in.
//! - [`presence`]: where an agent stands, as a state machine.
//! - [`live`]: a call that wants, or has, an agent, as a state machine.
//! - [`select`]: which agent gets which call.
//! - [`ports`]: what the engine asks of a switchboard.
//!
//! A step that concerns a call and an agent changes both in one transaction, so that each names the other or nobody.
//! Why it is so: `docs/adr/0010-a-human-answers.md`.

pub mod agent;
pub mod live;
pub mod ports;
pub mod presence;
pub mod queue;
pub mod select;
