//! The queue port over SQS.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::types::{
    MessageSystemAttributeNameForSends, MessageSystemAttributeValue, SendMessageBatchRequestEntry,
};
use carillon_domain::ports::{Outgoing, Queue, QueueError};

use crate::trace;

/// SQS takes at most this many messages in a request.
const BATCH_MESSAGES_MAX: usize = 10;
/// And at most this many bytes.
const BATCH_BYTES_MAX: usize = 256 * 1024;
/// How long to wait before the messages of a batch that SQS did not take are sent again, milliseconds.
const BACKOFF_MS: [u64; 3] = [50, 200, 800];

/// An SQS queue.
#[derive(Clone, Debug)]
pub struct SqsQueue {
    client: aws_sdk_sqs::Client,
    url: String,
    trace: trace::Source,
}

impl SqsQueue {
    /// A queue by its URL.
    pub fn new(client: aws_sdk_sqs::Client, url: impl Into<String>) -> Self {
        Self { client, url: url.into(), trace: trace::current }
    }

    /// Send a batch once. Gives the positions that SQS may still take, and those that it never will.
    async fn send_batch(&self, messages: &[Outgoing], batch: &[usize]) -> Result<Refused, BoxError> {
        let mut entries = Vec::with_capacity(batch.len());
        let trace = match (self.trace)() {
            Some(header) => {
                let value = MessageSystemAttributeValue::builder().data_type("String").string_value(header);
                Some(HashMap::from([(MessageSystemAttributeNameForSends::AwsTraceHeader, value.build()?)]))
            }
            None => None,
        };
        for &position in batch {
            let message = &messages[position];
            let entry = SendMessageBatchRequestEntry::builder()
                .id(position.to_string())
                .message_body(&message.body)
                .set_message_group_id(message.group.clone())
                .set_message_system_attributes(trace.clone())
                // A queue that keeps order refuses the field, even at 0.
                .set_delay_seconds((message.delay_seconds > 0).then_some(message.delay_seconds.into()));
            entries.push(entry.build()?);
        }
        let output =
            self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries)).send().await?;
        let mut refused = Refused::default();
        for failure in output.failed() {
            let Ok(position) = failure.id().parse() else { continue };
            tracing::warn!(code = failure.code(), "SQS did not take a message");
            if failure.sender_fault() {
                refused.forever.push(position)
            } else {
                refused.for_now.push(position)
            }
        }
        Ok(refused)
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

#[derive(Default)]
struct Refused {
    for_now: Vec<usize>,
    forever: Vec<usize>,
}

#[async_trait]
impl Queue for SqsQueue {
    async fn send(&self, messages: Vec<Outgoing>) -> Result<(), QueueError> {
        let mut unsent = Vec::new();
        let mut source = None;
        for mut batch in batches(&messages) {
            let mut waits = BACKOFF_MS.iter();
            while !batch.is_empty() {
                match self.send_batch(&messages, &batch).await {
                    Ok(refused) => {
                        unsent.extend(refused.forever);
                        batch = refused.for_now;
                    }
                    // The client has repeated the request already.
                    Err(error) => {
                        source = Some(error);
                        break;
                    }
                }
                match waits.next() {
                    Some(ms) if !batch.is_empty() => tokio::time::sleep(Duration::from_millis(*ms)).await,
                    Some(_) => {}
                    None => break,
                }
            }
            unsent.extend(batch);
        }
        if unsent.is_empty() {
            return Ok(());
        }
        unsent.sort_unstable();
        Err(QueueError { unsent, source })
    }
}

/// Positions of the messages that go together, in order, within SQS's limits. A message that is too large on its
/// own gets a batch of its own, where SQS refuses it and nothing else.
fn batches(messages: &[Outgoing]) -> Vec<Vec<usize>> {
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut bytes = 0;
    for (position, message) in messages.iter().enumerate() {
        let size = message.body.len();
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH_MESSAGES_MAX && bytes + size <= BATCH_BYTES_MAX => {
                batch.push(position);
                bytes += size;
            }
            Some(_) | None => {
                batches.push(vec![position]);
                bytes = size;
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_sizes(sizes: &[usize]) -> Vec<Outgoing> {
        sizes.iter().map(|size| Outgoing { body: "x".repeat(*size), delay_seconds: 0, group: None }).collect()
    }

    #[test]
    fn batches_keep_order_and_both_limits() {
        assert!(batches(&[]).is_empty());
        let many: Vec<usize> = batches(&of_sizes(&[10; 25])).iter().map(Vec::len).collect();
        assert_eq!(many, [10, 10, 5]);
        const K: usize = 1024;
        assert_eq!(batches(&of_sizes(&[100 * K, 100 * K, 100 * K])), [vec![0, 1], vec![2]]);
        assert_eq!(batches(&of_sizes(&[K, 300 * K, K])), [vec![0], vec![1], vec![2]]);
        assert_eq!(batches(&of_sizes(&[256 * K, K])), [vec![0], vec![1]]);
    }

    #[cfg(feature = "s3")]
    #[tokio::test]
    async fn what_sqs_does_not_take_is_sent_again_and_then_named() {
        let server = crate::scripted::Scripted::start(&[
            (
                200,
                "",
                r#"{"Successful":[{"Id":"0","MessageId":"m","MD5OfMessageBody":"d"}],"Failed":[
                    {"Id":"1","SenderFault":true,"Code":"InvalidMessageContents"},
                    {"Id":"2","SenderFault":false,"Code":"InternalError"}]}"#,
            ),
            (200, "", r#"{"Successful":[{"Id":"2","MessageId":"m","MD5OfMessageBody":"d"}],"Failed":[]}"#),
        ])
        .await;
        let queue = SqsQueue::new(server.aws().sqs(), "https://sqs.example/1/dial");
        let mut messages = of_sizes(&[1, 2, 3]);
        messages[2].delay_seconds = 7;
        messages[2].group = Some("acme".into());
        let error = queue.send(messages).await.expect_err("one is refused for good");
        assert_eq!(error.unsent, [1]);
        let asked = server.asked();
        assert_eq!(asked.len(), 2);
        let again = asked[1].split_once("\r\n\r\n").expect("a body").1;
        for part in [r#""Id":"2""#, r#""DelaySeconds":7"#, r#""MessageGroupId":"acme""#] {
            assert!(again.contains(part), "{again}");
        }
        assert!(!again.contains(r#""Id":"0""#) && asked[0].matches("DelaySeconds").count() == 1);
    }

    #[cfg(feature = "s3")]
    #[tokio::test]
    async fn messages_carry_the_trace_of_whoever_sends_them() {
        let sent = r#"{"Successful":[{"Id":"0","MessageId":"m","MD5OfMessageBody":"d"}],"Failed":[]}"#;
        let server = crate::scripted::Scripted::start(&[(200, "", sent), (200, "", sent)]).await;
        let mut queue = SqsQueue::new(server.aws().sqs(), "https://sqs.example/1/dial");
        queue.trace = || Some("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1".to_owned());
        queue.send(of_sizes(&[1])).await.expect("sent");
        queue.trace = || None;
        queue.send(of_sizes(&[1])).await.expect("sent");
        let asked = server.asked();
        for part in [
            r#""MessageSystemAttributes":{"AWSTraceHeader":{"#,
            r#""StringValue":"Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1""#,
        ] {
            assert!(asked[0].contains(part), "{}", asked[0]);
        }
        assert!(!asked[1].contains("AWSTraceHeader"), "{}", asked[1]);
    }
}
