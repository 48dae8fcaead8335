//! `cargo xtask logs`: what functions wrote, from the emulator's CloudWatch Logs.

use std::process::Command;

use anyhow::{Context, Result};

use crate::place::Place;
use crate::up::LOCAL_REQUIREMENTS;
use crate::world::World;
use crate::{process, tools};

/// Which lines.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The function, by the name of its folder; all of them if none is named.
    function: Option<String>,
    /// Only lines that contain this.
    #[arg(long, default_value = "")]
    grep: String,
    /// Only the last so many minutes.
    #[arg(long, default_value_t = 60)]
    minutes: u32,
}

/// Prints them, oldest first.
///
/// # Errors
/// When no world is up or its logs cannot be read.
pub(crate) fn run(place: &Place, options: &Options) -> Result<()> {
    let world = World::load(place)?.context("no local world is up; `cargo xtask up` starts one")?;
    let bin = tools::python(place, "local", &place.root.join(LOCAL_REQUIREMENTS))?;
    process::run(
        Command::new(bin.join("python"))
            .arg(place.root.join("infra/local/logs.py"))
            .args([&world.endpoint, &world.region, &world.stack])
            .args([
                options.function.as_deref().unwrap_or_default(),
                &options.grep,
                &options.minutes.to_string(),
            ]),
    )
}
