//! The simulated network's controls and what its people remember.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::api::{Api, Reply};

/// The controls below `/_network/`.
#[derive(Clone, Debug)]
pub struct Network {
    http: Api,
}

/// A call, as the network lived it.
#[derive(Clone, Debug)]
pub struct NetworkCall {
    /// Which attempt it was for: it stands in the address that was asked for instructions.
    pub attempt: String,
    /// Who was called.
    pub to: String,
    /// Everything else that is known of it.
    pub details: Value,
}

impl Network {
    /// The network at this address.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self { http: Api::new(url, None) }
    }

    /// Changes settings (a JSON merge patch): people, faults, speed.
    ///
    /// # Errors
    /// When they are not understood.
    pub fn configure(&self, settings: &Value) -> Result<()> {
        let body = settings.to_string();
        let headers = [("content-type", "application/json")];
        let reply = self.http.raw("PATCH", "/_network/config", &headers, Some(body.as_bytes()))?;
        reply.expect(&[200, 204], "configuring the network").map(|_| ())
    }

    /// Says what given numbers do, attempt by attempt.
    ///
    /// # Errors
    /// When the script is not understood.
    pub fn script<'n>(&self, numbers: impl IntoIterator<Item = (&'n String, Vec<Value>)>) -> Result<()> {
        let numbers: serde_json::Map<String, Value> =
            numbers.into_iter().map(|(number, lines)| (number.clone(), Value::Array(lines))).collect();
        self.configure(&serde_json::json!({"script": {"numbers": numbers}}))
    }

    /// Every call there was.
    ///
    /// # Errors
    /// When the network does not answer.
    pub fn calls(&self) -> Result<Vec<NetworkCall>> {
        let calls = self.http.read("/_network/calls")?;
        let calls = calls["calls"].as_array().cloned().or_else(|| calls.as_array().cloned());
        let calls = calls.context("the network lists no calls")?;
        Ok(calls.into_iter().map(NetworkCall::of).collect())
    }

    /// The calls to one number, oldest first.
    ///
    /// # Errors
    /// When the network does not answer.
    pub fn calls_to(&self, number: &str) -> Result<Vec<NetworkCall>> {
        Ok(self.calls()?.into_iter().filter(|call| call.to == number).collect())
    }

    /// Rotates an account's auth token, as in Twilio's console: the one before is worth nothing from now on.
    ///
    /// # Errors
    /// When there is no such account.
    pub fn rotate_token(&self, account_sid: &str, token: &str) -> Result<()> {
        let body = serde_json::json!({"token": token}).to_string();
        let path = format!("/_network/accounts/{account_sid}/token");
        let reply =
            self.http.raw("POST", &path, &[("content-type", "application/json")], Some(body.as_bytes()))?;
        reply.expect(&[204], "rotating a token").map(|_| ())
    }

    /// What Twilio would have complained about: documents it could not read, webhooks that failed.
    ///
    /// # Errors
    /// When the network does not answer.
    pub fn alerts(&self) -> Result<Value> {
        self.http.read("/_network/alerts")
    }

    /// The network's REST API, as Twilio's: for tests that speak to it themselves.
    ///
    /// # Errors
    /// When the network does not answer.
    pub fn raw(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Reply> {
        self.http.raw(method, path, headers, body)
    }
}

impl NetworkCall {
    fn of(details: Value) -> Self {
        let url = details["answer_url"].as_str().or_else(|| details["url"].as_str()).unwrap_or_default();
        let attempt =
            url.split("/twilio/voice/").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let to = details["to"].as_str().unwrap_or_default().to_owned();
        Self { attempt: attempt.to_owned(), to, details }
    }
}
