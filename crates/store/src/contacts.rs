//! Contacts, enrollments, attempts and suppressions.

use carillon_domain::attempt::Attempt;
use carillon_domain::contact::Contact;
use carillon_domain::enrollment::Enrollment;
use carillon_domain::ids::{AttemptRef, CampaignId, ContactId, EnrollmentRef, LiveId};
use carillon_domain::note::Note;
use carillon_domain::suppression::{Scope, Suppression};
use jiff::Timestamp;

use crate::codec;
use crate::keys;
use crate::port::{
    AttributeValue, Condition, Consistency, Cursor, Index, Item, Key, Query, Range, StoreError, Write,
};
use crate::tenant::{
    Extras, ListPage, Stored, TenantTable, VERSION, all_items, key_only, list_page, number, put, stored,
    text_of, version,
};

/// A contact with its whole timeline: one partition, one query.
#[derive(Clone, Debug, Default)]
pub struct ContactFile {
    /// The contact; absent if it was deleted while something about it was under way.
    pub contact: Option<Stored<Contact>>,
    /// Its place in every campaign.
    pub enrollments: Vec<Stored<Enrollment>>,
    /// Every attempt, by campaign and number.
    pub attempts: Vec<Stored<Attempt>>,
    /// What people wrote down.
    pub notes: Vec<Stored<Note>>,
    /// Calls in, and when each began; of those from before that was kept, nobody knows.
    pub calls_in: Vec<(LiveId, Option<Timestamp>)>,
}

impl ContactFile {
    /// The enrollment in one campaign.
    #[must_use]
    pub fn enrollment(&self, campaign: &CampaignId) -> Option<&Stored<Enrollment>> {
        self.enrollments.iter().find(|enrollment| enrollment.value.id.campaign == *campaign)
    }

    /// The calls that went to our agents or were to go there, whoever called whom: the latest first.
    #[must_use]
    pub fn agents_calls(&self) -> Vec<LiveId> {
        let ours = self.attempts.iter().map(|attempt| &attempt.value).filter(|it| it.agents.is_some());
        let ours = ours.map(|attempt| (attempt.id.clone().into(), Some(attempt.created_at)));
        let mut calls: Vec<(LiveId, _)> = self.calls_in.iter().cloned().chain(ours).collect();
        calls.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
        calls.into_iter().map(|(call, _)| call).collect()
    }

    /// One attempt.
    #[must_use]
    pub fn attempt(&self, id: &AttemptRef) -> Option<&Stored<Attempt>> {
        self.attempts.iter().find(|attempt| attempt.value.id == *id)
    }
}

