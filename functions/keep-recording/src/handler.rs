//! One order: fetch a recording and keep it.

use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use carillon_domain::attempt::Recording;
use carillon_domain::ids::TenantId;
use carillon_domain::ports::Objects;
use carillon_engine::errands::{KeepRecording, recording_key};
use carillon_shell::secrets::SecretStore;
use carillon_store::{Table, TenantTable};
use carillon_twilio::recordings::Recordings;

/// Where recordings come from.
#[async_trait]
pub trait Source: Send + Sync {
    /// The sound of a recording, as MP3; `None` if the provider no longer has it.
    async fn fetch(&self, tenant: &TenantId, recording: &Recording) -> anyhow::Result<Option<Vec<u8>>>;
}

#[async_trait]
impl<S: SecretStore + Clone + 'static> Source for Recordings<S> {
    async fn fetch(&self, tenant: &TenantId, recording: &Recording) -> anyhow::Result<Option<Vec<u8>>> {
        Ok(self.mp3(tenant, recording).await?)
    }
}

/// What the function works with.
pub struct Deps {
    /// The table.
    pub table: Arc<dyn Table>,
    /// Where recordings are kept.
    pub objects: Arc<dyn Objects>,
    /// Where they come from.
    pub source: Arc<dyn Source>,
}

/// One bad message must not hold back the others.
///
/// # Errors
/// None: what fails is reported message by message.
pub async fn handle(deps: &Deps, event: SqsEvent) -> anyhow::Result<SqsBatchResponse> {
    let mut response = SqsBatchResponse::default();
    for message in event.records {
        let id = message.message_id.clone().unwrap_or_default();
        if let Err(error) = keep(deps, &message).await {
            tracing::error!(error = format!("{error:#}"), message.id = id, "a recording was not kept");
            response.add_failure(id);
        }
    }
    Ok(response)
}

async fn keep(deps: &Deps, message: &SqsMessage) -> anyhow::Result<()> {
    let order: KeepRecording =
        serde_json::from_str(message.body.as_deref().unwrap_or_default()).context("not an order")?;
    let key = recording_key(&order.call);
    if deps.objects.head(&key).await?.is_some() {
        return Ok(());
    }
    let tenant = &order.call.enrollment.tenant;
    let attempt = TenantTable::new(deps.table.as_ref(), tenant).attempt(&order.call).await?;
    let Some(recording) = attempt.and_then(|attempt| attempt.value.recording) else { return Ok(()) };
    match deps.source.fetch(tenant, &recording).await.context("fetching a recording")? {
        Some(sound) => {
            deps.objects.put(&key, sound, "audio/mpeg").await.context("keeping a recording")?;
        }
        None => tracing::warn!(metric.recordings_gone = 1, "the provider no longer has a recording"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use carillon_shell::fakes::MemoryObjects;
    use carillon_store::memory::MemoryTable;

    use super::*;

    struct Silence;

    #[async_trait]
    impl Source for Silence {
        async fn fetch(&self, _: &TenantId, _: &Recording) -> anyhow::Result<Option<Vec<u8>>> {
            Ok(Some(vec![0; 4]))
        }
    }

    #[tokio::test]
    async fn an_order_that_is_none_comes_back_and_one_for_nothing_is_done_with() {
        let deps = Deps {
            table: Arc::new(MemoryTable::new()),
            objects: Arc::new(MemoryObjects::default()),
            source: Arc::new(Silence),
        };
        let message = |id: &str, body: &str| {
            let mut message = SqsMessage::default();
            message.message_id = Some(id.into());
            message.body = Some(body.into());
            message
        };
        let mut event = SqsEvent::default();
        event.records = vec![message("a", "nonsense"), message("b", r#"{"call": "acme.cmp_1.con_1.1"}"#)];
        let response = handle(&deps, event).await.expect("answered");
        let failed: Vec<_> = response.batch_item_failures.iter().map(|f| f.item_identifier.clone()).collect();
        assert_eq!(failed, ["a"]);
    }
}
