//! The production handlers over the in-memory table, one contact, and a hand on everything around them.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use carillon_domain::agents::ports::{Switchboard, Switchboards};
use carillon_domain::attempt::Attempt;
use carillon_domain::campaign::Campaign;
use carillon_domain::compliance::SuppressionReason;
use carillon_domain::contact::Contact;
use carillon_domain::enrollment::{Enrollment, EnrollmentState};
use carillon_domain::ids::{AttemptRef, CampaignId, ContactId, EnrollmentRef, TenantId};
use carillon_domain::phone::E164;
use carillon_domain::ports::{
    AskError, CallId, CallReport, Outgoing, PlaceCall, PlaceError, Queue, QueueError, Voice, Voices,
};
use carillon_domain::suppression::{Scope, Suppression};
use carillon_domain::tenant::Tenant;
use carillon_engine::clock::Clock;
use carillon_engine::judge;
use carillon_engine::order::{self, DialOrder};
use carillon_engine::runs::{LaunchError, Launcher, RunOrder};
use carillon_store::memory::MemoryTable;
use carillon_store::port::{Item, Key, Page, Query, Write};
use carillon_store::{Consistency, StoreError, Stored, Table, TenantTable, Tenants, Vault};
use futures::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use plan_wave::Plan;
use serde_json::json;

/// A Monday, noon in Berlin.
pub(crate) const NOW: &str = "2026-11-23T11:00:00Z";
pub(crate) const GRACE: SignedDuration = SignedDuration::from_secs(120);

/// Everything the handlers are given.
#[derive(Clone)]
pub(crate) struct Rig {
    pub(crate) table: Arc<MemoryTable>,
    pub(crate) private: Arc<MemoryTable>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) now: Arc<Mutex<Timestamp>>,
    pub(crate) placed: Arc<Mutex<Vec<PlaceCall>>>,
    pub(crate) queued: Arc<Mutex<Vec<DialOrder>>>,
    /// What the provider says of any call it is asked about.
    pub(crate) known: Arc<Mutex<Vec<CallReport>>>,
    /// For which attempt it says that it was asked to place any call.
    pub(crate) said: Arc<Mutex<Option<AttemptRef>>>,
    /// What happens right after an attempt has been written.
    pub(crate) meanwhile: Arc<Mutex<Option<Meanwhile>>>,
}

pub(crate) type Meanwhile = Box<dyn FnOnce(&Rig) + Send>;

pub(crate) fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

pub(crate) fn tenant() -> TenantId {
    id("acme")
}

pub(crate) fn campaign_id() -> CampaignId {
    id("cmp_1")
}

pub(crate) fn contact_id() -> ContactId {
    id("con_1")
}

pub(crate) fn enrollment_ref(campaign: &str) -> EnrollmentRef {
    EnrollmentRef { tenant: tenant(), campaign: id(campaign), contact: contact_id() }
}

pub(crate) fn attempt_ref(campaign: &str, number: u16) -> AttemptRef {
    AttemptRef { enrollment: enrollment_ref(campaign), number }
}

impl Rig {
    /// One contact, due in a campaign that runs.
    pub(crate) fn new() -> Self {
        let private = Arc::new(MemoryTable::new());
        let rig = Self {
            table: Arc::new(MemoryTable::new()),
            vault: Arc::new(Vault::in_memory(private.clone(), Arc::default())),
            private,
            now: Arc::new(Mutex::new(id(NOW))),
            placed: Arc::default(),
            queued: Arc::default(),
            known: Arc::default(),
            said: Arc::default(),
            meanwhile: Arc::default(),
        };
        let settings = json!({"id": "acme", "name": "Acme", "timezone": "Europe/Berlin", "frequency_caps": [],
            "salt": "s", "created_at": NOW});
        let settings: Tenant = serde_json::from_value(settings).unwrap();
        now(Tenants::new(rig.table.as_ref()).create(settings));
        now(rig.acme().save_campaign(&Stored::new(campaign())));
        now(rig.acme().with_vault(&rig.vault).save_contact(&Stored::new(contact())));
        now(rig.acme().save_enrollment(&Stored::new(enrollment())));
        now(rig.acme().save_roster(&campaign_id(), &id("imp_1"), 0, vec![contact_id()]));
        rig
    }

