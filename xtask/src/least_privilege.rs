//! `cargo xtask least-privilege`: which permissions nobody used.

use std::process::Command;

use anyhow::{Context, Result};

use crate::place::Place;
use crate::up::LOCAL_REQUIREMENTS;
use crate::world::World;
use crate::{process, tools};

/// Compares what the roles of the local world may do with what the emulator has seen them do since it started. Run it
/// after the journeys: `cargo xtask test --keep`, then with `--world-dir .carillon/test`.
///
/// # Errors
/// When no world is up, or a permission is granted that nobody used.
pub(crate) fn run(place: &Place) -> Result<()> {
    let world = World::load(place)?.context("no local world is up; `cargo xtask up` starts one")?;
    let bin = tools::python(place, "local", &place.root.join(LOCAL_REQUIREMENTS))?;
    let script = place.root.join("infra/local/least_privilege.py");
    let used = place.world.join("emulator/permissions-used.txt");
    process::run(
        Command::new(bin.join("python"))
            .arg(script)
            .args([&world.endpoint, &world.region, &world.stack])
            .arg(used),
    )
}
