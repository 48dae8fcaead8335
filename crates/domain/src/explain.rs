//! Why a contact was called, or was not, and when that is due again: in sentences, for whoever runs the campaign.
//!
//! English; times in the contact's own zone. Nothing here decides: it reads what was decided and kept.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::attempt::{Attempt, AttemptState};
use crate::campaign::{Campaign, CampaignState};
use crate::compliance::{self, RuleBook, Verdict};
use crate::enrollment::{Enrollment, EnrollmentState, Tried};
use crate::outcome::{EndReason, Outcome};
use crate::ports::AnsweredBy;

/// A contact's way through a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Where it stands, in one sentence.
    pub summary: String,
    /// What happened, in order.
    pub steps: Vec<Step>,
}

/// One thing that happened, or will.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// When; absent where nobody can tell.
    pub at: Option<Timestamp>,
    /// Which attempt, where it is one.
    pub attempt: Option<u16>,
    /// What.
    pub what: String,
    /// Why, a sentence each.
    pub because: Vec<String>,
}

/// Puts a contact's way into words. `attempts` are those of this enrollment, in any order.
#[must_use]
pub fn explain(
    campaign: &Campaign,
    enrollment: &Enrollment,
    attempts: &[&Attempt],
    book: &RuleBook,
) -> Explanation {
    let words = Words::of(enrollment);
    let mut attempts: Vec<&Attempt> = attempts.to_vec();
    attempts.sort_by_key(|attempt| attempt.id.number);
    let mut steps = vec![enrolled(enrollment)];
    for attempt in &attempts {
        steps.push(Step {
            at: Some(attempt.created_at),
            attempt: Some(attempt.id.number),
            what: words.called(attempt),
            because: compliance::explain(&attempt.allowed_by, book),
        });
        if let Some((outcome, at)) = attempt.outcome() {
            steps.push(Step {
                at: Some(at),
                attempt: Some(attempt.id.number),
                what: ended(attempt, outcome).to_owned(),
                because: words.what_followed(campaign, enrollment, attempt.id.number),
            });
        }
    }
    let open = attempts.iter().any(|attempt| attempt.is_open());
    let last = words.now(campaign, enrollment, open, book);
    Explanation { summary: last.what.clone(), steps: steps.into_iter().chain([last]).collect() }
}

fn enrolled(enrollment: &Enrollment) -> Step {
    let what = match &enrollment.source {
        Some(source) => format!("Enrolled by row {} of import {}.", source.row, source.import),
        None => "Enrolled by hand.".to_owned(),
    };
    let place = match &enrollment.place.subdivision {
        Some(part) => format!("{}-{part}", enrollment.place.country),
        None => enrollment.place.country.clone(),
    };
    let zones = enrollment.zones.join(", ");
    let because = vec![
        format!("The number belongs to {place}; hours are reckoned in {zones}."),
        format!("Its priority is {} (0 is called first, 9 last).", enrollment.priority),
    ];
    Step { at: None, attempt: None, what, because }
}

