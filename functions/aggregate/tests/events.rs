//! The sample event is one that the function understands.
#![allow(clippy::unwrap_used)]

#[test]
fn the_streams_event_is_understood() {
    let event = include_str!("../../../events/aggregate-stream.json");
    let event: aws_lambda_events::dynamodb::Event = serde_json::from_str(event).unwrap();
    assert!(event.records[0].change.old_image.is_empty());
    assert_eq!(event.records[0].change.new_image.len(), 3);
}
