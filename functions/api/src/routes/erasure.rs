//! Forgetting a person.

use std::collections::BTreeSet;

use carillon_domain::compliance::SuppressionReason;
use carillon_domain::contact::ConsentGiven;
use carillon_domain::ids::ContactId;
use carillon_domain::suppression::{Scope as Of, Suppression};
use carillon_engine::errands::{kept_at, recording_key};
use carillon_store::Erased;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Json, Params, Scope};
use crate::problem::Problem;
use crate::schema;

/// How a person is to be forgotten.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Erase {
    /// Put the number on the suppression list first, so that the next list does not bring the person back. Unless the
    /// person has said otherwise, that is what being forgotten means.
    #[serde(default = "yes")]
    #[schema(default = true)]
    suppress: bool,
}

fn yes() -> bool {
    true
}

/// What has become of a person's data.
#[derive(Serialize, ToSchema)]
#[schema(as = Erasure)]
pub struct ErasureView {
    /// Who was forgotten.
    #[schema(value_type = String)]
    contact: ContactId,
    /// When.
    erased_at: Timestamp,
    /// Which user asked for it.
    erased_by: String,
    /// Consents, kept as proof that contacting was lawful while it lasted.
    #[schema(value_type = Vec<schema::ConsentGiven>)]
    consents: Vec<ConsentGiven>,
    /// Campaigns that this request took the contact out of.
    enrollments_ended: usize,
    /// Calls that are under way. They keep the number until they end; repeat the request then.
    calls_open: usize,
}

/// Forget a person.
///
/// The key of the profile is destroyed, so that no backup tells it either; names, address, custom fields, notes,
/// recordings, messages that were left and number are deleted, also of contacts that were merged into this one; open enrollments end as `erased`.
/// Suppressions, consents and the outcomes of attempts stay. It cannot be undone, and doing it again changes nothing more.
#[utoipa::path(post, path = "/v1/contacts/{contact}/erase", operation_id = "erase_contact", tag = "contacts",
    params(("contact" = String, Path, description = "Its id")), request_body = Erase,
    responses((status = 200, description = "Forgotten", body = ErasureView)))]
pub(crate) async fn erase(
    scope: Scope,
    Params(id): Params<ContactId>,
    Json(request): Json<Erase>,
) -> Result<Json<ErasureView>, Problem> {
    let table = scope.table();
    // Before the numbers are gone.
    let numbers = if request.suppress { table.numbers_of(&id).await? } else { BTreeSet::new() };
    for number in numbers {
        let suppression = Suppression {
            address: number.as_str().to_owned(),
            scope: Of::All,
            reason: SuppressionReason::DoNotCall,
            source: format!("erasure of {id} by user {}", scope.caller.subject),
            added_at: scope.now,
        };
        scope.concerning(number.as_str()).await?;
        table.suppress(&suppression).await?;
    }
    let erased = table.erase_contact(&id, &scope.caller.subject, scope.now).await?;
    let (erasure, Erased { ended, calls_open, calls, calls_in }) =
        erased.ok_or_else(|| Problem::not_found("contact"))?;
    // The table no longer tells which of them were recorded. What is not there costs nothing to delete.
    for call in &calls {
        scope.deps.objects.delete(&recording_key(call)).await.map_err(Problem::internal)?;
    }
    for key in calls_in.iter().flat_map(|call| [false, true].map(|message| kept_at(call, message))) {
        scope.deps.objects.delete(&key).await.map_err(Problem::internal)?;
    }
    let suppressed = request.suppress;
    tracing::info!(contact = %id, by = scope.caller.subject, ended, calls_open, suppressed, "contact erased");
    Ok(Json(ErasureView {
        contact: erasure.contact,
        erased_at: erasure.at,
        erased_by: erasure.by,
        consents: erasure.consents,
        enrollments_ended: ended,
        calls_open,
    }))
}

/// What to say of a contact that is not there: that it was forgotten, or that it never was.
pub(crate) async fn absent(scope: &Scope, id: &ContactId) -> Problem {
    match scope.table().erasure(id).await {
        Ok(Some(erasure)) => Problem::erased(erasure.at),
        Ok(None) => Problem::not_found("contact"),
        Err(error) => error.into(),
    }
}
