//! Webhooks: where a tenant wants to be told what happens.

use std::collections::BTreeSet;

use axum::response::IntoResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use carillon_domain::ids::HookId;
use carillon_domain::ports::Outgoing;
use carillon_engine::errands::Tell;
use carillon_shell::http::may_be_called;
use carillon_store::{
    Cursor, Delivery, DeliveryState, HOOKS_MAX, Hook, HookSecret, HookState, NEWS_KINDS, StoreError, Stored,
};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::extract::{Created, IfMatch, Json, PageQuery, Params, Query, Scope, Versioned};
use crate::paging::{self, Page};
use crate::problem::{FieldError, Kind, Problem};
use crate::schema;

/// How long a secret still signs after another has taken its place.
const ROTATED_SIGNS_FOR: SignedDuration = SignedDuration::from_hours(24);

/// A webhook, without its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = Webhook)]
pub struct HookView {
    /// Its id.
    #[schema(value_type = String, example = "whk_0192f3a4b5c67d8e9f00112233445566")]
    id: HookId,
    /// Where to.
    #[schema(example = "https://hooks.example.com/carillon")]
    url: String,
    /// What about.
    #[schema(example = json!(["call.ended", "campaign.changed"]))]
    events: BTreeSet<String>,
    /// What it is for.
    #[schema(example = "CRM")]
    description: String,
    /// Whether it is told anything.
    #[schema(value_type = schema::WebhookState)]
    state: HookState,
    /// Since when every delivery has failed. After five days it is disabled.
    failing_since: Option<Timestamp>,
    /// Whoever set it up: a user's id.
    created_by: String,
    /// Set up.
    created_at: Timestamp,
    /// Counts its changes; the ETag.
    version: u64,
}

impl From<Stored<Hook>> for HookView {
    fn from(Stored { value, version }: Stored<Hook>) -> Self {
        let Hook { id, url, events, description, secrets: _, state, failing_since, created_by, created_at } =
            value;
        Self { id, url, events, description, state, failing_since, created_by, created_at, version }
    }
}

impl From<Stored<Hook>> for Versioned<HookView> {
    fn from(stored: Stored<Hook>) -> Self {
        Self { version: stored.version, body: stored.into() }
    }
}

/// A webhook to be set up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"url": "https://hooks.example.com/carillon", "events": ["call.ended"], "description": "CRM"}))]
pub struct NewHook {
    /// Where to: `https`, and a public address.
    #[schema(max_length = 2000)]
    url: String,
    /// What about: some of `call.ended`, `campaign.changed`, `import.changed`, `suppression.added`.
    #[schema(min_items = 1)]
    events: BTreeSet<String>,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 200)]
    description: String,
    /// Whether it is told anything. Switching one on again forgets its trouble.
    #[serde(default)]
    enabled: Option<bool>,
}

impl NewHook {
    fn checked(self, anywhere: bool) -> Result<Self, Problem> {
        let mut errors = Vec::new();
        if self.url.len() > 2_000 {
            errors.push(FieldError::new("url", "may have 2,000 characters"));
        } else if let Err(why) = may_be_called(&self.url, anywhere) {
            errors.push(FieldError::new("url", why));
        }
        if self.events.is_empty() || !self.events.iter().all(|event| NEWS_KINDS.contains(&event.as_str())) {
            errors.push(FieldError::new("events", format!("must be some of {}", NEWS_KINDS.join(", "))));
        }
        if self.description.chars().count() > 200 {
            errors.push(FieldError::new("description", "may have 200 characters"));
        }
        if errors.is_empty() { Ok(self) } else { Err(Problem::validation(errors)) }
    }
}

/// A webhook with the secret that its deliveries are signed with.
#[derive(Serialize, ToSchema)]
pub struct HookMade {
    /// The webhook.
    webhook: HookView,
    /// What deliveries are signed with, as Standard Webhooks has it. Shown once: absent when the request is repeated.
    #[schema(example = "whsec_…")]
    secret: Option<String>,
}

