//! The table in DynamoDB.
//!
//! One call of the port is one request, but for batches, which are as many as their size needs: a few at a
//! time, and what DynamoDB leaves unprocessed is asked for again, less and less often, until it is done or
//! patience ends. Other retries are the client's, whose configuration decides them.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeValue as Sent, ConditionCheck, Delete, DeleteRequest, KeysAndAttributes, Put, PutRequest,
    TransactWriteItem, Update, WriteRequest,
};
use futures::stream::{self, StreamExt, TryStreamExt};

use crate::check;
use crate::port::{Consistency, Cursor, Item, Key, PK, Page, Query, Range, SK, StoreError, Table, Write};

mod error;
mod expression;

use self::error::{busy, canceled, classify, unbuildable};
use self::expression::Placeholders;

/// DynamoDB's limit on the keys of one `BatchGetItem`.
const BATCH_KEYS_MAX: usize = 100;
/// DynamoDB's limit on the writes of one `BatchWriteItem`.
const BATCH_WRITES_MAX: usize = 25;
/// How many requests of one batch are under way at a time.
const BATCH_REQUESTS_AT_ONCE: usize = 4;
/// How often in a row a batch may get nowhere before it gives up.
const FRUITLESS_MAX: u32 = 8;
/// The longest that is waited after the first request that got nowhere; doubles with each.
const BACKOFF_FIRST: Duration = Duration::from_millis(50);
/// The longest that is waited.
const BACKOFF_MAX: Duration = Duration::from_secs(2);
/// DynamoDB's limit on a `ClientRequestToken`, characters.
const TOKEN_CHARACTERS_MAX: usize = 36;

/// The table: a client and a name.
#[derive(Clone, Debug)]
pub struct DynamoTable {
    client: Client,
    name: String,
}

type Attributes = HashMap<String, Sent>;

impl DynamoTable {
    /// The table of that name, which has `pk` and `sk` and the indexes `due` and `list`.
    #[must_use]
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    /// The items of at most 100 distinct keys.
    async fn get_chunk(
        &self,
        keys: Vec<Attributes>,
        consistency: Consistency,
    ) -> Result<Vec<Item>, StoreError> {
        let (mut items, mut keys, mut fruitless) = (Vec::new(), keys, 0);
        loop {
            let asked = keys.len();
            let request = KeysAndAttributes::builder()
                .set_keys(Some(keys))
                .consistent_read(consistency == Consistency::Strong)
                .build()
                .map_err(unbuildable)?;
            let sent = self.client.batch_get_item().request_items(&self.name, request).send().await;
            let mut answer = sent.map_err(|error| classify(&error))?;
            let found = answer.responses.as_mut().and_then(|by_table| by_table.remove(&self.name));
            items.extend(found.into_iter().flatten().map(Item::from));
            let left = answer.unprocessed_keys.as_mut().and_then(|by_table| by_table.remove(&self.name));
            keys = left.map(|left| left.keys).unwrap_or_default();
            if keys.is_empty() {
                return Ok(items);
            }
            fruitless = wait(if keys.len() < asked { 0 } else { fruitless + 1 }).await?;
        }
    }

    /// At most 25 puts and deletes.
    async fn write_chunk(&self, writes: Vec<WriteRequest>) -> Result<(), StoreError> {
        let (mut writes, mut fruitless) = (writes, 0);
        loop {
            let asked = writes.len();
            let sent = self.client.batch_write_item().request_items(&self.name, writes).send().await;
            let mut answer = sent.map_err(|error| classify(&error))?;
            let left = answer.unprocessed_items.as_mut().and_then(|by_table| by_table.remove(&self.name));
            writes = left.unwrap_or_default();
            if writes.is_empty() {
                return Ok(());
            }
            fruitless = wait(if writes.len() < asked { 0 } else { fruitless + 1 }).await?;
        }
    }

