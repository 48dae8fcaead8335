//! The cost and scale guide, with every figure counted: what `docs/costs.md` is made of.

use std::fmt::Write as _;

use carillon_engine::order::ORDERS_MAX;

use crate::cost::Cost;
use crate::hub::Function;
use crate::template;
use crate::{Case, Options, Outcome, Scenario, run_scenario};

/// Calls of a month for which bills are reckoned.
const MONTHS: [u32; 3] = [3_000, 30_000, 300_000];
/// Minutes of a month.
const MINUTES: f64 = 30.0 * 24.0 * 60.0;
/// What a frugal design costs per 1,000 attempts, dollars: by its counts in the table, with 2 HTTP API requests.
const FRUGAL: f64 = 0.0051;
/// The seed: whose people answer how.
const SEED: u64 = 1;

fn counted(case: Case, contacts: usize) -> Outcome {
    run_scenario(Scenario::plain(SEED, contacts, case), Options::default())
}

/// The guide, as Markdown. `large` is how many contacts the larger campaign has.
#[must_use]
pub fn text(large: usize) -> String {
    const SMALL: usize = 3_000;
    let plain = counted(Case::Germany, SMALL);
    let cases = [
        (format!("{SMALL} contacts in Germany, greeted by name"), Cost::of(&plain)),
        (
            format!("{SMALL} contacts in Germany, who all hear the same"),
            Cost::of(&counted(Case::GermanyNameless, SMALL)),
        ),
        (
            format!("{SMALL} contacts in Germany, by name, machines detected"),
            Cost::of(&counted(Case::GermanyDetecting, SMALL)),
        ),
        (format!("{SMALL} contacts in Florida, by name"), Cost::of(&counted(Case::Florida, SMALL))),
        (format!("{large} contacts in Germany, by name"), Cost::of(&counted(Case::Germany, large))),
    ];
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = attempts(&mut text, &cases);
    let _ = parts(&mut text, &plain);
    let _ = standing(&mut text, &plain);
    let _ = bounds(&mut text, &cases[0].1);
    let _ = further(&mut text, &cases[0].1, &cases[4].1);
    text
}

fn attempts(text: &mut String, cases: &[(String, Cost)]) -> std::fmt::Result {
    writeln!(text, "## An attempt\n")?;
    writeln!(
        text,
        "One campaign on one day, five calls a second, three attempts at most, in which nothing goes wrong: the \
         production handlers over the in-memory table, which counts units as DynamoDB bills them. People as the \
         simulation has them: four of ten do not answer, every tenth opts out. Per attempt, us-east-1 list prices, arm64, \
         without telephony, logs and the free tier:\n"
    )?;
    write!(
        text,
        "| | invocations | ms | write units | read units | queue requests | transitions | HTTP API | $ per 1,000 | of frugal |"
    )?;
    MONTHS.iter().try_for_each(|calls| write!(text, " {calls} a month |"))?;
    writeln!(text, "\n|---|---|---|---|---|---|---|---|---|---|---|---|---|")?;
    let month = |text: &mut String, dollars: f64| {
        MONTHS.iter().try_for_each(|calls| write!(text, " ${:.2} |", dollars * f64::from(*calls) / 1_000.0))
    };
    for (name, cells, dollars) in [
        ("a Node system's own cost sheet", "| | | | | |", 0.837),
        ("an execution per call, several indexes", "8 | | 12 | 10 | 6 | 12 | 4", 0.326),
        ("frugal, the target", "2.2 | | 3.2 | 1 | 0.8 | 0.001 | 2", FRUGAL),
        ("moonshot", "1.5 | | 2.2 | 0.5 | 0.3 | 0.0001 | 0", 0.0019),
    ] {
        write!(text, "| *{name}* | {cells} | {dollars:.4} | {:.0}% |", 100.0 * dollars / FRUGAL)?;
        month(text, dollars)?;
        writeln!(text)?;
    }
    for (name, cost) in cases {
        write!(
            text,
            "| **{name}** | {:.2} | {:.0} | {:.2} | {:.2} | {:.2} | {:.4} | 0 | **{:.4}** | {:.0}% |",
            cost.invocations,
            cost.milliseconds,
            cost.writes,
            cost.reads,
            cost.queue,
            cost.transitions,
            cost.dollars,
            100.0 * cost.dollars / FRUGAL
        )?;
        month(text, cost.dollars)?;
        writeln!(text)?;
    }
    writeln!(text)
}

