//! People for a test: numbers that no other test uses, and what they do.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

/// A German mobile number that nobody else in this run, nor probably in any other, is given.
#[must_use]
pub fn number() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let base = u64::try_from(crate::api::unique() >> 24).unwrap_or(0) ^ (u64::from(std::process::id()) << 8);
    let start = NEXT.load(Ordering::Relaxed);
    if start == 0 {
        let _ = NEXT.compare_exchange(0, base % 9_000_000 + 1, Ordering::Relaxed, Ordering::Relaxed);
    }
    format!("+491512{:07}", NEXT.fetch_add(1, Ordering::Relaxed) % 10_000_000)
}

/// A list of these numbers, with names.
#[must_use]
pub fn list(numbers: &[String]) -> String {
    let rows = numbers.iter().enumerate().map(|(at, number)| format!("Person{at},Probe,{number}\r\n"));
    format!("First name,Last name,Phone\r\n{}", rows.collect::<String>())
}

/// A person who presses a key at the first prompt.
#[must_use]
pub fn presses(keys: &str) -> Value {
    json!({"human": {"ring_seconds": 3, "replies": [{"press": {"keys": keys}}]}})
}

/// A person who listens to the end.
#[must_use]
pub fn listens() -> Value {
    json!({"human": {"ring_seconds": 3}})
}

/// A machine that takes a message after the beep.
#[must_use]
pub fn machine() -> Value {
    json!({"voicemail": {"ring_seconds": 4, "greeting_seconds": 5, "beep": true}})
}
