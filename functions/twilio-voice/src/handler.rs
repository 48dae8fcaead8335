//! One webhook: check its signature, take the event in, answer.

use std::sync::Arc;

use anyhow::Context;
use aws_lambda_events::lambda_function_urls::{LambdaFunctionUrlRequest, LambdaFunctionUrlResponse};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use carillon_domain::agents::live::LiveEvent;
use carillon_domain::agents::ports::Switchboards;
use carillon_domain::attempt::{AgentsWhen, Event, Recording};
use carillon_domain::campaign::Campaign;
use carillon_domain::contact::Contact;
use carillon_domain::ids::{AttemptRef, CampaignId, LiveId, TenantId};
use carillon_domain::ports::Queue;
use carillon_domain::refusal::refuses;
use carillon_domain::script::{Digit, MergeFields, Step};
use carillon_engine::clock::Clock;
use carillon_engine::events::{EventError, take_in, take_in_from};
use carillon_engine::lately::Lately;
use carillon_shell::logging::{self, Instrument};
use carillon_shell::secrets::{SecretSource, SecretStore};
use carillon_store::{StoreError, Table, TenantTable, Vault};
use carillon_twilio::accounts::Accounts;
use carillon_twilio::signature::{self, Body};
use carillon_twilio::speak;
use carillon_twilio::twiml::{CONTENT_TYPE, Twiml};
use carillon_twilio::urls::{self, Hook, InboundHook, PublicUrl};
use carillon_twilio::webhook::{self, RecordingStatus, VoiceEvent, VoiceWebhook};
use http::header::{CONTENT_TYPE as CONTENT_TYPE_HEADER, HeaderValue};
use jiff::{SignedDuration, Timestamp};

use crate::desk::AtDesk;
use crate::documents::asks_who_calls;
use crate::inbound;

/// What the function works with.
pub struct Deps<S> {
    /// The table.
    pub table: Arc<dyn Table>,
    /// The keys of contacts' profiles.
    pub vault: Arc<Vault>,
    /// Each tenant's credentials.
    pub accounts: Arc<Accounts<S>>,
    /// Where Twilio reaches us, if not at the function's own URL.
    pub public: Option<PublicUrl>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Campaigns that were read a moment ago.
    pub campaigns: Arc<Campaigns>,
    /// Each tenant's switchboard, whose callbacks come to an address of ours.
    pub boards: Boards,
    /// The `plan` queue, for campaigns that dial for an agent who has become free.
    pub plan: Arc<dyn Queue>,
}

/// Switchboards whose callbacks come to this address: where no domain stands in front, only a request tells it.
pub type Boards = Arc<dyn Fn(&PublicUrl) -> Arc<dyn Switchboards> + Send + Sync>;

/// Campaigns by tenant and id: what their calls say and when they are tried again, which an edit changes within seconds.
pub type Campaigns = Lately<(TenantId, CampaignId), Campaign>;

/// How long a campaign is good for.
pub const CAMPAIGN_GOOD_FOR: SignedDuration = SignedDuration::from_secs(10);

/// Answers a webhook. What is wrong with a request is told with a status and no more: whoever forges one learns
/// nothing.
///
/// # Errors
/// When the table or the secret store fails: Twilio then says so to the caller and asks nobody again, and
/// `reconcile` learns of the end.
pub async fn handle<S: SecretStore + Clone>(
    deps: &Deps<S>,
    request: LambdaFunctionUrlRequest,
) -> anyhow::Result<LambdaFunctionUrlResponse> {
    let path = request.raw_path.as_deref().unwrap_or_default();
    let query = request.raw_query_string.as_deref();
    if request.request_context.http.method.as_deref() != Some("POST") {
        return Ok(status(405));
    }
    if let Some((tenant, hook)) = urls::parse_inbound(path) {
        let span = tracing::info_span!("inbound", %tenant);
        return called(deps, &request, &tenant, hook).instrument(span).await;
    }
    let Some((live, hook)) = urls::parse(path, query) else { return Ok(status(404)) };
    let span = match &live {
        LiveId::Attempt(attempt) => logging::attempt(attempt),
        LiveId::Inbound { .. } => tracing::info_span!("inbound", call = %live),
    };
    Box::pin(hear(deps, &request, &live, hook)).instrument(span).await
}

