//! Contacts as a table, to take away.

use axum::response::{IntoResponse, Response};
use carillon_domain::contact::Contact;
use carillon_intake::SafeCsv;
use http::{HeaderValue, header};

use super::search::{self, ContactQuery};
use crate::extract::{PageQuery, Query, Scope};
use crate::paging;
use crate::problem::Problem;

/// Lambda answers with 6 MB at most, and encodes quotes on the way.
const PART_BYTES_MAX: usize = 4_000_000;

/// Contacts that one part looks through, whether they fit or not.
const PART_CONTACTS_MAX: usize = 10_000;

/// Contacts read in one go.
const BATCH: usize = 500;

const COLUMNS: [&str; 12] = [
    "contact",
    "phone",
    "first_name",
    "last_name",
    "company",
    "email",
    "locale",
    "external_id",
    "timezone",
    "tags",
    "custom",
    "created_at",
];

/// Contacts that are searched for, a row each: CSV in UTF-8, safe to open in a spreadsheet.
///
/// Asked as the list of contacts is. At most 4 MB at a time: where there is more, the header `x-next-cursor` says where
/// to go on, and the next part, which has no header row, is to be appended as it is.
#[utoipa::path(get, path = "/v1/contacts.csv", operation_id = "export_contacts", tag = "contacts", params(ContactQuery),
    responses((status = 200, description = "The table", content_type = "text/csv", body = String,
        headers(("x-next-cursor" = String, description = "Where to go on; absent at the end")))))]
pub(crate) async fn export(scope: Scope, Query(query): Query<ContactQuery>) -> Result<Response, Problem> {
    let page = PageQuery { limit: None, cursor: query.cursor().cloned() };
    let query = query.whole(&scope).await?;
    let name = format!("export {}", query.digest());
    let mut place: Option<String> = paging::place(&scope.tenant, &name, &page)?;
    let mut csv = if place.is_none() { SafeCsv::new(b',') } else { SafeCsv::continued(b',') };
    if place.is_none() {
        csv.record(COLUMNS);
    }
    let mut seen = 0;
    loop {
        let (contacts, next) = search::find(&scope, &query, place, BATCH, &page).await?;
        seen += BATCH;
        for contact in contacts {
            csv.record(row(&contact.value));
        }
        place = next;
        if place.is_none() || csv.len() >= PART_BYTES_MAX || seen >= PART_CONTACTS_MAX {
            break;
        }
    }
    let mut response = csv.take().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    let next = paging::cursor(&scope.tenant, &name, place)?;
    let file = Some("attachment; filename=\"contacts.csv\"".to_owned());
    for (name, value) in [("content-disposition", file), ("x-next-cursor", next)] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}

fn row(contact: &Contact) -> [String; 12] {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let custom = if contact.custom.is_empty() {
        String::new()
    } else {
        serde_json::to_string(&contact.custom).unwrap_or_default()
    };
    [
        contact.id.to_string(),
        contact.phone.as_str().to_owned(),
        text(&contact.first_name),
        text(&contact.last_name),
        text(&contact.company),
        text(&contact.email),
        text(&contact.locale),
        text(&contact.external_id),
        contact.zones.join(" "),
        contact.tags.iter().cloned().collect::<Vec<_>>().join(", "),
        custom,
        contact.created_at.to_string(),
    ]
}
