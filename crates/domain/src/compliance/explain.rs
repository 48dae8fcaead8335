//! A verdict in words, with its citations.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::{
    Cause, Consent, ConsentWhen, Duty, HolidayRule, Parties, Predicate, Rule, RuleBook, RuleRef, Status,
    SuppressionReason, Verdict, Warning,
};

/// The verdict in sentences: first the answer, then what has to be done, what was not known, and each rule that
/// applied with its citation. English; times in UTC.
#[must_use]
pub fn explain(verdict: &Verdict, book: &RuleBook) -> Vec<String> {
    let basis = verdict.basis();
    let mut lines = Vec::new();
    match verdict {
        Verdict::Allowed { open_until, duties, .. } => {
            lines.push(format!("Allowed until {}.", minute(*open_until)));
            lines.extend(duties.iter().map(duty));
        }
        Verdict::NotNow { cause, next_at, .. } => {
            lines.push(format!("Not now: {}. Next possible at {}.", because(cause, book), minute(*next_at)));
        }
        Verdict::Never { cause, .. } => lines.push(format!("Not allowed: {}.", because(cause, book))),
    }
    lines.extend(basis.warnings.iter().map(warning));
    lines.extend(basis.consents.iter().map(|evidence| format!("Relied on consent: {evidence}.")));
    lines.extend(basis.rules.iter().map(|rule| applied(rule, book)));
    if basis.book != book.digest() {
        lines.push(format!("Decided under rule book {}; the rules are now {}.", basis.book, book.digest()));
    }
    lines
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn because(cause: &Cause, book: &RuleBook) -> String {
    match cause {
        Cause::Suppressed { suppression, reason } => {
            let why = match reason {
                SuppressionReason::OptedOut => "the person opted out",
                SuppressionReason::DoNotCall => "the address is on the do-not-call list",
                SuppressionReason::PublicRegister => "the address is on a public do-not-call register",
                SuppressionReason::Complaint => "the person complained",
                SuppressionReason::Bounce => "the address does not work",
            };
            format!("{why} (suppression {suppression})")
        }
        Cause::Rule { rule } => match book.find(rule) {
            Some(found) => format!("{} ({}, {})", found.predicate.in_words(), found.citation, rule),
            None => format!("rule {rule}, which is not in the present rule book"),
        },
        Cause::Window => "it is outside the campaign's own window".into(),
        Cause::Cap { name } => format!("the limit {name:?} is reached"),
        Cause::NoOpening => {
            "the hours that apply have no opening in common within two months, in every time zone the person may be in"
                .into()
        }
    }
}

fn duty(duty: &Duty) -> String {
    match duty {
        Duty::RingAtLeast { seconds, rule } => {
            format!("Let it ring for at least {seconds} seconds ({rule}).")
        }
        Duty::AnnounceRecording { rule } => format!("Announce the recording and ask for consent ({rule})."),
        Duty::IdentifyAndOfferOptOut { rule } => format!("Say who calls and offer an opt-out ({rule})."),
    }
}

fn warning(warning: &Warning) -> String {
    match warning {
        Warning::SubdivisionUnknown { country } => {
            format!("The state in {country} is not known: only the rules of the whole country were applied.")
        }
        Warning::HolidaysUnknown { rule } => {
            format!("Holidays are not known there: {rule} was applied without.")
        }
        Warning::HouseRulesWaived => "House rules were waived.".into(),
    }
}

fn applied(wanted: &RuleRef, book: &RuleBook) -> String {
    let Some(rule) = book.find(wanted) else {
        return format!("{wanted}: not in the present rule book.");
    };
    rule.in_words()
}

impl Rule {
    /// The rule in one line, with its citation and how sure we are of it.
    #[must_use]
    pub fn in_words(&self) -> String {
        let status = match self.status {
            Status::Law => "law",
            Status::Guidance => "guidance",
            Status::Superseded => "superseded, not applied",
            Status::Unverified => "unverified",
        };
        format!("{} [{status}]: {}. {}", self.reference(), self.predicate.in_words(), self.citation)
    }
}

impl Predicate {
    /// What it asks, as a clause without a full stop.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::CallingHours { hours, holidays } => {
                let closed = match holidays {
                    HolidayRule::Open => "",
                    HolidayRule::ClosedNationally => ", not on national holidays",
                    HolidayRule::ClosedRegionally => ", not on holidays",
                };
                format!("only {hours} at the called party's place{closed}")
            }
            Self::MaxAttempts { count, per, same_subject } => {
                let subject = if *same_subject { " on the same subject" } else { "" };
                format!("at most {count} contacts{subject} {per}")
            }
            Self::StopAfterRefusal { days } => format!("no contact for {days} days after a refusal"),
            Self::ConsentRequired { consent, when } => {
                let what = match consent {
                    Consent::Calls => "being called",
                    Consent::AutomatedCalls => "being called by an artificial or recorded voice",
                    Consent::AutomatedCallsInWriting => {
                        "being called by an artificial or recorded voice, in writing"
                    }
                    Consent::Texts => "text messages",
                    Consent::Emails => "emails",
                    Consent::Recording => "being recorded",
                };
                let when = match when {
                    ConsentWhen::Always => "",
                    ConsentWhen::ArtificialVoice => " (an artificial voice speaks)",
                };
                format!("prior consent to {what} is required{when}")
            }
            Self::AiVoiceIsArtificial {} => {
                "a generated voice counts as artificial: identification and an opt-out are due".into()
            }
            Self::Abandonment {
                cap_basis_points,
                per,
                successive,
                connect_within_seconds,
                recorded_message,
            } => {
                let mut text = format!(
                    "at most {} of answered calls abandoned {per}, connected within {connect_within_seconds} s of the greeting",
                    percent(*cap_basis_points)
                );
                if *successive {
                    text.push_str(", each such period of a campaign for itself");
                }
                if *recorded_message {
                    text.push_str("; an abandoned call plays who called and offers an opt-out");
                }
                text
            }
            Self::RingAtLeast { seconds, rings } => format!("ring for at least {seconds} s or {rings} rings"),
            Self::RecordingConsent { parties } => match parties {
                Parties::All => "everybody's consent is needed to record: announce and ask".into(),
                Parties::Mixed => {
                    "consent to record is needed from everybody in some cases: announce and ask".into()
                }
            },
            Self::RevocationHonouredWithin { business_days } => {
                format!(
                    "a revocation by any reasonable means is honoured within {business_days} working days"
                )
            }
            Self::ProofKept { years } => {
                format!("proof of consent is kept for {years} years from the grant and from each use")
            }
            Self::SmsKeywords { stop, start, help, .. } => {
                let mut text = String::new();
                for (words, means) in [(stop, "stop"), (start, "start"), (help, "help")] {
                    let separator = if text.is_empty() { "" } else { "; " };
                    // Writing to a String does not fail.
                    let _ = write!(text, "{separator}{} mean {means}", words.join(", "));
                }
                text
            }
            Self::SmsSegments { gsm7_single, gsm7_part, ucs2_single, ucs2_part } => format!(
                "a message holds {gsm7_single} GSM-7 or {ucs2_single} UCS-2 characters, a part of one {gsm7_part} or {ucs2_part}"
            ),
            Self::MessageThroughput { tiers, .. } => {
                format!("carriers limit throughput by trust score, in {} steps", tiers.len())
            }
            Self::OneClickUnsubscribe { honoured_within_hours } => {
                format!("one-click unsubscribe, honoured within {honoured_within_hours} hours")
            }
            Self::PostalAddress {} => "the sender's postal address stands in the mail".into(),
            Self::BounceRate { review_basis_points, pause_basis_points } => format!(
                "bounces below {}; the account is paused at {}",
                percent(*review_basis_points),
                percent(*pause_basis_points)
            ),
            Self::ComplaintRate { aim_basis_points, cap_basis_points } => {
                format!(
                    "complaints below {}, better {}",
                    percent(*cap_basis_points),
                    percent(*aim_basis_points)
                )
            }
        }
    }
}

/// 300 basis points are 3 %.
fn percent(basis_points: u16) -> String {
    let (whole, rest) = (basis_points / 100, basis_points % 100);
    if rest == 0 {
        format!("{whole} %")
    } else {
        format!("{whole}.{} %", format!("{rest:02}").trim_end_matches('0'))
    }
}
