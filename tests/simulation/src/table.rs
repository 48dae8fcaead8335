//! The table as an invocation sees it: slow, throttled, forgetful of its answers, and, for mutants, wrong.

use async_trait::async_trait;
use carillon_store::memory::Units;
use carillon_store::port::{Condition, Index, Item, Key, Page, Query, Write};
use carillon_store::{Consistency, StoreError, Table};
use serde_dynamo::AttributeValue;

use crate::hub::{Ctx, Fate, Function};
use crate::mutants::Mutant;

/// A table operation takes so long, milliseconds.
const LATENCY: (i64, i64) = (2, 9);

/// The table, through one invocation's connection.
pub(crate) struct SimTable(pub(crate) Ctx);

impl SimTable {
    /// Puts what an operation uses on the invocation's bill. The table answers at once, so nobody else's is in it.
    async fn counted<T>(
        &self,
        operation: &'static str,
        of: &'static str,
        doing: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let before = self.0.hub.table.spent();
        let done = doing.await;
        let used: Units = self.0.hub.table.spent().since(before);
        self.0.hub.lock().stats.table.entry((self.0.function, operation, of)).or_default().add(used);
        done
    }

    async fn read<T>(
        &self,
        what: impl FnOnce() -> String,
        reading: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        match self.0.approach(LATENCY).await {
            Fate::CrashBefore | Fate::CrashAfter => self.0.die("reading").await,
            Fate::BusyBefore | Fate::BusyAfter => {
                self.0.note(|| format!("{}: busy", what()));
                return Err(StoreError::Busy(None));
            }
            Fate::Fine | Fate::ConflictWithItself => {}
        }
        reading.await
    }

    /// A write in words, if anybody reads the trace.
    fn shown(&self, write: impl FnOnce() -> String) -> String {
        if self.0.hub.lock().trace.is_some() { write() } else { String::new() }
    }

    async fn write_with<T: Default>(
        &self,
        what: &str,
        conditional: bool,
        writing: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let fate = self.0.approach(LATENCY).await;
        match fate {
            Fate::CrashBefore => self.0.die(&format!("before {what}")).await,
            Fate::BusyBefore => {
                self.0.note(|| format!("{what}: busy"));
                return Err(StoreError::Busy(None));
            }
            Fate::Fine | Fate::CrashAfter | Fate::BusyAfter | Fate::ConflictWithItself => {}
        }
        let done = writing.await;
        let told = match (fate, done) {
            (Fate::CrashAfter, done) => {
                let how = if done.is_ok() { "done" } else { "refused" };
                self.0.die(&format!("after {what} ({how})")).await
            }
            (Fate::BusyAfter, _) => Err(StoreError::Busy(None)),
            (Fate::ConflictWithItself, Ok(_)) if conditional => Err(StoreError::Conflict),
            (_, done) => done,
        };
        self.0.note(|| {
            let how = match &told {
                Ok(_) => "done",
                Err(StoreError::Conflict) => "CONFLICT",
                Err(StoreError::Busy(_)) => "done? answer lost",
                Err(_) => "REFUSED",
            };
            format!("{what}: {how}")
        });
        told
    }

    fn mutant(&self) -> Option<Mutant> {
        self.0.hub.lock().mutant
    }

    /// Makes a write wrong, if a mutant does.
    fn spoil(&self, write: &mut Write) {
        let Some(mutant) = self.mutant() else { return };
        let Write::Put { item, condition } = write else { return };
        let sk = text(item, "sk").to_owned();
        let unconditional =
            mutant == Mutant::AttemptsUnconditional && sk.starts_with("A#") && is_new(condition)
                || mutant == Mutant::VersionsIgnored && matches!(condition, Condition::Equals("v", _))
                || mutant == Mutant::FoldUnnoted && sk == "FOLDED";
        if unconditional {
            *condition = Condition::None;
        }
        if mutant == Mutant::RetriesFallOut && sk.starts_with("E#") && !is_new(condition) {
            item.remove("due_pk");
            item.remove("due_sk");
        }
    }

    fn swallows(&self, write: &Write) -> bool {
        match write {
            Write::Put { item, .. } => {
                self.mutant() == Some(Mutant::OptOutsForgotten) && text(item, "pk").contains("#S#")
            }
            Write::Update { .. } | Write::Delete { .. } | Write::Check { .. } => false,
        }
    }
}

/// What an item is, by its key.
fn kind(pk: &str, sk: &str) -> &'static str {
    match sk.split('#').next().unwrap_or_default() {
        "CONTACT" => "contact",
        "E" => "enrollment",
        "A" => "attempt",
        "CAMPAIGN" => "campaign",
        "RUN" => "run",
        "COUNTERS" => "counters",
        "ROSTER" => "roster",
        "TERMS" => "terms",
        "TENANT" => "settings",
        "FOLDED" => "note of a fold, counters",
        _ if pk.contains("#S#") => "suppression",
        _ if pk == "SWEEP#ACTIVE" => "active campaigns",
        _ => "other",
    }
}

fn kind_of(write: Option<&Write>) -> &'static str {
    match write {
        Some(Write::Put { item, .. }) => kind(text(item, "pk"), text(item, "sk")),
        Some(Write::Update { key, .. } | Write::Delete { key, .. } | Write::Check { key, .. }) => {
            kind(&key.pk, &key.sk)
        }
        None => "nothing",
    }
}

