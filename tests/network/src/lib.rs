//! The simulated phone network: it plays Twilio and the people who are called.
//!
//! A strict HTTP server in place of `api.twilio.com`. It accepts calls as Twilio would, dials a seeded
//! population, asks the system under test what to say, executes the TwiML it gets, and reports progress in
//! signed webhooks. On demand it misbehaves as providers do. What its people lived through can be read back,
//! in process through [`Handle`] or over HTTP under `/_network`.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use carillon_network::{Config, Network, Settings};
//!
//! let settings = Settings { speed: 60.0, seed: 7, calls_per_second: 20.0, ..Settings::default() };
//! let network = Network::start(Config { settings, ..Config::default() }).await?;
//! println!("{}", network.url());
//! // ... place calls ...
//! network.quiet(std::time::Duration::from_secs(30)).await;
//! assert!(network.alerts().is_empty());
//! # Ok(())
//! # }
//! ```

mod clock;
mod config;
mod control;
mod faults;
mod geography;
mod journal;
mod live;
pub mod people;
mod rooms;
mod shared;
mod tokens;
mod twilio;
mod twiml;
mod webhook;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use axum::Router;
use axum::routing::any;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use config::{Account, Config, NotAnAccount, OverLimit, Settings};
pub use control::{NumberReport, Totals};
pub use faults::Faults;
pub use journal::{Alert, Entry, WebhookReport};
pub use live::inbound::{CallIn, NotCalled};
pub use rooms::{ConferenceReport, ConferenceStatus, Hearing, Left, MemberReport};
pub use twilio::call::{CallReport, Did, Direction, EndedBy, Heard, Listener, Status};

use shared::Shared;

/// A simulated network, before it runs.
#[derive(Debug)]
pub struct Network;

/// A running network; it stops when this is dropped.
pub struct Handle {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<std::io::Result<()>>,
}

impl Network {
    /// Starts a network.
    ///
    /// # Errors
    /// When its address cannot be listened at, or the machine's certificates cannot be read.
    pub async fn start(config: Config) -> anyhow::Result<Handle> {
        let asked = SocketAddr::new(config.host, config.port);
        let listener = TcpListener::bind(asked).await.with_context(|| format!("listening at {asked}"))?;
        let address = listener.local_addr().context("reading the address")?;
        let public_url = config.public_url.unwrap_or_else(|| format!("http://{address}"));
        let run = Timestamp::now().as_nanosecond() as u64;
        let shared = Shared::new(config.accounts, public_url, config.settings, run)
            .context("reading the machine's certificates")?;
        let shared = Arc::new(shared);
        let app = Router::new()
            .route("/2010-04-01/{*path}", any(twilio::api::handle))
            .merge(control::routes())
            .merge(tokens::routes())
            .with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Handle { address, shared, server })
    }
}

impl Handle {
    /// Where the network listens, for `TWILIO_API_URL` and the like.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The settings in force.
    pub fn settings(&self) -> Settings {
        (*self.shared.settings()).clone()
    }

    /// Changes the settings for calls that are yet to come.
    pub fn configure(&self, settings: Settings) {
        self.shared.set_settings(settings);
    }

    /// Forgets everything that happened; live calls end.
    pub fn reset(&self) {
        self.shared.reset();
    }

    /// All calls, in the order of their creation.
    pub fn calls(&self) -> Vec<CallReport> {
        control::reports(&self.shared)
    }

    /// All conferences, in the order of their creation.
    pub fn conferences(&self) -> Vec<ConferenceReport> {
        rooms::report::reports(&self.shared)
    }

    /// Lets somebody call one of the accounts' numbers; the call's id.
    ///
    /// # Errors
    /// When nobody has that number, or it leads nowhere.
    pub fn call_in(&self, call: &CallIn) -> Result<String, NotCalled> {
        live::inbound::call_in(&self.shared, call)
    }

    /// What each number went through.
    pub fn numbers(&self) -> BTreeMap<String, NumberReport> {
        control::by_number(&self.shared)
    }

    /// How many calls there are in each state.
    pub fn totals(&self) -> Totals {
        control::totals(&self.shared)
    }

    /// Errors in what the system under test answered.
    pub fn alerts(&self) -> Vec<Alert> {
        self.shared.journal.alerts()
    }

    /// All webhooks that were sent.
    pub fn webhooks(&self) -> Vec<WebhookReport> {
        self.shared.journal.webhooks()
    }

    /// Everything that happened, in order.
    pub fn journal(&self) -> Vec<Entry> {
        self.shared.journal.entries(0, usize::MAX)
    }

    /// Waits until no call is live; false when that takes longer than `limit`. Callbacks may still be under way.
    pub async fn quiet(&self, limit: Duration) -> bool {
        let began = Instant::now();
        while self.totals().live > 0 {
            if began.elapsed() > limit {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        true
    }

    /// Runs until the server fails.
    ///
    /// # Errors
    /// When the server cannot accept connections any more.
    pub async fn serve(mut self) -> anyhow::Result<()> {
        (&mut self.server).await.context("the server's task")?.context("accepting connections")
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.server.abort();
    }
}
