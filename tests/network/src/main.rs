//! `network`: the simulated phone network as a process.

use std::fs;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use carillon_network::people::script::Script;
use carillon_network::{Account, Config, Network, OverLimit, Settings};
use clap::Parser;

/// Plays Twilio and the people who are called. What happens can be read under /_network.
#[derive(Debug, Parser)]
#[command(name = "network")]
struct Arguments {
    /// Address to listen at.
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Port to listen at; 0 takes any free one.
    #[arg(long, default_value_t = 4680)]
    port: u16,
    /// How others reach it, for addresses in webhooks.
    #[arg(long)]
    public_url: Option<String>,
    /// How many times faster than life people ring, speak and fall silent [default: 1].
    #[arg(long)]
    speed: Option<f64>,
    /// What the population is drawn from [default: 1].
    #[arg(long)]
    seed: Option<u64>,
    /// An account as SID:TOKEN[:NUMBER,NUMBER...]; may be repeated.
    #[arg(long = "account")]
    accounts: Vec<Account>,
    /// A JSON file that says what given numbers do.
    #[arg(long)]
    script: Option<PathBuf>,
    /// A JSON file with further settings, as PATCH /_network/config takes them.
    #[arg(long)]
    settings: Option<PathBuf>,
    /// Calls that an account may create per second; 0 means no limit [default: 1].
    #[arg(long)]
    cps: Option<f64>,
    /// Queue calls above that limit, as Twilio does, instead of refusing them.
    #[arg(long)]
    queue: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let mut settings = Settings::default();
    if let Some(path) = &arguments.settings {
        let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let patch = serde_json::from_str(&text).with_context(|| format!("parsing {}", path.display()))?;
        settings = settings.patched(&patch).with_context(|| format!("applying {}", path.display()))?;
    }
    settings.speed = arguments.speed.unwrap_or(settings.speed);
    settings.seed = arguments.seed.unwrap_or(settings.seed);
    settings.calls_per_second = arguments.cps.unwrap_or(settings.calls_per_second);
    if arguments.queue {
        settings.over_limit = OverLimit::Queue;
    }
    if let Some(path) = &arguments.script {
        let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        settings.script =
            serde_json::from_str::<Script>(&text).with_context(|| format!("parsing {}", path.display()))?;
    }
    let accounts = match arguments.accounts.is_empty() {
        true => vec![Account::example()],
        false => arguments.accounts,
    };
    let sids: Vec<_> = accounts.iter().map(|account| account.sid.clone()).collect();
    let (speed, seed, cps) = (settings.speed, settings.seed, settings.calls_per_second);
    let config = Config {
        host: arguments.host,
        port: arguments.port,
        public_url: arguments.public_url,
        accounts,
        settings,
    };
    let network = Network::start(config).await?;
    // One line, once it listens: scripts wait for it and read the address from it.
    println!(
        "network ready at {} accounts={} speed={speed} seed={seed} cps={cps}",
        network.url(),
        sids.join(",")
    );
    std::io::stdout().flush().context("writing to the standard output")?;
    tokio::select! {
        served = network.serve() => served,
        _ = tokio::signal::ctrl_c() => Ok(()),
        () = terminated() => Ok(()),
    }
}

/// Ends when the process is told to.
async fn terminated() {
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut signal) => drop(signal.recv().await),
        Err(_) => std::future::pending().await,
    }
}
