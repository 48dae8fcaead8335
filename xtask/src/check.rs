//! `cargo xtask deploy-check`: four checkers, for none of them sees everything.
//!
//! cfn-lint knows the resources, `sam validate` the whole SAM template, asl-validator the states' grammar, and
//! infra/check/check.py (with the SAM translator) what the others let pass. Beside them, redrive.py is tried with the
//! template's filters.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::place::Place;
use crate::{process, tools};

/// Checks everything that is deployed.
///
/// # Errors
/// With the first checker that finds something.
pub(crate) fn run(place: &Place) -> Result<()> {
    let bin = tools::python(place, "check", &place.root.join("infra/check/requirements.txt"))?;
    let node = tools::node(place, "check", &place.root.join("infra/check/package.json"))?;
    let template = place.root.join("infra/template.yaml");
    let rendered = place.world.join("check");

    println!("cfn-lint");
    process::run(
        Command::new(bin.join("cfn-lint")).arg(&template).args(
            ["alarms.yaml", "dashboard-metrics.yaml", "hosting.yaml"]
                .map(|child| place.root.join("infra").join(child)),
        ),
    )?;
    println!("sam validate --lint");
    process::run(
        Command::new(bin.join("sam"))
            .args(["validate", "--lint", "--region", "eu-central-1", "--template"])
            .arg(&template)
            .env("SAM_CLI_TELEMETRY", "0"),
    )?;
    println!("SAM translator, policies, alarms, state machines");
    process::run(
        Command::new(bin.join("python"))
            .arg(place.root.join("infra/check/check.py"))
            .arg(&template)
            .arg(&rendered),
    )?;
    println!("redrive");
    process::run(Command::new(bin.join("python")).arg(place.root.join("infra/local/redrive_test.py")))?;
    println!("asl-validator");
    for entry in fs::read_dir(&rendered).context("check.py writes the state machines there")? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".asl.json") {
            process::run(Command::new(node.join("asl-validator")).arg("--json-path").arg(&path))?;
        }
    }
    Ok(())
}
