//! Builds what the handler works with, once per sandbox.

use std::sync::Arc;

use carillon_engine::clock::SystemClock;
use carillon_engine::sfn::SfnLauncher;
use carillon_shell::aws::Aws;
use carillon_shell::env::Env;
use carillon_shell::objects::S3Objects;
use carillon_store::Vault;
use carillon_store::dynamo::DynamoTable;
use carillon_store::kms::KmsKeys;
use jiff::SignedDuration;

use crate::handler::Deps;

/// Reads the configuration and builds the clients.
///
/// # Errors
/// Names the variable that is missing or malformed.
pub fn from_env(env: &Env) -> anyhow::Result<Deps> {
    let aws = Aws::from_env(env)?;
    Ok(Deps {
        table: Arc::new(DynamoTable::new(aws.patient_dynamodb(), env.require("TABLE_NAME")?)),
        vault: Arc::new(Vault::new(
            Arc::new(DynamoTable::new(aws.patient_dynamodb(), env.require("PRIVATE_TABLE_NAME")?)),
            Arc::new(KmsKeys::new(aws.kms(), env.require("TENANT_KEY_ARN")?)),
        )),
        objects: Arc::new(S3Objects::new(aws.s3(), env.require("DATA_BUCKET")?)),
        launcher: Arc::new(SfnLauncher::new(aws.sfn(), env.require("CAMPAIGN_MACHINE_ARN")?)),
        clock: Arc::new(SystemClock),
        time_per_step: SignedDuration::from_secs(env.parse("IMPORT_STEP_SECONDS")?.unwrap_or(240)),
        rows_per_part: env.parse("IMPORT_PART_ROWS")?.unwrap_or(1_000),
    })
}