/// How an attempt ended, as a sentence.
fn ended(attempt: &Attempt, outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Interested => "The person pressed the key for interest.",
        Outcome::OptedOut => "The person asked not to be contacted again, and the number was suppressed.",
        Outcome::Talked => "The person spoke with an agent.",
        Outcome::Abandoned => "The person answered and no agent was free; they were told so.",
        Outcome::Completed => "The person heard the script to its end.",
        Outcome::HungUp => "The person answered and hung up before the end.",
        Outcome::VoicemailLeft => "A machine answered and the message was left on it.",
        Outcome::Machine => match attempt.answered_by {
            Some(AnsweredBy::MachineStart) => {
                "A machine answered; its greeting had not ended, so nothing was left."
            }
            Some(
                AnsweredBy::Human
                | AnsweredBy::MachineBeep
                | AnsweredBy::MachineSilence
                | AnsweredBy::MachineOther
                | AnsweredBy::Fax
                | AnsweredBy::Unknown,
            )
            | None => "A machine answered and no message was left.",
        },
        Outcome::Screened => "A machine asked who was calling, and nobody came to the phone.",
        Outcome::Unknown => "Something answered; nothing could tell whether it was a person.",
        Outcome::Fax => "A fax machine answered.",
        Outcome::NoAnswer => "It rang and nobody answered.",
        Outcome::Busy => "The line was busy.",
        Outcome::Failed => "The network could not connect the call.",
        Outcome::InvalidNumber => "The provider says that the number does not exist or cannot be called.",
        Outcome::WrongNumber => "An agent was told that somebody else lives there.",
        Outcome::NotPermitted => "The provider does not let us call there.",
        Outcome::Canceled => "The call was ended before it was answered.",
        Outcome::NotPlaced => {
            "Whether the call had been placed was unknown for a while; the provider says that it was not."
        }
    }
}

/// Why an enrollment is over, as a clause.
fn reason(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Reached => "the person was reached",
        EndReason::MessageLeft => "a message was left and the plan asks for no more",
        EndReason::OptedOut => "the person asked not to be contacted again",
        EndReason::Exhausted => "the plan allows no further try",
        EndReason::Unreachable => "the number cannot be called at all",
        EndReason::Suppressed => "the number is on the suppression list",
        EndReason::NotAllowed => "a rule forbids contacting this person",
        EndReason::NoWindow => {
            "the hours in which the person may be called do not come before the campaign's end"
        }
        EndReason::Stopped => "the campaign was stopped, or its end date came, first",
        EndReason::Withdrawn => "the import that brought the contact was undone, or the contact deleted",
        EndReason::Erased => "the person asked to be forgotten",
    }
}

fn up_to(times: u16) -> String {
    if times == 1 { "once".to_owned() } else { format!("up to {times} times") }
}

/// Times as the contact lives them.
struct Words {
    zone: TimeZone,
}

impl Words {
    fn of(enrollment: &Enrollment) -> Self {
        let zone = enrollment.zones.first().and_then(|name| TimeZone::get(name).ok());
        Self { zone: zone.unwrap_or(TimeZone::UTC) }
    }

    fn time(&self, at: Timestamp) -> String {
        let zone = self.zone.iana_name().unwrap_or("UTC");
        format!("{} ({zone})", at.to_zoned(self.zone.clone()).strftime("%A %-d %B %Y at %H:%M:%S"))
    }

    fn called(&self, attempt: &Attempt) -> String {
        let number = attempt.id.number;
        let from = attempt.from.as_str();
        let at = self.time(attempt.created_at);
        match attempt.state {
            AttemptState::Dialing => format!("Attempt {number}: being called from {from} since {at}."),
            AttemptState::InCall => {
                format!("Attempt {number}: called from {from} on {at}, and on the phone now.")
            }
            AttemptState::Ended { outcome: Outcome::NotPlaced, .. } => {
                format!("Attempt {number}: was to be called from {from} on {at}.")
            }
            AttemptState::Ended { .. } => format!("Attempt {number}: called from {from} on {at}."),
        }
    }

