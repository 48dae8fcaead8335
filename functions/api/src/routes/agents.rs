//! Agents: their profiles, where they stand, and what they say of themselves.

use std::collections::BTreeMap;

use axum::response::IntoResponse;
use carillon_domain::agents::agent::{Agent, AgentProfile};
use carillon_domain::agents::live::LiveEvent;
use carillon_domain::agents::presence::{AgentEvent, AgentState, BreakReason, Presence, Serves};
use carillon_domain::agents::select;
use carillon_domain::ids::{AgentId, LiveId, QueueId};
use carillon_engine::desk::{Desk, DeskError};
use carillon_store::{StoreError, Stored};
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Created, IfMatch, Json, PageQuery, Params, Query, Scope, Versioned};
use crate::paging::{self, Page};
use crate::problem::{FieldError, Kind, Problem};
use crate::schema;

/// Where an agent stands.
#[derive(Serialize, ToSchema)]
#[schema(as = Presence)]
pub struct PresenceView {
    /// `offline`, `break`, `available`, `reserved`, `ringing`, `on_call`, `wrap_up`.
    #[schema(example = "available")]
    state: String,
    /// Since when.
    since: Timestamp,
    /// Why, on a break.
    #[schema(value_type = Option<schema::BreakReason>)]
    reason: Option<BreakReason>,
    /// The call that holds them, or that they write down.
    #[schema(value_type = Option<String>, example = "acme.cmp_0192f3a4.con_5f0c6b1e.1")]
    call: Option<LiveId>,
    /// The offer by which it does: accepting and declining name it.
    offer: Option<u16>,
    /// When the state ends by itself, if it does.
    until: Option<Timestamp>,
    /// Offers in a row that were not answered.
    missed: u8,
    /// Whether these are their working hours: outside them nobody gets calls, whatever their state.
    on_duty: bool,
}

impl PresenceView {
    pub(super) fn of(presence: &Presence, now: Timestamp) -> Self {
        let Presence { state, since, missed, serves, .. } = presence.settled(now);
        let on_duty = serves.works_at(now);
        let (name, reason, hold, until) = match state {
            AgentState::Offline => ("offline", None, None, None),
            AgentState::Break { reason } => ("break", Some(reason), None, None),
            AgentState::Available => ("available", None, None, None),
            AgentState::Reserved { hold, until } => ("reserved", None, Some(hold), Some(until)),
            AgentState::Ringing { hold, until } => ("ringing", None, Some(hold), Some(until)),
            AgentState::OnCall { hold } => ("on_call", None, Some(hold), None),
            AgentState::WrapUp { hold, until } => ("wrap_up", None, Some(hold), Some(until)),
        };
        let (call, offer) = hold.map(|hold| (hold.call, hold.offer)).unzip();
        Self { state: name.to_owned(), since, reason, call, offer, until, missed, on_duty }
    }
}

/// An agent.
#[derive(Serialize, ToSchema)]
#[schema(as = Agent)]
pub struct AgentView {
    /// Their id.
    #[schema(value_type = String, example = "agt_0192f3a4b5c67d8e9f00")]
    id: AgentId,
    /// What they can do, and where they are reached.
    #[schema(value_type = schema::AgentProfile)]
    profile: AgentProfile,
    /// Where they stand; absent before they have ever signed in.
    presence: Option<PresenceView>,
    /// Created.
    created_at: Timestamp,
    /// Counts the profile's changes; the ETag.
    version: u64,
}

impl AgentView {
    fn of(stored: Stored<Agent>, presence: Option<&Presence>, now: Timestamp) -> Self {
        let Stored { value: Agent { id, profile, created_at }, version } = stored;
        let presence = presence.map(|presence| PresenceView::of(presence, now));
        Self { id, profile, presence, created_at, version }
    }
}

/// A new agent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAgent {
    /// The user who they are: the subject of their tokens, as `GET /v1/me` tells it.
    #[schema(example = "5f0c6b1e-0000-4000-8000-000000000000")]
    user: String,
    /// What they can do, and where they are reached.
    #[schema(value_type = schema::AgentProfile)]
    profile: AgentProfile,
}

async fn load(scope: &Scope, id: &AgentId) -> Result<Stored<Agent>, Problem> {
    scope.table().agent(id).await?.ok_or_else(|| Problem::not_found("agent"))
}

async fn versioned(scope: &Scope, agent: Stored<Agent>) -> Result<Versioned<AgentView>, Problem> {
    let presence = scope.table().presence(&agent.value.id).await?;
    let version = agent.version;
    Ok(Versioned { version, body: AgentView::of(agent, presence.map(|it| it.value).as_ref(), scope.now) })
}

