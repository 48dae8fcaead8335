//! Calls that agents take: what they are about, steering them while they last, and what became of them.

use axum::response::IntoResponse;
use carillon_domain::agents::live::{
    Desk as Side, Ending, GuestRole, GuestState, LiveCall, LiveEvent, Stage, Station, WrapUp,
};
use carillon_domain::agents::ports::{ParticipantChange, Switchboard};
use carillon_domain::agents::presence::AgentEvent;
use carillon_domain::agents::queue::Meaning;
use carillon_domain::attempt::Event;
use carillon_domain::campaign::CampaignState;
use carillon_domain::ids::{AgentId, AttemptRef, ContactId, LiveId, QueueId};
use carillon_domain::ports::CallId;
use carillon_domain::script::MergeFields;
use carillon_engine::events::{EventError, take_in};
use carillon_store::{StoreError, Stored, Ticket};
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

use super::agents::{desk, me};
use super::campaigns::launch;
use crate::extract::{Json, Params, Scope};
use crate::problem::{Kind, Problem};
use crate::roles::Role;
use crate::schema;

/// A call that wants, or has, or had, an agent.
#[derive(Serialize, ToSchema)]
#[schema(as = LiveCall)]
pub struct LiveCallView {
    /// Its id: that of its attempt, if we called.
    #[schema(value_type = String, example = "acme.cmp_0192f3a4.con_5f0c6b1e.1")]
    id: LiveId,
    /// What it waits in.
    #[schema(value_type = String)]
    queue: QueueId,
    /// Who it is, if that is known.
    #[schema(value_type = Option<String>)]
    contact: Option<ContactId>,
    /// `ringing`, `waiting`, `offered`, `talking`, `over`.
    #[schema(example = "talking")]
    state: String,
    /// How far the offer has come: `reserved`, `ringing`, `whisper`, `accepted`.
    #[schema(value_type = Option<schema::Stage>)]
    stage: Option<Stage>,
    /// How it ended.
    #[schema(value_type = Option<schema::Ending>)]
    ending: Option<Ending>,
    /// Whose it is, or whose it was last.
    #[schema(value_type = Option<String>)]
    agent: Option<AgentId>,
    /// By which offer.
    offer: Option<u16>,
    /// Begun.
    created_at: Timestamp,
    /// The person answered, or called.
    answered_at: Option<Timestamp>,
    /// First spoke with an agent.
    connected_at: Option<Timestamp>,
    /// Over.
    ended_at: Option<Timestamp>,
    /// The disposition's code.
    disposition: Option<String>,
    /// When another call was promised.
    call_back_at: Option<Timestamp>,
    /// The person is on hold: they hear music, and nobody hears them.
    held: bool,
    /// The agent is muted.
    muted: bool,
    /// The colleague who is asked, while the person is on hold.
    consult: Option<ConsultView>,
    /// Who else has joined, or was asked to.
    guests: Vec<GuestView>,
}

/// A colleague who is asked.
#[derive(Serialize, ToSchema)]
#[schema(as = Consult)]
pub struct ConsultView {
    /// Who.
    #[schema(value_type = String)]
    agent: AgentId,
    /// By which offer of the call.
    offer: u16,
    /// They have picked up.
    joined: bool,
}

/// Somebody who joins a talk.
#[derive(Serialize, ToSchema)]
#[schema(as = Guest)]
pub struct GuestView {
    /// Which: from 1.
    guest: u16,
    /// As what.
    #[schema(value_type = schema::GuestRole)]
    role: GuestRole,
    /// `ringing`, `joined` or `gone`.
    #[schema(value_type = schema::GuestState)]
    state: GuestState,
}

