//! Builds what the handler works with, once per sandbox.

use std::sync::Arc;

use carillon_engine::clock::SystemClock;
use carillon_shell::aws::Aws;
use carillon_shell::env::Env;
use carillon_shell::http::{Http, Pool};
use carillon_shell::queue::SqsQueue;
use carillon_shell::secrets::SecretsManager;
use carillon_store::Vault;
use carillon_store::dynamo::DynamoTable;
use carillon_store::kms::KmsKeys;
use carillon_twilio::accounts::{Accounts, TwilioVoices};
use jiff::SignedDuration;

use crate::handler::Deps;

/// Reads the configuration and builds the clients.
///
/// # Errors
/// Names the variable that is missing or malformed.
pub fn from_env(env: &Env) -> anyhow::Result<Deps> {
    let aws = Aws::from_env(env)?;
    let accounts = Accounts::new(SecretsManager(aws.secrets()), env.require("SECRETS_PREFIX")?);
    let public = env.parse_required("PUBLIC_URL")?;
    let voices = Arc::new(TwilioVoices::new(
        accounts,
        Http::new(Pool::public()),
        env.require("TWILIO_API_URL")?,
        public,
    ));
    Ok(Deps {
        table: Arc::new(DynamoTable::new(aws.dynamodb(), env.require("TABLE_NAME")?)),
        vault: Arc::new(Vault::new(
            Arc::new(DynamoTable::new(aws.dynamodb(), env.require("PRIVATE_TABLE_NAME")?)),
            Arc::new(KmsKeys::new(aws.kms(), env.require("TENANT_KEY_ARN")?)),
        )),
        dial: Arc::new(SqsQueue::new(aws.sqs(), env.require("DIAL_QUEUE_URL")?)),
        voices: voices.clone(),
        boards: voices,
        plan: Arc::new(SqsQueue::new(aws.sqs(), env.require("PLAN_QUEUE_URL")?)),
        clock: Arc::new(SystemClock),
        callback_grace: SignedDuration::from_secs(env.parse_required("RECONCILE_AFTER_SECONDS")?),
    })
}
