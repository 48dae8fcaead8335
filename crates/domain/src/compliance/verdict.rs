//! What is asked, and what is answered. All of it can be stored, so that a decision can be made again.

use std::num::NonZeroU16;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Channel, Purpose, RuleRef};
use crate::caps::{Cap, Period};
use crate::contact::ConsentGiven;
use crate::phone::Place;
use crate::window::{WeekWindow, Zones};

/// What is the same for everybody whom a campaign contacts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// How.
    pub channel: Channel,
    /// Why.
    pub purpose: Purpose,
    /// About what: laws that limit calls "on the same subject" count those that carry the same text. A campaign's
    /// id will do.
    pub subject: String,
    /// The campaign's own hours.
    pub window: WeekWindow,
    /// Whether a recorded or generated voice speaks: text to speech and AI as well as a recording.
    pub artificial_voice: bool,
    /// Whether the call is recorded.
    pub record: bool,
    /// The tenant's own limits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<FrequencyCap>,
    /// Leave out the house rules that may be (its hours, never law): for people who asked to be told at any hour.
    #[serde(default)]
    pub waive_house_rules: bool,
}

/// A tenant's limit across its campaigns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrequencyCap {
    /// What people call it.
    pub name: String,
    /// At most so many...
    pub count: NonZeroU16,
    /// ...in such a period.
    pub per: Period,
    /// Only contacts by this channel count, and only they are held back; all, if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
}

impl FrequencyCap {
    /// How many, in which period.
    #[must_use]
    pub fn cap(&self) -> Cap {
        Cap { count: self.count, per: self.per }
    }
}

/// Somebody who might be contacted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Where the number belongs.
    pub place: Place,
    /// Where the person may be: all must be open.
    pub zones: Zones,
    /// What the person has agreed to and not taken back.
    #[serde(default)]
    pub consents: Vec<ConsentGiven>,
    /// Suppressions of the person's addresses.
    #[serde(default)]
    pub suppressions: Vec<Suppression>,
    /// Contacts that were made, in any order: as far back as the longest period of any rule or cap (60 days for
    /// today's rules). What was refused by the provider before anybody could notice does not belong here.
    #[serde(default)]
    pub attempts: Vec<PastAttempt>,
}

/// A contact that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastAttempt {
    /// When.
    pub at: Timestamp,
    /// How.
    pub channel: Channel,
    /// About what: see [`Terms::subject`].
    pub subject: String,
    /// Whether the person said no to what was offered. One who wants no more contact at all is suppressed instead.
    pub refused: bool,
}

/// An address that must not be contacted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// Which entry. Not the address.
    pub id: String,
    /// By which channel; by none at all, if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Why.
    pub reason: SuppressionReason,
}

/// Why an address must not be contacted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuppressionReason {
    /// The person opted out.
    OptedOut,
    /// It stands on the tenant's do-not-call list.
    DoNotCall,
    /// It stands on a public register.
    PublicRegister,
    /// The person complained.
    Complaint,
    /// It does not work: it bounced or does not exist.
    Bounce,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Verdict {
    /// Go ahead.
    Allowed {
        /// Hours stay open until then, and for longer if it is a week away.
        open_until: Timestamp,
        /// What has to be done about it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        duties: Vec<Duty>,
        /// On which grounds.
        basis: Basis,
    },
    /// Not yet.
    NotNow {
        /// What stands against it, the first if several.
        cause: Cause,
        /// When nothing will, if nothing but time changes. Ask again then: rules may have.
        next_at: Timestamp,
        /// On which grounds.
        basis: Basis,
    },
    /// Time alone will not change it.
    Never {
        /// What stands against it, the first if several.
        cause: Cause,
        /// On which grounds.
        basis: Basis,
    },
}

impl Verdict {
    /// Whether to go ahead.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }

    /// The grounds.
    #[must_use]
    pub fn basis(&self) -> &Basis {
        match self {
            Self::Allowed { basis, .. } | Self::NotNow { basis, .. } | Self::Never { basis, .. } => basis,
        }
    }

    /// What stands against it, if something does.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Allowed { .. } => None,
            Self::NotNow { cause, .. } | Self::Never { cause, .. } => Some(cause),
        }
    }
}

/// The grounds of a verdict: enough to derive it again from the same candidate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// [`RuleBook::digest`](super::RuleBook::digest) of the rules that were asked.
    pub book: String,
    /// The instant that was asked about.
    pub at: Timestamp,
    /// The rules that applied, whether they had anything against it or not.
    pub rules: Vec<RuleRef>,
    /// Evidence of the consents that were relied upon: each use is to be noted beside the proof.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<String>,
    /// What was not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

/// What stands against a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Cause {
    /// The address is suppressed.
    Suppressed {
        /// Which entry.
        suppression: String,
        /// Why.
        reason: SuppressionReason,
    },
    /// A rule.
    Rule {
        /// Which.
        rule: RuleRef,
    },
    /// The campaign's own window.
    Window,
    /// A tenant's limit.
    Cap {
        /// What people call it.
        name: String,
    },
    /// All hours together leave nothing open in the next two months: they exclude each other, or the zones that the
    /// person may be in lie too far apart.
    NoOpening,
}

/// What has to be done about an allowed contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Duty {
    /// Let it ring this long before giving up.
    RingAtLeast {
        /// Seconds.
        seconds: u8,
        /// Who says so.
        rule: RuleRef,
    },
    /// Say that the call is recorded, and let people decline.
    AnnounceRecording {
        /// Who says so.
        rule: RuleRef,
    },
    /// Say who calls, and offer a way out by key or voice.
    IdentifyAndOfferOptOut {
        /// Who says so.
        rule: RuleRef,
    },
}

/// Something that was not known when the verdict was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Warning {
    /// States of this country have rules of their own, and the number does not tell the state.
    SubdivisionUnknown {
        /// The country.
        country: String,
    },
    /// A rule closes on holidays, and the data knows none for this place or this year.
    HolidaysUnknown {
        /// The rule.
        rule: RuleRef,
    },
    /// The tenant left out house rules.
    HouseRulesWaived,
}
