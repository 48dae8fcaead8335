//! The trace that an invocation belongs to, for what is sent on.
//!
//! Lambda's runtime puts it into the environment before each event, and the AWS SDK repeats it as a header of every
//! request. Where a service keeps it with what it was given (a message, an execution), it has to be said there as well,
//! so that the trace goes on in whoever takes it up.

/// The variable in which the runtime keeps the header `X-Amzn-Trace-Id` of the present event.
const TRACE: &str = "_X_AMZN_TRACE_ID";

/// Where the present trace is asked for.
pub type Source = fn() -> Option<String>;

/// The present event's trace, if it has one.
#[must_use]
pub fn current() -> Option<String> {
    std::env::var(TRACE).ok().filter(|header| !header.is_empty())
}
