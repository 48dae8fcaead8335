//! Who is in a campaign, a page of any size at a time.
//!
//! | Question | Index | Key | Limit, cost |
//! |---|---|---|---|
//! | A page of a campaign's contacts, in the order they came | primary | `T#t#K#cmp` / `ROSTER#…` | one part of 1,000 a query |

use carillon_domain::ids::{CampaignId, ContactId};
use serde::{Deserialize, Serialize};

use crate::campaigns::Roster;
use crate::keys;
use crate::port::{Consistency, Cursor, Index, Query, Range, StoreError};
use crate::tenant::{ListPage, TenantTable, list_page};

/// A place in a campaign's roster: within a part, which is what a page of another size ends in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterPlace {
    /// Where the part before it ended; absent for the first part.
    pub after: Option<Cursor>,
    /// How many contacts of the part have been seen.
    pub skip: u32,
}

impl TenantTable<'_> {
    /// At most `limit` contacts of a campaign from a place on, and the place where they go on.
    ///
    /// # Errors
    /// The table's; [`StoreError::Refused`] if the place is not in this campaign's roster.
    pub async fn members(
        &self,
        campaign: &CampaignId,
        from: Option<RosterPlace>,
        limit: usize,
    ) -> Result<(Vec<ContactId>, Option<RosterPlace>), StoreError> {
        let mut place = from.unwrap_or(RosterPlace { after: None, skip: 0 });
        let mut found = Vec::new();
        loop {
            let query = Query {
                index: Index::Primary,
                pk: keys::campaign_partition(self.tenant, campaign),
                range: Range::Prefix(keys::ROSTER.to_owned()),
                ascending: true,
                limit: Some(1),
                after: place.after.clone(),
                consistency: Consistency::Strong,
            };
            let page: ListPage<Roster> = list_page(self.table.query(&query).await?)?;
            let contacts = page.entries.into_iter().flat_map(|part| part.value.contacts);
            let mut rest = contacts.skip(place.skip as usize);
            let before = found.len();
            found.extend(rest.by_ref().take(limit - before));
            let taken = u32::try_from(found.len() - before).unwrap_or(u32::MAX);
            if rest.next().is_some() {
                return Ok((found, Some(RosterPlace { skip: place.skip.saturating_add(taken), ..place })));
            }
            match page.next {
                Some(next) => place = RosterPlace { after: Some(next), skip: 0 },
                None => return Ok((found, None)),
            }
            if found.len() >= limit {
                return Ok((found, Some(place)));
            }
        }
    }
}

#[cfg(all(test, feature = "memory"))]
mod tests {
    use carillon_domain::ids::{ImportId, TenantId};

    use super::*;
    use crate::memory::MemoryTable;

    #[tokio::test]
    async fn pages_of_any_size_give_everybody_once_and_in_order() {
        let table = MemoryTable::new();
        let tenant: TenantId = "acme".parse().expect("an id");
        let campaign: CampaignId = "cmp_1".parse().expect("an id");
        let contact = |n: u32| -> ContactId { format!("con_{n:04}").parse().expect("an id") };
        let acme = TenantTable::new(&table, &tenant);
        for (part, range) in [(0, 0..7), (1, 7..7), (2, 7..8), (3, 8..20)] {
            let import: ImportId = "imp_1".parse().expect("an id");
            acme.save_roster(&campaign, &import, part, range.map(contact).collect()).await.expect("saved");
        }
        let all: Vec<_> = (0..20).map(contact).collect();
        for limit in [1, 3, 7, 8, 19, 20, 100] {
            let (mut seen, mut place) = (Vec::new(), None);
            loop {
                let (page, next) = acme.members(&campaign, place, limit).await.expect("read");
                assert!(page.len() <= limit);
                seen.extend(page);
                match next {
                    Some(next) => place = Some(next),
                    None => break,
                }
            }
            assert_eq!(seen, all, "{limit}");
        }
    }
}
