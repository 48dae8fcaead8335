//! Builds what the handler works with, once per sandbox.

use std::sync::Arc;

use carillon_engine::clock::SystemClock;
use carillon_shell::aws::Aws;
use carillon_shell::env::Env;
use carillon_shell::http::{Http, Pool};
use carillon_shell::queue::SqsQueue;
use carillon_store::dynamo::DynamoTable;

use crate::handler::{Deps, HttpPost};

/// Reads the configuration and builds the clients.
///
/// # Errors
/// Names the variable that is missing or malformed.
pub fn from_env(env: &Env) -> anyhow::Result<Deps> {
    let aws = Aws::from_env(env)?;
    // Whoever chooses the address must not choose one of ours; a local world has no others.
    let anywhere = env.parse_required::<bool>("PRIVATE_WEBHOOKS")?;
    let pool = if anywhere { Pool::public() } else { Pool::guarded() };
    Ok(Deps {
        table: Arc::new(DynamoTable::new(aws.dynamodb(), env.require("TABLE_NAME")?)),
        queue: Arc::new(SqsQueue::new(aws.sqs(), env.require("WEBHOOK_QUEUE_URL")?)),
        post: Arc::new(HttpPost { http: Http::new(pool), anywhere }),
        clock: Arc::new(SystemClock),
    })
}
