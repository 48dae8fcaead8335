//! Who is on the line, and what has been with them: what an agent reads while their telephone rings.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use carillon_domain::agents::live::LiveCall;
use carillon_domain::agents::presence::AgentState;
use carillon_domain::campaign::Campaign;
use carillon_domain::contact::Contact;
use carillon_domain::ids::{AgentId, CampaignId, ContactId, LiveId};
use carillon_domain::outcome::Outcome;
use carillon_store::ContactFile;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::live_calls::visible;
use super::notes::NoteView;
use crate::extract::{Json, Params, Scope};
use crate::problem::{Kind, Problem};
use crate::roles::Role;
use crate::schema;

/// So many earlier calls are told, and so many notes: what can be read while a telephone rings.
const TOLD_MAX: usize = 20;

/// Who is on the line, and what has been with them.
#[derive(Default, Serialize, ToSchema)]
pub struct Story {
    /// Who it is; absent where nobody knows, or they have been forgotten.
    #[schema(value_type = Option<String>)]
    contact: Option<ContactId>,
    /// Their name, if it is known.
    #[schema(example = "Ada Example")]
    name: Option<String>,
    /// Their number.
    #[schema(example = "+442079460999")]
    phone: Option<String>,
    /// Where they work.
    company: Option<String>,
    /// Custom fields.
    custom: BTreeMap<String, String>,
    /// The campaign that called them.
    campaign: Option<String>,
    /// What it is about: what the agent would hear by telephone.
    #[schema(example = "Ada Example, about the service. Press 1 to take the call.")]
    reason: Option<String>,
    /// Calls that have ended, the latest first; the last twenty.
    calls: Vec<EarlierCall>,
    /// What people wrote down, the latest first; the last twenty.
    notes: Vec<NoteView>,
}

/// A call that has ended.
#[derive(Serialize, ToSchema)]
pub struct EarlierCall {
    /// When it began.
    at: Timestamp,
    /// The campaign's name.
    campaign: String,
    /// How it ended.
    #[schema(value_type = schema::Outcome)]
    outcome: Outcome,
}

/// A call of which the caller may know whom it is with: an agent while it is theirs, a supervisor always. To have spoken
/// with somebody once is no leave to look them up for ever.
async fn current(scope: &Scope, id: &LiveId) -> Result<LiveCall, Problem> {
    let live = visible(scope, id).await?.value;
    let agent = AgentId::of_user(&scope.caller.subject);
    if scope.caller.role >= Role::Supervisor || live.hold_of(&agent).is_some() {
        return Ok(live);
    }
    let stands = scope.table().presence(&agent).await?.map(|it| it.value.settled(scope.now).state);
    if matches!(stands, Some(AgentState::WrapUp { hold, .. }) if hold.call == *id) {
        return Ok(live);
    }
    Err(Problem::new(Kind::NotNow, "This call is yours no more."))
}

/// Who is on the line, and what has been with them.
///
/// For an agent while the call is offered to them, while they talk, and until they have written it down.
#[utoipa::path(get, path = "/v1/live-calls/{call}/story", operation_id = "read_call_story", tag = "agents",
    params(("call" = String, Path, description = "Its id")),
    responses((status = 200, description = "What is known", body = Story)))]
pub(crate) async fn read(scope: Scope, Params(id): Params<LiveId>) -> Result<Json<Story>, Problem> {
    let live = current(&scope, &id).await?;
    let calling = id.attempt().map(|attempt| attempt.enrollment.campaign.clone());
    let file = match &live.contact {
        Some(contact) => scope.table().contact_file_lately(contact).await?,
        None => ContactFile::default(),
    };
    let campaigns = campaigns(&scope, &file, calling.as_ref()).await?;
    Ok(Json(tell(file, calling.and_then(|id| campaigns.get(&id)), &campaigns)))
}

/// The campaigns that the story mentions.
async fn campaigns(
    scope: &Scope,
    file: &ContactFile,
    calling: Option<&CampaignId>,
) -> Result<HashMap<CampaignId, Campaign>, Problem> {
    let earlier = file.attempts.iter().map(|attempt| &attempt.value.id.enrollment.campaign);
    let mentioned: BTreeSet<&CampaignId> = earlier.chain(calling).collect();
    let table = scope.table();
    let found = mentioned.into_iter().map(|id| table.campaign_lately(id));
    let found = futures::future::try_join_all(found).await?;
    Ok(found.into_iter().flatten().map(|it| (it.value.id.clone(), it.value)).collect())
}

fn tell(file: ContactFile, calling: Option<&Campaign>, campaigns: &HashMap<CampaignId, Campaign>) -> Story {
    let campaign = calling.map(|campaign| campaign.plan.name.clone());
    let Some(contact) = file.contact.map(|contact| contact.value) else {
        return Story { campaign, ..Story::default() };
    };
    let fields = contact.merge_fields();
    let whisper = calling.and_then(|campaign| campaign.plan.agents.as_ref()).map(|agents| &agents.whisper);
    let reason = whisper.map(|whisper| whisper.render(&fields));
    let mut attempts: Vec<_> = file.attempts.into_iter().map(|attempt| attempt.value).collect();
    attempts.sort_by_key(|attempt| std::cmp::Reverse(attempt.created_at));
    let calls = attempts.into_iter().filter_map(|attempt| {
        let (outcome, _) = attempt.outcome()?;
        let name = campaigns.get(&attempt.id.enrollment.campaign).map(|campaign| campaign.plan.name.clone());
        Some(EarlierCall { at: attempt.created_at, campaign: name.unwrap_or_default(), outcome })
    });
    let calls = calls.take(TOLD_MAX).collect();
    let mut notes: Vec<NoteView> = file.notes.into_iter().map(NoteView::from).collect();
    notes.sort_by_key(|note| std::cmp::Reverse(note.created_at));
    notes.truncate(TOLD_MAX);
    let name = fields.get("name").filter(|name| !name.is_empty()).cloned();
    let Contact { id, phone, company, custom, .. } = contact;
    Story {
        contact: Some(id),
        name,
        phone: Some(phone.into()),
        company,
        custom,
        campaign,
        reason,
        calls,
        notes,
    }
}
