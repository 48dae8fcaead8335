//! Starts what reads a file, or takes it back.

use async_trait::async_trait;
use carillon_domain::ids::{ImportId, TenantId};
use carillon_shell::trace;

/// Starts executions of the `import` state machine.
#[async_trait]
pub trait Importer: Send + Sync {
    /// Starts one. Starting one of the same name again does nothing.
    async fn start(&self, tenant: &TenantId, import: &ImportId, name: &str) -> anyhow::Result<()>;
}

/// The `import` state machine.
#[derive(Clone, Debug)]
pub struct SfnImporter {
    client: aws_sdk_sfn::Client,
    machine_arn: String,
}

impl SfnImporter {
    /// Starts executions of this machine.
    #[must_use]
    pub fn new(client: aws_sdk_sfn::Client, machine_arn: String) -> Self {
        Self { client, machine_arn }
    }
}

#[async_trait]
impl Importer for SfnImporter {
    async fn start(&self, tenant: &TenantId, import: &ImportId, name: &str) -> anyhow::Result<()> {
        let input = serde_json::json!({"tenant": tenant, "import_id": import}).to_string();
        let request = self.client.start_execution().state_machine_arn(&self.machine_arn);
        match request.name(name).input(input).set_trace_header(trace::current()).send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.into_service_error() {
                error if error.is_execution_already_exists() => Ok(()),
                error => Err(error.into()),
            },
        }
    }
}
