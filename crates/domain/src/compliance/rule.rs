//! One rule, as its file states it.

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Channel, Consent, Purpose};
use crate::caps::{Cap, Period};
use crate::holidays::Extent;
use crate::window::WeekWindow;

/// Names one version of one rule, for ever: a changed rule gets a new version.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RuleRef {
    /// `us-fl-hours`.
    pub id: String,
    /// 1 for the first.
    pub version: u16,
}

impl fmt::Display for RuleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.id, self.version)
    }
}

/// How sure we are, and of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// In force, and read at its source.
    Law,
    /// Nobody's law: a provider's or regulator's advice, or our own caution.
    Guidance,
    /// No longer in force. Kept for its numbers; decides nothing.
    Superseded,
    /// Known second-hand. Obeyed like law until somebody has read it.
    Unverified,
}

/// Where a rule holds: everywhere (`*`), in a country (`US`) or in a part of one (`US-FL`, as ISO 3166-2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Jurisdiction {
    /// Everywhere.
    World,
    /// In one country.
    Country(String),
    /// In one state, province or Land.
    Subdivision {
        /// The country.
        country: String,
        /// Its part.
        subdivision: String,
    },
}

/// The text is not a jurisdiction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a jurisdiction: *, a country as US, or a part of one as US-FL")]
pub struct NotAJurisdiction;

impl FromStr for Jurisdiction {
    type Err = NotAJurisdiction;

    fn from_str(text: &str) -> Result<Self, NotAJurisdiction> {
        let is_code = |code: &str, lengths: std::ops::RangeInclusive<usize>| {
            lengths.contains(&code.len())
                && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        };
        match text.split_once('-') {
            None if text == "*" => Ok(Self::World),
            None if is_code(text, 2..=2) => Ok(Self::Country(text.to_owned())),
            Some((country, subdivision)) if is_code(country, 2..=2) && is_code(subdivision, 1..=3) => {
                Ok(Self::Subdivision { country: country.to_owned(), subdivision: subdivision.to_owned() })
            }
            None | Some(_) => Err(NotAJurisdiction),
        }
    }
}

impl TryFrom<String> for Jurisdiction {
    type Error = NotAJurisdiction;

    fn try_from(text: String) -> Result<Self, NotAJurisdiction> {
        text.parse()
    }
}

impl From<Jurisdiction> for String {
    fn from(place: Jurisdiction) -> Self {
        place.to_string()
    }
}

impl fmt::Display for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::World => f.write_str("*"),
            Self::Country(country) => f.write_str(country),
            Self::Subdivision { country, subdivision } => write!(f, "{country}-{subdivision}"),
        }
    }
}

impl Jurisdiction {
    /// The country, unless it is the world.
    #[must_use]
    pub fn country(&self) -> Option<&str> {
        match self {
            Self::World => None,
            Self::Country(country) | Self::Subdivision { country, .. } => Some(country),
        }
    }

    /// The part of a country, if it is one.
    #[must_use]
    pub fn subdivision(&self) -> Option<&str> {
        match self {
            Self::World | Self::Country(_) => None,
            Self::Subdivision { subdivision, .. } => Some(subdivision),
        }
    }
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, for ever: `us-fl-hours`.
    pub id: String,
    /// Counts its changes.
    pub version: u16,
    /// Where it holds.
    pub jurisdictions: Vec<Jurisdiction>,
    /// For which channels.
    pub channels: Vec<Channel>,
    /// For which purposes.
    pub purposes: Vec<Purpose>,
    /// What it asks.
    pub predicate: Predicate,
    /// In force from this date at the called party's place on; from ever, if unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<Date>,
    /// The last date on which it is in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<Date>,
    /// Where the law says so.
    pub citation: String,
    /// Where that can be read, as a URL; or what was read instead.
    pub source: String,
    /// When it was read there. An unverified rule has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_on: Option<Date>,
    /// How sure we are.
    pub status: Status,
    /// Holds only where no rule of the same kind does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fallback: bool,
    /// A tenant may leave it out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waivable: bool,
    /// What a reader should know besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Rule {
    /// Its name and version.
    #[must_use]
    pub fn reference(&self) -> RuleRef {
        RuleRef { id: self.id.clone(), version: self.version }
    }

    /// Whether it is in force on a date.
    #[must_use]
    pub fn in_force(&self, on: Date) -> bool {
        self.effective_from.is_none_or(|from| from <= on) && self.effective_to.is_none_or(|to| on <= to)
    }
}

/// Which days of rest close calling hours all day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolidayRule {
    /// None.
    Open,
    /// Holidays of the whole country.
    ClosedNationally,
    /// Holidays of the state as well.
    ClosedRegionally,
}

impl HolidayRule {
    pub(super) fn extent(self) -> Option<Extent> {
        match self {
            Self::Open => None,
            Self::ClosedNationally => Some(Extent::National),
            Self::ClosedRegionally => Some(Extent::Regional),
        }
    }
}

/// When a consent is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentWhen {
    /// For every contact.
    Always,
    /// When an artificial or recorded voice speaks.
    ArtificialVoice,
}

/// Whose consent a recording needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parties {
    /// Everybody's on the line.
    All,
    /// It depends on the kind of call or on the court: treat it as everybody's.
    Mixed,
}

