//! The beginning of every call: from here on it lives by itself.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use tokio::sync::mpsc;

use super::life::{Start, live};
use crate::config::{Account, Settings};
use crate::people::behaviour::Behaviour;
use crate::shared::Shared;
use crate::twilio::call::{Call, CallReport, Direction, Status};
use crate::twilio::create::{CreateCall, Source};
use crate::twilio::error::ApiError;

/// What the person on this call is going to do, and which call of theirs it is; an error where the provider would
/// not place it at all.
pub(crate) fn refused(net: &Shared, settings: &Settings, number: &str) -> Result<(Behaviour, u32), ApiError> {
    let attempt = net.count_attempt(number);
    let behaviour = settings.behaviour(number, attempt);
    if let Behaviour::Refused(code) = behaviour {
        let detail = json!({"code": code, "attempt": attempt});
        net.journal.note("call.refused", None, Some(number), detail);
        return Err(ApiError::bad(code, "'To' phone number cannot be reached"));
    }
    Ok((behaviour, attempt))
}

/// Places a call, or lets one come in; its id. `prepared` gets the id before anything happens and says which
/// conference the call is into, if it is.
pub(crate) fn place(
    net: &Arc<Shared>,
    account: &Account,
    settings: &Arc<Settings>,
    request: CreateCall,
    (behaviour, attempt): (Behaviour, u32),
    queued: Duration,
    prepared: impl FnOnce(&str) -> Result<Option<String>, ApiError>,
) -> Result<String, ApiError> {
    let created_at = Timestamp::now();
    let answer_url = match &request.source {
        Source::Hook(hook) => Some(hook.url.to_string()),
        Source::Twiml(_) | Source::Conference(_) | Source::Nothing => None,
    };
    let report = CallReport {
        sid: net.sid("CA"),
        account_sid: account.sid.clone(),
        direction: request.direction,
        parent_call_sid: request.parent.clone(),
        to: request.to.clone(),
        from: request.from.clone(),
        attempt,
        answer_url,
        status_callback: request.status.as_ref().map(|status| status.hook.url.to_string()),
        behaviour: behaviour.clone(),
        status: Status::Queued,
        created_at,
        rang_at_wall: None,
        started_at: None,
        answered_at: None,
        answered_at_wall: None,
        ended_at: None,
        ring_seconds: None,
        duration_seconds: 0,
        answered_by: None,
        machine_detection_ms: None,
        heard: Vec::new(),
        did: Vec::new(),
        recordings: Vec::new(),
        conferences: Vec::new(),
        ended_by: None,
    };
    let sid = report.sid.clone();
    let detail = json!({"attempt": attempt, "from": report.from, "to": report.to,
        "direction": report.direction, "parent": report.parent_call_sid, "answer_url": report.answer_url,
        "status_callback": report.status_callback, "queued_ms": queued.as_millis() as u64});
    let event = match report.direction {
        Direction::Inbound => "call.received",
        Direction::OutboundApi | Direction::OutboundDial => "call.created",
    };
    let (steer, steered) = mpsc::unbounded_channel();
    let person = report.person().to_owned();
    net.keep(Call { report, updated_at: created_at, over_since: None, steer: Some(steer) });
    let room = match prepared(&sid) {
        Ok(room) => room,
        Err(error) => {
            net.forget(&sid);
            return Err(error);
        }
    };
    net.journal.note(event, Some(&sid), Some(&person), detail);
    tokio::spawn(live(Start {
        net: Arc::clone(net),
        settings: Arc::clone(settings),
        account: account.clone(),
        sid: sid.clone(),
        attempt,
        request: Arc::new(request),
        behaviour,
        created_at,
        queued,
        steer: steered,
        room,
    }));
    Ok(sid)
}
