//! A campaign's results as a table.

use std::collections::HashMap;

use axum::response::{IntoResponse, Response};
use carillon_domain::attempt::Attempt;
use carillon_domain::contact::Contact;
use carillon_domain::enrollment::Enrollment;
use carillon_domain::ids::{AttemptRef, CampaignId, ContactId};
use carillon_domain::outcome::{EndReason, Outcome};
use carillon_intake::SafeCsv;
use carillon_store::{Consistency, RosterPlace};
use http::{HeaderValue, header};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use super::campaigns::load;
use super::enrollments::{EnrollmentView, StateName, in_order};
use crate::extract::{PageQuery, Params, Query, Scope};
use crate::paging;
use crate::problem::Problem;

/// Lambda answers with 6 MB at most, and encodes quotes on the way.
const PART_BYTES_MAX: usize = 4_000_000;

/// Contacts read in one go.
const BATCH: usize = 500;

const COLUMNS: [&str; 17] = [
    "contact",
    "phone",
    "first_name",
    "last_name",
    "company",
    "email",
    "external_id",
    "state",
    "reason",
    "attempts",
    "last_outcome",
    "last_attempt_at",
    "next_due_at",
    "answered_by",
    "wish",
    "talk_seconds",
    "recordings",
];

/// Which part.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportQuery {
    /// Where to go on: `x-next-cursor` of the part before.
    #[serde(default)]
    cursor: Option<String>,
}

/// Everybody in the campaign, a row each: CSV in UTF-8, safe to open in a spreadsheet.
///
/// At most 4 MB at a time. Where there is more, the header `x-next-cursor` says where to go on, and the next part,
/// which has no header row, is to be appended as it is.
#[utoipa::path(get, path = "/v1/campaigns/{campaign}/results.csv", operation_id = "export_results", tag = "results",
    params(("campaign" = String, Path, description = "The campaign"), ExportQuery),
    responses((status = 200, description = "The table", content_type = "text/csv", body = String,
        headers(("x-next-cursor" = String, description = "Where to go on; absent at the end")))))]
pub(crate) async fn export(
    scope: Scope,
    Params(id): Params<CampaignId>,
    Query(query): Query<ExportQuery>,
) -> Result<Response, Problem> {
    load(&scope, &id).await?;
    let page = PageQuery { limit: None, cursor: query.cursor };
    let name = format!("results {id}");
    let mut place: Option<RosterPlace> = paging::place(&scope.tenant, &name, &page)?;
    let mut csv = if place.is_none() { SafeCsv::new(b',') } else { SafeCsv::continued(b',') };
    if place.is_none() {
        csv.record(COLUMNS);
    }
    loop {
        let (contacts, next) =
            scope.table().members(&id, place, BATCH).await.map_err(paging::refused(&page))?;
        rows(&scope, &id, &contacts, &mut csv).await?;
        place = next;
        if place.is_none() || csv.len() >= PART_BYTES_MAX {
            break;
        }
    }
    let mut response = csv.take().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    let file = format!("attachment; filename=\"results-{id}.csv\"");
    let next = paging::cursor(&scope.tenant, &name, place)?;
    for (name, value) in [("content-disposition", Some(file)), ("x-next-cursor", next)] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}

async fn rows(
    scope: &Scope,
    campaign: &CampaignId,
    contacts: &[ContactId],
    csv: &mut SafeCsv,
) -> Result<(), Problem> {
    let table = scope.table();
    let enrollments = in_order(scope, campaign, contacts).await?;
    let tried = |enrollment: &Enrollment| -> Vec<AttemptRef> {
        (1..enrollment.next_attempt())
            .map(|number| AttemptRef { enrollment: enrollment.id.clone(), number })
            .collect()
    };
    let ids: Vec<AttemptRef> = enrollments.iter().flat_map(|stored| tried(&stored.value)).collect();
    let (people, attempts) = futures::future::try_join(
        table.contacts_by_id(contacts),
        table.attempts(&ids, Consistency::Eventual),
    )
    .await?;
    let people: HashMap<ContactId, Contact> =
        people.into_iter().map(|stored| (stored.value.id.clone(), stored.value)).collect();
    let mut by_contact: HashMap<ContactId, Vec<Attempt>> = HashMap::new();
    for attempt in attempts {
        by_contact.entry(attempt.value.id.enrollment.contact.clone()).or_default().push(attempt.value);
    }
    for enrollment in &enrollments {
        let contact = &enrollment.value.id.contact;
        let attempts = by_contact.remove(contact).unwrap_or_default();
        csv.record(row(&enrollment.value, people.get(contact), attempts));
    }
    Ok(())
}

fn row(enrollment: &Enrollment, person: Option<&Contact>, mut attempts: Vec<Attempt>) -> [String; 17] {
    attempts.sort_by_key(|attempt| attempt.id.number);
    let view = EnrollmentView::from(enrollment);
    let text = |value: Option<&String>| value.cloned().unwrap_or_default();
    let at = |value: Option<Timestamp>| value.map(|at| at.to_string()).unwrap_or_default();
    let last = attempts.last();
    let wish = attempts.iter().filter_map(|attempt| attempt.wish).next_back();
    [
        view.contact.to_string(),
        view.to,
        text(person.and_then(|person| person.first_name.as_ref())),
        text(person.and_then(|person| person.last_name.as_ref())),
        text(person.and_then(|person| person.company.as_ref())),
        text(person.and_then(|person| person.email.as_ref())),
        text(person.and_then(|person| person.external_id.as_ref())),
        match view.state {
            StateName::Waiting => "waiting".to_owned(),
            StateName::Ended => "ended".to_owned(),
        },
        view.reason.map(EndReason::name).unwrap_or_default().to_owned(),
        view.attempts.to_string(),
        view.last_outcome.map(Outcome::name).unwrap_or_default().to_owned(),
        at(view.last_attempt_at),
        at(view.due_at),
        word(last.and_then(|attempt| attempt.answered_by)),
        word(wish),
        attempts.iter().filter_map(|attempt| attempt.talk_seconds).sum::<u32>().to_string(),
        attempts.iter().filter(|attempt| attempt.recording.is_some()).count().to_string(),
    ]
}

/// The word that serde writes.
fn word<T: serde::Serialize>(value: Option<T>) -> String {
    let json = serde_json::to_value(value).unwrap_or_default();
    json.as_str().unwrap_or_default().to_owned()
}
