//! How far a campaign has come.

use std::collections::{BTreeMap, BTreeSet};

use carillon_domain::campaign::CampaignState;
use carillon_domain::ids::{CampaignId, ImportId};
use carillon_domain::outcome::{EndReason, Outcome};
use carillon_store::Counters;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::campaigns::load;
use crate::extract::{Json, Params, Scope};
use crate::problem::Problem;
use crate::schema;

/// A campaign's progress. The counts lag behind what happens by about a second, and agree with each other to within
/// that: `enrolled` is the sum of `waiting` and `ended`, `attempts` that of the calls in progress and all `outcomes`.
#[derive(Serialize, ToSchema)]
pub struct Progress {
    /// The campaign.
    #[schema(value_type = String)]
    campaign: CampaignId,
    /// Where it stands.
    #[schema(value_type = schema::CampaignState)]
    state: CampaignState,
    /// Contacts in it.
    enrolled: u64,
    /// Contacts that will be tried, or are being called.
    waiting: u64,
    /// Contacts that are done with.
    ended: u64,
    /// The same, of all contacts, percent; absent while there are none. It says 100 when all have ended, not before.
    #[schema(example = 62.5)]
    percent_ended: Option<f64>,
    /// Why they are done with: every reason, also those with none.
    #[schema(example = json!({"reached": 120, "exhausted": 31}))]
    ended_by_reason: BTreeMap<&'static str, u64>,
    /// Calls made or being made.
    attempts: u64,
    /// How they ended: every outcome, also those with none.
    #[schema(example = json!({"completed": 98, "no_answer": 77}))]
    outcomes: BTreeMap<&'static str, u64>,
    /// Calls of which the end is not known yet: `dialing` and `in_call` together.
    calls_in_progress: u64,
    /// Calls that ring, or are about to.
    dialing: u64,
    /// Calls that somebody or something has answered.
    in_call: u64,
    /// Calls that a person answered, of all that have ended, percent; absent while none have.
    #[schema(example = 41.2)]
    answer_rate: Option<f64>,
    /// Time connected, all calls together, seconds.
    talk_seconds: u64,
    /// Recordings.
    recordings: u64,
    /// Calls planned on the campaign's present day.
    planned_today: u32,
    /// At most so many a day.
    daily_limit: Option<u32>,
    /// When the campaign is next planned; absent unless it is active.
    next_wake_at: Option<Timestamp>,
    /// Imports that are adding contacts right now.
    #[schema(value_type = Vec<String>)]
    imports_open: BTreeSet<ImportId>,
    /// As of when.
    as_of: Timestamp,
}

fn count(counters: &Counters, name: &str) -> u64 {
    // Batches are folded in no order, so that a count can be below zero for a moment.
    counters.get(name).copied().and_then(|count| u64::try_from(count).ok()).unwrap_or(0)
}

/// To a tenth, rounded down: what is nearly all is not all.
pub(super) fn percent(part: u64, whole: u64) -> Option<f64> {
    let tenths = (part.min(whole) * 1_000).checked_div(whole)?;
    u32::try_from(tenths).ok().map(|tenths| f64::from(tenths) / 10.0)
}

/// How far has it come?
#[utoipa::path(get, path = "/v1/campaigns/{campaign}/progress", operation_id = "read_progress", tag = "campaigns",
    params(("campaign" = String, Path, description = "Its id")),
    responses((status = 200, description = "Counts, rates and what comes next", body = Progress)))]
pub(crate) async fn read(scope: Scope, Params(id): Params<CampaignId>) -> Result<Json<Progress>, Problem> {
    let campaign = load(&scope, &id).await?.value;
    let table = scope.table();
    let (counters, run) = futures::future::try_join(table.counters(&id), table.run(&id)).await?;
    let run = run.map(|run| run.value).filter(|run| run.run == campaign.run);
    let (today, _) = campaign.plan.day(scope.now);
    let ended_by_reason: BTreeMap<_, _> = EndReason::ALL
        .iter()
        .map(|reason| (reason.name(), count(&counters, &format!("ended.{}", reason.name()))))
        .collect();
    let outcomes: BTreeMap<_, _> = Outcome::ALL
        .iter()
        .map(|outcome| (outcome.name(), count(&counters, &format!("outcome.{}", outcome.name()))))
        .collect();
    let ended = ended_by_reason.values().sum();
    let live = Outcome::ALL.iter().filter(|outcome| outcome.is_live_answer());
    let answered: u64 = live.filter_map(|outcome| outcomes.get(outcome.name())).sum();
    let enrolled = count(&counters, "enrolled");
    let (dialing, in_call) = (count(&counters, "dialing"), count(&counters, "in_call"));
    Ok(Json(Progress {
        state: campaign.state,
        enrolled,
        waiting: count(&counters, "waiting"),
        ended,
        percent_ended: percent(ended, enrolled),
        ended_by_reason,
        attempts: count(&counters, "attempts"),
        answer_rate: percent(answered, outcomes.values().sum()),
        outcomes,
        calls_in_progress: dialing + in_call,
        dialing,
        in_call,
        talk_seconds: count(&counters, "talk_seconds"),
        recordings: count(&counters, "recordings"),
        planned_today: run.as_ref().filter(|run| run.day == today).map_or(0, |run| run.planned_today),
        daily_limit: campaign.plan.daily_limit,
        next_wake_at: run.filter(|_| campaign.state.is_active()).map(|run| run.wake_at),
        imports_open: campaign.imports_open,
        as_of: scope.now,
        campaign: id,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearly_all_is_not_all_and_of_nothing_there_is_no_share() {
        assert_eq!(percent(999_999, 1_000_000), Some(99.9));
        assert_eq!(percent(1_000_000, 1_000_000), Some(100.0));
        assert_eq!(percent(1, 3), Some(33.3));
        assert_eq!(percent(0, 0), None);
    }
}
