//! Envelope encryption of what is known of a person, so that forgetting the person is forgetting a key.
//!
//! KMS holds a key that never leaves it. It wraps one key per tenant; that one wraps a key per profile; and that one
//! seals the profile. KMS is asked once per tenant and some minutes, however many people are called or imported:
//! everything below the tenant's key is arithmetic. What a tenant's own texts tell, a segment's filter, the tenant's key
//! seals itself. See docs/adr/0009-forgetting-a-person-is-forgetting-a-key.md.
//!
//! The keys lie in a table of their own, the *private table*, which has neither stream nor backups: a key that is
//! deleted there is gone, and with it every copy of the profile, in whatever backup of the other table. So does the
//! index by which people are found, for what it holds cannot be sealed and still be looked for.
//!
//! | Question to the private table | Key | Limit, cost |
//! |---|---|---|
//! | A tenant's wrapped key | `T#t` / `KEY` | one item, once in five minutes and sandbox |
//! | Keys of profiles that were created together | `T#t#KEYS#id` / `KEYS` | one item, 32 keys, 2 KB |
//! | A tenant's contacts by name | `T#t#contacts#00` … `#03` / name and contact | 4 queries merged, keys only |
//! | Contacts by the beginning of a word of theirs | `T#t#F#ad#0` … `#3` / word and contact | 4 queries merged, keys only |

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use carillon_domain::ids::TenantId;
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use crate::port::{AttributeValue, Condition, Consistency, Item, Key, StoreError, Table, Update, Write};

mod crypto;
#[cfg(feature = "memory")]
mod local;

use self::crypto::{KEY_BYTES, SealingKey};

#[cfg(feature = "memory")]
pub use self::local::LocalKeys;

/// A key as it is used.
pub type PlainKey = Zeroizing<[u8; KEY_BYTES]>;

/// How many profiles' keys lie in one item: 2 KB, so that a million imported contacts cost a hundred thousand write
/// units for their keys rather than a million.
pub const KEYS_AN_ITEM: usize = 32;

/// How long a function remembers a tenant's key. A key that is disabled in KMS works for so long at most.
const REMEMBERED: Duration = Duration::from_secs(300);

/// A sandbox that has served more tenants than this forgets them all and begins anew.
const REMEMBERED_MAX: usize = 500;

const WRAPPED: &str = "wrapped";

/// Makes and unwraps tenants' keys. What was wrapped for one tenant is never unwrapped for another.
#[async_trait]
pub trait KeyService: Send + Sync {
    /// A new key, and the same wrapped.
    async fn generate(&self, tenant: &TenantId) -> Result<(PlainKey, Vec<u8>), KeyError>;

    /// What was wrapped for this tenant.
    async fn unwrap(&self, tenant: &TenantId, wrapped: &[u8]) -> Result<PlainKey, KeyError>;
}

/// Why a key could not be had.
#[derive(Debug, thiserror::Error)]
#[error("the tenant's key cannot be had")]
pub struct KeyError {
    /// Whether the same may succeed in a moment.
    pub passes: bool,
    /// What the service says.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

impl From<KeyError> for StoreError {
    fn from(error: KeyError) -> Self {
        if error.passes {
            Self::Busy(Some(error.into()))
        } else {
            Self::Refused("the tenant's key cannot be had".to_owned(), Some(error.into()))
        }
    }
}

/// Where a profile's key lies: an item of the private table, and which of its keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyPlace {
    item: String,
    slot: u8,
}

impl fmt::Display for KeyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.item, self.slot)
    }
}

impl KeyPlace {
    /// Reads what [`fmt::Display`] has written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (item, slot) = text.split_once('.')?;
        let plain = !item.is_empty() && item.bytes().all(|byte| byte.is_ascii_hexdigit());
        Some(Self { item: item.to_owned(), slot: slot.parse().ok()? }).filter(|_| plain)
    }

    fn attribute(&self) -> String {
        format!("k{}", self.slot)
    }
}

