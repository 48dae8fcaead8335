//! The production handlers over a table in memory: what they can do where the network is no limit.
//!
//! ```text
//! engine-benchmark planner [LARGEST]  waves planned with ten thousand to ten million enrolled
//! engine-benchmark import [ROWS]      rows a second through the import function, and what each row costs
//! engine-benchmark webhook COUNT      so many webhooks, for an instruction counter to watch
//! ```
//!
//! Tables go to the standard output as Markdown.

mod crowd;
mod importing;
mod planner;
mod webhook;
mod world;

use anyhow::{Context as _, bail};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    match arguments[..] {
        ["planner"] => runtime.block_on(planner::run(10_000_000)),
        ["planner", largest] => {
            runtime.block_on(planner::run(largest.parse().context("LARGEST is a number")?))
        }
        ["import"] => runtime.block_on(importing::run(100_000)),
        ["import", rows] => runtime.block_on(importing::run(rows.parse().context("ROWS is a number")?)),
        ["webhook", count] => runtime.block_on(webhook::run(count.parse().context("COUNT is a number")?)),
        _ => bail!("usage: engine-benchmark planner [LARGEST] | import [ROWS] | webhook COUNT"),
    }
}
