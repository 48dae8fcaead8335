//! One planning: read, ask the rules, save, queue, and say when to look again.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use aws_lambda_events::sqs::SqsEvent;
use carillon_domain::campaign::{Campaign, CampaignState, Command, transition};
use carillon_domain::compliance::{Cause, Terms, Verdict};
use carillon_domain::enrollment::Enrollment;
use carillon_domain::ids::{AttemptRef, CampaignId, ContactId, TenantId};
use carillon_domain::outcome::EndReason;
use carillon_domain::ports::{Outgoing, Queue};
use carillon_domain::run::{RunProgress, Stance, slot};
use carillon_engine::clock::Clock;
use carillon_engine::desk::Nudge;
use carillon_engine::judge;
use carillon_engine::order::{self, DialOrder, ORDERS_MAX};
use carillon_engine::runs::RunOrder;
use carillon_shell::logging::{self, Instrument};
use carillon_store::{Consistency, DueEntry, StoreError, Stored, Table, TenantTable};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::agents::{self, Agents};
use crate::due;

/// What the function works with.
pub struct Deps {
    /// The table.
    pub table: Arc<dyn Table>,
    /// The `dial` queue.
    pub dial: Arc<dyn Queue>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What the state machine does next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "next", rename_all = "snake_case")]
pub enum Plan {
    /// Look again at a time.
    Wait {
        /// When.
        wake_at: Timestamp,
        /// Calls queued by this planning.
        queued: u32,
        /// Contacts put off by it.
        put_off: u32,
        /// Contacts whose enrollment it ended.
        ended: u32,
    },
    /// The campaign is complete.
    Finish,
    /// This execution is no longer the campaign's.
    Superseded,
}

/// Why planning failed. The variants' names are matched by the state machine's `ErrorEquals`.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Throttled, or another planner was at work: try again soon.
    #[error("busy, try again")]
    Busy(#[source] Option<anyhow::Error>),
    /// Anything else.
    #[error("planning failed")]
    Failed(#[source] anyhow::Error),
}

impl From<StoreError> for PlanError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict | StoreError::Busy(_) => Self::Busy(Some(error.into())),
            StoreError::Refused(..) | StoreError::Malformed { .. } => Self::Failed(error.into()),
        }
    }
}

impl From<PlanError> for lambda_runtime::Diagnostic {
    fn from(error: PlanError) -> Self {
        let error_type = match &error {
            PlanError::Busy(_) => "Busy",
            PlanError::Failed(_) => "Failed",
        };
        tracing::error!(error = format!("{:#}", anyhow::Error::from(error)), "planning failed");
        Self { error_type: error_type.to_owned(), error_message: "see the log".to_owned() }
    }
}

/// Entries read in one go.
const PAGE: u32 = 500;
/// How long one planning goes through contacts that may not be called, before it lets the state machine breathe.
const PLANNING_SECONDS_MAX: i64 = 20;
/// While calls are in flight, any of them may be the campaign's last: look again when all of them have likely ended.
const TALK_TYPICAL: SignedDuration = SignedDuration::from_secs(30);
/// Calls that are to go within so many seconds of each other are ordered in one message.
const BREATH_SECONDS: u16 = 2;
/// A look waits for company for such a part of the shortest wait that was asked for.
const COMPANY: i32 = 6;
/// How soon to look again when the index looks empty and the counters do not agree yet.
const DOUBT: SignedDuration = SignedDuration::from_secs(2);
/// The longest sleep: a campaign that waits for weeks still notices within a day that its window was widened.
const SLEEP_MAX: SignedDuration = SignedDuration::from_hours(24);

/// What the function is called with.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Trigger {
    /// The state machine's turn.
    Run(RunOrder),
    /// Agents have become free, or are about to be.
    Nudges(SqsEvent),
}

