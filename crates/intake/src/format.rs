//! What kind of file this is, from its first bytes.

use serde::{Deserialize, Serialize};

use crate::error::FileError;
use crate::headers::{Field, guess};
use crate::scan::{Cursor, Event, Limits, Parser};
use crate::text::{fold, is_blank};

/// How much of a file's beginning is enough to find out about it.
pub const SAMPLE_BYTES: usize = 64 << 10;

/// How the text is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// The sample is plain ASCII: what turns up later is UTF-8 if it can be, else Windows-1252.
    Ascii,
    /// UTF-8.
    Utf8,
    /// Windows-1252, and with it ISO 8859-1.
    #[serde(rename = "windows-1252")]
    Windows1252,
    /// UTF-16, low byte first.
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// UTF-16, high byte first.
    #[serde(rename = "utf-16be")]
    Utf16Be,
}

/// What has to be known to cut a file into records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    /// The encoding.
    pub encoding: Encoding,
    /// The ASCII character between fields: comma, semicolon, tab or bar.
    pub delimiter: u8,
    /// Where the header starts: after a byte order mark and a spreadsheet's `sep=` line.
    pub start: Cursor,
}

impl Format {
    /// Finds out from the first [`SAMPLE_BYTES`] of a file; `complete` says that this is all of it.
    ///
    /// # Errors
    /// [`FileError::Empty`], or [`FileError::NotText`] naming what the file looks like.
    pub fn detect(sample: &[u8], complete: bool) -> Result<Self, FileError> {
        if let Some(what) = not_text(sample) {
            return Err(FileError::NotText(what));
        }
        let (encoding, bom) = encoding(sample, complete)?;
        let mut format =
            Self { encoding, delimiter: b',', start: Cursor { offset: bom as u64, row: 0, line: 1 } };
        let body = &sample[bom..];
        let text = first_lines(&format, body);
        if text.iter().flatten().all(|field| field.trim_matches(is_blank).is_empty()) && complete {
            return Err(FileError::Empty);
        }
        if let Some(delimiter) = separator_line(&format, body) {
            // Excel's own way to say it; the line is no header.
            format.delimiter = delimiter;
            let mut parser = Parser::new(&format, Limits::default(), format.start);
            parser.push(body);
            if parser.next_event().is_some() {
                format.start = Cursor { row: 0, ..parser.cursor() };
            }
            return Ok(format);
        }
        format.delimiter = delimiter(&format, body);
        Ok(format)
    }
}

/// What the first bytes give away, whatever the file's name says.
fn not_text(sample: &[u8]) -> Option<&'static str> {
    let contains = |needle: &[u8]| sample.windows(needle.len()).any(|window| window == needle);
    let first: Vec<u8> = sample
        .iter()
        .copied()
        .skip_while(u8::is_ascii_whitespace)
        .take(64)
        .map(|b| b.to_ascii_lowercase())
        .collect();
    Some(match sample {
        [b'P', b'K', 3, 4, ..] if contains(b"xl/") || contains(b"[Content_Types].xml") => {
            "an Excel workbook (.xlsx): save it as CSV UTF-8"
        }
        [b'P', b'K', 3 | 5 | 7, ..] => "a ZIP archive: unpack it first",
        [0xd0, 0xcf, 0x11, 0xe0, ..] => "an old Office document (.xls): save it as CSV",
        [b'%', b'P', b'D', b'F', ..] => "a PDF document",
        [0x1f, 0x8b, ..] => "gzip-compressed: unpack it first",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => "zstd-compressed: unpack it first",
        [b'7', b'z', 0xbc, 0xaf, ..] | [b'R', b'a', b'r', b'!', ..] | [b'B', b'Z', b'h', ..] => {
            "a compressed archive: unpack it first"
        }
        [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] | [b'G', b'I', b'F', b'8', ..] => "a picture",
        [b'P', b'A', b'R', b'1', ..] => "a Parquet file",
        [b'{', b'\\', b'r', b't', b'f', ..] => "a rich-text document",
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => "UTF-32 text: save it as UTF-8",
        _ if first.starts_with(b"<?xml") => "an XML document",
        _ if first.starts_with(b"<!doctype html") || first.starts_with(b"<html") => "a web page",
        _ if first.starts_with(b"{\"") || first.starts_with(b"[{") || first.starts_with(b"{ \"") => {
            "a JSON document"
        }
        _ if first.starts_with(b"begin:vcard") => "a vCard file",
        _ => return None,
    })
}

