//! Conditions and updates as DynamoDB's expressions.
//!
//! Attribute names and values are always placeholders, so no name can be a reserved word and no value can
//! change an expression's meaning. DynamoDB refuses placeholders that are not used and parentheses that are
//! not needed, so conditions are simplified before they are written down.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue as Sent;
use serde_dynamo::AttributeValue;

use crate::port::{Condition, PK, Update};

/// The placeholders of one request.
#[derive(Debug, Default)]
pub(super) struct Placeholders {
    /// Placeholder by attribute name.
    names: HashMap<String, String>,
    values: HashMap<String, Sent>,
}

type Finished = (Option<HashMap<String, String>>, Option<HashMap<String, Sent>>);

impl Placeholders {
    /// The condition, or nothing if it always holds.
    pub(super) fn condition(&mut self, condition: &Condition) -> Option<String> {
        match simplify(condition) {
            Logic::Always => None,
            logic @ (Logic::Never | Logic::Leaf(_) | Logic::All(_) | Logic::Any(_)) => {
                Some(self.write(&logic))
            }
        }
    }

    /// The condition, where DynamoDB insists on one.
    pub(super) fn check(&mut self, condition: &Condition) -> String {
        self.write(&simplify(condition))
    }

    /// The update, which is not empty.
    pub(super) fn update(&mut self, update: Update) -> String {
        let mut clauses = Vec::new();
        let mut clause = |keyword: &str, actions: Vec<String>| {
            if !actions.is_empty() {
                clauses.push(format!("{keyword} {}", actions.join(", ")));
            }
        };
        let set = update.set.into_iter();
        clause(
            "SET",
            set.map(|(name, value)| format!("{} = {}", self.name(&name), self.value(value))).collect(),
        );
        let add = update.add.into_iter().map(|(name, addend)| (name, AttributeValue::N(addend.to_string())));
        clause(
            "ADD",
            add.map(|(name, value)| format!("{} {}", self.name(&name), self.value(value))).collect(),
        );
        clause("REMOVE", update.remove.iter().map(|name| self.name(name)).collect());
        clauses.join(" ")
    }

    /// What the expressions' placeholders stand for: names, values. None where there are none, because
    /// DynamoDB refuses empty maps.
    pub(super) fn finish(self) -> Finished {
        let names: HashMap<_, _> =
            self.names.into_iter().map(|(name, placeholder)| (placeholder, name)).collect();
        (Some(names).filter(|names| !names.is_empty()), Some(self.values).filter(|values| !values.is_empty()))
    }

    fn name(&mut self, name: &str) -> String {
        let next = self.names.len();
        self.names.entry(name.to_owned()).or_insert_with(|| format!("#n{next}")).clone()
    }

    fn value(&mut self, value: AttributeValue) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value.into());
        placeholder
    }

    fn write(&mut self, logic: &Logic<'_>) -> String {
        match logic {
            Logic::Always => {
                let pk = self.name(PK);
                format!("attribute_exists({pk}) OR attribute_not_exists({pk})")
            }
            Logic::Never => {
                let pk = self.name(PK);
                format!("attribute_exists({pk}) AND attribute_not_exists({pk})")
            }
            Logic::Leaf(Leaf::Absent) => format!("attribute_not_exists({})", self.name(PK)),
            Logic::Leaf(Leaf::Present) => format!("attribute_exists({})", self.name(PK)),
            Logic::Leaf(Leaf::AttributeAbsent(name)) => format!("attribute_not_exists({})", self.name(name)),
            Logic::Leaf(Leaf::Equals(name, value)) => {
                format!("{} = {}", self.name(name), self.value((*value).clone()))
            }
            Logic::Leaf(Leaf::Less(name, value)) => {
                format!("{} < {}", self.name(name), self.value((*value).clone()))
            }
            // AND binds more tightly than OR, so only an OR within an AND needs parentheses.
            Logic::All(parts) => {
                let written: Vec<String> = parts
                    .iter()
                    .map(|part| match part {
                        Logic::Any(_) => format!("({})", self.write(part)),
                        Logic::Always | Logic::Never | Logic::Leaf(_) | Logic::All(_) => self.write(part),
                    })
                    .collect();
                written.join(" AND ")
            }
            Logic::Any(parts) => {
                let written: Vec<String> = parts.iter().map(|part| self.write(part)).collect();
                written.join(" OR ")
            }
        }
    }
}

