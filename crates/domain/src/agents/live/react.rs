//! How a live call takes an event in. Callbacks come late, twice and out of order: every event has an answer in every
//! state, and what belongs to an offer that is no more is ignored.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::agents::presence::{AgentEvent, Hold, Released};

/// How long an agent may listen to who it is before the lease is over.
const WHISPER: SignedDuration = SignedDuration::from_secs(30);
/// How many of those who passed are remembered.
const PASSED_KEPT: usize = 20;

impl LiveCall {
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
            LiveEvent::TurnedAway { leg } => {
                if self.person == Person::Ringing && self.desk == Desk::Nobody {
                    (self.person, self.person_leg) = (Person::Here { since: now }, Some(leg.clone()));
                    self.answered_at = Some(now);
                    self.over(Ending::NobodyFree, now, reaction);
                }
            }
            LiveEvent::MachineAnswered => match (&self.person, &self.desk) {
                (Person::Machine | Person::Gone, _) | (_, Desk::Over { .. }) => {}
                (Person::Ringing | Person::Here { .. }, _) => {
                    self.person = Person::Machine;
                    self.over(Ending::Machine, now, reaction);
                    // An agent may have been put through to it for a moment: nobody has talked with anybody.
                    self.connected_at = None;
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
                self.guests_leave(reaction);
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
            LiveEvent::HandOver { offer, to, wanted } => {
                self.hand_over(*offer, to, wanted.as_ref(), now, reaction);
            }
            LiveEvent::HandOut { offer } => self.hand_out(*offer, now, reaction),
            LiveEvent::Consult { offer, colleague } => self.consult(*offer, colleague, now, reaction),
            LiveEvent::Held { offer, on } => match self.talk_of(*offer) {
                Some(talk) => talk.held = *on,
                None => reaction.stale = true,
            },
            LiveEvent::Muted { offer, on } => match self.talk_of(*offer) {
                Some(talk) => talk.muted = *on,
                None => reaction.stale = true,
            },
            LiveEvent::Complete { offer } => self.complete(*offer, now, reaction),
            LiveEvent::Cancel { offer } => match &self.desk {
                Desk::Talking(Talk { offer: by, consult: Some(_), .. }) if by == offer => {
                    self.back_from_consult(Released::Unneeded, now, reaction);
                }
                Desk::Talking(_) | Desk::Nobody | Desk::Offered(_) | Desk::Over { .. } => {
                    reaction.stale = true;
                }
            },
            LiveEvent::Invite(invited) => self.invite(invited, reaction),
            LiveEvent::GuestRung { guest, leg } => self.guest_heard_of(*guest, leg, false, reaction),
            LiveEvent::GuestAnswered { guest, leg } => self.guest_heard_of(*guest, leg, true, reaction),
            LiveEvent::GuestGone { guest } => self.guest_gone(*guest, reaction),
            LiveEvent::Conference(conference) => self.conference = Some(conference.clone()),
            LiveEvent::Recorded(_) | LiveEvent::MessageLeft(_) if self.forgotten => {}
            LiveEvent::Recorded(recording) => self.recording = Some(recording.clone()),
            LiveEvent::MessageLeft(recording) => {
                self.voicemail.get_or_insert_with(|| Voicemail { recording: recording.clone(), at: now });
            }
        }
    }

    /// The agent is done, and the person waits for somebody else: in another queue, by that queue's rules.
    fn hand_over(
        &mut self,
        offer: u16,
        to: &Station,
        wanted: Option<&AgentId>,
        now: Timestamp,
        reaction: &mut Reaction,
    ) {
        // The agent's own time afterwards is still that of the queue in which they got the call.
        if !self.talk_ends(offer, now, reaction) {
            return;
        }
        self.consult_ends(Released::Unneeded, now, reaction);
        self.guests_leave(reaction);
        if let Some(before) = self.agent.clone() {
            self.pass(before, now); // and does not get the person back at once
        }
        let Station { queue, skills, groups, priority, wrap_up_seconds } = to.clone();
        (self.queue, self.skills, self.groups, self.priority) = (queue, skills, groups, priority);
        self.handling.wrap_up_seconds = wrap_up_seconds;
        self.wanted = wanted.cloned();
        self.person = Person::Here { since: now };
        self.desk = Desk::Nobody;
        reaction.effects.extend(self.person_leg.clone().map(Effect::WaitAgain));
        reaction.effects.push(Effect::Seek);
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
        self.desk = Desk::Talking(Talk::begun(agent, number, leg, now));
    }

