//! The decision.

use jiff::{SignedDuration, Timestamp};

use super::{
    Applicable, Basis, Candidate, Cause, Consent, Duty, Predicate, Rule, RuleBook, Terms, TermsId, Verdict,
    Warning,
};
use crate::caps::after_days;
use crate::holidays::Holidays;
use crate::window::{Calendar, HORIZON, Hours};

/// How far ahead an opening is followed: nobody waits that long to place an allowed call.
const STAYS_OPEN: SignedDuration = SignedDuration::from_hours(7 * 24);

/// May this person be contacted on these terms at this instant?
///
/// The order of questions is fixed, and the first that says no is the cause: suppressions in the order given,
/// consents, then what wears off (refusals, limits of the law, the tenant's own), then hours (the law's, then the
/// campaign's); rules within each in the order of the book. An answer depends on the arguments alone.
#[must_use]
pub fn evaluate(book: &RuleBook, terms: &Terms, candidate: &Candidate, now: Timestamp) -> Verdict {
    let Applicable { rules, warnings, changes_at } = book.applying(terms, candidate, now);
    let mut basis = Basis {
        book: book.digest().to_owned(),
        at: now,
        rules: rules.iter().map(|rule| rule.reference()).collect(),
        consents: Vec::new(),
        warnings,
    };

    if let Some(cause) = suppressed(terms, candidate) {
        return Verdict::Never { cause, basis };
    }
    for rule in &rules {
        if let Predicate::ConsentRequired { consent, .. } = rule.predicate {
            match evidence(candidate, consent, now) {
                Some(evidence) if basis.consents.contains(evidence) => {}
                Some(evidence) => basis.consents.push(evidence.clone()),
                None => return Verdict::Never { cause: because(rule), basis },
            }
        }
    }

    let Wait { until: rested, cause: tired } = wait(&rules, terms, candidate, now);
    let mut owners = Vec::new();
    let mut hours = Vec::new();
    for rule in &rules {
        if let Predicate::CallingHours { hours: week, holidays } = &rule.predicate {
            let closed_on = holidays.extent().and_then(|extent| Holidays::of(&candidate.place, extent));
            let year = |at: Timestamp| {
                candidate.zones.as_slice().iter().map(move |zone| zone.to_datetime(at).year())
            };
            let known = closed_on.is_some_and(|days| year(rested).all(|year| days.covers(year)));
            if holidays.extent().is_some() && !known {
                basis.warnings.push(Warning::HolidaysUnknown { rule: rule.reference() });
            }
            owners.push(because(rule));
            hours.push(Hours { week, closed_on });
        }
    }
    owners.push(Cause::Window);
    hours.push(Hours::weekly(&terms.window));
    let calendar = Calendar::new(&candidate.zones, hours);

    let Some(next_at) = calendar.next_open(rested, HORIZON) else {
        return Verdict::Never { cause: Cause::NoOpening, basis };
    };
    let closed = || calendar.closed_by(now).and_then(|index| owners.get(index).cloned());
    match tired.or_else(closed) {
        Some(cause) => Verdict::NotNow { cause, next_at, basis },
        None => {
            let closes = calendar.open_until(now, STAYS_OPEN).unwrap_or(now);
            let open_until = changes_at.map_or(closes, |change| closes.min(change));
            Verdict::Allowed { open_until, duties: duties(&rules), basis }
        }
    }
}

/// A verdict could not be derived again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// It was made under other rules than these.
    #[error("the verdict was made under rule book {made_under}, not {given}")]
    OtherBook {
        /// Under which.
        made_under: String,
        /// Which was given.
        given: String,
    },
    /// The same question has another answer: the terms or the candidate are not those of then.
    #[error("the same rules give another verdict")]
    Differs(Box<Verdict>),
    /// It was made on other terms than these.
    #[error("the verdict was made on terms {made_on}, which are not the ones given")]
    OtherTerms {
        /// On which.
        made_on: TermsId,
    },
    /// The verdict, or what it was made from, has been changed since.
    #[error("the record has been altered since it was made")]
    Altered,
}

