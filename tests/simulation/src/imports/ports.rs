//! The bucket and the state machine of campaigns, as the import function sees them.

use std::sync::Arc;

use async_trait::async_trait;
use carillon_domain::ports::{ObjectError, ObjectInfo, Objects, Presigned, UploadTerms};
use carillon_engine::runs::{LaunchError, Launcher, RunOrder};
use carillon_shell::fakes::MemoryObjects;

use super::ImportMutant;
use crate::turns::Turn;

/// The bucket.
pub(super) struct Bucket {
    pub(super) turn: Turn,
    pub(super) objects: Arc<MemoryObjects>,
    pub(super) mutant: Option<ImportMutant>,
}

fn unavailable() -> ObjectError {
    ObjectError::Failed { step: "asking", source: None }
}

#[async_trait]
impl Objects for Bucket {
    async fn head(&self, key: &str) -> Result<Option<ObjectInfo>, ObjectError> {
        self.turn.effect(self.objects.head(key), unavailable).await
    }

    async fn get_range(
        &self,
        key: &str,
        etag: Option<&str>,
        from: u64,
        len: u64,
    ) -> Result<Vec<u8>, ObjectError> {
        let from = if self.mutant == Some(ImportMutant::PlacesForgotten) { 0 } else { from };
        let mut bytes = self.turn.effect(self.objects.get_range(key, etag, from, len), unavailable).await?;
        if self.mutant == Some(ImportMutant::LastRowsForgotten) {
            let last = bytes.iter().rev().skip(1).position(|byte| *byte == b'\n').unwrap_or(0);
            let from = bytes.len().saturating_sub(last + 1);
            bytes[from..].fill(b'\n');
        }
        Ok(bytes)
    }

    async fn put(&self, key: &str, bytes: Vec<u8>, content_type: &str) -> Result<ObjectInfo, ObjectError> {
        let forgets =
            self.mutant == Some(ImportMutant::RejectsForgotten) && self.turn.lock().dice.chance(250_000);
        let bytes = if forgets { Vec::new() } else { bytes };
        self.turn.effect(self.objects.put(key, bytes, content_type), unavailable).await
    }

    async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        self.turn.effect(self.objects.delete(key), unavailable).await
    }

    async fn concat(
        &self,
        head: Vec<u8>,
        parts: &[String],
        key: &str,
        content_type: &str,
    ) -> Result<(), ObjectError> {
        self.turn.effect(self.objects.concat(head, parts, key, content_type), unavailable).await
    }

    async fn presign_put(&self, key: &str, terms: &UploadTerms) -> Result<Presigned, ObjectError> {
        self.objects.presign_put(key, terms).await
    }

    async fn presign_get(
        &self,
        key: &str,
        name: Option<&str>,
        seconds: u32,
    ) -> Result<Presigned, ObjectError> {
        self.objects.presign_get(key, name, seconds).await
    }
}

/// Starts campaigns' executions: that one is started is all there is to it here.
pub(super) struct Starts(pub(super) Turn);

#[async_trait]
impl Launcher for Starts {
    async fn launch(&self, _: &RunOrder) -> Result<(), LaunchError> {
        self.0.effect(async { Ok(()) }, || LaunchError("throttled".into())).await
    }
}
