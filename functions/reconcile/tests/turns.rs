//! A telephone that hangs, and tenants who would take all the time, in front of everybody else. Time is tokio's, and
//! stands still unless something waits: what waits side by side waits once.
#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use carillon_domain::agents::live::LiveCall;
use carillon_domain::agents::ports::{Switchboard, Switchboards};
use carillon_domain::agents::presence::Presence;
use carillon_domain::agents::queue::Queue as AgentQueue;
use carillon_domain::attempt::Attempt;
use carillon_domain::campaign::Campaign;
use carillon_domain::enrollment::{Enrollment, EnrollmentState};
use carillon_domain::ids::{AgentId, AttemptRef, EnrollmentRef, TenantId};
use carillon_domain::phone::E164;
use carillon_domain::ports::{
    AskError, CallId, CallReport, CallStatus, Outgoing, PlaceCall, PlaceError, Queue, QueueError, Voice,
    Voices,
};
use carillon_domain::run::RunProgress;
use carillon_engine::clock::Clock;
use carillon_engine::runs::{LaunchError, Launcher, RunOrder};
use carillon_store::memory::MemoryTable;
use carillon_store::{Stored, TenantTable};
use jiff::{SignedDuration, Timestamp};
use reconcile::{Deps, Report, handle};
use serde_json::json;
use tokio::time::{Instant, sleep};

const NOW: &str = "2026-11-23T11:00:00Z";
const TEN_MINUTES_AGO: &str = "2026-11-23T10:50:00Z";

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// Everything around the function.
struct World {
    table: Arc<MemoryTable>,
    began: Instant,
    /// How the telephone answers: late, with a call that goes on, or not at all.
    answers: bool,
    /// Whose runs were started.
    launched: Mutex<Vec<TenantId>>,
}

impl World {
    fn new(answers: bool) -> Arc<Self> {
        let (table, launched) = (Arc::new(MemoryTable::new()), Mutex::default());
        Arc::new(Self { table, began: Instant::now(), answers, launched })
    }

    /// A campaign whose run has died, with so many calls that should long be over.
    async fn campaign(&self, tenant: &str, name: &str, calls: u32) {
        let tenant: TenantId = id(tenant);
        let table = TenantTable::new(self.table.as_ref(), &tenant);
        let campaign: Campaign = serde_json::from_value(json!({
            "id": name, "state": "running", "shards": 1, "run": 1, "run_at": TEN_MINUTES_AGO,
            "created_at": TEN_MINUTES_AGO,
            "plan": {
                "name": "Test", "purpose": "informational", "timezone": "Europe/Berlin",
                "caller_ids": ["+493087654321"], "window": {"mon": [["09:00", "20:00"]]},
                "retry": {"attempts_max": 2, "rules": {"busy": {"times": 1, "after": "PT30M"}}},
                "pace": {"calls_per_second": 1, "wave_seconds": 60},
                "script": {"language": "de-DE", "greeting": "Guten Tag."},
            },
        }))
        .unwrap();
        table.save_campaign(&Stored::new(campaign)).await.unwrap();
        let run: RunProgress = serde_json::from_value(json!({
            "run": 1, "frontier": "9", "seen": "9", "paced_until": TEN_MINUTES_AGO, "day": "2026-11-23",
            "planned_today": calls, "waves": [{"until": TEN_MINUTES_AGO, "frontier": "9"}],
            "wake_at": TEN_MINUTES_AGO,
        }))
        .unwrap();
        table.save_run(&id(name), &Stored::new(run)).await.unwrap();
        for number in 0..calls {
            let contact = id(&format!("con_{number}"));
            let enrollment = EnrollmentRef { tenant: tenant.clone(), campaign: id(name), contact };
            let attempt = AttemptRef { enrollment: enrollment.clone(), number: 1 };
            let attempt: Attempt = serde_json::from_value(json!({"id": attempt.to_string(),
                "to": "+4917112345678", "from": "+493087654321", "state": {"is": "dialing"},
                "call": format!("CA{number}"), "created_at": TEN_MINUTES_AGO, "check_after": TEN_MINUTES_AGO,
                "allowed_by": {"is": "allowed", "open_until": NOW,
                    "basis": {"book": "b", "at": TEN_MINUTES_AGO, "rules": []}}}))
            .unwrap();
            table.save_attempt(&Stored::new(attempt)).await.unwrap();
            let enrollment = Enrollment {
                id: enrollment,
                state: EnrollmentState::Waiting { due: id(TEN_MINUTES_AGO) },
                shard: 0,
                priority: 5,
                to: id("+4917112345678"),
                place: serde_json::from_value(json!({"country": "DE"})).unwrap(),
                zones: Vec::new(),
                consents: Vec::new(),
                history: Vec::new(),
                promised: None,
                for_agent: None,
                returned: false,
                source: None,
                last_verdict: None,
            };
            table.save_enrollment(&Stored::new(enrollment)).await.unwrap();
        }
    }

