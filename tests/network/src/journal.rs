//! What happened, in order: the ground on which tests stand.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::twilio::event::CallEvent;

/// One thing that happened.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Its place in the order, from 0, without gaps.
    pub ordinal: u64,
    /// When, by the wall clock.
    pub at: Timestamp,
    /// What: `call.created`, `call.refused`, `call.status`, `call.heard`, `call.did`, `conference.event`,
    /// `audio.graph`, `callback.lost` and so on.
    pub event: &'static str,
    /// The call it happened on, where there is one.
    pub call_sid: Option<String>,
    /// The called number, where there is one.
    pub number: Option<String>,
    /// The particulars.
    pub detail: Value,
}

/// An error in what the system under test answered, as Twilio's debugger would list it.
#[derive(Clone, Debug, Serialize)]
pub struct Alert {
    /// When, by the wall clock.
    pub at: Timestamp,
    /// Twilio's error code: 11200 (could not be fetched), 12100 (not XML), 12200 (not in the schema) ...
    pub code: u32,
    /// What is wrong, precisely enough to mend it.
    pub message: String,
    /// The call it happened on.
    pub call_sid: String,
    /// The address that was asked.
    pub url: Option<String>,
}

/// One webhook: a request that the network made, or did not make where a fault had it lost.
#[derive(Clone, Debug, Serialize)]
pub struct WebhookReport {
    /// When it was sent, by the wall clock.
    pub at: Timestamp,
    /// The call it is about; empty where it is about a conference as a whole.
    pub call_sid: String,
    /// The conference it is about, if it is.
    pub conference_sid: Option<String>,
    /// What for: `voice`, `wait`, `announce`, `status`, `amd`, `recording`, `conference`, `play`.
    pub purpose: &'static str,
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The address as signed.
    pub url: String,
    /// What it carried.
    pub params: Vec<(String, String)>,
    /// The fault it was under, if any: `lost`, `duplicated`, `reordered`, `late`.
    pub fault: Option<&'static str>,
    /// How many requests it took.
    pub requests: u32,
    /// The answer's status, if there was an answer.
    pub status: Option<u16>,
    /// Why there was none.
    pub error: Option<String>,
    /// How long the answer took, over all requests, in real milliseconds.
    pub latency_ms: u64,
}

/// Everything that happened since the start or the last reset.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: Mutex<Vec<Entry>>,
    alerts: Mutex<Vec<Alert>>,
    webhooks: Mutex<Vec<WebhookReport>>,
    /// By call.
    events: Mutex<HashMap<String, Vec<CallEvent>>>,
}

/// A panic elsewhere must not take the evidence along.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Journal {
    pub(crate) fn note(
        &self,
        event: &'static str,
        call_sid: Option<&str>,
        number: Option<&str>,
        detail: Value,
    ) {
        let mut entries = lock(&self.entries);
        let ordinal = entries.len() as u64;
        entries.push(Entry {
            ordinal,
            at: Timestamp::now(),
            event,
            call_sid: call_sid.map(str::to_owned),
            number: number.map(str::to_owned),
            detail,
        });
    }

    pub(crate) fn alert(&self, code: u32, message: String, call_sid: &str, url: Option<String>) {
        let alert = Alert { at: Timestamp::now(), code, message, call_sid: call_sid.to_owned(), url };
        lock(&self.alerts).push(alert);
    }

    pub(crate) fn webhook(&self, report: WebhookReport) {
        lock(&self.webhooks).push(report);
    }

    /// Keeps a request for the events of a call.
    pub(crate) fn call_event(&self, call_sid: &str, event: CallEvent) {
        lock(&self.events).entry(call_sid.to_owned()).or_default().push(event);
    }

    /// A call's requests, in order.
    pub(crate) fn call_events(&self, call_sid: &str) -> Vec<CallEvent> {
        lock(&self.events).get(call_sid).cloned().unwrap_or_default()
    }

    pub(crate) fn entries(&self, since: u64, limit: usize) -> Vec<Entry> {
        let entries = lock(&self.entries);
        let since = usize::try_from(since).unwrap_or(usize::MAX).min(entries.len());
        entries.iter().skip(since).take(limit).cloned().collect()
    }

    pub(crate) fn alerts(&self) -> Vec<Alert> {
        lock(&self.alerts).clone()
    }

    pub(crate) fn webhooks(&self) -> Vec<WebhookReport> {
        lock(&self.webhooks).clone()
    }

    pub(crate) fn clear(&self) {
        lock(&self.entries).clear();
        lock(&self.alerts).clear();
        lock(&self.webhooks).clear();
        lock(&self.events).clear();
    }
}
