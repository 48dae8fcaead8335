//! Retry policies with names, to begin a campaign's own from.

use carillon_domain::ids::RetryTemplateId;
use carillon_domain::retry::RetryPolicy;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::whole;
use crate::keys;
use crate::port::{Condition, Consistency, Cursor, StoreError, Write};
use crate::tenant::{Extras, ListPage, Stored, TenantTable, VERSION, list_page, number, put};

/// A retry policy with a name. Campaigns copy it: what is changed here changes none of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryTemplate {
    /// Its id.
    pub id: RetryTemplateId,
    /// What people call it.
    pub name: String,
    /// What it says.
    pub policy: RetryPolicy,
    /// Whoever saved it first: a user's id.
    pub created_by: String,
    /// Saved first.
    pub created_at: Timestamp,
}

impl TenantTable<'_> {
    /// One template.
    ///
    /// # Errors
    /// The table's.
    pub async fn retry_template(
        &self,
        id: &RetryTemplateId,
    ) -> Result<Option<Stored<RetryTemplate>>, StoreError> {
        self.fetch(&keys::retry_template(self.tenant, id), Consistency::Strong).await
    }

    /// Saves a template, new or changed, on condition that it is as it was read.
    ///
    /// # Errors
    /// The table's.
    pub async fn save_retry_template(&self, template: &Stored<RetryTemplate>) -> Result<(), StoreError> {
        let key = keys::retry_template(self.tenant, &template.value.id);
        self.table.write(put(key, template, Extras::default())?).await
    }

    /// Deletes a template, on condition that it is as it was read.
    ///
    /// # Errors
    /// The table's.
    pub async fn delete_retry_template(&self, template: &Stored<RetryTemplate>) -> Result<(), StoreError> {
        let condition = Condition::Equals(VERSION, number(template.version));
        let key = keys::retry_template(self.tenant, &template.value.id);
        self.table.write(Write::Delete { key, condition }).await
    }

    /// The tenant's templates, oldest first.
    ///
    /// # Errors
    /// The table's.
    pub async fn retry_templates(
        &self,
        limit: u32,
        after: Option<Cursor>,
    ) -> Result<ListPage<RetryTemplate>, StoreError> {
        list_page(self.table.query(&whole(keys::retry_templates(self.tenant), limit, after)).await?)
    }
}
