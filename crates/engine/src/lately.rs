//! What was read a moment ago, kept while a function stays warm.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Values by key, each good for a while. For what may be some seconds old without harm: never for whether somebody may
/// be called.
#[derive(Debug)]
pub struct Lately<K, V> {
    good_for: SignedDuration,
    read: Mutex<HashMap<K, (Timestamp, Arc<V>)>>,
}

/// More than this are not kept: what a function works on at a time is a handful.
const KEPT_MAX: usize = 256;

impl<K: Eq + Hash + Clone, V> Lately<K, V> {
    /// Nothing yet.
    #[must_use]
    pub fn new(good_for: SignedDuration) -> Self {
        Self { good_for, read: Mutex::default() }
    }

    /// What was read not long before `now`, or else what `read` says. That there is nothing is not kept.
    ///
    /// # Errors
    /// Those of `read`.
    pub async fn get<E>(
        &self,
        key: &K,
        now: Timestamp,
        read: impl Future<Output = Result<Option<V>, E>>,
    ) -> Result<Option<Arc<V>>, E> {
        if let Some(known) = self.known(key, now) {
            return Ok(Some(known));
        }
        let Some(value) = read.await? else { return Ok(None) };
        let value = Arc::new(value);
        let mut kept = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(key.clone(), (now, value.clone()));
        Ok(Some(value))
    }

    fn known(&self, key: &K, now: Timestamp) -> Option<Arc<V>> {
        let kept = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, value) = kept.get(key)?;
        // A clock that was set back makes nothing good for longer.
        (now.duration_since(*at).abs() < self.good_for).then(|| value.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[tokio::test]
    async fn a_value_is_read_again_when_it_is_no_longer_good() {
        let kept = Lately::new(SignedDuration::from_secs(10));
        let get = async |now: i64, value: Option<u8>| {
            let read = async { Ok::<_, Infallible>(value) };
            kept.get(&"key", at(now), read).await.expect("infallible").map(|value| *value)
        };
        assert_eq!(get(100, None).await, None);
        assert_eq!(get(100, Some(1)).await, Some(1), "that there was nothing is not kept");
        assert_eq!(get(109, Some(2)).await, Some(1));
        assert_eq!(get(110, Some(3)).await, Some(3));
        assert_eq!(get(90, Some(4)).await, Some(4), "the clock was set back");
    }
}
