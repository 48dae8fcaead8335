//! The verbs, one module per concern.

mod audio;
mod dial;
mod gather;
mod leave;
mod record;

use url::Url;

use super::TwimlError;
use super::xml::Element;
use crate::live::leg::{Interrupt, Leg};
use crate::twilio::form::{Hook, HttpMethod};

pub(crate) use audio::{Audio, media_length};
pub(crate) use gather::spoken;

/// Something a call can be told to do.
#[derive(Clone, Debug)]
pub(crate) enum Verb {
    Audio(Audio),
    Gather(gather::Gather),
    Record(record::Record),
    Dial(Box<dial::Dial>),
    Redirect(leave::Redirect),
    HangUp,
    /// On a call that is picked up already it comes to the same as `<Hangup>`.
    Reject,
}

/// How a document goes on after a verb.
#[derive(Clone, Debug)]
pub(crate) enum Flow {
    /// With its next verb.
    Next,
    /// With another document.
    Goto(Goto),
    /// Not at all.
    HangUp,
}

/// A request for another document.
#[derive(Clone, Debug)]
pub(crate) struct Goto {
    pub(crate) hook: Hook,
    pub(crate) params: Vec<(String, String)>,
}

impl Verb {
    pub(crate) fn read(element: &Element) -> Result<Self, TwimlError> {
        match element.name.as_str() {
            "Say" | "Play" | "Pause" => Audio::read(element).map(Self::Audio),
            "Gather" => gather::Gather::read(element).map(Self::Gather),
            "Record" => record::Record::read(element).map(Self::Record),
            "Redirect" => leave::Redirect::read(element).map(Self::Redirect),
            "Dial" => dial::Dial::read(element).map(|dial| Self::Dial(Box::new(dial))),
            "Hangup" => leave::read_end(element).map(|()| Self::HangUp),
            "Reject" => leave::read_end(element).map(|()| Self::Reject),
            "Enqueue" | "Leave" | "Connect" | "Start" | "Stop" | "Pay" | "Prompt" | "Queue" | "Refer"
            | "Sms" | "Siprec" | "Stream" => {
                Err(TwimlError::schema(format!("<{}> is not simulated", element.name)))
            }
            unknown => Err(TwimlError::schema(format!("<{unknown}> is not a verb"))),
        }
    }

    pub(crate) async fn run(&self, leg: &mut Leg) -> Result<Flow, Interrupt> {
        match self {
            Self::Audio(audio) => audio.run(leg).await.map(|()| Flow::Next),
            Self::Gather(gather) => gather.run(leg).await,
            Self::Record(record) => record.run(leg).await,
            Self::Dial(dial) => dial.run(leg).await,
            Self::Redirect(redirect) => redirect.run(leg).await,
            Self::HangUp | Self::Reject => Ok(Flow::HangUp),
        }
    }
}

/// An address in a document, which may be relative to the document's own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Address {
    text: String,
    pub(crate) method: HttpMethod,
}

impl Address {
    pub(crate) fn new(text: &str, method: HttpMethod) -> Self {
        Self { text: text.to_owned(), method }
    }

    /// The absolute address, or the call's end: an address that cannot be asked is an application error.
    pub(crate) async fn resolve(&self, leg: &mut Leg) -> Result<Hook, Interrupt> {
        let resolved = match (&leg.document_url, self.text.is_empty()) {
            (Some(base), true) => Some(base.clone()),
            (Some(base), false) => base.join(&self.text).ok(),
            (None, _) => Url::parse(&self.text).ok(),
        };
        match resolved.filter(|url| matches!(url.scheme(), "http" | "https")) {
            Some(url) => Ok(Hook { url, method: self.method }),
            None => {
                Err(leg.broken(11100, format!("{:?} is not a URL that can be asked", self.text), None).await)
            }
        }
    }
}
