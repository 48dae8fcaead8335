//! Who is in a campaign, and what has become of them.

use std::collections::{HashMap, HashSet};

use carillon_domain::attempt::{Attempt, AttemptState, Wish};
use carillon_domain::campaign::{Campaign, CampaignState};
use carillon_domain::compliance::{RuleBook, Verdict, explain};
use carillon_domain::contact::{Contact, Source};
use carillon_domain::enrollment::{Enrollment, EnrollmentState};
use carillon_domain::ids::{CampaignId, ContactId, EnrollmentRef, ImportId};
use carillon_domain::outcome::{EndReason, Outcome};
use carillon_domain::ports::AnsweredBy;
use carillon_store::{Consistency, RosterPlace, StoreError, Stored};
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::agents::me;
use super::campaigns::{launch, load};
use super::contacts::ContactView;
use super::readiness::RuleView;
use crate::extract::{Json, PageQuery, Params, Query, Scope};
use crate::once::KEPT_SECONDS;
use crate::paging::{self, Page};
use crate::problem::{FieldError, Kind, Problem};
use crate::schema;

/// The most contacts that one page looks at when it filters: a filter that fits nobody must not read a campaign of
/// ten million in one request.
const SCANNED_MAX: usize = 2_000;

/// Contacts read in one go when filtering.
const BATCH_FILTERED: usize = 200;

/// How often to start over when somebody else has changed the campaign in between.
const WAKE_TRIES: usize = 5;

/// The most contacts that can be enrolled at once.
const ENROLLED_MAX: usize = 100;

/// A contact in a campaign.
#[derive(Serialize, ToSchema)]
#[schema(as = Enrollment)]
pub struct EnrollmentView {
    /// The contact.
    #[schema(value_type = String, example = "con_5f0c6b1e2d3a49587766554433221100")]
    pub contact: ContactId,
    /// The number that is called.
    #[schema(example = "+442079460999")]
    pub to: String,
    /// Where it stands.
    pub state: StateName,
    /// When it is next due, while it waits. A call in progress shows in the attempts.
    pub due_at: Option<Timestamp>,
    /// Why it is over.
    #[schema(value_type = Option<schema::EndReason>)]
    pub reason: Option<EndReason>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// 0 is called first, 9 last.
    pub priority: u8,
    /// Attempts that have ended.
    pub attempts: usize,
    /// How the last of them ended.
    #[schema(value_type = Option<schema::Outcome>)]
    pub last_outcome: Option<Outcome>,
    /// When the last of them ended.
    pub last_attempt_at: Option<Timestamp>,
}

/// Where an enrollment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StateName {
    /// To be tried, or being called.
    Waiting,
    /// Over.
    Ended,
}

impl From<&Enrollment> for EnrollmentView {
    fn from(enrollment: &Enrollment) -> Self {
        let (state, due_at, reason, ended_at) = match enrollment.state {
            EnrollmentState::Waiting { due } => (StateName::Waiting, Some(due), None, None),
            EnrollmentState::Ended { reason, at } => (StateName::Ended, None, Some(reason), Some(at)),
        };
        let last = enrollment.history.last();
        Self {
            contact: enrollment.id.contact.clone(),
            to: enrollment.to.as_str().to_owned(),
            state,
            due_at,
            reason,
            ended_at,
            priority: enrollment.priority,
            attempts: enrollment.history.len(),
            last_outcome: last.map(|tried| tried.outcome),
            last_attempt_at: last.map(|tried| tried.at),
        }
    }
}

/// Which enrollments.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnrollmentQuery {
    /// How many at most, from 1 to 200; 50 unless said otherwise.
    #[param(minimum = 1, maximum = 200)]
    #[serde(default)]
    limit: Option<u32>,
    /// Where to go on: `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
    /// Only those that stand here.
    #[serde(default)]
    state: Option<StateName>,
    /// Only those whose last attempt ended so.
    #[serde(default)]
    #[param(value_type = Option<schema::Outcome>)]
    outcome: Option<Outcome>,
}

impl EnrollmentQuery {
    fn fits(&self, view: &EnrollmentView) -> bool {
        self.state.is_none_or(|state| view.state == state)
            && self.outcome.is_none_or(|outcome| view.last_outcome == Some(outcome))
    }
}

