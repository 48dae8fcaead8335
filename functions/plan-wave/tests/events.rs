//! The sample event is one that the function understands.
#![allow(clippy::unwrap_used)]

#[test]
fn the_state_machines_input_is_understood() {
    let event = include_str!("../../../events/plan-wave.json");
    let order: carillon_engine::runs::RunOrder = serde_json::from_str(event).unwrap();
    assert_eq!((order.tenant.as_str(), order.run), ("acme", 1));
}
