//! plan-wave, as a Lambda. See the library half.

use carillon_engine::runs::RunOrder;
use carillon_shell::logging::{Instrument, campaign, invocation};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, run, service_fn};
use plan_wave::{handle, wiring};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = carillon_shell::start();
    let deps = wiring::from_env(&env)?;
    run(service_fn(|event: LambdaEvent<RunOrder>| {
        let span = invocation(&event.context.request_id, event.context.xray_trace_id.as_deref());
        let about = span.in_scope(|| campaign(&event.payload.tenant, &event.payload.campaign));
        // Turned into a diagnostic within the span: that is where an error is logged.
        async { handle(&deps, event.payload).await.map_err(Diagnostic::from) }.instrument(about)
    }))
    .await
}