    /// So many agents who have talked for ten minutes.
    async fn desk(&self, tenant: &str, agents: u32) {
        let tenant: TenantId = id(tenant);
        let table = TenantTable::new(self.table.as_ref(), &tenant);
        let queue: AgentQueue = serde_json::from_value(
            json!({"id": "que_1", "plan": {"name": "Service"}, "created_at": TEN_MINUTES_AGO}),
        )
        .unwrap();
        table.save_queue(&Stored::new(queue)).await.unwrap();
        for number in 0..agents {
            let (live, agent) =
                (format!("{tenant}.cmp_1.con_{number}.1"), AgentId::of_user(&number.to_string()));
            let presence: Presence = serde_json::from_value(json!({
                "agent": agent, "since": TEN_MINUTES_AGO,
                "serves": {"queues": ["que_1"], "skills": {}, "reach": {"by": "browser"}},
                "state": {"is": "on_call", "hold": {"call": live, "offer": 1}},
            }))
            .unwrap();
            let live: LiveCall = serde_json::from_value(json!({
                "id": live, "queue": "que_1", "priority": 5, "from": "+493087654321",
                "handling": {"offer_seconds": 20, "patience_seconds": 2, "wrap_up_seconds": 30,
                    "ring": "while_ringing", "transfer": "warm"},
                "person": {"is": "here", "since": TEN_MINUTES_AGO}, "person_leg": format!("CAp{number}"),
                "desk": {"is": "talking", "agent": agent, "offer": 1, "leg": format!("CAa{number}"),
                    "since": TEN_MINUTES_AGO},
                "ring_until": TEN_MINUTES_AGO, "created_at": TEN_MINUTES_AGO,
            }))
            .unwrap();
            table.save_live(&Stored::new(live), None, &[Stored::new(presence)]).await.unwrap();
        }
    }

    async fn sweep(self: &Arc<Self>) -> Report {
        let world = || Arc::new(Of(Arc::clone(self)));
        let deps = Deps {
            table: self.table.clone(),
            voices: world(),
            boards: world(),
            plan: world(),
            launcher: world(),
            clock: world(),
            lost_after: SignedDuration::from_secs(120),
        };
        let began = Instant::now();
        let report = handle(&deps).await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(55), "killed after {:?}", began.elapsed());
        sleep(Duration::from_secs(60) - began.elapsed()).await;
        report
    }

    fn launched(&self) -> Vec<TenantId> {
        self.launched.lock().unwrap().clone()
    }
}

#[tokio::test(start_paused = true)]
async fn a_telephone_that_hangs_leaves_time_for_campaigns() {
    let world = World::new(false);
    world.desk("acme", 130).await;
    world.campaign("acme", "cmp_1", 20).await;
    world.campaign("zeta", "cmp_1", 0).await;
    let report = world.sweep().await;
    assert_eq!((report.campaigns, report.failed), (2, 1), "{report:?}");
    assert!(report.left > 0, "the desk was not done: {report:?}");
    assert_eq!(world.launched(), [id("zeta"), id("acme")], "and what had died is planned, telephone or no");
}

