//! A running world, as `world.json` describes it to tests, to the demo and to the next command.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::place::Place;
use crate::process::Background;

/// Everything that somebody outside needs to know. Times are real; `speed` is the network's alone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct World {
    /// The name of the stack.
    pub(crate) stack: String,
    /// The region that the emulator plays.
    pub(crate) region: String,
    /// The emulator: every AWS service.
    pub(crate) endpoint: String,
    /// Signs in at the emulator as root.
    pub(crate) access_key_id: String,
    /// Belongs to `access_key_id`.
    pub(crate) secret_access_key: String,
    /// The REST API; `/v1/...` follows.
    pub(crate) api_url: String,
    /// What the network calls; `/twilio/...` follows.
    pub(crate) webhook_url: String,
    /// The simulated network: Twilio's REST API, and its own controls below `/_network/`.
    pub(crate) network_url: String,
    /// The dashboard; empty where there is none.
    #[serde(default)]
    pub(crate) dashboard_url: String,
    /// How many times faster than life the network's people are.
    pub(crate) speed: f64,
    /// What their behaviour is drawn from.
    pub(crate) seed: u64,
    /// The calls per second that the network allows each account.
    pub(crate) calls_per_second: f64,
    /// The tenants there are.
    pub(crate) tenants: Vec<Tenant>,
    /// The stack's outputs: names, ARNs, URLs.
    pub(crate) outputs: BTreeMap<String, String>,
    /// What runs in the background, in the order of its start.
    pub(crate) processes: Vec<Background>,
}

/// A customer of the local world.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Tenant {
    /// Its id.
    pub(crate) id: String,
    /// Its account at the simulated Twilio.
    pub(crate) account_sid: String,
    /// That account's token.
    pub(crate) auth_token: String,
    /// Who may sign in.
    pub(crate) users: Vec<User>,
}

/// Somebody who may sign in. The password is worth nothing anywhere else.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct User {
    /// With this name.
    pub(crate) email: String,
    /// And this password.
    pub(crate) password: String,
    /// As this: the name of a group of the user pool.
    pub(crate) role: String,
}

const PASSWORD: &str = "Carillon-local-1";

/// Two tenants, so that what one sees of the other can be tested.
pub(crate) fn tenants() -> Vec<Tenant> {
    let tenant = |id: &str, number: u32, roles: &[&str]| Tenant {
        id: id.to_owned(),
        account_sid: format!("AC{number:032x}"),
        auth_token: format!("{:032x}", u128::from(number) << 96 | u128::from(number)),
        users: roles
            .iter()
            .map(|role| User {
                email: format!("{role}@{id}.example"),
                password: PASSWORD.to_owned(),
                role: (*role).to_owned(),
            })
            .collect(),
    };
    vec![
        tenant("acme", 0xACE0_0001, &["admin", "supervisor", "agent", "operator"]),
        tenant("globex", 0x0610_BE01, &["admin", "supervisor", "agent"]),
    ]
}

impl World {
    /// The world of this place, if there is one.
    ///
    /// # Errors
    /// When its file cannot be understood.
    pub(crate) fn load(place: &Place) -> Result<Option<Self>> {
        let file = place.world_file();
        if !file.exists() {
            return Ok(None);
        }
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let world = serde_json::from_str(&text).with_context(|| {
            format!("{} is of another version; stop what it names and delete it", file.display())
        })?;
        Ok(Some(world))
    }

    /// Writes the file whole, so that no reader sees half of it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn save(&self, place: &Place) -> Result<()> {
        let file = place.world_file();
        let fresh = file.with_extension("json.new");
        fs::write(&fresh, serde_json::to_string_pretty(self)?)?;
        fs::rename(&fresh, &file).with_context(|| format!("cannot write {}", file.display()))
    }

    /// The background process of that name, if it still runs.
    pub(crate) fn running(&self, name: &str) -> Option<&Background> {
        self.processes.iter().find(|process| process.name == name).filter(|process| process.is_alive())
    }

    /// Addresses and sign-ins, for people.
    pub(crate) fn summary(&self) -> String {
        let mut lines = Vec::new();
        if !self.dashboard_url.is_empty() {
            lines.push(format!("Dashboard  {}", self.dashboard_url));
        }
        lines.extend([
            format!("API        {}/v1", self.api_url),
            format!("Webhooks   {}/twilio", self.webhook_url),
            format!("Network    {}  ({} times life, seed {})", self.network_url, self.speed, self.seed),
            format!("AWS        {}  (access key {})", self.endpoint, self.access_key_id),
        ]);
        for tenant in &self.tenants {
            for user in &tenant.users {
                lines.push(format!("Sign-in    {:<24} {}  {}", user.email, user.password, tenant.id));
            }
        }
        lines.join("\n")
    }
}
