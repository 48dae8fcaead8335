//! A call that wants, or has, an agent. Callbacks come late, twice and out of order: every event has an answer in
//! every state, and what belongs to an offer that is no more is ignored.

pub mod event;
pub mod guests;
mod react;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::agents::agent::{Groups, Skills};
use crate::agents::ports::ConferenceId;
use crate::agents::presence::Hold;
use crate::agents::queue::Queue;
use crate::attempt::{DeskSays, Recording};
use crate::ids::{AgentId, ContactId, LiveId, QueueId};
use crate::phone::E164;
use crate::ports::CallId;

pub use event::{Effect, LiveEvent, Reaction, Station};
pub use guests::{Consult, Guest, GuestRole, GuestState, Invited};

/// A live call as stored. Once over, it is the record of what was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveCall {
    /// Which.
    pub id: LiveId,
    /// What it waits in.
    pub queue: QueueId,
    /// What an agent must be able to do.
    #[serde(default)]
    pub skills: Skills,
    /// Of which teams an agent must be in one; of any or none, if there are none.
    #[serde(default, skip_serializing_if = "Groups::is_empty")]
    pub groups: Groups,
    /// 0 is answered first, 9 last.
    pub priority: u8,
    /// Whom it is for first, if they are free: whoever the person knows, or asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<AgentId>,
    /// Who it is, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactId>,
    /// The number that agents see.
    pub from: E164,
    /// How it is dealt with.
    pub handling: Handling,
    /// The person's side.
    pub person: Person,
    /// The person's leg, once one has been heard of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_leg: Option<CallId>,
    /// Our side.
    pub desk: Desk,
    /// How many offers have been made.
    #[serde(default)]
    pub offers: u16,
    /// Who did not take it, and when. The latest last, and not more than matter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed: Vec<Passed>,
    /// Who has joined, or was asked to: whoever is outside, supervisors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guests: Vec<Guest>,
    /// The conference, once one has begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conference: Option<ConferenceId>,
    /// Until when the person's telephone may ring.
    pub ring_until: Timestamp,
    /// The person's telephone has been heard to ring.
    #[serde(default)]
    pub placed: bool,
    /// Created.
    pub created_at: Timestamp,
    /// The person answered, or called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// First spoke with an agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected_at: Option<Timestamp>,
    /// Over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Whoever spoke with the person last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentId>,
    /// The recording of a call in, once there is one. That of a call of ours lies with its attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<Recording>,
    /// What was left for whoever listens later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voicemail: Option<Voicemail>,
    /// The person has been forgotten: what is heard of them later is not kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forgotten: bool,
    /// What the agent made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrap_up: Option<WrapUp>,
}

/// How a live call is dealt with: copied when it begins, so that no step needs the campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handling {
    /// How long an agent's telephone rings, seconds.
    pub offer_seconds: u16,
    /// How long a person who has answered waits when nobody is being rung for them, seconds.
    pub patience_seconds: u16,
    /// How long an agent has afterwards, seconds.
    pub wrap_up_seconds: u16,
    /// When the agent's telephone rings.
    pub ring: RingWhen,
    /// Whether the agent hears who it is and says yes first.
    pub transfer: Transfer,
}

/// When an agent's telephone rings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RingWhen {
    /// While the person's still does, so that nobody waits.
    #[default]
    WhileRinging,
    /// When the person has answered.
    OnAnswer,
}

/// How a person is put through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transfer {
    /// The agent hears who it is, and presses a key.
    #[default]
    Warm,
    /// As soon as the agent picks up.
    Blind,
}

/// The person's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Person {
    /// Their telephone rings.
    Ringing,
    /// On the line.
    Here {
        /// Since when they have been waiting, or talking.
        since: Timestamp,
    },
    /// It is a machine.
    Machine,
    /// Has hung up, or never answered.
    Gone,
}

/// Our side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Desk {
    /// Nobody is held for it.
    Nobody,
    /// An agent is held for it.
    Offered(Offer),
    /// An agent talks with the person.
    Talking(Talk),
    /// Over, as far as agents are concerned.
    Over {
        /// How.
        how: Ending,
    },
}

/// A call offered to an agent: a lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// To whom.
    pub agent: AgentId,
    /// From 1.
    pub number: u16,
    /// When it is over by itself.
    pub until: Timestamp,
    /// How far it has come.
    pub stage: Stage,
    /// The agent's leg, once one has been heard of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg: Option<CallId>,
    /// Accepted on screen before the telephone was picked up.
    #[serde(default)]
    pub on_screen: bool,
}

/// How far an offer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The agent is held, and knows nothing of it.
    Reserved,
    /// The agent's leg has been asked for. Written before it is: an offer rings once.
    Ringing,
    /// The agent hears who it is.
    Whisper,
    /// The agent waits for the person.
    Accepted,
}

/// An agent and a person who talk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Talk {
    /// Who.
    pub agent: AgentId,
    /// By which offer.
    pub offer: u16,
    /// The agent's leg.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg: Option<CallId>,
    /// Since.
    pub since: Timestamp,
    /// The person is on hold: as it was last ordered, for no provider tells.
    #[serde(default)]
    pub held: bool,
    /// The agent is muted: the same.
    #[serde(default)]
    pub muted: bool,
    /// The colleague who is asked meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consult: Option<Consult>,
}

impl Talk {
    /// One that has only just begun: nobody is on hold, and nobody muted.
    fn begun(agent: AgentId, offer: u16, leg: Option<CallId>, since: Timestamp) -> Self {
        Self { agent, offer, leg, since, held: false, muted: false, consult: None }
    }
}

