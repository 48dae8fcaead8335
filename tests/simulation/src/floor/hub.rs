//! The ports of production over the floor's state: each takes its time, fails, lies about having failed, or dies.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use async_trait::async_trait;
use carillon_domain::agents::ports::{
    ConferenceId, Leg, ParticipantChange, Place, RingLeg, Switchboard, Switchboards,
};
use carillon_domain::ids::{AttemptRef, LiveId, TenantId};
use carillon_domain::phone::E164;
use carillon_domain::ports::{
    AskError, CallId, CallReport, CallStatus, Outgoing, PlaceCall, PlaceError, Queue as Messages, QueueError,
    Voice,
};
use carillon_engine::clock::Clock;
use carillon_store::memory::MemoryTable;
use carillon_store::port::{AttributeValue, Condition, Item, Key, Page, Query, Write};
use carillon_store::{Consistency, StoreError, Table, TenantTable};
use futures::FutureExt;
use jiff::Timestamp;

use super::FloorMutant;
use super::check::check_offer;
use super::state::{Due, Happening, State, guest_index_of, index_of};

/// What ports and world share.
#[derive(Clone)]
pub(super) struct Hub {
    pub(super) state: Arc<Mutex<State>>,
    pub(super) table: Arc<MemoryTable>,
    pub(super) tenant: TenantId,
    /// Which task.
    pub(super) task: usize,
}

impl Hub {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Time passes, and the function may die.
    pub(super) async fn approach(&self, milliseconds: (i64, i64)) {
        let (at, dies) = {
            let mut state = self.lock();
            let wait = state.dice.between(milliseconds.0, milliseconds.1);
            let at = state.now + wait;
            state.at(at, Due::Wake(self.task));
            (at, state.hostile && state.dice.chance(12_000))
        };
        Until(self, at).await;
        if dies {
            self.die();
            std::future::pending::<()>().await;
        }
    }

    pub(super) fn die(&self) {
        let mut state = self.lock();
        state.doomed = true;
        state.deaths += 1;
    }

    pub(super) fn busy(&self) -> bool {
        let mut state = self.lock();
        state.hostile && state.dice.chance(8_000)
    }
}

/// Pending until then: whoever waits has put a wake-up into the timeline. A task may wait for several things at once.
struct Until<'a>(&'a Hub, i64);

impl Future for Until<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0.lock().now >= self.1 { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Clock for Hub {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.lock().now).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

#[async_trait]
impl Table for Hub {
    async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Item>, StoreError> {
        self.approach((2, 9)).await;
        let mut item = self.table.get(key, consistency).await?;
        item.iter_mut().for_each(|item| self.misread(item));
        Ok(item)
    }

    async fn batch_get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, StoreError> {
        self.approach((2, 9)).await;
        self.table.batch_get(keys, consistency).await
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        self.approach((2, 12)).await;
        let mut page = self.table.query(query).await?;
        page.items.iter_mut().for_each(|item| self.misread(item));
        Ok(page)
    }

    async fn write(&self, mut write: Write) -> Result<(), StoreError> {
        self.approach((3, 12)).await;
        if self.busy() {
            return Err(StoreError::Busy(None));
        }
        self.spoil(&mut write);
        let done = self.table.write(write).await;
        self.approach((1, 3)).await;
        if done.is_ok() && self.busy() { Err(StoreError::Busy(None)) } else { done }
    }

    async fn transact(&self, mut writes: Vec<Write>, token: &str) -> Result<(), StoreError> {
        self.approach((5, 20)).await;
        if self.busy() {
            return Err(StoreError::Busy(None));
        }
        writes.iter_mut().for_each(|write| self.spoil(write));
        let mutant = self.lock().mutant;
        if mutant == Some(FloorMutant::HalfTransactions) && self.lock().dice.chance(100_000) {
            writes.retain(|write| !matches!(write, Write::Put { item, .. } if is_presence(item)));
        }
        let token = match mutant {
            // The conditions gone, the token must not save the day.
            Some(FloorMutant::VersionsIgnored) => format!("{token}{}", self.task),
            Some(_) | None => token.to_owned(),
        };
        let done = self.table.transact(writes, &token).await;
        self.approach((1, 3)).await;
        if done.is_ok() && self.busy() { Err(StoreError::Busy(None)) } else { done }
    }

    async fn batch_write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.table.batch_write(writes).await
    }
}

pub(super) fn is_presence(item: &Item) -> bool {
    matches!(item.get("sk"), Some(AttributeValue::S(sk)) if sk.starts_with("P#"))
}

impl Hub {
    /// Makes an agent appear to serve more than they do, if a mutant does.
    fn misread(&self, item: &mut Item) {
        let mutant = self.lock().mutant;
        if !is_presence(item) {
            return;
        }
        let Some(AttributeValue::M(serves)) = item.get_mut("serves") else { return };
        if mutant == Some(FloorMutant::HoursUnread) {
            serves.remove("hours");
        }
        if mutant == Some(FloorMutant::GroupsUnread) {
            let all = AttributeValue::L(vec![AttributeValue::S("north".into())]);
            serves.insert("groups".into(), all);
        }
    }

    pub(super) fn spoil(&self, write: &mut Write) {
        if self.lock().mutant == Some(FloorMutant::VersionsIgnored)
            && let Write::Put { condition, .. } = write
            && matches!(condition, Condition::Equals("v", _))
        {
            *condition = Condition::None;
        }
    }
}