/// Plans at once for campaigns whose agents are free. What it plans is what the state machine would have planned a little
/// later: the next planner to look finds it done.
///
/// # Errors
/// None: a nudge that fails is left to the state machine, which looks within the minute.
pub async fn nudged(deps: &Deps, event: SqsEvent) {
    let bodies = event.records.iter().filter_map(|record| record.body.as_deref());
    let nudges: BTreeSet<(TenantId, CampaignId)> = bodies
        .filter_map(|body| serde_json::from_str::<Nudge>(body).ok())
        .map(|nudge| (nudge.tenant, nudge.campaign))
        .collect();
    for (tenant, campaign) in nudges {
        let span = logging::campaign(&tenant, &campaign);
        async {
            for _ in 0..NUDGE_TRIES {
                match nudge(deps, &tenant, &campaign).await {
                    Err(PlanError::Busy(_)) => {} // another planner, who may have counted a moment too soon
                    Err(error) => {
                        let error = format!("{:#}", anyhow::Error::from(error));
                        tracing::error!(error, metric.nudges_failed = 1, "planning for agents failed");
                        return;
                    }
                    Ok(()) => return,
                }
            }
        }
        .instrument(span)
        .await;
    }
}

const NUDGE_TRIES: usize = 4;

async fn nudge(deps: &Deps, tenant: &TenantId, campaign: &CampaignId) -> Result<(), PlanError> {
    let table = TenantTable::new(deps.table.as_ref(), tenant);
    let Some(stored) = table.campaign(campaign).await? else { return Ok(()) };
    // A run that has not begun is its execution's to begin.
    if stored.value.state != CampaignState::Running
        || table.run(campaign).await?.is_none_or(|run| run.value.run != stored.value.run)
    {
        return Ok(());
    }
    let order = RunOrder {
        tenant: tenant.clone(),
        campaign: campaign.clone(),
        run: stored.value.run,
        start_at: None,
    };
    handle(deps, order).await.map(drop)
}

/// Plans the next wave.
///
/// # Errors
/// [`PlanError`]; nothing has been queued that has not been saved as planned.
pub async fn handle(deps: &Deps, order: RunOrder) -> Result<Plan, PlanError> {
    let tenant = TenantTable::new(deps.table.as_ref(), &order.tenant);
    let Some(mut campaign) = tenant.campaign(&order.campaign).await? else { return Ok(Plan::Superseded) };
    let stored = tenant.run(&order.campaign).await?;
    let now = deps.clock.now();
    let mut run = match stored {
        Some(run) if run.value.run > order.run => return Ok(Plan::Superseded),
        Some(run) if run.value.run == order.run => run,
        before => {
            let (today, _) = campaign.value.plan.day(now);
            let progress = RunProgress::begin(order.run, before.as_ref().map(|run| &run.value), today, now);
            Stored { value: progress, version: before.map_or(0, |before| before.version) }
        }
    };
    match run.value.stance(&campaign.value, order.run, now) {
        Stance::Superseded => Ok(Plan::Superseded),
        Stance::Wait(until) => {
            let wake_at = until.min(now + SLEEP_MAX);
            run.value.wake_at = wake_at;
            tenant.save_run(&order.campaign, &run).await?;
            Ok(Plan::Wait { wake_at, queued: 0, put_off: 0, ended: 0 })
        }
        Stance::WindUp => wind_up(deps, &tenant, &mut campaign, &mut run, now).await,
        Stance::Plan { room, from } => {
            if campaign.value.state == CampaignState::Scheduled {
                begin(&tenant, &mut campaign, now).await?;
            }
            let agents = agents::look(&tenant, &campaign.value, &run.value, now).await?;
            if let Some(Agents { room: 0, next, .. }) = agents {
                let frontier = run.value.frontier.as_deref();
                if !due::next(&tenant, &campaign.value, frontier, Some(now), 1).await?.is_empty() {
                    run.value.wake_at = next;
                    tenant.save_run(&order.campaign, &run).await?;
                    return Ok(Plan::Wait { wake_at: next, queued: 0, put_off: 0, ended: 0 });
                }
            }
            // Nothing is due where there is no room: then it is time to see whether anything ever will be.
            let room = agents.as_ref().map_or(room, |agents| agents.room.clamp(1, room.max(1))) as usize;
            Planning { deps, tenant, campaign, run, now, from, room, agents, batch: Batch::default() }
                .run()
                .await
        }
    }
}

