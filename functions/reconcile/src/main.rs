//! reconcile, as a Lambda. See the library half.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use reconcile::{handle, wiring};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = carillon_shell::start();
    let deps = wiring::from_env(&env)?;
    run(service_fn(|_: LambdaEvent<serde_json::Value>| async { handle(&deps).await.map(|_| ()) })).await
}
