//! One sweep over all active campaigns.

use std::collections::HashMap;
use std::sync::Arc;

use carillon_domain::agents::ports::Switchboards;
use carillon_domain::attempt::{Attempt, AttemptState};
use carillon_domain::campaign::{Campaign, CampaignState};
use carillon_domain::enrollment::Enrollment;
use carillon_domain::ids::{AttemptRef, CampaignId, TenantId};
use carillon_domain::ports::{Queue, Voices};
use carillon_domain::run::RunProgress;
use carillon_engine::clock::Clock;
use carillon_engine::desk::Desk;
use carillon_engine::events;
use carillon_engine::runs::{Launcher, RunError, start_run};
use carillon_shell::logging::{self, Instrument};
use carillon_store::{Consistency, Counters, StoreError, Stored, Sweeps, Table, TenantTable};
use jiff::{SignedDuration, Timestamp};

use crate::calls;

/// What the function works with.
pub struct Deps {
    /// The table.
    pub table: Arc<dyn Table>,
    /// Each tenant's telephone.
    pub voices: Arc<dyn Voices>,
    /// Each tenant's switchboard.
    pub boards: Arc<dyn Switchboards>,
    /// The `plan` queue, for campaigns that dial for an agent who has become free.
    pub plan: Arc<dyn Queue>,
    /// Starts executions.
    pub launcher: Arc<dyn Launcher>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How long after it was to be placed an order without an attempt counts as lost, and how long after it meant to
    /// look a planner counts as dead.
    pub lost_after: SignedDuration,
}

impl Deps {
    pub(crate) fn desk<'a>(&'a self, tenant: &'a TenantId) -> Desk<'a> {
        let (table, boards) = (self.table.as_ref(), self.boards.as_ref());
        Desk::new(table, tenant, boards, self.plan.as_ref(), self.clock.as_ref())
    }
}

/// What one sweep found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Active campaigns.
    pub campaigns: u32,
    /// Attempts that the provider was asked about.
    pub asked: u32,
    /// Attempts that were given their ending.
    pub ended: u32,
    /// Enrollments that had lagged behind their attempt.
    pub followed: u32,
    /// Orders that were lost.
    pub lost: u32,
    /// Runs that were started anew.
    pub restarted: u32,
    /// Agents whose hold was over, and calls at a desk whose end nobody had told.
    pub desks: u32,
    /// Campaigns and desks that could not be looked at.
    pub failed: u32,
}

/// Entries read in one go, per shard.
const PAGE: u32 = 200;
/// The planner has found nothing due so often in a row (about seven minutes), and calls that still run by the
/// counters: the index does not show them.
const DOUBTS_MAX: u32 = 20;
/// How long one sweep may take: the next minute goes on.
const SWEEP_SECONDS_MAX: i64 = 45;

/// Sweeps.
///
/// # Errors
/// If the list of active campaigns cannot be read. A campaign that fails is logged, and the others are looked at.
pub async fn handle(deps: &Deps) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let started = deps.clock.now();
    let sweeps = Sweeps::new(deps.table.as_ref());
    // Desks first: somebody may be waiting.
    desks(deps, &sweeps, &mut report).await?;
    let mut after = None;
    loop {
        let (campaigns, next) = sweeps.active_campaigns(after).await?;
        for (tenant, campaign) in campaigns {
            report.campaigns += 1;
            let span = logging::campaign(&tenant, &campaign);
            if let Err(error) = look_at(deps, &tenant, &campaign, &mut report).instrument(span).await {
                report.failed += 1;
                let error = format!("{error:#}");
                tracing::error!(%tenant, %campaign, error, metric.campaigns_unreconciled = 1, "a campaign could not be reconciled");
            }
            if deps.clock.now().duration_since(started).as_secs() >= SWEEP_SECONDS_MAX {
                tracing::warn!(?report, "the sweep ran out of time");
                return Ok(report);
            }
        }
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    if report != (Report { campaigns: report.campaigns, ..Report::default() }) {
        tracing::info!(
            ?report,
            metric.attempts_reconciled = report.ended,
            metric.enrollments_followed = report.followed,
            metric.orders_lost = report.lost,
            metric.runs_restarted = report.restarted,
            metric.desks_mended = report.desks,
            "mended"
        );
    }
    Ok(report)
}

