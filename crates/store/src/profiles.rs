//! Contacts between their plain form, which everything above knows, and their sealed one, which the table knows.
//!
//! What the engine needs of a person stays in the clear: number, place, zones, consents. Everything else that a contact
//! holds is one sealed text, the attribute `profile`, beside the place of its key, the attribute `key`; so is the text of a
//! note. Items from before that are read as they are and sealed when they are next written.

use std::collections::HashMap;

use carillon_domain::contact::Contact;
use carillon_domain::ids::{ContactId, NoteId};
use carillon_domain::note::Note;
use futures::future::try_join_all;
use serde::de::DeserializeOwned;

use crate::codec;
use crate::keys;
use crate::port::{AttributeValue, Condition, Consistency, Item, Key, StoreError, Update, Write};
use crate::tenant::{Extras, Stored, TenantTable, VERSION, key_only, number, put, stored, text_of, version};
use crate::vault::{About, KEYS_AN_ITEM, KeyPlace, ProfileKey, Vault};

const PROFILE: &str = "profile";
const KEY: &str = "key";
/// That a contact is being deleted.
const GOING: &str = "going";

/// The attributes of a contact that are sealed: whatever the engine can do without.
const SEALED: [&str; 9] =
    ["phone_given", "first_name", "last_name", "company", "email", "locale", "external_id", "tags", "custom"];

/// And of a note.
const SEALED_OF_NOTES: [&str; 1] = ["text"];

impl<'a> TenantTable<'a> {
    /// The same handle with the keys of profiles. Without them contacts are read without what is sealed, which is all
    /// that most functions need, and cannot be written.
    #[must_use]
    pub fn with_vault(self, vault: &'a Vault) -> Self {
        Self { vault: Some(vault), ..self }
    }

