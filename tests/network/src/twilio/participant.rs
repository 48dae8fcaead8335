//! Requests about participants, with Twilio's bounds and error codes.

use std::time::Duration;

use super::call::Direction;
use super::create::{CreateCall, Source, detection, ends, record, ring, status};
use super::error::ApiError;
use super::form::Form;
use crate::config::Account;
use crate::rooms::{
    Beep, Change, EVENT_GROUPS, EventHook, Joining, MEMBERS_MAX, NAME_CHARS_MAX, RECORDING_EVENTS, Room, Wait,
};

/// Reads a request to call somebody into a conference.
pub(crate) fn create(
    mut form: Form,
    account: &Account,
    room: &str,
    strict: bool,
) -> Result<(CreateCall, Joining), ApiError> {
    let form = &mut form;
    let (to, from) = ends(form, account)?;
    if room.chars().count() > NAME_CHARS_MAX {
        return Err(ApiError::bad(13237, "Invalid conference name"));
    }
    let joining = joining(form, room)?;
    let call = CreateCall {
        direction: Direction::OutboundApi,
        parent: None,
        to,
        from,
        // Its caller puts the conference here.
        source: Source::Nothing,
        fallback: None,
        status: status(form)?,
        ring: ring(form)?,
        time_limit: form
            .number("TimeLimit", 1..=86_400, || ApiError::invalid("TimeLimit"))?
            .map_or(Duration::from_secs(14_400), |seconds| Duration::from_secs(seconds.into())),
        send_digits: None,
        detection: detection(form, true, "AmdStatusCallback", "AmdStatusCallbackMethod")?,
        record: record(form)?,
    };
    form.boolean("EarlyMedia")?;
    form.one_of("Trim", &["trim-silence", "do-not-trim"])?;
    form.one_of("ConferenceTrim", &["trim-silence", "do-not-trim"])?;
    form.one_of("JitterBufferSize", &["off", "small", "medium", "large"])?;
    form.one_of("Region", &["us1", "us2", "ie1", "de1", "sg1", "br1", "au1", "jp1"])?;
    for accepted in
        ["CallerId", "CallReason", "CallToken", "Byoc", "CallerDisplayName", "ClientNotificationUrl"]
    {
        form.text(accepted);
    }
    match form.unknown() {
        Some(unknown) if strict => Err(ApiError::bad(20001, format!("Unknown parameter {unknown}"))),
        Some(_) | None => Ok((call, joining)),
    }
}

fn joining(form: &mut Form, room: &str) -> Result<Joining, ApiError> {
    let label = form.text("Label");
    if label.as_ref().is_some_and(|label| label.chars().count() > NAME_CHARS_MAX) {
        return Err(ApiError::invalid("Label"));
    }
    let events = form.several_of("ConferenceStatusCallbackEvent", &EVENT_GROUPS)?;
    let callback = form.hook("ConferenceStatusCallback", "ConferenceStatusCallbackMethod")?;
    let record = form.one_of("ConferenceRecord", &["true", "false", "record-from-start", "do-not-record"])?;
    let states = form.several_of("ConferenceRecordingStatusCallbackEvent", &RECORDING_EVENTS)?;
    let recording =
        form.hook("ConferenceRecordingStatusCallback", "ConferenceRecordingStatusCallbackMethod")?;
    let or = |words: Vec<&'static str>, usual: &[&'static str]| match words.is_empty() {
        true => usual.to_vec(),
        false => words,
    };
    Ok(Joining {
        room: Room::of(room),
        label,
        muted: form.boolean("Muted")?.unwrap_or(false),
        coaches: coaching(form)?.flatten(),
        beep: Beep::of(form.one_of("Beep", &Beep::WORDS)?.unwrap_or("true")),
        starts: form.boolean("StartConferenceOnEnter")?.unwrap_or(true),
        ends: form.boolean("EndConferenceOnExit")?.unwrap_or(false),
        wait: wait(form)?.unwrap_or(Wait::Music),
        members_max: form
            .number("MaxParticipants", 2..=MEMBERS_MAX, || ApiError::invalid("MaxParticipants"))?
            .unwrap_or(MEMBERS_MAX),
        events: callback.map(|hook| EventHook { hook, events: or(events, &["start", "end"]) }),
        record: record.is_some_and(|word| ["true", "record-from-start"].contains(&word)),
        recording: recording.map(|hook| EventHook { hook, events: or(states, &["completed"]) }),
    })
}

