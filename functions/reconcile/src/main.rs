//! reconcile, as a Lambda. See the library half.

use carillon_shell::logging::{Instrument, invocation};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use reconcile::{handle, wiring};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = carillon_shell::start();
    let deps = wiring::from_env(&env)?;
    run(service_fn(|event: LambdaEvent<serde_json::Value>| {
        let span = invocation(&event.context.request_id, event.context.xray_trace_id.as_deref());
        async { handle(&deps).await.map(|_| ()) }.instrument(span)
    }))
    .await
}
