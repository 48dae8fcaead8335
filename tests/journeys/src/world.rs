//! The local world, as `cargo xtask up` describes it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use serde::Deserialize;

use crate::api::{Api, Client};
use crate::network::Network;

/// Addresses, accounts and sign-ins.
#[derive(Clone, Debug, Deserialize)]
pub struct World {
    /// The emulator.
    pub endpoint: String,
    /// The emulator's root.
    pub access_key_id: String,
    /// The REST API, without `/v1`.
    pub api_url: String,
    /// What Twilio calls, without `/twilio`.
    pub webhook_url: String,
    /// The simulated network.
    pub network_url: String,
    /// How many times faster than life it runs.
    pub speed: f64,
    /// The tenants.
    pub tenants: Vec<Tenant>,
    /// The stack's outputs.
    pub outputs: BTreeMap<String, String>,
}

/// A tenant of the local world.
#[derive(Clone, Debug, Deserialize)]
pub struct Tenant {
    /// Its id.
    pub id: String,
    /// Its account at the simulated Twilio.
    pub account_sid: String,
    /// That account's token.
    pub auth_token: String,
    /// Who may sign in.
    pub users: Vec<User>,
}

/// Somebody who may sign in.
#[derive(Clone, Debug, Deserialize)]
pub struct User {
    /// With this name.
    pub email: String,
    /// And this password.
    pub password: String,
    /// As this.
    pub role: String,
}

impl World {
    /// Reads the file that `WORLD` names, or that of the checkout's own world.
    ///
    /// # Errors
    /// When there is none: `cargo xtask up` makes one.
    pub fn load() -> Result<Self> {
        let file = std::env::var_os("WORLD").map(PathBuf::from).or_else(|| {
            let package = std::env::var_os("CARGO_MANIFEST_DIR")?;
            Some(PathBuf::from(package).join("../../.carillon/world.json"))
        });
        let file = file.context("neither WORLD says where the local world is, nor is this run by cargo")?;
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("no local world at {}: `cargo xtask up` makes one", file.display()))?;
        serde_json::from_str(&text).context("the world's file is of another version")
    }

    /// Asks Step Functions as the operator: an action, and its input.
    ///
    /// # Errors
    /// What it refuses.
    pub fn states(&self, action: &str, input: &serde_json::Value) -> Result<serde_json::Value> {
        // The emulator reads who asks, and checks no signature of its root.
        let key = &self.access_key_id;
        let mut response = ureq::post(&self.endpoint)
            .header("x-amz-target", format!("AWSStepFunctions.{action}"))
            .header("content-type", "application/x-amz-json-1.0")
            .header("authorization", format!("AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/states/aws4_request, SignedHeaders=host, Signature=0"))
            .send_json(input)
            .with_context(|| format!("{action} was refused"))?;
        Ok(response.body_mut().read_json()?)
    }

    /// Gives somebody who was invited a password that lasts, as the operator.
    ///
    /// # Errors
    /// What the user pool refuses.
    pub fn set_password(&self, user: &User) -> Result<()> {
        let pool = self.outputs.get("UserPoolId").context("the stack has no UserPoolId")?;
        let key = &self.access_key_id;
        let input = serde_json::json!({
            "UserPoolId": pool, "Username": user.email, "Password": user.password, "Permanent": true,
        });
        ureq::post(&self.endpoint)
            .header("x-amz-target", "AWSCognitoIdentityProviderService.AdminSetUserPassword")
            .header("content-type", "application/x-amz-json-1.1")
            .header("authorization", format!("AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=0"))
            .send_json(&input)
            .context("a password was refused")?;
        Ok(())
    }

    /// One tenant.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn tenant(&self, id: &str) -> Result<&Tenant> {
        self.tenants.iter().find(|tenant| tenant.id == id).ok_or_else(|| anyhow!("no tenant {id}"))
    }

    /// Signs somebody in.
    ///
    /// # Errors
    /// When there is nobody with that role, or the sign-in is refused.
    pub fn sign_in(&self, tenant: &str, role: &str) -> Result<Api> {
        let users = &self.tenant(tenant)?.users;
        let user = users.iter().find(|user| user.role == role);
        let user = user.ok_or_else(|| anyhow!("{tenant} has no {role}"))?;
        Ok(Api::new(&self.api_url, Some(self.id_token(user)?)))
    }

    /// A user's id token, from the user pool.
    ///
    /// # Errors
    /// When the sign-in is refused.
    pub fn id_token(&self, user: &User) -> Result<String> {
        let client_id = self.outputs.get("UserPoolClientId").context("the stack has no UserPoolClientId")?;
        let request = serde_json::json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": client_id,
            "AuthParameters": {"USERNAME": user.email, "PASSWORD": user.password},
        });
        let headers = [
            ("x-amz-target", "AWSCognitoIdentityProviderService.InitiateAuth"),
            ("content-type", "application/x-amz-json-1.1"),
        ];
        let reply =
            Client::default().send("POST", &self.endpoint, &headers, Some(request.to_string().as_bytes()))?;
        let token = reply.json()["AuthenticationResult"]["IdToken"].as_str().map(str::to_owned);
        token.with_context(|| format!("signing in as {} failed with {}", user.role, reply.status))
    }

    /// The simulated network's controls.
    #[must_use]
    pub fn network(&self) -> Network {
        Network::new(&self.network_url)
    }

    /// The world of the tests, furnished once a process, and a sign-in.
    ///
    /// # Errors
    /// When there is no world.
    pub fn for_tests() -> Result<(Self, Api)> {
        static FURNISHED: std::sync::OnceLock<Result<(), String>> = std::sync::OnceLock::new();
        let world = Self::load()?;
        let furnished = FURNISHED.get_or_init(|| world.furnish().map_err(|error| format!("{error:#}")));
        furnished.clone().map_err(|error| anyhow!(error))?;
        let api = world.sign_in("acme", "admin")?;
        Ok((world, api))
    }

    /// Makes the tenants that the world has accounts for, and hands them their accounts: as an operator and each
    /// tenant's admin would, through the API. Again: changes nothing.
    ///
    /// # Errors
    /// The API's.
    pub fn furnish(&self) -> Result<()> {
        let operator = self.sign_in("acme", "operator")?;
        for tenant in &self.tenants {
            let body = serde_json::json!({
                "id": tenant.id, "name": tenant.id, "timezone": "Europe/Berlin", "default_country": "DE",
            });
            let created = operator.post("/v1/tenants", &body)?;
            if created.status != 201 && created.status != 409 {
                return Err(created.problem("creating a tenant"));
            }
            let admin = self.sign_in(&tenant.id, "admin")?;
            let account =
                serde_json::json!({"account_sid": tenant.account_sid, "auth_token": tenant.auth_token});
            admin.put("/v1/settings/twilio", &account, None)?.expect(&[200, 204], "setting up Twilio")?;
        }
        Ok(())
    }
}
