//! The REST API's routes; a module for each resource.

mod calls;
mod conferences;
mod numbers;
mod participants;
mod recordings;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::auth::authenticate;
use super::error::ApiError;
use super::form::Form;
use crate::config::{Account, Settings};
use crate::faults::CreateFate;
use crate::shared::Shared;

/// Everything under `/2010-04-01`.
pub(crate) async fn handle(
    State(net): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = Request { net, method, uri, headers, body, began: Instant::now() };
    match request.route().await {
        Ok(response) => response,
        Err(error) => {
            let detail = json!({"method": request.method.as_str(), "path": request.uri.path(),
                "status": error.status, "code": error.code});
            request.net.journal.note("api.refused", None, None, detail);
            error.into_response()
        }
    }
}

struct Request {
    net: Arc<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
    began: Instant,
}

impl Request {
    async fn route(&self) -> Result<Response, ApiError> {
        let not_found = || ApiError::not_found(self.uri.path());
        let path = self.uri.path().strip_prefix("/2010-04-01/Accounts/").ok_or_else(not_found)?;
        let mut segments = path.split('/').map(decoded);
        let account_sid = segments.next().unwrap_or_default();
        let segments: Vec<String> = segments.collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        // Players fetch sound without credentials, which is Twilio's default too.
        if let ["Recordings", file] = segments.as_slice()
            && self.method == Method::GET
            && !file.ends_with(".json")
        {
            return self.sound(&account_sid, file);
        }
        let bare_sid = account_sid.strip_suffix(".json").unwrap_or(&account_sid);
        let account = authenticate(&self.net.accounts, &self.net.tokens, &self.headers, bare_sid)?;
        let suspended = self.net.settings().suspended.contains(&account.sid);
        if suspended && !segments.is_empty() {
            return Err(ApiError::suspended());
        }
        let (get, post, delete) = (Method::GET, Method::POST, Method::DELETE);
        let method = &self.method;
        let name = |file: &str| file.strip_suffix(".json").map(str::to_owned).ok_or_else(not_found);
        match segments.as_slice() {
            [] if *method == get => Ok(Json(account_resource(account, suspended)).into_response()),
            ["Calls.json"] if *method == post => self.create_call(account).await,
            ["Calls.json"] if *method == get => self.list_calls(account),
            ["Calls", call, "Recordings.json"] if *method == get => {
                self.list_recordings(account, Some(call), None)
            }
            ["Calls", call, "Events.json"] if *method == get => self.list_events(account, call),
            ["Calls", file] if *method == get => self.fetch_call(account, &name(file)?),
            ["Calls", file] if *method == post => self.update_call(account, &name(file)?),
            ["Recordings.json"] if *method == get => self.list_recordings(account, None, None),
            ["Recordings", file] if *method == get => self.fetch_recording(account, &name(file)?),
            ["Recordings", file] if *method == delete => self.delete_recording(account, &name(file)?),
            ["Conferences.json"] if *method == get => self.list_conferences(account),
            ["Conferences", file] if *method == get => self.fetch_conference(account, &name(file)?),
            ["Conferences", file] if *method == post => self.update_conference(account, &name(file)?),
            ["Conferences", room, "Recordings.json"] if *method == get => {
                self.list_recordings(account, None, Some(room))
            }
            ["Conferences", room, "Participants.json"] if *method == get => {
                self.list_participants(account, room)
            }
            ["Conferences", room, "Participants.json"] if *method == post => {
                self.create_participant(account, room).await
            }
            ["Conferences", room, "Participants", file] if *method == get => {
                self.fetch_participant(account, room, &name(file)?)
            }
            ["Conferences", room, "Participants", file] if *method == post => {
                self.update_participant(account, room, &name(file)?)
            }
            ["Conferences", room, "Participants", file] if *method == delete => {
                self.remove_participant(account, room, &name(file)?)
            }
            ["IncomingPhoneNumbers.json"] if *method == get => self.list_numbers(account),
            ["IncomingPhoneNumbers.json"] if *method == post => self.buy_number(account),
            ["IncomingPhoneNumbers", file] if *method == get => self.fetch_number(account, &name(file)?),
            ["IncomingPhoneNumbers", file] if *method == post => self.update_number(account, &name(file)?),
            []
            | ["Calls.json" | "Recordings.json" | "Conferences.json" | "IncomingPhoneNumbers.json"]
            | ["Calls" | "Recordings" | "Conferences" | "IncomingPhoneNumbers", _]
            | ["Calls", _, "Events.json" | "Recordings.json"]
            | ["Conferences", _, "Participants.json" | "Recordings.json"]
            | ["Conferences", _, "Participants", _] => Err(ApiError::method_not_allowed()),
            _ => Err(not_found()),
        }
    }