impl From<LiveCall> for LiveCallView {
    fn from(live: LiveCall) -> Self {
        let waits = live.waits_since().is_some();
        let (state, stage, ending, agent, offer) = match &live.desk {
            Side::Nobody => (if waits { "waiting" } else { "ringing" }, None, None, None, None),
            Side::Offered(it) => ("offered", Some(it.stage), None, Some(it.agent.clone()), Some(it.number)),
            Side::Talking(it) => ("talking", None, None, Some(it.agent.clone()), Some(it.offer)),
            Side::Over { how } => ("over", None, Some(*how), live.agent.clone(), None),
        };
        let consult = live.consults().map(|(consult, _)| ConsultView {
            agent: consult.agent.clone(),
            offer: consult.offer,
            joined: consult.joined,
        });
        let guests = live.guests.iter().map(|guest| GuestView {
            guest: guest.number,
            role: guest.invited.role,
            state: guest.state,
        });
        let guests = guests.collect();
        let (held, muted) = match &live.desk {
            Side::Talking(talk) => (talk.held, talk.muted),
            Side::Nobody | Side::Offered(_) | Side::Over { .. } => (false, false),
        };
        let (disposition, call_back_at) =
            live.wrap_up.map_or((None, None), |it| (Some(it.disposition), it.call_back_at));
        Self {
            id: live.id,
            queue: live.queue,
            contact: live.contact,
            state: state.to_owned(),
            stage,
            ending,
            agent,
            offer,
            created_at: live.created_at,
            answered_at: live.answered_at,
            connected_at: live.connected_at,
            ended_at: live.ended_at,
            disposition,
            call_back_at,
            held,
            muted,
            consult,
            guests,
        }
    }
}

pub(super) async fn load(scope: &Scope, id: &LiveId) -> Result<Stored<LiveCall>, Problem> {
    // Another tenant's call is not even looked for.
    if id.tenant() != &scope.tenant {
        return Err(Problem::not_found("call"));
    }
    scope.table().live(id).await?.ok_or_else(|| Problem::not_found("call"))
}

/// A call that the caller may look at: an agent their own, a supervisor every one.
pub(super) async fn visible(scope: &Scope, id: &LiveId) -> Result<Stored<LiveCall>, Problem> {
    let live = load(scope, id).await?;
    if scope.caller.role >= Role::Supervisor {
        return Ok(live);
    }
    let agent = AgentId::of_user(&scope.caller.subject);
    if live.value.hold_of(&agent).is_some() || live.value.agent.as_ref() == Some(&agent) {
        return Ok(live);
    }
    Err(Problem::not_found("call"))
}

/// One call. Agents see their own.
#[utoipa::path(get, path = "/v1/live-calls/{call}", operation_id = "read_live_call", tag = "agents",
    params(("call" = String, Path, description = "Its id")),
    responses((status = 200, description = "The call", body = LiveCallView)))]
pub(crate) async fn read(scope: Scope, Params(id): Params<LiveId>) -> Result<Json<LiveCallView>, Problem> {
    Ok(Json(visible(&scope, &id).await?.value.into()))
}

/// A talk that goes on, with both its legs.
pub(super) struct Talk {
    pub(super) live: LiveCall,
    pub(super) offer: u16,
    person: CallId,
    agent: CallId,
    board: Arc<dyn Switchboard>,
}

/// The talk that the caller has, or supervises. A colleague who is asked sees it, may leave it, and steers nothing of it.
pub(super) async fn talk(scope: &Scope, id: &LiveId) -> Result<Talk, Problem> {
    let talk = talk_or_consult(scope, id).await?;
    let agent = AgentId::of_user(&scope.caller.subject);
    let theirs = matches!(&talk.live.desk, Side::Talking(it) if it.agent == agent);
    if theirs || scope.caller.role >= Role::Supervisor {
        return Ok(talk);
    }
    Err(Problem::new(Kind::Forbidden, "Whoever talks with the person steers the call; you may leave it."))
}

