//! Finding contacts: by name in order, by the beginning of a word as one types, by the import that brought them.
//!
//! A contact carries its words ([`Contact::search_words`]) as an attribute of its item. Whoever writes a contact need
//! not know more: the stream's aggregator makes one finder per word of them, and takes back those of words that are
//! gone. A finder lags behind its contact by about a second and can never be believed alone, so each is held against
//! its contact.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use carillon_domain::contact::Contact;
use carillon_domain::ids::{ContactId, ImportId, TenantId};
use serde::{Deserialize, Serialize};

use crate::keys;
use crate::port::{
    AttributeValue, Condition, Consistency, Cursor, Index, Item, Key, Query, Range, StoreError, Write,
};
use crate::sweeps::{Change, Sweeps};
use crate::tenant::{TenantTable, WORDS, stored, text_of};
use crate::{ImportPart, Stored};

/// Sorts after everything that begins as it does.
const LAST: char = '\u{10ffff}';

/// A contact, and the place in the list right behind it.
#[derive(Clone, Debug)]
pub struct Found<P> {
    /// Where the list goes on.
    pub place: P,
    /// Who.
    pub contact: Stored<Contact>,
}

/// A place among the contacts of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPlace {
    /// Where the part before it ended; absent for the first part.
    pub after: Option<Cursor>,
    /// How many contacts of the part have been seen.
    pub skip: usize,
}

