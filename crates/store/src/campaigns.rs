//! Campaigns, their runs, counters, and what is due in them.

use std::collections::BTreeMap;

use carillon_domain::campaign::{Campaign, CampaignState};
use carillon_domain::compliance::{Terms, TermsId};
use carillon_domain::ids::{CampaignId, ContactId, ImportId};
use carillon_domain::run::RunProgress;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::keys;
use crate::port::{AttributeValue, Condition, Consistency, Cursor, Index, Query, Range, StoreError, Write};
use crate::tenant::{Extras, ListPage, Stored, TenantTable, list_page, put, text_of};

/// An entry of the due index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueEntry {
    /// Its place: by time, then priority. Comparable across shards.
    pub place: String,
    /// Whose enrollment.
    pub contact: ContactId,
}

/// Contacts of one part of an import, in row order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// Which contacts.
    pub contacts: Vec<ContactId>,
}

/// A campaign's counters by name, as the stream's aggregator keeps them.
pub type Counters = BTreeMap<String, i64>;

impl TenantTable<'_> {
    /// One campaign.
    pub async fn campaign(&self, id: &CampaignId) -> Result<Option<Stored<Campaign>>, StoreError> {
        self.fetch(&keys::campaign(self.tenant, id), Consistency::Strong).await
    }

    /// One campaign, as of a moment ago.
    pub async fn campaign_lately(&self, id: &CampaignId) -> Result<Option<Stored<Campaign>>, StoreError> {
        self.fetch(&keys::campaign(self.tenant, id), Consistency::Eventual).await
    }

    /// Saves a campaign, new or changed, together with its place among the active ones.
    pub async fn save_campaign(&self, campaign: &Stored<Campaign>) -> Result<(), StoreError> {
        let id = &campaign.value.id;
        let list_sk = format!("{}#{id}", keys::instant(campaign.value.created_at));
        let extras = Extras { list: Some((keys::campaign_list(self.tenant), list_sk)), ..Extras::default() };
        let save = put(keys::campaign(self.tenant, id), campaign, extras)?;
        let active = keys::sweep::active(self.tenant, id);
        // Calls that run when a campaign is paused have to be looked after too.
        let swept = campaign.value.state.is_active() || campaign.value.state == CampaignState::Paused;
        let mark = if swept {
            let item = [("pk", active.pk), ("sk", active.sk)];
            let item = item.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
            Write::Put {
                item: item.into_iter().collect::<std::collections::HashMap<_, _>>().into(),
                condition: Condition::None,
            }
        } else {
            Write::Delete { key: active, condition: Condition::None }
        };
        let token = format!("{}{id}v{}", self.tenant, campaign.version);
        self.table.transact(vec![save, mark], &token).await
    }

    /// Deletes a campaign that never ran.
    pub async fn delete_campaign(&self, campaign: &Stored<Campaign>) -> Result<(), StoreError> {
        let condition = Condition::Equals(crate::tenant::VERSION, crate::tenant::number(campaign.version));
        self.table
            .write(Write::Delete { key: keys::campaign(self.tenant, &campaign.value.id), condition })
            .await
    }

    /// The tenant's campaigns, newest first.
    pub async fn campaigns(
        &self,
        limit: u32,
        after: Option<Cursor>,
    ) -> Result<ListPage<Campaign>, StoreError> {
        let query = self.list(keys::campaign_list(self.tenant), limit, after);
        list_page(self.table.query(&query).await?)
    }

    /// How far a campaign's run has come.
    pub async fn run(&self, id: &CampaignId) -> Result<Option<Stored<RunProgress>>, StoreError> {
        self.fetch(&keys::run(self.tenant, id), Consistency::Strong).await
    }

    /// Saves it, on condition that no other planner has saved it since.
    pub async fn save_run(&self, id: &CampaignId, run: &Stored<RunProgress>) -> Result<(), StoreError> {
        self.table.write(put(keys::run(self.tenant, id), run, Extras::default())?).await
    }

    /// The campaign's counters.
    pub async fn counters(&self, id: &CampaignId) -> Result<Counters, StoreError> {
        let item = self.table.get(&keys::counters(self.tenant, id), Consistency::Strong).await?;
        Ok(item.map(|item| crate::counters::read(&item)).unwrap_or_default())
    }

    /// What is due in one shard of a campaign up to an instant, after a place, soonest first.
    pub async fn due(
        &self,
        campaign: &CampaignId,
        shard: u8,
        after: Option<&str>,
        through: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<DueEntry>, StoreError> {
        // `~` sorts after every character of a place, and appending the least character makes "after" exclusive.
        let from = after.map_or_else(|| "0".to_owned(), |place| format!("{place}\u{1}"));
        let to = through.map_or_else(|| "~".to_owned(), keys::due_through);
        if from > to {
            return Ok(Vec::new());
        }
        self.due_range(campaign, shard, Range::Between(from, to), limit).await
    }

    /// What lies at or before a place in one shard: in flight, or lost.
    pub async fn due_behind(
        &self,
        campaign: &CampaignId,
        shard: u8,
        place: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<DueEntry>, StoreError> {
        let from = after.map_or_else(|| "0".to_owned(), |place| format!("{place}\u{1}"));
        if from.as_str() > place {
            return Ok(Vec::new());
        }
        self.due_range(campaign, shard, Range::Between(from, place.to_owned()), limit).await
    }

    async fn due_range(
        &self,
        campaign: &CampaignId,
        shard: u8,
        range: Range,
        limit: u32,
    ) -> Result<Vec<DueEntry>, StoreError> {
        let query = Query {
            index: Index::Due,
            pk: keys::due_partition(self.tenant, campaign, shard),
            range,
            ascending: true,
            limit: Some(limit),
            after: None,
            consistency: Consistency::Eventual,
        };
        let page = self.table.query(&query).await?;
        let entry = |item: &crate::port::Item| {
            let place = text_of(item, "due_sk")?.to_owned();
            let contact = place.rsplit_once('#')?.1.parse().ok()?;
            Some(DueEntry { place, contact })
        };
        Ok(page.items.iter().filter_map(entry).collect())
    }

    /// Keeps the terms that decisions are made on. The same again is harmless: they are named by what they say.
    pub async fn save_terms(&self, campaign: &CampaignId, terms: &Terms) -> Result<(), StoreError> {
        let key = keys::terms(self.tenant, campaign, &terms.id());
        match self.table.write(put(key, &Stored::new(terms.clone()), Extras::default())?).await {
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The terms of that name.
    pub async fn terms(&self, campaign: &CampaignId, id: &TermsId) -> Result<Option<Terms>, StoreError> {
        let stored = self.fetch(&keys::terms(self.tenant, campaign, id), Consistency::Eventual).await?;
        Ok(stored.map(|stored| stored.value))
    }

    /// Takes note of the contacts that a part of an import enrolled. The same again is harmless.
    pub async fn save_roster(
        &self,
        campaign: &CampaignId,
        import: &ImportId,
        part: u32,
        contacts: Vec<ContactId>,
    ) -> Result<(), StoreError> {
        let roster = Stored::new(Roster { contacts });
        let item = crate::tenant::item(
            keys::roster(self.tenant, campaign, import, part),
            &roster,
            Extras::default(),
        )?;
        self.table.write(Write::Put { item, condition: Condition::None }).await
    }

    /// The contacts of a campaign in the order in which they came, a part at a time.
    pub async fn rosters(
        &self,
        campaign: &CampaignId,
        after: Option<Cursor>,
    ) -> Result<ListPage<Roster>, StoreError> {
        let query = Query {
            index: Index::Primary,
            pk: keys::campaign_partition(self.tenant, campaign),
            range: Range::Prefix(keys::ROSTER.to_owned()),
            ascending: true,
            limit: Some(10),
            after,
            consistency: Consistency::Strong,
        };
        list_page(self.table.query(&query).await?)
    }

    pub(crate) fn list(&self, pk: String, limit: u32, after: Option<Cursor>) -> Query {
        Query {
            index: Index::List,
            pk,
            range: Range::All,
            ascending: false,
            limit: Some(limit),
            after,
            consistency: Consistency::Eventual,
        }
    }
}
