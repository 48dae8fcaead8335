//! Asking the provider what became of a call.

use carillon_domain::attempt::{Attempt, Event};
use carillon_domain::campaign::Campaign;
use carillon_domain::outcome::Outcome;
use carillon_domain::ports::{CallReport, Voice};
use carillon_domain::script::MergeFields;
use carillon_engine::events;
use carillon_store::TenantTable;
use jiff::{SignedDuration, Timestamp};

use crate::handler::Deps;

/// The provider's clock and ours may differ by so much.
const CLOCKS_DIFFER_MAX: SignedDuration = SignedDuration::from_secs(5);

/// A call is placed within so long of its attempt's being written: `dial-contact` has a minute for both, and a request
/// that was given up may reach the provider a little later.
const PLACED_WITHIN: SignedDuration = SignedDuration::from_mins(2);

/// The provider says what a call was placed for a quarter of an hour after its end, and no call lasts longer than four
/// hours: what has not been said by then will never be.
const SAYS_WITHIN: SignedDuration = SignedDuration::from_hours(6);

/// Asks about an attempt and takes the answer in. Returns whether the attempt has ended by it.
///
/// # Errors
/// If the provider cannot be asked, or the table fails. The next sweep asks again.
pub async fn ask(
    deps: &Deps,
    campaign: &Campaign,
    attempt: &Attempt,
    now: Timestamp,
) -> anyhow::Result<bool> {
    let voice = deps.voices.of(&attempt.id.enrollment.tenant).await?;
    let event = match &attempt.call {
        Some(call) => match voice.report(call).await? {
            Some(report) => status(report),
            None => {
                tracing::error!(attempt = %attempt.id, "the provider does not know a call that it told us of");
                return Ok(false);
            }
        },
        None => match find(deps, voice.as_ref(), attempt, now).await? {
            Found::Ours(report) => status(report),
            Found::None => Event::Missing,
            Found::Unsaid => {
                tracing::info!(attempt = %attempt.id, "the provider does not say yet whose a call was");
                return Ok(false);
            }
        },
    };
    let fields = MergeFields::new();
    let table = deps.table.as_ref();
    let over =
        matches!(event, Event::Missing) || matches!(event, Event::Status { status, .. } if status.is_final());
    let says = if over && attempt.agents.is_some() {
        // First, so that the attempt ends knowing whether its person met anybody.
        deps.desk(&attempt.id.enrollment.tenant).person_gone(&attempt.id.clone().into()).await?
    } else {
        None
    };
    let says = says.map(Event::Desk);
    let events: Vec<&Event> = says.iter().chain([&event]).collect();
    let reaction = events::take_in_all(table, &attempt.id, &events, campaign, &fields, now).await?;
    Ok(over && reaction.changed)
}

fn status(report: CallReport) -> Event {
    Event::Status {
        call: report.call,
        status: report.status,
        by: report.answered_by,
        seconds: report.duration_seconds,
    }
}

/// What was found of an attempt of which nobody has told us a call.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// Its call.
    Ours(CallReport),
    /// There is none.
    None,
    /// There is one that may be another attempt's as well, and the provider does not say yet.
    Unsaid,
}

/// Looks for the call of an attempt among those between its numbers. Where only this attempt can have placed a call, it
/// has; where another can have, too (two campaigns have written within the same second, say, and one of the diallers has
/// died before it saw the other), times decide nothing, because clocks differ: the provider says for which of
/// them it was asked.
async fn find(deps: &Deps, voice: &dyn Voice, attempt: &Attempt, now: Timestamp) -> anyhow::Result<Found> {
    let since = attempt.created_at - CLOCKS_DIFFER_MAX;
    let calls = voice.calls_since(&attempt.to, &attempt.from, since).await?;
    // Read after the calls: whatever has been placed has been written before.
    let id = &attempt.id.enrollment;
    let file = TenantTable::new(deps.table.as_ref(), &id.tenant).contact_file(&id.contact).await?;
    let Candidates { sole, disputed } = candidates(calls, attempt, file.attempts.iter().map(|it| &it.value));
    if let Some(call) = sole {
        return Ok(Found::Ours(call));
    }
    let mut found = Found::None;
    for call in disputed {
        match voice.placed_for(&call.call).await? {
            Some(other) if other == attempt.id => return Ok(Found::Ours(call)),
            Some(_) => {}
            None if now < call.created_at + SAYS_WITHIN => found = Found::Unsaid,
            // Nobody's then: it told us nothing by which anybody's attempt could count as answered, and whoever is
            // tried again is tried within the same limits.
            None => {
                tracing::error!(attempt = %attempt.id, call = call.call.0, "the provider never said whose a call was");
            }
        }
    }
    Ok(found)
}

