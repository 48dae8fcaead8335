//! Rows through the import function: S3 is memory, and so is the table, with and without the time that DynamoDB takes.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use async_trait::async_trait;
use carillon_domain::ports::{ObjectError, ObjectInfo, Objects, Presigned, UploadTerms};
use carillon_store::memory::{MemoryTable, Usage};
use carillon_store::port::{Item, Key, Page, Query, Write};
use carillon_store::{Consistency, StoreError, Table, Vault};
use import_fn::{Answer, Deps, Request};
use jiff::SignedDuration;
use serde_json::json;

use crate::world::{self, Sink, TENANT};

/// A write to DynamoDB within a region takes so long, and a little more under load.
const ROUND_TRIP: Duration = Duration::from_millis(5);

pub(crate) async fn run(rows: u64) -> Result<()> {
    let file = file(rows);
    println!(
        "{rows} rows, {:.1} MB, each a new contact, through *open*, *read* and *close* on one core:\n",
        file.len() as f64 / 1e6
    );
    println!(
        "| table | rows/s | reads a row | writes a row | read units a row | write units a row | of which indexes |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (into, campaign) in [("contacts alone", false), ("into a campaign", true)] {
        for delay in [Duration::ZERO, ROUND_TRIP] {
            // Time passes for real here, so fewer rows will do.
            let file = if delay.is_zero() { file.clone() } else { self::file(rows / 5) };
            measure(into, campaign, delay, file).await?;
        }
    }
    Ok(())
}

async fn measure(into: &str, campaign: bool, delay: Duration, file: Vec<u8>) -> Result<()> {
    let table = Arc::new(Slow { table: MemoryTable::new(), delay });
    let private = Arc::new(Slow { table: MemoryTable::new(), delay });
    world::found(&table.table, 4).await?;
    table.table.reset_usage();
    let deps = Deps {
        table: table.clone(),
        vault: Arc::new(Vault::in_memory(private.clone(), Arc::default())),
        objects: Arc::new(File(file)),
        launcher: Arc::new(Sink),
        clock: world::clock(),
        time_per_step: SignedDuration::from_hours(1),
        rows_per_part: 1_000,
    };
    let folder = if campaign { format!("{TENANT}/{}", world::CAMPAIGN) } else { TENANT.to_owned() };
    let arrived = json!({"step": "open", "execution": "e",
        "detail": {"bucket": {"name": "b"}, "object": {"key": format!("drops/{folder}/file.csv"), "etag": "1"}}});
    let begun = Instant::now();
    let opened = import_fn::handle(&deps, serde_json::from_value(arrived)?).await?;
    let Answer::Opened { next: "read", tenant: Some(tenant), import_id: Some(id) } = opened else {
        bail!("the file was not taken: {opened:?}");
    };
    let step = |step: &str| -> Result<Request> {
        Ok(serde_json::from_value(
            json!({"step": step, "execution": "e", "tenant": tenant, "import_id": id}),
        )?)
    };
    while import_fn::handle(&deps, step("read")?).await? != (Answer::Read { done: true }) {}
    let took = begun.elapsed().as_secs_f64();
    let usages = [table.table.usage(), private.table.usage()];
    let counts = carillon_store::TenantTable::new(&table.table, &tenant).import(&id).await?;
    let rows = counts.map_or(0, |import| import.value.counts.valid) as f64;
    let (mut reads, mut writes, mut indexes) = (0, 0, 0.0);
    for units in usages.iter().flat_map(|usage| usage.by_operation.values()) {
        indexes += units.index_write_units;
        if units.write_units > 0.0 {
            writes += units.items;
        } else {
            reads += units.items;
        }
    }
    let sum = |of: fn(&Usage) -> f64| usages.iter().map(of).sum::<f64>() / rows;
    println!(
        "| {into}, {} | {:.0} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
        if delay.is_zero() { "no waiting".to_owned() } else { format!("{} ms a request", delay.as_millis()) },
        rows / took,
        reads as f64 / rows,
        writes as f64 / rows,
        sum(|usage| usage.read_units),
        sum(|usage| usage.write_units),
        indexes / rows,
    );
    Ok(())
}

/// Rows that are all good and all new.
fn file(rows: u64) -> Vec<u8> {
    let mut text = "first_name,last_name,phone,country,email,city\n".to_owned();
    for row in 0..rows {
        // Infallible: a string takes everything.
        let _ = writeln!(
            text,
            "Ada,Lovelace{row},+1212{:07},US,person{row}@example.com,New York",
            2_000_000 + row
        );
    }
    text.into_bytes()
}

/// One file, and room for what is written beside it.
struct File(Vec<u8>);

fn info(size: usize) -> ObjectInfo {
    ObjectInfo { size: size as u64, etag: "1".to_owned() }
}

fn unasked() -> ObjectError {
    ObjectError::Missing
}

#[async_trait]
impl Objects for File {
    async fn head(&self, _: &str) -> Result<Option<ObjectInfo>, ObjectError> {
        Ok(Some(info(self.0.len())))
    }

    async fn get_range(&self, _: &str, _: Option<&str>, from: u64, len: u64) -> Result<Vec<u8>, ObjectError> {
        let from = usize::try_from(from).unwrap_or(usize::MAX).min(self.0.len());
        let to = from.saturating_add(usize::try_from(len).unwrap_or(usize::MAX)).min(self.0.len());
        Ok(self.0[from..to].to_vec())
    }

    async fn put(&self, _: &str, bytes: Vec<u8>, _: &str) -> Result<ObjectInfo, ObjectError> {
        Ok(info(bytes.len()))
    }

    async fn delete(&self, _: &str) -> Result<(), ObjectError> {
        Err(unasked())
    }

    async fn concat(&self, _: Vec<u8>, _: &[String], _: &str, _: &str) -> Result<(), ObjectError> {
        Ok(())
    }

    async fn presign_put(&self, _: &str, _: &UploadTerms) -> Result<Presigned, ObjectError> {
        Err(unasked())
    }

    async fn presign_get(&self, _: &str, _: Option<&str>, _: u32) -> Result<Presigned, ObjectError> {
        Err(unasked())
    }
}

/// A table that takes its time.
struct Slow {
    table: MemoryTable,
    delay: Duration,
}

impl Slow {
    async fn wait(&self) {
        self.wait_for(1).await;
    }

    /// A batch is as many requests as it takes, four at a time.
    async fn wait_for(&self, requests: usize) {
        if !self.delay.is_zero() {
            let rounds = u32::try_from(requests.div_ceil(4)).unwrap_or(u32::MAX);
            tokio::time::sleep(self.delay.saturating_mul(rounds)).await;
        }
    }
}

#[async_trait]
impl Table for Slow {
    async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Item>, StoreError> {
        self.wait().await;
        self.table.get(key, consistency).await
    }

    async fn batch_get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, StoreError> {
        self.wait_for(keys.len().div_ceil(100)).await;
        self.table.batch_get(keys, consistency).await
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        self.wait().await;
        self.table.query(query).await
    }

    async fn write(&self, write: Write) -> Result<(), StoreError> {
        self.wait().await;
        let done = self.table.write(write).await;
        let _ = self.table.drain_changes();
        done
    }

    async fn transact(&self, writes: Vec<Write>, token: &str) -> Result<(), StoreError> {
        self.wait().await;
        self.table.transact(writes, token).await
    }

    async fn batch_write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.wait_for(writes.len().div_ceil(25)).await;
        self.table.batch_write(writes).await
    }
}
