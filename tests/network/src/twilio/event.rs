//! What Twilio keeps of a call's requests: the one that created it, and those that it made because of it.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::call::Call;
use crate::clock::{Speed, rfc2822};

/// Twilio has written a call's events down so long after its end.
const WRITTEN_AFTER: Duration = Duration::from_secs(15 * 60);

/// A request and its answer, as the resource shows them.
#[derive(Clone, Debug)]
pub(crate) struct CallEvent {
    pub(crate) method: &'static str,
    /// Without its fragment: as it went over the wire.
    pub(crate) url: String,
    pub(crate) params: Vec<(String, String)>,
    pub(crate) at: Timestamp,
    pub(crate) took: Duration,
    /// None where there was no answer.
    pub(crate) answer: Option<Answer>,
}

/// What was answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Bytes,
}

impl CallEvent {
    /// The resource, as Twilio's SDKs parse it.
    pub(crate) fn resource(&self) -> Value {
        let params: Map<String, Value> =
            self.params.iter().map(|(name, value)| (snake_case(name), Value::from(value.as_str()))).collect();
        let answer = self.answer.as_ref().map(|answer| {
            json!({
                "response_code": answer.status,
                "request_duration": u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
                "content_type": answer.content_type,
                "response_body": String::from_utf8_lossy(&answer.body),
                "date_created": rfc2822(self.at),
            })
        });
        json!({
            "request": {"method": self.method, "url": self.url, "parameters": params},
            "response": answer,
        })
    }
}

/// Whether a call's events can be read: that it has been over for long enough, in its own time.
pub(crate) fn are_written(call: &Call, speed: Speed) -> bool {
    call.over_since.is_some_and(|since| speed.network(since.elapsed()) >= WRITTEN_AFTER)
}

/// A parameter's name as events show it: `StatusCallback` becomes `status_callback`.
fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_snake_case() {
        for (name, snake) in
            [("To", "to"), ("StatusCallbackEvent", "status_callback_event"), ("AsyncAmd", "async_amd")]
        {
            assert_eq!(snake_case(name), snake);
        }
    }
}
