//! The REST API's routes.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::auth::authenticate;
use super::call::{Call, CallReport, Status, Steer};
use super::create::{self, CreateCall, Source};
use super::error::ApiError;
use super::form::Form;
use super::listing::{CallFilter, Page};
use super::sound;
use crate::config::{Account, Settings};
use crate::faults::CreateFate;
use crate::live::{self, Start};
use crate::people::behaviour::Behaviour;
use crate::shared::Shared;

/// Everything under `/2010-04-01`.
pub(crate) async fn handle(
    State(net): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = Request { net, method, uri, headers, body };
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
}

impl Request {
    async fn route(&self) -> Result<Response, ApiError> {
        let not_found = || ApiError::not_found(self.uri.path());
        let path = self.uri.path().strip_prefix("/2010-04-01/Accounts/").ok_or_else(not_found)?;
        let mut segments = path.split('/');
        let account_sid = segments.next().unwrap_or_default();
        // Players fetch sound without credentials, which is Twilio's default too.
        let segments: Vec<&str> = segments.collect();
        if let ["Recordings", file] = segments.as_slice()
            && self.method == Method::GET
            && !file.ends_with(".json")
        {
            return self.sound(account_sid, file);
        }
        let bare_sid = account_sid.strip_suffix(".json").unwrap_or(account_sid);
        let account = authenticate(&self.net.accounts, &self.headers, bare_sid)?;
        match (&self.method, segments.as_slice()) {
            (&Method::GET, []) => Ok(Json(account_resource(account)).into_response()),
            (&Method::POST, ["Calls.json"]) => self.create(account).await,
            (&Method::GET, ["Calls.json"]) => self.list(account),
            (&Method::GET, ["Calls", sid, "Recordings.json"]) => self.recordings(account, Some(sid)),
            (&Method::GET, ["Recordings.json"]) => self.recordings(account, None),
            (&Method::GET, ["Calls", file]) => self.fetch(account, json_name(file).ok_or_else(not_found)?),
            (&Method::POST, ["Calls", file]) => self.update(account, json_name(file).ok_or_else(not_found)?),
            (&Method::GET, ["Recordings", file]) => {
                self.recording(account, json_name(file).ok_or_else(not_found)?)
            }
            (_, [] | ["Calls.json" | "Recordings.json"] | ["Calls" | "Recordings", _]) => {
                Err(ApiError::method_not_allowed())
            }
            _ => Err(not_found()),
        }
    }

    fn readable(&self) -> Result<(), ApiError> {
        match self.net.settings().faults.read_fails(self.net.count_read()) {
            true => Err(ApiError::unavailable()),
            false => Ok(()),
        }
    }

    async fn create(&self, account: &Account) -> Result<Response, ApiError> {
        let settings = self.net.settings();
        let form = Form::read(&self.headers, &self.body)?;
        let request = CreateCall::read(form, account, settings.strict)?;
        let number = request.to.clone();
        let fate = settings.faults.create(&number, self.net.count_request(&number));
        if fate != CreateFate::Answered {
            self.net.journal.note("api.fault", None, Some(&number), json!(format!("{fate:?}")));
        }
        let hold = Duration::try_from_secs_f64(settings.faults.api_timeout_seconds).unwrap_or_default();
        match fate {
            CreateFate::TimeoutBefore => {
                tokio::time::sleep(hold).await;
                return Err(ApiError::unavailable());
            }
            CreateFate::ErrorBefore => return Err(ApiError::unavailable()),
            CreateFate::Answered | CreateFate::TimeoutAfter | CreateFate::ErrorAfter => {}
        }
        let Some(queued) = self.net.admit(&account.sid, &settings) else {
            return Err(ApiError::too_many_requests());
        };
        let resource = place(&self.net, account, &settings, request, queued)?;
        match fate {
            CreateFate::TimeoutAfter => {
                tokio::time::sleep(hold).await;
                Err(ApiError::unavailable())
            }
            CreateFate::ErrorAfter => Err(ApiError::internal()),
            CreateFate::Answered | CreateFate::TimeoutBefore | CreateFate::ErrorBefore => {
                Ok((StatusCode::CREATED, Json(resource)).into_response())
            }
        }
    }