    pub(crate) fn acme(&self) -> TenantTable<'_> {
        static ACME: std::sync::OnceLock<TenantId> = std::sync::OnceLock::new();
        TenantTable::new(self.table.as_ref(), ACME.get_or_init(tenant))
    }

    pub(crate) fn time(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    pub(crate) fn pass(&self, time: SignedDuration) {
        *self.now.lock().unwrap() += time;
    }

    pub(crate) fn enrollment(&self) -> Stored<Enrollment> {
        now(self.acme().enrollment(&enrollment_ref("cmp_1"))).unwrap()
    }

    pub(crate) fn attempt(&self) -> Option<Attempt> {
        now(self.acme().attempt(&attempt_ref("cmp_1", 1))).map(|attempt| attempt.value)
    }

    pub(crate) fn change_campaign(&self, change: impl FnOnce(&mut Campaign)) {
        let mut campaign = now(self.acme().campaign(&campaign_id())).unwrap();
        change(&mut campaign.value);
        now(self.acme().save_campaign(&campaign));
    }

    pub(crate) fn suppress(&self) {
        let suppression = Suppression {
            address: contact().phone.as_str().to_owned(),
            scope: Scope::All,
            reason: SuppressionReason::DoNotCall,
            source: "a user".to_owned(),
            added_at: self.time(),
        };
        now(self.acme().suppress(&suppression));
    }

    /// Another campaign's call that may be ringing at the contact.
    pub(crate) fn ring_elsewhere(&self) {
        now(self.acme().save_attempt(&Stored::new(attempt("cmp_2", self.time()))));
    }

    /// The order as it was planned.
    pub(crate) fn order(&self) -> DialOrder {
        let settings = now(self.acme().settings()).unwrap().value;
        let (campaign, enrollment) = (campaign(), enrollment());
        let terms = judge::terms(&settings, &campaign);
        DialOrder {
            attempt: attempt_ref("cmp_1", 1),
            run: 1,
            due: enrollment.due().unwrap(),
            day: None,
            from: campaign.plan.caller_ids[0].clone(),
            verdict: judge::enrollment(&terms, &enrollment, self.time()).unwrap(),
            terms: terms.id(),
            waits: 0,
        }
    }

    pub(crate) fn dial(&self, order: &DialOrder) {
        let deps = dial_contact::Deps {
            table: Arc::new(self.clone()),
            vault: Arc::clone(&self.vault),
            dial: Arc::new(self.clone()),
            voices: Arc::new(self.clone()),
            boards: Arc::new(self.clone()),
            plan: Arc::new(self.clone()),
            clock: Arc::new(self.clone()),
            callback_grace: GRACE,
        };
        let mut message = SqsMessage::default();
        (message.message_id, message.body) =
            (Some("1".to_owned()), Some(order::message(std::slice::from_ref(order)).unwrap()));
        let mut event = SqsEvent::default();
        event.records = vec![message];
        let response = now(dial_contact::handle(&deps, event));
        assert!(response.batch_item_failures.is_empty());
    }

    pub(crate) fn plan(&self) -> Plan {
        let deps = plan_wave::Deps {
            table: Arc::new(self.clone()),
            dial: Arc::new(self.clone()),
            clock: Arc::new(self.clone()),
        };
        let order = RunOrder { tenant: tenant(), campaign: campaign_id(), run: 1, start_at: None };
        now(plan_wave::handle(&deps, order))
    }

    pub(crate) fn reconcile(&self) -> reconcile::Report {
        let deps = reconcile::Deps {
            table: Arc::new(self.clone()),
            voices: Arc::new(self.clone()),
            launcher: Arc::new(self.clone()),
            boards: Arc::new(self.clone()),
            plan: Arc::new(self.clone()),
            clock: Arc::new(self.clone()),
            lost_after: GRACE,
        };
        now(reconcile::handle(&deps))
    }

    pub(crate) fn calls(&self) -> usize {
        self.placed.lock().unwrap().len()
    }
}

/// The table in memory answers at once.
pub(crate) fn now<T, E: std::fmt::Debug>(work: impl Future<Output = Result<T, E>>) -> T {
    work.now_or_never().expect("nothing waits").unwrap()
}

pub(crate) fn campaign() -> Campaign {
    let campaign = json!({
        "id": "cmp_1", "state": "running", "shards": 2, "run": 1, "run_at": NOW, "created_at": NOW,
        "plan": {
            "name": "Test", "purpose": "informational", "timezone": "Europe/Berlin",
            "caller_ids": ["+493087654321"], "window": {"mon": [["09:00", "20:00"]]},
            "retry": {"attempts_max": 2, "rules": {"busy": {"times": 1, "after": "PT30M"}}},
            "pace": {"calls_per_second": 1, "wave_seconds": 60},
            "script": {"language": "de-DE", "greeting": "Guten Tag {{first_name}}."},
        },
    });
    serde_json::from_value(campaign).unwrap()
}

