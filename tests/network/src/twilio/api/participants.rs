//! Participants of a conference: call somebody into it, list, fetch, change, remove.

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Request;
use crate::config::Account;
use crate::live;
use crate::rooms::{self, ConferenceStatus, Refused, Stage, report};
use crate::twilio::create::Source;
use crate::twilio::error::ApiError;
use crate::twilio::form::Form;
use crate::twilio::listing::Page;
use crate::twilio::participant;

impl Request {
    /// By the conference's id, or by a name, which makes a conference if there is none.
    pub(super) async fn create_participant(
        &self,
        account: &Account,
        room: &str,
    ) -> Result<Response, ApiError> {
        let settings = self.net.settings();
        let form = Form::read(&self.headers, &self.body)?;
        let (mut request, joining) = participant::create(form, account, room, settings.strict)?;
        if let rooms::Room::Sid(sid) = &joining.room {
            self.running(account, sid)?;
        }
        let (queued, fate) = self.admitted(account, &settings, &request.to).await?;
        let behaves = live::refused(&self.net, &settings, &request.to)?;
        let number = request.to.clone();
        let joining = Arc::new(joining);
        request.source = Source::Conference(Arc::clone(&joining));
        let mut entered = String::new();
        let call = live::place(&self.net, account, &settings, request, behaves, queued, |call| {
            let room = rooms::enter(&self.net, account, &joining, call, &number, Stage::Queued)
                .map_err(|Refused { code, message }| ApiError::bad(code, message))?;
            entered.clone_from(&room);
            Ok(Some(room))
        })?;
        let resource = self.participant_resource(&entered, &call)?;
        self.answered(&settings, fate, resource).await
    }

    pub(super) fn list_participants(&self, account: &Account, room: &str) -> Result<Response, ApiError> {
        self.readable()?;
        let (query, mut form) = self.query();
        let muted = form.boolean("Muted")?;
        let hold = form.boolean("Hold")?;
        let coaching = form.boolean("Coaching")?;
        let page = Page::read(&mut form)?;
        self.all_known(&form)?;
        let (sid, _) = self.conference(account, room)?;
        let all = report::participants(&self.net, &sid, |member| {
            muted.is_none_or(|muted| muted == member.joining.muted)
                && hold.is_none_or(|hold| hold == member.held.is_some())
                && coaching.is_none_or(|coaching| coaching == member.joining.coaches.is_some())
        });
        Ok(Json(page.render("participants", self.uri.path(), query, all)).into_response())
    }

    pub(super) fn fetch_participant(
        &self,
        account: &Account,
        room: &str,
        who: &str,
    ) -> Result<Response, ApiError> {
        self.readable()?;
        let sid = self.running(account, room)?;
        Ok(Json(self.participant_resource(&sid, who)?).into_response())
    }

    pub(super) fn update_participant(
        &self,
        account: &Account,
        room: &str,
        who: &str,
    ) -> Result<Response, ApiError> {
        let form = Form::read(&self.headers, &self.body)?;
        let change = participant::update(form, self.net.settings().strict)?;
        let sid = self.running(account, room)?;
        let call = self.participant_call(&sid, who)?;
        rooms::change(&self.net, &sid, &call, &change)
            .map_err(|Refused { code, message }| ApiError::bad(code, message))?;
        self.net.journal.note("api.participant", Some(&call), None, json!({"conference_sid": sid}));
        Ok(Json(self.participant_resource(&sid, &call)?).into_response())
    }

    pub(super) fn remove_participant(
        &self,
        account: &Account,
        room: &str,
        who: &str,
    ) -> Result<Response, ApiError> {
        let sid = self.running(account, room)?;
        let call = self.participant_call(&sid, who)?;
        rooms::remove(&self.net, &sid, &call);
        Ok(StatusCode::NO_CONTENT.into_response())
    }

    /// A conference that is over has no participants any more.
    fn running(&self, account: &Account, room: &str) -> Result<String, ApiError> {
        match self.conference(account, room)? {
            (_, ConferenceStatus::Completed) => Err(ApiError::not_found(self.uri.path())),
            (sid, ConferenceStatus::Init | ConferenceStatus::InProgress) => Ok(sid),
        }
    }

    fn participant_resource(&self, sid: &str, who: &str) -> Result<Value, ApiError> {
        let is_asked =
            |member: &rooms::Member| member.call == who || member.joining.label.as_deref() == Some(who);
        let found = report::participants(&self.net, sid, is_asked).pop();
        found.ok_or_else(|| ApiError::not_found(self.uri.path()))
    }

    fn participant_call(&self, sid: &str, who: &str) -> Result<String, ApiError> {
        let resource = self.participant_resource(sid, who)?;
        Ok(resource["call_sid"].as_str().unwrap_or_default().to_owned())
    }
}
