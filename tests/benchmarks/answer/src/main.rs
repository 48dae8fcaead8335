//! From a person's answer until both parties talk, and from a webhook to its answer, with many calls at once.

mod hooks;
mod measure;
mod office;
mod slow;
mod trips;

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use carillon_engine::clock::SystemClock;
use carillon_engine::runs::RunOrder;
use carillon_network::{Account, Config, Handle, Network, Settings};
use carillon_shell::http::{Http, Pool};
use carillon_store::memory::MemoryTable;
use carillon_store::{Table, Vault};
use carillon_twilio::accounts::{Accounts, TwilioVoices};
use clap::Parser;
use jiff::SignedDuration;

use crate::hooks::{Credentials, Ledger, Orders};
use crate::measure::{Row, Samples};
use crate::office::{Office, Rings};
use crate::slow::{Latencies, SlowTable};

/// Measures how long our side takes from a person's answer until both parties talk.
#[derive(Clone, Debug, Parser)]
struct Arguments {
    /// Calls at once.
    #[arg(long, default_value_t = 20)]
    calls: usize,
    /// Rounds, after one to warm up.
    #[arg(long, default_value_t = 10)]
    rounds: usize,
    /// How many times faster than life people ring and speak. At more than 1, what would come seconds apart comes at
    /// once, and webhooks of the same call get in each other's way as they never would.
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// How long the table takes to read, milliseconds.
    #[arg(long, default_value_t = 4.0)]
    read_ms: f64,
    /// How long it takes for one write.
    #[arg(long, default_value_t = 6.0)]
    write_ms: f64,
    /// How long it takes for a transaction.
    #[arg(long, default_value_t = 14.0)]
    transact_ms: f64,
}

/// Orders are dialled in batches of so many, as SQS hands them over.
const BATCH: usize = 10;

struct World {
    table: Arc<dyn Table>,
    vault: Arc<Vault>,
    network: Handle,
    plan: plan_wave::Deps,
    dial: Arc<dial_contact::Deps>,
    orders: Arc<Orders>,
    ledger: Ledger,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let world = World::new(&arguments).await?;
    println!(
        "{} calls at once, {} rounds; reads {} ms, writes {} ms, transactions {} ms.\n",
        arguments.calls, arguments.rounds, arguments.read_ms, arguments.write_ms, arguments.transact_ms
    );
    println!("{}", Row::HEAD);
    for rings in [Rings::WhileRinging, Rings::OnAnswer] {
        let mut samples = Samples::default();
        for round in 0..=arguments.rounds {
            let office = Office::new(rings, round, arguments.calls);
            let found = world.round(&office).await.with_context(|| format!("round {round}"))?;
            if round > 0 {
                samples.add(found);
            }
        }
        for row in samples.rows(rings.name()) {
            println!("{row}");
        }
    }
    Ok(())
}

impl World {
    async fn new(arguments: &Arguments) -> Result<Self> {
        let settings = Settings {
            speed: arguments.speed,
            calls_per_second: 0.0,
            documents_max: 100_000,
            ..Settings::default()
        };
        let network = Network::start(Config { settings, ..Config::default() }).await?;
        let latencies = Latencies::of_millis(arguments.read_ms, arguments.write_ms, arguments.transact_ms);
        let table: Arc<dyn Table> = Arc::new(SlowTable::new(MemoryTable::new(), latencies));
        let vault = Arc::new(Vault::in_memory(
            Arc::new(SlowTable::new(MemoryTable::new(), latencies)),
            Arc::default(),
        ));
        let orders = Arc::new(Orders::default());
        // Planners are asked to look when agents are free again; everybody has been called by then.
        let nudges = Arc::new(Orders::default());
        let ledger = Ledger::default();
        let public =
            hooks::listen(Arc::clone(&table), Arc::clone(&vault), network.url(), nudges, Arc::clone(&ledger))
                .await?;
        let http = Http::new(Pool::public());
        let accounts = Accounts::new(Credentials, "benchmark/");
        let voices = Arc::new(TwilioVoices::new(accounts, http, network.url(), public));
        let clock = Arc::new(SystemClock);
        let plan = plan_wave::Deps { table: Arc::clone(&table), dial: orders.clone(), clock: clock.clone() };
        let dial = Arc::new(dial_contact::Deps {
            table: Arc::clone(&table),
            vault: Arc::clone(&vault),
            dial: orders.clone(),
            voices: voices.clone(),
            boards: voices,
            plan: Arc::new(Orders::default()),
            clock,
            callback_grace: SignedDuration::from_secs(60),
        });
        Ok(Self { table, vault, network, plan, dial, orders, ledger })
    }

    /// Plans a campaign, dials all its calls at once, and waits until they are over.
    async fn round(&self, office: &Office) -> Result<Samples> {
        self.network.reset();
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.network.configure(office.people(&self.network.settings()));
        office.open(self.table.as_ref(), &self.vault).await?;
        let order = RunOrder {
            tenant: office.tenant.clone(),
            campaign: office.campaign.clone(),
            run: 1,
            start_at: None,
        };
        plan_wave::handle(&self.plan, order).await.context("planning")?;
        let orders = self.orders.take();
        ensure!(orders.len() == office.calls, "{} orders for {} calls", orders.len(), office.calls);
        let batches: Vec<_> = orders.chunks(BATCH).map(|batch| self.dial(batch)).collect();
        for batch in batches {
            batch.await??;
        }
        ensure!(self.network.quiet(Duration::from_secs(60)).await, "calls do not end");
        tokio::time::sleep(Duration::from_millis(300)).await;
        let alerts = self.network.alerts();
        ensure!(alerts.is_empty(), "Twilio would complain: {alerts:?}");
        ensure!(self.network.calls().iter().all(|call| call.account_sid == Account::example().sid));
        let ledger = std::mem::take(&mut *self.ledger.lock().unwrap_or_else(PoisonError::into_inner));
        Samples::read(&self.network, office, &ledger)
    }

    fn dial(&self, batch: &[String]) -> tokio::task::JoinHandle<Result<()>> {
        let message = |(id, body): (usize, &String)| {
            let mut message = SqsMessage::default();
            (message.message_id, message.body) = (Some(id.to_string()), Some(body.clone()));
            message
        };
        let mut event = SqsEvent::default();
        event.records = batch.iter().enumerate().map(message).collect();
        let dial = Arc::clone(&self.dial);
        tokio::spawn(async move {
            let response = dial_contact::handle(&dial, event).await?;
            ensure!(response.batch_item_failures.is_empty(), "orders failed");
            Ok(())
        })
    }
}
