//! API keys: for programs that nobody signs in to.

use std::collections::BTreeSet;

use carillon_store::{ApiKey, Cursor, StoreError, Stored};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Created, IfMatch, Json, PageQuery, Params, Query, Scope, Versioned};
use crate::keys;
use crate::paging::{self, Page};
use crate::problem::{FieldError, Problem};
use crate::roles::Operation;

/// An API key, without its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub struct KeyView {
    /// Its id, and the visible part of it.
    #[schema(example = "0123456789abcdef")]
    id: String,
    /// How it begins.
    #[schema(example = "ck.acme.0123456789abcdef.")]
    prefix: String,
    /// What it is for.
    #[schema(example = "CRM synchronisation")]
    name: String,
    /// What it may do.
    #[schema(example = json!(["contacts:read", "contacts:write"]))]
    scopes: BTreeSet<String>,
    /// Whoever made it: a user's id.
    created_by: String,
    /// Made.
    created_at: Timestamp,
    /// Of no use from then on.
    expires_at: Option<Timestamp>,
    /// Taken back.
    revoked_at: Option<Timestamp>,
    /// Last used, to the hour.
    last_used_at: Option<Timestamp>,
    /// Counts its changes; the ETag.
    version: u64,
}

impl KeyView {
    fn of(scope: &Scope, Stored { value, version }: Stored<ApiKey>) -> Self {
        let ApiKey { id, name, hash: _, scopes, created_by, created_at, expires, revoked_at, last_used } =
            value;
        let prefix = keys::text(&scope.tenant, &id, "");
        Self {
            id,
            prefix,
            name,
            scopes,
            created_by,
            created_at,
            expires_at: expires,
            revoked_at,
            last_used_at: last_used,
            version,
        }
    }
}

/// An API key to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "CRM synchronisation", "scopes": ["contacts:read", "contacts:write"]}))]
pub struct NewKey {
    /// What it is for.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// What it may do: `contacts:read`, `campaigns:write` and so on.
    #[schema(min_items = 1)]
    scopes: BTreeSet<String>,
    /// Of no use from then on; good for ever, if unset.
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

/// A key that has just been made: the one time that its secret is shown.
#[derive(Serialize, ToSchema)]
pub struct MadeKey {
    /// The key without its secret.
    key: KeyView,
    /// All of it: `Authorization: Bearer` and this. Absent when the request is repeated, for it is not kept.
    #[schema(example = "ck.acme.0123456789abcdef.6f0c…")]
    secret: Option<String>,
}

/// The tenant's API keys.
#[utoipa::path(get, path = "/v1/api-keys", operation_id = "list_api_keys", tag = "api keys", params(PageQuery),
    responses((status = 200, description = "A page of them", body = Page<KeyView>)))]
pub(crate) async fn list(
    scope: Scope,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<KeyView>>, Problem> {
    let after: Option<Cursor> = paging::place(&scope.tenant, "api keys", &query)?;
    let page =
        scope.table().api_keys(paging::limit(&query)?, after).await.map_err(paging::refused(&query))?;
    let next_cursor = paging::cursor(&scope.tenant, "api keys", page.next)?;
    Ok(Json(Page {
        items: page.entries.into_iter().map(|key| KeyView::of(&scope, key)).collect(),
        next_cursor,
    }))
}

async fn load(scope: &Scope, id: &str) -> Result<Stored<ApiKey>, Problem> {
    scope.table().api_key(id).await?.ok_or_else(|| Problem::not_found("API key"))
}

/// One of them.
#[utoipa::path(get, path = "/v1/api-keys/{key}", operation_id = "read_api_key", tag = "api keys",
    params(("key" = String, Path, description = "Its id")),
    responses((status = 200, description = "The key, without its secret", body = KeyView)))]
pub(crate) async fn read(scope: Scope, Params(id): Params<String>) -> Result<Versioned<KeyView>, Problem> {
    let key = load(&scope, &id).await?;
    Ok(Versioned { version: key.version, body: KeyView::of(&scope, key) })
}

/// Make an API key.
///
/// Its secret is in this answer and nowhere else. Programs send their requests to `/keyed/v1/…` instead of `/v1/…`,
/// with the key as bearer token.
#[utoipa::path(post, path = "/v1/api-keys", operation_id = "create_api_key", tag = "api keys", request_body = NewKey,
    responses((status = 201, description = "Made", body = MadeKey)))]
pub(crate) async fn create(
    scope: Scope,
    Json(new): Json<NewKey>,
) -> Result<Created<Versioned<MadeKey>>, Problem> {
    let known = Operation::scopes();
    let mut errors = Vec::new();
    if new.name.trim().is_empty() || new.name.chars().count() > 200 {
        errors.push(FieldError::new("name", "must have 1 to 200 characters"));
    }
    if new.scopes.is_empty() || !new.scopes.is_subset(&known) {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        errors.push(FieldError::new("scopes", format!("must be some of {}", known.join(", "))));
    }
    if new.expires_at.is_some_and(|at| at <= scope.now) {
        errors.push(FieldError::new("expires_at", "must be in the future"));
    }
    if !errors.is_empty() {
        return Err(Problem::validation(errors));
    }
    let id = keys::hex(&scope.fresh("api key").as_bytes()[8..]);
    let mut bytes = [0; 32];
    (scope.deps.random)(&mut bytes);
    let secret = keys::hex(&bytes);
    let key = Stored::new(ApiKey {
        id: id.clone(),
        name: new.name,
        hash: keys::hash(&secret),
        scopes: new.scopes,
        created_by: scope.caller.subject.clone(),
        created_at: scope.now,
        expires: new.expires_at,
        revoked_at: None,
        last_used: None,
    });
    let (key, secret) = match scope.table().save_api_key(&key).await {
        Ok(()) => (key.saved(), Some(keys::text(&scope.tenant, &id, &secret))),
        // This very request has made it, and its answer was lost, secret and all.
        Err(StoreError::Conflict) if scope.has_key() => (load(&scope, &id).await?, None),
        Err(error) => return Err(error.into()),
    };
    let version = key.version;
    let body = MadeKey { key: KeyView::of(&scope, key), secret };
    Ok(Created { location: format!("/v1/api-keys/{id}"), body: Versioned { version, body } })
}

/// Take an API key back, at once and for good.
#[utoipa::path(post, path = "/v1/api-keys/{key}/revoke", operation_id = "revoke_api_key", tag = "api keys",
    params(("key" = String, Path, description = "Its id")),
    responses((status = 200, description = "Of no use any more", body = KeyView)))]
pub(crate) async fn revoke(
    scope: Scope,
    Params(id): Params<String>,
    if_match: IfMatch,
) -> Result<Versioned<KeyView>, Problem> {
    let mut key = load(&scope, &id).await?;
    if_match.check(key.version)?;
    if key.value.revoked_at.is_none() {
        key.value.revoked_at = Some(scope.now);
        scope.table().save_api_key(&key).await.map_err(Problem::unsaved)?;
        key.version += 1;
    }
    Ok(Versioned { version: key.version, body: KeyView::of(&scope, key) })
}
