//! Bodies of a sensible size, and requests that are carried out once however often they arrive.
//!
//! A request with an `Idempotency-Key` leaves its answer behind for a day; the same request again gets that answer.
//! Between carrying out and leaving the answer a crash is possible, so the key also names what is created
//! ([`crate::extract::Scope::fresh`]): a repetition then finds its own creation instead of making another. A call that is
//! asked for is written down with the key in the transaction that makes it due.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use carillon_domain::ids::TenantId;
use carillon_store::{Answer, StoreError, TenantTable};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::app::Deps;
use crate::caller::Caller;
use crate::problem::{Kind, Problem};
use crate::roles::{Operation, Repeats};

/// The largest body, bytes. A file goes to storage by presigned upload and never through here.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// How long an answer is kept, seconds: a day, as clients retry within minutes.
pub const KEPT_SECONDS: i64 = 24 * 3600;

/// What a caller sent to tell repetitions from new requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(pub String);

/// The request has been answered before; the answer was not kept, for what it holds.
#[derive(Clone, Copy, Debug)]
pub struct Repetition;

/// What is kept of an answer.
#[derive(Serialize, Deserialize)]
struct Kept {
    body: String,
    etag: Option<String>,
    location: Option<String>,
}

/// Reads the body up to its limit, and carries a request with an idempotency key out once.
pub async fn once(State(deps): State<Arc<Deps>>, request: Request, next: Next) -> Response {
    match go(&deps, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn go(deps: &Deps, request: Request, next: Next) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let too_large = || Problem::new(Kind::TooLarge, format!("A body may have {BODY_BYTES_MAX} bytes."));
    let bytes = to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| too_large())?;
    let repeats =
        parts.extensions.get::<Operation>().map_or(Repeats::Harmless, |operation| operation.repeats());
    let key = match parts.headers.get("idempotency-key") {
        Some(key) if repeats != Repeats::Harmless => read_key(key)?,
        Some(_) | None => return Ok(next.run(Request::from_parts(parts, Body::from(bytes))).await),
    };
    let asked = parts.uri.path_and_query().map_or(parts.uri.path(), |asked| asked.as_str());
    let fingerprint = fingerprint(parts.method.as_str(), asked, &bytes);
    let tenant = owner(&parts.extensions);
    let table = TenantTable::new(deps.table.as_ref(), &tenant);
    if let Some(answer) = table.answer(&key.0).await? {
        if answer.fingerprint != fingerprint {
            return Err(Problem::new(Kind::KeyReused, "Use a new key for a new request."));
        }
        match repeats {
            Repeats::Answered => return answered(&answer),
            Repeats::Redone => {
                parts.extensions.insert(Repetition);
            }
            Repeats::Harmless => {}
        }
    }
    parts.extensions.insert(key.clone());
    let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    // What failed may be repaired and sent again under the same key.
    if !response.status().is_success() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(Problem::internal)?;
    let header =
        |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).map(str::to_owned);
    let kept = match repeats {
        Repeats::Answered => Kept {
            body: String::from_utf8_lossy(&body).into_owned(),
            etag: header(header::ETAG),
            location: header(header::LOCATION),
        },
        Repeats::Redone | Repeats::Harmless => Kept { body: String::new(), etag: None, location: None },
    };
    let kept = serde_json::to_string(&kept).map_err(Problem::internal)?;
    let answer = Answer { fingerprint, status: parts.status.as_u16(), body: kept };
    match table.keep_answer(&key.0, answer, deps.clock.now().as_second() + KEPT_SECONDS).await {
        // The same request at the same time: its answer says the same.
        Ok(()) | Err(StoreError::Conflict) => {}
        // It has been carried out, and that is what the caller must hear.
        Err(error) => {
            tracing::error!(error = format!("{:#}", anyhow::Error::from(error)), "an answer was not kept")
        }
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn read_key(key: &HeaderValue) -> Result<IdempotencyKey, Problem> {
    let plain =
        |key: &&str| (1..=128).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic() && b != b'#');
    let key = key.to_str().ok().filter(plain).ok_or_else(|| {
        Problem::new(
            Kind::BadHeader,
            "An Idempotency-Key has 1 to 128 visible ASCII characters other than #.",
        )
    })?;
    Ok(IdempotencyKey(key.to_owned()))
}

/// In whose part of the table the answer is kept. An operator without a tenant has a shelf that no tenant can be
/// called.
fn owner(extensions: &http::Extensions) -> TenantId {
    let own = extensions.get::<Caller>().and_then(|caller| caller.tenant.clone());
    own.unwrap_or_else(|| TenantId::from_uuid(uuid::Uuid::nil()))
}

fn fingerprint(method: &str, asked: &str, body: &[u8]) -> String {
    let digest = Sha256::new()
        .chain_update(method)
        .chain_update([0])
        .chain_update(asked)
        .chain_update([0])
        .chain_update(body);
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn answered(answer: &Answer) -> Result<Response, Problem> {
    let kept: Kept = serde_json::from_str(&answer.body).map_err(Problem::internal)?;
    let status = StatusCode::from_u16(answer.status).map_err(Problem::internal)?;
    let is_json = !kept.body.is_empty();
    let mut response = (status, kept.body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    let json = is_json.then(|| "application/json".to_owned());
    for (name, value) in
        [(header::CONTENT_TYPE, json), (header::ETAG, kept.etag), (header::LOCATION, kept.location)]
    {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(name, value);
        }
    }
    headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
    Ok(response)
}
