//! SQS, as bad as it says it may be: late, twice, out of order, with a dead-letter queue behind.

use std::collections::BTreeMap;

use async_trait::async_trait;
use carillon_domain::ports::{Outgoing, Queue, QueueError};

use crate::hub::{Ctx, Fate, State};
use crate::mutants::Mutant;
use crate::world::Event;

/// As in the template.
const VISIBILITY_MS: i64 = 180_000;
const RECEIVES_MAX: u32 = 3;
const RETENTION_MS: i64 = 4 * 3_600_000;

/// The `dial` queue.
#[derive(Default)]
pub(crate) struct DialQueue {
    messages: BTreeMap<u64, Message>,
    sent: u64,
    /// Messages are visible, and a function will be called for them when the window is over.
    gathering: bool,
}

struct Message {
    body: String,
    visible_at: i64,
    sent_at: i64,
    receives: u32,
}

impl DialQueue {
    /// Messages that nobody has dealt with.
    pub(crate) fn len(&self) -> usize {
        self.messages.len()
    }
}

impl State {
    fn enqueue(&mut self, message: &Outgoing) {
        if self.mutant == Some(Mutant::NoReconcile) && self.dice.chance(100_000) {
            return;
        }
        let faults = self.scenario.faults.clone();
        let mut delay = i64::from(message.delay_seconds) * 1_000;
        if self.strikes("message late", faults.message_late) {
            delay += self.dice.between(100, 20_000);
        }
        self.queue.sent += 1;
        let (id, now) = (self.queue.sent, self.timeline.now);
        let body = message.body.clone();
        self.queue.messages.insert(id, Message { body, visible_at: now + delay, sent_at: now, receives: 0 });
        self.timeline.after(delay, Event::Visible);
    }

    /// One request to send up to ten. Returns which were reported as not queued.
    fn send(&mut self, messages: &[Outgoing]) -> Vec<usize> {
        self.stats.queue_requests += 1;
        let faults = self.scenario.faults.clone();
        let unheard = self.strikes("answer of the queue lost", faults.send_unheard);
        let mut unsent = Vec::new();
        for (index, message) in messages.iter().enumerate() {
            let fails = self.strikes("message not queued", faults.send_fails);
            if !fails {
                self.enqueue(message);
            }
            if fails || unheard {
                unsent.push(index);
            }
        }
        unsent
    }

    /// What a function is called with: as many messages as it takes, or those that came within the window.
    pub(crate) fn poll(&mut self, window_over: bool) -> Vec<(u64, String)> {
        let (now, window) = (self.timeline.now, self.scenario.queue_window_ms);
        let visible = self.queue.messages.values().filter(|message| message.visible_at <= now).count();
        if window == 0 || visible >= self.scenario.queue_batch || window_over {
            self.queue.gathering &= !window_over;
            return self.receive();
        }
        if visible > 0 && !std::mem::replace(&mut self.queue.gathering, true) {
            self.timeline.after(window, Event::WindowOver);
        }
        Vec::new()
    }

    /// Up to ten messages that are visible now, with their ids.
    fn receive(&mut self) -> Vec<(u64, String)> {
        let now = self.timeline.now;
        let mut dead = Vec::new();
        let mut visible: Vec<u64> = Vec::new();
        for (id, message) in &self.queue.messages {
            if message.visible_at > now {
                continue;
            }
            if message.receives >= RECEIVES_MAX {
                dead.push((*id, true));
            } else if now - message.sent_at > RETENTION_MS {
                dead.push((*id, false));
            } else {
                visible.push(*id);
            }
        }
        for (id, to_dead_letters) in dead {
            self.queue.messages.remove(&id);
            self.stats.dead_letters += u64::from(to_dead_letters);
            self.note(|| format!("queue: message {id} is put aside"));
        }
        // In no order.
        for last in (1..visible.len()).rev() {
            let other = self.dice.below(last + 1);
            visible.swap(last, other);
        }
        visible.truncate(self.scenario.queue_batch);
        let twice = self.scenario.faults.message_twice;
        let mut batch = Vec::with_capacity(visible.len());
        for id in visible {
            let again = self.strikes("message delivered twice", twice);
            let soon = self.dice.pick(&[20, 20, 30_000]);
            let wait = if again { self.dice.between(0, soon) } else { VISIBILITY_MS };
            if let Some(message) = self.queue.messages.get_mut(&id) {
                message.visible_at = now + wait;
                message.receives += 1;
                batch.push((id, message.body.clone()));
            }
            self.timeline.after(wait, Event::Visible);
        }
        self.stats.queue_requests += u64::from(!batch.is_empty());
        batch
    }

    /// The function is done with these; those that failed come again when their time is up.
    pub(crate) fn delete(&mut self, batch: &[u64], failed: &[u64]) {
        let faults = self.scenario.faults.clone();
        self.stats.queue_requests += u64::from(batch.len() > failed.len());
        for id in batch.iter().filter(|id| !failed.contains(id)) {
            if !self.strikes("handled message not deleted", faults.delete_lost) {
                self.queue.messages.remove(id);
            }
        }
    }
}

/// The queue through one invocation's connection.
pub(crate) struct SimQueue(pub(crate) Ctx);

#[async_trait]
impl Queue for SimQueue {
    async fn send(&self, messages: Vec<Outgoing>) -> Result<(), QueueError> {
        let mut unsent = Vec::new();
        for (tenth, some) in messages.chunks(10).enumerate() {
            let fate = self.0.approach((5, 20)).await;
            if fate == Fate::CrashBefore {
                self.0.die("before queueing").await;
            }
            unsent.extend(self.0.hub.lock().send(some).into_iter().map(|index| tenth * 10 + index));
            if fate == Fate::CrashAfter {
                self.0.die("after queueing").await;
            }
        }
        self.0.note(|| format!("queued {} messages, {} failed", messages.len(), unsent.len()));
        if unsent.is_empty() { Ok(()) } else { Err(QueueError { unsent, source: None }) }
    }
}