/// The key of one profile.
#[derive(Clone)]
pub struct ProfileKey {
    place: KeyPlace,
    key: Arc<SealingKey>,
}

impl ProfileKey {
    /// Where it lies: what is sealed with it must say so.
    #[must_use]
    pub fn place(&self) -> &KeyPlace {
        &self.place
    }
}

/// What a sealed text is about. It opens as nothing else: neither as another field, nor another's, nor in another
/// tenant.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// Whose.
    pub tenant: &'a TenantId,
    /// About whom: the partition that it lies in.
    pub subject: &'a str,
    /// Which text of theirs: its place in that partition.
    pub field: &'a str,
}

impl About<'_> {
    fn bytes(&self) -> Vec<u8> {
        // None of the three contains the separator: they are made of ids, which are plain.
        format!("carillon/1\n{}\n{}\n{}", self.tenant, self.subject, self.field).into_bytes()
    }
}

/// Fills with randomness.
type Random = Box<dyn Fn(&mut [u8]) + Send + Sync>;

/// The keys of all tenants, as far as this function may have them.
pub struct Vault {
    table: Arc<dyn Table>,
    service: Arc<dyn KeyService>,
    random: Random,
    remembered: Mutex<HashMap<TenantId, (Arc<SealingKey>, Instant)>>,
}

impl Vault {
    /// Over the private table and the service that holds the key of keys.
    #[must_use]
    pub fn new(table: Arc<dyn Table>, service: Arc<dyn KeyService>) -> Self {
        let system = SystemRandom::new();
        Self::with_random(table, service, move |bytes| {
            system.fill(bytes).expect("the kernel gives randomness");
        })
    }

    /// The same with another source of randomness, for simulations.
    #[must_use]
    pub fn with_random(
        table: Arc<dyn Table>,
        service: Arc<dyn KeyService>,
        random: impl Fn(&mut [u8]) + Send + Sync + 'static,
    ) -> Self {
        Self { table, service, random: Box::new(random), remembered: Mutex::default() }
    }

    /// In memory, with the same keys every time.
    #[cfg(feature = "memory")]
    #[must_use]
    pub fn in_memory(table: Arc<dyn Table>, service: Arc<LocalKeys>) -> Self {
        let count = std::sync::atomic::AtomicU64::new(0);
        Self::with_random(table, service, move |bytes| {
            let count = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            for (at, byte) in bytes.iter_mut().enumerate() {
                *byte = count.rotate_left(u32::try_from(at % 8 * 8).unwrap_or(0)).to_be_bytes()[7]
                    ^ at.to_be_bytes()[7];
            }
        })
    }

    /// The private table.
    pub(crate) fn table(&self) -> &dyn Table {
        self.table.as_ref()
    }

    /// Makes keys for profiles that are about to be created, at most [`KEYS_AN_ITEM`], in one write. A key that is
    /// then not needed is of no consequence.
    ///
    /// # Errors
    /// The table's, or that the tenant's key cannot be had.
    pub async fn new_keys(&self, tenant: &TenantId, count: usize) -> Result<Vec<ProfileKey>, StoreError> {
        debug_assert!(count <= KEYS_AN_ITEM);
        if count == 0 {
            return Ok(Vec::new());
        }
        let wrapping = self.tenant_key_or_new(tenant).await?;
        let mut id = [0; 16];
        (self.random)(&mut id);
        let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut item = keys_item(tenant, &id);
        let mut keys = Vec::with_capacity(count);
        for slot in 0..u8::try_from(count).unwrap_or(u8::MAX) {
            let mut key: PlainKey = Zeroizing::new([0; KEY_BYTES]);
            (self.random)(key.as_mut());
            let place = KeyPlace { item: id.clone(), slot };
            let wrapped = wrapping.seal(self.nonce(), &wrapping_about(tenant, &place), key.as_slice());
            item.insert(place.attribute(), AttributeValue::B(wrapped));
            keys.push(ProfileKey { place, key: Arc::new(SealingKey::new(&key)) });
        }
        let item = Item::from(item);
        self.table.write(Write::Put { item, condition: Condition::Absent }).await?;
        Ok(keys)
    }

