//! Who changed what: a table that writes down every change in the transaction that makes it.
//!
//! The API's handlers write through [`Audited`], so that a change without its entry cannot be written and an entry
//! without its change neither. From what to what follows from the item as the handler read it, for a handler loads
//! before it decides; nothing is read for the log's sake.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use carillon_domain::ids::{ContactId, TenantId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::check;
use crate::keys;
use crate::port::{
    AttributeValue, Condition, Consistency, Cursor, Index, Item, Key, Page, Query, Range, StoreError, Table,
    Write,
};
use crate::tenant::{Extras, ListPage, Stored, TenantTable, item, list_page};

/// Changed fields that one entry names at most.
const FIELDS_MAX: usize = 60;

/// The longest value that an entry repeats, characters of JSON.
const VALUE_CHARS_MAX: usize = 400;

/// Attributes that are how an item is stored, not what it says.
const STORAGE: [&str; 10] =
    ["key", "pk", "sk", "list_pk", "list_sk", "due_pk", "due_sk", "v", "expires_at", "updated_at"];

const SUPPRESSION: &str = "suppression";

/// Fields whose values are nobody's to read, wherever they stand.
const SECRET: [&str; 4] = ["salt", "hash", "secrets", "secret"];

/// An act: what somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// Whoever asked: a user's id, or an API key's.
    pub subject: String,
    /// As which role.
    pub role: String,
    /// An operator who acts in a tenant that is not the operator's own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_outside: bool,
    /// What was asked for, as the API calls it.
    pub operation: String,
    /// The request's id, which stands in every line that was logged for it.
    pub request: String,
    /// When.
    pub at: Timestamp,
}

/// One change, as it is written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Who, as what, by which request, when.
    #[serde(flatten)]
    pub act: Act,
    /// What was changed: the kind of thing, and its id.
    pub target: Target,
    /// What became of it.
    pub change: ChangeKind,
    /// Field by field. Values of people's data and of secrets are left out: the log outlives them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
}

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// `campaign`, `contact`, `settings` ...
    pub kind: String,
    /// Its id, where there is more than one of its kind. Of a suppression, whose: the digest of its address.
    pub id: Option<String>,
}

/// What became of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is new.
    Created,
    /// It is different.
    Changed,
    /// It is gone.
    Deleted,
}

/// One field's change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Which, as a path.
    pub field: String,
    /// What it was; absent if it was not there, or is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
    /// Whether the values are left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withheld: bool,
}

/// The table, for one request that changes something.
pub struct Audited {
    table: Arc<dyn Table>,
    tenant: TenantId,
    act: Act,
    /// Keeps the entries of two requests of one millisecond apart.
    nonce: String,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    items: HashMap<Key, Item>,
    entries: u32,
    concerns: Option<ContactId>,
}

impl Audited {
    /// The table for an act in a tenant. `nonce` is random.
    #[must_use]
    pub fn new(table: Arc<dyn Table>, tenant: TenantId, act: Act, nonce: String) -> Self {
        Self { table, tenant, act, nonce, seen: Mutex::default() }
    }

    /// Writes an entry for a change that was made elsewhere (at the secret store, say), or for many at once.
    ///
    /// # Errors
    /// The table's.
    pub async fn note(
        &self,
        target: Target,
        change: ChangeKind,
        fields: Vec<FieldChange>,
    ) -> Result<(), StoreError> {
        let entry = AuditEntry { act: self.act.clone(), target, change, fields };
        let write = self.entry(&entry)?.0;
        self.table.write(write).await
    }

