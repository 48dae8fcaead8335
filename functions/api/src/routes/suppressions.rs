//! Who must not be contacted.

use axum::response::IntoResponse;
use carillon_domain::compliance::SuppressionReason;
use carillon_domain::suppression::{Scope as Of, Suppression};
use carillon_numbering::parse;
use carillon_store::{Consistency, Cursor, StoreError};
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::contacts::is_email;
use crate::extract::{Json, PageQuery, Params, Query, Scope};
use crate::paging::{self, Page};
use crate::problem::Problem;
use crate::schema;

/// An address that must not be contacted.
#[derive(Serialize, ToSchema)]
#[schema(as = Suppression)]
pub struct SuppressionView {
    /// A number in E.164 form, or an email address.
    #[schema(example = "+442079460999")]
    address: String,
    /// For which kind of contact.
    #[schema(value_type = schema::Scope)]
    scope: Of,
    /// Why.
    #[schema(value_type = schema::SuppressionReason)]
    reason: SuppressionReason,
    /// Where that is written down: an attempt, an import, a user.
    #[schema(example = "acme.cmp_0192f3a4.con_5f0c6b1e.1")]
    source: String,
    /// Since when.
    added_at: Timestamp,
}

impl From<Suppression> for SuppressionView {
    fn from(Suppression { address, scope, reason, source, added_at }: Suppression) -> Self {
        Self { address, scope, reason, source, added_at }
    }
}

/// The suppression list, newest first.
#[utoipa::path(get, path = "/v1/suppressions", operation_id = "list_suppressions", tag = "suppressions",
    params(PageQuery), responses((status = 200, description = "A page of it", body = Page<SuppressionView>)))]
pub(crate) async fn list(
    scope: Scope,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<SuppressionView>>, Problem> {
    let after: Option<Cursor> = paging::place(&scope.tenant, "suppressions", &query)?;
    let page =
        scope.table().suppressions(paging::limit(&query)?, after).await.map_err(paging::refused(&query))?;
    let next_cursor = paging::cursor(&scope.tenant, "suppressions", page.next)?;
    Ok(Json(Page {
        items: page.entries.into_iter().map(|stored| stored.value.into()).collect(),
        next_cursor,
    }))
}

/// Why somebody is put on the list.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSuppression {
    /// For which kind of contact; every kind unless given.
    #[serde(default)]
    #[schema(value_type = Option<schema::Scope>)]
    scope: Option<Of>,
    /// Why.
    #[schema(value_type = schema::SuppressionReason)]
    reason: SuppressionReason,
}

/// Suppress an address.
///
/// Takes effect at once, for calls that are queued already too. One that is on the list stays there for its first
/// reason.
#[utoipa::path(put, path = "/v1/suppressions/{address}", operation_id = "suppress", tag = "suppressions",
    params(("address" = String, Path, description = "A number in E.164 form (its + as %2B), or an email address")),
    request_body = NewSuppression,
    responses((status = 200, description = "It is on the list", body = SuppressionView)))]
pub(crate) async fn suppress(
    scope: Scope,
    Params(address): Params<String>,
    Json(new): Json<NewSuppression>,
) -> Result<Json<SuppressionView>, Problem> {
    let address = canonical(&address)?;
    let of = new.scope.unwrap_or(Of::All);
    let suppression = Suppression {
        address: address.clone(),
        scope: of,
        reason: new.reason,
        source: format!("user {}", scope.caller.subject),
        added_at: scope.now,
    };
    scope.concerning(&address).await?;
    scope.table().suppress(&suppression).await?;
    let stored = scope.table().suppressions_of(&[&address], of, Consistency::Strong).await?;
    let stored = stored.into_iter().find(|entry| entry.scope == of).unwrap_or(suppression);
    tracing::info!(tenant = %scope.tenant, by = scope.caller.subject, scope = of.name(), "address suppressed");
    Ok(Json(stored.into()))
}

/// For which kind of contact.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScopeQuery {
    /// For which kind of contact; the entry for every kind unless given.
    #[serde(default)]
    #[param(value_type = Option<schema::Scope>)]
    scope: Option<Of>,
}

/// Take an address off the list.
#[utoipa::path(delete, path = "/v1/suppressions/{address}", operation_id = "unsuppress", tag = "suppressions",
    params(("address" = String, Path, description = "A number in E.164 form (its + as %2B), or an email address"), ScopeQuery),
    responses((status = 204, description = "It is off the list")))]
pub(crate) async fn unsuppress(
    scope: Scope,
    Params(address): Params<String>,
    Query(query): Query<ScopeQuery>,
) -> Result<impl IntoResponse, Problem> {
    let of = query.scope.unwrap_or(Of::All);
    let address = canonical(&address)?;
    scope.concerning(&address).await?;
    match scope.table().unsuppress(&address, of).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => {
            return Err(Problem::not_found("suppression of this address for this kind of contact"));
        }
        Err(error) => return Err(error.into()),
    }
    tracing::info!(tenant = %scope.tenant, by = scope.caller.subject, scope = of.name(), "suppression lifted");
    Ok(StatusCode::NO_CONTENT)
}

/// An address as somebody's list has it: with or without country code. What is wrong with it is told without it.
pub(crate) fn given(text: &str, country: Option<&str>) -> Result<String, String> {
    if text.contains('@') {
        let address = text.trim().to_lowercase();
        return if is_email(&address) { Ok(address) } else { Err("is not an email address".to_owned()) };
    }
    match parse(text, country) {
        Ok(number) => Ok(number.as_str().to_owned()),
        Err(reject) => Err(reject.to_string()),
    }
}

/// An address as it is stored. Numbers that nobody would call (premium, say) may be suppressed all the same.
fn canonical(address: &str) -> Result<String, Problem> {
    if address.contains('@') {
        let address = address.trim().to_lowercase();
        if is_email(&address) {
            return Ok(address);
        }
        return Err(Problem::field("address", "is not an email address"));
    }
    if !address.trim().starts_with('+') {
        return Err(Problem::field(
            "address",
            "must be a number with its country code (+ as %2B), or an email address",
        ));
    }
    match parse(address, None) {
        Ok(number) => Ok(number.as_str().to_owned()),
        Err(reject) => Err(Problem::field("address", reject.to_string())),
    }
}
