//! Retry policies with names: what a tenant tries again after, thought over once.

use axum::response::IntoResponse;
use carillon_domain::ids::RetryTemplateId;
use carillon_domain::retry::RetryPolicy;
use carillon_store::{Cursor, RetryTemplate, Stored};
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Created, IfMatch, Json, PageQuery, Params, Query, Scope, Versioned};
use crate::paging::{self, Page};
use crate::problem::{FieldError, Problem};
use crate::schema;

/// A retry policy with a name.
#[derive(Serialize, ToSchema)]
#[schema(as = RetryTemplate)]
pub struct TemplateView {
    /// Its id.
    #[schema(value_type = String, example = "rtp_0192f3a4b5c67d8e9f00112233445566")]
    id: RetryTemplateId,
    /// What people call it.
    #[schema(example = "Patient")]
    name: String,
    /// What it says.
    #[schema(value_type = schema::RetryPolicy)]
    policy: RetryPolicy,
    /// Whoever saved it first: a user's id.
    created_by: String,
    /// Saved first.
    created_at: Timestamp,
    /// Counts its changes; the ETag.
    version: u64,
}

impl From<Stored<RetryTemplate>> for TemplateView {
    fn from(Stored { value, version }: Stored<RetryTemplate>) -> Self {
        let RetryTemplate { id, name, policy, created_by, created_at } = value;
        Self { id, name, policy, created_by, created_at, version }
    }
}

impl From<Stored<RetryTemplate>> for Versioned<TemplateView> {
    fn from(stored: Stored<RetryTemplate>) -> Self {
        Self { version: stored.version, body: stored.into() }
    }
}

/// A retry policy to be saved.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRetryTemplate, example = json!({"name": "Patient", "policy": {"attempts_max": 4, "rules": {
    "busy": {"times": 2, "after": "PT10M"},
    "no_answer": {"times": 2, "after": "PT3H", "jitter_percent": 20, "other_hour": true}}}}))]
pub struct NewTemplate {
    /// What people call it.
    #[schema(min_length = 1, max_length = 200, example = "Patient")]
    name: String,
    /// What it says.
    #[schema(value_type = schema::RetryPolicy)]
    policy: RetryPolicy,
}

impl NewTemplate {
    fn checked(self) -> Result<(String, RetryPolicy), Problem> {
        let mut errors = Vec::new();
        if self.name.trim().is_empty() || self.name.chars().count() > 200 {
            errors.push(FieldError::new("name", "must have 1 to 200 characters"));
        }
        if let Err(error) = self.policy.validate() {
            errors.push(FieldError::new("policy", error.to_string()));
        }
        if errors.is_empty() { Ok((self.name, self.policy)) } else { Err(Problem::validation(errors)) }
    }
}

/// A template of the caller's tenant.
pub(crate) async fn load(scope: &Scope, id: &RetryTemplateId) -> Result<Stored<RetryTemplate>, Problem> {
    scope.table().retry_template(id).await?.ok_or_else(|| Problem::not_found("retry template"))
}

/// The tenant's retry templates, oldest first.
#[utoipa::path(get, path = "/v1/retry-templates", operation_id = "list_retry_templates", tag = "settings",
    params(PageQuery), responses((status = 200, description = "A page of them", body = Page<TemplateView>)))]
pub(crate) async fn list(
    scope: Scope,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<TemplateView>>, Problem> {
    let after: Option<Cursor> = paging::place(&scope.tenant, "retry templates", &query)?;
    let page = scope.table().retry_templates(paging::limit(&query)?, after).await;
    let page = page.map_err(paging::refused(&query))?;
    let next_cursor = paging::cursor(&scope.tenant, "retry templates", page.next)?;
    Ok(Json(Page { items: page.entries.into_iter().map(TemplateView::from).collect(), next_cursor }))
}

/// Save a retry policy under a name.
///
/// `POST /v1/campaigns?retry_template=…` begins a campaign with a copy of it.
#[utoipa::path(post, path = "/v1/retry-templates", operation_id = "create_retry_template", tag = "settings",
    request_body = NewTemplate, responses((status = 201, description = "Saved", body = TemplateView)))]
pub(crate) async fn create(
    scope: Scope,
    Json(new): Json<NewTemplate>,
) -> Result<Created<Versioned<TemplateView>>, Problem> {
    let (name, policy) = new.checked()?;
    let id = RetryTemplateId::from_uuid(scope.fresh("retry template"));
    let created_by = scope.caller.subject.clone();
    let template =
        Stored::new(RetryTemplate { id: id.clone(), name, policy, created_by, created_at: scope.now });
    let saved = scope.table().save_retry_template(&template).await;
    let stored = scope.created(template, saved, load(&scope, &id)).await?;
    Ok(Created { location: format!("/v1/retry-templates/{id}"), body: stored.into() })
}

/// One retry template.
#[utoipa::path(get, path = "/v1/retry-templates/{template}", operation_id = "read_retry_template",
    tag = "settings", params(("template" = String, Path, description = "Its id")),
    responses((status = 200, description = "The template", body = TemplateView)))]
pub(crate) async fn read(
    scope: Scope,
    Params(id): Params<RetryTemplateId>,
) -> Result<Versioned<TemplateView>, Problem> {
    Ok(load(&scope, &id).await?.into())
}

/// Change a retry template. Campaigns that were begun with it keep their copies.
#[utoipa::path(put, path = "/v1/retry-templates/{template}", operation_id = "edit_retry_template",
    tag = "settings", params(("template" = String, Path, description = "Its id")), request_body = NewTemplate,
    responses((status = 200, description = "The template as it is now", body = TemplateView)))]
pub(crate) async fn edit(
    scope: Scope,
    Params(id): Params<RetryTemplateId>,
    if_match: IfMatch,
    Json(new): Json<NewTemplate>,
) -> Result<Versioned<TemplateView>, Problem> {
    let mut template = load(&scope, &id).await?;
    if_match.check(template.version)?;
    (template.value.name, template.value.policy) = new.checked()?;
    scope.table().save_retry_template(&template).await.map_err(Problem::unsaved)?;
    Ok(template.saved().into())
}

/// Delete a retry template. Campaigns that were begun with it keep their copies.
#[utoipa::path(delete, path = "/v1/retry-templates/{template}", operation_id = "delete_retry_template",
    tag = "settings", params(("template" = String, Path, description = "Its id")),
    responses((status = 204, description = "Deleted")))]
pub(crate) async fn delete(
    scope: Scope,
    Params(id): Params<RetryTemplateId>,
    if_match: IfMatch,
) -> Result<impl IntoResponse, Problem> {
    let template = load(&scope, &id).await?;
    if_match.check(template.version)?;
    scope.table().delete_retry_template(&template).await.map_err(Problem::unsaved)?;
    Ok(StatusCode::NO_CONTENT)
}
