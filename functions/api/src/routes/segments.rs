//! Segments: searches for contacts that are worth a name.

use axum::response::IntoResponse;
use carillon_domain::ids::{ImportId, SegmentId};
use carillon_store::{Cursor, Segment, SegmentFilter, Stored};
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Created, IfMatch, Json, PageQuery, Params, Query, Scope, Versioned};
use crate::paging::{self, Page};
use crate::problem::{FieldError, Problem};

/// Whom a segment finds: whoever fits all of what is given.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SegmentFilter, example = json!({"q": "mull", "tag": "vip"}))]
pub struct FilterView {
    /// Beginnings of words of a name or an email address.
    #[serde(default)]
    #[schema(max_length = 200)]
    q: Option<String>,
    /// The beginning of an email address.
    #[serde(default)]
    #[schema(max_length = 200)]
    email: Option<String>,
    /// A tag.
    #[serde(default)]
    #[schema(max_length = 100)]
    tag: Option<String>,
    /// An import that created or enrolled the contact.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    import: Option<ImportId>,
}

/// A segment.
#[derive(Serialize, ToSchema)]
#[schema(as = Segment)]
pub struct SegmentView {
    /// Its id.
    #[schema(value_type = String, example = "seg_0192f3a4b5c67d8e9f00112233445566")]
    id: SegmentId,
    /// What people call it.
    #[schema(example = "Important people")]
    name: String,
    /// Whom it finds.
    filter: FilterView,
    /// Whoever saved it: a user's id.
    created_by: String,
    /// Saved.
    created_at: Timestamp,
    /// Counts its changes; the ETag.
    version: u64,
}

impl From<Stored<Segment>> for SegmentView {
    fn from(Stored { value, version }: Stored<Segment>) -> Self {
        let Segment { id, name, filter, created_by, created_at } = value;
        let SegmentFilter { q, email, tag, import } = filter;
        Self { id, name, filter: FilterView { q, email, tag, import }, created_by, created_at, version }
    }
}

impl From<Stored<Segment>> for Versioned<SegmentView> {
    fn from(stored: Stored<Segment>) -> Self {
        Self { version: stored.version, body: stored.into() }
    }
}

/// A segment to be saved.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSegment {
    /// What people call it.
    #[schema(min_length = 1, max_length = 200, example = "Important people")]
    name: String,
    /// Whom it finds.
    filter: FilterView,
}

impl NewSegment {
    fn checked(self) -> Result<(String, SegmentFilter), Problem> {
        let mut errors = Vec::new();
        if self.name.trim().is_empty() || self.name.chars().count() > 200 {
            errors.push(FieldError::new("name", "must have 1 to 200 characters"));
        }
        let FilterView { q, email, tag, import } = self.filter;
        for (name, value) in [("filter.q", &q), ("filter.email", &email), ("filter.tag", &tag)] {
            if value.as_ref().is_some_and(|text| text.trim().is_empty() || text.chars().count() > 200) {
                errors.push(FieldError::new(name, "must have 1 to 200 characters"));
            }
        }
        if q.is_none() && email.is_none() && tag.is_none() && import.is_none() {
            errors.push(FieldError::new("filter", "must ask for something"));
        }
        if errors.is_empty() {
            Ok((self.name, SegmentFilter { q, email, tag, import }))
        } else {
            Err(Problem::validation(errors))
        }
    }
}

/// A segment of the caller's tenant.
pub(crate) async fn load(scope: &Scope, id: &SegmentId) -> Result<Stored<Segment>, Problem> {
    scope.table().segment(id).await?.ok_or_else(|| Problem::not_found("segment"))
}

/// The tenant's segments.
#[utoipa::path(get, path = "/v1/segments", operation_id = "list_segments", tag = "contacts", params(PageQuery),
    responses((status = 200, description = "A page of them", body = Page<SegmentView>)))]
pub(crate) async fn list(
    scope: Scope,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<SegmentView>>, Problem> {
    let after: Option<Cursor> = paging::place(&scope.tenant, "segments", &query)?;
    let page =
        scope.table().segments(paging::limit(&query)?, after).await.map_err(paging::refused(&query))?;
    let next_cursor = paging::cursor(&scope.tenant, "segments", page.next)?;
    Ok(Json(Page { items: page.entries.into_iter().map(SegmentView::from).collect(), next_cursor }))
}

/// Save a search.
#[utoipa::path(post, path = "/v1/segments", operation_id = "create_segment", tag = "contacts",
    request_body = NewSegment, responses((status = 201, description = "Saved", body = SegmentView)))]
pub(crate) async fn create(
    scope: Scope,
    Json(new): Json<NewSegment>,
) -> Result<Created<Versioned<SegmentView>>, Problem> {
    let (name, filter) = new.checked()?;
    let id = SegmentId::from_uuid(scope.fresh("segment"));
    let created_by = scope.caller.subject.clone();
    let segment = Stored::new(Segment { id: id.clone(), name, filter, created_by, created_at: scope.now });
    let saved = scope.table().save_segment(&segment).await;
    let stored = scope.created(segment, saved, load(&scope, &id)).await?;
    Ok(Created { location: format!("/v1/segments/{id}"), body: stored.into() })
}

/// One segment.
#[utoipa::path(get, path = "/v1/segments/{segment}", operation_id = "read_segment", tag = "contacts",
    params(("segment" = String, Path, description = "Its id")),
    responses((status = 200, description = "The segment", body = SegmentView)))]
pub(crate) async fn read(
    scope: Scope,
    Params(id): Params<SegmentId>,
) -> Result<Versioned<SegmentView>, Problem> {
    Ok(load(&scope, &id).await?.into())
}

/// Change a segment.
#[utoipa::path(put, path = "/v1/segments/{segment}", operation_id = "edit_segment", tag = "contacts",
    params(("segment" = String, Path, description = "Its id")), request_body = NewSegment,
    responses((status = 200, description = "The segment as it is now", body = SegmentView)))]
pub(crate) async fn edit(
    scope: Scope,
    Params(id): Params<SegmentId>,
    if_match: IfMatch,
    Json(new): Json<NewSegment>,
) -> Result<Versioned<SegmentView>, Problem> {
    let mut segment = load(&scope, &id).await?;
    if_match.check(segment.version)?;
    (segment.value.name, segment.value.filter) = new.checked()?;
    scope.table().save_segment(&segment).await.map_err(Problem::unsaved)?;
    Ok(segment.saved().into())
}

/// Delete a segment. Nobody in it is touched.
#[utoipa::path(delete, path = "/v1/segments/{segment}", operation_id = "delete_segment", tag = "contacts",
    params(("segment" = String, Path, description = "Its id")),
    responses((status = 204, description = "Deleted")))]
pub(crate) async fn delete(
    scope: Scope,
    Params(id): Params<SegmentId>,
    if_match: IfMatch,
) -> Result<impl IntoResponse, Problem> {
    let segment = load(&scope, &id).await?;
    if_match.check(segment.version)?;
    scope.table().delete_segment(&segment).await.map_err(Problem::unsaved)?;
    Ok(StatusCode::NO_CONTENT)
}
