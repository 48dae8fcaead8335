//! Forgetting a person: the key goes, and with it every copy of the profile; what identifies goes from the table; what
//! proves that the law was kept stays.
//!
//! In this order, so that a crash anywhere is mended by doing it again:
//!
//! 1. The record of the erasure, with the consents: from here on it is known to have begun.
//! 2. The entries by which the person is found, while the name is still known.
//! 3. The key.
//! 4. The contact's own record, and whatever else lies with it that is not named below.
//! 5. Enrollments end as erased, attempts lose the number and their recording, and calls in what was recorded of them. Their outcomes stay, and so do
//!    counters and the frequency caps of whoever is imported again.
//!
//! Contacts that were merged into this one are the same person under another number: what is left of them goes first,
//! while this one still tells who they are. Whoever asked then deletes the recordings, which lie elsewhere.
//!
//! Suppressions are not touched. The contact's id is a digest of its number, so that whoever knows the number can still
//! be shown what was decided about it, and an import of the number meets the same suppression.

use std::collections::BTreeSet;

use carillon_domain::contact::Erasure;
use carillon_domain::ids::{AttemptRef, ContactId, LiveId};
use carillon_domain::phone::E164;
use jiff::Timestamp;

use crate::contacts::ContactFile;
use crate::keys;
use crate::port::{Condition, Consistency, Key, Range, StoreError, Write};
use crate::profiles::place_of;
use crate::tenant::{Extras, Stored, TenantTable, VERSION, all_items, item, number, stored};

/// How often to start over when somebody else was at work on the contact.
const TRIES: usize = 5;

/// What has become of a person's data, all numbers together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Enrollments that have been ended by it.
    pub ended: usize,
    /// Calls that are under way: their attempts keep the number until they have ended, for nobody could ask the
    /// provider about them otherwise. To erase again then takes it from them.
    pub calls_open: usize,
    /// Every call that is over: what was recorded of them is to go as well.
    pub calls: Vec<AttemptRef>,
    /// The same of calls in.
    pub calls_in: Vec<LiveId>,
}