impl TenantTable<'_> {
    /// At most `limit` contacts whose sort name begins so, by that name, from a place on; and whether there are more.
    pub async fn contacts_by_name(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<(Vec<Found<String>>, bool), StoreError> {
        let shards = 0..keys::CONTACT_LIST_SHARDS;
        let partitions = shards.map(|shard| keys::contact_list(self.tenant, shard));
        let (items, more) = self.merged(Index::List, partitions, prefix, after, limit).await?;
        let found = items.into_iter().map(|item| {
            let place = text_of(&item, "list_sk").unwrap_or_default().to_owned();
            Ok(Found { place, contact: stored(item)? })
        });
        Ok((found.collect::<Result<_, StoreError>>()?, more))
    }

    /// At most `limit` places of contacts that have a word which begins so, by word, from a place on; and whether
    /// there are more. A contact comes once, however many of its words begin so. Fewer may come than were asked for:
    /// what a finder says is no longer true for a second after a change.
    ///
    /// `prefix` is folded ([`carillon_domain::search::fold`]) and has at least two characters.
    pub async fn contacts_by_word(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<(Vec<Found<String>>, Option<String>), StoreError> {
        let shards = 0..keys::FINDER_SHARDS;
        let partitions = shards.map(|shard| keys::finder_partition(self.tenant, prefix, shard));
        let (items, more) = self.merged(Index::Primary, partitions, prefix, after, limit).await?;
        let finder = |item: &Item| {
            let place = text_of(item, "sk")?.to_owned();
            let (word, contact) = place.rsplit_once('#')?;
            let found: (String, ContactId) = (word.to_owned(), contact.parse().ok()?);
            Some((place, found.0, found.1))
        };
        let finders: Vec<(String, String, ContactId)> = items.iter().filter_map(finder).collect();
        let next = finders.last().filter(|_| more).map(|(place, _, _)| place.clone());
        let ids: BTreeSet<ContactId> = finders.iter().map(|(_, _, contact)| contact.clone()).collect();
        let contacts = self.contacts_by_id(&ids.into_iter().collect::<Vec<_>>()).await?;
        let by_id: HashMap<ContactId, Stored<Contact>> =
            contacts.into_iter().map(|contact| (contact.value.id.clone(), contact)).collect();
        let first_word = |contact: &Contact| {
            contact.search_words().into_iter().find(|word| word.starts_with(prefix)).unwrap_or_default()
        };
        let found = finders.into_iter().filter_map(|(place, word, id)| {
            let contact = by_id.get(&id).filter(|contact| first_word(&contact.value) == word)?;
            Some(Found { place, contact: contact.clone() })
        });
        Ok((found.collect(), next))
    }

    /// At most `limit` contacts that an import created or enrolled, in row order, from a place on; and the place where
    /// they go on. Those that have been deleted since are left out.
    pub async fn contacts_of_import(
        &self,
        import: &ImportId,
        from: Option<ImportPlace>,
        limit: usize,
    ) -> Result<(Vec<Found<ImportPlace>>, Option<ImportPlace>), StoreError> {
        let from = from.unwrap_or(ImportPlace { after: None, skip: 0 });
        let query = Query {
            index: Index::Primary,
            pk: keys::import_partition(self.tenant, import),
            range: Range::Prefix(keys::PART.to_owned()),
            ascending: true,
            limit: Some(1),
            after: from.after.clone(),
            consistency: Consistency::Eventual,
        };
        let page = self.table.query(&query).await?;
        let Some(part) = page.items.into_iter().next() else { return Ok((Vec::new(), None)) };
        let part: ImportPart = crate::codec::from_item(part)?;
        let all = part.contacts.len();
        let wanted: Vec<(usize, ContactId)> =
            part.contacts.into_iter().enumerate().skip(from.skip).take(limit).collect();
        let seen = from.skip + wanted.len();
        let place = |skip: usize| ImportPlace { after: from.after.clone(), skip };
        let next = if seen < all {
            Some(place(seen))
        } else {
            page.next.map(|next| ImportPlace { after: Some(next), skip: 0 })
        };
        let ids: BTreeSet<ContactId> = wanted.iter().map(|(_, id)| id.clone()).collect();
        let contacts = self.contacts_by_id(&ids.into_iter().collect::<Vec<_>>()).await?;
        let mut by_id: HashMap<ContactId, Stored<Contact>> =
            contacts.into_iter().map(|contact| (contact.value.id.clone(), contact)).collect();
        let found = wanted
            .into_iter()
            .filter_map(|(at, id)| Some(Found { place: place(at + 1), contact: by_id.remove(&id)? }));
        Ok((found.collect(), next))
    }

    /// One page of several partitions that hold one list, in the order of their sort keys.
    async fn merged(
        &self,
        index: Index,
        partitions: impl Iterator<Item = String>,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<(Vec<Item>, bool), StoreError> {
        let end = format!("{prefix}{LAST}");
        // Appending the least character makes "after" exclusive.
        let from = after.map_or_else(|| prefix.to_owned(), |place| format!("{place}\u{1}"));
        if from > end || !from.starts_with(prefix) {
            return Err(StoreError::invalid("the place is not in this list"));
        }
        let range = if from.is_empty() { Range::All } else { Range::Between(from, end) };
        let (_, sort_key) = index.attributes();
        let pages = partitions.map(|pk| {
            let query = Query {
                index,
                pk,
                range: range.clone(),
                ascending: true,
                limit: Some(limit + 1),
                after: None,
                consistency: Consistency::Eventual,
            };
            async move { self.table.query(&query).await }
        });
        let pages = futures::future::try_join_all(pages).await?;
        let mut items: Vec<Item> = pages.into_iter().flat_map(|page| page.items).collect();
        items.sort_by(|a, b| text_of(a, sort_key).cmp(&text_of(b, sort_key)));
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        Ok((items, more))
    }
}

impl Sweeps<'_> {
    /// Brings the finders up to date with a batch of changes. The same batch again leads to the same finders.
    pub async fn index_contacts(&self, batch: &[Change]) -> Result<(), StoreError> {
        let mut writes: BTreeMap<Key, Write> = BTreeMap::new();
        for change in batch {
            let Some((tenant, contact)) = change.new.as_ref().or(change.old.as_ref()).and_then(subject)
            else {
                continue;
            };
            let (old, new) = (words(change.old.as_ref()), words(change.new.as_ref()));
            for word in old.difference(&new) {
                let key = keys::finder(&tenant, word, &contact);
                writes.insert(key.clone(), Write::Delete { key, condition: Condition::None });
            }
            for word in new.difference(&old) {
                let key = keys::finder(&tenant, word, &contact);
                let attributes = [("pk", key.pk.clone()), ("sk", key.sk.clone())];
                let attributes = attributes.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
                let item = HashMap::from(attributes).into();
                writes.insert(key, Write::Put { item, condition: Condition::None });
            }
        }
        if writes.is_empty() {
            return Ok(());
        }
        self.table().batch_write(writes.into_values().collect()).await
    }
}

/// Whose words an item holds, if it is a contact.
fn subject(item: &Item) -> Option<(TenantId, ContactId)> {
    let (pk, sk) = (text_of(item, "pk")?, text_of(item, "sk")?);
    let (tenant, contact) = pk.strip_prefix("T#")?.split_once("#C#").filter(|_| sk == keys::CONTACT)?;
    Some((tenant.parse().ok()?, contact.parse().ok()?))
}

fn words(item: Option<&Item>) -> BTreeSet<String> {
    match item.and_then(|item| item.get(WORDS)) {
        Some(AttributeValue::Ss(words)) => words.iter().cloned().collect(),
        Some(_) | None => BTreeSet::new(),
    }
}

#[cfg(all(test, feature = "memory"))]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::memory::MemoryTable;

    fn contact(n: u32, first: &str, last: &str, email: Option<&str>) -> Contact {
        Contact {
            id: format!("con_{n:04}").parse().expect("an id"),
            phone: format!("+4420794600{n:02}").parse().expect("a number"),
            phone_given: String::new(),
            place: carillon_domain::phone::Place { country: "GB".into(), subdivision: None },
            line_type: carillon_domain::phone::LineType::FixedLine,
            zones: vec!["Europe/London".into()],
            first_name: Some(first.into()),
            last_name: Some(last.into()),
            company: None,
            email: email.map(str::to_owned),
            locale: None,
            external_id: None,
            tags: BTreeSet::new(),
            custom: BTreeMap::new(),
            consents: Vec::new(),
            source: None,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn changes(table: &MemoryTable) -> Vec<Change> {
        table.drain_changes().into_iter().map(Change::from).collect()
    }

    async fn names(acme: &TenantTable<'_>, prefix: &str, limit: u32) -> Vec<String> {
        let (mut names, mut after) = (Vec::new(), None);
        loop {
            let (found, next) = acme.contacts_by_word(prefix, after.as_deref(), limit).await.expect("read");
            names.extend(found.into_iter().filter_map(|found| found.contact.value.first_name));
            match next {
                Some(next) => after = Some(next),
                None => return names,
            }
        }
    }

    #[tokio::test]
    async fn a_contact_is_found_by_its_words_of_now_and_once() {
        let table = MemoryTable::new();
        let tenant: TenantId = "acme".parse().expect("an id");
        let acme = TenantTable::new(&table, &tenant);
        let sweeps = Sweeps::new(&table);
        let people = [
            contact(1, "Anna", "Andersson", Some("anna@example.com")),
            contact(2, "Jürgen", "Ansel", None),
            contact(3, "Bea", "Müller", None),
        ];
        for person in people {
            acme.save_contact(&Stored::new(person)).await.expect("saved");
        }
        let batch = changes(&table);
        sweeps.index_contacts(&batch).await.expect("indexed");
        sweeps.index_contacts(&batch).await.expect("and again");
        let _ = changes(&table);
        for limit in [1, 2, 10] {
            assert_eq!(names(&acme, "an", limit).await, ["Anna", "Jürgen"], "{limit}");
        }
        assert_eq!(names(&acme, "jur", 10).await, ["Jürgen"]);
        assert_eq!(names(&acme, "anna@ex", 10).await, ["Anna"]);
        assert_eq!(names(&acme, "zz", 10).await, Vec::<String>::new());
        // Bea marries; until the stream has brought it, nobody is found by a name that is no longer there.
        let mut bea = acme.contact(&"con_0003".parse().expect("an id")).await.expect("read").expect("there");
        bea.value.last_name = Some("Anders".into());
        acme.save_contact(&bea).await.expect("saved");
        assert_eq!(names(&acme, "mul", 10).await, Vec::<String>::new());
        sweeps.index_contacts(&changes(&table)).await.expect("indexed");
        assert_eq!(names(&acme, "ander", 10).await, ["Bea", "Anna"]);
        // Nothing is left of who is gone.
        for id in ["con_0001", "con_0002", "con_0003"] {
            let gone = acme.contact(&id.parse().expect("an id")).await.expect("read").expect("there");
            acme.delete_contact(&gone).await.expect("deleted");
        }
        sweeps.index_contacts(&changes(&table)).await.expect("indexed");
        assert!(table.items().iter().all(|item| !text_of(item, "pk").unwrap_or_default().contains("#F#")));
    }
}
