//! One thing done to many contacts.

use std::collections::BTreeSet;

use carillon_domain::compliance::SuppressionReason;
use carillon_domain::contact::Contact;
use carillon_domain::ids::{CampaignId, ContactId, SegmentId};
use carillon_domain::suppression::{Scope as Of, Suppression};
use carillon_store::{ChangeKind, StoreError, Stored, TenantTable};
use futures::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::enrollments;
use super::search::{self, ContactQuery};
use super::segments;
use crate::extract::{Json, PageQuery, Scope};
use crate::paging;
use crate::problem::{FieldError, Problem};
use crate::schema;

/// The most contacts that one request changes: each is a write of its own, and a request has seconds.
const CONTACTS_MAX: usize = 100;

/// Contacts that are written at the same time.
const AT_ONCE: usize = 16;

/// How often to start over when somebody else has changed a contact in between.
const TRIES: usize = 3;

/// What to do with whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"segment": "seg_0192f3a4b5c67d8e9f00112233445566", "action": {"tag": "spring"}}))]
pub struct Bulk {
    /// These contacts; or else `segment`.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 100)]
    contacts: Option<Vec<ContactId>>,
    /// Everybody whom this segment finds, a hundred in each request.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    segment: Option<SegmentId>,
    /// Where to go on in the segment: `next_cursor` of the answer before.
    #[serde(default)]
    cursor: Option<String>,
    /// What to do.
    action: BulkAction,
}

/// What can be done to many: exactly one of these.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkAction {
    /// Give them this tag.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100)]
    tag: Option<String>,
    /// Take this tag.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100)]
    untag: Option<String>,
    /// Suppress their numbers, for this reason.
    #[serde(default)]
    #[schema(value_type = Option<schema::SuppressionReason>)]
    suppress: Option<SuppressionReason>,
    /// Put them into this campaign.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    enroll: Option<CampaignId>,
}

enum What {
    Tag(String),
    Untag(String),
    Suppress(SuppressionReason),
    Enroll(CampaignId),
}

impl What {
    fn of(action: BulkAction) -> Result<Self, Problem> {
        let BulkAction { tag, untag, suppress, enroll } = action;
        let bad = |tag: &String| tag.is_empty() || tag.chars().count() > 100;
        match (tag, untag, suppress, enroll) {
            (Some(tag), None, None, None) | (None, Some(tag), None, None) if bad(&tag) => {
                Err(Problem::field("action", "a tag has 1 to 100 characters"))
            }
            (Some(tag), None, None, None) => Ok(Self::Tag(tag)),
            (None, Some(tag), None, None) => Ok(Self::Untag(tag)),
            (None, None, Some(reason), None) => Ok(Self::Suppress(reason)),
            (None, None, None, Some(campaign)) => Ok(Self::Enroll(campaign)),
            (_, _, _, _) => {
                Err(Problem::field("action", "must be exactly one of tag, untag, suppress and enroll"))
            }
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Tag(_) => "tag",
            Self::Untag(_) => "untag",
            Self::Suppress(_) => "suppress",
            Self::Enroll(_) => "enroll",
        }
    }
}

/// What became of them.
#[derive(Serialize, ToSchema)]
pub struct BulkDone {
    /// Contacts that are different now.
    changed: usize,
    /// Contacts that were so before.
    unchanged: usize,
    /// There is more of the segment: send the same again with this cursor.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Do one thing to many contacts.
///
/// Doing it twice is doing it once. Everybody in a segment is reached a hundred at a time, by sending the same again
/// with `next_cursor` until there is none.
#[utoipa::path(post, path = "/v1/contacts/bulk", operation_id = "change_contacts", tag = "contacts",
    request_body = Bulk, responses((status = 200, description = "How many were changed", body = BulkDone)))]
pub(crate) async fn change(scope: Scope, Json(bulk): Json<Bulk>) -> Result<Json<BulkDone>, Problem> {
    let Bulk { contacts, segment, cursor, action } = bulk;
    let action = What::of(action)?;
    let (contacts, next_cursor) = match (contacts, segment) {
        (Some(contacts), None) => (named(&scope, contacts).await?, None),
        (None, Some(segment)) => of_segment(&scope, &segment, cursor).await?,
        (Some(_), Some(_)) | (None, None) => {
            return Err(Problem::field("contacts", "name either contacts or a segment"));
        }
    };
    // One entry for all of them, rather than as many as there are contacts.
    scope
        .note_with(
            "contacts",
            ChangeKind::Changed,
            vec![
                ("action", action.name().into()),
                (
                    "contacts",
                    contacts.iter().map(|contact| contact.value.id.to_string()).collect::<Vec<_>>().into(),
                ),
            ],
        )
        .await?;
    let all = contacts.len();
    let changed = match action {
        What::Enroll(campaign) => enrollments::add(&scope, &campaign, contacts, 5).await?.enrolled,
        What::Tag(tag) => tagged(&scope, contacts, &tag, true).await?,
        What::Untag(tag) => tagged(&scope, contacts, &tag, false).await?,
        What::Suppress(reason) => suppressed(&scope, contacts, reason).await?,
    };
    Ok(Json(BulkDone { changed, unchanged: all - changed, next_cursor }))
}

