//! The list with real-life mess in it gives the counts that its maker says.

#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;

use carillon_intake::{Counts, DuplicateOf, Event, Options, Plan, Seen, Sighting, sample};

#[test]
fn every_row_of_a_messy_list_is_accounted_for() {
    for (seed, count) in [(1, 1_000), (2, 1_000), (3, 50), (2026, 3_000)] {
        let list = sample::contacts(seed, count);
        assert_eq!(list.csv, sample::contacts(seed, count).csv);
        let plan =
            Plan::draw_up(&list.csv[..list.csv.len().min(60_000)], false, &Options::default()).unwrap();
        let mut rows = plan.rows(plan.start());
        rows.push(&list.csv[usize::try_from(plan.start().offset).unwrap()..]);
        rows.finish();
        let (mut counts, mut invalid, mut seen) =
            (Counts::default(), BTreeMap::new(), Seen::with_limit(usize::MAX));
        while let Some(event) = rows.next_event() {
            let Event::Record(record) = event else { panic!("nothing here is oversized") };
            match plan.lead(&record) {
                Err(rejects) => {
                    counts.invalid();
                    invalid.insert(record.row, rejects[0].reason.code());
                }
                Ok(lead) if lead.person.do_not_call => counts.suppressed(),
                Ok(lead) => match seen.insert(&lead.number.e164) {
                    Sighting::First => counts.valid(),
                    Sighting::Again | Sighting::Forgotten => counts.duplicate(DuplicateOf::File),
                },
            }
        }
        assert_eq!(invalid, list.invalid, "seed {seed}");
        assert_eq!(
            (counts.rows, counts.valid, counts.duplicates(), counts.suppressed),
            (list.rows, list.valid, list.duplicate, list.do_not_call),
            "seed {seed}"
        );
        assert!(counts.add_up());
        if count >= 1_000 {
            assert!(
                list.valid > count * 8 / 10
                    && list.duplicate > 10
                    && list.do_not_call > 10
                    && list.invalid.len() > 10
            );
        }
    }
}