    /// The talk that an agent has by this offer.
    fn talk_of(&mut self, number: u16) -> Option<&mut Talk> {
        match &mut self.desk {
            Desk::Talking(talk) if talk.offer == number => Some(talk),
            Desk::Talking(_) | Desk::Nobody | Desk::Offered(_) | Desk::Over { .. } => None,
        }
    }

    fn leg_known(&mut self, number: u16, leg: &CallId, reaction: &mut Reaction) {
        let known = match &mut self.desk {
            Desk::Offered(offer) if offer.number == number => &mut offer.leg,
            Desk::Talking(talk) if talk.offer == number => &mut talk.leg,
            Desk::Talking(Talk { consult: Some(consult), .. }) if consult.offer == number => &mut consult.leg,
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
        if self.is_consult(number) {
            return self.consult_answered(leg, reaction);
        }
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
                let hold = Hold { call: call.clone(), offer: number };
                let picked_up = AgentEvent::PickedUp { hold, leg: leg.clone() };
                reaction.agents.push((offer.agent.clone(), picked_up));
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
        if self.is_consult(number) {
            return; // picking up is taking it
        }
        match &mut self.desk {
            Desk::Offered(offer) if offer.number == number => match offer.stage {
                // Who is held sees it on screen before their telephone rings, and may say yes at once.
                Stage::Reserved if !on_screen => reaction.stale = true,
                Stage::Reserved | Stage::Ringing => offer.on_screen |= on_screen,
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
        if self.is_consult(number) {
            return self.back_from_consult(why, now, reaction);
        }
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
            Released::Missed | Released::Declined => self.pass(agent, now),
            Released::Unneeded => {}
        }
        self.desk = Desk::Nobody;
        if self.may_need_an_agent(now) {
            reaction.effects.push(Effect::Seek);
        }
    }

    /// Somebody did not take it, or has had it: others come first.
    fn pass(&mut self, agent: AgentId, now: Timestamp) {
        self.passed.retain(|passed| passed.agent != agent);
        self.passed.push(Passed { agent, at: now });
        let surplus = self.passed.len().saturating_sub(PASSED_KEPT);
        self.passed.drain(..surplus);
    }

    fn release(&self, agent: &AgentId, offer: u16, why: Released, reaction: &mut Reaction) {
        reaction.agents.push((agent.clone(), AgentEvent::Release { hold: self.hold(offer), why }));
        reaction.effects.push(Effect::Freed(agent.clone()));
    }

    fn leg_ended(&mut self, number: u16, now: Timestamp, reaction: &mut Reaction) {
        let held = [self.holds(), self.consults().map(|(consult, hold)| (&consult.agent, hold))];
        let held = held.into_iter().flatten().find(|(_, hold)| hold.offer == number);
        reaction.agents.extend(held.map(|(agent, hold)| (agent.clone(), AgentEvent::HungUp(hold))));
        match &self.desk {
            Desk::Offered(offer) => {
                let why = if offer.stage == Stage::Accepted { Released::Unneeded } else { Released::Missed };
                self.offer_ends(number, why, now, reaction);
            }
            Desk::Talking(_) if self.is_consult(number) => {
                self.back_from_consult(Released::Missed, now, reaction);
            }
            // Whoever has been asked is there already, and takes the person over.
            Desk::Talking(Talk { offer, consult: Some(Consult { joined: true, .. }), .. })
                if *offer == number =>
            {
                self.complete(number, now, reaction);
            }
            // The agent has hung up, or their line has died: with them the conference ends.
            Desk::Talking(_) => {
                if self.talk_ends(number, now, reaction) {
                    self.consult_ends(Released::Unneeded, now, reaction);
                    (self.desk, self.ended_at) = (Desk::Over { how: Ending::Talked }, Some(now));
                    reaction.effects.extend(self.person_leg.clone().map(Effect::HangUp));
                    self.guests_leave(reaction);
                }
            }
            Desk::Nobody | Desk::Over { .. } => reaction.stale = true,
        }
    }

    /// Frees the agent who talks by this offer. What the desk is then is the caller's to say.
    pub(super) fn talk_ends(&mut self, number: u16, now: Timestamp, reaction: &mut Reaction) -> bool {
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
        if let Some((consult, _)) = self.consults() {
            if !consult.joined && consult.until <= now {
                self.back_from_consult(Released::Missed, now, reaction);
            }
            return;
        }
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
                self.consult_ends(Released::Unneeded, now, reaction);
                self.guests_leave(reaction);
                // The conference ends with the person. But an agent who is only just entering would begin it anew,
                // and be alone in it.
                reaction.effects.extend(talk.leg.map(Effect::HangUp));
                if how == Ending::Machine { how } else { Ending::Talked }
            }
        };
        (self.desk, self.ended_at) = (Desk::Over { how }, Some(now));
    }
}
