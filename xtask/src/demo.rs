//! `cargo xtask demo`: a campaign from a CSV to its end, in the local world.
//!
//! Here the world is brought up; what is shown is a program of its own, tests/journeys/src/bin/demo.rs, that knows
//! nothing but the world's file and goes through the API like any customer.

use std::process::Command;

use anyhow::{Context, Result};

use crate::place::Place;
use crate::{process, up};

/// What is shown.
#[derive(Clone, Debug, clap::Args)]
#[group(id = "demo")] // apart from the options of `up`, which it takes as well
pub(crate) struct Options {
    /// Ten people with ten endings instead, and docs/explain.md from what the API tells of them.
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    world: up::Options,
}

/// Brings the world up, runs the demonstration in it, and leaves it up to be looked at.
///
/// # Errors
/// When the world does not come up, or anything in the demonstration is not as it should be.
pub(crate) fn run(place: &Place, options: &Options) -> Result<()> {
    let world = up::run(place, &options.world)?;
    let programs = up::build(place, false)?;
    let name = if options.explain { "endings" } else { "demo" };
    let demo = programs.get(name).context("the demonstration has no program")?;
    let mut demo = Command::new(demo);
    if options.explain {
        demo.arg(place.root.join("docs/explain.md"));
    }
    process::run(demo.current_dir(&place.root).env("WORLD", place.world_file()))?;
    println!("\nThe local world stays up; `cargo xtask down` stops it.\n{}", world.summary());
    Ok(())
}
