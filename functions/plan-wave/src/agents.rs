//! How many calls a campaign may make for its agents.

use carillon_domain::agents::select;
use carillon_domain::attempt::AgentsWhen;
use carillon_domain::campaign::Campaign;
use carillon_domain::run::RunProgress;
use carillon_store::TenantTable;
use jiff::{SignedDuration, Timestamp};

use crate::handler::PlanError;

/// What the agents' side allows.
#[derive(Clone, Debug)]
pub(crate) struct Agents {
    /// So many calls.
    pub(crate) room: u32,
    /// Since when each agent who is free has been.
    pub(crate) free_since: Vec<Timestamp>,
    /// When more may be allowed, if nobody says so before.
    pub(crate) next: Timestamp,
}

/// The longest that a planner sleeps while agents are busy: whoever becomes free has it woken, and this is for when that
/// is lost.
const LOOK: SignedDuration = SignedDuration::from_secs(30);
/// The longest that it sleeps while the queue is closed: hours that are widened are noticed by then.
const CLOSED_LOOK: SignedDuration = SignedDuration::from_mins(30);
/// The shortest.
const BLINK: SignedDuration = SignedDuration::from_millis(500);

/// Looks who is free; `None` for a campaign that needs nobody to be.
pub(crate) async fn look(
    tenant: &TenantTable<'_>,
    campaign: &Campaign,
    run: &RunProgress,
    now: Timestamp,
) -> Result<Option<Agents>, PlanError> {
    let plan = campaign.plan.agents.as_ref().filter(|plan| plan.when == AgentsWhen::Answer);
    let Some(plan) = plan else { return Ok(None) };
    if run.terms.is_none() {
        // The first time in a run: from now on its agents have this campaign woken.
        tenant.link_campaign(&plan.queue, &campaign.id).await?;
    }
    let Some(queue) = tenant.queue(&plan.queue).await? else {
        tracing::error!(queue = %plan.queue, metric.queues_missing = 1, "the campaign's queue does not exist");
        return Ok(Some(Agents { room: 0, free_since: Vec::new(), next: now + LOOK }));
    };
    if !queue.value.plan.is_open(now) {
        let opens = queue.value.plan.opens(now, CLOSED_LOOK).unwrap_or(now + CLOSED_LOOK);
        return Ok(Some(Agents { room: 0, free_since: Vec::new(), next: opens }));
    }
    let agents = tenant.presences().await?;
    let supply = select::supply(agents.iter().map(|it| &it.value), &queue.value, now);
    // Orders that are dropped take nobody: then the agents for whom they were queued are free after all.
    let told = run.agents_told_by(&supply.free_since, now);
    let next = supply.next.into_iter().chain(told).min();
    let next = next.map_or(now + LOOK, |next| next.clamp(now + BLINK, now + LOOK));
    let room = run.room_for_agents(&supply.free_since, now);
    Ok(Some(Agents { room, free_since: supply.free_since, next }))
}
