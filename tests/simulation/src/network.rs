//! Twilio and the people behind it: calls that ring, are answered or not, and report back when they please.

use std::sync::Arc;

use async_trait::async_trait;
use carillon_domain::agents::ports::{Switchboard, Switchboards};
use carillon_domain::ids::{AttemptRef, TenantId};
use carillon_domain::phone::E164;
use carillon_domain::ports::{
    AmdMode, AnsweredBy, AskError, CallId, CallReport, CallStatus, PlaceCall, PlaceError, Refusal, Voice,
    Voices,
};
use carillon_twilio::speak;
use carillon_twilio::urls::Hook;
use jiff::Timestamp;

use crate::hooks;
use crate::hub::{Ctx, Fate, State, time};
use crate::mutants::Mutant;
use crate::world::Event;

/// What a call was placed for is told so long after its end, milliseconds.
pub(crate) const EVENTS_AFTER: i64 = 15 * 60_000;

/// The provider's memory.
#[derive(Default)]
pub(crate) struct Network {
    pub(crate) calls: Vec<Call>,
}

/// One call.
pub(crate) struct Call {
    pub(crate) attempt: AttemptRef,
    pub(crate) to: E164,
    from: E164,
    created: i64,
    answered: Option<i64>,
    ended: Option<i64>,
    pub(crate) status: CallStatus,
    answered_by: Option<AnsweredBy>,
    pub(crate) seconds: Option<u32>,
    person: Person,
    detects: bool,
    /// What is said on answering, if it came with the call.
    opening: Option<String>,
}

/// Who is called, this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Person {
    Busy,
    Away,
    Unreachable,
    /// Listens, and presses a key when asked for the n-th time; none if `key` is none.
    Listens {
        key: Option<char>,
        round: u8,
    },
    /// Hangs up after so many milliseconds.
    Impatient {
        after_ms: i64,
    },
    Machine(AnsweredBy),
}

/// A request to one of our hooks.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) call: usize,
    pub(crate) hook: Hook,
    pub(crate) key: Option<char>,
    /// Whether anybody waits for the answer.
    pub(crate) heard: bool,
    pub(crate) tries_left: u8,
}

/// Something that happens to a call.
#[derive(Clone, Debug)]
pub(crate) enum CallEvent {
    PickUp,
    End(CallStatus),
    Request(Delivery),
}

pub(crate) fn sid(call: usize) -> CallId {
    CallId(format!("CA{call:032x}"))
}

impl Call {
    pub(crate) fn is_over(&self) -> bool {
        self.status.is_final()
    }

    /// What Twilio says of who answered, where it was asked to find out.
    pub(crate) fn detected(&self) -> Option<AnsweredBy> {
        self.answered_by
    }

    fn report(&self, index: usize) -> CallReport {
        CallReport {
            call: sid(index),
            status: self.status,
            answered_by: self.answered_by,
            duration_seconds: self.seconds,
            created_at: time(self.created),
        }
    }
}

impl State {
    fn person(&mut self) -> Person {
        let machine = [
            AnsweredBy::MachineBeep,
            AnsweredBy::MachineSilence,
            AnsweredBy::MachineStart,
            AnsweredBy::MachineOther,
            AnsweredBy::Fax,
        ];
        match self.dice.below(100) {
            0..15 => Person::Busy,
            15..35 => Person::Away,
            35..40 => Person::Unreachable,
            40..48 => Person::Impatient { after_ms: self.dice.between(200, 20_000) },
            48..60 => Person::Machine(self.dice.pick(&machine)),
            60..70 => Person::Listens { key: None, round: 0 },
            70..80 => Person::Listens { key: Some('9'), round: self.dice.pick(&[0, 0, 1]) },
            80..85 => Person::Listens { key: Some('5'), round: 0 },
            _ => Person::Listens { key: Some('1'), round: self.dice.pick(&[0, 0, 1]) },
        }
    }

    /// A call exists from now on.
    fn create_call(&mut self, order: &PlaceCall) -> CallId {
        let (now, index) = (self.timeline.now, self.network.calls.len());
        let person = self.person();
        self.network.calls.push(Call {
            attempt: order.attempt.clone(),
            to: order.to.clone(),
            from: order.from.clone(),
            created: now,
            answered: None,
            ended: None,
            status: CallStatus::Ringing,
            answered_by: None,
            seconds: None,
            person,
            detects: order.amd == AmdMode::Sync,
            opening: opening(order),
        });
        self.stats.calls += 1;
        self.check.call_created(now, &order.attempt, index);
        self.note(|| format!("network: call {index} rings for {} ({person:?})", order.attempt));
        let ring_ms = i64::from(order.ring_seconds_max) * 1_000;
        let soon = self.dice.between(1_000, 4_000);
        match person {
            Person::Busy => self.timeline.after(soon, Event::Call(index, CallEvent::End(CallStatus::Busy))),
            Person::Unreachable => {
                self.timeline.after(soon, Event::Call(index, CallEvent::End(CallStatus::Failed)));
            }
            Person::Away => {
                self.timeline.after(ring_ms, Event::Call(index, CallEvent::End(CallStatus::NoAnswer)));
            }
            Person::Listens { .. } | Person::Impatient { .. } | Person::Machine(_) => {
                let rings = self.dice.between(2_000, ring_ms - 1_000);
                self.timeline.after(rings, Event::Call(index, CallEvent::PickUp));
            }
        }
        sid(index)
    }

