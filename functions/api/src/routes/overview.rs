//! How things stand today, at one glance; and how a campaign's last hours went, minute by minute.

use std::collections::BTreeMap;

use carillon_domain::campaign::{Campaign, CampaignState};
use carillon_domain::ids::CampaignId;
use carillon_domain::outcome::Outcome;
use carillon_store::{Counters, Hour};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::campaigns::load;
use crate::extract::{Json, Params, Query, Scope};
use crate::problem::{Kind, Problem};
use crate::schema;

/// Campaigns that are looked through for those that are live. They are sorted by age, and a live one is young.
const CAMPAIGNS_MAX: u32 = 200;

/// The longest stretch of minutes, hours.
const HOURS_MAX: u8 = 24;

/// The tenant's day.
#[derive(Serialize, ToSchema)]
pub struct Overview {
    /// From when on today's calls count: the hour in which the tenant's day began.
    today_from: Timestamp,
    /// What they came to.
    today: Results,
    /// The same by the hour in which they ended, oldest first. Hours that are not here had none.
    by_hour: Vec<HourOfDay>,
    /// By campaign, those with calls today.
    campaigns_today: BTreeMap<String, Results>,
    /// Campaigns that run, are about to, or are paused.
    live: Vec<LiveCampaign>,
    /// What somebody should look at.
    alerts: Vec<Alert>,
    /// As of when.
    as_of: Timestamp,
}

/// An hour of the day, all campaigns together.
#[derive(Serialize, ToSchema)]
pub struct HourOfDay {
    /// When it began.
    from: Timestamp,
    /// Calls that ended in it.
    calls: u64,
    /// Of those, answered by a person.
    answered: u64,
}

/// What calls came to.
#[derive(Default, Serialize, ToSchema)]
#[schema(as = Results)]
pub struct Results {
    /// Calls that ended.
    calls: u64,
    /// Of those, answered by a person.
    answered: u64,
    /// Of those that ended, percent; absent while there are none.
    #[schema(example = 41.2)]
    answer_rate: Option<f64>,
    /// People who asked for more.
    interested: u64,
    /// People who asked for no more.
    opted_out: u64,
    /// Time connected, seconds.
    talk_seconds: u64,
    /// How they ended; outcomes with none are left out.
    outcomes: BTreeMap<&'static str, u64>,
}

impl Results {
    fn of(counters: &Counters) -> Self {
        let count = |name: &str| counters.get(name).copied().and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
        let of = |outcome: Outcome| count(&format!("outcome.{}", outcome.name()));
        let calls = count("attempts");
        let answered = Outcome::ALL.iter().filter(|outcome| outcome.is_live_answer()).map(|o| of(*o)).sum();
        Self {
            calls,
            answered,
            answer_rate: super::progress::percent(answered, calls),
            interested: of(Outcome::Interested),
            opted_out: of(Outcome::OptedOut),
            talk_seconds: count("talk_seconds"),
            outcomes: Outcome::ALL
                .iter()
                .map(|outcome| (outcome.name(), of(*outcome)))
                .filter(|(_, count)| *count > 0)
                .collect(),
        }
    }
}

/// A campaign that is not over.
#[derive(Serialize, ToSchema)]
pub struct LiveCampaign {
    /// Its id.
    #[schema(value_type = String)]
    id: CampaignId,
    /// What people call it.
    name: String,
    /// Where it stands.
    #[schema(value_type = schema::CampaignState)]
    state: CampaignState,
    /// Contacts in it.
    enrolled: u64,
    /// Contacts that are done with.
    ended: u64,
    /// Calls of which the end is not known yet.
    calls_in_progress: u64,
    /// When it is next planned.
    next_wake_at: Option<Timestamp>,
}

/// Something that somebody should look at.
#[derive(Serialize, ToSchema)]
pub struct Alert {
    /// What kind.
    kind: AlertKind,
    /// The campaign that it is about, if it is about one.
    #[schema(value_type = Option<String>)]
    campaign: Option<CampaignId>,
    /// How many: calls, contacts.
    count: u64,
}

/// What somebody should look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// No account at the telephone provider is set up.
    ProviderMissing,
    /// Of this hour's calls, a fifth or more failed at the provider.
    ProviderFailing,
    /// A campaign runs, and has not been planned when it meant to be.
    CampaignStalled,
}

/// How do things stand today?
#[utoipa::path(get, path = "/v1/overview", operation_id = "read_overview", tag = "overview",
    responses((status = 200, description = "Today", body = Overview)))]
pub(crate) async fn read(scope: Scope) -> Result<Json<Overview>, Problem> {
    let tenant = scope.settings().await?.value;
    let zone = TimeZone::get(&tenant.timezone).unwrap_or(TimeZone::UTC);
    let midnight = scope.now.to_zoned(zone).start_of_day().map_err(Problem::internal)?.timestamp();
    let table = scope.table();
    let credentials = scope.deps.credentials.account_sid(&scope.tenant);
    let (hours, campaigns, account) =
        futures::join!(table.hours(midnight, scope.now), table.campaigns(CAMPAIGNS_MAX, None), credentials,);
    let (hours, campaigns) = (hours?, campaigns?.entries);
    let mut by_campaign: BTreeMap<String, Counters> = BTreeMap::new();
    let mut by_hour: BTreeMap<Timestamp, Counters> = BTreeMap::new();
    let mut all = Counters::new();
    for hour in &hours {
        add(&mut all, &hour.counters);
        add(by_hour.entry(hour.from).or_default(), &hour.counters);
        add(by_campaign.entry(hour.campaign.to_string()).or_default(), &hour.counters);
    }
    let is_live = |campaign: &Campaign| campaign.state.is_active() || campaign.state == CampaignState::Paused;
    let live = campaigns.into_iter().map(|stored| stored.value).filter(is_live);
    let live = futures::future::try_join_all(live.map(|campaign| stand(&scope, campaign))).await?;
    let mut alerts = alerts(&scope, &hours, &live);
    if account.map_err(Problem::internal)?.is_none() {
        alerts.insert(0, Alert { kind: AlertKind::ProviderMissing, campaign: None, count: 1 });
    }
    Ok(Json(Overview {
        today_from: hours_begin(midnight),
        today: Results::of(&all),
        by_hour: by_hour
            .into_iter()
            .map(|(from, counters)| (from, Results::of(&counters)))
            .map(|(from, Results { calls, answered, .. })| HourOfDay { from, calls, answered })
            .collect(),
        campaigns_today: by_campaign
            .iter()
            .map(|(id, counters)| (id.clone(), Results::of(counters)))
            .collect(),
        live,
        alerts,
        as_of: scope.now,
    }))
}

