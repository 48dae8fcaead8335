//! The agents' desk: takes what happens to live calls and agents in, and makes the world match.
//!
//! Each step loads, decides, and saves the call and the agents it concerns in one transaction; then its effects are
//! carried out, which may lead to further steps. A crash in between loses effects and no state: a leg that was never
//! rung is a lease that runs out, a person who was never told anything asks again with the next bit of hold audio.
//!
//! Somebody listens to silence meanwhile. So what does not depend on each other happens at once: a step is decided while
//! what must be written before it is ([`Desk::foresee`]), and what follows from one is done beside what else is to be
//! written ([`Desk::begin`]). What has been read is passed on: the write's condition says whether it still is so.

mod effects;
mod find;
mod sweep;

use std::collections::VecDeque;

use carillon_domain::agents::live::{Effect, LiveCall, LiveEvent, Reaction};
use carillon_domain::agents::ports::{Reach, Switchboards};
use carillon_domain::agents::presence::{AgentEvent, NotPossible, Presence};
use carillon_domain::attempt::DeskSays;
use carillon_domain::ids::{AgentId, CampaignId, LiveId, TenantId};
use carillon_domain::ports::Queue;
use carillon_store::{StoreError, Stored, Table, TenantTable, Ticket};
use futures::future;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;

pub use sweep::{Swept, Turn, rotated};

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

/// The desk of one tenant.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    pub(crate) table: TenantTable<'a>,
    boards: &'a dyn Switchboards,
    plan: &'a dyn Queue,
    pub(crate) clock: &'a dyn Clock,
}

/// Something that remains to be done.
#[derive(Clone, Debug)]
enum Job {
    Take(LiveId, LiveEvent),
    /// The same of a call that was saved a moment ago, and has hardly changed since.
    TakeOf(Box<Stored<LiveCall>>, LiveEvent),
    /// What the provider is to do, of whom the agent who is to be rung is reached there.
    Do(Box<Stored<LiveCall>>, Effect, Option<Reach>),
    Seek(LiveId, Option<Box<Stored<LiveCall>>>),
    /// With where they stood when that was written.
    Freed(AgentId, Option<Box<Presence>>),
}

/// A step that has been decided, and not saved.
#[derive(Clone, Debug)]
pub struct Foreseen {
    /// The call after it.
    live: Stored<LiveCall>,
    before: Option<Ticket>,
    reaction: Reaction,
    /// Those whom it concerns, after it. `None` if one of them is not as the step needs.
    agents: Option<Vec<Stored<Presence>>>,
}

