//! Runs seeds of the simulation and says what they came to.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use carillon_simulation::{
    Function, Options, Outcome, Size, Violation, cost, errands, floor, guide, imports, run,
};
use clap::Parser;

/// A deterministic simulation of the engine: every seed is a world of its own, and the same one every time.
#[derive(Parser)]
struct Args {
    /// How many seeds to run.
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Run this seed alone.
    #[arg(long)]
    seed: Option<u64>,
    /// Print what happens.
    #[arg(long)]
    trace: bool,
    /// So many contacts instead of a dozen or four.
    #[arg(long)]
    contacts: Option<usize>,
    /// Let things go wrong for so many days instead of hours.
    #[arg(long)]
    days: Option<u32>,
    /// How many seeds to run at once.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// How many seeds of the agents' floor to run afterwards; a tenth of the others, if it is not said: each is half an
    /// hour of a call centre, and takes as long as ten of them.
    #[arg(long)]
    floor: Option<u64>,
    /// How many seeds of files on their way in to run afterwards; as many as of the others, if it is not said.
    #[arg(long)]
    imports: Option<u64>,
    /// How many seeds of the errands' world to run afterwards; as many as of the first, if it is not said.
    #[arg(long)]
    errands: Option<u64>,
    /// Count what an attempt costs when nothing goes wrong.
    #[arg(long)]
    cost: bool,
    /// Print the cost and scale guide that `docs/costs.md` is made of.
    #[arg(long)]
    guide: bool,
}

/// What all seeds came to.
#[derive(Default)]
struct Total {
    seeds: u64,
    simulated_ms: i64,
    calls: u64,
    attempts: u64,
    steps: u64,
    dead_letters: u64,
    invocations: u64,
    faults: BTreeMap<&'static str, u64>,
    by_function: BTreeMap<Function, u64>,
}

impl Total {
    fn add(&mut self, outcome: &Outcome) {
        self.seeds += 1;
        self.simulated_ms += outcome.simulated_ms;
        self.calls += outcome.stats.calls;
        self.attempts += outcome.attempts;
        self.steps += outcome.stats.steps;
        self.dead_letters += outcome.stats.dead_letters;
        self.invocations += outcome.stats.invocations.values().map(|(count, _)| count).sum::<u64>();
        for (function, (count, _)) in &outcome.stats.invocations {
            *self.by_function.entry(*function).or_default() += count;
        }
        for (name, count) in &outcome.stats.faults {
            *self.faults.entry(name).or_default() += count;
        }
    }

    fn print(&self, seconds: f64) {
        let days = self.simulated_ms as f64 / 86_400_000.0;
        let faults: u64 = self.faults.values().sum();
        println!(
            "{} seeds in {seconds:.1} s ({:.1} seeds/s): {days:.0} simulated days ({:.0} a second), \
             {} calls of {} attempts, {} invocations, {} steps ({:.0} a second)",
            self.seeds,
            self.seeds as f64 / seconds,
            days / seconds,
            self.calls,
            self.attempts,
            self.invocations,
            self.steps,
            self.steps as f64 / seconds,
        );
        let by: Vec<_> =
            self.by_function.iter().map(|(function, count)| format!("{function:?} {count}")).collect();
        println!("invocations: {}", by.join(", "));
        println!("{faults} faults, {} dead letters:", self.dead_letters);
        for (name, count) in &self.faults {
            println!("  {count:>9} {name}");
        }
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    if args.guide {
        print!("{}", guide::text(args.contacts.unwrap_or(30_000)));
        return ExitCode::SUCCESS;
    }
    if args.cost {
        print!("{}", cost::table(args.contacts.unwrap_or(2_000), args.trace));
        return ExitCode::SUCCESS;
    }
    let size = Size { contacts: args.contacts, days: args.days, calm: false };
    let options = Options { size, trace: args.trace, mutant: None };
    let (from, count) = args.seed.map_or((args.from, args.seeds), |seed| (seed, 1));
    let (next, failed) = (AtomicU64::new(from), AtomicBool::new(false));
    let total = Mutex::new(Total::default());
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..args.jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= from + count {
                        return;
                    }
                    let outcome = run(seed, options);
                    report(&outcome, options, &failed);
                    total.lock().unwrap_or_else(std::sync::PoisonError::into_inner).add(&outcome);
                }
            });
        }
    });
    let total = total.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    total.print(started.elapsed().as_secs_f64());
    // A single seed, and sizes that mean campaigns, are of the campaigns' world alone.
    let floors = args.floor.unwrap_or(if args.seed.is_some() { 0 } else { args.seeds / 10 });
    let imports = args.imports.unwrap_or(if args.seed.is_some() { 0 } else { args.seeds });
    let errands = args.errands.unwrap_or(if args.seed.is_some() { 0 } else { args.seeds });
    let held = [
        floors == 0 || the_floor(args.from, floors, args.jobs),
        imports == 0 || the_imports(args.from, imports, args.jobs),
        errands == 0 || the_errands(args.from, errands, args.jobs),
        !failed.into_inner(),
    ];
    if held == [true; 4] { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs seeds of one of the small worlds, and says which of its promises were broken, and how many seeds a second there were.
fn small_world<O: Send>(
    name: &str,
    (from, count): (u64, u64),
    jobs: usize,
    run: impl Fn(u64) -> O + Sync,
    violation: impl Fn(&O) -> Option<&Violation> + Sync,
) -> (Vec<O>, bool) {
    let (next, held) = (AtomicU64::new(from), AtomicBool::new(true));
    let outcomes: Mutex<Vec<O>> = Mutex::default();
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= from + count {
                        return;
                    }
                    let outcome = run(seed);
                    if let Some(Violation { invariant, what }) = violation(&outcome) {
                        println!("{name}, seed {seed}: invariant {invariant} is broken: {what}");
                        held.store(false, Ordering::Relaxed);
                    }
                    outcomes.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(outcome);
                }
            });
        }
    });
    let seconds = started.elapsed().as_secs_f64();
    print!("{name}: {count} seeds in {seconds:.1} s ({:.1} seeds/s): ", count as f64 / seconds);
    let outcomes = outcomes.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    (outcomes, held.into_inner())
}

