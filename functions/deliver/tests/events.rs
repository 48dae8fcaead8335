//! The sample event is one that the function understands.
#![allow(clippy::unwrap_used)]

use aws_lambda_events::sqs::SqsEvent;
use carillon_engine::errands::Tell;

#[test]
fn the_queues_event_is_understood() {
    let event: SqsEvent = serde_json::from_str(include_str!("../../../events/deliver.json")).unwrap();
    let order: Tell = serde_json::from_str(event.records[0].body.as_deref().unwrap()).unwrap();
    let payload: serde_json::Value = serde_json::from_str(&order.payload).unwrap();
    assert_eq!((payload["type"].as_str().unwrap(), order.again), (order.kind.as_str(), false));
}
