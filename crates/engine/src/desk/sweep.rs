//! The minute's look at a desk: for everything that no callback told, and that nobody lived to do.

use std::collections::BTreeSet;

use carillon_domain::agents::live::{Desk as Side, LiveCall, LiveEvent};
use carillon_domain::agents::presence::{AgentEvent, AgentState, Hold, Line, Presence, Released};
use carillon_domain::ids::LiveId;
use carillon_domain::ports::{CallId, CallReport, Voice};
use carillon_store::{StoreError, Stored};
use futures::future;
use jiff::{SignedDuration, Timestamp};

use super::{Desk, DeskError, Job};

/// Which sweep it is, and when it has to end.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// Counts up from sweep to sweep: each begins with others.
    pub number: usize,
    /// Nothing is begun from here on.
    pub until: Timestamp,
}

/// What one sweep found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Leases that were over.
    pub leases: u32,
    /// Calls whose end nobody had told.
    pub ended: u32,
    /// Agents' telephones that nobody had hung up.
    pub lines: u32,
    /// Its time was up before it had looked at everything: the next one begins elsewhere.
    pub cut: bool,
}

/// From when on a talk, or a wait, is asked about.
const ASK_AFTER: SignedDuration = SignedDuration::from_mins(3);
/// The provider is asked about so many telephones at once.
const ASKED_AT_ONCE: usize = 8;

