//! The table's change stream: sharded, in order within an item, at least once.

use std::collections::VecDeque;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use carillon_store::memory::Change;

use crate::scenario::Scenario;

/// All shards.
pub(crate) struct Stream {
    shards: Vec<Shard>,
    batch_max: usize,
}

#[derive(Default)]
struct Shard {
    waiting: VecDeque<Change>,
    /// A delivery is under way or about to be.
    busy: bool,
}

impl Stream {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let shards = (0..scenario.stream_shards).map(|_| Shard::default()).collect();
        Self { shards, batch_max: scenario.stream_batch }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shards.iter().all(|shard| shard.waiting.is_empty())
    }

    /// Takes a change in. Returns the shard if somebody has to be told that it has something.
    pub(crate) fn push(&mut self, change: Change) -> Option<usize> {
        // As in DynamoDB, a partition key belongs to one shard.
        let hash = change.key.pk.bytes().fold(7_usize, |hash, b| hash.wrapping_mul(31) ^ usize::from(b));
        let index = hash % self.shards.len();
        let shard = &mut self.shards[index];
        shard.waiting.push_back(change);
        let was_busy = std::mem::replace(&mut shard.busy, true);
        (!was_busy).then_some(index)
    }

    /// What is delivered next: from the first record that has not been acknowledged on.
    pub(crate) fn batch(&self, shard: usize) -> Option<(usize, Event)> {
        let waiting = &self.shards[shard].waiting;
        let count = waiting.len().min(self.batch_max);
        let mut event = Event::default();
        event.records = waiting.iter().take(count).map(|change| record(shard, change)).collect();
        (count > 0).then_some((count, event))
    }

    /// A delivery is over. Returns how long to wait for the next one, if there is something left.
    pub(crate) fn delivered(&mut self, shard: usize, records: usize, done: bool) -> Option<i64> {
        let shard = &mut self.shards[shard];
        if done {
            shard.waiting.drain(..records);
        }
        shard.busy = !shard.waiting.is_empty();
        shard.busy.then_some(1_000)
    }
}

fn record(shard: usize, change: &Change) -> EventRecord {
    let mut record = EventRecord::default();
    record.event_id = format!("{shard}-{}", change.sequence);
    record.change.old_image = change.old.clone().unwrap_or_default();
    record.change.new_image = change.new.clone().unwrap_or_default();
    record
}
