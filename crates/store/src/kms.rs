//! Tenants' keys in KMS, each bound to its tenant by the encryption context: it unwraps for nobody else, and
//! CloudTrail shows whose key was asked for.

use async_trait::async_trait;
use aws_sdk_kms::Client;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use carillon_domain::ids::TenantId;
use zeroize::Zeroizing;

use crate::vault::{KeyError, KeyService, PlainKey};

/// What the key policy and each role's permission ask for.
const PURPOSE: (&str, &str) = ("carillon:purpose", "profiles");
const TENANT: &str = "carillon:tenant";

/// A key in KMS.
#[derive(Clone, Debug)]
pub struct KmsKeys {
    client: Client,
    key: String,
}

impl KmsKeys {
    /// The key by its ARN.
    pub fn new(client: Client, key: impl Into<String>) -> Self {
        Self { client, key: key.into() }
    }
}

#[async_trait]
impl KeyService for KmsKeys {
    async fn generate(&self, tenant: &TenantId) -> Result<(PlainKey, Vec<u8>), KeyError> {
        let request = self.client.generate_data_key().key_id(&self.key).key_spec(DataKeySpec::Aes256);
        let request = request.encryption_context(PURPOSE.0, PURPOSE.1);
        let output = request.encryption_context(TENANT, tenant.as_str()).send().await.map_err(failed)?;
        let wrapped = output.ciphertext_blob.ok_or_else(odd)?.into_inner();
        Ok((plain(output.plaintext)?, wrapped))
    }

    async fn unwrap(&self, tenant: &TenantId, wrapped: &[u8]) -> Result<PlainKey, KeyError> {
        let request = self.client.decrypt().key_id(&self.key).ciphertext_blob(Blob::new(wrapped));
        let request = request.encryption_context(PURPOSE.0, PURPOSE.1);
        let output = request.encryption_context(TENANT, tenant.as_str()).send().await.map_err(failed)?;
        plain(output.plaintext)
    }
}

fn plain(text: Option<Blob>) -> Result<PlainKey, KeyError> {
    let text = Zeroizing::new(text.ok_or_else(odd)?.into_inner());
    let mut key: PlainKey = Zeroizing::new([0; 32]);
    if text.len() != key.len() {
        return Err(odd());
    }
    key.copy_from_slice(&text);
    Ok(key)
}

fn odd() -> KeyError {
    KeyError { passes: false, source: "the answer of KMS holds no key of 32 bytes".into() }
}

/// The client has repeated what passes in a moment; what is left may pass in the next.
fn failed<E, R>(error: SdkError<E, R>) -> KeyError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let refused =
        ["AccessDeniedException", "InvalidCiphertextException", "DisabledException", "NotFoundException"];
    let passes = !error.code().is_some_and(|code| refused.contains(&code) || code.contains("InvalidState"));
    KeyError { passes, source: error.into() }
}
