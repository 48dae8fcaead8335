//! The one error answer of the API: `application/problem+json` (RFC 9457).
//!
//! A handler returns a [`Problem`]; the outermost layer adds the request's id, logs what is ours to mend, and
//! writes the body. Nothing a caller sent stands in a problem except names of fields and parameters: values may be
//! personal data, and problems end up in logs.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use carillon_domain::campaign::{NotNow, Violation};
use carillon_store::StoreError;
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What kind of problem. Each kind has one status and one `type`, which clients may match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The body is not JSON.
    Malformed,
    /// A query parameter cannot be used: unknown, out of range, or a cursor of another list.
    BadQuery,
    /// A header cannot be used.
    BadHeader,
    /// Not signed in, or with the wrong kind of token.
    Unauthenticated,
    /// Signed in, and not allowed.
    Forbidden,
    /// It does not exist, or belongs to somebody else.
    NotFound,
    /// The person it was about asked to be forgotten.
    Erased,
    /// The resource exists and does not do that.
    MethodNotAllowed,
    /// The resource's state does not allow it.
    NotNow,
    /// It exists already.
    Exists,
    /// It has changed since the caller read it.
    Changed,
    /// The body is larger than [`crate::once::BODY_BYTES_MAX`].
    TooLarge,
    /// The body is not declared as JSON.
    NotJson,
    /// The request is understood and something in it must be mended.
    Validation,
    /// The idempotency key was used for another request.
    KeyReused,
    /// An edit must say which version it is based on.
    IfMatchMissing,
    /// Try again later.
    Busy,
    /// Our fault.
    Internal,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 18] = [
        Self::Malformed,
        Self::BadQuery,
        Self::BadHeader,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::Erased,
        Self::MethodNotAllowed,
        Self::NotNow,
        Self::Exists,
        Self::Changed,
        Self::TooLarge,
        Self::NotJson,
        Self::Validation,
        Self::KeyReused,
        Self::IfMatchMissing,
        Self::Busy,
        Self::Internal,
    ];

    /// Its status, the last part of its `type`, and its title.
    #[must_use]
    pub fn words(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Malformed => (StatusCode::BAD_REQUEST, "malformed-json", "The body is not valid JSON"),
            Self::BadQuery => (StatusCode::BAD_REQUEST, "bad-query", "A query parameter cannot be used"),
            Self::BadHeader => (StatusCode::BAD_REQUEST, "bad-header", "A header cannot be used"),
            Self::Unauthenticated => (StatusCode::UNAUTHORIZED, "unauthenticated", "Sign in first"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden", "Your role does not allow this"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "There is no such thing"),
            Self::Erased => (StatusCode::GONE, "erased", "The person has been forgotten"),
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "The resource does not do that")
            }
            Self::NotNow => (StatusCode::CONFLICT, "not-now", "Not possible in the present state"),
            Self::Exists => (StatusCode::CONFLICT, "exists", "It exists already"),
            Self::Changed => (StatusCode::PRECONDITION_FAILED, "changed", "It has changed since you read it"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large"),
            Self::NotJson => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json", "Send application/json"),
            Self::Validation => (StatusCode::UNPROCESSABLE_ENTITY, "validation", "Something must be mended"),
            Self::KeyReused => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "key-reused",
                "The idempotency key was used for another request",
            ),
            Self::IfMatchMissing => {
                (StatusCode::PRECONDITION_REQUIRED, "if-match-missing", "Say which version you have read")
            }
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy", "Try again in a moment"),
            Self::Internal => {
                (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side")
            }
        }
    }
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// The field, as a path (`script.menu.repeats`).
    #[schema(example = "pace.ring_seconds")]
    pub field: String,
    /// What is wrong, and what would be right.
    #[schema(example = "must be from 15 to 120")]
    pub message: String,
    /// The rule that asks for it, as `id@version`, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "de-hours@1")]
    pub rule: Option<String>,
}

impl FieldError {
    /// Something wrong with a field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into(), rule: None }
    }
}

impl From<Violation> for FieldError {
    fn from(violation: Violation) -> Self {
        Self::new(violation.field, violation.message)
    }
}