/// The talk that the caller has, is asked about, or supervises.
pub(super) async fn talk_or_consult(scope: &Scope, id: &LiveId) -> Result<Talk, Problem> {
    let live = visible(scope, id).await?.value;
    let no_talk = || Problem::new(Kind::NotNow, "Nobody talks on this call.");
    let Side::Talking(talk) = &live.desk else { return Err(no_talk()) };
    let (Some(person), Some(agent)) = (live.person_leg.clone(), talk.leg.clone()) else {
        return Err(no_talk());
    };
    let offer = talk.offer;
    let board = scope.deps.boards.switchboard(&scope.tenant).await;
    let board =
        board.map_err(|error| Problem::new(Kind::Busy, "The provider cannot be asked.").because(error))?;
    Ok(Talk { live, offer, person, agent, board })
}

impl Talk {
    /// The provider first, so that nobody is told of a hold that never was; then it is written down.
    async fn change(
        &self,
        scope: &Scope,
        leg: &CallId,
        change: ParticipantChange,
        event: &LiveEvent,
    ) -> Result<StatusCode, Problem> {
        let Some(conference) = &self.live.conference else {
            return Err(Problem::new(Kind::NotNow, "They have not met yet."));
        };
        let done = self.board.participant(conference, leg, &change).await;
        done.map_err(|error| Problem::new(Kind::Busy, "The provider did not do it.").because(error))?;
        desk(scope).take(&self.live.id, event).await?;
        Ok(StatusCode::NO_CONTENT)
    }

    async fn hold(&self, scope: &Scope, on: bool) -> Result<StatusCode, Problem> {
        let change = ParticipantChange { hold: Some(on), ..ParticipantChange::default() };
        self.change(scope, &self.person, change, &LiveEvent::Held { offer: self.offer, on }).await
    }

    async fn mute(&self, scope: &Scope, on: bool) -> Result<StatusCode, Problem> {
        let change = ParticipantChange { muted: Some(on), ..ParticipantChange::default() };
        self.change(scope, &self.agent, change, &LiveEvent::Muted { offer: self.offer, on }).await
    }
}

/// Put the person on hold: they hear music, and nobody hears them.
#[utoipa::path(post, path = "/v1/live-calls/{call}/hold", operation_id = "hold_call", tag = "agents",
    params(("call" = String, Path, description = "Its id")),
    responses((status = 204, description = "On hold")))]
pub(crate) async fn hold(scope: Scope, Params(id): Params<LiveId>) -> Result<impl IntoResponse, Problem> {
    talk(&scope, &id).await?.hold(&scope, true).await
}

/// Take the person off hold.
#[utoipa::path(post, path = "/v1/live-calls/{call}/resume", operation_id = "resume_call", tag = "agents",
    params(("call" = String, Path, description = "Its id")),
    responses((status = 204, description = "Talking again")))]
pub(crate) async fn resume(scope: Scope, Params(id): Params<LiveId>) -> Result<impl IntoResponse, Problem> {
    talk(&scope, &id).await?.hold(&scope, false).await
}

/// Mute the agent.
#[utoipa::path(post, path = "/v1/live-calls/{call}/mute", operation_id = "mute_call", tag = "agents",
    params(("call" = String, Path, description = "Its id")),
    responses((status = 204, description = "Muted")))]
pub(crate) async fn mute(scope: Scope, Params(id): Params<LiveId>) -> Result<impl IntoResponse, Problem> {
    talk(&scope, &id).await?.mute(&scope, true).await
}

/// Let the agent be heard again.
#[utoipa::path(post, path = "/v1/live-calls/{call}/unmute", operation_id = "unmute_call", tag = "agents",
    params(("call" = String, Path, description = "Its id")),
    responses((status = 204, description = "Heard again")))]
pub(crate) async fn unmute(scope: Scope, Params(id): Params<LiveId>) -> Result<impl IntoResponse, Problem> {
    talk(&scope, &id).await?.mute(&scope, false).await
}

/// End the call.
#[utoipa::path(post, path = "/v1/live-calls/{call}/hang-up", operation_id = "hang_up_call", tag = "agents",
    params(("call" = String, Path, description = "Its id")),
    responses((status = 204, description = "It is ending")))]