/// The calls that may be an attempt's.
#[derive(Debug, PartialEq, Eq)]
struct Candidates {
    /// The first that nobody else can have placed.
    sole: Option<CallReport>,
    /// Those that another attempt can have placed as well, in order of time.
    disputed: Vec<CallReport>,
}

/// Which of the calls between its numbers an attempt can have placed. Another campaign, or the attempt before this one,
/// may have called the same contact from the same number a moment ago: calls that other attempts know to be theirs are
/// left out.
fn candidates<'a>(
    calls: Vec<CallReport>,
    attempt: &Attempt,
    all: impl Iterator<Item = &'a Attempt> + Clone,
) -> Candidates {
    let others = || all.clone().filter(|other| other.id != attempt.id);
    let claimed = |call: &CallReport| others().any(|other| other.call.as_ref() == Some(&call.call));
    let (mut sole, mut disputed): (Vec<_>, Vec<_>) = calls
        .into_iter()
        .filter(|call| can_have_placed(attempt, call) && !claimed(call))
        .partition(|call| !others().any(|other| is_rival(other, attempt) && can_have_placed(other, call)));
    sole.sort_by_key(|call| call.created_at);
    disputed.sort_by_key(|call| call.created_at);
    Candidates { sole: sole.into_iter().next(), disputed }
}

/// Whether a call was created when the attempt's can have been.
fn can_have_placed(attempt: &Attempt, call: &CallReport) -> bool {
    let earliest = attempt.created_at - CLOCKS_DIFFER_MAX;
    let latest = attempt.created_at + PLACED_WITHIN + CLOCKS_DIFFER_MAX;
    (earliest..=latest).contains(&call.created_at)
}

/// Whether another attempt looks for a call between the same numbers.
fn is_rival(other: &Attempt, attempt: &Attempt) -> bool {
    other.call.is_none() && other.from == attempt.from && may_have_a_call(other)
}

/// Whether nobody has told us that no call exists.
fn may_have_a_call(attempt: &Attempt) -> bool {
    attempt.outcome().is_none_or(|(outcome, _)| outcome == Outcome::NotPlaced)
}

#[cfg(test)]
mod tests {
    use carillon_domain::attempt::AttemptState;
    use carillon_domain::ports::{CallId, CallStatus};
    use serde_json::json;

    use super::*;

    fn attempt(campaign: &str, created_at: &str, call: Option<&str>) -> Attempt {
        let verdict = json!({"is": "allowed", "open_until": "2026-11-21T00:00:00Z",
            "basis": {"book": "b", "at": created_at, "rules": []}});
        let attempt = json!({"id": format!("acme.{campaign}.con_1.1"), "to": "+13035550001", "from": "+13035550002",
            "state": {"is": "dialing"}, "created_at": created_at, "check_after": created_at, "call": call,
            "allowed_by": verdict});
        serde_json::from_value(attempt).expect("an attempt")
    }

    fn call(id: &str, created_at: &str) -> CallReport {
        CallReport {
            call: CallId(id.into()),
            status: CallStatus::Busy,
            answered_by: None,
            duration_seconds: None,
            created_at: created_at.parse().expect("a time"),
        }
    }

