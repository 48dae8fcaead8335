//! Addresses that must not be contacted.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::compliance::{Channel, SuppressionReason};

/// An address on a tenant's suppression list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// A phone number in E.164 form, or an email address in lower case.
    pub address: String,
    /// For which kind of contact.
    pub scope: Scope,
    /// Why.
    pub reason: SuppressionReason,
    /// Where that is written down: an attempt, an import's row, a user.
    pub source: String,
    /// Since when.
    pub added_at: Timestamp,
}

/// For which kind of contact an address is suppressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Every kind.
    All,
    /// Calls.
    Voice,
    /// Text messages.
    Sms,
    /// Email.
    Email,
}

impl Scope {
    /// Its name in keys and in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Voice => "voice",
            Self::Sms => "sms",
            Self::Email => "email",
        }
    }
}

impl Suppression {
    /// As the rules see it: without the address.
    #[must_use]
    pub fn for_rules(&self) -> crate::compliance::Suppression {
        let channel = match self.scope {
            Scope::All => None,
            Scope::Voice => Some(Channel::Voice),
            Scope::Sms => Some(Channel::Sms),
            Scope::Email => Some(Channel::Email),
        };
        crate::compliance::Suppression { id: self.source.clone(), channel, reason: self.reason }
    }
}
