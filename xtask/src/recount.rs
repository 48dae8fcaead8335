//! `cargo xtask recount`: whether a campaign's counters are the sum of its enrollments and calls.

use std::process::Command;

use anyhow::{Context, Result};

use crate::place::Place;
use crate::{process, up};

/// Which.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The campaign.
    campaign: String,
    /// Mend what has been wrong for a minute.
    #[arg(long)]
    mend: bool,
    /// Whose campaign.
    #[arg(long, default_value = "acme")]
    tenant: String,
}

/// Asks the local world's API, by a program of its own: tests/journeys/src/bin/recount.rs.
///
/// # Errors
/// When no world is up, or the counters are wrong and not mended.
pub(crate) fn run(place: &Place, options: &Options) -> Result<()> {
    let programs = up::build(place, false)?;
    let recount = programs.get("recount").context("there is no program that recounts")?;
    let mut command = Command::new(recount);
    command.current_dir(&place.root).args([&options.tenant, &options.campaign]);
    command.args(options.mend.then_some("mend")).env("WORLD", place.world_file());
    process::run(&mut command)
}
