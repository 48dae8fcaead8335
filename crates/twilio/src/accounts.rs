//! Each tenant's account: credentials from the secret store, and the telephone that uses them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use carillon_domain::agents::ports::{Switchboard, Switchboards};
use carillon_domain::ids::TenantId;
use carillon_domain::ports::{AskError, Voice, Voices};
use carillon_shell::http::Http;
use carillon_shell::secrets::{CachedSecret, SecretStore};

use crate::client::{Credentials, TwilioVoice};
use crate::urls::PublicUrl;

/// The accounts of all tenants that one sandbox has met.
pub struct Accounts<S> {
    store: S,
    prefix: String,
    known: Mutex<HashMap<TenantId, Arc<CachedSecret<S, Credentials>>>>,
}

/// The name of the secret with a tenant's credentials.
#[must_use]
pub fn secret_name(prefix: &str, tenant: &TenantId) -> String {
    format!("{prefix}tenants/{tenant}/twilio")
}

impl<S: SecretStore + Clone> Accounts<S> {
    /// Accounts whose secrets are named with a prefix. Nothing is read yet.
    pub fn new(store: S, prefix: impl Into<String>) -> Self {
        Self { store, prefix: prefix.into(), known: Mutex::default() }
    }

    /// A tenant's credentials, read when they are first used.
    pub fn of(&self, tenant: &TenantId) -> Arc<CachedSecret<S, Credentials>> {
        let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let new = || Arc::new(CachedSecret::new(self.store.clone(), secret_name(&self.prefix, tenant)));
        known.entry(tenant.clone()).or_insert_with(new).clone()
    }
}

/// Telephones at Twilio.
pub struct TwilioVoices<S> {
    accounts: Arc<Accounts<S>>,
    http: Http,
    api: String,
    public: PublicUrl,
}

impl<S: SecretStore + Clone> TwilioVoices<S> {
    /// Telephones that call through `api` and have their callbacks sent to `public`.
    pub fn new(
        accounts: impl Into<Arc<Accounts<S>>>,
        http: Http,
        api: impl Into<String>,
        public: PublicUrl,
    ) -> Self {
        Self { accounts: accounts.into(), http, api: api.into(), public }
    }
}

impl<S: SecretStore + Clone + 'static> TwilioVoices<S> {
    fn telephone(&self, tenant: &TenantId) -> TwilioVoice {
        let credentials = self.accounts.of(tenant);
        TwilioVoice::new(self.http.clone(), self.api.clone(), self.public.clone(), credentials)
    }
}

#[async_trait]
impl<S: SecretStore + Clone + 'static> Voices for TwilioVoices<S> {
    async fn of(&self, tenant: &TenantId) -> Result<Arc<dyn Voice>, AskError> {
        Ok(Arc::new(self.telephone(tenant)))
    }
}

#[async_trait]
impl<S: SecretStore + Clone + 'static> Switchboards for TwilioVoices<S> {
    async fn switchboard(&self, tenant: &TenantId) -> Result<Arc<dyn Switchboard>, AskError> {
        Ok(Arc::new(self.telephone(tenant)))
    }
}
