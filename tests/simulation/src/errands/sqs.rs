//! SQS between the functions: late, twice, in no order, with dead letters behind; numbers from the template.

use std::collections::BTreeMap;

use async_trait::async_trait;
use carillon_domain::ports::{Outgoing, Queue, QueueError};

use super::ErrandMutant;
use super::outside::Hands;
use crate::template;
use crate::turns::Luck;

/// Which of the two queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Errand {
    /// What `deliver` does.
    Tell,
    /// What `keep-recording` does.
    Keep,
}

impl Errand {
    pub(super) const BOTH: [Self; 2] = [Self::Tell, Self::Keep];

    /// The function's name in the template.
    fn function(self) -> &'static str {
        match self {
            Self::Tell => "DeliverFunction",
            Self::Keep => "KeepRecordingFunction",
        }
    }

    fn queue(self) -> &'static str {
        match self {
            Self::Tell => "WebhookQueue",
            Self::Keep => "RecordingQueue",
        }
    }
}

/// A message, as a function is handed it.
#[derive(Clone, Debug)]
pub(super) struct Handed {
    pub(super) id: u64,
    pub(super) body: String,
    pub(super) receives: u32,
}

struct Message {
    body: String,
    visible_at: i64,
    receives: u32,
}

/// One queue and its dead letters.
pub(super) struct Sqs {
    messages: BTreeMap<u64, Message>,
    sent: u64,
    dead: Vec<String>,
    visibility_ms: i64,
    receives_max: u32,
    batch_max: usize,
    /// The function's time-out, milliseconds.
    pub(super) timeout_ms: i64,
    /// How many of it run at once at most.
    pub(super) concurrency: usize,
    /// Messages that ended among the dead letters.
    pub(super) died: u64,
}

/// Of messages, so many in a million are late, are handed over twice, or stay although they were dealt with.
const LATE: u32 = 20_000;
const TWICE: u32 = 80_000;
const NOT_DELETED: u32 = 10_000;
/// In long trouble each of these is rarer: a message that waits for days comes by hundreds of times.
const RARER: u32 = 20;

impl Sqs {
    pub(super) fn new(errand: Errand) -> Self {
        let of_queue = |property| template::number(errand.queue(), property);
        let of_function = |property| template::number(errand.function(), property);
        Self {
            messages: BTreeMap::new(),
            sent: 0,
            dead: Vec::new(),
            visibility_ms: i64::from(of_queue("VisibilityTimeout")) * 1_000,
            receives_max: of_queue("maxReceiveCount"),
            batch_max: of_function("BatchSize") as usize,
            timeout_ms: i64::from(of_function("Timeout")) * 1_000,
            concurrency: of_function("MaximumConcurrency") as usize,
            died: 0,
        }
    }

    fn send(&mut self, luck: &mut Luck, message: &Outgoing) {
        let late = luck.strikes("message late", LATE);
        let late = if late { luck.dice.between(100, 60_000) } else { 0 };
        self.sent += 1;
        let visible_at = luck.now + i64::from(message.delay_seconds) * 1_000 + late;
        self.messages.insert(self.sent, Message { body: message.body.clone(), visible_at, receives: 0 });
    }

    /// When the next message can be received.
    pub(super) fn next_at(&self) -> Option<i64> {
        self.messages.values().map(|message| message.visible_at).min()
    }

    /// Some of those that can be received now, in no order.
    pub(super) fn receive(
        &mut self,
        luck: &mut Luck,
        mutant: Option<ErrandMutant>,
        long: bool,
    ) -> Vec<Handed> {
        let now = luck.now;
        let mut visible: Vec<u64> = Vec::new();
        let mut spent: Vec<u64> = Vec::new();
        for (id, message) in self.messages.iter().filter(|(_, message)| message.visible_at <= now) {
            if message.receives < self.receives_max { visible.push(*id) } else { spent.push(*id) }
        }
        for message in spent.iter().filter_map(|id| self.messages.remove(id)) {
            self.died += 1;
            if mutant != Some(ErrandMutant::DeadLettersLost) {
                self.dead.push(message.body);
            }
        }
        let count = self.batch_max.min(visible.len());
        let count = usize::try_from(luck.dice.between(1, 10)).unwrap_or(1).min(count);
        let mut batch = Vec::with_capacity(count);
        while batch.len() < count {
            let id = visible.swap_remove(luck.dice.below(visible.len()));
            let twice = luck.strikes("message handed over twice", if long { TWICE / RARER } else { TWICE });
            let hidden = if twice { luck.dice.between(0, 300) } else { self.visibility_ms };
            let Some(message) = self.messages.get_mut(&id) else { continue };
            message.receives += 1;
            message.visible_at = now + hidden;
            batch.push(Handed { id, body: message.body.clone(), receives: message.receives });
            if mutant == Some(ErrandMutant::GoneWhenReceived) {
                self.messages.remove(&id);
            }
        }
        batch
    }

    /// A message was dealt with.
    pub(super) fn delete(&mut self, luck: &mut Luck, id: u64, long: bool) {
        if !luck.strikes("message not deleted", if long { NOT_DELETED / RARER } else { NOT_DELETED }) {
            self.messages.remove(&id);
        }
    }

    /// As `cargo xtask redrive`: dead letters come back. Returns how many.
    pub(super) fn redrive(&mut self, luck: &mut Luck) -> usize {
        let dead = std::mem::take(&mut self.dead);
        for body in &dead {
            self.send(luck, &Outgoing { body: body.clone(), delay_seconds: 0, group: None });
        }
        dead.len()
    }
}

/// A queue through one invocation's connection.
pub(super) struct Sender {
    pub(super) hands: Hands,
    pub(super) errand: Errand,
}

#[async_trait]
impl Queue for Sender {
    async fn send(&self, messages: Vec<Outgoing>) -> Result<(), QueueError> {
        for (tenth, some) in messages.chunks(10).enumerate() {
            let first = tenth * 10;
            let unsent = || QueueError { unsent: (first..messages.len()).collect(), source: None };
            let sending = async {
                for message in some {
                    self.hands.keep_in_mind(self.errand, message);
                    if !self.hands.loses(self.errand, message) {
                        let mut luck = self.hands.turn.lock();
                        self.hands.outside().queue(self.errand).send(&mut luck, message);
                    }
                }
                Ok(())
            };
            self.hands.turn.effect(sending, unsent).await?;
        }
        Ok(())
    }
}
