//! A tenant's calls.

use std::collections::HashMap;

use carillon_domain::attempt::{Attempt, Handled};
use carillon_domain::contact::Contact;
use carillon_domain::ids::{AttemptRef, CampaignId, ContactId, LiveId};
use carillon_domain::outcome::Outcome;
use carillon_domain::ports::AnsweredBy;
use carillon_engine::errands::recording_key;
use carillon_store::{CallEntry, CallPlace, Consistency, Stored};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::contacts::ContactView;
use super::enrollments::AttemptView;
use crate::extract::{Json, PageQuery, Params, Query, Scope};
use crate::paging::{self, Page};
use crate::problem::{Kind, Problem};
use crate::schema;

/// The most entries of the log that one page looks at when it filters.
const SCANNED_MAX: usize = 5_000;

/// A call.
#[derive(Serialize, ToSchema)]
#[schema(as = Call)]
pub struct CallView {
    /// The attempt that it was made for.
    #[schema(example = "acme.cmp_0192f3a4b5c67d8e9f00112233445566.con_5f0c6b1e2d3a49587766554433221100.1")]
    id: String,
    /// In which campaign.
    #[schema(value_type = String)]
    campaign: CampaignId,
    /// Whom.
    #[schema(value_type = String)]
    contact: ContactId,
    /// The contact's name, if it has one.
    #[schema(example = "Ada Example")]
    name: Option<String>,
    /// The number that was called.
    #[schema(example = "+442079460999")]
    to: String,
    /// The caller id.
    #[schema(example = "+442079460123")]
    from: String,
    /// 1 for the first try.
    number: u16,
    /// When the provider was asked.
    created_at: Timestamp,
    /// Answered.
    answered_at: Option<Timestamp>,
    /// By whom or what.
    #[schema(value_type = Option<schema::AnsweredBy>)]
    answered_by: Option<AnsweredBy>,
    /// How it ended.
    #[schema(value_type = Option<schema::Outcome>)]
    outcome: Option<Outcome>,
    /// When it ended.
    ended_at: Option<Timestamp>,
    /// Time connected, seconds.
    talk_seconds: Option<u32>,
    /// Length of the recording, seconds; absent where there is none.
    recording_seconds: Option<u32>,
    /// Who took care of the lead that it found, if somebody has.
    handled: Option<HandledView>,
}

/// Who took care of a lead.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = Handled)]
pub struct HandledView {
    /// A user's id.
    by: String,
    /// When they said so.
    at: Timestamp,
}

impl From<&Handled> for HandledView {
    fn from(Handled { by, at }: &Handled) -> Self {
        Self { by: by.clone(), at: *at }
    }
}

impl CallView {
    fn of(attempt: &Attempt, person: Option<&Contact>) -> Self {
        let name = person.map(|person| {
            let parts = [&person.first_name, &person.last_name].into_iter().flatten().cloned();
            parts.collect::<Vec<_>>().join(" ")
        });
        let ended = attempt.outcome();
        Self {
            id: attempt.id.to_string(),
            campaign: attempt.id.enrollment.campaign.clone(),
            contact: attempt.id.enrollment.contact.clone(),
            name: name.filter(|name| !name.is_empty()),
            to: attempt.to.as_str().to_owned(),
            from: attempt.from.as_str().to_owned(),
            number: attempt.id.number,
            created_at: attempt.created_at,
            answered_at: attempt.answered_at,
            answered_by: attempt.answered_by,
            outcome: ended.map(|(outcome, _)| outcome),
            ended_at: ended.map(|(_, at)| at),
            talk_seconds: attempt.talk_seconds,
            recording_seconds: attempt.recording.as_ref().map(|recording| recording.seconds),
            handled: attempt.handled.as_ref().map(HandledView::from),
        }
    }
}

/// Which calls.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallQuery {
    /// How many at most, from 1 to 200; 50 unless said otherwise.
    #[param(minimum = 1, maximum = 200)]
    #[serde(default)]
    limit: Option<u32>,
    /// Where to go on: `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
    /// Only those that ended then or later.
    #[serde(default)]
    from: Option<Timestamp>,
    /// Only those that ended then or before.
    #[serde(default)]
    to: Option<Timestamp>,
    /// Only of this campaign.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    campaign: Option<CampaignId>,
    /// Only to this contact.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    contact: Option<ContactId>,
    /// Only those that ended so.
    #[serde(default)]
    #[param(value_type = Option<schema::Outcome>)]
    outcome: Option<Outcome>,
    /// Only those that a person answered, or that nobody did.
    #[serde(default)]
    answered: Option<bool>,
    /// Only leads: those that somebody has taken care of, or those that nobody has.
    #[serde(default)]
    handled: Option<bool>,
}