    /// Whom the suppressions that are written next are about: the log names them by the digest of their address, for the
    /// address itself does not go into it.
    pub fn concerns(&self, contact: ContactId) {
        self.lock().concerns = Some(contact);
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn see(&self, item: &Item) {
        if let Some(key) = Key::of(item) {
            self.lock().items.insert(key, item.clone());
        }
    }

    /// The write of an entry, and a token that no other write has.
    fn entry(&self, entry: &AuditEntry) -> Result<(Write, String), StoreError> {
        let number = {
            let mut seen = self.lock();
            seen.entries += 1;
            seen.entries
        };
        let place = format!("{}#{}#{number:03}", keys::instant(self.act.at), self.nonce);
        let key = keys::audit(&self.tenant, &place);
        let item = item(key, &Stored::new(entry.clone()), Extras::default())?;
        Ok((Write::Put { item, condition: Condition::Absent }, format!("audit-{place}")))
    }

    /// What the log says of a write; nothing for what follows from another that it says something of.
    fn describe(&self, write: &Write) -> Option<AuditEntry> {
        let key = check::key(write).ok()?;
        let mut target = target(&self.tenant, &key)?;
        if target.kind == SUPPRESSION {
            target.id = self.lock().concerns.as_ref().map(|contact| contact.as_str().to_owned());
        }
        let old = self.lock().items.get(&key).cloned();
        let empty = Item::default();
        let (change, fields) = match write {
            Write::Put { item, .. } => {
                let change = if old.is_some() { ChangeKind::Changed } else { ChangeKind::Created };
                (change, differences(&key, old.as_ref().unwrap_or(&empty), item))
            }
            Write::Delete { .. } => {
                (ChangeKind::Deleted, differences(&key, old.as_ref().unwrap_or(&empty), &empty))
            }
            // What is counted or touched is no decision of anybody's.
            Write::Update { .. } | Write::Check { .. } => return None,
        };
        Some(AuditEntry { act: self.act.clone(), target, change, fields })
    }

    /// After a write, the next one of this request starts from what it left.
    fn remember(&self, writes: &[Write]) {
        for write in writes {
            match write {
                Write::Put { item, .. } => self.see(item),
                Write::Delete { key, .. } => {
                    self.lock().items.remove(key);
                }
                Write::Update { .. } | Write::Check { .. } => {}
            }
        }
    }
}

#[async_trait]
impl Table for Audited {
    async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Item>, StoreError> {
        let item = self.table.get(key, consistency).await?;
        item.iter().for_each(|item| self.see(item));
        Ok(item)
    }

    async fn batch_get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, StoreError> {
        let items = self.table.batch_get(keys, consistency).await?;
        items.iter().for_each(|item| self.see(item));
        Ok(items)
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        let page = self.table.query(query).await?;
        // The due index has keys only.
        if query.index != Index::Due {
            page.items.iter().for_each(|item| self.see(item));
        }
        Ok(page)
    }

    async fn write(&self, write: Write) -> Result<(), StoreError> {
        let Some(entry) = self.describe(&write) else { return self.table.write(write).await };
        let (entry, token) = self.entry(&entry)?;
        self.table.transact(vec![write.clone(), entry], &token).await?;
        self.remember(&[write]);
        Ok(())
    }

    async fn transact(&self, mut writes: Vec<Write>, token: &str) -> Result<(), StoreError> {
        let changes = writes.clone();
        for write in &changes {
            if let Some(entry) = self.describe(write) {
                writes.push(self.entry(&entry)?.0);
            }
        }
        // The entry names this request, so two requests that write the same are two transactions.
        self.table.transact(writes, &format!("{token}#{}", self.nonce)).await?;
        self.remember(&changes);
        Ok(())
    }

    async fn batch_write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        let entries = writes.iter().filter_map(|write| self.describe(write));
        let entries = entries.map(|entry| {
            let (write, _) = self.entry(&entry)?;
            Ok(match write {
                Write::Put { item, .. } => Write::Put { item, condition: Condition::None },
                other @ (Write::Update { .. } | Write::Delete { .. } | Write::Check { .. }) => other,
            })
        });
        // A batch is not atomic: the log first, so that it says rather too much.
        let entries = entries.collect::<Result<Vec<_>, StoreError>>()?;
        if !entries.is_empty() {
            self.table.batch_write(entries).await?;
        }
        self.table.batch_write(writes.clone()).await?;
        self.remember(&writes);
        Ok(())
    }
}

