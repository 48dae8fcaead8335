//! `cargo xtask down`: stops the local world.

use std::fs;

use anyhow::Result;

use crate::place::Place;
use crate::world::World;

/// Stops what was started last first, and forgets the world. Does nothing where there is none.
///
/// # Errors
/// When the description of the world cannot be read or removed.
pub(crate) fn run(place: &Place) -> Result<()> {
    let Some(world) = World::load(place)? else {
        println!("No local world is up.");
        return Ok(());
    };
    for process in world.processes.iter().rev() {
        process.stop();
    }
    fs::remove_file(place.world_file())?;
    println!("The local world is down; its logs are in {}.", place.world.display());
    Ok(())
}