fn secret(scope: &Scope) -> String {
    let mut bytes = [0; 32];
    (scope.deps.random)(&mut bytes);
    format!("whsec_{}", STANDARD.encode(bytes))
}

async fn load(scope: &Scope, id: &HookId) -> Result<Stored<Hook>, Problem> {
    scope.table().hook(id).await?.ok_or_else(|| Problem::not_found("webhook"))
}

async fn save(scope: &Scope, hook: &mut Stored<Hook>) -> Result<(), Problem> {
    scope.table().save_hook(hook).await.map_err(Problem::unsaved)?;
    hook.version += 1;
    Ok(())
}

/// The tenant's webhooks, of which there are at most 20.
#[utoipa::path(get, path = "/v1/webhooks", operation_id = "list_webhooks", tag = "webhooks", params(PageQuery),
    responses((status = 200, description = "A page of them", body = Page<HookView>)))]
pub(crate) async fn list(
    scope: Scope,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<HookView>>, Problem> {
    let hooks = scope.table().hooks().await?;
    let page = paging::of_whole(&scope.tenant, "webhooks", &query, hooks, |hook| hook.value.id.to_string())?;
    Ok(Json(Page {
        items: page.items.into_iter().map(HookView::from).collect(),
        next_cursor: page.next_cursor,
    }))
}

/// Set a webhook up.
///
/// Its secret is in this answer and nowhere else. Deliveries carry `webhook-id`, `webhook-timestamp` and
/// `webhook-signature`, as Standard Webhooks has it; one that is not answered with 2xx within ten seconds is tried again
/// for three days.
#[utoipa::path(post, path = "/v1/webhooks", operation_id = "create_webhook", tag = "webhooks", request_body = NewHook,
    responses((status = 201, description = "Set up", body = HookMade)))]
pub(crate) async fn create(
    scope: Scope,
    Json(new): Json<NewHook>,
) -> Result<Created<Versioned<HookMade>>, Problem> {
    let new = new.checked(scope.deps.private_webhooks)?;
    let id = HookId::from_uuid(scope.fresh("webhook"));
    let known = scope.table().hooks().await?;
    if known.len() >= HOOKS_MAX && !known.iter().any(|hook| hook.value.id == id) {
        return Err(Problem::new(Kind::NotNow, format!("A tenant has at most {HOOKS_MAX} webhooks.")));
    }
    let secret = secret(&scope);
    let hook = Stored::new(Hook {
        id: id.clone(),
        url: new.url,
        events: new.events,
        description: new.description,
        secrets: vec![HookSecret { secret: secret.clone(), until: None }],
        state: if new.enabled == Some(false) { HookState::Paused } else { HookState::Enabled },
        failing_since: None,
        created_by: scope.caller.subject.clone(),
        created_at: scope.now,
    });
    let (hook, secret) = match scope.table().save_hook(&hook).await {
        Ok(()) => (hook.saved(), Some(secret)),
        // This very request has set it up, and its answer was lost, secret and all: rotate it.
        Err(StoreError::Conflict) if scope.has_key() => (load(&scope, &id).await?, None),
        Err(error) => return Err(error.into()),
    };
    let version = hook.version;
    let body = HookMade { webhook: hook.into(), secret };
    Ok(Created { location: format!("/v1/webhooks/{id}"), body: Versioned { version, body } })
}

/// One webhook.
#[utoipa::path(get, path = "/v1/webhooks/{hook}", operation_id = "read_webhook", tag = "webhooks",
    params(("hook" = String, Path, description = "Its id")),
    responses((status = 200, description = "The webhook, without its secret", body = HookView)))]
pub(crate) async fn read(scope: Scope, Params(id): Params<HookId>) -> Result<Versioned<HookView>, Problem> {
    Ok(load(&scope, &id).await?.into())
}

/// Change a webhook, or switch it off and on.
#[utoipa::path(put, path = "/v1/webhooks/{hook}", operation_id = "edit_webhook", tag = "webhooks",
    params(("hook" = String, Path, description = "Its id")), request_body = NewHook,
    responses((status = 200, description = "The webhook as it is now", body = HookView)))]
