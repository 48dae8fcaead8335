//! A switchboard that writes down what it is asked to do, and a queue beside it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use carillon_domain::agents::ports::{
    ConferenceId, ParticipantChange, Place, RingLeg, Switchboard, Switchboards,
};
use carillon_domain::ids::{LiveId, TenantId};
use carillon_domain::ports::{AskError, CallId, Outgoing, PlaceError, Queue, QueueError};

/// A switchboard that writes down what it is asked to do, and a queue beside it.
#[derive(Clone, Default)]
pub(crate) struct Board(pub(crate) Arc<Mutex<Vec<String>>>);

impl Board {
    fn note(&self, what: String) {
        self.0.lock().unwrap().push(what);
    }
}

#[async_trait]
impl Switchboards for Board {
    async fn switchboard(&self, _: &TenantId) -> Result<Arc<dyn Switchboard>, AskError> {
        Ok(Arc::new(self.clone()))
    }
}

#[async_trait]
impl Switchboard for Board {
    async fn ring(&self, leg: &RingLeg) -> Result<CallId, PlaceError> {
        self.note(format!("ring {:?} for {}", leg.leg, leg.live));
        Ok(CallId(format!("CA{}", self.0.lock().unwrap().len())))
    }

    async fn redirect(&self, call: &CallId, _: &LiveId, place: Place) -> Result<(), AskError> {
        self.note(format!("redirect {} to {place:?}", call.0));
        Ok(())
    }

    async fn participant(
        &self,
        conference: &ConferenceId,
        call: &CallId,
        change: &ParticipantChange,
    ) -> Result<bool, AskError> {
        self.note(format!("change {} in {}: {change:?}", call.0, conference.0));
        Ok(true)
    }

    async fn end_leg(&self, call: &CallId) -> Result<(), AskError> {
        self.note(format!("end {}", call.0));
        Ok(())
    }
}

/// The `plan` queue.
pub(crate) struct Nudges(pub(crate) Board);

#[async_trait]
impl Queue for Nudges {
    async fn send(&self, messages: Vec<Outgoing>) -> Result<(), QueueError> {
        for message in messages {
            self.0.note(format!("nudge {} in {} s", message.body, message.delay_seconds));
        }
        Ok(())
    }
}
