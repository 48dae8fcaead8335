//! The API, as a Lambda. See the library half.

use std::sync::Arc;

use api_fn::{marks, router, wiring};
use axum::middleware::map_response;
use lambda_http::{Error, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = carillon_shell::start();
    let deps = wiring::from_env(&env)?;
    run(router(Arc::new(deps)).layer(map_response(marks::kept))).await
}
