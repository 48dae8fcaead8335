//! What follows from changes of the table.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use announce::Deps;
use announce::handler::announce;
use announce::push::Push;
use async_trait::async_trait;
use carillon_domain::agents::live::{LiveCall, LiveEvent};
use carillon_domain::agents::ports::Reach;
use carillon_domain::agents::presence::{Presence, Serves};
use carillon_domain::compliance::SuppressionReason;
use carillon_domain::ids::{AgentId, TenantId};
use carillon_domain::suppression::{Scope, Suppression};
use carillon_engine::clock::{Clock, SystemClock};
use carillon_engine::errands::Tell;
use carillon_shell::fakes::MemoryQueue;
use carillon_store::memory::MemoryTable;
use carillon_store::port::AttributeValue;
use carillon_store::{Change, Connection, Hook, HookSecret, HookState, Stored, TenantTable};
use jiff::SignedDuration;

/// Pages, some of which have been closed.
#[derive(Default)]
struct Pages {
    gone: Vec<&'static str>,
    told: Mutex<Vec<(String, String)>>,
}

#[async_trait]
impl Push for Pages {
    async fn push(&self, connection: &str, text: &str) -> anyhow::Result<bool> {
        self.told.lock().unwrap().push((connection.to_owned(), text.to_owned()));
        Ok(!self.gone.contains(&connection))
    }
}

#[tokio::test]
async fn open_pages_are_told_and_closed_ones_forgotten() {
    let table = Arc::new(MemoryTable::new());
    let queue = Arc::new(MemoryQueue::default());
    let pages = Arc::new(Pages { gone: vec!["c2"], ..Pages::default() });
    let deps = Deps::new(table.clone(), queue.clone(), queue, pages.clone(), Arc::new(SystemClock));
    for (tenant, id, role) in [
        ("acme", "c1", "admin"),
        ("acme", "c2", "supervisor"),
        ("acme", "c3", "agent"),
        ("globex", "c4", "admin"),
    ] {
        let tenant: TenantId = tenant.parse().unwrap();
        let (id, subject, role) = (id.to_owned(), "user-1".to_owned(), role.to_owned());
        let page = Connection { id, subject, role, since: SystemClock.now() };
        TenantTable::new(table.as_ref(), &tenant).save_connection(page).await.unwrap();
    }
    let counters = |n: &str| {
        let text = |value: &str| AttributeValue::S(value.to_owned());
        let item: HashMap<String, AttributeValue> = [
            ("pk".to_owned(), text("T#acme#K#cmp_1")),
            ("sk".to_owned(), text("COUNTERS")),
            ("c:attempts".to_owned(), AttributeValue::N(n.to_owned())),
        ]
        .into();
        Change { event_id: n.to_owned(), at: None, old: None, new: Some(item.into()) }
    };
    announce(&deps, &[counters("1"), counters("2")]).await.unwrap();
    let told = std::mem::take(&mut *pages.told.lock().unwrap());
    let word = r#"{"data":{"campaign":"cmp_1"},"type":"counters.changed"}"#;
    assert_eq!(
        told,
        [("c1".to_owned(), word.to_owned()), ("c2".to_owned(), word.to_owned())],
        "once a batch"
    );
    let acme: TenantId = "acme".parse().unwrap();
    assert_eq!(TenantTable::new(table.as_ref(), &acme).connections().await.unwrap().len(), 2);
}