/// The start date has come.
async fn begin(
    tenant: &TenantTable<'_>,
    campaign: &mut Stored<Campaign>,
    now: Timestamp,
) -> Result<(), PlanError> {
    if let Ok(state) = transition(campaign.value.state, Command::Due, campaign.value.plan.start_at, now) {
        campaign.value.state = state;
        tenant.save_campaign(campaign).await?;
        campaign.version += 1;
    }
    Ok(())
}

struct Planning<'a> {
    deps: &'a Deps,
    tenant: TenantTable<'a>,
    campaign: Stored<Campaign>,
    run: Stored<RunProgress>,
    now: Timestamp,
    from: Timestamp,
    room: usize,
    agents: Option<Agents>,
    batch: Batch,
}

/// What one planning has decided so far.
#[derive(Default)]
struct Batch {
    go: Vec<DialOrder>,
    changed: Vec<Stored<Enrollment>>,
    put_off: u32,
    ended: u32,
    frontier: Option<String>,
}

impl Batch {
    fn end(
        &mut self,
        mut enrollment: Stored<Enrollment>,
        reason: EndReason,
        verdict: Verdict,
        now: Timestamp,
    ) {
        enrollment.value.end(reason, now);
        enrollment.value.last_verdict = Some(verdict);
        self.ended += 1;
        self.changed.push(enrollment);
    }
}

