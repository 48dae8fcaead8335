//! Two contacts that are one person.

use std::collections::BTreeMap;

use carillon_domain::contact::Contact;
use carillon_domain::enrollment::{Enrollment, EnrollmentState};
use carillon_domain::ids::ContactId;
use carillon_domain::note::Note;
use carillon_domain::outcome::EndReason;
use carillon_domain::search::{address, words};
use carillon_store::{StoreError, Stored};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::contacts::ContactView;
use crate::extract::{IfMatch, Json, Params, Scope, Versioned};
use crate::problem::{Kind, Problem};

/// Suggestions at most, and looked at for each way in which two may be one.
const SUGGESTIONS_MAX: usize = 20;
const CANDIDATES_MAX: u32 = 100;

/// How many contacts one may be merged from. Each is one more partition to be read with it.
const MERGED_MAX: usize = 20;

/// Contacts that may be the same person.
#[derive(Serialize, ToSchema)]
pub struct Duplicates {
    /// Those that share its email address or its full name, at most 20.
    items: Vec<ContactView>,
}

/// Who may be the same person?
///
/// Those with the same email address or the same full name. A tenant has one contact for a number, so it is never the
/// number.
#[utoipa::path(get, path = "/v1/contacts/{contact}/duplicates", operation_id = "find_duplicates", tag = "contacts",
    params(("contact" = String, Path, description = "Its id")),
    responses((status = 200, description = "Suggestions", body = Duplicates)))]
pub(crate) async fn duplicates(
    scope: Scope,
    Params(id): Params<ContactId>,
) -> Result<Json<Duplicates>, Problem> {
    let table = scope.table();
    let contact = table.contact(&id).await?.ok_or_else(|| Problem::not_found("contact"))?.value;
    let email = contact.email.as_deref().map(address);
    let longest = full_name(&contact).and_then(|name| words(&name).max_by_key(|word| word.chars().count()));
    let mut found: BTreeMap<ContactId, Stored<Contact>> = BTreeMap::new();
    for word in [&email, &longest].into_iter().flatten().filter(|word| word.chars().nth(1).is_some()) {
        let (candidates, _) = table.contacts_by_word(word, None, CANDIDATES_MAX).await?;
        for candidate in candidates.into_iter().map(|found| found.contact) {
            let other = &candidate.value;
            let same_email = email.is_some() && other.email.as_deref().map(address) == email;
            let same_name = longest.is_some() && full_name(other) == full_name(&contact);
            if other.id != id && (same_email || same_name) {
                found.insert(other.id.clone(), candidate);
            }
        }
    }
    let items = found.into_values().take(SUGGESTIONS_MAX).map(ContactView::from).collect();
    Ok(Json(Duplicates { items }))
}

/// First and last name, folded; one alone says little.
fn full_name(contact: &Contact) -> Option<String> {
    let (first, last) = (contact.first_name.as_deref()?, contact.last_name.as_deref()?);
    let name = words(&format!("{first} {last}")).collect::<Vec<_>>().join(" ");
    (!name.is_empty()).then_some(name)
}

/// Which contact is to go.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Merge {
    /// The contact that this one takes in.
    #[schema(value_type = String, example = "con_5f0c6b1e2d3a49587766554433221100")]
    other: ContactId,
}

/// Take another contact in.
///
/// What this one lacks it gets from the other, along with its tags, consents and custom fields; the other's history
/// shows here from then on. The other's number is called no more: it leaves its campaigns, and its record goes.
#[utoipa::path(post, path = "/v1/contacts/{contact}/merge", operation_id = "merge_contacts", tag = "contacts",
    params(("contact" = String, Path, description = "The contact that stays")), request_body = Merge,
    responses((status = 200, description = "The contact as it is now", body = ContactView)))]
pub(crate) async fn merge(
    scope: Scope,
    Params(id): Params<ContactId>,
    if_match: IfMatch,
    Json(Merge { other }): Json<Merge>,
) -> Result<Versioned<ContactView>, Problem> {
    if other == id {
        return Err(Problem::field("other", "must be another contact"));
    }
    let table = scope.table();
    let mut stored = table.contact(&id).await?.ok_or_else(|| Problem::not_found("contact"))?;
    // This very request may have been here before, whether it was answered or broke off.
    let begun = scope.has_key() && stored.value.merged.contains(&other);
    if !begun {
        if_match.check(stored.version)?;
    }
    let file = table.contact_file(&other).await?;
    let Some(gone) = file.contact.clone() else {
        return if begun {
            Ok(stored.into())
        } else {
            Err(Problem::field("other", "there is no such contact"))
        };
    };
    if file.attempts.iter().any(|attempt| attempt.value.is_open()) {
        return Err(Problem::new(Kind::NotNow, "The other contact is being called right now."));
    }
    let both = united(stored.value.clone(), gone.value.clone());
    if both != stored.value {
        stored.value = Contact { updated_at: scope.now, ..both };
        if stored.value.merged.len() > MERGED_MAX {
            return Err(Problem::new(
                Kind::NotNow,
                format!("A contact takes in at most {MERGED_MAX} others."),
            ));
        }
        table.save_contact(&stored).await.map_err(Problem::unsaved)?;
        stored.version += 1;
    }
    // From here on a repetition does again what was not done, and what was done is as it was.
    leave(&scope, file.enrollments).await?;
    hand_over(&scope, file.notes, &id).await?;
    table.delete_contact(&gone).await.map_err(Problem::unsaved)?;
    Ok(stored.into())
}

/// The other's campaigns call somebody else's number from now on.
async fn leave(scope: &Scope, enrollments: Vec<Stored<Enrollment>>) -> Result<(), Problem> {
    for mut enrollment in enrollments {
        if let EnrollmentState::Waiting { .. } = enrollment.value.state {
            enrollment.value.end(EndReason::Withdrawn, scope.now);
            scope.table().save_enrollment(&enrollment).await?;
        }
    }
    Ok(())
}

/// The other's notes become this one's: they are sealed with the key of whom they are about, which goes with the contact.
async fn hand_over(scope: &Scope, notes: Vec<Stored<Note>>, to: &ContactId) -> Result<(), Problem> {
    let table = scope.table();
    for old in notes {
        let new = Note { contact: to.clone(), ..old.value.clone() };
        match table.save_note(&Stored::new(new)).await {
            // There already, if this is done again.
            Ok(()) | Err(StoreError::Conflict) => table.delete_note(&old).await?,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// One contact out of two: what the first has counts, what it lacks comes from the second.
fn united(mut stays: Contact, goes: Contact) -> Contact {
    for (field, value) in [
        (&mut stays.first_name, goes.first_name),
        (&mut stays.last_name, goes.last_name),
        (&mut stays.company, goes.company),
        (&mut stays.email, goes.email),
        (&mut stays.locale, goes.locale),
        (&mut stays.external_id, goes.external_id),
    ] {
        if field.is_none() {
            *field = value;
        }
    }
    stays.tags.extend(goes.tags);
    for (name, value) in goes.custom {
        stays.custom.entry(name).or_insert(value);
    }
    for consent in goes.consents {
        if !stays.consents.contains(&consent) {
            stays.consents.push(consent);
        }
    }
    stays.merged.extend(goes.merged);
    stays.merged.insert(goes.id);
    stays.created_at = stays.created_at.min(goes.created_at);
    stays
}
