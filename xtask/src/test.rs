//! `cargo xtask test`: everything that must hold, cheapest first, and then the journeys through a world of its own.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::place::Place;
use crate::world::World;
use crate::{check, dashboard, dependencies, down, least_privilege, privacy, process, tools, up};

/// How much of it.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only what needs no local world: formatting, lints, licences, the template, unit tests.
    #[arg(long)]
    quick: bool,
    /// Leave the tests' world up afterwards, to look at it: `cargo xtask --world-dir .carillon/test logs`.
    #[arg(long)]
    keep: bool,
}

/// What came out so far. A step that is not made of tests counts as one.
#[derive(Default)]
struct Tally {
    passed: u32,
    failed: u32,
    failures: Vec<String>,
}

impl Tally {
    fn step(&mut self, name: &str, work: impl FnOnce() -> Result<Count>) {
        println!("\n=== {name}");
        let begun = Instant::now();
        let (passed, failed) = match work() {
            Ok(count) => (count.passed, count.failed),
            Err(error) => {
                eprintln!("{error:#}");
                (0, 1)
            }
        };
        self.passed += passed;
        self.failed += failed;
        if failed > 0 {
            self.failures.push(name.to_owned());
        }
        println!("--- {name}: {passed} passed, {failed} failed ({:.1} s)", begun.elapsed().as_secs_f32());
    }
}

struct Count {
    passed: u32,
    failed: u32,
}

/// So many worlds, each decided by its seed: three minutes on two cores.
const SEEDS: &str = "1000";
/// Campaigns of the tests continue as a new execution after so many waves, where others go on for thousands.
const WAVES_PER_EXECUTION: &str = "4";

const ONE: Count = Count { passed: 1, failed: 0 };

/// Runs every step, whatever became of those before; the last line is the sum.
///
/// # Errors
/// When anything failed.
pub(crate) fn run(place: &Place, options: &Options) -> Result<()> {
    let mut tally = Tally::default();
    tally.step("formatting", || {
        process::run(cargo(place).args(["fmt", "--all", "--check"]))?;
        Ok(ONE)
    });
    tally.step("crates that may be linked", || dependencies::run(place).map(|()| ONE));
    tally.step("template and state machines", || check::run(place).map(|()| ONE));
    tally.step("lints", || {
        process::run(cargo(place).args([
            "clippy",
            "--locked",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]))?;
        Ok(ONE)
    });
    tally.step("unit tests", || count(&mut tests(place, Which::AllBut(&["journeys", "carillon-store"]))));
    tally.step("examples in documentation", || {
        count(cargo(place).args([
            "test",
            "--locked",
            "--quiet",
            "--doc",
            "--workspace",
            "--exclude",
            "journeys",
        ]))
    });
    tally.step("the engine in hostile worlds", || {
        let simulate = up::build(place, false)?.remove("simulate").context("it was built")?;
        process::run(Command::new(simulate).args(["--seeds", SEEDS]))?;
        Ok(ONE)
    });
    tally.step("the dashboard: types and lints", || {
        process::run(&mut dashboard::npm(place, "lint")?).map(|()| ONE)
    });
    tally.step("the dashboard: unit tests", || count(&mut dashboard::npm(place, "test")?));
    tally.step("the dashboard: known holes in its packages", || dashboard::audit(place).map(|()| ONE));
    tally.step("the dashboard: size of the first load", || {
        dashboard::build(place)?;
        process::run(&mut dashboard::npm(place, "size")?).map(|()| ONE)
    });
    if options.quick {
        tally.step("the store, in memory", || count(&mut tests(place, Which::Only("carillon-store"))));
    } else {
        with_world(place, options, &mut tally)?;
    }

    println!();
    if !tally.failures.is_empty() {
        println!("Failed: {}", tally.failures.join(", "));
    }
    println!("{} passed, {} failed", tally.passed, tally.failed);
    if tally.failed > 0 {
        bail!("not everything holds");
    }
    Ok(())
}

