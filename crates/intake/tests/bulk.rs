//! The dry run against the row-by-row reader.

#![allow(clippy::unwrap_used, missing_docs)]

use std::num::NonZeroUsize;

use carillon_intake::{
    Counts, DryRun, DuplicateOf, Effort, Event, Options, Plan, RowReject, Seen, Sighting, dry_run, sample,
};

fn row_by_row(plan: &Plan, rest: &[u8]) -> DryRun {
    let mut parser = plan.rows(plan.start());
    let (mut counts, mut found, mut seen) =
        (Counts::default(), DryRun::default(), Seen::with_limit(usize::MAX));
    parser.push(rest);
    parser.finish();
    while let Some(event) = parser.next_event() {
        let result = match event {
            Event::Record(record) => plan.lead(&record),
            Event::Refused { row, line, reason } => Err(vec![RowReject::of_row(row, line, reason)]),
        };
        match result {
            Err(rejects) => {
                counts.invalid();
                rejects
                    .iter()
                    .for_each(|reject| *found.reasons.entry(reject.reason.code()).or_default() += 1);
                found.rejects.extend(rejects);
            }
            Ok(lead) if lead.person.do_not_call => counts.suppressed(),
            Ok(lead) => match seen.insert(&lead.number.e164) {
                Sighting::First => counts.valid(),
                Sighting::Again | Sighting::Forgotten => counts.duplicate(DuplicateOf::File),
            },
        }
    }
    found.rejects.iter_mut().for_each(|reject| reject.line -= plan.start().line - 1);
    DryRun { counts, ..found }
}

fn compare(file: &[u8]) -> DryRun {
    let options = Options { tenant_country: Some("DE".to_owned()), ..Options::default() };
    let plan = Plan::draw_up(&file[..file.len().min(60_000)], false, &options).unwrap();
    let rest = &file[usize::try_from(plan.start().offset).unwrap()..];
    let expected = row_by_row(&plan, rest);
    for threads in [1, 2, 3] {
        let effort = Effort {
            threads: NonZeroUsize::new(threads).unwrap(),
            rejects_max: usize::MAX,
            ..Effort::default()
        };
        let found = dry_run(&plan, rest, effort).unwrap();
        assert_eq!(found, expected, "{threads} threads");
    }
    expected
}

#[test]
fn a_dry_run_finds_what_reading_row_by_row_finds_on_any_number_of_threads() {
    let list = sample::contacts(7, 12_000);
    assert!(list.csv.len() > 4 * (256 << 10), "several blocks");
    let found = compare(&list.csv);
    assert_eq!((found.counts.valid, found.counts.suppressed), (list.valid, list.do_not_call));
    let utf16: Vec<u8> =
        String::from_utf8(list.csv).unwrap().encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(compare(&utf16), found);
}

#[test]
fn blocks_are_cut_at_records_whatever_stands_in_them() {
    let long = "x".repeat(300 << 10);
    let huge = "x".repeat(5 << 20);
    let mut file = String::from("phone,name,notes\n");
    for at in 0..3_000 {
        let number = format!("+49302312{:05}", at % 2_000);
        let notes = match at % 1_000 {
            1 => format!("\"quoted\n\"\"{at}\"\"\r\n,\""),
            2 => "in 6\" pipes, said \"he\"".replace(',', ""),
            3 if at < 1_000 => format!("\"{long}\n{long}\""),
            500 if at < 1_000 => format!("\"{huge}\n\""),
            501 if at < 1_000 => ",".repeat(3 << 20),
            _ => "plain".to_owned(),
        };
        file.push_str(&format!("{number},Ada,{notes}\n"));
    }
    let found = compare(file.as_bytes());
    assert_eq!((found.reasons["record_too_long"], found.reasons["too_many_columns"]), (1, 1));
    compare(file.replace("\r\n", "\n").replace('\n', "\r").as_bytes());
    compare(file.replace("\r\n", "\n").replace('\n', "\r\n").as_bytes());
    // A quote left open swallows the rest, in small and in large.
    compare(format!("{file}+493023120000,\"Ada,open\n+4930231200001,Bob,\n").as_bytes());
    compare(format!("{file}+493023120000,\"Ada,{huge}\n").as_bytes());
}