/// Who is in the campaign, in the order in which they came.
///
/// With a filter, a page may hold fewer than asked for before the end: go on while there is a `next_cursor`.
#[utoipa::path(get, path = "/v1/campaigns/{campaign}/enrollments", operation_id = "list_enrollments", tag = "results",
    params(("campaign" = String, Path, description = "The campaign"), EnrollmentQuery),
    responses((status = 200, description = "A page of them", body = Page<EnrollmentView>)))]
pub(crate) async fn list(
    scope: Scope,
    Params(id): Params<CampaignId>,
    Query(query): Query<EnrollmentQuery>,
) -> Result<Json<Page<EnrollmentView>>, Problem> {
    load(&scope, &id).await?;
    let page = PageQuery { limit: query.limit, cursor: query.cursor.clone() };
    let outcome = query.outcome.map_or("", Outcome::name);
    let name = format!("enrollments {id} {:?} {outcome}", query.state);
    let limit = paging::limit(&page)? as usize;
    let mut place: Option<RosterPlace> = paging::place(&scope.tenant, &name, &page)?;
    let batch = if query.state.is_some() || query.outcome.is_some() { BATCH_FILTERED } else { limit };
    let (mut items, mut scanned) = (Vec::new(), 0);
    loop {
        let from = place.clone();
        let (contacts, next) =
            scope.table().members(&id, place, batch).await.map_err(paging::refused(&page))?;
        scanned += contacts.len();
        place = next;
        for enrollment in in_order(&scope, &id, &contacts).await? {
            let view = EnrollmentView::from(&enrollment.value);
            if !query.fits(&view) {
                continue;
            }
            if items.len() == limit {
                // The page was full before this one, so that the next begins with it.
                let seen = contacts.iter().position(|contact| *contact == view.contact).unwrap_or(0);
                let next = scope.table().members(&id, from, seen).await?.1;
                return Ok(Json(Page { items, next_cursor: paging::cursor(&scope.tenant, &name, next)? }));
            }
            items.push(view);
        }
        if place.is_none() || items.len() >= limit || scanned >= SCANNED_MAX {
            let next_cursor = paging::cursor(&scope.tenant, &name, place)?;
            return Ok(Json(Page { items, next_cursor }));
        }
    }
}

/// Enrollments in the order of their contacts.
pub(crate) async fn in_order(
    scope: &Scope,
    campaign: &CampaignId,
    contacts: &[ContactId],
) -> Result<Vec<Stored<Enrollment>>, Problem> {
    let found = scope.table().enrollments(campaign, contacts, Consistency::Eventual).await?;
    let mut by_contact: HashMap<ContactId, Stored<Enrollment>> =
        found.into_iter().map(|stored| (stored.value.id.contact.clone(), stored)).collect();
    Ok(contacts.iter().filter_map(|contact| by_contact.remove(contact)).collect())
}

/// A contact in a campaign, with every attempt.
#[derive(Serialize, ToSchema)]
pub struct EnrollmentDetail {
    /// Where it stands.
    enrollment: EnrollmentView,
    /// The contact; absent if it has been deleted.
    contact: Option<ContactView>,
    /// Why it was last put off or ended without an attempt, in sentences.
    #[schema(example = json!(["Not now: it is outside the campaign's own window. Next possible at 2027-03-02 09:00:00 UTC."]))]
    last_verdict: Vec<String>,
    /// Every attempt, the first one first.
    attempts: Vec<AttemptView>,
}

/// One try at one contact.
#[derive(Serialize, ToSchema)]
#[schema(as = Attempt)]
pub struct AttemptView {
    /// 1 for the first.
    number: u16,
    /// In which campaign.
    #[schema(value_type = String)]
    campaign: CampaignId,
    /// Where it stands: `dialing`, `in_call` or `ended`.
    #[schema(example = "ended")]
    state: &'static str,
    /// The caller id.
    #[schema(example = "+442079460123")]
    from: String,
    /// When the provider was asked.
    created_at: Timestamp,
    /// Answered.
    answered_at: Option<Timestamp>,
    /// By whom or what.
    #[schema(value_type = Option<schema::AnsweredBy>)]
    answered_by: Option<AnsweredBy>,
    /// What the person asked for by key.
    #[schema(value_type = Option<schema::Wish>)]
    wish: Option<Wish>,
    /// How it ended.
    #[schema(value_type = Option<schema::Outcome>)]
    outcome: Option<Outcome>,
    /// When it ended.
    ended_at: Option<Timestamp>,
    /// Time connected, seconds.
    talk_seconds: Option<u32>,
    /// Length of the recording, seconds; absent where there is none.
    recording_seconds: Option<u32>,
    /// The provider's id of the call.
    call: Option<String>,
    /// Why it was allowed, in sentences.
    allowed_because: Vec<String>,
    /// The rules that allowed it.
    rules: Vec<RuleView>,
}

