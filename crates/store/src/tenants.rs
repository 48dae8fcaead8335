//! Tenants themselves, and answers kept for idempotent requests.

use carillon_domain::tenant::Tenant;
use serde::{Deserialize, Serialize};

use crate::keys;
use crate::port::{Condition, Consistency, Cursor, Index, Query, Range, StoreError, Table, Write};
use crate::tenant::{Extras, ListPage, Stored, TenantTable, list_page, put};

/// Creates tenants and lists them: the operator's handle.
#[derive(Clone, Copy)]
pub struct Tenants<'a> {
    table: &'a dyn Table,
}

impl<'a> Tenants<'a> {
    /// Opens the handle.
    #[must_use]
    pub fn new(table: &'a dyn Table) -> Self {
        Self { table }
    }

    /// Creates a tenant; a conflict if it exists.
    pub async fn create(&self, tenant: Tenant) -> Result<(), StoreError> {
        let (key, extras) = (keys::tenant(&tenant.id), listed(&tenant));
        self.table.write(put(key, &Stored::new(tenant), extras)?).await
    }

    /// All tenants, by id.
    ///
    /// # Errors
    /// The table's.
    pub async fn all(&self, limit: u32, after: Option<Cursor>) -> Result<ListPage<Tenant>, StoreError> {
        let query = Query {
            index: Index::List,
            pk: keys::sweep::TENANTS.to_owned(),
            range: Range::All,
            ascending: true,
            limit: Some(limit),
            after,
            consistency: Consistency::Eventual,
        };
        list_page(self.table.query(&query).await?)
    }
}

/// A tenant's place in the list of all.
fn listed(tenant: &Tenant) -> Extras {
    Extras { list: Some((keys::sweep::TENANTS.to_owned(), tenant.id.to_string())), ..Extras::default() }
}

/// The first answer to a request, given again to its repetitions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What identifies the request itself, so that a key used for another request is found out.
    pub fingerprint: String,
    /// HTTP status.
    pub status: u16,
    /// Body, and headers worth repeating.
    pub body: String,
}

impl TenantTable<'_> {
    /// The tenant's settings.
    pub async fn settings(&self) -> Result<Option<Stored<Tenant>>, StoreError> {
        self.fetch(&keys::tenant(self.tenant), Consistency::Eventual).await
    }

    /// Saves the settings.
    pub async fn save_settings(&self, tenant: &Stored<Tenant>) -> Result<(), StoreError> {
        debug_assert_eq!(&tenant.value.id, self.tenant_id());
        self.table.write(put(keys::tenant(self.tenant), tenant, listed(&tenant.value))?).await
    }

    /// The answer that was given to a request with this idempotency key.
    pub async fn answer(&self, idempotency_key: &str) -> Result<Option<Answer>, StoreError> {
        let stored = self.fetch(&keys::once(self.tenant, idempotency_key), Consistency::Strong).await?;
        Ok(stored.map(|stored: Stored<Answer>| stored.value))
    }

    /// Keeps an answer until `expires_at` (seconds since 1970); a conflict if there is one.
    pub async fn keep_answer(
        &self,
        idempotency_key: &str,
        answer: Answer,
        expires_at: i64,
    ) -> Result<(), StoreError> {
        let extras = Extras { expires_at: Some(expires_at), ..Extras::default() };
        let write = put(keys::once(self.tenant, idempotency_key), &Stored::new(answer), extras)?;
        debug_assert!(matches!(&write, Write::Put { condition: Condition::Absent, .. }));
        self.table.write(write).await
    }
}