    fn transact_item(&self, write: Write) -> Result<TransactWriteItem, StoreError> {
        let mut placeholders = Placeholders::default();
        let item = TransactWriteItem::builder();
        let item = match write {
            Write::Put { item: new, condition } => {
                let condition = placeholders.condition(&condition);
                let (names, values) = placeholders.finish();
                let put = Put::builder()
                    .table_name(&self.name)
                    .set_item(Some(new.into()))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build();
                item.put(put.map_err(unbuildable)?)
            }
            Write::Update { key, update, condition } => {
                let condition = placeholders.condition(&condition);
                let expression = placeholders.update(update);
                let (names, values) = placeholders.finish();
                let update = Update::builder()
                    .table_name(&self.name)
                    .set_key(Some(sent_key(key)))
                    .update_expression(expression)
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build();
                item.update(update.map_err(unbuildable)?)
            }
            Write::Delete { key, condition } => {
                let condition = placeholders.condition(&condition);
                let (names, values) = placeholders.finish();
                let delete = Delete::builder()
                    .table_name(&self.name)
                    .set_key(Some(sent_key(key)))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build();
                item.delete(delete.map_err(unbuildable)?)
            }
            Write::Check { key, condition } => {
                let condition = placeholders.check(&condition);
                let (names, values) = placeholders.finish();
                let check = ConditionCheck::builder()
                    .table_name(&self.name)
                    .set_key(Some(sent_key(key)))
                    .condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build();
                item.condition_check(check.map_err(unbuildable)?)
            }
        };
        Ok(item.build())
    }
}

#[async_trait]
impl Table for DynamoTable {
    async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Item>, StoreError> {
        let request = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(sent_key(key.clone())))
            .consistent_read(consistency == Consistency::Strong);
        let answer = request.send().await.map_err(|error| classify(&error))?;
        Ok(answer.item.map(Item::from))
    }

    async fn batch_get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, StoreError> {
        let distinct: BTreeSet<&Key> = keys.iter().collect();
        let keys: Vec<Attributes> = distinct.into_iter().cloned().map(sent_key).collect();
        let chunks: Vec<Vec<Attributes>> = keys.chunks(BATCH_KEYS_MAX).map(<[_]>::to_vec).collect();
        stream::iter(chunks.into_iter().map(|chunk| self.get_chunk(chunk, consistency)))
            .buffer_unordered(BATCH_REQUESTS_AT_ONCE)
            .try_concat()
            .await
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        check::query(query)?;
        let (pk, sk) = query.index.attributes();
        let request = self
            .client
            .query()
            .table_name(&self.name)
            .set_index_name(query.index.name().map(str::to_owned))
            .expression_attribute_names("#pk", pk)
            .expression_attribute_values(":pk", Sent::S(query.pk.clone()))
            .scan_index_forward(query.ascending)
            .set_limit(query.limit.map(|limit| i32::try_from(limit).unwrap_or(i32::MAX)))
            .set_exclusive_start_key(query.after.clone().map(|cursor| start_key(cursor, pk, sk)))
            // To ask an index for it is an error, even where the answer is no.
            .set_consistent_read((query.consistency == Consistency::Strong).then_some(true));
        let request = match &query.range {
            Range::Prefix(prefix) if !prefix.is_empty() => request
                .key_condition_expression("#pk = :pk AND begins_with(#sk, :prefix)")
                .expression_attribute_names("#sk", sk)
                .expression_attribute_values(":prefix", Sent::S(prefix.clone())),
            Range::All | Range::Prefix(_) => request.key_condition_expression("#pk = :pk"),
            Range::Between(from, to) => request
                .key_condition_expression("#pk = :pk AND #sk BETWEEN :from AND :to")
                .expression_attribute_names("#sk", sk)
                .expression_attribute_values(":from", Sent::S(from.clone()))
                .expression_attribute_values(":to", Sent::S(to.clone())),
        };
        let answer = request.send().await.map_err(|error| classify(&error))?;
        let next = answer.last_evaluated_key.and_then(|key| Cursor::of(query.index, &Item::from(key)));
        Ok(Page { items: answer.items.into_iter().flatten().map(Item::from).collect(), next })
    }

    async fn write(&self, write: Write) -> Result<(), StoreError> {
        check::write(&write)?;
        let mut placeholders = Placeholders::default();
        match write {
            Write::Put { item, condition } => {
                let condition = placeholders.condition(&condition);
                let (names, values) = placeholders.finish();
                let request = self
                    .client
                    .put_item()
                    .table_name(&self.name)
                    .set_item(Some(item.into()))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values);
                request.send().await.map_err(|error| classify(&error))?;
            }
            Write::Update { key, update, condition } => {
                let condition = placeholders.condition(&condition);
                let expression = placeholders.update(update);
                let (names, values) = placeholders.finish();
                let request = self
                    .client
                    .update_item()
                    .table_name(&self.name)
                    .set_key(Some(sent_key(key)))
                    .update_expression(expression)
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values);
                request.send().await.map_err(|error| classify(&error))?;
            }
            Write::Delete { key, condition } => {
                let condition = placeholders.condition(&condition);
                let (names, values) = placeholders.finish();
                let request = self
                    .client
                    .delete_item()
                    .table_name(&self.name)
                    .set_key(Some(sent_key(key)))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values);
                request.send().await.map_err(|error| classify(&error))?;
            }
            // Refused above.
            Write::Check { .. } => {}
        }
        Ok(())
    }

    async fn transact(&self, writes: Vec<Write>, token: &str) -> Result<(), StoreError> {
        check::transact(&writes, token)?;
        let items =
            writes.into_iter().map(|write| self.transact_item(write)).collect::<Result<Vec<_>, _>>()?;
        let request = self
            .client
            .transact_write_items()
            .set_transact_items(Some(items))
            .client_request_token(client_request_token(&self.name, token));
        request.send().await.map_err(|error| canceled(&error))?;
        Ok(())
    }

    async fn batch_write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        check::batch(&writes)?;
        let requests = writes.into_iter().map(write_request).collect::<Result<Vec<_>, _>>()?;
        let chunks: Vec<Vec<WriteRequest>> = requests.chunks(BATCH_WRITES_MAX).map(<[_]>::to_vec).collect();
        stream::iter(chunks.into_iter().map(|chunk| self.write_chunk(chunk)))
            .buffer_unordered(BATCH_REQUESTS_AT_ONCE)
            .try_collect()
            .await
    }
}

