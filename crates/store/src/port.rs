//! The Table port: the few operations of DynamoDB that Carillon uses, as a trait.
//!
//! Two implementations pass one contract suite: [`crate::dynamo`] in functions and
//! [`crate::memory`] in the simulation. Nothing above this module knows which one it has.

use std::collections::BTreeMap;

use async_trait::async_trait;
pub use serde_dynamo::{AttributeValue, Item};

/// The attribute that is the table's partition key.
pub const PK: &str = "pk";
/// The attribute that is the table's sort key.
pub const SK: &str = "sk";

/// The primary key of an item.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Partition key, attribute `pk`.
    pub pk: String,
    /// Sort key, attribute `sk`.
    pub sk: String,
}

impl Key {
    /// The key in an item's attributes, if it has both and both are strings.
    #[must_use]
    pub fn of(item: &Item) -> Option<Self> {
        Some(Self { pk: text(item, PK)?.to_owned(), sk: text(item, SK)?.to_owned() })
    }
}

/// The table itself or one of its two sparse indexes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Index {
    /// `pk`, `sk`.
    Primary,
    /// `due_pk`, `due_sk`: what is due and when. Projects keys only, so that writes to an item's
    /// other attributes cost no index write.
    Due,
    /// `list_pk`, `list_sk`: what a tenant lists. Projects all attributes.
    List,
}

impl Index {
    /// Its name in the table's definition, absent for [`Index::Primary`].
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Primary => None,
            Self::Due => Some("due"),
            Self::List => Some("list"),
        }
    }

    /// The attributes that are its partition key and its sort key.
    #[must_use]
    pub const fn attributes(self) -> (&'static str, &'static str) {
        match self {
            Self::Primary => (PK, SK),
            Self::Due => ("due_pk", "due_sk"),
            Self::List => ("list_pk", "list_sk"),
        }
    }
}

/// How fresh a read has to be. An eventually consistent read costs half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consistency {
    /// Sees every write acknowledged before the read began.
    Strong,
    /// May lag behind.
    Eventual,
}

/// What must hold of the stored item for a write to happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Write whatever is there.
    None,
    /// No item has this key.
    Absent,
    /// An item has this key.
    Present,
    /// The item has this attribute with this value.
    Equals(&'static str, AttributeValue),
    /// The item lacks this attribute, or it is less than the value (same type).
    AbsentOrLess(&'static str, AttributeValue),
    /// Every one of these holds.
    All(Vec<Condition>),
    /// One of these holds.
    Any(Vec<Condition>),
}

/// Changes to single attributes. Creates the item where its condition allows that.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Update {
    /// Attributes to overwrite.
    pub set: BTreeMap<String, AttributeValue>,
    /// Numbers to add to numeric attributes (absent counts as 0).
    pub add: BTreeMap<String, i64>,
    /// Attributes to drop.
    pub remove: Vec<String>,
}

/// One write.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// Replace the whole item; its key is in its attributes `pk` and `sk`.
    Put {
        /// The item.
        item: Item,
        /// What must hold of the item it replaces.
        condition: Condition,
    },
    /// Change attributes of one item.
    Update {
        /// Which.
        key: Key,
        /// How.
        update: Update,
        /// What must hold before.
        condition: Condition,
    },
    /// Remove the item. Removing what is not there is no error, unless the condition says so.
    Delete {
        /// Which.
        key: Key,
        /// What must hold before.
        condition: Condition,
    },
    /// Write nothing, but fail the transaction unless the condition holds.
    Check {
        /// Which.
        key: Key,
        /// What must hold.
        condition: Condition,
    },
}

/// A range of sort keys within one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Range {
    /// The whole partition.
    All,
    /// Sort keys that begin with this.
    Prefix(String),
    /// From the first to the second, both included.
    Between(String, String),
}

