//! Deliveries to receivers that take, refuse, hang and go away.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use carillon_domain::ids::{HookId, TenantId};
use carillon_engine::clock::Clock;
use carillon_engine::errands::Tell;
use carillon_shell::fakes::MemoryQueue;
use carillon_store::memory::MemoryTable;
use carillon_store::{Delivery, DeliveryState, Hook, HookSecret, HookState, Stored, TenantTable};
use deliver::handler::Post;
use deliver::{Deps, handle};
use jiff::{SignedDuration, Timestamp};

struct Hand(Mutex<Timestamp>);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Answers what it is told to, and remembers what it was sent.
struct Receiver {
    answer: Mutex<Result<u16, &'static str>>,
    got: Mutex<Vec<Vec<(&'static str, String)>>>,
}

#[async_trait]
impl Post for Receiver {
    async fn post(
        &self,
        _: &str,
        headers: Vec<(&'static str, String)>,
        _: &str,
    ) -> Result<u16, &'static str> {
        self.got.lock().unwrap().push(headers);
        *self.answer.lock().unwrap()
    }
}

struct World {
    table: Arc<MemoryTable>,
    queue: Arc<MemoryQueue>,
    receiver: Arc<Receiver>,
    clock: Arc<Hand>,
    deps: Deps,
    tenant: TenantId,
}

impl World {
    async fn new(answer: Result<u16, &'static str>) -> Self {
        let (table, queue) = (Arc::new(MemoryTable::new()), Arc::new(MemoryQueue::default()));
        let receiver = Arc::new(Receiver { answer: Mutex::new(answer), got: Mutex::default() });
        let clock = Arc::new(Hand(Mutex::new("2027-03-01T10:00:00Z".parse().unwrap())));
        let deps =
            Deps { table: table.clone(), queue: queue.clone(), post: receiver.clone(), clock: clock.clone() };
        let world = Self { table, queue, receiver, clock, deps, tenant: "acme".parse().unwrap() };
        let hook = Hook {
            id: Self::id(),
            url: "https://hooks.example.com/".into(),
            events: BTreeSet::from(["call.ended".to_owned()]),
            description: String::new(),
            secrets: vec![HookSecret { secret: "whsec_AAAA".into(), until: None }],
            state: HookState::Enabled,
            failing_since: None,
            created_by: "user-1".into(),
            created_at: world.clock.now(),
        };
        world.acme().save_hook(&Stored::new(hook)).await.unwrap();
        world
    }

    fn id() -> HookId {
        "whk_1".parse().unwrap()
    }

    fn acme(&self) -> TenantTable<'_> {
        TenantTable::new(self.table.as_ref(), &self.tenant)
    }

    fn tell(&self) -> Tell {
        Tell {
            tenant: self.tenant.clone(),
            hook: Self::id(),
            message: "msg_1".into(),
            kind: "call.ended".into(),
            payload: "{}".into(),
            at: "2027-03-01T10:00:00Z".parse().unwrap(),
            due: None,
            again: false,
        }
    }

    async fn run(&self, body: String) {
        let mut message = SqsMessage::default();
        message.message_id = Some("m".into());
        message.body = Some(body);
        let mut event = SqsEvent::default();
        event.records = vec![message];
        assert!(handle(&self.deps, event).await.unwrap().batch_item_failures.is_empty());
    }

    /// Runs whatever is queued, waiting for it as long as it asks, until nothing is.
    async fn drain(&self) {
        loop {
            let queued = self.queue.take();
            if queued.is_empty() {
                return;
            }
            for message in queued {
                *self.clock.0.lock().unwrap() += SignedDuration::from_secs(message.delay_seconds.into());
                self.run(message.body).await;
            }
        }
    }

    async fn delivery(&self) -> Delivery {
        self.acme().deliveries(&Self::id(), 10, None).await.unwrap().entries.remove(0).value
    }

    async fn hook(&self) -> Hook {
        self.acme().hook(&Self::id()).await.unwrap().unwrap().value
    }

    fn calls(&self) -> usize {
        self.receiver.got.lock().unwrap().len()
    }
}

fn order(tell: &Tell) -> String {
    serde_json::to_string(tell).unwrap()
}

#[tokio::test]
async fn what_is_taken_is_told_once_and_signed() {
    let world = World::new(Ok(204)).await;
    world.run(order(&world.tell())).await;
    world.run(order(&world.tell())).await;
    assert_eq!((world.calls(), world.delivery().await.state), (1, DeliveryState::Delivered));
    let headers = world.receiver.got.lock().unwrap()[0].clone();
    let header = |name: &str| headers.iter().find(|(key, _)| *key == name).unwrap().1.clone();
    assert_eq!((header("webhook-id"), header("webhook-timestamp")), ("msg_1".into(), "1803895200".into()));
    assert!(header("webhook-signature").starts_with("v1,"));
    // Somebody asks for it again.
    world.run(order(&Tell { again: true, ..world.tell() })).await;
    assert_eq!((world.calls(), world.delivery().await.tries.len()), (2, 2));
}