/// Derive a stored verdict again, to the letter, from the terms and the candidate of then.
///
/// # Errors
/// When the rule book is another one, or the answer is.
pub fn replay(
    book: &RuleBook,
    terms: &Terms,
    candidate: &Candidate,
    verdict: &Verdict,
) -> Result<(), ReplayError> {
    let basis = verdict.basis();
    if basis.book != book.digest() {
        let (made_under, given) = (basis.book.clone(), book.digest().to_owned());
        return Err(ReplayError::OtherBook { made_under, given });
    }
    let again = evaluate(book, terms, candidate, basis.at);
    if again == *verdict { Ok(()) } else { Err(ReplayError::Differs(Box::new(again))) }
}

fn because(rule: &Rule) -> Cause {
    Cause::Rule { rule: rule.reference() }
}

fn suppressed(terms: &Terms, candidate: &Candidate) -> Option<Cause> {
    let hits = |channel: &Option<_>| channel.is_none_or(|channel| channel == terms.channel);
    let found = candidate.suppressions.iter().find(|entry| hits(&entry.channel))?;
    Some(Cause::Suppressed { suppression: found.id.clone(), reason: found.reason })
}

/// The oldest consent that will do. One that is dated later than now has not been given yet.
fn evidence(candidate: &Candidate, needed: Consent, now: Timestamp) -> Option<&String> {
    let fitting = candidate.consents.iter().filter(|given| given.kind.includes(needed) && given.at <= now);
    fitting.min_by_key(|given| given.at).map(|given| &given.evidence)
}

/// What wears off with time.
struct Wait {
    /// Nothing of it is left then; now, if there was nothing.
    until: Timestamp,
    /// The first that says no.
    cause: Option<Cause>,
}

fn wait(rules: &[&Rule], terms: &Terms, candidate: &Candidate, now: Timestamp) -> Wait {
    let zones = &candidate.zones;
    let mut wait = Wait { until: now, cause: None };
    let mut until = |free: Timestamp, cause: &dyn Fn() -> Cause| {
        if free > now {
            wait.until = wait.until.max(free);
            wait.cause.get_or_insert_with(cause);
        }
    };
    for rule in rules {
        if let Predicate::StopAfterRefusal { days } = rule.predicate {
            let refusals = candidate.attempts.iter().filter(|past| past.refused);
            if let Some(last) = refusals.map(|past| past.at).max() {
                // The day of the refusal does not count.
                until(after_days(last, days.saturating_add(1), zones), &|| because(rule));
            }
        }
    }
    for rule in rules {
        if let (Predicate::MaxAttempts { same_subject, .. }, Some(cap)) =
            (&rule.predicate, rule.predicate.cap())
        {
            let counted = candidate.attempts.iter().filter(|past| {
                rule.channels.contains(&past.channel) && (!same_subject || past.subject == terms.subject)
            });
            until(cap.next_free(counted.map(|past| past.at), zones, now), &|| because(rule));
        }
    }
    for cap in terms.caps.iter().filter(|cap| cap.channel.is_none_or(|channel| channel == terms.channel)) {
        let counted =
            candidate.attempts.iter().filter(|past| cap.channel.is_none_or(|only| only == past.channel));
        let free = cap.cap().next_free(counted.map(|past| past.at), zones, now);
        until(free, &|| Cause::Cap { name: cap.name.clone() });
    }
    wait
}

fn duties(rules: &[&Rule]) -> Vec<Duty> {
    let mut found = Vec::new();
    for rule in rules {
        let named = rule.reference();
        if let Predicate::RingAtLeast { seconds, .. } = rule.predicate {
            found.push(Duty::RingAtLeast { seconds, rule: named });
        } else if let Predicate::RecordingConsent { .. } = rule.predicate {
            found.push(Duty::AnnounceRecording { rule: named });
        } else if let Predicate::AiVoiceIsArtificial {} = rule.predicate {
            found.push(Duty::IdentifyAndOfferOptOut { rule: named });
        }
    }
    found
}
