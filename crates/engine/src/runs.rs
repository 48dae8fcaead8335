//! Starting a campaign's run: an execution of the state machine that carries the run's number.

use async_trait::async_trait;
use carillon_domain::campaign::{Campaign, CampaignState};
use carillon_domain::ids::{CampaignId, TenantId};
use carillon_store::{StoreError, Stored, Table, TenantTable};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The input of the `campaign` state machine and of `plan-wave`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOrder {
    /// Whose.
    pub tenant: TenantId,
    /// Which campaign.
    pub campaign: CampaignId,
    /// Which run of it.
    pub run: u32,
    /// When it begins, if not at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_at: Option<Timestamp>,
}

impl RunOrder {
    /// The execution's name: starting the same run twice starts one execution.
    #[must_use]
    pub fn execution_name(&self) -> String {
        format!("{}-{}", self.campaign, self.run)
    }
}

/// The state machine could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("the state machine could not be started")]
pub struct LaunchError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Starts executions.
#[async_trait]
pub trait Launcher: Send + Sync {
    /// Starts one. Starting the same again does nothing.
    async fn launch(&self, order: &RunOrder) -> Result<(), LaunchError>;
}

/// Why a run could not be started.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The table; a conflict means that somebody else changed the campaign.
    #[error("the table failed")]
    Store(#[from] StoreError),
    /// Step Functions.
    #[error(transparent)]
    Launch(#[from] LaunchError),
}

/// Saves a campaign that has just become active (or must be planned afresh) with the next run number, and starts
/// the execution for it. Executions of earlier runs find their number outdated and end.
///
/// A crash after the save leaves an active campaign without an execution: `reconcile` finds that the planner has
/// not looked when it meant to, and starts one.
///
/// # Errors
/// [`RunError`].
pub async fn start_run(
    table: &dyn Table,
    launcher: &dyn Launcher,
    tenant: &TenantId,
    campaign: &mut Stored<Campaign>,
    now: Timestamp,
) -> Result<(), RunError> {
    let id = campaign.value.id.clone();
    let start_at = match campaign.value.state {
        CampaignState::Scheduled => campaign.value.plan.start_at,
        CampaignState::Draft
        | CampaignState::Running
        | CampaignState::Paused
        | CampaignState::Stopping
        | CampaignState::Completed
        | CampaignState::Archived => None,
    };
    campaign.value.run += 1;
    campaign.value.run_at = Some(start_at.unwrap_or(now));
    TenantTable::new(table, tenant).save_campaign(campaign).await?;
    campaign.version += 1;
    let order = RunOrder { tenant: tenant.clone(), campaign: id, run: campaign.value.run, start_at };
    launcher.launch(&order).await?;
    Ok(())
}
