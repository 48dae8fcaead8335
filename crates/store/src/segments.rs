//! Saved searches for contacts.

use carillon_domain::ids::{ImportId, SegmentId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::whole;
use crate::keys;
use crate::port::{Condition, Consistency, Cursor, StoreError, Write};
use crate::tenant::{Extras, ListPage, Stored, TenantTable, VERSION, list_page, number, put};

/// A saved search. It finds whoever fits when it is asked, not whoever fitted when it was saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Its id.
    pub id: SegmentId,
    /// What people call it.
    pub name: String,
    /// Whom it finds.
    pub filter: SegmentFilter,
    /// Whoever saved it: a user's id.
    pub created_by: String,
    /// Saved.
    pub created_at: Timestamp,
}

/// Whom a segment finds: whoever fits all of what is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentFilter {
    /// Beginnings of words of a name or an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// The beginning of an email address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// A tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// An import that created or enrolled the contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<ImportId>,
}

impl TenantTable<'_> {
    /// One segment.
    ///
    /// # Errors
    /// The table's.
    pub async fn segment(&self, id: &SegmentId) -> Result<Option<Stored<Segment>>, StoreError> {
        self.fetch(&keys::segment(self.tenant, id), Consistency::Strong).await
    }

    /// Saves a segment, new or changed.
    ///
    /// # Errors
    /// The table's.
    pub async fn save_segment(&self, segment: &Stored<Segment>) -> Result<(), StoreError> {
        let key = keys::segment(self.tenant, &segment.value.id);
        self.table.write(put(key, segment, Extras::default())?).await
    }

    /// Deletes a segment, on condition that it is as it was read.
    ///
    /// # Errors
    /// The table's.
    pub async fn delete_segment(&self, segment: &Stored<Segment>) -> Result<(), StoreError> {
        let condition = Condition::Equals(VERSION, number(segment.version));
        self.table
            .write(Write::Delete { key: keys::segment(self.tenant, &segment.value.id), condition })
            .await
    }

    /// The tenant's segments, oldest first.
    ///
    /// # Errors
    /// The table's.
    pub async fn segments(&self, limit: u32, after: Option<Cursor>) -> Result<ListPage<Segment>, StoreError> {
        list_page(self.table.query(&whole(keys::segments(self.tenant), limit, after)).await?)
    }
}