/// What was sent to a call's hook.
async fn hear<S: SecretStore + Clone>(
    deps: &Deps<S>,
    request: &LambdaFunctionUrlRequest,
    live: &LiveId,
    hook: Hook,
) -> anyhow::Result<LambdaFunctionUrlResponse> {
    let (public, form, account_sid) = match open(deps, request, live.tenant()).await? {
        Ok(opened) => opened,
        Err(code) => return Ok(status(code)),
    };
    let webhook = match webhook::parse(hook, &form) {
        Ok(webhook) => webhook,
        Err(error) => {
            tracing::error!(%error, metric.webhooks_unreadable = 1, "a signed webhook that cannot be read");
            return Ok(status(400));
        }
    };
    if webhook.account_sid != account_sid {
        return Ok(status(403));
    }
    let answer = match (live, hook) {
        (
            LiveId::Attempt(id),
            Hook::Answer | Hook::Gather { .. } | Hook::Status | Hook::Amd | Hook::Recording,
        ) => answer(deps, id, hook, webhook, &public).await,
        (_, _) => at_desk(deps, live, hook, webhook, &public).await,
    };
    answered(answer)
}

fn answered(answer: Result<Option<Twiml>, Failure>) -> anyhow::Result<LambdaFunctionUrlResponse> {
    match answer {
        Ok(Some(document)) => Ok(twiml(&document)),
        Ok(None) => Ok(status(204)),
        Err(Failure::Gone) => Ok(status(404)),
        Err(Failure::Other(error)) => Err(error),
    }
}

/// What was sent because somebody called one of a tenant's numbers.
async fn called<S: SecretStore + Clone>(
    deps: &Deps<S>,
    request: &LambdaFunctionUrlRequest,
    tenant: &TenantId,
    hook: InboundHook,
) -> anyhow::Result<LambdaFunctionUrlResponse> {
    let (public, form, account_sid) = match open(deps, request, tenant).await? {
        Ok(opened) => opened,
        Err(code) => return Ok(status(code)),
    };
    let call = match webhook::call_in(&form) {
        Ok(call) => call,
        Err(error) => {
            tracing::error!(%error, metric.webhooks_unreadable = 1, "a signed webhook that cannot be read");
            return Ok(status(400));
        }
    };
    if call.account_sid != account_sid {
        return Ok(status(403));
    }
    answered(inbound::answer(deps, tenant, hook, call, &public).await)
}

type Opened = (PublicUrl, Vec<(String, String)>, String);

/// A request whose signature is valid: where we are reached, what it says, and whose account sent it. Else the status
/// that it is answered with.
async fn open<S: SecretStore + Clone>(
    deps: &Deps<S>,
    request: &LambdaFunctionUrlRequest,
    tenant: &TenantId,
) -> anyhow::Result<Result<Opened, u16>> {
    let path = request.raw_path.as_deref().unwrap_or_default();
    let query = request.raw_query_string.as_deref();
    let Some(public) = public_url(deps, request) else { return Ok(Err(400)) };
    let Some(body) = body_of(request) else { return Ok(Err(400)) };
    let form = webhook::decode_form(&body);
    let called = public.called(path, query);
    let presented = request.headers.get("x-twilio-signature").and_then(|value| value.to_str().ok());
    match authenticate(deps, tenant, &called, &form, presented).await? {
        Some(account_sid) => Ok(Ok((public, form, account_sid))),
        None => {
            tracing::warn!(metric.signatures_refused = 1, "a webhook without a valid signature");
            Ok(Err(403))
        }
    }
}

pub(crate) enum Failure {
    /// There is no such call, or no such hook of it.
    Gone,
    Other(anyhow::Error),
}

