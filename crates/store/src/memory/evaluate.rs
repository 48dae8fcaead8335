//! Conditions and updates, as DynamoDB evaluates them.

use std::cmp::Ordering;

use serde_dynamo::AttributeValue;

use super::decimal::Decimal;
use super::value;
use crate::port::{Condition, Item, Key, PK, SK, StoreError, Update};

/// Normalises the values in a condition.
pub(super) fn prepare(condition: &mut Condition) -> Result<(), StoreError> {
    match condition {
        Condition::None | Condition::Absent | Condition::Present => Ok(()),
        Condition::Equals(_, operand) | Condition::AbsentOrLess(_, operand) => value::normalise(operand),
        Condition::All(conditions) | Condition::Any(conditions) => {
            conditions.iter_mut().try_for_each(prepare)
        }
    }
}

/// Whether a prepared condition holds of what is stored.
pub(super) fn holds(condition: &Condition, stored: Option<&Item>) -> bool {
    let attribute = |name: &str| stored.and_then(|item| item.get(name));
    match condition {
        Condition::None => true,
        Condition::Absent => stored.is_none(),
        Condition::Present => stored.is_some(),
        Condition::Equals(name, operand) => attribute(name) == Some(operand),
        Condition::AbsentOrLess(name, operand) => match attribute(name) {
            None => true,
            Some(value) => value::order(value, operand) == Some(Ordering::Less),
        },
        Condition::All(conditions) => conditions.iter().all(|condition| holds(condition, stored)),
        Condition::Any(conditions) => conditions.iter().any(|condition| holds(condition, stored)),
    }
}

/// Normalises the values in an update.
pub(super) fn prepare_update(update: &mut Update) -> Result<(), StoreError> {
    update.set.values_mut().try_for_each(value::normalise)
}

/// The item that an update makes of what is stored. Not yet admitted: its size and index keys are unchecked.
pub(super) fn apply(key: &Key, stored: Option<&Item>, update: &Update) -> Result<Item, StoreError> {
    let mut item = stored.cloned().unwrap_or_default();
    if stored.is_none() {
        item.insert(PK.to_owned(), AttributeValue::S(key.pk.clone()));
        item.insert(SK.to_owned(), AttributeValue::S(key.sk.clone()));
    }
    for (name, value) in &update.set {
        item.insert(name.clone(), value.clone());
    }
    for (name, addend) in &update.add {
        let sum = match item.get(name) {
            None => Some(Decimal::from(*addend)),
            Some(AttributeValue::N(number)) => {
                Decimal::parse(number).and_then(|number| number.plus((*addend).into()))
            }
            Some(_) => return Err(StoreError::invalid("only a number can be added to")),
        };
        let sum = sum.ok_or_else(|| StoreError::invalid("the sum has more than 38 digits"))?;
        item.insert(name.clone(), AttributeValue::N(sum.to_string()));
    }
    for name in &update.remove {
        item.remove(name);
    }
    Ok(item)
}