/// What needs AWS and a telephone network. The world is fresh, at free ports, and the developer's own is left alone.
fn with_world(place: &Place, options: &Options, tally: &mut Tally) -> Result<()> {
    let place = place.with_world("test")?;
    down::run(&place)?;
    let mut world = None;
    tally.step("the template deploys", || {
        let parameters = vec![("WavesPerExecution".to_owned(), WAVES_PER_EXECUTION.to_owned())];
        world = Some(up::run(&place, &up::Options { parameters, ..up::Options::default() })?);
        Ok(ONE)
    });
    let Some(world) = world else {
        return down::run(&place);
    };
    tally.step("the store, in memory and in DynamoDB", || {
        count(with_endpoint(&mut tests(&place, Which::Only("carillon-store")), &world))
    });
    tally.step("journeys", || {
        let mut journeys = tests(&place, Which::Only("journeys"));
        count(with_endpoint(journeys.env("WORLD", place.world_file()), &world))
    });
    if let Some(referee) = referee(&place) {
        tally.step("Twilio's own SDK as the referee", || {
            let requirements = place.root.join("tests/network/referee/requirements.txt");
            let bin = tools::python(&place, "referee", &requirements)?;
            let mut command = Command::new(bin.join("python"));
            count(command.arg(&referee).env("WORLD", place.world_file()).current_dir(&place.root))
        });
    }
    tally.step("the dashboard, in a browser", || count(&mut dashboard::in_browser(&place, "journeys")?));
    // After everything else, for both look at what all of it has left behind.
    tally.step("permissions that nobody used", || least_privilege::run(&place).map(|()| ONE));
    tally.step("no log tells whom it is about", || privacy::run(&place).map(|()| ONE));
    // Last: the names that it makes up are words that logs may well say.
    tally.step("the API against its own description", || {
        let bin = tools::python(&place, "openapi", &place.root.join("tests/openapi/requirements.txt"))?;
        let mut command = Command::new(bin.join("python"));
        command.arg(place.root.join("tests/openapi/conform.py"));
        count(command.env("WORLD", place.world_file()).current_dir(&place.root))
    });
    if options.keep {
        println!("\nThe world of the tests is up: {}", place.world_file().display());
        return Ok(());
    }
    down::run(&place)
}

fn with_endpoint<'c>(command: &'c mut Command, world: &World) -> &'c mut Command {
    command
        .env("CARILLON_TEST_ENDPOINT", &world.endpoint)
        .env("AWS_ENDPOINT_URL", &world.endpoint)
        .env("AWS_REGION", &world.region)
        .env("AWS_ACCESS_KEY_ID", &world.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", &world.secret_access_key)
}

fn referee(place: &Place) -> Option<PathBuf> {
    let script = place.root.join("tests/network/referee/referee.py");
    script.exists().then_some(script)
}

fn cargo(place: &Place) -> Command {
    let mut command = process::cargo();
    command.current_dir(&place.root);
    command
}

/// Which packages' tests to run.
enum Which<'a> {
    Only(&'a str),
    AllBut(&'a [&'a str]),
}

/// Tests by cargo-nextest where there is one: it runs binaries side by side and names what hangs. It is always given
/// the whole workspace and a filter: naming a package would resolve other features for it, and compile every
/// dependency once more.
fn tests(place: &Place, which: Which<'_>) -> Command {
    let mut command = cargo(place);
    if process::works("cargo", &["nextest", "--version"]) {
        command.args(["nextest", "run", "--locked", "--no-fail-fast", "--no-tests", "pass", "--workspace"]);
        let filter = match which {
            Which::Only(package) => format!("package({package})"),
            Which::AllBut(packages) => packages
                .iter()
                .map(|package| format!("not package({package})"))
                .collect::<Vec<_>>()
                .join(" and "),
        };
        command.args(["-E", &filter]);
        return command;
    }
    command.args(["test", "--locked", "--no-fail-fast", "--lib", "--bins", "--tests"]);
    match which {
        Which::Only(package) => command.args(["--package", package]),
        Which::AllBut(packages) => {
            command.arg("--workspace").args(packages.iter().flat_map(|package| ["--exclude", package]))
        }
    };
    command
}

