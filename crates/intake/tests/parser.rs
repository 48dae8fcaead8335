//! The parser against the `csv` crate, against itself in other chunks, and against itself resumed anywhere.

#![allow(clippy::unwrap_used, missing_docs)]

use carillon_intake::{Cursor, Encoding, Event, Format, Limits, Parser, Reason};
use proptest::prelude::*;

#[derive(Clone, Debug, PartialEq)]
struct Row {
    fields: Result<Vec<String>, Reason>,
    row: u64,
    line: u64,
    after: Cursor,
}

const SMALL: Limits = Limits { record_bytes_max: 200, columns_max: 12 };

fn format(encoding: Encoding, delimiter: u8) -> Format {
    Format { encoding, delimiter, start: Cursor { offset: 0, row: 0, line: 1 } }
}

/// Reads on from a cursor, in chunks of the given sizes, over and over.
fn read(format: &Format, source: &[u8], from: Cursor, chunks: &[usize], limits: Limits) -> Vec<Row> {
    let mut parser = Parser::new(format, limits, from);
    let mut rest = &source[usize::try_from(from.offset).unwrap()..];
    let mut sizes = chunks.iter().copied().cycle();
    let mut rows = Vec::new();
    loop {
        drain(&mut parser, &mut rows);
        if rest.is_empty() {
            break;
        }
        let (chunk, tail) = rest.split_at(sizes.next().unwrap().clamp(1, rest.len()));
        parser.push(chunk);
        rest = tail;
    }
    parser.finish();
    drain(&mut parser, &mut rows);
    rows
}

fn drain(parser: &mut Parser, rows: &mut Vec<Row>) {
    while let Some(event) = parser.next_event() {
        let (fields, row, line) = match event {
            Event::Record(record) => {
                let fields =
                    (0..record.len()).map(|at| record.text(at).unwrap().unwrap().into_owned()).collect();
                (Ok(fields), record.row, record.line)
            }
            Event::Refused { row, line, reason } => (Err(reason), row, line),
        };
        rows.push(Row { fields, row, line, after: parser.cursor() });
    }
}

fn whole(format: &Format, source: &[u8], limits: Limits) -> Vec<Row> {
    read(format, source, format.start, &[source.len().max(1)], limits)
}

/// Text in which everything that matters to a CSV parser is frequent.
fn csv_soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => Just("\"".to_owned()),
        4 => Just(",".to_owned()),
        2 => Just("\n".to_owned()),
        2 => Just("\r\n".to_owned()),
        1 => Just("\r".to_owned()),
        1 => Just("\"\"".to_owned()),
        3 => "[a-zé€𝄞 ;]{1,4}".prop_map(String::from),
        1 => "[x]{30,120}".prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..80).prop_map(|pieces| pieces.concat())
}

fn encoded(text: &str, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        Encoding::Ascii | Encoding::Utf8 | Encoding::Windows1252 => text.as_bytes().to_vec(),
    }
}

