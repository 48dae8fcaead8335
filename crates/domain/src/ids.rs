//! Identifiers. Each kind has its own type, so that one cannot be passed for another.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The text is not an identifier of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {kind} id")]
pub struct BadId {
    /// Which kind was expected.
    pub kind: &'static str,
}

/// What every id may consist of: it travels in keys, URLs and file names without escaping.
fn is_plain(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $kind:literal, $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// A new id, from a time-ordered random UUID.
            #[must_use]
            pub fn from_uuid(uuid: Uuid) -> Self {
                Self(format!(concat!($prefix, "{}"), uuid.simple()))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;

            fn try_from(text: String) -> Result<Self, BadId> {
                if is_plain(&text) && text.starts_with($prefix) { Ok(Self(text)) } else { Err(BadId { kind: $kind }) }
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                text.to_owned().try_into()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// An organisation; owns everything else. Chosen by the operator (`acme`), so it has no prefix.
    TenantId, "tenant", "";
    /// A person. Derived from the tenant and the first address by [`ContactId::of_address`].
    ContactId, "contact", "con_";
    /// A campaign.
    CampaignId, "campaign", "cmp_";
    /// One CSV on its way in.
    ImportId, "import", "imp_";
    /// Somebody who takes calls. Derived from the user by [`AgentId::of_user`].
    AgentId, "agent", "agt_";
    /// What calls wait in.
    QueueId, "queue", "que_";
    /// A call that came in.
    InboundId, "call", "inb_";
    /// What somebody wrote down about a contact.
    NoteId, "note", "not_";
    /// A saved search for contacts.
    SegmentId, "segment", "seg_";
    /// A retry policy with a name.
    RetryTemplateId, "retry template", "rtp_";
    /// Where a tenant wants to be told what happens.
    HookId, "webhook", "whk_";
}

impl AgentId {
    /// The agent that a user is: whoever has signed in finds their own presence without a look-up.
    #[must_use]
    pub fn of_user(subject: &str) -> Self {
        let digest = Sha256::digest(subject);
        Self(format!("agt_{}", hex(&digest[..10])))
    }
}

impl InboundId {
    /// The call that a provider's id stands for: the same when its webhook arrives twice.
    #[must_use]
    pub fn of_call(provider_id: &str) -> Self {
        let digest = Sha256::digest(provider_id);
        Self(format!("inb_{}", hex(&digest[..16])))
    }
}

impl ContactId {
    /// The contact that an address belongs to: the same in every import, so that a duplicate within the tenant
    /// is found by a conditional write and no index. Keyed with the tenant's salt, because an unkeyed hash of a
    /// phone number is a phone number to anybody with a minute of computing time.
    #[must_use]
    pub fn of_address(salt: &[u8], address: &str) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(salt).expect("HMAC takes a key of any length");
        mac.update(address.as_bytes());
        let digest = mac.finalize().into_bytes();
        Self(format!("con_{}", hex(&digest[..16])))
    }
}

impl ImportId {
    /// The import that an object dropped on S3 stands for: the same when its event arrives twice.
    #[must_use]
    pub fn of_object(bucket: &str, key: &str, version: &str) -> Self {
        let digest = Sha256::digest(format!("{bucket}\0{key}\0{version}"));
        Self(format!("imp_{}", hex(&digest[..16])))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A contact's place in a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EnrollmentRef {
    /// Whose.
    pub tenant: TenantId,
    /// In which campaign.
    pub campaign: CampaignId,
    /// Which contact.
    pub contact: ContactId,
}

/// One try at one enrollment. Its text form stands in callback URLs and in the provider's records, and its
/// uniqueness is what keeps anybody from being called twice for one attempt.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AttemptRef {
    /// The enrollment.
    pub enrollment: EnrollmentRef,
    /// 1 for the first try.
    pub number: u16,
}

impl fmt::Display for AttemptRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let EnrollmentRef { tenant, campaign, contact } = &self.enrollment;
        write!(f, "{tenant}.{campaign}.{contact}.{}", self.number)
    }
}

