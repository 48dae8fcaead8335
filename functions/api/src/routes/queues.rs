//! Queues: what calls wait in.

use axum::response::IntoResponse;
use carillon_domain::agents::queue::{Queue, QueuePlan};
use carillon_domain::campaign::CampaignState;
use carillon_domain::ids::QueueId;
use carillon_store::{StoreError, Stored};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::agents::desk;
use super::campaigns::launch;
use crate::extract::{Created, IfMatch, Json, PageQuery, Params, Query, Scope, Versioned};
use crate::paging::{self, Page};
use crate::problem::{FieldError, Kind, Problem};
use crate::schema;

/// A queue.
#[derive(Serialize, ToSchema)]
#[schema(as = Queue)]
pub struct QueueView {
    /// Its id.
    #[schema(value_type = String, example = "que_0192f3a4b5c67d8e9f00112233445566")]
    id: QueueId,
    /// What it is for.
    #[schema(value_type = schema::QueuePlan)]
    plan: QueuePlan,
    /// Created.
    created_at: Timestamp,
    /// Counts its changes; the ETag.
    version: u64,
}

impl QueueView {
    fn of(stored: Stored<Queue>) -> Self {
        let Stored { value: Queue { id, plan, created_at }, version } = stored;
        Self { id, plan, created_at, version }
    }
}

impl From<Stored<Queue>> for Versioned<QueueView> {
    fn from(stored: Stored<Queue>) -> Self {
        Self { version: stored.version, body: QueueView::of(stored) }
    }
}

async fn load(scope: &Scope, id: &QueueId) -> Result<Stored<Queue>, Problem> {
    scope.table().queue(id).await?.ok_or_else(|| Problem::not_found("queue"))
}

fn valid(plan: &QueuePlan) -> Result<(), Problem> {
    let errors: Vec<FieldError> =
        plan.violations().into_iter().map(|it| FieldError::new(it.field, it.message)).collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::validation(errors)) }
}

/// Every queue.
#[utoipa::path(get, path = "/v1/queues", operation_id = "list_queues", tag = "agents", params(PageQuery),
    responses((status = 200, description = "A page of them", body = Page<QueueView>)))]
pub(crate) async fn list(
    scope: Scope,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<QueueView>>, Problem> {
    let queues = scope.table().queues().await?;
    let page = paging::of_whole(&scope.tenant, "queues", &query, queues, |queue| queue.value.id.to_string())?;
    Ok(Json(Page {
        items: page.items.into_iter().map(QueueView::of).collect(),
        next_cursor: page.next_cursor,
    }))
}

/// Create a queue.
#[utoipa::path(post, path = "/v1/queues", operation_id = "create_queue", tag = "agents",
    request_body(content = schema::QueuePlan),
    responses((status = 201, description = "Created", body = QueueView)))]
pub(crate) async fn create(
    scope: Scope,
    Json(plan): Json<QueuePlan>,
) -> Result<Created<Versioned<QueueView>>, Problem> {
    valid(&plan)?;
    let id = QueueId::from_uuid(scope.fresh("queue"));
    let stored = Stored::new(Queue { id: id.clone(), plan, created_at: scope.now });
    let saved = scope.table().save_queue(&stored).await;
    let stored = scope.created(stored, saved, load(&scope, &id)).await?;
    Ok(Created { location: format!("/v1/queues/{id}"), body: stored.into() })
}

/// One queue.
#[utoipa::path(get, path = "/v1/queues/{queue}", operation_id = "read_queue", tag = "agents",
    params(("queue" = String, Path, description = "Its id")),
    responses((status = 200, description = "The queue", body = QueueView)))]
pub(crate) async fn read(scope: Scope, Params(id): Params<QueueId>) -> Result<Versioned<QueueView>, Problem> {
    Ok(load(&scope, &id).await?.into())
}

/// Change a queue. Calls that wait in it keep what they were given.
#[utoipa::path(put, path = "/v1/queues/{queue}", operation_id = "edit_queue", tag = "agents",
    params(("queue" = String, Path, description = "Its id")), request_body(content = schema::QueuePlan),
    responses((status = 200, description = "The queue as it is now", body = QueueView)))]
pub(crate) async fn edit(
    scope: Scope,
    Params(id): Params<QueueId>,
    if_match: IfMatch,
    Json(plan): Json<QueuePlan>,
) -> Result<Versioned<QueueView>, Problem> {
    valid(&plan)?;
    let mut queue = load(&scope, &id).await?;
    if_match.check(queue.version)?;
    queue.value.plan = plan;
    scope.table().save_queue(&queue).await.map_err(Problem::unsaved)?;
    queue.version += 1;
    look_anew(&scope, &id).await?;
    Ok(queue.into())
}

/// A planner that means to sleep for longer than this would not notice for long what has changed.
const SLEEPS: SignedDuration = SignedDuration::from_secs(60);

/// It may be open now, or more agents may serve it: the campaigns that dial for it look at once. One that sleeps until the
/// queue opens gets a new run, for its execution would sleep on.
async fn look_anew(scope: &Scope, queue: &QueueId) -> Result<(), Problem> {
    let mut nudged = Vec::new();
    for id in scope.table().line(queue).await?.campaigns {
        let Some(campaign) = scope.table().campaign(&id).await? else { continue };
        let run = scope.table().run(&id).await?;
        let sleeps = run.is_some_and(|run| run.value.wake_at > scope.now + SLEEPS);
        if campaign.value.state != CampaignState::Running || !sleeps {
            nudged.push(id);
            continue;
        }
        match launch(scope, campaign).await {
            Ok(_) | Err(StoreError::Conflict) => {} // changed at this moment: whoever changed it starts a run
            Err(error) => return Err(error.into()),
        }
    }
    desk(scope).nudge(nudged, scope.now).await;
    Ok(())
}

/// Delete a queue in which nobody waits.
#[utoipa::path(delete, path = "/v1/queues/{queue}", operation_id = "delete_queue", tag = "agents",
    params(("queue" = String, Path, description = "Its id")),
    responses((status = 204, description = "Deleted")))]
pub(crate) async fn delete(
    scope: Scope,
    Params(id): Params<QueueId>,
    if_match: IfMatch,
) -> Result<impl IntoResponse, Problem> {
    let queue = load(&scope, &id).await?;
    if_match.check(queue.version)?;
    let line = scope.table().line(&id).await?;
    if !line.tickets.is_empty() || !line.campaigns.is_empty() {
        return Err(Problem::new(Kind::NotNow, "Somebody waits in it, or a campaign dials for it."));
    }
    scope.table().delete_queue(&queue).await.map_err(Problem::unsaved)?;
    Ok(StatusCode::NO_CONTENT)
}
