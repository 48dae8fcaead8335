//! Which column holds what.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::FileError;
use crate::headers::{Field, guess};
use crate::text::fold;

/// Header to field, as a person or an earlier import decided. Headers are compared without case, accents and marks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mapping(pub BTreeMap<String, Field>);

impl Mapping {
    fn find(&self, folded: &str, header: &str) -> Option<&Field> {
        let exact = self.0.get(header);
        exact.or_else(|| {
            self.0.iter().find(|(name, _)| !folded.is_empty() && fold(name) == folded).map(|(_, field)| field)
        })
    }
}

/// What a tenant expects of a field: its type, and that it is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSpec {
    /// A field's name (`email`) or a custom field's (`contract_end`).
    pub name: String,
    /// Its type.
    #[serde(default)]
    pub kind: FieldKind,
    /// Whether an empty value refuses the row.
    #[serde(default)]
    pub required: bool,
}

/// The type of a custom field's values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Anything.
    #[default]
    Text,
    /// `1234.5`, `1.234,5`, `1 234,5`; kept as `1234.5`.
    Number,
    /// `2025-03-31`, `31.3.2025`, and with slashes where day and month can be told apart; kept as `2025-03-31`.
    Date,
    /// Yes or no in English, German, French or Spanish; kept as `true` or `false`.
    Bool,
    /// One of a list, without regard to case; kept as the list writes it.
    Enum(Vec<String>),
}

/// The columns of a file, understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Columns {
    pub(crate) headers: Vec<String>,
    pub(crate) fields: Vec<Field>,
    /// What is expected of each column.
    pub(crate) specs: Vec<Option<FieldSpec>>,
}

impl Columns {
    /// Explicit mapping first, then the remembered one, then a guess from the header; the rest are custom fields.
    ///
    /// # Errors
    /// When no column, or more than one, is the telephone number; when names clash; when the explicit mapping or a
    /// required field asks for a column that is not there. All of them name the headers seen.
    pub fn resolve(
        headers: Vec<String>,
        explicit: Option<&Mapping>,
        remembered: Option<&Mapping>,
        specs: &[FieldSpec],
    ) -> Result<Self, FileError> {
        let folded: Vec<String> = headers.iter().map(|header| fold(header)).collect();
        let headers: Vec<String> = headers
            .into_iter()
            .enumerate()
            .map(|(at, header)| if header.is_empty() { format!("column_{}", at + 1) } else { header })
            .collect();
        if let Some(at) = (1..headers.len()).find(|at| headers[..*at].contains(&headers[*at])) {
            return Err(FileError::DuplicateHeader { name: headers[at].clone(), seen: headers });
        }
        if let Some(mapping) = explicit {
            let missing: Vec<String> = mapping
                .0
                .keys()
                .filter(|name| !headers.contains(name) && !folded.contains(&fold(name)))
                .cloned()
                .collect();
            if !missing.is_empty() {
                return Err(FileError::UnknownColumns { missing, seen: headers });
            }
        }
        let mut fields: Vec<Option<Field>> = vec![None; headers.len()];
        for mapping in [explicit, remembered].into_iter().flatten() {
            for (at, header) in headers.iter().enumerate() {
                let wanted = mapping.find(&folded[at], header);
                // A remembered mapping gives way to what was said about this file.
                let taken =
                    |field: &Field| field.is_single() && fields.iter().flatten().any(|other| other == field);
                let found = wanted
                    .filter(|field| fields[at].is_none() && (Some(mapping) == explicit || !taken(field)))
                    .cloned();
                fields[at] = fields[at].take().or(found);
            }
        }
        reject_fields_mapped_twice(&headers, &fields)?;
        guess_the_rest(&headers, &folded, &mut fields)?;
        let fields: Vec<Field> = fields
            .into_iter()
            .zip(&headers)
            .map(|(field, header)| field.unwrap_or_else(|| Field::Custom(header.clone())))
            .collect();
        if !fields.contains(&Field::Phone) {
            return Err(FileError::NoPhoneColumn { seen: headers });
        }
        let specs = attach(specs, &headers, &fields)?;
        Ok(Self { headers, fields, specs })
    }

    /// The headers, in the file's order; an empty one is called `column_7`.
    #[must_use]
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// What was decided, column by column: to show, and to remember for the tenant's next file.
    #[must_use]
    pub fn mapping(&self) -> Mapping {
        Mapping(self.headers.iter().cloned().zip(self.fields.iter().cloned()).collect())
    }

    /// The column of the telephone number.
    #[must_use]
    pub fn phone(&self) -> usize {
        self.fields.iter().position(|field| *field == Field::Phone).unwrap_or_default()
    }
}

fn reject_fields_mapped_twice(headers: &[String], fields: &[Option<Field>]) -> Result<(), FileError> {
    for field in fields.iter().flatten().filter(|field| field.is_single()) {
        let columns: Vec<String> = holders(headers, fields, field);
        if columns.len() > 1 {
            return Err(FileError::FieldMappedTwice { field: field.to_string(), columns });
        }
    }
    Ok(())
}

fn holders(headers: &[String], fields: &[Option<Field>], field: &Field) -> Vec<String> {
    headers
        .iter()
        .zip(fields)
        .filter(|(_, other)| other.as_ref() == Some(field))
        .map(|(header, _)| header.clone())
        .collect()
}

