//! What all of the network's parts share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use url::Url;

use crate::config::{Account, OverLimit, Settings};
use crate::journal::{Journal, lock};
use crate::people::draw::Draw;
use crate::rooms::Rooms;
use crate::tokens::Tokens;
use crate::twilio::call::{Call, CallReport, Steer};
use crate::twilio::limit::Limiter;
use crate::twilio::number::IncomingNumber;
use crate::twilio::recording::Recording;
use crate::webhook::WebhookClient;

/// The state of a running network.
pub(crate) struct Shared {
    pub(crate) accounts: Vec<Account>,
    pub(crate) public_url: String,
    pub(crate) journal: Arc<Journal>,
    pub(crate) webhooks: WebhookClient,
    pub(crate) tokens: Arc<Tokens>,
    settings: RwLock<Arc<Settings>>,
    calls: Mutex<Calls>,
    limits: Mutex<HashMap<String, Limiter>>,
    pub(crate) rooms: Mutex<Rooms>,
    pub(crate) numbers: Mutex<Vec<IncomingNumber>>,
    recordings: Mutex<Vec<Recording>>,
    media: Mutex<HashMap<Url, Duration>>,
    ids: IdSource,
    reads: AtomicU64,
}

#[derive(Default)]
struct Calls {
    /// In the order of their creation.
    order: Vec<String>,
    by_sid: HashMap<String, Call>,
    /// How often each number was called.
    attempts: HashMap<String, u32>,
    /// How often the API was asked to call each number.
    requests: HashMap<String, u32>,
}

/// Ids are new in every run, whatever the seed: a system under test may have kept those of the last one.
struct IdSource {
    run: u64,
    next: AtomicU64,
}

impl IdSource {
    fn draw(&self, kind: &str) -> Draw {
        let ordinal = self.next.fetch_add(1, Ordering::Relaxed);
        Draw::new(self.run, &[kind, &ordinal.to_string()])
    }
}

impl Shared {
    pub(crate) fn new(
        accounts: Vec<Account>,
        public_url: String,
        settings: Settings,
        run: u64,
    ) -> std::io::Result<Self> {
        let journal = Arc::new(Journal::default());
        let tokens = Arc::<Tokens>::default();
        let ids = IdSource { run, next: AtomicU64::new(0) };
        let numbers = accounts.iter().flat_map(|account| {
            account
                .numbers
                .iter()
                .map(|number| IncomingNumber::new(ids.draw("PN").sid("PN"), account, number))
        });
        let numbers = numbers.collect();
        Ok(Self {
            accounts,
            public_url,
            webhooks: WebhookClient::new(Arc::clone(&journal), Arc::clone(&tokens))?,
            tokens,
            journal,
            settings: RwLock::new(Arc::new(settings)),
            calls: Mutex::default(),
            limits: Mutex::default(),
            rooms: Mutex::default(),
            numbers: Mutex::new(numbers),
            recordings: Mutex::default(),
            media: Mutex::default(),
            ids,
            reads: AtomicU64::new(0),
        })
    }

    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set_settings(&self, settings: Settings) {
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
    }

    pub(crate) fn sid(&self, prefix: &str) -> String {
        self.ids.draw(prefix).sid(prefix)
    }