impl From<&Attempt> for AttemptView {
    fn from(attempt: &Attempt) -> Self {
        let state = match attempt.state {
            AttemptState::Dialing => "dialing",
            AttemptState::InCall => "in_call",
            AttemptState::Ended { .. } => "ended",
        };
        let book = RuleBook::bundled();
        let rules = attempt.allowed_by.basis().rules.iter().filter_map(|rule| book.find(rule));
        Self {
            number: attempt.id.number,
            campaign: attempt.id.enrollment.campaign.clone(),
            state,
            from: attempt.from.as_str().to_owned(),
            created_at: attempt.created_at,
            answered_at: attempt.answered_at,
            answered_by: attempt.answered_by,
            wish: attempt.wish,
            outcome: attempt.outcome().map(|(outcome, _)| outcome),
            ended_at: attempt.outcome().map(|(_, at)| at),
            talk_seconds: attempt.talk_seconds,
            recording_seconds: attempt.recording.as_ref().map(|recording| recording.seconds),
            call: attempt.call.as_ref().map(|call| call.0.clone()),
            allowed_because: sentences(&attempt.allowed_by),
            rules: rules.map(RuleView::from).collect(),
        }
    }
}

fn sentences(verdict: &Verdict) -> Vec<String> {
    explain(verdict, RuleBook::bundled())
}

/// A contact in the campaign, with every attempt and the reasons for it.
#[utoipa::path(get, path = "/v1/campaigns/{campaign}/enrollments/{contact}", operation_id = "read_enrollment",
    tag = "results",
    params(("campaign" = String, Path, description = "The campaign"), ("contact" = String, Path, description = "The contact")),
    responses((status = 200, description = "Everything", body = EnrollmentDetail)))]
pub(crate) async fn read(
    scope: Scope,
    Params((campaign, contact)): Params<(CampaignId, ContactId)>,
) -> Result<Json<EnrollmentDetail>, Problem> {
    load(&scope, &campaign).await?;
    let file = scope.table().contact_file(&contact).await?;
    let enrollment = &file.enrollment(&campaign).ok_or_else(|| Problem::not_found("enrollment"))?.value;
    let attempts = file.attempts.iter().map(|stored| &stored.value);
    let attempts = attempts
        .filter(|attempt| attempt.id.enrollment.campaign == campaign)
        .map(AttemptView::from)
        .collect();
    Ok(Json(EnrollmentDetail {
        enrollment: EnrollmentView::from(enrollment),
        last_verdict: enrollment.last_verdict.as_ref().map(sentences).unwrap_or_default(),
        attempts,
        contact: file.contact.map(ContactView::from),
    }))
}

/// Contacts to enroll.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Enroll {
    /// Which contacts.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 100)]
    contacts: Vec<ContactId>,
    /// 0 is called first, 9 last; 5 unless said otherwise.
    #[serde(default)]
    #[schema(maximum = 9)]
    priority: Option<u8>,
}

/// What became of them.
#[derive(Serialize, ToSchema)]
pub struct Enrolled {
    /// Enrolled by this request.
    pub(crate) enrolled: usize,
    /// In the campaign before.
    already: usize,
}

/// Add contacts to the campaign.
#[utoipa::path(post, path = "/v1/campaigns/{campaign}/enrollments", operation_id = "enroll", tag = "results",
    params(("campaign" = String, Path, description = "The campaign")), request_body = Enroll,
    responses((status = 200, description = "How many were added", body = Enrolled)))]
pub(crate) async fn enroll(
    scope: Scope,
    Params(id): Params<CampaignId>,
    Json(request): Json<Enroll>,
) -> Result<Json<Enrolled>, Problem> {
    let priority = request.priority.unwrap_or(5);
    let contacts: Vec<ContactId> = unique(request.contacts);
    if !(1..=ENROLLED_MAX).contains(&contacts.len()) {
        return Err(Problem::field("contacts", format!("must be 1 to {ENROLLED_MAX}")));
    }
    if priority > 9 {
        return Err(Problem::field("priority", "must be from 0 (first) to 9 (last)"));
    }
    let found = scope.table().contacts_by_id(&contacts).await?;
    let known: HashSet<&ContactId> = found.iter().map(|contact| &contact.value.id).collect();
    let unknown = contacts.iter().enumerate().filter(|(_, contact)| !known.contains(contact));
    let errors: Vec<_> = unknown
        .map(|(at, _)| FieldError::new(format!("contacts[{at}]"), "there is no such contact"))
        .collect();
    // A campaign that takes nobody says so first.
    let campaign = open(&scope, &id).await?;
    if !errors.is_empty() {
        return Err(Problem::validation(errors));
    }
    let mut by_id: HashMap<ContactId, Stored<Contact>> =
        found.into_iter().map(|contact| (contact.value.id.clone(), contact)).collect();
    let found = contacts.iter().filter_map(|contact| by_id.remove(contact)).collect();
    Ok(Json(add_to(&scope, campaign, found, priority).await?))
}

