//! The router, and the layers that every request goes through: from the outside in, [`finish`], [`gate`] and
//! [`crate::once::once`].

use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use carillon_domain::agents::ports::Switchboards;
use carillon_domain::ports::{Objects, Queue};
use carillon_engine::clock::Clock;
use carillon_engine::runs::Launcher;
use carillon_shell::logging::{self, Instrument};
use carillon_shell::trace;
use carillon_store::{Table, TenantTable, Vault};
use carillon_twilio::inspect::Inspector;
use http::request::Parts;
use http::{HeaderName, HeaderValue, header};
use lambda_http::request::RequestContext;

use crate::caller::{Caller, TENANT_HEADER};
use crate::credentials::Credentials;
use crate::directory::Directory;
use crate::importer::Importer;
use crate::keys;
use crate::once::once;
use crate::problem::{Kind, Problem};
use crate::roles::{Needs, Operation};
use crate::roll::Roll;
use crate::routes;

/// What the function works with.
pub struct Deps {
    /// The table.
    pub table: Arc<dyn Table>,
    /// The keys of contacts' profiles.
    pub vault: Arc<Vault>,
    /// Files.
    pub objects: Arc<dyn Objects>,
    /// Starts campaign runs.
    pub launcher: Arc<dyn Launcher>,
    /// Starts imports again, or backwards.
    pub importer: Arc<dyn Importer>,
    /// The tenants' credentials at their providers.
    pub credentials: Arc<dyn Credentials>,
    /// Asks Twilio how accounts stand.
    pub inspector: Inspector,
    /// Orders to call webhooks.
    pub webhooks: Arc<dyn Queue>,
    /// Where open pages connect to be told of changes.
    pub live_url: String,
    /// Whether webhooks may lead to private addresses, as in a local world.
    pub private_webhooks: bool,
    /// Who may sign in.
    pub directory: Arc<dyn Directory>,
    /// What has lately been read of the tenants' lists of users.
    pub roll: Roll,
    /// Each tenant's switchboard.
    pub boards: Arc<dyn Switchboards>,
    /// The `plan` queue, for campaigns that dial for an agent who has become free.
    pub plan: Arc<dyn Queue>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fills a buffer with randomness.
    pub random: fn(&mut [u8]),
}

/// A request that came by the door for API keys.
#[derive(Clone, Copy, Debug)]
struct Keyed;

/// Everything there is, under `/v1` for people and under `/keyed/v1` for programs.
pub fn router(deps: Arc<Deps>) -> Router {
    // Before any route is looked up, so that both doors lead to the same ones.
    Router::new().fallback_service(tower::util::MapRequest::new(inner(deps), unkeyed))
}

/// The same path without the door's name, which is remembered.
fn unkeyed(mut request: Request) -> Request {
    let rest = request.uri().path_and_query().and_then(|path| path.as_str().strip_prefix("/keyed"));
    let rest = rest.filter(|rest| rest.starts_with('/')).and_then(|rest| rest.parse().ok());
    if let Some(rest) = rest {
        let mut parts = request.uri().clone().into_parts();
        parts.path_and_query = Some(rest);
        if let Ok(uri) = http::Uri::from_parts(parts) {
            *request.uri_mut() = uri;
            request.extensions_mut().insert(Keyed);
        }
    }
    request
}

fn inner(deps: Arc<Deps>) -> Router {
    routes::all()
        .fallback(|| async { Problem::not_found("path") })
        .method_not_allowed_fallback(|| async { not_allowed() })
        .layer(from_fn_with_state(Arc::clone(&deps), once))
        .layer(from_fn_with_state(Arc::clone(&deps), gate))
        .layer(from_fn(finish))
        .with_state(deps)
}

fn not_allowed() -> Problem {
    Problem::new(Kind::MethodNotAllowed, "The path exists, the method does not.")
}

/// Lets a request through whose caller may do what it asks. What does not stand in the table of operations does not
/// exist.
async fn gate(State(deps): State<Arc<Deps>>, mut request: Request, next: Next) -> Response {
    let Some(path) = request.extensions().get::<MatchedPath>() else { return next.run(request).await };
    let Some(operation) = Operation::of(request.method().as_str(), path.as_str()) else {
        return not_allowed().into_response();
    };
    request.extensions_mut().insert(operation);
    if operation.needs() == Needs::Nobody {
        return next.run(request).await;
    }
    // A body cannot be shared between threads, and is none of the gate's business.
    let (parts, body) = request.into_parts();
    let caller = match admit(&deps, operation, &parts).await {
        Ok(caller) => caller,
        Err(problem) => return problem.into_response(),
    };
    let mut request = Request::from_parts(parts, body);
    if let Some(tenant) = &caller.tenant {
        tracing::Span::current().record("tenant", tracing::field::display(tenant));
    }
    request.extensions_mut().insert(caller);
    next.run(request).await
}

async fn admit(deps: &Deps, operation: Operation, request: &Parts) -> Result<Caller, Problem> {
    let (table, now) = (deps.table.as_ref(), deps.clock.now());
    let caller = if request.extensions.get::<Keyed>().is_some() {
        // Nobody has verified anything at this door.
        let authorization = request.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        keys::admit(table, authorization, operation, now).await?
    } else {
        let caller = Caller::of(&request.extensions)?.choosing(request.headers.get(TENANT_HEADER))?;
        if let (true, Some(tenant)) = (caller.from_outside, &caller.tenant) {
            let known = TenantTable::new(table, tenant).settings().await?;
            known.ok_or_else(|| Problem::not_found("tenant"))?;
            tracing::info!(%tenant, by = caller.subject, operation = ?operation, "an operator acts in a tenant");
        }
        deps.roll.admit(table, caller, now).await?
    };
    if !operation.needs().met_by(caller.role) {
        return Err(Problem::new(Kind::Forbidden, "This takes another role than yours."));
    }
    match (operation.needs(), &caller.tenant) {
        (Needs::Member(_), None) => Err(Problem::new(Kind::Forbidden, "The user belongs to no tenant.")),
        (Needs::Member(_) | Needs::Nobody | Needs::Anywhere(_), _) => Ok(caller),
    }
}

/// Headers of every answer. Nothing here is ever a page, and nothing is to be kept by anybody in between.
static HEADERS: [(HeaderName, HeaderValue); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000; includeSubDomains")),
];

/// Writes problems out and adds what every answer carries.
async fn finish(request: Request, next: Next) -> Response {
    let request_id = match request.extensions().get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone().unwrap_or_default(),
        Some(_) | None => String::new(),
    };
    let span = logging::invocation(&request_id, trace::current().as_deref());
    let mut response = next.run(request).instrument(span.clone()).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let allow = response.headers_mut().remove(header::ALLOW);
        response = span.in_scope(|| problem.render(&request_id));
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    let headers = response.headers_mut();
    for (name, value) in &HEADERS {
        headers.insert(name, value.clone());
    }
    if let Ok(request_id) = HeaderValue::from_str(&request_id) {
        headers.insert("x-request-id", request_id);
    }
    response
}
