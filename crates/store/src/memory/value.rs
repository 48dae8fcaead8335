//! Sizes, validity and order of values.

use std::cmp::Ordering;
use std::collections::HashMap;

use serde_dynamo::AttributeValue;

use super::decimal::Decimal;
use crate::port::{Index, Item, Key, PK, SK, StoreError};

/// DynamoDB's limit on an item, names and values together, bytes.
const ITEM_BYTES_MAX: usize = 400 * 1024;
const PARTITION_KEY_BYTES_MAX: usize = 2048;
const SORT_KEY_BYTES_MAX: usize = 1024;
const NESTING_MAX: usize = 32;

/// What an item counts for in capacity and limits, bytes.
pub(super) fn item_size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + size(value)).sum()
}

fn size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::N(number) => number_size(number),
        AttributeValue::S(text) => text.len(),
        AttributeValue::Bool(_) | AttributeValue::Null(_) => 1,
        AttributeValue::B(bytes) => bytes.len(),
        AttributeValue::M(map) => {
            3 + map.iter().map(|(name, value)| 1 + name.len() + size(value)).sum::<usize>()
        }
        AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + size(value)).sum::<usize>(),
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::Ns(numbers) => numbers.iter().map(|number| number_size(number)).sum(),
        AttributeValue::Bs(blobs) => blobs.iter().map(Vec::len).sum(),
    }
}

fn number_size(text: &str) -> usize {
    Decimal::parse(text).map_or(1, Decimal::size)
}

/// Brings a value into the form in which DynamoDB keeps it (so that equal values are equal), or refuses it.
pub(super) fn normalise(value: &mut AttributeValue) -> Result<(), StoreError> {
    normalise_at(value, 1)
}

fn normalise_at(value: &mut AttributeValue, depth: usize) -> Result<(), StoreError> {
    if depth > NESTING_MAX {
        return Err(StoreError::invalid("values are nested more than 32 deep"));
    }
    match value {
        AttributeValue::N(number) => *number = decimal(number)?.to_string(),
        AttributeValue::S(_)
        | AttributeValue::Bool(_)
        | AttributeValue::B(_)
        | AttributeValue::Null(true) => {}
        AttributeValue::Null(false) => return Err(StoreError::invalid("null is true or absent")),
        AttributeValue::M(map) => {
            for value in map.values_mut() {
                normalise_at(value, depth + 1)?;
            }
        }
        AttributeValue::L(list) => {
            for value in list {
                normalise_at(value, depth + 1)?;
            }
        }
        AttributeValue::Ss(texts) => normalise_set(texts)?,
        AttributeValue::Ns(numbers) => {
            for number in numbers.iter_mut() {
                *number = decimal(number)?.to_string();
            }
            normalise_set(numbers)?;
        }
        AttributeValue::Bs(blobs) => normalise_set(blobs)?,
    }
    Ok(())
}

/// Sets have no order; sorted ones can be compared.
fn normalise_set<T: Ord>(members: &mut [T]) -> Result<(), StoreError> {
    members.sort_unstable();
    if members.is_empty() || members.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(StoreError::invalid("a set is not empty and has no duplicates"));
    }
    Ok(())
}

fn decimal(text: &str) -> Result<Decimal, StoreError> {
    Decimal::parse(text).ok_or_else(|| StoreError::invalid("not a number, or one out of range"))
}

/// Normalises an item that is to be stored and checks its keys and its size. Returns its key and its size.
pub(super) fn admit(item: &mut Item) -> Result<(Key, usize), StoreError> {
    let attributes: &mut HashMap<String, AttributeValue> = item;
    for value in attributes.values_mut() {
        normalise(value)?;
    }
    let key = Key::of(item).ok_or_else(|| StoreError::invalid("an item needs strings as pk and sk"))?;
    admit_key(&key)?;
    for index in [Index::Due, Index::List] {
        let (pk, sk) = index.attributes();
        for (attribute, bytes_max) in [(pk, PARTITION_KEY_BYTES_MAX), (sk, SORT_KEY_BYTES_MAX)] {
            match item.get(attribute) {
                None => {}
                Some(AttributeValue::S(text)) => admit_key_text(text, attribute, bytes_max)?,
                Some(_) => return Err(StoreError::invalid(format!("{attribute} is not a string"))),
            }
        }
    }
    let size = item_size(item);
    if size > ITEM_BYTES_MAX {
        return Err(StoreError::invalid("the item is larger than 400 KB"));
    }
    Ok((key, size))
}

/// Key strings are neither empty nor too long.
pub(super) fn admit_key(key: &Key) -> Result<(), StoreError> {
    admit_key_text(&key.pk, PK, PARTITION_KEY_BYTES_MAX)?;
    admit_key_text(&key.sk, SK, SORT_KEY_BYTES_MAX)
}

fn admit_key_text(text: &str, attribute: &str, bytes_max: usize) -> Result<(), StoreError> {
    if text.is_empty() {
        return Err(StoreError::invalid(format!("{attribute} is empty")));
    }
    if text.len() > bytes_max {
        return Err(StoreError::invalid(format!("{attribute} is longer than {bytes_max} bytes")));
    }
    Ok(())
}

/// The order of two values of one ordered type; values of different types have none.
pub(super) fn order(left: &AttributeValue, right: &AttributeValue) -> Option<Ordering> {
    if let (AttributeValue::N(left), AttributeValue::N(right)) = (left, right) {
        return Some(Decimal::parse(left)?.cmp(&Decimal::parse(right)?));
    }
    if let (AttributeValue::S(left), AttributeValue::S(right)) = (left, right) {
        return Some(left.cmp(right));
    }
    if let (AttributeValue::B(left), AttributeValue::B(right)) = (left, right) {
        return Some(left.cmp(right));
    }
    None
}
