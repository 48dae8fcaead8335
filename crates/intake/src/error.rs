//! What can be wrong with a file, and what with a row: stable codes for programs, sentences for people.

use carillon_numbering::Reject;

/// Why a file cannot be read at all. Nothing has been written when one of these is returned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// No bytes, or nothing but blanks.
    #[error("the file is empty")]
    Empty,
    /// Recognised by its first bytes, whatever its name ends in.
    #[error("the file is not a CSV but {0}")]
    NotText(&'static str),
    /// The first row holds data.
    #[error("the first row looks like data: add a row of column names above it")]
    NoHeader,
    /// The header does not fit in what is read of a file to find out about it.
    #[error("the row of column names is longer than {limit} bytes, or has a quote that is never closed")]
    HeaderTooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// More columns than any contact list has.
    #[error("the file has more than {limit} columns")]
    TooManyColumns {
        /// The limit.
        limit: usize,
    },
    /// No column is the telephone number.
    #[error("no column holds the telephone number; the columns are {}", listed(.seen))]
    NoPhoneColumn {
        /// The headers of the file.
        seen: Vec<String>,
    },
    /// Which of several columns is to be called is for a person to say.
    #[error("several columns may hold the telephone number ({}): map one of them to it", listed(.candidates))]
    AmbiguousPhone {
        /// The headers in question.
        candidates: Vec<String>,
    },
    /// Two columns have the same name.
    #[error("two columns are both called {name:?}; the columns are {}", listed(.seen))]
    DuplicateHeader {
        /// The name.
        name: String,
        /// The headers of the file.
        seen: Vec<String>,
    },
    /// The mapping sends two columns to one field.
    #[error("the mapping sends several columns ({}) to the field {field}", listed(.columns))]
    FieldMappedTwice {
        /// The field.
        field: String,
        /// The columns.
        columns: Vec<String>,
    },
    /// The mapping names columns that the file does not have.
    #[error("the mapping names columns that the file lacks: {}; the columns are {}", listed(.missing), listed(.seen))]
    UnknownColumns {
        /// The columns asked for.
        missing: Vec<String>,
        /// The headers of the file.
        seen: Vec<String>,
    },
    /// A required field has no column.
    #[error("no column holds the required {}; the columns are {}", listed(.missing), listed(.seen))]
    MissingRequired {
        /// The required fields without a column.
        missing: Vec<String>,
        /// The headers of the file.
        seen: Vec<String>,
    },
    /// The country given for the import or the tenant is none.
    #[error("the default country {0:?} is not a country")]
    UnknownCountry(String),
}

impl FileError {
    /// A stable word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty_file",
            Self::NotText(_) => "not_a_csv",
            Self::NoHeader => "no_header",
            Self::HeaderTooLong { .. } => "header_too_long",
            Self::TooManyColumns { .. } => "too_many_columns",
            Self::NoPhoneColumn { .. } => "no_phone_column",
            Self::AmbiguousPhone { .. } => "ambiguous_phone_column",
            Self::DuplicateHeader { .. } => "duplicate_header",
            Self::FieldMappedTwice { .. } => "field_mapped_twice",
            Self::UnknownColumns { .. } => "unknown_columns",
            Self::MissingRequired { .. } => "missing_required_column",
            Self::UnknownCountry(_) => "unknown_country",
        }
    }
}

/// Headers for a sentence; a file may have a thousand.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let mut text = names.iter().take(SHOWN).map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    text
}

/// What a row repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DuplicateOf {
    /// An earlier row.
    File,
    /// A contact of the campaign.
    Campaign,
    /// A contact of the tenant.
    Tenant,
}

