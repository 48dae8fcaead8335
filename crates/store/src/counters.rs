//! Counters: what each item contributes, so that a change's effect is new minus old and the total is provable.

use std::collections::BTreeMap;

use carillon_domain::attempt::{Attempt, AttemptState};
use carillon_domain::enrollment::{Enrollment, EnrollmentState};
use carillon_domain::ids::{CampaignId, TenantId};

use crate::campaigns::Counters;
use crate::codec;
use crate::contacts::attempt_of;
use crate::keys;
use crate::port::{AttributeValue, Condition, Consistency, Item, StoreError, Update, Write};
use crate::tenant::{TenantTable, text_of};

/// Counter attributes carry this prefix, so that they cannot meet any other attribute.
const PREFIX: &str = "c:";

/// The attribute that holds a counter.
pub(crate) fn attribute(name: &str) -> String {
    format!("{PREFIX}{name}")
}

pub(crate) fn read(item: &Item) -> Counters {
    let counter = |(name, value): (&String, &AttributeValue)| {
        let AttributeValue::N(number) = value else { return None };
        Some((name.strip_prefix(PREFIX)?.to_owned(), number.parse().ok()?))
    };
    item.iter().filter_map(counter).filter(|(_, count)| *count != 0).collect()
}

/// What an enrollment adds to its campaign's counters.
#[must_use]
pub fn of_enrollment(enrollment: &Enrollment) -> Vec<(String, i64)> {
    let state = match enrollment.state {
        EnrollmentState::Waiting { .. } => "waiting".to_owned(),
        EnrollmentState::Ended { reason, .. } => format!("ended.{}", reason.name()),
    };
    vec![("enrolled".to_owned(), 1), (state, 1)]
}

/// What an attempt adds to its campaign's counters.
#[must_use]
pub fn of_attempt(attempt: &Attempt) -> Vec<(String, i64)> {
    let mut counts = vec![("attempts".to_owned(), 1)];
    match attempt.state {
        AttemptState::Dialing => counts.push(("dialing".to_owned(), 1)),
        AttemptState::InCall => counts.push(("in_call".to_owned(), 1)),
        AttemptState::Ended { outcome, .. } => {
            counts.push((format!("outcome.{}", outcome.name()), 1));
            counts.push(("talk_seconds".to_owned(), i64::from(attempt.talk_seconds.unwrap_or(0))));
        }
    }
    if attempt.recording.is_some() {
        counts.push(("recordings".to_owned(), 1));
    }
    counts
}

/// Whose counters, and by how much each changes.
pub type Changes = BTreeMap<(TenantId, CampaignId), Counters>;

/// Adds the effect of one changed item.
///
/// # Errors
/// [`StoreError::Malformed`] if an image cannot be read; nothing is counted then.
pub fn fold(changes: &mut Changes, old: Option<&Item>, new: Option<&Item>) -> Result<(), StoreError> {
    // Both images first: a change of which only one half counts would be worse than none.
    let old = old.map(contribution).transpose()?.flatten();
    let new = new.map(contribution).transpose()?.flatten();
    for (contribution, sign) in [(old, -1), (new, 1)] {
        let Some((of, counts)) = contribution else { continue };
        let counters = changes.entry(of).or_default();
        for (name, count) in counts {
            *counters.entry(name).or_default() += sign * count;
        }
    }
    Ok(())
}

type Contribution = ((TenantId, CampaignId), Vec<(String, i64)>);

fn contribution(image: &Item) -> Result<Option<Contribution>, StoreError> {
    let sk = text_of(image, "sk").unwrap_or_default();
    let (enrollment, counts) = if sk.starts_with(keys::ENROLLMENT) {
        let enrollment: Enrollment = codec::from_item(image.clone())?;
        (enrollment.id.clone(), of_enrollment(&enrollment))
    } else if sk.starts_with(keys::ATTEMPT) {
        let attempt = attempt_of(image.clone())?;
        (attempt.id.enrollment.clone(), of_attempt(&attempt))
    } else {
        return Ok(None);
    };
    Ok(Some(((enrollment.tenant, enrollment.campaign), counts)))
}

/// Leaves out what comes to nothing.
#[must_use]
pub fn without_zeros(changes: Changes) -> Changes {
    let nonzero =
        |counters: Counters| counters.into_iter().filter(|(_, count)| *count != 0).collect::<Counters>();
    changes.into_iter().map(|(of, counters)| (of, nonzero(counters))).filter(|(_, c)| !c.is_empty()).collect()
}

impl TenantTable<'_> {
    /// Adds what counters lack. Only for what has been lacking for long: what is merely late comes by itself, and would
    /// then be counted twice.
    pub async fn mend_counters(&self, campaign: &CampaignId, lacking: &Counters) -> Result<(), StoreError> {
        let add = lacking.iter().map(|(name, count)| (attribute(name), *count)).collect();
        let update = Update { add, ..Update::default() };
        let key = keys::counters(self.tenant, campaign);
        self.table.write(Write::Update { key, update, condition: Condition::None }).await
    }

    /// The counters as the sum over the campaign's enrollments and attempts: the proof, and what drift is mended
    /// from. Reads everything, so it is for one campaign now and then.
    pub async fn recount(&self, campaign: &CampaignId) -> Result<Counters, StoreError> {
        let mut total = Counters::new();
        let mut after = None;
        loop {
            let page = self.rosters(campaign, after).await?;
            for roster in page.entries {
                let contacts = roster.value.contacts;
                for enrollment in self.enrollments(campaign, &contacts, Consistency::Strong).await? {
                    for (name, count) in of_enrollment(&enrollment.value) {
                        *total.entry(name).or_default() += count;
                    }
                    let tried = enrollment.value.next_attempt();
                    let ids: Vec<_> = (1..=tried)
                        .map(|number| carillon_domain::ids::AttemptRef {
                            enrollment: enrollment.value.id.clone(),
                            number,
                        })
                        .collect();
                    for attempt in self.attempts(&ids, Consistency::Strong).await? {
                        for (name, count) in of_attempt(&attempt.value) {
                            *total.entry(name).or_default() += count;
                        }
                    }
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        total.retain(|_, count| *count != 0);
        Ok(total)
    }
}