impl CallQuery {
    /// Leads alone are handled: by whom stands with the call itself, not in the log.
    fn outcome(&self) -> Option<Outcome> {
        self.outcome.or(self.handled.map(|_| Outcome::Interested))
    }

    fn fits_call(&self, call: &CallView) -> bool {
        self.handled.is_none_or(|handled| handled == call.handled.is_some())
    }

    fn fits(&self, entry: &CallEntry) -> bool {
        self.campaign.as_ref().is_none_or(|campaign| campaign == entry.campaign())
            && self.outcome().is_none_or(|outcome| outcome == entry.outcome)
            && self.answered.is_none_or(|answered| answered == entry.outcome.is_live_answer())
    }
}

/// Calls that have ended, newest first.
///
/// The order is true to within a few seconds, and a call is here a few seconds after its end. With a filter, a page
/// may hold fewer than asked for before the end: go on while there is a `next_cursor`.
#[utoipa::path(get, path = "/v1/calls", operation_id = "list_calls", tag = "calls", params(CallQuery),
    responses((status = 200, description = "A page of them", body = Page<CallView>)))]
pub(crate) async fn list(
    scope: Scope,
    Query(query): Query<CallQuery>,
) -> Result<Json<Page<CallView>>, Problem> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor.clone() };
    let limit = paging::limit(&page)? as usize;
    let (from, to) = (query.from.unwrap_or(Timestamp::UNIX_EPOCH), query.to.unwrap_or(Timestamp::MAX));
    if from > to {
        return Err(Problem::new(Kind::BadQuery, "from: must not be after `to`"));
    }
    if query.handled.is_some() && query.outcome.is_some_and(|outcome| outcome != Outcome::Interested) {
        return Err(Problem::new(Kind::BadQuery, "handled: only calls that ended `interested` are leads"));
    }
    let name = format!(
        "calls {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        query.from, query.to, query.campaign, query.contact, query.outcome, query.answered, query.handled
    );
    if let Some(contact) = &query.contact {
        return of_contact(&scope, &query, contact, limit, &page, &name).await;
    }
    let mut place: Option<CallPlace> = paging::place(&scope.tenant, &name, &page)?;
    let (mut items, mut scanned) = (Vec::new(), 0);
    loop {
        let read = scope.table().call_log(from, to, place).await;
        let (entries, next) = read.map_err(paging::refused(&page))?;
        scanned += entries.len();
        place = next;
        let mut chosen = Vec::new();
        let mut entries = entries.into_iter();
        while let Some((behind, entry)) = entries.next() {
            if query.fits(&entry) {
                chosen.push(entry);
            }
            if items.len() + chosen.len() == limit {
                place = if entries.len() == 0 { place } else { Some(behind) };
                break;
            }
        }
        let calls = views(&scope, chosen).await?;
        items.extend(calls.into_iter().filter(|call| query.fits_call(call)));
        if place.is_none() || items.len() == limit || scanned >= SCANNED_MAX {
            break;
        }
    }
    Ok(Json(Page { items, next_cursor: paging::cursor(&scope.tenant, &name, place)? }))
}

/// The calls of log entries, in their order. An entry whose call says otherwise by now has been followed by another.
async fn views(scope: &Scope, entries: Vec<CallEntry>) -> Result<Vec<CallView>, Problem> {
    let ids: Vec<AttemptRef> = entries.iter().map(|entry| entry.id(&scope.tenant)).collect();
    let people: std::collections::BTreeSet<ContactId> =
        ids.iter().map(|id| id.enrollment.contact.clone()).collect();
    let people: Vec<ContactId> = people.into_iter().collect();
    let table = scope.table();
    let (attempts, people) =
        futures::future::try_join(table.attempts(&ids, Consistency::Eventual), table.contacts_by_id(&people))
            .await?;
    let mut attempts: HashMap<AttemptRef, Attempt> =
        attempts.into_iter().map(|stored| (stored.value.id.clone(), stored.value)).collect();
    let people: HashMap<ContactId, Contact> =
        people.into_iter().map(|stored| (stored.value.id.clone(), stored.value)).collect();
    let view = |(id, entry): (AttemptRef, CallEntry)| {
        // Both entries of a corrected call may be here, in either order: the outdated one must not use the call up.
        let says = attempts.get(&id)?.outcome().map(|(outcome, _)| outcome);
        let attempt = if says == Some(entry.outcome) { attempts.remove(&id)? } else { return None };
        Some(CallView::of(&attempt, people.get(&id.enrollment.contact)))
    };
    Ok(ids.into_iter().zip(entries).filter_map(view).collect())
}

