//! A script says exactly what given numbers do, attempt by attempt; everybody else is of the population.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::behaviour::Behaviour;

/// Behaviours by number, as read from a script file:
///
/// ```json
/// {"numbers": {"+4930123456": ["busy", {"human": {"replies": [{"press": {"keys": "1"}}]}}]},
///  "everyone_else": [{"voicemail": {}}]}
/// ```
///
/// The last behaviour of a list is repeated for all further attempts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Script {
    /// What each number does at its first attempt, its second, and so on.
    pub numbers: HashMap<String, Vec<Behaviour>>,
    /// What all other numbers do; when empty, they follow the seeded population.
    pub everyone_else: Vec<Behaviour>,
}

impl Script {
    /// What `number` does at the `attempt`th call (from 1), if this script speaks of it.
    pub fn behaviour(&self, number: &str, attempt: u32) -> Option<&Behaviour> {
        let lines = self.numbers.get(number).unwrap_or(&self.everyone_else);
        let index = (attempt.max(1) - 1) as usize;
        lines.get(index).or_else(|| lines.last())
    }
}

#[cfg(test)]
mod tests {
    use super::super::behaviour::{Human, Reply};
    use super::*;

    #[test]
    fn attempts_go_through_the_list_and_stay_on_its_last() {
        let script: Script = serde_json::from_value(serde_json::json!({
            "numbers": {"+4930123456": ["busy", {"human": {"replies": [{"press": {"keys": "1"}}]}}]}
        }))
        .expect("a valid script");
        assert_eq!(script.behaviour("+4930123456", 1), Some(&Behaviour::Busy));
        let human = Behaviour::Human(Human {
            replies: vec![Reply::Press { keys: "1".into(), after_seconds: 1.5, interrupts: false }],
            ..Human::default()
        });
        assert_eq!(script.behaviour("+4930123456", 2), Some(&human));
        assert_eq!(script.behaviour("+4930123456", 7), Some(&human));
        assert_eq!(script.behaviour("+4930999999", 1), None);
    }

    #[test]
    fn a_misspelt_field_is_refused() {
        let bad = serde_json::json!({"numbers": {"+4930123456": [{"human": {"ring_secs": 1}}]}});
        assert!(serde_json::from_value::<Script>(bad).is_err());
    }
}
