//! DynamoDB's answers, played from a script: what no emulator does on demand.

#![allow(clippy::unwrap_used)]

use std::collections::VecDeque;
use std::error::Error;
use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Region};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use carillon_store::dynamo::DynamoTable;
use carillon_store::port::{AttributeValue, Condition, Consistency, Item, Key, StoreError, Table, Write};
use serde_json::{Value, json};

/// The number that must never be seen in an error.
const PERSONAL: &str = "+15550100999";

/// Answers in order, and the requests that they answered. Status 0 is no answer at all.
#[derive(Clone, Debug, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<(u16, Value)>>>,
    requests: Arc<Mutex<Vec<Value>>>,
}

impl HttpClient for Script {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Script {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        self.requests.lock().unwrap().push(body);
        let (status, answer) = self.answers.lock().unwrap().pop_front().unwrap();
        HttpConnectorFuture::ready(if status == 0 {
            Err(ConnectorError::timeout("nobody answered".into()))
        } else {
            Ok(HttpResponse::new(status.try_into().unwrap(), SdkBody::from(answer.to_string())))
        })
    }
}

/// A table that gets these answers.
fn scripted(answers: impl IntoIterator<Item = (u16, Value)>) -> (DynamoTable, Script) {
    let script = Script { answers: Arc::new(Mutex::new(answers.into_iter().collect())), ..Script::default() };
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::from_keys("test", "test", None))
        .retry_config(RetryConfig::disabled())
        .http_client(script.clone())
        .build();
    (DynamoTable::new(Client::from_conf(config), "table"), script)
}

fn error(code: &str, message: &str) -> Value {
    json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": message})
}

fn key(sk: &str) -> Key {
    Key { pk: "A".to_owned(), sk: sk.to_owned() }
}

fn sent_key(sk: &str) -> Value {
    json!({"pk": {"S": "A"}, "sk": {"S": sk}})
}

fn item(sk: &str) -> Item {
    let mut item = Item::default();
    for (name, value) in [("pk", "A"), ("sk", sk), ("phone", PERSONAL)] {
        item.insert(name.to_owned(), AttributeValue::S(value.to_owned()));
    }
    item
}

fn put(sk: &str) -> Write {
    Write::Put { item: item(sk), condition: Condition::None }
}

/// All that a log could show of an error.
fn shown(error: &StoreError) -> String {
    let mut text = format!("{error:?} {error}");
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(&format!(" {error:?} {error}"));
        source = error.source();
    }
    text
}

fn kind(error: &StoreError) -> &'static str {
    match error {
        StoreError::Conflict => "conflict",
        StoreError::Busy(_) => "busy",
        StoreError::Refused(_, _) => "refused",
        StoreError::Malformed { .. } => "malformed",
    }
}

#[tokio::test]
async fn each_error_has_its_meaning_and_shows_no_content() {
    for (status, code, expected) in [
        (400, "ConditionalCheckFailedException", "conflict"),
        (400, "TransactionConflictException", "busy"),
        (400, "ProvisionedThroughputExceededException", "busy"),
        (400, "RequestLimitExceeded", "busy"),
        (400, "ThrottlingException", "busy"),
        (500, "InternalServerError", "busy"),
        (503, "ServiceUnavailable", "busy"),
        (400, "ValidationException", "refused"),
        (400, "AccessDeniedException", "refused"),
        (400, "ResourceNotFoundException", "refused"),
        (0, "", "busy"),
    ] {
        let message = match code {
            "AccessDeniedException" => "not authorized to perform: dynamodb:PutItem".to_owned(),
            "ResourceNotFoundException" => "Requested resource not found".to_owned(),
            _ => format!("The parameter cannot be converted to a numeric value: {PERSONAL}"),
        };
        let (table, _) = scripted([(status, error(code, &message))]);
        let error = table.write(put("1")).await.unwrap_err();
        assert_eq!(kind(&error), expected, "{code}");
        let shown = shown(&error);
        assert!(!shown.contains(PERSONAL), "{shown}");
        assert!(expected == "conflict" || shown.contains(code), "{shown}");
    }
}

