//! The account's own numbers, and what is asked when one is called.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::error::ApiError;
use super::form::{Form, Hook};
use crate::clock::rfc2822;
use crate::config::Account;

/// A number that can be called.
#[derive(Clone, Debug)]
pub(crate) struct IncomingNumber {
    pub(crate) sid: String,
    pub(crate) account_sid: String,
    pub(crate) number: String,
    name: String,
    pub(crate) voice: Option<Hook>,
    pub(crate) fallback: Option<Hook>,
    pub(crate) status: Option<Hook>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl IncomingNumber {
    pub(crate) fn new(sid: String, account: &Account, number: &str) -> Self {
        let now = Timestamp::now();
        Self {
            sid,
            account_sid: account.sid.clone(),
            number: number.to_owned(),
            name: number.to_owned(),
            voice: None,
            fallback: None,
            status: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// Takes over what a request says; what it leaves out stays, what it leaves empty goes.
    pub(crate) fn update(&mut self, form: &mut Form) -> Result<(), ApiError> {
        for (url, method, hook) in [
            ("VoiceUrl", "VoiceMethod", &mut self.voice),
            ("VoiceFallbackUrl", "VoiceFallbackMethod", &mut self.fallback),
            ("StatusCallback", "StatusCallbackMethod", &mut self.status),
        ] {
            let blank = form.is_blank(url);
            match form.hook(url, method)? {
                Some(new) => *hook = Some(new),
                None if blank => *hook = None,
                None => {}
            }
        }
        if let Some(name) = form.text("FriendlyName") {
            if name.chars().count() > 64 {
                return Err(ApiError::invalid("FriendlyName"));
            }
            self.name = name;
        }
        form.one_of("VoiceReceiveMode", &["voice", "fax"])?;
        form.boolean("VoiceCallerIdLookup")?;
        self.updated_at = Timestamp::now();
        Ok(())
    }

    /// The resource, as Twilio's SDKs parse it.
    pub(crate) fn resource(&self) -> Value {
        let path = format!("/2010-04-01/Accounts/{}/IncomingPhoneNumbers/{}", self.account_sid, self.sid);
        let url = |hook: &Option<Hook>| hook.as_ref().map(|hook| hook.url.to_string()).unwrap_or_default();
        let method =
            |hook: &Option<Hook>| hook.as_ref().map_or("POST", |hook| hook.method.as_str()).to_owned();
        json!({
            "sid": self.sid,
            "account_sid": self.account_sid,
            "friendly_name": self.name,
            "phone_number": self.number,
            "api_version": "2010-04-01",
            "voice_url": url(&self.voice),
            "voice_method": method(&self.voice),
            "voice_fallback_url": url(&self.fallback),
            "voice_fallback_method": method(&self.fallback),
            "voice_application_sid": "",
            "voice_caller_id_lookup": false,
            "voice_receive_mode": "voice",
            "sms_url": "",
            "sms_method": "POST",
            "sms_fallback_url": "",
            "sms_fallback_method": "POST",
            "sms_application_sid": "",
            "status_callback": url(&self.status),
            "status_callback_method": method(&self.status),
            "capabilities": {"voice": true, "sms": true, "mms": false, "fax": false},
            "address_requirements": "none",
            "address_sid": null,
            "beta": false,
            "bundle_sid": null,
            "emergency_address_sid": null,
            "emergency_address_status": "unregistered",
            "emergency_status": "Inactive",
            "identity_sid": null,
            "origin": "twilio",
            "status": "in-use",
            "subresource_uris": {},
            "trunk_sid": null,
            "type": "local",
            "date_created": rfc2822(self.created_at),
            "date_updated": rfc2822(self.updated_at),
            "uri": format!("{path}.json"),
        })
    }
}
