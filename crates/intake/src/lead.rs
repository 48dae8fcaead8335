//! One row, understood.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use carillon_numbering::{Number, Parsed, Reject, country_code, parse};

use crate::columns::Columns;
use crate::error::{Reason, RowReject};
use crate::headers::Field;
use crate::scan::Record;
use crate::text::clean;
use crate::values;

/// A row whose every value is sound.
#[derive(Clone, PartialEq, Eq)]
pub struct Lead {
    /// Its row number: 1 for the first after the header.
    pub row: u64,
    /// The number to call.
    pub number: Number,
    /// The number as the file has it.
    pub phone_given: String,
    /// The IANA zones that the person may be in, all of which must be open: the row's own, else those of the number.
    pub zones: Vec<String>,
    /// Whether `zones` is what the row says.
    pub zone_given: bool,
    /// The rest of the row.
    pub person: Person,
}

/// What a row says about the person and how to treat them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Both in one, where the file does not tell them apart.
    pub full_name: Option<String>,
    /// Email address.
    pub email: Option<String>,
    /// BCP 47 tag.
    pub locale: Option<String>,
    /// 0 is called first, 9 last.
    pub priority: Option<u8>,
    /// Company.
    pub company: Option<String>,
    /// Remarks.
    pub notes: Option<String>,
    /// The contact's key in the customer's own system.
    pub external_id: Option<String>,
    /// Tags.
    pub tags: BTreeSet<String>,
    /// What the file says about consent.
    pub consents: Vec<Consent>,
    /// The file asks that this number be never called: suppress it.
    pub do_not_call: bool,
    /// Custom fields, in canonical form where they are typed; empty ones are left out.
    pub custom: BTreeMap<String, String>,
}

/// What a consent column says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// To what: `calls`, `automated_calls`, `recording`, `sms`, `email`.
    pub kind: String,
    /// Yes, no, or (`None`) words that are neither. A date is a yes, since that day.
    pub given: Option<bool>,
    /// The cell's own text: the evidence.
    pub text: String,
}

/// Hides the person.
impl std::fmt::Debug for Lead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lead(row {}, {:?})", self.row, self.number.place)
    }
}

/// Hides the person.
impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Person(…)")
    }
}

pub(crate) const SHORT_CHARS_MAX: usize = 256;
pub(crate) const LONG_CHARS_MAX: usize = 4_000;
const VALUE_SHOWN_CHARS: usize = 200;

/// Reads a record. All that is wrong with it is reported at once. `known` is what the number was parsed to, where that
/// has been done already.
pub(crate) fn read(
    columns: &Columns,
    default_country: Option<&str>,
    record: &Record<'_>,
    known: Option<Result<Parsed, Reject>>,
) -> Result<Lead, Vec<RowReject>> {
    let mut row = Row { columns, record, rejects: Vec::new() };
    row.refuse_extra_values();
    let country = row.country(default_country);
    let number = row.number(country, known);
    let mut person = Person::default();
    let mut zone = None;
    for at in 0..columns.headers.len() {
        row.column(at, &mut person, &mut zone);
    }
    match number {
        Some((number, phone_given)) if row.rejects.is_empty() => {
            let zone_given = zone.is_some();
            let zones = zone.map_or_else(
                || number.zones().iter().map(|zone| (*zone).to_owned()).collect(),
                |zone| vec![zone],
            );
            Ok(Lead { row: record.row, number, phone_given, zones, zone_given, person })
        }
        _ => Err(row.rejects),
    }
}

struct Row<'a> {
    columns: &'a Columns,
    record: &'a Record<'a>,
    rejects: Vec<RowReject>,
}

