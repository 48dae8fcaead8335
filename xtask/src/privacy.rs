//! Whether any log of the local world tells whom it is about.

use std::process::Command;

use anyhow::{Context, Result};

use crate::place::Place;
use crate::up::LOCAL_REQUIREMENTS;
use crate::world::World;
use crate::{process, tools};

/// Holds every line that was logged since the world came up against every number that was called, and every name and
/// address that a tenant knows. Part of `cargo xtask test`, after the journeys.
///
/// # Errors
/// When no world is up, there is nothing to compare, or a log tells.
pub(crate) fn run(place: &Place) -> Result<()> {
    let world = World::load(place)?.context("no local world is up; `cargo xtask up` starts one")?;
    let bin = tools::python(place, "local", &place.root.join(LOCAL_REQUIREMENTS))?;
    let private = world.outputs.get("PrivateTableName").context("the stack has no PrivateTableName")?;
    process::run(
        Command::new(bin.join("python")).arg(place.root.join("infra/local/no_personal_data.py")).args([
            &world.endpoint,
            &world.region,
            &world.stack,
            &world.network_url,
            private,
        ]),
    )
}
