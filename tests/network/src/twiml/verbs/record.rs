//! `<Record>`: records the called side until it falls silent, presses a key, or is gone.

use std::time::Duration;

use serde_json::json;

use super::gather::spoken;
use super::{Address, Flow, Goto};
use crate::live::leg::{Interrupt, Leg};
use crate::people::behaviour::{BEEP_SECONDS, Reply};
use crate::people::draw::seconds;
use crate::twiml::TwimlError;
use crate::twiml::attributes::Attributes;
use crate::twiml::xml::Element;

/// `<Record>`.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    action: Address,
    timeout: Duration,
    finish_on_key: String,
    length_max: Duration,
    beep: bool,
    callback: Option<Address>,
    events: Vec<&'static str>,
}

const EVENTS: [&str; 3] = ["in-progress", "completed", "absent"];

impl Record {
    pub(crate) fn read(element: &Element) -> Result<Self, TwimlError> {
        let mut attributes = Attributes::of(element);
        let method = attributes.method("method")?;
        let callback_method = attributes.method("recordingStatusCallbackMethod")?;
        let chosen = attributes.words_of("recordingStatusCallbackEvent", &EVENTS)?;
        let chosen = chosen.unwrap_or_else(|| vec!["completed"]);
        attributes.one_of("trim", &["trim-silence", "do-not-trim"])?;
        attributes.boolean("transcribe")?;
        attributes.accept(&["transcribeCallback"]);
        let record = Self {
            action: Address::new(attributes.text("action").unwrap_or_default(), method),
            timeout: Duration::from_secs(attributes.number("timeout", 1..=3_600)?.unwrap_or(5).into()),
            finish_on_key: attributes.keys("finishOnKey")?.unwrap_or("1234567890*#").to_owned(),
            length_max: Duration::from_secs(
                attributes.number("maxLength", 1..=14_400)?.unwrap_or(3_600).into(),
            ),
            beep: attributes.boolean("playBeep")?.unwrap_or(true),
            callback: attributes
                .text("recordingStatusCallback")
                .map(|url| Address::new(url, callback_method)),
            events: EVENTS.into_iter().filter(|event| chosen.contains(event)).collect(),
        };
        attributes.finish()?;
        element.empty()?;
        Ok(record)
    }

    pub(crate) async fn run(&self, leg: &mut Leg) -> Result<Flow, Interrupt> {
        let action = self.action.resolve(leg).await?;
        let callback = match &self.callback {
            Some(address) => Some(address.resolve(leg).await?),
            None => None,
        };
        if self.beep {
            leg.play("beep", String::new(), seconds(BEEP_SECONDS)).await?;
        }
        let began = leg.elapsed();
        let began_at = leg.now();
        let outcome = self.listen(leg).await;
        let length = leg.elapsed().saturating_sub(began).min(self.length_max);
        let digits = match &outcome {
            // Silence is not worth a recording: Twilio goes on with the next verb.
            Ok(None) => return Ok(Flow::Next),
            Ok(Some(key)) => key.clone(),
            Err(Interrupt::HungUp) if length > Duration::from_secs(1) => "hangup".to_owned(),
            Err(_) => return outcome.map(|_| Flow::Next),
        };
        let recording = leg.recorded("RecordVerb", "inbound", 1, length, began_at);
        leg.recording_callback(callback, &self.events, &recording, Duration::ZERO);
        let params = vec![
            ("RecordingSid".to_owned(), recording.sid.clone()),
            ("RecordingUrl".to_owned(), leg.recording_url(&recording)),
            ("RecordingDuration".to_owned(), recording.seconds.to_string()),
            ("Digits".to_owned(), digits),
        ];
        leg.note("call.recorded", json!({"recording_sid": recording.sid, "seconds": recording.seconds}));
        let goto = Goto { hook: action, params };
        match outcome {
            Ok(_) => Ok(Flow::Goto(goto)),
            // Twilio still tells what was recorded; there is nobody left to whom the answer could be read.
            Err(interrupt) => {
                leg.farewell(goto).await;
                Err(interrupt)
            }
        }
    }

    /// The key that ended the recording (empty for none), or `None` when nothing was said.
    async fn listen(&self, leg: &mut Leg) -> Result<Option<String>, Interrupt> {
        match leg.next_reply() {
            Reply::Say { text, after_seconds, .. } if seconds(after_seconds) <= self.timeout => {
                leg.wait(seconds(after_seconds)).await?;
                leg.did("said", text.clone());
                leg.wait((spoken(&text) + self.timeout).min(self.length_max)).await?;
                Ok(Some(String::new()))
            }
            Reply::Press { keys, after_seconds, .. } if seconds(after_seconds) <= self.timeout => {
                leg.wait(seconds(after_seconds)).await?;
                let pressed = keys.chars().next().map(String::from).unwrap_or_default();
                leg.did("pressed", pressed.clone());
                match self.finish_on_key.contains(&pressed) {
                    true => Ok(Some(pressed)),
                    false => self.silence(leg).await,
                }
            }
            Reply::Say { .. } | Reply::Press { .. } | Reply::Silence => self.silence(leg).await,
        }
    }

    async fn silence(&self, leg: &mut Leg) -> Result<Option<String>, Interrupt> {
        leg.wait(self.timeout.min(self.length_max)).await?;
        Ok(None)
    }
}
