//! Recordings at Twilio: fetched once, and kept elsewhere.

use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use carillon_domain::attempt::Recording;
use carillon_domain::ids::TenantId;
use carillon_domain::ports::AskError;
use carillon_shell::http::{Http, Request, Response};
use carillon_shell::secrets::{SecretSource, SecretStore};

use crate::accounts::Accounts;
use crate::client::Credentials;

/// The longest recording, bytes. Twilio stops after four hours, which is less as MP3 at 32 kbit/s.
pub const BYTES_MAX: usize = 64 << 20;

const FETCH_WITHIN: Duration = Duration::from_secs(40);
const DELETE_WITHIN: Duration = Duration::from_secs(8);

/// Each tenant's recordings.
pub struct Recordings<S> {
    accounts: Accounts<S>,
    http: Http,
    api_url: String,
}

impl<S: SecretStore + Clone> Recordings<S> {
    /// Recordings at `api_url`, which credentials are sent to and nowhere else.
    pub fn new(accounts: Accounts<S>, http: Http, api_url: impl Into<String>) -> Self {
        Self { accounts, http, api_url: api_url.into().trim_end_matches('/').to_owned() }
    }

    /// The sound as MP3; `None` where Twilio no longer has it.
    ///
    /// # Errors
    /// Where Twilio could not be asked, or the recording lies elsewhere than at Twilio.
    pub async fn mp3(&self, tenant: &TenantId, recording: &Recording) -> Result<Option<Vec<u8>>, AskError> {
        let response = self.ask(tenant, recording, Ask::Sound).await?;
        Ok((response.status == 200).then_some(response.body))
    }

    /// Deletes it at Twilio. That it is gone already is no error.
    ///
    /// # Errors
    /// As for [`Self::mp3`].
    pub async fn delete(&self, tenant: &TenantId, recording: &Recording) -> Result<(), AskError> {
        self.ask(tenant, recording, Ask::Deletion).await.map(|_| ())
    }

    /// Asks with the tenant's credentials, and once more with renewed ones. What is not there is an answer.
    async fn ask(&self, tenant: &TenantId, recording: &Recording, ask: Ask) -> Result<Response, AskError> {
        let error = |source: Option<Box<dyn std::error::Error + Send + Sync>>| AskError {
            what: ask.what().to_owned(),
            source,
        };
        // The address came in a signed webhook. Credentials are not sent wherever it points all the same.
        let path = path_of(&recording.url).ok_or_else(|| error(Some("the address has no path".into())))?;
        let url = format!("{}{path}{}", self.api_url, ask.extension());
        let secret = self.accounts.of(tenant);
        let credentials = secret.current().await.map_err(|cause| error(Some(cause.into())))?;
        let mut response = self.send(&url, &credentials, ask).await.map_err(|cause| error(Some(cause)))?;
        if response.status == 401
            && let Some(renewed) =
                secret.renewed(&credentials).await.map_err(|cause| error(Some(cause.into())))?
        {
            response = self.send(&url, &renewed, ask).await.map_err(|cause| error(Some(cause)))?;
        }
        match response.status {
            200 | 204 | 404 | 410 => Ok(response),
            status => Err(error(Some(format!("status {status}").into()))),
        }
    }

    async fn send(
        &self,
        url: &str,
        credentials: &Credentials,
        ask: Ask,
    ) -> Result<Response, Box<dyn std::error::Error + Send + Sync>> {
        let sign_in = format!("{}:{}", credentials.account_sid, credentials.auth_token.expose());
        let headers = vec![("authorization", format!("Basic {}", BASE64_STANDARD.encode(sign_in)))];
        let (method, within) = ask.method();
        let request = Request { method, url: url.to_owned(), headers, body: Vec::new(), within };
        Ok(self.http.send(request).await?)
    }
}

/// What is asked about a recording.
#[derive(Clone, Copy)]
enum Ask {
    Sound,
    Deletion,
}

impl Ask {
    fn what(self) -> &'static str {
        match self {
            Self::Sound => "fetch a recording",
            Self::Deletion => "delete a recording",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Sound => ".mp3",
            Self::Deletion => ".json",
        }
    }

    fn method(self) -> (&'static str, Duration) {
        match self {
            Self::Sound => ("GET", FETCH_WITHIN),
            Self::Deletion => ("DELETE", DELETE_WITHIN),
        }
    }
}

/// The path of an address, if it is Twilio's of a recording.
fn path_of(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let path = &rest[rest.find('/')?..];
    let plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'.' | b'_'));
    (plain && path.starts_with("/2010-04-01/Accounts/") && !path.contains("..")).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_path_of_a_recording_is_taken_from_an_address() {
        let path = "/2010-04-01/Accounts/AC1/Recordings/RE1";
        assert_eq!(path_of(&format!("https://api.twilio.com{path}")), Some(path));
        assert_eq!(path_of(&format!("https://evil.example{path}")), Some(path), "whose host is not asked");
        for bad in
            ["", "ftp://x/y", "https://api.twilio.com", "https://x/2010-04-01/Accounts/../x", "https://x/y?z"]
        {
            assert_eq!(path_of(bad), None, "{bad}");
        }
    }
}
