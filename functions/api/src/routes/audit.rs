//! Who changed what.

use std::collections::{BTreeMap, BTreeSet};

use carillon_store::{AuditEntry, Cursor};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::extract::{Json, PageQuery, Query, Scope};
use crate::paging::{self, Page};
use crate::problem::{Kind, Problem};

/// The most entries that one page looks at when it filters.
const SCANNED_MAX: usize = 1_000;

/// A change.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub struct AuditView {
    /// When.
    at: Timestamp,
    /// Who: a user's id, or `key` and an API key's.
    subject: String,
    /// The user's name or address, while the user is on the list.
    who: Option<String>,
    /// As what.
    #[schema(example = "admin")]
    role: String,
    /// An operator from outside the tenant.
    from_outside: bool,
    /// What was asked for, as an operation id of this document.
    #[schema(example = "edit_campaign")]
    operation: String,
    /// The request, as the logs know it.
    request: String,
    /// What kind of thing was changed.
    #[schema(example = "campaign")]
    kind: String,
    /// Which.
    #[schema(example = "cmp_0192f3a4b5c67d8e9f00112233445566")]
    id: Option<String>,
    /// `created`, `changed` or `deleted`.
    #[schema(value_type = crate::schema::AuditChange)]
    change: carillon_store::ChangeKind,
    /// Field by field. What people's data or secrets were is left out.
    fields: Vec<FieldChangeView>,
}

/// One field's change.
#[derive(Serialize, ToSchema)]
#[schema(as = FieldChange)]
pub struct FieldChangeView {
    /// Which, as a path.
    #[schema(example = "plan.daily_limit")]
    field: String,
    /// What it was.
    from: Option<serde_json::Value>,
    /// What it is.
    to: Option<serde_json::Value>,
    /// Whether the values are left out.
    withheld: bool,
}

/// Which changes.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditQuery {
    /// How many at most, from 1 to 200; 50 unless said otherwise.
    #[param(minimum = 1, maximum = 200)]
    #[serde(default)]
    limit: Option<u32>,
    /// Where to go on: `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
    /// Not before.
    #[serde(default)]
    from: Option<Timestamp>,
    /// Not after.
    #[serde(default)]
    to: Option<Timestamp>,
    /// Only what this user or key did.
    #[serde(default)]
    subject: Option<String>,
    /// Only this kind of thing.
    #[serde(default)]
    #[param(example = "campaign")]
    kind: Option<String>,
    /// Only this thing.
    #[serde(default)]
    id: Option<String>,
}

impl AuditQuery {
    fn fits(&self, entry: &AuditEntry) -> bool {
        self.subject.as_ref().is_none_or(|subject| *subject == entry.act.subject)
            && self.kind.as_ref().is_none_or(|kind| *kind == entry.target.kind)
            && self.id.as_ref().is_none_or(|id| Some(id) == entry.target.id.as_ref())
    }

    fn is_filtered(&self) -> bool {
        self.subject.is_some() || self.kind.is_some() || self.id.is_some()
    }
}

/// Changes, newest first.
///
/// An entry is written in the transaction that makes its change: there is none without the other. With a filter, a
/// page may hold fewer than asked for before the end.
#[utoipa::path(get, path = "/v1/audit", operation_id = "list_audit_log", tag = "audit", params(AuditQuery),
    responses((status = 200, description = "A page of them", body = Page<AuditView>)))]
pub(crate) async fn list(
    scope: Scope,
    Query(query): Query<AuditQuery>,
) -> Result<Json<Page<AuditView>>, Problem> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor.clone() };
    let limit = paging::limit(&page)?;
    let (from, to) = (query.from.unwrap_or(Timestamp::UNIX_EPOCH), query.to.unwrap_or(scope.now));
    if from > to {
        return Err(Problem::new(Kind::BadQuery, "from: must not be after `to`"));
    }
    let name =
        format!("audit {:?} {:?} {:?} {:?} {:?}", query.from, query.to, query.subject, query.kind, query.id);
    // Without `to` the end of the range is now, and the cursor lies before it whenever now is.
    let mut after: Option<Cursor> = paging::place(&scope.tenant, &name, &page)?;
    let batch = if query.is_filtered() { 200 } else { limit };
    let (mut found, mut scanned) = (Vec::new(), 0);
    while found.len() < limit as usize && scanned < SCANNED_MAX {
        let read =
            scope.table().audit_log(from, to, batch.min(limit - found.len() as u32).max(1), after).await;
        let read = read.map_err(paging::refused(&page))?;
        scanned += read.entries.len();
        found.extend(read.entries.into_iter().map(|stored| stored.value).filter(|entry| query.fits(entry)));
        after = read.next;
        if after.is_none() {
            break;
        }
    }
    let names = names(&scope, &found).await?;
    let next_cursor = paging::cursor(&scope.tenant, &name, after)?;
    Ok(Json(Page { items: found.into_iter().map(|entry| view(entry, &names)).collect(), next_cursor }))
}

/// What people are called now.
async fn names(scope: &Scope, entries: &[AuditEntry]) -> Result<BTreeMap<String, String>, Problem> {
    let subjects: BTreeSet<String> = entries.iter().map(|entry| entry.act.subject.clone()).collect();
    let members = scope.table().members_by_id(&subjects).await?;
    Ok(members.into_iter().filter_map(|member| Some((member.id, member.name.or(member.email)?))).collect())
}

fn view(entry: AuditEntry, names: &BTreeMap<String, String>) -> AuditView {
    let AuditEntry { act, target, change, fields } = entry;
    let fields = fields.into_iter().map(|change| FieldChangeView {
        field: change.field,
        from: change.from,
        to: change.to,
        withheld: change.withheld,
    });
    AuditView {
        at: act.at,
        who: names.get(&act.subject).cloned(),
        subject: act.subject,
        role: act.role,
        from_outside: act.from_outside,
        operation: act.operation,
        request: act.request,
        kind: target.kind,
        id: target.id,
        change,
        fields: fields.collect(),
    }
}