/// Runs seeds of the agents' floor. Returns whether every promise held.
fn the_floor(from: u64, count: u64, jobs: usize) -> bool {
    let run = |seed| floor::run(seed, None);
    let (outcomes, held) =
        small_world("the floor", (from, count), jobs, run, |outcome| outcome.violation.as_ref());
    let sum = |of: fn(&floor::FloorOutcome) -> u64| outcomes.iter().map(of).sum::<u64>();
    println!(
        "{} calls, {} talks, {} colleagues asked, {} functions died",
        sum(|it| it.calls),
        sum(|it| it.talks),
        sum(|it| it.consults),
        sum(|it| it.deaths),
    );
    held
}

/// Runs seeds of files on their way in. Returns whether every promise held.
fn the_imports(from: u64, count: u64, jobs: usize) -> bool {
    let run = |seed| imports::run(seed, None);
    let (outcomes, held) =
        small_world("imports", (from, count), jobs, run, |outcome| outcome.violation.as_ref());
    let sum = |of: fn(&imports::ImportsOutcome) -> u64| outcomes.iter().map(of).sum::<u64>();
    println!(
        "{} files of {} rows, {} taken back, {} faults",
        sum(|it| it.files),
        sum(|it| it.rows.rows),
        sum(|it| it.undone),
        sum(|it| it.faults),
    );
    held
}

/// Runs seeds of the errands' world. Returns whether every promise held.
fn the_errands(from: u64, count: u64, jobs: usize) -> bool {
    let run = |seed| errands::run(seed, None);
    let (outcomes, held) =
        small_world("errands", (from, count), jobs, run, |outcome| outcome.violation.as_ref());
    let sum = |of: fn(&errands::ErrandOutcome) -> u64| outcomes.iter().map(of).sum::<u64>();
    println!(
        "{} posts, {} delivered, {} given up, {} recordings kept, {} people forgotten, {} dead letters, {} faults",
        sum(|it| it.posts),
        sum(|it| it.delivered),
        sum(|it| it.failed),
        sum(|it| it.kept),
        sum(|it| it.forgotten),
        sum(|it| it.dead_letters),
        sum(|it| it.faults.values().sum()),
    );
    held
}

/// Says what went wrong, with the trace of how it came to it for the first seed that failed.
fn report(outcome: &Outcome, options: Options, failed: &AtomicBool) {
    if let Some(trace) = &outcome.trace {
        print!("{trace}");
    }
    let Some(violation) = &outcome.violation else { return };
    println!("seed {}: invariant {} is broken: {}", outcome.seed, violation.invariant, violation.what);
    let first = !failed.swap(true, Ordering::Relaxed);
    if first && outcome.trace.is_none() {
        let again = run(outcome.seed, Options { trace: true, ..options });
        let trace = again.trace.unwrap_or_default();
        let lines: Vec<&str> = trace.lines().collect();
        let shown = lines.len().saturating_sub(60);
        println!("  … {shown} lines before; all of them: simulate --seed {} --trace", outcome.seed);
        for line in &lines[shown..] {
            println!("  {line}");
        }
    }
}
