//! Waiting for what will be, no longer than it may take.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Asks every 200 ms until there is an answer.
///
/// # Errors
/// The question's own, or that time ran out.
pub fn until<T>(what: &str, seconds_max: u64, mut ask: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let deadline = Instant::now() + Duration::from_secs(seconds_max);
    loop {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        if Instant::now() >= deadline {
            bail!("{what}: not within {seconds_max} s");
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}