    /// Throws keys away that were made and then not needed, none of them.
    ///
    /// # Errors
    /// The table's.
    pub(crate) async fn discard(&self, tenant: &TenantId, unused: &ProfileKey) -> Result<(), StoreError> {
        let key = keys_at(tenant, &unused.place.item);
        self.table.write(Write::Delete { key, condition: Condition::None }).await
    }

    /// The keys at these places, as many as still exist.
    ///
    /// # Errors
    /// The table's, or that the tenant's key cannot be had.
    pub async fn keys(
        &self,
        tenant: &TenantId,
        places: impl IntoIterator<Item = KeyPlace>,
    ) -> Result<HashMap<KeyPlace, ProfileKey>, StoreError> {
        let mut wanted: BTreeMap<String, BTreeSet<KeyPlace>> = BTreeMap::new();
        for place in places {
            wanted.entry(place.item.clone()).or_default().insert(place);
        }
        let mut found = HashMap::new();
        if wanted.is_empty() {
            return Ok(found);
        }
        let Some(wrapping) = self.tenant_key(tenant).await? else { return Ok(found) };
        // At half price first: keys hardly ever change. What is not there may have come a moment ago.
        for consistency in [Consistency::Eventual, Consistency::Strong] {
            for item in self.items(tenant, &wanted, consistency).await? {
                let Some(Key { pk, .. }) = Key::of(&item) else { continue };
                let id = pk.rsplit('#').next().unwrap_or_default();
                let Some(places) = wanted.get_mut(id) else { continue };
                for place in std::mem::take(places) {
                    match unwrapped(&wrapping, tenant, &place, &item) {
                        Some(key) => found.insert(place.clone(), ProfileKey { place, key: Arc::new(key) }),
                        None => {
                            places.insert(place);
                            None
                        }
                    };
                }
            }
            wanted.retain(|_, places| !places.is_empty());
            if wanted.is_empty() {
                break;
            }
        }
        Ok(found)
    }

    async fn items(
        &self,
        tenant: &TenantId,
        wanted: &BTreeMap<String, BTreeSet<KeyPlace>>,
        consistency: Consistency,
    ) -> Result<Vec<Item>, StoreError> {
        let keys: Vec<Key> = wanted.keys().map(|item| keys_at(tenant, item)).collect();
        match keys.as_slice() {
            [one] => Ok(self.table.get(one, consistency).await?.into_iter().collect()),
            many => self.table.batch_get(many, consistency).await,
        }
    }

