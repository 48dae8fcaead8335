//! Builds what the handler works with, once per sandbox.

use std::sync::Arc;

use carillon_shell::aws::Aws;
use carillon_shell::env::Env;
use carillon_shell::http::{Http, Pool};
use carillon_shell::objects::S3Objects;
use carillon_shell::secrets::SecretsManager;
use carillon_store::dynamo::DynamoTable;
use carillon_twilio::accounts::Accounts;
use carillon_twilio::recordings::Recordings;

use crate::handler::Deps;

/// Reads the configuration and builds the clients.
///
/// # Errors
/// Names the variable that is missing or malformed.
pub fn from_env(env: &Env) -> anyhow::Result<Deps> {
    let aws = Aws::from_env(env)?;
    let accounts = Accounts::new(SecretsManager(aws.secrets()), env.require("SECRETS_PREFIX")?);
    let http = Http::new(Pool::public()).taking(carillon_twilio::recordings::BYTES_MAX);
    Ok(Deps {
        table: Arc::new(DynamoTable::new(aws.dynamodb(), env.require("TABLE_NAME")?)),
        objects: Arc::new(S3Objects::new(aws.s3(), env.require("DATA_BUCKET")?)),
        source: Arc::new(Recordings::new(accounts, http, env.require("TWILIO_API_URL")?)),
    })
}
