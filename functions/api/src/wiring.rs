//! Builds what the handlers work with, once per sandbox.

use std::sync::Arc;

use carillon_engine::clock::SystemClock;
use carillon_engine::sfn::SfnLauncher;
use carillon_shell::aws::Aws;
use carillon_shell::env::Env;
use carillon_shell::http::{Http, Pool};
use carillon_shell::objects::S3Objects;
use carillon_shell::queue::SqsQueue;
use carillon_shell::secrets::SecretsManager;
use carillon_store::Vault;
use carillon_store::dynamo::DynamoTable;
use carillon_store::kms::KmsKeys;
use carillon_twilio::accounts::{Accounts, TwilioVoices};
use carillon_twilio::inspect::Inspector;
use carillon_twilio::urls::PublicUrl;

use crate::app::Deps;
use crate::credentials::SecretCredentials;
use crate::directory::Cognito;
use crate::importer::SfnImporter;
use crate::roll::Roll;

/// Reads the configuration and builds the clients.
///
/// # Errors
/// Names the variable that is missing or malformed.
pub fn from_env(env: &Env) -> anyhow::Result<Deps> {
    let aws = Aws::from_env(env)?;
    let prefix = env.require("SECRETS_PREFIX")?;
    let accounts = Accounts::new(SecretsManager(aws.secrets()), prefix.clone());
    let public: PublicUrl = env.parse_required("PUBLIC_URL")?;
    let (http, api) = (Http::new(Pool::public()), env.require("TWILIO_API_URL")?);
    let inspector = Inspector::new(http.clone(), api.clone(), public.clone());
    let boards = TwilioVoices::new(accounts, http, api, public);
    Ok(Deps {
        table: Arc::new(DynamoTable::new(aws.dynamodb(), env.require("TABLE_NAME")?)),
        vault: Arc::new(Vault::new(
            Arc::new(DynamoTable::new(aws.dynamodb(), env.require("PRIVATE_TABLE_NAME")?)),
            Arc::new(KmsKeys::new(aws.kms(), env.require("TENANT_KEY_ARN")?)),
        )),
        objects: Arc::new(S3Objects::new(aws.s3(), env.require("DATA_BUCKET")?)),
        launcher: Arc::new(SfnLauncher::new(aws.sfn(), env.require("CAMPAIGN_MACHINE_ARN")?)),
        importer: Arc::new(SfnImporter::new(aws.sfn(), env.require("IMPORT_MACHINE_ARN")?)),
        credentials: Arc::new(SecretCredentials::new(aws.secrets(), prefix, env.get("SECRETS_KEY_ARN"))),
        inspector,
        webhooks: Arc::new(SqsQueue::new(aws.sqs(), env.require("WEBHOOK_QUEUE_URL")?)),
        live_url: env.require("LIVE_URL")?,
        private_webhooks: env.parse_required("PRIVATE_WEBHOOKS")?,
        directory: Arc::new(Cognito::new(aws.cognito(), env.require("USER_POOL_ID")?)),
        roll: Roll::default(),
        boards: Arc::new(boards),
        plan: Arc::new(SqsQueue::new(aws.sqs(), env.require("PLAN_QUEUE_URL")?)),
        clock: Arc::new(SystemClock),
        random: |bytes| getrandom::fill(bytes).expect("the kernel gives randomness"),
    })
}
