//! The agents' desk: takes what happens to live calls and agents in, and makes the world match.
//!
//! Each step loads, decides, and saves the call and the agents it concerns in one transaction; then its effects are
//! carried out, which may lead to further steps. A crash in between loses effects and no state: a leg that was never
//! rung is a lease that runs out, a person who was never told anything asks again with the next bit of hold audio.

mod find;
mod sweep;

use std::collections::VecDeque;
use std::sync::Arc;

use carillon_domain::agents::live::{Desk as Side, Effect, LiveCall, LiveEvent, Reaction};
use carillon_domain::agents::ports::{Leg, Place, Reach, RingLeg, Switchboard, Switchboards};
use carillon_domain::agents::presence::{AgentEvent, NotPossible, Presence};
use carillon_domain::attempt::DeskSays;
use carillon_domain::ids::{AgentId, CampaignId, LiveId, TenantId};
use carillon_domain::ports::{AskError, Outgoing, PlaceError, Queue};
use carillon_store::{StoreError, Stored, Table, TenantTable, Ticket};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;

pub use sweep::Swept;

/// Why a step could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The table.
    #[error("the table failed")]
    Store(#[from] StoreError),
    /// Others kept changing the same call or agents.
    #[error("the call kept changing")]
    Contended,
    /// The agent's state does not allow it.
    #[error(transparent)]
    NotPossible(#[from] NotPossible),
    /// There is no such call or agent.
    #[error("there is no such {0}")]
    Unknown(&'static str),
}

/// Asks the planner of a campaign to look at once: an agent has become free for it, or will when the message arrives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nudge {
    /// Whose.
    pub tenant: TenantId,
    /// Which campaign.
    pub campaign: CampaignId,
}

/// How often to start over when somebody else has changed the items in between.
const TRIES: usize = 8;
/// A step leads to some others. More than this is a circle, and somebody's mistake: it is logged and left to the sweep.
const STEPS_MAX: usize = 60;
/// How long the telephone of somebody outside rings at least, seconds.
const GUEST_RINGS: u16 = 30;
/// The longest that a queue delays a message, seconds.
const DELAY_MAX: i128 = 900;

/// The desk of one tenant.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    pub(crate) table: TenantTable<'a>,
    boards: &'a dyn Switchboards,
    plan: &'a dyn Queue,
    pub(crate) clock: &'a dyn Clock,
}

/// Something that remains to be done.
enum Job {
    Take(LiveId, LiveEvent),
    Do(Box<LiveCall>, Effect),
    Seek(LiveId),
    Freed(AgentId),
}

/// What a step came to.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The call as it is now, with what followed at once.
    pub live: LiveCall,
    /// The event belonged to an offer that is no more.
    pub stale: bool,
}

impl<'a> Desk<'a> {
    /// Opens the desk.
    #[must_use]
    pub fn new(
        table: &'a dyn Table,
        tenant: &'a TenantId,
        boards: &'a dyn Switchboards,
        plan: &'a dyn Queue,
        clock: &'a dyn Clock,
    ) -> Self {
        Self { table: TenantTable::new(table, tenant), boards, plan, clock }
    }

    /// Takes an event of a live call in, with everything that follows from it. `None` if there is no such call.
    ///
    /// # Errors
    /// [`DeskError`]. Whatever had been done by then is harmless to repeat.
    pub async fn take(&self, id: &LiveId, event: &LiveEvent) -> Result<Option<Taken>, DeskError> {
        let mut jobs = VecDeque::new();
        let Some((live, stale)) = self.step(id, event, &mut jobs).await? else { return Ok(None) };
        let live = self.work(jobs, Some(live)).await?;
        Ok(live.map(|live| Taken { live, stale }))
    }

