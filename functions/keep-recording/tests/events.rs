//! The sample event is one that the function understands.
#![allow(clippy::unwrap_used)]

use aws_lambda_events::sqs::SqsEvent;
use carillon_engine::errands::KeepRecording;

#[test]
fn the_queues_event_is_understood() {
    let event: SqsEvent = serde_json::from_str(include_str!("../../../events/keep-recording.json")).unwrap();
    let order: KeepRecording = serde_json::from_str(event.records[0].body.as_deref().unwrap()).unwrap();
    assert!(order.key().starts_with("recordings/acme/cmp_"));
}
