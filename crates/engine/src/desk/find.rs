//! Bringing calls and agents together, from either side.
//!
//! Each side writes first and reads strongly then: of a call that begins to wait and an agent who becomes free at the
//! same time, at least one sees the other.

use std::collections::{BTreeSet, VecDeque};

use carillon_domain::agents::live::{LiveCall, LiveEvent};
use carillon_domain::agents::presence::{AgentState, Presence, Serves};
use carillon_domain::agents::select;
use carillon_domain::ids::{AgentId, CampaignId, LiveId};
use carillon_domain::ports::Outgoing;
use carillon_store::{Stored, Ticket};
use futures::future;
use jiff::Timestamp;

use super::{Desk, DeskError, Job, Nudge, TRIES};

/// The longest that a queue delays a message, seconds.
const DELAY_MAX: i128 = 900;

impl Desk<'_> {
    /// Begins a live call with an agent in hand. `None` if nobody is free: nothing has been written then. Repeated, it
    /// finds what it did.
    ///
    /// # Errors
    /// [`DeskError`].
    pub async fn open(&self, live: &LiveCall) -> Result<Option<LiveCall>, DeskError> {
        for attempt in 0..TRIES {
            let mut jobs = VecDeque::new();
            let agents = self.table.presences().await?;
            let now = self.clock.now();
            let free = select::candidates(agents.iter().map(|it| &it.value), live, now);
            let Some(best) = choose(&free, &live.id, attempt) else {
                // Those whose leases are over may be had after all.
                if attempt > 0 || !self.take_back(&agents, &mut jobs) {
                    return Ok(None);
                }
                self.work(jobs, None).await?;
                continue;
            };
            let known = agents.iter().filter(|it| it.value.agent == best.agent);
            let known: Vec<_> = known.collect();
            let event = LiveEvent::Reserve(best.agent.clone());
            if let Some((held, _)) = self.apply(Stored::new(live.clone()), &event, &known, &mut jobs).await? {
                return self.work(jobs, Some(held.value)).await;
            }
            // The agent is taken, or the call has begun before.
            if let Some(begun) = self.table.live(&live.id).await? {
                return Ok(Some(begun.value));
            }
        }
        Err(DeskError::Contended)
    }

    /// Finds an agent for a call that needs one. `known` is the call as it was saved, or read, a moment ago.
    pub(super) async fn find(
        &self,
        id: &LiveId,
        mut known: Option<Stored<LiveCall>>,
        jobs: &mut VecDeque<Job>,
    ) -> Result<Option<LiveCall>, DeskError> {
        for attempt in 0..TRIES {
            let live = async {
                match known.take() {
                    Some(known) => Ok(Some(known)),
                    None => self.table.live(id).await,
                }
            };
            let (live, agents) = future::try_join(live, self.table.presences()).await?;
            let Some(live) = live else { return Ok(None) };
            if !live.value.seeks(self.clock.now()) {
                return Ok(Some(live.value));
            }
            let now = self.clock.now();
            let free = select::candidates(agents.iter().map(|it| &it.value), &live.value, now);
            let Some(best) = choose(&free, id, attempt) else {
                if attempt == 0 && self.take_back(&agents, jobs) {
                    jobs.push_back(Job::Seek(id.clone(), None));
                }
                return Ok(Some(live.value));
            };
            let known: Vec<_> = agents.iter().filter(|it| it.value.agent == best.agent).collect();
            let event = LiveEvent::Reserve(best.agent.clone());
            if let Some((live, _)) = self.apply(live, &event, &known, jobs).await? {
                return Ok(Some(live.value));
            }
        }
        Err(DeskError::Contended)
    }

    /// Has every lease that is over taken back. Returns whether there was one.
    fn take_back(&self, agents: &[Stored<Presence>], jobs: &mut VecDeque<Job>) -> bool {
        let now = self.clock.now();
        let over = agents.iter().filter_map(|it| it.value.state.lease()).filter(|(_, until)| *until <= now);
        let before = jobs.len();
        jobs.extend(over.map(|(hold, _)| Job::Take(hold.call.clone(), LiveEvent::Look)));
        jobs.len() > before
    }

    /// An agent may have become available: the most urgent call that they can take is looked after; if none becomes
    /// theirs, campaigns that dial for them are told. `known` is where they stood when that was saved.
    pub(super) async fn look_for_work(
        &self,
        agent: &AgentId,
        known: Option<Presence>,
        jobs: &mut VecDeque<Job>,
    ) -> Result<(), DeskError> {
        let presence = match known {
            Some(presence) => Some(presence),
            None => self.table.presence(agent).await?.map(|stored| stored.value),
        };
        let Some(presence) = presence else { return Ok(()) };
        let now = self.clock.now();
        let free_at = match &presence.state {
            AgentState::Available => now,
            AgentState::WrapUp { until, .. } => (*until).max(now),
            AgentState::Offline
            | AgentState::Break { .. }
            | AgentState::Reserved { .. }
            | AgentState::Ringing { .. }
            | AgentState::OnCall { .. } => return Ok(()),
        };
        if !presence.serves.works_at(free_at) {
            return Ok(());
        }
        let mut campaigns = BTreeSet::new();
        let mut tickets: Vec<Ticket> = Vec::new();
        for line in future::try_join_all(presence.serves.queues.iter().map(|it| self.table.line(it))).await? {
            campaigns.extend(line.campaigns);
            tickets.extend(line.tickets.into_iter().filter(|ticket| can_take(&presence, ticket)));
        }
        tickets.sort_by(|a, b| (a.priority, a.since, &a.live).cmp(&(b.priority, b.since, &b.live)));
        if presence.is_available(now) {
            for ticket in tickets.iter().take(TICKETS_TRIED) {
                let found = self.find(&ticket.live, None, jobs).await?;
                if found.is_some_and(|live| live.hold_of(agent).is_some()) {
                    return Ok(());
                }
                // It went to somebody else, or this agent has passed it on a moment ago: they remain free.
            }
        }
        self.nudge(campaigns.into_iter().collect(), free_at).await;
        Ok(())
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

/// So many of those who wait are looked at for somebody who has become free. Those beyond ask for themselves.
const TICKETS_TRIED: usize = 5;

/// Who should take a call: at first whoever suits best. Calls that are dialled at once would all choose the same one, time
/// and again, and most of them in vain: who was too late chooses further down the list, each call elsewhere.
fn choose<'p>(free: &[&'p Presence], live: &LiveId, attempt: usize) -> Option<&'p Presence> {
    if attempt == 0 || free.is_empty() {
        return free.first().copied();
    }
    let spread =
        live.to_string().bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    free.get(spread.wrapping_add(attempt) % free.len()).copied()
}

fn can_take(presence: &Presence, ticket: &Ticket) -> bool {
    let Serves { skills, groups, .. } = &presence.serves;
    let able = |(skill, least)| skills.get(skill).is_some_and(|level| level >= least);
    ticket.skills.iter().all(able) && select::is_in_one(groups, &ticket.groups)
}
