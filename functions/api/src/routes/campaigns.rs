//! Campaigns: design, edit, copy, delete.

use std::collections::BTreeSet;

use axum::response::IntoResponse;
use carillon_domain::campaign::{Campaign, CampaignPlan, CampaignState, Command, transition};
use carillon_domain::ids::{CampaignId, ImportId, RetryTemplateId};
use carillon_engine::runs::{RunError, start_run};
use carillon_store::{Cursor, StoreError, Stored};
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{readiness, retry_templates};
use crate::extract::{Created, IfMatch, Json, PageQuery, Params, Query, Scope, Versioned};
use crate::paging::{self, Page};
use crate::problem::Problem;
use crate::schema;

/// Over how many partitions a new campaign's enrollments are spread. DynamoDB takes 1,000 writes a second in each,
/// and a campaign calls at most 500 numbers a second, each of which moves its enrollment within the due index twice.
/// Every planning asks every one of them, so there are no more than are needed with room to spare.
const SHARDS: u8 = 4;

/// A campaign.
#[derive(Serialize, ToSchema)]
#[schema(as = Campaign)]
pub struct CampaignView {
    /// Its id.
    #[schema(value_type = String, example = "cmp_0192f3a4b5c67d8e9f00112233445566")]
    id: CampaignId,
    /// Where it stands.
    #[schema(value_type = schema::CampaignState)]
    state: CampaignState,
    /// What it does.
    #[schema(value_type = schema::CampaignPlan)]
    plan: CampaignPlan,
    /// What may be asked of it in this state.
    #[schema(example = json!(["edit", "start", "archive", "delete"]))]
    commands: Vec<&'static str>,
    /// Imports that are adding contacts to it right now: it does not complete before they are done.
    #[schema(value_type = Vec<String>)]
    imports_open: BTreeSet<ImportId>,
    /// Created.
    created_at: Timestamp,
    /// First started.
    started_at: Option<Timestamp>,
    /// Completed.
    completed_at: Option<Timestamp>,
    /// Counts its changes; the ETag.
    version: u64,
}

/// What a person may ask, with its name in the API.
const COMMANDS: [(Command, &str); 7] = [
    (Command::Edit, "edit"),
    (Command::Start, "start"),
    (Command::Pause, "pause"),
    (Command::Resume, "resume"),
    (Command::Stop, "stop"),
    (Command::Archive, "archive"),
    (Command::Delete, "delete"),
];

impl CampaignView {
    fn of(stored: Stored<Campaign>) -> Self {
        let Stored { value, version } = stored;
        let Campaign {
            id,
            state,
            plan,
            imports_open,
            created_at,
            started_at,
            completed_at,
            shards: _,
            run: _,
            run_at: _,
        } = value;
        let fits = |command| transition(state, command, None, Timestamp::UNIX_EPOCH).is_ok();
        let commands = COMMANDS.iter().filter(|(command, _)| fits(*command)).map(|(_, name)| *name).collect();
        Self { id, state, plan, commands, imports_open, created_at, started_at, completed_at, version }
    }
}

impl From<Stored<Campaign>> for Versioned<CampaignView> {
    fn from(stored: Stored<Campaign>) -> Self {
        Self { version: stored.version, body: CampaignView::of(stored) }
    }
}

/// One campaign of the caller's tenant.
pub(crate) async fn load(scope: &Scope, id: &CampaignId) -> Result<Stored<Campaign>, Problem> {
    scope.table().campaign(id).await?.ok_or_else(|| Problem::not_found("campaign"))
}

/// Campaigns, newest first.
#[utoipa::path(get, path = "/v1/campaigns", operation_id = "list_campaigns", tag = "campaigns", params(PageQuery),
    responses((status = 200, description = "A page of them", body = Page<CampaignView>)))]
pub(crate) async fn list(
    scope: Scope,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<CampaignView>>, Problem> {
    let after: Option<Cursor> = paging::place(&scope.tenant, "campaigns", &query)?;
    let page =
        scope.table().campaigns(paging::limit(&query)?, after).await.map_err(paging::refused(&query))?;
    let next_cursor = paging::cursor(&scope.tenant, "campaigns", page.next)?;
    Ok(Json(Page { items: page.entries.into_iter().map(CampaignView::of).collect(), next_cursor }))
}

/// What a campaign begins with.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateQuery {
    /// A retry template: the campaign begins with a copy of its policy, in place of the plan's own.
    #[param(value_type = Option<String>, example = "rtp_0192f3a4b5c67d8e9f00112233445566")]
    #[serde(default)]
    retry_template: Option<RetryTemplateId>,
}

/// Create a campaign, as a draft.
///
/// A draft may be incomplete in what only matters once it runs: `validate` tells what is missing.
#[utoipa::path(post, path = "/v1/campaigns", operation_id = "create_campaign", tag = "campaigns",
    params(CreateQuery), request_body(content = schema::CampaignPlan),
    responses((status = 201, description = "Created", body = CampaignView)))]
pub(crate) async fn create(
    scope: Scope,
    Query(query): Query<CreateQuery>,
    Json(mut plan): Json<CampaignPlan>,
) -> Result<Created<Versioned<CampaignView>>, Problem> {
    if let Some(template) = &query.retry_template {
        plan.retry = retry_templates::load(&scope, template).await?.value.policy;
    }
    add(&scope, plan).await
}