impl TenantTable<'_> {
    /// The record of an erasure, if there was one.
    pub async fn erasure(&self, contact: &ContactId) -> Result<Option<Erasure>, StoreError> {
        let found = self.fetch(&keys::erasure(self.tenant, contact), Consistency::Strong).await?;
        Ok(found.map(|stored: Stored<Erasure>| stored.value))
    }

    /// Forgets a person, and returns the record that stays. Again: changes nothing more. Absent if nothing is known of the
    /// contact.
    ///
    /// # Errors
    /// The table's; [`StoreError::Busy`] if the contact kept changing. What had been done by then stays done.
    pub async fn erase_contact(
        &self,
        contact: &ContactId,
        by: &str,
        now: Timestamp,
    ) -> Result<Option<(Erasure, Erased)>, StoreError> {
        let mut sum = Erased::default();
        for other in self.merged_into(contact).await? {
            self.erase_one(&other, by, now, &mut sum).await?;
        }
        let erasure = self.erase_one(contact, by, now, &mut sum).await?;
        Ok(erasure.map(|erasure| (erasure, sum)))
    }

    /// Every number by which a person is known, those of contacts that were merged into this one too.
    pub async fn numbers_of(&self, contact: &ContactId) -> Result<BTreeSet<E164>, StoreError> {
        let mut numbers = BTreeSet::new();
        let merged = self.merged_into(contact).await?;
        for id in merged.iter().chain([contact]) {
            let file = self.contact_file(id).await?;
            numbers.extend(file.contact.map(|contact| contact.value.phone));
            numbers.extend(file.enrollments.into_iter().map(|enrollment| enrollment.value.to));
            numbers.extend(file.attempts.into_iter().map(|attempt| attempt.value.to));
        }
        numbers.retain(|number| !number.is_erased());
        Ok(numbers)
    }

    async fn merged_into(&self, contact: &ContactId) -> Result<BTreeSet<ContactId>, StoreError> {
        // Known from the record of an erasure too: whoever asks again may find the contact gone.
        let (known, before) = (self.contact(contact).await?, self.erasure(contact).await?);
        let mut merged = known.map(|contact| contact.value.merged).unwrap_or_default();
        merged.extend(before.into_iter().flat_map(|erasure| erasure.merged));
        Ok(merged)
    }

    async fn erase_one(
        &self,
        contact: &ContactId,
        by: &str,
        now: Timestamp,
        sum: &mut Erased,
    ) -> Result<Option<Erasure>, StoreError> {
        let mut ended = 0;
        for _ in 0..TRIES {
            let file = self.contact_file(contact).await?;
            match self.erase_file(contact, &file, by, now, &mut ended).await {
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
                Ok(None) => return Ok(None),
                Ok(Some(erasure)) => {
                    let (open, over): (Vec<_>, Vec<_>) = file
                        .attempts
                        .iter()
                        .map(|attempt| &attempt.value)
                        .partition(|attempt| attempt.is_open());
                    sum.ended += ended;
                    sum.calls_open += open.len();
                    sum.calls.extend(over.into_iter().map(|attempt| attempt.id.clone()));
                    for call in self.calls_in(contact).await? {
                        if self.forget_call_in(&call).await? {
                            sum.calls_in.push(call);
                        } else {
                            sum.calls_open += 1;
                        }
                    }
                    return Ok(Some(erasure));
                }
            }
        }
        Err(StoreError::Busy(None))
    }

    async fn erase_file(
        &self,
        contact: &ContactId,
        file: &ContactFile,
        by: &str,
        now: Timestamp,
        ended: &mut usize,
    ) -> Result<Option<Erasure>, StoreError> {
        let before = self.erasure(contact).await?;
        let Some(erasure) = record(contact, file, before, by, now) else { return Ok(None) };
        let key = keys::erasure(self.tenant, contact);
        let kept = item(key, &Stored::new(erasure.clone()), Extras::default())?;
        self.table.write(Write::Put { item: kept, condition: Condition::None }).await?;
        if let Some(known) = &file.contact {
            self.unlist_contact(&known.value).await?;
        }
        for found in self.everything_of(contact).await? {
            let Some(at) = Key::of(&found) else { continue };
            if at.sk == keys::CONTACT {
                if let Some(place) = place_of(&found) {
                    self.vault()?.destroy(self.tenant, &place).await?;
                }
                let known: Stored<carillon_domain::contact::Contact> = stored(found)?;
                let condition = Condition::Equals(VERSION, number(known.version));
                self.table.write(Write::Delete { key: at, condition }).await?;
            } else if !stays(&at.sk) {
                self.table.write(Write::Delete { key: at, condition: Condition::None }).await?;
            }
        }
        for enrollment in &file.enrollments {
            let mut erased = enrollment.clone();
            erased.value.erase(now);
            if erased != *enrollment {
                self.save_enrollment(&erased).await?;
                *ended += usize::from(enrollment.value.due().is_some());
            }
        }
        for attempt in file.attempts.iter().filter(|attempt| !attempt.value.is_open()) {
            let mut erased = attempt.clone();
            erased.value.erase();
            if erased != *attempt {
                self.save_attempt(&erased).await?;
            }
        }
        Ok(Some(erasure))
    }

    async fn everything_of(&self, contact: &ContactId) -> Result<Vec<crate::port::Item>, StoreError> {
        let pk = keys::contact_partition(self.tenant, contact);
        all_items(self.table, pk, Range::All, Consistency::Strong).await
    }
}

/// What lies with a contact and stays when it is forgotten. Anything new goes, until somebody has thought about it.
fn stays(sk: &str) -> bool {
    sk == keys::ERASURE
        || [keys::ENROLLMENT, keys::ATTEMPT, keys::CALL_IN].iter().any(|it| sk.starts_with(it))
}

/// The record of this erasure, or of the one before if nothing has come since.
fn record(
    contact: &ContactId,
    file: &ContactFile,
    before: Option<Erasure>,
    by: &str,
    now: Timestamp,
) -> Option<Erasure> {
    match (&file.contact, before) {
        (None, Some(before)) => Some(before),
        // The record itself was deleted, by an import that was undone, say: what was left of it goes now.
        (None, None) if file.enrollments.is_empty() && file.attempts.is_empty() => None,
        (known, before) => {
            let (mut consents, mut merged) =
                before.map(|before| (before.consents, before.merged)).unwrap_or_default();
            merged.extend(known.iter().flat_map(|known| known.value.merged.iter().cloned()));
            for consent in known.iter().flat_map(|known| &known.value.consents) {
                if !consents.contains(consent) {
                    consents.push(consent.clone());
                }
            }
            Some(Erasure { contact: contact.clone(), at: now, by: by.to_owned(), consents, merged })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_has_thought_about_is_forgotten() {
        assert!(stays("E#cmp_1") && stays("A#cmp_1#00001") && stays("L#acme.inb_1") && stays("ERASED"));
        for goes in ["CONTACT", "N#not_1", "M#msg_1", "TASK", "EXTRA"] {
            assert!(!stays(goes), "{goes}");
        }
    }
}
