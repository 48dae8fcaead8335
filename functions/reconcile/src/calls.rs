//! Asking the provider what became of a call.

use carillon_domain::attempt::{Attempt, Event};
use carillon_domain::campaign::Campaign;
use carillon_domain::ports::CallReport;
use carillon_domain::script::MergeFields;
use carillon_engine::events;
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
            ours(calls, attempt)
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
    let reaction = events::take_in(table, &attempt.id, &event, campaign, &fields, now).await?;
    let ended = match event {
        Event::Status { status, .. } => status.is_final(),
        Event::Missing => true,
        Event::Answered { .. } | Event::Key { .. } | Event::Recorded(_) | Event::Refused(_) => false,
    };
    Ok(ended && reaction.changed)
}

/// Which of the calls between these numbers since the attempt began is the attempt's. There is never more than one
/// attempt open for a contact, so it is the first; a later one would be another attempt's.
fn ours(mut calls: Vec<CallReport>, attempt: &Attempt) -> Option<CallReport> {
    calls.retain(|call| call.created_at >= attempt.created_at - CLOCKS_DIFFER_MAX);
    calls.sort_by_key(|call| call.created_at);
    calls.into_iter().next()
}
