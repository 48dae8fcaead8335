//! Contacts.

use std::collections::{BTreeMap, BTreeSet};

use carillon_domain::contact::{ConsentGiven, Contact};
use carillon_domain::ids::ContactId;
use carillon_domain::phone::{LineType, Place};
use carillon_domain::suppression::{Scope as Of, Suppression};
use carillon_domain::tenant::Tenant;
use carillon_numbering::normalise;
use carillon_store::{Consistency, StoreError, Stored};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::enrollments::{AttemptView, EnrollmentView};
use super::erasure::absent;
use super::notes::NoteView;
use super::numbers::country;
use super::suppressions::SuppressionView;
use super::timeline::{self, TimelineEntry};
use crate::extract::{Created, IfMatch, Json, Params, Scope, Versioned};
use crate::problem::{FieldError, Kind, Problem};
use crate::schema;

/// A contact.
#[derive(Serialize, ToSchema)]
#[schema(as = Contact)]
pub struct ContactView {
    /// Its id.
    #[schema(value_type = String, example = "con_5f0c6b1e2d3a49587766554433221100")]
    id: ContactId,
    /// The number to call, in E.164 form.
    #[schema(example = "+442079460999")]
    phone: String,
    /// The number as it was given.
    #[schema(example = "020 7946 0999")]
    phone_given: String,
    /// Where the number belongs.
    #[schema(value_type = schema::Place)]
    place: Place,
    /// What kind of line it is.
    #[schema(value_type = schema::LineType)]
    line_type: LineType,
    /// IANA zones in which the person may be: calls are made when all are open.
    #[schema(example = json!(["Europe/London"]))]
    zones: Vec<String>,
    /// Given name.
    first_name: Option<String>,
    /// Family name.
    last_name: Option<String>,
    /// Company.
    company: Option<String>,
    /// Email address.
    email: Option<String>,
    /// BCP 47 tag.
    locale: Option<String>,
    /// The key in the system that the contact came from.
    external_id: Option<String>,
    /// Tags.
    tags: BTreeSet<String>,
    /// Custom fields.
    custom: BTreeMap<String, String>,
    /// What the person has agreed to.
    #[schema(value_type = Vec<schema::ConsentGiven>)]
    consents: Vec<ConsentGiven>,
    /// Contacts that turned out to be the same person.
    #[schema(value_type = Vec<String>)]
    merged: BTreeSet<ContactId>,
    /// Created.
    created_at: Timestamp,
    /// Last changed.
    updated_at: Timestamp,
    /// Counts its changes; the ETag.
    version: u64,
}

impl From<Stored<Contact>> for ContactView {
    fn from(Stored { value, version }: Stored<Contact>) -> Self {
        Self {
            id: value.id,
            phone: value.phone.into(),
            phone_given: value.phone_given,
            place: value.place,
            line_type: value.line_type,
            zones: value.zones,
            first_name: value.first_name,
            last_name: value.last_name,
            company: value.company,
            email: value.email,
            locale: value.locale,
            external_id: value.external_id,
            tags: value.tags,
            custom: value.custom,
            consents: value.consents,
            merged: value.merged,
            created_at: value.created_at,
            updated_at: value.updated_at,
            version,
        }
    }
}

impl From<Stored<Contact>> for Versioned<ContactView> {
    fn from(stored: Stored<Contact>) -> Self {
        Self { version: stored.version, body: stored.into() }
    }
}

/// A contact with everything that has happened.
#[derive(Serialize, ToSchema)]
#[schema(as = ContactFile)]
pub struct ContactFileView {
    /// The contact.
    #[serde(flatten)]
    contact: ContactView,
    /// Its place in every campaign.
    enrollments: Vec<InCampaign>,
    /// Every attempt in every campaign, newest first.
    attempts: Vec<AttemptView>,
    /// What people wrote down, newest first.
    notes: Vec<NoteView>,
    /// What keeps the contact from being called, written to or mailed.
    suppressions: Vec<SuppressionView>,
    /// All of it in order, newest first, by reference.
    timeline: Vec<TimelineEntry>,
}

