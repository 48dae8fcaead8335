//! DynamoDB's errors in the store's words.
//!
//! DynamoDB's messages can quote the values of a request, which are personal data. So only those messages are
//! passed on that cannot, and causes are kept as text that was composed here, never as the client's own error,
//! whose `Debug` prints whole responses.

use std::error::Error;
use std::fmt;

use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::RequestId;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;

use crate::port::StoreError;

/// A cause: which error of DynamoDB, and the id of the request to give to AWS support.
#[derive(Debug)]
struct Cause(String);

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Error for Cause {}

fn cause(text: impl Into<String>) -> Option<Box<dyn Error + Send + Sync>> {
    Some(Box::new(Cause(text.into())))
}

pub(super) fn busy(text: impl Into<String>) -> StoreError {
    StoreError::Busy(cause(text))
}

/// A required member of a request is missing: a mistake in this crate.
pub(super) fn unbuildable(error: BuildError) -> StoreError {
    StoreError::Refused("the request cannot be built".to_owned(), cause(error.to_string()))
}

/// Any operation's error.
pub(super) fn classify<E>(error: &SdkError<E>) -> StoreError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let service = match error {
        SdkError::ServiceError(service) => service,
        SdkError::ConstructionFailure(_) => {
            return StoreError::Refused("the request cannot be built".to_owned(), cause(chain(error)));
        }
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => return busy(chain(error)),
        // A response that cannot be parsed: its parser's words may quote it.
        SdkError::ResponseError(_) => return busy("the response cannot be read"),
        // The enum may grow.
        _ => return busy("no answer"),
    };
    let (code, message) = (service.err().code().unwrap_or("unknown error"), service.err().message());
    let request_id = error.request_id().unwrap_or("unknown");
    let cause_text = format!("{code}, request {request_id}");
    match code {
        // A token is spent on another transaction: that one has been committed, so "it has been done before".
        "ConditionalCheckFailedException" | "IdempotentParameterMismatchException" => StoreError::Conflict,
        "TransactionConflictException"
        | "TransactionInProgressException"
        | "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "ThrottlingException"
        | "LimitExceededException"
        | "InternalServerError" => busy(cause_text),
        _ if service.raw().status().is_server_error() => busy(cause_text),
        _ => StoreError::Refused(describe(code, message), cause(cause_text)),
    }
}

/// A transaction's error: what counts is why each of its writes was cancelled.
pub(super) fn canceled(error: &SdkError<TransactWriteItemsError>) -> StoreError {
    let Some(TransactWriteItemsError::TransactionCanceledException(exception)) = error.as_service_error()
    else {
        return classify(error);
    };
    let reasons = exception.cancellation_reasons.as_deref().unwrap_or_default();
    let codes: Vec<&str> =
        reasons.iter().filter_map(|reason| reason.code.as_deref()).filter(|code| *code != "None").collect();
    let cause_text =
        format!("cancelled for {}, request {}", codes.join(" "), error.request_id().unwrap_or("unknown"));
    // The caller can do something about a failed condition, so it outweighs other reasons.
    if codes.contains(&"ConditionalCheckFailed") {
        return StoreError::Conflict;
    }
    let passing = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
    if codes.is_empty() || codes.iter().all(|code| passing.contains(code)) {
        return busy(cause_text);
    }
    let refused = codes.iter().find(|code| !passing.contains(code)).copied().unwrap_or("cancelled");
    StoreError::Refused(refused.to_owned(), cause(cause_text))
}

/// The code, and the message if it is one of those that speak of our policies, names and expressions only.
fn describe(code: &str, message: Option<&str>) -> String {
    let harmless = |message: &&str| {
        code == "AccessDeniedException"
            || code == "ResourceNotFoundException"
            || (code == "ValidationException"
                && [
                    "Invalid UpdateExpression",
                    "Invalid ConditionExpression",
                    "Item size",
                    "Transaction request",
                ]
                .iter()
                .any(|start| message.starts_with(start)))
    };
    match message.filter(harmless) {
        Some(message) => format!("{code}: {message}"),
        None => code.to_owned(),
    }
}

/// An error of the network with its causes, outermost first.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