impl Failure {
    pub(crate) fn of_event(error: EventError) -> Self {
        match error {
            EventError::Unknown(_) => Self::Gone,
            error @ (EventError::Store(_) | EventError::Contended) => {
                Self::Other(anyhow::Error::new(error).context("taking the event in"))
            }
        }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

/// What concerns a call's agents.
async fn at_desk<S: SecretStore + Clone>(
    deps: &Deps<S>,
    live: &LiveId,
    hook: Hook,
    webhook: VoiceWebhook,
    public: &PublicUrl,
) -> Result<Option<Twiml>, Failure> {
    let campaign = match live {
        LiveId::Attempt(id) => Some(campaign_of(deps, id).await?),
        LiveId::Inbound { .. } => None,
    };
    AtDesk::new(deps, live, public, campaign).answer(hook, webhook).await
}

async fn campaign_of<S>(deps: &Deps<S>, id: &AttemptRef) -> Result<Arc<Campaign>, Failure> {
    let tenant = TenantTable::new(deps.table.as_ref(), &id.enrollment.tenant);
    let of = (id.enrollment.tenant.clone(), id.enrollment.campaign.clone());
    let found = deps.campaigns.get(&of, deps.clock.now(), campaign(&tenant, &of.1)).await?;
    found.ok_or(Failure::Gone)
}

async fn answer<S: SecretStore + Clone>(
    deps: &Deps<S>,
    id: &AttemptRef,
    hook: Hook,
    webhook: VoiceWebhook,
    public: &PublicUrl,
) -> Result<Option<Twiml>, Failure> {
    let words = spoken(&webhook);
    let refused = words.as_deref().is_some_and(refuses);
    let screened = words.as_deref().is_some_and(asks_who_calls);
    let Some(mut event) = event_of(webhook) else { return Ok(None) };
    let tenant = TenantTable::new(deps.table.as_ref(), &id.enrollment.tenant);
    let now = deps.clock.now();
    let campaign = campaign_of(deps, id).await?;
    let script = &campaign.plan.script;
    if let (Event::Key { key, .. }, true, Some(menu)) = (&mut event, refused, &script.menu) {
        *key = Some(menu.opt_out_key);
    }
    let live = LiveId::from(id.clone());
    let desk =
        campaign.plan.agents.is_some().then(|| AtDesk::new(deps, &live, public, Some(campaign.clone())));
    if let (Some(desk), Event::Status { status, .. }) = (&desk, &event)
        && status.is_final()
    {
        return over(deps, id, desk, &event, &campaign, now).await;
    }
    // The contact is read only where something is said that differs from one to the other.
    let speaks = hook.is_heard();
    let personal = match hook {
        Hook::Answer => script.opens_personally(),
        Hook::Gather { .. } => script.replies_personally() || screened && script.opens_personally(),
        Hook::Status | Hook::Amd | Hook::Recording => false,
        // What concerns the desk alone is answered there.
        Hook::Again { .. }
        | Hook::Enter
        | Hook::Wait { .. }
        | Hook::Left
        | Hook::Sorry
        | Hook::Refusal
        | Hook::Machine
        | Hook::Rescue
        | Hook::Conference
        | Hook::Voicemail
        | Hook::Forwarded
        | Hook::Agent { .. }
        | Hook::Guest { .. } => return Err(Failure::Gone),
    };
    // Whoever is put through at once hears nothing of the script, unless it is a machine.
    let by_machine = matches!(event, Event::Answered { by: Some(by), .. } if by.is_machine());
    let through_at_once = !by_machine && campaign.plan.puts_through() == Some(AgentsWhen::Answer);
    let personal = personal && !(hook == Hook::Answer && through_at_once);
    let fields = async {
        if !personal {
            return Ok(MergeFields::new());
        }
        let contact = tenant.with_vault(&deps.vault).contact_lately(&id.enrollment.contact).await?;
        Ok(contact.map(|contact| Contact::merge_fields(&contact.value)).unwrap_or_default())
    };
    if screened {
        let fields: Result<_, StoreError> = fields.await;
        let fields = fields?;
        // An assistant answers for its owner, and wants to know who calls: it is told, once.
        let taken = take_in(deps.table.as_ref(), id, &Event::Screening, &campaign, &fields, now).await;
        let steps = match taken.map_err(Failure::of_event)?.changed {
            true => script.greet(&fields),
            false => vec![Step::HangUp],
        };
        return Ok(Some(speak::twiml(&steps, &script.language, script.voice.as_deref(), &live, public)?));
    }
    let taking = async {
        let (fields, attempt) = tokio::try_join!(fields, tenant.attempt_lately(id))?;
        let taken = take_in_from(deps.table.as_ref(), id, attempt, &[&event], &campaign, &fields, now).await;
        taken.map_err(Failure::of_event)
    };
    // Somebody listens to silence: what their answer means for the desk is looked up while the attempt is saved.
    let arrival = match (&desk, &event) {
        (Some(desk), Event::Answered { call, .. }) if through_at_once => {
            Some((desk, LiveEvent::PersonAnswered { leg: call.clone() }))
        }
        (_, _) => None,
    };
    let foreseeing = async {
        match &arrival {
            Some((desk, event)) => desk.foresee(event).await,
            None => Ok(None),
        }
    };
    let (reaction, foreseen) = tokio::join!(taking, foreseeing);
    let (reaction, foreseen) = (reaction?, foreseen?);
    if let Some(desk) = desk {
        let through = reaction.steps.contains(&Step::PutThrough);
        match event {
            Event::Answered { call, .. } | Event::Key { call, .. } if through => {
                return desk.put_through(call, foreseen).await;
            }
            Event::Answered { by: Some(by), .. } if by.is_machine() => {
                desk.machine_answered().await?;
                let leaves = matches!(reaction.steps.as_slice(), [Step::Say { .. }, ..]);
                return if leaves { desk.drop_message().await } else { Ok(Some(Twiml::hang_up())) };
            }
            Event::Detected { call, by } if by.is_machine() && !reaction.foreign => {
                desk.machine_found_out(&call).await?;
                return Ok(None);
            }
            Event::Answered { .. }
            | Event::Key { .. }
            | Event::Detected { .. }
            | Event::Status { .. }
            | Event::OptedOut { .. }
            | Event::Disposed(_)
            | Event::Desk(_)
            | Event::Screening
            | Event::Rescued { .. }
            | Event::Recorded(_)
            | Event::Refused(_)
            | Event::Missing => {}
        }
    }
    // Where the script listens, so does the message for a machine: whoever answers may be none, or an assistant.
    let listens = campaign.plan.agents.is_none() && script.menu.as_ref().is_some_and(|menu| menu.listens);
    if listens && by_machine && matches!(reaction.steps.as_slice(), [Step::Say { .. }, ..]) {
        return AtDesk::new(deps, &live, public, Some(campaign.clone())).drop_message().await;
    }
    if let Some(forward) =
        campaign.plan.forward.as_ref().filter(|_| reaction.steps.contains(&Step::PutThrough))
    {
        return AtDesk::new(deps, &live, public, Some(campaign.clone())).forward(forward).await;
    }
    if !speaks {
        return Ok(None);
    }
    let steps = if reaction.steps.is_empty() { vec![Step::HangUp] } else { reaction.steps };
    Ok(Some(speak::twiml(&steps, &script.language, script.voice.as_deref(), &live, public)?))
}

/// The end of a call at the desk. That is told first, so that the attempt ends knowing whether its person met anybody;
/// what follows there (legs are hung up, agents find what waits for them) is done beside what follows for the attempt.
async fn over<S: SecretStore + Clone>(
    deps: &Deps<S>,
    id: &AttemptRef,
    desk: &AtDesk<'_, S>,
    event: &Event,
    campaign: &Campaign,
    now: Timestamp,
) -> Result<Option<Twiml>, Failure> {
    let tenant = TenantTable::new(deps.table.as_ref(), &id.enrollment.tenant);
    let (gone, attempt) = tokio::join!(desk.person_gone(), tenant.attempt_lately(id));
    let (says, following) = gone?;
    let says = says.map(Event::Desk);
    let events: Vec<&Event> = says.iter().chain([event]).collect();
    let (table, fields) = (deps.table.as_ref(), MergeFields::new());
    let taking = async { take_in_from(table, id, attempt?, &events, campaign, &fields, now).await };
    let (taken, followed) = tokio::join!(taking, desk.follow(following));
    taken.map_err(Failure::of_event)?;
    followed?;
    Ok(None)
}

/// A campaign as it was a moment ago; one that has only just been made may have to be looked for twice.
async fn campaign(tenant: &TenantTable<'_>, id: &CampaignId) -> Result<Option<Campaign>, StoreError> {
    let lately = tenant.campaign_lately(id).await?;
    let found = if lately.is_none() { tenant.campaign(id).await? } else { lately };
    Ok(found.map(|campaign| campaign.value))
}

/// What was said where a key was asked for.
fn spoken(webhook: &VoiceWebhook) -> Option<String> {
    match &webhook.event {
        VoiceEvent::Gathered { digits: None, speech, .. } => {
            speech.as_ref().map(|speech| speech.text.clone())
        }
        VoiceEvent::Gathered { .. }
        | VoiceEvent::Answered { .. }
        | VoiceEvent::Asked { .. }
        | VoiceEvent::Forwarded { .. }
        | VoiceEvent::Conference { .. }
        | VoiceEvent::Status { .. }
        | VoiceEvent::Detected { .. }
        | VoiceEvent::Recording(_) => None,
    }
}

/// What Twilio says, as an event of ours; `None` for news that change nothing.
fn event_of(webhook: VoiceWebhook) -> Option<Event> {
    let call = webhook.call?;
    match webhook.event {
        VoiceEvent::Answered { answered_by, .. } => Some(Event::Answered { call, by: answered_by }),
        VoiceEvent::Status { status, duration_seconds, answered_by, .. } => {
            Some(Event::Status { call, status, by: answered_by, seconds: duration_seconds })
        }
        VoiceEvent::Gathered { round, digits, .. } => {
            let key =
                digits.and_then(|digits| digits.chars().next()).and_then(|key| Digit::try_from(key).ok());
            Some(Event::Key { call, key, round })
        }
        VoiceEvent::Recording(recording) => match (recording.status, recording.url) {
            (RecordingStatus::Completed, Some(url)) => {
                let seconds = recording.duration_seconds.unwrap_or(0);
                Some(Event::Recorded(Recording { id: recording.id, url, seconds }))
            }
            (RecordingStatus::Completed | RecordingStatus::Absent | RecordingStatus::Failed, _) => None,
        },
        VoiceEvent::Detected { answered_by, .. } => Some(Event::Detected { call, by: answered_by }),
        VoiceEvent::Asked { .. } | VoiceEvent::Forwarded { .. } | VoiceEvent::Conference { .. } => None,
    }
}

/// The account whose token signed the request. A token that was rotated a moment ago is read anew before the
/// request is refused.
async fn authenticate<S: SecretStore + Clone>(
    deps: &Deps<S>,
    tenant: &TenantId,
    url: &str,
    form: &[(String, String)],
    presented: Option<&str>,
) -> anyhow::Result<Option<String>> {
    let Some(presented) = presented else { return Ok(None) };
    let secret = deps.accounts.of(tenant);
    let Ok(credentials) = secret.current().await else {
        return Ok(None); // a tenant without credentials is called by nobody
    };
    let valid = |token: &str| signature::is_valid(token, url, Body::Form(form), presented);
    if valid(credentials.auth_token.expose()) {
        return Ok(Some(credentials.account_sid.clone()));
    }
    let renewed = secret.renewed(&credentials).await.context("reading the credentials again")?;
    let renewed = renewed.filter(|renewed| valid(renewed.auth_token.expose()));
    Ok(renewed.map(|renewed| renewed.account_sid.clone()))
}

fn public_url<S>(deps: &Deps<S>, request: &LambdaFunctionUrlRequest) -> Option<PublicUrl> {
    if deps.public.is_some() {
        return deps.public.clone();
    }
    // The domain is what AWS routed by, not what a header claims.
    format!("https://{}", request.request_context.domain_name.as_deref()?).parse().ok()
}

fn body_of(request: &LambdaFunctionUrlRequest) -> Option<Vec<u8>> {
    let body = request.body.as_deref().unwrap_or_default();
    if request.is_base64_encoded { BASE64_STANDARD.decode(body).ok() } else { Some(body.as_bytes().to_vec()) }
}

fn status(code: u16) -> LambdaFunctionUrlResponse {
    let mut response = LambdaFunctionUrlResponse::default();
    response.status_code = i64::from(code);
    response
}

fn twiml(document: &Twiml) -> LambdaFunctionUrlResponse {
    let mut response = status(200);
    response.headers.insert(CONTENT_TYPE_HEADER, HeaderValue::from_static(CONTENT_TYPE));
    response.body = Some(document.as_str().to_owned());
    response
}
