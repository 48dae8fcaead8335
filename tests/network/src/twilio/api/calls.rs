//! Calls: create, list, fetch, update; what was asked because of them.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::json;

use super::Request;
use crate::config::Account;
use crate::live;
use crate::twilio::call::{Call, Status, Steer};
use crate::twilio::create::{self, CreateCall, Source};
use crate::twilio::error::ApiError;
use crate::twilio::event::{self, Answer, CallEvent};
use crate::twilio::form::Form;
use crate::twilio::listing::{CallFilter, Page};

impl Request {
    pub(super) async fn create_call(&self, account: &Account) -> Result<Response, ApiError> {
        let settings = self.net.settings();
        let form = Form::read(&self.headers, &self.body)?;
        let request = CreateCall::read(form, account, settings.strict)?;
        let (queued, fate) = self.admitted(account, &settings, &request.to).await?;
        let behaves = live::refused(&self.net, &settings, &request.to)?;
        let sid = live::place(&self.net, account, &settings, request, behaves, queued, |sid| {
            self.net.journal.call_event(sid, self.creation(account, sid));
            Ok(None)
        })?;
        let resource = self.call(account, &sid, |call| call.resource())?;
        self.answered(&settings, fate, resource).await
    }

    /// The request that creates a call, as the call's first event.
    fn creation(&self, account: &Account, sid: &str) -> CallEvent {
        let path = format!("/2010-04-01/Accounts/{}/Calls/{sid}.json", account.sid);
        let mut params: Vec<(String, String)> = form_urlencoded::parse(&self.body).into_owned().collect();
        params.push(("AccountSid".to_owned(), account.sid.clone()));
        let answer = Answer {
            status: StatusCode::CREATED.as_u16(),
            content_type: Some("application/json".to_owned()),
            body: json!({ "sid": sid }).to_string().into(),
        };
        CallEvent {
            method: "POST",
            url: format!("{}{path}", self.net.public_url),
            params,
            at: Timestamp::now(),
            took: self.began.elapsed(),
            answer: Some(answer),
        }
    }

    /// Empty until Twilio has written them down.
    pub(super) fn list_events(&self, account: &Account, sid: &str) -> Result<Response, ApiError> {
        self.readable()?;
        let (query, mut form) = self.query();
        let page = Page::read(&mut form)?;
        self.all_known(&form)?;
        let speed = self.net.settings().pace();
        let written = self.call(account, sid, |call| event::are_written(call, speed))?;
        let events = if written { self.net.journal.call_events(sid) } else { Vec::new() };
        let events = events.iter().map(CallEvent::resource).collect();
        Ok(Json(page.render("events", self.uri.path(), query, events)).into_response())
    }

    pub(super) fn list_calls(&self, account: &Account) -> Result<Response, ApiError> {
        self.readable()?;
        let (query, mut form) = self.query();
        let filter = CallFilter::read(&mut form)?;
        let page = Page::read(&mut form)?;
        self.all_known(&form)?;
        let mut calls = self.net.each_call(|call| {
            (call.report.account_sid == account.sid && filter.keeps(call)).then(|| call.resource())
        });
        calls.reverse();
        Ok(Json(page.render("calls", self.uri.path(), query, calls)).into_response())
    }

    pub(super) fn fetch_call(&self, account: &Account, sid: &str) -> Result<Response, ApiError> {
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

    pub(super) fn update_call(&self, account: &Account, sid: &str) -> Result<Response, ApiError> {
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
}

/// New instructions for a live call, if an update brings any.
fn instructions(form: &mut Form) -> Result<Option<Source>, ApiError> {
    match create::source(form) {
        Ok(source) => Ok(Some(source)),
        Err(error) if error.code == 21205 && error.message.ends_with(": ") => Ok(None),
        Err(error) => Err(error),
    }
}
