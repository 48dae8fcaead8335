//! The sample event is one that the function understands.
#![allow(clippy::unwrap_used)]

#[test]
fn the_buckets_event_is_understood() {
    let event = include_str!("../../../events/import-object-created.json");
    let request: import_fn::Request = serde_json::from_str(event).unwrap();
    assert_eq!(request.step, import_fn::Step::Open);
    assert_eq!(request.detail.unwrap().object.key, "drops/acme/leads.csv");
}
