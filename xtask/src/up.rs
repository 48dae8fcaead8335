//! `cargo xtask up`: the local world, from nothing or from what is there.
//!
//! The emulator runs in the background with an environment of its own, for the functions inherit it: none of the
//! developer's credentials may be in it. Its state is in memory; stopping it forgets everything.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::place::Place;
use crate::process::{self, Background};
use crate::world::{World, tenants};
use crate::{dashboard, down, tools};

/// The packages of the emulator and of the script that deploys to it.
pub(crate) const LOCAL_REQUIREMENTS: &str = "infra/local/requirements.txt";

const EMULATOR: &str = "emulator";
const NETWORK: &str = "network";
/// What the emulator takes for the key of the account's root.
const ROOT_KEY: &str = "test";
const REGION: &str = "us-east-1";

/// How the world is to be.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// The emulator's port; any free one, or the one it has.
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// The simulated network's port; any free one, or the one it has.
    #[arg(long, value_name = "PORT")]
    pub(crate) network_port: Option<u16>,
    /// The dashboard's port; any free one, or the one it has.
    #[arg(long, value_name = "PORT")]
    pub(crate) dashboard_port: Option<u16>,
    /// Leave the dashboard out: nothing of it is built or served.
    #[arg(long)]
    pub(crate) without_dashboard: bool,
    /// How many times faster than life people ring, talk and hang up.
    #[arg(long, default_value_t = 20.0)]
    pub(crate) speed: f64,
    /// What people's behaviour is drawn from.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Calls per second that the network allows each account; 0 means no limit.
    #[arg(long, default_value_t = 20.0)]
    pub(crate) cps: f64,
    /// Build the functions as they are shipped: small and quick, and minutes in the making.
    #[arg(long)]
    pub(crate) release: bool,
    /// A parameter of the template, as NAME=VALUE; may be repeated.
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = parameter)]
    pub(crate) parameters: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: None,
            network_port: None,
            dashboard_port: None,
            without_dashboard: false,
            speed: 20.0,
            seed: 1,
            cps: 20.0,
            release: false,
            parameters: Vec::new(),
        }
    }
}

