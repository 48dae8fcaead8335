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
use carillon_engine::desk::{Desk, Turn, rotated};
use carillon_engine::events;
use carillon_engine::runs::{Launcher, RunError, start_run};
use carillon_shell::logging::{self, Instrument};
use carillon_store::{Consistency, Counters, StoreError, Stored, Sweeps, Table, TenantTable};
use futures::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};

use crate::calls;
use crate::turns::{self, AT_ONCE};

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
    /// Campaigns and desks for which there was no time, or too little.
    pub left: u32,
}

impl Report {
    fn and(self, more: Self) -> Self {
        Self {
            campaigns: self.campaigns + more.campaigns,
            asked: self.asked + more.asked,
            ended: self.ended + more.ended,
            followed: self.followed + more.followed,
            lost: self.lost + more.lost,
            restarted: self.restarted + more.restarted,
            desks: self.desks + more.desks,
            failed: self.failed + more.failed,
            left: self.left + more.left,
        }
    }
}

/// Entries read in one go, per shard.
const PAGE: u32 = 200;
/// The planner has found nothing due so often in a row (about seven minutes), and calls that still run by the
/// counters: the index does not show them.
const DOUBTS_MAX: u32 = 20;
/// How long one sweep may take: the next minute goes on. Nothing is begun after it, and what has been begun may wait ten
/// seconds more for the provider; the function has 55.
const SWEEP_SECONDS_MAX: i64 = 45;
/// How much of that the desks may take, of which each waits for the provider.
const DESKS_SECONDS_MAX: i64 = 15;
/// How long one campaign may take while others of its tenant wait, if there is so much left.
const CAMPAIGN_SECONDS_MIN: i64 = 15;

