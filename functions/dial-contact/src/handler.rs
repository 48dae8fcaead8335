//! One order: check once more, write the attempt, place the call.

use std::sync::Arc;

use anyhow::Context;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use carillon_domain::agents::ports::Switchboards;
use carillon_domain::attempt::{AgentsWhen, Attempt, Event, check_after};
use carillon_domain::campaign::{Campaign, CampaignState};
use carillon_domain::compliance::{Cause, Verdict};
use carillon_domain::enrollment::Enrollment;
use carillon_domain::outcome::EndReason;
use carillon_domain::ports::{AmdMode, Outgoing, PlaceCall, PlaceError, Queue, Voices};
use carillon_domain::script::{CallScript, MergeFields, Opening};
use carillon_domain::tenant::Tenant;
use carillon_engine::clock::Clock;
use carillon_engine::order::{self, DialOrder};
use carillon_engine::{events, judge};
use carillon_shell::logging::{self, Instrument};
use carillon_store::{StoreError, Stored, Table, TenantTable, Vault};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};

use crate::agents::Agents;
use crate::checks::{Answer, Overtaken, consider, overtaken};
use crate::settings::Settings;

/// What the function works with.
pub struct Deps {
    /// The table.
    pub table: Arc<dyn Table>,
    /// The keys of contacts' profiles: what is said on answering may name the contact.
    pub vault: Arc<Vault>,
    /// The `dial` queue, for orders that the provider was too busy for.
    pub dial: Arc<dyn Queue>,
    /// Each tenant's telephone.
    pub voices: Arc<dyn Voices>,
    /// Each tenant's switchboard, for calls that agents take.
    pub boards: Arc<dyn Switchboards>,
    /// The `plan` queue, for campaigns that dial for an agent who has become free.
    pub plan: Arc<dyn Queue>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How long past a call's expected end to wait for its callback.
    pub callback_grace: SignedDuration,
}

/// Places what is ordered, all at once. A message of which an order failed comes again as a whole: whoever has been called
/// by then is not called again.
///
/// # Errors
/// None: what fails is reported by message.
pub async fn handle(deps: &Deps, event: SqsEvent) -> anyhow::Result<SqsBatchResponse> {
    let mut messages: Vec<(String, anyhow::Result<Vec<DialOrder>>)> = Vec::with_capacity(event.records.len());
    let mut traces = Vec::with_capacity(event.records.len());
    for mut message in event.records {
        traces.push(message.attributes.remove("AWSTraceHeader"));
        let orders = order::orders(message.body.as_deref().unwrap_or_default());
        messages.push((message.message_id.unwrap_or_default(), orders.context("not dial orders")));
    }
    let orders: Vec<&DialOrder> =
        messages.iter().filter_map(|(_, orders)| orders.as_ref().ok()).flatten().collect();
    let settings = Settings::read(deps.table.as_ref(), orders.into_iter()).await;
    let work = messages.into_iter().zip(traces).map(|((id, orders), trace)| {
        let work = async {
            let failed = match orders {
                Ok(orders) => join_all(orders.iter().map(|order| dial_one(deps, &settings, order))).await,
                Err(error) => vec![Err(error)],
            };
            let failed: Vec<String> =
                failed.into_iter().filter_map(Result::err).map(|error| format!("{error:#}")).collect();
            for error in &failed {
                tracing::error!(error, message.id = id, metric.orders_failed = 1, "dial failed");
            }
            (!failed.is_empty()).then_some(id)
        };
        work.instrument(logging::message(trace.as_deref()))
    });
    let mut response = SqsBatchResponse::default();
    for id in join_all(work).await.into_iter().flatten() {
        response.add_failure(id);
    }
    Ok(response)
}

async fn dial_one(deps: &Deps, settings: &Settings, order: &DialOrder) -> anyhow::Result<()> {
    let span = logging::attempt(&order.attempt);
    async { dial(deps, settings.of(order)?, order).await }.instrument(span).await
}

async fn dial(deps: &Deps, settings: Option<&(Campaign, Tenant)>, order: &DialOrder) -> anyhow::Result<()> {
    let Some((campaign, tenant)) = settings else {
        return drop_order("no such campaign").map(drop);
    };
    if campaign.state != CampaignState::Running || campaign.run != order.run {
        return drop_order("the campaign has been paused or stopped since").map(drop);
    }
    match consider_and_place(deps, campaign, tenant, order).await? {
        Done::Placed | Done::Later => {}
        // The order was given for an agent who is free, and still is: the planner has somebody else for them.
        Done::Dropped => Agents::of(deps, campaign, order).not_needed().await,
    }
    Ok(())
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    /// There is a call, or there may be.
    Placed,
    /// It will come again.
    Later,
    /// There will be no call.
    Dropped,
}

