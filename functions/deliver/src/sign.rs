//! Signatures after Standard Webhooks: `v1,` and the base64 of HMAC-SHA256 over id, time and body.
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use base64::prelude::{BASE64_STANDARD, Engine as _};
use carillon_store::HookSecret;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

/// The header's value: one signature for each secret that still counts, so that a receiver may change over in its own
/// time.
#[must_use]
pub fn signatures(secrets: &[HookSecret], message: &str, now: Timestamp, payload: &str) -> String {
    let live = secrets.iter().filter(|secret| secret.until.is_none_or(|until| now < until));
    let signed = live.filter_map(|secret| sign(&secret.secret, message, now, payload));
    signed.collect::<Vec<_>>().join(" ")
}

fn sign(secret: &str, message: &str, now: Timestamp, payload: &str) -> Option<String> {
    let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{message}.{}.{payload}", now.as_second()).as_bytes());
    Some(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(secret: &str, until: Option<i64>) -> HookSecret {
        HookSecret {
            secret: secret.into(),
            until: until.map(|at| Timestamp::from_second(at).expect("a time")),
        }
    }

    /// The example of the specification's reference libraries.
    #[test]
    fn the_published_example_signs_as_published() {
        let now = Timestamp::from_second(1_614_265_330).expect("a time");
        let known = secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", None);
        let signed = signatures(&[known], "msg_p5jXN8AQM9LWM0D4loKWxJek", now, r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_rotated_secret_signs_until_its_day_is_over() {
        let now = Timestamp::from_second(1_000).expect("a time");
        let secrets = [
            secret("whsec_AAAA", None),
            secret("whsec_BBBB", Some(1_001)),
            secret("whsec_CCCC", Some(1_000)),
        ];
        assert_eq!(signatures(&secrets, "msg_1", now, "{}").split(' ').count(), 2);
    }
}
