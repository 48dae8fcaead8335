//! Where a tenant wants to be told what happens, and what became of the telling.

use std::collections::BTreeSet;

use carillon_domain::ids::HookId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::keys;
use crate::port::{Condition, Consistency, Cursor, Index, Query, Range, StoreError, Write};
use crate::tenant::{Extras, ListPage, Stored, TenantTable, VERSION, list_page, number, put};

/// How long a delivery is remembered, and can be sent again, seconds.
const DELIVERY_KEPT_SECONDS: i64 = 30 * 24 * 3600;

/// The most hooks that a tenant may have: each is looked at for every piece of news.
pub const HOOKS_MAX: usize = 20;

/// A webhook of a tenant.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// Its id.
    pub id: HookId,
    /// Where to.
    pub url: String,
    /// What about: kinds of news.
    pub events: BTreeSet<String>,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// What deliveries are signed with: the present secret first, and one that was rotated a day ago at most.
    pub secrets: Vec<HookSecret>,
    /// Whether it is told anything.
    pub state: HookState,
    /// Since when every delivery has failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// Whoever set it up: a user's id.
    pub created_by: String,
    /// Set up.
    pub created_at: Timestamp,
}

/// A secret that deliveries are signed with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookSecret {
    /// `whsec_` and 256 random bits in base64.
    pub secret: String,
    /// Not used from then on; for good, if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Whoever holds a secret can forge what it signs.
impl std::fmt::Debug for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hook").field("id", &self.id).field("state", &self.state).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for HookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HookSecret").field("until", &self.until).finish_non_exhaustive()
    }
}

/// Whether a hook is told anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookState {
    /// It is.
    Enabled,
    /// Somebody has switched it off.
    Paused,
    /// It answered nothing sensible for days, or said that it is gone.
    Disabled,
}

/// One piece of news on its way to one hook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The message's id, the same for every try.
    pub message: String,
    /// To which hook.
    pub hook: HookId,
    /// What about.
    pub kind: String,
    /// What is sent: JSON.
    pub payload: String,
    /// When it happened.
    pub at: Timestamp,
    /// Where it stands.
    pub state: DeliveryState,
    /// Every try, oldest first.
    #[serde(default)]
    pub tries: Vec<DeliveryTry>,
    /// When it is tried next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It will be tried, again or for the first time.
    Pending,
    /// It was taken.
    Delivered,
    /// It was given up.
    Failed,
}

/// One try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryTry {
    /// When.
    pub at: Timestamp,
    /// The HTTP status, if there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Delivery {
    /// Its place in the hook's log, which is its id for people.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}_{}", keys::instant(self.at), self.message)
    }
}

impl TenantTable<'_> {
    /// One hook.
    ///
    /// # Errors
    /// The table's.
    pub async fn hook(&self, id: &HookId) -> Result<Option<Stored<Hook>>, StoreError> {
        self.fetch(&keys::hook(self.tenant, id), Consistency::Strong).await
    }

    /// All hooks of the tenant. They are few.
    ///
    /// # Errors
    /// The table's.
    pub async fn hooks(&self) -> Result<Vec<Stored<Hook>>, StoreError> {
        let query = Query {
            index: Index::Primary,
            pk: keys::hooks(self.tenant),
            range: Range::Prefix(keys::HOOK.to_owned()),
            ascending: true,
            limit: None,
            after: None,
            consistency: Consistency::Eventual,
        };
        Ok(list_page(self.table.query(&query).await?)?.entries)
    }

    /// Saves a hook, new or changed.
    ///
    /// # Errors
    /// The table's.
    pub async fn save_hook(&self, hook: &Stored<Hook>) -> Result<(), StoreError> {
        self.table.write(put(keys::hook(self.tenant, &hook.value.id), hook, Extras::default())?).await
    }

    /// Deletes a hook, on condition that it is as it was read.
    ///
    /// # Errors
    /// The table's.
    pub async fn delete_hook(&self, hook: &Stored<Hook>) -> Result<(), StoreError> {
        let condition = Condition::Equals(VERSION, number(hook.version));
        self.table.write(Write::Delete { key: keys::hook(self.tenant, &hook.value.id), condition }).await
    }

    /// One delivery, by its place.
    ///
    /// # Errors
    /// The table's.
    pub async fn delivery(&self, hook: &HookId, place: &str) -> Result<Option<Stored<Delivery>>, StoreError> {
        self.fetch(&keys::delivery(self.tenant, hook, place), Consistency::Strong).await
    }

    /// Saves a delivery, new or changed. It is forgotten after a month.
    ///
    /// # Errors
    /// The table's.
    pub async fn save_delivery(&self, delivery: &Stored<Delivery>) -> Result<(), StoreError> {
        let value = &delivery.value;
        let expires_at = Some(value.at.as_second() + DELIVERY_KEPT_SECONDS);
        let key = keys::delivery(self.tenant, &value.hook, &value.place());
        self.table.write(put(key, delivery, Extras { expires_at, ..Extras::default() })?).await
    }

    /// A hook's deliveries, newest first.
    ///
    /// # Errors
    /// The table's.
    pub async fn deliveries(
        &self,
        hook: &HookId,
        limit: u32,
        after: Option<Cursor>,
    ) -> Result<ListPage<Delivery>, StoreError> {
        let query = Query {
            index: Index::Primary,
            pk: keys::deliveries(self.tenant, hook),
            range: Range::All,
            ascending: false,
            limit: Some(limit),
            after,
            consistency: Consistency::Strong,
        };
        list_page(self.table.query(&query).await?)
    }
}
