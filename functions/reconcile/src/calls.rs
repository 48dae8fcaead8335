//! Asking the provider what became of a call.

use carillon_domain::attempt::{Attempt, Event};
use carillon_domain::campaign::Campaign;
use carillon_domain::outcome::Outcome;
use carillon_domain::ports::CallReport;
use carillon_domain::script::MergeFields;
use carillon_engine::events;
use carillon_store::TenantTable;
use jiff::{SignedDuration, Timestamp};

use crate::handler::Deps;

/// The provider's clock and ours may differ by so much.
const CLOCKS_DIFFER_MAX: SignedDuration = SignedDuration::from_secs(5);

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
    let report = match &attempt.call {
        Some(call) => voice.report(call).await?,
        None => {
            let since = attempt.created_at - CLOCKS_DIFFER_MAX;
            let calls = voice.calls_since(&attempt.to, &attempt.from, since).await?;
            let id = &attempt.id.enrollment;
            let file = TenantTable::new(deps.table.as_ref(), &id.tenant).contact_file(&id.contact).await?;
            ours(calls, attempt, file.attempts.into_iter().map(|other| other.value).collect())
        }
    };
    let event = match report {
        Some(report) => Event::Status {
            call: report.call,
            status: report.status,
            by: report.answered_by,
            seconds: report.duration_seconds,
        },
        None if attempt.call.is_none() => Event::Missing,
        None => {
            tracing::error!(attempt = %attempt.id, "the provider does not know a call that it told us of");
            return Ok(false);
        }
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

/// Which of the calls between these numbers is the attempt's. Another campaign, or the attempt before this one, may
/// have called the same contact from the same number a moment ago. So calls that other attempts know to be theirs are
/// left out, and any other belongs to whichever attempt was written last before it: the provider is asked for a call
/// right after its attempt is written.
fn ours(calls: Vec<CallReport>, attempt: &Attempt, all: Vec<Attempt>) -> Option<CallReport> {
    let others = || all.iter().filter(|other| other.id != attempt.id);
    let claimed = |call: &CallReport| others().any(|other| other.call.as_ref() == Some(&call.call));
    let could_be_of =
        |other: &Attempt, call: &CallReport| other.created_at <= call.created_at + CLOCKS_DIFFER_MAX;
    let somebody_elses = |call: &CallReport| {
        others().any(|other| {
            other.call.is_none()
                && other.from == attempt.from
                && may_have_a_call(other)
                && other.created_at > attempt.created_at
                && could_be_of(other, call)
        })
    };
    let mut ours: Vec<CallReport> = calls
        .into_iter()
        .filter(|call| could_be_of(attempt, call) && !claimed(call) && !somebody_elses(call))
        .collect();
    ours.sort_by_key(|call| call.created_at);
    ours.into_iter().next()
}

/// Whether nobody has told us that no call exists.
fn may_have_a_call(attempt: &Attempt) -> bool {
    attempt.outcome().is_none_or(|(outcome, _)| outcome == Outcome::NotPlaced)
}

#[cfg(test)]
mod tests {
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

    fn found(calls: &[CallReport], of: &Attempt, others: &[Attempt]) -> Option<String> {
        let all = others.iter().chain([of]).cloned().collect();
        ours(calls.to_vec(), of, all).map(|report| report.call.0)
    }

    #[test]
    fn another_campaigns_call_between_the_same_numbers_is_not_ours() {
        let lost = attempt("cmp_1", "2026-11-20T10:00:00Z", None);
        let calls = [call("CA2", "2026-11-20T10:04:00Z")];
        let known = attempt("cmp_2", "2026-11-20T10:03:59Z", Some("CA2"));
        assert_eq!(found(&calls, &lost, &[known]), None);
        let unheard = attempt("cmp_2", "2026-11-20T10:03:59Z", None);
        assert_eq!(found(&calls, &lost, std::slice::from_ref(&unheard)), None);
        assert_eq!(found(&calls, &unheard, std::slice::from_ref(&lost)).as_deref(), Some("CA2"));
        let both = [call("CA1", "2026-11-20T10:00:01Z"), calls[0].clone()];
        assert_eq!(found(&both, &lost, &[unheard]).as_deref(), Some("CA1"));
    }

    #[test]
    fn the_call_of_the_attempt_before_is_not_ours() {
        // Busy at once, and tried again three seconds later.
        let before = attempt("cmp_0", "2026-11-20T09:59:57Z", Some("CA0"));
        let lost = attempt("cmp_1", "2026-11-20T10:00:00Z", None);
        assert_eq!(found(&[call("CA0", "2026-11-20T09:59:58Z")], &lost, &[before]), None);
    }
}