/// A contact's place in one campaign.
#[derive(Serialize, ToSchema)]
pub struct InCampaign {
    /// The campaign.
    #[schema(example = "cmp_0192f3a4b5c67d8e9f00112233445566")]
    campaign: String,
    /// Where it stands there.
    enrollment: EnrollmentView,
}

/// One contact with its whole timeline.
#[utoipa::path(get, path = "/v1/contacts/{contact}", operation_id = "read_contact", tag = "contacts",
    params(("contact" = String, Path, description = "Its id")),
    responses((status = 200, description = "The contact and its timeline", body = ContactFileView)))]
pub(crate) async fn read(
    scope: Scope,
    Params(id): Params<ContactId>,
) -> Result<Versioned<ContactFileView>, Problem> {
    let mut file = scope.table().contact_file(&id).await?;
    let Some(contact) = file.contact.take() else { return Err(absent(&scope, &id).await) };
    let merged = contact.value.merged.iter().map(|other| {
        let table = scope.table();
        async move { table.contact_file(other).await }
    });
    for other in futures::future::try_join_all(merged).await? {
        file.attempts.extend(other.attempts);
        file.enrollments.extend(other.enrollments);
        file.notes.extend(other.notes);
    }
    let suppressions = suppressions(&scope, &contact.value).await?;
    file.attempts.sort_by_key(|attempt| std::cmp::Reverse(attempt.value.created_at));
    file.notes.sort_by_key(|note| std::cmp::Reverse(note.value.created_at));
    let timeline = timeline::of(&file, &contact.value, &suppressions);
    let enrollments = file.enrollments.iter().map(|stored| InCampaign {
        campaign: stored.value.id.campaign.to_string(),
        enrollment: EnrollmentView::from(&stored.value),
    });
    let body = ContactFileView {
        enrollments: enrollments.collect(),
        attempts: file.attempts.iter().map(|attempt| AttemptView::from(&attempt.value)).collect(),
        notes: file.notes.into_iter().map(NoteView::from).collect(),
        suppressions: suppressions.into_iter().map(SuppressionView::from).collect(),
        timeline,
        contact: ContactView::from(contact),
    };
    Ok(Versioned { version: body.contact.version, body })
}

/// Whatever keeps a contact from being contacted, in any way.
async fn suppressions(scope: &Scope, contact: &Contact) -> Result<Vec<Suppression>, Problem> {
    let addresses: Vec<&str> =
        std::iter::once(contact.phone.as_str()).chain(contact.email.as_deref()).collect();
    let table = scope.table();
    let read = [Of::Voice, Of::Sms, Of::Email]
        .map(|of| table.suppressions_of(&addresses, of, Consistency::Eventual));
    let mut found: Vec<Suppression> =
        futures::future::try_join_all(read).await?.into_iter().flatten().collect();
    // Each of the three brings those for every kind.
    found.sort_by(|a, b| (&a.address, a.scope.name()).cmp(&(&b.address, b.scope.name())));
    found.dedup_by(|a, b| a.address == b.address && a.scope == b.scope);
    Ok(found)
}

/// A contact to be created.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContact {
    /// The number, as people write it.
    #[schema(example = "020 7946 0999")]
    phone: String,
    /// Country of a number without country code, by code or name; the tenant's own unless given.
    #[serde(default)]
    #[schema(example = "GB")]
    country: Option<String>,
    /// Where the person is, an IANA name, if that is known better than from the number.
    #[serde(default)]
    timezone: Option<String>,
    /// Given name.
    #[serde(default)]
    first_name: Option<String>,
    /// Family name.
    #[serde(default)]
    last_name: Option<String>,
    /// Company.
    #[serde(default)]
    company: Option<String>,
    /// Email address.
    #[serde(default)]
    email: Option<String>,
    /// BCP 47 tag.
    #[serde(default)]
    locale: Option<String>,
    /// The key in the system that the contact comes from.
    #[serde(default)]
    external_id: Option<String>,
    /// Tags.
    #[serde(default)]
    tags: BTreeSet<String>,
    /// Custom fields.
    #[serde(default)]
    custom: BTreeMap<String, String>,
    /// What the person has agreed to.
    #[serde(default)]
    #[schema(value_type = Vec<schema::ConsentGiven>, required = false)]
    consents: Vec<ConsentGiven>,
}

