//! The sample event is one that the function understands.
#![allow(clippy::unwrap_used)]

use carillon_engine::tickets;
use live_fn::handler::Event;

#[test]
fn the_websockets_event_is_understood() {
    let event: Event = serde_json::from_str(include_str!("../../../events/live-connect.json")).unwrap();
    assert_eq!(event.request_context.route_key, "$connect");
    let (tenant, _) = tickets::parse(&event.query_string_parameters.unwrap()["ticket"]).unwrap();
    assert_eq!(tenant.to_string(), "acme");
}