/// Sweeps.
///
/// # Errors
/// If the lists of active campaigns and of desks cannot be read. Whatever else fails is logged, and the others are looked
/// at.
pub async fn handle(deps: &Deps) -> anyhow::Result<Report> {
    let started = deps.clock.now();
    let turn = turns::turn(started);
    let sweeps = Sweeps::new(deps.table.as_ref());
    // Desks first: somebody may be waiting.
    let until = started + SignedDuration::from_secs(DESKS_SECONDS_MAX);
    let desks = turns::in_turn(sweeps.desks().await?, turn);
    let own = Turn { number: turns::round(turn, desks.len()), until };
    let looks = desks.into_iter().map(|tenant| desk(deps, tenant, own));
    let report = side_by_side(looks).await;

    let until = started + SignedDuration::from_secs(SWEEP_SECONDS_MAX);
    let tenants = turns::by_tenant(sweeps.active_campaigns().await?, turn);
    let own = Turn { number: turns::round(turn, tenants.len()), until };
    let looks = tenants.into_iter().map(|(tenant, its)| campaigns(deps, tenant, its, own));
    let report = report.and(side_by_side(looks).await);

    if report.left > 0 {
        tracing::warn!(?report, "the sweep ran out of time");
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

/// Looks at several tenants at once: whoever's telephone hangs takes one place, and not everybody's time.
async fn side_by_side(looks: impl Iterator<Item = impl Future<Output = Report>>) -> Report {
    stream::iter(looks).buffer_unordered(AT_ONCE).fold(Report::default(), async |sum, it| sum.and(it)).await
}

async fn desk(deps: &Deps, tenant: TenantId, turn: Turn) -> Report {
    let mut report = Report::default();
    if deps.clock.now() >= turn.until {
        report.left = 1;
        return report;
    }
    let swept = async {
        let voice = deps.voices.of(&tenant).await?;
        anyhow::Ok(deps.desk(&tenant).sweep(voice.as_ref(), turn).await?)
    };
    match swept.await {
        Ok(swept) => {
            report.desks = swept.leases + swept.ended + swept.lines;
            report.left = u32::from(swept.cut);
        }
        Err(error) => {
            report.failed = 1;
            let error = format!("{error:#}");
            tracing::error!(%tenant, error, metric.desks_unreconciled = 1, "a desk could not be reconciled");
        }
    }
    report
}

/// Looks at a tenant's campaigns, one after another.
async fn campaigns(deps: &Deps, tenant: TenantId, campaigns: Vec<CampaignId>, turn: Turn) -> Report {
    let mut report = Report::default();
    for (campaign, waiting) in campaigns.iter().zip((1..=campaigns.len()).rev()) {
        let now = deps.clock.now();
        if now >= turn.until {
            report.left += 1;
            continue;
        }
        report.campaigns += 1;
        let share = turn.until.duration_since(now) / i32::try_from(waiting).unwrap_or(i32::MAX);
        let share = share.max(SignedDuration::from_secs(CAMPAIGN_SECONDS_MIN));
        let turn = Turn { number: turn.number / campaigns.len(), until: turn.until.min(now + share) };
        let span = logging::campaign(&tenant, campaign);
        if let Err(error) = look_at(deps, &tenant, campaign, turn, &mut report).instrument(span).await {
            report.failed += 1;
            let error = format!("{error:#}");
            tracing::error!(%tenant, %campaign, error, metric.campaigns_unreconciled = 1, "a campaign could not be reconciled");
        }
    }
    report
}

async fn look_at(
    deps: &Deps,
    tenant: &TenantId,
    id: &CampaignId,
    turn: Turn,
    report: &mut Report,
) -> anyhow::Result<()> {
    let table = TenantTable::new(deps.table.as_ref(), tenant);
    let Some(campaign) = table.campaign(id).await? else { return Ok(()) };
    let state = campaign.value.state;
    if !state.is_active() && state != CampaignState::Paused {
        return Ok(());
    }
    let run = table.run(id).await?;
    let looked = match &run {
        Some(run) => look_after(deps, &table, &campaign.value, run, turn, report).await,
        None => Ok(true),
    };
    // A paused campaign's calls still end, but nobody plans for it. And a telephone that does not answer must not keep
    // its campaign from being planned.
    if state.is_active()
        && is_dead(&campaign.value, run.as_ref().map(|run| &run.value), deps.clock.now(), deps.lost_after)
    {
        restart(deps, tenant, campaign).await?;
        report.restarted += 1;
    }
    report.left += u32::from(!looked?);
    Ok(())
}

/// Looks after the attempts of a campaign. Returns whether there was time for all.
async fn look_after(
    deps: &Deps,
    table: &TenantTable<'_>,
    campaign: &Campaign,
    run: &Stored<RunProgress>,
    turn: Turn,
    report: &mut Report,
) -> anyhow::Result<bool> {
    let Some(met) = behind_the_frontier(deps, table, campaign, run, turn, report).await? else {
        return Ok(false);
    };
    if run.value.doubts >= DOUBTS_MAX
        || is_quiet(&run.value, deps) && open_attempts(&table.counters(&campaign.id).await?) > met
    {
        return beside_the_index(deps, table, campaign, turn, report).await;
    }
    Ok(true)
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

/// Looks after the attempts of those who should have been called. Returns how many have no ending yet; `None` if there was
/// no time for all. What it came to leaves the index, so the next sweep comes further.
async fn behind_the_frontier(
    deps: &Deps,
    table: &TenantTable<'_>,
    campaign: &Campaign,
    run: &Stored<RunProgress>,
    turn: Turn,
    report: &mut Report,
) -> anyhow::Result<Option<i64>> {
    let mut open = 0;
    let mut in_time = true;
    let now = deps.clock.now();
    let settled = run.value.settled(now, deps.lost_after).map(str::to_owned);
    let Some(frontier) = run.value.tended(now, deps.lost_after).map(str::to_owned) else {
        return Ok(Some(open));
    };
    let mut first_lost: Option<String> = None;
    'shards: for shard in rotated((0..campaign.shards).collect(), turn.number) {
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
                if deps.clock.now() >= turn.until {
                    in_time = false;
                    break 'shards;
                }
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
    Ok(in_time.then_some(open))
}

/// Finds attempts whose enrollment has ended without them: it was stopped, say, in the instant in which the call was
/// placed, or an opt-out of the call before came late. They lie behind nothing in the due index, and usually their
/// callbacks end them; if those are lost, the campaign would wait for ever. Reads everybody in the campaign, so it is for
/// when nothing else helps: the counters know of an attempt without an ending, nobody is being called, and the index
/// does not lead to it. Returns whether there was time for all.
async fn beside_the_index(
    deps: &Deps,
    table: &TenantTable<'_>,
    campaign: &Campaign,
    turn: Turn,
    report: &mut Report,
) -> anyhow::Result<bool> {
    let mut parts = Vec::new();
    let mut after = None;
    loop {
        let page = table.rosters(&campaign.id, after).await?;
        parts.extend(page.entries.into_iter().map(|part| part.value.contacts));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    for part in rotated(parts, turn.number) {
        for contacts in part.chunks(PAGE as usize) {
            if deps.clock.now() >= turn.until {
                return Ok(false);
            }
            let enrollments = table.enrollments(&campaign.id, contacts, Consistency::Strong).await?;
            let over = enrollments.iter().filter(|enrollment| enrollment.value.due().is_none());
            let ids: Vec<AttemptRef> = over.map(|enrollment| enrollment.value.next_attempt_ref()).collect();
            for attempt in table.attempts(&ids, Consistency::Strong).await? {
                if deps.clock.now() >= turn.until {
                    return Ok(false);
                }
                mend(deps, table, campaign, &attempt, deps.clock.now(), report).await?;
            }
        }
    }
    Ok(true)
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
