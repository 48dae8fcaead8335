//! What the planner puts on the `dial` queue.

use carillon_domain::compliance::{TermsId, Verdict};
use carillon_domain::ids::AttemptRef;
use carillon_domain::phone::E164;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// So many orders make one message at most: whoever takes it waits for the provider's answers to all of them at once. A
/// message costs as much as the rules that allowed its calls, whatever is in it.
pub const ORDERS_MAX: usize = 10;

/// Orders as one message. Repeating any of them is harmless, so they may well come again together.
///
/// # Errors
/// None in practice: orders can be written as JSON.
pub fn message(orders: &[DialOrder]) -> serde_json::Result<String> {
    serde_json::to_string(orders)
}

/// The orders of a message. One that is no list is an order by itself, as planners of an earlier version sent them.
///
/// # Errors
/// If it is no message of orders.
pub fn orders(message: &str) -> serde_json::Result<Vec<DialOrder>> {
    if message.trim_start().starts_with('[') {
        serde_json::from_str(message)
    } else {
        Ok(vec![serde_json::from_str(message)?])
    }
}

/// An order to place one call. References, no contact data but the caller id, which is ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DialOrder {
    /// For which attempt.
    pub attempt: AttemptRef,
    /// Planned in which run of the campaign: an order of an earlier run is void.
    pub run: u32,
    /// When the enrollment was due as planned. Void if it is due at another time by now: it has been put off since, the
    /// planner comes across it there once more, and `reconcile` looks for attempts only where the planner has been.
    pub due: Timestamp,
    /// Counted towards which day's limit, if there is one: void on another day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Date>,
    /// Which number to call from.
    pub from: E164,
    /// Why it may be placed, as decided when it was planned.
    pub verdict: Verdict,
    /// On which terms: the planner has stored them.
    pub terms: TermsId,
    /// How often it was put back because no agent was free.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub waits: u8,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u8) -> bool {
    *count == 0
}
