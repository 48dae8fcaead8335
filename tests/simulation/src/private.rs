//! The private table as functions see it: as slow as the other one, and on their bill. It never fails, for no decision
//! depends on it.

use std::sync::Arc;

use async_trait::async_trait;
use carillon_store::port::{Item, Key, Page, Query, Write};
use carillon_store::{Consistency, StoreError, Table, Vault};

use crate::exec::Sleep;
use crate::hub::{Function, Hub};

/// A table operation takes so long, milliseconds.
const LATENCY: i64 = 5;

/// The keys of people's profiles, as all sandboxes of a function have them.
pub(crate) fn vault(hub: &Arc<Hub>, function: Function) -> Arc<Vault> {
    let table = Private { hub: Arc::clone(hub), function };
    Arc::new(Vault::in_memory(Arc::new(table), Arc::default()))
}

struct Private {
    hub: Arc<Hub>,
    function: Function,
}

impl Private {
    async fn counted<T>(
        &self,
        operation: &'static str,
        doing: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        // Before the world begins to turn nobody would wake a sleeper.
        if self.function != Function::Api {
            Sleep::new(Arc::clone(&self.hub), LATENCY).await;
        }
        let before = self.hub.private.spent();
        let done = doing.await;
        let used = self.hub.private.spent().since(before);
        let of = (self.function, operation, "keys of profiles");
        self.hub.lock().stats.table.entry(of).or_default().add(used);
        done
    }
}

#[async_trait]
impl Table for Private {
    async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Item>, StoreError> {
        self.counted("get", self.hub.private.get(key, consistency)).await
    }

    async fn batch_get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, StoreError> {
        self.counted("batch get", self.hub.private.batch_get(keys, consistency)).await
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        self.counted("query", self.hub.private.query(query)).await
    }

    async fn write(&self, write: Write) -> Result<(), StoreError> {
        self.counted("write", self.hub.private.write(write)).await
    }

    async fn transact(&self, writes: Vec<Write>, token: &str) -> Result<(), StoreError> {
        self.counted("transact", self.hub.private.transact(writes, token)).await
    }

    async fn batch_write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.counted("batch write", self.hub.private.batch_write(writes)).await
    }
}
