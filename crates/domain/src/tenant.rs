//! An organisation and its settings.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::TenantId;

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// What people call it.
    pub name: String,
    /// ISO 3166-1 alpha-2 code of the country that numbers without a country code belong to.
    #[serde(default)]
    pub default_country: Option<String>,
    /// IANA name: the timezone of its campaigns unless they say otherwise.
    pub timezone: String,
    /// How many attempts a person may get over all campaigns.
    #[serde(default)]
    pub frequency_caps: Vec<crate::compliance::FrequencyCap>,
    /// Random, secret, and never changed: what contact ids are keyed with.
    pub salt: String,
    /// Created.
    pub created_at: Timestamp,
}