pub(crate) fn contact() -> Contact {
    let contact = json!({"id": "con_1", "phone": "+4917112345678", "phone_given": "0171 12345678",
        "place": {"country": "DE"}, "line_type": "mobile", "zones": ["Europe/Berlin"], "first_name": "Ada",
        "tags": [], "custom": {}, "consents": [], "created_at": NOW, "updated_at": NOW});
    serde_json::from_value(contact).unwrap()
}

pub(crate) fn enrollment() -> Enrollment {
    Enrollment {
        id: enrollment_ref("cmp_1"),
        state: EnrollmentState::Waiting { due: id(NOW) },
        shard: campaign().shard_of(&contact_id()),
        priority: 5,
        to: contact().phone,
        place: contact().place,
        zones: contact().zones,
        consents: Vec::new(),
        history: Vec::new(),
        promised: None,
        for_agent: None,
        returned: false,
        source: None,
        last_verdict: None,
    }
}

pub(crate) fn attempt(campaign: &str, at: Timestamp) -> Attempt {
    let attempt = json!({"id": attempt_ref(campaign, 1).to_string(), "to": "+4917112345678",
        "from": "+493087654321", "state": {"is": "dialing"}, "created_at": at,
        "check_after": at + SignedDuration::from_secs(60),
        "allowed_by": {"is": "allowed", "open_until": at, "basis": {"book": "b", "at": at, "rules": []}}});
    serde_json::from_value(attempt).unwrap()
}

#[async_trait]
impl Table for Rig {
    async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Item>, StoreError> {
        self.table.get(key, consistency).await
    }

    async fn batch_get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, StoreError> {
        self.table.batch_get(keys, consistency).await
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        self.table.query(query).await
    }

    async fn write(&self, write: Write) -> Result<(), StoreError> {
        let of_attempt = matches!(&write, Write::Put { item, .. }
            if Key::of(item).is_some_and(|key| key.sk.starts_with("A#")));
        self.table.write(write).await?;
        let meanwhile = if of_attempt { self.meanwhile.lock().unwrap().take() } else { None };
        if let Some(meanwhile) = meanwhile {
            meanwhile(self);
        }
        Ok(())
    }

    async fn transact(&self, writes: Vec<Write>, token: &str) -> Result<(), StoreError> {
        self.table.transact(writes, token).await
    }

    async fn batch_write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.table.batch_write(writes).await
    }
}

#[async_trait]
impl Queue for Rig {
    async fn send(&self, messages: Vec<Outgoing>) -> Result<(), QueueError> {
        let orders = messages.iter().flat_map(|message| order::orders(&message.body).unwrap());
        self.queued.lock().unwrap().extend(orders);
        Ok(())
    }
}

#[async_trait]
impl Voices for Rig {
    async fn of(&self, _: &TenantId) -> Result<Arc<dyn Voice>, AskError> {
        Ok(Arc::new(self.clone()))
    }
}

#[async_trait]
impl Switchboards for Rig {
    async fn switchboard(&self, _: &TenantId) -> Result<Arc<dyn Switchboard>, AskError> {
        Err(AskError { what: "a switchboard".to_owned(), source: None })
    }
}

#[async_trait]
impl Voice for Rig {
    async fn place(&self, call: &PlaceCall) -> Result<CallId, PlaceError> {
        self.placed.lock().unwrap().push(call.clone());
        Ok(CallId("CA1".to_owned()))
    }

    async fn report(&self, call: &CallId) -> Result<Option<CallReport>, AskError> {
        Ok(self.known.lock().unwrap().iter().find(|report| report.call == *call).cloned())
    }

    async fn calls_since(&self, _: &E164, _: &E164, _: Timestamp) -> Result<Vec<CallReport>, AskError> {
        Ok(self.known.lock().unwrap().clone())
    }

    async fn placed_for(&self, _: &CallId) -> Result<Option<AttemptRef>, AskError> {
        Ok(self.said.lock().unwrap().clone())
    }

    async fn hang_up(&self, _: &CallId) -> Result<(), AskError> {
        Ok(())
    }
}

#[async_trait]
impl Launcher for Rig {
    async fn launch(&self, _: &RunOrder) -> Result<(), LaunchError> {
        Ok(())
    }
}

impl Clock for Rig {
    fn now(&self) -> Timestamp {
        self.time()
    }
}
