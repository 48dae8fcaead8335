//! live, as a Lambda. See the library half.

use carillon_shell::logging::{Instrument, invocation};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use live_fn::{handle, wiring};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = carillon_shell::start();
    let deps = wiring::from_env(&env)?;
    run(service_fn(|event: LambdaEvent<_>| {
        let span = invocation(&event.context.request_id, event.context.xray_trace_id.as_deref());
        handle(&deps, event.payload).instrument(span)
    }))
    .await
}
