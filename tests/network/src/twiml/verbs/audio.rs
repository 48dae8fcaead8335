//! `<Say>`, `<Play>` and `<Pause>`: what is heard, and for how long.

use std::time::Duration;

use super::Address;
use crate::live::leg::{Interrupt, Leg};
use crate::people::draw::seconds;
use crate::twilio::form::HttpMethod;
use crate::twiml::TwimlError;
use crate::twiml::attributes::Attributes;
use crate::twiml::xml::{Element, Node};
use crate::webhook::Response;

/// Something that takes its time on the line.
#[derive(Clone, Debug)]
pub(crate) enum Audio {
    Say { text: String, length: Duration, times: u32 },
    Play { address: Address, times: u32 },
    Digits { keys: String },
    Pause(Duration),
}

/// How fast a synthetic voice reads.
const CHARACTERS_PER_SECOND: f64 = 15.0;
/// `loop="0"` repeats until the call ends; so many times is until then.
const ENDLESS: u32 = 100_000;
/// Longest text Twilio reads.
const SAY_CHARS_MAX: usize = 4_096;
/// SSML that Twilio's voices know.
const SSML: [&str; 15] = [
    "amazon:domain",
    "amazon:effect",
    "amazon:emotion",
    "break",
    "emphasis",
    "lang",
    "mark",
    "p",
    "phoneme",
    "prosody",
    "s",
    "say-as",
    "speak",
    "sub",
    "w",
];

impl Audio {
    pub(crate) fn read(element: &Element) -> Result<Self, TwimlError> {
        let mut attributes = Attributes::of(element);
        match element.name.as_str() {
            "Say" => {
                let times = times(&mut attributes)?;
                let voice = attributes.text("voice").unwrap_or("man");
                let known = ["man", "woman", "alice"].contains(&voice)
                    || ["Polly.", "Google.", "ElevenLabs."].iter().any(|maker| voice.starts_with(maker));
                if !known {
                    return Err(TwimlError { code: 13512, message: format!("<Say> has no voice {voice:?}") });
                }
                let language = attributes.text("language").unwrap_or("en-US");
                if !is_language(language) {
                    return Err(TwimlError {
                        code: 13511,
                        message: format!("<Say> has no language {language:?}"),
                    });
                }
                attributes.finish()?;
                let mut spoken = Spoken::default();
                spoken.read(element)?;
                let text = spoken.text.split_whitespace().collect::<Vec<_>>().join(" ");
                let chars = text.chars().count();
                if chars == 0 && spoken.silence.is_zero() || chars > SAY_CHARS_MAX {
                    let message = format!("<Say> reads 1 to {SAY_CHARS_MAX} characters, not {chars}");
                    return Err(TwimlError { code: 13520, message });
                }
                let length = seconds(chars as f64 / CHARACTERS_PER_SECOND) + spoken.silence;
                Ok(Self::Say { text, length, times })
            }
            "Play" => {
                let times = times(&mut attributes)?;
                let digits = attributes.text("digits").map(str::to_owned);
                attributes.finish()?;
                let url = element.text_only()?;
                match (digits, url.is_empty()) {
                    (Some(keys), true) if keys.chars().all(|key| "0123456789*#wW".contains(key)) => {
                        Ok(Self::Digits { keys })
                    }
                    (None, false) => Ok(Self::Play { address: Address::new(&url, HttpMethod::Get), times }),
                    _ => Err(TwimlError { code: 13420, message: "<Play> needs a URL or digits".into() }),
                }
            }
            _ => {
                let length = attributes.number("length", 0..=86_400)?.unwrap_or(1);
                attributes.finish()?;
                element.empty()?;
                Ok(Self::Pause(Duration::from_secs(length.into())))
            }
        }
    }

    pub(crate) async fn run(&self, leg: &mut Leg) -> Result<(), Interrupt> {
        match self {
            Self::Say { text, length, times } => {
                for _ in 0..*times {
                    leg.play("say", text.clone(), *length).await?;
                }
                Ok(())
            }
            Self::Play { address, times } => {
                let hook = address.resolve(leg).await?;
                let length = leg.media(&hook).await?;
                for _ in 0..*times {
                    leg.play("play", hook.url.to_string(), length).await?;
                }
                Ok(())
            }
            Self::Digits { keys } => leg.play("digits", keys.clone(), seconds(keys.len() as f64 * 0.5)).await,
            Self::Pause(length) => leg.wait(*length).await,
        }
    }
}

