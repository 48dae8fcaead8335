//! What is due, over all shards of a campaign, in order.

use carillon_domain::campaign::Campaign;
use carillon_store::{DueEntry, StoreError, TenantTable};
use futures::future::try_join_all;
use jiff::Timestamp;

/// The first `limit` entries after a place that are due by `through`, over all shards, soonest first.
///
/// # Errors
/// The table's.
pub async fn next(
    tenant: &TenantTable<'_>,
    campaign: &Campaign,
    after: Option<&str>,
    through: Option<Timestamp>,
    limit: u32,
) -> Result<Vec<DueEntry>, StoreError> {
    let shards = (0..campaign.shards).map(|shard| tenant.due(&campaign.id, shard, after, through, limit));
    let mut entries: Vec<DueEntry> = try_join_all(shards).await?.into_iter().flatten().collect();
    entries.sort();
    entries.truncate(limit as usize);
    Ok(entries)
}

/// The time that a place in the due index stands for.
#[must_use]
pub fn time_of(place: &str) -> Option<Timestamp> {
    let milliseconds = place.split('#').next()?.parse().ok()?;
    Timestamp::from_millisecond(milliseconds).ok()
}