/// Guesses for the columns that nobody decided about. Two candidates for the number are for a person to settle; of two
/// for anything else the first is taken, and the other is kept as a custom field.
fn guess_the_rest(
    headers: &[String],
    folded: &[String],
    fields: &mut [Option<Field>],
) -> Result<(), FileError> {
    let phone_is_settled = fields.iter().flatten().any(|field| *field == Field::Phone);
    let undecided: Vec<usize> = (0..fields.len()).filter(|at| fields[*at].is_none()).collect();
    let guesses: Vec<(usize, Field)> =
        undecided.into_iter().filter_map(|at| Some((at, guess(&folded[at])?))).collect();
    if !phone_is_settled {
        let candidates: Vec<String> = guesses
            .iter()
            .filter(|(_, field)| *field == Field::Phone)
            .map(|(at, _)| headers[*at].clone())
            .collect();
        if candidates.len() > 1 {
            return Err(FileError::AmbiguousPhone { candidates });
        }
    }
    for (at, field) in guesses {
        let taken = field.is_single() && fields.iter().flatten().any(|other| *other == field);
        if !taken {
            fields[at] = Some(field);
        }
    }
    Ok(())
}

fn attach(
    specs: &[FieldSpec],
    headers: &[String],
    fields: &[Field],
) -> Result<Vec<Option<FieldSpec>>, FileError> {
    let is_for = |spec: &FieldSpec, field: &Field| match field {
        Field::Custom(name) => fold(name) == fold(&spec.name),
        Field::Consent(_) => field.to_string() == spec.name,
        Field::Phone
        | Field::FirstName
        | Field::LastName
        | Field::FullName
        | Field::Email
        | Field::Country
        | Field::Timezone
        | Field::Locale
        | Field::Priority
        | Field::Tags
        | Field::Company
        | Field::Notes
        | Field::ExternalId
        | Field::DoNotCall => field.to_string() == spec.name,
        Field::Ignore => false,
    };
    let missing: Vec<String> = specs
        .iter()
        .filter(|spec| spec.required && !fields.iter().any(|field| is_for(spec, field)))
        .map(|spec| spec.name.clone())
        .collect();
    if !missing.is_empty() {
        return Err(FileError::MissingRequired { missing, seen: headers.to_vec() });
    }
    Ok(fields.iter().map(|field| specs.iter().find(|spec| is_for(spec, field)).cloned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(headers: &[&str]) -> Result<Columns, FileError> {
        Columns::resolve(headers.iter().map(|name| (*name).to_owned()).collect(), None, None, &[])
    }

    fn mapping(pairs: &[(&str, &str)]) -> Mapping {
        let field = |text: &str| Field::try_from(text.to_owned()).expect("a field");
        Mapping(pairs.iter().map(|(header, text)| ((*header).to_owned(), field(text))).collect())
    }

    #[test]
    fn unknown_columns_become_custom_fields_under_their_own_name() {
        let columns = columns(&["Telefon", "Tarif", ""]).expect("fine");
        assert_eq!(
            columns.fields,
            [Field::Phone, Field::Custom("Tarif".to_owned()), Field::Custom("column_3".to_owned())]
        );
    }

    #[test]
    fn what_was_said_beats_what_is_remembered_beats_what_is_guessed() {
        let headers = || ["Phone", "Mobile", "Name"].map(str::to_owned).to_vec();
        let remembered = mapping(&[
            ("phone", "phone"),
            ("mobile", "custom:second"),
            ("name", "company"),
            ("gone", "notes"),
        ]);
        let columns = Columns::resolve(headers(), None, Some(&remembered), &[]).expect("fine");
        assert_eq!(
            columns.mapping(),
            mapping(&[("Phone", "phone"), ("Mobile", "custom:second"), ("Name", "company")])
        );
        let explicit = mapping(&[("Mobile", "phone")]);
        let columns = Columns::resolve(headers(), Some(&explicit), Some(&remembered), &[]).expect("fine");
        assert_eq!(
            columns.mapping(),
            mapping(&[("Phone", "custom:Phone"), ("Mobile", "phone"), ("Name", "company")])
        );
    }

    #[test]
    fn a_file_that_cannot_be_mapped_says_what_was_seen() {
        let error = columns(&["Name", "Fax"]).expect_err("no phone");
        assert_eq!(
            error.to_string(),
            r#"no column holds the telephone number; the columns are "Name", "Fax""#
        );
        assert_eq!(columns(&["Phone", "Mobile"]).expect_err("two").code(), "ambiguous_phone_column");
        assert_eq!(columns(&["Phone", "x", "x"]).expect_err("twice").code(), "duplicate_header");
        let headers = || vec!["Phone".to_owned(), "Mobile".to_owned()];
        let twice = mapping(&[("Phone", "phone"), ("Mobile", "phone")]);
        assert_eq!(
            Columns::resolve(headers(), Some(&twice), None, &[]).expect_err("twice").code(),
            "field_mapped_twice"
        );
        let unknown = mapping(&[("Phone", "phone"), ("Fone", "notes")]);
        assert_eq!(
            Columns::resolve(headers(), Some(&unknown), None, &[]).expect_err("unknown").code(),
            "unknown_columns"
        );
        let spec = FieldSpec { name: "email".to_owned(), kind: FieldKind::Text, required: true };
        let one = || vec!["Phone".to_owned()];
        assert_eq!(
            Columns::resolve(one(), None, None, &[spec]).expect_err("required").code(),
            "missing_required_column"
        );
    }

    #[test]
    fn a_mended_rejects_file_goes_in_again() {
        let columns = columns(&[
            "phone",
            "name",
            "rejected_row",
            "rejected_field",
            "rejected_value",
            "rejected_reason",
        ])
        .expect("fine");
        assert_eq!(columns.fields[2..], [Field::Ignore, Field::Ignore, Field::Ignore, Field::Ignore]);
    }
}
