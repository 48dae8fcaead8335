//! The race.

use std::fmt::Write as _;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use carillon_intake::{Effort, Options, Plan, SAMPLE_BYTES, dry_run};
use serde::{Deserialize, Serialize};

use crate::{file, scratch, scripts};

/// What one run says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Figures {
    seconds: f64,
    cpu_seconds: f64,
    peak_mib: f64,
    rows: u64,
    valid: u64,
    invalid: u64,
    duplicate: u64,
}

/// Our pipeline, in this process; prints its figures as JSON.
pub(crate) fn ours(path: &Path, threads: NonZeroUsize) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut source = std::fs::File::open(path)?;
    let mut sample = Vec::with_capacity(SAMPLE_BYTES);
    source.by_ref().take(SAMPLE_BYTES as u64).read_to_end(&mut sample)?;
    let plan = Plan::draw_up(&sample, false, &Options::default())?;
    source.seek(SeekFrom::Start(plan.start().offset))?;
    let found = dry_run(&plan, source, Effort { threads, ..Effort::default() })?;
    let figures = Figures {
        seconds: started.elapsed().as_secs_f64(),
        cpu_seconds: cpu_seconds()?,
        peak_mib: peak_mib()?,
        rows: found.counts.rows,
        valid: found.counts.valid,
        invalid: found.counts.invalid,
        duplicate: found.counts.duplicates(),
    };
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}

/// User and system time of this process, in the kernel's hundredths of a second.
fn cpu_seconds() -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| {
        fields.get(at).and_then(|text| text.parse::<f64>().ok()).context("/proc/self/stat is unreadable")
    };
    Ok((ticks(11)? + ticks(12)?) / 100.0)
}

fn peak_mib() -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(kib / 1024.0)
}

/// Generates the file, runs all pipelines on it three times, and prints the best of each with its ratio to Node's.
pub(crate) fn run(rows: u64) -> anyhow::Result<()> {
    const ROUNDS: usize = 3;
    let folder = scratch()?;
    let path = folder.join(format!("contacts-{rows}.csv"));
    file::write(&path, rows, file::SEED)?;
    install_node_packages(&folder)?;
    let executable = std::env::current_exe()?;
    let path = path.to_str().context("the target directory's path is not UTF-8")?;
    let script = folder.join("pipeline.mjs");
    let ours = |threads: &str| {
        let mut command = Command::new(&executable);
        command.args(["ours", path, threads]);
        command
    };
    let node = |metadata: &str| {
        let mut command = Command::new("node");
        command.arg(&script).args([path, metadata]);
        command
    };
    let contestants: [(&str, &dyn Fn() -> Command); 4] = [
        ("Node: csv-parse + libphonenumber-js, default metadata", &|| node("default")),
        ("Node: csv-parse + libphonenumber-js/max", &|| node("max")),
        ("Carillon, 1 thread", &|| ours("1")),
        ("Carillon, 2 threads", &|| ours("2")),
    ];
    let mut best: Vec<Option<Figures>> = vec![None; contestants.len()];
    // Interleaved, so that a neighbour's noise falls on all of them.
    for _ in 0..ROUNDS {
        for (at, (_, command)) in contestants.iter().enumerate() {
            let figures = measure(command())?;
            if best[at].as_ref().is_none_or(|so_far| figures.seconds < so_far.seconds) {
                best[at] = Some(figures);
            }
        }
    }
    println!("{}", table(&contestants.map(|(name, _)| name), &best, rows));
    Ok(())
}

fn measure(mut command: Command) -> anyhow::Result<Figures> {
    let output = command.output().with_context(|| format!("{command:?} did not start"))?;
    ensure!(output.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn table(names: &[&str], best: &[Option<Figures>], rows: u64) -> String {
    let (node, node_cpu) =
        best[0].as_ref().map_or((1.0, 1.0), |figures| (figures.seconds, figures.cpu_seconds));
    let mut text = format!(
        "Import of {rows} rows: parse, normalise, validate, find duplicates. Best of three rounds.\n\n"
    );
    text.push_str("| pipeline | rows/s | times Node | CPU s | times less CPU | peak MiB | valid | invalid | duplicate |\n|---|---|---|---|---|---|---|---|---|\n");
    for (name, figures) in names.iter().zip(best) {
        let Some(Figures { seconds, cpu_seconds, peak_mib, rows, valid, invalid, duplicate }) = figures
        else {
            continue;
        };
        let _infallible = writeln!(
            text,
            "| {name} | {:.0} | {:.1} | {cpu_seconds:.2} | {:.1} | {peak_mib:.0} | {valid} | {invalid} | {duplicate} |",
            *rows as f64 / seconds,
            node / seconds,
            node_cpu / cpu_seconds,
        );
    }
    text
}

/// `npm install` of the pinned packages, once.
fn install_node_packages(folder: &Path) -> anyhow::Result<()> {
    for name in ["package.json", "package-lock.json", "pipeline.mjs"] {
        std::fs::copy(scripts().join(name), folder.join(name))?;
    }
    if folder.join("node_modules/libphonenumber-js/package.json").exists() {
        return Ok(());
    }
    let status = Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--silent"])
        .current_dir(folder)
        .status()?;
    ensure!(status.success(), "npm ci failed");
    Ok(())
}
