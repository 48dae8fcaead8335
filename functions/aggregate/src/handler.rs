//! One batch of changes.

use std::sync::Arc;

use anyhow::Context;
use aws_lambda_events::dynamodb;
use carillon_engine::clock::Clock;
use carillon_store::{Change, Sweeps, Table};

/// What the function works with.
pub struct Deps {
    /// The table.
    pub table: Arc<dyn Table>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Writes down what has ended, and folds the batch into the counters. Both may be repeated.
///
/// # Errors
/// The table's: the stream then delivers the batch again.
pub async fn handle(deps: &Deps, event: dynamodb::Event) -> anyhow::Result<()> {
    let changes: Vec<Change> = event.records.into_iter().map(change).collect();
    let now = deps.clock.now().as_second();
    let sweeps = Sweeps::new(deps.table.as_ref());
    sweeps.log_calls(&changes).await.context("logging calls")?;
    sweeps.fold(&changes, now).await.context("folding a batch")
}

fn change(record: dynamodb::EventRecord) -> Change {
    let image = |item: carillon_store::port::Item| (!item.is_empty()).then_some(item);
    Change {
        event_id: record.event_id,
        at: None,
        old: image(record.change.old_image),
        new: image(record.change.new_image),
    }
}
