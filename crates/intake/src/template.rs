//! The file to start from.

use crate::columns::{FieldKind, FieldSpec};
use crate::writer::SafeCsv;

const COLUMNS: [(&str, &str); 15] = [
    // 555-01xx is kept free for examples.
    ("phone", "+12015550123"),
    ("first_name", "Ada"),
    ("last_name", "Example"),
    ("email", "ada@example.com"),
    ("company", "Example Ltd"),
    ("country", "US"),
    ("timezone", "America/New_York"),
    ("locale", "en-US"),
    ("priority", "5"),
    ("tags", "newsletter,spring"),
    ("consent", "yes"),
    ("recording_consent", "no"),
    ("do_not_call", "no"),
    ("external_id", "A-1001"),
    ("notes", ""),
];

/// A CSV with every column that is understood and one example row, then the tenant's own fields.
#[must_use]
pub fn template_csv(fields: &[FieldSpec]) -> Vec<u8> {
    let own: Vec<&FieldSpec> =
        fields.iter().filter(|field| !COLUMNS.iter().any(|(name, _)| *name == field.name)).collect();
    let example = |field: &&FieldSpec| match &field.kind {
        FieldKind::Text => String::new(),
        FieldKind::Number => "12.5".to_owned(),
        FieldKind::Date => "2030-12-31".to_owned(),
        FieldKind::Bool => "yes".to_owned(),
        FieldKind::Enum(words) => words.first().cloned().unwrap_or_default(),
    };
    let mut csv = SafeCsv::new(b',');
    csv.record(
        COLUMNS.iter().map(|(name, _)| (*name).to_owned()).chain(own.iter().map(|field| field.name.clone())),
    );
    csv.record(COLUMNS.iter().map(|(_, example)| (*example).to_owned()).chain(own.iter().map(example)));
    csv.take()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Event, Options, Plan};

    #[test]
    fn the_template_is_a_valid_import() {
        let fields = [
            FieldSpec {
                name: "plan".to_owned(),
                kind: FieldKind::Enum(vec!["Gold".to_owned()]),
                required: true,
            },
            FieldSpec { name: "ends".to_owned(), kind: FieldKind::Date, required: false },
        ];
        let file = template_csv(&fields);
        let plan = Plan::draw_up(&file, true, &Options { fields: fields.to_vec(), ..Options::default() })
            .expect("a plan");
        let mut rows = plan.rows(plan.start());
        rows.push(&file[usize::try_from(plan.start().offset).expect("small")..]);
        rows.finish();
        let Some(Event::Record(record)) = rows.next_event() else { panic!("no row") };
        let lead = plan.lead(&record).expect("valid");
        assert_eq!(lead.person.custom["plan"], "Gold");
        assert_eq!(lead.person.consents.len(), 2);
        assert!(plan.columns().mapping().0.values().all(|field| !matches!(field, crate::Field::Ignore)));
    }
}