fn encodings() -> impl Strategy<Value = Encoding> {
    prop_oneof![
        Just(Encoding::Utf8),
        Just(Encoding::Windows1252),
        Just(Encoding::Utf16Le),
        Just(Encoding::Utf16Be)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_chunking_gives_the_same_records(
        text in csv_soup(),
        encoding in encodings(),
        chunks in prop::collection::vec(1usize..40, 1..6),
    ) {
        let (format, source) = (format(encoding, b','), encoded(&text, encoding));
        prop_assert_eq!(read(&format, &source, format.start, &chunks, SMALL), whole(&format, &source, SMALL));
    }

    #[test]
    fn resuming_after_any_record_gives_the_same_rest(text in csv_soup(), encoding in encodings(), chunk in 1usize..40) {
        let (format, source) = (format(encoding, b','), encoded(&text, encoding));
        let rows = whole(&format, &source, SMALL);
        for (at, row) in rows.iter().enumerate() {
            prop_assert_eq!(&read(&format, &source, row.after, &[chunk], SMALL), &rows[at + 1..]);
        }
    }

    #[test]
    fn the_last_cursor_is_the_end_of_the_file(text in csv_soup(), encoding in encodings()) {
        let (format, source) = (format(encoding, b','), encoded(&text, encoding));
        let mut parser = Parser::new(&format, SMALL, format.start);
        parser.push(&source);
        parser.finish();
        drain(&mut parser, &mut Vec::new());
        prop_assert_eq!(parser.cursor().offset, source.len() as u64);
        let breaks = text.replace("\r\n", "\n").replace('\r', "\n").matches('\n').count() as u64;
        prop_assert_eq!(parser.cursor().line, 1 + breaks);
    }

    #[test]
    fn the_csv_crate_reads_the_same(text in csv_soup()) {
        let format = format(Encoding::Utf8, b',');
        let ours = whole(&format, text.as_bytes(), Limits::default());
        let unclosed = ours.last().is_some_and(|row| row.fields == Err(Reason::UnclosedQuote));
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let is_blank = |record: &Vec<String>| record.iter().all(|field| field.bytes().all(|byte| byte == b' '));
        let mut theirs: Vec<Vec<String>> = reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
        // Where a quote is left open they take the rest of the file for a field; we say so.
        if unclosed {
            theirs.pop();
        }
        theirs.retain(|record| !is_blank(record));
        let ours: Vec<Vec<String>> = ours.into_iter().filter_map(|row| row.fields.ok()).filter(|record| !is_blank(record)).collect();
        prop_assert_eq!(ours, theirs);
    }
}

#[test]
fn a_ten_megabyte_line_is_one_reject_in_flat_memory_and_reading_goes_on() {
    let format = format(Encoding::Utf8, b',');
    let mut parser = Parser::new(&format, Limits::default(), format.start);
    let mut rows = Vec::new();
    parser.push(b"phone,name\n");
    let chunk = vec![b'x'; 64 << 10];
    for _ in 0..160 {
        parser.push(&chunk);
        drain(&mut parser, &mut rows);
        // Debug shows the buffer; a second copy of it would be longer than a megabyte.
    }
    parser.push(b"\n+4930123456,Ada\n");
    parser.finish();
    drain(&mut parser, &mut rows);
    assert_eq!(rows.len(), 3);
    assert_eq!((rows[1].fields.clone(), rows[1].row, rows[1].line), (Err(Reason::RecordTooLong), 2, 2));
    assert_eq!(rows[2].fields.as_ref().unwrap()[1], "Ada");
    assert_eq!((rows[2].row, rows[2].line), (3, 3));
}

#[test]
fn a_hundred_thousand_commas_are_one_reject() {
    let format = format(Encoding::Utf8, b',');
    let source = format!("a,b\n{}\nc,d\n", ",".repeat(100_000));
    let rows = read(&format, source.as_bytes(), format.start, &[777], Limits::default());
    assert_eq!(rows.iter().map(|row| row.fields.is_ok()).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(rows[1].fields, Err(Reason::TooManyColumns));
}

#[test]
fn rows_and_lines_are_counted_as_people_count_them() {
    let format = format(Encoding::Utf8, b',');
    let source = "a,b\r\n\r\n\"two\r\nlines\",x\r\n,\r\n\"\",\" \"\r\nlast,row";
    let rows = whole(&format, source.as_bytes(), Limits::default());
    let numbers: Vec<(u64, u64)> = rows.iter().map(|row| (row.row, row.line)).collect();
    assert_eq!(numbers, [(1, 1), (2, 3), (3, 6), (4, 7)]);
}

#[test]
fn plain_ascii_that_turns_out_to_be_windows_1252_is_read_as_such() {
    let texts = |encoding| {
        let format = format(encoding, b',');
        let mut parser = Parser::new(&format, Limits::default(), format.start);
        parser.push(b"M\xfcller,\"M\xfc\"\"ller\"\n");
        let Some(Event::Record(record)) = parser.next_event() else { panic!("no record") };
        (0..2).map(|at| record.text(at).unwrap().map(std::borrow::Cow::into_owned)).collect::<Vec<_>>()
    };
    assert_eq!(texts(Encoding::Ascii), [Ok("Müller".to_owned()), Ok("Mü\"ller".to_owned())]);
    assert_eq!(texts(Encoding::Windows1252), texts(Encoding::Ascii));
    assert_eq!(texts(Encoding::Utf8), [Err(Reason::BadEncoding), Err(Reason::BadEncoding)]);
}
