//! What every function's wiring shares: HTTP, AWS clients, logs, configuration and secrets.
//!
//! A function's `main` is four lines:
//!
//! ```text
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Error> {
//!     let env = carillon_shell::start();
//!     let deps = Deps::from_env(&env)?;
//!     run(service_fn(|event| handle(&deps, event))).await
//! }
//! ```
//!
//! One thread is all a function has work for: a Lambda sandbox serves one event at a time and waits for the
//! network most of it. Start-up is billed, so nothing here connects, parses a certificate or compiles a pattern
//! before it is needed.

pub mod aws;
pub mod env;
#[cfg(feature = "fakes")]
pub mod fakes;
pub mod http;
pub mod logging;
mod metrics;
#[cfg(feature = "s3")]
pub mod objects;
#[cfg(feature = "sqs")]
pub mod queue;
#[cfg(all(test, feature = "s3", feature = "sqs"))]
mod scripted;
pub mod secrets;
pub mod trace;

use env::Env;

/// Set up logs and the panic hook, and hand out the environment. Call it first, once.
///
/// A release build aborts on a panic: Lambda then starts a new sandbox, and the hook's line is all that remains.
pub fn start() -> Env {
    let env = Env::process();
    logging::init(&env);
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(location, message = logging::panic_message(panic.payload()), "panicked");
    }));
    env
}
