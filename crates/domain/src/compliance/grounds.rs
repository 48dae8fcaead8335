//! What a decision was made from, kept beside it, so that it can be made again.
//!
//! What changes from person to person and from minute to minute lies in [`Grounds`], with the attempt. What is the same
//! for everybody whom a campaign contacts, its [`Terms`], is stored once and named by its digest.
//! See docs/adr/0008-decisions-can-be-made-again.md.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    Candidate, Channel, PastAttempt, ReplayError, RuleBook, Suppression, Terms, Verdict, evaluate::replay,
};
use crate::contact::ConsentGiven;
use crate::phone::Place;
use crate::window::Zones;

/// Names terms by what they say: two campaigns, or one before and after an edit, never share one by accident.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TermsId(String);

/// The text names no terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("terms are named by 16 hexadecimal digits")]
pub struct NotTermsId;

impl TermsId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TermsId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for TermsId {
    type Error = NotTermsId;

    fn try_from(text: String) -> Result<Self, NotTermsId> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 16 && text.bytes().all(digit) { Ok(Self(text)) } else { Err(NotTermsId) }
    }
}

impl FromStr for TermsId {
    type Err = NotTermsId;

    fn from_str(text: &str) -> Result<Self, NotTermsId> {
        text.to_owned().try_into()
    }
}

impl From<TermsId> for String {
    fn from(id: TermsId) -> Self {
        id.0
    }
}

impl Terms {
    /// The terms' name: 16 hexadecimal digits of a SHA-256 over all that they say.
    #[must_use]
    pub fn id(&self) -> TermsId {
        TermsId(digest(self))
    }
}

/// The person as the rules saw them, and by whom they had been contacted. No name, no number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grounds {
    /// On which terms.
    pub terms: TermsId,
    /// Where the number belongs.
    pub place: Place,
    /// Where the person may be.
    pub zones: Zones,
    /// What the person had agreed to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<ConsentGiven>,
    /// What suppressed the person's addresses, in the order in which it was asked about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppressions: Vec<Suppression>,
    /// Contacts that had been made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub past: Vec<Past>,
    /// Digest of all this and of the verdict. It tells that neither has been changed, save by somebody who knows how
    /// to reckon it: against accidents, not against whoever owns the table.
    pub seal: String,
}

/// A contact that had been made, without what most of them share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// When.
    pub at: Timestamp,
    /// By another channel than the one asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Channel>,
    /// About something else than what was asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The person said no to what was offered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
}

impl Grounds {
    /// What a verdict was derived from.
    #[must_use]
    pub fn of(terms: &Terms, candidate: Candidate, verdict: &Verdict) -> Self {
        let past = |past: PastAttempt| Past {
            at: past.at,
            by: (past.channel != terms.channel).then_some(past.channel),
            about: (past.subject != terms.subject).then_some(past.subject),
            refused: past.refused,
        };
        let mut grounds = Self {
            terms: terms.id(),
            place: candidate.place,
            zones: candidate.zones,
            consents: candidate.consents,
            suppressions: candidate.suppressions,
            past: candidate.attempts.into_iter().map(past).collect(),
            seal: String::new(),
        };
        grounds.seal = grounds.seal_with(verdict);
        grounds
    }

    /// The candidate of then.
    #[must_use]
    pub fn candidate(&self, terms: &Terms) -> Candidate {
        let past = |past: &Past| PastAttempt {
            at: past.at,
            channel: past.by.unwrap_or(terms.channel),
            subject: past.about.clone().unwrap_or_else(|| terms.subject.clone()),
            refused: past.refused,
        };
        Candidate {
            place: self.place.clone(),
            zones: self.zones.clone(),
            consents: self.consents.clone(),
            suppressions: self.suppressions.clone(),
            attempts: self.past.iter().map(past).collect(),
        }
    }

    /// Derives a stored verdict again, to the letter.
    ///
    /// # Errors
    /// When something has been altered since, the terms or the rules are others than those of then, or the answer is.
    pub fn replay(&self, book: &RuleBook, terms: &Terms, verdict: &Verdict) -> Result<(), ReplayError> {
        if self.seal != self.seal_with(verdict) {
            return Err(ReplayError::Altered);
        }
        if self.terms != terms.id() {
            return Err(ReplayError::OtherTerms { made_on: self.terms.clone() });
        }
        replay(book, terms, &self.candidate(terms), verdict)
    }

    fn seal_with(&self, verdict: &Verdict) -> String {
        let unsealed = Self { seal: String::new(), ..self.clone() };
        digest(&(unsealed, verdict))
    }
}

/// 16 hexadecimal digits of a SHA-256 over the value as JSON: fields in the order of their declaration.
fn digest(value: &impl Serialize) -> String {
    // Nothing here is a map with other keys than text, which is all that JSON refuses.
    let text = serde_json::to_vec(value).unwrap_or_default();
    Sha256::digest(text)[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}
