//! A table in memory that takes as long as one that is elsewhere.

use std::time::Duration;

use async_trait::async_trait;
use carillon_store::memory::MemoryTable;
use carillon_store::port::{Item, Key, Page, Query, Write};
use carillon_store::{Consistency, StoreError, Table};

use crate::trips::Trip;

/// How long the table takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Latencies {
    read: Duration,
    write: Duration,
    transact: Duration,
}

impl Latencies {
    pub(crate) fn of_millis(read: f64, write: f64, transact: f64) -> Self {
        let [read, write, transact] =
            [read, write, transact].map(|ms| Duration::try_from_secs_f64(ms / 1_000.0).unwrap_or_default());
        Self { read, write, transact }
    }
}

pub(crate) struct SlowTable {
    table: MemoryTable,
    latencies: Latencies,
}

impl SlowTable {
    pub(crate) fn new(table: MemoryTable, latencies: Latencies) -> Self {
        Self { table, latencies }
    }
}

impl SlowTable {
    async fn after<T>(
        &self,
        latency: Duration,
        doing: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let trip = Trip::begin();
        tokio::time::sleep(latency).await;
        let done = doing.await;
        if matches!(done, Err(StoreError::Conflict)) {
            trip.conflicted();
        }
        done
    }
}

#[async_trait]
impl Table for SlowTable {
    async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Item>, StoreError> {
        self.after(self.latencies.read, self.table.get(key, consistency)).await
    }

    async fn batch_get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, StoreError> {
        self.after(self.latencies.read, self.table.batch_get(keys, consistency)).await
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        self.after(self.latencies.read, self.table.query(query)).await
    }

    async fn write(&self, write: Write) -> Result<(), StoreError> {
        self.after(self.latencies.write, self.table.write(write)).await
    }

    async fn transact(&self, writes: Vec<Write>, token: &str) -> Result<(), StoreError> {
        self.after(self.latencies.transact, self.table.transact(writes, token)).await
    }

    async fn batch_write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.after(self.latencies.write, self.table.batch_write(writes)).await
    }
}
