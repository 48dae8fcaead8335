//! Start, pause, resume, stop, archive.

use carillon_domain::campaign::{Campaign, Command, transition};
use carillon_domain::ids::CampaignId;
use carillon_store::{StoreError, Stored};

use super::campaigns::{CampaignView, launch, load};
use super::readiness;
use crate::extract::{Params, Scope, Versioned};
use crate::problem::Problem;

/// The planner saves a campaign too; a command that meets it starts over. More often than this is somebody's fault.
const TRIES: usize = 5;

/// Start a campaign, now or at its start date.
///
/// Refused with everything that `validate` finds.
#[utoipa::path(post, path = "/v1/campaigns/{campaign}/start", operation_id = "start_campaign", tag = "campaigns",
    params(("campaign" = String, Path, description = "Its id")),
    responses((status = 200, description = "Running or scheduled", body = CampaignView)))]
pub(crate) async fn start(scope: Scope, id: Params<CampaignId>) -> Result<Versioned<CampaignView>, Problem> {
    command(&scope, id, Command::Start).await
}

/// No new calls until resumed. Calls in progress go on.
#[utoipa::path(post, path = "/v1/campaigns/{campaign}/pause", operation_id = "pause_campaign", tag = "campaigns",
    params(("campaign" = String, Path, description = "Its id")),
    responses((status = 200, description = "Paused", body = CampaignView)))]
pub(crate) async fn pause(scope: Scope, id: Params<CampaignId>) -> Result<Versioned<CampaignView>, Problem> {
    command(&scope, id, Command::Pause).await
}

/// Go on after a pause.
#[utoipa::path(post, path = "/v1/campaigns/{campaign}/resume", operation_id = "resume_campaign", tag = "campaigns",
    params(("campaign" = String, Path, description = "Its id")),
    responses((status = 200, description = "Running or scheduled", body = CampaignView)))]
pub(crate) async fn resume(scope: Scope, id: Params<CampaignId>) -> Result<Versioned<CampaignView>, Problem> {
    command(&scope, id, Command::Resume).await
}

/// No new calls ever. Once those in progress have ended, the campaign is completed.
#[utoipa::path(post, path = "/v1/campaigns/{campaign}/stop", operation_id = "stop_campaign", tag = "campaigns",
    params(("campaign" = String, Path, description = "Its id")),
    responses((status = 200, description = "Stopping", body = CampaignView)))]
pub(crate) async fn stop(scope: Scope, id: Params<CampaignId>) -> Result<Versioned<CampaignView>, Problem> {
    command(&scope, id, Command::Stop).await
}

/// Put a draft or completed campaign away.
#[utoipa::path(post, path = "/v1/campaigns/{campaign}/archive", operation_id = "archive_campaign", tag = "campaigns",
    params(("campaign" = String, Path, description = "Its id")),
    responses((status = 200, description = "Archived", body = CampaignView)))]
pub(crate) async fn archive(
    scope: Scope,
    id: Params<CampaignId>,
) -> Result<Versioned<CampaignView>, Problem> {
    command(&scope, id, Command::Archive).await
}

async fn command(
    scope: &Scope,
    Params(id): Params<CampaignId>,
    command: Command,
) -> Result<Versioned<CampaignView>, Problem> {
    for _ in 0..TRIES {
        let mut campaign = load(scope, &id).await?;
        let start_at = campaign.value.plan.start_at;
        let state = transition(campaign.value.state, command, start_at, scope.now)?;
        if matches!(command, Command::Start | Command::Resume) {
            let errors = readiness::errors(scope, &campaign.value).await?;
            if !errors.is_empty() {
                return Err(Problem::validation(errors));
            }
        }
        campaign.value.state = state;
        if command == Command::Start {
            campaign.value.started_at = Some(scope.now);
        }
        match save(scope, campaign).await {
            Ok(campaign) => {
                let by = &scope.caller.subject;
                tracing::info!(campaign = %id, tenant = %scope.tenant, by, state = state.name(), "campaign commanded");
                return Ok(campaign.into());
            }
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}

/// A campaign that is active from now on gets a run: to call, or, when it is stopping, to wind up.
async fn save(scope: &Scope, mut campaign: Stored<Campaign>) -> Result<Stored<Campaign>, StoreError> {
    if campaign.value.state.is_active() {
        return launch(scope, campaign).await;
    }
    scope.table().save_campaign(&campaign).await?;
    campaign.version += 1;
    Ok(campaign)
}
