//! Who may come in: a tenant's users and its API keys.
//!
//! Cognito signs users in and knows their tenant, but cannot list the users of one: a pool is not searched by an
//! attribute of ours. So the table has an entry for each, and its word counts: whoever is disabled here is out at the
//! next request, while a token lives for an hour.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::keys;
use crate::port::{
    AttributeValue, Condition, Consistency, Cursor, Index, Query, Range, StoreError, Update, Write,
};
use crate::tenant::{Extras, ListPage, Stored, TenantTable, list_page, number, put};

/// Somebody who may sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Cognito's id of the user.
    pub id: String,
    /// Where the invitation went, and what one signs in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// What people call them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The role, by its name.
    pub role: String,
    /// Where it stands.
    pub state: MemberState,
    /// Whoever invited them: a user's id. Absent for those who were there before there was a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invited_by: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
}

/// Where a user stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberState {
    /// Has a temporary password and has not used it.
    Invited,
    /// Signs in.
    Active,
    /// May not.
    Disabled,
}

/// A key for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its id, which is the visible part of it.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// SHA-256 of its secret part, hexadecimal. That part is 256 random bits: there is nothing to guess.
    pub hash: String,
    /// What it may do: `contacts:read` ...
    pub scopes: BTreeSet<String>,
    /// Whoever made it: a user's id.
    pub created_by: String,
    /// Made.
    pub created_at: Timestamp,
    /// Of no use from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// Last used, to the hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Timestamp>,
}

/// The attribute that keeps a use from being written down more than once an hour.
const USED_HOUR: &str = "used_hour";

impl TenantTable<'_> {
    /// One user.
    ///
    /// # Errors
    /// The table's.
    pub async fn member(&self, id: &str) -> Result<Option<Stored<Member>>, StoreError> {
        self.fetch(&keys::member(self.tenant, id), Consistency::Strong).await
    }

    /// Saves a user, new or changed.
    ///
    /// # Errors
    /// The table's.
    pub async fn save_member(&self, member: &Stored<Member>) -> Result<(), StoreError> {
        let key = keys::member(self.tenant, &member.value.id);
        self.table.write(put(key, member, Extras::default())?).await
    }

    /// The tenant's users, by id.
    ///
    /// # Errors
    /// The table's.
    pub async fn members_of_tenant(
        &self,
        limit: u32,
        after: Option<Cursor>,
    ) -> Result<ListPage<Member>, StoreError> {
        list_page(self.table.query(&whole(keys::members(self.tenant), limit, after)).await?)
    }

    /// Some users by their ids; those that do not exist are left out.
    ///
    /// # Errors
    /// The table's.
    pub async fn members_by_id(&self, ids: &BTreeSet<String>) -> Result<Vec<Member>, StoreError> {
        let wanted: Vec<_> = ids.iter().map(|id| keys::member(self.tenant, id)).collect();
        let items = self.table.batch_get(&wanted, Consistency::Eventual).await?;
        items.into_iter().map(crate::codec::from_item).collect()
    }

    /// One API key.
    ///
    /// # Errors
    /// The table's.
    pub async fn api_key(&self, id: &str) -> Result<Option<Stored<ApiKey>>, StoreError> {
        self.fetch(&keys::api_key(self.tenant, id), Consistency::Strong).await
    }

    /// Saves an API key, new or changed.
    ///
    /// # Errors
    /// The table's.
    pub async fn save_api_key(&self, key: &Stored<ApiKey>) -> Result<(), StoreError> {
        let at = keys::api_key(self.tenant, &key.value.id);
        self.table.write(put(at, key, Extras::default())?).await
    }

    /// The tenant's API keys, by id.
    ///
    /// # Errors
    /// The table's.
    pub async fn api_keys(&self, limit: u32, after: Option<Cursor>) -> Result<ListPage<ApiKey>, StoreError> {
        list_page(self.table.query(&whole(keys::api_keys(self.tenant), limit, after)).await?)
    }

    /// Takes note that a key was used: at most one write an hour, and none of the key's version.
    ///
    /// # Errors
    /// The table's.
    pub async fn api_key_used(&self, id: &str, now: Timestamp) -> Result<(), StoreError> {
        let hour = number(u64::try_from(now.as_second() / 3600).unwrap_or_default());
        let update = Update {
            set: [
                (USED_HOUR.to_owned(), hour.clone()),
                ("last_used".to_owned(), AttributeValue::S(now.to_string())),
            ]
            .into(),
            ..Update::default()
        };
        let key = keys::api_key(self.tenant, id);
        let condition = Condition::All(vec![Condition::Present, Condition::AbsentOrLess(USED_HOUR, hour)]);
        match self.table.write(Write::Update { key, update, condition }).await {
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// A partition from its beginning on.
pub(crate) fn whole(pk: String, limit: u32, after: Option<Cursor>) -> Query {
    Query {
        index: Index::Primary,
        pk,
        range: Range::All,
        ascending: true,
        limit: Some(limit),
        after,
        consistency: Consistency::Strong,
    }
}