    /// Something happens to a call. Requests to us are the world's to make.
    pub(crate) fn call_event(&mut self, index: usize, event: CallEvent) -> Option<Delivery> {
        let now = self.timeline.now;
        match event {
            CallEvent::Request(delivery) => {
                // Who has hung up is asked nothing; a key that was pressed just before is told all the same.
                let asks =
                    matches!(delivery.hook, Hook::Answer | Hook::Gather { .. }) && delivery.key.is_none();
                let gone = asks && delivery.heard && self.network.calls[index].is_over();
                return (!gone).then_some(delivery);
            }
            CallEvent::PickUp => {
                let call = &mut self.network.calls[index];
                (call.status, call.answered) = (CallStatus::InProgress, Some(now));
                let mut wait = 0;
                if call.detects {
                    let (by, takes) = match call.person {
                        Person::Machine(by) => (by, 9_000),
                        Person::Listens { round: 1, .. } => (AnsweredBy::Unknown, 4_000),
                        Person::Listens { .. } | Person::Impatient { .. } => (AnsweredBy::Human, 2_500),
                        Person::Busy | Person::Away | Person::Unreachable => (AnsweredBy::Unknown, 0),
                    };
                    call.answered_by = Some(by);
                    wait = takes;
                }
                if let Person::Impatient { after_ms } = call.person {
                    self.timeline.after(after_ms, Event::Call(index, CallEvent::End(CallStatus::Completed)));
                }
                match call.opening.clone() {
                    Some(document) => self.hear(index, &document),
                    None => self.request(wait, index, Hook::Answer, None),
                }
            }
            CallEvent::End(status) => {
                let call = &mut self.network.calls[index];
                if call.is_over() {
                    return None;
                }
                (call.status, call.ended) = (status, Some(now));
                call.seconds = call.answered.map(|at| u32::try_from((now - at) / 1_000).unwrap_or(0));
                let attempt = call.attempt.clone();
                self.check.call_ended(now, &attempt);
                self.note(|| format!("network: call {index} of {attempt} is over: {status:?}"));
                let slow = self.dice.pick(&[20, 800]);
                let wait = self.dice.between(0, slow);
                self.request(wait, index, Hook::Status, None);
            }
        }
        None
    }

    /// Sends a callback, or loses it, or sends it late, or twice.
    fn request(&mut self, wait: i64, call: usize, hook: Hook, key: Option<char>) {
        let faults = self.scenario.faults.clone();
        let speaks = matches!(hook, Hook::Answer | Hook::Gather { .. });
        let tries_left = if speaks { 1 } else { 3 };
        let delivery = Delivery { call, hook, key, heard: speaks, tries_left };
        if self.strikes("callback twice", faults.callback_twice) {
            let copy = Delivery { heard: false, tries_left: 0, ..delivery.clone() };
            let soon = self.dice.pick(&[20, 600_000]);
            let wait = wait + self.dice.between(0, soon);
            self.timeline.after(wait, Event::Call(call, CallEvent::Request(copy)));
        }
        if self.strikes("callback lost", faults.callback_lost) {
            self.note(|| format!("network: {hook:?} of call {call} is lost"));
            if speaks {
                // "We are sorry, an application error has occurred": the call ends.
                self.timeline.after(wait + 9_000, Event::Call(call, CallEvent::End(CallStatus::Completed)));
            }
            return;
        }
        let late = !speaks && self.strikes("callback late", faults.callback_late);
        let wait = if late { self.dice.between(1_000, 900_000) } else { wait };
        self.timeline.after(wait, Event::Call(call, CallEvent::Request(delivery)));
    }

