//! What handlers take: extractors whose every refusal is a [`Problem`].

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::response::{IntoResponse, Response};
use carillon_domain::ids::{ContactId, TenantId};
use carillon_domain::tenant::Tenant;
use carillon_store::{Act, Audited, ChangeKind, FieldChange, StoreError, Stored, Table, Target, TenantTable};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use jiff::Timestamp;
use lambda_http::request::RequestContext;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::app::Deps;
use crate::caller::Caller;
use crate::once::{IdempotencyKey, Repetition};
use crate::problem::{FieldError, Kind, Problem};
use crate::roles::Operation;

/// One caller's view of the world: the caller's tenant, and nothing beyond it.
pub struct Scope {
    /// What the function works with.
    pub deps: Arc<Deps>,
    /// Who is asking.
    pub caller: Caller,
    /// The caller's tenant.
    pub tenant: TenantId,
    /// Now, the same for the whole request.
    pub now: Timestamp,
    door: Door,
    key: Option<IdempotencyKey>,
    repetition: bool,
}

/// The table as this request may use it: one that changes something writes through the audit log.
enum Door {
    Plain(Arc<dyn Table>),
    Audited(Arc<Audited>),
}

impl FromRequestParts<Arc<Deps>> for Scope {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, deps: &Arc<Deps>) -> Result<Self, Problem> {
        let operator = Operator::from_request_parts(parts, deps).await?;
        let tenant = operator.caller.tenant.clone();
        let tenant = tenant.ok_or_else(|| Problem::new(Kind::Forbidden, "The user belongs to no tenant."))?;
        let changes = parts.method != Method::GET && parts.method != Method::HEAD;
        let door = if changes {
            Door::Audited(Arc::new(operator.audited(&tenant)))
        } else {
            Door::Plain(Arc::clone(&operator.deps.table))
        };
        Ok(Self {
            tenant,
            door,
            deps: operator.deps,
            caller: operator.caller,
            now: operator.now,
            key: parts.extensions.get::<IdempotencyKey>().cloned(),
            repetition: parts.extensions.get::<Repetition>().is_some(),
        })
    }
}

impl Scope {
    /// The caller's part of the table.
    #[must_use]
    pub fn table(&self) -> TenantTable<'_> {
        TenantTable::new(self.door(), &self.tenant).with_vault(&self.deps.vault)
    }

    /// The table itself, for what takes one: still by way of the audit log.
    #[must_use]
    pub fn door(&self) -> &dyn Table {
        match &self.door {
            Door::Plain(table) => table.as_ref(),
            Door::Audited(table) => table.as_ref(),
        }
    }

    /// Writes down a change that was made elsewhere than in the table.
    ///
    /// # Errors
    /// The table's.
    pub async fn note(&self, kind: &str, change: ChangeKind) -> Result<(), Problem> {
        if let Door::Audited(table) = &self.door {
            table.note(Target { kind: kind.to_owned(), id: None }, change, Vec::new()).await?;
        }
        Ok(())
    }

    /// Writes down one entry for a change of many things, which are then written by [`Scope::unaudited`].
    ///
    /// # Errors
    /// The table's.
    pub async fn note_with(
        &self,
        kind: &str,
        change: ChangeKind,
        fields: Vec<(&str, serde_json::Value)>,
    ) -> Result<(), Problem> {
        if let Door::Audited(table) = &self.door {
            let field = |(field, value): (&str, serde_json::Value)| FieldChange {
                field: field.to_owned(),
                from: None,
                to: Some(value),
                withheld: false,
            };
            let target = Target { kind: kind.to_owned(), id: None };
            table.note(target, change, fields.into_iter().map(field).collect()).await?;
        }
        Ok(())
    }

    /// Whose address the log's next entry of a suppression is about: it keeps the digest that is a contact's id, which
    /// whoever knows the number finds again, and not the number.
    ///
    /// # Errors
    /// The table's.
    pub async fn concerning(&self, address: &str) -> Result<(), Problem> {
        if let (Door::Audited(table), Some(tenant)) = (&self.door, self.table().settings().await?) {
            table.concerns(ContactId::of_address(tenant.value.salt.as_bytes(), address));
        }
        Ok(())
    }

    /// The caller's part of the table past the audit log: for many writes of which the log has one entry.
    #[must_use]
    pub fn unaudited(&self) -> TenantTable<'_> {
        TenantTable::new(self.deps.table.as_ref(), &self.tenant).with_vault(&self.deps.vault)
    }

    /// The tenant's settings.
    ///
    /// # Errors
    /// A problem if nobody has created the tenant.
    pub async fn settings(&self) -> Result<Stored<Tenant>, Problem> {
        self.table()
            .settings()
            .await?
            .ok_or_else(|| Problem::not_found("tenant: an operator has to create it first"))
    }

    /// What a new thing's id is made from. The same for a repetition, so that it meets what it created.
    #[must_use]
    pub fn fresh(&self, kind: &str) -> Uuid {
        match &self.key {
            Some(IdempotencyKey(key)) => {
                let digest = Sha256::digest(format!("{}\0{kind}\0{key}", self.tenant));
                let mut bytes = [0; 16];
                bytes.copy_from_slice(&digest[..16]);
                uuid::Builder::from_custom_bytes(bytes).into_uuid()
            }
            None => {
                let mut bytes = [0; 10];
                (self.deps.random)(&mut bytes);
                let millis = u64::try_from(self.now.as_millisecond()).unwrap_or_default();
                uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
            }
        }
    }

    /// What tells this request's repetitions, if it carries anything that does.
    #[must_use]
    pub fn idempotency_key(&self) -> Option<&str> {
        self.key.as_ref().map(|key| key.0.as_str())
    }

    /// Whether a thing that exists already may have been created by this very request.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// What a creation has made, or what is `there`, if this very request made it before and its answer was lost.
    ///
    /// # Errors
    /// Why it could not be saved.
    pub async fn created<T>(
        &self,
        new: Stored<T>,
        saved: Result<(), StoreError>,
        there: impl Future<Output = Result<Stored<T>, Problem>>,
    ) -> Result<Stored<T>, Problem> {
        match saved {
            Ok(()) => Ok(new.saved()),
            Err(StoreError::Conflict) if self.has_key() => there.await,
            Err(error) => Err(error.into()),
        }
    }

    /// Whether this request has been answered before.
    #[must_use]
    pub fn is_repetition(&self) -> bool {
        self.repetition
    }
}

