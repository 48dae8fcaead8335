//! Imports, their parts, and the mapping that a tenant used last.

use carillon_domain::ids::{CampaignId, ContactId, ImportId};
use carillon_intake::{Counts, Cursor as FileCursor, FieldSpec, Mapping, Plan};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::keys;
use crate::port::{Condition, Consistency, Cursor, Index, Query, Range, StoreError, Write};
use crate::tenant::{Extras, ListPage, Stored, TenantTable, list_page, put};

/// One CSV on its way in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// Where it stands.
    pub state: ImportState,
    /// The file's name, as the user knows it.
    pub file_name: String,
    /// Where the file lies.
    pub key: String,
    /// The file's size, bytes, once it is there.
    #[serde(default)]
    pub size: u64,
    /// The version that is being read: a file replaced half-way must not become half of each.
    #[serde(default)]
    pub etag: Option<String>,
    /// What to do with it.
    pub options: ImportOptions,
    /// How it is read, once it has been looked at.
    #[serde(default)]
    pub plan: Option<Plan>,
    /// Where reading goes on.
    #[serde(default)]
    pub cursor: Option<FileCursor>,
    /// What became of the rows read so far.
    #[serde(default)]
    pub counts: Counts,
    /// Parts read, or, while it is being undone, parts left.
    #[serde(default)]
    pub parts: u32,
    /// Parts that have a piece of the rejects file, ascending.
    #[serde(default)]
    pub parts_with_rejects: Vec<u32>,
    /// The execution that reads it.
    #[serde(default)]
    pub execution: Option<String>,
    /// Why it was rejected or failed.
    #[serde(default)]
    pub failure: Option<ImportFailure>,
    /// Whoever asked for it: a user's id, or `drop`.
    pub created_by: String,
    /// Asked for.
    pub created_at: Timestamp,
    /// Reading began.
    #[serde(default)]
    pub started_at: Option<Timestamp>,
    /// Over.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
}

/// What to do with a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImportOptions {
    /// Enroll the contacts in this campaign.
    pub campaign: Option<CampaignId>,
    /// The country of national numbers in rows that name none.
    pub country: Option<String>,
    /// What to do with a row whose number is known already.
    pub duplicates: DuplicatePolicy,
    /// Whether a number that the tenant knows from elsewhere counts as a duplicate. Otherwise only one that is in
    /// the campaign, or in the file, does.
    pub across_tenant: bool,
    /// Find out what would happen, and write nothing.
    pub dry_run: bool,
    /// Which column is what, where it is not to be guessed.
    pub mapping: Option<Mapping>,
    /// Required and typed fields.
    pub fields: Vec<FieldSpec>,
}

/// What to do with a row whose number is known already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicatePolicy {
    /// Leave the contact as it is.
    #[default]
    Skip,
    /// Overwrite the contact's data with the row's.
    Update,
    /// Hand the row back among the rejects.
    Reject,
}

/// Where an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// The file has not arrived.
    AwaitingUpload,
    /// Being read.
    Reading,
    /// Read to its end.
    Completed,
    /// The file as a whole cannot be read; nothing was written.
    Rejected,
    /// Stopped by a fault of ours; what was read stays, and it can be started again.
    Failed,
    /// Being taken back.
    Undoing,
    /// Taken back.
    Undone,
}

/// Why an import was rejected or failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportFailure {
    /// A stable word for programs.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

/// The contacts that one part of an import created or enrolled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPart {
    /// Which contacts, in row order.
    pub contacts: Vec<ContactId>,
}

impl ImportFailure {
    /// The code of a failure whose file is no longer the one that reading began with.
    pub const FILE_REPLACED: &str = "FileReplaced";
}

impl TenantTable<'_> {
    /// One import.
    pub async fn import(&self, id: &ImportId) -> Result<Option<Stored<Import>>, StoreError> {
        self.fetch(&keys::import(self.tenant, id), Consistency::Strong).await
    }

    /// Saves an import, new or changed.
    pub async fn save_import(&self, import: &Stored<Import>) -> Result<(), StoreError> {
        let id = &import.value.id;
        let list_sk = format!("{}#{id}", keys::instant(import.value.created_at));
        let extras = Extras { list: Some((keys::import_list(self.tenant), list_sk)), ..Extras::default() };
        self.table.write(put(keys::import(self.tenant, id), import, extras)?).await
    }

    /// The tenant's imports, newest first.
    pub async fn imports(&self, limit: u32, after: Option<Cursor>) -> Result<ListPage<Import>, StoreError> {
        let query = self.list(keys::import_list(self.tenant), limit, after);
        list_page(self.table.query(&query).await?)
    }

    /// Takes note of what a part of an import created. The same again is harmless.
    pub async fn save_import_part(
        &self,
        id: &ImportId,
        part: u32,
        contacts: Vec<ContactId>,
    ) -> Result<(), StoreError> {
        let entity = Stored::new(ImportPart { contacts });
        let item = crate::tenant::item(keys::import_part(self.tenant, id, part), &entity, Extras::default())?;
        self.table.write(Write::Put { item, condition: Condition::None }).await
    }

    /// What one part of an import created.
    pub async fn import_part(&self, id: &ImportId, part: u32) -> Result<Option<ImportPart>, StoreError> {
        let found = self.fetch(&keys::import_part(self.tenant, id, part), Consistency::Strong).await?;
        Ok(found.map(|stored: Stored<ImportPart>| stored.value))
    }

    /// What an import created, a page of parts at a time.
    pub async fn import_parts(
        &self,
        id: &ImportId,
        after: Option<Cursor>,
    ) -> Result<ListPage<ImportPart>, StoreError> {
        let query = Query {
            index: Index::Primary,
            pk: keys::import_partition(self.tenant, id),
            range: Range::Prefix(keys::PART.to_owned()),
            ascending: true,
            limit: Some(10),
            after,
            consistency: Consistency::Strong,
        };
        list_page(self.table.query(&query).await?)
    }

    /// What the tenant's columns were the last time somebody said so.
    pub async fn remembered_mapping(&self) -> Result<Option<Stored<Mapping>>, StoreError> {
        let stored: Option<Stored<Remembered>> =
            self.fetch(&keys::mapping(self.tenant), Consistency::Strong).await?;
        Ok(stored.map(|stored| Stored { value: stored.value.mapping, version: stored.version }))
    }

    /// Remembers a mapping for the tenant's next file.
    pub async fn remember_mapping(&self, mapping: &Stored<Mapping>) -> Result<(), StoreError> {
        let remembered =
            Stored { value: Remembered { mapping: mapping.value.clone() }, version: mapping.version };
        self.table.write(put(keys::mapping(self.tenant), &remembered, Extras::default())?).await
    }
}

#[derive(Serialize, Deserialize)]
struct Remembered {
    mapping: Mapping,
}
