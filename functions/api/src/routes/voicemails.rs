//! What was recorded of calls in: the talk, and the message of whoever met nobody.

use carillon_domain::agents::live::LiveCall;
use carillon_domain::ids::{ContactId, LiveId, QueueId};
use carillon_engine::errands::kept_at;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;

use super::calls::{self, RecordingView, address};
use super::live_calls::load;
use crate::extract::{Json, PageQuery, Params, Query, Scope};
use crate::paging::{self, Page};
use crate::problem::Problem;

/// A message that was left.
#[derive(Serialize, ToSchema)]
#[schema(as = Voicemail)]
pub struct VoicemailView {
    /// The call on which it was left.
    #[schema(value_type = String, example = "acme.inb_0192f3a4b5c67d8e9f00112233445566")]
    call: LiveId,
    /// The queue that was called.
    #[schema(value_type = String)]
    queue: QueueId,
    /// Who left it, if that is known.
    #[schema(value_type = Option<String>)]
    contact: Option<ContactId>,
    /// Their name, if they have one.
    #[schema(example = "Ada Example")]
    name: Option<String>,
    /// When.
    left_at: Timestamp,
    /// How long it is, seconds.
    seconds: u32,
}

/// Messages that were left, the latest first.
#[utoipa::path(get, path = "/v1/voicemails", operation_id = "list_voicemails", tag = "agents", params(PageQuery),
    responses((status = 200, description = "A page of them", body = Page<VoicemailView>)))]
pub(crate) async fn list(
    scope: Scope,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<VoicemailView>>, Problem> {
    let after = paging::place(&scope.tenant, "voicemails", &query)?;
    let table = scope.table();
    let page = table.voicemails(paging::limit(&query)?, after).await.map_err(paging::refused(&query))?;
    let calls: Vec<LiveCall> = page.entries.into_iter().map(|stored| stored.value).collect();
    let who: Vec<ContactId> = calls.iter().filter_map(|call| call.contact.clone()).collect();
    let known = table.contacts_by_id(&who).await?.into_iter().map(|stored| stored.value);
    let names: HashMap<ContactId, Option<String>> =
        known.map(|contact| (contact.id.clone(), contact.merge_fields().remove("name"))).collect();
    let items = calls.into_iter().filter_map(|call| {
        let message = call.voicemail?;
        let name = call.contact.as_ref().and_then(|contact| names.get(contact).cloned().flatten());
        Some(VoicemailView {
            call: call.id,
            queue: call.queue,
            contact: call.contact,
            name: name.filter(|name| !name.is_empty()),
            left_at: message.at,
            seconds: message.recording.seconds,
        })
    });
    let next_cursor = paging::cursor(&scope.tenant, "voicemails", page.next)?;
    Ok(Json(Page { items: items.collect(), next_cursor }))
}

/// Where a message that was left can be heard.
///
/// 404 if there is none; 409 until it has been copied from the provider, which takes seconds.
#[utoipa::path(get, path = "/v1/live-calls/{call}/voicemail", operation_id = "read_voicemail", tag = "agents",
    params(("call" = String, Path, description = "The call")),
    responses((status = 200, description = "An address that works for an hour", body = RecordingView)))]
pub(crate) async fn message(
    scope: Scope,
    Params(id): Params<LiveId>,
) -> Result<Json<RecordingView>, Problem> {
    let left = load(&scope, &id).await?.value.voicemail.ok_or_else(|| Problem::not_found("message"))?;
    address(&scope, &id, &kept_at(&id, true), left.recording.seconds).await
}

/// Where the recording of a call that agents took can be heard, whoever called whom.
///
/// 404 if there is none; 409 until it has been copied from the provider, which takes seconds.
#[utoipa::path(get, path = "/v1/live-calls/{call}/recording", operation_id = "read_live_recording", tag = "agents",
    params(("call" = String, Path, description = "The call")),
    responses((status = 200, description = "An address that works for an hour", body = RecordingView)))]
pub(crate) async fn talk(scope: Scope, Params(id): Params<LiveId>) -> Result<Json<RecordingView>, Problem> {
    if let LiveId::Attempt(attempt) = id {
        return calls::recording(scope, Params(attempt)).await;
    }
    let talk = load(&scope, &id).await?.value.recording.ok_or_else(|| Problem::not_found("recording"))?;
    address(&scope, &id, &kept_at(&id, false), talk.seconds).await
}