pub(crate) async fn hang_up(scope: Scope, Params(id): Params<LiveId>) -> Result<impl IntoResponse, Problem> {
    let talk = talk(&scope, &id).await?;
    let done = talk.board.end_leg(&talk.person).await;
    done.map_err(|error| Problem::new(Kind::Busy, "The provider did not do it.").because(error))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where a call is handed over: to a queue, or to a colleague.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// The queue in which the person waits for another agent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    queue: Option<QueueId>,
    /// The colleague who is to take them, and is free now. If they do not, somebody else of a queue of theirs is asked.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    agent: Option<AgentId>,
}

/// Hand the person over, to a queue or to a colleague, without speaking with anybody first. You are in wrap-up at once;
/// they hear hold audio until somebody takes them.
#[utoipa::path(post, path = "/v1/live-calls/{call}/transfer", operation_id = "transfer_call", tag = "agents",
    params(("call" = String, Path, description = "Its id")), request_body = HandOver,
    responses((status = 200, description = "The call as it is now", body = LiveCallView)))]
pub(crate) async fn transfer(
    scope: Scope,
    Params(id): Params<LiveId>,
    Json(to): Json<HandOver>,
) -> Result<Json<LiveCallView>, Problem> {
    let talk = talk(&scope, &id).await?;
    let (station, wanted) = match (to.queue, to.agent) {
        (Some(queue), None) => (station(&scope, &queue).await?, None),
        (None, Some(agent)) if talk.live.agent.as_ref() == Some(&agent) => {
            return Err(Problem::field("agent", "has the call"));
        }
        (None, Some(agent)) => (station_of(&scope, &talk.live, &agent).await?, Some(agent)),
        (None, None) | (Some(_), Some(_)) => {
            return Err(Problem::field("queue", "name either a queue or an agent"));
        }
    };
    let event = LiveEvent::HandOver { offer: talk.offer, to: station, wanted };
    let taken = desk(&scope).take(&id, &event).await?;
    let taken = taken.filter(|taken| !taken.stale);
    let taken = taken.ok_or_else(|| Problem::new(Kind::NotNow, "The talk has just ended."))?;
    Ok(Json(taken.live.into()))
}

/// A queue that takes calls now.
async fn station(scope: &Scope, queue: &QueueId) -> Result<Station, Problem> {
    let queue = scope.table().queue(queue).await?;
    let queue = queue.ok_or_else(|| Problem::field("queue", "there is no such queue"))?.value;
    if !queue.plan.is_open(scope.now) {
        return Err(Problem::new(Kind::NotNow, "This queue is closed now."));
    }
    Ok(queue.into())
}

/// Where a colleague is handed a call: in the queue in which it is, if they serve that; else in one of theirs.
async fn station_of(scope: &Scope, live: &LiveCall, agent: &AgentId) -> Result<Station, Problem> {
    let presence = scope.table().presence(agent).await?.map(|presence| presence.value);
    let free = presence.filter(|presence| presence.is_available(scope.deps.clock.now()));
    let serves = free.ok_or_else(|| Problem::new(Kind::NotNow, "This colleague is not free."))?.serves;
    let theirs = serves.queues.get(&live.queue).or_else(|| serves.queues.first());
    let queue = match theirs {
        Some(queue) => scope.table().queue(queue).await?,
        None => None,
    };
    let queue = queue.ok_or_else(|| Problem::new(Kind::NotNow, "This colleague serves no queue."))?;
    Ok(Station::from(queue.value).for_somebody())
}

/// What an agent makes of a call.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWrapUp {
    /// The code of one of the queue's dispositions.
    #[schema(example = "callback")]
    disposition: String,
    /// When another call was promised: for a disposition that means so.
    #[serde(default)]
    call_back_at: Option<Timestamp>,
    /// Be available for the next call at once.
    #[serde(default)]
    ready: bool,
}

