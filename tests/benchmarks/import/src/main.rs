//! Import, measured: ours against the pipeline that one would write in Node, on the same file in the same run; and
//! every answer held against Google's reference.
//!
//! ```text
//! cargo run --profile speed -p carillon-import-benchmark -- run [ROWS]
//! cargo run --profile speed -p carillon-import-benchmark -- differential [ROWS]
//! ```
//!
//! Both install what they need (Node packages, a Python environment) under the target directory.

mod differential;
mod file;
mod run;

use std::path::PathBuf;

use anyhow::{Context as _, bail};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["run"] => run::run(1_000_000),
        ["run", rows] => run::run(rows.parse().context("ROWS is a number")?),
        // One measurement in a process of its own, so that its peak memory is its own.
        ["ours", file, threads] => run::ours(&PathBuf::from(file), threads.parse()?),
        ["generate", file, rows] => file::write(&PathBuf::from(file), rows.parse()?, file::SEED),
        ["differential"] => differential::run(100_000),
        ["differential", rows] => differential::run(rows.parse().context("ROWS is a number")?),
        _ => bail!("usage: run [ROWS] | differential [ROWS] | generate FILE ROWS | ours FILE THREADS"),
    }
}

/// Where files of the benchmark lie: below the target directory.
fn scratch() -> anyhow::Result<PathBuf> {
    let executable = std::env::current_exe()?;
    let target = executable.ancestors().nth(2).context("the executable is not in a target directory")?;
    let folder = target.join("import-benchmark");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Where the scripts lie.
fn scripts() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()))
}
