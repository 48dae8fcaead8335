//! Logs: one JSON object a line on standard output, which is what CloudWatch indexes.
//!
//! `LOG_LEVEL` (or `RUST_LOG`) takes `info` or `info,carillon_store=debug`. Libraries below us stay at `warn`
//! whatever it says: at `debug` the AWS SDK and hyper print requests, and those carry personal data.

use std::fmt::Display;

use carillon_domain::ids::AttemptRef;
/// So that a `main` needs nothing else to put an invocation into its span.
pub use tracing::Instrument;
use tracing::Span;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::env::Env;
use crate::metrics::{Metrics, counts};

/// Prefixes of the crates that see payloads.
const QUIET: [&str; 6] = ["aws_", "h2", "hyper", "lambda_", "rustls", "tower"];

/// Install the logger. A second call does nothing, so that tests may call it too.
pub fn init(env: &Env) {
    let format = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(true)
        .with_target(true)
        .with_filter(filter(env));
    // What is counted is counted at any level of logging.
    let metrics = Metrics::new(env.get("STACK").unwrap_or_default(), |line: &str| println!("{line}"));
    let metrics = metrics.with_filter(filter_fn(counts));
    // `Err` only says that a logger is there already.
    let _ = tracing_subscriber::registry().with(format).with(metrics).try_init();
}

fn filter(env: &Env) -> Targets {
    let text = env.get("LOG_LEVEL").or_else(|| env.get("RUST_LOG")).unwrap_or_default().to_ascii_lowercase();
    let mut wanted: Targets = text.parse().unwrap_or_default();
    // A misspelt level reads as the name of a module; it must not silence everything else.
    if wanted.default_level().is_none() {
        wanted = wanted.with_default(LevelFilter::INFO);
    }
    QUIET.into_iter().fold(wanted, |targets, prefix| targets.with_target(prefix, LevelFilter::WARN))
}

/// The span of one invocation: every line within it carries the request id that Lambda reports, and the trace's, if
/// there is one. The SDK passes the trace on to whatever it calls.
#[must_use]
pub fn invocation(request_id: &str, trace: Option<&str>) -> Span {
    tracing::info_span!("invocation", request_id, trace, tenant = tracing::field::Empty)
}

/// The span of work on one message of a batch, with the trace of whoever sent it: the batch has another.
#[must_use]
pub fn message(trace: Option<&str>) -> Span {
    tracing::info_span!("message", sent_in = trace)
}

/// The span of work on one attempt.
#[must_use]
pub fn attempt(id: &AttemptRef) -> Span {
    let of = &id.enrollment;
    tracing::info_span!("attempt", tenant = %of.tenant, campaign = %of.campaign, attempt = %id)
}

/// The span of work on one campaign.
#[must_use]
pub fn campaign(tenant: &dyn Display, campaign: &dyn Display) -> Span {
    tracing::info_span!("campaign", %tenant, %campaign)
}

/// The span of work on one import.
#[must_use]
pub fn import(tenant: &dyn Display, import: &dyn Display) -> Span {
    tracing::info_span!("import", %tenant, %import)
}

pub(crate) fn panic_message(payload: &(dyn std::any::Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message")
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn libraries_that_see_payloads_stay_quiet_at_any_level() {
        let trace = filter(&Env::of([("LOG_LEVEL", "TRACE")]));
        assert!(trace.would_enable("carillon_domain", &Level::TRACE));
        assert!(!trace.would_enable("aws_smithy_runtime::client::orchestrator", &Level::DEBUG));
        assert!(!trace.would_enable("hyper_util::client", &Level::INFO));
        assert!(trace.would_enable("hyper_util::client", &Level::WARN));

        let default = filter(&Env::of([("LOG_LEVEL", "no such level!")]));
        assert!(default.would_enable("carillon_domain", &Level::INFO));
        assert!(!default.would_enable("carillon_domain", &Level::DEBUG));

        let chosen = filter(&Env::of([("RUST_LOG", "warn,carillon_store=debug")]));
        assert!(chosen.would_enable("carillon_store::keys", &Level::DEBUG));
        assert!(!chosen.would_enable("carillon_domain", &Level::INFO));
    }
}
