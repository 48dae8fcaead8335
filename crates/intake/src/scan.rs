//! Bytes to records.
//!
//! RFC 4180 as spreadsheets practise it: quoted fields may hold delimiters, line breaks and doubled quotes; a line ends
//! with LF, CRLF or a lone CR; a quote inside an unquoted field is a character like any other. Records that are empty
//! in every field are skipped and have no row number.
//!
//! The scanner keeps where it stands inside a record, so no byte is looked at twice, and a record beyond the limits is
//! walked to its end without being kept.

use std::borrow::Cow;

use memchr::{memchr, memchr3, memchr3_iter};
use serde::{Deserialize, Serialize};

use crate::error::Reason;
use crate::format::{Encoding, Format};
use crate::text::windows_1252;
use crate::utf16::{Utf16, source_len};

/// Where reading goes on: always the first byte of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cursor {
    /// Bytes into the source file, as it lies in the bucket, whatever its encoding.
    pub offset: u64,
    /// Rows read so far: the next one is `row + 1`.
    pub row: u64,
    /// The line on which the next record starts, from 1, as a text editor counts.
    pub line: u64,
}

/// What one record may be, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes (of UTF-8, where the source is UTF-16), without the line's end.
    pub record_bytes_max: usize,
    /// Fields.
    pub columns_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { record_bytes_max: 1 << 20, columns_max: 1_000 }
    }
}

/// What [`Parser::next_event`] hands out.
#[derive(Debug)]
pub enum Event<'a> {
    /// A record.
    Record(Record<'a>),
    /// A record that was walked over: [`Reason::RecordTooLong`], [`Reason::TooManyColumns`] or [`Reason::UnclosedQuote`].
    Refused {
        /// Its row number.
        row: u64,
        /// The line on which it starts.
        line: u64,
        /// Why.
        reason: Reason,
    },
}

/// One record, borrowed from the parser.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    bytes: &'a [u8],
    /// Whether all of it was found to be UTF-8 before.
    known_utf8: bool,
    spans: &'a [Span],
    encoding: Encoding,
    /// Its row number: 1 for the first record after the header.
    pub row: u64,
    /// The line on which it starts, from 1.
    pub line: u64,
}

impl<'a> Record<'a> {
    /// How many fields it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether it has no fields; never so for a record that a parser handed out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// A field's length in bytes as it stands in the file, quotes included; 0 past the last.
    pub(crate) fn raw_len(&self, index: usize) -> usize {
        self.spans.get(index).map_or(0, |span| (span.end - span.start) as usize)
    }

    /// Whether all of it is UTF-8.
    pub(crate) fn is_utf8(&self) -> bool {
        self.known_utf8 || std::str::from_utf8(self.bytes).is_ok()
    }

    /// A field's bytes where they are what they seem: without doubled quotes, and in ASCII the same in every encoding.
    pub(crate) fn plain(&self, index: usize) -> Option<&'a [u8]> {
        let span = self.spans.get(index)?;
        (span.quotes != Quotes::Inside).then(|| &self.bytes[span.inner()])
    }

    /// A field's bytes, unquoted, not yet decoded; `None` past the last.
    #[must_use]
    pub fn raw(&self, index: usize) -> Option<Cow<'a, [u8]>> {
        let span = self.spans.get(index)?;
        let bytes = &self.bytes[span.inner()];
        Some(if span.quotes == Quotes::Inside { Cow::Owned(unquote(bytes)) } else { Cow::Borrowed(bytes) })
    }

    /// A field's text; `None` past the last.
    ///
    /// # Errors
    /// [`Reason::BadEncoding`] where a file that is UTF-8 elsewhere is not here.
    #[must_use]
    pub fn text(&self, index: usize) -> Option<Result<Cow<'a, str>, Reason>> {
        self.raw(index).map(|bytes| decode(bytes, self.encoding))
    }
}

