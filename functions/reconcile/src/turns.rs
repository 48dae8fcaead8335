//! Who is looked at in which order.
//!
//! A sweep has less than a minute, and a telephone that hangs or a campaign with much to mend takes all that it is given.
//! So several tenants are looked at side by side, and every sweep begins with others. Whom a sweep did not come to
//! is told by the time alone: a cursor in the table would not be written by the sweep that was killed.

use carillon_domain::ids::{CampaignId, TenantId};
use carillon_engine::desk::rotated;
use jiff::Timestamp;

/// So many tenants are looked at side by side: each takes one place, whatever becomes of it.
pub const AT_ONCE: usize = 8;

/// Which sweep it is.
#[must_use]
pub fn turn(now: Timestamp) -> usize {
    usize::try_from(now.as_second() / 60).unwrap_or(0)
}

/// All of them, beginning where this turn does. After as many turns as it takes to give each a place, everybody has begun.
#[must_use]
pub fn in_turn<T>(all: Vec<T>, turn: usize) -> Vec<T> {
    let begin = turn % rounds(all.len()) * AT_ONCE;
    rotated(all, begin)
}

/// How often everybody has begun by this turn. Whatever is one tenant's own goes round by this: if it went with the turn as
/// the tenants do, a tenant could come first always with the same campaign.
#[must_use]
pub fn round(turn: usize, many: usize) -> usize {
    turn / rounds(many)
}

/// Each tenant's campaigns, in the order of this turn.
#[must_use]
pub fn by_tenant(campaigns: Vec<(TenantId, CampaignId)>, turn: usize) -> Vec<(TenantId, Vec<CampaignId>)> {
    let mut tenants: Vec<(TenantId, Vec<CampaignId>)> = Vec::new();
    for (tenant, campaign) in campaigns {
        match tenants.last_mut() {
            Some((last, its)) if *last == tenant => its.push(campaign),
            Some(_) | None => tenants.push((tenant, vec![campaign])),
        }
    }
    let round = round(turn, tenants.len());
    let tenants = tenants.into_iter().map(|(tenant, its)| (tenant, rotated(its, round)));
    in_turn(tenants.collect(), turn)
}

/// How many turns it takes until everybody has begun.
fn rounds(many: usize) -> usize {
    many.div_ceil(AT_ONCE).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn campaigns(of: &[(&str, usize)]) -> Vec<(TenantId, CampaignId)> {
        let all = of.iter().flat_map(|(tenant, many)| (0..*many).map(move |it| (*tenant, it)));
        all.map(|(tenant, it)| (tenant.parse().unwrap(), format!("cmp_{it}").parse().unwrap())).collect()
    }

    #[test]
    fn everybody_begins_after_as_many_turns_as_there_are_places_to_give() {
        for many in [0, 1, 7, 8, 9, 100] {
            for first in [0, 5, 29_000_000] {
                let mut began = vec![false; many];
                for turn in first..first + rounds(many) {
                    let order = in_turn((0..many).collect(), turn);
                    assert_eq!(order.len(), many);
                    for it in order.into_iter().take(AT_ONCE) {
                        began[it] = true;
                    }
                }
                assert!(began.into_iter().all(|it| it), "{many} from {first}");
            }
        }
    }

    #[test]
    fn whoever_begins_has_begun_their_own_elsewhere_each_time() {
        for many in [3, 16, 20, 64] {
            for who in 0..many {
                let begins = |turn: &usize| {
                    in_turn((0..many).collect(), *turn).iter().take(AT_ONCE).any(|it| *it == who)
                };
                let own: std::collections::BTreeSet<_> =
                    (0..4 * rounds(many)).filter(begins).map(|turn| round(turn, many)).collect();
                assert!((0..4).all(|round| own.contains(&round)), "{who} of {many}: {own:?}");
            }
        }
    }

    #[test]
    fn each_campaign_is_the_first_of_its_tenant_while_that_tenant_begins() {
        let tenants: Vec<(String, usize)> = (0..16).map(|it| (format!("t{it:02}"), 2 + it % 3)).collect();
        let tenants: Vec<(&str, usize)> = tenants.iter().map(|(name, many)| (name.as_str(), *many)).collect();
        let mut began = std::collections::BTreeSet::new();
        for turn in 0..2 * 4 {
            for (tenant, its) in by_tenant(campaigns(&tenants), turn).into_iter().take(AT_ONCE) {
                began.insert((tenant, its[0].clone()));
            }
        }
        assert_eq!(began, campaigns(&tenants).into_iter().collect());
    }
}