/// A caller whose tenant does not matter.
pub struct Operator {
    /// What the function works with.
    pub deps: Arc<Deps>,
    /// Who is asking.
    pub caller: Caller,
    /// Now.
    pub now: Timestamp,
    operation: String,
    request: String,
}

impl Operator {
    /// The table of a tenant, for a request that changes something there.
    #[must_use]
    pub fn audited(&self, tenant: &TenantId) -> Audited {
        let act = Act {
            subject: self.caller.subject.clone(),
            role: self.caller.role.name().to_owned(),
            from_outside: self.caller.from_outside || self.caller.tenant.as_ref() != Some(tenant),
            operation: self.operation.clone(),
            request: self.request.clone(),
            at: self.now,
        };
        let mut nonce = [0; 8];
        (self.deps.random)(&mut nonce);
        Audited::new(Arc::clone(&self.deps.table), tenant.clone(), act, crate::keys::hex(&nonce))
    }
}

impl FromRequestParts<Arc<Deps>> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, deps: &Arc<Deps>) -> Result<Self, Problem> {
        // The gate has put it there; without it, the route is missing in the table of operations.
        let caller = parts.extensions.get::<Caller>().cloned();
        let caller = caller
            .ok_or_else(|| Problem::new(Kind::Unauthenticated, "The request carries no verified token."))?;
        let operation =
            parts.extensions.get::<Operation>().map(|operation| operation.id()).unwrap_or_default();
        let request = match parts.extensions.get::<RequestContext>() {
            Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone().unwrap_or_default(),
            Some(_) | None => String::new(),
        };
        Ok(Self { deps: Arc::clone(deps), caller, now: deps.clock.now(), operation, request })
    }
}

/// Ids in the path. One that is misshapen names nothing.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<Deps>> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, deps: &Arc<Deps>) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, deps).await {
            Ok(Path(params)) => Ok(Self(params)),
            Err(_) => Err(Problem::new(
                Kind::NotFound,
                "An id in the path is misshapen, or names another kind of thing.",
            )),
        }
    }
}

/// The query string.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Arc<Deps>> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Deps>) -> Result<Self, Problem> {
        match axum::extract::Query::<T>::try_from_uri(&parts.uri) {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(rejection) => {
                let text = rejection.body_text();
                let text = text.rsplit_once("query string: ").map_or(text.as_str(), |(_, reason)| reason);
                let (field, reason) = text.split_once(": ").unwrap_or(("", text));
                let reason = without_values(reason).into_owned();
                let detail = if field.is_empty() { reason } else { format!("{field}: {reason}") };
                Err(Problem::new(Kind::BadQuery, detail))
            }
        }
    }
}