    /// Destroys a key for good. That it is gone already is no error.
    ///
    /// # Errors
    /// The table's.
    pub async fn destroy(&self, tenant: &TenantId, place: &KeyPlace) -> Result<(), StoreError> {
        let update = Update { remove: vec![place.attribute()], ..Update::default() };
        let key = keys_at(tenant, &place.item);
        match self.table.write(Write::Update { key, update, condition: Condition::Present }).await {
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Seals a text.
    #[must_use]
    pub fn seal(&self, key: &ProfileKey, about: About<'_>, text: &[u8]) -> Vec<u8> {
        key.key.seal(self.nonce(), &about.bytes(), text)
    }

    /// Opens a text; absent if it was sealed with another key or about something else, or has been changed.
    #[must_use]
    pub fn open(key: &ProfileKey, about: About<'_>, sealed: &[u8]) -> Option<Vec<u8>> {
        key.key.open(&about.bytes(), sealed)
    }

    /// Seals a text that is the tenant's own, and about nobody whose key could be destroyed.
    ///
    /// # Errors
    /// The table's, or that the tenant's key cannot be had.
    pub async fn seal_for_tenant(&self, about: About<'_>, text: &[u8]) -> Result<Vec<u8>, StoreError> {
        let key = self.tenant_key_or_new(about.tenant).await?;
        Ok(key.seal(self.nonce(), &about.bytes(), text))
    }

    /// Opens such a text; absent if it was sealed about something else, or has been changed.
    ///
    /// # Errors
    /// The table's, or that the tenant's key cannot be had.
    pub async fn open_for_tenant(
        &self,
        about: About<'_>,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let key = self.tenant_key(about.tenant).await?;
        Ok(key.and_then(|key| key.open(&about.bytes(), sealed)))
    }

    fn nonce(&self) -> [u8; crypto::NONCE_BYTES] {
        let mut nonce = [0; crypto::NONCE_BYTES];
        (self.random)(&mut nonce);
        nonce
    }

    async fn tenant_key_or_new(&self, tenant: &TenantId) -> Result<Arc<SealingKey>, StoreError> {
        if let Some(key) = self.tenant_key(tenant).await? {
            return Ok(key);
        }
        let (key, wrapped) = self.service.generate(tenant).await?;
        let Key { pk, sk } = tenant_key_at(tenant);
        let item = HashMap::from([
            ("pk".to_owned(), AttributeValue::S(pk)),
            ("sk".to_owned(), AttributeValue::S(sk)),
            (WRAPPED.to_owned(), AttributeValue::B(wrapped)),
        ]);
        match self.table.write(Write::Put { item: item.into(), condition: Condition::Absent }).await {
            Ok(()) => Ok(self.remember(tenant, SealingKey::new(&key))),
            // Somebody else has made the tenant's first: that one counts.
            Err(StoreError::Conflict) => self.tenant_key(tenant).await?.ok_or(StoreError::Busy(None)),
            Err(error) => Err(error),
        }
    }

    async fn tenant_key(&self, tenant: &TenantId) -> Result<Option<Arc<SealingKey>>, StoreError> {
        {
            let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((key, since)) = remembered.get(tenant)
                && since.elapsed() < REMEMBERED
            {
                return Ok(Some(Arc::clone(key)));
            }
        }
        let found = self.table.get(&tenant_key_at(tenant), Consistency::Strong).await?;
        let Some(AttributeValue::B(wrapped)) = found.as_ref().and_then(|item| item.get(WRAPPED)) else {
            return Ok(None);
        };
        let key = self.service.unwrap(tenant, wrapped).await?;
        Ok(Some(self.remember(tenant, SealingKey::new(&key))))
    }

    fn remember(&self, tenant: &TenantId, key: SealingKey) -> Arc<SealingKey> {
        let key = Arc::new(key);
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED_MAX {
            remembered.clear();
        }
        remembered.insert(tenant.clone(), (Arc::clone(&key), Instant::now()));
        key
    }
}

fn unwrapped(wrapping: &SealingKey, tenant: &TenantId, place: &KeyPlace, item: &Item) -> Option<SealingKey> {
    let Some(AttributeValue::B(wrapped)) = item.get(&place.attribute()) else { return None };
    let key = Zeroizing::new(wrapping.open(&wrapping_about(tenant, place), wrapped)?);
    Some(SealingKey::new(key.as_slice().try_into().ok()?))
}

fn tenant_key_at(tenant: &TenantId) -> Key {
    Key { pk: format!("T#{tenant}"), sk: "KEY".to_owned() }
}

fn keys_at(tenant: &TenantId, item: &str) -> Key {
    Key { pk: format!("T#{tenant}#KEYS#{item}"), sk: "KEYS".to_owned() }
}

fn keys_item(tenant: &TenantId, item: &str) -> HashMap<String, AttributeValue> {
    let Key { pk, sk } = keys_at(tenant, item);
    HashMap::from([("pk".to_owned(), AttributeValue::S(pk)), ("sk".to_owned(), AttributeValue::S(sk))])
}

/// A wrapped key unwraps in its place alone.
fn wrapping_about(tenant: &TenantId, place: &KeyPlace) -> Vec<u8> {
    format!("carillon/1\n{tenant}\nkey\n{place}").into_bytes()
}