#[tokio::test]
async fn an_agents_page_is_told_of_its_own_calls_and_a_supervisors_of_all() {
    let table = Arc::new(MemoryTable::new());
    let queue = Arc::new(MemoryQueue::default());
    let pages = Arc::new(Pages::default());
    let deps = Deps::new(table.clone(), queue.clone(), queue, pages.clone(), Arc::new(SystemClock));
    let acme: TenantId = "acme".parse().unwrap();
    let acme = TenantTable::new(table.as_ref(), &acme);
    for (id, subject, role) in [("c1", "ada", "agent"), ("c2", "bob", "agent"), ("c3", "eve", "supervisor")] {
        let (id, subject, role) = (id.to_owned(), subject.to_owned(), role.to_owned());
        acme.save_connection(Connection { id, subject, role, since: SystemClock.now() }).await.unwrap();
    }
    let ada = AgentId::of_user("ada");
    let now = SystemClock.now();
    let serves = Serves {
        queues: BTreeSet::new(),
        skills: BTreeMap::new(),
        groups: BTreeSet::new(),
        reach: Reach::Browser,
        hours: None,
        timezone: String::new(),
    };
    acme.save_presence(&Stored::new(Presence::absent(ada.clone(), serves, now))).await.unwrap();
    let call = serde_json::json!({
        "id": "acme.cmp_1.con_1.1", "queue": "que_1", "priority": 5, "from": "+493087654321",
        "handling": {"offer_seconds": 20, "patience_seconds": 2, "wrap_up_seconds": 30, "ring": "while_ringing",
            "transfer": "warm"},
        "person": {"is": "ringing"}, "desk": {"is": "nobody"}, "ring_until": now, "created_at": now,
    });
    let mut call: LiveCall = serde_json::from_value(call).unwrap();
    acme.save_live(&Stored::new(call.clone()), None, &[]).await.unwrap();
    call.ring_until = now + SignedDuration::from_mins(1);
    call.on(&LiveEvent::Reserve(ada.clone()), now);
    acme.save_live(&Stored { value: call, version: 1 }, None, &[]).await.unwrap();
    // What pages are, is nobody's news.
    let batch: Vec<Change> = changes(&table);
    announce(&deps, &batch).await.unwrap();
    let mut told = std::mem::take(&mut *pages.told.lock().unwrap());
    told.sort();
    let agent = format!(r#"{{"data":{{"agent":"{ada}"}},"type":"agent.changed"}}"#);
    let live = r#"{"data":{"call":"acme.cmp_1.con_1.1"},"type":"live_call.changed"}"#;
    let pair = |page: &str, text: &str| (page.to_owned(), text.to_owned());
    assert_eq!(told, [pair("c1", &agent), pair("c1", live), pair("c3", &agent), pair("c3", live)]);
}

fn changes(table: &MemoryTable) -> Vec<Change> {
    table.drain_changes().into_iter().map(Change::from).collect()
}

fn hook(id: &str, event: &str, state: HookState) -> Hook {
    Hook {
        id: id.parse().unwrap(),
        url: "https://hooks.example.com/".into(),
        events: BTreeSet::from([event.to_owned()]),
        description: String::new(),
        secrets: vec![HookSecret { secret: "whsec_AAAA".into(), until: None }],
        state,
        failing_since: None,
        created_by: "user-1".into(),
        created_at: SystemClock.now(),
    }
}

#[tokio::test]
async fn a_suppression_is_told_to_the_hooks_that_asked_and_to_no_other_tenants() {
    let table = Arc::new(MemoryTable::new());
    let (webhooks, recordings) = (Arc::new(MemoryQueue::default()), Arc::new(MemoryQueue::default()));
    let pages = Arc::new(Pages::default());
    let deps = Deps::new(table.clone(), webhooks.clone(), recordings.clone(), pages, Arc::new(SystemClock));
    let now = SystemClock.now();
    for (tenant, id, event, state) in [
        ("acme", "whk_1", "suppression.added", HookState::Enabled),
        ("acme", "whk_2", "call.ended", HookState::Enabled),
        ("acme", "whk_3", "suppression.added", HookState::Paused),
        ("globex", "whk_4", "suppression.added", HookState::Enabled),
    ] {
        let tenant: TenantId = tenant.parse().unwrap();
        let hook = hook(id, event, state);
        TenantTable::new(table.as_ref(), &tenant).save_hook(&Stored::new(hook)).await.unwrap();
    }
    announce(&deps, &changes(&table)).await.unwrap();
    assert!(webhooks.take().is_empty(), "a hook is no news");
    let acme: TenantId = "acme".parse().unwrap();
    let suppression = Suppression {
        address: "+442079460018".into(),
        scope: Scope::All,
        reason: SuppressionReason::OptedOut,
        source: "user user-1".into(),
        added_at: now,
    };
    TenantTable::new(table.as_ref(), &acme).suppress(&suppression).await.unwrap();
    let batch = changes(&table);
    announce(&deps, &batch).await.unwrap();
    announce(&deps, &batch).await.unwrap();
    let orders: Vec<Tell> =
        webhooks.take().iter().map(|message| serde_json::from_str(&message.body).unwrap()).collect();
    let hooks: Vec<&str> = orders.iter().map(|order| order.hook.as_str()).collect();
    assert_eq!(hooks, ["whk_1", "whk_1"], "once a batch");
    assert_eq!(orders[0].message, orders[1].message, "and the receiver can tell");
    assert!(orders[0].payload.contains(r#""type":"suppression.added""#));
    assert!(recordings.take().is_empty());
}

#[tokio::test]
async fn the_streams_sample_event_is_understood() {
    let table = Arc::new(MemoryTable::new());
    let (webhooks, recordings) = (Arc::new(MemoryQueue::default()), Arc::new(MemoryQueue::default()));
    let deps = Deps::new(
        table.clone(),
        webhooks.clone(),
        recordings,
        Arc::new(Pages::default()),
        Arc::new(SystemClock),
    );
    let acme: TenantId = "acme".parse().unwrap();
    let hook = hook("whk_1", "suppression.added", HookState::Enabled);
    TenantTable::new(table.as_ref(), &acme).save_hook(&Stored::new(hook)).await.unwrap();
    let event = include_str!("../../../events/announce-stream.json");
    announce::handle(&deps, serde_json::from_str(event).unwrap()).await.unwrap();
    let order: Tell = serde_json::from_str(&webhooks.take()[0].body).unwrap();
    // It tells when the change was written, however late or often it is announced.
    assert_eq!(order.at, "2026-11-20T09:00:05Z".parse().unwrap());
    let payload: serde_json::Value = serde_json::from_str(&order.payload).unwrap();
    assert_eq!(
        (&payload["type"], &payload["data"]["reason"], &payload["timestamp"]),
        (&"suppression.added".into(), &"opted_out".into(), &"2026-11-20T09:00:05Z".into())
    );
}
