//! A call for which an agent is held before it is placed, so that somebody is there when it is answered.

use carillon_domain::agents::live::{Beginning, LiveCall, LiveEvent};
use carillon_domain::attempt::AgentsWhen;
use carillon_domain::campaign::{AgentsPlan, Campaign};
use carillon_domain::ids::{AgentId, CampaignId, LiveId};
use carillon_engine::desk::Desk;
use carillon_engine::order::DialOrder;
use carillon_store::TenantTable;

use crate::handler::Deps;

/// The agents' side of one order.
pub(crate) struct Agents<'a> {
    desk: Desk<'a>,
    live: LiveId,
    campaign: CampaignId,
    now: jiff::Timestamp,
    /// Absent where the call needs none, or not yet.
    plan: Option<&'a AgentsPlan>,
}

impl<'a> Agents<'a> {
    pub(crate) fn of(deps: &'a Deps, campaign: &'a Campaign, order: &'a DialOrder) -> Self {
        let tenant = &order.attempt.enrollment.tenant;
        let desk = Desk::new(
            deps.table.as_ref(),
            tenant,
            deps.boards.as_ref(),
            deps.plan.as_ref(),
            deps.clock.as_ref(),
        );
        let plan = campaign.plan.agents.as_ref().filter(|agents| agents.when == AgentsWhen::Answer);
        Self {
            desk,
            live: order.attempt.clone().into(),
            campaign: campaign.id.clone(),
            now: deps.clock.now(),
            plan,
        }
    }

    /// Holds an agent, if one is needed. Returns whether the call may be placed.
    pub(crate) async fn hold(
        &self,
        table: &TenantTable<'_>,
        campaign: &Campaign,
        order: &DialOrder,
        wanted: Option<AgentId>,
        now: jiff::Timestamp,
    ) -> anyhow::Result<bool> {
        let Some(plan) = self.plan else { return Ok(true) };
        let Some(queue) = table.queue(&plan.queue).await? else {
            tracing::error!(queue = %plan.queue, metric.queues_missing = 1, "the campaign's queue does not exist");
            return Ok(false);
        };
        if !queue.value.plan.is_open(now) {
            return Ok(false); // closed since the wave was planned
        }
        let beginning = Beginning {
            id: self.live.clone(),
            contact: Some(order.attempt.enrollment.contact.clone()),
            from: order.from.clone(),
            handling: plan.handling(&queue.value.plan),
            ring_seconds: campaign.plan.pace.ring_seconds,
        };
        let live = LiveCall { wanted, ..LiveCall::begin(beginning, &queue.value, now) };
        Ok(self.desk.open(&live).await?.is_some_and(|live| live.holds().is_some()))
    }

    /// The person's telephone rings, or may: the agent's does too, if the campaign says so.
    pub(crate) async fn placed(&self) -> anyhow::Result<()> {
        if self.plan.is_some() {
            self.desk.take(&self.live, &LiveEvent::Placed).await?;
        }
        Ok(())
    }

    /// The order comes to no call, and nobody was held for it: its campaign may call somebody else instead.
    pub(crate) async fn not_needed(&self) {
        if self.plan.is_some() {
            self.desk.nudge(vec![self.campaign.clone()], self.now).await;
        }
    }

    /// There will be no call: the agent is free again, as if nothing had been.
    pub(crate) async fn let_go(&self) -> anyhow::Result<()> {
        if self.plan.is_some() {
            self.desk.withdraw(&self.live).await?;
        }
        Ok(())
    }
}
