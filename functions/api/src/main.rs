//! The API, as a Lambda. See the library half.

use std::sync::Arc;

use api_fn::{router, wiring};
use lambda_http::{Error, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = carillon_shell::start();
    let deps = wiring::from_env(&env)?;
    run(router(Arc::new(deps))).await
}