    /// A call begins with what has just happened to it, and nobody in hand. Repeated, it finds what it did.
    ///
    /// # Errors
    /// [`DeskError`].
    pub async fn arrive(&self, live: LiveCall, event: &LiveEvent) -> Result<Option<LiveCall>, DeskError> {
        let id = live.id.clone();
        let mut jobs = VecDeque::new();
        match self.apply(Stored::new(live), event, &[], &mut jobs).await? {
            Some((live, _)) => self.work(jobs, Some(live)).await,
            None => Ok(self.take(&id, event).await?.map(|taken| taken.live)),
        }
    }

    /// The person's call is over, or never was: agents are free. Returns what the attempt has to know.
    ///
    /// # Errors
    /// [`DeskError`].
    pub async fn person_gone(&self, id: &LiveId) -> Result<Option<DeskSays>, DeskError> {
        let taken = self.take(id, &LiveEvent::PersonGone).await?;
        Ok(taken.and_then(|taken| taken.live.says()))
    }

    /// Takes a call back that was never placed, so that it can begin again. Repeated, it does nothing.
    ///
    /// # Errors
    /// [`DeskError`].
    pub async fn withdraw(&self, id: &LiveId) -> Result<(), DeskError> {
        for _ in 0..TRIES {
            let Some(mut live) = self.table.live(id).await? else { return Ok(()) };
            let before = Ticket::of(&live.value);
            let now = self.clock.now();
            let reaction = live.value.on(&LiveEvent::PersonGone, now);
            let Some(agents) = self.concerned(&reaction, &[], now).await? else { continue };
            match self.table.withdraw_live(&live, before.as_ref(), &agents).await {
                Ok(()) => {}
                Err(StoreError::Conflict) => continue,
                Err(error) => return Err(error.into()),
            }
            let freed = agents.into_iter().map(|agent| Job::Freed(agent.value.agent));
            self.work(freed.collect(), None).await?;
            return Ok(());
        }
        Err(DeskError::Contended)
    }

    /// A person waits, and has asked for the next bit of hold audio: leases that are over are taken back, agents are
    /// looked for, and patience may be over.
    ///
    /// # Errors
    /// [`DeskError`].
    pub async fn tick(&self, id: &LiveId) -> Result<Option<LiveCall>, DeskError> {
        let Some(taken) = self.take(id, &LiveEvent::Look).await? else { return Ok(None) };
        let mut live = taken.live;
        if live.waits_since().is_some() {
            live = self.seek(id).await?.unwrap_or(live);
        }
        if live.patience_is_over(self.clock.now()) {
            let over = self.take(id, &LiveEvent::GiveUp { asks: false }).await?;
            live = over.map_or(live, |over| over.live);
        }
        Ok(Some(live))
    }

    /// Finds an agent for a call, if it needs one. `None` if there is no such call.
    ///
    /// # Errors
    /// [`DeskError`].
    pub async fn seek(&self, id: &LiveId) -> Result<Option<LiveCall>, DeskError> {
        let live = self.work(VecDeque::from([Job::Seek(id.clone())]), None).await?;
        match live.filter(|live| live.id == *id) {
            Some(live) => Ok(Some(live)),
            None => Ok(self.table.live(id).await?.map(|live| live.value)),
        }
    }

    /// Takes in what an agent says of themselves. Somebody who becomes available finds what waits for them.
    ///
    /// # Errors
    /// [`DeskError::NotPossible`] where the state does not allow it; [`DeskError::Unknown`] for an agent without a
    /// presence.
    pub async fn say(&self, agent: &AgentId, event: &AgentEvent) -> Result<Presence, DeskError> {
        for _ in 0..TRIES {
            let stored = self.table.presence(agent).await?;
            let mut presence = match (stored, event) {
                (Some(presence), _) => presence,
                (None, AgentEvent::SignIn(serves)) => {
                    Stored::new(Presence::absent(agent.clone(), serves.clone(), self.clock.now()))
                }
                (None, _) => return Err(DeskError::Unknown("agent")),
            };
            let now = self.clock.now();
            if presence.value.on(event, now)? {
                match self.table.save_presence(&presence).await {
                    Ok(()) => {}
                    Err(StoreError::Conflict) => continue,
                    Err(error) => return Err(error.into()),
                }
            }
            self.work(VecDeque::from([Job::Freed(agent.clone())]), None).await?;
            return Ok(self.table.presence(agent).await?.map_or(presence.value, |stored| stored.value));
        }
        Err(DeskError::Contended)
    }

