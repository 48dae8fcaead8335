//! What crosses tenants: the minute's sweep over active campaigns, and folding stream batches into counters.
//! A handle of its own, so that a function without it cannot look past a tenant.

use carillon_domain::ids::{CampaignId, TenantId};
use jiff::Timestamp;

use crate::calls::{self, HourChanges};
use crate::counters::{self, Changes};
use crate::keys;
use crate::port::{AttributeValue, Condition, Consistency, Item, Range, StoreError, Table, Update, Write};
use crate::tenant::{all_items, text_of};

/// How long a folded batch is remembered: a stream keeps its records for a day.
const FOLDED_KEPT_SECONDS: i64 = 2 * 24 * 3600;

/// A transaction takes 100 writes, and the note is one of them.
const UPDATES_A_FOLD: usize = 99;

/// The cross-tenant handle.
#[derive(Clone, Copy)]
pub struct Sweeps<'a> {
    table: &'a dyn Table,
}

/// One change from the table's stream.
#[derive(Clone, Debug)]
pub struct Change {
    /// The stream's id of the record.
    pub event_id: String,
    /// When it was written, to the second, where the stream says so: the same however often it is read.
    pub at: Option<Timestamp>,
    /// The item before.
    pub old: Option<Item>,
    /// The item after.
    pub new: Option<Item>,
}

impl<'a> Sweeps<'a> {
    /// Opens the handle.
    #[must_use]
    pub fn new(table: &'a dyn Table) -> Self {
        Self { table }
    }

    /// The tenant handle for what a sweep found.
    #[must_use]
    pub fn table(&self) -> &'a dyn Table {
        self.table
    }

    /// Campaigns that an execution should be running for.
    pub async fn active_campaigns(&self) -> Result<Vec<(TenantId, CampaignId)>, StoreError> {
        let pk = keys::sweep::ACTIVE.to_owned();
        let items = all_items(self.table, pk, Range::All, Consistency::Strong).await?;
        let parse = |item: &Item| {
            let (tenant, campaign) = text_of(item, "sk")?.split_once('#')?;
            Some((tenant.parse().ok()?, campaign.parse().ok()?))
        };
        Ok(items.iter().filter_map(parse).collect())
    }

    /// Tenants that have queues, and so agents to look after.
    pub async fn desks(&self) -> Result<Vec<TenantId>, StoreError> {
        let pk = keys::sweep::DESKS.to_owned();
        let items = all_items(self.table, pk, Range::All, Consistency::Eventual).await?;
        Ok(items.iter().filter_map(|item| text_of(item, "sk")?.parse().ok()).collect())
    }

    /// Folds a batch of changes into the counters of campaigns and of hours, each change exactly once.
    ///
    /// A stream delivers a batch again, from the same first record but perhaps with more behind it, until it is
    /// acknowledged. So the fold and a note of how many records it held are one transaction, keyed by the first
    /// record; a repeat skips that many and folds the rest under a note of its own.
    pub async fn fold(&self, mut batch: &[Change], now_seconds: i64) -> Result<(), StoreError> {
        while let Some(first) = batch.first() {
            let note = keys::sweep::folded(&first.event_id);
            if let Some(folded) = self.table.get(&note, Consistency::Strong).await? {
                let Some(AttributeValue::N(count)) = folded.get("records") else { return Ok(()) };
                batch = batch.get(count.parse().unwrap_or(usize::MAX)..).unwrap_or(&[]);
                continue;
            }
            let mut part = batch;
            let (changes, hours) = loop {
                let (mut changes, mut hours) = (Changes::new(), HourChanges::new());
                for change in part {
                    let (old, new) = (change.old.as_ref(), change.new.as_ref());
                    // One unreadable item must not hold up a tenant's counters: the recount mends them.
                    if let Err(error) = counters::fold(&mut changes, old, new)
                        .and_then(|()| calls::fold_hour(&mut hours, old, new))
                    {
                        tracing::error!(event = change.event_id, %error, metric.changes_uncounted = 1, "a change cannot be counted");
                    }
                }
                let (changes, hours) = (counters::without_zeros(changes), calls::without_zeros(hours));
                if changes.len() + hours.len() <= UPDATES_A_FOLD {
                    break (changes, hours);
                }
                part = &part[..part.len() / 2];
            };
            let rest = &batch[part.len()..];
            if changes.is_empty() && hours.is_empty() {
                batch = rest; // nothing to count, so nothing to count twice
                continue;
            }
            let attributes = [
                ("pk", AttributeValue::S(note.pk)),
                ("sk", AttributeValue::S(note.sk)),
                ("records", AttributeValue::N(part.len().to_string())),
                ("expires_at", AttributeValue::N((now_seconds + FOLDED_KEPT_SECONDS).to_string())),
            ];
            let item: std::collections::HashMap<_, _> =
                attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            let mut writes = vec![Write::Put { item: item.into(), condition: Condition::Absent }];
            for ((tenant, campaign), counts) in &changes {
                let add = counts.iter().map(|(name, count)| (counters::attribute(name), *count)).collect();
                writes.push(Write::Update {
                    key: keys::counters(tenant, campaign),
                    update: Update { add, ..Update::default() },
                    condition: Condition::None,
                });
            }
            for ((tenant, campaign, hour), counts) in &hours {
                writes.push(Write::Update {
                    key: keys::hour(tenant, campaign, *hour),
                    update: Update { add: calls::hour_attributes(counts), ..Update::default() },
                    condition: Condition::None,
                });
            }
            match self.table.transact(writes, &format!("fold-{}", first.event_id)).await {
                Ok(()) => batch = rest,
                Err(StoreError::Conflict) => {} // somebody folded it meanwhile: look again
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