    /// Why it was tried again after an attempt, or was not.
    fn what_followed(&self, campaign: &Campaign, enrollment: &Enrollment, number: u16) -> Vec<String> {
        let tried = &enrollment.history[..usize::from(number).min(enrollment.history.len())];
        let Some(Tried { outcome, .. }) = tried.last().filter(|_| tried.len() == usize::from(number)) else {
            return vec![
                "The enrollment has not taken note of it yet; within a minute it will have.".to_owned(),
            ];
        };
        let retry = &campaign.plan.retry;
        let name = outcome.name();
        if *outcome == Outcome::OptedOut {
            return vec![
                "Whoever asks not to be contacted is not called again, whatever the plan says.".to_owned(),
            ];
        }
        match enrollment.due_after(number, retry) {
            Some(due) => {
                let rule = retry.rules.get(outcome).map(|rule| {
                    let spread = rule.jitter_percent;
                    let spread =
                        if spread > 0 { format!(", spread by up to {spread} %") } else { String::new() };
                    format!("{}, {:#} later{spread}", up_to(rule.times), rule.after)
                });
                let rule = rule.unwrap_or_default();
                vec![format!("After {name} the plan tries again {rule}: not before {}.", self.time(due))]
            }
            None if tried.len() >= usize::from(retry.attempts_max) => {
                vec![format!(
                    "The plan allows {} attempts in all, and this was the last.",
                    retry.attempts_max
                )]
            }
            None if retry.rules.get(outcome).is_none_or(|rule| rule.times == 0) => {
                vec![format!("After {name} the plan does not try again.")]
            }
            None => {
                let times = retry.rules.get(outcome).map_or(0, |rule| rule.times);
                vec![format!("After {name} the plan tries again {}, and that was used up.", up_to(times))]
            }
        }
    }

    /// Where it stands now.
    fn now(&self, campaign: &Campaign, enrollment: &Enrollment, open: bool, book: &RuleBook) -> Step {
        // A verdict is kept of the last time that it was put off or ended without a call. It speaks of now unless
        // something has happened since.
        let last_tried = enrollment.history.last().map(|tried| tried.at);
        let verdict = enrollment.last_verdict.as_ref();
        let verdict = verdict.filter(|verdict| last_tried.is_none_or(|at| verdict.basis().at >= at));
        let sentences = |verdict: &Verdict| compliance::explain(verdict, book);
        match enrollment.state {
            EnrollmentState::Ended { reason: why, at } => {
                let because = match why {
                    EndReason::Suppressed | EndReason::NotAllowed | EndReason::NoWindow => {
                        verdict.map(sentences).unwrap_or_default()
                    }
                    EndReason::Reached
                    | EndReason::MessageLeft
                    | EndReason::OptedOut
                    | EndReason::Exhausted
                    | EndReason::Unreachable
                    | EndReason::Stopped
                    | EndReason::Withdrawn
                    | EndReason::Erased => Vec::new(),
                };
                let what = format!("Over since {}: {}.", self.time(at), reason(why));
                Step { at: Some(at), attempt: None, what, because }
            }
            EnrollmentState::Waiting { .. } if open => {
                let what = "A call is in progress, or its end has not been heard of yet.".to_owned();
                let because = vec![
                    "An attempt whose end is not told in time is asked about at the provider; nobody is called meanwhile."
                        .to_owned(),
                ];
                Step { at: None, attempt: None, what, because }
            }
            EnrollmentState::Waiting { due } => {
                let mut because = verdict.map(sentences).unwrap_or_default();
                because.extend(standing(campaign));
                let what = format!("Waiting: to be called not before {}.", self.time(due));
                Step { at: Some(due), attempt: None, what, because }
            }
        }
    }
}

/// What the campaign's own state has to say about those who wait.
fn standing(campaign: &Campaign) -> Option<String> {
    let text = match campaign.state {
        CampaignState::Draft => "The campaign has not been started.",
        CampaignState::Scheduled => "The campaign waits for its start.",
        CampaignState::Running => return pace(campaign),
        CampaignState::Paused => "The campaign is paused: nobody is called until it is resumed.",
        CampaignState::Stopping => "The campaign is being stopped: who waits will not be called.",
        CampaignState::Completed => "The campaign is complete.",
        CampaignState::Archived => "The campaign is archived.",
    };
    Some(text.to_owned())
}

fn pace(campaign: &Campaign) -> Option<String> {
    let limit = campaign.plan.daily_limit?;
    Some(format!(
        "The campaign calls at most {limit} contacts a day ({}): who does not fit is called on another day.",
        campaign.plan.timezone
    ))
}

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
