//! `<Dial>`: connects the call with a conference, or with numbers and browsers.

mod conference;
mod noun;

use std::time::Duration;

use super::{Address, Flow, Goto};
use crate::live::leg::{Interrupt, Leg};
use crate::live::{Dialled, Stayed};
use crate::twilio::call::Direction;
use crate::twilio::create::{is_client, is_e164};
use crate::twiml::TwimlError;
use crate::twiml::attributes::Attributes;
use crate::twiml::xml::{Element, Node};

/// Most numbers that one `<Dial>` may ring at once.
const NOUNS_MAX: usize = 10;

/// `<Dial>`.
#[derive(Clone, Debug)]
pub(crate) struct Dial {
    to: To,
    action: Option<Address>,
    ring: Duration,
    time_limit: Duration,
    caller_id: Option<String>,
    star_hangs_up: bool,
    record: Option<Record>,
}

#[derive(Clone, Debug)]
enum To {
    Conference(Box<conference::Conference>),
    People(Vec<noun::Noun>),
}

/// The recording of what is said while connected.
#[derive(Clone, Debug)]
struct Record {
    channels: u8,
    callback: Option<Address>,
    events: Vec<&'static str>,
}

const RECORD: [&str; 7] = [
    "do-not-record",
    "record-from-answer",
    "record-from-ringing",
    "record-from-answer-dual",
    "record-from-ringing-dual",
    "true",
    "false",
];

impl Dial {
    pub(crate) fn read(element: &Element) -> Result<Self, TwimlError> {
        let mut attributes = Attributes::of(element);
        let method = attributes.coded(13210, |a| a.method("method"))?;
        let ring = attributes.coded(13212, |a| a.number("timeout", 1..=600))?.unwrap_or(30);
        let limit = attributes.coded(13216, |a| a.number("timeLimit", 1..=86_400))?.unwrap_or(14_400);
        attributes.boolean("answerOnBridge")?;
        attributes.boolean("sequential")?;
        attributes.one_of("trim", &["trim-silence", "do-not-trim"])?;
        attributes.one_of("recordingTrack", &["both", "inbound", "outbound"])?;
        attributes.method("referMethod")?;
        attributes.accept(&["ringTone", "referUrl", "events"]);
        let dial = Self {
            action: attributes
                .text("action")
                .filter(|url| !url.is_empty())
                .map(|url| Address::new(url, method)),
            ring: Duration::from_secs(ring.into()),
            time_limit: Duration::from_secs(limit.into()),
            caller_id: caller_id(&mut attributes)?,
            star_hangs_up: attributes.coded(13213, |a| a.boolean("hangupOnStar"))?.unwrap_or(false),
            record: record(&mut attributes)?,
            to: to(element)?,
        };
        attributes.finish()?;
        Ok(dial)
    }

    pub(crate) async fn run(&self, leg: &mut Leg) -> Result<Flow, Interrupt> {
        let action = match &self.action {
            Some(address) => Some(address.resolve(leg).await?),
            None => None,
        };
        let began = (leg.elapsed(), leg.now());
        leg.dial_limit_at = Some(leg.elapsed() + self.time_limit);
        leg.star_hangs_up = self.star_hangs_up;
        let outcome = match &self.to {
            To::Conference(conference) => self.confer(conference, leg).await,
            To::People(nouns) => self.dial(nouns, leg).await,
        };
        leg.dial_limit_at = None;
        leg.star_hangs_up = false;
        let mut params = match &outcome {
            Ok(params) => params.clone(),
            Err(_) => vec![("DialCallStatus".to_owned(), "completed".to_owned())],
        };
        if let Some(record) = &self.record {
            let length = leg.elapsed().saturating_sub(began.0);
            let recording = leg.recorded("DialVerb", "both", record.channels, length, began.1);
            params.push(("RecordingUrl".to_owned(), leg.recording_url(&recording)));
            params.push(("RecordingSid".to_owned(), recording.sid.clone()));
            if let Some(address) = &record.callback {
                let hook = address.resolve(leg).await?;
                leg.recording_callback(Some(hook), &record.events, &recording, Duration::ZERO);
            }
        }
        let goto = action.map(|hook| Goto { hook, params });
        match (outcome, goto) {
            (Ok(_), Some(goto)) => Ok(Flow::Goto(goto)),
            (Ok(_), None) => Ok(Flow::Next),
            (Err(interrupt @ (Interrupt::HungUp | Interrupt::Ended)), Some(goto)) => {
                // Twilio still tells that the dialling is over; there is nobody left for the answer.
                leg.farewell(goto).await;
                Err(interrupt)
            }
            (Err(interrupt), _) => Err(interrupt),
        }
    }

