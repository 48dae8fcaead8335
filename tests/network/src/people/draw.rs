//! Randomness that is a function of what it is asked about.
//!
//! A person must behave alike in every run with one seed, however calls interleave and whatever library
//! versions are built in, so draws come from a hash of (seed, subject) rather than from a shared generator.

use std::time::Duration;

use sha2::{Digest, Sha256};

/// A stream of pseudo-random values (SplitMix64) fixed by a seed and a subject.
#[derive(Clone, Debug)]
pub struct Draw(u64);

impl Draw {
    /// The stream for `subject` under `seed`. Parts are length-prefixed, so that `["ab", "c"]` and
    /// `["a", "bc"]` are different subjects.
    pub fn new(seed: u64, subject: &[&str]) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_be_bytes());
        for part in subject {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let digest = hash.finalize();
        let mut state = [0; 8];
        state.copy_from_slice(&digest[..8]);
        Self(u64::from_be_bytes(state))
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in `[0, 1)`.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in `[low, high)`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// True with this probability; at 0 never, at 1 always.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Gamma distributed with an integer shape (a sum of exponentials), which is what ring times look like:
    /// nobody answers at once, most do after a few rings, some take long.
    pub fn gamma(&mut self, shape: u32, scale: f64) -> f64 {
        (0..shape).map(|_| -(1.0 - self.unit()).ln() * scale).sum()
    }

    /// One of the choices, in proportion to its weight; `None` when no weight is positive.
    pub fn weighted<T: Copy>(&mut self, choices: &[(T, f64)]) -> Option<T> {
        let total: f64 = choices.iter().map(|(_, weight)| weight.max(0.0)).sum();
        let mut left = self.unit() * total;
        let mut last = None;
        for (choice, weight) in choices.iter().filter(|(_, weight)| *weight > 0.0) {
            last = Some(*choice);
            if left < *weight {
                break;
            }
            left -= weight;
        }
        last
    }

    /// An identifier as Twilio writes them: two letters and 32 hexadecimal digits.
    pub fn sid(&mut self, prefix: &str) -> String {
        format!("{prefix}{:016x}{:016x}", self.bits(), self.bits())
    }
}

/// Seconds as a duration; what is negative or not a number counts as none.
pub(crate) fn seconds(value: f64) -> Duration {
    Duration::try_from_secs_f64(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_subject_always_draws_the_same() {
        let mut a = Draw::new(1, &["+15005550006", "1"]);
        let mut b = Draw::new(1, &["+15005550006", "1"]);
        let mut other = Draw::new(2, &["+15005550006", "1"]);
        let first = a.bits();
        assert_eq!(first, b.bits());
        assert_ne!(first, other.bits());
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(Draw::new(1, &["ab", "c"]).bits(), Draw::new(1, &["a", "bc"]).bits());
    }

    #[test]
    fn weights_are_kept_and_nothing_weightless_is_chosen() {
        let mut draw = Draw::new(7, &["weights"]);
        let mut counts = [0u32; 3];
        for _ in 0..10_000 {
            let chosen = draw.weighted(&[(0usize, 1.0), (1, 0.0), (2, 3.0)]);
            counts[chosen.expect("some weight is positive")] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((2_300..2_700).contains(&counts[0]), "{counts:?}");
        assert_eq!(draw.weighted::<u8>(&[(1, 0.0)]), None);
    }

    #[test]
    fn the_mean_of_ring_times_is_shape_times_scale() {
        let mut draw = Draw::new(7, &["gamma"]);
        let mean = (0..20_000).map(|_| draw.gamma(3, 3.0)).sum::<f64>() / 20_000.0;
        assert!((8.7..9.3).contains(&mean), "{mean}");
    }
}
