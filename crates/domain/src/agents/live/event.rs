//! What happens to a live call, and what follows from it.

use crate::agents::agent::{Groups, Skills};
use crate::agents::live::guests::Invited;
use crate::agents::ports::{ConferenceId, ParticipantChange};
use crate::agents::presence::AgentEvent;
use crate::agents::queue::Queue;
use crate::attempt::Recording;
use crate::ids::{AgentId, QueueId};
use crate::ports::CallId;

/// What happens to a live call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveEvent {
    /// An agent has been chosen.
    Reserve(AgentId),
    /// The person's call has been placed: their telephone rings.
    Placed,
    /// The person answered.
    PersonAnswered {
        /// Their leg.
        leg: CallId,
    },
    /// The person is on the line, and the queue is closed: nobody is looked for.
    TurnedAway {
        /// Their leg.
        leg: CallId,
    },
    /// A machine answered.
    MachineAnswered,
    /// What was taken for a machine spoke.
    Rescued,
    /// The person's call is over.
    PersonGone,
    /// The provider has made the agent's leg.
    Rung {
        /// For which offer.
        offer: u16,
        /// The leg.
        leg: CallId,
    },
    /// The agent's leg was answered.
    AgentAnswered {
        /// For which offer.
        offer: u16,
        /// The leg.
        leg: CallId,
    },
    /// The agent takes the call.
    Accepted {
        /// Which offer.
        offer: u16,
        /// On screen rather than by key.
        on_screen: bool,
    },
    /// The agent does not take it.
    Declined {
        /// Which offer.
        offer: u16,
    },
    /// The agent's leg is over, or could not be made.
    LegEnded {
        /// Of which offer.
        offer: u16,
    },
    /// Somebody looks whether a lease is over.
    Look,
    /// The agent's leg could not be made, and it is not their fault.
    LegFailed {
        /// Of which offer.
        offer: u16,
    },
    /// Nobody is free, and the person has waited long enough.
    GiveUp {
        /// Their call is asking what to do at this moment, and can be told so.
        asks: bool,
    },
    /// The agent sends the person back to wait, for anybody or for one colleague.
    HandOver {
        /// By which offer the agent talks.
        offer: u16,
        /// Where to.
        to: Station,
        /// Who is to take it, if they are free.
        wanted: Option<AgentId>,
    },
    /// The agent leaves the person to whoever has joined from outside.
    HandOut {
        /// By which offer the agent talks.
        offer: u16,
    },
    /// The agent asks a colleague, and has the person wait meanwhile.
    Consult {
        /// By which offer the agent talks.
        offer: u16,
        /// Whom.
        colleague: AgentId,
    },
    /// The person has been put on hold, or taken off it.
    Held {
        /// By which offer the agent talks.
        offer: u16,
        /// On hold from now on.
        on: bool,
    },
    /// The agent has been muted, or is heard again.
    Muted {
        /// By which offer the agent talks.
        offer: u16,
        /// Muted from now on.
        on: bool,
    },
    /// The colleague takes the person over.
    Complete {
        /// By which offer the agent talks.
        offer: u16,
    },
    /// The agent goes back to the person without the colleague.
    Cancel {
        /// By which offer the agent talks.
        offer: u16,
    },
    /// Somebody is to join the talk.
    Invite(Invited),
    /// The provider has made a guest's leg.
    GuestRung {
        /// Which guest.
        guest: u16,
        /// The leg.
        leg: CallId,
    },
    /// A guest picked up.
    GuestAnswered {
        /// Which.
        guest: u16,
        /// The leg.
        leg: CallId,
    },
    /// A guest has left, is sent away, or never came.
    GuestGone {
        /// Which.
        guest: u16,
    },
    /// The conference has an id.
    Conference(ConferenceId),
    /// A recording is ready.
    Recorded(Recording),
    /// A message has been left.
    MessageLeft(Recording),
}

/// Where a call waits: what of a queue goes with a call that comes to it, so that no step needs the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Station {
    /// Which queue.
    pub queue: QueueId,
    /// What an agent must be able to do there.
    pub skills: Skills,
    /// Of which teams they must be in one.
    pub groups: Groups,
    /// How urgent its calls are.
    pub priority: u8,
    /// How long they have afterwards, seconds.
    pub wrap_up_seconds: u16,
}

impl From<Queue> for Station {
    fn from(queue: Queue) -> Self {
        let Queue { id, plan, .. } = queue;
        Self {
            queue: id,
            skills: plan.skills,
            groups: plan.groups,
            priority: plan.priority,
            wrap_up_seconds: plan.wrap_up_seconds,
        }
    }
}

impl Station {
    /// For one colleague: who hands the person over has chosen them, whatever they can do and whichever team they are in.
    #[must_use]
    pub fn for_somebody(self) -> Self {
        Self { skills: Skills::new(), groups: Groups::new(), ..self }
    }
}

/// What must be done because of an event. Whatever is lost in a crash, the state tells to whoever looks next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Ring the agent of the current offer, or the colleague who is asked.
    Ring,
    /// Ring a guest.
    RingGuest(u16),
    /// Change how somebody takes part in the conference.
    Change(CallId, ParticipantChange),
    /// End a leg.
    HangUp(CallId),
    /// Send the agent's leg into the conference.
    BringIn {
        /// The leg.
        leg: CallId,
        /// By which offer.
        offer: u16,
    },
    /// Tell the person that nobody is free.
    Apologise(CallId),
    /// Send the person into the conference anew, to wait.
    WaitAgain(CallId),
    /// Find an agent.
    Seek,
    /// An agent has become available: look what waits for them.
    Freed(AgentId),
}

/// What an event led to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reaction {
    /// Whether the call must be saved.
    pub changed: bool,
    /// What happens to agents, in the same transaction.
    pub agents: Vec<(AgentId, AgentEvent)>,
    /// What must be done then.
    pub effects: Vec<Effect>,
    /// The event belongs to an offer that is no more.
    pub stale: bool,
}