    async fn confer(
        &self,
        conference: &conference::Conference,
        leg: &mut Leg,
    ) -> Result<Vec<(String, String)>, Interrupt> {
        let joining = conference.joining(leg).await?;
        let status = match leg.stay(&joining).await? {
            Stayed::Left => "answered",
            Stayed::Failed => "failed",
        };
        Ok(vec![("DialCallStatus".to_owned(), status.to_owned())])
    }

    async fn dial(&self, nouns: &[noun::Noun], leg: &mut Leg) -> Result<Vec<(String, String)>, Interrupt> {
        let from = match (&self.caller_id, leg.request.direction) {
            (Some(shown), _) => shown.clone(),
            (None, Direction::Inbound) => leg.request.from.clone(),
            // The person called by the API is on the far side, so that its number is shown to whoever is dialled.
            (None, Direction::OutboundApi | Direction::OutboundDial) => leg.request.to.clone(),
        };
        if is_e164(&from) && self.caller_id.is_some() && !leg.account.may_show(&from) && !leg.has_end(&from) {
            let message = format!("<Dial> may not show {from}");
            leg.net.journal.alert(13214, message, &leg.sid, None);
            return Ok(vec![("DialCallStatus".to_owned(), "failed".to_owned())]);
        }
        let mut people = Vec::new();
        for noun in nouns {
            people.push(noun.resolve(leg).await?);
        }
        let Dialled { status, sid, seconds, bridged } = leg.dial_out(&people, &from, self.ring).await?;
        let mut params = vec![
            ("DialCallStatus".to_owned(), status.to_owned()),
            ("DialBridged".to_owned(), bridged.to_string()),
        ];
        if let Some(sid) = sid {
            params.push(("DialCallSid".to_owned(), sid));
            params.push(("DialCallDuration".to_owned(), seconds.to_string()));
        }
        Ok(params)
    }
}

fn caller_id(attributes: &mut Attributes<'_>) -> Result<Option<String>, TwimlError> {
    match attributes.text("callerId").filter(|text| !text.is_empty()) {
        Some(text) if !is_e164(text) && !is_client(text) => {
            Err(TwimlError::coded(13214, format!("<Dial> has an invalid callerId: {text:?}")))
        }
        text => Ok(text.map(str::to_owned)),
    }
}

fn record(attributes: &mut Attributes<'_>) -> Result<Option<Record>, TwimlError> {
    let word = attributes.coded(13217, |a| a.one_of("record", &RECORD))?.unwrap_or("do-not-record");
    let method = attributes.method("recordingStatusCallbackMethod")?;
    let events = attributes
        .words_of("recordingStatusCallbackEvent", &["in-progress", "completed", "absent"])?
        .unwrap_or_else(|| vec!["completed"]);
    let callback = attributes.text("recordingStatusCallback").map(|url| Address::new(url, method));
    let wanted = !["do-not-record", "false"].contains(&word);
    Ok(wanted.then(|| Record {
        channels: if word.ends_with("-dual") { 2 } else { 1 },
        callback,
        events: ["in-progress", "completed", "absent"].into_iter().filter(|e| events.contains(e)).collect(),
    }))
}