fn parts(text: &mut String, outcome: &Outcome) -> std::fmt::Result {
    let cost = Cost::of(outcome);
    writeln!(text, "## What each part costs\n\nOf a thousand attempts in Germany:\n")?;
    writeln!(text, "| part | invocations $ | time $ | writes $ | reads $ | together $ | share |")?;
    writeln!(text, "|---|---|---|---|---|---|---|")?;
    let mut row = |name: &str, [invocations, time, writes, reads]: [f64; 4]| {
        let sum = invocations + time + writes + reads;
        writeln!(
            text,
            "| {name} | {invocations:.5} | {time:.5} | {writes:.5} | {reads:.5} | {sum:.5} | {:.0}% |",
            100.0 * sum / cost.dollars
        )
    };
    for (function, (count, spent)) in &outcome.stats.invocations {
        let of_function = outcome.stats.table.iter().filter(|((of, ..), _)| of == function);
        let (mut writes, mut reads) = (0.0, 0.0);
        for (_, units) in of_function {
            writes += units.write_units;
            reads += units.read_units;
        }
        let paid = *spent as f64 * f64::from(function.memory_mb()) / 128.0;
        let each = |sum: f64, price: f64| price * sum / cost.attempts;
        row(
            function.name(),
            [
                each(*count as f64, 0.0002),
                each(paid, 1.67e-6),
                each(writes, 0.000_625),
                each(reads, 0.000_125),
            ],
        )?;
    }
    row("SQS", [0.0004 * cost.queue, 0.0, 0.0, 0.0])?;
    row("Step Functions", [0.025 * cost.transitions, 0.0, 0.0, 0.0])?;
    writeln!(text, "\nTo the last unit: `cargo run -p carillon-simulation -- --cost`.\n")
}

fn standing(text: &mut String, outcome: &Outcome) -> std::fmt::Result {
    let sweep = outcome.stats.invocations.get(&Function::Reconcile).copied().unwrap_or((1, 0));
    let each_ms = sweep.1 as f64 / sweep.0.max(1) as f64;
    let memory = f64::from(Function::Reconcile.memory_mb()) / 128.0;
    let sweeps = (0.0002 + 1.67e-6 * each_ms * memory + 0.000_125) * MINUTES / 1_000.0;
    // A stream is not asked by long polls.
    let queues = template::count("      EventSourceArn: ")
        - template::count("      EventSourceArn: !GetAtt Table.StreamArn\n");
    let polls = 5.0 * 3.0 * MINUTES * queues as f64;
    const ALARMS: &str = include_str!("../../../infra/alarms.yaml");
    let alarms = ALARMS.matches("AWS::CloudWatch::Alarm").count();
    writeln!(text, "## What is paid while nobody is called\n")?;
    writeln!(text, "| | a month | $ |\n|---|---|---|")?;
    writeln!(
        text,
        "| reconcile looks every minute | {MINUTES:.0} invocations, one read unit each | {sweeps:.2} |"
    )?;
    writeln!(
        text,
        "| Lambda asks {queues} queues for messages: five long polls of twenty seconds each | {polls:.0} requests | {:.2} |",
        polls * 0.0004 / 1_000.0
    )?;
    let keys = template::count("    Type: AWS::KMS::Key\n");
    writeln!(text, "| KMS keys: data, and names | {keys} | {keys}.00 |")?;
    writeln!(text, "| alarms | {alarms} | {:.2} |", alarms as f64 * 0.10)?;
    writeln!(text, "| a tenant's credentials, in Secrets Manager | 1 a tenant | 0.40 |")?;
    writeln!(
        text,
        "\nWithout the free tier, which covers the first and most of the second. Beside that: storage ($0.25 a GB in DynamoDB, where a \
         contact with its enrollment and two attempts takes about 3 KB), backups, and logs ($0.50 a GB): functions log by \
         exception, not per call.\n"
    )
}

