//! The dashboard: its packages, its build, its place in the local world, and `cargo xtask publish-dashboard`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::place::Place;
use crate::process::{self, Background};
use crate::up::LOCAL_REQUIREMENTS;
use crate::world::World;
use crate::{tools, up};

/// What serves it in the local world.
pub(crate) const NAME: &str = "dashboard";

/// Where a developer's own server has it, with what is being changed (`npm run dev`).
const DEVELOPED_AT: &str = "http://localhost:5173";

fn folder(place: &Place) -> PathBuf {
    place.root.join("dashboard")
}

/// A script of dashboard/package.json, with the packages it needs.
///
/// # Errors
/// When npm is missing or the packages cannot be fetched.
pub(crate) fn npm(place: &Place, script: &str) -> Result<Command> {
    install(place)?;
    let mut command = Command::new("npm");
    command.current_dir(folder(place)).args(["run", "--silent", script]);
    Ok(command)
}

/// Installs exactly what the lock file names, unless that was done already.
fn install(place: &Place) -> Result<()> {
    let folder = folder(place);
    let wanted =
        fs::read_to_string(folder.join("package-lock.json")).context("the dashboard has no lock file")?;
    let note = folder.join("node_modules/.installed-from");
    if fs::read_to_string(&note).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    eprintln!("Installing the dashboard's packages ...");
    process::run(Command::new("npm").current_dir(&folder).args([
        "ci",
        "--silent",
        "--no-audit",
        "--no-fund",
    ]))
    .context("the dashboard needs Node 20 or newer with npm")?;
    fs::write(note, wanted)?;
    Ok(())
}

/// Makes dashboard/dist: a second or two.
///
/// # Errors
/// When it does not build.
pub(crate) fn build(place: &Place) -> Result<()> {
    println!("Building the dashboard ...");
    process::output(&mut npm(place, "build")?).map(drop)
}

/// Chooses where the dashboard will be, before anything is deployed that has to know.
///
/// # Errors
/// When no port is free.
pub(crate) fn choose_address(options: &up::Options, world: &mut World) -> Result<()> {
    let old = world.dashboard_url.rsplit(':').next().and_then(|port| port.parse().ok());
    let port = options.dashboard_port.or(old).map_or_else(process::free_port, Ok)?;
    world.dashboard_url = format!("http://localhost:{port}");
    Ok(())
}

/// The pages that may call the API and upload: this world's, and one that is being developed.
pub(crate) fn origins(world: &World) -> String {
    format!("{},{DEVELOPED_AT}", world.dashboard_url)
}

/// Serves dashboard/dist as CloudFront would, anew if it is served already: the world's file names what it talks to.
///
/// # Errors
/// When it cannot be started.
pub(crate) fn start(place: &Place, world: &mut World) -> Result<()> {
    if let Some(old) = world.running(NAME) {
        old.stop();
    }
    world.processes.retain(|process| process.name != NAME);
    let port: u16 = world
        .dashboard_url
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok())
        .context("no address chosen")?;
    let mut command = Command::new("node");
    command
        .current_dir(folder(place))
        .arg("scripts/serve.mjs")
        .arg("--world")
        .arg(place.world_file())
        .args(["--port", &port.to_string()]);
    let log = place.world.join("dashboard.log");
    let process = Background::start(NAME, &mut command, &log)?;
    world.processes.push(process.clone());
    world.save(place)?;
    process::wait_until_ready(&process, port, "/", &log)
}

/// Known holes in the packages. A registry without that service is said and does not fail.
///
/// # Errors
/// With the packages that have one that is high or critical.
pub(crate) fn audit(place: &Place) -> Result<()> {
    let output = Command::new("npm")
        .current_dir(folder(place))
        .args(["audit", "--audit-level=high", "--json"])
        .output()
        .context("npm audit")?;
    let report: serde_json::Value =
        serde_json::from_slice(&output.stdout).context("npm audit says something else")?;
    if report.get("vulnerabilities").is_none() {
        println!("Not checked: this registry answers no `npm audit`.");
        return Ok(());
    }
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stdout));
    }
    Ok(())
}

/// A Chromium for the journeys: the one that `CHROMIUM` names, else the system's, else Playwright's own, fetched once;
/// `None` stands for that.
///
/// # Errors
/// When there is none and none can be fetched.
pub(crate) fn chromium(place: &Place) -> Result<Option<PathBuf>> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Ok(Some(named.into()));
    }
    let installed = || ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(tools::on_path);
    if let Some(found) = installed() {
        return Ok(Some(found));
    }
    install(place)?;
    let fetched = process::run(Command::new("npx").current_dir(folder(place)).args([
        "playwright",
        "install",
        "--with-deps",
        "chromium",
    ]));
    if fetched.is_ok() {
        return Ok(None);
    }
    // Where browsers cannot be downloaded a distribution's package often can.
    process::run(Command::new("apt-get").args(["install", "--yes", "--no-install-recommends", "chromium"]))
        .context("the journeys need a Chromium: install one, or name it in CHROMIUM")?;
    installed().map(Some).context("the package brought no chromium")
}

/// A script of the dashboard in a browser, against a world.
///
/// # Errors
/// When there is no browser.
pub(crate) fn in_browser(place: &Place, script: &str) -> Result<Command> {
    let mut command = npm(place, script)?;
    command.env("WORLD", place.world_file());
    if let Some(chromium) = chromium(place)? {
        command.env("CHROMIUM", chromium);
    }
    Ok(command)
}

/// `cargo xtask screenshots`: every page, in both themes, both widths and both languages.
///
/// # Errors
/// When no world is up or a page cannot be shown.
pub(crate) fn screenshots(place: &Place) -> Result<()> {
    World::load(place)?.context("no local world is up; `cargo xtask demo` makes one with something in it")?;
    build(place)?;
    process::run(&mut in_browser(place, "screenshots")?)?;
    println!("They are in {}.", folder(place).join("screenshots").display());
    Ok(())
}

/// Where to.
#[derive(clap::Args)]
pub(crate) struct Publication {
    /// A stack in the account whose credentials are in the environment, instead of the local world.
    #[arg(long, requires = "region")]
    stack: Option<String>,
    /// Its region.
    #[arg(long)]
    region: Option<String>,
}

/// Builds the dashboard and hands it to infra/publish.py.
///
/// # Errors
/// When it does not build, or the stack hosts no dashboard.
pub(crate) fn publish(place: &Place, options: &Publication) -> Result<()> {
    build(place)?;
    let bin = tools::python(place, "local", &place.root.join(LOCAL_REQUIREMENTS))?;
    let (endpoint, region, stack) = match (&options.stack, &options.region) {
        (Some(stack), Some(region)) => ("-".to_owned(), region.clone(), stack.clone()),
        (None, _) | (_, None) => {
            let world =
                World::load(place)?.context("no local world is up; --stack and --region name another")?;
            (world.endpoint, world.region, world.stack)
        }
    };
    process::run(
        Command::new(bin.join("python"))
            .arg(place.root.join("infra/publish.py"))
            .args([&endpoint, &region, &stack])
            .arg(folder(place).join("dist")),
    )
}