/// Create a contact.
///
/// A tenant has one contact for a number: 409 if it is there already.
#[utoipa::path(post, path = "/v1/contacts", operation_id = "create_contact", tag = "contacts",
    request_body = NewContact, responses((status = 201, description = "Created", body = ContactView)))]
pub(crate) async fn create(
    scope: Scope,
    Json(new): Json<NewContact>,
) -> Result<Created<Versioned<ContactView>>, Problem> {
    let tenant = scope.settings().await?.value;
    let contact = build(&scope, &tenant, new)?;
    let id = contact.id.clone();
    let stored = Stored::new(contact);
    let stored = match scope.table().save_contact(&stored).await {
        Ok(()) => stored.saved(),
        Err(StoreError::Conflict) if scope.is_repetition() => {
            scope.table().contact(&id).await?.ok_or_else(|| Problem::not_found("contact"))?
        }
        Err(StoreError::Conflict) => {
            return Err(Problem::new(Kind::Exists, format!("The number belongs to {id}.")));
        }
        Err(error) => return Err(error.into()),
    };
    Ok(Created { location: format!("/v1/contacts/{id}"), body: stored.into() })
}

fn build(scope: &Scope, tenant: &Tenant, new: NewContact) -> Result<Contact, Problem> {
    let default = match new.country {
        Some(text) => Some(country(&text)?),
        None => tenant.default_country.clone(),
    };
    let number = normalise(&new.phone, default.as_deref());
    let number = number.map_err(|reject| Problem::field("phone", reject.to_string()))?;
    let zones = match new.timezone {
        Some(zone) => vec![zone],
        None => number.zones().iter().map(|zone| (*zone).to_owned()).collect(),
    };
    let contact = Contact {
        id: ContactId::of_address(tenant.salt.as_bytes(), number.e164.as_str()),
        phone: number.e164,
        phone_given: new.phone,
        place: number.place,
        line_type: number.line_type,
        zones,
        first_name: new.first_name,
        last_name: new.last_name,
        company: new.company,
        email: new.email.map(|email| email.trim().to_lowercase()),
        locale: new.locale,
        external_id: new.external_id,
        tags: new.tags,
        custom: new.custom,
        consents: new.consents,
        source: None,
        merged: BTreeSet::new(),
        created_at: scope.now,
        updated_at: scope.now,
    };
    checked(contact)
}

/// Changes to a contact: what is not named stays, `null` removes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactPatch {
    /// Where the person is, an IANA name.
    #[serde(default)]
    timezone: Option<String>,
    /// Given name.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<String>)]
    first_name: Option<Option<String>>,
    /// Family name.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<String>)]
    last_name: Option<Option<String>>,
    /// Company.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<String>)]
    company: Option<Option<String>>,
    /// Email address.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// BCP 47 tag.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<String>)]
    locale: Option<Option<String>>,
    /// The key in the system that the contact comes from.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<String>)]
    external_id: Option<Option<String>>,
    /// All tags.
    #[serde(default)]
    tags: Option<BTreeSet<String>>,
    /// Custom fields: what is not named stays, `null` removes.
    #[serde(default)]
    custom: BTreeMap<String, Option<String>>,
    /// All consents.
    #[serde(default)]
    #[schema(value_type = Option<Vec<schema::ConsentGiven>>)]
    consents: Option<Vec<ConsentGiven>>,
}

/// Tells `null` from what is not there.
fn named<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Change a contact.
///
/// Its number stays: a person with another number is another contact.
#[utoipa::path(patch, path = "/v1/contacts/{contact}", operation_id = "edit_contact", tag = "contacts",
    params(("contact" = String, Path, description = "Its id")), request_body = ContactPatch,
    responses((status = 200, description = "The contact as it is now", body = ContactView)))]
