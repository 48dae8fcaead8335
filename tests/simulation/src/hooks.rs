//! Twilio's requests to `twilio-voice`, signed as Twilio signs them.

use std::sync::Arc;

use async_trait::async_trait;
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use carillon_domain::ports::{AnsweredBy, CallStatus};
use carillon_shell::secrets::{Secret, SecretError, SecretStore};
use carillon_store::Vault;
use carillon_twilio::accounts::Accounts;
use carillon_twilio::signature;
use carillon_twilio::urls::{Hook, PublicUrl};

use crate::hub::{Ctx, State};
use crate::network::{Delivery, SimVoice, sid};
use crate::queue::SimQueue;
use crate::table::SimTable;

const ACCOUNT: &str = "AC00000000000000000000000000000000";
const TOKEN: &str = "a token of the simulation";
const PUBLIC: &str = "https://voice.example.com";

/// Credentials that every tenant has.
#[derive(Clone, Copy)]
pub(crate) struct Credentials;

#[async_trait]
impl SecretStore for Credentials {
    async fn read(&self, _: &str) -> Result<Secret, SecretError> {
        Ok(Secret::new(format!(r#"{{"account_sid":"{ACCOUNT}","auth_token":"{TOKEN}"}}"#)))
    }
}

pub(crate) fn public() -> PublicUrl {
    PUBLIC.parse().expect("an address")
}

pub(crate) fn deps(
    ctx: &Ctx,
    campaigns: Arc<twilio_voice::Campaigns>,
    vault: Arc<Vault>,
) -> twilio_voice::Deps<Credentials> {
    twilio_voice::Deps {
        table: Arc::new(SimTable(ctx.clone())),
        vault,
        accounts: Arc::new(Accounts::new(Credentials, "simulation/")),
        public: Some(public()),
        clock: Arc::new(ctx.clone()),
        campaigns,
        boards: Arc::new({
            let voice = SimVoice(ctx.clone());
            move |_| Arc::new(voice.clone())
        }),
        plan: Arc::new(SimQueue(ctx.clone())),
    }
}

pub(crate) fn request(state: &State, delivery: &Delivery) -> LambdaFunctionUrlRequest {
    let call = &state.network.calls[delivery.call];
    let url = public().hook(&call.attempt.clone().into(), delivery.hook);
    let url = url.split('#').next().unwrap_or_default().to_owned();
    let (path, query) = url.split_once('?').map_or((url.as_str(), None), |(path, query)| (path, Some(query)));
    let mut form: Vec<(String, String)> = Vec::new();
    let mut say = |name: &str, value: String| form.push((name.to_owned(), value));
    say("AccountSid", ACCOUNT.to_owned());
    say("CallSid", sid(delivery.call).0);
    say("CallStatus", word(call.status).to_owned());
    if let Some(by) = call.detected() {
        say("AnsweredBy", answerer(by).to_owned());
    }
    if let Hook::Gather { .. } = delivery.hook {
        say("Digits", delivery.key.map(String::from).unwrap_or_default());
    }
    if let (Hook::Status, Some(seconds)) = (delivery.hook, call.seconds) {
        say("CallDuration", seconds.to_string());
    }
    let mut request = LambdaFunctionUrlRequest::default();
    request.raw_path = path.strip_prefix(PUBLIC).map(str::to_owned);
    request.raw_query_string = query.map(str::to_owned);
    request.request_context.http.method = Some("POST".to_owned());
    let signature = signature::sign(TOKEN, &url, &form);
    if let Ok(value) = signature.parse() {
        request.headers.insert("x-twilio-signature", value);
    }
    request.body = Some(form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish());
    request
}

fn word(status: CallStatus) -> &'static str {
    match status {
        CallStatus::Queued => "queued",
        CallStatus::Ringing => "ringing",
        CallStatus::InProgress => "in-progress",
        CallStatus::Completed => "completed",
        CallStatus::Busy => "busy",
        CallStatus::NoAnswer => "no-answer",
        CallStatus::Failed => "failed",
        CallStatus::Canceled => "canceled",
    }
}

fn answerer(by: AnsweredBy) -> &'static str {
    match by {
        AnsweredBy::Human => "human",
        AnsweredBy::MachineStart => "machine_start",
        AnsweredBy::MachineBeep => "machine_end_beep",
        AnsweredBy::MachineSilence => "machine_end_silence",
        AnsweredBy::MachineOther => "machine_end_other",
        AnsweredBy::Fax => "fax",
        AnsweredBy::Unknown => "unknown",
    }
}
