//! Pages of lists. A cursor is opaque, and of use to nobody but the tenant and the list that it came from.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use carillon_domain::ids::TenantId;
use carillon_store::StoreError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::PageQuery;
use crate::problem::{Kind, Problem};

/// Entries on a page unless said otherwise.
const LIMIT_DEFAULT: u32 = 50;
/// Entries on a page at most.
const LIMIT_MAX: u32 = 200;

/// A page of a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The entries, in the list's order. There may be fewer than asked for, or none, before the end.
    pub items: Vec<T>,
    /// Where to go on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Envelope<C> {
    tenant: String,
    list: String,
    at: C,
}

/// How many entries a caller wants.
///
/// # Errors
/// A problem if it is out of range.
pub fn limit(query: &PageQuery) -> Result<u32, Problem> {
    match query.limit {
        None => Ok(LIMIT_DEFAULT),
        Some(limit) if (1..=LIMIT_MAX).contains(&limit) => Ok(limit),
        Some(_) => Err(Problem::new(Kind::BadQuery, format!("limit: must be from 1 to {LIMIT_MAX}"))),
    }
}

/// Wraps a place in a list. `list` names the list with everything that it was filtered by.
///
/// # Errors
/// If the place cannot be written down, which is our fault.
pub fn cursor<C: Serialize>(tenant: &TenantId, list: &str, at: Option<C>) -> Result<Option<String>, Problem> {
    let Some(at) = at else { return Ok(None) };
    let envelope = Envelope { tenant: tenant.to_string(), list: list.to_owned(), at };
    let json = serde_json::to_vec(&envelope).map_err(Problem::internal)?;
    Ok(Some(URL_SAFE_NO_PAD.encode(json)))
}

/// Unwraps it.
///
/// # Errors
/// A problem if it is not a cursor of this tenant's list. That it was not tampered with is for the table to find out:
/// it holds every cursor against the partition that it is used on.
pub fn place<C: DeserializeOwned>(
    tenant: &TenantId,
    list: &str,
    query: &PageQuery,
) -> Result<Option<C>, Problem> {
    let Some(cursor) = &query.cursor else { return Ok(None) };
    let json = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| foreign())?;
    let envelope: Envelope<C> = serde_json::from_slice(&json).map_err(|_| foreign())?;
    if envelope.tenant == tenant.as_str() && envelope.list == list {
        Ok(Some(envelope.at))
    } else {
        Err(foreign())
    }
}

/// A page of a list that is short enough to be read as a whole, in the order of what tells its entries apart.
///
/// # Errors
/// A problem if the question is not one for this list.
pub fn of_whole<T>(
    tenant: &TenantId,
    list: &str,
    query: &PageQuery,
    entries: Vec<T>,
    id: impl Fn(&T) -> String,
) -> Result<Page<T>, Problem> {
    let after: Option<String> = place(tenant, list, query)?;
    let mut entries: Vec<(String, T)> = entries.into_iter().map(|entry| (id(&entry), entry)).collect();
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut rest = entries.into_iter().skip_while(|(id, _)| after.as_ref().is_some_and(|after| id <= after));
    let page: Vec<(String, T)> = rest.by_ref().take(limit(query)? as usize).collect();
    let last = page.last().map(|(id, _)| id.clone()).filter(|_| rest.next().is_some());
    let next_cursor = cursor(tenant, list, last)?;
    Ok(Page { items: page.into_iter().map(|(_, entry)| entry).collect(), next_cursor })
}

/// What the table refused, when a caller's cursor was part of the question.
pub fn refused(query: &PageQuery) -> impl Fn(StoreError) -> Problem + '_ {
    |error| match error {
        StoreError::Refused(..) if query.cursor.is_some() => foreign(),
        StoreError::Refused(..)
        | StoreError::Conflict
        | StoreError::Busy(_)
        | StoreError::Malformed { .. } => error.into(),
    }
}

fn foreign() -> Problem {
    Problem::new(Kind::BadQuery, "cursor: it is not a cursor of this list")
}