/// What a rule asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Predicate {
    /// Only at these hours, by the clock at the called party's place.
    CallingHours {
        /// `Mon-Fri 09:00-20:00; Sat 09:00-17:00`.
        #[serde(with = "hours")]
        hours: WeekWindow,
        /// Whether holidays are closed.
        holidays: HolidayRule,
    },
    /// At most so many contacts in a period.
    MaxAttempts {
        /// So many.
        count: NonZeroU16,
        /// In which period.
        per: Period,
        /// Whether only those on the same subject count; else all of the caller's.
        #[serde(default)]
        same_subject: bool,
    },
    /// Nobody who said no is contacted for so many days, the day of the refusal not counted.
    StopAfterRefusal {
        /// So many.
        days: u16,
    },
    /// Only with a consent given before.
    ConsentRequired {
        /// Which.
        consent: Consent,
        /// When.
        when: ConsentWhen,
    },
    /// An AI-generated voice counts as an artificial one: the call says who calls, and offers a way out.
    AiVoiceIsArtificial {},
    /// At most this share of the calls that people answered may find nobody there.
    Abandonment {
        /// In hundredths of a percent: 300 is 3 %.
        cap_basis_points: u16,
        /// Measured over this period.
        per: Period,
        /// Periods follow each other from the campaign's first call on, instead of moving along.
        #[serde(default)]
        successive: bool,
        /// Abandoned is who is not connected this many seconds after the end of the greeting.
        connect_within_seconds: u8,
        /// An abandoned call plays a recording with the seller's name and number, and an automated way out.
        #[serde(default)]
        recorded_message: bool,
    },
    /// Let it ring.
    RingAtLeast {
        /// For so many seconds...
        seconds: u8,
        /// ...or so many rings.
        rings: u8,
    },
    /// A recording needs consent: it is announced, and asked for.
    RecordingConsent {
        /// Whose.
        parties: Parties,
    },
    /// A withdrawn consent is acted upon in time.
    RevocationHonouredWithin {
        /// So many working days.
        business_days: u8,
    },
    /// Proof of consent is kept.
    ProofKept {
        /// For so many years from the grant, and again from each use.
        years: u8,
    },
    /// Words that mean stop, start and help.
    SmsKeywords {
        /// Nothing more after these.
        stop: Vec<String>,
        /// Messages again after these.
        start: Vec<String>,
        /// Answer these with who we are.
        help: Vec<String>,
        /// What the provider answers when one writes to somebody who has opted out.
        provider_error: u32,
    },
    /// How long a text message may be before it is several.
    SmsSegments {
        /// In the GSM 7-bit alphabet, alone. Characters of its extension count two.
        gsm7_single: u16,
        /// In the GSM 7-bit alphabet, as a part.
        gsm7_part: u16,
        /// In UCS-2, alone.
        ucs2_single: u16,
        /// In UCS-2, as a part.
        ucs2_part: u16,
    },
    /// How many messages carriers let through.
    MessageThroughput {
        /// Trust score, and messages in a hundred seconds at it, best first.
        tiers: Vec<ThroughputTier>,
        /// What one carrier takes of a brand in a day, by trust.
        per_day: Vec<u32>,
    },
    /// Every email can be unsubscribed from with one click.
    OneClickUnsubscribe {
        /// Acted upon in so many hours.
        honoured_within_hours: u16,
    },
    /// The sender's postal address stands in every email.
    PostalAddress {},
    /// An account's share of bounces.
    BounceRate {
        /// Under review from here on, hundredths of a percent.
        review_basis_points: u16,
        /// Paused from here on, hundredths of a percent.
        pause_basis_points: u16,
    },
    /// A sender's share of complaints.
    ComplaintRate {
        /// What to aim for, hundredths of a percent.
        aim_basis_points: u16,
        /// What must not be reached, hundredths of a percent.
        cap_basis_points: u16,
    },
}

/// One step of a throughput table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThroughputTier {
    /// From this trust score on.
    pub score_min: u8,
    /// So many messages in a hundred seconds, for all of the brand's numbers together.
    pub messages_per_100_seconds: u32,
}

impl Predicate {
    /// Rules of the same kind answer the same question. The name is the one in the file.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::CallingHours { .. } => "calling_hours",
            Self::MaxAttempts { .. } => "max_attempts",
            Self::StopAfterRefusal { .. } => "stop_after_refusal",
            Self::ConsentRequired { .. } => "consent_required",
            Self::AiVoiceIsArtificial {} => "ai_voice_is_artificial",
            Self::Abandonment { .. } => "abandonment",
            Self::RingAtLeast { .. } => "ring_at_least",
            Self::RecordingConsent { .. } => "recording_consent",
            Self::RevocationHonouredWithin { .. } => "revocation_honoured_within",
            Self::ProofKept { .. } => "proof_kept",
            Self::SmsKeywords { .. } => "sms_keywords",
            Self::SmsSegments { .. } => "sms_segments",
            Self::MessageThroughput { .. } => "message_throughput",
            Self::OneClickUnsubscribe { .. } => "one_click_unsubscribe",
            Self::PostalAddress {} => "postal_address",
            Self::BounceRate { .. } => "bounce_rate",
            Self::ComplaintRate { .. } => "complaint_rate",
        }
    }

    /// The cap on contacts that it is, if it is one.
    #[must_use]
    pub fn cap(&self) -> Option<Cap> {
        if let Self::MaxAttempts { count, per, .. } = *self { Some(Cap { count, per }) } else { None }
    }
}

/// Hours in their short form.
mod hours {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use crate::window::WeekWindow;

    pub(super) fn serialize<S: Serializer>(hours: &WeekWindow, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(hours)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<WeekWindow, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}
