//! The router over fakes, and people who call it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use api_fn::credentials::{Credentials, TwilioAccount};
use api_fn::directory::{Account, Directory, DirectoryError};
use api_fn::importer::Importer;
use api_fn::roles::Role;
use api_fn::roll::Roll;
use api_fn::{Deps, router};
use async_trait::async_trait;
use axum::Router;
use carillon_domain::ids::{ImportId, TenantId};
use carillon_engine::clock::Clock;
use carillon_engine::runs::{LaunchError, Launcher, RunOrder};
use carillon_shell::fakes::{MemoryObjects, MemoryQueue};
use carillon_shell::http::{Http, Pool};
use carillon_store::memory::MemoryTable;
use carillon_store::{Change, Sweeps, TenantTable, Vault};
use carillon_twilio::inspect::Inspector;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::board::{Board, Nudges};

/// A clock that stands still until it is set.
pub(crate) struct Hand(Mutex<Timestamp>);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Remembers what was launched.
#[derive(Default)]
pub(crate) struct Launches {
    pub(crate) orders: Mutex<Vec<RunOrder>>,
    pub(crate) broken: Mutex<bool>,
}

#[async_trait]
impl Launcher for Launches {
    async fn launch(&self, order: &RunOrder) -> Result<(), LaunchError> {
        if *self.broken.lock().unwrap() {
            return Err(LaunchError("down".into()));
        }
        self.orders.lock().unwrap().push(order.clone());
        Ok(())
    }
}

/// Credentials in a map.
#[derive(Default)]
pub(crate) struct Safe(pub(crate) Mutex<BTreeMap<TenantId, TwilioAccount>>);

#[async_trait]
impl Credentials for Safe {
    async fn account(&self, tenant: &TenantId) -> anyhow::Result<Option<TwilioAccount>> {
        Ok(self.0.lock().unwrap().get(tenant).cloned())
    }

    async fn save(&self, tenant: &TenantId, account: &TwilioAccount) -> anyhow::Result<()> {
        self.0.lock().unwrap().insert(tenant.clone(), account.clone());
        Ok(())
    }
}

/// Remembers which imports were started, by the execution's name.
#[derive(Default)]
pub(crate) struct Imports(pub(crate) Mutex<Vec<String>>);

#[async_trait]
impl Importer for Imports {
    async fn start(&self, _: &TenantId, _: &ImportId, name: &str) -> anyhow::Result<()> {
        self.0.lock().unwrap().push(name.to_owned());
        Ok(())
    }
}

/// Somebody in the user directory.
#[derive(Clone, Debug)]
struct Person {
    id: String,
    email: String,
    tenant: String,
    role: Option<Role>,
    enabled: bool,
}

/// A user directory in memory.
#[derive(Default)]
pub(crate) struct People {
    people: Mutex<Vec<Person>>,
    mails: Mutex<Vec<String>>,
}

impl People {
    pub(crate) fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }

    pub(crate) fn role(&self, id: &str) -> Option<&'static str> {
        self.people.lock().unwrap().iter().find(|person| person.id == id)?.role.map(Role::name)
    }

    pub(crate) fn enabled(&self, id: &str) -> bool {
        self.people.lock().unwrap().iter().any(|person| person.id == id && person.enabled)
    }
}

#[async_trait]
impl Directory for People {
    async fn invite(
        &self,
        email: &str,
        _: Option<&str>,
        tenant: &TenantId,
    ) -> Result<String, DirectoryError> {
        let mut people = self.people.lock().unwrap();
        if people.iter().any(|person| person.email == email) {
            return Err(DirectoryError::Exists);
        }
        let id = format!("sub-{}", people.len() + 1);
        let (email, tenant) = (email.to_owned(), tenant.to_string());
        self.mails.lock().unwrap().push(email.clone());
        people.push(Person { id: id.clone(), email, tenant, role: None, enabled: true });
        Ok(id)
    }