/// A campaign that takes contacts.
async fn open(scope: &Scope, id: &CampaignId) -> Result<Stored<Campaign>, Problem> {
    let campaign = load(scope, id).await?;
    if campaign.value.state.accepts_contacts() { Ok(campaign) } else { Err(closed(campaign.value.state)) }
}

fn closed(state: CampaignState) -> Problem {
    Problem::new(Kind::NotNow, format!("A campaign that is {} takes no more contacts.", state.name()))
}

/// Adds contacts to a campaign.
pub(crate) async fn add(
    scope: &Scope,
    id: &CampaignId,
    contacts: Vec<Stored<Contact>>,
    priority: u8,
) -> Result<Enrolled, Problem> {
    add_to(scope, open(scope, id).await?, contacts, priority).await
}

async fn add_to(
    scope: &Scope,
    campaign: Stored<Campaign>,
    found: Vec<Stored<Contact>>,
    priority: u8,
) -> Result<Enrolled, Problem> {
    let (table, id) = (scope.table(), campaign.value.id.clone());
    let contacts: Vec<ContactId> = found.iter().map(|contact| contact.value.id.clone()).collect();
    // The roster is written before the enrollments, so that nobody is in the campaign without standing in it; a
    // repetition of this request writes the same roster.
    let batch = ImportId::from_uuid(scope.fresh("enrollment"));
    let before = table.enrollments(&id, &contacts, Consistency::Strong).await?;
    let others = before
        .iter()
        .filter(|stored| stored.value.source.as_ref().is_none_or(|source| source.import != batch));
    let others: HashSet<ContactId> = others.map(|stored| stored.value.id.contact.clone()).collect();
    let new: Vec<ContactId> = contacts.into_iter().filter(|contact| !others.contains(contact)).collect();
    let mut by_id: HashMap<ContactId, Contact> =
        found.into_iter().map(|contact| (contact.value.id.clone(), contact.value)).collect();
    if !new.is_empty() {
        table.save_roster(&id, &batch, 0, new.clone()).await?;
    }
    for (row, contact) in (1..).zip(&new) {
        let Some(contact) = by_id.remove(contact) else { continue };
        let source = Source { import: batch.clone(), row };
        let enrollment = enrollment(scope, &campaign.value, contact, priority, source);
        match table.save_enrollment(&Stored::new(enrollment)).await {
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if !new.is_empty() {
        let state = wake(scope, campaign).await?;
        if !state.accepts_contacts() {
            take_back(scope, &id, &new).await?;
            return Err(closed(state));
        }
    }
    Ok(Enrolled { enrolled: new.len(), already: others.len() })
}

/// Somebody to be called now.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallNow {
    /// The campaign whose call it is: its caller id, its rules, its script or its agents.
    #[schema(value_type = String)]
    campaign: CampaignId,
    /// Whether the call is for you, if you are an agent and agents take the campaign's calls.
    #[serde(default)]
    for_me: bool,
}

/// Call a contact now: click to call.
///
/// The contact is put into the campaign, if it is not in it yet, and is its next. Every rule of the campaign's calls holds,
/// and its hours. A campaign that is not running calls when it runs again.
#[utoipa::path(post, path = "/v1/contacts/{contact}/call", operation_id = "call_contact", tag = "contacts",
    params(("contact" = String, Path, description = "The contact")), request_body = CallNow,
    responses((status = 202, description = "It is next", body = EnrollmentView)))]