impl<'a> Row<'a> {
    /// A column's cleaned text, empty where the row is short; a value that cannot be decoded is empty and reported.
    fn value(&mut self, at: usize) -> Cow<'a, str> {
        match self.record.text(at) {
            None => Cow::Borrowed(""),
            Some(Ok(text)) => clean(text),
            Some(Err(reason)) => {
                self.reject(at, "", reason);
                Cow::Borrowed("")
            }
        }
    }

    fn reject(&mut self, at: usize, value: &str, reason: Reason) {
        self.rejects.push(RowReject {
            row: self.record.row,
            line: self.record.line,
            field: self.columns.headers.get(at).cloned().unwrap_or_default(),
            value: value.chars().take(VALUE_SHOWN_CHARS).collect(),
            reason,
        });
    }

    fn taken<T>(&mut self, at: usize, value: &str, result: Result<T, Reason>) -> Option<T> {
        result.map_err(|reason| self.reject(at, value, reason)).ok()
    }

    /// Empty cells past the last column are a spreadsheet's habit; values there are a missing quote.
    fn refuse_extra_values(&mut self) {
        for at in self.columns.headers.len()..self.record.len() {
            let value = self.value(at);
            if !value.is_empty() {
                return self.reject(at, &value, Reason::ExtraValues);
            }
        }
    }

    /// The country for national notation: the row's own, else the default. The inner `None` is "nobody said".
    fn country(&mut self, default_country: Option<&'a str>) -> Option<Option<&'a str>> {
        let Some(at) = self.columns.fields.iter().position(|field| *field == Field::Country) else {
            return Some(default_country);
        };
        let value = self.value(at);
        if value.is_empty() {
            return Some(default_country);
        }
        let found = country_code(&value).map(Some);
        if found.is_none() {
            self.reject(at, &value, Reason::UnknownCountry);
        }
        found
    }

    fn number(
        &mut self,
        country: Option<Option<&str>>,
        known: Option<Result<Parsed, Reject>>,
    ) -> Option<(Number, String)> {
        let at = self.columns.phone();
        let value = self.value(at);
        let parsed = known.unwrap_or_else(|| parse(&value, country.flatten()));
        let result = match (parsed.and_then(|parsed| parsed.callable()), country) {
            // The country's own reject says it already.
            (Err(Reject::NoCountry), None) => return None,
            (result, _) => result.map_err(Reason::Number),
        };
        Some((self.taken(at, &value, result)?, value.into_owned()))
    }

    fn column(&mut self, at: usize, person: &mut Person, zone: &mut Option<String>) {
        let columns = self.columns;
        let (field, spec) = (&columns.fields[at], columns.specs[at].as_ref());
        // Read above, both of them, and an empty number is reported there.
        if matches!(field, Field::Ignore | Field::Phone) {
            return;
        }
        let value = self.value(at);
        if value.is_empty() {
            if spec.is_some_and(|spec| spec.required) {
                self.reject(at, "", Reason::Required);
            }
            return;
        }
        match field {
            Field::Phone | Field::Ignore | Field::Country => {}
            Field::FirstName => person.first_name = self.text(at, &value, SHORT_CHARS_MAX),
            Field::LastName => person.last_name = self.text(at, &value, SHORT_CHARS_MAX),
            Field::FullName => person.full_name = self.text(at, &value, SHORT_CHARS_MAX),
            Field::Company => person.company = self.text(at, &value, SHORT_CHARS_MAX),
            Field::ExternalId => person.external_id = self.text(at, &value, SHORT_CHARS_MAX),
            Field::Notes => person.notes = self.text(at, &value, LONG_CHARS_MAX),
            Field::Email => person.email = self.taken(at, &value, values::email(&value)),
            Field::Timezone => *zone = self.taken(at, &value, values::timezone(&value)),
            Field::Locale => person.locale = self.taken(at, &value, values::locale(&value)),
            Field::Priority => person.priority = self.taken(at, &value, values::priority(&value)),
            Field::Tags => {
                if let Some(text) = self.text(at, &value, LONG_CHARS_MAX) {
                    let tags = text.split([',', ';', '|']).map(str::trim).filter(|tag| !tag.is_empty());
                    person.tags = tags.map(str::to_owned).collect();
                }
            }
            Field::DoNotCall => {
                let answer = values::yes_or_no(&value).ok_or(Reason::NotABool);
                person.do_not_call = self.taken(at, &value, answer).unwrap_or(true);
            }
            Field::Consent(kind) => {
                let given =
                    values::yes_or_no(&value).or_else(|| values::date(&value).is_ok().then_some(true));
                if let Some(text) = self.text(at, &value, SHORT_CHARS_MAX) {
                    person.consents.push(Consent { kind: kind.clone(), given, text });
                }
            }
            Field::Custom(name) => {
                let typed = spec
                    .map_or_else(|| Ok(value.clone().into_owned()), |spec| values::typed(&spec.kind, &value));
                if let Some(text) = self.taken(at, &value, typed)
                    && let Some(text) = self.text(at, &text, LONG_CHARS_MAX)
                {
                    person.custom.insert(name.clone(), text);
                }
            }
        }
    }

    fn text(&mut self, at: usize, value: &str, chars_max: usize) -> Option<String> {
        if value.len() > chars_max && value.chars().count() > chars_max {
            self.reject(at, value, Reason::ValueTooLong(chars_max));
            return None;
        }
        Some(value.to_owned())
    }
}
