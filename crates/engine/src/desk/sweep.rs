//! The minute's look at a desk: for everything that no callback told, and that nobody lived to do.

use carillon_domain::agents::live::{Desk as Side, LiveCall, LiveEvent};
use carillon_domain::agents::presence::{AgentEvent, AgentState, Hold, Line, Presence, Released};
use carillon_domain::ids::LiveId;
use carillon_domain::ports::{CallId, CallReport, Voice};
use carillon_store::{StoreError, Stored};
use futures::future;
use jiff::SignedDuration;

use super::{Desk, DeskError, Job};

/// What one sweep found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Leases that were over.
    pub leases: u32,
    /// Calls whose end nobody had told.
    pub ended: u32,
    /// Agents' telephones that nobody had hung up.
    pub lines: u32,
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
    pub async fn sweep(&self, voice: &dyn Voice) -> Result<Swept, DeskError> {
        let mut swept = Swept::default();
        let presences = self.table.presences().await?;
        let forgotten: Vec<_> = presences
            .iter()
            .filter_map(|it| Some((it, it.value.forgotten_line(self.clock.now())?)))
            .collect();
        for some in forgotten.chunks(ASKED_AT_ONCE) {
            let asked = some.iter().map(|(presence, line)| self.see_off(presence, line, voice));
            for done in future::join_all(asked).await {
                swept.lines += u32::from(done?);
            }
        }
        for presence in presences {
            let now = self.clock.now();
            match &presence.value.state {
                AgentState::Reserved { hold, until } | AgentState::Ringing { hold, until }
                    if *until <= now =>
                {
                    swept.leases += 1;
                    if self.take(&hold.call, &LiveEvent::Look).await?.is_none() {
                        self.let_go(&presence, hold).await?;
                    }
                }
                AgentState::OnCall { hold } if presence.value.since + ASK_AFTER <= now => {
                    swept.ended += u32::from(self.ask(&hold.call, voice).await?);
                }
                AgentState::Reserved { .. }
                | AgentState::Ringing { .. }
                | AgentState::OnCall { .. }
                | AgentState::Offline
                | AgentState::Break { .. }
                | AgentState::Available
                | AgentState::WrapUp { .. } => {}
            }
        }
        for queue in self.table.queues().await? {
            for ticket in self.table.line(&queue.value.id).await?.tickets {
                // Who waits asks every few seconds; a ticket this old may be nobody's.
                if ticket.since + ASK_AFTER <= self.clock.now() {
                    swept.ended += u32::from(self.ask(&ticket.live, voice).await?);
                }
            }
        }
        Ok(swept)
    }

    /// Ends a call of which the provider says that the person is gone, or the agent who talks with them. Returns whether
    /// it did.
    async fn ask(&self, id: &LiveId, voice: &dyn Voice) -> Result<bool, DeskError> {
        let Some(live) = self.table.live(id).await? else { return Ok(false) };
        let Some(person) = &live.value.person_leg else { return Ok(false) };
        if is_over(person, id, voice).await {
            self.take(id, &LiveEvent::PersonGone).await?;
            return Ok(true);
        }
        let Some((agent, offer)) = talking(&live.value) else { return Ok(false) };
        if is_over(agent, id, voice).await {
            self.take(id, &LiveEvent::LegEnded { offer }).await?;
            return Ok(true);
        }
        Ok(false)
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
