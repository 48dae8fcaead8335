//! Secrets: read once, kept for minutes, read again at once when one stops working.
//!
//! A rotated secret must not need a deployment. A reader that is refused with the secret it has (a signature
//! does not match, a provider answers 401) asks for [`SecretSource::renewed`] and tries once more. Anybody can
//! send a wrong signature, so a renewal within [`RENEWAL_SECONDS_MIN`] of the last read changes nothing: forged
//! requests cannot make us hammer the store.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long a secret is kept unless said otherwise, seconds.
pub const TTL_SECONDS: u64 = 300;

/// A renewal sooner than this after the last read changes nothing, seconds.
pub const RENEWAL_SECONDS_MIN: u64 = 15;

/// A text that is neither printed nor logged.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wrap a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. Hand it to what needs it and to nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A secret could not be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The store did not give it.
    #[error("the secret could not be read")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It is there and not what it should be. The parser's words are kept out: they may quote it.
    #[error("the secret does not have the fields that it should have")]
    Malformed,
}

/// Where a secret of some shape comes from.
#[async_trait]
pub trait SecretSource<T>: Send + Sync {
    /// The secret, from memory if it is fresh enough.
    async fn current(&self) -> Result<Arc<T>, SecretError>;

    /// The secret read anew, because `stale` did not work. `None` where there is no other: the same text is still
    /// in the store, or it was read so recently that asking again would be pointless.
    async fn renewed(&self, stale: &Arc<T>) -> Result<Option<Arc<T>>, SecretError>;
}

/// A secret that never changes: for tests, and for tools that are given one.
#[derive(Clone, Debug)]
pub struct Fixed<T>(pub Arc<T>);

#[async_trait]
impl<T: Send + Sync> SecretSource<T> for Fixed<T> {
    async fn current(&self) -> Result<Arc<T>, SecretError> {
        Ok(Arc::clone(&self.0))
    }

    async fn renewed(&self, _: &Arc<T>) -> Result<Option<Arc<T>>, SecretError> {
        Ok(None)
    }
}

/// A store of secrets.
#[async_trait]
pub trait SecretStore: Send + Sync {
    /// The current text of a secret.
    async fn read(&self, id: &str) -> Result<Secret, SecretError>;
}

struct Kept<T> {
    text: Secret,
    value: Arc<T>,
    read_at: Instant,
}

/// A JSON secret of a store, kept in memory.
pub struct CachedSecret<S, T> {
    store: S,
    id: String,
    ttl: Duration,
    kept: Mutex<Option<Kept<T>>>,
}

impl<S, T> fmt::Debug for CachedSecret<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedSecret").field("id", &self.id).finish_non_exhaustive()
    }
}

impl<S: SecretStore, T: DeserializeOwned + Send + Sync> CachedSecret<S, T> {
    /// A secret by its name or ARN, kept for [`TTL_SECONDS`]. Nothing is read yet.
    pub fn new(store: S, id: impl Into<String>) -> Self {
        Self::with_ttl(store, id, Duration::from_secs(TTL_SECONDS))
    }

    /// The same, kept for `ttl`.
    pub fn with_ttl(store: S, id: impl Into<String>, ttl: Duration) -> Self {
        Self { store, id: id.into(), ttl, kept: Mutex::new(None) }
    }

    /// Read the secret and keep it. Where its text has not changed the same value stays, so that pointers to it
    /// still compare equal.
    async fn read(&self, kept: &mut Option<Kept<T>>) -> Result<Arc<T>, SecretError> {
        let text = self.store.read(&self.id).await?;
        let read_at = Instant::now();
        if let Some(known) = kept.as_mut().filter(|known| known.text == text) {
            known.read_at = read_at;
            return Ok(Arc::clone(&known.value));
        }
        let value = Arc::new(serde_json::from_str(text.expose()).map_err(|_| SecretError::Malformed)?);
        *kept = Some(Kept { text, value: Arc::clone(&value), read_at });
        Ok(value)
    }
}

#[async_trait]
impl<S: SecretStore, T: DeserializeOwned + Send + Sync> SecretSource<T> for CachedSecret<S, T> {
    async fn current(&self) -> Result<Arc<T>, SecretError> {
        let mut kept = self.kept.lock().await;
        let Some(known) = kept.as_ref() else { return self.read(&mut kept).await };
        if known.read_at.elapsed() < self.ttl {
            return Ok(Arc::clone(&known.value));
        }
        let known = Arc::clone(&known.value);
        match self.read(&mut kept).await {
            Ok(value) => Ok(value),
            // An outage of the store must not become ours while the old secret may still work.
            Err(error) => {
                tracing::warn!(error = %error, "a secret past its time is used, because it could not be read again");
                Ok(known)
            }
        }
    }