/// The encoding, and how many bytes its mark takes.
fn encoding(sample: &[u8], complete: bool) -> Result<(Encoding, usize), FileError> {
    match sample {
        [] => return Err(FileError::Empty),
        [0xef, 0xbb, 0xbf, ..] => return Ok((Encoding::Utf8, 3)),
        [0xff, 0xfe, ..] => return Ok((Encoding::Utf16Le, 2)),
        [0xfe, 0xff, ..] => return Ok((Encoding::Utf16Be, 2)),
        _ => {}
    }
    // UTF-16 without a mark: text of the Latin scripts has a NUL in every other place.
    let nul = |parity: usize| sample.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, half) = (nul(0), nul(1), sample.len() / 2);
    if even + odd > 0 {
        return match (even, odd) {
            (even, odd) if odd * 10 >= half * 4 && even * 50 <= half => Ok((Encoding::Utf16Le, 0)),
            (even, odd) if even * 10 >= half * 4 && odd * 50 <= half => Ok((Encoding::Utf16Be, 0)),
            _ => Err(FileError::NotText("a binary file")),
        };
    }
    if sample.is_ascii() {
        return Ok((Encoding::Ascii, 0));
    }
    match std::str::from_utf8(sample) {
        Ok(_) => Ok((Encoding::Utf8, 0)),
        // The sample may end in the middle of a character.
        Err(error) if error.error_len().is_none() && !complete => Ok((Encoding::Utf8, 0)),
        Err(_) => Ok((Encoding::Windows1252, 0)),
    }
}

/// The first records as the format would cut them. The last one is left out when it may go on after the sample.
fn first_lines(format: &Format, body: &[u8]) -> Vec<Vec<String>> {
    const RECORDS: usize = 50;
    let mut parser = Parser::new(format, Limits::default(), format.start);
    parser.push(body);
    let mut records = Vec::new();
    let mut ended = false;
    while records.len() < RECORDS {
        match parser.next_event() {
            Some(Event::Record(record)) => records.push(
                (0..record.len())
                    .map(|at| record.text(at).and_then(Result::ok).unwrap_or_default().into_owned())
                    .collect(),
            ),
            Some(Event::Refused { .. }) => {}
            None if ended || !records.is_empty() => break,
            None => {
                parser.finish();
                ended = true;
            }
        }
    }
    records
}

/// `sep=;` on a line of its own.
fn separator_line(format: &Format, body: &[u8]) -> Option<u8> {
    // A bar is in no delimiter of such a line but its own, so cut nothing.
    let uncut = Format { delimiter: 0, ..*format };
    let line = first_lines(&uncut, body).into_iter().next()?.into_iter().next()?;
    match line
        .trim_matches(|c: char| is_blank(c) && c != '\t')
        .to_ascii_lowercase()
        .strip_prefix("sep=")?
        .as_bytes()
    {
        [delimiter @ (b',' | b';' | b'\t' | b'|')] => Some(*delimiter),
        _ => None,
    }
}

