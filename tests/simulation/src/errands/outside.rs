//! What lies outside the functions: who listens behind the hooks, the bucket, the provider; and what is known of each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::anyhow;
use async_trait::async_trait;
use carillon_domain::attempt::Recording;
use carillon_domain::ids::{HookId, TenantId};
use carillon_domain::ports::{ObjectError, ObjectInfo, Objects, Outgoing, Presigned, UploadTerms};
use carillon_engine::errands::Tell;
use deliver::handler::Post;
use keep_recording::handler::Source;

use super::ErrandMutant;
use super::check::{Log, Posted};
use super::sqs::{Errand, Sqs};
use crate::turns::Turn;

/// How a receiver answers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mood {
    /// As it should.
    Well,
    /// Sometimes not, sometimes too late, sometimes so that nobody hears it.
    Fickle,
    /// Not at all between these, milliseconds since 1970: it refuses, or it hangs.
    Down { from: i64, until: i64 },
    /// With 410 from then on.
    Gone { from: i64 },
}

/// Who listens behind a hook.
pub(super) struct Receiver {
    pub(super) hook: HookId,
    pub(super) tenant: TenantId,
    pub(super) mood: Mood,
}

/// A recording at the provider.
pub(super) struct Held {
    /// Where it is to be kept.
    pub(super) key: String,
    pub(super) sound: Vec<u8>,
    /// The provider's copy is there.
    pub(super) there: bool,
    /// The provider has lost it, and says so.
    pub(super) gone: bool,
    /// Whose voice it is.
    pub(super) person: usize,
}

/// Everything outside, and the record that is kept of it.
pub(super) struct Outside {
    queues: [Sqs; 2],
    /// By address.
    pub(super) receivers: BTreeMap<String, Receiver>,
    pub(super) bucket: BTreeMap<String, Vec<u8>>,
    /// By the provider's id.
    pub(super) provider: BTreeMap<String, Held>,
    /// The provider answers nothing between these.
    pub(super) silent: (i64, i64),
    /// First orders, as `announce` gave them.
    pub(super) ordered: BTreeSet<(bool, String)>,
    pub(super) log: Log,
    pub(super) mutant: Option<ErrandMutant>,
}

impl Outside {
    pub(super) fn new(mutant: Option<ErrandMutant>) -> Self {
        Self {
            queues: Errand::BOTH.map(Sqs::new),
            receivers: BTreeMap::new(),
            bucket: BTreeMap::new(),
            provider: BTreeMap::new(),
            silent: (0, 0),
            ordered: BTreeSet::new(),
            log: Log::default(),
            mutant,
        }
    }

    pub(super) fn queue(&mut self, errand: Errand) -> &mut Sqs {
        let [tell, keep] = &mut self.queues;
        match errand {
            Errand::Tell => tell,
            Errand::Keep => keep,
        }
    }

    /// What a receiver answers, and after how long, milliseconds.
    fn answer(&self, url: &str, now: i64, throw: usize) -> (Result<u16, &'static str>, i64) {
        const HANGS: (Result<u16, &str>, i64) = (Err("no answer"), 10_000);
        match self.receivers.get(url).map(|receiver| receiver.mood) {
            None => (Err("no connection"), 0),
            Some(Mood::Well) => (Ok([200, 202, 204][throw % 3]), 20),
            Some(Mood::Fickle) => match throw {
                0..30 => (Ok(500), 100),
                30..40 => HANGS,
                _ => (Ok(200), 900),
            },
            Some(Mood::Down { from, until }) if (from..until).contains(&now) => match throw {
                0..50 => (Err("no connection"), 5),
                50..80 => (Ok(503), 5),
                _ => HANGS,
            },
            Some(Mood::Gone { from }) if from <= now => (Ok(410), 20),
            Some(Mood::Down { .. } | Mood::Gone { .. }) => (Ok(200), 20),
        }
    }
}

