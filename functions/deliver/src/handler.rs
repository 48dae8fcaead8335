//! One order: call a hook, write down what came of it, and come back if nothing did.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use carillon_domain::ports::{Outgoing, Queue};
use carillon_engine::clock::Clock;
use carillon_engine::errands::Tell;
use carillon_shell::http::{Http, Request, SendError, may_be_called};
use carillon_store::{
    Delivery, DeliveryState, DeliveryTry, Hook, HookState, StoreError, Stored, Table, TenantTable,
};
use futures::future::join_all;
use jiff::Timestamp;

use crate::{schedule, sign};

/// A receiver takes the message and does its work later: whoever needs longer is as good as down.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// How often to look at a hook again that somebody else has changed.
const NOTE_TRIES: usize = 5;

/// Calls a receiver.
#[async_trait]
pub trait Post: Send + Sync {
    /// The status of the answer, or why there was none: a word that gives nothing away.
    async fn post(
        &self,
        url: &str,
        headers: Vec<(&'static str, String)>,
        body: &str,
    ) -> Result<u16, &'static str>;
}

/// Receivers on the internet.
#[derive(Clone, Debug)]
pub struct HttpPost {
    /// Sends the requests, to public addresses only unless `anywhere`.
    pub http: Http,
    /// Whether private addresses and plain `http` may be called.
    pub anywhere: bool,
}

#[async_trait]
impl Post for HttpPost {
    async fn post(
        &self,
        url: &str,
        headers: Vec<(&'static str, String)>,
        body: &str,
    ) -> Result<u16, &'static str> {
        may_be_called(url, self.anywhere)?;
        let (url, body) = (url.to_owned(), body.as_bytes().to_vec());
        let request = Request { method: "POST", url, headers, body, within: ANSWER_WITHIN };
        match self.http.status(request).await {
            Ok(status) => Ok(status),
            Err(SendError::NotSent(_)) => Err("no connection"),
            Err(SendError::Lost(_)) => Err("no answer"),
        }
    }
}

/// What the function works with.
pub struct Deps {
    /// The table.
    pub table: Arc<dyn Table>,
    /// The function's own queue, where what is to be tried again waits.
    pub queue: Arc<dyn Queue>,
    /// Calls receivers.
    pub post: Arc<dyn Post>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// All of a batch at once: a receiver that hangs must not hold up the others.
///
/// # Errors
/// None: what fails is reported message by message.
pub async fn handle(deps: &Deps, event: SqsEvent) -> anyhow::Result<SqsBatchResponse> {
    let mut response = SqsBatchResponse::default();
    let results = join_all(event.records.iter().map(|message| deliver(deps, message))).await;
    for (message, result) in event.records.iter().zip(results) {
        if let Err(error) = result {
            let id = message.message_id.clone().unwrap_or_default();
            tracing::error!(error = format!("{error:#}"), message.id = id, "a webhook was not dealt with");
            response.add_failure(id);
        }
    }
    Ok(response)
}

async fn deliver(deps: &Deps, message: &SqsMessage) -> anyhow::Result<()> {
    let mut order: Tell =
        serde_json::from_str(message.body.as_deref().unwrap_or_default()).context("not an order")?;
    let now = deps.clock.now();
    if let Some(due) = order.due
        && schedule::delay(due, now) > 0
    {
        return come_back(deps, &order, now).await;
    }
    let table = TenantTable::new(deps.table.as_ref(), &order.tenant);
    let Some(mut hook) = table.hook(&order.hook).await? else { return Ok(()) };
    if hook.value.state != HookState::Enabled {
        return Ok(());
    }
    let mut delivery = known(&table, &order).await?;
    if !order.again {
        if delivery.value.state != DeliveryState::Pending {
            return Ok(());
        }
        // The order came twice, or whoever had it died: the try that was made counts, and the schedule goes on from it.
        if let Some(next) = delivery.value.next_at.filter(|next| schedule::delay(*next, now) > 0) {
            order.due = Some(next);
            return come_back(deps, &order, now).await;
        }
    }
    let tried = attempt(deps, &hook.value, &delivery.value, now).await;
    let taken = tried.status.is_some_and(|status| (200..300).contains(&status));
    let gone = tried.status == Some(410);
    delivery.value.tries.push(tried);
    let next = schedule::next(delivery.value.tries.len(), now).filter(|_| !taken && !gone);
    delivery.value.state = match (taken, next) {
        (true, _) => DeliveryState::Delivered,
        (false, Some(_)) => DeliveryState::Pending,
        (false, None) => DeliveryState::Failed,
    };
    delivery.value.next_at = next;
    // First, since whoever finds the delivery over goes no further.
    note(&table, &mut hook, taken, gone, now).await?;
    order.again = false;
    match table.save_delivery(&delivery).await {
        Ok(()) => {}
        // The same order came twice, and the other was quicker: what it found out counts. It may have died since, so this
        // one looks again.
        Err(StoreError::Conflict) => {
            order.due = Some(now);
            return come_back(deps, &order, now).await;
        }
        Err(error) => return Err(error.into()),
    }
    if next.is_some() {
        order.due = next;
        come_back(deps, &order, now).await?;
    }
    Ok(())
}

async fn known(table: &TenantTable<'_>, order: &Tell) -> anyhow::Result<Stored<Delivery>> {
    let fresh = Delivery {
        message: order.message.clone(),
        hook: order.hook.clone(),
        kind: order.kind.clone(),
        payload: order.payload.clone(),
        at: order.at,
        state: DeliveryState::Pending,
        tries: Vec::new(),
        next_at: None,
    };
    let stored = table.delivery(&order.hook, &fresh.place()).await?;
    Ok(stored.unwrap_or_else(|| Stored::new(fresh)))
}

async fn attempt(deps: &Deps, hook: &Hook, delivery: &Delivery, now: Timestamp) -> DeliveryTry {
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        ("user-agent", concat!("Carillon/", env!("CARGO_PKG_VERSION")).to_owned()),
        ("webhook-id", delivery.message.clone()),
        ("webhook-timestamp", now.as_second().to_string()),
        ("webhook-signature", sign::signatures(&hook.secrets, &delivery.message, now, &delivery.payload)),
    ];
    let answer = deps.post.post(&hook.url, headers, &delivery.payload).await;
    DeliveryTry { at: now, status: answer.ok(), error: answer.err().map(str::to_owned) }
}

/// Takes note of how the hook does: when its trouble began, that it is over, or that it has lasted too long. Whoever edits
/// the hook meanwhile must not have a success forgotten: days later one failure would disable it.
async fn note(
    table: &TenantTable<'_>,
    hook: &mut Stored<Hook>,
    taken: bool,
    gone: bool,
    now: Timestamp,
) -> anyhow::Result<()> {
    for _ in 0..NOTE_TRIES {
        let before = hook.value.clone();
        hook.value.failing_since = if taken { None } else { before.failing_since.or(Some(now)) };
        let too_long = |since: Timestamp| now.duration_since(since) >= schedule::GIVE_UP_AFTER;
        let disabled = gone || hook.value.failing_since.is_some_and(too_long);
        if disabled {
            hook.value.state = HookState::Disabled;
        }
        if hook.value == before {
            return Ok(());
        }
        match table.save_hook(hook).await {
            Ok(()) => {
                if disabled {
                    tracing::warn!(hook = %hook.value.id, tenant = %table.tenant_id(), "a webhook was disabled");
                }
                return Ok(());
            }
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
        let Some(fresh) = table.hook(&hook.value.id).await? else { return Ok(()) };
        if fresh.value.state != HookState::Enabled {
            return Ok(());
        }
        *hook = fresh;
    }
    anyhow::bail!("a webhook keeps changing")
}

async fn come_back(deps: &Deps, order: &Tell, now: Timestamp) -> anyhow::Result<()> {
    let delay_seconds = order.due.map_or(0, |due| schedule::delay(due, now).max(1));
    let body = serde_json::to_string(order)?;
    let message = Outgoing { body, delay_seconds, group: Some(order.tenant.to_string()) };
    deps.queue.send(vec![message]).await.context("putting a webhook off")
}