    pub(crate) fn vault(&self) -> Result<&'a Vault, StoreError> {
        self.vault.ok_or_else(|| StoreError::invalid("this handle has no keys to seal a profile with"))
    }

    /// Keys for contacts that are about to be created, however many, few writes.
    pub async fn new_profile_keys(&self, count: usize) -> Result<Vec<ProfileKey>, StoreError> {
        let vault = self.vault()?;
        let pack = |from: usize| vault.new_keys(self.tenant, KEYS_AN_ITEM.min(count - from));
        let mut starts = (0..count).step_by(KEYS_AN_ITEM);
        // The first alone: whoever makes a tenant's first key makes the key that wraps it.
        let mut keys = match starts.next() {
            Some(first) => pack(first).await?,
            None => return Ok(Vec::new()),
        };
        keys.extend(try_join_all(starts.map(pack)).await?.into_iter().flatten());
        Ok(keys)
    }

    /// Throws keys away none of which was needed.
    pub async fn discard_profile_keys(&self, unused: &[ProfileKey]) -> Result<(), StoreError> {
        for key in unused.iter().step_by(KEYS_AN_ITEM) {
            self.vault()?.discard(self.tenant, key).await?;
        }
        Ok(())
    }

    /// Creates a contact; a conflict if it exists. It is listed and found once [`Self::index_contacts`] has been told
    /// of it.
    pub async fn create_contact(&self, contact: &Contact, key: &ProfileKey) -> Result<(), StoreError> {
        self.table.write(self.sealed_contact(&Stored::new(contact.clone()), key, None)?).await
    }

    /// Saves a contact, new or changed.
    ///
    /// The names that it loses leave the search before the contact loses them: what a crash leaves in the search is
    /// the contact's own, and goes with it.
    pub async fn save_contact(&self, contact: &Stored<Contact>) -> Result<(), StoreError> {
        let before = match contact.version {
            0 => None,
            _ => {
                let key = keys::contact(self.tenant, &contact.value.id);
                self.table.get(&key, Consistency::Strong).await?
            }
        };
        if before.as_ref().map_or(0, version) != contact.version {
            return Err(StoreError::Conflict);
        }
        if let Some(before) = &before {
            let known = self.opened::<Contact>(vec![before.clone()]).await?;
            let after = self.entries(&contact.value);
            let lost = known.iter().flat_map(|known| self.entries(&known.value));
            self.unlist(lost.filter(|entry| !after.contains(entry)).collect()).await?;
        }
        let key = match before.as_ref().and_then(|before| place_of(before).map(|place| (before, place))) {
            // Whoever is deleting it destroys this key: nothing is sealed with it any more.
            Some((before, place)) if before.contains_key(GOING) => {
                self.vault()?.destroy(self.tenant, &place).await?;
                None
            }
            Some((_, place)) => self.vault()?.keys(self.tenant, [place.clone()]).await?.remove(&place),
            None => None,
        };
        let key = match key {
            Some(key) => key,
            None => self.new_profile_keys(1).await?.remove(0),
        };
        self.table.write(self.sealed_contact(contact, &key, before.as_ref())?).await?;
        self.index_contacts(&[&contact.value]).await
    }

    /// Deletes a contact's own record with its key, on condition that it is as it was read.
    ///
    /// The record goes last, so that what a crash leaves can be deleted again. That it is going is written first:
    /// whoever has read it before cannot save it any more, and whoever saves it later seals it with another key.
    pub async fn delete_contact(&self, contact: &Stored<Contact>) -> Result<(), StoreError> {
        let key = keys::contact(self.tenant, &contact.value.id);
        let item = self.table.get(&key, Consistency::Strong).await?;
        let as_read = |version| Condition::Equals(VERSION, number(version));
        let going = contact.version + 1;
        let marks = [(GOING.to_owned(), AttributeValue::Bool(true)), (VERSION.to_owned(), number(going))];
        let update = Update { set: marks.into(), ..Update::default() };
        let condition = as_read(contact.version);
        self.table.write(Write::Update { key: key.clone(), update, condition }).await?;
        self.unlist_contact(&contact.value).await?;
        if let Some(place) = item.as_ref().and_then(place_of) {
            self.vault()?.destroy(self.tenant, &place).await?;
        }
        self.table.write(Write::Delete { key, condition: as_read(going) }).await
    }

    /// Lists contacts that have been created, and makes them findable. The same again is harmless.
    pub async fn index_contacts(&self, contacts: &[&Contact]) -> Result<(), StoreError> {
        let entries = contacts.iter().flat_map(|contact| self.entries(contact));
        let puts = entries.map(|key| Write::Put { item: key_only(key), condition: Condition::None });
        let puts: Vec<Write> = puts.collect();
        if puts.is_empty() { Ok(()) } else { self.vault()?.table().batch_write(puts).await }
    }

    /// Where a contact is listed and found, in the private table.
    fn entries(&self, contact: &Contact) -> Vec<Key> {
        let words = contact.search_words();
        let finders = words.iter().map(|word| keys::finder(self.tenant, word, &contact.id));
        let listed = keys::contact_by_name(self.tenant, &contact.sort_name(), &contact.id);
        finders.chain([listed]).collect()
    }

    /// Takes entries out of the lists. That they are not there is no error.
    async fn unlist(&self, entries: Vec<Key>) -> Result<(), StoreError> {
        let deletes = entries.into_iter().map(|key| Write::Delete { key, condition: Condition::None });
        let deletes: Vec<Write> = deletes.collect();
        if deletes.is_empty() { Ok(()) } else { self.vault()?.table().batch_write(deletes).await }
    }

    /// Nobody is listed or found as this contact any more.
    pub(crate) async fn unlist_contact(&self, contact: &Contact) -> Result<(), StoreError> {
        self.unlist(self.entries(contact)).await
    }

    /// Saves a note, new or changed, sealed with the key of whom it is about.
    pub async fn save_note(&self, note: &Stored<Note>) -> Result<(), StoreError> {
        let about = keys::contact(self.tenant, &note.value.contact);
        let contact = self.table.get(&about, Consistency::Strong).await?;
        let contact = contact.ok_or_else(|| StoreError::invalid("a note about nobody"))?;
        let place = match place_of(&contact) {
            Some(place) => place,
            None => {
                // A contact from before there were keys.
                for contact in self.opened(vec![contact]).await? {
                    self.save_contact(&contact).await?;
                }
                let contact = self.table.get(&about, Consistency::Strong).await?;
                contact.as_ref().and_then(place_of).ok_or(StoreError::Busy(None))?
            }
        };
        let key = self.vault()?.keys(self.tenant, [place.clone()]).await?.remove(&place);
        let key = key.ok_or_else(|| StoreError::invalid("a note about somebody who is being forgotten"))?;
        let write =
            put(keys::note(self.tenant, &note.value.contact, &note.value.id), note, Extras::default())?;
        self.table.write(self.sealed(write, &SEALED_OF_NOTES, &key, None)?).await
    }

    /// One note.
    pub async fn note(&self, contact: &ContactId, id: &NoteId) -> Result<Option<Stored<Note>>, StoreError> {
        let item = self.table.get(&keys::note(self.tenant, contact, id), Consistency::Strong).await?;
        Ok(self.opened(item.into_iter().collect()).await?.pop())
    }

    fn sealed_contact(
        &self,
        contact: &Stored<Contact>,
        key: &ProfileKey,
        before: Option<&Item>,
    ) -> Result<Write, StoreError> {
        let write = put(keys::contact(self.tenant, &contact.value.id), contact, Extras::default())?;
        self.sealed(write, &SEALED, key, before)
    }

    /// A write with everything sealed that is to be sealed, bound to the place where it is written. What says the same as
    /// before stays as it was sealed then, so that the audit log does not take it for a change.
    fn sealed(
        &self,
        write: Write,
        names: &[&str],
        key: &ProfileKey,
        before: Option<&Item>,
    ) -> Result<Write, StoreError> {
        let Write::Put { item, condition } = write else { return Ok(write) };
        let at = Key::of(&item).ok_or_else(|| StoreError::invalid("an item needs pk and sk"))?;
        let mut clear: HashMap<String, AttributeValue> = item.into();
        let mut sealed = HashMap::new();
        for name in names {
            sealed.extend(clear.remove(*name).map(|value| ((*name).to_owned(), value)));
        }
        let text: serde_json::Value = codec::from_item(sealed.into())?;
        let text = text.to_string();
        let known = match before.and_then(|before| before.get(PROFILE)) {
            Some(AttributeValue::B(known)) => Some(known),
            Some(_) | None => None,
        };
        let known = known.filter(|known| {
            Vault::open(key, self.about(&at), known).is_some_and(|before| before == text.as_bytes())
        });
        let sealed = match known {
            Some(known) => known.clone(),
            None => self.vault()?.seal(key, self.about(&at), text.as_bytes()),
        };
        clear.insert(PROFILE.to_owned(), AttributeValue::B(sealed));
        clear.insert(KEY.to_owned(), AttributeValue::S(key.place().to_string()));
        Ok(Write::Put { item: clear.into(), condition })
    }

    /// Entities from their items, in the same order. What cannot be opened is left out of them: there is no vault, or
    /// the key has been destroyed.
    pub(crate) async fn opened<T: DeserializeOwned>(
        &self,
        items: Vec<Item>,
    ) -> Result<Vec<Stored<T>>, StoreError> {
        let keys = self.keys_of(&items).await?;
        items.into_iter().map(|item| self.open(item, &keys)).collect()
    }

    /// The keys of what is sealed in these items.
    pub(crate) async fn keys_of(&self, items: &[Item]) -> Result<HashMap<KeyPlace, ProfileKey>, StoreError> {
        match self.vault {
            Some(vault) => vault.keys(self.tenant, items.iter().filter_map(place_of)).await,
            None => Ok(HashMap::new()),
        }
    }

    /// An entity from its item.
    pub(crate) fn open<T: DeserializeOwned>(
        &self,
        item: Item,
        keys: &HashMap<KeyPlace, ProfileKey>,
    ) -> Result<Stored<T>, StoreError> {
        let key = place_of(&item).and_then(|place| keys.get(&place));
        let (Some(key), Some(AttributeValue::B(sealed)), Some(at)) = (key, item.get(PROFILE), Key::of(&item))
        else {
            return stored(item);
        };
        let text = Vault::open(key, self.about(&at), sealed);
        let text = text.ok_or_else(|| StoreError::invalid("a sealed text is not of this item"))?;
        let text: serde_json::Value = serde_json::from_slice(&text)
            .map_err(|_| StoreError::invalid("a sealed text is no set of fields"))?;
        let opened: HashMap<String, AttributeValue> = codec::to_item(&text)?.into();
        let mut plain: HashMap<String, AttributeValue> = item.into();
        plain.extend(opened);
        stored(plain.into())
    }

    pub(crate) fn about<'k>(&self, at: &'k Key) -> About<'k>
    where
        'a: 'k,
    {
        About { tenant: self.tenant, subject: &at.pk, field: &at.sk }
    }
}

/// Where the key of what is sealed in an item lies.
pub(crate) fn place_of(item: &Item) -> Option<KeyPlace> {
    KeyPlace::parse(text_of(item, KEY)?)
}
