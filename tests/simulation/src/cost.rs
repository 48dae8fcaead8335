//! What an attempt costs when nothing goes wrong: counted, not estimated.

use std::fmt::Write as _;

use crate::{Case, Function, Options, Outcome, Scenario, run_scenario};

/// Per attempt, and what a thousand of them cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Attempts counted.
    pub attempts: f64,
    /// Lambda invocations.
    pub invocations: f64,
    /// Their time, as the simulation's latencies have it, milliseconds.
    pub milliseconds: f64,
    /// DynamoDB write units.
    pub writes: f64,
    /// DynamoDB read units.
    pub reads: f64,
    /// SQS requests.
    pub queue: f64,
    /// State transitions.
    pub transitions: f64,
    /// Write units of the due index, of the write units.
    pub index_writes: f64,
    /// How long a webhook takes, milliseconds.
    pub webhook_ms: f64,
    /// Dollars per 1,000 attempts, without telephony and logs.
    pub dollars: f64,
}

impl Cost {
    /// What a run cost.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Self {
        // Counts are far below 2^53.
        let attempts = outcome.attempts.max(1) as f64;
        let invocations: u64 = outcome.stats.invocations.values().map(|(count, _)| count).sum();
        let functions = outcome.stats.invocations.iter();
        // A function of 256 MB pays double what one of 128 MB pays.
        let (mut milliseconds, mut paid) = (0.0, 0.0);
        for (function, (_, spent)) in functions {
            let spent = *spent as f64 / attempts;
            milliseconds += spent;
            paid += spent * f64::from(function.memory_mb()) / 128.0;
        }
        let invocations = invocations as f64 / attempts;
        let writes = (outcome.usage.write_units + outcome.private.write_units) / attempts;
        let reads = (outcome.usage.read_units + outcome.private.read_units) / attempts;
        let queue = outcome.stats.queue_requests as f64 / attempts;
        let transitions = outcome.stats.transitions as f64 / attempts;
        // List prices of us-east-1, per 1,000 attempts.
        let dollars = 0.0002 * invocations
            + 1.67e-6 * paid
            + 0.000_625 * writes
            + 0.000_125 * reads
            + 0.0004 * queue
            + 0.025 * transitions;
        let of_enrollments = outcome.stats.table.iter().filter(|((.., what), _)| *what == "enrollment");
        let index_writes = of_enrollments.map(|(_, units)| units.index_write_units / attempts).sum();
        let webhooks = outcome.stats.invocations.get(&Function::TwilioVoice).copied().unwrap_or((1, 0));
        let webhook_ms = webhooks.1 as f64 / webhooks.0.max(1) as f64;
        Self {
            attempts,
            invocations,
            milliseconds,
            writes,
            reads,
            queue,
            transitions,
            index_writes,
            webhook_ms,
            dollars,
        }
    }
}

/// Runs campaigns in which nothing goes wrong, and prints what they cost; or, if a trace is asked for, what happens in
/// the first of them.
#[must_use]
pub fn table(contacts: usize, trace: bool) -> String {
    let mut text = String::new();
    let mut line = |line: String| {
        let _ = writeln!(text, "{line}");
    };
    let cases = [
        (Case::Germany, "Germany, greeted by name"),
        (Case::GermanyNameless, "Germany, the same for everybody"),
        (Case::GermanyDetecting, "Germany, machines detected"),
        (Case::Florida, "Florida"),
    ];
    let counted = cases.map(|(case, name)| {
        (name, run_scenario(Scenario::plain(1, contacts, case), Options { trace, ..Options::default() }))
    });
    line(format!("{contacts} contacts, called on one day. Per attempt:"));
    line(
        "| | attempts | invocations | ms | write units | read units | queue | transitions | $/1,000 |".into(),
    );
    line("|---|---|---|---|---|---|---|---|---|".into());
    line("| frugal, the target | | 2.2 | | 3.2 | 1 | 0.8 | 0.001 | 0.0051 |".into());
    for (name, outcome) in &counted {
        if let Some(violation) = &outcome.violation {
            line(format!("invariant {} is broken: {}", violation.invariant, violation.what));
        }
        let cost = Cost::of(outcome);
        line(format!(
            "| {name} | {} | {:.2} | {:.0} | {:.2} | {:.2} | {:.2} | {:.4} | {:.4} |",
            outcome.attempts,
            cost.invocations,
            cost.milliseconds,
            cost.writes,
            cost.reads,
            cost.queue,
            cost.transitions,
            cost.dollars
        ));
    }
    let [(name, outcome), ..] = &counted;
    if let Some(trace) = &outcome.trace {
        return trace.clone();
    }
    let cost = Cost::of(outcome);
    line(String::new());
    line(format!("Where it goes, in {name}:"));
    line(String::new());
    line("| function | invocations per attempt | ms each |".into());
    line("|---|---|---|".into());
    for (function, (count, spent)) in &outcome.stats.invocations {
        let each = *spent as f64 / *count as f64;
        line(format!("| {function:?} | {:.3} | {each:.0} |", *count as f64 / cost.attempts));
    }
    line(String::new());
    line("| function | table operation | of | calls per attempt | write units | of which indexes | read units | $/1,000 |".into());
    line("|---|---|---|---|---|---|---|---|".into());
    for ((function, operation, of), units) in &outcome.stats.table {
        let each = |units: f64| units / cost.attempts;
        let dollars = 0.000_625 * each(units.write_units) + 0.000_125 * each(units.read_units);
        line(format!(
            "| {function:?} | {operation} | {of} | {:.3} | {:.3} | {:.3} | {:.3} | {dollars:.5} |",
            each(units.calls as f64),
            each(units.write_units),
            each(units.index_write_units),
            each(units.read_units),
        ));
    }
    text
}