/// One invocation's hold on what lies outside: its ports are made of this.
#[derive(Clone)]
pub(super) struct Hands {
    pub(super) turn: Turn,
    outside: Arc<Mutex<Outside>>,
    /// When it began: in steps of the world, and in milliseconds.
    began: (u64, i64),
    /// Messages that somebody asked for again, as this invocation was told.
    asked: Arc<BTreeSet<String>>,
}

impl Hands {
    pub(super) fn new(turn: &Turn, outside: Outside) -> Self {
        let outside = Arc::new(Mutex::new(outside));
        Self { turn: turn.clone(), outside, began: (0, 0), asked: Arc::default() }
    }

    /// Those of an invocation that begins now, of these orders.
    pub(super) fn of_invocation<'b>(&self, step: u64, bodies: impl Iterator<Item = &'b str>) -> Self {
        let orders = bodies.filter_map(|body| serde_json::from_str::<Tell>(body).ok());
        let asked = orders.filter(|order| order.again).map(|order| order.message).collect();
        let now = self.turn.lock().now;
        Self { began: (step, now), asked: Arc::new(asked), ..self.clone() }
    }

    /// Lock the turn first where both are needed.
    pub(super) fn outside(&self) -> MutexGuard<'_, Outside> {
        self.outside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is(&self, mutant: ErrandMutant) -> bool {
        self.outside().mutant == Some(mutant)
    }

    /// The bug strikes one time in so many.
    fn is_one_in(&self, many: u32, mutant: ErrandMutant) -> bool {
        self.is(mutant) && self.turn.lock().dice.chance(1_000_000 / many)
    }

    /// Whatever takes so long is over then. What else the invocation waits for meanwhile takes no longer for it.
    fn takes(&self, milliseconds: i64) {
        let mut luck = self.turn.lock();
        luck.now = luck.now.max(self.began.1 + milliseconds);
    }

    /// Remembers an order, to give it once more when all is done.
    pub(super) fn keep_in_mind(&self, errand: Errand, message: &Outgoing) {
        let first = match serde_json::from_str::<Tell>(&message.body) {
            Ok(order) => order.due.is_none() && !order.again,
            Err(_) => true,
        };
        if first {
            self.outside().ordered.insert((errand == Errand::Tell, message.body.clone()));
        }
    }

    /// Whether a bug loses this message on its way into the queue.
    pub(super) fn loses(&self, errand: Errand, message: &Outgoing) -> bool {
        match errand {
            Errand::Tell => message.delay_seconds > 0 && self.is_one_in(10, ErrandMutant::ComeBacksLost),
            Errand::Keep => self.is_one_in(3, ErrandMutant::RecordingOrdersLost),
        }
    }

    fn received(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: &str,
    ) -> Result<u16, &'static str> {
        let (now, throw) = {
            let mut luck = self.turn.lock();
            (luck.now, luck.dice.below(100))
        };
        let (answer, takes) = {
            let mut outside = self.outside();
            let (answer, takes) = outside.answer(url, now, throw);
            if let Some(Receiver { hook, tenant, .. }) = outside.receivers.get(url) {
                let (hook, tenant) = (hook.clone(), tenant.clone());
                let asked = |message: &str| self.asked.contains(message);
                let posted = Posted { hook, tenant, headers, body, now, began: self.began.0 };
                outside.log.posted(&posted, answer, asked);
            }
            (answer, takes)
        };
        self.takes(takes);
        answer
    }
}

#[async_trait]
impl Post for Hands {
    async fn post(
        &self,
        url: &str,
        headers: Vec<(&'static str, String)>,
        body: &str,
    ) -> Result<u16, &'static str> {
        let mut url = url.to_owned();
        if self.is_one_in(5, ErrandMutant::PostsAstray) {
            url = self.outside().receivers.keys().next().cloned().unwrap_or_default();
        }
        self.turn.effect(async { self.received(&url, &headers, body) }, || "no answer").await
    }
}

