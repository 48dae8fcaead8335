//! One event of the WebSocket API.

use std::collections::BTreeMap;
use std::sync::Arc;

use carillon_engine::clock::Clock;
use carillon_engine::tickets;
use carillon_store::{Connection, MemberState, Table, TenantTable};
use serde::{Deserialize, Serialize};

/// What the function works with.
pub struct Deps {
    /// The table.
    pub table: Arc<dyn Table>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// An event, as far as it matters here.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// What came by which way.
    pub request_context: Context,
    /// What stood in the address.
    #[serde(default)]
    pub query_string_parameters: Option<BTreeMap<String, String>>,
}

/// What came by which way.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Context {
    /// `$connect`, `$default` or `$disconnect`.
    pub route_key: String,
    /// Which connection.
    pub connection_id: String,
}

/// The answer: to a page that connects, whether it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// An HTTP status.
    pub status_code: u16,
}

const OK: Answer = Answer { status_code: 200 };
const REFUSED: Answer = Answer { status_code: 401 };

/// Lets a page in that has a ticket. Whatever it says later only keeps the connection open; that it has gone is found
/// out by the next push.
///
/// # Errors
/// The table's: the connection is then refused.
pub async fn handle(deps: &Deps, event: Event) -> anyhow::Result<Answer> {
    if event.request_context.route_key != "$connect" {
        return Ok(OK);
    }
    let ticket = event.query_string_parameters.as_ref().and_then(|query| query.get("ticket"));
    let Some((tenant, digest)) = ticket.and_then(|ticket| tickets::parse(ticket)) else { return Ok(REFUSED) };
    let table = TenantTable::new(deps.table.as_ref(), &tenant);
    let now = deps.clock.now();
    let Some(ticket) = table.take_ticket(&digest, now).await? else { return Ok(REFUSED) };
    let id = event.request_context.connection_id;
    let (subject, role) = (ticket.subject, ticket.role);
    let connection = Connection { id, subject, role, since: now };
    table.save_connection(connection.clone()).await?;
    // After the connection is known: whoever is disabled at this moment is found out here, or their connection there.
    let member = table.member(&connection.subject).await?;
    if member.is_some_and(|member| member.value.state == MemberState::Disabled) {
        table.delete_connection(&connection.id).await?;
        return Ok(REFUSED);
    }
    Ok(OK)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use carillon_domain::ids::TenantId;
    use carillon_store::memory::MemoryTable;
    use carillon_store::{Member, PageTicket, Stored};
    use jiff::Timestamp;

    use super::*;

    struct Hand(Mutex<Timestamp>);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            *self.0.lock().expect("not poisoned")
        }
    }

    fn event(route: &str, ticket: Option<&str>) -> Event {
        let query = ticket.map(|ticket| serde_json::json!({"ticket": ticket}));
        let context = serde_json::json!({"routeKey": route, "connectionId": "c1=", "stage": "live"});
        serde_json::from_value(serde_json::json!({"requestContext": context, "queryStringParameters": query}))
            .expect("an event")
    }

    #[tokio::test]
    async fn a_ticket_lets_one_page_in_for_a_minute() {
        let (table, tenant): (_, TenantId) = (Arc::new(MemoryTable::new()), "acme".parse().expect("an id"));
        let clock = Arc::new(Hand(Mutex::new(Timestamp::from_second(1_000).expect("a time"))));
        let deps = Deps { table: table.clone(), clock: clock.clone() };
        let acme = TenantTable::new(table.as_ref(), &tenant);
        for (secret, good_until) in [("ab", 1_060), ("cd", 1_000)] {
            let (_, digest) = tickets::parse(&tickets::text(&tenant, &secret.repeat(32))).expect("a ticket");
            let ticket = PageTicket { subject: "user-1".into(), role: "admin".into(), good_until };
            acme.save_ticket(&digest, ticket).await.expect("saved");
        }
        let good = tickets::text(&tenant, &"ab".repeat(32));
        let late = tickets::text(&tenant, &"cd".repeat(32));
        for bad in
            [None, Some(""), Some("acme.12"), Some(late.as_str()), Some(&good.replace("acme", "globex"))]
        {
            assert_eq!(handle(&deps, event("$connect", bad)).await.expect("answered"), REFUSED, "{bad:?}");
        }
        assert_eq!(handle(&deps, event("$connect", Some(&good))).await.expect("answered"), OK);
        assert_eq!(handle(&deps, event("$connect", Some(&good))).await.expect("answered"), REFUSED, "once");
        assert_eq!(handle(&deps, event("$default", None)).await.expect("answered"), OK);
        assert_eq!(acme.connections().await.expect("read")[0].subject, "user-1");
    }

    #[tokio::test]
    async fn whoever_was_disabled_since_the_ticket_is_not_let_in() {
        let (table, tenant): (_, TenantId) = (Arc::new(MemoryTable::new()), "acme".parse().expect("an id"));
        let clock = Arc::new(Hand(Mutex::new(Timestamp::from_second(1_000).expect("a time"))));
        let deps = Deps { table: table.clone(), clock };
        let acme = TenantTable::new(table.as_ref(), &tenant);
        let text = tickets::text(&tenant, &"ab".repeat(32));
        let (_, digest) = tickets::parse(&text).expect("a ticket");
        let ticket = PageTicket { subject: "user-1".into(), role: "admin".into(), good_until: 1_060 };
        acme.save_ticket(&digest, ticket).await.expect("saved");
        let member = Member {
            id: "user-1".into(),
            email: None,
            name: None,
            role: "admin".into(),
            state: MemberState::Disabled,
            invited_by: None,
            created_at: Timestamp::UNIX_EPOCH,
        };
        acme.save_member(&Stored::new(member)).await.expect("saved");
        assert_eq!(handle(&deps, event("$connect", Some(&text))).await.expect("answered"), REFUSED);
        assert!(acme.connections().await.expect("read").is_empty());
    }
}