fn bounds(text: &mut String, cost: &Cost) -> std::fmt::Result {
    let number = |resource: &str, property: &str| template::number(resource, property);
    let batch = f64::from(number("DialFunctionCalls", "BatchSize")) * ORDERS_MAX as f64;
    let concurrency = f64::from(number("DialConcurrency", "Default"));
    let shards = 4.0;
    writeln!(text, "## What bounds scale\n")?;
    writeln!(text, "| limit | what it means here | what to do |\n|---|---|---|")?;
    writeln!(
        text,
        "| Twilio: 1 call a second for a new account | 3,600 calls an hour; what is sent sooner waits in Twilio's queue | ask Twilio for more; `pace.calls_per_second` is what we send |"
    )?;
    writeln!(
        text,
        "| dial functions at once: {concurrency:.0} | about {:.0} calls a second, at 0.4 s for a batch of {batch:.0} | the template's `DialConcurrency` |",
        concurrency * batch / 0.4
    )?;
    writeln!(
        text,
        "| a new on-demand table: 4,000 writes a second | about {:.0} attempts a second | warm throughput; it doubles by itself under load |",
        4_000.0 / cost.writes
    )?;
    writeln!(
        text,
        "| a DynamoDB partition: 1,000 writes a second | a campaign's due index: {shards:.0} shards, {:.1} writes an attempt: {:.0} attempts a second. Everything else that is written per attempt lies in its contact's partition | more shards, set when a campaign is made |",
        cost.index_writes,
        shards * 1_000.0 / cost.index_writes.max(0.1)
    )?;
    writeln!(
        text,
        "| the account's Lambda concurrency: 1,000 | webhooks take {:.0} ms: tens of thousands a second | a quota |",
        cost.webhook_ms
    )?;
    writeln!(
        text,
        "| SQS delays by 15 minutes at most | a wave reaches 450 s ahead at most | nothing: waves follow each other |"
    )?;
    writeln!(
        text,
        "| Step Functions: 25,000 events a history, nine a wave | {} waves, then a campaign goes on as a new execution | nothing |",
        number("WavesPerExecution", "Default")
    )?;
    writeln!(
        text,
        "| a planner's speed | see [benchmarks/planner.md](benchmarks/planner.md): thousands of times what is called | nothing |\n"
    )
}

fn further(text: &mut String, small: &Cost, large: &Cost) -> std::fmt::Result {
    const WRITE: f64 = 0.000_625;
    const READ: f64 = 0.000_125;
    let first_attempts = 0.7; // the others are retries
    let changes = [
        (
            "larger campaigns: looks and folds are shared by more calls",
            small.dollars - large.dollars,
            "none: it is so, in the last line of the first table",
        ),
        (
            "the attempt as part of its enrollment's item: a call's end and what follows from it are one write and one read",
            WRITE + READ,
            "an enrollment grows with every attempt, and everything about a contact in a campaign contends for one item",
        ),
        (
            "first attempts in the order of the roster; only retries are put into the due index",
            first_attempts * WRITE,
            "priorities would have to be sorted at import, and a contact put off be told from one that was passed",
        ),
        (
            "ends of calls through Twilio's event stream, a hundred at a time, instead of a webhook each",
            0.0002 + 1.67e-6 * small.webhook_ms * 2.0,
            "an end is known a minute later, and there is another thing to set up at Twilio",
        ),
        (
            "the next look asked for by a delayed message, where it is less than a quarter of an hour away, instead of three transitions",
            0.8 * (0.025 - 0.0004) * large.transitions,
            "a planner has to tell its own message from one that is out of date, and an execution no longer shows where its campaign stands",
        ),
        (
            "the due index with what a planner judges by, instead of keys",
            0.45 * READ,
            "whatever else changes an enrollment is a write more",
        ),
        (
            "one look at the contact's file instead of two",
            READ,
            "two campaigns could call one contact at once: invariant 2",
        ),
    ];
    writeln!(text, "## What would reach the moonshot row\n")?;
    writeln!(text, "| change | saves $ per 1,000 | price |\n|---|---|---|")?;
    for (change, saves, price) in changes {
        writeln!(text, "| {change} | {saves:.5} | {price} |")?;
    }
    let saved: f64 = changes.iter().map(|(_, saves, _)| saves).sum();
    writeln!(
        text,
        "\nTogether they would leave ${:.4}. What is left above the moonshot is keys that people press and opt-outs, which \
         are written when they are heard, counters and a log of calls that are seconds old, and the strong reads right \
         before a call. For 300,000 calls a month all of it is {:.0} cents.",
        small.dollars - saved,
        saved * 30_000.0
    )
}
