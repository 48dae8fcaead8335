//! The simulated network's controls and what its people remember.

use anyhow::{Context, Result};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::Value;

use crate::api::{Api, Reply};
use crate::world::Tenant;

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

    /// The conference of a live call, and who heard whom in it; null if there was none.
    ///
    /// # Errors
    /// When the network does not answer.
    pub fn conference(&self, live: &str) -> Result<Value> {
        let reply = self.http.get(&format!("/_network/conferences/{live}"))?;
        Ok(if reply.status == 404 { Value::Null } else { reply.expect(&[200], "a conference")?.json() })
    }

    /// Lets somebody call one of the accounts' numbers. Returns the call's id at the network.
    ///
    /// # Errors
    /// When nobody has that number.
    pub fn call_in(&self, from: &str, to: &str, human: &Value) -> Result<String> {
        let body = serde_json::json!({"from": from, "to": to, "human": human}).to_string();
        let headers = [("content-type", "application/json")];
        let reply = self.http.raw("POST", "/_network/calls", &headers, Some(body.as_bytes()))?;
        let sid = reply.expect(&[201], "calling in")?.json()["sid"].as_str().map(str::to_owned);
        sid.context("a call without an id")
    }

    /// Buys a number and says where it leads, as an admin does in Twilio's console.
    ///
    /// # Errors
    /// When it is refused.
    pub fn buy_number(&self, account: &Tenant, number: &str, leads_to: &str) -> Result<()> {
        let path = format!("/2010-04-01/Accounts/{}/IncomingPhoneNumbers.json", account.account_sid);
        let basic = BASE64_STANDARD.encode(format!("{}:{}", account.account_sid, account.auth_token));
        let status = format!("{leads_to}/status");
        let mut form = String::new();
        for (name, value) in [
            ("PhoneNumber", number),
            ("VoiceUrl", leads_to),
            ("VoiceMethod", "POST"),
            ("StatusCallback", &status),
            ("StatusCallbackMethod", "POST"),
        ] {
            form.push_str(&format!(
                "{name}={}&",
                value.replace('+', "%2B").replace(':', "%3A").replace('/', "%2F")
            ));
        }
        let authorization = format!("Basic {basic}");
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let reply = self.http.raw("POST", &path, &headers, Some(form.trim_end_matches('&').as_bytes()))?;
        reply.expect(&[201], "buying a number").map(|_| ())
    }

    /// One call, as the network lived it.
    ///
    /// # Errors
    /// When there is none.
    pub fn call(&self, sid: &str) -> Result<Value> {
        self.http.read(&format!("/_network/calls/{sid}"))
    }

    /// Every webhook there was.
    ///
    /// # Errors
    /// When the network does not answer.
    pub fn webhooks(&self) -> Result<Vec<Value>> {
        Ok(self.http.read("/_network/webhooks")?.as_array().cloned().unwrap_or_default())
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
