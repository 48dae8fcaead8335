//! Configuration from environment variables, read once when a function starts.

use std::collections::BTreeMap;
use std::str::FromStr;

/// A variable is missing or unusable. Names the variable, never its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvError {
    /// It is not set, or empty.
    #[error("environment variable {name} is not set")]
    Missing {
        /// Which variable.
        name: String,
    },
    /// Its value cannot be read as what it should be.
    #[error("environment variable {name} is not a valid {wanted}")]
    Invalid {
        /// Which variable.
        name: String,
        /// The type it should have.
        wanted: &'static str,
    },
}

#[derive(Clone)]
enum Source {
    Process,
    Given(BTreeMap<String, String>),
}

/// The environment of a function; in tests, a given one. An empty variable counts as not set, because a
/// CloudFormation template cannot leave one out conditionally without repeating the block.
#[derive(Clone)]
pub struct Env(Source);

impl Env {
    /// That of this process.
    #[must_use]
    pub fn process() -> Self {
        Self(Source::Process)
    }

    /// A given one.
    pub fn of<K: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        Self(Source::Given(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect()))
    }

    /// A variable that may be missing.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        let value = match &self.0 {
            Source::Process => std::env::var(name).ok(),
            Source::Given(pairs) => pairs.get(name).cloned(),
        };
        value.filter(|value| !value.is_empty())
    }

    /// A variable that must be there.
    ///
    /// # Errors
    /// [`EnvError::Missing`].
    pub fn require(&self, name: &str) -> Result<String, EnvError> {
        self.get(name).ok_or_else(|| EnvError::Missing { name: name.to_owned() })
    }

    /// A variable of some type that may be missing.
    ///
    /// # Errors
    /// [`EnvError::Invalid`] where it is there and cannot be parsed.
    pub fn parse<T: FromStr>(&self, name: &str) -> Result<Option<T>, EnvError> {
        self.get(name)
            .map(|value| {
                value.parse().map_err(|_| EnvError::Invalid {
                    name: name.to_owned(),
                    wanted: std::any::type_name::<T>().rsplit("::").next().unwrap_or_default(),
                })
            })
            .transpose()
    }

    /// A variable of some type that must be there.
    ///
    /// # Errors
    /// [`EnvError::Missing`] or [`EnvError::Invalid`].
    pub fn parse_required<T: FromStr>(&self, name: &str) -> Result<T, EnvError> {
        self.parse(name)?.ok_or_else(|| EnvError::Missing { name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_variable_and_hide_its_value() {
        let env = Env::of([("RING_SECONDS", "soon-hunter2"), ("TABLE", ""), ("SHARDS", "16")]);
        assert_eq!(env.parse_required::<u16>("SHARDS"), Ok(16));
        assert_eq!(env.parse::<u16>("ABSENT"), Ok(None));
        assert_eq!(
            env.require("TABLE").map_err(|error| error.to_string()),
            Err("environment variable TABLE is not set".into())
        );
        let error = env.parse::<u16>("RING_SECONDS").map_err(|error| format!("{error} {error:?}"));
        assert!(error.is_err_and(|text| text.contains("RING_SECONDS") && !text.contains("hunter2")));
    }
}
