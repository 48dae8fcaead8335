//! Whole files: what a customer uploads, and what is said about it.

#![allow(clippy::unwrap_used, missing_docs)]

use carillon_intake::{
    Event, FieldKind, FieldSpec, FileError, Lead, Options, Plan, Reason, RejectsWriter, RowReject,
    SAMPLE_BYTES,
};
use carillon_numbering::Reject;

type Rows = Vec<Result<Lead, Vec<RowReject>>>;

fn import(file: &[u8], options: &Options) -> Result<(Plan, Rows, Vec<u8>), FileError> {
    let sample = &file[..file.len().min(SAMPLE_BYTES)];
    let plan = Plan::draw_up(sample, sample.len() == file.len(), options)?;
    // The plan travels from one invocation to the next as JSON.
    let plan: Plan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
    let mut parser = plan.rows(plan.start());
    let headers = plan.columns().headers();
    let mut rejects = RejectsWriter::new(headers, plan.format().delimiter);
    let mut rows = Vec::new();
    for chunk in file[usize::try_from(plan.start().offset).unwrap()..].chunks(4096) {
        parser.push(chunk);
        collect(&plan, &mut parser, &mut rows, &mut rejects);
    }
    parser.finish();
    collect(&plan, &mut parser, &mut rows, &mut rejects);
    Ok((plan, rows, rejects.take()))
}

fn collect(plan: &Plan, parser: &mut carillon_intake::Parser, rows: &mut Rows, writer: &mut RejectsWriter) {
    let headers = plan.columns().headers();
    while let Some(event) = parser.next_event() {
        let (result, original) = match event {
            Event::Record(record) => (plan.lead(&record), plan.original(&record)),
            Event::Refused { row, line, reason } => {
                (Err(vec![RowReject::of_row(row, line, reason)]), Vec::new())
            }
        };
        if let Err(rejects) = &result {
            writer.reject(headers, &original, rejects);
        }
        rows.push(result);
    }
}

fn german() -> Options {
    Options { tenant_country: Some("Germany".to_owned()), ..Options::default() }
}

fn only_reason(rows: &Rows, at: usize) -> &Reason {
    let rejects = rows[at].as_ref().unwrap_err();
    assert_eq!(rejects.len(), 1, "{rejects:?}");
    &rejects[0].reason
}

#[test]
fn the_same_list_in_every_encoding_and_with_every_delimiter_gives_the_same_leads() {
    let text = "Vorname;Nachname;Telefon;Notizen\r\nZoë;Müller;030 23125 123;\"€ 5; Rückruf\n\"\"bald\"\"\"\r\nJörg;Weiß;+43 1 5056789;\r\n";
    let with = |delimiter: char| {
        text.replace("€ 5;", "€ 5#").replace(';', &delimiter.to_string()).replace("€ 5#", "€ 5;")
    };
    let utf16 = |text: &str, big: bool| -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    };
    let windows = |text: &str| -> Vec<u8> {
        text.chars().map(|c| if c == '€' { 0x80 } else { u8::try_from(u32::from(c)).unwrap() }).collect()
    };
    for delimiter in [';', ',', '\t', '|'] {
        let text = with(delimiter);
        let files = [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            [b"\xff\xfe", &utf16(&text, false)[..]].concat(),
            [b"\xfe\xff", &utf16(&text, true)[..]].concat(),
            utf16(&text, false),
            utf16(&text, true),
            windows(&text),
            text.replace("\r\n", "\r").into_bytes(),
        ];
        for (which, file) in files.iter().enumerate() {
            let (_, rows, _) = import(file, &german()).unwrap();
            let leads: Vec<&Lead> = rows.iter().map(|row| row.as_ref().unwrap()).collect();
            assert_eq!(leads.len(), 2, "file {which}, delimiter {delimiter:?}");
            assert_eq!(leads[0].number.e164.as_str(), "+493023125123");
            assert_eq!(leads[0].person.first_name.as_deref(), Some("Zoë"));
            assert_eq!(leads[0].person.notes.as_deref(), Some("€ 5; Rückruf\n\"bald\""));
            assert_eq!(leads[1].number.place.country, "AT");
            assert_eq!(leads[1].zones, ["Europe/Vienna"]);
        }
    }
}