/// Say how a call went. It becomes the outcome of its attempt; a promised call becomes due at its time, for you
/// first if you are free then.
#[utoipa::path(put, path = "/v1/live-calls/{call}/wrap-up", operation_id = "wrap_up_call", tag = "agents",
    params(("call" = String, Path, description = "Its id")), request_body = NewWrapUp,
    responses((status = 200, description = "The call with it", body = LiveCallView)))]
pub(crate) async fn wrap_up(
    scope: Scope,
    Params(id): Params<LiveId>,
    Json(new): Json<NewWrapUp>,
) -> Result<Json<LiveCallView>, Problem> {
    let agent = me(&scope).await?.value.id;
    let mut live = visible(&scope, &id).await?;
    if live.value.agent.as_ref() != Some(&agent) {
        return Err(Problem::new(Kind::NotNow, "Whoever spoke with the person last says how it went."));
    }
    let queue = scope.table().queue(&live.value.queue).await?;
    let known = queue.map(|queue| queue.value.plan.dispositions()).unwrap_or_default();
    let meant = known.iter().find(|known| known.code == new.disposition);
    let means = meant.ok_or_else(|| Problem::field("disposition", "is none of the queue's"))?.means;
    match (means, new.call_back_at) {
        (Meaning::Callback, None) => return Err(Problem::field("call_back_at", "is needed for a call back")),
        (Meaning::Callback, Some(at)) if at <= scope.now => {
            return Err(Problem::field("call_back_at", "lies in the past"));
        }
        (Meaning::Callback, Some(_)) | (_, None) => {}
        (_, Some(_)) => return Err(Problem::field("call_back_at", "is for a call back")),
    }
    // What follows for the contact comes first: repeated, it changes nothing.
    if let Some(attempt) = id.attempt() {
        tell(&scope, attempt, means, new.call_back_at.map(|at| (at, &agent))).await?;
    }
    let before = Ticket::of(&live.value);
    live.value.wrap_up = Some(WrapUp {
        agent: agent.clone(),
        disposition: new.disposition,
        call_back_at: new.call_back_at,
        at: scope.now,
    });
    scope.table().save_live(&live, before.as_ref(), &[]).await.map_err(Problem::unsaved)?;
    if new.ready {
        desk(&scope).say(&agent, &AgentEvent::Ready).await?;
    }
    Ok(Json(live.value.into()))
}

/// The attempt and its enrollment learn what the agent says.
async fn tell(
    scope: &Scope,
    attempt: &AttemptRef,
    means: Meaning,
    call_back: Option<(Timestamp, &AgentId)>,
) -> Result<(), Problem> {
    let campaign = super::campaigns::load(scope, &attempt.enrollment.campaign).await?;
    let (table, event) = (scope.deps.table.as_ref(), Event::Disposed(means));
    let told = take_in(table, attempt, &event, &campaign.value, &MergeFields::new(), scope.now).await;
    told.map_err(|error| match error {
        EventError::Unknown(what) => Problem::not_found(what),
        EventError::Store(error) => error.into(),
        error @ EventError::Contended => {
            Problem::new(Kind::Busy, "The attempt kept changing.").because(error)
        }
    })?;
    let Some((due, agent)) = call_back else { return Ok(()) };
    let promised = async || -> Result<bool, StoreError> {
        let Some(mut enrollment) = scope.table().enrollment(&attempt.enrollment).await? else {
            return Ok(false);
        };
        if !enrollment.value.promise(attempt.number, due, agent) {
            return Ok(false);
        }
        scope.table().save_enrollment(&enrollment).await?;
        Ok(true)
    };
    let kept = campaign.value.state.accepts_contacts() && promised().await.map_err(Problem::unsaved)?;
    if !kept {
        return Err(Problem::new(
            Kind::NotNow,
            "The campaign calls this contact no more: promise no call in it.",
        ));
    }
    // The planner may mean to sleep until later than the promise: a new run looks anew.
    let run = scope.table().run(&campaign.value.id).await?;
    if campaign.value.state == CampaignState::Running && run.is_some_and(|run| run.value.wake_at > due) {
        match launch(scope, campaign).await {
            Ok(_) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
