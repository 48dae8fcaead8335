//! A tenant's calls, newest first, and what they come to by the hour.
//!
//! Nothing is written for this where a call happens. The stream's aggregator writes what has ended in one batch as one
//! chunk, seventy bytes a call: a list index on attempts would cost one more write for each of the three or four
//! writes of an attempt. A chunk is keyed by its batch's first record, so that a batch which is delivered again
//! overwrites its own. The hours are counted with the counters, in the same transaction.

use std::collections::{BTreeMap, BTreeSet};

use carillon_domain::attempt::{Attempt, AttemptState};
use carillon_domain::ids::{AttemptRef, CampaignId, ContactId, EnrollmentRef, TenantId};
use carillon_domain::outcome::Outcome;
use carillon_domain::ports::AnsweredBy;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::campaigns::Counters;
use crate::contacts::attempt_of;
use crate::keys;
use crate::port::{Condition, Consistency, Cursor, Index, Item, Query, Range, StoreError, Write};
use crate::sweeps::{Change, Sweeps};
use crate::tenant::{Extras, Stored, TenantTable, all_items, item, text_of};
use crate::{codec, counters};

/// A batch is read up to five minutes around the chunk's own time: entries of one batch ended within seconds, unless
/// the aggregator was behind.
const SLACK_SECONDS: i64 = 300;

/// Chunks that one query brings: on a slow day a chunk is a call.
const CHUNKS_A_READ: u32 = 25;

/// A call that has ended, as the log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallEntry {
    campaign: CampaignId,
    contact: ContactId,
    number: u16,
    /// How it ended. Where the attempt says otherwise by now, a later entry says so too.
    pub outcome: Outcome,
    /// When it ended.
    pub ended_at: Timestamp,
    /// By whom or what it was answered.
    pub answered_by: Option<AnsweredBy>,
}

impl CallEntry {
    fn of(attempt: &Attempt) -> Option<Self> {
        let (outcome, ended_at) = attempt.outcome()?;
        Some(Self {
            campaign: attempt.id.enrollment.campaign.clone(),
            contact: attempt.id.enrollment.contact.clone(),
            number: attempt.id.number,
            outcome,
            ended_at,
            answered_by: attempt.answered_by,
        })
    }

    /// In which campaign.
    #[must_use]
    pub fn campaign(&self) -> &CampaignId {
        &self.campaign
    }

    /// Which attempt.
    #[must_use]
    pub fn id(&self, tenant: &TenantId) -> AttemptRef {
        let enrollment = EnrollmentRef {
            tenant: tenant.clone(),
            campaign: self.campaign.clone(),
            contact: self.contact.clone(),
        };
        AttemptRef { enrollment, number: self.number }
    }
}

/// What ended in one batch, the last first. A kilobyte written is a unit paid: rows without names, times as numbers, and
/// each campaign once.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Chunk {
    campaigns: Vec<CampaignId>,
    rows: Vec<Row>,
}

/// The place of the campaign, the contact, the attempt's number, how it ended, when in milliseconds since 1970, and who
/// answered.
type Row = (usize, ContactId, u16, Outcome, i64, Option<AnsweredBy>);

impl Chunk {
    fn of(entries: Vec<CallEntry>) -> Self {
        let campaigns: BTreeSet<&CampaignId> = entries.iter().map(|entry| &entry.campaign).collect();
        let campaigns: Vec<CampaignId> = campaigns.into_iter().cloned().collect();
        let row = |entry: CallEntry| {
            let CallEntry { campaign, contact, number, outcome, ended_at, answered_by } = entry;
            let place = campaigns.partition_point(|other| *other < campaign);
            (place, contact, number, outcome, ended_at.as_millisecond(), answered_by)
        };
        Self { rows: entries.into_iter().map(row).collect(), campaigns }
    }

    fn entries(self) -> impl Iterator<Item = CallEntry> {
        let Self { campaigns, rows } = self;
        rows.into_iter().filter_map(move |(place, contact, number, outcome, ended_at, answered_by)| {
            let (campaign, ended_at) =
                (campaigns.get(place)?.clone(), Timestamp::from_millisecond(ended_at).ok()?);
            Some(CallEntry { campaign, contact, number, outcome, ended_at, answered_by })
        })
    }
}

/// A place in the log: behind an entry of a chunk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallPlace {
    /// The chunk before; absent for the first.
    pub after: Option<Cursor>,
    /// How many entries of the next chunk have been seen.
    pub skip: usize,
}