#[test]
fn files_that_cannot_be_read_are_refused_as_a_whole_with_a_reason() {
    let code = |file: &[u8]| import(file, &german()).map(|_| ()).unwrap_err().code();
    assert_eq!(code(b""), "empty_file");
    assert_eq!(code(b"\n \n"), "empty_file");
    assert_eq!(code(b"PK\x03\x04\x14\0\x08\0names.csv"), "not_a_csv");
    assert_eq!(code(b"name,city\nAda,London\n"), "no_phone_column");
    assert_eq!(code(b"phone,mobile\n1,2\n"), "ambiguous_phone_column");
    assert_eq!(code(b"phone,x,X,x\n1,2,3,4\n"), "duplicate_header");
    assert_eq!(code(b"+4930123456,Ada\n"), "no_header");
    assert_eq!(code(format!("phone{}\n", ",x".repeat(100_000)).as_bytes()), "too_many_columns");
    assert_eq!(code(format!("phone,\"{}", "x".repeat(100_000)).as_bytes()), "header_too_long");
    let unknown = Options { import_country: Some("Atlantis".to_owned()), ..Options::default() };
    assert_eq!(import(b"phone\n1\n", &unknown).map(|_| ()).unwrap_err().code(), "unknown_country");
    // A header and nothing below it is a list of nobody.
    assert!(import(b"phone,name\n", &german()).unwrap().1.is_empty());
}

#[test]
fn every_bad_value_is_named_with_its_row_field_and_reason() {
    let fields = vec![
        FieldSpec { name: "last_name".to_owned(), kind: FieldKind::Text, required: true },
        FieldSpec { name: "Contract End".to_owned(), kind: FieldKind::Date, required: false },
        FieldSpec {
            name: "plan".to_owned(),
            kind: FieldKind::Enum(vec!["Gold".to_owned()]),
            required: false,
        },
    ];
    let options = Options { fields, ..german() };
    let header = "phone,last name,email,country,timezone,language,priority,dnc,contract_end,Plan\n";
    let cases: [(&str, &str, &str, &str); 16] = [
        (",Doe", "phone", "", "empty"),
        ("4.93012E+11,Doe", "phone", "4.93012E+11", "spreadsheet_damage"),
        ("ask Bob,Doe", "phone", "ask Bob", "not_a_number"),
        ("+49 30 1,Doe", "phone", "+49 30 1", "too_short"),
        ("+44 9098790000,Doe", "phone", "+44 9098790000", "not_callable"),
        ("+493023125123,", "last name", "", "required"),
        ("+493023125123,Doe,nobody", "email", "nobody", "not_an_email"),
        ("030 23125123,Doe,,Atlantis", "country", "Atlantis", "unknown_country"),
        ("+493023125123,Doe,,,Mars", "timezone", "Mars", "unknown_timezone"),
        ("+493023125123,Doe,,,,gibberish", "language", "gibberish", "not_a_locale"),
        ("+493023125123,Doe,,,,,99", "priority", "99", "not_a_priority"),
        ("+493023125123,Doe,,,,,,perhaps", "dnc", "perhaps", "not_a_yes_or_no"),
        ("+493023125123,Doe,,,,,,,3/4/2025", "contract_end", "3/4/2025", "ambiguous_date"),
        ("+493023125123,Doe,,,,,,,,bronze", "Plan", "bronze", "not_in_list"),
        ("+493023125123,Doe,,,,,,,,gold,what", "", "what", "extra_values"),
        ("+493023125123,Doe,,,,,,,31.12.2025,gold,,,", "", "", "sound"),
    ];
    let file: String =
        std::iter::once(header.to_owned()).chain(cases.iter().map(|case| format!("{}\n", case.0))).collect();
    let (_, rows, _) = import(file.as_bytes(), &options).unwrap();
    assert_eq!(rows.len(), cases.len());
    for (at, (result, (line, field, value, code))) in rows.iter().zip(cases).enumerate() {
        match result {
            Ok(lead) => {
                assert_eq!(code, "sound", "{line}");
                assert_eq!(lead.person.custom["contract_end"], "2025-12-31");
            }
            Err(rejects) => {
                let found: Vec<_> = rejects
                    .iter()
                    .map(|r| (r.row, r.line, r.field.as_str(), r.value.as_str(), r.reason.code()))
                    .collect();
                assert_eq!(found, [(at as u64 + 1, at as u64 + 2, field, value, code)], "{line}");
            }
        }
    }
}

