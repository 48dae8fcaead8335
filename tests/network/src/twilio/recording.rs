//! Recordings: the resource and its files.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::clock::rfc2822;

/// A recording that was made.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    pub(crate) sid: String,
    pub(crate) account_sid: String,
    pub(crate) call_sid: Option<String>,
    pub(crate) conference_sid: Option<String>,
    pub(crate) source: &'static str,
    pub(crate) track: &'static str,
    pub(crate) channels: u8,
    pub(crate) seconds: u64,
    pub(crate) began_at: Timestamp,
    pub(crate) created_at: Timestamp,
}

impl Recording {
    /// Where it is: with `.json` the resource, with `.wav` or `.mp3` the sound.
    pub(crate) fn path(&self) -> String {
        format!("/2010-04-01/Accounts/{}/Recordings/{}", self.account_sid, self.sid)
    }

    /// The resource, as Twilio's SDKs parse it.
    pub(crate) fn resource(&self, public_url: &str) -> Value {
        let path = self.path();
        json!({
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "call_sid": self.call_sid,
            "conference_sid": self.conference_sid,
            "channels": self.channels,
            "date_created": rfc2822(self.created_at),
            "date_updated": rfc2822(self.created_at),
            "start_time": rfc2822(self.began_at),
            "price": null,
            "price_unit": "USD",
            "duration": self.seconds.to_string(),
            "sid": self.sid,
            "source": self.source,
            "status": "completed",
            "error_code": null,
            "track": self.track,
            "uri": format!("{path}.json"),
            "encryption_details": null,
            "media_url": format!("{public_url}{path}"),
            "subresource_uris": {
                "add_on_results": format!("{path}/AddOnResults.json"),
                "transcriptions": format!("{path}/Transcriptions.json"),
            },
        })
    }
}