/// What a campaign's calls of one hour (UTC) came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hour {
    /// Whose.
    pub campaign: CampaignId,
    /// When it began.
    pub from: Timestamp,
    /// By name, as in the campaign's counters: `attempts`, `outcome.busy`, `talk_seconds`; by minute `m.07` and, of
    /// those that a person answered, `a.07`.
    pub counters: Counters,
}

/// What an attempt adds to an hour: nothing until it has ended.
fn of_hour(attempt: &Attempt) -> Option<(Timestamp, Vec<(String, i64)>)> {
    let AttemptState::Ended { outcome, at } = attempt.state else { return None };
    let minute = at.as_second().rem_euclid(3600) / 60;
    let mut counts = vec![
        ("attempts".to_owned(), 1),
        (format!("outcome.{}", outcome.name()), 1),
        ("talk_seconds".to_owned(), i64::from(attempt.talk_seconds.unwrap_or(0))),
        (format!("m.{minute:02}"), 1),
    ];
    if outcome.is_live_answer() {
        counts.push((format!("a.{minute:02}"), 1));
    }
    Some((hour_of(at), counts))
}

fn hour_of(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second() - at.as_second().rem_euclid(3600)).unwrap_or(at)
}

/// Whose hours, and by how much each changes.
pub(crate) type HourChanges = BTreeMap<(TenantId, CampaignId, Timestamp), Counters>;

/// Adds the effect of one changed item, new minus old.
pub(crate) fn fold_hour(
    changes: &mut HourChanges,
    old: Option<&Item>,
    new: Option<&Item>,
) -> Result<(), StoreError> {
    let old = old.map(attempt_in).transpose()?.flatten();
    let new = new.map(attempt_in).transpose()?.flatten();
    for (attempt, sign) in [(old, -1), (new, 1)] {
        let Some(attempt) = attempt else { continue };
        let Some((hour, counts)) = of_hour(&attempt) else { continue };
        let EnrollmentRef { tenant, campaign, contact: _ } = attempt.id.enrollment;
        let counters = changes.entry((tenant, campaign, hour)).or_default();
        for (name, count) in counts {
            *counters.entry(name).or_default() += sign * count;
        }
    }
    Ok(())
}

/// Leaves out what comes to nothing.
pub(crate) fn without_zeros(mut changes: HourChanges) -> HourChanges {
    changes.values_mut().for_each(|counters| counters.retain(|_, count| *count != 0));
    changes.retain(|_, counters| !counters.is_empty());
    changes
}

fn attempt_in(image: &Item) -> Result<Option<Attempt>, StoreError> {
    if !text_of(image, "sk").unwrap_or_default().starts_with(keys::ATTEMPT) {
        return Ok(None);
    }
    attempt_of(image.clone()).map(Some)
}

impl Sweeps<'_> {
    /// Writes down what has ended in a batch, a chunk per tenant. The same batch again writes the same, and with more
    /// behind it, that and more.
    ///
    /// # Errors
    /// The table's.
    pub async fn log_calls(&self, batch: &[Change]) -> Result<(), StoreError> {
        let Some(first) = batch.first() else { return Ok(()) };
        let mut ended: BTreeMap<TenantId, Vec<CallEntry>> = BTreeMap::new();
        for change in batch {
            // What cannot be read is counted nowhere; the fold says so.
            let image = |item: Option<&Item>| item.and_then(|item| attempt_in(item).ok().flatten());
            let Some(new) = image(change.new.as_ref()) else { continue };
            let before = image(change.old.as_ref()).and_then(|old| old.outcome());
            if let Some(entry) = CallEntry::of(&new)
                && before.map(|(outcome, _)| outcome) != Some(entry.outcome)
            {
                ended.entry(new.id.enrollment.tenant).or_default().push(entry);
            }
        }
        let mut writes = Vec::new();
        for (tenant, mut entries) in ended {
            let Some(at) = entries.first().map(|entry| entry.ended_at) else { continue };
            entries.sort_by_key(|entry| std::cmp::Reverse(entry.ended_at));
            let key = keys::calls(&tenant, at, &first.event_id);
            let item = item(key, &Stored::new(Chunk::of(entries)), Extras::default())?;
            writes.push(Write::Put { item, condition: Condition::None });
        }
        if writes.is_empty() { Ok(()) } else { self.table().batch_write(writes).await }
    }
}