fn kind_queried(query: &Query) -> &'static str {
    match query.index {
        Index::Due => "due index",
        Index::List => "a list",
        Index::Primary if query.pk.contains("#C#") => "contact's file",
        Index::Primary => {
            let prefix =
                if let carillon_store::port::Range::Prefix(prefix) = &query.range { prefix } else { "" };
            kind(&query.pk, prefix)
        }
    }
}

fn operation(write: &Write) -> &'static str {
    match write {
        Write::Put { .. } => "put",
        Write::Update { .. } => "update",
        Write::Delete { .. } => "delete",
        Write::Check { .. } => "check",
    }
}

fn is_new(condition: &Condition) -> bool {
    *condition == Condition::Absent
}

/// The text of an item's attribute; empty if there is none.
pub(crate) fn text<'i>(item: &'i Item, name: &str) -> &'i str {
    if let Some(AttributeValue::S(text)) = item.get(name) { text } else { "" }
}

fn describe(write: &Write) -> String {
    let state = |item: &Item| {
        let Some(AttributeValue::M(state)) = item.get("state") else { return String::new() };
        let word = |name: &str| match state.get(name) {
            Some(AttributeValue::S(word)) => format!(" {word}"),
            Some(_) | None => String::new(),
        };
        ["is", "due", "outcome", "reason"].map(word).concat()
    };
    match write {
        Write::Put { item, .. } => format!("put {} {}{}", text(item, "pk"), text(item, "sk"), state(item)),
        Write::Update { key, .. } => format!("update {} {}", key.pk, key.sk),
        Write::Delete { key, .. } => format!("delete {} {}", key.pk, key.sk),
        Write::Check { key, .. } => format!("check {} {}", key.pk, key.sk),
    }
}

fn is_conditional(write: &Write) -> bool {
    match write {
        Write::Put { condition, .. }
        | Write::Update { condition, .. }
        | Write::Delete { condition, .. }
        | Write::Check { condition, .. } => *condition != Condition::None,
    }
}

#[async_trait]
impl Table for SimTable {
    async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Item>, StoreError> {
        let table = &self.0.hub.table;
        let got = self.counted("get", kind(&key.pk, &key.sk), table.get(key, consistency));
        let got = self.read(|| format!("get {} {}", key.pk, key.sk), got).await?;
        match self.mutant() {
            Some(Mutant::FoldUnnoted) if key.sk == "FOLDED" => Ok(None),
            Some(Mutant::PausesUnseen)
                if key.sk == "CAMPAIGN" && self.0.function == Function::DialContact =>
            {
                Ok(got.map(|mut item| {
                    item.insert("state".to_owned(), AttributeValue::S("running".to_owned()));
                    item
                }))
            }
            Some(_) | None => Ok(got),
        }
    }

    async fn batch_get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, StoreError> {
        let table = &self.0.hub.table;
        let what = || format!("batch-get {} items", keys.len());
        let of = keys.first().map_or("nothing", |key| kind(&key.pk, &key.sk));
        let getting = self.counted("batch get", of, table.batch_get(keys, consistency));
        let mut items = self.read(what, getting).await?;
        if self.mutant() == Some(Mutant::SuppressionsUnseen) {
            items.retain(|item| !text(item, "pk").contains("#S#"));
        }
        Ok(items)
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        let table = &self.0.hub.table;
        let querying = self.counted("query", kind_queried(query), table.query(query));
        let mut page = self.read(|| format!("query {}", query.pk), querying).await?;
        if self.mutant() == Some(Mutant::SuppressionsUnseen) && query.pk.contains("#S#") {
            page.items.clear();
        }
        if self.mutant() == Some(Mutant::OthersUnseen) && self.0.function == Function::DialContact {
            page.items.retain(|item| !text(item, "sk").starts_with("A#"));
        }
        Ok(page)
    }

    async fn write(&self, mut write: Write) -> Result<(), StoreError> {
        self.spoil(&mut write);
        if self.swallows(&write) {
            return Ok(());
        }
        let (shown, conditional) = (self.shown(|| describe(&write)), is_conditional(&write));
        let (operation, of) = (operation(&write), kind_of(Some(&write)));
        let writing = self.counted(operation, of, self.0.hub.table.write(write));
        self.write_with(&shown, conditional, writing).await
    }

    async fn transact(&self, mut writes: Vec<Write>, token: &str) -> Result<(), StoreError> {
        writes.iter_mut().for_each(|write| self.spoil(write));
        let shown = self.shown(|| {
            let each: Vec<_> = writes.iter().map(describe).collect();
            format!("transact [{}]", each.join(", "))
        });
        let token = match self.mutant() {
            // The note's condition gone, the token must not save the day.
            Some(Mutant::FoldUnnoted) => format!("{token}{}", self.0.task),
            Some(_) | None => token.to_owned(),
        };
        // A repeated transaction is recognised by its token, so it is never in its own way.
        let of = kind_of(writes.first());
        let writing = self.counted("transact", of, self.0.hub.table.transact(writes, &token));
        self.write_with(&shown, false, writing).await
    }

    async fn batch_write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        let shown = self.shown(|| format!("batch-write {} items", writes.len()));
        let of = kind_of(writes.first());
        let writing = self.counted("batch write", of, self.0.hub.table.batch_write(writes));
        self.write_with(&shown, false, writing).await
    }
}
