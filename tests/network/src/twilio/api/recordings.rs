//! Recordings: list, fetch, and the sound itself.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Request;
use crate::config::Account;
use crate::twilio::error::ApiError;
use crate::twilio::listing::Page;
use crate::twilio::sound;

impl Request {
    pub(super) fn list_recordings(
        &self,
        account: &Account,
        call_sid: Option<&str>,
        conference: Option<&str>,
    ) -> Result<Response, ApiError> {
        self.readable()?;
        let (query, mut form) = self.query();
        let asked = form.text("CallSid");
        let conference_sid = conference.map(str::to_owned).or(form.text("ConferenceSid"));
        let page = Page::read(&mut form)?;
        self.all_known(&form)?;
        let call_sid = call_sid.map(str::to_owned).or(asked);
        let mut found = self.net.recordings(|recording| {
            recording.account_sid == account.sid
                && (call_sid.is_none() || recording.call_sid == call_sid)
                && (conference_sid.is_none() || recording.conference_sid == conference_sid)
        });
        found.reverse();
        let all = found.iter().map(|recording| recording.resource(&self.net.public_url)).collect();
        Ok(Json(page.render("recordings", self.uri.path(), query, all)).into_response())
    }

    pub(super) fn fetch_recording(&self, account: &Account, sid: &str) -> Result<Response, ApiError> {
        self.readable()?;
        let found = self.net.recordings(|r| r.sid == sid && r.account_sid == account.sid);
        let recording = found.first().ok_or_else(|| ApiError::not_found(self.uri.path()))?;
        Ok(Json(recording.resource(&self.net.public_url)).into_response())
    }

    pub(super) fn delete_recording(&self, account: &Account, sid: &str) -> Result<Response, ApiError> {
        if !self.net.delete_recording(&account.sid, sid) {
            return Err(ApiError::not_found(self.uri.path()));
        }
        Ok(StatusCode::NO_CONTENT.into_response())
    }

    /// The sound itself; without an extension it is WAV, as at Twilio.
    pub(super) fn sound(&self, account_sid: &str, file: &str) -> Result<Response, ApiError> {
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