    fn readable(&self) -> Result<(), ApiError> {
        match self.net.settings().faults.read_fails(self.net.count_read()) {
            true => Err(ApiError::unavailable()),
            false => Ok(()),
        }
    }

    fn query(&self) -> (&str, Form) {
        let query = self.uri.query().unwrap_or_default();
        (query, Form::parse(query.as_bytes()))
    }

    fn all_known(&self, form: &Form) -> Result<(), ApiError> {
        match form.unknown() {
            Some(unknown) if self.net.settings().strict => {
                Err(ApiError::bad(20001, format!("Unknown parameter {unknown}")))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Lets a request that places a call through, unless it has another fate, and says how long the call then waits
    /// in the queue.
    async fn admitted(
        &self,
        account: &Account,
        settings: &Settings,
        number: &str,
    ) -> Result<(Duration, CreateFate), ApiError> {
        let fate = settings.faults.create(number, self.net.count_request(number));
        if fate != CreateFate::Answered {
            self.net.journal.note("api.fault", None, Some(number), json!(format!("{fate:?}")));
        }
        match fate {
            CreateFate::TimeoutBefore => {
                tokio::time::sleep(hold(settings)).await;
                return Err(ApiError::unavailable());
            }
            CreateFate::ErrorBefore => return Err(ApiError::unavailable()),
            CreateFate::Answered | CreateFate::TimeoutAfter | CreateFate::ErrorAfter => {}
        }
        let queued = self.net.admit(&account.sid, settings).ok_or_else(ApiError::too_many_requests)?;
        Ok((queued, fate))
    }

    /// The answer to a request that placed a call, unless its fate is to be lost.
    async fn answered(
        &self,
        settings: &Settings,
        fate: CreateFate,
        resource: Value,
    ) -> Result<Response, ApiError> {
        match fate {
            CreateFate::TimeoutAfter => {
                tokio::time::sleep(hold(settings)).await;
                Err(ApiError::unavailable())
            }
            CreateFate::ErrorAfter => Err(ApiError::internal()),
            CreateFate::Answered | CreateFate::TimeoutBefore | CreateFate::ErrorBefore => {
                Ok((StatusCode::CREATED, Json(resource)).into_response())
            }
        }
    }
}

fn hold(settings: &Settings) -> Duration {
    Duration::try_from_secs_f64(settings.faults.api_timeout_seconds).unwrap_or_default()
}

/// A segment of a path, without its percent signs.
fn decoded(segment: &str) -> String {
    let escaped = segment.replace('+', "%2B");
    form_urlencoded::parse(escaped.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

fn account_resource(account: &Account, suspended: bool) -> Value {
    json!({
        "sid": account.sid,
        "owner_account_sid": account.sid,
        "friendly_name": "Simulated network",
        "status": if suspended { "suspended" } else { "active" },
        "type": "Full",
        "auth_token": account.token,
        "date_created": "Thu, 01 Jan 2026 00:00:00 +0000",
        "date_updated": "Thu, 01 Jan 2026 00:00:00 +0000",
        "uri": format!("/2010-04-01/Accounts/{}.json", account.sid),
        "subresource_uris": {},
    })
}
