//! What is not compiled here but needed: Python and npm packages, each pinned and installed once per machine.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::place::Place;
use crate::process;

/// A virtual environment with the packages of `requirements`, made if it is not there; its `bin` folder.
///
/// # Errors
/// When Python is missing or the packages cannot be fetched.
pub(crate) fn python(place: &Place, name: &str, requirements: &Path) -> Result<PathBuf> {
    let folder = kept(place, &format!("venv-{name}"), requirements, |folder| {
        eprintln!("Installing {} ...", requirements.display());
        process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))
            .context("a virtual environment needs python3 (3.10 or newer) with its venv module")?;
        process::run(
            Command::new(folder.join("bin/python"))
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
                .arg(requirements),
        )
    })?;
    Ok(folder.join("bin"))
}

/// The packages of `manifest`, a package.json, installed if they are not there; the folder of their commands.
///
/// # Errors
/// When npm is missing or the packages cannot be fetched.
pub(crate) fn node(place: &Place, name: &str, manifest: &Path) -> Result<PathBuf> {
    let folder = kept(place, &format!("node-{name}"), manifest, |folder| {
        eprintln!("Installing {} ...", manifest.display());
        fs::create_dir_all(folder)?;
        fs::copy(manifest, folder.join("package.json"))?;
        process::run(
            Command::new("npm")
                .args(["install", "--silent", "--no-audit", "--no-fund", "--no-package-lock", "--prefix"])
                .arg(folder),
        )
    })?;
    Ok(folder.join("node_modules/.bin"))
}

/// A program that the shell would find.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// A folder of the cache for what `source` says. A changed source is another folder; an interrupted installation is
/// done again; of two at the same time, one waits.
fn kept(
    place: &Place,
    name: &str,
    source: &Path,
    install: impl FnOnce(&Path) -> Result<()>,
) -> Result<PathBuf> {
    let text = fs::read_to_string(source).with_context(|| format!("cannot read {}", source.display()))?;
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let folder = place.cache.join(format!("{name}-{:016x}", hasher.finish()));
    let lock = File::create(folder.with_extension("lock"))?;
    lock.lock()?;
    let complete = folder.join(".complete");
    if !complete.exists() {
        install(&folder)?;
        fs::write(complete, "")?;
    }
    Ok(folder)
}
