//! `/_network`: the door for tests and for the curious. It needs no credentials; the network is for one machine.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::journal::{Alert, Entry, WebhookReport};
use crate::live::inbound::{self, CallIn};
use crate::people::script::Script;
use crate::rooms::{self, ConferenceReport};
use crate::shared::Shared;
use crate::twilio::call::{CallReport, Direction};

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/_network/health", get(health))
        .route("/_network/config", get(config).patch(patch_config))
        .route("/_network/script", get(script).put(put_script))
        .route("/_network/reset", axum::routing::post(reset))
        .route("/_network/calls", get(calls).post(call_in))
        .route("/_network/calls/{sid}", get(call))
        .route("/_network/calls/{sid}/heard", get(heard))
        .route("/_network/conferences", get(conferences))
        .route("/_network/conferences/{sid_or_name}", get(conference))
        .route("/_network/hearing", get(hearing))
        .route("/_network/numbers", get(numbers))
        .route("/_network/alerts", get(alerts))
        .route("/_network/webhooks", get(webhooks))
        .route("/_network/journal", get(journal))
}

/// How many calls there are in each state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// All calls.
    pub calls: usize,
    /// Those not over yet.
    pub live: usize,
    /// By state, in the words of callbacks.
    pub by_status: BTreeMap<&'static str, usize>,
}

/// What one number went through.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NumberReport {
    /// Calls that were placed to it.
    pub calls: usize,
    /// How many of them were picked up.
    pub answered: usize,
    /// Most calls that were live at once: more than 1 means that somebody was called while on the phone.
    pub at_once_max: usize,
    /// By state, in the words of callbacks.
    pub by_status: BTreeMap<&'static str, usize>,
}

pub(crate) fn totals(net: &Shared) -> Totals {
    let mut totals = Totals::default();
    for status in net.each_call(|call| Some(call.report.status)) {
        totals.calls += 1;
        totals.live += usize::from(!status.is_final());
        *totals.by_status.entry(status.in_callbacks()).or_default() += 1;
    }
    totals
}

pub(crate) fn reports(net: &Shared) -> Vec<CallReport> {
    net.each_call(|call| Some(call.report.clone()))
}

pub(crate) fn by_number(net: &Shared) -> BTreeMap<String, NumberReport> {
    let mut numbers: BTreeMap<String, NumberReport> = BTreeMap::new();
    let mut live: BTreeMap<String, usize> = BTreeMap::new();
    for report in reports(net).into_iter().filter(|report| report.direction != Direction::Inbound) {
        let number = numbers.entry(report.to).or_default();
        number.calls += 1;
        number.answered += usize::from(report.answered_at.is_some());
        *number.by_status.entry(report.status.in_callbacks()).or_default() += 1;
    }
    // The journal is in order, so that beginnings and ends can be counted against each other.
    for entry in net.journal.entries(0, usize::MAX) {
        let Some(number) = entry.number else { continue };
        match entry.event {
            "call.created" | "call.received" => {
                let now = live.entry(number.clone()).or_default();
                *now += 1;
                let known = numbers.entry(number).or_default();
                known.at_once_max = known.at_once_max.max(*now);
            }
            "call.ended" => {
                let now = live.entry(number).or_default();
                *now = now.saturating_sub(1);
            }
            _ => {}
        }
    }
    numbers
}

async fn health(State(net): State<Arc<Shared>>) -> Json<Value> {
    Json(json!({"status": "up", "totals": totals(&net)}))
}

async fn config(State(net): State<Arc<Shared>>) -> Json<Value> {
    Json(json!(&*net.settings()))
}

fn refused(error: &serde_json::Error) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({"error": error.to_string()}))).into_response()
}

async fn patch_config(State(net): State<Arc<Shared>>, Json(patch): Json<Value>) -> Response {
    match net.settings().patched(&patch) {
        Ok(settings) => {
            let answer = Json(json!(settings)).into_response();
            net.set_settings(settings);
            answer
        }
        Err(error) => refused(&error),
    }
}

async fn script(State(net): State<Arc<Shared>>) -> Json<Script> {
    Json(net.settings().script.clone())
}

/// Replaces the script as a whole, where a patch of the configuration merges.
async fn put_script(State(net): State<Arc<Shared>>, Json(script): Json<Value>) -> Response {
    match serde_json::from_value::<Script>(script) {
        Ok(script) => {
            let mut settings = (*net.settings()).clone();
            settings.script = script.clone();
            net.set_settings(settings);
            Json(script).into_response()
        }
        Err(error) => refused(&error),
    }
}

async fn reset(State(net): State<Arc<Shared>>) -> StatusCode {
    net.reset();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct CallQuery {
    to: Option<String>,
    status: Option<String>,
}

async fn calls(State(net): State<Arc<Shared>>, Query(query): Query<CallQuery>) -> Json<Vec<CallReport>> {
    let fits = |report: &CallReport| {
        query.to.as_ref().is_none_or(|to| *to == report.to)
            && query.status.as_ref().is_none_or(|status| *status == report.status.in_callbacks())
    };
    Json(net.each_call(|call| fits(&call.report).then(|| call.report.clone())))
}

async fn call(State(net): State<Arc<Shared>>, Path(sid): Path<String>) -> Response {
    match net.report(&sid, |report| report.clone()) {
        Some(report) => Json(report).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What was heard on a call, in order, and from whom.
async fn heard(State(net): State<Arc<Shared>>, Path(sid): Path<String>) -> Response {
    match net.report(&sid, |report| report.heard.clone()) {
        Some(heard) => Json(heard).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Lets somebody call one of the accounts' numbers.
async fn call_in(State(net): State<Arc<Shared>>, Json(asked): Json<CallIn>) -> Response {
    match inbound::call_in(&net, &asked) {
        Ok(sid) => (StatusCode::CREATED, Json(json!({"sid": sid}))).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({"error": error.to_string()}))).into_response(),
    }
}

#[derive(Deserialize)]
struct ConferenceQuery {
    name: Option<String>,
}

async fn conferences(
    State(net): State<Arc<Shared>>,
    Query(query): Query<ConferenceQuery>,
) -> Json<Vec<ConferenceReport>> {
    let mut all = rooms::report::reports(&net);
    all.retain(|report| query.name.as_ref().is_none_or(|name| *name == report.name));
    Json(all)
}

/// One conference: by its id, or the last of that name.
async fn conference(State(net): State<Arc<Shared>>, Path(wanted): Path<String>) -> Response {
    let all = rooms::report::reports(&net);
    match all.into_iter().rfind(|report| report.sid == wanted || report.name == wanted) {
        Some(report) => Json(report).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Who hears whom at this instant: pairs of calls, speaker and listener.
async fn hearing(State(net): State<Arc<Shared>>) -> Json<Vec<(String, String)>> {
    Json(rooms::edges(&net))
}

async fn numbers(State(net): State<Arc<Shared>>) -> Json<BTreeMap<String, NumberReport>> {
    Json(by_number(&net))
}

async fn alerts(State(net): State<Arc<Shared>>) -> Json<Vec<Alert>> {
    Json(net.journal.alerts())
}

async fn webhooks(State(net): State<Arc<Shared>>) -> Json<Vec<WebhookReport>> {
    Json(net.journal.webhooks())
}

#[derive(Deserialize)]
struct JournalQuery {
    #[serde(default)]
    since: u64,
    limit: Option<usize>,
}

async fn journal(State(net): State<Arc<Shared>>, Query(query): Query<JournalQuery>) -> Json<Vec<Entry>> {
    Json(net.journal.entries(query.since, query.limit.unwrap_or(usize::MAX)))
}
