//! Starting executions with Step Functions.

use async_trait::async_trait;
use carillon_shell::trace;

use crate::runs::{LaunchError, Launcher, RunOrder};

/// Starts the `campaign` state machine.
#[derive(Clone, Debug)]
pub struct SfnLauncher {
    client: aws_sdk_sfn::Client,
    machine_arn: String,
    trace: trace::Source,
}

impl SfnLauncher {
    /// Starts executions of this machine.
    #[must_use]
    pub fn new(client: aws_sdk_sfn::Client, machine_arn: impl Into<String>) -> Self {
        Self { client, machine_arn: machine_arn.into(), trace: trace::current }
    }
}

#[async_trait]
impl Launcher for SfnLauncher {
    async fn launch(&self, order: &RunOrder) -> Result<(), LaunchError> {
        let input = serde_json::to_string(order).map_err(|error| LaunchError(error.into()))?;
        let request = self.client.start_execution().state_machine_arn(&self.machine_arn);
        match request.name(order.execution_name()).input(input).set_trace_header((self.trace)()).send().await
        {
            Ok(_) => Ok(()),
            Err(error) => match error.into_service_error() {
                // The same run has been started before, whether it still runs or not.
                error if error.is_execution_already_exists() => Ok(()),
                error => Err(LaunchError(error.into())),
            },
        }
    }
}
