//! The counters' truth: added up from every enrollment and attempt, in another way than the aggregator does it.

use std::collections::BTreeMap;

use carillon_store::memory::Change;
use carillon_store::port::Item;
use serde_dynamo::AttributeValue;

use crate::check::number;

type Counts = BTreeMap<String, i64>;

/// Sums and counters by campaign partition.
#[derive(Default)]
pub(crate) struct Sums {
    truth: BTreeMap<String, Counts>,
    counters: BTreeMap<String, Counts>,
}

impl Sums {
    pub(crate) fn changed(&mut self, change: &Change) {
        let sk = change.key.sk.as_str();
        if sk == "COUNTERS" {
            let counts = change.new.as_ref().map(counters_of).unwrap_or_default();
            self.counters.insert(change.key.pk.clone(), counts);
        } else if sk.starts_with("E#") || sk.starts_with("A#") {
            let Some((tenant, _)) = change.key.pk.split_once("#C#") else { return };
            let Some(campaign) = sk.split('#').nth(1) else { return };
            let counts = self.truth.entry(format!("{tenant}#K#{campaign}")).or_default();
            for (image, sign) in [(&change.old, -1), (&change.new, 1)] {
                for (name, count) in image.iter().flat_map(|item| worth(sk, item)) {
                    *counts.entry(name).or_default() += sign * count;
                }
            }
        }
    }

    /// Where the two differ, if they do.
    pub(crate) fn difference(&self) -> Option<String> {
        self.truth.iter().find_map(|(campaign, truth)| {
            let none = Counts::new();
            let counted = self.counters.get(campaign).unwrap_or(&none);
            let names: std::collections::BTreeSet<&String> = truth.keys().chain(counted.keys()).collect();
            let count = |of: &Counts, name: &String| of.get(name).copied().unwrap_or(0);
            let odd = names.into_iter().find(|name| count(truth, name) != count(counted, name))?;
            let (truth, counted) = (count(truth, odd), count(counted, odd));
            Some(format!("{campaign}: {odd} is counted as {counted} and is {truth}"))
        })
    }
}

fn counters_of(item: &Item) -> Counts {
    item.iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("c:")?.to_owned(), number(value)?)))
        .collect()
}

fn worth(sk: &str, item: &Item) -> Vec<(String, i64)> {
    let state = |word: &str| {
        let Some(AttributeValue::M(state)) = item.get("state") else { return String::new() };
        let Some(AttributeValue::S(text)) = state.get(word) else { return String::new() };
        text.clone()
    };
    let is = state("is");
    if sk.starts_with("E#") {
        let stands = if is == "ended" { format!("ended.{}", state("reason")) } else { is };
        return vec![("enrolled".to_owned(), 1), (stands, 1)];
    }
    let mut counts = vec![("attempts".to_owned(), 1)];
    if is == "ended" {
        counts.push((format!("outcome.{}", state("outcome")), 1));
        counts.push(("talk_seconds".to_owned(), item.get("talk_seconds").and_then(number).unwrap_or(0)));
    } else {
        counts.push((is, 1));
    }
    counts
}