/// Why a row, or one field of it, was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The number.
    #[error("{0}")]
    Number(Reject),
    /// A required field is empty.
    #[error("this field is required and empty")]
    Required,
    /// A country that is none.
    #[error("this is not a country: use its name or its two-letter code")]
    UnknownCountry,
    /// An email address that is none.
    #[error("this is not an email address")]
    NotAnEmail,
    /// A zone that is none.
    #[error("this is not a time zone: use an IANA name such as Europe/Berlin")]
    UnknownTimezone,
    /// A language tag that is none.
    #[error("this is not a language: use a tag such as de or de-CH")]
    NotALocale,
    /// A priority out of range.
    #[error("the priority is a whole number from 0 (first) to 9 (last)")]
    NotAPriority,
    /// A number field without a number.
    #[error("this is not a number")]
    NotANumber,
    /// `1,234` is twelve hundred to some and one and a bit to others.
    #[error("the comma may be a decimal or a thousands mark: write 1234 or 1.234")]
    AmbiguousNumber,
    /// A date field without a date.
    #[error("this is not a date: use YYYY-MM-DD")]
    NotADate,
    /// `03/04/2025` is March to some and April to others.
    #[error("the day and the month cannot be told apart: use YYYY-MM-DD")]
    AmbiguousDate,
    /// A yes/no field with something else.
    #[error("this is neither yes nor no")]
    NotABool,
    /// A value that is not on the field's list.
    #[error("this is not one of {}", .0.join(", "))]
    NotInList(Vec<String>),
    /// A value longer than is kept.
    #[error("the value is longer than {0} characters")]
    ValueTooLong(usize),
    /// More values than columns.
    #[error(
        "the row has more values than the file has columns: is a value with a delimiter in it not quoted?"
    )]
    ExtraValues,
    /// See [`crate::Limits::record_bytes_max`].
    #[error("the row is too long: is a quote never closed?")]
    RecordTooLong,
    /// See [`crate::Limits::columns_max`].
    #[error("the row has too many columns")]
    TooManyColumns,
    /// The file ends within quotes.
    #[error("a quote in this row is never closed, so the rest of the file belongs to it")]
    UnclosedQuote,
    /// UTF-8 elsewhere, not here.
    #[error("the text is not in the encoding of the rest of the file")]
    BadEncoding,
    /// The number was there before.
    #[error("the number was there before, in {}", match .0 { DuplicateOf::File => "this file", DuplicateOf::Campaign => "this campaign", DuplicateOf::Tenant => "the contact list" })]
    Duplicate(DuplicateOf),
    /// The number must not be contacted.
    #[error("the number is on the do-not-call list")]
    Suppressed,
}

impl Reason {
    /// A stable word for programs and reports.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Number(reject) => reject.code(),
            Self::Required => "required",
            Self::UnknownCountry => "unknown_country",
            Self::NotAnEmail => "not_an_email",
            Self::UnknownTimezone => "unknown_timezone",
            Self::NotALocale => "not_a_locale",
            Self::NotAPriority => "not_a_priority",
            Self::NotANumber => "not_numeric",
            Self::AmbiguousNumber => "ambiguous_number",
            Self::NotADate => "not_a_date",
            Self::AmbiguousDate => "ambiguous_date",
            Self::NotABool => "not_a_yes_or_no",
            Self::NotInList(_) => "not_in_list",
            Self::ValueTooLong(_) => "value_too_long",
            Self::ExtraValues => "extra_values",
            Self::RecordTooLong => "record_too_long",
            Self::TooManyColumns => "too_many_columns",
            Self::UnclosedQuote => "unclosed_quote",
            Self::BadEncoding => "bad_encoding",
            Self::Duplicate(_) => "duplicate",
            Self::Suppressed => "suppressed",
        }
    }
}

/// One thing that is wrong with one row. `value` is personal data: it goes into the rejects file and nowhere else.
#[derive(Clone, PartialEq, Eq)]
pub struct RowReject {
    /// The row: 1 for the first after the header.
    pub row: u64,
    /// The line on which the row starts, as a text editor counts.
    pub line: u64,
    /// The column's header; empty when the row as a whole is meant.
    pub field: String,
    /// What stood there, shortened to 200 characters.
    pub value: String,
    /// What is wrong with it.
    pub reason: Reason,
}

impl RowReject {
    /// A reject of a whole row.
    #[must_use]
    pub fn of_row(row: u64, line: u64, reason: Reason) -> Self {
        Self { row, line, field: String::new(), value: String::new(), reason }
    }
}

/// Hides the value, so that it cannot reach a log by accident.
impl std::fmt::Debug for RowReject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RowReject(row {}, line {}, {:?}: {})", self.row, self.line, self.field, self.reason.code())
    }
}
