//! Everything that has to be known to read a file from any record on.

use serde::{Deserialize, Serialize};

use carillon_numbering::{Parsed, Reject, country_code};

use crate::columns::{Columns, FieldSpec, Mapping};
use crate::error::{FileError, Reason, RowReject};
use crate::format::{Format, SAMPLE_BYTES};
use crate::lead::{self, Lead};
use crate::scan::{Cursor, Event, Limits, Parser, Record};
use crate::text::clean;

/// What the customer says about a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// What this import's columns are.
    pub mapping: Option<Mapping>,
    /// What the tenant's columns were the last time.
    pub remembered: Option<Mapping>,
    /// Required and typed fields.
    pub fields: Vec<FieldSpec>,
    /// The country of national numbers in rows that name none: code or name.
    pub import_country: Option<String>,
    /// The same, for imports that name none.
    pub tenant_country: Option<String>,
}

/// How to read one file. Small, serialisable, and the same for every invocation that reads a part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    format: Format,
    columns: Columns,
    default_country: Option<String>,
    start: Cursor,
}

impl Plan {
    /// Looks at the first [`SAMPLE_BYTES`] of a file; `complete` says that this is all of it.
    ///
    /// # Errors
    /// When the file as a whole cannot be read: not a CSV, no header, no telephone column and the like.
    pub fn draw_up(sample: &[u8], complete: bool, options: &Options) -> Result<Self, FileError> {
        let default_country = match options.import_country.as_ref().or(options.tenant_country.as_ref()) {
            None => None,
            Some(text) => {
                Some(country_code(text).ok_or_else(|| FileError::UnknownCountry(text.clone()))?.to_owned())
            }
        };
        let format = Format::detect(sample, complete)?;
        let (headers, start) = header(&format, sample, complete)?;
        let columns = Columns::resolve(
            headers,
            options.mapping.as_ref(),
            options.remembered.as_ref(),
            &options.fields,
        )?;
        Ok(Self { format, columns, default_country, start })
    }

    /// What kind of file it is.
    #[must_use]
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// Which column holds what.
    #[must_use]
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The first row after the header.
    #[must_use]
    pub fn start(&self) -> Cursor {
        self.start
    }

    /// ISO 3166-1 alpha-2 of national numbers in rows that name no country.
    #[must_use]
    pub fn default_country(&self) -> Option<&str> {
        self.default_country.as_deref()
    }

    /// A parser that goes on at a cursor: feed it the file from `cursor.offset` on.
    #[must_use]
    pub fn rows(&self, cursor: Cursor) -> Parser {
        Parser::new(&self.format, Limits::default(), cursor)
    }

    /// Reads a record of the file.
    ///
    /// # Errors
    /// All that is wrong with the row, field by field.
    pub fn lead(&self, record: &Record<'_>) -> Result<Lead, Vec<RowReject>> {
        self.lead_given(record, None)
    }

    /// [`lead`](Self::lead), where the number was parsed already.
    pub(crate) fn lead_given(
        &self,
        record: &Record<'_>,
        known: Option<Result<Parsed, Reject>>,
    ) -> Result<Lead, Vec<RowReject>> {
        lead::read(&self.columns, self.default_country.as_deref(), record, known)
    }

    /// A record's values as they stand, one per column, to be handed back in a rejects file.
    #[must_use]
    pub fn original(&self, record: &Record<'_>) -> Vec<String> {
        let text = |at| record.raw(at).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        (0..self.columns.headers.len().max(record.len()))
            .map(|at| {
                record
                    .text(at)
                    .and_then(Result::ok)
                    .map(std::borrow::Cow::into_owned)
                    .or_else(|| text(at))
                    .unwrap_or_default()
            })
            .collect()
    }
}

/// The column names, and where the first row after them starts.
fn header(format: &Format, sample: &[u8], complete: bool) -> Result<(Vec<String>, Cursor), FileError> {
    let offset = usize::try_from(format.start.offset).unwrap_or(usize::MAX).min(sample.len());
    let mut parser = Parser::new(format, Limits::default(), format.start);
    parser.push(&sample[offset..]);
    if complete {
        parser.finish();
    }
    let too_long = FileError::HeaderTooLong { limit: SAMPLE_BYTES };
    let refused = |reason: &Reason| {
        if *reason == Reason::TooManyColumns {
            FileError::TooManyColumns { limit: Limits::default().columns_max }
        } else {
            too_long.clone()
        }
    };
    let headers: Vec<String> = match parser.next_event() {
        None if complete => return Err(FileError::Empty),
        None => return Err(parser.refusing().map_or(too_long.clone(), refused)),
        Some(Event::Refused { reason, .. }) => return Err(refused(&reason)),
        Some(Event::Record(record)) => (0..record.len())
            .map(|at| {
                record.text(at).and_then(Result::ok).map(|text| clean(text).into_owned()).unwrap_or_default()
            })
            .collect(),
    };
    if headers.iter().any(|header| looks_like_a_number(header)) {
        return Err(FileError::NoHeader);
    }
    Ok((headers, Cursor { row: 0, ..parser.cursor() }))
}

fn looks_like_a_number(header: &str) -> bool {
    header.bytes().filter(u8::is_ascii_digit).count() >= 7 && !header.chars().any(char::is_alphabetic)
}