fn decode(bytes: Cow<'_, [u8]>, encoding: Encoding) -> Result<Cow<'_, str>, Reason> {
    match (bytes, encoding) {
        (bytes, Encoding::Windows1252) if !bytes.is_ascii() => Ok(Cow::Owned(windows_1252(&bytes))),
        (Cow::Borrowed(bytes), _) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            // Nothing in the sample told the two apart: so far it was plain ASCII.
            Err(_) if encoding == Encoding::Ascii => Ok(Cow::Owned(windows_1252(bytes))),
            Err(_) => Err(Reason::BadEncoding),
        },
        (Cow::Owned(bytes), _) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Cow::Owned(text)),
            Err(error) if encoding == Encoding::Ascii => Ok(Cow::Owned(windows_1252(error.as_bytes()))),
            Err(_) => Err(Reason::BadEncoding),
        },
    }
}

/// `"a ""b"" c"` to `a "b" c`; what follows the closing quote is taken as it stands.
fn unquote(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = &bytes[1..];
    while let Some(at) = memchr(b'"', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        if rest.first() == Some(&b'"') {
            out.push(b'"');
            rest = &rest[1..];
        } else {
            break;
        }
    }
    out.extend_from_slice(rest);
    out
}

/// A field within its record, quotes included.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    end: u32,
    quotes: Quotes,
}

impl Span {
    /// Without the quotes, if they are simply around it.
    fn inner(&self) -> std::ops::Range<usize> {
        let around = usize::from(self.quotes == Quotes::Around);
        self.start as usize + around..self.end as usize - around
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quotes {
    None,
    /// One pair around the whole field: cutting them off is all there is to do.
    Around,
    /// Doubled quotes, or text after the closing quote.
    Inside,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    FieldStart,
    Unquoted,
    Quoted,
    /// Just after a quote in a quoted field: the end of it, or the first of a doubled one.
    AfterQuote,
}

/// The push parser: [`push`](Self::push) bytes, pull events until there are none, and so on; then
/// [`finish`](Self::finish) and pull what is left.
#[derive(Debug)]
pub struct Parser {
    delimiter: u8,
    encoding: Encoding,
    limits: Limits,
    utf16: Option<Utf16>,
    /// Bytes from the current record's start on (and, before the next push, of records already handed out).
    buffer: Vec<u8>,
    /// Where in the buffer the current record starts.
    start: usize,
    /// The next byte to look at.
    position: usize,
    field_start: usize,
    spans: Vec<Span>,
    state: State,
    quotes: Quotes,
    any_quoted: bool,
    /// Why the current record is being walked over, if it is.
    refused: Option<Reason>,
    /// Source bytes and line breaks of the current record that were dropped already.
    dropped: (u64, u64),
    finished: bool,
    known_utf8: bool,
    cursor: Cursor,
}

impl Parser {
    /// A parser that goes on at a cursor: feed it the source from `cursor.offset` on.
    #[must_use]
    pub fn new(format: &Format, limits: Limits, cursor: Cursor) -> Self {
        let utf16 = match format.encoding {
            Encoding::Utf16Le => Some(Utf16::new(false)),
            Encoding::Utf16Be => Some(Utf16::new(true)),
            Encoding::Ascii | Encoding::Utf8 | Encoding::Windows1252 => None,
        };
        Self {
            delimiter: format.delimiter,
            encoding: format.encoding,
            limits,
            utf16,
            buffer: Vec::new(),
            start: 0,
            position: 0,
            field_start: 0,
            spans: Vec::new(),
            state: State::FieldStart,
            quotes: Quotes::None,
            any_quoted: false,
            refused: None,
            dropped: (0, 0),
            finished: false,
            known_utf8: false,
            cursor,
        }
    }

    /// A parser over all there is, without a copy. Not for UTF-16, which has to be decoded.
    pub(crate) fn over(format: &Format, limits: Limits, cursor: Cursor, bytes: Vec<u8>) -> Self {
        let known_utf8 = simdutf8::basic::from_utf8(&bytes).is_ok();
        Self { buffer: bytes, finished: true, known_utf8, ..Self::new(format, limits, cursor) }
    }

    /// Its buffer, to be used again.
    pub(crate) fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    /// What was pushed and not handed out.
    pub(crate) fn into_rest(mut self) -> Vec<u8> {
        self.buffer.drain(..self.start);
        self.buffer
    }

    /// The next bytes of the source. Pull all events before pushing more, or the buffer grows.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.start);
        self.position -= self.start;
        self.field_start = self.field_start.saturating_sub(self.start);
        self.start = 0;
        match &mut self.utf16 {
            Some(decoder) => decoder.push(bytes, &mut self.buffer),
            None => self.buffer.extend_from_slice(bytes),
        }
    }

    /// The source has ended.
    pub fn finish(&mut self) {
        if let Some(decoder) = &mut self.utf16 {
            decoder.finish(&mut self.buffer);
        }
        self.finished = true;
    }

    /// Where to go on after the events pulled so far.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// Why the record that the parser is in will be refused, if that is certain before its end is seen.
    pub(crate) fn refusing(&self) -> Option<&Reason> {
        self.refused.as_ref()
    }

    /// The next record; `None` when more bytes are needed, or, after [`finish`](Self::finish), at the end.
    pub fn next_event(&mut self) -> Option<Event<'_>> {
        loop {
            if self.state == State::FieldStart && self.field_start == self.start && self.refused.is_none() {
                self.spans.clear();
            }
            let (end, next) = self.scan()?;
            let record = self.start..end;
            let refused = self.refused.take();
            let (row, line) = (self.cursor.row + 1, self.cursor.line);
            self.begin_next(next);
            if let Some(reason) = refused {
                self.cursor.row = row;
                return Some(Event::Refused { row, line, reason });
            }
            if !is_blank(&self.buffer[record.clone()], &self.spans) {
                self.cursor.row = row;
                let bytes = &self.buffer[record];
                return Some(Event::Record(Record {
                    bytes,
                    known_utf8: self.known_utf8,
                    spans: &self.spans,
                    encoding: self.encoding,
                    row,
                    line,
                }));
            }
        }
    }