impl Planning<'_> {
    async fn run(mut self) -> Result<Plan, PlanError> {
        let settings = self.tenant.settings().await?;
        let settings =
            settings.ok_or_else(|| PlanError::Failed(anyhow::anyhow!("the tenant has no settings")))?;
        let terms = judge::terms(&settings.value, &self.campaign.value);
        let mut frontier = self.run.value.frontier.clone();
        let mut exhausted = false;
        while self.batch.go.len() < self.room && !exhausted {
            let limit = PAGE.min(u32::try_from(self.room - self.batch.go.len()).unwrap_or(PAGE));
            let campaign = &self.campaign.value;
            let page = due::next(&self.tenant, campaign, frontier.as_deref(), Some(self.now), limit).await?;
            exhausted = page.len() < limit as usize;
            if let Some(last) = page.last() {
                frontier = Some(last.place.clone());
                self.batch.frontier.clone_from(&frontier);
                self.judge(&terms, page).await?;
            }
            if self.deps.clock.now().duration_since(self.now).as_secs() >= PLANNING_SECONDS_MAX {
                break;
            }
        }
        self.keep(&terms).await?;
        self.save_and_queue().await?;
        self.look_again(frontier, exhausted).await
    }

    /// Asks the rules about a page of entries, in their order.
    async fn judge(&mut self, terms: &Terms, page: Vec<DueEntry>) -> Result<(), PlanError> {
        let campaign = &self.campaign.value;
        let on = terms.id();
        let contacts: Vec<ContactId> = page.iter().map(|entry| entry.contact.clone()).collect();
        let found = self.tenant.enrollments(&campaign.id, &contacts, Consistency::Eventual).await?;
        let tried = self.tried_already(&page, &found).await?;
        let mut by_contact: HashMap<ContactId, Stored<Enrollment>> =
            found.into_iter().map(|enrollment| (enrollment.value.id.contact.clone(), enrollment)).collect();
        for entry in page {
            let Some(mut enrollment) = by_contact.remove(&entry.contact) else { continue };
            let id = enrollment.value.next_attempt_ref();
            // The index lags a little: what it shows as due may have been put off or ended, or be in flight.
            let Some(due) = enrollment.value.due().filter(|due| *due <= self.now) else { continue };
            if tried.contains(&id) {
                continue;
            }
            let verdict = judge::enrollment(terms, &enrollment.value, self.from)
                .map_err(|error| PlanError::Failed(error.into()))?;
            match verdict {
                Verdict::Allowed { .. } => {
                    let from = campaign.plan.caller_id(&entry.contact, id.number);
                    let from =
                        from.ok_or_else(|| PlanError::Failed(anyhow::anyhow!("no caller id")))?.clone();
                    let day = campaign.plan.daily_limit.map(|_| campaign.plan.day(self.from).0);
                    let terms = on.clone();
                    self.batch.go.push(DialOrder {
                        attempt: id,
                        run: campaign.run,
                        due,
                        day,
                        from,
                        verdict,
                        terms,
                        waits: 0,
                    });
                }
                Verdict::NotNow { next_at, .. } if campaign.plan.end_at.is_none_or(|end| next_at < end) => {
                    enrollment.value.put_off(next_at);
                    enrollment.value.last_verdict = Some(verdict);
                    self.batch.put_off += 1;
                    self.batch.changed.push(enrollment);
                }
                Verdict::NotNow { .. } => self.batch.end(enrollment, EndReason::NoWindow, verdict, self.now),
                Verdict::Never { ref cause, .. } => {
                    let reason = end_reason(cause);
                    self.batch.end(enrollment, reason, verdict, self.now);
                }
            }
        }
        Ok(())
    }

    /// Which of these have their attempt already. Asked only about places that some planner has passed before.
    async fn tried_already(
        &self,
        page: &[DueEntry],
        found: &[Stored<Enrollment>],
    ) -> Result<Vec<AttemptRef>, PlanError> {
        let Some(seen) = &self.run.value.seen else { return Ok(Vec::new()) };
        if page.first().is_none_or(|first| first.place > *seen) {
            return Ok(Vec::new());
        }
        let ids: Vec<AttemptRef> =
            found.iter().map(|enrollment| enrollment.value.next_attempt_ref()).collect();
        let attempts = self.tenant.attempts(&ids, Consistency::Strong).await?;
        Ok(attempts.into_iter().map(|attempt| attempt.value.id).collect())
    }

    /// Stores the terms that calls are about to be judged on, once a run and whenever they have changed.
    async fn keep(&mut self, terms: &Terms) -> Result<(), PlanError> {
        let id = terms.id();
        if !self.batch.go.is_empty() && self.run.value.terms.as_ref() != Some(&id) {
            self.tenant.save_terms(&self.campaign.value.id, terms).await?;
            self.run.value.terms = Some(id);
        }
        Ok(())
    }

    /// Saves the put-off and the ended, then how far the planner has come, then queues. Only a planner whose
    /// progress was saved queues anything, so two at once never plan the same wave.
    async fn save_and_queue(&mut self) -> Result<(), PlanError> {
        for result in
            join_all(self.batch.changed.iter().map(|changed| self.tenant.save_enrollment(changed))).await
        {
            match result {
                // Changed meanwhile, by a callback or another planner: the index will show it as it is now.
                Ok(()) | Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let calls = u32::try_from(self.batch.go.len()).unwrap_or(u32::MAX);
        let frontier = self.batch.frontier.clone();
        if let Some(agents) = &self.agents {
            self.run.value.ask_agents(calls, &agents.free_since, self.now);
        }
        self.run.value.record_wave(&self.campaign.value, calls, self.from, frontier, self.now);
        // Until this planning has got to its end, the best guess of the next look.
        self.run.value.wake_at = self.now + DOUBT;
        self.tenant.save_run(&self.campaign.value.id, &self.run).await?;
        self.run.version += 1;
        let messages = self.messages().map_err(|error| PlanError::Failed(error.into()))?;
        if !messages.is_empty() {
            let queued = self.deps.dial.send(messages).await;
            queued
                .map_err(|error| PlanError::Failed(anyhow::Error::new(error).context("queueing the wave")))?;
        }
        Ok(())
    }

    /// The wave's orders, each to be placed in its turn. Those that go within a breath go together, with the last of them.
    fn messages(&self) -> serde_json::Result<Vec<Outgoing>> {
        let delay = |index: u32| {
            let at = self.from + slot(&self.campaign.value, index);
            u16::try_from(at.duration_since(self.now).as_secs().clamp(0, 900)).unwrap_or(900)
        };
        let turns: Vec<(u16, &DialOrder)> =
            (0..).zip(&self.batch.go).map(|(index, order)| (delay(index), order)).collect();
        let mut messages = Vec::with_capacity(turns.len() / ORDERS_MAX + 1);
        let mut rest = turns.as_slice();
        while let Some((first, _)) = rest.first() {
            let together = rest.iter().take(ORDERS_MAX).take_while(|(at, _)| *at <= first + BREATH_SECONDS);
            let (group, others) = rest.split_at(together.count());
            let orders: Vec<DialOrder> = group.iter().map(|(_, order)| (*order).clone()).collect();
            let delay_seconds = group.last().map_or(*first, |(last, _)| *last);
            messages.push(Outgoing { body: order::message(&orders)?, delay_seconds, group: None });
            rest = others;
        }
        Ok(messages)
    }

    /// When to plan again: when the wave is half called, when the next contact is due, or when a call in flight
    /// may have scheduled a retry; never, if everybody's enrollment has ended.
    async fn look_again(mut self, frontier: Option<String>, exhausted: bool) -> Result<Plan, PlanError> {
        let campaign = &self.campaign.value;
        let queued = u32::try_from(self.batch.go.len()).unwrap_or(u32::MAX);
        let wave = SignedDuration::from_secs(i64::from(campaign.plan.pace.wave_seconds));
        let wake_at = if exhausted {
            let behind = due::next(&self.tenant, campaign, None, None, 1).await?;
            let ahead = due::next(&self.tenant, campaign, frontier.as_deref(), None, 1).await?;
            let in_flight = behind.first().is_some_and(|first| Some(&first.place) <= frontier.as_ref());
            let next_due = ahead.first().and_then(|entry| due::time_of(&entry.place));
            // Retries come due one by one, and planning each by itself would cost more than calling it. So a look waits
            // for company: a part of the shortest wait that was asked for, and a wave at most.
            let company = campaign.plan.retry.soonest().map_or(wave, |soonest| wave.min(soonest / COMPANY));
            let soon = self.now + company;
            // A call in flight may schedule a retry, but none sooner than this.
            let retry = campaign.plan.retry.soonest().map(|soonest| self.now + soonest.max(DOUBT));
            match (next_due, in_flight || queued > 0) {
                (None, false) if self.batch.put_off == 0 => return self.finish().await,
                (None, false) => self.now + DOUBT,
                (Some(due), false) => due.max(soon),
                (Some(due), true) => retry.map_or(due, |retry| retry.min(due)).max(soon),
                (None, true) => {
                    let rings = SignedDuration::from_secs(i64::from(campaign.plan.pace.ring_seconds));
                    let over = self.run.value.paced_until.max(self.now) + rings + TALK_TYPICAL;
                    retry.map_or(over, |retry| retry.min(over))
                }
            }
        } else if let Some(agents) = &self.agents {
            agents.next
        } else {
            (self.run.value.paced_until - wave / 2).max(self.now)
        };
        let wake_at = wake_at.max(self.now + SignedDuration::from_millis(200)).min(self.now + SLEEP_MAX);
        self.run.value.wake_at = wake_at;
        self.run.value.doubts = 0;
        self.tenant.save_run(&campaign.id, &self.run).await?;
        Ok(Plan::Wait { wake_at, queued, put_off: self.batch.put_off, ended: self.batch.ended })
    }

    async fn finish(mut self) -> Result<Plan, PlanError> {
        finish(&self.tenant, &mut self.campaign, &mut self.run, self.now).await
    }
}

/// Completes the campaign if the counters agree that everybody's enrollment has ended. The index may lag behind the
/// table, and so may the counters: contacts that have just been added are in neither. So the counters must have seen
/// everybody on the roster, which is read from the table itself. Beyond that they cannot be wrong in the direction
/// that would end a campaign too soon: an enrollment that is back in waiting was counted as waiting all along.
async fn finish(
    tenant: &TenantTable<'_>,
    campaign: &mut Stored<Campaign>,
    run: &mut Stored<RunProgress>,
    now: Timestamp,
) -> Result<Plan, PlanError> {
    let counters = tenant.counters(&campaign.value.id).await?;
    let open =
        ["waiting", "dialing", "in_call"].iter().any(|name| counters.get(*name).is_some_and(|n| *n != 0));
    let unsure = open
        || !campaign.value.imports_open.is_empty()
        || counters.get("enrolled").copied().unwrap_or(0) < on_the_roster(tenant, &campaign.value).await?;
    if unsure {
        run.value.doubts = run.value.doubts.saturating_add(1);
        let wake_at = now + DOUBT * i32::try_from(run.value.doubts.min(15)).unwrap_or(15);
        run.value.wake_at = wake_at;
        tenant.save_run(&campaign.value.id, run).await?;
        return Ok(Plan::Wait { wake_at, queued: 0, put_off: 0, ended: 0 });
    }
    let state = transition(campaign.value.state, Command::Finish, None, now);
    campaign.value.state = state.map_err(|error| PlanError::Failed(error.into()))?;
    campaign.value.completed_at = Some(now);
    tenant.save_campaign(campaign).await?;
    if let Some(agents) = &campaign.value.plan.agents {
        tenant.unlink_campaign(&agents.queue, &campaign.value.id).await?;
    }
    Ok(Plan::Finish)
}

/// How many contacts have been added to the campaign, by the table itself.
async fn on_the_roster(tenant: &TenantTable<'_>, campaign: &Campaign) -> Result<i64, PlanError> {
    let (mut count, mut after) = (0, None);
    loop {
        let page = tenant.rosters(&campaign.id, after).await?;
        count += page.entries.iter().map(|part| part.value.contacts.len()).sum::<usize>();
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(i64::try_from(count).unwrap_or(i64::MAX)),
        }
    }
}