    /// Our answer to a callback: the document, an empty answer, or `None` for none at all.
    pub(crate) fn answered(&mut self, delivery: Delivery, answer: Option<(i64, Option<String>)>) {
        let call = delivery.call;
        let (status, body) = answer.unwrap_or((502, None));
        if status >= 500 {
            if delivery.tries_left > 0 {
                let again = Delivery { tries_left: delivery.tries_left - 1, ..delivery };
                let wait = self.dice.between(200, 2_500);
                self.timeline.after(wait, Event::Call(call, CallEvent::Request(again)));
            } else if delivery.heard {
                self.timeline.after(3_000, Event::Call(call, CallEvent::End(CallStatus::Completed)));
            }
            return;
        }
        if let (Hook::Gather { .. }, Some('9'), 200) = (delivery.hook, delivery.key, status) {
            let to = self.network.calls[call].to.clone();
            self.check.opt_out_answered(self.timeline.now, &self.network.calls[call].attempt, &to);
        }
        if !delivery.heard || self.network.calls[call].is_over() {
            return;
        }
        self.hear(call, body.as_deref().unwrap_or_default());
    }

    /// The person hears a document, and does what it asks for, or not.
    fn hear(&mut self, call: usize, document: &str) {
        let mut wait = self.dice.between(1_500, 5_000);
        let person = self.network.calls[call].person;
        for (hook, asks) in hooks_of(document) {
            let key = match (person, hook) {
                (Person::Listens { key, round }, Hook::Gather { round: now }) if asks && now >= round => key,
                (_, _) => None,
            };
            if asks && key.is_none() {
                wait += 5_000;
                continue;
            }
            if key.is_some() && self.dice.chance(400_000) {
                // Presses the key and hangs up: the two callbacks race.
                let gone = wait + self.dice.between(0, 30);
                self.timeline.after(gone, Event::Call(call, CallEvent::End(CallStatus::Completed)));
            }
            self.request(wait, call, hook, key);
            return;
        }
        self.timeline.after(wait, Event::Call(call, CallEvent::End(CallStatus::Completed)));
    }
}

fn opening(order: &PlaceCall) -> Option<String> {
    let opening = order.opening.as_ref()?;
    let voice = opening.voice.as_deref();
    let live = order.attempt.clone().into();
    let twiml = speak::twiml(&opening.steps, &opening.language, voice, &live, &hooks::public());
    Some(twiml.expect("a document").as_str().to_owned())
}

/// Which hooks a document leads to, in order, and whether each asks for a key: without one, the next follows.
fn hooks_of(document: &str) -> Vec<(Hook, bool)> {
    let mut found = Vec::new();
    for verb in document.split('<') {
        let (asks, url) = if let Some(gather) = verb.strip_prefix("Gather ") {
            (
                true,
                gather.split_once("action=\"").and_then(|(_, rest)| rest.split_once('"')).map(|(url, _)| url),
            )
        } else if let Some(redirect) = verb.strip_prefix("Redirect ") {
            (false, redirect.split_once('>').map(|(_, url)| url))
        } else {
            continue;
        };
        let url = url.unwrap_or_default().replace("&amp;", "&");
        let url = url.split('#').next().unwrap_or_default();
        let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
        found.extend(carillon_twilio::urls::parse(path, query).map(|(_, hook)| (hook, asks)));
    }
    found
}

/// The telephone, through one invocation's connection.
#[derive(Clone)]
pub(crate) struct SimVoice(pub(crate) Ctx);

#[async_trait]
impl Voices for SimVoice {
    async fn of(&self, _: &TenantId) -> Result<Arc<dyn Voice>, AskError> {
        let rate = self.0.hub.lock().scenario.faults.no_telephone;
        if self.0.hub.lock().strikes("no telephone", rate) {
            return Err(ask_error("the credentials"));
        }
        Ok(Arc::new(self.clone()))
    }
}

/// These worlds have no agents: the desk's own simulation has.
#[async_trait]
impl Switchboards for SimVoice {
    async fn switchboard(&self, _: &TenantId) -> Result<Arc<dyn Switchboard>, AskError> {
        Err(ask_error("a switchboard"))
    }
}

fn ask_error(what: &str) -> AskError {
    AskError { what: what.to_owned(), source: None }
}

/// What becomes of a request to place a call.
enum Placing {
    Placed,
    Unheard,
    Late,
    Nothing,
    No(PlaceError),
}

impl SimVoice {
    fn placing(&self) -> Placing {
        let mut state = self.0.hub.lock();
        let faults = state.scenario.faults.clone();
        if state.strikes("provider throttles", faults.throttled) {
            Placing::No(PlaceError::Throttled)
        } else if state.strikes("provider unavailable", faults.unavailable) {
            Placing::No(PlaceError::Unavailable(None))
        } else if state.strikes("provider refuses", faults.refused) {
            let reasons = [Refusal::InvalidNumber, Refusal::OptedOut, Refusal::NotPermitted, Refusal::Other];
            let reason = state.dice.pick(&reasons);
            Placing::No(PlaceError::Refused { reason, code: None })
        } else if state.strikes("placed, answer lost", faults.placed_unheard) {
            Placing::Unheard
        } else if state.strikes("placed late, answer lost", faults.placed_late) {
            Placing::Late
        } else if state.strikes("not placed, answer lost", faults.lost_unheard) {
            Placing::Nothing
        } else {
            Placing::Placed
        }
    }
}

