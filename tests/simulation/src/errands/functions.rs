//! The functions of production, as the stream and the queues call them, and what becomes of what they were called with.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use async_trait::async_trait;
use aws_lambda_events::dynamodb;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use carillon_engine::errands::KeepRecording;

use super::misread::Misread;
use super::outside::Outside;
use super::sqs::{Errand, Handed, Sender};
use super::tenants::Action;
use super::{ErrandMutant, World};
use crate::stream::record;

/// A batch of the stream is dealt with and comes again all the same, times in a million.
const BATCH_AGAIN: u32 = 30_000;
/// Somebody is forgotten just while their recording is on its way, times in a million.
const FORGOTTEN_MEANWHILE: u32 = 150_000;

/// What is under way.
pub(super) enum Job {
    Announce {
        shard: usize,
        records: usize,
    },
    Errand {
        errand: Errand,
        batch: Vec<Handed>,
        until: i64,
    },
    Forget {
        person: usize,
    },
    /// An order on its way into a queue, of somebody other than the functions.
    Order,
}

/// What came of it.
pub(super) enum Done {
    Announced(Result<()>),
    Handled(Result<SqsBatchResponse>),
    Forgotten(bool),
    Ordered,
}

/// Nobody's page is open.
struct NoPages;

#[async_trait]
impl announce::push::Push for NoPages {
    async fn push(&self, _: &str, _: &str) -> Result<bool> {
        Ok(false)
    }
}

impl World {
    /// The next batch of a shard, from the first record that has not been acknowledged on.
    pub(super) fn announce(&mut self, number: usize) {
        let sandbox = self.shards[number].sandbox.take().unwrap_or_else(|| Arc::new(self.sandbox()));
        let count = usize::try_from(self.turn.lock().dice.between(1, 12)).unwrap_or(1);
        let step = self.step;
        let shard = &mut self.shards[number];
        let mut event = dynamodb::Event::default();
        event.records = shard
            .waiting
            .iter()
            .take(count)
            .map(|(change, at)| {
                let mut record = record(number, change);
                let at = Duration::from_secs(u64::try_from(at / 1_000).unwrap_or_default());
                record.change.approximate_creation_date_time += at;
                if self.mutant == Some(ErrandMutant::ChangesRenamed) {
                    record.event_id = format!("{}-{step}", record.event_id);
                }
                record
            })
            .collect();
        shard.busy = true;
        shard.sandbox = Some(Arc::clone(&sandbox));
        let job = Job::Announce { shard: number, records: event.records.len() };
        self.tasks.spawn(job, async move { Done::Announced(announce::handle(&sandbox, event).await) });
    }

    fn sandbox(&self) -> announce::Deps {
        let sender = |errand| Arc::new(Sender { hands: self.hands.clone(), errand });
        let clock = Arc::new(self.turn.clone());
        announce::Deps::new(
            self.misread(),
            sender(Errand::Tell),
            sender(Errand::Keep),
            Arc::new(NoPages),
            clock,
        )
    }

    fn misread(&self) -> Arc<Misread> {
        Arc::new(Misread::new(&self.turn, &self.table, self.mutant))
    }

