//! `cargo xtask redrive`: gives dead letters another chance, here or in an account.

use std::process::Command;

use anyhow::{Context, Result};

use crate::place::Place;
use crate::up::LOCAL_REQUIREMENTS;
use crate::world::World;
use crate::{process, tools};

/// Which letters.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Whose.
    queue: Letters,
    /// A stack in the account whose credentials are in the environment, instead of the local world.
    #[arg(long, requires = "region")]
    stack: Option<String>,
    /// Its region.
    #[arg(long)]
    region: Option<String>,
}

/// The dead-letter queues there are.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Letters {
    /// Orders that failed three times.
    Dial,
    /// Files whose import could not be started.
    FileArrived,
    /// Changes that could not be counted.
    Aggregate,
    /// Changes that could not be announced.
    Announce,
    /// Deliveries to webhooks that could not be dealt with.
    Webhook,
    /// Recordings that could not be copied.
    Recording,
}

/// Hands it to infra/local/redrive.py.
///
/// # Errors
/// When no world is up, or the letters cannot be moved.
pub(crate) fn run(place: &Place, options: &Options) -> Result<()> {
    let bin = tools::python(place, "local", &place.root.join(LOCAL_REQUIREMENTS))?;
    let queue = match options.queue {
        Letters::Dial => "dial",
        Letters::FileArrived => "file-arrived",
        Letters::Aggregate => "aggregate",
        Letters::Announce => "announce",
        Letters::Webhook => "webhook",
        Letters::Recording => "recording",
    };
    let (endpoint, region, stack) = match (&options.stack, &options.region) {
        (Some(stack), Some(region)) => ("-".to_owned(), region.clone(), stack.clone()),
        (None, _) | (_, None) => {
            let world = World::load(place)?.context("no local world is up; `cargo xtask up` starts one")?;
            (world.endpoint, world.region, world.stack)
        }
    };
    let script = place.root.join("infra/local/redrive.py");
    process::run(Command::new(bin.join("python")).arg(script).args([&endpoint, &region, &stack]).arg(queue))
}