#[async_trait]
impl Switchboards for Hub {
    async fn switchboard(&self, _: &TenantId) -> Result<Arc<dyn Switchboard>, AskError> {
        Ok(Arc::new(self.clone()))
    }
}

#[async_trait]
impl Switchboard for Hub {
    async fn ring(&self, leg: &RingLeg) -> Result<CallId, PlaceError> {
        self.approach((80, 400)).await;
        let (fate, twice) = {
            let mut state = self.lock();
            let fate = if state.hostile { state.dice.below(100) } else { 100 };
            (fate, state.mutant == Some(FloorMutant::RingsTwice))
        };
        match fate {
            0..2 => return Err(PlaceError::Unavailable(None)),
            2..4 => return Err(PlaceError::Throttled),
            4..6 => return Err(PlaceError::Unknown(None)),
            _ => {}
        }
        let live = TenantTable::new(self.table.as_ref(), &self.tenant).live(&leg.live).now_or_never();
        if let (Leg::Agent { offer }, Some(agent), Some(Ok(Some(live)))) = (leg.leg, &leg.agent, live) {
            let now = self.now();
            check_offer(&mut self.lock(), &live.value, offer, agent, now);
        }
        if twice {
            self.lock().ring(leg);
        }
        let id = self.lock().ring(leg);
        self.approach((1, 30)).await;
        if (6..8).contains(&fate) { Err(PlaceError::Unknown(None)) } else { Ok(id) }
    }

    async fn redirect(&self, call: &CallId, live: &LiveId, place: Place) -> Result<(), AskError> {
        self.approach((60, 300)).await;
        let mut state = self.lock();
        match place {
            // The person hears it to its end.
            Place::Sorry | Place::Machine => state.after(5_000, Happening::HangUp(live.clone())),
            Place::Conference => state.wait_again(live),
            Place::Join { .. } => state.join(call),
        }
        Ok(())
    }

    async fn participant(
        &self,
        _: &ConferenceId,
        call: &CallId,
        change: &ParticipantChange,
    ) -> Result<bool, AskError> {
        self.approach((60, 300)).await;
        let mut state = self.lock();
        let gone = match (index_of(call), guest_index_of(call)) {
            (Some(index), _) => state.legs[index].over,
            (None, Some(index)) => state.guests[index].over,
            (None, None) => false,
        };
        if gone {
            return Ok(false);
        }
        if let (Some(ends), Some(index)) = (change.end_on_exit, index_of(call)) {
            state.legs[index].ends = ends;
        }
        if let (Some(ends), Some(index)) = (change.end_on_exit, guest_index_of(call)) {
            state.guests[index].ends = ends;
            state.handed_out += u64::from(ends);
        }
        Ok(true)
    }

    async fn end_leg(&self, call: &CallId) -> Result<(), AskError> {
        self.approach((60, 300)).await;
        let mut state = self.lock();
        if let Some(index) = index_of(call) {
            state.end_leg(index);
        } else if let Some(index) = guest_index_of(call) {
            state.end_guest(index);
        } else if let Some(live) = call.0.strip_prefix("person ").and_then(|live| live.parse().ok()) {
            state.after(0, Happening::HangUp(live));
        }
        Ok(())
    }
}

#[async_trait]
impl Voice for Hub {
    async fn place(&self, _: &PlaceCall) -> Result<CallId, PlaceError> {
        Err(PlaceError::Unavailable(None))
    }

    async fn report(&self, call: &CallId) -> Result<Option<CallReport>, AskError> {
        self.approach((60, 300)).await;
        let live: Option<LiveId> = call.0.strip_prefix("person ").and_then(|live| live.parse().ok());
        let state = self.lock();
        let forgotten = state.mutant == Some(FloorMutant::LinesForgotten);
        let over = match index_of(call) {
            Some(index) => state.legs.get(index).map(|leg| leg.over || forgotten),
            None => live.and_then(|live| state.people.get(&live)).map(|person| person.over),
        };
        Ok(over.map(|over| CallReport {
            call: call.clone(),
            status: if over { CallStatus::Completed } else { CallStatus::InProgress },
            answered_by: None,
            duration_seconds: None,
            created_at: Timestamp::UNIX_EPOCH,
        }))
    }

    async fn calls_since(&self, _: &E164, _: &E164, _: Timestamp) -> Result<Vec<CallReport>, AskError> {
        Ok(Vec::new())
    }

    async fn placed_for(&self, _: &CallId) -> Result<Option<AttemptRef>, AskError> {
        Ok(None)
    }

    async fn hang_up(&self, call: &CallId) -> Result<(), AskError> {
        self.end_leg(call).await
    }
}

#[async_trait]
impl Messages for Hub {
    async fn send(&self, messages: Vec<Outgoing>) -> Result<(), QueueError> {
        self.approach((3, 20)).await;
        let mut state = self.lock();
        for message in messages {
            let delay = i64::from(message.delay_seconds) * 1_000;
            let at = state.now + delay;
            match state.mutant {
                Some(FloorMutant::NudgesLost) => {}
                Some(FloorMutant::NudgesEarly) if delay > 0 => state.nudges.push(at - 1_000),
                Some(_) | None => state.nudges.push(at),
            }
        }
        Ok(())
    }
}