/// What follows from a step that has been saved, and is still to be done.
#[derive(Clone, Debug, Default)]
#[must_use = "what follows is to be done before the function ends"]
pub struct Following(VecDeque<Job>);

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
        self.take_foreseen(id, event, None).await
    }

    /// Looks up and decides what an event would make of a call, and changes nothing: meanwhile whatever must be saved
    /// first can be. `None` if there is no such call.
    ///
    /// # Errors
    /// [`DeskError`].
    pub async fn foresee(&self, id: &LiveId, event: &LiveEvent) -> Result<Option<Foreseen>, DeskError> {
        match self.table.live(id).await? {
            Some(live) => Ok(Some(self.decide(live, event, &[]).await?)),
            None => Ok(None),
        }
    }

    /// As [`Desk::take`], of an event that has been foreseen; decided anew if the call has changed since.
    ///
    /// # Errors
    /// [`DeskError`].
    pub async fn take_foreseen(
        &self,
        id: &LiveId,
        event: &LiveEvent,
        foreseen: Option<Foreseen>,
    ) -> Result<Option<Taken>, DeskError> {
        let mut jobs = VecDeque::new();
        let Some((live, stale)) = self.step(id, event, foreseen, &mut jobs).await? else { return Ok(None) };
        let live = self.work(jobs, Some(live.value)).await?;
        Ok(live.map(|live| Taken { live, stale }))
    }

    /// Takes an event in, and leaves what follows to [`Desk::follow`]. `None` if there is no such call.
    ///
    /// # Errors
    /// [`DeskError`].
    pub async fn begin(
        &self,
        id: &LiveId,
        event: &LiveEvent,
    ) -> Result<Option<(LiveCall, Following)>, DeskError> {
        let mut jobs = VecDeque::new();
        let step = self.step(id, event, None, &mut jobs).await?;
        Ok(step.map(|(live, _)| (live.value, Following(jobs))))
    }

    /// Does what follows from a step.
    ///
    /// # Errors
    /// [`DeskError`].
    pub async fn follow(&self, following: Following) -> Result<(), DeskError> {
        self.work(following.0, None).await.map(drop)
    }

    /// A call begins with what has just happened to it, and nobody in hand. Repeated, it finds what it did.
    ///
    /// # Errors
    /// [`DeskError`].
    pub async fn arrive(&self, live: LiveCall, event: &LiveEvent) -> Result<Option<LiveCall>, DeskError> {
        let id = live.id.clone();
        let mut jobs = VecDeque::new();
        match self.apply(Stored::new(live), event, &[], &mut jobs).await? {
            Some((live, _)) => self.work(jobs, Some(live.value)).await,
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
            let freed =
                agents.into_iter().map(|it| Job::Freed(it.value.agent.clone(), Some(Box::new(it.value))));
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
        let mut jobs = VecDeque::new();
        let Some((live, _)) = self.step(id, &LiveEvent::Look, None, &mut jobs).await? else {
            return Ok(None);
        };
        // Whose lease was over is looked after as it is.
        if jobs.is_empty() && live.value.waits_since().is_some() {
            jobs.push_back(Job::Seek(id.clone(), Some(Box::new(live.clone()))));
        }
        let mut live = self.work(jobs, Some(live.value)).await?;
        if live.as_ref().is_some_and(|live| live.patience_is_over(self.clock.now())) {
            let over = self.take(id, &LiveEvent::GiveUp { asks: false }).await?;
            live = over.map(|over| over.live).or(live);
        }
        Ok(live)
    }

    /// Finds an agent for a call, if it needs one. `None` if there is no such call.
    ///
    /// # Errors
    /// [`DeskError`].
    pub async fn seek(&self, id: &LiveId) -> Result<Option<LiveCall>, DeskError> {
        let live = self.work(VecDeque::from([Job::Seek(id.clone(), None)]), None).await?;
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
            self.work(VecDeque::from([Job::Freed(agent.clone(), None)]), None).await?;
            return Ok(self.table.presence(agent).await?.map_or(presence.value, |stored| stored.value));
        }
        Err(DeskError::Contended)
    }

    /// Somebody who is free may take what they could not before: they find what waits for them.
    ///
    /// # Errors
    /// [`DeskError`].
    pub async fn look_for(&self, agent: &AgentId) -> Result<(), DeskError> {
        self.work(VecDeque::from([Job::Freed(agent.clone(), None)]), None).await.map(drop)
    }

    /// Works jobs off. Returns the last known state of the call that `live` is, or of the last one touched.
    ///
    /// What the provider is to do is done in order, and beside what is to be looked up and written, in order too: only
    /// then whatever came of either, so that nobody's telephone rings before it has been hung up. What the provider has
    /// said is taken in even if something else fails, which is told in the end.
    async fn work(
        &self,
        mut jobs: VecDeque<Job>,
        mut live: Option<LiveCall>,
    ) -> Result<Option<LiveCall>, DeskError> {
        let (mut count, mut failed) = (0, None);
        while !jobs.is_empty() {
            count += jobs.len();
            if count > STEPS_MAX {
                tracing::error!(metric.desk_circles = 1, "the desk went in circles");
                break;
            }
            let (mut called, mut written) = (VecDeque::new(), VecDeque::new());
            let (effects, steps): (Vec<_>, Vec<_>) =
                jobs.drain(..).partition(|job| matches!(job, Job::Do(..)));
            // On the heap: whoever waits for both would carry both through every future around it.
            let calls = Box::pin(self.carry_out_all(effects, &mut called));
            let steps = Box::pin(self.take_steps(steps, &mut live, &mut written));
            let ((), done) = future::join(calls, steps).await;
            failed = failed.or(done.err());
            jobs.append(&mut written);
            jobs.append(&mut called);
        }
        match failed {
            Some(error) => Err(error),
            None => Ok(live),
        }
    }

    async fn take_steps(
        &self,
        steps: Vec<Job>,
        live: &mut Option<LiveCall>,
        jobs: &mut VecDeque<Job>,
    ) -> Result<(), DeskError> {
        for job in steps {
            let touched = match job {
                Job::Take(id, event) => self.step(&id, &event, None, jobs).await?.map(|(live, _)| live.value),
                Job::TakeOf(live, event) => {
                    let id = live.value.id.clone();
                    let foreseen = self.decide(*live, &event, &[]).await?;
                    self.step(&id, &event, Some(foreseen), jobs).await?.map(|(live, _)| live.value)
                }
                Job::Seek(id, known) => self.find(&id, known.map(|known| *known), jobs).await?,
                Job::Freed(agent, known) => {
                    self.look_for_work(&agent, known.map(|known| *known), jobs).await?;
                    None
                }
                Job::Do(..) => None,
            };
            if let Some(touched) = touched
                && live.as_ref().is_none_or(|live| live.id == touched.id)
            {
                *live = Some(touched);
            }
        }
        Ok(())
    }

    /// One event: load, decide, save, and note what follows. Returns the call and whether the event was stale.
    async fn step(
        &self,
        id: &LiveId,
        event: &LiveEvent,
        mut foreseen: Option<Foreseen>,
        jobs: &mut VecDeque<Job>,
    ) -> Result<Option<(Stored<LiveCall>, bool)>, DeskError> {
        for _ in 0..TRIES {
            let next = match foreseen.take() {
                Some(foreseen) => foreseen,
                None => match self.foresee(id, event).await? {
                    Some(foreseen) => foreseen,
                    None => return Ok(None),
                },
            };
            if let Some(done) = self.save(next, jobs).await? {
                return Ok(Some(done));
            }
        }
        Err(DeskError::Contended)
    }

    /// Decides and saves. `None` if somebody was faster: load again. `known` are presences that have been read.
    async fn apply(
        &self,
        live: Stored<LiveCall>,
        event: &LiveEvent,
        known: &[&Stored<Presence>],
        jobs: &mut VecDeque<Job>,
    ) -> Result<Option<(Stored<LiveCall>, bool)>, DeskError> {
        let decided = self.decide(live, event, known).await?;
        self.save(decided, jobs).await
    }

    async fn decide(
        &self,
        mut live: Stored<LiveCall>,
        event: &LiveEvent,
        known: &[&Stored<Presence>],
    ) -> Result<Foreseen, DeskError> {
        let now = self.clock.now();
        let before = Ticket::of(&live.value);
        let reaction = live.value.on(event, now);
        let agents = match must_be_saved(&live, &reaction) {
            true => self.concerned(&reaction, known, now).await?,
            false => Some(Vec::new()),
        };
        Ok(Foreseen { live, before, reaction, agents })
    }

    async fn save(
        &self,
        decided: Foreseen,
        jobs: &mut VecDeque<Job>,
    ) -> Result<Option<(Stored<LiveCall>, bool)>, DeskError> {
        let Foreseen { mut live, before, reaction, agents } = decided;
        let Some(agents) = agents else { return Ok(None) };
        if must_be_saved(&live, &reaction) {
            match self.table.save_live(&live, before.as_ref(), &agents).await {
                Ok(()) => live.version += 1,
                Err(StoreError::Conflict) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
        let presence = |agent: &AgentId| agents.iter().map(|it| &it.value).find(|it| it.agent == *agent);
        let rung = effects::rung(&live.value);
        let reach = rung.and_then(|(agent, _)| presence(&agent)).map(|it| &it.serves.reach);
        for effect in reaction.effects {
            let this = || Box::new(live.clone());
            jobs.push_back(match effect {
                Effect::Seek => Job::Seek(live.value.id.clone(), Some(this())),
                Effect::Freed(agent) => {
                    let known = presence(&agent).cloned().map(Box::new);
                    Job::Freed(agent, known)
                }
                effect @ Effect::Ring => Job::Do(this(), effect, reach.cloned()),
                effect @ (Effect::RingGuest(_)
                | Effect::Change(..)
                | Effect::HangUp(_)
                | Effect::BringIn { .. }
                | Effect::Apologise(_)
                | Effect::WaitAgain(_)) => Job::Do(this(), effect, None),
            });
        }
        Ok(Some((live, reaction.stale)))
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
}

/// A call that is not stored yet is, whatever happens to it.
fn must_be_saved(live: &Stored<LiveCall>, reaction: &Reaction) -> bool {
    reaction.changed || live.version == 0
}
