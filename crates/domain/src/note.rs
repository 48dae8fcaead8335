//! What people write down about a contact.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{ContactId, NoteId};

/// The longest note, characters.
pub const NOTE_CHARS_MAX: usize = 4_000;

/// A note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// About whom.
    pub contact: ContactId,
    /// What was written. Empty where the note was read without its key.
    #[serde(default)]
    pub text: String,
    /// Whoever wrote it: a user's id.
    pub author: String,
    /// Written.
    pub created_at: Timestamp,
    /// Last changed, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
}
