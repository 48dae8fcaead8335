//! Which crates may be linked, by deny.toml: licences and bans, read from `cargo metadata`, so that it holds on a
//! machine without cargo-deny. Where cargo-deny is installed it runs too, and checks the rest of that file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::place::Place;
use crate::process;

#[derive(Deserialize)]
struct Rules {
    graph: Graph,
    licenses: Licences,
    bans: Bans,
}

#[derive(Deserialize)]
struct Graph {
    targets: Vec<String>,
}

#[derive(Deserialize)]
struct Licences {
    allow: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Deserialize)]
struct Ban {
    name: String,
    /// Who may depend on it all the same.
    #[serde(default)]
    wrappers: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    /// Absent for what is in this repository.
    source: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    dependencies: Vec<String>,
}

/// Checks every crate that the lock file holds for the targets we ship to.
///
/// # Errors
/// With every crate that may not be there.
pub(crate) fn run(place: &Place) -> Result<()> {
    let text = fs::read_to_string(place.root.join("deny.toml")).context("cannot read deny.toml")?;
    let rules: Rules = toml::from_str(&text).context("deny.toml")?;
    let mut cargo = process::cargo();
    cargo.current_dir(&place.root).args(["metadata", "--locked", "--format-version", "1"]);
    for target in &rules.graph.targets {
        cargo.args(["--filter-platform", target]);
    }
    let metadata: Metadata = serde_json::from_str(&process::output(&mut cargo)?)?;
    let problems = problems(&rules, &metadata);
    if !problems.is_empty() {
        bail!("{}", problems.join("\n"));
    }
    println!("{} crates, all allowed", metadata.packages.len());
    if process::works("cargo", &["deny", "--version"]) {
        process::run(
            process::cargo().current_dir(&place.root).args(["deny", "check", "bans", "licenses", "sources"]),
        )?;
    }
    Ok(())
}

fn problems(rules: &Rules, metadata: &Metadata) -> Vec<String> {
    let names: BTreeMap<&str, &str> =
        metadata.packages.iter().map(|package| (package.id.as_str(), package.name.as_str())).collect();
    let mut problems = Vec::new();
    for package in metadata.packages.iter().filter(|package| package.source.is_some()) {
        let licence = package.license.as_deref().unwrap_or_default();
        if !is_allowed(licence, &rules.licenses.allow) {
            problems.push(format!("{} {}: licence {licence:?}", package.name, package.version));
        }
        if package.source.as_deref().is_some_and(|source| !source.starts_with("registry+")) {
            problems.push(format!("{} {}: not from a registry", package.name, package.version));
        }
    }
    for node in &metadata.resolve.nodes {
        let user = names.get(node.id.as_str()).copied().unwrap_or_default();
        for dependency in &node.dependencies {
            let name = names.get(dependency.as_str()).copied().unwrap_or_default();
            if rules.bans.deny.iter().any(|ban| ban.name == name && !ban.wrappers.contains(user)) {
                problems.push(format!("{name}: banned, and {user} depends on it"));
            }
        }
    }
    problems
}

/// An SPDX expression, or the older `MIT/Apache-2.0`: of alternatives one must be allowed, of conjuncts all.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    either(&mut words, allowed) && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn either(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut holds = both(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        holds |= both(words, allowed);
    }
    holds
}

fn both(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut holds = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        holds &= one(words, allowed);
    }
    holds
}

fn one(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let holds = either(words, allowed);
        return words.next_if_eq(&")").is_some() && holds;
    }
    let mut name = words.next().unwrap_or_default().to_owned();
    if words.next_if_eq(&"WITH").is_some() {
        name = format!("{name} WITH {}", words.next().unwrap_or_default());
    }
    allowed.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_alternatives_one_is_enough_and_of_conjuncts_all_are_needed() {
        let allowed = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned).into();
        for fine in [
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0 OR MIT",
            "MIT AND ISC",
            "(MIT OR GPL-3.0) AND ISC",
            "Apache-2.0 WITH LLVM-exception OR GPL-3.0",
        ] {
            assert!(is_allowed(fine, &allowed), "{fine}");
        }
        for bad in
            ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND GPL-3.0", "Apache-2.0", "MIT ISC", "(MIT"]
        {
            assert!(!is_allowed(bad, &allowed), "{bad}");
        }
    }
}
