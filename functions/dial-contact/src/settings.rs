//! What a batch of orders has in common.

use std::collections::{HashMap, HashSet};

use anyhow::Context;
use carillon_domain::campaign::Campaign;
use carillon_domain::ids::{CampaignId, TenantId};
use carillon_domain::tenant::Tenant;
use carillon_engine::order::DialOrder;
use carillon_store::{Table, TenantTable};
use futures::future::join_all;

/// Campaigns and their tenants, read once for a batch: its ten orders are mostly of one campaign. Nothing is kept for
/// the next batch, so that a pause is seen.
pub(crate) struct Settings(HashMap<Of, anyhow::Result<Option<Both>>>);

type Of = (TenantId, CampaignId);
type Both = (Campaign, Tenant);

impl Settings {
    pub(crate) async fn read(table: &dyn Table, orders: impl Iterator<Item = &DialOrder>) -> Self {
        let ids: HashSet<Of> = orders.map(Self::id).collect();
        let read = ids.into_iter().map(|id| async {
            let table = TenantTable::new(table, &id.0);
            let both = async {
                let Some(campaign) = table.campaign(&id.1).await? else { return Ok(None) };
                let tenant = table.settings().await?.context("the tenant has no settings")?;
                Ok(Some((campaign.value, tenant.value)))
            };
            let both = both.await;
            (id, both)
        });
        Self(join_all(read).await.into_iter().collect())
    }

    fn id(order: &DialOrder) -> Of {
        (order.attempt.enrollment.tenant.clone(), order.attempt.enrollment.campaign.clone())
    }

    /// Those of an order; `None` if there is no such campaign.
    pub(crate) fn of(&self, order: &DialOrder) -> anyhow::Result<Option<&Both>> {
        match self.0.get(&Self::id(order)) {
            Some(Ok(both)) => Ok(both.as_ref()),
            Some(Err(error)) => Err(anyhow::anyhow!("{error:#}")),
            None => Ok(None),
        }
    }
}