    pub(super) fn receive(&mut self, errand: Errand) {
        let batch = {
            let mut luck = self.turn.lock();
            self.hands.outside().queue(errand).receive(&mut luck, self.mutant, self.long)
        };
        if batch.is_empty() {
            return;
        }
        let message = |handed: &Handed| {
            let mut message = SqsMessage::default();
            message.message_id = Some(handed.id.to_string());
            message.body = Some(handed.body.clone());
            let receives = ("ApproximateReceiveCount".to_owned(), handed.receives.to_string());
            message.attributes = [receives].into();
            message
        };
        let mut event = SqsEvent::default();
        event.records = batch.iter().map(message).collect();
        let hands = self.hands.of_invocation(self.step, batch.iter().map(|handed| handed.body.as_str()));
        let timeout_ms = self.hands.outside().queue(errand).timeout_ms;
        let (table, until) = (self.misread(), self.now() + timeout_ms);
        if errand == Errand::Keep {
            self.forget_meanwhile(&batch);
        }
        self.running[errand as usize] += 1;
        let job = Job::Errand { errand, batch, until };
        match errand {
            Errand::Tell => {
                let queue = Arc::new(Sender { hands: hands.clone(), errand });
                let clock = Arc::new(self.turn.clone());
                let deps = deliver::Deps { table, queue, post: Arc::new(hands), clock };
                self.tasks.spawn(job, async move { Done::Handled(deliver::handle(&deps, event).await) });
            }
            Errand::Keep => {
                let (objects, source) = (Arc::new(hands.clone()), Arc::new(hands));
                let deps = keep_recording::Deps { table, objects, source };
                self.tasks
                    .spawn(job, async move { Done::Handled(keep_recording::handle(&deps, event).await) });
            }
        }
    }

    /// Somebody may be forgotten just now.
    fn forget_meanwhile(&mut self, batch: &[Handed]) {
        let (forgets, soon) = {
            let mut luck = self.turn.lock();
            (luck.dice.chance(FORGOTTEN_MEANWHILE), luck.dice.between(0, 80))
        };
        if self.repeated.is_some() {
            return;
        }
        let order = batch.iter().find_map(|handed| serde_json::from_str::<KeepRecording>(&handed.body).ok());
        let Some(key) = order.filter(|_| forgets).map(|order| order.key()) else { return };
        let held = |outside: &Outside| {
            outside.provider.values().find(|held| held.key == key).map(|held| held.person)
        };
        let person = held(&self.hands.outside());
        if let Some(person) = person.filter(|person| !self.hands.outside().log.forgetting.contains(person)) {
            let at = self.now() + soon;
            self.at(at, Action::Forget { person });
        }
    }

    pub(super) fn ended(&mut self, job: Job, done: Option<Done>) {
        match (job, done) {
            (Job::Announce { shard, records }, done) => {
                let died = done.is_none();
                let handled = matches!(done, Some(Done::Announced(Ok(()))));
                let skipped = self.mutant == Some(ErrandMutant::BatchesSkipped);
                let again = self.turn.lock().strikes("batch comes again", BATCH_AGAIN);
                let wait = self.turn.lock().dice.between(100, 1_000);
                let ready_at = self.now() + wait;
                let shard = &mut self.shards[shard];
                if handled && !again || !handled && skipped {
                    shard.waiting.drain(..records);
                }
                (shard.busy, shard.ready_at) = (false, ready_at);
                if died {
                    shard.sandbox = None;
                }
            }
            (Job::Errand { errand, batch, .. }, done) => {
                self.running[errand as usize] -= 1;
                let Some(Done::Handled(Ok(response))) = done else { return };
                let failed: Vec<&str> =
                    response.batch_item_failures.iter().map(|it| it.item_identifier.as_str()).collect();
                let mut luck = self.turn.lock();
                let mut outside = self.hands.outside();
                for handed in batch.iter().filter(|it| !failed.contains(&it.id.to_string().as_str())) {
                    outside.queue(errand).delete(&mut luck, handed.id, self.long);
                }
            }
            (Job::Forget { person }, Some(Done::Forgotten(true))) => {
                self.hands.outside().log.forgotten.insert(person);
            }
            (Job::Order, _) => {}
            // Whoever asked for it asks again.
            (Job::Forget { person }, _) => {
                let at = self.now() + 2_000;
                self.at(at, Action::Forget { person });
            }
        }
    }

    /// A function that takes too long is ended.
    pub(super) fn time_out(&mut self) {
        let now = self.now();
        let late = |job: &Job| matches!(job, Job::Errand { until, .. } if *until < now);
        for job in self.tasks.end(late) {
            *self.turn.lock().faults.entry("function timed out").or_default() += 1;
            self.ended(job, None);
        }
    }
}
