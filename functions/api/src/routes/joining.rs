//! Who joins a talk: a colleague who is asked before the person is handed over, somebody outside, a supervisor.

use carillon_domain::agents::live::{GuestRole, GuestState, Invited, LiveEvent};
use carillon_domain::agents::ports::Reach;
use carillon_domain::ids::{AgentId, LiveId};
use carillon_domain::phone::E164;
use serde::Deserialize;
use utoipa::ToSchema;

use super::agents::{desk, me};
use super::live_calls::{LiveCallView, load, talk, talk_or_consult};
use crate::extract::{Json, Params, Scope};
use crate::problem::{Kind, Problem};
use crate::schema;

async fn take(scope: &Scope, id: &LiveId, event: &LiveEvent) -> Result<Json<LiveCallView>, Problem> {
    let taken = desk(scope).take(id, event).await?;
    let taken = taken.filter(|taken| !taken.stale);
    let taken =
        taken.ok_or_else(|| Problem::new(Kind::NotNow, "The call does not stand so that this can be."))?;
    Ok(Json(taken.live.into()))
}

/// Whom to ask.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Colleague {
    /// An agent who is free.
    #[schema(value_type = String)]
    agent: AgentId,
}

/// Ask a colleague: the person hears music, the colleague's telephone rings, and you talk with them alone.
///
/// They are yours until you complete the transfer or go back to the person. Hang up, and they take the person over.
#[utoipa::path(post, path = "/v1/live-calls/{call}/consult", operation_id = "consult_colleague", tag = "agents",
    params(("call" = String, Path, description = "Its id")), request_body = Colleague,
    responses((status = 200, description = "The call as it is now", body = LiveCallView)))]
pub(crate) async fn consult(
    scope: Scope,
    Params(id): Params<LiveId>,
    Json(Colleague { agent }): Json<Colleague>,
) -> Result<Json<LiveCallView>, Problem> {
    let talk = talk(&scope, &id).await?;
    if talk.live.conference.is_none() {
        return Err(Problem::new(Kind::NotNow, "They have not met yet."));
    }
    let presence = scope.table().presence(&agent).await?;
    if !presence.is_some_and(|it| it.value.is_available(scope.deps.clock.now())) {
        return Err(Problem::new(Kind::NotNow, "This colleague is not free."));
    }
    take(&scope, &id, &LiveEvent::Consult { offer: talk.offer, colleague: agent }).await
}

/// Hand the person over to the colleague whom you have asked. You are in wrap-up at once.
#[utoipa::path(post, path = "/v1/live-calls/{call}/consult/complete", operation_id = "complete_consult", tag = "agents",
    params(("call" = String, Path, description = "Its id")),
    responses((status = 200, description = "The call as it is now", body = LiveCallView)))]
pub(crate) async fn complete(
    scope: Scope,
    Params(id): Params<LiveId>,
) -> Result<Json<LiveCallView>, Problem> {
    let talk = talk(&scope, &id).await?;
    take(&scope, &id, &LiveEvent::Complete { offer: talk.offer }).await
}

/// Go back to the person without the colleague; or leave, if you are the colleague.
#[utoipa::path(post, path = "/v1/live-calls/{call}/consult/cancel", operation_id = "cancel_consult", tag = "agents",
    params(("call" = String, Path, description = "Its id")),
    responses((status = 200, description = "The call as it is now", body = LiveCallView)))]
pub(crate) async fn cancel(scope: Scope, Params(id): Params<LiveId>) -> Result<Json<LiveCallView>, Problem> {
    let talk = talk_or_consult(&scope, &id).await?;
    take(&scope, &id, &LiveEvent::Cancel { offer: talk.offer }).await
}

/// Who is to join.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGuest {
    /// Their number.
    #[schema(value_type = String, example = "+442079460958")]
    number: E164,
}

/// Call somebody outside into the talk: all three hear each other. Leave it to them with `hand-out`.
#[utoipa::path(post, path = "/v1/live-calls/{call}/guests", operation_id = "invite_guest", tag = "agents",
    params(("call" = String, Path, description = "Its id")), request_body = NewGuest,
    responses((status = 200, description = "The call as it is now", body = LiveCallView)))]
pub(crate) async fn invite(
    scope: Scope,
    Params(id): Params<LiveId>,
    Json(NewGuest { number }): Json<NewGuest>,
) -> Result<Json<LiveCallView>, Problem> {
    talk(&scope, &id).await?;
    let invited = Invited { reach: Reach::Phone { number }, agent: None, role: GuestRole::Party };
    take(&scope, &id, &LiveEvent::Invite(invited)).await
}

/// Send a guest away.
#[utoipa::path(post, path = "/v1/live-calls/{call}/guests/{guest}/dismiss", operation_id = "dismiss_guest", tag = "agents",
    params(("call" = String, Path, description = "Its id"), ("guest" = u16, Path, description = "Which guest")),
    responses((status = 200, description = "The call as it is now", body = LiveCallView)))]
pub(crate) async fn dismiss(
    scope: Scope,
    Params((id, guest)): Params<(LiveId, u16)>,
) -> Result<Json<LiveCallView>, Problem> {
    talk(&scope, &id).await?;
    take(&scope, &id, &LiveEvent::GuestGone { guest }).await
}

/// Leave the person to whoever has joined from outside. You are in wrap-up at once.
#[utoipa::path(post, path = "/v1/live-calls/{call}/hand-out", operation_id = "hand_out_call", tag = "agents",
    params(("call" = String, Path, description = "Its id")),
    responses((status = 200, description = "The call as it is now", body = LiveCallView)))]
pub(crate) async fn hand_out(
    scope: Scope,
    Params(id): Params<LiveId>,
) -> Result<Json<LiveCallView>, Problem> {
    let talk = talk(&scope, &id).await?;
    take(&scope, &id, &LiveEvent::HandOut { offer: talk.offer }).await
}

/// How a supervisor joins.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Supervision {
    /// `listener`: nobody hears you; `whisperer`: the agent alone does; `barger`: everybody does.
    #[schema(value_type = schema::GuestRole)]
    role: GuestRole,
    /// The telephone to ring; where you are reached as an agent, if absent.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "+442079460958")]
    number: Option<E164>,
}

/// Listen in, whisper to the agent, or barge in. Again, with another role: from now on as that.
#[utoipa::path(post, path = "/v1/live-calls/{call}/supervise", operation_id = "supervise_call", tag = "agents",
    params(("call" = String, Path, description = "Its id")), request_body = Supervision,
    responses((status = 200, description = "The call as it is now", body = LiveCallView)))]
pub(crate) async fn supervise(
    scope: Scope,
    Params(id): Params<LiveId>,
    Json(Supervision { role, number }): Json<Supervision>,
) -> Result<Json<LiveCallView>, Problem> {
    if role == GuestRole::Party {
        return Err(Problem::field("role", "must be listener, whisperer or barger"));
    }
    let (reach, agent) = match number {
        Some(number) => (Reach::Phone { number }, None),
        None => {
            let me = me(&scope).await?.value;
            (me.profile.reach, Some(me.id))
        }
    };
    // Whoever changes their role comes anew: one telephone is not in a talk twice.
    let live = load(&scope, &id).await?.value;
    let mine = live.guests.iter().filter(|it| it.state != GuestState::Gone && it.invited.reach == reach);
    let mine: Vec<u16> = mine.filter(|it| it.invited.agent == agent).map(|it| it.number).collect();
    for guest in mine {
        desk(&scope).take(&id, &LiveEvent::GuestGone { guest }).await?;
    }
    take(&scope, &id, &LiveEvent::Invite(Invited { reach, agent, role })).await
}