impl TenantTable<'_> {
    /// A contact with its whole timeline, as of now.
    pub async fn contact_file(&self, contact: &ContactId) -> Result<ContactFile, StoreError> {
        self.file(contact, Consistency::Strong).await
    }

    /// A contact with its whole timeline, as of a moment ago: half the price, for what is looked at again before
    /// anything is done.
    pub async fn contact_file_lately(&self, contact: &ContactId) -> Result<ContactFile, StoreError> {
        self.file(contact, Consistency::Eventual).await
    }

    async fn file(&self, contact: &ContactId, consistency: Consistency) -> Result<ContactFile, StoreError> {
        let mut file = ContactFile::default();
        let (mut known, mut noted) = (Vec::new(), Vec::new());
        let pk = keys::contact_partition(self.tenant, contact);
        for item in all_items(self.table, pk, Range::All, consistency).await? {
            match text_of(&item, "sk") {
                Some(keys::CONTACT) => known.push(item),
                Some(sk) if sk.starts_with(keys::ENROLLMENT) => file.enrollments.push(stored(item)?),
                Some(sk) if sk.starts_with(keys::ATTEMPT) => file.attempts.push(stored_attempt(item)?),
                Some(sk) if sk.starts_with(keys::NOTE) => noted.push(item),
                Some(sk) if sk.starts_with(keys::CALL_IN) => file.calls_in.extend(call_in(&item)),
                Some(_) | None => {}
            }
        }
        // One key opens all that is about one person.
        let keys = self.keys_of(&known).await?;
        file.contact = known.pop().map(|item| self.open(item, &keys)).transpose()?;
        file.notes = noted.into_iter().map(|item| self.open(item, &keys)).collect::<Result<_, _>>()?;
        Ok(file)
    }

    /// One contact.
    pub async fn contact(&self, id: &ContactId) -> Result<Option<Stored<Contact>>, StoreError> {
        let item = self.table.get(&keys::contact(self.tenant, id), Consistency::Strong).await?;
        Ok(self.opened(item.into_iter().collect()).await?.pop())
    }

    /// One contact, as of a moment ago.
    pub async fn contact_lately(&self, id: &ContactId) -> Result<Option<Stored<Contact>>, StoreError> {
        let item = self.table.get(&keys::contact(self.tenant, id), Consistency::Eventual).await?;
        Ok(self.opened(item.into_iter().collect()).await?.pop())
    }

    /// Many contacts, in no order; those that do not exist are left out.
    pub async fn contacts_by_id(&self, ids: &[ContactId]) -> Result<Vec<Stored<Contact>>, StoreError> {
        let wanted: Vec<_> = ids.iter().map(|id| keys::contact(self.tenant, id)).collect();
        let items = self.table.batch_get(&wanted, Consistency::Eventual).await?;
        self.opened(items).await
    }

    /// Enrollments by contact, in no order; those that do not exist are left out.
    pub async fn enrollments(
        &self,
        campaign: &CampaignId,
        contacts: &[ContactId],
        consistency: Consistency,
    ) -> Result<Vec<Stored<Enrollment>>, StoreError> {
        let wanted: Vec<_> = contacts
            .iter()
            .map(|contact| keys::enrollment(&self.enrollment_ref(campaign, contact)))
            .collect();
        self.table.batch_get(&wanted, consistency).await?.into_iter().map(stored).collect()
    }

    /// One enrollment, as of now.
    pub async fn enrollment(&self, id: &EnrollmentRef) -> Result<Option<Stored<Enrollment>>, StoreError> {
        self.fetch(&keys::enrollment(id), Consistency::Strong).await
    }

    /// One enrollment, as of a moment ago: saving it finds out whether it has changed since.
    pub async fn enrollment_lately(
        &self,
        id: &EnrollmentRef,
    ) -> Result<Option<Stored<Enrollment>>, StoreError> {
        self.fetch(&keys::enrollment(id), Consistency::Eventual).await
    }

    /// Saves an enrollment, new or changed, with its place in the due index.
    pub async fn save_enrollment(&self, enrollment: &Stored<Enrollment>) -> Result<(), StoreError> {
        self.table.write(self.enrollment_write(enrollment)?).await
    }

    /// Saves an enrollment that a request with an idempotency key makes due, and that it has, in one transaction; a
    /// conflict too if it has before. That is known until `expires_at`, seconds since 1970.
    pub async fn save_asked_call(
        &self,
        enrollment: &Stored<Enrollment>,
        idempotency_key: &str,
        expires_at: i64,
    ) -> Result<(), StoreError> {
        let key = keys::call_asked(idempotency_key, &enrollment.value.id);
        let token = format!("{}{}v{}", key.pk, key.sk, enrollment.version);
        let mut mark = key_only(key);
        mark.insert("expires_at".to_owned(), AttributeValue::N(expires_at.to_string()));
        let mark = Write::Put { item: mark, condition: Condition::Absent };
        self.table.transact(vec![self.enrollment_write(enrollment)?, mark], &token).await
    }

    /// Whether a request with this idempotency key has asked for this call already.
    pub async fn has_asked_for_call(
        &self,
        id: &EnrollmentRef,
        idempotency_key: &str,
    ) -> Result<bool, StoreError> {
        let key = keys::call_asked(idempotency_key, id);
        Ok(self.table.get(&key, Consistency::Strong).await?.is_some())
    }

    fn enrollment_write(&self, enrollment: &Stored<Enrollment>) -> Result<Write, StoreError> {
        let value = &enrollment.value;
        let place = |due| {
            let pk = keys::due_partition(self.tenant, &value.id.campaign, value.shard);
            (pk, keys::due(due, value.priority, &value.id.contact))
        };
        let extras = Extras { due: value.due().map(place), ..Extras::default() };
        put(keys::enrollment(&value.id), enrollment, extras)
    }

    /// Attempts by id, in no order; those that do not exist are left out.
    pub async fn attempts(
        &self,
        ids: &[AttemptRef],
        consistency: Consistency,
    ) -> Result<Vec<Stored<Attempt>>, StoreError> {
        let wanted: Vec<_> = ids.iter().map(keys::attempt).collect();
        self.table.batch_get(&wanted, consistency).await?.into_iter().map(stored_attempt).collect()
    }

    /// One attempt, as of now.
    pub async fn attempt(&self, id: &AttemptRef) -> Result<Option<Stored<Attempt>>, StoreError> {
        self.table.get(&keys::attempt(id), Consistency::Strong).await?.map(stored_attempt).transpose()
    }

    /// One attempt, as of a moment ago: saving it finds out whether it has changed since.
    pub async fn attempt_lately(&self, id: &AttemptRef) -> Result<Option<Stored<Attempt>>, StoreError> {
        self.table.get(&keys::attempt(id), Consistency::Eventual).await?.map(stored_attempt).transpose()
    }

    /// Saves an attempt, new or changed. A new one conflicts if it exists: that is what keeps a second call from
    /// being placed.
    pub async fn save_attempt(&self, attempt: &Stored<Attempt>) -> Result<(), StoreError> {
        let mut write = put(keys::attempt(&attempt.value.id), attempt, Extras::default())?;
        if let Write::Put { item, .. } = &mut write {
            item.remove(ID);
        }
        self.table.write(write).await
    }

    /// Takes back an attempt for which surely no call exists, so that it can be made again.
    pub async fn withdraw_attempt(&self, attempt: &Stored<Attempt>) -> Result<(), StoreError> {
        let condition = Condition::Equals(VERSION, number(attempt.version));
        self.table.write(Write::Delete { key: keys::attempt(&attempt.value.id), condition }).await
    }

    /// Deletes a note, on condition that it is as it was read.
    pub async fn delete_note(&self, note: &Stored<Note>) -> Result<(), StoreError> {
        let condition = Condition::Equals(VERSION, number(note.version));
        let key = keys::note(self.tenant, &note.value.contact, &note.value.id);
        self.table.write(Write::Delete { key, condition }).await
    }

    /// What suppresses these addresses for a kind of contact.
    pub async fn suppressions_of(
        &self,
        addresses: &[&str],
        scope: Scope,
        consistency: Consistency,
    ) -> Result<Vec<Suppression>, StoreError> {
        let wanted: Vec<_> = addresses
            .iter()
            .flat_map(|address| {
                [Scope::All, scope].map(|scope| keys::suppression(self.tenant, address, scope.name()))
            })
            .collect();
        let items = self.table.batch_get(&wanted, consistency).await?;
        items.into_iter().map(|item| Ok(stored::<Suppression>(item)?.value)).collect()
    }

    /// What suppresses one address for a kind of contact, as of now: one partition, so one read unit.
    pub async fn suppressions_at(&self, address: &str, scope: Scope) -> Result<Vec<Suppression>, StoreError> {
        let query = Query {
            index: Index::Primary,
            pk: keys::suppression_partition(self.tenant, address),
            range: Range::All,
            ascending: true,
            limit: None,
            after: None,
            consistency: Consistency::Strong,
        };
        let items = self.table.query(&query).await?.items.into_iter();
        let found = items.map(|item| Ok(stored::<Suppression>(item)?.value));
        let applies = |found: &Suppression| found.scope == Scope::All || found.scope == scope;
        found.filter(|found| found.as_ref().map_or(true, applies)).collect()
    }

    /// Suppresses an address. Doing so again keeps the first reason.
    pub async fn suppress(&self, suppression: &Suppression) -> Result<(), StoreError> {
        self.suppress_anew(suppression).await.map(|_| ())
    }

    /// The same, and whether it is new there.
    pub async fn suppress_anew(&self, suppression: &Suppression) -> Result<bool, StoreError> {
        let list_sk = format!("{}#{}", keys::instant(suppression.added_at), suppression.address);
        let extras =
            Extras { list: Some((keys::suppression_list(self.tenant), list_sk)), ..Extras::default() };
        let key = keys::suppression(self.tenant, &suppression.address, suppression.scope.name());
        match self.table.write(put(key, &Stored::new(suppression.clone()), extras)?).await {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Takes an address off the list.
    pub async fn unsuppress(&self, address: &str, scope: Scope) -> Result<(), StoreError> {
        let key = keys::suppression(self.tenant, address, scope.name());
        self.table.write(Write::Delete { key, condition: Condition::Present }).await
    }

    /// The suppression list, newest first.
    pub async fn suppressions(
        &self,
        limit: u32,
        after: Option<Cursor>,
    ) -> Result<ListPage<Suppression>, StoreError> {
        let query = self.list(keys::suppression_list(self.tenant), limit, after);
        list_page(self.table.query(&query).await?)
    }

    fn enrollment_ref(&self, campaign: &CampaignId, contact: &ContactId) -> EnrollmentRef {
        EnrollmentRef { tenant: self.tenant.clone(), campaign: campaign.clone(), contact: contact.clone() }
    }
}

const ID: &str = "id";

/// A call in, and when it began, from what lies beside the contact.
fn call_in(item: &Item) -> Option<(LiveId, Option<Timestamp>)> {
    let call = text_of(item, "sk")?.strip_prefix(keys::CALL_IN)?.parse().ok()?;
    Some((call, text_of(item, BEGUN).and_then(|at| at.parse().ok())))
}

/// When a call in began.
pub(crate) const BEGUN: &str = "at";

/// An attempt as it is stored: without its id, which its key tells. That keeps an American one, whose verdict names more
/// rules, below a kilobyte, and each of its writes at one unit.
///
/// # Errors
/// [`StoreError::Malformed`] if it is none.
pub fn attempt_of(mut item: Item) -> Result<Attempt, StoreError> {
    let id = Key::of(&item).as_ref().and_then(keys::attempt_ref);
    if let Some(id) = id {
        item.insert(ID.to_owned(), AttributeValue::S(id.to_string()));
    }
    codec::from_item(item)
}

fn stored_attempt(item: Item) -> Result<Stored<Attempt>, StoreError> {
    let version = version(&item);
    Ok(Stored { value: attempt_of(item)?, version })
}