fn valid(profile: &AgentProfile) -> Result<(), Problem> {
    let errors: Vec<FieldError> =
        profile.violations().into_iter().map(|it| FieldError::new(it.field, it.message)).collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::validation(errors)) }
}

/// The desk of the caller's tenant.
pub(super) fn desk(scope: &Scope) -> Desk<'_> {
    let deps = &scope.deps;
    Desk::new(
        deps.table.as_ref(),
        &scope.tenant,
        deps.boards.as_ref(),
        deps.plan.as_ref(),
        deps.clock.as_ref(),
    )
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Store(error) => error.into(),
            DeskError::Contended => Self::new(Kind::Busy, "The call kept changing."),
            DeskError::NotPossible(refusal) => Self::new(Kind::NotNow, format!("{refusal}.")),
            DeskError::Unknown(what) => Self::not_found(what),
        }
    }
}

/// Every agent, with where they stand.
#[utoipa::path(get, path = "/v1/agents", operation_id = "list_agents", tag = "agents", params(PageQuery),
    responses((status = 200, description = "A page of them", body = Page<AgentView>)))]
pub(crate) async fn list(
    scope: Scope,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<AgentView>>, Problem> {
    let table = scope.table();
    let present: BTreeMap<AgentId, Presence> =
        table.presences().await?.into_iter().map(|it| (it.value.agent.clone(), it.value)).collect();
    let agents = table.agents().await?;
    let page = paging::of_whole(&scope.tenant, "agents", &query, agents, |agent| agent.value.id.to_string())?;
    let agents = page.items.into_iter();
    let items = agents.map(|agent| {
        let presence = present.get(&agent.value.id);
        AgentView::of(agent, presence, scope.now)
    });
    Ok(Json(Page { items: items.collect(), next_cursor: page.next_cursor }))
}

/// Make a user an agent.
#[utoipa::path(post, path = "/v1/agents", operation_id = "create_agent", tag = "agents", request_body = NewAgent,
    responses((status = 201, description = "Created", body = AgentView)))]
pub(crate) async fn create(
    scope: Scope,
    Json(new): Json<NewAgent>,
) -> Result<Created<Versioned<AgentView>>, Problem> {
    if !(1..=128).contains(&new.user.len()) {
        return Err(Problem::field("user", "must be the subject of the user's tokens"));
    }
    valid(&new.profile)?;
    let id = AgentId::of_user(&new.user);
    let stored = Stored::new(Agent { id: id.clone(), profile: new.profile, created_at: scope.now });
    match scope.table().save_agent(&stored).await {
        Ok(()) => {}
        Err(StoreError::Conflict) if scope.is_repetition() => {}
        Err(StoreError::Conflict) => {
            return Err(Problem::new(Kind::Exists, "This user is an agent already."));
        }
        Err(error) => return Err(error.into()),
    }
    let body = versioned(&scope, load(&scope, &id).await?).await?;
    Ok(Created { location: format!("/v1/agents/{id}"), body })
}

/// One agent.
#[utoipa::path(get, path = "/v1/agents/{agent}", operation_id = "read_agent", tag = "agents",
    params(("agent" = String, Path, description = "Their id")),
    responses((status = 200, description = "The agent", body = AgentView)))]
pub(crate) async fn read(scope: Scope, Params(id): Params<AgentId>) -> Result<Versioned<AgentView>, Problem> {
    versioned(&scope, load(&scope, &id).await?).await
}

/// Change an agent's profile. What they serve changes at once, even during a call.
#[utoipa::path(put, path = "/v1/agents/{agent}", operation_id = "edit_agent", tag = "agents",
    params(("agent" = String, Path, description = "Their id")), request_body(content = schema::AgentProfile),
    responses((status = 200, description = "The agent as they are now", body = AgentView)))]
pub(crate) async fn edit(
    scope: Scope,
    Params(id): Params<AgentId>,
    if_match: IfMatch,
    Json(profile): Json<AgentProfile>,
) -> Result<Versioned<AgentView>, Problem> {
    valid(&profile)?;
    let mut agent = load(&scope, &id).await?;
    if_match.check(agent.version)?;
    agent.value.profile = profile;
    scope.table().save_agent(&agent).await.map_err(Problem::unsaved)?;
    agent.version += 1;
    if let Some(mut presence) = scope.table().presence(&id).await? {
        presence.value.serves = Serves::of(&agent.value);
        match scope.table().save_presence(&presence).await {
            // Changed at this moment: what they serve is read anew when they next sign in.
            // Now they may be free for somebody who waits.
            Ok(()) => desk(&scope).look_for(&id).await?,
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    versioned(&scope, agent).await
}

/// Take away that a user is an agent. Not while they are signed in.
#[utoipa::path(delete, path = "/v1/agents/{agent}", operation_id = "delete_agent", tag = "agents",
    params(("agent" = String, Path, description = "Their id")),
    responses((status = 204, description = "Deleted")))]