    /// Moves the cursor to the record that starts at `next`.
    fn begin_next(&mut self, next: usize) {
        let walked = &self.buffer[self.start..next];
        let source_bytes = if self.utf16.is_some() { source_len(walked) } else { walked.len() as u64 };
        // Without quotes a record holds no line break but its own.
        let breaks = if self.any_quoted {
            line_breaks(walked)
        } else {
            u64::from(walked.ends_with(b"\n") || walked.ends_with(b"\r"))
        };
        self.cursor.offset += self.dropped.0 + source_bytes;
        self.cursor.line += self.dropped.1 + breaks;
        self.dropped = (0, 0);
        self.any_quoted = false;
        (self.start, self.position, self.field_start) = (next, next, next);
        (self.state, self.quotes) = (State::FieldStart, Quotes::None);
    }

    /// Walks to the end of the current record: where its last field ends, and where the next record starts.
    fn scan(&mut self) -> Option<(usize, usize)> {
        loop {
            let rest = &self.buffer[self.position..];
            match self.state {
                State::FieldStart => match rest.first() {
                    None => return self.out_of_bytes(),
                    Some(b'"') => {
                        self.position += 1;
                        self.any_quoted = true;
                        (self.state, self.quotes) = (State::Quoted, Quotes::Around);
                    }
                    Some(_) => self.state = State::Unquoted,
                },
                State::Quoted => match memchr(b'"', rest) {
                    None => {
                        self.position = self.buffer.len();
                        return self.out_of_bytes();
                    }
                    Some(at) => {
                        self.position += at + 1;
                        self.state = State::AfterQuote;
                    }
                },
                State::AfterQuote => match rest.first() {
                    None => return self.out_of_bytes(),
                    Some(b'"') => {
                        self.position += 1;
                        (self.state, self.quotes) = (State::Quoted, Quotes::Inside);
                    }
                    Some(byte) => {
                        if *byte != self.delimiter && !matches!(byte, b'\n' | b'\r') {
                            self.quotes = Quotes::Inside;
                        }
                        self.state = State::Unquoted;
                    }
                },
                State::Unquoted => {
                    let Some(at) = memchr3(self.delimiter, b'\n', b'\r', rest) else {
                        self.position = self.buffer.len();
                        return self.out_of_bytes();
                    };
                    self.position += at;
                    let next = match (rest[at], rest.get(at + 1)) {
                        (b'\n', _) => self.position + 1,
                        (b'\r', Some(b'\n')) => self.position + 2,
                        // Whether an LF belongs to this CR is not known yet.
                        (b'\r', None) if !self.finished => return self.out_of_bytes(),
                        (b'\r', _) => self.position + 1,
                        _ => {
                            self.end_field();
                            self.position += 1;
                            self.field_start = self.position;
                            (self.state, self.quotes) = (State::FieldStart, Quotes::None);
                            continue;
                        }
                    };
                    self.end_field();
                    return Some((self.position, next));
                }
            }
        }
    }