/// A JSON body, and a JSON answer. Unknown fields are refused by name.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<Deps>> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, deps: &Arc<Deps>) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(
                Kind::NotJson,
                "The body must be JSON, and its content-type must say so.",
            ));
        }
        let bytes = Bytes::from_request(request, deps).await;
        let bytes = bytes.map_err(|_| Problem::new(Kind::Malformed, "The body could not be read."))?;
        parse(&bytes).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
            }
            Err(error) => Problem::internal(error).into_response(),
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let declared =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// Reads a body, telling what is no JSON from what is not what was expected.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let malformed = |error: &serde_json::Error| {
        let (line, column) = (error.line(), error.column());
        Problem::new(
            Kind::Malformed,
            format!("The JSON breaks off or goes wrong at line {line}, column {column}."),
        )
    };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        match error.inner().classify() {
            serde_json::error::Category::Data => {
                let text = error.inner().to_string();
                let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
                Problem::validation(vec![fault(&path, text)])
            }
            serde_json::error::Category::Syntax
            | serde_json::error::Category::Eof
            | serde_json::error::Category::Io => malformed(error.inner()),
        }
    })?;
    deserializer.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

/// The field that serde stumbled over, with its reason.
fn fault(path: &str, reason: &str) -> FieldError {
    let parent = if path == "." { "" } else { path };
    let name = |prefix: &str| reason.strip_prefix(prefix)?.split('`').next().map(str::to_owned);
    if let Some(missing) = name("missing field `") {
        let field = if parent.is_empty() { missing } else { format!("{parent}.{missing}") };
        return FieldError::new(field, "is missing");
    }
    if let Some(unknown) = name("unknown field `") {
        let known = reason.split_once(", ").map_or("there are no fields here", |(_, known)| known);
        let is_named = parent == unknown || parent.ends_with(&format!(".{unknown}"));
        let field =
            if is_named || parent.is_empty() { parent.to_owned() } else { format!("{parent}.{unknown}") };
        let field = if field.is_empty() { unknown } else { field };
        return FieldError::new(field, format!("is not a field of this request: {known}"));
    }
    FieldError::new(if parent.is_empty() { "(body)" } else { parent }, without_values(reason))
}

/// serde quotes what it was given. That may be personal data, so only what it wanted is passed on.
fn without_values(reason: &str) -> Cow<'_, str> {
    let quotes = ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant `"];
    match reason.split_once(", expected ") {
        Some((before, expected)) if quotes.iter().any(|quote| before.starts_with(quote)) => {
            // In words of JSON, not of Rust.
            let expected = match expected {
                "a sequence" => "a list",
                "a map" => "an object",
                expected if expected.starts_with("struct ") => "an object",
                expected => expected,
            };
            Cow::Owned(format!("must be {expected}"))
        }
        Some(_) | None => Cow::Borrowed(reason),
    }
}

/// An answer with the version that an edit must name.
pub struct Versioned<T> {
    /// What there is.
    pub body: T,
    /// Its version.
    pub version: u64,
}

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.body).into_response();
        if let Ok(etag) = HeaderValue::from_str(&format!("\"{}\"", self.version)) {
            response.headers_mut().insert(header::ETAG, etag);
        }
        response
    }
}

/// Something new, and where it is.
pub struct Created<T> {
    /// What there is now.
    pub body: T,
    /// Its path.
    pub location: String,
}

impl<T: IntoResponse> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::CREATED, self.body).into_response();
        if let Ok(location) = HeaderValue::from_str(&self.location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

/// The version that an edit is based on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// `*`: whichever there is.
    Any,
    /// This one.
    Version(u64),
}

impl IfMatch {
    /// Whether this is the version meant.
    ///
    /// # Errors
    /// A problem if it is not.
    pub fn check(self, version: u64) -> Result<(), Problem> {
        match self {
            Self::Any => Ok(()),
            Self::Version(wanted) if wanted == version => Ok(()),
            Self::Version(_) => Err(Problem::changed()),
        }
    }
}

impl FromRequestParts<Arc<Deps>> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Deps>) -> Result<Self, Problem> {
        let missing = "Send If-Match with the ETag that you have read, so that nobody's edit is lost.";
        let given = parts.headers.get(header::IF_MATCH);
        let given = given.ok_or_else(|| Problem::new(Kind::IfMatchMissing, missing))?;
        let given = given.to_str().unwrap_or_default().trim();
        if given == "*" {
            return Ok(Self::Any);
        }
        let version = given
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .and_then(|text| text.parse().ok());
        // An ETag that is none of ours matches nothing.
        version.map(Self::Version).ok_or_else(Problem::changed)
    }
}

/// Which part of a list.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// How many at most, from 1 to 200; 50 unless said otherwise.
    #[param(minimum = 1, maximum = 200)]
    #[serde(default)]
    pub limit: Option<u32>,
    /// Where to go on: `next_cursor` of the page before.
    #[serde(default)]
    pub cursor: Option<String>,
}
