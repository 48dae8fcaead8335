//! How often a webhook's answer waits for somebody elsewhere. Unlike times, that is the same on every machine.

use std::cell::Cell;
use std::sync::Arc;

use async_trait::async_trait;
use carillon_domain::agents::ports::{
    ConferenceId, ParticipantChange, Place, RingLeg, Switchboard, Switchboards,
};
use carillon_domain::ids::{LiveId, TenantId};
use carillon_domain::ports::{AskError, CallId, PlaceError};

tokio::task_local! {
    static OF_THIS_WEBHOOK: Cell<Counts>;
}

/// What one webhook asked of others: the table, the provider, a queue.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    /// The longest chain of questions each of which was asked after the answer to the one before. What is asked beside
    /// something else costs no time of its own.
    pub(crate) sequential: u32,
    /// Writes that found that somebody else had been faster.
    pub(crate) conflicts: u32,
}

/// Counts what is asked while `doing`.
pub(crate) async fn counted<T>(doing: impl Future<Output = T>) -> (T, Counts) {
    let counting = async {
        let done = doing.await;
        (done, OF_THIS_WEBHOOK.with(Cell::get))
    };
    OF_THIS_WEBHOOK.scope(Cell::default(), counting).await
}

fn change(how: impl FnOnce(&mut Counts)) {
    // Outside of webhooks nothing is counted.
    let _ = OF_THIS_WEBHOOK.try_with(|cell| {
        let mut counts = cell.get();
        how(&mut counts);
        cell.set(counts);
    });
}

/// A way there and back, for as long as it exists.
#[derive(Debug)]
pub(crate) struct Trip {
    /// How long the chain is that ends with this one.
    chain: u32,
}

impl Trip {
    pub(crate) fn begin() -> Self {
        let mut chain = 0;
        change(|counts| chain = counts.sequential + 1);
        Self { chain }
    }

    pub(crate) fn conflicted(&self) {
        change(|counts| counts.conflicts += 1);
    }
}

impl Drop for Trip {
    fn drop(&mut self) {
        change(|counts| counts.sequential = counts.sequential.max(self.chain));
    }
}

/// A provider whose answers are awaited.
pub(crate) struct CountedBoards<B>(pub(crate) B);

struct CountedBoard(Arc<dyn Switchboard>);

#[async_trait]
impl<B: Switchboards> Switchboards for CountedBoards<B> {
    async fn switchboard(&self, tenant: &TenantId) -> Result<Arc<dyn Switchboard>, AskError> {
        Ok(Arc::new(CountedBoard(self.0.switchboard(tenant).await?)))
    }
}

#[async_trait]
impl Switchboard for CountedBoard {
    async fn ring(&self, leg: &RingLeg) -> Result<CallId, PlaceError> {
        let _trip = Trip::begin();
        self.0.ring(leg).await
    }

    async fn redirect(&self, call: &CallId, live: &LiveId, place: Place) -> Result<(), AskError> {
        let _trip = Trip::begin();
        self.0.redirect(call, live, place).await
    }

    async fn participant(
        &self,
        conference: &ConferenceId,
        call: &CallId,
        change: &ParticipantChange,
    ) -> Result<bool, AskError> {
        let _trip = Trip::begin();
        self.0.participant(conference, call, change).await
    }

    async fn end_leg(&self, call: &CallId) -> Result<(), AskError> {
        let _trip = Trip::begin();
        self.0.end_leg(call).await
    }
}