/// What a key names; `None` for what follows from something else, and for what belongs to no tenant.
fn target(tenant: &TenantId, key: &Key) -> Option<Target> {
    let rest = key.pk.strip_prefix(&format!("T#{tenant}"))?;
    let mut parts = rest.split('#').skip(1);
    let (area, owner) = (parts.next().unwrap_or_default(), parts.next());
    let (sk, behind) = key.sk.split_once('#').map_or((key.sk.as_str(), None), |(sk, rest)| (sk, Some(rest)));
    let (kind, id) = match (area, sk) {
        ("", "TENANT") => ("settings", None),
        ("K", "CAMPAIGN") => ("campaign", owner),
        ("K", "ROSTER") => ("enrollment", owner),
        ("C", "CONTACT") => ("contact", owner),
        // Two ids: whoever looks for a note looks for its contact.
        ("C", "N") => ("note", owner),
        ("C", "T") => ("task", owner),
        // The key is the address: whose it is, is told by whoever writes.
        ("S", _) => (SUPPRESSION, None),
        ("I", "IMPORT") => ("import", owner),
        ("users", _) => ("user", Some(key.sk.as_str())),
        ("keys", _) => ("api_key", Some(key.sk.as_str())),
        ("retries", _) => ("retry_template", Some(key.sk.as_str())),
        ("segments", _) => ("segment", Some(key.sk.as_str())),
        ("webhooks", "HOOK") => ("webhook", behind),
        ("queues", _) => ("queue", Some(key.sk.as_str())),
        ("agents", "G") => ("agent", behind),
        _ => return None,
    };
    Some(Target { kind: kind.to_owned(), id: id.map(str::to_owned) })
}

/// Whether an item's values are a person's.
fn is_personal(key: &Key) -> bool {
    key.pk.contains("#C#")
        || key.pk.contains("#S#")
        || key.pk.ends_with("#users")
        || key.pk.ends_with("#segments")
}

fn differences(key: &Key, old: &Item, new: &Item) -> Vec<FieldChange> {
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    for (item, flat) in [(old, &mut before), (new, &mut after)] {
        for (name, value) in item.iter().filter(|(name, _)| !STORAGE.contains(&name.as_str())) {
            flatten(name, value, 0, flat);
        }
    }
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    let personal = is_personal(key);
    changed
        .take(FIELDS_MAX)
        .map(|name| {
            let withheld = personal || name.split('.').any(|part| SECRET.contains(&part));
            let shown = |value: Option<&Value>| value.filter(|_| !withheld).map(shortened);
            FieldChange {
                field: name.clone(),
                from: shown(before.get(name)),
                to: shown(after.get(name)),
                withheld,
            }
        })
        .collect()
}

/// Objects by the path of their fields, two levels deep; lists as a whole.
fn flatten(path: &str, value: &AttributeValue, depth: u8, into: &mut BTreeMap<String, Value>) {
    if let AttributeValue::M(fields) = value
        && depth < 2
        && !fields.is_empty()
    {
        for (name, value) in fields {
            flatten(&format!("{path}.{name}"), value, depth + 1, into);
        }
    } else if !matches!(value, AttributeValue::Null(_)) {
        into.insert(path.to_owned(), json(value));
    }
}

fn json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => Value::String(text.clone()),
        AttributeValue::N(number) => serde_json::from_str(number).unwrap_or(Value::Null),
        AttributeValue::Bool(flag) => Value::Bool(*flag),
        AttributeValue::M(fields) => fields.iter().map(|(name, value)| (name.clone(), json(value))).collect(),
        AttributeValue::L(values) => Value::Array(values.iter().map(json).collect()),
        AttributeValue::Ss(texts) => Value::Array(texts.iter().cloned().map(Value::String).collect()),
        AttributeValue::Ns(numbers) => {
            Value::Array(numbers.iter().filter_map(|number| serde_json::from_str(number).ok()).collect())
        }
        // What is sealed is told apart and never shown: it is a person's.
        AttributeValue::B(sealed) => Value::Array(sealed.iter().map(|byte| Value::from(*byte)).collect()),
        AttributeValue::Null(_) | AttributeValue::Bs(_) => Value::Null,
    }
}

fn shortened(value: &Value) -> Value {
    let text = value.to_string();
    if text.chars().count() <= VALUE_CHARS_MAX {
        return value.clone();
    }
    let start: String = text.chars().take(VALUE_CHARS_MAX).collect();
    Value::String(format!("{start}…"))
}

