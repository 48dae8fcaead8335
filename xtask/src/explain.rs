//! `cargo xtask explain`: why a contact was called, or was not, as the API tells it.

use std::process::Command;

use anyhow::{Context, Result};

use crate::place::Place;
use crate::{process, up};

/// Who.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The campaign.
    campaign: String,
    /// The contact's id, or its place in the campaign: 1 for the first that came.
    contact: String,
    /// Whose campaign.
    #[arg(long, default_value = "acme")]
    tenant: String,
}

/// Asks the local world's API, by a program of its own: tests/journeys/src/bin/explain.rs.
///
/// # Errors
/// When no world is up, or there is no such contact.
pub(crate) fn run(place: &Place, options: &Options) -> Result<()> {
    let programs = up::build(place, false)?;
    let explain = programs.get("explain").context("there is no program that explains")?;
    let arguments = [&options.tenant, &options.campaign, &options.contact];
    process::run(
        Command::new(explain).current_dir(&place.root).args(arguments).env("WORLD", place.world_file()),
    )
}
