//! What the network is told at its start, and what can be changed while it runs.

use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Speed;
use crate::faults::Faults;
use crate::people::behaviour::Behaviour;
use crate::people::population::{self, Weights};
use crate::people::script::Script;

/// How a network is started.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address to listen at; loopback by default.
    pub host: IpAddr,
    /// The port to listen at; 0 takes any free one.
    pub port: u16,
    /// How others reach the network, for addresses in webhooks (recordings); by default where it listens.
    pub public_url: Option<String>,
    /// The accounts that exist.
    pub accounts: Vec<Account>,
    /// Everything that can also be changed at run time.
    pub settings: Settings,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            public_url: None,
            accounts: vec![Account::example()],
            settings: Settings::default(),
        }
    }
}

/// A Twilio account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// `AC` and 32 hexadecimal digits.
    pub sid: String,
    /// The auth token: the password of API requests and the key of webhook signatures.
    pub token: String,
    /// The numbers it may call from; empty allows every number.
    pub numbers: Vec<String>,
}

impl Account {
    /// The account that exists when none is given. Its credentials are worth nothing anywhere else.
    pub fn example() -> Self {
        Self {
            sid: "AC00000000000000000000000000000001".to_owned(),
            token: "00000000000000000000000000000001".to_owned(),
            numbers: Vec::new(),
        }
    }

    /// Whether a call may show this number.
    pub(crate) fn may_show(&self, number: &str) -> bool {
        self.numbers.is_empty() || self.numbers.iter().any(|own| own == number)
    }
}

/// An account argument is not `SID:TOKEN` or `SID:TOKEN:+number,+number`.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("an account is SID:TOKEN[:NUMBER,NUMBER...], its SID AC and 32 hexadecimal digits")]
pub struct NotAnAccount;

impl FromStr for Account {
    type Err = NotAnAccount;

    fn from_str(text: &str) -> Result<Self, NotAnAccount> {
        let mut parts = text.splitn(3, ':');
        let sid = parts.next().unwrap_or_default();
        let token = parts.next().unwrap_or_default();
        let hex = sid.strip_prefix("AC").unwrap_or_default();
        if hex.len() != 32 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) || token.is_empty() {
            return Err(NotAnAccount);
        }
        let numbers =
            parts.next().map(|list| list.split(',').map(str::to_owned).collect()).unwrap_or_default();
        Ok(Self { sid: sid.to_owned(), token: token.to_owned(), numbers })
    }
}

/// What can be changed at run time through `PATCH /_network/config`. A call keeps the settings it began with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How many times faster than life people ring, speak and fall silent.
    pub speed: f64,
    /// What the population is drawn from.
    pub seed: u64,
    /// How common each behaviour is.
    pub weights: Weights,
    /// What given numbers do.
    pub script: Script,
    /// What goes wrong.
    pub faults: Faults,
    /// Calls that an account may create per real second; 0 means no limit.
    pub calls_per_second: f64,
    /// What happens to a call above that limit.
    pub over_limit: OverLimit,
    /// Whether parameters that Twilio does not know are refused. Twilio ignores them, and so hides typing errors.
    pub strict: bool,
    /// Accounts that are suspended, by SID: nothing but their own resource is answered.
    pub suspended: Vec<String>,
    /// How many documents of TwiML one call may fetch before it is taken for a loop.
    pub documents_max: u32,
}

/// What happens to a call above the account's calls-per-second limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverLimit {
    /// It is refused: 429, code 20429.
    Refuse,
    /// It is accepted and waits in Twilio's queue, for as long as it takes.
    Queue,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            speed: 1.0,
            seed: 1,
            weights: Weights::default(),
            script: Script::default(),
            faults: Faults::default(),
            calls_per_second: 1.0,
            over_limit: OverLimit::Refuse,
            strict: true,
            suspended: Vec::new(),
            documents_max: 200,
        }
    }
}

impl Settings {
    /// What a number does at an attempt: as the script has it, or else as the population does.
    pub fn behaviour(&self, number: &str, attempt: u32) -> Behaviour {
        match self.script.behaviour(number, attempt) {
            Some(behaviour) => behaviour.clone(),
            None => population::behaviour(self.seed, &self.weights, number, attempt),
        }
    }

    pub(crate) fn pace(&self) -> Speed {
        Speed::new(self.speed)
    }

    /// These settings with a JSON merge patch (RFC 7396) applied.
    ///
    /// # Errors
    /// When the result has an unknown field or a value of the wrong type; the text names it.
    pub fn patched(&self, patch: &serde_json::Value) -> Result<Self, serde_json::Error> {
        let mut value = serde_json::to_value(self)?;
        merge(&mut value, patch);
        serde_json::from_value(value)
    }
}

fn merge(target: &mut serde_json::Value, patch: &serde_json::Value) {
    match (target, patch) {
        (serde_json::Value::Object(target), serde_json::Value::Object(patch)) => {
            for (key, value) in patch {
                match value.is_null() {
                    true => drop(target.remove(key)),
                    false => merge(target.entry(key.clone()).or_insert(serde_json::Value::Null), value),
                }
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_changes_what_it_names() {
        let settings = Settings::default();
        let patched =
            settings.patched(&json!({"speed": 60, "faults": {"callback_lost": 0.5}})).expect("a valid patch");
        assert_eq!((patched.speed, patched.faults.callback_lost), (60.0, 0.5));
        assert_eq!(patched.weights, settings.weights);
    }

    #[test]
    fn a_misspelt_setting_is_refused() {
        let refused = Settings::default().patched(&json!({"faults": {"callbacks_lost": 1}}));
        assert!(refused.is_err_and(|error| error.to_string().contains("callbacks_lost")));
    }

    #[test]
    fn accounts_are_read_with_their_numbers() {
        let account: Account =
            "AC0123456789abcdef0123456789abcdef:secret:+15005550006,+4930123456".parse().expect("an account");
        assert_eq!(account.numbers, ["+15005550006", "+4930123456"]);
        assert_eq!("AC12:secret".parse::<Account>(), Err(NotAnAccount));
    }
}
