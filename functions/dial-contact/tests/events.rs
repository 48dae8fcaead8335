//! The sample event is one that the function understands.
#![allow(clippy::unwrap_used)]

use aws_lambda_events::sqs::SqsEvent;
use carillon_engine::order::{self, orders};

#[test]
fn the_queues_event_is_understood() {
    let event: SqsEvent = serde_json::from_str(include_str!("../../../events/dial-contact.json")).unwrap();
    let orders = orders(event.records[0].body.as_deref().unwrap()).unwrap();
    assert_eq!(orders.iter().map(|order| order.attempt.number).collect::<Vec<_>>(), [1, 1]);
    let alone = serde_json::to_string(&orders[0]).unwrap();
    assert_eq!(order::orders(&alone).unwrap(), orders[..1], "as planners of an earlier version sent them");
    assert_eq!(order::orders(&order::message(&orders).unwrap()).unwrap(), orders);
    assert!(order::orders("{}").is_err() && order::orders("").is_err());
}
