//! Conferences: list, fetch, end, announce.

use axum::Json;
use axum::response::{IntoResponse, Response};

use super::Request;
use crate::config::Account;
use crate::rooms::{self, ConferenceStatus, report};
use crate::twilio::error::ApiError;
use crate::twilio::form::Form;
use crate::twilio::listing::{Page, Span};

impl Request {
    pub(super) fn list_conferences(&self, account: &Account) -> Result<Response, ApiError> {
        self.readable()?;
        let (query, mut form) = self.query();
        let name = form.text("FriendlyName");
        let status = form.one_of("Status", &["init", "in-progress", "completed"])?;
        let created = Span::read(&mut form, "DateCreated")?;
        let updated = Span::read(&mut form, "DateUpdated")?;
        let page = Page::read(&mut form)?;
        self.all_known(&form)?;
        let all = report::resources(&self.net, account, |known, stands, created_at, updated_at| {
            name.as_ref().is_none_or(|name| name == known)
                && status.is_none_or(|status| status == stands.as_str())
                && created.holds(Some(created_at))
                && updated.holds(Some(updated_at))
        });
        Ok(Json(page.render("conferences", self.uri.path(), query, all)).into_response())
    }

    pub(super) fn fetch_conference(&self, account: &Account, sid: &str) -> Result<Response, ApiError> {
        self.readable()?;
        let (sid, _) = self.conference(account, sid)?;
        self.conference_resource(&sid)
    }

    pub(super) fn update_conference(&self, account: &Account, sid: &str) -> Result<Response, ApiError> {
        let mut form = Form::read(&self.headers, &self.body)?;
        let ends = form.one_of("Status", &["completed"])?.is_some();
        let announcement = form.hook("AnnounceUrl", "AnnounceMethod")?;
        self.all_known(&form)?;
        let (sid, status) = self.conference(account, sid)?;
        if status == ConferenceStatus::Completed {
            return Err(ApiError::not_found(self.uri.path()));
        }
        if let Some(hook) = announcement {
            rooms::announce(&self.net, &sid, &hook);
        }
        if ends {
            rooms::end(&self.net, account, &sid);
        }
        self.conference_resource(&sid)
    }

    /// Another account's conference is as unknown as one that never was.
    pub(super) fn conference(
        &self,
        account: &Account,
        sid_or_name: &str,
    ) -> Result<(String, ConferenceStatus), ApiError> {
        report::find(&self.net, account, sid_or_name).ok_or_else(|| ApiError::not_found(self.uri.path()))
    }

    fn conference_resource(&self, sid: &str) -> Result<Response, ApiError> {
        let resource = report::resource_of(&self.net, sid);
        let resource = resource.ok_or_else(|| ApiError::not_found(self.uri.path()))?;
        Ok(Json(resource).into_response())
    }
}
