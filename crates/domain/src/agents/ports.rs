//! What the engine asks of a provider beyond placing a call: ring an agent, and steer what is going on.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::ids::{AgentId, LiveId, TenantId};
use crate::phone::E164;
use crate::ports::{AskError, CallId, PlaceError};

/// The provider's id of a conference.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConferenceId(pub String);

/// Where somebody on our side is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Reach {
    /// A telephone.
    Phone {
        /// Its number.
        number: E164,
    },
    /// The browser in which the agent has signed in.
    Browser,
}

/// Whose leg it is that is rung, and for what: it stands in the leg's callback addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Leg {
    /// The agent to whom the call is offered.
    Agent {
        /// The offer's number.
        offer: u16,
    },
    /// A third party: another agent who is asked, an outside number, a supervisor.
    Guest {
        /// Which.
        guest: u16,
    },
}

/// A leg to be rung.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RingLeg {
    /// For which call.
    pub live: LiveId,
    /// As what.
    pub leg: Leg,
    /// Whom, for a browser.
    pub agent: Option<AgentId>,
    /// Where.
    pub reach: Reach,
    /// The number that is shown.
    pub from: E164,
    /// How long it may ring, seconds.
    pub ring_seconds_max: u16,
}

/// Where a call that is going on is sent: the address whose document it follows from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Place {
    /// The person: into the conference, to wait or to talk.
    Conference,
    /// The person: nobody is free for them.
    Sorry,
    /// The person: a message for a machine is left after all.
    Machine,
    /// The agent: into the conference, having accepted on screen.
    Join {
        /// The offer's number.
        offer: u16,
    },
}

/// What is changed about somebody in a conference. What is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParticipantChange {
    /// Hears hold audio, and is not heard.
    pub hold: Option<bool>,
    /// Is not heard.
    pub muted: Option<bool>,
    /// The conference ends when they leave.
    pub end_on_exit: Option<bool>,
    /// Is heard by this leg alone; `Some(None)` by everybody.
    pub coaches: Option<Option<CallId>>,
}

/// Rings agents and steers what is going on.
#[async_trait]
pub trait Switchboard: Send + Sync {
    /// Ring a leg. Called at most once for an offer or guest.
    async fn ring(&self, leg: &RingLeg) -> Result<CallId, PlaceError>;

    /// Send a call that is going on somewhere else. A call that is over is no error.
    async fn redirect(&self, call: &CallId, live: &LiveId, place: Place) -> Result<(), AskError>;

    /// Change how somebody takes part. Somebody who has left is no error: whether they are there is the answer.
    async fn participant(
        &self,
        conference: &ConferenceId,
        call: &CallId,
        change: &ParticipantChange,
    ) -> Result<bool, AskError>;

    /// End a leg, ringing or not. One that is over is no error.
    async fn end_leg(&self, call: &CallId) -> Result<(), AskError>;
}

/// Each tenant's switchboard.
#[async_trait]
pub trait Switchboards: Send + Sync {
    /// That of the provider that the tenant has set up.
    async fn switchboard(&self, tenant: &TenantId) -> Result<Arc<dyn Switchboard>, AskError>;
}
