//! The table's change stream: sharded, in order within an item, at least once.

use std::collections::VecDeque;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use carillon_store::memory::Change;
use carillon_store::port::{AttributeValue, Item};

use crate::scenario::Scenario;

/// All shards, as one of the functions behind the stream gets them.
pub(crate) struct Stream {
    shards: Vec<Shard>,
    /// The function's filter.
    wants: fn(&Change) -> bool,
    batch_max: usize,
    /// How long a batch is gathered, milliseconds.
    pub(crate) window_ms: i64,
}

#[derive(Default)]
struct Shard {
    waiting: VecDeque<Change>,
    /// A delivery is under way or about to be.
    busy: bool,
}

impl Stream {
    /// For `aggregate`.
    pub(crate) fn counted(scenario: &Scenario) -> Self {
        let shards = (0..scenario.stream_shards).map(|_| Shard::default()).collect();
        let wants = |change: &Change| ["E#", "A#"].iter().any(|prefix| change.key.sk.starts_with(prefix));
        Self { shards, wants, batch_max: scenario.stream_batch, window_ms: scenario.stream_window_ms }
    }

    /// For `announce`.
    pub(crate) fn announced(scenario: &Scenario, window_ms: i64) -> Self {
        Self { wants: is_announced, window_ms, ..Self::counted(scenario) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shards.iter().all(|shard| shard.waiting.is_empty())
    }

    /// Takes a change in, if the function's filter lets it pass. Returns the shard if somebody has to be told that it has something.
    pub(crate) fn push(&mut self, change: Change) -> Option<usize> {
        if !(self.wants)(&change) {
            return None;
        }
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
        let full = shard.waiting.len() >= self.batch_max;
        shard.busy.then_some(if full { 200 } else { self.window_ms })
    }
}

/// The filter of `announce`, save for agents' presences: nobody here is one.
pub(crate) fn is_announced(change: &Change) -> bool {
    let others = ["CAMPAIGN", "COUNTERS", "IMPORT", "CALL", "all", "voice", "sms", "email"];
    let ended = || is_ended(change.new.as_ref());
    others.contains(&change.key.sk.as_str()) || change.key.sk.starts_with("A#") && ended()
}

fn is_ended(item: Option<&Item>) -> bool {
    let Some(AttributeValue::M(state)) = item.and_then(|item| item.get("state")) else { return false };
    state.get("is") == Some(&AttributeValue::S("ended".to_owned()))
}

/// A change as the function gets it.
pub(crate) fn record(shard: usize, change: &Change) -> EventRecord {
    let mut record = EventRecord::default();
    record.event_id = format!("{shard}-{}", change.sequence);
    record.change.old_image = change.old.clone().unwrap_or_default();
    record.change.new_image = change.new.clone().unwrap_or_default();
    record
}
