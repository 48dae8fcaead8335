//! `cargo xtask bench`: every figure that the documents claim, measured again.
//!
//! Each part prints Markdown, and is kept between two comments of a document, so that what is written by hand around it
//! stays. Nothing is installed but what a part's own README says; what is missing on the machine is said and left out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::place::Place;
use crate::process;
use crate::up::{self, Binaries};

/// Which parts to run.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only these; all, if none is named.
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// How often each function is started.
    #[arg(long, default_value_t = 31)]
    starts: u32,
    /// Rows of the import's race.
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// Contacts that are there when many read at once.
    #[arg(long, default_value_t = 100_000)]
    contacts: u64,
    /// Small sizes, over what tests run on, in minutes: shows that every part runs to its end. Its figures say nothing
    /// and are written nowhere.
    #[arg(long)]
    quick: bool,
}

/// A part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// The import against Node, and every answer against Google's reference.
    Import,
    /// Rows through the import function.
    ImportFunction,
    /// How large functions are, and how soon they start.
    Functions,
    /// What an attempt costs, and what bounds scale.
    Costs,
    /// Waves planned, with up to ten million enrolled.
    Planner,
    /// Instructions of a webhook.
    Webhook,
    /// How soon the API answers many who read at once, in the local world. Named alone: it needs the world up.
    Reads,
    /// From a person's answer until both parties talk.
    Answer,
}

const ALL: [Part; 7] = [
    Part::Costs,
    Part::Planner,
    Part::ImportFunction,
    Part::Webhook,
    Part::Answer,
    Part::Functions,
    Part::Import,
];

/// The functions, as their packages and binaries are named.
const FUNCTIONS: [&str; 11] = [
    "api",
    "import",
    "plan-wave",
    "dial-contact",
    "twilio-voice",
    "reconcile",
    "aggregate",
    "announce",
    "deliver",
    "keep-recording",
    "live",
];
/// The packages of what measures, and of what functions are measured against.
const INSTRUMENTS: [&str; 4] = [
    "carillon-answer-benchmark",
    "carillon-coldstart-benchmark",
    "carillon-engine-benchmark",
    "carillon-simulation",
];

/// Runs the parts, and writes what they say into the documents. A part that fails does not cost the others theirs.
///
/// # Errors
/// When something cannot be built, or, at the end, if a part failed.
pub(crate) fn run(place: &Place, options: &Options) -> Result<()> {
    let parts: &[Part] = if options.parts.is_empty() { &ALL } else { &options.parts };
    let bench = Bench { place, options, built: build(place, options.quick, parts)? };
    let mut failed = Vec::new();
    for part in parts {
        println!("\n=== {part:?}\n");
        if let Err(error) = bench.run(*part) {
            println!("{part:?} failed: {error:#}");
            failed.push(format!("{part:?}"));
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}

/// What the parts run with.
struct Bench<'a> {
    place: &'a Place,
    options: &'a Options,
    built: Binaries,
}

impl Bench<'_> {
    fn run(&self, part: Part) -> Result<()> {
        const IMPORT: &str = "benchmarks/import.md";
        const FUNCTIONS_PAGE: &str = "benchmarks/functions.md";
        match part {
            Part::Costs => {
                let contacts = self.size(30_000, 3_000);
                let guide = text_of(self.command("simulate")?.args(["--guide", "--contacts", &contacts]))?;
                self.keep("costs.md", "costs", &guide)
            }
            Part::Planner => {
                let largest = self.size(10_000_000, 100_000);
                let table = text_of(self.command("engine-benchmark")?.args(["planner", &largest]))?;
                self.keep("benchmarks/planner.md", "planner", &table)
            }
            Part::ImportFunction => {
                let rows = self.size(100_000, 2_000);
                let table = text_of(self.command("engine-benchmark")?.args(["import", &rows]))?;
                self.keep(IMPORT, "import-function", &table)
            }
            Part::Answer => {
                let mut command = self.command("answer-benchmark")?;
                command.args(["--calls", &self.size(20, 5), "--rounds", &self.size(10, 1)]);
                self.keep("benchmarks/answer.md", "answer", &text_of(&mut command)?)
            }
            Part::Functions => {
                let mut command = self.command("coldstart")?;
                command.arg(self.size(self.options.starts.into(), 2)).arg(self.path("bare-function")?);
                for function in FUNCTIONS {
                    command.arg(self.path(function)?);
                }
                self.keep(FUNCTIONS_PAGE, "functions", &text_of(&mut command)?)
            }
            Part::Webhook => {
                let count = if self.options.quick { 10 } else { 1_000 };
                let Some(text) = webhook(self.path("engine-benchmark")?, count)? else { return Ok(()) };
                self.keep(FUNCTIONS_PAGE, "webhook", &text)
            }
            Part::Reads => {
                let mut command = Command::new(self.path("reads")?);
                command.arg(self.size(self.options.contacts, 200)).env("WORLD", self.place.world_file());
                self.keep("benchmarks/reads.md", "reads", &text_of(&mut command)?)
            }
            Part::Import => {
                let mut race = self.import_benchmark()?;
                let race = text_of(race.args(["run", &self.size(self.options.rows, 10_000)]))?;
                self.keep(IMPORT, "race", &race)?;
                let mut reference = self.import_benchmark()?;
                let reference = text_of(reference.args(["differential", &self.size(100_000, 2_000)]))?;
                self.keep(IMPORT, "reference", &reference)
            }
        }
    }

    /// So many, or, in a hurry, so few.
    fn size(&self, whole: u64, quick: u64) -> String {
        if self.options.quick { quick.to_string() } else { whole.to_string() }
    }

    fn path(&self, binary: &str) -> Result<&Path> {
        self.built.get(binary).map(PathBuf::as_path).with_context(|| format!("{binary} was not built"))
    }

    fn command(&self, binary: &str) -> Result<Command> {
        Ok(Command::new(self.path(binary)?))
    }

    /// The import's race: of a profile of its own, since nothing in it is started cold.
    fn import_benchmark(&self) -> Result<Command> {
        const PACKAGE: &str = "carillon-import-benchmark";
        if self.options.quick {
            let mut command = self.command(PACKAGE)?;
            // As `cargo run` would say: its scripts lie there, and ours is another package.
            command.env("CARGO_MANIFEST_DIR", self.place.root.join("tests/benchmarks/import"));
            return Ok(command);
        }
        let mut command = process::cargo();
        command.args(["run", "--quiet", "--locked", "--profile", "speed", "-p", PACKAGE, "--"]);
        command.current_dir(&self.place.root);
        Ok(command)
    }

    /// Replaces what a document says between the comments of a part.
    fn keep(&self, document: &str, part: &str, text: &str) -> Result<()> {
        let document = self.place.root.join("docs").join(document);
        let whole =
            fs::read_to_string(&document).with_context(|| format!("{} is missing", document.display()))?;
        let replaced = replace(&whole, part, text)
            .with_context(|| format!("{} has no place for {part}", document.display()))?;
        if !self.options.quick {
            fs::write(&document, replaced)?;
        }
        Ok(())
    }
}