pub(crate) async fn call(
    scope: Scope,
    Params(contact): Params<ContactId>,
    Json(request): Json<CallNow>,
) -> Result<(StatusCode, Json<EnrollmentView>), Problem> {
    let id = EnrollmentRef { tenant: scope.tenant.clone(), campaign: request.campaign.clone(), contact };
    let begun = asked_before(&scope, &id).await?;
    if !begun {
        ask(&scope, &id, request.for_me).await?;
    }
    let state = wake(&scope, load(&scope, &id.campaign).await?).await?;
    if !begun && !state.accepts_contacts() {
        return Err(closed(state));
    }
    let enrollment = scope.table().enrollment(&id).await?.ok_or_else(|| Problem::not_found("enrollment"))?;
    Ok((StatusCode::ACCEPTED, Json(EnrollmentView::from(&enrollment.value))))
}

/// Whether this very request has asked for the call: also if it never heard the answer, and whatever has become of the
/// call since. Nobody is called again for it.
async fn asked_before(scope: &Scope, id: &EnrollmentRef) -> Result<bool, Problem> {
    match scope.idempotency_key() {
        Some(key) => Ok(scope.is_repetition() || scope.table().has_asked_for_call(id, key).await?),
        None => Ok(false),
    }
}

/// Makes somebody the campaign's next.
async fn ask(scope: &Scope, id: &EnrollmentRef, for_me: bool) -> Result<(), Problem> {
    let table = scope.table();
    let campaign = open(scope, &id.campaign).await?;
    let known = table.contact(&id.contact).await?.ok_or_else(|| Problem::not_found("contact"))?;
    let by = if for_me { Some(me(scope).await?.value.id) } else { None };
    add_to(scope, campaign, vec![known], 0).await?;
    let enrollment = table.enrollment(id).await?;
    let mut enrollment = enrollment.ok_or_else(|| Problem::not_found("enrollment"))?;
    if !enrollment.value.call_now(by, scope.now) {
        return Err(Problem::new(Kind::NotNow, "The campaign may not call this contact any more."));
    }
    let saved = match scope.idempotency_key() {
        Some(key) => table.save_asked_call(&enrollment, key, scope.now.as_second() + KEPT_SECONDS).await,
        None => table.save_enrollment(&enrollment).await,
    };
    match saved {
        // The same request at the same time was as quick.
        Err(StoreError::Conflict) if asked_before(scope, id).await? => Ok(()),
        saved => saved.map_err(Problem::unsaved),
    }
}

fn unique(contacts: Vec<ContactId>) -> Vec<ContactId> {
    let mut seen = HashSet::new();
    contacts.into_iter().filter(|contact| seen.insert(contact.clone())).collect()
}

fn enrollment(
    scope: &Scope,
    campaign: &Campaign,
    contact: Contact,
    priority: u8,
    source: Source,
) -> Enrollment {
    let shard = campaign.shard_of(&contact.id);
    Enrollment {
        id: EnrollmentRef {
            tenant: scope.tenant.clone(),
            campaign: campaign.id.clone(),
            contact: contact.id,
        },
        state: EnrollmentState::Waiting { due: scope.now },
        shard,
        priority,
        to: contact.phone,
        place: contact.place,
        zones: contact.zones,
        consents: contact.consents,
        history: Vec::new(),
        source: Some(source),
        promised: None,
        for_agent: None,
        returned: false,
        last_verdict: None,
    }
}

/// A planner that sleeps until its next retry does not know of newcomers: a new run looks at once. Returns where the
/// campaign stands, told after they were written: one that is open then has them, for whoever completes it meanwhile
/// meets the new run's version.
async fn wake(scope: &Scope, mut campaign: Stored<Campaign>) -> Result<CampaignState, Problem> {
    let id = campaign.value.id.clone();
    if campaign.value.state != CampaignState::Running {
        campaign = load(scope, &id).await?;
    }
    for _ in 0..WAKE_TRIES {
        let state = campaign.value.state;
        if state != CampaignState::Running {
            return Ok(state);
        }
        match launch(scope, campaign).await {
            Ok(_) => return Ok(state),
            // The planner, or a command, was at work on the campaign.
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
        campaign = load(scope, &id).await?;
    }
    Err(StoreError::Conflict.into())
}

/// The campaign was over before they were in it: nobody would ever call them, so they are not in it.
async fn take_back(scope: &Scope, campaign: &CampaignId, contacts: &[ContactId]) -> Result<(), Problem> {
    let table = scope.table();
    for mut enrollment in table.enrollments(campaign, contacts, Consistency::Strong).await? {
        enrollment.value.end(EndReason::Withdrawn, scope.now);
        match table.save_enrollment(&enrollment).await {
            // Somebody else has ended it.
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