/// A question to one partition, answered a page at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Which index.
    pub index: Index,
    /// The partition key of that index.
    pub pk: String,
    /// Which sort keys of that index.
    pub range: Range,
    /// Ascending by sort key, or descending.
    pub ascending: bool,
    /// At most this many items.
    pub limit: Option<u32>,
    /// Where the page before this one ended.
    pub after: Option<Cursor>,
    /// Only [`Index::Primary`] can be read strongly.
    pub consistency: Consistency,
}

/// Where a page ended: the keys of its last item, in the index and in the table. It can be made from any
/// item, so a caller that merges several partitions can stop in the middle of a page.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Cursor {
    /// The item's `pk`.
    pub pk: String,
    /// The item's `sk`.
    pub sk: String,
    /// Its partition key in the queried index, absent for [`Index::Primary`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index_pk: Option<String>,
    /// Its sort key in the queried index, absent for [`Index::Primary`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index_sk: Option<String>,
}

impl Cursor {
    /// The position of an item in an index, if the item is in that index.
    #[must_use]
    pub fn of(index: Index, item: &Item) -> Option<Self> {
        let Key { pk, sk } = Key::of(item)?;
        let (index_pk, index_sk) = match index {
            Index::Primary => (None, None),
            Index::Due | Index::List => {
                let (index_pk, index_sk) = index.attributes();
                (Some(text(item, index_pk)?.to_owned()), Some(text(item, index_sk)?.to_owned()))
            }
        };
        Some(Self { pk, sk, index_pk, index_sk })
    }
}

fn text<'a>(item: &'a Item, attribute: &str) -> Option<&'a str> {
    match item.get(attribute) {
        Some(AttributeValue::S(text)) => Some(text),
        Some(_) | None => None,
    }
}

/// Some of the items that a query matches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// In the order asked for.
    pub items: Vec<Item>,
    /// Where to go on; absent on the last page.
    pub next: Option<Cursor>,
}

/// Why the table did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The condition of a write did not hold: somebody else was faster, or it has been done before.
    #[error("the stored item is not as expected")]
    Conflict,
    /// Throttled, another transaction touched the same item, or no answer came: the same call may succeed
    /// later. Whether it has been carried out is unknown in the last case, so a repeated conditional write can
    /// end in a [`StoreError::Conflict`] with itself; a repeated transaction with the same token cannot.
    #[error("the table asks to try again later")]
    Busy(#[source] Option<Box<dyn std::error::Error + Send + Sync>>),
    /// The item is larger than 400 KB, the expression is malformed, access is denied ...
    #[error("the table refused: {0}")]
    Refused(String, #[source] Option<Box<dyn std::error::Error + Send + Sync>>),
    /// A stored item does not have the shape that this code expects.
    #[error("stored item cannot be read as {what}")]
    Malformed {
        /// The type it should be.
        what: &'static str,
        /// Why not.
        #[source]
        source: serde_dynamo::Error,
    },
}

impl StoreError {
    /// The call cannot succeed as it is, however often it is repeated.
    pub(crate) fn invalid(why: impl Into<String>) -> Self {
        Self::Refused(why.into(), None)
    }
}

/// The operations. Keys and expressions never leave the store crate: handlers use the typed handles.
#[async_trait]
pub trait Table: Send + Sync {
    /// One item, or none.
    async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Item>, StoreError>;

    /// The items that exist among any number of keys, each once, in no order.
    async fn batch_get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, StoreError>;

    /// One page of one partition.
    async fn query(&self, query: &Query) -> Result<Page, StoreError>;

    /// One conditional write. A failed condition is [`StoreError::Conflict`].
    async fn write(&self, write: Write) -> Result<(), StoreError>;

    /// All of these writes or none, at most 100, no two to one item. The same writes with the same `token` are
    /// carried out at most once within ten minutes, and other writes with a token that has been used are a
    /// [`StoreError::Conflict`]: it has been done before.
    async fn transact(&self, writes: Vec<Write>, token: &str) -> Result<(), StoreError>;

    /// Any number of unconditional puts and deletes, in no order, not atomic, no two to one item. Other writes
    /// are refused. After an error some of them may have been done: repeat all of them.
    async fn batch_write(&self, writes: Vec<Write>) -> Result<(), StoreError>;
}
