//! CSV that is safe to open in a spreadsheet.
//!
//! A cell that starts with `=`, `+`, `-`, `@`, a tab or a line break may be run as a formula by the program that
//! opens the file (OWASP, "CSV Injection"). Such a cell is written with an apostrophe before it, which spreadsheets
//! take as "this is text" and which our own reader takes off again. Cells that are nothing but a number, a telephone
//! number in E.164 included, are written as they are: without letters, brackets or operators between digits
//! they can compute nothing, and other programs need them unspoilt.

use std::borrow::Cow;

use crate::error::RowReject;
use crate::headers::REJECT_HEADERS;

/// Characters that make a spreadsheet look at a cell as a formula, full-width ones included.
pub(crate) fn is_trigger(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠')
}

/// The value, with an apostrophe before it if a spreadsheet might run it.
#[must_use]
pub fn neutralise(value: &str) -> Cow<'_, str> {
    let first = value.trim_start_matches(' ').chars().next();
    if first.is_some_and(is_trigger) && !is_plain_number(value) {
        Cow::Owned(format!("'{value}"))
    } else {
        Cow::Borrowed(value)
    }
}

/// A sign at most, digits, one decimal mark at most.
fn is_plain_number(value: &str) -> bool {
    let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
        && digits.bytes().filter(|b| !b.is_ascii_digit()).count() <= 1
}

/// Writes records into a buffer: UTF-8, CRLF, quotes where needed, formulas neutralised. For every export.
#[derive(Debug)]
pub struct SafeCsv {
    out: Vec<u8>,
    delimiter: u8,
    at_line_start: bool,
}

impl SafeCsv {
    /// An empty file with a byte order mark, without which spreadsheets take UTF-8 for Windows-1252.
    #[must_use]
    pub fn new(delimiter: u8) -> Self {
        Self { out: "\u{feff}".into(), ..Self::continued(delimiter) }
    }

    /// A further part of a file that [`new`](Self::new) began.
    #[must_use]
    pub fn continued(delimiter: u8) -> Self {
        Self { out: Vec::new(), delimiter, at_line_start: true }
    }

    /// One record.
    pub fn record<T: AsRef<str>>(&mut self, fields: impl IntoIterator<Item = T>) {
        for field in fields {
            self.field(field.as_ref());
        }
        self.end_record();
    }

    fn field(&mut self, value: &str) {
        if !self.at_line_start {
            self.out.push(self.delimiter);
        }
        self.at_line_start = false;
        let value = neutralise(value);
        let delimiter = char::from(self.delimiter);
        if value.contains([delimiter, '"', '\n', '\r']) || value.starts_with(' ') || value.ends_with(' ') {
            self.out.push(b'"');
            self.out.extend_from_slice(value.replace('"', "\"\"").as_bytes());
            self.out.push(b'"');
        } else {
            self.out.extend_from_slice(value.as_bytes());
        }
    }

    fn end_record(&mut self) {
        self.out.extend_from_slice(b"\r\n");
        self.at_line_start = true;
    }

    /// Bytes not yet taken.
    #[must_use]
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Takes what was written so far, for an upload in parts.
    #[must_use]
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }
}

/// The rejects file: the original columns, then row, field, value and reason. One line per refused row, so that the
/// file, mended, goes in again as it is; the four columns are ignored then.
#[derive(Debug)]
pub struct RejectsWriter {
    csv: SafeCsv,
    columns: usize,
}

impl RejectsWriter {
    /// Starts the file with its header.
    #[must_use]
    pub fn new(headers: &[String], delimiter: u8) -> Self {
        let mut csv = SafeCsv::new(delimiter);
        // A rejects file that was mended and refused again has the four columns already; only the new ones count.
        csv.record(headers.iter().map(String::as_str).filter(|name| !is_ours(name)).chain(REJECT_HEADERS));
        Self { csv, columns: headers.len() }
    }

    /// Goes on with a file begun elsewhere.
    #[must_use]
    pub fn continued(headers: &[String], delimiter: u8) -> Self {
        Self { csv: SafeCsv::continued(delimiter), columns: headers.len() }
    }

    /// One refused row: its original values and what is wrong with it. Values past the last column are appended to
    /// the last one, so that they are not lost.
    pub fn reject(&mut self, headers: &[String], original: &[String], rejects: &[RowReject]) {
        let Some(first) = rejects.first() else { return };
        for (at, header) in headers.iter().enumerate().take(self.columns) {
            if is_ours(header) {
                continue;
            }
            let value = original.get(at).map_or("", String::as_str);
            if at + 1 == headers.len() && original.len() > headers.len() {
                let rest = original[at..].join(&char::from(self.csv.delimiter).to_string());
                self.csv.field(rest.trim_end_matches(char::from(self.csv.delimiter)));
            } else {
                self.csv.field(value);
            }
        }
        let joined =
            |part: &dyn Fn(&RowReject) -> String| rejects.iter().map(part).collect::<Vec<_>>().join("; ");
        self.csv.field(&first.row.to_string());
        self.csv.field(&joined(&|reject| reject.field.clone()));
        self.csv.field(&joined(&|reject| reject.value.clone()));
        self.csv.field(&joined(&|reject| match reject.field.as_str() {
            "" => format!("line {}: {}", reject.line, reject.reason),
            field if rejects.len() > 1 => format!("{field}: {}", reject.reason),
            _ => reject.reason.to_string(),
        }));
        self.csv.end_record();
    }

    /// Bytes not yet taken.
    #[must_use]
    pub fn len(&self) -> usize {
        self.csv.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.csv.is_empty()
    }

    /// Takes what was written so far, for an upload in parts.
    #[must_use]
    pub fn take(&mut self) -> Vec<u8> {
        self.csv.take()
    }
}

fn is_ours(header: &str) -> bool {
    REJECT_HEADERS.contains(&header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_neutralised_and_numbers_are_not_spoilt() {
        for formula in [
            "=1+1",
            "+cmd|' /C calc'!A0",
            "-2+3",
            "@SUM(1)",
            "\t=1",
            "\r=1",
            " =1",
            "＝1",
            "+1-2",
            "-",
            "+49 30 1",
            "+A1",
        ] {
            assert_eq!(neutralise(formula), format!("'{formula}"), "{formula:?}");
        }
        for plain in ["+493012345678", "-12.5", "+1", "0171 234", "Müller", "a=b", "", "O'Neill", "12-13"] {
            assert_eq!(neutralise(plain), plain);
        }
    }

    #[test]
    fn quotes_delimiters_and_line_breaks_survive() {
        let mut csv = SafeCsv::continued(b';');
        csv.record(["a;b", "say \"hi\"", "two\nlines", "", " pad"]);
        assert_eq!(csv.take(), b"\"a;b\";\"say \"\"hi\"\"\";\"two\nlines\";;\" pad\"\r\n");
        assert!(csv.is_empty());
    }
}