#[async_trait]
impl Voice for SimVoice {
    async fn place(&self, call: &PlaceCall) -> Result<CallId, PlaceError> {
        {
            let mut state = self.0.hub.lock();
            let now = state.timeline.now;
            state.check.asked_to_place(now, &self.0, call);
        }
        let fate = self.0.approach((80, 400)).await;
        if fate == Fate::CrashBefore {
            self.0.die("before placing a call").await;
        }
        let placing = self.placing();
        self.0.note(|| format!("places a call for {}", call.attempt));
        let result = match placing {
            Placing::No(error) => {
                self.0.hub.lock().check.place_refused(&call.attempt);
                Err(error)
            }
            Placing::Nothing => Err(PlaceError::Unknown(None)),
            Placing::Late => {
                let mut state = self.0.hub.lock();
                let wait = state.dice.between(500, 15_000);
                state.timeline.after(wait, Event::PlaceLate(Box::new(call.clone())));
                Err(PlaceError::Unknown(None))
            }
            Placing::Unheard => {
                self.0.hub.lock().create_call(call);
                Err(PlaceError::Unknown(None))
            }
            Placing::Placed => {
                let mut state = self.0.hub.lock();
                if state.mutant == Some(Mutant::CallsTwice) {
                    state.create_call(call);
                }
                Ok(state.create_call(call))
            }
        };
        if fate == Fate::CrashAfter {
            self.0.die("after placing a call").await;
        }
        result
    }

    async fn report(&self, call: &CallId) -> Result<Option<CallReport>, AskError> {
        self.ask().await?;
        let state = self.0.hub.lock();
        let mut calls = state.network.calls.iter().enumerate();
        Ok(calls.find(|(index, _)| sid(*index) == *call).map(|(index, found)| found.report(index)))
    }

    async fn calls_since(
        &self,
        to: &E164,
        from: &E164,
        since: Timestamp,
    ) -> Result<Vec<CallReport>, AskError> {
        self.ask().await?;
        let state = self.0.hub.lock();
        let calls = state.network.calls.iter().enumerate();
        let between = calls.filter(|(_, call)| {
            call.to == *to && call.from == *from && call.created >= since.as_millisecond()
        });
        Ok(between.map(|(index, call)| call.report(index)).collect())
    }

    async fn placed_for(&self, call: &CallId) -> Result<Option<AttemptRef>, AskError> {
        self.ask().await?;
        let mut state = self.0.hub.lock();
        let (now, mut calls) = (state.timeline.now, state.network.calls.iter().enumerate());
        let found = calls.find(|(index, _)| sid(*index) == *call).map(|(_, found)| found);
        let told = found.filter(|call| call.ended.is_some_and(|at| at + EVENTS_AFTER <= now));
        let Some(mut attempt) = told.map(|call| call.attempt.clone()) else { return Ok(None) };
        if state.mutant == Some(Mutant::CallsMistaken) {
            let mut others = state.check.attempts.keys();
            let contact = attempt.enrollment.contact.clone();
            let other = others.find(|other| **other != attempt && other.enrollment.contact == contact);
            attempt = other.cloned().unwrap_or(attempt);
        }
        state.stats.told += 1;
        drop(state);
        self.0.note(|| format!("hears that {} was placed for {attempt}", call.0));
        Ok(Some(attempt))
    }

    async fn hang_up(&self, call: &CallId) -> Result<(), AskError> {
        self.ask().await?;
        let mut state = self.0.hub.lock();
        let found = (0..state.network.calls.len()).find(|index| sid(*index) == *call);
        if let Some(index) = found {
            state.timeline.after(0, Event::Call(index, CallEvent::End(CallStatus::Completed)));
        }
        Ok(())
    }
}

impl SimVoice {
    async fn ask(&self) -> Result<(), AskError> {
        match self.0.approach((60, 300)).await {
            Fate::CrashBefore | Fate::CrashAfter => self.0.die("asking the provider").await,
            Fate::Fine | Fate::BusyBefore | Fate::BusyAfter | Fate::ConflictWithItself => {}
        }
        let rate = self.0.hub.lock().scenario.faults.ask_fails;
        if self.0.hub.lock().strikes("provider cannot be asked", rate) {
            return Err(ask_error("a call"));
        }
        Ok(())
    }
}

impl State {
    /// A request that was given up reaches the provider after all.
    pub(crate) fn place_late(&mut self, order: &PlaceCall) {
        self.create_call(order);
    }
}