    async fn find(&self, email: &str) -> Result<Option<Account>, DirectoryError> {
        let people = self.people.lock().unwrap();
        let found = people.iter().find(|person| person.email == email);
        Ok(found.map(|person| Account {
            id: person.id.clone(),
            tenant: Some(person.tenant.clone()),
            is_new: true,
        }))
    }

    async fn resend(&self, email: &str) -> Result<(), DirectoryError> {
        self.mails.lock().unwrap().push(email.to_owned());
        Ok(())
    }

    async fn set_role(&self, id: &str, role: Role) -> Result<(), DirectoryError> {
        let mut people = self.people.lock().unwrap();
        let person = people.iter_mut().find(|person| person.id == id).ok_or(DirectoryError::Missing)?;
        person.role = Some(role);
        Ok(())
    }

    async fn set_enabled(&self, id: &str, enabled: bool) -> Result<(), DirectoryError> {
        let mut people = self.people.lock().unwrap();
        let person = people.iter_mut().find(|person| person.id == id).ok_or(DirectoryError::Missing)?;
        person.enabled = enabled;
        Ok(())
    }
}

/// Who calls.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub(crate) subject: &'static str,
    pub(crate) tenant: Option<&'static str>,
    pub(crate) groups: &'static str,
    pub(crate) token_use: &'static str,
}

pub(crate) const ADMIN: Who =
    Who { subject: "admin-1", tenant: Some("acme"), groups: "[admin]", token_use: "id" };
pub(crate) const SUPERVISOR: Who =
    Who { subject: "user-1", tenant: Some("acme"), groups: "[supervisor]", token_use: "id" };
pub(crate) const AGENT: Who =
    Who { subject: "agent-1", tenant: Some("acme"), groups: "[agent]", token_use: "id" };
pub(crate) const OPERATOR: Who =
    Who { subject: "operator-1", tenant: None, groups: "[operator]", token_use: "id" };
pub(crate) const STRANGER: Who =
    Who { subject: "stranger-1", tenant: Some("globex"), groups: "[admin]", token_use: "id" };

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {} {}", self.status, self.text))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The answer, which must have this status.
    #[track_caller]
    pub(crate) fn must(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    /// The last part of a problem's type.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.text);
        let kind = self.json()["type"].as_str().unwrap().to_owned();
        kind.strip_prefix("urn:carillon:problem:").unwrap().to_owned()
    }
}

/// The API and everything around it.
pub(crate) struct Rig {
    pub(crate) board: Board,
    pub(crate) table: Arc<MemoryTable>,
    pub(crate) private: Arc<MemoryTable>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) clock: Arc<Hand>,
    pub(crate) launches: Arc<Launches>,
    pub(crate) safe: Arc<Safe>,
    pub(crate) imports: Arc<Imports>,
    pub(crate) directory: Arc<People>,
    pub(crate) queue: Arc<MemoryQueue>,
    pub(crate) objects: Arc<MemoryObjects>,
    router: Router,
}