/// One build for everything, so that nothing is compiled twice: as it is shipped, with link-time optimisation over all of
/// a binary, which is what takes its time. Of these packages alone: the workspace's others would ask more of our
/// dependencies than what is shipped does, and functions would be measured with it.
fn build(place: &Place, quick: bool, parts: &[Part]) -> Result<Binaries> {
    if quick || parts == [Part::Reads] {
        return up::build(place, false);
    }
    let functions = if parts.contains(&Part::Functions) { &FUNCTIONS[..] } else { &[] };
    let shipped = parts.iter().any(|part| !matches!(part, Part::Import | Part::Reads));
    let mut built = if parts.contains(&Part::Reads) { up::build(place, false)? } else { Binaries::new() };
    if shipped {
        let mut command = process::cargo();
        command.args(["build", "--locked", "--release"]).current_dir(&place.root);
        for package in INSTRUMENTS.iter().chain(functions) {
            command.args(["-p", package]);
        }
        process::run(&mut command)?;
        let folder = release_folder(place)?;
        let binaries = ["simulate", "engine-benchmark", "answer-benchmark", "coldstart", "bare-function"];
        for binary in binaries.iter().chain(functions) {
            built.insert((*binary).to_owned(), folder.join(binary));
        }
    }
    Ok(built)
}

fn release_folder(place: &Place) -> Result<PathBuf> {
    let mut metadata = process::cargo();
    metadata.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(&place.root);
    let metadata: serde_json::Value = serde_json::from_str(&process::output(&mut metadata)?)?;
    let target = metadata["target_directory"].as_str().context("cargo names no target directory")?;
    Ok(Path::new(target).join("release"))
}

/// What a program prints, shown as well.
fn text_of(command: &mut Command) -> Result<String> {
    let text = process::output(command)?;
    println!("{text}");
    Ok(text)
}

/// Instructions of a webhook: of so many, less those of none. `None` where nothing counts instructions.
fn webhook(binary: &Path, count: u64) -> Result<Option<String>> {
    let instructions = |count: u64| -> Result<Option<u64>> {
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        command.arg(binary).args(["webhook", &count.to_string()]);
        let Ok(output) = command.output() else { return Ok(None) };
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        if !output.status.success() {
            bail!("valgrind failed: {text}");
        }
        let collected = text.lines().find_map(|line| line.split_once("Collected : "));
        let collected = collected.context("valgrind counted nothing")?.1;
        Ok(Some(collected.trim().parse()?))
    };
    let (Some(none), Some(some)) = (instructions(0)?, instructions(count)?) else {
        println!("valgrind is not installed: instructions are not counted (apt-get install valgrind)");
        return Ok(None);
    };
    let each = (some - none) as f64 / count as f64 / 1_000.0;
    let text = format!(
        "| | thousand instructions |\n|---|---|\n| a webhook of twilio-voice, over the table in memory (mean of {count}: a key, \
         an end) | {each:.0} |\n"
    );
    println!("{text}");
    Ok(Some(text))
}

fn replace(whole: &str, part: &str, text: &str) -> Option<String> {
    let (opening, closing) = (format!("<!-- bench: {part} -->\n"), "<!-- end -->");
    let (before, rest) = whole.split_once(&opening)?;
    let (_, after) = rest.split_once(closing)?;
    Some(format!("{before}{opening}{}\n{closing}{after}", text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_by_hand_stays() {
        let document =
            "Before.\n<!-- bench: one -->\nold\n<!-- end -->\nBetween.\n<!-- bench: two -->\n<!-- end -->\n";
        let once = replace(document, "one", "new\n\n").expect("a place");
        assert_eq!(once, document.replace("old", "new"));
        assert_eq!(replace(&once, "one", "new"), Some(once.clone()), "doing it again changes nothing");
        assert!(
            replace(&once, "two", "second").is_some_and(|text| text.contains("two -->\nsecond\n<!-- end"))
        );
        assert_eq!(replace(document, "three", ""), None);
    }
}
