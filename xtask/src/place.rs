//! Where things are kept.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The folders that commands work in.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The root of the checkout.
    pub(crate) root: PathBuf,
    /// The state of one local world: `world.json`, logs, the emulator's files. Safe to delete when it is down.
    pub(crate) world: PathBuf,
    /// What is expensive to fetch and the same for every checkout: virtual environments, npm packages.
    pub(crate) cache: PathBuf,
}

impl Place {
    /// Finds the folders, and makes those that are not there.
    ///
    /// The cache is `$CARILLON_CACHE`, or else `$HOME/.cache/carillon`, or else inside the checkout.
    ///
    /// # Errors
    /// When a folder cannot be made.
    pub(crate) fn find(world: Option<PathBuf>) -> Result<Self> {
        // Asked at run time: a target directory that two checkouts share holds whichever built last.
        let package = env::var_os("CARGO_MANIFEST_DIR").context("run it by `cargo xtask`")?;
        let root = Path::new(&package).parent().context("xtask stands in the checkout")?.to_owned();
        let cache = match (env::var_os("CARILLON_CACHE"), env::var_os("HOME")) {
            (Some(cache), _) => PathBuf::from(cache),
            (None, Some(home)) => Path::new(&home).join(".cache/carillon"),
            (None, None) => root.join(".carillon/cache"),
        };
        let world = match world {
            Some(world) => env::current_dir()?.join(world),
            None => root.join(".carillon"),
        };
        for folder in [&world, &cache] {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        Ok(Self { root, world, cache })
    }

    /// The same checkout with the state of another world.
    pub(crate) fn with_world(&self, name: &str) -> Result<Self> {
        let world = self.root.join(".carillon").join(name);
        fs::create_dir_all(&world).with_context(|| format!("cannot make {}", world.display()))?;
        Ok(Self { world, ..self.clone() })
    }

    /// Where the running world is described.
    pub(crate) fn world_file(&self) -> PathBuf {
        self.world.join("world.json")
    }
}