    fn list(&self, account: &Account) -> Result<Response, ApiError> {
        self.readable()?;
        let query = self.uri.query().unwrap_or_default();
        let mut form = Form::parse(query.as_bytes());
        let filter = CallFilter::read(&mut form)?;
        let page = Page::read(&mut form)?;
        self.all_known(&form)?;
        let mut calls = self.net.each_call(|call| {
            (call.report.account_sid == account.sid && filter.keeps(call)).then(|| call.resource())
        });
        calls.reverse();
        Ok(Json(page.render("calls", self.uri.path(), query, calls)).into_response())
    }

    fn all_known(&self, form: &Form) -> Result<(), ApiError> {
        match form.unknown() {
            Some(unknown) if self.net.settings().strict => {
                Err(ApiError::bad(20001, format!("Unknown parameter {unknown}")))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn fetch(&self, account: &Account, sid: &str) -> Result<Response, ApiError> {
        self.readable()?;
        let resource = self.call(account, sid, |call| call.resource())?;
        Ok(Json(resource).into_response())
    }

    /// Another account's call is as unknown as one that never was.
    fn call<T>(
        &self,
        account: &Account,
        sid: &str,
        read: impl FnOnce(&mut Call) -> T,
    ) -> Result<T, ApiError> {
        let read = |call: &mut Call| (call.report.account_sid == account.sid).then(|| read(call));
        self.net.change(sid, read).flatten().ok_or_else(|| ApiError::not_found(self.uri.path()))
    }

    fn update(&self, account: &Account, sid: &str) -> Result<Response, ApiError> {
        let mut form = Form::read(&self.headers, &self.body)?;
        let status = form.one_of("Status", &["canceled", "completed"])?;
        let fallback = form.hook("FallbackUrl", "FallbackMethod")?;
        let reports = create::status(&mut form)?;
        let redirects = match status {
            Some(_) => None,
            None => instructions(&mut form)?,
        };
        self.all_known(&form)?;
        let resource = self.call(account, sid, |call| {
            let state = call.report.status;
            let steer = match (status, redirects) {
                (Some(_), _) | (None, Some(_)) if state.is_final() => None,
                (Some("completed"), _) => Some(Steer::Complete),
                (Some(_), _) => Some(Steer::Cancel),
                (None, Some(_)) if state != Status::InProgress => None,
                (None, Some(source)) => Some(Steer::Redirect { source, fallback }),
                (None, None) => match reports {
                    Some(reports) => Some(Steer::Status(reports)),
                    None => return Ok(call.resource()),
                },
            };
            match (steer, &call.steer) {
                (Some(steer), Some(live)) if live.send(steer.clone()).is_ok() => Ok(call.resource()),
                _ => Err(ApiError::bad(21220, "Call is not in-progress. Cannot redirect.")),
            }
        })??;
        self.net.journal.note("api.updated", Some(sid), None, json!({"status": status}));
        Ok(Json(resource).into_response())
    }

    fn recordings(&self, account: &Account, call_sid: Option<&str>) -> Result<Response, ApiError> {
        self.readable()?;
        let query = self.uri.query().unwrap_or_default();
        let mut form = Form::parse(query.as_bytes());
        let asked = form.text("CallSid");
        let page = Page::read(&mut form)?;
        self.all_known(&form)?;
        let call_sid = call_sid.map(str::to_owned).or(asked);
        let mut found = self.net.recordings(|recording| {
            recording.account_sid == account.sid
                && call_sid.as_ref().is_none_or(|call_sid| recording.call_sid == *call_sid)
        });
        found.reverse();
        let all = found.iter().map(|recording| recording.resource(&self.net.public_url)).collect();
        Ok(Json(page.render("recordings", self.uri.path(), query, all)).into_response())
    }

    fn recording(&self, account: &Account, sid: &str) -> Result<Response, ApiError> {
        self.readable()?;
        let found = self.net.recordings(|r| r.sid == sid && r.account_sid == account.sid);
        let recording = found.first().ok_or_else(|| ApiError::not_found(self.uri.path()))?;
        Ok(Json(recording.resource(&self.net.public_url)).into_response())
    }

    /// The sound itself; without an extension it is WAV, as at Twilio.
    fn sound(&self, account_sid: &str, file: &str) -> Result<Response, ApiError> {
        let (sid, is_mp3) = match file.split_once('.') {
            None => (file, false),
            Some((sid, "wav")) => (sid, false),
            Some((sid, "mp3")) => (sid, true),
            Some(_) => return Err(ApiError::not_found(self.uri.path())),
        };
        let found = self.net.recordings(|r| r.sid == sid && r.account_sid == account_sid);
        let recording = found.first().ok_or_else(|| ApiError::not_found(self.uri.path()))?;
        Ok(match is_mp3 {
            true => ([(header::CONTENT_TYPE, "audio/mpeg")], sound::mp3(recording.seconds)).into_response(),
            false => {
                let file = sound::wav(recording.seconds, recording.channels);
                ([(header::CONTENT_TYPE, "audio/x-wav")], file).into_response()
            }
        })
    }
}

/// New instructions for a live call, if an update brings any.
fn instructions(form: &mut Form) -> Result<Option<Source>, ApiError> {
    match create::source(form) {
        Ok(source) => Ok(Some(source)),
        Err(error) if error.code == 21205 && error.message.ends_with(": ") => Ok(None),
        Err(error) => Err(error),
    }
}

fn json_name(file: &str) -> Option<&str> {
    file.strip_suffix(".json")
}

fn account_resource(account: &Account) -> Value {
    json!({
        "sid": account.sid,
        "owner_account_sid": account.sid,
        "friendly_name": "Simulated network",
        "status": "active",
        "type": "Full",
        "auth_token": account.token,
        "date_created": "Thu, 01 Jan 2026 00:00:00 +0000",
        "date_updated": "Thu, 01 Jan 2026 00:00:00 +0000",
        "uri": format!("/2010-04-01/Accounts/{}.json", account.sid),
        "subresource_uris": {},
    })
}

/// Places a call: from here on it lives by itself.
fn place(
    net: &Arc<Shared>,
    account: &Account,
    settings: &Arc<Settings>,
    request: CreateCall,
    queued: Duration,
) -> Result<Value, ApiError> {
    let attempt = net.count_attempt(&request.to);
    let behaviour = settings.behaviour(&request.to, attempt);
    if let Behaviour::Refused(code) = behaviour {
        let detail = json!({"code": code, "attempt": attempt});
        net.journal.note("call.refused", None, Some(&request.to), detail);
        return Err(ApiError::bad(code, "'To' phone number cannot be reached"));
    }
    let created_at = Timestamp::now();
    let answer_url = match &request.source {
        Source::Hook(hook) => Some(hook.url.to_string()),
        Source::Twiml(_) => None,
    };
    let report = CallReport {
        sid: net.sid("CA"),
        account_sid: account.sid.clone(),
        to: request.to.clone(),
        from: request.from.clone(),
        attempt,
        answer_url,
        status_callback: request.status.as_ref().map(|status| status.hook.url.to_string()),
        behaviour: behaviour.clone(),
        status: Status::Queued,
        created_at,
        rang_at_wall: None,
        started_at: None,
        answered_at: None,
        ended_at: None,
        ring_seconds: None,
        duration_seconds: 0,
        answered_by: None,
        machine_detection_ms: None,
        heard: Vec::new(),
        did: Vec::new(),
        recordings: Vec::new(),
        ended_by: None,
    };
    let sid = report.sid.clone();
    let detail = json!({"attempt": attempt, "from": report.from, "answer_url": report.answer_url,
        "status_callback": report.status_callback, "queued_ms": queued.as_millis() as u64});
    net.journal.note("call.created", Some(&sid), Some(&report.to), detail);
    let (steer, steered) = mpsc::unbounded_channel();
    let call = Call { report, updated_at: created_at, steer: Some(steer) };
    let resource = call.resource();
    net.keep(call);
    tokio::spawn(live::live(Start {
        net: Arc::clone(net),
        settings: Arc::clone(settings),
        account: account.clone(),
        sid,
        attempt,
        request: Arc::new(request),
        behaviour,
        created_at,
        queued,
        steer: steered,
    }));
    Ok(resource)
}
