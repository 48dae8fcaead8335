//! Finding contacts: by name in order, by the beginning of a word as one types, by the import that brought them.
//!
//! Names cannot be sealed and still be searched, so the entries lie in the private table ([`crate::vault`]): there, what is
//! deleted is gone. Those of words that a contact loses go before it is written, and all that it has are written right
//! after it: a crash in between leaves a contact that is found by fewer words, or by its number alone, until it is next
//! saved, and never a word that nobody could trace back to it. None is believed alone: each is held against its contact.

use std::collections::{BTreeSet, HashMap};

use carillon_domain::contact::Contact;
use carillon_domain::ids::{ContactId, ImportId};
use serde::{Deserialize, Serialize};

use crate::keys;
use crate::port::{Consistency, Cursor, Index, Query, Range, SK, StoreError};
use crate::tenant::{TenantTable, text_of};
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
    /// At most `limit` contacts whose sort name begins so, by that name, from a place on; and the place where they go on.
    pub async fn contacts_by_name(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<(Vec<Found<String>>, Option<String>), StoreError> {
        let shards = 0..keys::CONTACT_LIST_SHARDS;
        let partitions = shards.map(|shard| keys::contact_list(self.tenant, shard));
        let (entries, next) = self.merged(partitions, prefix, after, limit).await?;
        let by_id = self.by_id(&entries).await?;
        let found = entries.into_iter().filter_map(|(place, name, id)| {
            let contact = by_id.get(&id).filter(|contact| contact.value.sort_name() == name)?;
            Some(Found { place, contact: contact.clone() })
        });
        Ok((found.collect(), next))
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
        let (entries, next) = self.merged(partitions, prefix, after, limit).await?;
        let by_id = self.by_id(&entries).await?;
        let first_word = |contact: &Contact| {
            contact.search_words().into_iter().find(|word| word.starts_with(prefix)).unwrap_or_default()
        };
        let found = entries.into_iter().filter_map(|(place, word, id)| {
            let contact = by_id.get(&id).filter(|contact| first_word(&contact.value) == word)?;
            Some(Found { place, contact: contact.clone() })
        });
        Ok((found.collect(), next))
    }

    /// How many entries there are of words that begin so, as far as `up_to`: which of two words fewer people have.
    ///
    /// `prefix` is as for [`Self::contacts_by_word`].
    ///
    /// # Errors
    /// The table's.
    pub async fn count_by_word(&self, prefix: &str, up_to: u32) -> Result<usize, StoreError> {
        let shards = 0..keys::FINDER_SHARDS;
        let partitions = shards.map(|shard| keys::finder_partition(self.tenant, prefix, shard));
        let (entries, _) = self.merged(partitions, prefix, None, up_to).await?;
        Ok(entries.len())
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

    async fn by_id(&self, entries: &[Entry]) -> Result<HashMap<ContactId, Stored<Contact>>, StoreError> {
        let ids: BTreeSet<ContactId> = entries.iter().map(|(_, _, contact)| contact.clone()).collect();
        let contacts = self.contacts_by_id(&ids.into_iter().collect::<Vec<_>>()).await?;
        Ok(contacts.into_iter().map(|contact| (contact.value.id.clone(), contact)).collect())
    }

    /// One page of several partitions that hold one list, in the order of their sort keys, and where the list goes on.
    async fn merged(
        &self,
        partitions: impl Iterator<Item = String>,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<(Vec<Entry>, Option<String>), StoreError> {
        let private = self.vault()?.table();
        let end = format!("{prefix}{LAST}");
        // Appending the least character makes "after" exclusive.
        let from = after.map_or_else(|| prefix.to_owned(), |place| format!("{place}\u{1}"));
        if from > end || !from.starts_with(prefix) {
            return Err(StoreError::invalid("the place is not in this list"));
        }
        let range = if from.is_empty() { Range::All } else { Range::Between(from, end) };
        let mut parts: Vec<Part> = partitions.map(Part::new).collect();
        let share = (limit / u32::try_from(parts.len()).unwrap_or(1).max(1) * 2 + SLACK).min(limit + 1);
        loop {
            let mut places: Vec<&String> = parts.iter().flat_map(|part| &part.places).collect();
            places.sort_unstable();
            let last = places.get(limit as usize).map(|place| (*place).clone());
            let behind: Vec<&mut Part> =
                parts.iter_mut().filter(|part| part.is_behind(last.as_ref())).collect();
            if behind.is_empty() {
                break;
            }
            let reads = behind.into_iter().map(|part| {
                let query = Query {
                    index: Index::Primary,
                    pk: part.pk.clone(),
                    range: range.clone(),
                    ascending: true,
                    limit: Some(share),
                    after: part.after.clone(),
                    consistency: Consistency::Eventual,
                };
                async move {
                    let page = private.query(&query).await?;
                    part.places
                        .extend(page.items.iter().filter_map(|item| text_of(item, SK)).map(str::to_owned));
                    (part.more, part.after) = (page.next.is_some(), page.next);
                    Ok::<_, StoreError>(())
                }
            });
            futures::future::try_join_all(reads).await?;
        }
        let mut places: Vec<String> = parts.into_iter().flat_map(|part| part.places).collect();
        places.sort_unstable();
        let more = places.len() > limit as usize;
        places.truncate(limit as usize);
        let next = places.last().filter(|_| more).cloned();
        let entry = |place: &str| {
            let (name, contact) = place.rsplit_once('#')?;
            Some((place.to_owned(), name.to_owned(), contact.parse().ok()?))
        };
        Ok((places.iter().filter_map(|place| entry(place)).collect(), next))
    }
}

/// What is asked of each partition of a list beyond twice its share of a page. Names are spread evenly, so that is nearly
/// always enough; who holds the list up is asked again.
const SLACK: u32 = 6;

/// What has been read of one partition of a list.
struct Part {
    pk: String,
    places: Vec<String>,
    after: Option<Cursor>,
    more: bool,
}

impl Part {
    fn new(pk: String) -> Self {
        Self { pk, places: Vec::new(), after: None, more: true }
    }

    /// Whether what it has not told yet may come before the last place that is wanted.
    fn is_behind(&self, last: Option<&String>) -> bool {
        self.more && last.is_none_or(|last| self.places.last().is_none_or(|known| known < last))
    }
}

/// A place in a list, the name or word that it stands for, and whose.
type Entry = (String, String, ContactId);

#[cfg(all(test, feature = "memory"))]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use carillon_domain::ids::TenantId;
    use jiff::Timestamp;

    use super::*;
    use crate::memory::{MemoryTable, OperationKind};
    use crate::vault::Vault;

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
            merged: BTreeSet::new(),
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
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
    async fn a_list_over_many_partitions_comes_in_order_and_whole_whatever_a_page_holds() {
        let (table, private) = (MemoryTable::new(), Arc::new(MemoryTable::new()));
        let vault = Vault::in_memory(private, Arc::default());
        let tenant: TenantId = "acme".parse().expect("an id");
        let acme = TenantTable::new(&table, &tenant).with_vault(&vault);
        // Half of the names sort together, so that no page takes as much from each partition.
        let people: Vec<Contact> = (0..90)
            .map(|n| {
                contact(n, if n % 2 == 0 { "Aaron" } else { "Zoe" }, &format!("Name{:02}", n * 37 % 90), None)
            })
            .collect();
        for person in &people {
            acme.save_contact(&Stored::new(person.clone())).await.expect("saved");
        }
        let mut wanted: Vec<(String, ContactId)> =
            people.iter().map(|person| (person.sort_name(), person.id.clone())).collect();
        wanted.sort();
        for limit in [1, 7, 16, 90, 200] {
            let (mut seen, mut after, mut pages) = (Vec::new(), None::<String>, 0);
            loop {
                let (found, next) = acme.contacts_by_name("", after.as_deref(), limit).await.expect("read");
                pages += 1;
                seen.extend(
                    found.into_iter().map(|found| (found.contact.value.sort_name(), found.contact.value.id)),
                );
                match next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
            assert_eq!(seen, wanted, "{limit}");
            assert_eq!(pages, 90_u32.div_ceil(limit), "{limit} a page, all of them full");
        }
    }

    #[tokio::test]
    async fn a_page_anywhere_in_a_long_list_is_one_question_to_each_partition_and_two_batches() {
        let (table, private) = (MemoryTable::new(), Arc::new(MemoryTable::new()));
        let vault = Vault::in_memory(private.clone(), Arc::default());
        let tenant: TenantId = "acme".parse().expect("an id");
        let acme = TenantTable::new(&table, &tenant).with_vault(&vault);
        for n in 0..400 {
            let person = contact(n, "Ada", &format!("Name{:03}", n * 37 % 400), None);
            acme.save_contact(&Stored::new(person)).await.expect("saved");
        }
        let mut after = None::<String>;
        for page in 0..8 {
            table.reset_usage();
            private.reset_usage();
            let (found, next) = acme.contacts_by_name("", after.as_deref(), 50).await.expect("read");
            assert_eq!(found.len(), 50);
            let calls = |table: &MemoryTable| -> BTreeMap<OperationKind, u64> {
                table.usage().by_operation.iter().map(|(kind, units)| (*kind, units.calls)).collect()
            };
            let asked = [(OperationKind::Query(Index::Primary), 4), (OperationKind::BatchGet, 1)];
            assert_eq!(calls(&private), BTreeMap::from(asked), "page {page}");
            assert_eq!(calls(&table), BTreeMap::from([(OperationKind::BatchGet, 1)]), "page {page}");
            after = next;
        }
        assert_eq!(after, None);
    }

    #[tokio::test]
    async fn a_contact_is_found_by_its_words_of_now_and_once() {
        let (table, private) = (MemoryTable::new(), Arc::new(MemoryTable::new()));
        let vault = Vault::in_memory(private.clone(), Arc::default());
        let tenant: TenantId = "acme".parse().expect("an id");
        let acme = TenantTable::new(&table, &tenant).with_vault(&vault);
        let people = [
            contact(1, "Anna", "Andersson", Some("anna@example.com")),
            contact(2, "Jürgen", "Ansel", None),
            contact(3, "Bea", "Müller", None),
        ];
        for person in &people {
            acme.save_contact(&Stored::new(person.clone())).await.expect("saved");
        }
        let entries = private.len();
        acme.index_contacts(&people.iter().collect::<Vec<_>>()).await.expect("and again");
        assert_eq!(private.len(), entries);
        for limit in [1, 2, 10] {
            assert_eq!(names(&acme, "an", limit).await, ["Anna", "Jürgen"], "{limit}");
        }
        assert_eq!(names(&acme, "jur", 10).await, ["Jürgen"]);
        assert_eq!(names(&acme, "anna@ex", 10).await, ["Anna"]);
        assert_eq!(names(&acme, "zz", 10).await, Vec::<String>::new());
        for (word, up_to, counted) in [("mul", 10, 1), ("zz", 10, 0), ("an", 1, 1)] {
            assert_eq!(acme.count_by_word(word, up_to).await.expect("counted"), counted, "{word}");
        }
        // Bea marries, and is found by the new name alone.
        let mut bea = acme.contact(&"con_0003".parse().expect("an id")).await.expect("read").expect("there");
        bea.value.last_name = Some("Anders".into());
        acme.save_contact(&bea).await.expect("saved");
        assert_eq!(names(&acme, "mul", 10).await, Vec::<String>::new());
        assert_eq!(names(&acme, "ander", 10).await, ["Bea", "Anna"]);
        // Nothing is left of who is gone.
        for id in ["con_0001", "con_0002", "con_0003"] {
            let gone = acme.contact(&id.parse().expect("an id")).await.expect("read").expect("there");
            acme.delete_contact(&gone).await.expect("deleted");
        }
        let left = private.items();
        assert!(
            left.iter()
                .all(|item| text_of(item, "pk").is_some_and(|pk| pk == "T#acme" || pk.contains("#KEYS#")))
        );
    }
}