/// One contact's calls stand with the contact.
async fn of_contact(
    scope: &Scope,
    query: &CallQuery,
    contact: &ContactId,
    limit: usize,
    page: &PageQuery,
    name: &str,
) -> Result<Json<Page<CallView>>, Problem> {
    let seen: usize = paging::place(&scope.tenant, name, page)?.unwrap_or(0);
    let file = scope.table().contact_file(contact).await?;
    let person = file.contact.as_ref().map(|stored| &stored.value);
    let fits = |attempt: &Attempt| {
        let Some((outcome, at)) = attempt.outcome() else { return false };
        query.from.is_none_or(|from| at >= from)
            && query.to.is_none_or(|to| at <= to)
            && query.campaign.as_ref().is_none_or(|campaign| *campaign == attempt.id.enrollment.campaign)
            && query.outcome().is_none_or(|wanted| wanted == outcome)
            && query.handled.is_none_or(|handled| handled == attempt.handled.is_some())
            && query.answered.is_none_or(|answered| answered == outcome.is_live_answer())
    };
    let mut attempts: Vec<&Attempt> =
        file.attempts.iter().map(|stored| &stored.value).filter(|attempt| fits(attempt)).collect();
    attempts.sort_by_key(|attempt| std::cmp::Reverse(attempt.outcome().map(|(_, at)| at)));
    let next = (attempts.len() > seen + limit).then_some(seen + limit);
    let items = attempts.into_iter().skip(seen).take(limit).map(|attempt| CallView::of(attempt, person));
    Ok(Json(Page { items: items.collect(), next_cursor: paging::cursor(&scope.tenant, name, next)? }))
}

/// A call in full.
#[derive(Serialize, ToSchema)]
pub struct CallDetail {
    /// The call.
    call: CallView,
    /// The attempt: what the provider reported, and the rules that allowed it, with their sentences.
    attempt: AttemptView,
    /// Whoever was called; absent if the contact has been deleted.
    contact: Option<ContactView>,
    /// What happened, in order.
    timeline: Vec<CallMoment>,
}

/// Something that happened in a call.
#[derive(Serialize, ToSchema)]
pub struct CallMoment {
    /// When.
    at: Timestamp,
    /// What.
    kind: CallMomentKind,
    /// The word for it: by whom it was answered, how it ended.
    #[schema(example = "human")]
    word: Option<String>,
}

/// What happened in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallMomentKind {
    /// The provider was asked to call.
    Placed,
    /// Somebody or something answered.
    Answered,
    /// It ended.
    Ended,
}

/// An attempt of the caller's tenant, by the name that it has in URLs.
pub(crate) async fn load(scope: &Scope, id: &AttemptRef) -> Result<Attempt, Problem> {
    Ok(stored(scope, id).await?.value)
}

async fn stored(scope: &Scope, id: &AttemptRef) -> Result<Stored<Attempt>, Problem> {
    if id.enrollment.tenant != scope.tenant {
        return Err(Problem::not_found("call"));
    }
    scope.table().attempt(id).await?.ok_or_else(|| Problem::not_found("call"))
}

/// One call.
#[utoipa::path(get, path = "/v1/calls/{attempt}", operation_id = "read_call", tag = "calls",
    params(("attempt" = String, Path, description = "Its id")),
    responses((status = 200, description = "The call", body = CallDetail)))]
pub(crate) async fn read(scope: Scope, Params(id): Params<AttemptRef>) -> Result<Json<CallDetail>, Problem> {
    let attempt = load(&scope, &id).await?;
    let contact = scope.table().contact(&id.enrollment.contact).await?;
    let word = |value: Option<serde_json::Value>| value.and_then(|word| Some(word.as_str()?.to_owned()));
    let mut timeline = vec![CallMoment { at: attempt.created_at, kind: CallMomentKind::Placed, word: None }];
    timeline.extend(attempt.answered_at.map(|at| CallMoment {
        at,
        kind: CallMomentKind::Answered,
        word: word(serde_json::to_value(attempt.answered_by).ok()),
    }));
    timeline.extend(attempt.outcome().map(|(outcome, at)| CallMoment {
        at,
        kind: CallMomentKind::Ended,
        word: Some(outcome.name().to_owned()),
    }));
    timeline.sort_by_key(|moment| (moment.at, moment.kind));
    Ok(Json(CallDetail {
        call: CallView::of(&attempt, contact.as_ref().map(|stored| &stored.value)),
        attempt: AttemptView::from(&attempt),
        contact: contact.map(ContactView::from),
        timeline,
    }))
}

