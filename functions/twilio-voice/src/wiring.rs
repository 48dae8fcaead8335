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

use crate::handler::{Boards, CAMPAIGN_GOOD_FOR, Campaigns, Deps};

/// Reads the configuration and builds the clients.
///
/// # Errors
/// Names the variable that is missing or malformed.
pub fn from_env(env: &Env) -> anyhow::Result<Deps<SecretsManager>> {
    let aws = Aws::from_env(env)?;
    let accounts = Arc::new(Accounts::new(SecretsManager(aws.secrets()), env.require("SECRETS_PREFIX")?));
    let boards: Boards = Arc::new({
        let (accounts, http) = (accounts.clone(), Http::new(Pool::public()));
        let api = env.require("TWILIO_API_URL")?.to_owned();
        move |public| Arc::new(TwilioVoices::new(accounts.clone(), http.clone(), api.clone(), public.clone()))
    });
    Ok(Deps {
        table: Arc::new(DynamoTable::new(aws.dynamodb(), env.require("TABLE_NAME")?)),
        vault: Arc::new(Vault::new(
            Arc::new(DynamoTable::new(aws.dynamodb(), env.require("PRIVATE_TABLE_NAME")?)),
            Arc::new(KmsKeys::new(aws.kms(), env.require("TENANT_KEY_ARN")?)),
        )),
        accounts,
        public: env.parse("PUBLIC_URL")?,
        clock: Arc::new(SystemClock),
        campaigns: Arc::new(Campaigns::new(CAMPAIGN_GOOD_FOR)),
        boards,
        plan: Arc::new(SqsQueue::new(aws.sqs(), env.require("PLAN_QUEUE_URL")?)),
    })
}
