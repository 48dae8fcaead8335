//! What keeps a campaign from running, and which rules it is under.

use std::collections::BTreeSet;

use carillon_domain::campaign::{Campaign, CampaignPlan};
use carillon_domain::compliance::{Applicable, Channel, Purpose, Rule, RuleBook, Status, Terms};
use carillon_domain::ids::CampaignId;
use carillon_domain::tenant::Tenant;
use carillon_numbering::{country_code, parse};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::campaigns::load;
use crate::extract::{Json, Params, Query, Scope};
use crate::problem::{FieldError, Kind, Problem};
use crate::schema;

/// What a validation found.
#[derive(Serialize, ToSchema)]
pub struct Validation {
    /// Whether the campaign can start.
    ready: bool,
    /// What keeps it from starting.
    errors: Vec<FieldError>,
    /// What is left of the calling window under the rules on hours, rule by rule.
    hours: Vec<HoursLeft>,
}

/// What a rule leaves of a campaign's window.
#[derive(Serialize, ToSchema)]
pub struct HoursLeft {
    /// The rule, as `id@version`.
    #[schema(example = "de-hours@1")]
    rule: String,
    /// Where it holds.
    #[schema(example = json!(["DE"]))]
    jurisdictions: Vec<String>,
    /// The hours that are left; absent if none are.
    #[schema(example = "Mon-Fri 09:00-18:00")]
    left: Option<String>,
}

/// What keeps this campaign from starting?
#[utoipa::path(post, path = "/v1/campaigns/{campaign}/validate", operation_id = "validate_campaign", tag = "campaigns",
    params(("campaign" = String, Path, description = "Its id")),
    responses((status = 200, description = "What was found", body = Validation)))]
pub(crate) async fn validate(
    scope: Scope,
    Params(id): Params<CampaignId>,
) -> Result<Json<Validation>, Problem> {
    let campaign = load(&scope, &id).await?.value;
    let settings = scope.settings().await?.value;
    let errors = errors(&scope, &campaign).await?;
    let countries = countries(&campaign.plan, &settings);
    let applicable = applicable(&campaign.plan, &settings, &countries, campaign.plan.day(scope.now).0);
    let hours = applicable.hours_left(&campaign.plan.window).map(|(rule, left)| HoursLeft {
        rule: rule.reference().to_string(),
        jurisdictions: rule.jurisdictions.iter().map(ToString::to_string).collect(),
        left: left.ok().map(|week| week.to_string()),
    });
    Ok(Json(Validation { ready: errors.is_empty(), errors, hours: hours.collect() }))
}

/// Everything that keeps a campaign from starting: its plan, the tenant's provider, its contacts.
pub(crate) async fn errors(scope: &Scope, campaign: &Campaign) -> Result<Vec<FieldError>, Problem> {
    let settings = scope.settings().await?.value;
    let mut errors = faults(&campaign.plan, &settings, scope.now);
    if scope.deps.credentials.account_sid(&scope.tenant).await.map_err(Problem::internal)?.is_none() {
        errors.push(FieldError::new(
            "settings.twilio",
            "set up an account to call with: PUT /v1/settings/twilio",
        ));
    }
    if campaign.imports_open.is_empty() {
        let roster = scope.table().rosters(&campaign.id, None).await?;
        if roster.entries.iter().all(|part| part.value.contacts.is_empty()) {
            errors.push(FieldError::new(
                "enrollments",
                "nobody is in the campaign: import contacts, or enroll some",
            ));
        }
    }
    Ok(errors)
}

/// What is wrong with a plan, alone and under the rules of the countries that it can be known to call.
pub(crate) fn faults(plan: &CampaignPlan, tenant: &Tenant, now: Timestamp) -> Vec<FieldError> {
    let mut errors: Vec<FieldError> = plan.violations(now).into_iter().map(FieldError::from).collect();
    for (at, number) in plan.caller_ids.iter().enumerate() {
        if let Err(reject) = parse(number.as_str(), None) {
            errors.push(FieldError::new(format!("caller_ids[{at}]"), reject.to_string()));
        }
    }
    let countries = countries(plan, tenant);
    let applicable = applicable(plan, tenant, &countries, plan.day(now).0);
    for (rule, left) in applicable.hours_left(&plan.window) {
        // A rule of one state closes the window for that state's people alone; who they are is not known here.
        if left.is_err() && covers_country(rule) {
            let message = format!("never opens under this rule: {}", rule.predicate.in_words());
            errors.push(FieldError {
                rule: Some(rule.reference().to_string()),
                ..FieldError::new("window", message)
            });
        }
    }
    if let Some(seconds) = applicable.ring_seconds_min()
        && u16::from(seconds) > plan.pace.ring_seconds
    {
        errors.push(FieldError::new(
            "pace.ring_seconds",
            format!("the law asks for at least {seconds} seconds"),
        ));
    }
    errors
}

