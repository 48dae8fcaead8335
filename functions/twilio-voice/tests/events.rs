//! The sample event is one that the function understands.
#![allow(clippy::unwrap_used)]

use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use carillon_twilio::urls::Hook;
use carillon_twilio::{urls, webhook};

#[test]
fn the_function_urls_event_is_understood() {
    let event = include_str!("../../../events/twilio-voice-answer.json");
    let event: LambdaFunctionUrlRequest = serde_json::from_str(event).unwrap();
    let (attempt, hook) = urls::parse(event.raw_path.as_deref().unwrap(), None).unwrap();
    assert_eq!((attempt.attempt().map(|attempt| attempt.number), hook), (Some(1), Hook::Answer));
    webhook::parse(hook, &webhook::decode_form(event.body.unwrap().as_bytes())).unwrap();
}
