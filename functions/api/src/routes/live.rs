//! Leave to be told of changes as they happen.

use carillon_engine::tickets;
use carillon_store::PageTicket;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::{Json, Scope};
use crate::keys::hex;
use crate::problem::Problem;

/// How long a ticket is good, seconds.
const GOOD_SECONDS: i64 = 60;

/// A ticket to connect with.
#[derive(Serialize, ToSchema)]
#[schema(as = LiveTicket)]
pub struct TicketView {
    /// The WebSocket's address, ticket and all: good for one connection.
    #[schema(example = "wss://abc123.execute-api.eu-central-1.amazonaws.com/live?ticket=acme.6f0c")]
    url: String,
    /// Not good from then on.
    expires_at: Timestamp,
}

/// Get leave to connect to the WebSocket.
///
/// A token has no place in an address, so it is exchanged for a ticket that is good once. The WebSocket then says what
/// has changed, and not into what: `{"type": "campaign.changed", "data": {"campaign": "cmp_…", "state": "paused"}}`,
/// `{"type": "counters.changed", "data": {"campaign": "cmp_…"}}`, `{"type": "import.changed", "data": {"import": "imp_…"}}`,
/// `{"type": "agent.changed", "data": {"agent": "agt_…"}}`, `{"type": "live_call.changed", "data": {"call": "…"}}`. Agents
/// are told of themselves and of their own calls alone.
/// After a drop, connect again and read again what is on the page: what was said meanwhile is not repeated. Say anything
/// every few minutes, for API Gateway ends a connection that is silent for ten, and any after two hours.
#[utoipa::path(post, path = "/v1/live/tickets", operation_id = "get_live_ticket", tag = "you",
    responses((status = 200, description = "A ticket", body = TicketView)))]
pub(crate) async fn ticket(scope: Scope) -> Result<Json<TicketView>, Problem> {
    let mut bytes = [0; 32];
    (scope.deps.random)(&mut bytes);
    let secret = hex(&bytes);
    let expires_at = scope.now + SignedDuration::from_secs(GOOD_SECONDS);
    let ticket = PageTicket {
        subject: scope.caller.subject.clone(),
        role: scope.caller.role.name().to_owned(),
        good_until: expires_at.as_second(),
    };
    // That somebody opened a page is nothing for the log of changes.
    scope.unaudited().save_ticket(&tickets::digest(&secret), ticket).await?;
    let url = format!("{}?ticket={}", scope.deps.live_url, tickets::text(&scope.tenant, &secret));
    Ok(Json(TicketView { url, expires_at }))
}