/// Ends every enrollment without a call in flight, and waits for those with one.
async fn wind_up(
    deps: &Deps,
    tenant: &TenantTable<'_>,
    campaign: &mut Stored<Campaign>,
    run: &mut Stored<RunProgress>,
    now: Timestamp,
) -> Result<Plan, PlanError> {
    if campaign.value.state != CampaignState::Stopping {
        // The end date has come.
        campaign.value.state = CampaignState::Stopping;
        tenant.save_campaign(campaign).await?;
        campaign.version += 1;
    }
    let (mut after, mut ended, mut in_flight) = (None, 0, 0);
    loop {
        let page = due::next(tenant, &campaign.value, after.as_deref(), None, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.place.clone());
        let contacts: Vec<ContactId> = page.iter().map(|entry| entry.contact.clone()).collect();
        let found = tenant.enrollments(&campaign.value.id, &contacts, Consistency::Strong).await?;
        let ids: Vec<AttemptRef> =
            found.iter().map(|enrollment| enrollment.value.next_attempt_ref()).collect();
        let open = tenant.attempts(&ids, Consistency::Strong).await?;
        for mut enrollment in found {
            if enrollment.value.due().is_none() {
                continue;
            }
            let next = enrollment.value.next_attempt_ref();
            if open.iter().any(|attempt| attempt.value.id == next) {
                in_flight += 1;
                continue;
            }
            enrollment.value.end(EndReason::Stopped, now);
            match tenant.save_enrollment(&enrollment).await {
                Ok(()) => ended += 1,
                Err(StoreError::Conflict) => in_flight += 1,
                Err(error) => return Err(error.into()),
            }
        }
        if deps.clock.now().duration_since(now).as_secs() >= PLANNING_SECONDS_MAX {
            in_flight += 1;
            break;
        }
    }
    if ended == 0 && in_flight == 0 {
        return finish(tenant, campaign, run, now).await;
    }
    let wake_at = now + DOUBT;
    run.value.wake_at = wake_at;
    tenant.save_run(&campaign.value.id, run).await?;
    Ok(Plan::Wait { wake_at, queued: 0, put_off: 0, ended })
}

fn end_reason(cause: &Cause) -> EndReason {
    match cause {
        Cause::Suppressed { .. } => EndReason::Suppressed,
        Cause::Rule { .. } | Cause::Cap { .. } => EndReason::NotAllowed,
        Cause::Window | Cause::NoOpening => EndReason::NoWindow,
    }
}
