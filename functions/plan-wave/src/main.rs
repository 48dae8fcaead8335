//! plan-wave, as a Lambda. See the library half.

use carillon_shell::logging::{Instrument, campaign, invocation};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, run, service_fn};
use plan_wave::{Trigger, handle, nudged, wiring};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = carillon_shell::start();
    let deps = wiring::from_env(&env)?;
    run(service_fn(|event: LambdaEvent<Trigger>| {
        let span = invocation(&event.context.request_id, event.context.xray_trace_id.as_deref());
        let deps = &deps;
        async move {
            match event.payload {
                Trigger::Run(order) => {
                    let about = campaign(&order.tenant, &order.campaign);
                    // Turned into a diagnostic within the span: that is where an error is logged.
                    let planned = async { handle(deps, order).await.map_err(Diagnostic::from) };
                    planned.instrument(about).await.map(Some)
                }
                Trigger::Nudges(event) => {
                    nudged(deps, event).await;
                    Ok::<_, Diagnostic>(None)
                }
            }
        }
        .instrument(span)
    }))
    .await
}