fn times(attributes: &mut Attributes<'_>) -> Result<u32, TwimlError> {
    Ok(match attributes.number("loop", 0..=1_000)? {
        None => 1,
        Some(0) => ENDLESS,
        Some(times) => times,
    })
}

/// `de-DE`, `cmn-CN`, `es-419`, `arb`.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_lowercase())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Text with its SSML taken out, and the pauses that were in it.
#[derive(Default)]
struct Spoken {
    text: String,
    silence: Duration,
}

impl Spoken {
    fn read(&mut self, element: &Element) -> Result<(), TwimlError> {
        for node in &element.children {
            match node {
                Node::Text(text) => self.text.push_str(text),
                Node::Element(child) if SSML.contains(&child.name.as_str()) => {
                    if child.name == "break" {
                        self.silence += break_length(child)?;
                    }
                    self.read(child)?;
                }
                Node::Element(child) => {
                    return Err(TwimlError::schema(format!("<Say> may not contain <{}>", child.name)));
                }
            }
        }
        Ok(())
    }
}

fn break_length(element: &Element) -> Result<Duration, TwimlError> {
    let mut attributes = Attributes::of(element);
    let strength = ["none", "x-weak", "weak", "medium", "strong", "x-strong"];
    attributes.one_of("strength", &strength)?;
    let time = attributes.text("time");
    attributes.finish()?;
    let Some(time) = time else { return Ok(Duration::from_millis(500)) };
    let read = |suffix: &str| time.strip_suffix(suffix).and_then(|number| number.parse::<f64>().ok());
    match read("ms").map(|ms| ms / 1_000.0).or_else(|| read("s")) {
        Some(length) if (0.0..=10.0).contains(&length) => Ok(seconds(length)),
        Some(_) | None => Err(TwimlError::schema(format!("<break> has an invalid time: {time:?}"))),
    }
}

/// How long a fetched audio file plays; `None` when it is not audio that Twilio plays.
pub(crate) fn media_length(response: &Response) -> Option<Duration> {
    let essence = response.content_type.as_deref()?.split(';').next()?.trim().to_ascii_lowercase();
    let body = &response.body;
    let bytes_per_second = match essence.as_str() {
        "audio/wav" | "audio/wave" | "audio/x-wav" | "audio/vnd.wave" => {
            if body.len() < 44 || &body[..4] != b"RIFF" || &body[8..12] != b"WAVE" {
                return None;
            }
            u32::from_le_bytes([body[28], body[29], body[30], body[31]])
        }
        // Prompts are mostly encoded at 64 kbit/s; exact enough for a listener.
        "audio/mpeg" | "audio/mp3" | "audio/aiff" | "audio/x-aiff" | "audio/gsm" | "audio/x-gsm" => 8_000,
        "audio/ulaw" | "audio/basic" => 8_000,
        _ => return None,
    };
    (bytes_per_second > 0).then(|| seconds(body.len() as f64 / f64::from(bytes_per_second)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twiml::Verb;

    fn said(inner: &str) -> Option<(String, Duration)> {
        let text = format!("<Response><Say>{inner}</Say></Response>");
        let verb = crate::twiml::read(&text).ok()?.pop()?;
        let Verb::Audio(Audio::Say { text, length, .. }) = verb else { return None };
        Some((text, length))
    }

    #[test]
    fn speech_takes_time_by_its_length_and_its_breaks() {
        assert_eq!(said("fifteen letters"), Some(("fifteen letters".into(), Duration::from_secs(1))));
        let broken = said("fifteen <break time=\"2s\"/><prosody rate=\"slow\">letters</prosody>");
        assert_eq!(broken, Some(("fifteen letters".into(), Duration::from_secs(3))));
    }

    #[test]
    fn foreign_elements_in_speech_are_refused() {
        assert_eq!(said("<b>bold</b>"), None);
        assert_eq!(said("<break time=\"11s\"/>"), None);
    }
}
