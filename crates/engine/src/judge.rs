//! May this person be called now? Gathers what the rules ask about and asks them.

use carillon_domain::attempt::Attempt;
use carillon_domain::campaign::Campaign;
use carillon_domain::compliance::{
    Candidate, Channel, Grounds, PastAttempt, RuleBook, Terms, Verdict, evaluate,
};
use carillon_domain::contact::Contact;
use carillon_domain::enrollment::Enrollment;
use carillon_domain::ids::AttemptRef;
use carillon_domain::outcome::Outcome;
use carillon_domain::suppression::Suppression;
use carillon_domain::tenant::Tenant;
use carillon_domain::window::{Zones, ZonesError};
use carillon_store::ContactFile;
use jiff::Timestamp;

/// What is the same for everybody in a campaign.
#[must_use]
pub fn terms(tenant: &Tenant, campaign: &Campaign) -> Terms {
    Terms {
        channel: Channel::Voice,
        purpose: campaign.plan.purpose,
        subject: campaign.id.to_string(),
        window: campaign.plan.window.clone(),
        artificial_voice: true, // every script is spoken by a synthetic voice
        record: campaign.plan.record,
        caps: tenant.frequency_caps.clone(),
        waive_house_rules: campaign.plan.waive_house_rules,
    }
}

/// The planner's judgement, from the enrollment alone. The call is judged again when it is placed, and only then it is
/// asked what suppresses the number: the answer then is the one that counts, and most numbers are not suppressed.
///
/// # Errors
/// If the stored zones are none of this build's.
pub fn enrollment(terms: &Terms, enrollment: &Enrollment, now: Timestamp) -> Result<Verdict, ZonesError> {
    let attempts = enrollment.history.iter().filter(|tried| was_made(tried.outcome)).map(|tried| {
        PastAttempt { at: tried.at, channel: Channel::Voice, subject: terms.subject.clone(), refused: false }
    });
    let candidate = Candidate {
        place: enrollment.place.clone(),
        zones: Zones::new(&enrollment.zones)?,
        consents: enrollment.consents.clone(),
        suppressions: Vec::new(),
        attempts: attempts.collect(),
    };
    Ok(evaluate(RuleBook::bundled(), terms, &candidate, now))
}

/// The last word, from everything that is known of the contact. `except` is the attempt being judged, which counts
/// neither for nor against itself.
///
/// # Errors
/// If the stored zones are none of this build's.
pub fn contact(
    terms: &Terms,
    contact: &Contact,
    file: &ContactFile,
    except: &AttemptRef,
    suppressions: &[Suppression],
    now: Timestamp,
) -> Result<Verdict, ZonesError> {
    let candidate = candidate(contact, file, except, suppressions)?;
    Ok(evaluate(RuleBook::bundled(), terms, &candidate, now))
}

/// The same with what it was derived from, to be stored beside it.
///
/// # Errors
/// If the stored zones are none of this build's.
pub fn contact_on_record(
    terms: &Terms,
    contact: &Contact,
    file: &ContactFile,
    except: &AttemptRef,
    suppressions: &[Suppression],
    now: Timestamp,
) -> Result<(Verdict, Grounds), ZonesError> {
    let candidate = candidate(contact, file, except, suppressions)?;
    let verdict = evaluate(RuleBook::bundled(), terms, &candidate, now);
    let grounds = Grounds::of(terms, candidate, &verdict);
    Ok((verdict, grounds))
}

fn candidate(
    contact: &Contact,
    file: &ContactFile,
    except: &AttemptRef,
    suppressions: &[Suppression],
) -> Result<Candidate, ZonesError> {
    let others = file.attempts.iter().map(|attempt| &attempt.value).filter(|attempt| attempt.id != *except);
    Ok(Candidate {
        place: contact.place.clone(),
        zones: Zones::new(&contact.zones)?,
        consents: contact.consents.clone(),
        suppressions: suppressions.iter().map(Suppression::for_rules).collect(),
        attempts: others.filter_map(past).collect(),
    })
}

fn past(attempt: &Attempt) -> Option<PastAttempt> {
    // An attempt that is still open counts: its phone may be ringing.
    let made = attempt.outcome().is_none_or(|(outcome, _)| was_made(outcome));
    made.then(|| PastAttempt {
        at: attempt.created_at,
        channel: Channel::Voice,
        subject: attempt.id.enrollment.campaign.to_string(),
        refused: false,
    })
}

/// Whether the person could have noticed.
fn was_made(outcome: Outcome) -> bool {
    match outcome {
        Outcome::InvalidNumber | Outcome::NotPermitted | Outcome::NotPlaced => false,
        Outcome::Interested
        | Outcome::OptedOut
        | Outcome::Talked
        | Outcome::Abandoned
        | Outcome::Screened
        | Outcome::Unknown
        | Outcome::WrongNumber
        | Outcome::Completed
        | Outcome::HungUp
        | Outcome::VoicemailLeft
        | Outcome::Machine
        | Outcome::Fax
        | Outcome::NoAnswer
        | Outcome::Busy
        | Outcome::Failed
        | Outcome::Canceled => true,
    }
}