pub(crate) async fn delete(
    scope: Scope,
    Params(id): Params<AgentId>,
    if_match: IfMatch,
) -> Result<impl IntoResponse, Problem> {
    let agent = load(&scope, &id).await?;
    if_match.check(agent.version)?;
    let presence = scope.table().presence(&id).await?;
    if presence.is_some_and(|it| it.value.settled(scope.now).state != AgentState::Offline) {
        return Err(Problem::new(Kind::NotNow, "They are signed in."));
    }
    scope.table().delete_agent(&agent).await.map_err(Problem::unsaved)?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an agent wants to be.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case", deny_unknown_fields)]
pub enum WantedState {
    /// Signed in, and ready for the next call. Ends a wrap-up.
    Available,
    /// Signed in, without calls.
    Break {
        /// Why. `missed` is not for choosing.
        #[schema(value_type = schema::BreakReason)]
        reason: BreakReason,
    },
    /// Signed out.
    Offline,
}

/// Who the caller is as an agent.
pub(super) async fn me(scope: &Scope) -> Result<Stored<Agent>, Problem> {
    let id = AgentId::of_user(&scope.caller.subject);
    let none = || Problem::new(Kind::NotFound, "You are not an agent: an admin makes you one.");
    scope.table().agent(&id).await?.ok_or_else(none)
}

/// The caller as an agent.
#[utoipa::path(get, path = "/v1/agents/me", operation_id = "read_my_presence", tag = "agents",
    responses((status = 200, description = "You", body = AgentView)))]
pub(crate) async fn read_me(scope: Scope) -> Result<Versioned<AgentView>, Problem> {
    let agent = me(&scope).await?;
    versioned(&scope, agent).await
}

/// Sign in, take a break, come back, sign out.
///
/// During a call it comes true afterwards. Outside one's working hours nobody can be available.
#[utoipa::path(put, path = "/v1/agents/me/state", operation_id = "set_my_state", tag = "agents",
    request_body = WantedState, responses((status = 200, description = "Where you stand now", body = PresenceView)))]
pub(crate) async fn set_state(
    scope: Scope,
    Json(wanted): Json<WantedState>,
) -> Result<Json<PresenceView>, Problem> {
    let agent = me(&scope).await?.value;
    let desk = desk(&scope);
    let presence = match wanted {
        WantedState::Available => {
            if !agent.profile.works_at(scope.now) {
                return Err(Problem::new(Kind::NotNow, "These are not your working hours."));
            }
            desk.say(&agent.id, &AgentEvent::SignIn(Serves::of(&agent))).await?;
            desk.say(&agent.id, &AgentEvent::Ready).await?
        }
        WantedState::Break { reason: BreakReason::Missed } => {
            return Err(Problem::field("reason", "is for calls that were missed"));
        }
        WantedState::Break { reason } => desk.say(&agent.id, &AgentEvent::Pause(reason)).await?,
        WantedState::Offline => desk.say(&agent.id, &AgentEvent::SignOut).await?,
    };
    Ok(Json(PresenceView::of(&presence, scope.deps.clock.now())))
}

/// Which offer is meant.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferAnswer {
    /// The call.
    #[schema(value_type = String, example = "acme.cmp_0192f3a4.con_5f0c6b1e.1")]
    call: LiveId,
    /// The offer.
    offer: u16,
}

/// Take the call that is offered. Your telephone has to be picked up all the same; who it is is not said then.
#[utoipa::path(post, path = "/v1/agents/me/offer/accept", operation_id = "accept_offer", tag = "agents",
    request_body = OfferAnswer, responses((status = 200, description = "Where you stand now", body = PresenceView)))]
pub(crate) async fn accept(
    scope: Scope,
    Json(answer): Json<OfferAnswer>,
) -> Result<Json<PresenceView>, Problem> {
    let event = LiveEvent::Accepted { offer: answer.offer, on_screen: true };
    answer_offer(&scope, &answer, &event).await
}

/// Leave the call that is offered to somebody else.
#[utoipa::path(post, path = "/v1/agents/me/offer/decline", operation_id = "decline_offer", tag = "agents",
    request_body = OfferAnswer, responses((status = 200, description = "Where you stand now", body = PresenceView)))]
pub(crate) async fn decline(
    scope: Scope,
    Json(answer): Json<OfferAnswer>,
) -> Result<Json<PresenceView>, Problem> {
    let event = LiveEvent::Declined { offer: answer.offer };
    answer_offer(&scope, &answer, &event).await
}