fn write_request(write: Write) -> Result<WriteRequest, StoreError> {
    let request = WriteRequest::builder();
    let request = match write {
        Write::Put { item, .. } => {
            let put = PutRequest::builder().set_item(Some(item.into())).build().map_err(unbuildable)?;
            request.put_request(put)
        }
        Write::Delete { key, .. } => {
            let delete =
                DeleteRequest::builder().set_key(Some(sent_key(key))).build().map_err(unbuildable)?;
            request.delete_request(delete)
        }
        // Refused by the check before.
        Write::Update { .. } | Write::Check { .. } => request,
    };
    Ok(request.build())
}

fn sent_key(key: Key) -> Attributes {
    HashMap::from([(PK.to_owned(), Sent::S(key.pk)), (SK.to_owned(), Sent::S(key.sk))])
}

fn start_key(cursor: Cursor, index_pk: &str, index_sk: &str) -> Attributes {
    let mut key = sent_key(Key { pk: cursor.pk, sk: cursor.sk });
    if let (Some(pk), Some(sk)) = (cursor.index_pk, cursor.index_sk) {
        key.insert(index_pk.to_owned(), Sent::S(pk));
        key.insert(index_sk.to_owned(), Sent::S(sk));
    }
    key
}

/// A digest of the table's name and the token: DynamoDB takes short tokens only, and remembers them for the
/// whole account, where another installation may use the same ones.
fn client_request_token(table: &str, token: &str) -> String {
    use sha2::{Digest, Sha256};
    // No table's name contains a slash, so no two pairs run together.
    let bytes = Sha256::digest(format!("{table}/{token}"));
    bytes.iter().take(TOKEN_CHARACTERS_MAX / 2).map(|byte| format!("{byte:02x}")).collect()
}

/// Waits before a batch goes on, for a random part of a time that doubles: many functions are throttled
/// together and must not come back together. Returns the count it was given.
async fn wait(fruitless: u32) -> Result<u32, StoreError> {
    if fruitless >= FRUITLESS_MAX {
        return Err(busy("DynamoDB processes nothing of a batch"));
    }
    let longest = BACKOFF_FIRST.saturating_mul(1 << fruitless).min(BACKOFF_MAX);
    tokio::time::sleep(longest.mul_f64(fastrand::f64())).await;
    Ok(fruitless)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_of_a_length_that_dynamodb_takes_and_differ_by_table() {
        let tokens =
            [("one", "short"), ("other", "short"), ("one", &"a".repeat(37)), ("one", &"a".repeat(38))]
                .map(|(table, token)| client_request_token(table, token));
        assert!(tokens.iter().all(|token| token.len() == TOKEN_CHARACTERS_MAX));
        assert_eq!(tokens.iter().collect::<BTreeSet<_>>().len(), tokens.len());
    }
}