/// A conference alone, or people; a bare number counts as one.
fn to(element: &Element) -> Result<To, TwimlError> {
    let children: Vec<&Element> = element
        .children
        .iter()
        .filter_map(|node| match node {
            Node::Element(child) => Some(child),
            Node::Text(_) => None,
        })
        .collect();
    if children.is_empty() {
        return Ok(To::People(vec![noun::Noun::bare(&element.text_only()?)?]));
    }
    drop(element.elements_only()?);
    match children.as_slice() {
        [child] if child.name == "Conference" => {
            conference::Conference::read(child).map(|conference| To::Conference(Box::new(conference)))
        }
        people if people.len() > NOUNS_MAX => {
            Err(TwimlError::coded(13250, format!("<Dial> rings at most {NOUNS_MAX} at once")))
        }
        people => {
            people.iter().map(|child| noun::Noun::read(child)).collect::<Result<_, _>>().map(To::People)
        }
    }
}

#[cfg(test)]
mod tests {
    fn code(inner: &str) -> Option<u32> {
        crate::twiml::read(&format!("<Response>{inner}</Response>")).err().map(|error| error.code)
    }

    #[test]
    fn what_may_be_dialled() {
        for inner in [
            "<Dial>+4930123456</Dial>",
            "<Dial timeout='20' callerId='+15005550006' action='/left' hangupOnStar='true'><Number url='/whisper' \
             statusCallback='/status' statusCallbackEvent='initiated answered'>+4930123456</Number></Dial>",
            "<Dial><Number>+4930123456</Number><Client><Identity>anna</Identity></Client></Dial>",
            "<Dial><Client statusCallback='/status'>anna</Client></Dial>",
            "<Dial record='record-from-answer-dual' recordingStatusCallback='/rec'><Conference \
             startConferenceOnEnter='false' endConferenceOnExit='true' waitUrl='/wait?turn=0' beep='false' \
             muted='false' participantLabel='person' maxParticipants='5' record='record-from-start' \
             recordingStatusCallback='/rec' statusCallback='/events' statusCallbackEvent='start end join leave'>\
             acme.cmp_1.con_2.3</Conference></Dial>",
            "<Dial><Conference waitUrl=''>room</Conference></Dial>",
        ] {
            assert_eq!(code(inner), None, "{inner}");
        }
    }

    #[test]
    fn what_may_not_has_twilios_codes() {
        for (inner, expected) in [
            ("<Dial/>", 13223),
            ("<Dial>030 123456</Dial>", 13223),
            ("<Dial timeout='0'>+4930123456</Dial>", 13212),
            ("<Dial timeLimit='x'>+4930123456</Dial>", 13216),
            ("<Dial hangupOnStar='yes'>+4930123456</Dial>", 13213),
            ("<Dial callerId='me'>+4930123456</Dial>", 13214),
            ("<Dial record='yes'>+4930123456</Dial>", 13217),
            ("<Dial method='PUT'>+4930123456</Dial>", 13210),
            ("<Dial tiemout='5'>+4930123456</Dial>", 12200),
            ("<Dial><Say>no</Say></Dial>", 13215),
            ("<Dial><Number method='PUT'>+4930123456</Number></Dial>", 13221),
            ("<Dial><Number sendDigits='a'>+4930123456</Number></Dial>", 13222),
            ("<Dial><Conference muted='1'>r</Conference></Dial>", 13230),
            ("<Dial><Conference endConferenceOnExit='1'>r</Conference></Dial>", 13231),
            ("<Dial><Conference startConferenceOnEnter='1'>r</Conference></Dial>", 13232),
            ("<Dial><Conference waitMethod='PUT'>r</Conference></Dial>", 13234),
            ("<Dial><Conference beep='loud'>r</Conference></Dial>", 13235),
            ("<Dial><Conference></Conference></Dial>", 13237),
            ("<Dial><Conference maxParticipants='251'>r</Conference></Dial>", 12200),
            ("<Dial><Conference coach='me'>r</Conference></Dial>", 13240),
            ("<Dial><Conference statusCallbackEvent='begin'>r</Conference></Dial>", 12200),
            ("<Dial><Conference>r</Conference><Number>+4930123456</Number></Dial>", 13215),
        ] {
            assert_eq!(code(inner), Some(expected), "{inner}");
        }
    }
}