/// Who is coached, if anything is said of it; coaching without saying whom is refused.
fn coaching(form: &mut Form) -> Result<Option<Option<String>>, ApiError> {
    let whom = form.text("CallSidToCoach");
    if whom.as_ref().is_some_and(|sid| !sid.starts_with("CA") || sid.len() != 34) {
        return Err(ApiError::bad(13240, "CallSidToCoach is not the SID of a call"));
    }
    match (form.boolean("Coaching")?, whom) {
        (Some(true), None) => Err(ApiError::bad(20001, "Coaching needs CallSidToCoach")),
        (Some(false), _) => Ok(Some(None)),
        (Some(true) | None, Some(whom)) => Ok(Some(Some(whom))),
        (None, None) => Ok(None),
    }
}

/// An empty address is silence, which is why it must be told from none.
fn wait(form: &mut Form) -> Result<Option<Wait>, ApiError> {
    if form.is_blank("WaitUrl") {
        form.text("WaitUrl");
        form.method("WaitMethod")?;
        return Ok(Some(Wait::Silence));
    }
    Ok(form.hook("WaitUrl", "WaitMethod")?.map(Wait::At))
}

/// Reads a request to change a participant.
pub(crate) fn update(mut form: Form, strict: bool) -> Result<Change, ApiError> {
    let form = &mut form;
    let change = Change {
        muted: form.boolean("Muted")?,
        hold: form.boolean("Hold")?,
        hold_hook: form.hook("HoldUrl", "HoldMethod")?,
        announce: form.hook("AnnounceUrl", "AnnounceMethod")?,
        wait: wait(form)?,
        beep_on_exit: form.boolean("BeepOnExit")?,
        ends: form.boolean("EndConferenceOnExit")?,
        coaches: coaching(form)?,
    };
    match form.unknown() {
        Some(unknown) if strict => Err(ApiError::bad(20001, format!("Unknown parameter {unknown}"))),
        Some(_) | None => Ok(change),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENOUGH: &str = "To=%2B4930123456&From=%2B15005550006";

    fn read(more: &str) -> Result<Joining, u32> {
        let form = Form::parse(format!("{ENOUGH}&{more}").as_bytes());
        create(form, &Account::example(), "room", true)
            .map(|(_, joining)| joining)
            .map_err(|error| error.code)
    }

    #[test]
    fn a_minimal_participant_has_twilios_defaults() {
        let joining = read("").expect("valid");
        assert!(joining.starts && !joining.ends && !joining.muted && joining.beep.on_enter);
        assert_eq!((joining.members_max, joining.wait), (250, Wait::Music));
    }

    #[test]
    fn an_empty_wait_url_is_silence() {
        assert_eq!(read("WaitUrl=").map(|joining| joining.wait), Ok(Wait::Silence));
    }

    #[test]
    fn each_refusal_has_its_code() {
        for (more, code) in [
            ("MaxParticipants=251", 20001),
            ("MaxParticipants=1", 20001),
            ("Beep=loud", 20001),
            ("Coaching=true", 20001),
            ("CallSidToCoach=me", 13240),
            ("Timeout=601", 21208),
            ("ConferenceStatusCallbackEvent=begin", 21626),
            ("WaitUrl=nonsense", 21205),
            ("Lable=x", 20001),
        ] {
            assert_eq!(read(more).map(|_| ()), Err(code), "{more}");
        }
        let update = |body: &str| update(Form::parse(body.as_bytes()), true).map_err(|error| error.code);
        assert_eq!(update("Hold=true&Mutted=true"), Err(20001));
        assert_eq!(update("Coaching=false").map(|change| change.coaches), Ok(Some(None)));
        assert_eq!(update("Muted=1"), Err(20001));
    }
}
