//! `<Conference>`.

use crate::live::leg::{Interrupt, Leg};
use crate::rooms::{
    Beep, EVENT_GROUPS, EventHook, Joining, MEMBERS_MAX, NAME_CHARS_MAX, RECORDING_EVENTS, Room, Wait,
};
use crate::twiml::TwimlError;
use crate::twiml::attributes::Attributes;
use crate::twiml::verbs::Address;
use crate::twiml::xml::Element;

/// `<Conference>`: how to join, with addresses that are yet to be resolved.
#[derive(Clone, Debug)]
pub(super) struct Conference {
    joining: Joining,
    wait: Option<Address>,
    events: Option<(Address, Vec<&'static str>)>,
    recording: Option<(Address, Vec<&'static str>)>,
}

const REGIONS: [&str; 8] = ["us1", "us2", "ie1", "de1", "sg1", "br1", "au1", "jp1"];

impl Conference {
    pub(super) fn read(element: &Element) -> Result<Self, TwimlError> {
        let mut attributes = Attributes::of(element);
        let name = element.text_only()?;
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
            return Err(TwimlError::coded(13237, "a conference has a name of 1 to 128 characters"));
        }
        let label = attributes.text("participantLabel").filter(|label| !label.is_empty()).map(str::to_owned);
        if label.as_ref().is_some_and(|label| label.chars().count() > NAME_CHARS_MAX) {
            return Err(TwimlError::schema("participantLabel has at most 128 characters"));
        }
        let coaches = attributes.text("coach").filter(|coach| !coach.is_empty()).map(str::to_owned);
        if coaches.as_ref().is_some_and(|sid| !sid.starts_with("CA") || sid.len() != 34) {
            return Err(TwimlError::coded(13240, "<Conference> coach is not the SID of a call"));
        }
        let wait_method = attributes.coded(13234, |a| a.method("waitMethod"))?;
        let wait = attributes.text("waitUrl");
        let callback_method = attributes.method("statusCallbackMethod")?;
        let groups = attributes.words_of("statusCallbackEvent", &EVENT_GROUPS)?;
        let recording_method = attributes.method("recordingStatusCallbackMethod")?;
        let states = attributes.words_of("recordingStatusCallbackEvent", &RECORDING_EVENTS)?;
        attributes.one_of("region", &REGIONS)?;
        attributes.one_of("trim", &["trim-silence", "do-not-trim"])?;
        attributes.one_of("jitterBufferSize", &["small", "medium", "large", "off"])?;
        let record = attributes.one_of("record", &["do-not-record", "record-from-start", "true", "false"])?;
        let joining = Joining {
            room: Room::of(&name),
            label,
            muted: attributes.coded(13230, |a| a.boolean("muted"))?.unwrap_or(false),
            coaches,
            beep: Beep::of(attributes.coded(13235, |a| a.one_of("beep", &Beep::WORDS))?.unwrap_or("true")),
            starts: attributes.coded(13232, |a| a.boolean("startConferenceOnEnter"))?.unwrap_or(true),
            ends: attributes.coded(13231, |a| a.boolean("endConferenceOnExit"))?.unwrap_or(false),
            wait: if wait.is_some_and(str::is_empty) { Wait::Silence } else { Wait::Music },
            members_max: attributes.number("maxParticipants", 1..=MEMBERS_MAX)?.unwrap_or(MEMBERS_MAX),
            events: None,
            record: record.is_some_and(|record| ["record-from-start", "true"].contains(&record)),
            recording: None,
        };
        let callback = attributes.text("statusCallback").filter(|url| !url.is_empty());
        let recording = attributes.text("recordingStatusCallback").filter(|url| !url.is_empty());
        attributes.finish()?;
        Ok(Self {
            joining,
            wait: wait.filter(|url| !url.is_empty()).map(|url| Address::new(url, wait_method)),
            // Without groups there is nothing to tell.
            events: callback
                .zip(groups)
                .map(|(url, groups)| (Address::new(url, callback_method), chosen(&EVENT_GROUPS, &groups))),
            recording: recording.map(|url| {
                let states = states.unwrap_or_else(|| vec!["completed"]);
                (Address::new(url, recording_method), chosen(&RECORDING_EVENTS, &states))
            }),
        })
    }

    /// How to join, every address absolute.
    pub(super) async fn joining(&self, leg: &mut Leg) -> Result<Joining, Interrupt> {
        let mut joining = self.joining.clone();
        if let Some(address) = &self.wait {
            joining.wait = Wait::At(address.resolve(leg).await?);
        }
        joining.events = event_hook(self.events.as_ref(), leg).await?;
        joining.recording = event_hook(self.recording.as_ref(), leg).await?;
        Ok(joining)
    }
}

async fn event_hook(
    from: Option<&(Address, Vec<&'static str>)>,
    leg: &mut Leg,
) -> Result<Option<EventHook>, Interrupt> {
    match from {
        Some((address, events)) => {
            Ok(Some(EventHook { hook: address.resolve(leg).await?, events: events.clone() }))
        }
        None => Ok(None),
    }
}

fn chosen(all: &[&'static str], words: &[&str]) -> Vec<&'static str> {
    all.iter().filter(|known| words.contains(known)).copied().collect()
}