fn not_told(step: &'static str) -> ObjectError {
    ObjectError::Failed { step, source: None }
}

fn info(bytes: &[u8]) -> ObjectInfo {
    ObjectInfo { size: bytes.len() as u64, etag: String::new() }
}

/// The bucket. What these functions do not ask of it, it does not know.
#[async_trait]
impl Objects for Hands {
    async fn head(&self, key: &str) -> Result<Option<ObjectInfo>, ObjectError> {
        let looking = async {
            let lies = self.is_one_in(3, ErrandMutant::HeadsLie);
            let outside = self.outside();
            Ok(outside.bucket.get(key).map(|bytes| info(bytes)).or_else(|| lies.then(|| info(&[]))))
        };
        self.turn.effect(looking, || not_told("head")).await
    }

    async fn put(&self, key: &str, bytes: Vec<u8>, _: &str) -> Result<ObjectInfo, ObjectError> {
        let putting = async {
            let told = info(&bytes);
            if !self.is_one_in(3, ErrandMutant::PutsForgotten) {
                self.outside().bucket.insert(key.to_owned(), bytes);
            }
            Ok(told)
        };
        self.turn.effect(putting, || not_told("put")).await
    }

    async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        let deleting = async {
            if !self.is_one_in(2, ErrandMutant::BucketKeeps) {
                self.outside().bucket.remove(key);
            }
            Ok(())
        };
        self.turn.effect(deleting, || not_told("delete")).await
    }

    async fn get_range(&self, _: &str, _: Option<&str>, _: u64, _: u64) -> Result<Vec<u8>, ObjectError> {
        Err(ObjectError::Missing)
    }

    async fn concat(&self, _: Vec<u8>, _: &[String], _: &str, _: &str) -> Result<(), ObjectError> {
        Err(ObjectError::Missing)
    }

    async fn presign_put(&self, _: &str, _: &UploadTerms) -> Result<Presigned, ObjectError> {
        Err(ObjectError::Missing)
    }

    async fn presign_get(&self, _: &str, _: Option<&str>, _: u32) -> Result<Presigned, ObjectError> {
        Err(ObjectError::Missing)
    }
}

impl Hands {
    /// Whether the provider can be asked now.
    fn reaches_provider(&self) -> anyhow::Result<()> {
        let now = {
            let mut luck = self.turn.lock();
            if luck.strikes("provider fails", 60_000) {
                return Err(anyhow!("status 500"));
            }
            luck.now
        };
        let (from, until) = self.outside().silent;
        if (from..until).contains(&now) { Err(anyhow!("status 503")) } else { Ok(()) }
    }
}

#[async_trait]
impl Source for Hands {
    async fn fetch(&self, _: &TenantId, recording: &Recording) -> anyhow::Result<Option<Vec<u8>>> {
        let fetching = async {
            self.reaches_provider()?;
            let slow = self.turn.lock().strikes("provider slow", 100_000);
            if slow {
                self.takes(39_000);
            }
            let early = self.is_one_in(2, ErrandMutant::ProviderDeletesEarly);
            let mut outside = self.outside();
            let held = outside.provider.get_mut(&recording.id).ok_or_else(|| anyhow!("no such recording"))?;
            let sound = (held.there && !held.gone).then(|| held.sound.clone());
            held.there &= !early;
            Ok(sound)
        };
        self.turn.effect(fetching, || anyhow!("no answer")).await
    }

    async fn delete(&self, _: &TenantId, recording: &Recording) -> anyhow::Result<()> {
        let deleting = async {
            self.reaches_provider()?;
            let keeps = self.is_one_in(3, ErrandMutant::ProviderKeeps);
            let mut outside = self.outside();
            outside.check_deletion(&recording.id);
            if let Some(held) = outside.provider.get_mut(&recording.id) {
                held.there &= keeps;
            }
            Ok(())
        };
        self.turn.effect(deleting, || anyhow!("no answer")).await
    }
}
