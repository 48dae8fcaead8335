//! A call that wants, or has, an agent. Callbacks come late, twice and out of order: every event has an answer in
//! every state, and what belongs to an offer that is no more is ignored.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::agents::agent::Skills;
use crate::agents::ports::ConferenceId;
use crate::agents::presence::{AgentEvent, Hold, Released};
use crate::agents::queue::Queue;
use crate::attempt::{DeskSays, Recording};
use crate::ids::{AgentId, ContactId, LiveId, QueueId};
use crate::phone::E164;
use crate::ports::CallId;

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
    /// 0 is answered first, 9 last.
    pub priority: u8,
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
    /// The recording, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<Recording>,
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
        /// To which queue.
        queue: QueueId,
        /// What an agent must be able to do there.
        skills: Skills,
    },
    /// The agent has sent the person to somebody outside.
    HandOut {
        /// By which offer the agent talks.
        offer: u16,
    },
    /// The conference has an id.
    Conference(ConferenceId),
    /// A recording is ready.
    Recorded(Recording),
}

/// What must be done because of an event. Whatever is lost in a crash, the state tells to whoever looks next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Ring the agent of the current offer.
    Ring,
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

/// How long an agent may listen to who it is before the lease is over.
const WHISPER: SignedDuration = SignedDuration::from_secs(30);
/// How long a callback may be late before a lease is over.
pub const LEASE_MARGIN: SignedDuration = SignedDuration::from_secs(10);
/// An agent who did not take a call is not asked again for so long, unless they have been available anew.
pub const NOT_AGAIN: SignedDuration = SignedDuration::from_secs(30);
/// How many of those who passed are remembered.
const PASSED_KEPT: usize = 20;
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
            priority: queue.plan.priority,
            contact,
            from,
            handling,
            person: Person::Ringing,
            person_leg: None,
            desk: Desk::Nobody,
            offers: 0,
            passed: Vec::new(),
            conference: None,
            ring_until: now + seconds(ring_seconds) + LEASE_MARGIN,
            placed: false,
            created_at: now,
            answered_at: None,
            connected_at: None,
            ended_at: None,
            agent: None,
            recording: None,
            wrap_up: None,
        }
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

    /// Takes an event in.
    pub fn on(&mut self, event: &LiveEvent, now: Timestamp) -> Reaction {
        let before = self.clone();
        let mut reaction = Reaction::default();
        self.react(event, now, &mut reaction);
        reaction.changed = *self != before;
        reaction
    }

    fn react(&mut self, event: &LiveEvent, now: Timestamp, reaction: &mut Reaction) {
        match event {
            LiveEvent::Reserve(agent) => self.reserve(agent, now, reaction),
            LiveEvent::Placed => {
                self.placed = true;
                self.ring_if_wanted(now, reaction);
            }
            LiveEvent::PersonAnswered { leg } => self.person_answered(leg, now, reaction),
            LiveEvent::MachineAnswered => match (&self.person, &self.desk) {
                (Person::Machine | Person::Gone, _) | (_, Desk::Over { .. }) => {}
                (Person::Ringing | Person::Here { .. }, _) => {
                    self.person = Person::Machine;
                    self.over(Ending::Machine, now, reaction);
                }
            },
            LiveEvent::Rescued => {
                if self.person == Person::Machine {
                    self.person = Person::Here { since: now };
                    self.answered_at.get_or_insert(now);
                    (self.desk, self.ended_at) = (Desk::Nobody, None);
                    reaction.effects.push(Effect::Seek);
                }
            }
            LiveEvent::PersonGone => {
                let how = if self.answered_at.is_some() { Ending::HungUp } else { Ending::NoAnswer };
                self.person = Person::Gone;
                self.over(how, now, reaction);
            }
            LiveEvent::Rung { offer, leg } => self.leg_known(*offer, leg, reaction),
            LiveEvent::AgentAnswered { offer, leg } => self.agent_answered(*offer, leg, now, reaction),
            LiveEvent::Accepted { offer, on_screen } => self.accepted(*offer, *on_screen, now, reaction),
            LiveEvent::Declined { offer } => self.offer_ends(*offer, Released::Declined, now, reaction),
            LiveEvent::LegEnded { offer } => self.leg_ended(*offer, now, reaction),
            LiveEvent::Look => self.look(now, reaction),
            LiveEvent::LegFailed { offer } => {
                self.offer_ends(*offer, Released::Unneeded, now, reaction);
                // Trying again at once would fail again: whoever waits asks in a few seconds.
                reaction.effects.retain(|effect| *effect != Effect::Seek);
            }
            LiveEvent::GiveUp { asks } => {
                if self.waits_since().is_some() {
                    self.over(Ending::NobodyFree, now, reaction);
                    let leg = self.person_leg.clone().filter(|_| !asks);
                    reaction.effects.extend(leg.map(Effect::Apologise));
                }
            }
            LiveEvent::HandOver { offer, queue, skills } => {
                if self.talk_ends(*offer, now, reaction) {
                    (self.queue, self.skills) = (queue.clone(), skills.clone());
                    self.person = Person::Here { since: now };
                    self.desk = Desk::Nobody;
                    reaction.effects.extend(self.person_leg.clone().map(Effect::WaitAgain));
                    reaction.effects.push(Effect::Seek);
                }
            }
            LiveEvent::HandOut { offer } => {
                if self.talk_ends(*offer, now, reaction) {
                    (self.desk, self.ended_at) = (Desk::Over { how: Ending::Outside }, Some(now));
                }
            }
            LiveEvent::Conference(conference) => self.conference = Some(conference.clone()),
            LiveEvent::Recorded(recording) => self.recording = Some(recording.clone()),
        }
    }

    fn hold(&self, offer: u16) -> Hold {
        Hold { call: self.id.clone(), offer }
    }

    fn reserve(&mut self, agent: &AgentId, now: Timestamp, reaction: &mut Reaction) {
        if !self.seeks(now) {
            reaction.stale = true;
            return;
        }
        self.offers += 1;
        let number = self.offers;
        // A telephone that rings holds the agent until it has stopped.
        let until = self.ring_until.max(now + LEASE_MARGIN);
        let agent = agent.clone();
        reaction.agents.push((agent.clone(), AgentEvent::Reserve { hold: self.hold(number), until }));
        let stage = Stage::Reserved;
        self.desk = Desk::Offered(Offer { agent, number, until, stage, leg: None, on_screen: false });
        self.ring_if_wanted(now, reaction);
    }

    fn ring_if_wanted(&mut self, now: Timestamp, reaction: &mut Reaction) {
        let wanted = match self.person {
            Person::Here { .. } => true,
            Person::Ringing => self.placed && self.handling.ring == RingWhen::WhileRinging,
            Person::Machine | Person::Gone => false,
        };
        if wanted {
            self.ring(now, reaction);
        }
    }

    /// The agent who is held, and has not been rung, is rung.
    fn ring(&mut self, now: Timestamp, reaction: &mut Reaction) {
        let until = now + seconds(self.handling.offer_seconds) + LEASE_MARGIN;
        let call = self.id.clone();
        let Desk::Offered(offer) = &mut self.desk else { return };
        if offer.stage == Stage::Reserved {
            (offer.stage, offer.until) = (Stage::Ringing, until);
            let hold = Hold { call, offer: offer.number };
            reaction.agents.push((offer.agent.clone(), AgentEvent::Ring { hold, until }));
            reaction.effects.push(Effect::Ring);
        }
    }

    fn person_answered(&mut self, leg: &CallId, now: Timestamp, reaction: &mut Reaction) {
        if self.person != Person::Ringing {
            return;
        }
        self.person = Person::Here { since: now };
        self.person_leg = Some(leg.clone());
        self.answered_at = Some(now);
        match &self.desk {
            Desk::Nobody => reaction.effects.push(Effect::Seek),
            Desk::Offered(offer) => match offer.stage {
                Stage::Reserved => self.ring(now, reaction),
                Stage::Ringing | Stage::Whisper => {}
                Stage::Accepted => self.talk(now, reaction),
            },
            Desk::Talking(_) | Desk::Over { .. } => {}
        }
    }

    /// The agent who has accepted and the person who has answered meet.
    fn talk(&mut self, now: Timestamp, reaction: &mut Reaction) {
        let Desk::Offered(offer) = &self.desk else { return };
        let hold = self.hold(offer.number);
        reaction.agents.push((offer.agent.clone(), AgentEvent::Connect(hold)));
        self.agent = Some(offer.agent.clone());
        self.connected_at.get_or_insert(now);
        let Offer { agent, number, leg, .. } = offer.clone();
        self.desk = Desk::Talking(Talk { agent, offer: number, leg, since: now });
    }

    fn leg_known(&mut self, number: u16, leg: &CallId, reaction: &mut Reaction) {
        let known = match &mut self.desk {
            Desk::Offered(offer) if offer.number == number => &mut offer.leg,
            Desk::Talking(talk) if talk.offer == number => &mut talk.leg,
            Desk::Nobody | Desk::Offered(_) | Desk::Talking(_) | Desk::Over { .. } => {
                // The leg has come too late for anybody to need it.
                reaction.stale = true;
                reaction.effects.push(Effect::HangUp(leg.clone()));
                return;
            }
        };
        known.get_or_insert_with(|| leg.clone());
    }

    fn agent_answered(&mut self, number: u16, leg: &CallId, now: Timestamp, reaction: &mut Reaction) {
        let blind = self.handling.transfer == Transfer::Blind;
        let call = self.id.clone();
        match &mut self.desk {
            Desk::Offered(offer) if offer.number == number && offer.stage >= Stage::Ringing => {
                offer.leg.get_or_insert_with(|| leg.clone());
                if offer.stage != Stage::Ringing {
                    return;
                }
                offer.stage = Stage::Whisper;
                offer.until = now + WHISPER + LEASE_MARGIN;
                if blind || offer.on_screen {
                    self.accept(now, reaction);
                } else {
                    let hold = Hold { call, offer: number };
                    let event = AgentEvent::Ring { hold, until: offer.until };
                    reaction.agents.push((offer.agent.clone(), event));
                }
            }
            Desk::Talking(talk) if talk.offer == number => {}
            Desk::Nobody | Desk::Offered(_) | Desk::Talking(_) | Desk::Over { .. } => reaction.stale = true,
        }
    }

    fn accepted(&mut self, number: u16, on_screen: bool, now: Timestamp, reaction: &mut Reaction) {
        match &mut self.desk {
            Desk::Offered(offer) if offer.number == number => match offer.stage {
                Stage::Reserved => reaction.stale = true,
                Stage::Ringing => offer.on_screen |= on_screen,
                Stage::Whisper => {
                    if let (true, Some(leg)) = (on_screen, &offer.leg) {
                        reaction.effects.push(Effect::BringIn { leg: leg.clone(), offer: number });
                    }
                    self.accept(now, reaction);
                }
                Stage::Accepted => {}
            },
            Desk::Talking(talk) if talk.offer == number => {}
            Desk::Nobody | Desk::Offered(_) | Desk::Talking(_) | Desk::Over { .. } => reaction.stale = true,
        }
    }

    fn accept(&mut self, now: Timestamp, reaction: &mut Reaction) {
        if matches!(self.person, Person::Here { .. }) {
            self.talk(now, reaction);
            return;
        }
        let until = self.ring_until.max(now + LEASE_MARGIN);
        let call = self.id.clone();
        let Desk::Offered(offer) = &mut self.desk else { return };
        (offer.stage, offer.until) = (Stage::Accepted, until);
        let hold = Hold { call, offer: offer.number };
        reaction.agents.push((offer.agent.clone(), AgentEvent::Ring { hold, until }));
    }

    /// The offer comes to nothing; somebody else is found.
    fn offer_ends(&mut self, number: u16, why: Released, now: Timestamp, reaction: &mut Reaction) {
        let Desk::Offered(offer) = &self.desk else {
            reaction.stale = true;
            return;
        };
        if offer.number != number {
            reaction.stale = true;
            return;
        }
        let (agent, leg) = (offer.agent.clone(), offer.leg.clone());
        self.release(&agent, number, why, reaction);
        // The leg may be the one that has just said no by key: ending it twice does no harm.
        reaction.effects.extend(leg.map(Effect::HangUp));
        match why {
            Released::Missed | Released::Declined => {
                self.passed.retain(|passed| passed.agent != agent);
                self.passed.push(Passed { agent, at: now });
                let surplus = self.passed.len().saturating_sub(PASSED_KEPT);
                self.passed.drain(..surplus);
            }
            Released::Unneeded => {}
        }
        self.desk = Desk::Nobody;
        if self.may_need_an_agent(now) {
            reaction.effects.push(Effect::Seek);
        }
    }

    fn release(&self, agent: &AgentId, offer: u16, why: Released, reaction: &mut Reaction) {
        reaction.agents.push((agent.clone(), AgentEvent::Release { hold: self.hold(offer), why }));
        reaction.effects.push(Effect::Freed(agent.clone()));
    }

    fn leg_ended(&mut self, number: u16, now: Timestamp, reaction: &mut Reaction) {
        match &self.desk {
            Desk::Offered(offer) => {
                let why = if offer.stage == Stage::Accepted { Released::Unneeded } else { Released::Missed };
                self.offer_ends(number, why, now, reaction);
            }
            // The agent has hung up, or their line has died: with them the conference ends.
            Desk::Talking(_) => {
                if self.talk_ends(number, now, reaction) {
                    (self.desk, self.ended_at) = (Desk::Over { how: Ending::Talked }, Some(now));
                    reaction.effects.extend(self.person_leg.clone().map(Effect::HangUp));
                }
            }
            Desk::Nobody | Desk::Over { .. } => reaction.stale = true,
        }
    }

    /// Frees the agent who talks by this offer. What the desk is then is the caller's to say.
    fn talk_ends(&mut self, number: u16, now: Timestamp, reaction: &mut Reaction) -> bool {
        let Desk::Talking(talk) = &self.desk else {
            reaction.stale = true;
            return false;
        };
        if talk.offer != number {
            reaction.stale = true;
            return false;
        }
        let wrap_up_until = now + seconds(self.handling.wrap_up_seconds);
        let event = AgentEvent::Finish { hold: self.hold(number), wrap_up_until };
        reaction.agents.push((talk.agent.clone(), event));
        reaction.effects.push(Effect::Freed(talk.agent.clone()));
        true
    }

    fn look(&mut self, now: Timestamp, reaction: &mut Reaction) {
        let Desk::Offered(offer) = &self.desk else { return };
        if offer.until > now {
            return;
        }
        let why = match offer.stage {
            Stage::Reserved | Stage::Accepted => Released::Unneeded,
            Stage::Ringing | Stage::Whisper => Released::Missed,
        };
        self.offer_ends(offer.number, why, now, reaction);
    }

    /// No agent is needed any more.
    fn over(&mut self, how: Ending, now: Timestamp, reaction: &mut Reaction) {
        let how = match self.desk.clone() {
            Desk::Over { .. } => return,
            Desk::Nobody => how,
            Desk::Offered(offer) => {
                self.release(&offer.agent, offer.number, Released::Unneeded, reaction);
                reaction.effects.extend(offer.leg.map(Effect::HangUp));
                how
            }
            Desk::Talking(talk) => {
                self.talk_ends(talk.offer, now, reaction);
                // The conference ends with the person. But an agent who is only just entering would begin it anew,
                // and be alone in it.
                reaction.effects.extend(talk.leg.map(Effect::HangUp));
                Ending::Talked
            }
        };
        (self.desk, self.ended_at) = (Desk::Over { how }, Some(now));
    }
}

fn seconds(count: u16) -> SignedDuration {
    SignedDuration::from_secs(i64::from(count))
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
