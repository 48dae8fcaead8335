//! Counters, proven and mended.

use std::collections::BTreeMap;

use carillon_domain::ids::CampaignId;
use carillon_store::Counters;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::campaigns::load;
use crate::extract::{Json, Params, Scope};
use crate::problem::{Kind, Problem};

/// The most contacts that are counted within one request: what the table answers in twenty seconds, with room.
const COUNTED_MAX: i64 = 20_000;

/// How to recount.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Recount {
    /// The `drift` that an earlier recount has found, to be mended if it is still the same. Leave a minute between the
    /// two: counters follow the table by seconds, and what is only late comes by itself.
    #[serde(default)]
    #[schema(value_type = Option<std::collections::BTreeMap<String, i64>>)]
    mend: Option<BTreeMap<String, i64>>,
}

/// What counting found.
#[derive(Serialize, ToSchema)]
pub struct Recounted {
    /// The counters as they are.
    #[schema(value_type = std::collections::BTreeMap<String, i64>)]
    counters: Counters,
    /// What they should be: the sum over all enrollments and attempts.
    #[schema(value_type = std::collections::BTreeMap<String, i64>)]
    sum: Counters,
    /// What each counter lacks. Empty when they agree.
    #[schema(value_type = std::collections::BTreeMap<String, i64>)]
    drift: Counters,
    /// Whether the drift has been mended by this request.
    mended: bool,
}

/// Count anew.
///
/// Proves that the campaign's counters are the sum of its enrollments and attempts, and mends them where they are not.
#[utoipa::path(post, path = "/v1/campaigns/{campaign}/recount", operation_id = "recount_campaign", tag = "campaigns",
    params(("campaign" = String, Path, description = "Its id")), request_body = Recount,
    responses((status = 200, description = "What was counted", body = Recounted)))]
pub(crate) async fn recount(
    scope: Scope,
    Params(id): Params<CampaignId>,
    Json(request): Json<Recount>,
) -> Result<Json<Recounted>, Problem> {
    load(&scope, &id).await?;
    let table = scope.table();
    let counters = table.counters(&id).await?;
    if counters.get("enrolled").is_some_and(|enrolled| *enrolled > COUNTED_MAX) {
        let detail = format!("More than {COUNTED_MAX} contacts cannot be counted within a request.");
        return Err(Problem::new(Kind::NotNow, detail));
    }
    let sum = table.recount(&id).await?;
    let drift = difference(&sum, &counters);
    let agreed = request.mend.is_some_and(|seen| seen.into_iter().collect::<Counters>() == drift);
    let mended = agreed && !drift.is_empty();
    if mended {
        table.mend_counters(&id, &drift).await?;
        tracing::warn!(campaign = %id, by = scope.caller.subject, ?drift, "counters mended");
    }
    Ok(Json(Recounted { counters, sum, drift, mended }))
}

fn difference(sum: &Counters, counters: &Counters) -> Counters {
    let names = sum.keys().chain(counters.keys());
    let lacks = names.map(|name| {
        let of = |counts: &Counters| counts.get(name).copied().unwrap_or(0);
        (name.clone(), of(sum) - of(counters))
    });
    lacks.filter(|(_, by)| *by != 0).collect()
}
