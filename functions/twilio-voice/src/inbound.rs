//! A call that comes in: whoever calls one of a tenant's numbers is brought to the queue of that number, and to the agent
//! with whom they spoke last, if that one is free; else to anybody, and after a while to a machine that takes a message.
//!
//! Trigger: the voice URL of a number at Twilio, `{public}/twilio/inbound/{tenant}`, and its status callback,
//! `{public}/twilio/inbound/{tenant}/status`, which an admin sets there.

use carillon_domain::agents::live::{Beginning, Handling, LiveCall, LiveEvent, RingWhen, Transfer};
use carillon_domain::agents::queue::Queue;
use carillon_domain::ids::{AgentId, ContactId, InboundId, LiveId, QueueId, TenantId};
use carillon_domain::script::MergeFields;
use carillon_shell::secrets::SecretStore;
use carillon_store::{StoreError, TenantTable};
use carillon_twilio::twiml::Twiml;
use carillon_twilio::urls::{InboundHook, PublicUrl};
use carillon_twilio::webhook::CallIn;

use crate::desk::AtDesk;
use crate::documents::{Documents, Tongue};
use crate::handler::{Deps, Failure};

/// How long an agent's telephone rings for a call in, seconds.
const OFFER_SECONDS: u16 = 20;
/// How many of a contact's calls are looked at for the agent whom they know.
const CALLS_REMEMBERED: usize = 3;

/// Answers a webhook of a number that was called.
pub(crate) async fn answer<S: SecretStore + Clone>(
    deps: &Deps<S>,
    tenant: &TenantId,
    hook: InboundHook,
    call: CallIn,
    public: &PublicUrl,
) -> Result<Option<Twiml>, Failure> {
    let live = LiveId::Inbound { tenant: tenant.clone(), call: InboundId::of_call(&call.call.0) };
    let desk = AtDesk::new(deps, &live, public, None);
    match hook {
        InboundHook::Status => {
            if call.status.is_final() {
                desk.desk().person_gone(&live).await?;
            }
            Ok(None)
        }
        InboundHook::Answer => {
            let documents = Documents { live: &live, public, tongue: &Tongue::default() };
            let table = TenantTable::new(deps.table.as_ref(), tenant);
            let known = known(&table, &call).await?;
            let Some(queue) = queue(&table, &call, &known).await? else {
                tracing::warn!(metric.calls_in_astray = 1, "a number was called that leads to no queue");
                return Ok(Some(documents.goodbye(Some(NOBODY_HERE))?));
            };
            let now = deps.clock.now();
            let begun = LiveCall {
                wanted: known.agent,
                ..LiveCall::begin(beginning(&live, known.contact, &call, &queue), &queue, now)
            };
            let mut at_desk = desk.arrive(begun, &queue, call.call.clone()).await?;
            if queue.plan.max_wait_seconds == 0 {
                let over = desk.desk().take(&live, &LiveEvent::GiveUp { asks: true }).await?;
                at_desk = over.ok_or(Failure::Gone)?.live;
            }
            let notice = queue.plan.recording_notice.as_ref().map(|text| text.render(&MergeFields::new()));
            desk.lead_in(&at_desk, notice.as_deref(), 0).await
        }
    }
}

/// What is heard where a number leads to nobody.
const NOBODY_HERE: &str = "This number takes no calls.";

/// What is known of whoever calls.
#[derive(Default)]
struct Known {
    contact: Option<ContactId>,
    /// With whom they spoke last.
    agent: Option<AgentId>,
    /// In which queue.
    queue: Option<QueueId>,
}

async fn known(table: &TenantTable<'_>, call: &CallIn) -> Result<Known, StoreError> {
    let (Some(from), Some(tenant)) = (&call.from, table.settings().await?) else {
        return Ok(Known::default());
    };
    let id = ContactId::of_address(tenant.value.salt.as_bytes(), from.as_str());
    let file = table.contact_file_lately(&id).await?;
    if file.contact.is_none() {
        return Ok(Known::default());
    }
    let mut known = Known { contact: Some(id), ..Known::default() };
    for call in file.agents_calls().into_iter().take(CALLS_REMEMBERED) {
        let Some(live) = table.live(&call).await? else { continue };
        if live.value.agent.is_some() {
            (known.agent, known.queue) = (live.value.agent, Some(live.value.queue));
            break;
        }
    }
    Ok(known)
}

/// The queue of the number that was called; else the one in which the contact's last talk was.
async fn queue(table: &TenantTable<'_>, call: &CallIn, known: &Known) -> Result<Option<Queue>, StoreError> {
    let queues = table.queues().await?;
    let by_number = queues.iter().find(|it| it.value.plan.numbers.contains(&call.to));
    let found = by_number.or_else(|| queues.iter().find(|it| known.queue.as_ref() == Some(&it.value.id)));
    Ok(found.map(|queue| queue.value.clone()))
}

fn beginning(live: &LiveId, contact: Option<ContactId>, call: &CallIn, queue: &Queue) -> Beginning {
    Beginning {
        id: live.clone(),
        contact,
        // Agents see the number that was called: whose it is that called, the whisper and the screen tell.
        from: call.to.clone(),
        handling: Handling {
            offer_seconds: OFFER_SECONDS,
            patience_seconds: queue.plan.max_wait_seconds,
            wrap_up_seconds: queue.plan.wrap_up_seconds,
            ring: RingWhen::OnAnswer,
            transfer: Transfer::Warm,
        },
        ring_seconds: 0,
    }
}