    /// Somebody who is free may take what they could not before: they find what waits for them.
    ///
    /// # Errors
    /// [`DeskError`].
    pub async fn look_for(&self, agent: &AgentId) -> Result<(), DeskError> {
        self.work(VecDeque::from([Job::Freed(agent.clone())]), None).await.map(drop)
    }

    /// Works jobs off. Returns the last known state of the call that `live` is, or of the last one touched.
    async fn work(
        &self,
        mut jobs: VecDeque<Job>,
        mut live: Option<LiveCall>,
    ) -> Result<Option<LiveCall>, DeskError> {
        for _ in 0..STEPS_MAX {
            let Some(job) = jobs.pop_front() else { return Ok(live) };
            let touched = match job {
                Job::Take(id, event) => self.step(&id, &event, &mut jobs).await?.map(|(live, _)| live),
                Job::Seek(id) => self.find(&id, &mut jobs).await?,
                Job::Freed(agent) => {
                    self.look_for_work(&agent, &mut jobs).await?;
                    None
                }
                Job::Do(live, effect) => {
                    self.carry_out(&live, effect, &mut jobs).await;
                    None
                }
            };
            if let Some(touched) = touched
                && live.as_ref().is_none_or(|live| live.id == touched.id)
            {
                live = Some(touched);
            }
        }
        tracing::error!(metric.desk_circles = 1, "the desk went in circles");
        Ok(live)
    }

    /// One event: load, decide, save, and note what follows. Returns the call and whether the event was stale.
    async fn step(
        &self,
        id: &LiveId,
        event: &LiveEvent,
        jobs: &mut VecDeque<Job>,
    ) -> Result<Option<(LiveCall, bool)>, DeskError> {
        for _ in 0..TRIES {
            let Some(live) = self.table.live(id).await? else { return Ok(None) };
            if let Some((live, stale)) = self.apply(live, event, &[], jobs).await? {
                return Ok(Some((live, stale)));
            }
        }
        Err(DeskError::Contended)
    }