    /// The call that is surely the attempt's, and those that it shares with others.
    fn found(calls: &[CallReport], of: &Attempt, others: &[Attempt]) -> (Option<String>, Vec<String>) {
        let all: Vec<Attempt> = others.iter().chain([of]).cloned().collect();
        let Candidates { sole, disputed } = candidates(calls.to_vec(), of, all.iter());
        (sole.map(|call| call.call.0), disputed.into_iter().map(|call| call.call.0).collect())
    }

    fn surely(call: &str) -> (Option<String>, Vec<String>) {
        (Some(call.to_owned()), Vec::new())
    }

    fn perhaps(calls: &[&str]) -> (Option<String>, Vec<String>) {
        (None, calls.iter().map(|call| (*call).to_owned()).collect())
    }

    #[test]
    fn another_campaigns_call_between_the_same_numbers_is_not_ours() {
        let lost = attempt("cmp_1", "2026-11-20T10:00:00Z", None);
        let calls = [call("CA2", "2026-11-20T10:04:00Z")];
        let known = attempt("cmp_2", "2026-11-20T10:03:59Z", Some("CA2"));
        assert_eq!(found(&calls, &lost, &[known]), perhaps(&[]));
        let unheard = attempt("cmp_2", "2026-11-20T10:03:59Z", None);
        assert_eq!(found(&calls, &lost, std::slice::from_ref(&unheard)), perhaps(&[]));
        assert_eq!(found(&calls, &unheard, std::slice::from_ref(&lost)), surely("CA2"));
        let both = [call("CA1", "2026-11-20T10:00:01Z"), calls[0].clone()];
        assert_eq!(found(&both, &lost, &[unheard]), surely("CA1"));
    }

    #[test]
    fn the_call_of_the_attempt_before_is_not_ours() {
        // Busy at once, and tried again three seconds later.
        let before = attempt("cmp_0", "2026-11-20T09:59:57Z", Some("CA0"));
        let lost = attempt("cmp_1", "2026-11-20T10:00:00Z", None);
        assert_eq!(found(&[call("CA0", "2026-11-20T09:59:58Z")], &lost, &[before]), perhaps(&[]));
    }

    #[test]
    fn no_order_of_times_gives_a_call_to_one_of_two() {
        let calls = [call("CA1", "2026-11-20T10:00:01Z")];
        let one = attempt("cmp_1", "2026-11-20T10:00:00Z", None);
        for other in ["2026-11-20T09:59:59.7Z", "2026-11-20T10:00:00.3Z", "2026-11-20T10:00:04Z"] {
            let other = attempt("cmp_2", other, None);
            assert_eq!(found(&calls, &one, std::slice::from_ref(&other)), perhaps(&["CA1"]));
            assert_eq!(found(&calls, &other, std::slice::from_ref(&one)), perhaps(&["CA1"]));
        }
    }

    #[test]
    fn who_has_a_call_or_surely_none_or_another_number_disputes_nothing() {
        let calls = [call("CA1", "2026-11-20T10:00:01Z")];
        let one = attempt("cmp_1", "2026-11-20T10:00:00Z", None);
        let other = |change: &dyn Fn(&mut Attempt)| {
            let mut other = attempt("cmp_2", "2026-11-20T10:00:00Z", None);
            change(&mut other);
            found(&calls, &one, &[other])
        };
        assert_eq!(other(&|it| it.call = Some(CallId("CA9".into()))), surely("CA1"));
        assert_eq!(other(&|it| it.from = "+13035550003".parse().expect("a number")), surely("CA1"));
        let over = |outcome| AttemptState::Ended { outcome, at: Timestamp::UNIX_EPOCH };
        assert_eq!(other(&|it| it.state = over(Outcome::Failed)), surely("CA1"), "refused for certain");
        assert_eq!(other(&|it| it.state = over(Outcome::NotPlaced)), perhaps(&["CA1"]), "or placed late");
        // Minutes before, or after it.
        assert_eq!(other(&|it| it.created_at -= PLACED_WITHIN * 2), surely("CA1"));
        assert_eq!(other(&|it| it.created_at += PLACED_WITHIN), surely("CA1"));
    }
}