/// Mark a lead as taken care of.
///
/// Whoever says so first is kept: repeating it changes nothing. 409 if the call found nobody who is interested.
#[utoipa::path(put, path = "/v1/calls/{attempt}/handled", operation_id = "handle_lead", tag = "calls",
    params(("attempt" = String, Path, description = "The call that found the lead")),
    responses((status = 200, description = "Who took care of it", body = HandledView)))]
pub(crate) async fn handle(
    scope: Scope,
    Params(id): Params<AttemptRef>,
) -> Result<Json<HandledView>, Problem> {
    let by = Handled { by: scope.caller.subject.clone(), at: scope.now };
    let call = mark(&scope, &id, |handled| {
        handled.get_or_insert(by);
    });
    let handled = call.await?.handled.ok_or_else(|| Problem::not_found("mark"))?;
    Ok(Json(HandledView::from(&handled)))
}

/// Open a lead again that was marked as taken care of.
#[utoipa::path(delete, path = "/v1/calls/{attempt}/handled", operation_id = "reopen_lead", tag = "calls",
    params(("attempt" = String, Path, description = "The call that found the lead")),
    responses((status = 204, description = "It waits for somebody again")))]
pub(crate) async fn reopen(scope: Scope, Params(id): Params<AttemptRef>) -> Result<StatusCode, Problem> {
    mark(&scope, &id, |handled| *handled = None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes a lead's mark.
async fn mark(
    scope: &Scope,
    id: &AttemptRef,
    change: impl FnOnce(&mut Option<Handled>),
) -> Result<Attempt, Problem> {
    let mut call = stored(scope, id).await?;
    if !call.value.is_lead() {
        return Err(Problem::new(Kind::NotNow, "This call found nobody who is interested."));
    }
    let before = call.value.handled.clone();
    change(&mut call.value.handled);
    if call.value.handled != before {
        scope.table().save_attempt(&call).await?;
        // The mark says who set it, and nothing says who took it away.
        let open = call.value.handled.is_none();
        tracing::info!(tenant = %scope.tenant, by = scope.caller.subject, call = %id, open, "a lead was marked");
    }
    Ok(call.value)
}

/// How long an address of a recording works, seconds: as long as somebody listens to it in one go.
const LISTEN_SECONDS: u32 = 3_600;

/// Where a recording can be heard.
#[derive(Serialize, ToSchema)]
#[schema(as = RecordingAddress)]
pub struct RecordingView {
    /// The address of an MP3 file. Whoever holds it may listen, until it expires.
    url: String,
    /// When it expires.
    expires_at: Timestamp,
    /// How long the recording is, seconds.
    seconds: u32,
}

/// Where a call's recording can be heard.
///
/// 404 if there is none; 409 until it has been copied from the provider, which takes seconds.
#[utoipa::path(get, path = "/v1/calls/{attempt}/recording", operation_id = "read_recording", tag = "calls",
    params(("attempt" = String, Path, description = "The call")),
    responses((status = 200, description = "An address that works for an hour", body = RecordingView)))]
pub(crate) async fn recording(
    scope: Scope,
    Params(id): Params<AttemptRef>,
) -> Result<Json<RecordingView>, Problem> {
    let attempt = load(&scope, &id).await?;
    let recording = attempt.recording.ok_or_else(|| Problem::not_found("recording"))?;
    address(&scope, &id.clone().into(), &recording_key(&id), recording.seconds).await
}

/// An address at which a recording that is kept under a key can be heard.
pub(super) async fn address(
    scope: &Scope,
    call: &LiveId,
    key: &str,
    seconds: u32,
) -> Result<Json<RecordingView>, Problem> {
    if scope.deps.objects.head(key).await.map_err(Problem::internal)?.is_none() {
        return Err(Problem::new(Kind::NotNow, "The recording has not been copied from the provider yet."));
    }
    let signed = scope.deps.objects.presign_get(key, None, LISTEN_SECONDS).await;
    // Who listens to whom is worth a line.
    tracing::info!(tenant = %scope.tenant, by = scope.caller.subject, %call, "a recording was asked for");
    Ok(Json(RecordingView {
        url: signed.map_err(Problem::internal)?.url,
        expires_at: scope.now + SignedDuration::from_secs(i64::from(LISTEN_SECONDS)),
        seconds,
    }))
}
