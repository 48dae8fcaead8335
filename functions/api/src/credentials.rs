//! The tenants' credentials at Twilio: written here, read by the functions that call, and never shown again.

use async_trait::async_trait;
use carillon_domain::ids::TenantId;
use serde::{Deserialize, Serialize};

/// An account at Twilio, as the secret holds it.
#[derive(Clone, Serialize, Deserialize)]
pub struct TwilioAccount {
    /// Which account.
    pub account_sid: String,
    /// Its secret.
    pub auth_token: String,
}

impl std::fmt::Debug for TwilioAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TwilioAccount").field("account_sid", &self.account_sid).finish_non_exhaustive()
    }
}

/// Keeps credentials.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// A tenant's account, as it is stored now; `None` if none is set up.
    async fn account(&self, tenant: &TenantId) -> anyhow::Result<Option<TwilioAccount>>;

    /// Which account a tenant has.
    async fn account_sid(&self, tenant: &TenantId) -> anyhow::Result<Option<String>> {
        Ok(self.account(tenant).await?.map(|account| account.account_sid))
    }

    /// Sets a tenant's account up, or another in its place.
    async fn save(&self, tenant: &TenantId, account: &TwilioAccount) -> anyhow::Result<()>;
}

/// Credentials in Secrets Manager, as `<prefix>tenants/<tenant>/twilio`.
#[derive(Clone, Debug)]
pub struct SecretCredentials {
    client: aws_sdk_secretsmanager::Client,
    prefix: String,
    key_arn: Option<String>,
}

impl SecretCredentials {
    /// Secrets under a prefix, encrypted with a key.
    #[must_use]
    pub fn new(client: aws_sdk_secretsmanager::Client, prefix: String, key_arn: Option<String>) -> Self {
        Self { client, prefix, key_arn }
    }

    fn name(&self, tenant: &TenantId) -> String {
        format!("{}tenants/{tenant}/twilio", self.prefix)
    }
}

#[async_trait]
impl Credentials for SecretCredentials {
    async fn account(&self, tenant: &TenantId) -> anyhow::Result<Option<TwilioAccount>> {
        let read = self.client.get_secret_value().secret_id(self.name(tenant)).send().await;
        match read {
            Ok(secret) => {
                let account = secret.secret_string().map(serde_json::from_str::<TwilioAccount>).transpose();
                // The parser's words are kept out: they may quote the secret.
                account.map_err(|_| anyhow::anyhow!("the stored credentials are malformed"))
            }
            Err(error) => match error.into_service_error() {
                error if error.is_resource_not_found_exception() => Ok(None),
                error => Err(error.into()),
            },
        }
    }

    async fn save(&self, tenant: &TenantId, account: &TwilioAccount) -> anyhow::Result<()> {
        let text = serde_json::to_string(account)?;
        let create = self.client.create_secret().name(self.name(tenant)).secret_string(&text);
        match create.set_kms_key_id(self.key_arn.clone()).send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.into_service_error() {
                error if error.is_resource_exists_exception() => {
                    self.client
                        .put_secret_value()
                        .secret_id(self.name(tenant))
                        .secret_string(&text)
                        .send()
                        .await?;
                    Ok(())
                }
                error => Err(error.into()),
            },
        }
    }
}