async fn add(scope: &Scope, plan: CampaignPlan) -> Result<Created<Versioned<CampaignView>>, Problem> {
    let id = CampaignId::from_uuid(scope.fresh("campaign"));
    let campaign = Campaign {
        id: id.clone(),
        state: CampaignState::Draft,
        plan,
        shards: SHARDS,
        run: 0,
        run_at: None,
        imports_open: BTreeSet::new(),
        created_at: scope.now,
        started_at: None,
        completed_at: None,
    };
    let stored = Stored::new(campaign);
    let saved = scope.table().save_campaign(&stored).await;
    let stored = scope.created(stored, saved, load(scope, &id)).await?;
    Ok(Created { location: format!("/v1/campaigns/{id}"), body: stored.into() })
}

/// One campaign.
#[utoipa::path(get, path = "/v1/campaigns/{campaign}", operation_id = "read_campaign", tag = "campaigns",
    params(("campaign" = String, Path, description = "Its id")),
    responses((status = 200, description = "The campaign", body = CampaignView)))]
pub(crate) async fn read(
    scope: Scope,
    Params(id): Params<CampaignId>,
) -> Result<Versioned<CampaignView>, Problem> {
    Ok(load(&scope, &id).await?.into())
}

/// Change a campaign's plan.
///
/// Not while it calls: pause it first. One that has been started once must stay fit to run.
#[utoipa::path(put, path = "/v1/campaigns/{campaign}", operation_id = "edit_campaign", tag = "campaigns",
    params(("campaign" = String, Path, description = "Its id")), request_body(content = schema::CampaignPlan),
    responses((status = 200, description = "The campaign as it is now", body = CampaignView)))]
pub(crate) async fn edit(
    scope: Scope,
    Params(id): Params<CampaignId>,
    if_match: IfMatch,
    Json(plan): Json<CampaignPlan>,
) -> Result<Versioned<CampaignView>, Problem> {
    let mut campaign = load(&scope, &id).await?;
    if_match.check(campaign.version)?;
    transition(campaign.value.state, Command::Edit, plan.start_at, scope.now)?;
    if campaign.value.state != CampaignState::Draft {
        let settings = scope.settings().await?;
        let errors = readiness::faults(&plan, &settings.value, scope.now);
        if !errors.is_empty() {
            return Err(Problem::validation(errors));
        }
    }
    campaign.value.plan = plan;
    if campaign.value.state == CampaignState::Scheduled {
        // Its execution sleeps until the old start date.
        return Ok(launch(&scope, campaign).await.map_err(Problem::unsaved)?.into());
    }
    scope.table().save_campaign(&campaign).await.map_err(Problem::unsaved)?;
    campaign.version += 1;
    Ok(campaign.into())
}

/// Delete a draft.
#[utoipa::path(delete, path = "/v1/campaigns/{campaign}", operation_id = "delete_campaign", tag = "campaigns",
    params(("campaign" = String, Path, description = "Its id")),
    responses((status = 204, description = "Deleted")))]
pub(crate) async fn delete(
    scope: Scope,
    Params(id): Params<CampaignId>,
    if_match: IfMatch,
) -> Result<impl IntoResponse, Problem> {
    let campaign = load(&scope, &id).await?;
    if_match.check(campaign.version)?;
    transition(campaign.value.state, Command::Delete, None, scope.now)?;
    scope.table().delete_campaign(&campaign).await.map_err(Problem::unsaved)?;
    tracing::info!(campaign = %id, tenant = %scope.tenant, by = scope.caller.subject, "campaign deleted");
    Ok(StatusCode::NO_CONTENT)
}

/// Copy a campaign's plan into a new draft, without its dates and its contacts.
#[utoipa::path(post, path = "/v1/campaigns/{campaign}/clone", operation_id = "clone_campaign", tag = "campaigns",
    params(("campaign" = String, Path, description = "Its id")),
    responses((status = 201, description = "The copy", body = CampaignView)))]
pub(crate) async fn clone(
    scope: Scope,
    Params(id): Params<CampaignId>,
) -> Result<Created<Versioned<CampaignView>>, Problem> {
    let mut plan = load(&scope, &id).await?.value.plan;
    plan.name = format!("{} (copy)", plan.name.chars().take(190).collect::<String>());
    (plan.start_at, plan.end_at) = (None, None);
    add(&scope, plan).await
}

/// Saves a campaign that needs a new run and starts the run. That the state machine cannot be asked is not the
/// caller's trouble: the campaign is saved as it should be, and within a minute `reconcile` finds that nobody plans it.
pub(crate) async fn launch(
    scope: &Scope,
    mut campaign: Stored<Campaign>,
) -> Result<Stored<Campaign>, StoreError> {
    let (table, launcher) = (scope.door(), scope.deps.launcher.as_ref());
    match start_run(table, launcher, &scope.tenant, &mut campaign, scope.now).await {
        Ok(()) => {}
        Err(RunError::Store(error)) => return Err(error),
        Err(RunError::Launch(error)) => {
            let error = anyhow::Error::from(error);
            tracing::error!(campaign = %campaign.value.id, error = format!("{error:#}"), "a run was not launched");
        }
    }
    Ok(campaign)
}
