//! The law, as data, and what it says of one contact at one instant.
//!
//! Rules live in `crates/domain/rules/*.toml`, one file a jurisdiction, each rule with its citation, the source it
//! was read from and whether it was. [`evaluate()`] asks every rule that applies and answers with a [`Verdict`]
//! that lists them, so that it can be stored, put into words ([`explain`]) and, with its [`Grounds`], derived again
//! ([`replay`]).
//!
//! Decisions that no statute makes for us, and why:
//!
//! - **Hours are those of the called party's place.** Where that may be several time zones, all must be open.
//! - **Rules add up.** Federal and state law apply together, the campaign's own window on top. There is no order of
//!   precedence, because the strictest wins by itself.
//! - **An unknown state** gets the country's law alone, with [`Warning::SubdivisionUnknown`]. Taking the strictest of
//!   all states would close every number without an area code on Sundays and holidays of fifty states.
//! - **Unverified rules are obeyed** like law, and shown as unverified. Superseded ones are kept as defaults for
//!   people to read and decide nothing.
//! - **House rules** fill in where a country has none of the kind (`fallback = true`). A tenant may waive the
//!   house's hours, and the verdict says so; law and the announcement of recordings cannot be waived.
//! - **Everybody counts as a consumer**: exceptions for business contacts are not modelled.

mod applicable;
mod book;
mod evaluate;
mod explain;
mod grounds;
mod rule;
mod verdict;

pub use applicable::Applicable;
pub use book::{PackError, RuleBook};
pub use evaluate::{ReplayError, evaluate, replay};
pub use explain::explain;
pub use grounds::{Grounds, NotTermsId, Past, TermsId};
pub use rule::{
    ConsentWhen, HolidayRule, Jurisdiction, NotAJurisdiction, Parties, Predicate, Rule, RuleRef, Status,
};
pub use verdict::{
    Basis, Candidate, Cause, Duty, FrequencyCap, PastAttempt, Suppression, SuppressionReason, Terms, Verdict,
    Warning,
};

use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// By which way somebody is contacted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A telephone call.
    Voice,
    /// A text message.
    Sms,
    /// An email.
    Email,
}

/// Why somebody is contacted: the law asks more of those who sell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To sell, to advertise, or to prepare that: what the law calls telemarketing or telephone solicitation.
    Marketing,
    /// To tell people something about what they already have: an appointment, a delivery, an outage.
    #[serde(alias = "transactional")]
    Informational,
}

/// What somebody has agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// To be called.
    Calls,
    /// To be called by an artificial or recorded voice.
    AutomatedCalls,
    /// To be called by an artificial or recorded voice, over the person's signature.
    AutomatedCallsInWriting,
    /// To get text messages.
    Texts,
    /// To get emails.
    Emails,
    /// To have calls recorded.
    Recording,
}

impl Consent {
    /// Whether whoever has given this consent has given the other one with it.
    #[must_use]
    pub fn includes(self, other: Self) -> bool {
        match self {
            Self::AutomatedCallsInWriting => {
                matches!(other, Self::AutomatedCallsInWriting | Self::AutomatedCalls | Self::Calls)
            }
            Self::AutomatedCalls => matches!(other, Self::AutomatedCalls | Self::Calls),
            Self::Calls | Self::Texts | Self::Emails | Self::Recording => self == other,
        }
    }
}