/// The delimiter under which the first records look most like a table: header words that we know, then as many records
/// as possible with as many fields as the header, then the number of fields.
fn delimiter(format: &Format, body: &[u8]) -> u8 {
    let score = |delimiter: u8| {
        let records = first_lines(&Format { delimiter, ..*format }, body);
        let width = records.first().map_or(0, Vec::len);
        let known = records.first().map_or(0, |header| {
            header.iter().filter(|name| !matches!(guess(&fold(name)), None | Some(Field::Ignore))).count()
        });
        let regular = records.iter().filter(|record| record.len() == width).count();
        if width < 2 { (known, 0, 0) } else { (known, regular * 1_000 / records.len().max(1), width) }
    };
    // The first of equals: `max_by_key` would take the last.
    [b'|', b'\t', b';', b','].into_iter().max_by_key(|delimiter| score(*delimiter)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(file: &[u8]) -> (Encoding, u8, u64) {
        let format = Format::detect(file, true).expect("text");
        (format.encoding, format.delimiter, format.start.offset)
    }

    #[test]
    fn delimiters_are_found_in_spite_of_the_others_within_quotes() {
        assert_eq!(detected(b"phone,name\n+49,\"a;b;c;d\"\n").1, b',');
        assert_eq!(detected(b"phone;name\n+49;\"a,b,c,d\"\n").1, b';');
        assert_eq!(detected(b"phone\tname\n+49\ta,b;c\n").1, b'\t');
        assert_eq!(detected(b"phone|name\n+49|a,b;c\n").1, b'|');
        assert_eq!(detected(b"Telefon;Betrag\n030;1,50\n040;2,75\n").1, b';');
        assert_eq!(detected(b"phone\n+4930123456\n").1, b',');
        assert_eq!(detected(b"sep=;\r\nphone;name\r\n").1, b';');
        assert_eq!(detected(b"sep=;\r\nphone;name\r\n").2, 7);
        assert_eq!(detected(b"sep=\t\nphone\tname\n").1, b'\t');
        assert_eq!(detected(b"foo;bar, baz;qux\n1;2;3\n4;5;6\n").1, b';');
    }

    #[test]
    fn encodings_are_found_with_and_without_marks() {
        let utf16 = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        assert_eq!(detected(b"phone,name\n").0, Encoding::Ascii);
        assert_eq!(detected("phone,Zoë\n".as_bytes()).0, Encoding::Utf8);
        assert_eq!(detected(b"\xef\xbb\xbfphone,name\n"), (Encoding::Utf8, b',', 3));
        assert_eq!(detected(b"phone,Zo\xeb\n").0, Encoding::Windows1252);
        assert_eq!(
            detected(&[&[0xff, 0xfe][..], &utf16("phone;Zoë\n")].concat()),
            (Encoding::Utf16Le, b';', 2)
        );
        assert_eq!(detected(&utf16("phone;Zoë\n")), (Encoding::Utf16Le, b';', 0));
        let big: Vec<u8> = "phone;Zoë\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(detected(&big), (Encoding::Utf16Be, b';', 0));
        // A sample that ends within a character is still UTF-8.
        assert_eq!(Format::detect(b"phone,Zo\xc3", false).expect("text").encoding, Encoding::Utf8);
    }

    #[test]
    fn what_is_no_csv_is_called_by_its_name() {
        let cases: [(&[u8], &str); 9] = [
            (b"PK\x03\x04....xl/workbook.xml", "Excel"),
            (b"PK\x03\x04\x14\0\0\0names.csv", "ZIP"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office"),
            (b"%PDF-1.7\n", "PDF"),
            (b"\x1f\x8b\x08\0", "gzip"),
            (b"{\"phone\": 1}", "JSON"),
            (b"<!DOCTYPE html><html>", "web page"),
            (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\0\0", "binary"),
            (b"\x89PNG\r\n", "picture"),
        ];
        for (file, word) in cases {
            let error = Format::detect(file, true).expect_err(word);
            assert!(error.to_string().contains(word), "{error}");
        }
        for empty in [&b""[..], b"\n\n", b" \r\n", b"\xef\xbb\xbf", b"\xff\xfe"] {
            assert_eq!(Format::detect(empty, true), Err(FileError::Empty), "{empty:?}");
        }
    }
}