pub(crate) async fn edit(
    scope: Scope,
    Params(id): Params<HookId>,
    if_match: IfMatch,
    Json(new): Json<NewHook>,
) -> Result<Versioned<HookView>, Problem> {
    let new = new.checked(scope.deps.private_webhooks)?;
    let mut hook = load(&scope, &id).await?;
    if_match.check(hook.version)?;
    (hook.value.url, hook.value.events, hook.value.description) = (new.url, new.events, new.description);
    match new.enabled {
        Some(true) => (hook.value.state, hook.value.failing_since) = (HookState::Enabled, None),
        Some(false) => hook.value.state = HookState::Paused,
        None => {}
    }
    save(&scope, &mut hook).await?;
    Ok(hook.into())
}

/// Delete a webhook. What was on its way to it is given up.
#[utoipa::path(delete, path = "/v1/webhooks/{hook}", operation_id = "delete_webhook", tag = "webhooks",
    params(("hook" = String, Path, description = "Its id")),
    responses((status = 204, description = "Deleted")))]
pub(crate) async fn delete(
    scope: Scope,
    Params(id): Params<HookId>,
    if_match: IfMatch,
) -> Result<impl IntoResponse, Problem> {
    let hook = load(&scope, &id).await?;
    if_match.check(hook.version)?;
    scope.table().delete_hook(&hook).await.map_err(Problem::unsaved)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give a webhook another secret.
///
/// The old one signs beside the new one for a day, so that a receiver changes over in its own time.
#[utoipa::path(post, path = "/v1/webhooks/{hook}/rotate", operation_id = "rotate_webhook_secret", tag = "webhooks",
    params(("hook" = String, Path, description = "Its id")),
    responses((status = 200, description = "The new secret, shown once", body = HookMade)))]
pub(crate) async fn rotate(
    scope: Scope,
    Params(id): Params<HookId>,
    if_match: IfMatch,
) -> Result<Versioned<HookMade>, Problem> {
    let mut hook = load(&scope, &id).await?;
    if_match.check(hook.version)?;
    let fresh = secret(&scope);
    let now = scope.now;
    let live = |secret: &HookSecret| secret.until.is_none_or(|until| now < until);
    let old = std::mem::take(&mut hook.value.secrets).into_iter().filter(live).take(1);
    hook.value.secrets = std::iter::once(HookSecret { secret: fresh.clone(), until: None })
        .chain(old.map(|old| HookSecret { until: Some(now + ROTATED_SIGNS_FOR), ..old }))
        .collect();
    save(&scope, &mut hook).await?;
    Ok(Versioned { version: hook.version, body: HookMade { webhook: hook.into(), secret: Some(fresh) } })
}

/// A delivery.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub struct DeliveryView {
    /// Its id.
    #[schema(example = "1803895200000_msg_6f0c1b2a39485766554433221100ffee")]
    id: String,
    /// `webhook-id`: the same for every try.
    #[schema(example = "msg_6f0c1b2a39485766554433221100ffee")]
    message: String,
    /// What about.
    #[schema(example = "call.ended")]
    event: String,
    /// What is sent.
    payload: serde_json::Value,
    /// When it was to be told.
    at: Timestamp,
    /// Where it stands.
    #[schema(value_type = schema::DeliveryState)]
    state: DeliveryState,
    /// Every try, oldest first.
    tries: Vec<TryView>,
    /// When it is tried next.
    next_at: Option<Timestamp>,
}

/// A try.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookTry)]
pub struct TryView {
    /// When.
    at: Timestamp,
    /// The HTTP status, if there was an answer.
    status: Option<u16>,
    /// Why there was none.
    #[schema(example = "no connection")]
    error: Option<String>,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        let id = delivery.place();
        let Delivery { message, hook: _, kind, payload, at, state, tries, next_at } = delivery;
        let tries =
            tries.into_iter().map(|tried| TryView { at: tried.at, status: tried.status, error: tried.error });
        Self {
            id,
            message,
            event: kind,
            payload: serde_json::from_str(&payload).unwrap_or_default(),
            at,
            state,
            tries: tries.collect(),
            next_at,
        }
    }
}

