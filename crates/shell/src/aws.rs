//! AWS clients, configured by hand from what Lambda puts into the environment.
//!
//! `aws-config` would look at profiles, the instance metadata service, SSO and web identities: code, time and
//! dependencies for sources that a function never has. A function has its region and credentials in variables.
//!
//! `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>` (as the AWS CLI knows them) point the clients elsewhere:
//! the local world is that, and no other code path.

use std::fmt;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::env::{Env, EnvError};
use crate::http::Pool;

/// Makes clients that share one pool of connections.
#[derive(Clone, Debug)]
pub struct Aws {
    config: SdkConfig,
    /// Whether S3 is anywhere else than at AWS.
    #[cfg(feature = "s3")]
    overridden: bool,
}

/// What a client looks up for its own service: its endpoint, where `AWS_ENDPOINT_URL_<SERVICE>` names one.
struct PerService(Env);

impl fmt::Debug for PerService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PerService")
    }
}

impl LoadServiceConfig for PerService {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        // "Secrets Manager" is SECRETS_MANAGER there.
        let service = key.service_id().to_ascii_uppercase().replace([' ', '-'], "_");
        self.0.get(&format!("{}_{service}", key.env()))
    }
}

impl Aws {
    /// From `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
    ///
    /// # Errors
    /// Where one of the first three is missing, or `AWS_CA_BUNDLE` names no readable file.
    pub fn from_env(env: &Env) -> Result<Self, EnvError> {
        let credentials = Credentials::new(
            env.require("AWS_ACCESS_KEY_ID")?,
            env.require("AWS_SECRET_ACCESS_KEY")?,
            env.get("AWS_SESSION_TOKEN"),
            None,
            "environment",
        );
        let extra_pem = match env.get("AWS_CA_BUNDLE") {
            None => None,
            Some(path) => Some(std::fs::read(path).map_err(|_| EnvError::Invalid {
                name: "AWS_CA_BUNDLE".into(),
                wanted: "path of a readable file",
            })?),
        };
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(env.require("AWS_REGION")?))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(Pool::aws(extra_pem))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .time_source(SharedTimeSource::new(SystemTimeSource::new()))
            .retry_config(RetryConfig::standard())
            .timeout_config(
                TimeoutConfig::builder()
                    .operation_attempt_timeout(Duration::from_secs(10))
                    .operation_timeout(Duration::from_secs(25))
                    .build(),
            );
        config.set_endpoint_url(env.get("AWS_ENDPOINT_URL"));
        config.set_service_config(Some(PerService(env.clone())));
        Ok(Self {
            config: config.build(),
            #[cfg(feature = "s3")]
            overridden: env.get("AWS_ENDPOINT_URL").or_else(|| env.get("AWS_ENDPOINT_URL_S3")).is_some(),
        })
    }

    /// The configuration, for a client that has no constructor here.
    #[must_use]
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// DynamoDB. One item takes milliseconds: an attempt that takes seconds is better made again.
    #[cfg(feature = "dynamodb")]
    #[must_use]
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::from_conf(self.dynamodb_within(Duration::from_secs(10)).build())
    }

    /// DynamoDB, for whoever brings more than a table may take, and has time: told to slow down, the client does, for all of
    /// its requests, instead of giving up on one of them.
    #[cfg(feature = "dynamodb")]
    #[must_use]
    pub fn patient_dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let retry = RetryConfig::adaptive()
            .with_max_attempts(12)
            .with_initial_backoff(Duration::from_millis(100))
            .with_max_backoff(Duration::from_secs(5));
        let config = self.dynamodb_within(Duration::from_secs(60)).retry_config(retry);
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    #[cfg(feature = "dynamodb")]
    fn dynamodb_within(&self, operation: Duration) -> aws_sdk_dynamodb::config::Builder {
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(Duration::from_secs(3))
            .operation_timeout(operation)
            .build();
        aws_sdk_dynamodb::config::Builder::from(&self.config).timeout_config(timeouts)
    }

    /// The connections of a WebSocket API, at its own address. A page that cannot be told at once is told nothing: it
    /// reads again by itself.
    #[cfg(feature = "connections")]
    #[must_use]
    pub fn connections(&self, endpoint: &str) -> aws_sdk_apigatewaymanagement::Client {
        let hurry = TimeoutConfig::builder().operation_timeout(Duration::from_secs(2)).build();
        let config = aws_sdk_apigatewaymanagement::config::Builder::from(&self.config);
        let config = config.endpoint_url(endpoint).timeout_config(hurry);
        aws_sdk_apigatewaymanagement::Client::from_conf(config.build())
    }

    /// Cognito user pools.
    #[cfg(feature = "cognito")]
    #[must_use]
    pub fn cognito(&self) -> aws_sdk_cognitoidentityprovider::Client {
        aws_sdk_cognitoidentityprovider::Client::new(&self.config)
    }

    /// KMS.
    #[cfg(feature = "kms")]
    #[must_use]
    pub fn kms(&self) -> aws_sdk_kms::Client {
        aws_sdk_kms::Client::new(&self.config)
    }

    /// SQS.
    #[cfg(feature = "sqs")]
    #[must_use]
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config)
    }

    /// S3. Checksums only where S3 asks for them: a presigned upload cannot carry one that the browser does not
    /// know, and a range of an object has none.
    #[cfg(feature = "s3")]
    #[must_use]
    pub fn s3(&self) -> aws_sdk_s3::Client {
        use aws_sdk_s3::config::{RequestChecksumCalculation, ResponseChecksumValidation};

        let config = aws_sdk_s3::config::Builder::from(&self.config)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            // An overridden endpoint has no name per bucket.
            .force_path_style(self.overridden);
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// Step Functions.
    #[cfg(feature = "sfn")]
    #[must_use]
    pub fn sfn(&self) -> aws_sdk_sfn::Client {
        aws_sdk_sfn::Client::new(&self.config)
    }

    /// Secrets Manager.
    #[cfg(feature = "secrets")]
    #[must_use]
    pub fn secrets(&self) -> aws_sdk_secretsmanager::Client {
        aws_sdk_secretsmanager::Client::new(&self.config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAMBDA: [(&str, &str); 3] =
        [("AWS_REGION", "eu-central-1"), ("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "hush")];

    /// Throttled so often, a client that has no time has given up.
    #[cfg(feature = "dynamodb")]
    #[tokio::test]
    async fn a_patient_client_is_still_there_when_the_table_takes_more_again() {
        let slow_down = (400, "", r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"}"#);
        let script = [slow_down, slow_down, slow_down, (200, "", r#"{"Item":{}}"#)];
        for (patient, taken) in [(false, false), (true, true)] {
            let server = crate::scripted::Scripted::start(&script).await;
            let aws = server.aws();
            let client = if patient { aws.patient_dynamodb() } else { aws.dynamodb() };
            let key = aws_sdk_dynamodb::types::AttributeValue::S("a".to_owned());
            let got = client.get_item().table_name("table").key("pk", key).send().await;
            assert_eq!(got.is_ok(), taken, "{got:?}");
        }
    }

    #[test]
    fn a_missing_variable_is_named() {
        for missing in LAMBDA.map(|(name, _)| name) {
            let env = Env::of(LAMBDA.into_iter().filter(|(name, _)| *name != missing));
            let error = Aws::from_env(&env).expect_err("incomplete").to_string();
            assert!(error.contains(missing), "{error}");
        }
    }

    #[test]
    fn endpoints_are_overridden_for_all_services_and_for_one() {
        let env = Env::of(LAMBDA.into_iter().chain([
            ("AWS_ENDPOINT_URL", "http://localhost:4566"),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://localhost:9324"),
        ]));
        let aws = Aws::from_env(&env).expect("complete");
        assert_eq!(aws.config().endpoint_url(), Some("http://localhost:4566"));
        let endpoint = |service| {
            let key = ServiceConfigKey::builder().service_id(service).profile("endpoint_url");
            aws.config().service_config()?.load_config(key.env("AWS_ENDPOINT_URL").build().ok()?)
        };
        assert_eq!(endpoint("Secrets Manager").as_deref(), Some("http://localhost:9324"));
        assert_eq!(endpoint("DynamoDB"), None);
    }
}