    /// Decides and saves. `None` if somebody was faster: load again. `known` are presences that have been read.
    async fn apply(
        &self,
        mut live: Stored<LiveCall>,
        event: &LiveEvent,
        known: &[&Stored<Presence>],
        jobs: &mut VecDeque<Job>,
    ) -> Result<Option<(LiveCall, bool)>, DeskError> {
        let now = self.clock.now();
        let before = Ticket::of(&live.value);
        let reaction = live.value.on(event, now);
        if reaction.changed || live.version == 0 {
            let Some(agents) = self.concerned(&reaction, known, now).await? else { return Ok(None) };
            match self.table.save_live(&live, before.as_ref(), &agents).await {
                Ok(()) => {}
                Err(StoreError::Conflict) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
        for effect in reaction.effects {
            jobs.push_back(match effect {
                Effect::Seek => Job::Seek(live.value.id.clone()),
                Effect::Freed(agent) => Job::Freed(agent),
                effect @ (Effect::Ring
                | Effect::RingGuest(_)
                | Effect::Change(..)
                | Effect::HangUp(_)
                | Effect::BringIn { .. }
                | Effect::Apologise(_)
                | Effect::WaitAgain(_)) => Job::Do(Box::new(live.value.clone()), effect),
            });
        }
        Ok(Some((live.value, reaction.stale)))
    }

    /// The agents that a step concerns, as they are after it. `None` if one of them is not as the step needs.
    async fn concerned(
        &self,
        reaction: &Reaction,
        known: &[&Stored<Presence>],
        now: Timestamp,
    ) -> Result<Option<Vec<Stored<Presence>>>, DeskError> {
        let mut agents: Vec<Stored<Presence>> = Vec::new();
        for (agent, event) in &reaction.agents {
            let position = agents.iter().position(|it| it.value.agent == *agent);
            let index = match position {
                Some(index) => index,
                None => {
                    let stored = match known.iter().find(|it| it.value.agent == *agent) {
                        Some(known) => Some((*known).clone()),
                        None => self.table.presence(agent).await?,
                    };
                    let Some(stored) = stored else { continue };
                    agents.push(stored);
                    agents.len() - 1
                }
            };
            if agents[index].value.on(event, now).is_err() {
                return Ok(None);
            }
        }
        Ok(Some(agents))
    }

    /// Carries an effect out. What fails is logged: the state tells whoever looks next.
    async fn carry_out(&self, live: &LiveCall, effect: Effect, jobs: &mut VecDeque<Job>) {
        let board = match self.boards.switchboard(self.table.tenant_id()).await {
            Ok(board) => board,
            Err(error) => {
                tracing::error!(%error, live = %live.id, metric.desk_effects_failed = 1, "the tenant's switchboard is not set up");
                match (&effect, rung(live)) {
                    (Effect::Ring, Some((_, offer))) => {
                        jobs.push_back(Job::Take(live.id.clone(), LiveEvent::LegFailed { offer }));
                    }
                    (Effect::RingGuest(guest), _) => {
                        jobs.push_back(Job::Take(live.id.clone(), LiveEvent::GuestGone { guest: *guest }));
                    }
                    (_, _) => {}
                }
                return;
            }
        };
        let done = match effect {
            Effect::Ring => {
                self.ring(&board, live, jobs).await;
                Ok(())
            }
            Effect::RingGuest(guest) => {
                self.ring_guest(&board, live, guest, jobs).await;
                Ok(())
            }
            Effect::Change(leg, change) => match &live.conference {
                Some(conference) => {
                    let there = board.participant(conference, &leg, &change).await;
                    // The person is being left to somebody who has gone, and nobody has told us.
                    if let (Ok(false), Some(true)) = (&there, change.end_on_exit)
                        && let Some(guest) = live.guests.iter().find(|guest| guest.leg.as_ref() == Some(&leg))
                    {
                        let gone = LiveEvent::GuestGone { guest: guest.number };
                        jobs.push_back(Job::Take(live.id.clone(), gone));
                    }
                    there.map(drop)
                }
                None => Ok(()), // they have not met yet
            },
            Effect::HangUp(leg) => board.end_leg(&leg).await,
            Effect::BringIn { leg, offer } => board.redirect(&leg, &live.id, Place::Join { offer }).await,
            Effect::Apologise(leg) => board.redirect(&leg, &live.id, Place::Sorry).await,
            Effect::WaitAgain(leg) => board.redirect(&leg, &live.id, Place::Conference).await,
            Effect::Seek | Effect::Freed(_) => Ok(()),
        };
        if let Err(error) = done {
            log_failed(&live.id, &error);
        }
    }

    /// Rings the agent of the current offer, or the colleague who is asked. That was saved before: whoever comes twice
    /// rings once.
    async fn ring(&self, board: &Arc<dyn Switchboard>, live: &LiveCall, jobs: &mut VecDeque<Job>) {
        let Some((agent, number)) = rung(live) else { return };
        let failed = || Job::Take(live.id.clone(), LiveEvent::LegFailed { offer: number });
        let presence = match self.table.presence(&agent).await {
            Ok(Some(presence)) => presence,
            Ok(None) | Err(_) => return jobs.push_back(failed()),
        };
        let reach = presence.value.serves.reach.clone();
        let agent = matches!(reach, Reach::Browser).then_some(agent);
        let leg = RingLeg {
            live: live.id.clone(),
            leg: Leg::Agent { offer: number },
            agent,
            reach,
            from: live.from.clone(),
            ring_seconds_max: live.handling.offer_seconds,
        };
        jobs.push_back(match board.ring(&leg).await {
            Ok(leg) => Job::Take(live.id.clone(), LiveEvent::Rung { offer: number, leg }),
            Err(PlaceError::Refused { reason, code }) => {
                tracing::warn!(?reason, code, live = %live.id, metric.agent_legs_refused = 1, "an agent's leg was refused");
                Job::Take(live.id.clone(), LiveEvent::LegEnded { offer: number })
            }
            Err(error @ (PlaceError::Throttled | PlaceError::Unavailable(_))) => {
                tracing::warn!(%error, live = %live.id, metric.agent_legs_failed = 1, "an agent's leg could not be made");
                failed()
            }
            Err(PlaceError::Unknown(source)) => {
                // It may be ringing. Never rung again for this offer: the leg itself, or the lease's end, will tell.
                let cause = source.map(|source| source.to_string());
                tracing::warn!(cause, live = %live.id, metric.agent_legs_unknown = 1, "unknown whether an agent's leg was made");
                return;
            }
        });
    }

    /// Rings somebody who is to join. Whoever cannot be rung is gone.
    async fn ring_guest(
        &self,
        board: &Arc<dyn Switchboard>,
        live: &LiveCall,
        guest: u16,
        jobs: &mut VecDeque<Job>,
    ) {
        let Some(invited) = live.guest(guest).map(|guest| guest.invited.clone()) else { return };
        let leg = RingLeg {
            live: live.id.clone(),
            leg: Leg::Guest { guest },
            agent: invited.agent,
            reach: invited.reach,
            from: live.from.clone(),
            ring_seconds_max: live.handling.offer_seconds.max(GUEST_RINGS),
        };
        let event = match board.ring(&leg).await {
            Ok(leg) => LiveEvent::GuestRung { guest, leg },
            // It may be ringing: the leg itself will tell.
            Err(PlaceError::Unknown(_)) => return,
            Err(
                error @ (PlaceError::Refused { .. } | PlaceError::Throttled | PlaceError::Unavailable(_)),
            ) => {
                tracing::warn!(%error, live = %live.id, metric.guest_legs_failed = 1, "a guest's leg could not be made");
                LiveEvent::GuestGone { guest }
            }
        };
        jobs.push_back(Job::Take(live.id.clone(), event));
    }

    /// Asks the planners of campaigns to look, now or when somebody's wrap-up is over.
    pub async fn nudge(&self, campaigns: Vec<CampaignId>, at: Timestamp) {
        // Rather late than early: whoever looked before the agent is free would look in vain, and not again.
        let delay = (at.duration_since(self.clock.now()).as_millis() + 999) / 1_000;
        let delay = delay.clamp(0, DELAY_MAX);
        let messages = campaigns.into_iter().filter_map(|campaign| {
            let nudge = Nudge { tenant: self.table.tenant_id().clone(), campaign };
            let delay_seconds = u16::try_from(delay).unwrap_or(0);
            Some(Outgoing { body: serde_json::to_string(&nudge).ok()?, delay_seconds, group: None })
        });
        let messages: Vec<_> = messages.collect();
        if !messages.is_empty()
            && let Err(error) = self.plan.send(messages).await
        {
            // The planner looks by itself within the minute.
            tracing::warn!(%error, metric.nudges_lost = 1, "a planner could not be asked to look");
        }
    }
}

/// Who is to be rung on our side, by which offer.
fn rung(live: &LiveCall) -> Option<(AgentId, u16)> {
    match &live.desk {
        Side::Offered(offer) => Some((offer.agent.clone(), offer.number)),
        Side::Talking(talk) => talk.consult.as_ref().map(|consult| (consult.agent.clone(), consult.offer)),
        Side::Nobody | Side::Over { .. } => None,
    }
}

fn log_failed(live: &LiveId, error: &AskError) {
    let source = error.source.as_ref().map(ToString::to_string);
    tracing::warn!(%live, %error, source, metric.desk_effects_failed = 1, "a step at the desk failed");
}