async fn consider_and_place(
    deps: &Deps,
    campaign: &Campaign,
    tenant: &Tenant,
    order: &DialOrder,
) -> anyhow::Result<Done> {
    let id = &order.attempt.enrollment;
    let table = TenantTable::new(deps.table.as_ref(), &id.tenant);
    let now = deps.clock.now();
    if order.day.is_some_and(|day| day != campaign.plan.day(now).0) {
        return drop_order("it belongs to another day's limit");
    }
    let terms = judge::terms(tenant, campaign);
    // As the contact was a moment ago: whoever may be called is looked at again once the attempt is written. Whoever
    // may not is looked at again now.
    let reader = match opens(campaign) {
        Some(script) if script.opens_personally() => table.with_vault(&deps.vault),
        Some(_) | None => table,
    };
    let mut file = reader.contact_file_lately(&id.contact).await?;
    let mut answer = consider(&file, order, &terms, now)?;
    if !matches!(answer, Answer::Go { .. }) {
        file = reader.contact_file(&id.contact).await?;
        answer = consider(&file, order, &terms, now)?;
    }
    let (enrollment, contact, verdict, grounds) = match answer {
        Answer::Drop(why) => return drop_order(why),
        Answer::PutOff { enrollment, until } => return put_off(&table, enrollment, until).await,
        Answer::Withdraw(enrollment) => {
            return end(&table, enrollment, EndReason::Withdrawn, None, deps).await;
        }
        Answer::Refuse { enrollment, verdict } => return refuse(&table, enrollment, verdict, deps).await,
        Answer::Go { enrollment, contact, verdict, grounds } => (enrollment, contact, verdict, grounds),
    };
    if grounds.terms != order.terms {
        // Settings have changed since the wave was planned.
        table.save_terms(&id.campaign, &terms).await?;
    }
    let opening = opens(campaign).map(|script| script.opening(&contact.value.merge_fields()));
    let attempt = Stored::new(Attempt {
        check_after: check_after(now, campaign.plan.pace.ring_seconds, deps.callback_grace),
        opening_sent: opening.is_some(),
        agents: campaign.plan.puts_through(),
        grounds: Some(*grounds),
        ..Attempt::new(order.attempt.clone(), contact.value.phone.clone(), order.from.clone(), now, verdict)
    });
    match table.save_attempt(&attempt).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => return drop_order("already dialled"),
        Err(error) => return Err(error.into()),
    }
    let attempt = attempt.saved();
    match overtaken(&table, &terms, contact, &file, &attempt, order, deps.clock.as_ref()).await? {
        None => {}
        Some(Overtaken::Forbidden(forbidden)) => {
            table.withdraw_attempt(&attempt).await?;
            return refuse(&table, &forbidden.enrollment, forbidden.verdict, deps).await;
        }
        Some(Overtaken::Engaged { until }) => {
            table.withdraw_attempt(&attempt).await?;
            return put_off(&table, enrollment, until).await;
        }
        Some(Overtaken::Over) => {
            table.withdraw_attempt(&attempt).await?;
            return drop_order("its enrollment has moved on since");
        }
    }
    let agents = Agents::of(deps, campaign, order);
    if !agents.hold(&table, campaign, order, enrollment.value.for_agent.clone(), now).await? {
        table.withdraw_attempt(&attempt).await?;
        return wait_for_agents(deps, order).await;
    }
    place(deps, &table, campaign, &agents, order, opening, attempt).await
}

/// The script, where what is said on answering is known before: where nobody asks who answers, no agent is looked for,
/// and the person is not put through at once. Whose name is in it is read with the contact's profile opened, at one read
/// more; everybody else's stays sealed.
fn opens(campaign: &Campaign) -> Option<&CallScript> {
    let plan = &campaign.plan;
    let at_once = plan.agents.is_some() || plan.puts_through() == Some(AgentsWhen::Answer);
    (plan.amd == AmdMode::Off && !at_once).then_some(&plan.script)
}

/// So often an order waits for an agent, and so long each time, seconds: then the planner comes across the contact
/// again, when it has counted anew who is free.
const WAITS_MAX: u8 = 20;
const WAIT_SECONDS: u16 = 3;

async fn wait_for_agents(deps: &Deps, order: &DialOrder) -> anyhow::Result<Done> {
    if order.waits >= WAITS_MAX {
        return drop_order("no agent has become free");
    }
    tracing::info!(metric.orders_without_agent = 1, "no agent is free for this call");
    put_back(deps, &DialOrder { waits: order.waits + 1, ..order.clone() }, WAIT_SECONDS).await?;
    Ok(Done::Later)
}

async fn put_back(deps: &Deps, order: &DialOrder, delay_seconds: u16) -> anyhow::Result<()> {
    let body = order::message(std::slice::from_ref(order))?;
    let again = Outgoing { body, delay_seconds, group: None };
    deps.dial.send(vec![again]).await.context("putting the order back")
}

