//! Saved searches for contacts.
//!
//! What one searches for is names and addresses, so the filter is sealed, with the tenant's own key: it is nobody's
//! profile. Segments from before that are read as they are and sealed when they are next saved.

use carillon_domain::ids::{ImportId, SegmentId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::whole;
use crate::codec;
use crate::keys;
use crate::port::{AttributeValue, Condition, Consistency, Cursor, Item, Key, Page, StoreError, Write};
use crate::tenant::{Extras, ListPage, Stored, TenantTable, VERSION, list_page, number, put, stored};

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

const FILTER: &str = "filter";

fn sealed_filter(item: &Item) -> Option<&[u8]> {
    if let Some(AttributeValue::B(sealed)) = item.get(FILTER) { Some(sealed) } else { None }
}

impl TenantTable<'_> {
    /// One segment.
    ///
    /// # Errors
    /// The table's.
    pub async fn segment(&self, id: &SegmentId) -> Result<Option<Stored<Segment>>, StoreError> {
        let item = self.table.get(&keys::segment(self.tenant, id), Consistency::Strong).await?;
        match item {
            Some(item) => Ok(Some(stored(self.unsealed(item).await?)?)),
            None => Ok(None),
        }
    }

    /// Saves a segment, new or changed.
    ///
    /// # Errors
    /// The table's.
    pub async fn save_segment(&self, segment: &Stored<Segment>) -> Result<(), StoreError> {
        let key = keys::segment(self.tenant, &segment.value.id);
        let before = match segment.version {
            0 => None,
            _ => self.table.get(&key, Consistency::Strong).await?,
        };
        let write = put(key.clone(), segment, Extras::default())?;
        let Write::Put { mut item, condition } = write else { return self.table.write(write).await };
        let text = serde_json::to_vec(&segment.value.filter)
            .map_err(|_| StoreError::invalid("a filter is a set of fields"))?;
        // What says the same as before stays as it was sealed then: the audit log takes the rest for a change.
        let known = before.as_ref().and_then(sealed_filter);
        let same = match known {
            Some(known) => {
                self.vault()?.open_for_tenant(self.about(&key), known).await?.as_ref() == Some(&text)
            }
            None => false,
        };
        let sealed = match known.filter(|_| same) {
            Some(known) => known.to_vec(),
            None => self.vault()?.seal_for_tenant(self.about(&key), &text).await?,
        };
        item.insert(FILTER.to_owned(), AttributeValue::B(sealed));
        self.table.write(Write::Put { item, condition }).await
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
        let page = self.table.query(&whole(keys::segments(self.tenant), limit, after)).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for item in page.items {
            items.push(self.unsealed(item).await?);
        }
        list_page(Page { items, ..page })
    }

    /// A segment's item with its filter in the clear.
    async fn unsealed(&self, mut item: Item) -> Result<Item, StoreError> {
        let (Some(sealed), Some(at)) = (sealed_filter(&item), Key::of(&item)) else { return Ok(item) };
        let text = self.vault()?.open_for_tenant(self.about(&at), sealed).await?;
        let filter = text.and_then(|text| serde_json::from_slice::<SegmentFilter>(&text).ok());
        let filter = filter.ok_or_else(|| StoreError::invalid("a sealed filter is not of this segment"))?;
        item.insert(FILTER.to_owned(), codec::to_attribute(&filter)?);
        Ok(item)
    }
}
