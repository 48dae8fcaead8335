//! What all measurements share: a tenant, a campaign, a clock that stands still, ports that do nothing.

use std::str::FromStr;
use std::sync::Arc;

use async_trait::async_trait;
use carillon_domain::agents::ports::{Switchboard, Switchboards};
use carillon_domain::campaign::Campaign;
use carillon_domain::ids::TenantId;
use carillon_domain::ports::{AskError, Outgoing, Queue, QueueError};
use carillon_domain::tenant::Tenant;
use carillon_engine::clock::Clock;
use carillon_engine::runs::{LaunchError, Launcher, RunOrder};
use carillon_store::memory::MemoryTable;
use carillon_store::{StoreError, Stored, Table, TenantTable, Tenants, Vault};
use jiff::Timestamp;
use serde_json::json;

pub(crate) const TENANT: &str = "acme";
pub(crate) const CAMPAIGN: &str = "cmp_0192f3a4b5c67d8e9f00112233445566";
pub(crate) const SALT: &str = "salt";
/// A Monday, noon in Berlin.
pub(crate) const NOW: &str = "2026-11-23T11:00:00Z";

/// Something that is known to be well formed.
pub(crate) fn known<T: FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("well formed")
}

/// A clock that stands still.
pub(crate) struct Still(pub(crate) Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// Keys of profiles, and the profiles, in memory.
pub(crate) fn vault() -> Arc<Vault> {
    Arc::new(Vault::in_memory(Arc::new(MemoryTable::new()), Arc::default()))
}

/// Takes every message and forgets it.
pub(crate) struct Sink;

#[async_trait]
impl Queue for Sink {
    async fn send(&self, _: Vec<Outgoing>) -> Result<(), QueueError> {
        Ok(())
    }
}

#[async_trait]
impl Launcher for Sink {
    async fn launch(&self, _: &RunOrder) -> Result<(), LaunchError> {
        Ok(())
    }
}

/// Nobody on our side takes calls.
pub(crate) struct NoAgents;

#[async_trait]
impl Switchboards for NoAgents {
    async fn switchboard(&self, _: &TenantId) -> Result<Arc<dyn Switchboard>, AskError> {
        Err(AskError { what: "a switchboard".to_owned(), source: None })
    }
}

/// A campaign of so many shards that is running, at the highest pace.
pub(crate) fn campaign(shards: u8) -> Campaign {
    let campaign = json!({
        "id": CAMPAIGN, "state": "running", "shards": shards, "run": 1, "run_at": NOW, "created_at": NOW,
        "plan": {
            "name": "Benchmark", "purpose": "informational", "timezone": "Europe/Berlin",
            "caller_ids": ["+493087654321"],
            "window": {"mon": [["09:00", "20:00"]], "tue": [["09:00", "20:00"]]},
            "retry": {"attempts_max": 3, "rules": {"busy": {"times": 2, "after": "PT30M"}}},
            "pace": {"calls_per_second": 100, "wave_seconds": 60},
            "script": {
                "language": "de-DE", "greeting": "Guten Tag {{first_name|}}.",
                "menu": {"prompt": "Druecken Sie die 1 oder die 9.", "interested_reply": "Danke.",
                    "opted_out_reply": "Wir rufen nicht mehr an.", "repeats": 1},
            },
        },
    });
    serde_json::from_value(campaign).expect("a campaign")
}

/// Makes the tenant and its campaign.
pub(crate) async fn found(table: &dyn Table, shards: u8) -> Result<(), StoreError> {
    let tenant = json!({"id": TENANT, "name": "Acme", "default_country": "DE", "timezone": "Europe/Berlin",
        "frequency_caps": [], "salt": SALT, "created_at": NOW});
    let tenant: Tenant = serde_json::from_value(tenant).expect("a tenant");
    let id: TenantId = tenant.id.clone();
    Tenants::new(table).create(tenant).await?;
    TenantTable::new(table, &id).save_campaign(&Stored::new(campaign(shards))).await
}

/// The time of all measurements, on a clock that stands still.
pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(Still(known(NOW)))
}