/// A problem, on its way to its body.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What kind.
    pub kind: Kind,
    /// What exactly, for people.
    pub detail: String,
    /// Field by field.
    pub errors: Vec<FieldError>,
    /// What is logged and never shown.
    source: Option<Arc<anyhow::Error>>,
}

/// A problem as it is sent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// The kind, for programs.
    #[serde(rename = "type")]
    #[schema(example = "urn:carillon:problem:validation")]
    pub kind: String,
    /// The kind, for people.
    #[schema(example = "Something must be mended")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// What exactly is wrong.
    pub detail: String,
    /// This occurrence: quote it when you ask for help.
    #[schema(example = "urn:carillon:request:JKJaXmPLvHcESHA=")]
    pub instance: String,
    /// The same, alone: it stands in every line that was logged for the request.
    pub request_id: String,
    /// Field by field, if fields are at fault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

impl Problem {
    /// A problem of some kind.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), errors: Vec::new(), source: None }
    }

    /// Something that does not exist, or belongs to another tenant: nobody can tell the two apart.
    pub fn not_found(what: &str) -> Self {
        Self::new(Kind::NotFound, format!("There is no such {what}."))
    }

    /// A contact that was erased.
    pub fn erased(at: jiff::Timestamp) -> Self {
        Self::new(Kind::Erased, format!("The contact was erased at {at}. What stays names nobody."))
    }

    /// Fields that must be mended.
    pub fn validation(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => format!("{}: {}", one.field, one.message),
            many => format!("{} fields must be mended.", many.len()),
        };
        Self { errors, ..Self::new(Kind::Validation, detail) }
    }

    /// One field that must be mended.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::validation(vec![FieldError::new(field, message)])
    }

    /// Our fault: logged, not shown.
    pub fn internal(source: impl Into<anyhow::Error>) -> Self {
        Self::new(Kind::Internal, "The request id helps us find out what happened.").because(source)
    }

    /// The stored version is not the one that the caller has read.
    pub fn changed() -> Self {
        Self::new(
            Kind::Changed,
            "Somebody else has changed it meanwhile. Read it again, then repeat your edit.",
        )
    }

    /// Why something could not be saved or deleted as the caller has read it.
    pub fn unsaved(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::changed(),
            error @ (StoreError::Busy(_) | StoreError::Refused(..) | StoreError::Malformed { .. }) => {
                error.into()
            }
        }
    }

    /// With its cause, for the log.
    #[must_use]
    pub fn because(mut self, source: impl Into<anyhow::Error>) -> Self {
        self.source = Some(Arc::new(source.into()));
        self
    }

    /// The body for a request.
    #[must_use]
    pub fn body(&self, request_id: &str) -> ProblemBody {
        let (status, kind, title) = self.kind.words();
        ProblemBody {
            kind: format!("urn:carillon:problem:{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: self.detail.clone(),
            instance: format!("urn:carillon:request:{request_id}"),
            request_id: request_id.to_owned(),
            errors: self.errors.clone(),
        }
    }

    /// The answer to a request, and the one place where what went wrong on our side is logged.
    #[must_use]
    pub fn render(&self, request_id: &str) -> Response {
        if let Some(source) = &self.source {
            tracing::error!(request_id, error = format!("{source:#}"), "the request failed");
        }
        let body = serde_json::to_vec(&self.body(request_id)).unwrap_or_default();
        let mut response = (self.kind.words().0, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.kind == Kind::Busy {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if self.kind == Kind::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// The body comes later, from [`Problem::render`]: only the outermost layer knows the request's id.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.kind.words().0.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy(_) => Self::new(Kind::Busy, "The table is busy.").because(error),
            StoreError::Conflict => {
                Self::new(Kind::Busy, "Others are changing the same thing.").because(error)
            }
            StoreError::Refused(..) | StoreError::Malformed { .. } => Self::internal(error),
        }
    }
}

impl From<NotNow> for Problem {
    fn from(refused: NotNow) -> Self {
        Self::new(Kind::NotNow, format!("{}.", sentence(&refused.to_string())))
    }
}

/// With a capital letter at its beginning.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