fn hours_begin(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second() - at.as_second().rem_euclid(3600)).unwrap_or(at)
}

fn add(into: &mut Counters, counters: &Counters) {
    for (name, count) in counters {
        *into.entry(name.clone()).or_default() += count;
    }
}

async fn stand(scope: &Scope, campaign: Campaign) -> Result<LiveCampaign, Problem> {
    let table = scope.table();
    let (counters, run) =
        futures::future::try_join(table.counters(&campaign.id), table.run(&campaign.id)).await?;
    let count = |name: &str| counters.get(name).copied().and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
    let run = run.map(|run| run.value).filter(|run| run.run == campaign.run);
    Ok(LiveCampaign {
        enrolled: count("enrolled"),
        ended: count("enrolled").saturating_sub(count("waiting")),
        calls_in_progress: count("dialing") + count("in_call"),
        next_wake_at: run.filter(|_| campaign.state.is_active()).map(|run| run.wake_at),
        name: campaign.plan.name,
        state: campaign.state,
        id: campaign.id,
    })
}

/// What is wrong, as far as the numbers tell. Dead letters and failing functions are the operator's alarms.
fn alerts(scope: &Scope, hours: &[Hour], live: &[LiveCampaign]) -> Vec<Alert> {
    let this_hour = hours_begin(scope.now);
    let mut alerts = Vec::new();
    for hour in hours.iter().filter(|hour| hour.from == this_hour) {
        let count = |name: &str| hour.counters.get(name).copied().unwrap_or(0);
        let failed = count("outcome.failed") + count("outcome.not_placed");
        if failed >= 5 && failed * 5 >= count("attempts") {
            let count = u64::try_from(failed).unwrap_or(0);
            alerts.push(Alert {
                kind: AlertKind::ProviderFailing,
                campaign: Some(hour.campaign.clone()),
                count,
            });
        }
    }
    let late = scope.now - SignedDuration::from_mins(5);
    let stalled = live.iter().filter(|campaign| {
        campaign.state == CampaignState::Running && campaign.next_wake_at.is_some_and(|at| at < late)
    });
    alerts.extend(stalled.map(|campaign| Alert {
        kind: AlertKind::CampaignStalled,
        campaign: Some(campaign.id.clone()),
        count: 1,
    }));
    alerts
}

/// Which minutes.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct MinutesQuery {
    /// How far back, hours; 1 unless said otherwise.
    #[param(minimum = 1, maximum = 24)]
    #[serde(default)]
    hours: Option<u8>,
}

/// A campaign's calls by the minute in which they ended.
#[derive(Serialize, ToSchema)]
pub struct Minutes {
    /// Minutes with calls, oldest first. Those between them had none.
    minutes: Vec<Minute>,
    /// As of when.
    as_of: Timestamp,
}

/// A minute.
#[derive(Serialize, ToSchema)]
pub struct Minute {
    /// When it began.
    at: Timestamp,
    /// Calls that ended in it.
    calls: u64,
    /// Of those, answered by a person.
    answered: u64,
}

/// How fast does it call? Minute by minute.
#[utoipa::path(get, path = "/v1/campaigns/{campaign}/minutes", operation_id = "read_minutes", tag = "campaigns",
    params(("campaign" = String, Path, description = "Its id"), MinutesQuery),
    responses((status = 200, description = "The last minutes", body = Minutes)))]
pub(crate) async fn minutes(
    scope: Scope,
    Params(id): Params<CampaignId>,
    Query(query): Query<MinutesQuery>,
) -> Result<Json<Minutes>, Problem> {
    let back = query.hours.unwrap_or(1);
    if !(1..=HOURS_MAX).contains(&back) {
        return Err(Problem::new(Kind::BadQuery, format!("hours: must be from 1 to {HOURS_MAX}")));
    }
    load(&scope, &id).await?;
    let from = scope.now - SignedDuration::from_hours(i64::from(back));
    let hours = scope.table().hours_of(&id, from, scope.now).await?;
    let mut minutes = Vec::new();
    for hour in hours {
        for minute in 0..60_i64 {
            let count = |kind: &str| {
                let count = hour.counters.get(&format!("{kind}.{minute:02}")).copied();
                count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0)
            };
            let at = hour.from + SignedDuration::from_mins(minute);
            if count("m") > 0 && at + SignedDuration::from_mins(1) > from {
                minutes.push(Minute { at, calls: count("m"), answered: count("a") });
            }
        }
    }
    Ok(Json(Minutes { minutes, as_of: scope.now }))
}
