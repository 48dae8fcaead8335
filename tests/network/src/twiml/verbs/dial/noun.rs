//! `<Number>` and `<Client>`: who is dialled.

use std::time::Duration;

use crate::live;
use crate::live::leg::{Interrupt, Leg};
use crate::people::amd::{Mode, Tuning};
use crate::twilio::create::{Detection, StatusHook, is_client, is_e164};
use crate::twiml::TwimlError;
use crate::twiml::attributes::Attributes;
use crate::twiml::verbs::Address;
use crate::twiml::xml::{Element, Node};

/// Somebody to dial, with addresses that are yet to be resolved.
#[derive(Clone, Debug)]
pub(super) struct Noun {
    to: String,
    whisper: Option<Address>,
    status: Option<(Address, Vec<&'static str>)>,
    send_digits: Option<String>,
    detection: Option<(Mode, Tuning, Option<Address>)>,
}

const EVENTS: [&str; 4] = ["initiated", "ringing", "answered", "completed"];

impl Noun {
    /// A number that stands in the `<Dial>` itself.
    pub(super) fn bare(text: &str) -> Result<Self, TwimlError> {
        let to = number(text)?;
        Ok(Self { to, whisper: None, status: None, send_digits: None, detection: None })
    }

    pub(super) fn read(element: &Element) -> Result<Self, TwimlError> {
        let mut attributes = Attributes::of(element);
        let method = attributes.coded(13221, |a| a.method("method"))?;
        let status_method = attributes.method("statusCallbackMethod")?;
        let events =
            attributes.words_of("statusCallbackEvent", &EVENTS)?.unwrap_or_else(|| vec!["completed"]);
        let to = match element.name.as_str() {
            "Number" => number(&element.text_only()?)?,
            "Client" => client(element)?,
            other => {
                return Err(TwimlError::coded(13215, format!("<Dial> may not contain <{other}> here")));
            }
        };
        let address = |url: &str, method| (!url.is_empty()).then(|| Address::new(url, method));
        let noun = Self {
            to,
            whisper: attributes.text("url").and_then(|url| address(url, method)),
            status: attributes
                .text("statusCallback")
                .and_then(|url| address(url, status_method))
                .map(|hook| (hook, EVENTS.into_iter().filter(|event| events.contains(event)).collect())),
            send_digits: if element.name == "Number" { send_digits(&mut attributes)? } else { None },
            detection: if element.name == "Number" { detection(&mut attributes)? } else { None },
        };
        attributes.finish()?;
        Ok(noun)
    }

    pub(super) async fn resolve(&self, leg: &mut Leg) -> Result<live::Noun, Interrupt> {
        let whisper = match &self.whisper {
            Some(address) => Some(address.resolve(leg).await?),
            None => None,
        };
        let status = match &self.status {
            Some((address, events)) => {
                Some(StatusHook { hook: address.resolve(leg).await?, events: events.clone() })
            }
            None => None,
        };
        let detection = match &self.detection {
            Some((mode, tuning, address)) => {
                let callback = match address {
                    Some(address) => Some(address.resolve(leg).await?),
                    None => None,
                };
                Some(Detection { mode: *mode, tuning: *tuning, asynchronous: true, callback })
            }
            None => None,
        };
        let (to, send_digits) = (self.to.clone(), self.send_digits.clone());
        Ok(live::Noun { to, whisper, status, send_digits, detection })
    }
}

fn number(text: &str) -> Result<String, TwimlError> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace() && !"-().".contains(*c)).collect();
    match is_e164(&plain) {
        true => Ok(plain),
        false => Err(TwimlError::coded(13223, format!("{text:?} is not a number in E.164 form"))),
    }
}

/// The name stands in the element, or in an `<Identity>` beside `<Parameter>`s.
fn client(element: &Element) -> Result<String, TwimlError> {
    let mut name = String::new();
    for node in &element.children {
        match node {
            Node::Text(text) => name.push_str(text.trim()),
            Node::Element(child) if child.name == "Identity" => name.push_str(&child.text_only()?),
            Node::Element(child) if child.name == "Parameter" => child.empty()?,
            Node::Element(child) => {
                return Err(TwimlError::coded(13215, format!("<Client> may not contain <{}>", child.name)));
            }
        }
    }
    let to = format!("client:{name}");
    match is_client(&to) {
        true => Ok(to),
        false => Err(TwimlError::schema(format!("{name:?} is not the name of a client"))),
    }
}

fn send_digits(attributes: &mut Attributes<'_>) -> Result<Option<String>, TwimlError> {
    match attributes.text("sendDigits") {
        Some(keys) if !keys.chars().all(|key| "0123456789*#wW".contains(key)) => {
            Err(TwimlError::coded(13222, "<Number> has invalid sendDigits"))
        }
        keys => Ok(keys.map(str::to_owned)),
    }
}

/// On a dialled number detection is always asynchronous.
fn detection(attributes: &mut Attributes<'_>) -> Result<Option<(Mode, Tuning, Option<Address>)>, TwimlError> {
    let mode = attributes.one_of("machineDetection", &["Enable", "DetectMessageEnd"])?;
    let usual = Tuning::default();
    let mut span = |name, bounds, unit: Duration, default: Duration| {
        Ok::<_, TwimlError>(attributes.number(name, bounds)?.map_or(default, |number| unit * number))
    };
    let (second, ms) = (Duration::from_secs(1), Duration::from_millis(1));
    let tuning = Tuning {
        timeout: span("machineDetectionTimeout", 3..=59, second, usual.timeout)?,
        speech: span("machineDetectionSpeechThreshold", 1_000..=6_000, ms, usual.speech)?,
        speech_end: span("machineDetectionSpeechEndThreshold", 500..=5_000, ms, usual.speech_end)?,
        silence: span("machineDetectionSilenceTimeout", 2_000..=10_000, ms, usual.silence)?,
    };
    let method = attributes.method("amdStatusCallbackMethod")?;
    let callback = attributes.text("amdStatusCallback").map(|url| Address::new(url, method));
    Ok(mode.map(|mode| {
        let mode = if mode == "Enable" { Mode::Enable } else { Mode::DetectMessageEnd };
        (mode, tuning, callback)
    }))
}