impl TenantTable<'_> {
    /// The audit log between two instants, newest first.
    ///
    /// # Errors
    /// The table's.
    pub async fn audit_log(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
        after: Option<Cursor>,
    ) -> Result<ListPage<AuditEntry>, StoreError> {
        let (from, to) = (keys::instant(from), format!("{}#~", keys::instant(to)));
        if from > to {
            return Ok(ListPage { entries: Vec::new(), next: None });
        }
        let query = Query {
            index: Index::Primary,
            pk: keys::audit_partition(self.tenant),
            range: Range::Between(from, to),
            ascending: false,
            limit: Some(limit),
            after,
            consistency: Consistency::Strong,
        };
        list_page(self.table.query(&query).await?)
    }
}

#[cfg(all(test, feature = "memory"))]
mod tests {
    use super::*;
    use crate::memory::MemoryTable;

    fn tenant() -> TenantId {
        "acme".parse().expect("an id")
    }

    fn act() -> Act {
        Act {
            subject: "user-1".into(),
            role: "admin".into(),
            from_outside: false,
            operation: "edit_settings".into(),
            request: "request-1".into(),
            at: "2027-03-01T10:00:00Z".parse().expect("a time"),
        }
    }

    fn thing(sk: &str, fields: &[(&str, &str)]) -> Item {
        let keys = [("pk", "T#acme"), ("sk", sk)];
        let text = |(name, value): (&str, &str)| (name.to_owned(), AttributeValue::S(value.to_owned()));
        keys.into_iter().chain(fields.iter().copied()).map(text).collect::<HashMap<_, _>>().into()
    }

    async fn log(table: &MemoryTable) -> Vec<AuditEntry> {
        let tenant = tenant();
        let acme = TenantTable::new(table, &tenant);
        let page = acme.audit_log(Timestamp::UNIX_EPOCH, Timestamp::MAX, 100, None).await.expect("read");
        page.entries.into_iter().map(|stored| stored.value).collect()
    }

    #[tokio::test]
    async fn a_change_and_its_entry_are_one() {
        let table = Arc::new(MemoryTable::new());
        let audited = Audited::new(table.clone(), tenant(), act(), "n".into());
        let put = |item: Item, condition| Write::Put { item, condition };
        audited
            .write(put(thing("TENANT", &[("name", "Acme"), ("salt", "s")]), Condition::Absent))
            .await
            .expect("new");
        let again = audited.write(put(thing("TENANT", &[("name", "Other")]), Condition::Absent)).await;
        assert!(matches!(again, Err(StoreError::Conflict)), "refused");
        assert_eq!(log(&table).await.len(), 1, "what was refused did not happen");
        let key = Key { pk: "T#acme".into(), sk: "TENANT".into() };
        let audited = Audited::new(table.clone(), tenant(), act(), "m".into());
        audited.get(&key, Consistency::Strong).await.expect("read");
        let renamed = thing("TENANT", &[("name", "Acme AG"), ("salt", "t")]);
        audited.write(put(renamed, Condition::Present)).await.expect("changed");
        audited.write(Write::Delete { key, condition: Condition::None }).await.expect("deleted");
        let log = log(&table).await;
        let kinds: Vec<ChangeKind> = log.iter().map(|entry| entry.change).collect();
        assert_eq!(kinds.len(), 3);
        let renamed = log.iter().find(|entry| entry.change == ChangeKind::Changed).expect("there");
        assert_eq!(
            serde_json::to_value(&renamed.fields).expect("plain"),
            serde_json::json!([
                {"field": "name", "from": "Acme", "to": "Acme AG"},
                {"field": "salt", "withheld": true}
            ])
        );
    }

    #[tokio::test]
    async fn of_people_the_log_says_which_field_and_not_what_was_in_it() {
        let table = Arc::new(MemoryTable::new());
        let audited = Audited::new(table.clone(), tenant(), act(), "n".into());
        let mut item = thing("CONTACT", &[("first_name", "Ada")]);
        item.insert("pk".into(), AttributeValue::S("T#acme#C#con_1".into()));
        audited.write(Write::Put { item, condition: Condition::None }).await.expect("written");
        let log = log(&table).await;
        assert_eq!(log[0].target, Target { kind: "contact".into(), id: Some("con_1".into()) });
        assert_eq!(log[0].fields[0].field, "first_name");
        assert!(!serde_json::to_string(&log).expect("plain").contains("Ada"));
    }
}
