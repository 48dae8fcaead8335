//! Capacity units, counted as DynamoDB bills them.

use std::collections::BTreeMap;

use super::Operation;
use crate::port::{Consistency, Index, Write};

const WRITE_UNIT_BYTES: usize = 1024;
const READ_UNIT_BYTES: usize = 4096;

/// The kinds of operation that are counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OperationKind {
    /// [`crate::port::Table::get`].
    Get,
    /// [`crate::port::Table::batch_get`].
    BatchGet,
    /// [`crate::port::Table::query`] of the table or of an index.
    Query(Index),
    /// [`Write::Put`] by itself.
    Put,
    /// [`Write::Update`] by itself.
    Update,
    /// [`Write::Delete`] by itself.
    Delete,
    /// [`crate::port::Table::transact`].
    Transact,
    /// [`crate::port::Table::batch_write`].
    BatchWrite,
}

impl OperationKind {
    pub(super) fn of(operation: &Operation<'_>) -> Self {
        match operation {
            Operation::Get { .. } => Self::Get,
            Operation::BatchGet { .. } => Self::BatchGet,
            Operation::Query(query) => Self::Query(query.index),
            Operation::Write(Write::Put { .. }) => Self::Put,
            Operation::Write(Write::Update { .. }) => Self::Update,
            Operation::Write(Write::Delete { .. }) => Self::Delete,
            Operation::Write(Write::Check { .. }) | Operation::Transact { .. } => Self::Transact,
            Operation::BatchWrite(_) => Self::BatchWrite,
        }
    }
}

/// What one kind of operation has used.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Units {
    /// Calls of the port that got past their fault hook. A batch of a thousand is one.
    pub calls: u64,
    /// Items read or written, or looked for in vain.
    pub items: u64,
    /// Read request units; eventually consistent reads count in halves.
    pub read_units: f64,
    /// Write request units, those of the indexes included.
    pub write_units: f64,
    /// How many of the write units were for the indexes.
    pub index_write_units: f64,
}

/// What a table has used since it was made or last reset.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// All read request units.
    pub read_units: f64,
    /// All write request units.
    pub write_units: f64,
    /// The same, by kind of operation.
    pub by_operation: BTreeMap<OperationKind, Units>,
}

impl Units {
    /// Adds others to these.
    pub fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.items += other.items;
        self.read_units += other.read_units;
        self.write_units += other.write_units;
        self.index_write_units += other.index_write_units;
    }

    /// What has come to these since an earlier count of the same.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            calls: self.calls - earlier.calls,
            items: self.items - earlier.items,
            read_units: self.read_units - earlier.read_units,
            write_units: self.write_units - earlier.write_units,
            index_write_units: self.index_write_units - earlier.index_write_units,
        }
    }
}

impl Usage {
    /// All kinds of operation together.
    #[must_use]
    pub fn total(&self) -> Units {
        let mut total = Units::default();
        self.by_operation.values().for_each(|units| total.add(*units));
        total
    }

    pub(super) fn called(&mut self, kind: OperationKind) {
        self.by_operation.entry(kind).or_default().calls += 1;
    }

    pub(super) fn read(&mut self, kind: OperationKind, items: u64, units: f64) {
        self.read_units += units;
        let entry = self.by_operation.entry(kind).or_default();
        entry.items += items;
        entry.read_units += units;
    }

    pub(super) fn wrote(&mut self, kind: OperationKind, table_units: u64, index_units: u64) {
        // Counts of units are far below 2^53, so these sums are exact.
        self.write_units += table_units as f64;
        let entry = self.by_operation.entry(kind).or_default();
        entry.items += 1;
        entry.write_units += table_units as f64;
        self.index_wrote(kind, index_units);
    }

    pub(super) fn index_wrote(&mut self, kind: OperationKind, index_units: u64) {
        self.write_units += index_units as f64;
        let entry = self.by_operation.entry(kind).or_default();
        entry.write_units += index_units as f64;
        entry.index_write_units += index_units as f64;
    }
}

/// For bytes written; nothing costs one too.
pub(super) fn write_units(bytes: usize) -> u64 {
    bytes.div_ceil(WRITE_UNIT_BYTES).max(1) as u64
}

/// For bytes read together; nothing costs one too, or half.
pub(super) fn read_units(bytes: usize, consistency: Consistency) -> f64 {
    let units = bytes.div_ceil(READ_UNIT_BYTES).max(1) as f64;
    match consistency {
        Consistency::Strong => units,
        Consistency::Eventual => units / 2.0,
    }
}