    async fn renewed(&self, stale: &Arc<T>) -> Result<Option<Arc<T>>, SecretError> {
        let mut kept = self.kept.lock().await;
        if let Some(known) = kept.as_ref() {
            if !Arc::ptr_eq(&known.value, stale) {
                return Ok(Some(Arc::clone(&known.value))); // somebody else has renewed it meanwhile
            }
            if known.read_at.elapsed() < Duration::from_secs(RENEWAL_SECONDS_MIN) {
                return Ok(None);
            }
        }
        let value = self.read(&mut kept).await?;
        Ok((!Arc::ptr_eq(&value, stale)).then_some(value))
    }
}

/// AWS Secrets Manager.
#[cfg(feature = "secrets")]
#[derive(Clone, Debug)]
pub struct SecretsManager(pub aws_sdk_secretsmanager::Client);

#[cfg(feature = "secrets")]
#[async_trait]
impl SecretStore for SecretsManager {
    async fn read(&self, id: &str) -> Result<Secret, SecretError> {
        let output = self.0.get_secret_value().secret_id(id).send().await;
        let output = output.map_err(|error| SecretError::Unreadable(error.into()))?;
        output.secret_string.map(Secret).ok_or(SecretError::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex as StdMutex;

    use super::*;

    #[derive(Default)]
    struct Scripted {
        reads: StdMutex<u32>,
        text: StdMutex<Option<&'static str>>,
    }

    #[async_trait]
    impl SecretStore for Arc<Scripted> {
        async fn read(&self, _: &str) -> Result<Secret, SecretError> {
            *self.reads.lock().expect("not poisoned") += 1;
            let text = *self.text.lock().expect("not poisoned");
            text.map(Secret::new).ok_or_else(|| SecretError::Unreadable("down".into()))
        }
    }

    impl Scripted {
        fn set(&self, text: Option<&'static str>) {
            *self.text.lock().expect("not poisoned") = text;
        }

        fn reads(&self) -> u32 {
            *self.reads.lock().expect("not poisoned")
        }
    }

    #[derive(Deserialize)]
    struct Token {
        auth_token: Secret,
    }

    fn secret() -> (Arc<Scripted>, CachedSecret<Arc<Scripted>, Token>) {
        let store = Arc::new(Scripted::default());
        store.set(Some(r#"{"auth_token":"one"}"#));
        (Arc::clone(&store), CachedSecret::new(store, "twilio"))
    }

    async fn pass(seconds: u64) {
        tokio::time::advance(Duration::from_secs(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_secret_is_read_once_per_ttl_and_outlives_an_outage() {
        let (store, secret) = secret();
        for _ in 0..5 {
            assert_eq!(secret.current().await.expect("read").auth_token.expose(), "one");
        }
        assert_eq!(store.reads(), 1);
        pass(TTL_SECONDS).await;
        store.set(None);
        assert_eq!(secret.current().await.expect("the old one").auth_token.expose(), "one");
        store.set(Some(r#"{"auth_token":"two"}"#));
        assert_eq!(secret.current().await.expect("read").auth_token.expose(), "two");
    }

    #[tokio::test(start_paused = true)]
    async fn a_rotated_secret_is_found_at_once_and_forgeries_cannot_hammer_the_store() {
        let (store, secret) = secret();
        let first = secret.current().await.expect("read");
        store.set(Some(r#"{"auth_token":"two"}"#));
        assert!(secret.renewed(&first).await.expect("kept").is_none(), "read a moment ago");
        pass(RENEWAL_SECONDS_MIN).await;
        let second = secret.renewed(&first).await.expect("read").expect("another");
        assert_eq!(second.auth_token.expose(), "two");
        assert!(secret.renewed(&first).await.expect("kept").is_some(), "a late comer gets what is there");
        for _ in 0..100 {
            assert!(secret.renewed(&second).await.expect("kept").is_none());
        }
        pass(RENEWAL_SECONDS_MIN).await;
        assert!(secret.renewed(&second).await.expect("read").is_none(), "unchanged in the store");
        assert_eq!(store.reads(), 3);
    }

    #[tokio::test]
    async fn a_malformed_secret_is_not_quoted() {
        let (store, secret) = secret();
        store.set(Some(r#"{"auth_tokn":"hunter2"}"#));
        let error = secret.current().await.map(|_| ()).expect_err("malformed");
        assert!(matches!(error, SecretError::Malformed));
        assert!(!format!("{error:?} {:?}", Secret::new("hunter2")).contains("hunter2"));
    }
}
