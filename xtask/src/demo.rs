//! `cargo xtask demo`: a campaign from a CSV to its end, in the local world.
//!
//! Here the world is brought up; what is shown is a program of its own, tests/journeys/src/bin/demo.rs, that knows
//! nothing but the world's file and goes through the API like any customer.

use std::process::Command;

use anyhow::{Context, Result};

use crate::place::Place;
use crate::{process, up};

/// Brings the world up, runs the demonstration in it, and leaves it up to be looked at.
///
/// # Errors
/// When the world does not come up, or anything in the demonstration is not as it should be.
pub(crate) fn run(place: &Place, options: &up::Options) -> Result<()> {
    let world = up::run(place, options)?;
    let programs = up::build(place, false)?;
    let demo = programs.get("demo").context("the demonstration has no program")?;
    process::run(Command::new(demo).current_dir(&place.root).env("WORLD", place.world_file()))?;
    println!("\nThe local world stays up; `cargo xtask down` stops it.\n{}", world.summary());
    Ok(())
}
