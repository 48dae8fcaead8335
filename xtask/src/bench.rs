//! `cargo xtask bench`: every figure that the documents claim, measured again.
//!
//! Each part prints Markdown, and is kept between two comments of a document, so that what is written by hand around it
//! stays. Nothing is installed but what a part's own README says; what is missing on the machine is said and left out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::place::Place;
use crate::{process, up};

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

/// Runs the parts, and writes what they say into the documents.
///
/// # Errors
/// When one cannot be built or fails.
pub(crate) fn run(place: &Place, options: &Options) -> Result<()> {
    let parts: &[Part] = if options.parts.is_empty() { &ALL } else { &options.parts };
    let built = Built::find(place)?;
    if parts.iter().any(|part| !matches!(part, Part::Import | Part::Reads)) {
        built.build(place, parts.contains(&Part::Functions))?;
    }
    for part in parts {
        println!("\n=== {part:?}\n");
        part.run(place, &built, options)?;
    }
    Ok(())
}

impl Part {
    fn run(self, place: &Place, built: &Built, options: &Options) -> Result<()> {
        let documents = place.root.join("docs");
        let import = documents.join("benchmarks/import.md");
        match self {
            Self::Costs => {
                let guide = text_of(&mut built.command("simulate", &["--guide"]))?;
                keep(&documents.join("costs.md"), "costs", &guide)
            }
            Self::Planner => {
                let table = text_of(&mut built.command("engine-benchmark", &["planner"]))?;
                keep(&documents.join("benchmarks/planner.md"), "planner", &table)
            }
            Self::ImportFunction => {
                let table = text_of(&mut built.command("engine-benchmark", &["import"]))?;
                keep(&import, "import-function", &table)
            }
            Self::Answer => {
                let table = text_of(&mut built.command("answer-benchmark", &[]))?;
                keep(&documents.join("benchmarks/answer.md"), "answer", &table)
            }
            Self::Functions => {
                let mut command = built.command("coldstart", &[&options.starts.to_string()]);
                command.arg(built.path("bare-function"));
                command.args(FUNCTIONS.map(|function| built.path(function)));
                keep(&documents.join("benchmarks/functions.md"), "functions", &text_of(&mut command)?)
            }
            Self::Webhook => {
                let Some(text) = webhook(built)? else { return Ok(()) };
                keep(&documents.join("benchmarks/functions.md"), "webhook", &text)
            }
            Self::Reads => {
                let reads = up::build(place, false)?.remove("reads").context("it was built")?;
                let mut command = Command::new(reads);
                command.arg(options.contacts.to_string()).env("WORLD", place.world_file());
                keep(&documents.join("benchmarks/reads.md"), "reads", &text_of(&mut command)?)
            }
            Self::Import => {
                let race = text_of(&mut import_benchmark(place, &["run", &options.rows.to_string()]))?;
                keep(&import, "race", &race)?;
                let reference = text_of(&mut import_benchmark(place, &["differential"]))?;
                keep(&import, "reference", &reference)
            }
        }
    }
}

/// Where binaries lie that are built as they are shipped.
struct Built {
    folder: PathBuf,
}

impl Built {
    fn find(place: &Place) -> Result<Self> {
        let mut metadata = process::cargo();
        metadata.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(&place.root);
        let metadata: serde_json::Value = serde_json::from_str(&process::output(&mut metadata)?)?;
        let target = metadata["target_directory"].as_str().context("cargo names no target directory")?;
        Ok(Self { folder: Path::new(target).join("release") })
    }

    /// One build for everything, so that nothing is compiled twice: with link-time optimisation over all of a binary,
    /// which is what takes its time. Of these packages alone: the workspace's others would ask more of our dependencies
    /// than what is shipped does, and functions would be measured with it.
    fn build(&self, place: &Place, functions: bool) -> Result<()> {
        let functions = if functions { &FUNCTIONS[..] } else { &[] };
        let mut command = process::cargo();
        command.args(["build", "--locked", "--release"]).current_dir(&place.root);
        for package in INSTRUMENTS.iter().chain(functions) {
            command.args(["-p", package]);
        }
        process::run(&mut command)
    }

    fn path(&self, binary: &str) -> PathBuf {
        self.folder.join(binary)
    }

    fn command(&self, binary: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.path(binary));
        command.args(arguments);
        command
    }
}

fn import_benchmark(place: &Place, arguments: &[&str]) -> Command {
    let mut command = process::cargo();
    command.args([
        "run",
        "--quiet",
        "--locked",
        "--profile",
        "speed",
        "-p",
        "carillon-import-benchmark",
        "--",
    ]);
    command.args(arguments).current_dir(&place.root);
    command
}

/// What a program prints, shown as well.
fn text_of(command: &mut Command) -> Result<String> {
    let text = process::output(command)?;
    println!("{text}");
    Ok(text)
}

/// Instructions of a webhook: of so many, less those of none. `None` where nothing counts instructions.
fn webhook(built: &Built) -> Result<Option<String>> {
    const COUNT: u64 = 1_000;
    let instructions = |count: u64| -> Result<Option<u64>> {
        let binary = built.path("engine-benchmark");
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
    let (Some(none), Some(some)) = (instructions(0)?, instructions(COUNT)?) else {
        println!("valgrind is not installed: instructions are not counted (apt-get install valgrind)");
        return Ok(None);
    };
    let each = (some - none) as f64 / COUNT as f64 / 1_000.0;
    let text = format!(
        "| | thousand instructions |\n|---|---|\n| a webhook of twilio-voice, over the table in memory (mean of {COUNT}: a key, \
         an end) | {each:.0} |\n"
    );
    println!("{text}");
    Ok(Some(text))
}

/// Replaces what a document says between the comments of a part.
fn keep(document: &Path, part: &str, text: &str) -> Result<()> {
    let whole = fs::read_to_string(document).with_context(|| format!("{} is missing", document.display()))?;
    let replaced = replace(&whole, part, text)
        .with_context(|| format!("{} has no place for {part}", document.display()))?;
    fs::write(document, replaced)?;
    Ok(())
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
