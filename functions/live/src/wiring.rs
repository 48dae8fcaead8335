//! Builds what the handler works with, once per sandbox.

use std::sync::Arc;

use carillon_engine::clock::SystemClock;
use carillon_shell::aws::Aws;
use carillon_shell::env::Env;
use carillon_store::dynamo::DynamoTable;

use crate::handler::Deps;

/// Reads the configuration and builds the clients.
///
/// # Errors
/// Names the variable that is missing or malformed.
pub fn from_env(env: &Env) -> anyhow::Result<Deps> {
    let aws = Aws::from_env(env)?;
    Ok(Deps {
        table: Arc::new(DynamoTable::new(aws.dynamodb(), env.require("TABLE_NAME")?)),
        clock: Arc::new(SystemClock),
    })
}
