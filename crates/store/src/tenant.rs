//! The door to a tenant's data: the only handle with read and write methods, so that a query without a tenant
//! cannot be written.

use std::collections::HashMap;

use carillon_domain::ids::TenantId;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::codec;
use crate::port::{
    AttributeValue, Condition, Consistency, Cursor, Index, Item, Key, Page, Query, Range, StoreError, Table,
    Write,
};
use crate::vault::Vault;

/// A tenant's part of the table.
#[derive(Clone, Copy)]
pub struct TenantTable<'a> {
    pub(crate) table: &'a dyn Table,
    pub(crate) tenant: &'a TenantId,
    pub(crate) vault: Option<&'a Vault>,
}

/// An entity as it was read, with the version that a write must find unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored<T> {
    /// The entity.
    pub value: T,
    /// Counts its writes, from 1.
    pub version: u64,
}

impl<T> Stored<T> {
    /// An entity that is not stored yet: writing it requires that it does not exist.
    pub fn new(value: T) -> Self {
        Self { value, version: 0 }
    }

    /// As it stands once it has been saved.
    #[must_use]
    pub fn saved(self) -> Self {
        Self { version: self.version + 1, ..self }
    }
}

/// Some entities of a list, and where the list goes on.
#[derive(Clone, Debug)]
pub struct ListPage<T> {
    /// In the list's order.
    pub entries: Vec<Stored<T>>,
    /// Where to go on; absent at the end.
    pub next: Option<Cursor>,
}

pub(crate) const VERSION: &str = "v";

/// Attributes of an item beside the entity's own.
#[derive(Default)]
pub(crate) struct Extras {
    pub(crate) list: Option<(String, String)>,
    pub(crate) due: Option<(String, String)>,
    pub(crate) expires_at: Option<i64>,
}

impl<'a> TenantTable<'a> {
    /// Opens a tenant's part of the table. Whoever calls this has made sure that the caller belongs to the tenant.
    #[must_use]
    pub fn new(table: &'a dyn Table, tenant: &'a TenantId) -> Self {
        Self { table, tenant, vault: None }
    }

    /// Whose.
    #[must_use]
    pub fn tenant_id(&self) -> &'a TenantId {
        self.tenant
    }

    pub(crate) async fn fetch<T: DeserializeOwned>(
        &self,
        key: &Key,
        consistency: Consistency,
    ) -> Result<Option<Stored<T>>, StoreError> {
        self.table.get(key, consistency).await?.map(stored).transpose()
    }
}

/// The write that stores an entity on condition that it is as it was read.
pub(crate) fn put<T: Serialize>(key: Key, entity: &Stored<T>, extras: Extras) -> Result<Write, StoreError> {
    let condition = match entity.version {
        0 => Condition::Absent,
        version => Condition::Equals(VERSION, number(version)),
    };
    Ok(Write::Put { item: item(key, entity, extras)?, condition })
}

pub(crate) fn item<T: Serialize>(key: Key, entity: &Stored<T>, extras: Extras) -> Result<Item, StoreError> {
    let mut item = codec::to_item(&entity.value)?;
    let mut text = |name: &str, value: String| {
        item.insert(name.to_owned(), AttributeValue::S(value));
    };
    text("pk", key.pk);
    text("sk", key.sk);
    if let Some((pk, sk)) = extras.list {
        text("list_pk", pk);
        text("list_sk", sk);
    }
    if let Some((pk, sk)) = extras.due {
        text("due_pk", pk);
        text("due_sk", sk);
    }
    item.insert(VERSION.to_owned(), number(entity.version + 1));
    if let Some(at) = extras.expires_at {
        item.insert("expires_at".to_owned(), AttributeValue::N(at.to_string()));
    }
    Ok(item)
}

pub(crate) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(crate) fn version(item: &Item) -> u64 {
    if let Some(AttributeValue::N(version)) = item.get(VERSION) { version.parse().unwrap_or(0) } else { 0 }
}

pub(crate) fn stored<T: DeserializeOwned>(item: Item) -> Result<Stored<T>, StoreError> {
    let version = version(&item);
    Ok(Stored { value: codec::from_item(item)?, version })
}

pub(crate) fn list_page<T: DeserializeOwned>(page: Page) -> Result<ListPage<T>, StoreError> {
    let entries = page.items.into_iter().map(stored).collect::<Result<_, _>>()?;
    Ok(ListPage { entries, next: page.next })
}

/// Every item of a partition within a range, in order of their keys, however many pages that takes.
pub(crate) async fn all_items(
    table: &dyn Table,
    pk: String,
    range: Range,
    consistency: Consistency,
) -> Result<Vec<Item>, StoreError> {
    let (index, ascending) = (Index::Primary, true);
    let mut query = Query { index, pk, range, ascending, limit: None, after: None, consistency };
    let mut items = Vec::new();
    loop {
        let page = table.query(&query).await?;
        items.extend(page.items);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(items),
        }
    }
}

/// An item that is nothing but its key: that it is there says it all.
pub(crate) fn key_only(key: Key) -> Item {
    let attributes = [("pk", key.pk), ("sk", key.sk)];
    let attributes = attributes.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
    HashMap::from(attributes).into()
}

pub(crate) fn text_of<'i>(item: &'i Item, name: &str) -> Option<&'i str> {
    if let Some(AttributeValue::S(text)) = item.get(name) { Some(text) } else { None }
}