impl Desk<'_> {
    /// Takes back leases that are over, ends calls that the provider says are, and hangs up telephones on which agents
    /// should be no more.
    ///
    /// # Errors
    /// [`DeskError`]. The next sweep goes on.
    pub async fn sweep(&self, voice: &dyn Voice, turn: Turn) -> Result<Swept, DeskError> {
        let mut swept = Swept::default();
        let presences = self.table.presences().await?;
        let now = self.clock.now();
        // Leases first, for which nobody is asked: somebody may be waiting for that agent.
        let over = presences.iter().filter_map(|it| Some((it, over(&it.value, now)?)));
        for (presence, hold) in turn.begin(over.collect()) {
            if self.is_late(turn) {
                return Ok(Swept { cut: true, ..swept });
            }
            swept.leases += 1;
            if self.take(&hold.call, &LiveEvent::Look).await?.is_none() {
                self.let_go(presence, hold).await?;
            }
        }
        let forgotten = presences.iter().filter_map(|it| Some((it, it.value.forgotten_line(now)?)));
        for some in turn.begin(forgotten.collect()).chunks(ASKED_AT_ONCE) {
            if self.is_late(turn) {
                return Ok(Swept { cut: true, ..swept });
            }
            let asked = some.iter().map(|(presence, line)| self.see_off(presence, line, voice));
            for done in future::join_all(asked).await {
                swept.lines += u32::from(done?);
            }
        }
        let calls = self.long_calls(&presences, now).await?;
        for some in turn.begin(calls.into_iter().collect()).chunks(ASKED_AT_ONCE) {
            if self.is_late(turn) {
                return Ok(Swept { cut: true, ..swept });
            }
            for done in future::join_all(some.iter().map(|live| self.ask(live, voice))).await {
                swept.ended += u32::from(done?);
            }
        }
        Ok(swept)
    }

    fn is_late(&self, turn: Turn) -> bool {
        self.clock.now() >= turn.until
    }

    /// The calls that somebody has talked, or waited, in for long.
    async fn long_calls(
        &self,
        presences: &[Stored<Presence>],
        now: Timestamp,
    ) -> Result<BTreeSet<LiveId>, DeskError> {
        let mut calls: BTreeSet<_> = presences.iter().filter_map(|it| talks(&it.value, now)).collect();
        for queue in self.table.queues().await? {
            let tickets = self.table.line(&queue.value.id).await?.tickets;
            // Who waits asks every few seconds; a ticket this old may be nobody's.
            let old = tickets.into_iter().filter(|ticket| ticket.since + ASK_AFTER <= now);
            calls.extend(old.map(|ticket| ticket.live));
        }
        Ok(calls)
    }

    /// Ends a call of which the provider says that the person is gone, or the agent who talks with them. Returns whether
    /// it did.
    async fn ask(&self, id: &LiveId, voice: &dyn Voice) -> Result<bool, DeskError> {
        let Some(live) = self.table.live(id).await? else { return Ok(false) };
        let Some(person) = &live.value.person_leg else { return Ok(false) };
        let talking = talking(&live.value);
        // At once, so that a provider who does not answer is waited for once.
        let agent_gone = async {
            match talking {
                Some((agent, offer)) => is_over(agent, id, voice).await.then_some(offer),
                None => None,
            }
        };
        let event = match future::join(is_over(person, id, voice), agent_gone).await {
            (true, _) => LiveEvent::PersonGone,
            (false, Some(offer)) => LiveEvent::LegEnded { offer },
            (false, None) => return Ok(false),
        };
        self.take(id, &event).await?;
        Ok(true)
    }

    /// Asks about the telephone of an agent who was let go a while ago: it is noted to be free, or hung up. The callback
    /// of a leg's end is not waited for, and whoever was to hang up may have died. Returns whether it had to be hung up.
    async fn see_off(
        &self,
        presence: &Stored<Presence>,
        line: &Line,
        voice: &dyn Voice,
    ) -> Result<bool, DeskError> {
        let call = &line.hold.call;
        if is_over(&line.leg, call, voice).await {
            let mut free = presence.clone();
            free.value.on(&AgentEvent::HungUp(line.hold.clone()), self.clock.now())?;
            return match self.table.save_presence(&free).await {
                Ok(()) | Err(StoreError::Conflict) => Ok(false),
                Err(error) => Err(error.into()),
            };
        }
        tracing::warn!(live = %call, "an agent was on the line of a call that had let them go");
        match self.table.live(call).await? {
            Some(live) => {
                let effects = live.value.let_go(&line.leg);
                let jobs = effects.into_iter().map(|effect| Job::Do(Box::new(live.clone()), effect, None));
                self.work(jobs.collect(), None).await?;
            }
            None => {
                if let Err(error) = voice.hang_up(&line.leg).await {
                    tracing::warn!(%error, live = %call, "an agent's telephone could not be hung up");
                }
            }
        }
        Ok(true)
    }

    /// Frees an agent whose call no longer exists as an item.
    async fn let_go(&self, presence: &Stored<Presence>, hold: &Hold) -> Result<(), DeskError> {
        let mut freed = presence.clone();
        let event = AgentEvent::Release { hold: hold.clone(), why: Released::Unneeded };
        freed.value.on(&event, self.clock.now())?;
        match self.table.save_presence(&freed).await {
            Ok(()) => self.look_for(&freed.value.agent).await,
            Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Turn {
    /// So many are asked in one breath; where time is short, the next sweep begins with the next so many.
    fn begin<T>(self, all: Vec<T>) -> Vec<T> {
        rotated(all, self.number.wrapping_mul(ASKED_AT_ONCE))
    }
}

/// All of them, beginning elsewhere.
#[must_use]
pub fn rotated<T>(mut all: Vec<T>, by: usize) -> Vec<T> {
    if !all.is_empty() {
        let begin = by % all.len();
        all.rotate_left(begin);
    }
    all
}

/// What holds an agent, if only by a lease that is over.
fn over(presence: &Presence, now: Timestamp) -> Option<&Hold> {
    presence.state.lease().filter(|(_, until)| *until <= now).map(|(hold, _)| hold)
}

/// The call in which an agent has talked for long.
fn talks(presence: &Presence, now: Timestamp) -> Option<LiveId> {
    match &presence.state {
        AgentState::OnCall { hold } if presence.since + ASK_AFTER <= now => Some(hold.call.clone()),
        AgentState::OnCall { .. }
        | AgentState::Reserved { .. }
        | AgentState::Ringing { .. }
        | AgentState::Offline
        | AgentState::Break { .. }
        | AgentState::Available
        | AgentState::WrapUp { .. } => None,
    }
}

/// The leg by which an agent talks with the person.
fn talking(live: &LiveCall) -> Option<(&CallId, u16)> {
    match &live.desk {
        Side::Talking(talk) => Some((talk.leg.as_ref()?, talk.offer)),
        Side::Nobody | Side::Offered(_) | Side::Over { .. } => None,
    }
}

/// Whether the provider says that a leg is over. One that cannot be asked about is taken to go on.
async fn is_over(leg: &CallId, live: &LiveId, voice: &dyn Voice) -> bool {
    match voice.report(leg).await {
        Ok(report) => report.is_none_or(|report: CallReport| report.status.is_final()),
        Err(error) => {
            tracing::warn!(%error, %live, "the provider could not be asked about a call");
            false
        }
    }
}