async fn desks(deps: &Deps, sweeps: &Sweeps<'_>, report: &mut Report) -> anyhow::Result<()> {
    let mut after = None;
    loop {
        let (tenants, next) = sweeps.desks(after).await?;
        for tenant in tenants {
            let swept = async {
                let voice = deps.voices.of(&tenant).await?;
                anyhow::Ok(deps.desk(&tenant).sweep(voice.as_ref()).await?)
            };
            match swept.await {
                Ok(swept) => report.desks += swept.leases + swept.ended + swept.lines,
                Err(error) => {
                    report.failed += 1;
                    let error = format!("{error:#}");
                    tracing::error!(%tenant, error, metric.desks_unreconciled = 1, "a desk could not be reconciled");
                }
            }
        }
        match next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

async fn look_at(deps: &Deps, tenant: &TenantId, id: &CampaignId, report: &mut Report) -> anyhow::Result<()> {
    let table = TenantTable::new(deps.table.as_ref(), tenant);
    let Some(campaign) = table.campaign(id).await? else { return Ok(()) };
    let state = campaign.value.state;
    if !state.is_active() && state != CampaignState::Paused {
        return Ok(());
    }
    let run = table.run(id).await?;
    if let Some(run) = &run {
        let met = behind_the_frontier(deps, &table, &campaign.value, run, report).await?;
        if run.value.doubts >= DOUBTS_MAX
            || is_quiet(&run.value, deps) && open_attempts(&table.counters(id).await?) > met
        {
            beside_the_index(deps, &table, &campaign.value, report).await?;
        }
    }
    // A paused campaign's calls still end, but nobody plans for it.
    if state.is_active()
        && is_dead(&campaign.value, run.as_ref().map(|run| &run.value), deps.clock.now(), deps.lost_after)
    {
        restart(deps, tenant, campaign).await?;
        report.restarted += 1;
    }
    Ok(())
}

/// Whether nothing has been placed for so long that every call should be over, or be known to be open.
fn is_quiet(run: &RunProgress, deps: &Deps) -> bool {
    run.paced_until + deps.lost_after <= deps.clock.now()
}

/// How many attempts have no ending, as counted.
fn open_attempts(counters: &Counters) -> i64 {
    ["dialing", "in_call"].iter().filter_map(|state| counters.get(*state)).sum()
}

/// Whether the campaign's execution has not planned when it meant to.
fn is_dead(
    campaign: &Campaign,
    run: Option<&RunProgress>,
    now: Timestamp,
    lost_after: SignedDuration,
) -> bool {
    let current = run.filter(|run| run.run == campaign.run);
    let meant_to_look = current.map(|run| run.wake_at).or(campaign.run_at);
    meant_to_look.is_none_or(|at| at + lost_after < now)
}

async fn restart(deps: &Deps, tenant: &TenantId, mut campaign: Stored<Campaign>) -> anyhow::Result<()> {
    let now = deps.clock.now();
    tracing::warn!(%tenant, campaign = %campaign.value.id, run = campaign.value.run, "starting a run anew");
    match start_run(deps.table.as_ref(), deps.launcher.as_ref(), tenant, &mut campaign, now).await {
        // Somebody has just changed it, and has started it if it was to be started.
        Ok(()) | Err(RunError::Store(StoreError::Conflict)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Looks after the attempts of those who should have been called. Returns how many have no ending yet.
async fn behind_the_frontier(
    deps: &Deps,
    table: &TenantTable<'_>,
    campaign: &Campaign,
    run: &Stored<RunProgress>,
    report: &mut Report,
) -> anyhow::Result<i64> {
    let mut open = 0;
    let now = deps.clock.now();
    let settled = run.value.settled(now, deps.lost_after).map(str::to_owned);
    let Some(frontier) = run.value.tended(now, deps.lost_after).map(str::to_owned) else {
        return Ok(open);
    };
    let mut first_lost: Option<String> = None;
    for shard in 0..campaign.shards {
        let mut after: Option<String> = None;
        loop {
            let page = table.due_behind(&campaign.id, shard, &frontier, after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.place.clone());
            let contacts: Vec<_> = page.iter().map(|entry| entry.contact.clone()).collect();
            let enrollments = table.enrollments(&campaign.id, &contacts, Consistency::Strong).await?;
            let ids: Vec<AttemptRef> = enrollments.iter().map(|e| e.value.next_attempt_ref()).collect();
            let attempts = table.attempts(&ids, Consistency::Strong).await?;
            let attempts: HashMap<AttemptRef, Stored<Attempt>> =
                attempts.into_iter().map(|attempt| (attempt.value.id.clone(), attempt)).collect();
            let places: HashMap<_, _> = page.iter().map(|entry| (&entry.contact, &entry.place)).collect();
            for enrollment in enrollments {
                let attempt = attempts.get(&enrollment.value.next_attempt_ref());
                match attempt {
                    Some(attempt) => {
                        open += i64::from(attempt.value.is_open());
                        mend(deps, table, campaign, attempt, now, report).await?;
                    }
                    None => {
                        let place = places.get(&enrollment.value.id.contact).copied();
                        note_if_lost(
                            &enrollment.value,
                            place,
                            settled.as_deref(),
                            now,
                            &mut first_lost,
                            report,
                        );
                    }
                }
            }
            if page.len() < PAGE as usize {
                break;
            }
        }
    }
    if let Some(place) = first_lost {
        send_back(table, campaign, run.clone(), &place).await?;
    }
    Ok(open)
}

/// Finds attempts whose enrollment has ended without them: it was stopped, say, in the instant in which the call was
/// placed, or an opt-out of the call before came late. They lie behind nothing in the due index, and usually their
/// callbacks end them; if those are lost, the campaign would wait for ever. Reads everybody in the campaign, so it is for
/// when nothing else helps: the counters know of an attempt without an ending, nobody is being called, and the index
/// does not lead to it.
async fn beside_the_index(
    deps: &Deps,
    table: &TenantTable<'_>,
    campaign: &Campaign,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut after = None;
    loop {
        let page = table.rosters(&campaign.id, after).await?;
        for contacts in page.entries.iter().flat_map(|part| part.value.contacts.chunks(PAGE as usize)) {
            let enrollments = table.enrollments(&campaign.id, contacts, Consistency::Strong).await?;
            let over = enrollments.iter().filter(|enrollment| enrollment.value.due().is_none());
            let ids: Vec<AttemptRef> = over.map(|enrollment| enrollment.value.next_attempt_ref()).collect();
            for attempt in table.attempts(&ids, Consistency::Strong).await? {
                mend(deps, table, campaign, &attempt, deps.clock.now(), report).await?;
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

/// Gives an attempt its ending if it should have one, and lets its enrollment follow.
async fn mend(
    deps: &Deps,
    table: &TenantTable<'_>,
    campaign: &Campaign,
    attempt: &Stored<Attempt>,
    now: Timestamp,
    report: &mut Report,
) -> anyhow::Result<()> {
    match attempt.value.state {
        AttemptState::Ended { outcome, at } => {
            let id = &attempt.value.id;
            events::follow(table, &id.enrollment, id.number, outcome, at, campaign).await?;
            report.followed += 1;
        }
        AttemptState::Dialing | AttemptState::InCall if attempt.value.check_after > now => {}
        AttemptState::Dialing | AttemptState::InCall => {
            report.asked += 1;
            report.ended += u32::from(calls::ask(deps, campaign, &attempt.value, now).await?);
        }
    }
    Ok(())
}

fn note_if_lost(
    enrollment: &Enrollment,
    place: Option<&String>,
    settled: Option<&str>,
    now: Timestamp,
    first_lost: &mut Option<String>,
    report: &mut Report,
) {
    // The index may be behind: what has been put off or has ended is not lost.
    let (Some(place), Some(settled)) = (place, settled) else { return };
    if enrollment.due().is_none_or(|due| due > now) || place.as_str() > settled {
        return;
    }
    report.lost += 1;
    if first_lost.as_ref().is_none_or(|first| place < first) {
        *first_lost = Some(place.clone());
    }
}

/// Has the planner come across lost enrollments once more, with all its checks and limits.
async fn send_back(
    table: &TenantTable<'_>,
    campaign: &Campaign,
    mut run: Stored<RunProgress>,
    first_lost: &str,
) -> anyhow::Result<()> {
    // The greatest key that is less: the place without its last character.
    let mut before = first_lost.to_owned();
    before.pop();
    run.value.rewind(Some(before));
    match table.save_run(&campaign.id, &run).await {
        // The planner has just saved its own progress: the next sweep looks again.
        Ok(()) | Err(StoreError::Conflict) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