pub(crate) async fn edit(
    scope: Scope,
    Params(id): Params<ContactId>,
    if_match: IfMatch,
    Json(patch): Json<ContactPatch>,
) -> Result<Versioned<ContactView>, Problem> {
    let Some(stored) = scope.table().contact(&id).await? else { return Err(absent(&scope, &id).await) };
    if_match.check(stored.version)?;
    let Stored { value: mut contact, version } = stored;
    if let Some(zone) = patch.timezone {
        contact.zones = vec![zone];
    }
    let email = patch.email.map(|email| email.map(|email| email.trim().to_lowercase()));
    for (field, value) in [
        (&mut contact.first_name, patch.first_name),
        (&mut contact.last_name, patch.last_name),
        (&mut contact.company, patch.company),
        (&mut contact.email, email),
        (&mut contact.locale, patch.locale),
        (&mut contact.external_id, patch.external_id),
    ] {
        if let Some(value) = value {
            *field = value;
        }
    }
    for (name, value) in patch.custom {
        match value {
            Some(value) => contact.custom.insert(name, value),
            None => contact.custom.remove(&name),
        };
    }
    contact.tags = patch.tags.unwrap_or(contact.tags);
    contact.consents = patch.consents.unwrap_or(contact.consents);
    contact.updated_at = scope.now;
    let stored = Stored { value: checked(contact)?, version };
    scope.table().save_contact(&stored).await.map_err(Problem::unsaved)?;
    Ok(stored.saved().into())
}

/// The longest text, characters: what a name or a value of a spreadsheet needs, and not a document.
const TEXT_CHARS_MAX: usize = 1_000;

/// What a contact may hold. One item of the table has 400 KB for all of it.
fn checked(contact: Contact) -> Result<Contact, Problem> {
    let mut errors = Vec::new();
    let mut fault = |field: &str, message: &str| errors.push(FieldError::new(field, message));
    if contact.zones.iter().any(|zone| TimeZone::get(zone).is_err()) {
        fault("timezone", "must be an IANA name such as Europe/Berlin");
    }
    if contact.email.as_ref().is_some_and(|email| !is_email(email)) {
        fault("email", "is not an email address");
    }
    let is_tag = |text: &String| {
        (2..=35).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if contact.locale.as_ref().is_some_and(|locale| !is_tag(locale)) {
        fault("locale", "must be a language tag such as de or de-CH");
    }
    let long = |text: &String| text.chars().count() > TEXT_CHARS_MAX;
    for (name, value) in [
        ("first_name", &contact.first_name),
        ("last_name", &contact.last_name),
        ("company", &contact.company),
        ("external_id", &contact.external_id),
        ("phone", &Some(contact.phone_given.clone())),
    ] {
        if value.as_ref().is_some_and(long) {
            fault(name, "may have 1,000 characters");
        }
    }
    if contact.tags.len() > 50 || contact.tags.iter().any(|tag| tag.is_empty() || tag.chars().count() > 100) {
        fault("tags", "may be 50, of 1 to 100 characters each");
    }
    let odd =
        |(name, value): (&String, &String)| name.is_empty() || name.chars().count() > 100 || long(value);
    if contact.custom.len() > 100 || contact.custom.iter().any(odd) {
        fault("custom", "may be 100 fields with names of 1 to 100 characters and values of 1,000");
    }
    if contact.consents.len() > 50 || contact.consents.iter().any(|consent| long(&consent.evidence)) {
        fault("consents", "may be 50, with evidence of 1,000 characters each");
    }
    if errors.is_empty() { Ok(contact) } else { Err(Problem::validation(errors)) }
}

/// Something before an `@`, a dot after it, no blanks. Whether it works, only a message tells.
pub(crate) fn is_email(text: &str) -> bool {
    let plain = text.len() <= 254 && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    plain
        && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && !domain.contains('@')
                && domain.contains('.')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
        })
}