impl From<AttemptRef> for String {
    fn from(attempt: AttemptRef) -> Self {
        attempt.to_string()
    }
}

impl TryFrom<String> for AttemptRef {
    type Error = BadId;

    fn try_from(text: String) -> Result<Self, BadId> {
        text.parse()
    }
}

impl FromStr for AttemptRef {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        const BAD: BadId = BadId { kind: "attempt" };
        let mut parts = text.split('.');
        let mut part = || parts.next().ok_or(BAD);
        let enrollment =
            EnrollmentRef { tenant: part()?.parse()?, campaign: part()?.parse()?, contact: part()?.parse()? };
        let number: u16 = part()?.parse().map_err(|_| BAD)?;
        if number == 0 || parts.next().is_some() {
            return Err(BAD);
        }
        Ok(Self { enrollment, number })
    }
}

/// A call that wants, or has, an agent: an attempt's, or one that came in. Its text form names its conference and
/// stands in callback URLs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum LiveId {
    /// We called.
    Attempt(AttemptRef),
    /// They called.
    Inbound {
        /// Whom.
        tenant: TenantId,
        /// Which call.
        call: InboundId,
    },
}

impl LiveId {
    /// Whose.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        match self {
            Self::Attempt(attempt) => &attempt.enrollment.tenant,
            Self::Inbound { tenant, .. } => tenant,
        }
    }

    /// The attempt, if we called.
    #[must_use]
    pub fn attempt(&self) -> Option<&AttemptRef> {
        match self {
            Self::Attempt(attempt) => Some(attempt),
            Self::Inbound { .. } => None,
        }
    }
}

impl From<AttemptRef> for LiveId {
    fn from(attempt: AttemptRef) -> Self {
        Self::Attempt(attempt)
    }
}

impl fmt::Display for LiveId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attempt(attempt) => attempt.fmt(f),
            Self::Inbound { tenant, call } => write!(f, "{tenant}.{call}"),
        }
    }
}

impl From<LiveId> for String {
    fn from(live: LiveId) -> Self {
        live.to_string()
    }
}

impl TryFrom<String> for LiveId {
    type Error = BadId;

    fn try_from(text: String) -> Result<Self, BadId> {
        text.parse()
    }
}

impl FromStr for LiveId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        const BAD: BadId = BadId { kind: "call" };
        let (tenant, call) = text.split_once('.').ok_or(BAD)?;
        if call.contains('.') {
            return text.parse().map(Self::Attempt);
        }
        Ok(Self::Inbound { tenant: tenant.parse()?, call: call.parse()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_live_call_is_an_attempt_or_came_in() {
        for text in ["acme.cmp_1.con_2.3", "acme.inb_0f"] {
            let live: LiveId = text.parse().expect("valid");
            assert_eq!(live.to_string(), text);
            assert_eq!(live.tenant().as_str(), "acme");
        }
        for bad in ["", "acme", "acme.cmp_1", "acme.inb_1.x", "acme.inb_1.con_2.3", "a#b.inb_1"] {
            assert!(bad.parse::<LiveId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_attempt_survives_its_text_form_and_nothing_else_parses() {
        let text = "acme.cmp_1.con_2.3";
        let attempt: AttemptRef = text.parse().expect("valid");
        assert_eq!(attempt.to_string(), text);
        for bad in [
            "",
            "acme",
            "acme.cmp_1.con_2",
            "acme.cmp_1.con_2.0",
            "acme.cmp_1.con_2.3.4",
            "acme.con_2.cmp_1.3",
            "a#b.cmp_1.con_2.3",
        ] {
            assert!(bad.parse::<AttemptRef>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_contact_id_depends_on_salt_and_address_alone() {
        let one = ContactId::of_address(b"salt", "+493012345678");
        assert_eq!(one, ContactId::of_address(b"salt", "+493012345678"));
        assert_ne!(one, ContactId::of_address(b"other", "+493012345678"));
        assert_ne!(one, ContactId::of_address(b"salt", "+493012345679"));
    }
}
