//! One batch of changes.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use aws_lambda_events::dynamodb;
use carillon_domain::ids::{AgentId, LiveId, TenantId};
use carillon_domain::ports::{Outgoing, Queue};
use carillon_engine::clock::Clock;
use carillon_engine::errands::{KeepRecording, Tell};
use carillon_store::{Change, Connection, Hook, HookState, News, Table, TenantTable};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::push::Push;

/// How long a sandbox believes what it has read of a tenant's hooks.
const BELIEVED: SignedDuration = SignedDuration::from_secs(10);

/// What was recorded of a person who is forgotten goes when nobody can be copying it any more: keep-recording is ended after
/// 100 seconds, and whoever begins later finds nothing to copy.
const FORGET_AFTER_SECONDS: u16 = 300;

/// A tenant's webhooks, and since when they are believed.
type Known = (Timestamp, Arc<Vec<Hook>>);

/// What open pages are told of one thing, and each change of it in this batch: whose page is told follows from them.
type Word = (String, Vec<News>);

/// What the function works with.
pub struct Deps {
    table: Arc<dyn Table>,
    webhooks: Arc<dyn Queue>,
    recordings: Arc<dyn Queue>,
    live: Arc<dyn Push>,
    clock: Arc<dyn Clock>,
    hooks: Mutex<HashMap<TenantId, Known>>,
}

impl Deps {
    /// With what it needs.
    pub fn new(
        table: Arc<dyn Table>,
        webhooks: Arc<dyn Queue>,
        recordings: Arc<dyn Queue>,
        live: Arc<dyn Push>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { table, webhooks, recordings, live, clock, hooks: Mutex::default() }
    }

    /// A tenant's hooks that are to be told anything.
    async fn hooks(&self, tenant: &TenantId, now: Timestamp) -> anyhow::Result<Arc<Vec<Hook>>> {
        let lock = || self.hooks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((until, hooks)) = lock().get(tenant)
            && now < *until
        {
            return Ok(Arc::clone(hooks));
        }
        let hooks = TenantTable::new(self.table.as_ref(), tenant).hooks().await?;
        let enabled = hooks.into_iter().map(|stored| stored.value);
        let enabled: Arc<Vec<Hook>> =
            Arc::new(enabled.filter(|hook| hook.state == HookState::Enabled).collect());
        lock().insert(tenant.clone(), (now + BELIEVED, Arc::clone(&enabled)));
        Ok(enabled)
    }
}

/// Orders what follows from a batch.
///
/// # Errors
/// The table's and the queues': the stream then delivers the batch again.
pub async fn handle(deps: &Deps, event: dynamodb::Event) -> anyhow::Result<()> {
    let changes: Vec<Change> = event.records.into_iter().map(change).collect();
    announce(deps, &changes).await
}

fn change(record: dynamodb::EventRecord) -> Change {
    let image = |item: carillon_store::port::Item| (!item.is_empty()).then_some(item);
    Change {
        event_id: record.event_id,
        at: Timestamp::from_millisecond(record.change.approximate_creation_date_time.timestamp_millis()).ok(),
        old: image(record.change.old_image),
        new: image(record.change.new_image),
    }
}

/// The same, of changes that came another way.
///
/// # Errors
/// See [`handle`].
pub async fn announce(deps: &Deps, changes: &[Change]) -> anyhow::Result<()> {
    let now = deps.clock.now();
    let (mut recordings, mut webhooks) = (Vec::new(), Vec::new());
    // Of a thing that changes several times in a batch, the last word.
    let mut live: BTreeMap<TenantId, BTreeMap<(&str, String), Word>> = BTreeMap::new();
    for change in changes {
        let news = match News::of(change) {
            Ok(news) => news,
            // One unreadable item must not hold up everybody's news.
            Err(error) => {
                tracing::error!(event = change.event_id, %error, metric.changes_unannounced = 1, "a change cannot be read");
                continue;
            }
        };
        for (tenant, news) in news {
            if let Some((order, delay_seconds)) = about_recording(&news) {
                recordings.push(Outgoing { delay_seconds, ..message(&order, &tenant)? });
            }
            if let Some((word, thing)) = news.live() {
                let text = json!({"type": word, "data": &news}).to_string();
                let told = live.entry(tenant.clone()).or_default().entry((word, thing)).or_default();
                told.0 = text;
                told.1.push(news.clone());
            }
            let Some(kind) = news.kind() else { continue };
            for hook in deps.hooks(&tenant, now).await?.iter().filter(|hook| hook.events.contains(kind)) {
                let tell = tell(&tenant, hook, kind, &news, &change.event_id, change.at.unwrap_or(now))?;
                webhooks.push(message(&tell, &tenant)?);
            }
        }
    }
    for (queue, messages) in [(&deps.recordings, recordings), (&deps.webhooks, webhooks)] {
        if !messages.is_empty() {
            queue.send(messages).await.context("ordering errands")?;
        }
    }
    for (tenant, words) in live {
        push(deps, &tenant, words.into_values().collect()).await?;
    }
    Ok(())
}

