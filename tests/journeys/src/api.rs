//! A client of the REST API that hides nothing: every answer with its status, headers and body.

use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow, bail};
use serde_json::Value;

/// Somebody signed in (or not) at the API.
#[derive(Clone, Debug)]
pub struct Api {
    client: Client,
    base: String,
    token: Option<String>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// `ETag`, if there is one.
    pub etag: Option<String>,
    /// `Content-Type`, if there is one.
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// The HTTP half.
#[derive(Clone, Debug)]
pub struct Client(ureq::Agent);

impl Default for Client {
    fn default() -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)));
        Self(config.build().into())
    }
}

impl Client {
    /// Sends a request.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub fn send(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Reply> {
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = match body {
            Some(body) => self.0.run(request.body(body)?),
            None => self.0.run(request.body(())?),
        };
        let mut response =
            sent.with_context(|| format!("{method} {}", url.split('?').next().unwrap_or_default()))?;
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let (etag, content_type) = (header("etag"), header("content-type"));
        let body = response.body_mut().with_config().limit(64 << 20).read_to_vec()?;
        Ok(Reply { status: response.status().as_u16(), etag, content_type, body })
    }
}

impl Reply {
    /// The body as JSON; null if it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// This answer, if its status is one of these.
    ///
    /// # Errors
    /// The problem that it describes.
    pub fn expect(self, statuses: &[u16], doing: &str) -> Result<Self> {
        if statuses.contains(&self.status) { Ok(self) } else { Err(self.problem(doing)) }
    }

    /// What it says went wrong.
    #[must_use]
    pub fn problem(&self, doing: &str) -> Error {
        anyhow!("{doing}: HTTP {} {}", self.status, self.text())
    }
}

impl Api {
    /// A client that presents this token.
    #[must_use]
    pub fn new(base: &str, token: Option<String>) -> Self {
        Self { client: Client::default(), base: base.trim_end_matches('/').to_owned(), token }
    }

    /// The same with another token.
    #[must_use]
    pub fn with_token(&self, token: Option<String>) -> Self {
        Self { token, ..self.clone() }
    }

    /// The token.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Sends a request as it is.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn raw(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Reply> {
        let bearer = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let mut all: Vec<(&str, &str)> = headers.to_vec();
        if let Some(bearer) = &bearer {
            all.push(("authorization", bearer));
        }
        self.client.send(method, &format!("{}{path}", self.base), &all, body)
    }

    /// Follows an address as it is, without the token.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn raw_url(&self, method: &str, url: &str) -> Result<Reply> {
        self.client.send(method, url, &[], None)
    }

    /// Reads.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn get(&self, path: &str) -> Result<Reply> {
        self.raw("GET", path, &[], None)
    }

    /// Reads what must be there.
    ///
    /// # Errors
    /// When the answer is not 200.
    pub fn read(&self, path: &str) -> Result<Value> {
        Ok(self.get(path)?.expect(&[200], path)?.json())
    }

    /// Creates or commands, with an idempotency key of its own.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn post(&self, path: &str, body: &Value) -> Result<Reply> {
        let key = format!("key-{:x}", unique());
        self.raw(
            "POST",
            path,
            &[("content-type", "application/json"), ("idempotency-key", &key)],
            Some(body.to_string().as_bytes()),
        )
    }

    /// Replaces; `etag` is what it must find.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn put(&self, path: &str, body: &Value, etag: Option<&str>) -> Result<Reply> {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(etag.map(|etag| ("if-match", etag)));
        self.raw("PUT", path, &headers, Some(body.to_string().as_bytes()))
    }

    /// Follows a presigned address.
    ///
    /// # Errors
    /// When it is refused.
    pub fn upload(&self, presigned: &Value, content: &[u8]) -> Result<()> {
        let url = presigned["url"].as_str().context("no upload address")?;
        let method = presigned["method"].as_str().unwrap_or("PUT");
        let headers: Vec<(String, String)> = presigned["headers"]
            .as_object()
            .map(|headers| {
                headers.iter().map(|(k, v)| (k.clone(), v.as_str().unwrap_or_default().to_owned())).collect()
            })
            .unwrap_or_default();
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .filter(|(name, _)| {
                !name.eq_ignore_ascii_case("content-length") && !name.eq_ignore_ascii_case("host")
            })
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let reply = self.client.send(method, url, &headers, Some(content))?;
        if reply.status >= 300 {
            bail!("the upload was refused: HTTP {} {}", reply.status, reply.text());
        }
        Ok(())
    }
}

/// A number that no other call gets: from the clock and a counter.
#[must_use]
pub fn unique() -> u128 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let nanoseconds =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_nanos());
    (nanoseconds << 16) | u128::from(COUNTER.fetch_add(1, Ordering::Relaxed) & 0xffff)
}