#[tokio::test]
async fn a_message_about_permissions_is_passed_on() {
    let denied = error("AccessDeniedException", "not authorized to perform: dynamodb:PutItem");
    let (table, _) = scripted([(400, denied)]);
    let error = table.write(put("1")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the table refused: AccessDeniedException: not authorized to perform: dynamodb:PutItem"
    );
}

#[tokio::test]
async fn a_transaction_fails_for_the_reason_that_its_caller_can_act_on() {
    for (codes, expected) in [
        (["None", "ConditionalCheckFailed"], "conflict"),
        (["TransactionConflict", "ConditionalCheckFailed"], "conflict"),
        (["TransactionConflict", "None"], "busy"),
        (["ThrottlingError", "ProvisionedThroughputExceeded"], "busy"),
        (["ValidationError", "TransactionConflict"], "refused"),
        (["None", "ItemCollectionSizeLimitExceeded"], "refused"),
    ] {
        let reasons: Vec<Value> = codes
            .iter()
            .map(|code| json!({"Code": code, "Message": PERSONAL, "Item": {"phone": {"S": PERSONAL}}}))
            .collect();
        let mut body = error("TransactionCanceledException", PERSONAL);
        body["CancellationReasons"] = reasons.into();
        let (table, _) = scripted([(400, body)]);
        let error = table.transact(vec![put("1"), put("2")], "token").await.unwrap_err();
        assert_eq!(kind(&error), expected, "{codes:?}");
        assert!(!shown(&error).contains(PERSONAL), "{}", shown(&error));
    }
    for (code, expected) in
        [("TransactionInProgressException", "busy"), ("IdempotentParameterMismatchException", "conflict")]
    {
        let (table, _) = scripted([(400, error(code, PERSONAL))]);
        let error = table.transact(vec![put("1")], "token").await.unwrap_err();
        assert_eq!(kind(&error), expected, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_batch_leaves_unprocessed_is_asked_for_again() {
    let unread = json!({"table": {"Keys": [sent_key("2"), sent_key("3")], "ConsistentRead": true}});
    let (table, script) = scripted([
        (200, json!({"Responses": {"table": [sent_key("1")]}, "UnprocessedKeys": unread})),
        (200, json!({"Responses": {"table": []}, "UnprocessedKeys": unread})),
        (200, json!({"Responses": {"table": [sent_key("3")]}, "UnprocessedKeys": {}})),
    ]);
    let found = table.batch_get(&[key("1"), key("2"), key("3")], Consistency::Strong).await.unwrap();
    let found: Vec<Key> = found.iter().filter_map(Key::of).collect();
    assert_eq!(found, [key("1"), key("3")]);
    let requests = script.requests.lock().unwrap().clone();
    assert_eq!(requests.len(), 3);
    assert_eq!(requests[2]["RequestItems"], unread);

    let unwritten = json!({"table": [{"DeleteRequest": {"Key": sent_key("2")}}]});
    let (table, script) =
        scripted([(200, json!({"UnprocessedItems": unwritten})), (200, json!({"UnprocessedItems": {}}))]);
    let delete = Write::Delete { key: key("2"), condition: Condition::None };
    table.batch_write(vec![put("1"), delete]).await.unwrap();
    assert_eq!(script.requests.lock().unwrap()[1]["RequestItems"], unwritten);
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_gets_nowhere_gives_up() {
    let unwritten = json!({"table": [{"DeleteRequest": {"Key": sent_key("1")}}]});
    let (table, script) = scripted(vec![(200, json!({"UnprocessedItems": unwritten})); 100]);
    let delete = Write::Delete { key: key("1"), condition: Condition::None };
    let error = table.batch_write(vec![delete]).await.unwrap_err();
    assert_eq!(kind(&error), "busy");
    assert_eq!(script.requests.lock().unwrap().len(), 8);
}

#[tokio::test]
async fn what_is_refused_beforehand_costs_no_request() {
    let (table, script) = scripted([]);
    let check = Write::Check { key: key("1"), condition: Condition::Present };
    assert!(table.write(check).await.is_err());
    assert!(table.transact(vec![], "token").await.is_err());
    assert!(table.batch_write(vec![put("1"), put("1")]).await.is_err());
    assert!(script.requests.lock().unwrap().is_empty());
}