    /// The current field ends at `position`.
    fn end_field(&mut self) {
        self.check_length();
        if self.refused.is_none() {
            if self.spans.len() == self.limits.columns_max {
                self.refused = Some(Reason::TooManyColumns);
                return;
            }
            // A record within the limit fits 32 bits.
            let offset = |at: usize| u32::try_from(at - self.start).unwrap_or(u32::MAX);
            let span =
                Span { start: offset(self.field_start), end: offset(self.position), quotes: self.quotes };
            self.spans.push(span);
        }
    }

    fn check_length(&mut self) {
        if self.refused.is_none()
            && self.position - self.start > self.limits.record_bytes_max.min(u32::MAX as usize)
        {
            self.refused = Some(Reason::RecordTooLong);
        }
    }

    /// No byte left to look at: the end of the last record, or a pause until the next push.
    fn out_of_bytes(&mut self) -> Option<(usize, usize)> {
        let at_end = self.buffer.len();
        if !self.finished {
            self.check_length();
            if self.refused.is_some() {
                self.drop_walked();
            }
            return None;
        }
        if self.start == at_end && self.refused.is_none() {
            return None;
        }
        // First, so that the reason does not depend on how the bytes came.
        self.check_length();
        if self.state == State::Quoted {
            self.refused.get_or_insert(Reason::UnclosedQuote);
        }
        self.end_field();
        Some((at_end, at_end))
    }

    /// Forgets the part of a refused record that has been walked over, but not a CR whose LF may follow.
    fn drop_walked(&mut self) {
        let end = if self.buffer[self.start..self.position].ends_with(b"\r") {
            self.position - 1
        } else {
            self.position
        };
        let walked = &self.buffer[self.start..end];
        self.dropped.0 += if self.utf16.is_some() { source_len(walked) } else { walked.len() as u64 };
        self.dropped.1 += line_breaks(walked);
        self.start = end;
        self.any_quoted = true;
    }
}

/// Line breaks as an editor counts them: CRLF is one.
fn line_breaks(bytes: &[u8]) -> u64 {
    memchr3_iter(b'\n', b'\r', b'\r', bytes)
        .filter(|at| bytes[*at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'))
        .count() as u64
}

fn is_blank(bytes: &[u8], spans: &[Span]) -> bool {
    spans.iter().all(|span| {
        let field = &bytes[span.start as usize..span.end as usize];
        field == b"\"\"" || field.iter().all(|byte| matches!(byte, b' ' | b'\t'))
    })
}