/// Tells every open page of a tenant what is its business. One that cannot be reached now reads again by itself sooner or later, so a push
/// that fails holds nobody up; one that has gone is forgotten.
async fn push(deps: &Deps, tenant: &TenantId, words: Vec<Word>) -> anyhow::Result<()> {
    let table = TenantTable::new(deps.table.as_ref(), tenant);
    let pages = table.connections().await?;
    let (table, words) = (&table, &words);
    let told = pages.iter().map(|page| async move {
        for text in heard_by(page, words) {
            match deps.live.push(&page.id, text).await {
                Ok(true) => {}
                Ok(false) => return table.delete_connection(&page.id).await,
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "a page could not be told");
                    return Ok(());
                }
            }
        }
        Ok(())
    });
    futures::future::try_join_all(told).await?;
    Ok(())
}

/// What one page is told: an agent's of themselves and their calls, everybody else's of everything.
fn heard_by<'w>(page: &Connection, words: &'w [Word]) -> impl Iterator<Item = &'w str> {
    let agent = (page.role == "agent").then(|| AgentId::of_user(&page.subject));
    let concerns =
        move |news: &[News]| agent.as_ref().is_none_or(|agent| news.iter().any(|news| news.is_for(agent)));
    words.iter().filter(move |(_, news)| concerns(news)).map(|(text, _)| text.as_str())
}

/// What is to be done about a recording, and when.
fn about_recording(news: &News) -> Option<(KeepRecording, u16)> {
    let order = |call: &LiveId, message, forgotten| KeepRecording { call: call.clone(), message, forgotten };
    match news {
        News::Recorded { call, message } => Some((order(call, *message, None), 0)),
        News::Forgotten { call, message, recording } => {
            Some((order(call, *message, Some(recording.clone())), FORGET_AFTER_SECONDS))
        }
        News::CallEnded { .. }
        | News::CampaignChanged { .. }
        | News::CountersChanged { .. }
        | News::ImportChanged { .. }
        | News::AgentChanged { .. }
        | News::LiveCallChanged { .. }
        | News::SuppressionAdded(_) => None,
    }
}

fn message(errand: &impl serde::Serialize, tenant: &TenantId) -> anyhow::Result<Outgoing> {
    let body = serde_json::to_string(errand)?;
    // The group makes it a fair queue: one tenant's slow hooks do not hold up the others'.
    Ok(Outgoing { body, delay_seconds: 0, group: Some(tenant.to_string()) })
}

fn tell(
    tenant: &TenantId,
    hook: &Hook,
    kind: &str,
    news: &News,
    event: &str,
    at: Timestamp,
) -> anyhow::Result<Tell> {
    // All of it is the same when the batch comes again: receivers know the message, and so does the log of deliveries, in
    // which its time is its place.
    let digest = Sha256::digest(format!("{tenant}\0{}\0{event}\0{kind}", hook.id));
    let message = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let payload = json!({"type": kind, "timestamp": at, "data": news}).to_string();
    Ok(Tell {
        tenant: tenant.clone(),
        hook: hook.id.clone(),
        message: format!("msg_{message}"),
        kind: kind.to_owned(),
        payload,
        at,
        due: None,
        again: false,
    })
}