#[tokio::test]
async fn what_is_not_taken_is_tried_for_three_days_and_given_up() {
    let world = World::new(Err("no connection")).await;
    world.run(order(&world.tell())).await;
    assert_eq!(world.delivery().await.next_at, Some("2027-03-01T10:00:05Z".parse().unwrap()));
    world.drain().await;
    let delivery = world.delivery().await;
    assert_eq!((delivery.state, delivery.tries.len(), world.calls()), (DeliveryState::Failed, 10, 10));
    let hook = world.hook().await;
    assert_eq!(
        (hook.state, hook.failing_since),
        (HookState::Enabled, Some("2027-03-01T10:00:00Z".parse().unwrap()))
    );
    // It comes back before its five days are over.
    *world.receiver.answer.lock().unwrap() = Ok(200);
    world.run(order(&Tell { message: "msg_2".into(), ..world.tell() })).await;
    assert_eq!(world.hook().await.failing_since, None);
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_left_alone() {
    let world = World::new(Ok(410)).await;
    world.run(order(&world.tell())).await;
    assert_eq!(
        (world.hook().await.state, world.delivery().await.state),
        (HookState::Disabled, DeliveryState::Failed)
    );
    world.run(order(&Tell { message: "msg_2".into(), ..world.tell() })).await;
    assert_eq!((world.calls(), world.queue.take().len()), (1, 0));
    let failing = World::new(Ok(500)).await;
    failing.run(order(&failing.tell())).await;
    *failing.clock.0.lock().unwrap() += SignedDuration::from_hours(5 * 24);
    failing.run(order(&Tell { message: "msg_2".into(), ..failing.tell() })).await;
    assert_eq!(failing.hook().await.state, HookState::Disabled);
}

/// A repeated batch of the stream orders everything twice, and an invocation that dies has its order come again.
#[tokio::test]
async fn an_order_that_comes_twice_does_not_shorten_the_schedule() {
    let world = World::new(Err("no connection")).await;
    world.run(order(&world.tell())).await;
    world.run(order(&world.tell())).await;
    assert_eq!(
        (world.calls(), world.delivery().await.tries.len()),
        (1, 1),
        "the second waits with the first"
    );
    world.drain().await;
    let delivery = world.delivery().await;
    assert_eq!((delivery.state, delivery.tries.len()), (DeliveryState::Failed, 10));
    let lasted = delivery.tries[9].at.duration_since(delivery.tries[0].at);
    assert!(lasted >= SignedDuration::from_hours(75), "given up after {lasted}");
}

/// A receiver that takes everything, while somebody else has the same order and a user edits the hook.
struct Meanwhile(Arc<MemoryTable>);

#[async_trait]
impl Post for Meanwhile {
    async fn post(&self, _: &str, _: Vec<(&'static str, String)>, _: &str) -> Result<u16, &'static str> {
        let tenant: TenantId = "acme".parse().unwrap();
        let table = TenantTable::new(self.0.as_ref(), &tenant);
        let mut hook = table.hook(&World::id()).await.unwrap().unwrap();
        hook.value.description = "edited".into();
        table.save_hook(&hook).await.unwrap();
        let delivery = Delivery {
            message: "msg_1".into(),
            hook: World::id(),
            kind: "call.ended".into(),
            payload: "{}".into(),
            at: "2027-03-01T10:00:00Z".parse().unwrap(),
            state: DeliveryState::Pending,
            tries: Vec::new(),
            next_at: None,
        };
        table.save_delivery(&Stored::new(delivery)).await.unwrap();
        Ok(200)
    }
}

#[tokio::test]
async fn whoever_was_second_looks_again_and_a_success_is_noted_whoever_edits_the_hook() {
    let mut world = World::new(Ok(200)).await;
    let mut hook = world.acme().hook(&World::id()).await.unwrap().unwrap();
    hook.value.failing_since = Some("2027-02-25T10:00:00Z".parse().unwrap());
    world.acme().save_hook(&hook).await.unwrap();
    world.deps.post = Arc::new(Meanwhile(world.table.clone()));
    world.run(order(&world.tell())).await;
    let queued = world.queue.take();
    assert_eq!(queued.len(), 1, "the other may have died: the order is not gone");
    let hook = world.hook().await;
    assert_eq!((hook.failing_since, hook.description.as_str()), (None, "edited"));
    world.deps.post = world.receiver.clone();
    *world.clock.0.lock().unwrap() += SignedDuration::from_secs(1);
    world.run(queued[0].body.clone()).await;
    assert_eq!(world.delivery().await.state, DeliveryState::Delivered);
}
