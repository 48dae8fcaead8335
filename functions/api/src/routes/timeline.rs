//! Everything that has happened with a contact, newest first.

use carillon_domain::contact::Contact;
use carillon_domain::enrollment::EnrollmentState;
use carillon_domain::suppression::Suppression;
use carillon_store::ContactFile;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that happened. What it is about stands once in the answer, under the id given here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TimelineEntry {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: TimelineKind,
    /// The campaign, of an attempt or an enrollment.
    pub campaign: Option<String>,
    /// An attempt's number, or a note's id.
    pub id: Option<String>,
    /// The word for it: an outcome, a reason, what was agreed to.
    #[schema(example = "no_answer")]
    pub word: Option<String>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimelineKind {
    /// The contact was created.
    Created,
    /// An attempt was made.
    Attempt,
    /// A campaign was done with the contact.
    CampaignEnded,
    /// Something was written down.
    Note,
    /// Something was agreed to.
    Consent,
    /// The number or address was put on the suppression list.
    Suppressed,
}

/// The timeline of a contact's file.
pub(crate) fn of(file: &ContactFile, contact: &Contact, suppressions: &[Suppression]) -> Vec<TimelineEntry> {
    let entry = |at, kind| TimelineEntry { at, kind, campaign: None, id: None, word: None };
    let mut entries = vec![entry(contact.created_at, TimelineKind::Created)];
    entries.extend(file.attempts.iter().map(|stored| {
        let attempt = &stored.value;
        TimelineEntry {
            campaign: Some(attempt.id.enrollment.campaign.to_string()),
            id: Some(attempt.id.number.to_string()),
            word: attempt.outcome().map(|(outcome, _)| outcome.name().to_owned()),
            ..entry(attempt.created_at, TimelineKind::Attempt)
        }
    }));
    entries.extend(file.enrollments.iter().filter_map(|stored| match stored.value.state {
        EnrollmentState::Ended { reason, at } => Some(TimelineEntry {
            campaign: Some(stored.value.id.campaign.to_string()),
            word: Some(reason.name().to_owned()),
            ..entry(at, TimelineKind::CampaignEnded)
        }),
        EnrollmentState::Waiting { .. } => None,
    }));
    entries.extend(file.notes.iter().map(|stored| TimelineEntry {
        id: Some(stored.value.id.to_string()),
        ..entry(stored.value.created_at, TimelineKind::Note)
    }));
    entries.extend(contact.consents.iter().map(|consent| TimelineEntry {
        word: serde_json::to_value(consent.kind).ok().and_then(|word| Some(word.as_str()?.to_owned())),
        ..entry(consent.at, TimelineKind::Consent)
    }));
    entries.extend(suppressions.iter().map(|suppression| TimelineEntry {
        word: serde_json::to_value(suppression.reason).ok().and_then(|word| Some(word.as_str()?.to_owned())),
        ..entry(suppression.added_at, TimelineKind::Suppressed)
    }));
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    entries
}
