//! Whether the function is up, what it offers, and who is asking.

use std::collections::BTreeSet;

use axum::response::{IntoResponse, Response};
use carillon_domain::ids::TenantId;
use http::{HeaderValue, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::extract::{Json, Operator};
use crate::openapi;
use crate::roles::{Needs, Operation, Role};

/// Whether the function is up.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// `ok`, or there would be no answer.
    #[schema(example = "ok")]
    status: &'static str,
    /// The version of this API's code.
    #[schema(example = "0.1.0")]
    version: &'static str,
}

/// Is the API up?
///
/// Says nothing of what it depends on: a health check that fails with the table would take the API down with it.
#[utoipa::path(get, path = "/v1/health", operation_id = "health", tag = "you", security(()),
    responses((status = 200, description = "It is", body = Health)))]
pub(crate) async fn health() -> Json<Health> {
    Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// This document.
#[utoipa::path(get, path = "/v1/openapi.json", operation_id = "describe", tag = "you", security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value)))]
pub(crate) async fn describe() -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], openapi::TEXT).into_response()
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub struct Me {
    /// The user's id.
    subject: String,
    /// The user's role.
    role: Role,
    /// The user's tenant. Only an operator may have none.
    #[schema(value_type = Option<String>, example = "acme")]
    tenant: Option<TenantId>,
    /// Whether that is another than the user's own, which an operator has chosen.
    from_outside: bool,
    /// The user's address.
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    /// The user's name.
    name: Option<String>,
    /// What an API key may do; absent for people.
    #[schema(example = json!(["contacts:read"]))]
    scopes: Option<BTreeSet<String>>,
    /// What the role allows, as operation ids of this document: what a page may offer.
    #[schema(example = json!(["list_campaigns", "read_campaign"]))]
    operations: Vec<String>,
}

/// Who am I, and what may I do?
#[utoipa::path(get, path = "/v1/me", operation_id = "me", tag = "you",
    responses((status = 200, description = "You", body = Me)))]
pub(crate) async fn me(operator: Operator) -> Json<Me> {
    let caller = operator.caller;
    let may = |operation: &&Operation| match operation.needs() {
        Needs::Nobody => false,
        needs @ Needs::Member(_) => caller.tenant.is_some() && needs.met_by(caller.role),
        needs @ Needs::Anywhere(_) => needs.met_by(caller.role),
    };
    let scoped = |operation: &&Operation| match &caller.scopes {
        None => true,
        Some(_) if **operation == Operation::Me => true,
        Some(scopes) => operation.scope().is_some_and(|scope| scopes.contains(&scope)),
    };
    let operations =
        Operation::ALL.iter().filter(may).filter(scoped).map(|operation| operation.id()).collect();
    let Caller { subject, role, tenant, from_outside, scopes, email, name } = caller.clone();
    Json(Me { subject, role, tenant, from_outside, email, name, scopes, operations })
}
