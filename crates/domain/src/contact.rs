//! A person, as far as calling them is concerned.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{ContactId, ImportId};
use crate::phone::{E164, LineType, Place};
use crate::script::MergeFields;

/// A contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// The number to call.
    pub phone: E164,
    /// The number as it was given. Empty where the contact was read without its sealed profile.
    #[serde(default)]
    pub phone_given: String,
    /// Where the number belongs.
    pub place: Place,
    /// What kind of line it is.
    pub line_type: LineType,
    /// IANA zones in which the person may be: all must be open. One, if it was given for this contact.
    pub zones: Vec<String>,
    /// Given name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Email address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// BCP 47 tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The key in the system that the contact came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    /// Custom fields by column name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub custom: BTreeMap<String, String>,
    /// What the person has agreed to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<ConsentGiven>,
    /// The import that created it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Contacts that turned out to be the same person: their history is read with this one's.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub merged: BTreeSet<ContactId>,
    /// Created.
    pub created_at: Timestamp,
    /// Last changed.
    pub updated_at: Timestamp,
}

/// A consent as the contact's source states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentGiven {
    /// To what: `calls`, `automated_calls`, `recording` ...
    pub kind: crate::compliance::Consent,
    /// Where it is written down: `import imp_… column consent`.
    pub evidence: String,
    /// Since when.
    pub at: Timestamp,
}

/// That a person was forgotten, and what stays to prove that contacting was lawful while it lasted. It names nobody: the
/// contact's id is a digest of its number, so only who has the number already can tell whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Who was.
    pub contact: ContactId,
    /// When.
    pub at: Timestamp,
    /// Which user asked for it.
    pub by: String,
    /// What the person had agreed to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<ConsentGiven>,
    /// Contacts that had been merged into this one, and were forgotten with it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub merged: BTreeSet<ContactId>,
}

/// The row that a contact or enrollment came from. What makes repeating a part of an import harmless.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The import.
    pub import: ImportId,
    /// The data row, 1 for the first after the header.
    pub row: u64,
}

impl Contact {
    /// The name that lists are sorted by, in lower case: family name, given name, company.
    #[must_use]
    pub fn sort_name(&self) -> String {
        let parts = [&self.last_name, &self.first_name, &self.company];
        let name = parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
        name.chars().filter(|c| !c.is_control()).take(100).collect::<String>().to_lowercase()
    }

    /// The values that a script may mention.
    #[must_use]
    pub fn merge_fields(&self) -> MergeFields {
        let name =
            [&self.first_name, &self.last_name].into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
        let named = [
            ("first_name", self.first_name.clone()),
            ("last_name", self.last_name.clone()),
            ("company", self.company.clone()),
            ("name", Some(name)),
        ];
        let named = named.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
        named.chain(self.custom.iter().map(|(key, value)| (format!("custom.{key}"), value.clone()))).collect()
    }
}
