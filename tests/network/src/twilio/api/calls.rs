//! Calls: create, list, fetch, update.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Request;
use crate::config::Account;
use crate::live;
use crate::twilio::call::{Call, Status, Steer};
use crate::twilio::create::{self, CreateCall, Source};
use crate::twilio::error::ApiError;
use crate::twilio::form::Form;
use crate::twilio::listing::{CallFilter, Page};

impl Request {
    pub(super) async fn create_call(&self, account: &Account) -> Result<Response, ApiError> {
        let settings = self.net.settings();
        let form = Form::read(&self.headers, &self.body)?;
        let request = CreateCall::read(form, account, settings.strict)?;
        let (queued, fate) = self.admitted(account, &settings, &request.to).await?;
        let behaves = live::refused(&self.net, &settings, &request.to)?;
        let sid = live::place(&self.net, account, &settings, request, behaves, queued, |_| Ok(None))?;
        let resource = self.call(account, &sid, |call| call.resource())?;
        self.answered(&settings, fate, resource).await
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