/// How a live call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// They talked.
    Talked,
    /// The person never answered.
    NoAnswer,
    /// A machine answered.
    Machine,
    /// The person hung up while waiting.
    HungUp,
    /// Nobody was free, and the person was told so.
    NobodyFree,
    /// Put through to somebody outside.
    Outside,
}

/// An agent who did not take a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// Who.
    pub agent: AgentId,
    /// When.
    pub at: Timestamp,
}

/// A message that was left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voicemail {
    /// The message.
    pub recording: Recording,
    /// When it came.
    pub at: Timestamp,
}

/// What an agent makes of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrapUp {
    /// Whose word it is.
    pub agent: AgentId,
    /// The disposition's code.
    pub disposition: String,
    /// When another call was promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_back_at: Option<Timestamp>,
    /// Said.
    pub at: Timestamp,
}
/// How long a callback may be late before a lease is over.
pub const LEASE_MARGIN: SignedDuration = SignedDuration::from_secs(10);
/// An agent who did not take a call is not asked again for so long, unless they have been available anew.
pub const NOT_AGAIN: SignedDuration = SignedDuration::from_secs(30);
/// A person who waits longer than this for an agent has been abandoned, by law.
const ABANDONED_AFTER: SignedDuration = SignedDuration::from_secs(2);

/// What a live call begins with.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// Which.
    pub id: LiveId,
    /// Who it is, if that is known.
    pub contact: Option<ContactId>,
    /// The number that agents see.
    pub from: E164,
    /// How it is dealt with.
    pub handling: Handling,
    /// How long the person's telephone may ring, seconds; 0 if they are on the line.
    pub ring_seconds: u16,
}

impl LiveCall {
    /// A call that begins: the person is not on the line yet.
    #[must_use]
    pub fn begin(beginning: Beginning, queue: &Queue, now: Timestamp) -> Self {
        let Beginning { id, contact, from, handling, ring_seconds } = beginning;
        Self {
            id,
            queue: queue.id.clone(),
            skills: queue.plan.skills.clone(),
            groups: queue.plan.groups.clone(),
            priority: queue.plan.priority,
            wanted: None,
            contact,
            from,
            handling,
            person: Person::Ringing,
            person_leg: None,
            desk: Desk::Nobody,
            offers: 0,
            passed: Vec::new(),
            guests: Vec::new(),
            conference: None,
            ring_until: now + seconds(ring_seconds) + LEASE_MARGIN,
            placed: false,
            created_at: now,
            answered_at: None,
            connected_at: None,
            ended_at: None,
            agent: None,
            recording: None,
            voicemail: None,
            forgotten: false,
            wrap_up: None,
        }
    }

    /// Takes away what was heard of a person, once and for all. Not while they are on the line: it is being recorded.
    pub fn forget(&mut self) {
        (self.recording, self.voicemail, self.forgotten) = (None, None, true);
    }

    /// What the attempt has to know of it.
    #[must_use]
    pub fn says(&self) -> Option<DeskSays> {
        if self.connected_at.is_some() {
            Some(DeskSays::Talked)
        } else {
            self.was_abandoned().then_some(DeskSays::Abandoned)
        }
    }

    /// Whether it waits for an agent, and since when.
    #[must_use]
    pub fn waits_since(&self) -> Option<Timestamp> {
        match (&self.person, &self.desk) {
            (Person::Here { since }, Desk::Nobody) => Some(*since),
            (Person::Here { .. } | Person::Ringing | Person::Machine | Person::Gone, _) => None,
        }
    }

    /// Whether an agent may be chosen for it.
    #[must_use]
    pub fn seeks(&self, now: Timestamp) -> bool {
        self.desk == Desk::Nobody && self.may_need_an_agent(now)
    }

    fn may_need_an_agent(&self, now: Timestamp) -> bool {
        match self.person {
            Person::Here { .. } => true,
            // A telephone that should have stopped ringing needs nobody, whatever became of its call.
            Person::Ringing => now < self.ring_until,
            Person::Machine | Person::Gone => false,
        }
    }

    /// Who is held by it, as they are to know it.
    #[must_use]
    pub fn holds(&self) -> Option<(&AgentId, Hold)> {
        let hold = |offer| Hold { call: self.id.clone(), offer };
        match &self.desk {
            Desk::Offered(offer) => Some((&offer.agent, hold(offer.number))),
            Desk::Talking(talk) => Some((&talk.agent, hold(talk.offer))),
            Desk::Nobody | Desk::Over { .. } => None,
        }
    }

    /// Whether the person has waited as long as they are asked to when nobody is being rung.
    #[must_use]
    pub fn patience_is_over(&self, now: Timestamp) -> bool {
        let patience = SignedDuration::from_secs(i64::from(self.handling.patience_seconds));
        self.waits_since().is_some_and(|since| since + patience <= now)
    }

    /// Whether a person answered and no agent came: what the law counts.
    #[must_use]
    pub fn was_abandoned(&self) -> bool {
        match self.desk {
            Desk::Over { how: Ending::NobodyFree } => true,
            Desk::Over { how: Ending::HungUp } => match (self.answered_at, self.ended_at) {
                (Some(answered), Some(ended)) => ended.duration_since(answered) >= ABANDONED_AFTER,
                (_, _) => false,
            },
            Desk::Over { how: Ending::Talked | Ending::NoAnswer | Ending::Machine | Ending::Outside }
            | Desk::Nobody
            | Desk::Offered(_)
            | Desk::Talking(_) => false,
        }
    }
}

fn seconds(count: u16) -> SignedDuration {
    SignedDuration::from_secs(i64::from(count))
}

#[cfg(test)]
mod tests;
