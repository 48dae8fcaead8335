//! Builds what the handler works with, once per sandbox.

use std::sync::Arc;

use carillon_engine::clock::SystemClock;
use carillon_shell::aws::Aws;
use carillon_shell::env::Env;
use carillon_shell::queue::SqsQueue;
use carillon_store::dynamo::DynamoTable;

use crate::handler::Deps;
use crate::push::Connections;

/// Reads the configuration and builds the clients.
///
/// # Errors
/// Names the variable that is missing or malformed.
pub fn from_env(env: &Env) -> anyhow::Result<Deps> {
    let aws = Aws::from_env(env)?;
    let table = Arc::new(DynamoTable::new(aws.dynamodb(), env.require("TABLE_NAME")?));
    let webhooks = Arc::new(SqsQueue::new(aws.sqs(), env.require("WEBHOOK_QUEUE_URL")?));
    let recordings = Arc::new(SqsQueue::new(aws.sqs(), env.require("RECORDING_QUEUE_URL")?));
    // Connections are reached where they came in, by the other protocol.
    let live = env.require("LIVE_URL")?.replacen("ws", "http", 1);
    let live = Arc::new(Connections(aws.connections(&live)));
    Ok(Deps::new(table, webhooks, recordings, live, Arc::new(SystemClock)))
}
