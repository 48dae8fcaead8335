//! Connection overrides: a webhook URL's fragment may change time-outs and retries
//! (`https://example.com/voice#rc=2&rp=all&rt=3000`). It is neither sent nor signed.

use std::time::Duration;

/// What a fragment says, with Twilio's defaults for what it does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Overrides {
    /// `ct`: how long to wait for a connection.
    pub(crate) connect: Duration,
    /// `rt`: how long to wait for an answer once connected.
    pub(crate) read: Duration,
    /// `tt`: how long all requests may take together.
    pub(crate) total: Duration,
    /// `rc`: how many further requests may follow a failed one.
    pub(crate) retries: u32,
    /// `rp`: what counts as failed.
    pub(crate) policy: Policy,
}

/// Which failures are retried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) on_4xx: bool,
    pub(crate) on_5xx: bool,
    pub(crate) on_connect: bool,
    pub(crate) on_read: bool,
}

impl Default for Overrides {
    fn default() -> Self {
        Self {
            connect: Duration::from_millis(5_000),
            read: Duration::from_millis(15_000),
            total: Duration::from_millis(15_000),
            retries: 1,
            policy: Policy { on_connect: true, ..Policy::default() },
        }
    }
}

impl Overrides {
    /// Reads a fragment; what is unknown or out of bounds is reported and otherwise ignored.
    pub(crate) fn parse(fragment: Option<&str>) -> (Self, Vec<String>) {
        let mut overrides = Self::default();
        let mut ignored = Vec::new();
        for pair in fragment.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            if !overrides.set(key, value) {
                ignored.push(pair.to_owned());
            }
        }
        (overrides, ignored)
    }

    fn set(&mut self, key: &str, value: &str) -> bool {
        let within = |low: u64, high: u64| value.parse().ok().filter(|ms| (low..=high).contains(ms));
        let span = |high| within(100, high).map(Duration::from_millis);
        match key {
            "ct" => span(10_000).map(|span| self.connect = span).is_some(),
            "rt" => span(15_000).map(|span| self.read = span).is_some(),
            "tt" => span(15_000).map(|span| self.total = span).is_some(),
            "rc" => within(0, 5).map(|count| self.retries = count as u32).is_some(),
            "rp" => Policy::parse(value).map(|policy| self.policy = policy).is_some(),
            // Edge locations and SNI mean nothing on one machine.
            "e" | "sni" => true,
            _ => false,
        }
    }
}

impl Policy {
    fn parse(list: &str) -> Option<Self> {
        let mut policy = Self::default();
        for word in list.split(',') {
            match word {
                "4xx" => policy.on_4xx = true,
                "5xx" => policy.on_5xx = true,
                "ct" => policy.on_connect = true,
                "rt" => policy.on_read = true,
                "all" => policy = Self { on_4xx: true, on_5xx: true, on_connect: true, on_read: true },
                _ => return None,
            }
        }
        Some(policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_overrides_what_it_names() {
        let (overrides, ignored) = Overrides::parse(Some("rc=3&rp=5xx,ct&rt=2500"));
        assert_eq!(overrides.retries, 3);
        assert_eq!(overrides.read, Duration::from_millis(2_500));
        assert!(overrides.policy.on_5xx && overrides.policy.on_connect && !overrides.policy.on_4xx);
        assert_eq!(overrides.total, Overrides::default().total);
        assert!(ignored.is_empty());
    }

    #[test]
    fn out_of_bounds_and_unknown_parts_are_ignored_and_told() {
        let (overrides, ignored) = Overrides::parse(Some("rc=6&tt=20000&top"));
        assert_eq!(overrides, Overrides::default());
        assert_eq!(ignored, ["rc=6", "tt=20000", "top"]);
    }
}