/// A condition without trivial parts: what is in `All` and `Any` is neither `Always` nor `Never`, and there are
/// at least two of it.
enum Logic<'a> {
    Always,
    Never,
    Leaf(Leaf<'a>),
    All(Vec<Logic<'a>>),
    Any(Vec<Logic<'a>>),
}

enum Leaf<'a> {
    Absent,
    Present,
    AttributeAbsent(&'a str),
    Equals(&'a str, &'a AttributeValue),
    Less(&'a str, &'a AttributeValue),
}

fn simplify(condition: &Condition) -> Logic<'_> {
    match condition {
        Condition::None => Logic::Always,
        Condition::Absent => Logic::Leaf(Leaf::Absent),
        Condition::Present => Logic::Leaf(Leaf::Present),
        Condition::Equals(name, value) => Logic::Leaf(Leaf::Equals(name, value)),
        Condition::AbsentOrLess(name, value) => {
            Logic::Any(vec![Logic::Leaf(Leaf::AttributeAbsent(name)), Logic::Leaf(Leaf::Less(name, value))])
        }
        Condition::All(conditions) => all(conditions),
        Condition::Any(conditions) => any(conditions),
    }
}

fn all(conditions: &[Condition]) -> Logic<'_> {
    let mut parts = Vec::new();
    for condition in conditions {
        match simplify(condition) {
            Logic::Always => {}
            Logic::Never => return Logic::Never,
            Logic::All(nested) => parts.extend(nested),
            part @ (Logic::Leaf(_) | Logic::Any(_)) => parts.push(part),
        }
    }
    match parts.len() {
        0 => Logic::Always,
        1 => parts.swap_remove(0),
        _ => Logic::All(parts),
    }
}

fn any(conditions: &[Condition]) -> Logic<'_> {
    let mut parts = Vec::new();
    for condition in conditions {
        match simplify(condition) {
            Logic::Always => return Logic::Always,
            Logic::Never => {}
            Logic::Any(nested) => parts.extend(nested),
            part @ (Logic::Leaf(_) | Logic::All(_)) => parts.push(part),
        }
    }
    match parts.len() {
        0 => Logic::Never,
        1 => parts.swap_remove(0),
        _ => Logic::Any(parts),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn text(value: &str) -> AttributeValue {
        AttributeValue::S(value.to_owned())
    }

    fn written(condition: &Condition) -> Option<String> {
        let mut placeholders = Placeholders::default();
        let expression = placeholders.condition(condition);
        let (names, values) = placeholders.finish();
        let used = |placeholder: &String| {
            expression.as_ref().is_some_and(|text| text.contains(placeholder.as_str()))
        };
        assert!(names.into_iter().flatten().all(|(placeholder, _)| used(&placeholder)), "{expression:?}");
        assert!(values.into_iter().flatten().all(|(placeholder, _)| used(&placeholder)), "{expression:?}");
        expression
    }

    #[test]
    fn conditions_are_written_with_placeholders_alone_and_no_needless_parentheses() {
        use Condition::{Absent, AbsentOrLess, All, Any, Equals, None as Nothing, Present};
        let equals = || Equals("status", text("open"));
        let newer = || AbsentOrLess("version", AttributeValue::N("2".to_owned()));
        for (condition, expected) in [
            (Nothing, None),
            (All(vec![]), None),
            (All(vec![Nothing, All(vec![Nothing])]), None),
            (Any(vec![equals(), Nothing]), None),
            (Absent, Some("attribute_not_exists(#n0)")),
            (All(vec![All(vec![Present])]), Some("attribute_exists(#n0)")),
            (newer(), Some("attribute_not_exists(#n0) OR #n0 < :v0")),
            (All(vec![equals(), newer()]), Some("#n0 = :v0 AND (attribute_not_exists(#n1) OR #n1 < :v1)")),
            (
                Any(vec![Absent, newer()]),
                Some("attribute_not_exists(#n0) OR attribute_not_exists(#n1) OR #n1 < :v0"),
            ),
            (
                Any(vec![All(vec![Present, equals()]), Absent]),
                Some("attribute_exists(#n0) AND #n1 = :v0 OR attribute_not_exists(#n0)"),
            ),
            (Any(vec![]), Some("attribute_exists(#n0) AND attribute_not_exists(#n0)")),
            (All(vec![equals(), Any(vec![])]), Some("attribute_exists(#n0) AND attribute_not_exists(#n0)")),
        ] {
            assert_eq!(written(&condition).as_deref(), expected, "{condition:?}");
        }
    }

    #[test]
    fn a_check_is_written_even_if_it_always_holds() {
        let expression = Placeholders::default().check(&Condition::None);
        assert_eq!(expression, "attribute_exists(#n0) OR attribute_not_exists(#n0)");
    }

    #[test]
    fn an_update_names_each_kind_of_change_once() {
        let update = Update {
            set: [("size".to_owned(), text("x")), ("name".to_owned(), text("y"))].into(),
            add: [("count".to_owned(), -2)].into(),
            remove: vec!["due_pk".to_owned(), "due_sk".to_owned()],
        };
        let mut placeholders = Placeholders::default();
        assert_eq!(placeholders.update(update), "SET #n0 = :v0, #n1 = :v1 ADD #n2 :v2 REMOVE #n3, #n4");
        let (names, values) = placeholders.finish();
        assert_eq!(names.unwrap().len(), 5);
        assert_eq!(values.unwrap().get(":v2"), Some(&Sent::N("-2".to_owned())));
    }
}