async fn place(
    deps: &Deps,
    table: &TenantTable<'_>,
    campaign: &Campaign,
    agents: &Agents<'_>,
    order: &DialOrder,
    opening: Option<Opening>,
    mut attempt: Stored<Attempt>,
) -> anyhow::Result<Done> {
    let voice = match deps.voices.of(&order.attempt.enrollment.tenant).await {
        Ok(voice) => voice,
        Err(error) => {
            // Surely no call: take the attempt back, and let the queue bring the order again.
            agents.let_go().await?;
            table.withdraw_attempt(&attempt).await?;
            return Err(anyhow::Error::new(error).context("the tenant's telephone is not set up"));
        }
    };
    let call = PlaceCall {
        attempt: order.attempt.clone(),
        to: attempt.value.to.clone(),
        from: attempt.value.from.clone(),
        ring_seconds_max: campaign.plan.pace.ring_seconds,
        amd: campaign.plan.amd,
        amd_tuning: campaign.plan.amd_tuning,
        await_beep: campaign.plan.amd != AmdMode::Off && campaign.plan.script.voicemail.is_some(),
        record: campaign.plan.record,
        opening,
    };
    match voice.place(&call).await {
        Ok(_call) => {
            agents.placed().await?; // its callbacks bring its id: saving it here would be a write per call
            Ok(Done::Placed)
        }
        Err(PlaceError::Refused { reason, code }) => {
            tracing::warn!(?reason, code, metric.calls_refused = 1, "the provider refused a call");
            agents.let_go().await?;
            let now = deps.clock.now();
            let fields = MergeFields::new();
            let reaction = attempt.value.on(&Event::Refused(reason), now, &campaign.plan.script, &fields);
            match events::settle(table, &attempt, &reaction, campaign, now).await {
                // The agent was let go, and with that the planner has been told.
                Ok(()) | Err(StoreError::Conflict) => Ok(Done::Placed),
                Err(error) => Err(error.into()),
            }
        }
        Err(PlaceError::Throttled) => {
            tracing::info!(metric.provider_throttled = 1, "the provider asks for a pause");
            agents.let_go().await?;
            table.withdraw_attempt(&attempt).await?;
            let contact = &order.attempt.enrollment.contact;
            let spread = contact.as_str().bytes().last().unwrap_or(0) % 4;
            put_back(deps, order, 1 + u16::from(spread)).await?;
            Ok(Done::Later)
        }
        Err(error @ PlaceError::Unavailable(_)) => {
            tracing::warn!(metric.provider_unavailable = 1, "the provider takes no calls");
            // The queue brings the order again after its visibility timeout, and after three times puts it aside;
            // `reconcile` then has the planner come across the contact once more.
            agents.let_go().await?;
            table.withdraw_attempt(&attempt).await?;
            Err(error.into())
        }
        Err(PlaceError::Unknown(source)) => {
            // It may be ringing. Never dialled again: its callbacks, or `reconcile`, will tell.
            let cause = source.map(|source| source.to_string());
            tracing::warn!(cause, metric.calls_unknown = 1, "unknown whether the call was placed");
            agents.placed().await?;
            Ok(Done::Placed)
        }
    }
}

/// The rules, asked once more, say no.
async fn refuse(
    table: &TenantTable<'_>,
    enrollment: &Stored<Enrollment>,
    verdict: Verdict,
    deps: &Deps,
) -> anyhow::Result<Done> {
    match &verdict {
        Verdict::Allowed { .. } => Ok(Done::Dropped),
        Verdict::NotNow { next_at, .. } => {
            let mut enrollment = enrollment.clone();
            enrollment.value.put_off(*next_at);
            enrollment.value.last_verdict = Some(verdict);
            save(table, &enrollment).await
        }
        Verdict::Never { cause, .. } => {
            let reason = match cause {
                Cause::Suppressed { .. } => EndReason::Suppressed,
                Cause::Rule { .. } | Cause::Cap { .. } => EndReason::NotAllowed,
                Cause::Window | Cause::NoOpening => EndReason::NoWindow,
            };
            end(table, enrollment, reason, Some(verdict), deps).await
        }
    }
}

async fn put_off(
    table: &TenantTable<'_>,
    enrollment: &Stored<Enrollment>,
    until: Timestamp,
) -> anyhow::Result<Done> {
    let mut enrollment = enrollment.clone();
    enrollment.value.put_off(until);
    save(table, &enrollment).await
}

async fn end(
    table: &TenantTable<'_>,
    enrollment: &Stored<Enrollment>,
    reason: EndReason,
    verdict: Option<Verdict>,
    deps: &Deps,
) -> anyhow::Result<Done> {
    let mut enrollment = enrollment.clone();
    enrollment.value.end(reason, deps.clock.now());
    enrollment.value.last_verdict = verdict.or(enrollment.value.last_verdict);
    save(table, &enrollment).await
}

async fn save(table: &TenantTable<'_>, enrollment: &Stored<Enrollment>) -> anyhow::Result<Done> {
    match table.save_enrollment(enrollment).await {
        // Changed meanwhile: the planner will come across it as it is now.
        Ok(()) | Err(StoreError::Conflict) => Ok(Done::Dropped),
        Err(error) => Err(error.into()),
    }
}

fn drop_order(why: &str) -> anyhow::Result<Done> {
    tracing::info!(why, metric.orders_dropped = 1, "order dropped");
    Ok(Done::Dropped)
}
