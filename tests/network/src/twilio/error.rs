//! Twilio's errors: an HTTP status, a code, and the JSON that its SDKs read.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A refusal as the REST API words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    pub(crate) code: u32,
    pub(crate) message: String,
}

impl ApiError {
    fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// A bad request with this code.
    pub(crate) fn bad(code: u32, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    pub(crate) fn unauthenticated() -> Self {
        Self::new(401, 20003, "Authenticate")
    }

    pub(crate) fn suspended() -> Self {
        Self::new(403, 20005, "Account not active")
    }

    pub(crate) fn not_found(path: &str) -> Self {
        Self::new(404, 20404, format!("The requested resource {path} was not found"))
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(405, 20004, "Method not allowed")
    }

    pub(crate) fn unsupported_media_type() -> Self {
        Self::new(415, 20001, "Content-Type must be application/x-www-form-urlencoded")
    }

    pub(crate) fn too_many_requests() -> Self {
        Self::new(429, 20429, "Too Many Requests")
    }

    pub(crate) fn internal() -> Self {
        Self::new(500, 20500, "An internal server error has occurred")
    }

    pub(crate) fn unavailable() -> Self {
        Self::new(503, 20503, "Service unavailable")
    }

    /// A parameter whose value Twilio does not accept, where it has no code of its own for it.
    pub(crate) fn invalid(parameter: &str) -> Self {
        Self::bad(20001, format!("Invalid parameter {parameter}"))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = Json(json!({
            "code": self.code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.status,
        }));
        let mut response = (status, body).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"Twilio API\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
