//! A key service without KMS, for tests and the simulation. It keeps to the same promise, and counts how often it is
//! asked, which is what KMS charges for.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use carillon_domain::ids::TenantId;
use zeroize::Zeroizing;

use super::crypto::{KEY_BYTES, NONCE_BYTES, SealingKey};
use super::{KeyError, KeyService, PlainKey};

/// Wraps with a key that everybody knows.
#[derive(Debug, Default)]
pub struct LocalKeys {
    asked: AtomicU64,
}

impl LocalKeys {
    /// How often it has been asked for anything.
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }
}

const MASTER: [u8; KEY_BYTES] = [42; KEY_BYTES];

#[async_trait]
impl KeyService for LocalKeys {
    async fn generate(&self, tenant: &TenantId) -> Result<(PlainKey, Vec<u8>), KeyError> {
        let count = self.asked.fetch_add(1, Ordering::Relaxed);
        let mut key: PlainKey = Zeroizing::new([0; KEY_BYTES]);
        key[..8].copy_from_slice(&count.to_be_bytes());
        let mut nonce = [0; NONCE_BYTES];
        nonce[..8].copy_from_slice(&count.to_be_bytes());
        let wrapped = SealingKey::new(&MASTER).seal(nonce, tenant.as_str().as_bytes(), key.as_slice());
        Ok((key, wrapped))
    }

    async fn unwrap(&self, tenant: &TenantId, wrapped: &[u8]) -> Result<PlainKey, KeyError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let key = SealingKey::new(&MASTER).open(tenant.as_str().as_bytes(), wrapped);
        let key = key.and_then(|key| <[u8; KEY_BYTES]>::try_from(key).ok()).map(Zeroizing::new);
        key.ok_or_else(|| KeyError { passes: false, source: "wrapped for another tenant".into() })
    }
}