async fn answer_offer(
    scope: &Scope,
    answer: &OfferAnswer,
    event: &LiveEvent,
) -> Result<Json<PresenceView>, Problem> {
    let agent = me(scope).await?.value.id;
    let gone = || Problem::new(Kind::NotNow, "The call is no longer offered to you.");
    // Another tenant's call is not even looked for.
    if answer.call.tenant() != &scope.tenant {
        return Err(gone());
    }
    let live = scope.table().live(&answer.call).await?.ok_or_else(gone)?.value;
    if live.holds().is_none_or(|(held, hold)| *held != agent || hold.offer != answer.offer) {
        return Err(gone());
    }
    let taken = desk(scope).take(&answer.call, event).await?.ok_or_else(gone)?;
    if taken.stale {
        return Err(gone());
    }
    let presence = scope.table().presence(&agent).await?.ok_or_else(gone)?;
    Ok(Json(PresenceView::of(&presence.value, scope.deps.clock.now())))
}

/// An agent on the board.
#[derive(Serialize, ToSchema)]
pub struct BoardAgent {
    /// Who.
    #[schema(value_type = String)]
    agent: AgentId,
    /// What colleagues call them.
    name: String,
    /// Where they stand.
    presence: PresenceView,
}

/// A queue on the board.
#[derive(Serialize, ToSchema)]
pub struct BoardQueue {
    /// Which.
    #[schema(value_type = String)]
    queue: QueueId,
    /// What people call it.
    name: String,
    /// How many wait.
    waiting: usize,
    /// Since when the longest of them does.
    longest_since: Option<Timestamp>,
    /// How many of its agents are free.
    free: u32,
}

/// A team on the board.
#[derive(Serialize, ToSchema)]
pub struct BoardGroup {
    /// Its name.
    #[schema(example = "Berlin")]
    group: String,
    /// How many of its agents are signed in.
    signed_in: u32,
    /// How many of them are free.
    free: u32,
    /// How many of them talk.
    talking: u32,
}

/// What a supervisor sees of the floor.
#[derive(Serialize, ToSchema)]
pub struct Board {
    /// Who is there.
    agents: Vec<BoardAgent>,
    /// What waits.
    queues: Vec<BoardQueue>,
    /// Every team, by name, whichever is looked at.
    groups: Vec<BoardGroup>,
}

/// Which part of the floor.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct BoardQuery {
    /// One team's agents, and the queues that they serve; everybody's, if absent.
    #[param(example = "Berlin", max_length = 50)]
    #[serde(default)]
    pub group: Option<String>,
}

/// Each team, and how many of it stand where.
fn groups_of(presences: &[Presence], now: Timestamp) -> Vec<BoardGroup> {
    let mut groups: BTreeMap<&str, BoardGroup> = BTreeMap::new();
    for presence in presences {
        let state = presence.settled(now).state;
        for name in &presence.serves.groups {
            let new = || BoardGroup { group: name.clone(), signed_in: 0, free: 0, talking: 0 };
            let group = groups.entry(name).or_insert_with(new);
            group.signed_in += u32::from(state != AgentState::Offline);
            group.free += u32::from(presence.is_available(now));
            group.talking += u32::from(matches!(state, AgentState::OnCall { .. }));
        }
    }
    groups.into_values().collect()
}

/// The floor: who is there, and what waits.
#[utoipa::path(get, path = "/v1/board", operation_id = "read_board", tag = "agents", params(BoardQuery),
    responses((status = 200, description = "As of now", body = Board)))]
pub(crate) async fn board(scope: Scope, Query(query): Query<BoardQuery>) -> Result<Json<Board>, Problem> {
    let table = scope.table();
    let profiles = table.agents().await?;
    let name =
        |id: &AgentId| profiles.iter().find(|it| it.value.id == *id).map(|it| it.value.profile.name.clone());
    let mut presences: Vec<Presence> = table.presences().await?.into_iter().map(|it| it.value).collect();
    let groups = groups_of(&presences, scope.now);
    if let Some(group) = &query.group {
        presences.retain(|presence| presence.serves.groups.contains(group));
    }
    let mut queues = Vec::new();
    for queue in table.queues().await? {
        let serve = |presence: &Presence| select::may_serve(presence, &queue.value);
        if query.group.is_some() && !presences.iter().any(serve) {
            continue;
        }
        let line = table.line(&queue.value.id).await?;
        let free = select::supply(&presences, &queue.value, scope.now).free();
        queues.push(BoardQueue {
            queue: queue.value.id,
            name: queue.value.plan.name,
            waiting: line.tickets.len(),
            longest_since: line.tickets.iter().map(|ticket| ticket.since).min(),
            free,
        });
    }
    let agents = presences.iter().map(|presence| BoardAgent {
        agent: presence.agent.clone(),
        name: name(&presence.agent).unwrap_or_default(),
        presence: PresenceView::of(presence, scope.now),
    });
    Ok(Json(Board { agents: agents.collect(), queues, groups }))
}
