//! Whether a row is sound, without keeping any of it: what a dry run needs of a row.

use carillon_numbering::{Parsed, Reject, country_code, parse, parse_by_automaton};

use crate::columns::{Columns, FieldKind};
use crate::format::Encoding;
use crate::headers::Field;
use crate::lead::{LONG_CHARS_MAX, SHORT_CHARS_MAX};
use crate::scan::Record;
use crate::text::clean;
use crate::values;

/// A row that [`crate::Plan::lead`] would accept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checked {
    pub(crate) number: Parsed,
    pub(crate) do_not_call: bool,
}

/// A plan's columns, sorted by the work they make.
#[derive(Debug)]
pub(crate) struct Checker<'a> {
    default_country: Option<&'a str>,
    columns: usize,
    phone: usize,
    country: Option<usize>,
    do_not_call: Option<usize>,
    checks: Vec<(usize, bool, Check<'a>)>,
    utf8: bool,
}

#[derive(Debug)]
enum Check<'a> {
    /// No longer than so many characters.
    Length(usize),
    Email,
    Timezone,
    Locale,
    Priority,
    /// Empty is the only thing that can be wrong with it.
    Presence,
    Typed(&'a FieldKind),
}

impl<'a> Checker<'a> {
    pub(crate) fn new(columns: &'a Columns, default_country: Option<&'a str>, encoding: Encoding) -> Self {
        let position = |wanted: &Field| columns.fields.iter().position(|field| field == wanted);
        let mut checks = Vec::new();
        for (at, (field, spec)) in columns.fields.iter().zip(&columns.specs).enumerate() {
            let check = match field {
                Field::Phone | Field::Ignore => continue,
                Field::Country | Field::DoNotCall => Check::Presence,
                Field::FirstName
                | Field::LastName
                | Field::FullName
                | Field::Company
                | Field::ExternalId
                | Field::Consent(_) => Check::Length(SHORT_CHARS_MAX),
                Field::Notes | Field::Tags => Check::Length(LONG_CHARS_MAX),
                Field::Email => Check::Email,
                Field::Timezone => Check::Timezone,
                Field::Locale => Check::Locale,
                Field::Priority => Check::Priority,
                Field::Custom(_) => match spec {
                    Some(spec) if spec.kind != FieldKind::Text => Check::Typed(&spec.kind),
                    _ => Check::Length(LONG_CHARS_MAX),
                },
            };
            let required = spec.as_ref().is_some_and(|spec| spec.required);
            if required || !matches!(check, Check::Presence) {
                checks.push((at, required, check));
            }
        }
        Self {
            default_country,
            columns: columns.fields.len(),
            phone: columns.phone(),
            country: position(&Field::Country),
            do_not_call: position(&Field::DoNotCall),
            checks,
            utf8: encoding == Encoding::Utf8,
        }
    }

    /// # Errors
    /// Something is wrong with the row, or may be; [`crate::Plan::lead_given`] says what, given the number if it was
    /// come to.
    pub(crate) fn check(&self, record: &Record<'_>) -> Result<Checked, Option<Result<Parsed, Reject>>> {
        if record.len() > self.columns || self.utf8 && !record.is_utf8() {
            return Err(None);
        }
        let country = self.country(record).ok_or(None)?;
        match self.number(record, country)? {
            Ok(number) if number.line_type().is_callable() && self.others_pass(record) => {
                let do_not_call = self.says_do_not_call(record).ok_or(Some(Ok(number)))?;
                Ok(Checked { number, do_not_call })
            }
            number => Err(Some(number)),
        }
    }

    /// The country for national notation; the outer `None` is a value that is no country.
    fn country(&self, record: &Record<'_>) -> Option<Option<&'a str>> {
        let Some(at) = self.country.filter(|at| record.raw_len(*at) > 0) else {
            return Some(self.default_country);
        };
        let code = record.plain(at).and_then(|bytes| std::str::from_utf8(bytes).ok()).and_then(country_code);
        if code.is_some() {
            return Some(code);
        }
        let text = clean(record.text(at)?.ok()?);
        if text.is_empty() { Some(self.default_country) } else { country_code(&text).map(Some) }
    }

    fn number(
        &self,
        record: &Record<'_>,
        country: Option<&str>,
    ) -> Result<Result<Parsed, Reject>, Option<Result<Parsed, Reject>>> {
        // What the automaton settles as it stands has nothing about it to be cleaned off.
        let plain = record.plain(self.phone);
        if let Some(answer) = plain.and_then(|text| parse_by_automaton(text, country))
            && answer != Err(Reject::NotANumber)
        {
            return Ok(answer);
        }
        let text = record.text(self.phone).ok_or(None)?.map_err(|_| None)?;
        Ok(parse(&clean(text), country))
    }

    fn others_pass(&self, record: &Record<'_>) -> bool {
        self.checks.iter().all(|(at, required, check)| passes(record, *at, *required, check))
    }

    fn says_do_not_call(&self, record: &Record<'_>) -> Option<bool> {
        let Some(text) = self.do_not_call.and_then(|at| record.text(at)) else { return Some(false) };
        let text = clean(text.ok()?);
        if text.is_empty() { Some(false) } else { values::yes_or_no(&text) }
    }
}

fn passes(record: &Record<'_>, at: usize, required: bool, check: &Check<'_>) -> bool {
    // Characters are no more than bytes, and cleaning adds none.
    let len = record.raw_len(at);
    if let Check::Length(chars_max) = check
        && !required
        && len <= *chars_max
    {
        return true;
    }
    if let (Check::Email, Some(bytes)) = (check, record.plain(at))
        && values::is_plain_email(bytes)
    {
        return true;
    }
    let text = match record.text(at) {
        None => return !required,
        Some(Err(_)) => return false,
        Some(Ok(text)) => clean(text),
    };
    if text.is_empty() {
        return !required;
    }
    match check {
        Check::Length(chars_max) => text.chars().count() <= *chars_max,
        Check::Presence => true,
        Check::Email => values::is_email(&text),
        Check::Timezone => values::timezone(&text).is_ok(),
        Check::Locale => values::locale(&text).is_ok(),
        Check::Priority => values::priority(&text).is_ok(),
        Check::Typed(kind) => {
            values::typed(kind, &text).is_ok_and(|text| text.chars().count() <= LONG_CHARS_MAX)
        }
    }
}
