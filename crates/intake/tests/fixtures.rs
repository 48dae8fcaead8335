//! The files in `tests/data`, as programs in the field write them.

#![allow(clippy::unwrap_used, missing_docs)]

use carillon_intake::{Encoding, Event, FileError, Lead, Options, Plan, RowReject};

type Rows = Vec<Result<Lead, Vec<RowReject>>>;

fn load(name: &str) -> Result<(Plan, Rows), FileError> {
    let file =
        std::fs::read(format!("{}/tests/data/{name}", std::env::var("CARGO_MANIFEST_DIR").unwrap())).unwrap();
    let plan =
        Plan::draw_up(&file, true, &Options { tenant_country: Some("DE".to_owned()), ..Options::default() })?;
    let mut parser = plan.rows(plan.start());
    parser.push(&file[usize::try_from(plan.start().offset).unwrap()..]);
    parser.finish();
    let mut rows = Vec::new();
    while let Some(event) = parser.next_event() {
        let Event::Record(record) = event else { panic!("oversized") };
        rows.push(plan.lead(&record));
    }
    Ok((plan, rows))
}

fn numbers(rows: &[Result<Lead, Vec<RowReject>>]) -> Vec<&str> {
    rows.iter()
        .map(|row| {
            row.as_ref().map_or_else(|rejects| rejects[0].reason.code(), |lead| lead.number.e164.as_str())
        })
        .collect()
}

#[test]
fn excels_unicode_text_is_utf_16_with_tabs() {
    let (plan, rows) = load("excel-unicode-text.csv").unwrap();
    assert_eq!((plan.format().encoding, plan.format().delimiter), (Encoding::Utf16Le, b'\t'));
    assert_eq!(numbers(&rows), ["+493023125001", "+8613812345678"]);
    assert_eq!(rows[1].as_ref().unwrap().person.last_name.as_deref(), Some("伟"));
}

#[test]
fn german_excel_writes_windows_1252_with_semicolons() {
    let (plan, rows) = load("excel-german.csv").unwrap();
    assert_eq!((plan.format().encoding, plan.format().delimiter), (Encoding::Windows1252, b';'));
    assert_eq!(numbers(&rows), ["+491713920001", "+436641234567"]);
    let person = &rows[0].as_ref().unwrap().person;
    assert_eq!(
        (person.full_name.as_deref(), person.custom["Umsatz"].as_str()),
        (Some("Müller, Käthe"), "1.234,50 €")
    );
}

#[test]
fn a_crm_quotes_everything() {
    let (_, rows) = load("crm-export.csv").unwrap();
    assert_eq!(numbers(&rows), ["+12127365000", "+14167365000", "invalid_for_region"]);
    let first = rows[0].as_ref().unwrap();
    assert_eq!((first.zones.as_slice(), first.zone_given), (&["America/New_York".to_owned()][..], true));
    assert_eq!(first.person.notes.as_deref(), Some("call \"after\" lunch\nnot before"));
    assert_eq!((first.person.priority, first.person.consents[0].given), (Some(2), Some(true)));
    assert!(rows[1].as_ref().unwrap().person.do_not_call && !first.person.do_not_call);
    assert_eq!(rows[2].as_ref().unwrap_err()[0].line, 5);
}

#[test]
fn an_old_mac_ends_lines_with_cr() {
    assert_eq!(numbers(&load("old-mac.csv").unwrap().1), ["+442079460001", "+442079460002"]);
}

#[test]
fn what_is_no_contact_list_is_said_to_be_what_it_is() {
    let refused = |name: &str| load(name).map(|_| ()).unwrap_err().to_string();
    assert_eq!(refused("really-a-zip.csv"), "the file is not a CSV but a ZIP archive: unpack it first");
    assert_eq!(
        refused("no-phone-column.csv"),
        r#"no column holds the telephone number; the columns are "name", "city""#
    );
    assert_eq!(refused("empty.csv"), "the file is empty");
}
