//! Notes about contacts.

use axum::response::IntoResponse;
use carillon_domain::ids::{ContactId, NoteId};
use carillon_domain::note::{NOTE_CHARS_MAX, Note};
use carillon_store::Stored;
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Created, IfMatch, Json, Params, Scope, Versioned};
use crate::problem::{Kind, Problem};
use crate::roles::Role;

/// A note about a contact.
#[derive(Serialize, ToSchema)]
#[schema(as = Note)]
pub struct NoteView {
    /// Its id.
    #[schema(value_type = String, example = "not_0192f3a4b5c67d8e9f00112233445566")]
    pub id: NoteId,
    /// What was written.
    #[schema(example = "Wants to be called after five.")]
    text: String,
    /// Whoever wrote it: a user's id.
    author: String,
    /// Written.
    pub created_at: Timestamp,
    /// Last changed, if it was.
    edited_at: Option<Timestamp>,
    /// Counts its changes; the ETag.
    version: u64,
}

impl From<Stored<Note>> for NoteView {
    fn from(Stored { value, version }: Stored<Note>) -> Self {
        let Note { id, contact: _, text, author, created_at, edited_at } = value;
        Self { id, text, author, created_at, edited_at, version }
    }
}

impl From<Stored<Note>> for Versioned<NoteView> {
    fn from(stored: Stored<Note>) -> Self {
        Self { version: stored.version, body: stored.into() }
    }
}

/// What is to be written down.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNote {
    /// Plain text.
    #[schema(min_length = 1, max_length = 4000, example = "Wants to be called after five.")]
    text: String,
}

impl NewNote {
    fn checked(self) -> Result<String, Problem> {
        if self.text.trim().is_empty() || self.text.chars().count() > NOTE_CHARS_MAX {
            return Err(Problem::field("text", format!("must have 1 to {NOTE_CHARS_MAX} characters")));
        }
        Ok(self.text)
    }
}

async fn load(scope: &Scope, contact: &ContactId, id: &NoteId) -> Result<Stored<Note>, Problem> {
    scope.table().note(contact, id).await?.ok_or_else(|| Problem::not_found("note"))
}

/// An agent's notes are the agent's own; whoever looks after agents may mend them.
async fn own(
    scope: &Scope,
    contact: &ContactId,
    id: &NoteId,
    if_match: IfMatch,
) -> Result<Stored<Note>, Problem> {
    let note = load(scope, contact, id).await?;
    if scope.caller.role == Role::Agent && note.value.author != scope.caller.subject {
        return Err(Problem::new(Kind::Forbidden, "Somebody else wrote this note."));
    }
    if_match.check(note.version)?;
    Ok(note)
}

/// Write something down about a contact.
#[utoipa::path(post, path = "/v1/contacts/{contact}/notes", operation_id = "create_note", tag = "contacts",
    params(("contact" = String, Path, description = "The contact")), request_body = NewNote,
    responses((status = 201, description = "Written down", body = NoteView)))]
pub(crate) async fn create(
    scope: Scope,
    Params(contact): Params<ContactId>,
    Json(new): Json<NewNote>,
) -> Result<Created<Versioned<NoteView>>, Problem> {
    let text = new.checked()?;
    let table = scope.table();
    table.contact(&contact).await?.ok_or_else(|| Problem::not_found("contact"))?;
    let id = NoteId::from_uuid(scope.fresh("note"));
    let author = scope.caller.subject.clone();
    let created_at = scope.now;
    let note = Note { id: id.clone(), contact: contact.clone(), text, author, created_at, edited_at: None };
    let stored = Stored::new(note);
    let saved = table.save_note(&stored).await;
    let stored = scope.created(stored, saved, load(&scope, &contact, &id)).await?;
    Ok(Created { location: format!("/v1/contacts/{contact}/notes/{id}"), body: stored.into() })
}

/// One note.
#[utoipa::path(get, path = "/v1/contacts/{contact}/notes/{note}", operation_id = "read_note", tag = "contacts",
    params(("contact" = String, Path, description = "The contact"), ("note" = String, Path, description = "The note")),
    responses((status = 200, description = "The note", body = NoteView)))]
pub(crate) async fn read(
    scope: Scope,
    Params((contact, id)): Params<(ContactId, NoteId)>,
) -> Result<Versioned<NoteView>, Problem> {
    Ok(load(&scope, &contact, &id).await?.into())
}

/// Change a note.
///
/// Agents change their own only.
#[utoipa::path(put, path = "/v1/contacts/{contact}/notes/{note}", operation_id = "edit_note", tag = "contacts",
    params(("contact" = String, Path, description = "The contact"), ("note" = String, Path, description = "The note")),
    request_body = NewNote, responses((status = 200, description = "The note as it is now", body = NoteView)))]
pub(crate) async fn edit(
    scope: Scope,
    Params((contact, id)): Params<(ContactId, NoteId)>,
    if_match: IfMatch,
    Json(new): Json<NewNote>,
) -> Result<Versioned<NoteView>, Problem> {
    let mut note = own(&scope, &contact, &id, if_match).await?;
    note.value.text = new.checked()?;
    note.value.edited_at = Some(scope.now);
    scope.table().save_note(&note).await.map_err(Problem::unsaved)?;
    Ok(note.saved().into())
}

/// Delete a note.
///
/// Agents delete their own only.
#[utoipa::path(delete, path = "/v1/contacts/{contact}/notes/{note}", operation_id = "delete_note", tag = "contacts",
    params(("contact" = String, Path, description = "The contact"), ("note" = String, Path, description = "The note")),
    responses((status = 204, description = "Deleted")))]
pub(crate) async fn delete(
    scope: Scope,
    Params((contact, id)): Params<(ContactId, NoteId)>,
    if_match: IfMatch,
) -> Result<impl IntoResponse, Problem> {
    let note = own(&scope, &contact, &id, if_match).await?;
    scope.table().delete_note(&note).await.map_err(Problem::unsaved)?;
    Ok(StatusCode::NO_CONTENT)
}
