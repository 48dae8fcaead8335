//! Between serde types and items.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_dynamo::AttributeValue;

use crate::port::{Item, StoreError};

/// An entity as an item. It has to be a struct or a map; what serde skips is not stored.
///
/// # Errors
/// [`StoreError::Malformed`] if it cannot be an item.
pub fn to_item<T: Serialize>(entity: &T) -> Result<Item, StoreError> {
    serde_dynamo::to_item(entity).map_err(|source| malformed::<T>(source))
}

/// An item as an entity. Attributes that the entity does not know (the keys, say) are passed over.
///
/// # Errors
/// [`StoreError::Malformed`] if a field is missing or of another type.
pub fn from_item<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    serde_dynamo::from_item(item).map_err(|source| malformed::<T>(source))
}

/// A field as an attribute, for conditions and updates.
///
/// # Errors
/// [`StoreError::Malformed`] if it has no such form.
pub fn to_attribute<T: Serialize>(field: &T) -> Result<AttributeValue, StoreError> {
    serde_dynamo::to_attribute_value(field).map_err(|source| malformed::<T>(source))
}

fn malformed<T>(source: serde_dynamo::Error) -> StoreError {
    StoreError::Malformed { what: std::any::type_name::<T>(), source }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Attempt {
        number: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<String>,
    }

    #[test]
    fn an_entity_survives_and_what_it_skips_is_not_stored() {
        let attempt = Attempt { number: 2, outcome: None };
        let mut item = to_item(&attempt).unwrap();
        assert_eq!(item.len(), 1);
        item.insert("pk".to_owned(), AttributeValue::S("T#1".to_owned()));
        assert_eq!(from_item::<Attempt>(item).unwrap(), attempt);
    }

    #[test]
    fn a_malformed_item_names_the_type_and_not_its_content() {
        let mut item = Item::default();
        item.insert("number".to_owned(), AttributeValue::S("+15550100".to_owned()));
        let error = from_item::<Attempt>(item).unwrap_err();
        let chain = format!("{error} {:?}", std::error::Error::source(&error).map(ToString::to_string));
        assert!(chain.contains("Attempt") && !chain.contains("15550100"), "{chain}");
    }
}
