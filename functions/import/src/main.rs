//! import, as a Lambda. See the library half.

use carillon_shell::logging::{Instrument, invocation};
use import_fn::{handle, wiring};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = carillon_shell::start();
    let deps = wiring::from_env(&env)?;
    run(service_fn(|event: LambdaEvent<_>| {
        let span = invocation(&event.context.request_id, event.context.xray_trace_id.as_deref());
        // Turned into a diagnostic within the span: that is where an error is logged.
        async { handle(&deps, event.payload).await.map_err(Diagnostic::from) }.instrument(span)
    }))
    .await
}