#[test]
fn the_country_is_the_rows_then_the_imports_then_the_tenants() {
    let file = "phone,country\n030 23125123,\n020 7946 0018,United Kingdom\n(212) 736-5000,usa\n";
    let (_, rows, _) = import(file.as_bytes(), &german()).unwrap();
    let numbers: Vec<&str> = rows.iter().map(|row| row.as_ref().unwrap().number.e164.as_str()).collect();
    assert_eq!(numbers, ["+493023125123", "+442079460018", "+12127365000"]);
    let options = Options { import_country: Some("AT".to_owned()), ..german() };
    let (_, rows, _) = import(b"phone\n01 5056789\n", &options).unwrap();
    assert_eq!(rows[0].as_ref().unwrap().number.e164.as_str(), "+4315056789");
    let (_, rows, _) = import(b"phone\n01 5056789\n", &Options::default()).unwrap();
    assert_eq!(*only_reason(&rows, 0), Reason::Number(Reject::NoCountry));
}

#[test]
fn oversized_rows_are_one_reject_each_and_the_rest_is_read() {
    let file = format!(
        "phone,name\n+493023125123,Ada\n+493023125124,{}\n{}\n+493023125125,Bob\n+493023125126,\"never closed\n+493023125127,Eve\n",
        "x".repeat(10 << 20),
        ",".repeat(100_000)
    );
    let (_, rows, rejects) = import(file.as_bytes(), &german()).unwrap();
    assert_eq!(rows.len(), 5);
    assert!(rows[0].is_ok() && rows[3].is_ok());
    assert_eq!(*only_reason(&rows, 1), Reason::RecordTooLong);
    assert_eq!(*only_reason(&rows, 2), Reason::TooManyColumns);
    assert_eq!(*only_reason(&rows, 4), Reason::UnclosedQuote);
    let rejects = String::from_utf8(rejects).unwrap();
    assert!(rejects.len() < 1_000 && rejects.contains("line 3: the row is too long"), "{rejects}");
}

#[test]
fn spreadsheet_artefacts_are_seen_through() {
    let file =
        "phone,name,note\n\"=\"\"+493023125123\"\"\",\u{a0}Ada\u{200b},\n'+493023125124,'=1+1,x\u{7}y\n";
    let (_, rows, _) = import(file.as_bytes(), &Options::default()).unwrap();
    let leads: Vec<&Lead> = rows.iter().map(|row| row.as_ref().unwrap()).collect();
    assert_eq!(leads[0].person.full_name.as_deref(), Some("Ada"));
    assert_eq!(leads[1].person.full_name.as_deref(), Some("=1+1"));
    assert_eq!(leads[1].person.notes.as_deref(), Some("xy"));
}

#[test]
fn a_rejects_file_holds_no_formulas_and_goes_in_again_when_mended() {
    let file = "phone;name;note\n030 1;\"=HYPERLINK(\"\"http://evil.example\"\",\"\"x\"\")\";@SUM(1)\n+4930;Müller;a;b;c\n+493023125123;ok;\n";
    let (plan, rows, rejects) = import(file.as_bytes(), &german()).unwrap();
    assert_eq!(rows.iter().filter(|row| row.is_ok()).count(), 1);
    let text = String::from_utf8(rejects.clone()).unwrap();
    assert_eq!(
        text,
        "\u{feff}phone;name;note;rejected_row;rejected_field;rejected_value;rejected_reason\r\n\
         030 1;\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"x\"\")\";'@SUM(1);1;phone;030 1;no such number exists in its country's numbering plan\r\n\
         +4930;Müller;\"a;b;c\";2;\"; phone\";\"b; +4930\";\
         \"line 3: the row has more values than the file has columns: is a value with a delimiter in it not quoted?; \
         phone: the number is too short for its country\"\r\n"
    );
    // Mended in place, it goes in as it is, and the values are what they were.
    let mended = text.replace("030 1;", "030 23125124;").replace("+4930;", "+493023125125;");
    let (again, rows, _) = import(mended.as_bytes(), &german()).unwrap();
    let leads: Vec<&Lead> = rows.iter().map(|row| row.as_ref().unwrap()).collect();
    assert_eq!(leads[0].person.full_name.as_deref(), Some("=HYPERLINK(\"http://evil.example\",\"x\")"));
    assert_eq!(leads[1].person.notes.as_deref(), Some("a;b;c"));
    assert!(leads.iter().all(|lead| lead.person.custom.is_empty()));
    assert_eq!(again.columns().headers().len(), plan.columns().headers().len() + 4);
}

#[test]
fn nothing_personal_is_in_debug_output() {
    let (_, rows, _) =
        import(b"phone,name,email\n030 23125123,Ada,ada\n+493023125123,Eve,eve@x.org\n", &german()).unwrap();
    let shown = format!("{rows:?}");
    for personal in ["23125123", "Ada", "ada", "Eve", "eve"] {
        assert!(!shown.contains(personal), "{shown}");
    }
}