async fn named(scope: &Scope, contacts: Vec<ContactId>) -> Result<Vec<Stored<Contact>>, Problem> {
    let wanted: BTreeSet<ContactId> = contacts.iter().cloned().collect();
    if wanted.is_empty() || wanted.len() > CONTACTS_MAX {
        return Err(Problem::field("contacts", format!("must be 1 to {CONTACTS_MAX}")));
    }
    let ids: Vec<ContactId> = wanted.into_iter().collect();
    let found = scope.table().contacts_by_id(&ids).await?;
    let known: BTreeSet<&ContactId> = found.iter().map(|contact| &contact.value.id).collect();
    let unknown = contacts.iter().enumerate().filter(|(_, contact)| !known.contains(contact));
    let errors: Vec<_> = unknown
        .map(|(at, _)| FieldError::new(format!("contacts[{at}]"), "there is no such contact"))
        .collect();
    if errors.is_empty() { Ok(found) } else { Err(Problem::validation(errors)) }
}

async fn of_segment(
    scope: &Scope,
    id: &SegmentId,
    cursor: Option<String>,
) -> Result<(Vec<Stored<Contact>>, Option<String>), Problem> {
    let segment = segments::load(scope, id).await?;
    let query = ContactQuery::of(segment.value.filter);
    let page = PageQuery { limit: None, cursor };
    let name = format!("bulk {id} {}", segment.version);
    let place = paging::place(&scope.tenant, &name, &page)?;
    let (contacts, next) = search::find(scope, &query, place, CONTACTS_MAX, &page).await?;
    Ok((contacts, paging::cursor(&scope.tenant, &name, next)?))
}

/// The log has one entry for all: the contacts are written past it.
fn plain(scope: &Scope) -> TenantTable<'_> {
    scope.unaudited()
}

async fn tagged(
    scope: &Scope,
    contacts: Vec<Stored<Contact>>,
    tag: &str,
    wanted: bool,
) -> Result<usize, Problem> {
    let changes = stream::iter(contacts.into_iter().map(|contact| tag_one(scope, contact, tag, wanted)));
    let changed: Vec<bool> = changes.buffer_unordered(AT_ONCE).try_collect().await?;
    Ok(changed.into_iter().filter(|changed| *changed).count())
}

async fn tag_one(
    scope: &Scope,
    mut contact: Stored<Contact>,
    tag: &str,
    wanted: bool,
) -> Result<bool, Problem> {
    let table = plain(scope);
    for _ in 0..TRIES {
        let tags = &mut contact.value.tags;
        let changed = if wanted { tags.insert(tag.to_owned()) } else { tags.remove(tag) };
        if !changed {
            return Ok(false);
        }
        if tags.len() > 50 {
            return Err(Problem::field("action", "a contact in it has 50 tags already"));
        }
        contact.value.updated_at = scope.now;
        match table.save_contact(&contact).await {
            Ok(()) => return Ok(true),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
        match table.contact(&contact.value.id).await? {
            Some(again) => contact = again,
            None => return Ok(false),
        }
    }
    Err(StoreError::Conflict.into())
}

async fn suppressed(
    scope: &Scope,
    contacts: Vec<Stored<Contact>>,
    reason: SuppressionReason,
) -> Result<usize, Problem> {
    let table = plain(scope);
    let source = format!("user {}", scope.caller.subject);
    let table = &table;
    let writes = contacts.into_iter().map(|contact| {
        let suppression = Suppression {
            address: contact.value.phone.as_str().to_owned(),
            scope: Of::All,
            reason,
            source: source.clone(),
            added_at: scope.now,
        };
        async move { table.suppress_anew(&suppression).await }
    });
    let new: Vec<bool> = stream::iter(writes).buffer_unordered(AT_ONCE).try_collect().await?;
    Ok(new.into_iter().filter(|new| *new).count())
}