/// What a webhook was told, newest first. Remembered for thirty days.
#[utoipa::path(get, path = "/v1/webhooks/{hook}/deliveries", operation_id = "list_webhook_deliveries", tag = "webhooks",
    params(("hook" = String, Path, description = "The webhook"), PageQuery),
    responses((status = 200, description = "A page of them", body = Page<DeliveryView>)))]
pub(crate) async fn deliveries(
    scope: Scope,
    Params(id): Params<HookId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<DeliveryView>>, Problem> {
    load(&scope, &id).await?;
    let name = format!("deliveries {id}");
    let after: Option<Cursor> = paging::place(&scope.tenant, &name, &query)?;
    let page = scope.table().deliveries(&id, paging::limit(&query)?, after).await;
    let page = page.map_err(paging::refused(&query))?;
    let next_cursor = paging::cursor(&scope.tenant, &name, page.next)?;
    let items = page.entries.into_iter().map(|stored| stored.value.into()).collect();
    Ok(Json(Page { items, next_cursor }))
}

/// That something was ordered.
#[derive(Serialize, ToSchema)]
pub struct Ordered {
    /// `webhook-id` of the message.
    message: String,
}

async fn order(scope: &Scope, tell: &Tell) -> Result<Json<Ordered>, Problem> {
    let body = serde_json::to_string(tell).map_err(Problem::internal)?;
    let message = Outgoing { body, delay_seconds: 0, group: Some(scope.tenant.to_string()) };
    scope.deps.webhooks.send(vec![message]).await.map_err(Problem::internal)?;
    Ok(Json(Ordered { message: tell.message.clone() }))
}

/// Send a delivery again, with the same id.
#[utoipa::path(post, path = "/v1/webhooks/{hook}/deliveries/{delivery}/replay", operation_id = "replay_webhook_delivery",
    tag = "webhooks",
    params(("hook" = String, Path, description = "The webhook"), ("delivery" = String, Path, description = "The delivery")),
    responses((status = 200, description = "On its way", body = Ordered)))]
pub(crate) async fn replay(
    scope: Scope,
    Params((id, delivery)): Params<(HookId, String)>,
) -> Result<Json<Ordered>, Problem> {
    enabled(&scope, &id).await?;
    let delivery = scope.table().delivery(&id, &delivery).await?;
    let delivery = delivery.ok_or_else(|| Problem::not_found("delivery"))?.value;
    let Delivery { message, hook, kind, payload, at, .. } = delivery;
    let tenant = scope.tenant.clone();
    order(&scope, &Tell { tenant, hook, message, kind, payload, at, due: None, again: true }).await
}

/// Send a webhook a message that means nothing, to see whether it arrives.
#[utoipa::path(post, path = "/v1/webhooks/{hook}/test", operation_id = "test_webhook", tag = "webhooks",
    params(("hook" = String, Path, description = "The webhook")),
    responses((status = 200, description = "On its way", body = Ordered)))]
pub(crate) async fn test(scope: Scope, Params(id): Params<HookId>) -> Result<Json<Ordered>, Problem> {
    enabled(&scope, &id).await?;
    let message = format!("msg_{}", scope.fresh("test").simple());
    let payload = json!({"type": "ping", "timestamp": scope.now, "data": {}}).to_string();
    let (tenant, at, kind) = (scope.tenant.clone(), scope.now, "ping".to_owned());
    order(&scope, &Tell { tenant, hook: id, message, kind, payload, at, due: None, again: false }).await
}

async fn enabled(scope: &Scope, id: &HookId) -> Result<(), Problem> {
    let hook = load(scope, id).await?;
    if hook.value.state == HookState::Enabled {
        return Ok(());
    }
    Err(Problem::new(Kind::NotNow, "The webhook is switched off."))
}