    /// An idempotency token: a UUID of version 4.
    pub(crate) fn token(&self) -> String {
        let mut draw = self.ids.draw("token");
        let (high, low) = (draw.bits(), draw.bits());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xFFFF,
            high & 0xFFF,
            0x8000 | low >> 48 & 0x3FFF,
            low & 0xFFFF_FFFF_FFFF
        )
    }

    /// Whether an account may create a call now, and how long that call then waits in the queue.
    pub(crate) fn admit(&self, account_sid: &str, settings: &Settings) -> Option<Duration> {
        let mut limits = lock(&self.limits);
        let limiter = limits.entry(account_sid.to_owned()).or_default();
        let now = Instant::now();
        match settings.over_limit {
            OverLimit::Refuse => limiter.admits(now, settings.calls_per_second).then_some(Duration::ZERO),
            OverLimit::Queue => Some(limiter.queues(now, settings.calls_per_second)),
        }
    }

    /// The ordinal of a request to call this number, from 1.
    pub(crate) fn count_request(&self, number: &str) -> u32 {
        count(&mut lock(&self.calls).requests, number)
    }

    /// The ordinal of a call to this number, from 1.
    pub(crate) fn count_attempt(&self, number: &str) -> u32 {
        count(&mut lock(&self.calls).attempts, number)
    }

    /// The ordinal of a read.
    pub(crate) fn count_read(&self) -> u64 {
        self.reads.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn keep(&self, call: Call) {
        let mut calls = lock(&self.calls);
        calls.order.push(call.report.sid.clone());
        calls.by_sid.insert(call.report.sid.clone(), call);
    }

    /// Reads or changes a call; `None` when there is none (it may have been reset away).
    pub(crate) fn change<T>(&self, sid: &str, change: impl FnOnce(&mut Call) -> T) -> Option<T> {
        lock(&self.calls).by_sid.get_mut(sid).map(change)
    }

    /// Reads or changes what is reported of a call.
    pub(crate) fn report<T>(&self, sid: &str, change: impl FnOnce(&mut CallReport) -> T) -> Option<T> {
        self.change(sid, |call| change(&mut call.report))
    }

    /// Forgets a call that came to nothing.
    pub(crate) fn forget(&self, sid: &str) {
        let mut calls = lock(&self.calls);
        calls.by_sid.remove(sid);
        calls.order.retain(|known| known != sid);
    }

    /// Tells a live call something; one that is over needs no telling.
    pub(crate) fn steer(&self, sid: &str, steer: Steer) {
        self.change(sid, |call| {
            if let Some(live) = &call.steer {
                let _ = live.send(steer);
            }
        });
    }

    /// Reads all calls in the order of their creation.
    pub(crate) fn each_call<T>(&self, mut read: impl FnMut(&Call) -> Option<T>) -> Vec<T> {
        let calls = lock(&self.calls);
        calls.order.iter().filter_map(|sid| calls.by_sid.get(sid)).filter_map(&mut read).collect()
    }

    pub(crate) fn keep_recording(&self, recording: Recording) {
        lock(&self.recordings).push(recording);
    }

    pub(crate) fn recordings(&self, keep: impl Fn(&Recording) -> bool) -> Vec<Recording> {
        lock(&self.recordings).iter().filter(|recording| keep(recording)).cloned().collect()
    }

    /// Whether there was one.
    pub(crate) fn delete_recording(&self, account_sid: &str, sid: &str) -> bool {
        let mut recordings = lock(&self.recordings);
        let before = recordings.len();
        recordings.retain(|recording| recording.sid != sid || recording.account_sid != account_sid);
        recordings.len() < before
    }

    pub(crate) fn media(&self, url: &Url) -> Option<Duration> {
        lock(&self.media).get(url).copied()
    }

    pub(crate) fn keep_media(&self, url: &Url, length: Duration) {
        lock(&self.media).insert(url.clone(), length);
    }

    /// Forgets everything that happened and ends all calls, whose last callbacks are still sent; every number is
    /// at attempt 1 again.
    pub(crate) fn reset(&self) {
        let calls = std::mem::take(&mut *lock(&self.calls));
        for call in calls.by_sid.into_values() {
            if let Some(steer) = call.steer {
                // A call that ended just now needs no telling.
                let _ = steer.send(Steer::Complete);
            }
        }
        *lock(&self.rooms) = Rooms::default();
        lock(&self.limits).clear();
        lock(&self.recordings).clear();
        lock(&self.media).clear();
        self.journal.clear();
    }
}

fn count(counts: &mut HashMap<String, u32>, number: &str) -> u32 {
    let count = counts.entry(number.to_owned()).or_default();
    *count += 1;
    *count
}
