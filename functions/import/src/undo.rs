//! Taking an import back: what it created goes, save what has been used since.

use carillon_domain::enrollment::EnrollmentState;
use carillon_domain::ids::ContactId;
use carillon_domain::outcome::EndReason;
use carillon_store::{Import, StoreError, Stored, TenantTable};
use futures::future::join_all;
use jiff::Timestamp;

use crate::handler::{Deps, Failed};

/// Undoes parts, the last first, until none or no time is left. Returns whether none is.
pub(crate) async fn undo(
    deps: &Deps,
    table: &TenantTable<'_>,
    mut import: Stored<Import>,
    until: Timestamp,
) -> Result<bool, Failed> {
    // The part that was being read, or undone, when somebody died.
    forget_part(deps, table, &import.value, import.value.parts).await?;
    while import.value.parts > 0 {
        let part = import.value.parts - 1;
        forget_part(deps, table, &import.value, part).await?;
        import.value.parts = part;
        table.save_import(&import).await?;
        import.version += 1;
        if deps.clock.now() >= until {
            return Ok(import.value.parts == 0);
        }
    }
    Ok(true)
}

/// Takes back whom a part may have brought, as many at a time as were brought.
async fn forget_part(deps: &Deps, table: &TenantTable<'_>, import: &Import, part: u32) -> Result<(), Failed> {
    let contacts = table.import_part(&import.id, part).await?.map(|part| part.contacts).unwrap_or_default();
    for some in contacts.chunks(crate::rows::ROWS_AT_ONCE) {
        let now = deps.clock.now();
        for done in join_all(some.iter().map(|contact| forget(table, import, contact, now))).await {
            done?;
        }
    }
    Ok(())
}

/// Takes back one contact: its enrollment ends as withdrawn, and its record goes unless something else needs it.
/// Suppressions stay: a wish not to be called is not undone with the file that brought it.
async fn forget(
    table: &TenantTable<'_>,
    import: &Import,
    contact: &ContactId,
    now: Timestamp,
) -> Result<(), Failed> {
    let file = table.contact_file(contact).await?;
    let ours =
        |source: Option<&carillon_domain::contact::Source>| source.is_some_and(|s| s.import == import.id);
    let mut needed = !file.attempts.is_empty();
    for mut enrollment in file.enrollments {
        if !ours(enrollment.value.source.as_ref()) {
            needed = true;
            continue;
        }
        if let EnrollmentState::Waiting { .. } = enrollment.value.state {
            enrollment.value.end(EndReason::Withdrawn, now);
            ignore_conflict(table.save_enrollment(&enrollment).await)?;
        }
    }
    let Some(contact) = file.contact else { return Ok(()) };
    if needed || !ours(contact.value.source.as_ref()) {
        // Whoever died in the middle of their row may have left them unlisted.
        return Ok(table.index_contacts(&[&contact.value]).await?);
    }
    ignore_conflict(table.delete_contact(&contact).await)?;
    // Another import has put them into a campaign meanwhile: whichever of the two looks last brings them back.
    let since = table.contact_file(&contact.value.id).await?;
    if since.contact.is_none() && since.enrollments.iter().any(|it| !ours(it.value.source.as_ref())) {
        ignore_conflict(table.save_contact(&Stored::new(contact.value)).await)?;
    }
    Ok(())
}

/// Changed in between, by a call for example: then it is in use, and stays.
fn ignore_conflict(result: Result<(), StoreError>) -> Result<(), Failed> {
    match result {
        Ok(()) | Err(StoreError::Conflict) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