fn parameter(text: &str) -> Result<(String, String)> {
    let (name, value) = text.split_once('=').context("NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Builds, starts what does not run, deploys, and returns the world. What was started is written down at once, so
/// that an interrupted `up` leaves nothing that `down` does not know.
///
/// # Errors
/// When a program cannot be built, started or deployed; the message holds the end of its log.
pub(crate) fn run(place: &Place, options: &Options) -> Result<World> {
    let bin = tools::python(place, "local", &place.root.join(LOCAL_REQUIREMENTS))?;
    let binaries = build(place, options.release)?;
    let mut world = World::load(place)?.unwrap_or_default();
    if options.port.is_some_and(|port| world.running(EMULATOR).is_some() && world.endpoint != loopback(port))
    {
        down::run(place)?;
        world = World::default();
    }
    "carillon".clone_into(&mut world.stack);
    REGION.clone_into(&mut world.region);
    ROOT_KEY.clone_into(&mut world.access_key_id);
    ROOT_KEY.clone_into(&mut world.secret_access_key);
    world.tenants = tenants();
    (world.speed, world.seed, world.calls_per_second) = (options.speed, options.seed, options.cps);

    let emulator_port = start_emulator(place, options, &bin, &mut world)?;
    start_network(place, options, &binaries, &mut world)?;
    if !options.without_dashboard {
        dashboard::choose_address(options, &mut world)?;
    }

    println!("Deploying infra/template.yaml ...");
    let outputs = deploy(place, options, &bin, &binaries, &world)?;
    let output =
        |name: &str| outputs.get(name).cloned().with_context(|| format!("the stack has no output {name}"));
    world.api_url = format!("{}/_aws/execute-api/{}", loopback(emulator_port), output("ApiId")?);
    world.webhook_url = output("PublicUrl")?;
    world.outputs = outputs;
    world.save(place)?;
    if !options.without_dashboard {
        dashboard::build(place)?;
        dashboard::start(place, &mut world)?;
    }
    Ok(world)
}

fn loopback(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn port_of(url: &str) -> Option<u16> {
    url.rsplit(':').next()?.parse().ok()
}

/// Starts the emulator unless it runs, and returns its port.
fn start_emulator(place: &Place, options: &Options, bin: &Path, world: &mut World) -> Result<u16> {
    if let (Some(_), Some(port)) = (world.running(EMULATOR), port_of(&world.endpoint)) {
        return Ok(port);
    }
    let port = options.port.map_or_else(process::free_port, Ok)?;
    println!("Starting the AWS emulator at port {port} ...");
    let state = place.world.join("emulator");
    fs::create_dir_all(&state)?;
    let mut command = Command::new(bin.join("python"));
    command
        .arg(place.root.join("infra/local/launcher.py"))
        .current_dir(&state)
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .env("HOME", &state)
        .env("GATEWAY_PORT", port.to_string())
        .envs([("BIND_HOST", "127.0.0.1"), ("MINISTACK_HOST", "127.0.0.1"), ("IOT_MTLS_ENABLED", "0")])
        // The functions' roles are enforced: a missing permission fails here and not at the customer's.
        .env("AUTH", "true")
        // Functions get these with the rest; without the first they would call the real AWS.
        .env("AWS_ENDPOINT_URL", loopback(port))
        .env("AWS_SECRET_ACCESS_KEY", ROOT_KEY)
        .env("LOG_LEVEL", "WARNING");
    let log = place.world.join("emulator.log");
    let process = Background::start(EMULATOR, &mut command, &log)?;
    // A new emulator is an empty one: nothing of the old world is left, and its network knows calls of the old one.
    for old in world.processes.drain(..) {
        old.stop();
    }
    world.outputs.clear();
    world.endpoint = loopback(port);
    world.processes.push(process.clone());
    world.save(place)?;
    process::wait_until_ready(&process, port, "/_ministack/ready", &log)?;
    Ok(port)
}

/// Starts the simulated network, anew if it runs: its calls belong to functions that are about to be replaced.
fn start_network(place: &Place, options: &Options, binaries: &Binaries, world: &mut World) -> Result<()> {
    let mut old_port = None;
    if let Some(old) = world.running(NETWORK) {
        old.stop();
        old_port = port_of(&world.network_url);
    }
    world.processes.retain(|process| process.name != NETWORK);
    let port = options.network_port.or(old_port).map_or_else(process::free_port, Ok)?;
    println!("Starting the simulated network at port {port} ...");
    let mut command = Command::new(binaries.get(NETWORK).context("the simulated network has no program")?);
    command
        .current_dir(&place.world)
        .args(["--port", &port.to_string(), "--speed", &options.speed.to_string()])
        .args(["--seed", &options.seed.to_string(), "--cps", &options.cps.to_string()]);
    for tenant in &world.tenants {
        command.args(["--account", &format!("{}:{}", tenant.account_sid, tenant.auth_token)]);
    }
    let log = place.world.join("network.log");
    let process = Background::start(NETWORK, &mut command, &log)?;
    world.network_url = loopback(port);
    world.processes.push(process.clone());
    world.save(place)?;
    process::wait_until_ready(&process, port, "/_network/config", &log)
}

/// Programs by name.
pub(crate) type Binaries = BTreeMap<String, PathBuf>;

#[derive(Deserialize)]
struct Artifact {
    reason: String,
    #[serde(default)]
    executable: Option<PathBuf>,
    #[serde(default)]
    target: Option<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// Builds every function and the simulated network. Cargo itself says where they are, wherever its target folder is.
pub(crate) fn build(place: &Place, release: bool) -> Result<Binaries> {
    println!("Building the functions and the simulated network ...");
    let mut functions = Vec::new();
    for entry in fs::read_dir(place.root.join("functions"))? {
        let entry = entry?;
        if entry.path().join("Cargo.toml").exists() {
            functions.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    functions.sort();
    let mut command = process::cargo();
    command.current_dir(&place.root).args([
        "build",
        "--locked",
        "--message-format",
        "json-render-diagnostics",
    ]);
    if release {
        for function in &functions {
            command.args(["--package", function, "--bin", function]);
        }
        command.args(["--release", "--package", "carillon-network", "--bin", NETWORK]);
    } else {
        // The whole workspace, as the tests build it: naming packages would resolve other features for them, and
        // compile every dependency once more.
        command.args(["--workspace", "--bins"]);
    }
    let messages = process::output(command.stderr(Stdio::inherit()))?;
    let mut binaries = Binaries::new();
    for line in messages.lines() {
        let Ok(artifact) = serde_json::from_str::<Artifact>(line) else { continue };
        if let ("compiler-artifact", Some(path), Some(target)) =
            (artifact.reason.as_str(), artifact.executable, artifact.target)
        {
            binaries.insert(target.name, path);
        }
    }
    if let Some(missing) = functions.iter().find(|function| !binaries.contains_key(*function)) {
        bail!("{missing} was not built");
    }
    Ok(binaries)
}

/// Hands everything to infra/local/deploy.py and returns the stack's outputs.
fn deploy(
    place: &Place,
    options: &Options,
    bin: &Path,
    binaries: &Binaries,
    world: &World,
) -> Result<BTreeMap<String, String>> {
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    let origins = dashboard::origins(world);
    let live = format!("{}/_aws/execute-api", world.endpoint.replacen("http", "ws", 1));
    let mut parameters: BTreeMap<&str, &str> = BTreeMap::from([
        ("Architecture", architecture),
        ("PasswordSignIn", "true"),
        ("AllowedOrigins", origins.as_str()),
        ("TwilioApiUrl", world.network_url.as_str()),
        ("ReconcileAfterSeconds", "15"),
        ("LiveUrl", live.as_str()),
        // There are no others here: a receiver listens at 127.0.0.1, by plain http.
        ("PrivateWebhooks", "true"),
    ]);
    parameters.extend(options.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let plan: Value = json!({
        "endpoint": world.endpoint,
        "region": world.region,
        "stack": world.stack,
        "template": place.root.join("infra/template.yaml"),
        "binaries": binaries,
        "parameters": parameters,
        "public_url_prefix": format!("{}/_aws/lambda-url", world.endpoint),
        "tenants": world.tenants,
    });
    let file = place.world.join("plan.json");
    fs::write(&file, serde_json::to_string_pretty(&plan)?)?;
    let outputs = process::output(
        Command::new(bin.join("python")).arg(place.root.join("infra/local/deploy.py")).arg(&file),
    )
    .with_context(|| {
        format!("deployment failed; the emulator's log is {}", place.world.join("emulator.log").display())
    })?;
    serde_json::from_str(&outputs).context("deploy.py printed something else than the stack's outputs")
}