/// A request's body and headers.
#[derive(Default)]
pub(crate) struct Sent {
    pub(crate) body: Option<String>,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl From<()> for Sent {
    fn from((): ()) -> Self {
        Self::default()
    }
}

impl From<Value> for Sent {
    fn from(body: Value) -> Self {
        Self { body: Some(body.to_string()), headers: vec![("content-type", "application/json".into())] }
    }
}

impl Sent {
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl Rig {
    /// With nobody and nothing in it, on a Monday morning.
    pub(crate) fn empty() -> Self {
        Self::over(MemoryTable::new())
    }

    /// The same, over a table that may have its moods.
    pub(crate) fn over(table: MemoryTable) -> Self {
        Self::of(table, "http://127.0.0.1:1")
    }

    /// The same, whose Twilio is here.
    pub(crate) fn calling(twilio: &str) -> Self {
        Self::of(MemoryTable::new(), twilio)
    }

    fn of(table: MemoryTable, twilio: &str) -> Self {
        let table = Arc::new(table);
        let private = Arc::new(MemoryTable::new());
        let vault = Arc::new(Vault::in_memory(private.clone(), Arc::default()));
        let clock = Arc::new(Hand(Mutex::new("2027-03-01T10:00:00Z".parse().unwrap())));
        let (launches, safe, imports) =
            (Arc::<Launches>::default(), Arc::<Safe>::default(), Arc::<Imports>::default());
        let (directory, queue) = (Arc::<People>::default(), Arc::<MemoryQueue>::default());
        let (objects, board) = (Arc::<MemoryObjects>::default(), Board::default());
        let deps = Deps {
            table: table.clone(),
            vault: Arc::clone(&vault),
            objects: objects.clone(),
            launcher: launches.clone(),
            importer: imports.clone(),
            credentials: safe.clone(),
            inspector: Inspector::new(
                Http::new(Pool::public()),
                twilio,
                "https://voice.example".parse().unwrap(),
            ),
            webhooks: queue.clone(),
            private_webhooks: false,
            live_url: "wss://live.example/live".to_owned(),
            directory: directory.clone(),
            roll: Roll::default(),
            boards: Arc::new(board.clone()),
            plan: Arc::new(Nudges(board.clone())),
            clock: clock.clone(),
            random: |bytes| {
                // Different each time, the same in every run.
                thread_local!(static COUNT: std::cell::Cell<u64> = const { std::cell::Cell::new(0) });
                let count = COUNT.with(|count| count.replace(count.get() + 1));
                for (at, byte) in bytes.iter_mut().enumerate() {
                    *byte = count.to_be_bytes()[at % 8];
                }
            },
        };
        Self {
            router: router(Arc::new(deps)),
            board,
            table,
            private,
            vault,
            clock,
            launches,
            safe,
            imports,
            directory,
            queue,
            objects,
        }
    }

    /// With two tenants that can call.
    pub(crate) async fn new() -> Self {
        Self::empty().furnished().await
    }

    /// With the two tenants.
    pub(crate) async fn furnished(self) -> Self {
        let rig = self;
        for (id, who) in [("acme", ADMIN), ("globex", STRANGER)] {
            let tenant = json!({"id": id, "name": "Acme Heating", "default_country": "United Kingdom", "timezone": "Europe/London"});
            rig.post(&OPERATOR, "/v1/tenants", tenant).await.must(201);
            let account = json!({"account_sid": format!("AC{:032}", 0), "auth_token": "secret"});
            rig.call(&who, "PUT", "/v1/settings/twilio", account).await.must(204);
        }
        rig
    }

    pub(crate) fn pass(&self, seconds: i64) {
        let mut now = self.clock.0.lock().unwrap();
        *now += SignedDuration::from_secs(seconds);
    }

    pub(crate) fn tenant(id: &str) -> TenantId {
        id.parse().unwrap()
    }

    pub(crate) fn acme<'a>(&'a self, tenant: &'a TenantId) -> TenantTable<'a> {
        TenantTable::new(self.table.as_ref(), tenant).with_vault(&self.vault)
    }

    pub(crate) async fn get(&self, who: &Who, path: &str) -> Reply {
        self.call(who, "GET", path, ()).await
    }

    pub(crate) async fn post(&self, who: &Who, path: &str, body: Value) -> Reply {
        self.call(who, "POST", path, body).await
    }

    /// Somebody else of the same role.
    pub(crate) async fn post_as(&self, subject: &str, who: &Who, path: &str, body: Value) -> Reply {
        let claims = json!({"sub": subject, "token_use": who.token_use, "cognito:groups": who.groups, "custom:tenant": who.tenant});
        self.send(Some(claims), "POST", path, body.into()).await
    }

    /// Whoever has this id, with a token that says so.
    pub(crate) async fn as_user(
        &self,
        id: &str,
        groups: &str,
        method: &str,
        path: &str,
        sent: impl Into<Sent>,
    ) -> Reply {
        let claims = json!({"sub": id, "token_use": "id", "cognito:groups": groups, "custom:tenant": "acme"});
        self.send(Some(claims), method, path, sent.into()).await
    }

    /// What the stream's aggregator does a second later.
    pub(crate) async fn stream(&self) {
        let sweeps = Sweeps::new(self.table.as_ref());
        let changes: Vec<Change> = self.table.drain_changes().into_iter().map(Change::from).collect();
        sweeps.log_calls(&changes).await.unwrap();
        sweeps.fold(&changes, self.clock.now().as_second()).await.unwrap();
    }

    pub(crate) async fn call(&self, who: &Who, method: &str, path: &str, sent: impl Into<Sent>) -> Reply {
        let mut claims =
            json!({"sub": who.subject, "token_use": who.token_use, "cognito:groups": who.groups});
        if let Some(tenant) = who.tenant {
            claims["custom:tenant"] = tenant.into();
        }
        self.send(Some(claims), method, path, sent.into()).await
    }

    /// As API Gateway would, with the claims of a verified token or without any.
    pub(crate) async fn send(&self, claims: Option<Value>, method: &str, path: &str, sent: Sent) -> Reply {
        let (raw_path, query) = path.split_once('?').unwrap_or((path, ""));
        let headers: BTreeMap<_, _> = sent.headers.into_iter().collect();
        let mut event = json!({
            "version": "2.0",
            "routeKey": "ANY /v1/{proxy+}",
            "rawPath": raw_path,
            "rawQueryString": query,
            "headers": headers,
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "api",
                "domainName": "api.execute-api.eu-central-1.amazonaws.com",
                "http": {"method": method, "path": raw_path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9", "userAgent": "test"},
                "requestId": "request-1",
                "routeKey": "ANY /v1/{proxy+}",
                "stage": "$default",
                "time": "01/Mar/2027:10:00:00 +0000",
                "timeEpoch": 1_803_895_200_000_i64
            },
            "isBase64Encoded": false
        });
        if let Some(claims) = claims {
            event["requestContext"]["authorizer"] = json!({"jwt": {"claims": claims, "scopes": null}});
        }
        if let Some(body) = sent.body {
            event["body"] = body.into();
        }
        self.deliver(&event.to_string()).await
    }

    /// An event as it stands.
    pub(crate) async fn deliver(&self, event: &str) -> Reply {
        let request = lambda_http::request::from_str(event).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Reply {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    /// A draft that lacks nothing but contacts.
    pub(crate) async fn draft(&self) -> String {
        let reply = self.post(&SUPERVISOR, "/v1/campaigns", plan()).await.must(201);
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    /// A contact's id.
    pub(crate) async fn contact(&self, phone: &str) -> String {
        let reply = self
            .post(&SUPERVISOR, "/v1/contacts", json!({"phone": phone, "first_name": "Ada"}))
            .await
            .must(201);
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    /// A draft with one contact in it.
    pub(crate) async fn ready(&self) -> String {
        let campaign = self.draft().await;
        let contact = self.contact("020 7946 0018").await;
        let path = format!("/v1/campaigns/{campaign}/enrollments");
        self.post(&SUPERVISOR, &path, json!({"contacts": [contact]})).await.must(200);
        campaign
    }
}

/// A plan without fault.
pub(crate) fn plan() -> Value {
    json!({
        "name": "Spring service reminder",
        "purpose": "informational",
        "script": {"language": "en-GB", "greeting": "Hello {{first_name|there}}."},
        "caller_ids": ["+442079460123"],
        "window": {"mon": [["09:00", "18:00"]], "tue": [["09:00", "18:00"]]},
        "timezone": "Europe/London",
        "retry": {"attempts_max": 2, "rules": {"no_answer": {"times": 1, "after": "PT2H"}}}
    })
}