impl TenantTable<'_> {
    /// Some calls that ended between two instants, newest first (to within the seconds of a batch), each with the
    /// place behind it; and where the log goes on.
    ///
    /// # Errors
    /// The table's; [`StoreError::Refused`] if the place is not in this log.
    pub async fn call_log(
        &self,
        from: Timestamp,
        to: Timestamp,
        place: Option<CallPlace>,
    ) -> Result<(Vec<(CallPlace, CallEntry)>, Option<CallPlace>), StoreError> {
        let place = place.unwrap_or(CallPlace { after: None, skip: 0 });
        let around = |at: Timestamp, seconds: i64| {
            Timestamp::from_second(at.as_second().saturating_add(seconds).clamp(0, 9_999_999_999))
                .unwrap_or(at)
        };
        let range = Range::Between(
            keys::instant(around(from, -SLACK_SECONDS)),
            format!("{}#~", keys::instant(around(to, SLACK_SECONDS))),
        );
        let query = Query {
            index: Index::Primary,
            pk: keys::calls_partition(self.tenant),
            range,
            ascending: false,
            limit: Some(CHUNKS_A_READ),
            after: place.after.clone(),
            consistency: Consistency::Strong,
        };
        let page = self.table.query(&query).await?;
        let (mut after, mut skip) = (place.after, place.skip);
        let mut found = Vec::new();
        for item in page.items {
            let next = Cursor::of(Index::Primary, &item);
            let chunk: Chunk = codec::from_item(item)?;
            let entries = chunk.entries().enumerate().skip(skip);
            let entries = entries.filter(|(_, entry)| (from..=to).contains(&entry.ended_at));
            found
                .extend(entries.map(|(at, entry)| (CallPlace { after: after.clone(), skip: at + 1 }, entry)));
            (after, skip) = (next, 0);
        }
        Ok((found, page.next.map(|next| CallPlace { after: Some(next), skip: 0 })))
    }

    /// What the tenant's calls came to, hour by hour (UTC) and campaign by campaign, from one instant's hour through
    /// another's.
    ///
    /// # Errors
    /// The table's.
    pub async fn hours(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Hour>, StoreError> {
        let range = Range::Between(keys::instant(hour_of(from)), format!("{}#~", keys::instant(hour_of(to))));
        let pk = keys::hours_partition(self.tenant);
        let items = all_items(self.table, pk, range, Consistency::Eventual).await?;
        Ok(items.iter().filter_map(read_hour).collect())
    }

    /// The same of one campaign.
    ///
    /// # Errors
    /// The table's.
    pub async fn hours_of(
        &self,
        campaign: &CampaignId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Hour>, StoreError> {
        let first = hour_of(from).as_second();
        let hours = (0..).map(|n| first + n * 3600).take_while(|second| *second <= to.as_second());
        let wanted: Vec<_> = hours
            .filter_map(|second| Timestamp::from_second(second).ok())
            .map(|hour| keys::hour(self.tenant, campaign, hour))
            .collect();
        let items = self.table.batch_get(&wanted, Consistency::Eventual).await?;
        let mut hours: Vec<Hour> = items.iter().filter_map(read_hour).collect();
        hours.sort_by_key(|hour| hour.from);
        Ok(hours)
    }
}

fn read_hour(item: &Item) -> Option<Hour> {
    let (at, campaign) = text_of(item, "sk")?.split_once('#')?;
    let from = Timestamp::from_millisecond(at.parse().ok()?).ok()?;
    Some(Hour { campaign: campaign.parse().ok()?, from, counters: counters::read(item) })
}

/// What is added to an hour.
pub(crate) fn hour_attributes(counters: &Counters) -> BTreeMap<String, i64> {
    counters.iter().map(|(name, count)| (counters::attribute(name), *count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_gives_back_what_it_took_in_few_bytes() {
        let entry = |campaign: char, number: u16| CallEntry {
            campaign: format!("cmp_{}", String::from(campaign).repeat(32)).parse().expect("an id"),
            contact: format!("con_{number:032}").parse().expect("an id"),
            number,
            outcome: Outcome::HungUp,
            ended_at: "2026-11-20T09:00:00.123Z".parse().expect("a time"),
            answered_by: (number > 1).then_some(AnsweredBy::Human),
        };
        let entries = vec![entry('b', 1), entry('a', 2), entry('b', 3)];
        let chunk = Chunk::of(entries.clone());
        let key = keys::calls(&"acme".parse().expect("an id"), entries[0].ended_at, "e");
        let stored = item(key, &Stored::new(chunk), Extras::default()).expect("an item");
        let read: Chunk = codec::from_item(stored).expect("a chunk");
        assert_eq!(read.entries().collect::<Vec<_>>(), entries);
        let many: Vec<CallEntry> = (0..15).map(|number| entry('a', number)).collect();
        let written = serde_json::to_string(&Chunk::of(many)).expect("JSON");
        assert!(written.len() < 15 * 90, "{} bytes for fifteen calls", written.len());
    }
}