fn covers_country(rule: &Rule) -> bool {
    rule.jurisdictions.iter().any(|place| place.subdivision().is_none())
}

/// Where a campaign surely calls: the tenant's own country and those of its caller ids.
fn countries(plan: &CampaignPlan, tenant: &Tenant) -> BTreeSet<String> {
    let own = tenant.default_country.clone();
    let numbers = plan.caller_ids.iter().filter_map(|number| parse(number.as_str(), None).ok());
    let numbers = numbers.map(|number| number.country().to_owned()).filter(|country| country != "001");
    own.into_iter().chain(numbers).collect()
}

fn applicable<'a>(
    plan: &CampaignPlan,
    tenant: &Tenant,
    countries: &'a BTreeSet<String>,
    on: Date,
) -> Applicable<'a> {
    let terms = Terms {
        channel: Channel::Voice,
        purpose: plan.purpose,
        subject: String::new(),
        window: plan.window.clone(),
        artificial_voice: true, // every script is spoken by a synthetic voice
        record: plan.record,
        caps: tenant.frequency_caps.clone(),
        waive_house_rules: plan.waive_house_rules,
    };
    RuleBook::bundled().applicable(&terms, countries.iter().map(String::as_str), on)
}

/// Which countries.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct RulesQuery {
    /// Countries, by code or name, separated by commas. Unless given: the tenant's own and those of the caller ids.
    #[serde(default)]
    #[param(example = "DE,US")]
    countries: Option<String>,
}

/// Rules that a campaign is under.
#[derive(Serialize, ToSchema)]
pub struct Rules {
    /// The version of all rules together.
    book: String,
    /// For which countries.
    #[schema(example = json!(["DE"]))]
    countries: Vec<String>,
    /// The rules.
    rules: Vec<RuleView>,
}

/// A rule.
#[derive(Serialize, ToSchema)]
#[schema(as = Rule)]
pub struct RuleView {
    /// Its name.
    #[schema(example = "de-hours")]
    id: String,
    /// Counts its changes.
    version: u16,
    /// Where it holds.
    #[schema(example = json!(["DE"]))]
    jurisdictions: Vec<String>,
    /// For which purposes.
    #[schema(value_type = Vec<schema::Purpose>)]
    purposes: Vec<Purpose>,
    /// What it asks, as a clause.
    asks: String,
    /// Where the law says so.
    citation: String,
    /// Where that can be read.
    source: String,
    /// When it was read there; absent where nobody has.
    #[schema(value_type = Option<String>, format = Date)]
    read_on: Option<Date>,
    /// How sure we are.
    #[schema(value_type = schema::RuleStatus)]
    status: Status,
    /// What a reader should know besides.
    note: Option<String>,
}

impl From<&Rule> for RuleView {
    fn from(rule: &Rule) -> Self {
        Self {
            id: rule.id.clone(),
            version: rule.version,
            jurisdictions: rule.jurisdictions.iter().map(ToString::to_string).collect(),
            purposes: rule.purposes.clone(),
            asks: rule.predicate.in_words(),
            citation: rule.citation.clone(),
            source: rule.source.clone(),
            read_on: rule.read_on,
            status: rule.status,
            note: rule.note.clone(),
        }
    }
}

/// Which rules is this campaign under?
#[utoipa::path(get, path = "/v1/campaigns/{campaign}/rules", operation_id = "read_rules", tag = "campaigns",
    params(("campaign" = String, Path, description = "Its id"), RulesQuery),
    responses((status = 200, description = "The rules, with their citations", body = Rules)))]
pub(crate) async fn rules(
    scope: Scope,
    Params(id): Params<CampaignId>,
    Query(query): Query<RulesQuery>,
) -> Result<Json<Rules>, Problem> {
    let campaign = load(&scope, &id).await?.value;
    let settings = scope.settings().await?.value;
    let countries = match query.countries {
        None => countries(&campaign.plan, &settings),
        Some(list) => {
            let unknown =
                || Problem::new(Kind::BadQuery, "countries: must be countries, separated by commas");
            let codes = list.split(',').map(|text| country_code(text).map(str::to_owned).ok_or_else(unknown));
            codes.collect::<Result<_, _>>()?
        }
    };
    let applicable = applicable(&campaign.plan, &settings, &countries, campaign.plan.day(scope.now).0);
    let rules = applicable.rules.iter().map(|rule| RuleView::from(*rule)).collect();
    let book = RuleBook::bundled().digest().to_owned();
    Ok(Json(Rules { book, rules, countries: countries.into_iter().collect() }))
}