#[tokio::test(start_paused = true)]
async fn who_takes_all_the_time_takes_their_own() {
    let world = World::new(true);
    world.campaign("acme", "cmp_1", 40).await;
    world.campaign("zeta", "cmp_1", 0).await;
    assert_eq!(world.sweep().await.campaigns, 2);
    assert_eq!(world.launched()[0], id("zeta"));
}

#[tokio::test(start_paused = true)]
async fn everybody_has_their_turn_within_a_few_sweeps() {
    let world = World::new(true);
    for number in 0..16 {
        world.campaign(&format!("acme-{number:02}"), "cmp_1", 40).await;
    }
    world.campaign("zeta", "cmp_1", 0).await;
    for _ in 0..3 {
        world.sweep().await;
    }
    assert!(world.launched().contains(&id("zeta")), "{:?}", world.launched());
}

#[tokio::test(start_paused = true)]
async fn a_campaign_with_much_to_mend_leaves_time_for_its_tenants_others() {
    let world = World::new(true);
    world.campaign("acme", "cmp_1", 40).await;
    world.campaign("acme", "cmp_2", 40).await;
    let report = world.sweep().await;
    assert_eq!((report.campaigns, report.left), (2, 2), "{report:?}");
}

/// The world, as the function's ports.
struct Of(Arc<World>);

impl Of {
    async fn say(&self) -> Result<(), AskError> {
        sleep(Duration::from_secs(if self.0.answers { 4 } else { 10 })).await;
        let lost = || AskError { what: "look at a call".to_owned(), source: None };
        if self.0.answers { Ok(()) } else { Err(lost()) }
    }
}

impl Clock for Of {
    fn now(&self) -> Timestamp {
        id::<Timestamp>(NOW) + SignedDuration::try_from(self.0.began.elapsed()).unwrap()
    }
}

#[async_trait]
impl Voices for Of {
    async fn of(&self, _: &TenantId) -> Result<Arc<dyn Voice>, AskError> {
        Ok(Arc::new(Self(Arc::clone(&self.0))))
    }
}

#[async_trait]
impl Voice for Of {
    async fn place(&self, _: &PlaceCall) -> Result<CallId, PlaceError> {
        unreachable!("reconcile places no calls")
    }

    async fn report(&self, call: &CallId) -> Result<Option<CallReport>, AskError> {
        self.say().await?;
        Ok(Some(CallReport {
            call: call.clone(),
            status: CallStatus::InProgress,
            answered_by: None,
            duration_seconds: None,
            created_at: id(TEN_MINUTES_AGO),
        }))
    }

    async fn calls_since(&self, _: &E164, _: &E164, _: Timestamp) -> Result<Vec<CallReport>, AskError> {
        self.say().await?;
        Ok(Vec::new())
    }

    async fn placed_for(&self, _: &CallId) -> Result<Option<AttemptRef>, AskError> {
        self.say().await?;
        Ok(None)
    }

    async fn hang_up(&self, _: &CallId) -> Result<(), AskError> {
        self.say().await
    }
}

#[async_trait]
impl Switchboards for Of {
    async fn switchboard(&self, _: &TenantId) -> Result<Arc<dyn Switchboard>, AskError> {
        self.say().await?;
        Err(AskError { what: "a switchboard".to_owned(), source: None })
    }
}

#[async_trait]
impl Queue for Of {
    async fn send(&self, _: Vec<Outgoing>) -> Result<(), QueueError> {
        Ok(())
    }
}

#[async_trait]
impl Launcher for Of {
    async fn launch(&self, order: &RunOrder) -> Result<(), LaunchError> {
        self.0.launched.lock().unwrap().push(order.tenant.clone());
        Ok(())
    }
}