/// Runs tests and counts them. A command that ends badly without a failed test has failed itself: it did not compile.
fn count(command: &mut Command) -> Result<Count> {
    let (ended_well, text) = process::watch(command)?;
    let mut count = counted(&text);
    if !ended_well && count.failed == 0 {
        count.failed = 1;
    }
    Ok(count)
}

/// Adds up the summaries of cargo-nextest (`9 tests run: 8 passed, 1 failed, 0 skipped`), of cargo test
/// (`test result: ok. 8 passed; 0 failed; ...`), of Vitest (`Tests  1 failed | 8 passed (9)`), and of any script that ends in a line like
/// `8 passed, 1 failed` or pytest's.
fn counted(text: &str) -> Count {
    let mut count = Count { passed: 0, failed: 0 };
    for line in text.lines() {
        let line = without_colours(line);
        let summary =
            ["tests run:", "test run:", "test result:"].iter().find_map(|mark| line.split_once(mark));
        let figures = match summary {
            Some((_, figures)) => figures,
            None if is_bare_summary(&line) || line.trim_start().starts_with("Tests ") => &line,
            None => continue,
        };
        count.passed += number_before(figures, "passed");
        count.failed += number_before(figures, "failed") + number_before(figures, "timed");
    }
    count
}

/// `8 passed, 1 failed`, or pytest's `=== 1 failed, 8 passed in 0.42s ===`, and nothing else in the line.
fn is_bare_summary(line: &str) -> bool {
    let line = line.trim_matches(['=', ' ']);
    let figures = line.split_once(" in ").map_or(line, |(figures, _)| figures);
    figures.contains(" passed")
        && figures.split(", ").all(|part| {
            part.split_once(' ')
                .is_some_and(|(number, word)| number.parse::<u32>().is_ok() && !word.contains(' '))
        })
}

fn number_before(figures: &str, word: &str) -> u32 {
    let mut number = 0;
    for text in figures.split_whitespace() {
        let text = text.trim_matches([',', ';', '.']);
        if text == word {
            return number;
        }
        number = text.parse().unwrap_or(0);
    }
    0
}

fn without_colours(line: &str) -> String {
    let mut text = String::new();
    let mut parts = line.split('\u{1b}');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        text.push_str(part.split_once('m').map_or(part, |(_, rest)| rest));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_counted(text: &str, passed: u32, failed: u32) {
        let count = counted(text);
        assert_eq!((count.passed, count.failed), (passed, failed), "{text}");
    }

    #[test]
    fn summaries_are_added_up_whoever_wrote_them() {
        assert_counted("     Summary [   0.012s] 9 tests run: 8 passed, 1 failed, 2 skipped", 8, 1);
        assert_counted("     Summary [   0.012s] 9 tests run: 9 passed (1 slow), 0 skipped", 9, 0);
        assert_counted("     Summary [   3.000s] 2 tests run: 1 passed, 1 timed out, 0 skipped", 1, 1);
        assert_counted(
            "\u{1b}[32;1m     Summary\u{1b}[0m 1 test run: \u{1b}[1m1\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, 0 skipped",
            1,
            0,
        );
        assert_counted(
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured\ntest result: FAILED. 1 passed; 2 failed; 0 ignored",
            4,
            2,
        );
        assert_counted("12 passed, 0 failed", 12, 0);
        assert_counted("===== 1 failed, 8 passed in 0.42s =====", 8, 1);
        assert_counted(
            "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[31m1 failed\u{1b}[39m | \u{1b}[32m8 passed\u{1b}[39m (9)",
            8,
            1,
        );
        assert_counted("the call passed, then failed", 0, 0);
    }
}
