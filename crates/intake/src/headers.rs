//! What a column is called, and what that means.

use serde::{Deserialize, Serialize};

/// What a column holds. In text (mappings, JSON) `phone`, `consent:calls`, `custom:plan`, `ignore`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Field {
    /// The number to call.
    Phone,
    /// Given name.
    FirstName,
    /// Family name.
    LastName,
    /// Both in one.
    FullName,
    /// Email address.
    Email,
    /// Country, for numbers in national notation.
    Country,
    /// The contact's own time zone.
    Timezone,
    /// The contact's language.
    Locale,
    /// 0 is called first, 9 last.
    Priority,
    /// Words, separated by commas, semicolons or bars.
    Tags,
    /// Company.
    Company,
    /// Remarks.
    Notes,
    /// The contact's key in the customer's own system.
    ExternalId,
    /// Yes: never contact this number.
    DoNotCall,
    /// Agreed to: `calls`, `automated_calls`, `recording`, `sms`, `email`.
    Consent(String),
    /// Kept under this name.
    Custom(String),
    /// Left out.
    Ignore,
}

impl Field {
    /// Whether two columns may not both be this.
    pub(crate) fn is_single(&self) -> bool {
        !matches!(self, Self::Ignore)
    }
}

/// The text is none of the fields.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a field: use phone, first_name, last_name, full_name, email, country, timezone, locale, priority, tags, company, notes, external_id, do_not_call, consent:<kind>, custom:<name> or ignore"
)]
pub struct UnknownField(String);

const NAMES: [(&str, Field); 15] = [
    ("phone", Field::Phone),
    ("first_name", Field::FirstName),
    ("last_name", Field::LastName),
    ("full_name", Field::FullName),
    ("email", Field::Email),
    ("country", Field::Country),
    ("timezone", Field::Timezone),
    ("locale", Field::Locale),
    ("priority", Field::Priority),
    ("tags", Field::Tags),
    ("company", Field::Company),
    ("notes", Field::Notes),
    ("external_id", Field::ExternalId),
    ("do_not_call", Field::DoNotCall),
    ("ignore", Field::Ignore),
];

impl TryFrom<String> for Field {
    type Error = UnknownField;

    fn try_from(text: String) -> Result<Self, UnknownField> {
        if let Some((_, field)) = NAMES.iter().find(|(name, _)| *name == text) {
            return Ok(field.clone());
        }
        match text.split_once(':') {
            Some(("custom", name)) if !name.is_empty() => Ok(Self::Custom(name.to_owned())),
            Some(("consent", kind)) if !kind.is_empty() => Ok(Self::Consent(kind.to_owned())),
            _ => Err(UnknownField(text)),
        }
    }
}

impl std::fmt::Display for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some((name, _)) = NAMES.iter().find(|(_, field)| field == self) {
            return f.write_str(name);
        }
        if let Self::Custom(name) = self {
            return write!(f, "custom:{name}");
        }
        if let Self::Consent(kind) = self {
            return write!(f, "consent:{kind}");
        }
        Ok(())
    }
}

impl From<Field> for String {
    fn from(field: Field) -> Self {
        field.to_string()
    }
}

/// Columns that [`crate::RejectsWriter`] adds: a mended rejects file goes in again as it is.
pub(crate) const REJECT_HEADERS: [&str; 4] =
    ["rejected_row", "rejected_field", "rejected_value", "rejected_reason"];

/// `field = word word …`, one field on as many lines as it takes.
const WORDS: &str = include_str!("../data/headers.txt");

fn entries() -> impl Iterator<Item = (&'static str, &'static str)> {
    WORDS.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "))
}

/// What a folded header most likely means; `None` leaves the column a custom field.
pub(crate) fn guess(folded: &str) -> Option<Field> {
    let (field, _) = entries().find(|(_, words)| words.split(' ').any(|word| word == folded))?;
    Field::try_from(field.to_owned()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;

    #[test]
    fn headers_are_understood_in_four_languages() {
        let cases = [
            ("Phone Number", "phone"),
            ("MOBILE", "phone"),
            ("Telefon-Nr.", "phone"),
            ("Téléphone portable", "phone"),
            ("Móvil", "phone"),
            ("Vorname", "first_name"),
            ("Prénom", "first_name"),
            ("Apellidos", "last_name"),
            ("E-Mail", "email"),
            ("Courriel", "email"),
            ("País", "country"),
            ("Fuseau horaire", "timezone"),
            ("Sprache", "locale"),
            ("Priorität", "priority"),
            ("Do not call", "do_not_call"),
            ("DNC", "do_not_call"),
            ("Werbesperre", "do_not_call"),
            ("Consent", "consent:calls"),
            ("Recording consent", "consent:recording"),
            ("Kunden-Nr.", "external_id"),
            ("Firma", "company"),
            ("rejected_reason", "ignore"),
        ];
        for (header, field) in cases {
            assert_eq!(guess(&fold(header)).map(String::from).as_deref(), Some(field), "{header}");
        }
        assert_eq!(guess(&fold("Tariff")), None);
    }

    #[test]
    fn no_word_means_two_things_and_every_field_has_a_name_that_reads_back() {
        let mut words: Vec<&str> = entries().flat_map(|(_, words)| words.split(' ')).collect();
        let count = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), count);
        for word in words {
            assert_eq!(fold(word), word);
            let field = guess(word).expect("listed");
            assert_eq!(Field::try_from(field.to_string()), Ok(field));
        }
        assert!(Field::try_from("fone".to_owned()).is_err());
        for header in REJECT_HEADERS {
            assert_eq!(guess(&fold(header)), Some(Field::Ignore));
        }
    }
}
