//! Why a contact was called, or was not, in sentences; and whether each decision can be made again.

use carillon_domain::attempt::Attempt;
use carillon_domain::compliance::{ReplayError, RuleBook};
use carillon_domain::explain::{Explanation, Step, explain};
use carillon_domain::ids::{CampaignId, ContactId};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::campaigns::load;
use crate::extract::{Json, Params, Scope};
use crate::problem::Problem;

/// A contact's way through a campaign, in words.
#[derive(Serialize, ToSchema)]
#[schema(as = Explanation)]
pub struct ExplanationView {
    /// Where it stands, in one sentence.
    #[schema(
        example = "Over since Friday 20 November 2026 at 09:31:00 (Europe/Berlin): the person was reached."
    )]
    summary: String,
    /// What happened, in order; the last step says what comes next.
    steps: Vec<StepView>,
}

/// One thing that happened, or will.
#[derive(Serialize, ToSchema)]
#[schema(as = ExplanationStep)]
pub struct StepView {
    /// When; absent where nobody can tell.
    at: Option<Timestamp>,
    /// Which attempt, where it is one.
    attempt: Option<u16>,
    /// What.
    what: String,
    /// Why, a sentence each.
    because: Vec<String>,
    /// For the step that placed a call: whether the stored decision was made again just now, with the same result.
    replay: Option<Replay>,
}

/// What became of making a stored decision again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Replay {
    /// The same, to the letter.
    Same,
    /// The rule book has changed since: it takes that version of Carillon to make it again.
    OtherRules,
    /// What it was made from was not kept.
    NotKept,
    /// The record has been altered since it was made.
    Altered,
}

/// Why the contact was called or was not, how each attempt ended, and when it is next due.
#[utoipa::path(get, path = "/v1/campaigns/{campaign}/enrollments/{contact}/explanation",
    operation_id = "explain_enrollment", tag = "results",
    params(("campaign" = String, Path, description = "The campaign"), ("contact" = String, Path, description = "The contact")),
    responses((status = 200, description = "In sentences", body = ExplanationView)))]
pub(crate) async fn read(
    scope: Scope,
    Params((id, contact)): Params<(CampaignId, ContactId)>,
) -> Result<Json<ExplanationView>, Problem> {
    let campaign = load(&scope, &id).await?;
    let file = scope.table().contact_file(&contact).await?;
    let enrollment = &file.enrollment(&id).ok_or_else(|| Problem::not_found("enrollment"))?.value;
    let attempts = file.attempts.iter().map(|stored| &stored.value);
    let attempts: Vec<&Attempt> = attempts.filter(|attempt| attempt.id.enrollment.campaign == id).collect();
    let Explanation { summary, steps } = explain(&campaign.value, enrollment, &attempts, RuleBook::bundled());
    let mut view = ExplanationView { summary, steps: Vec::with_capacity(steps.len()) };
    let mut told = None;
    for step in steps {
        let begins = step.attempt.is_some() && step.attempt != told;
        let of = attempts.iter().find(|attempt| begins && Some(attempt.id.number) == step.attempt);
        told = step.attempt;
        let replay = match of {
            Some(attempt) => Some(replay(&scope, &id, attempt).await?),
            None => None,
        };
        let Step { at, attempt, what, because } = step;
        view.steps.push(StepView { at, attempt, what, because, replay });
    }
    Ok(Json(view))
}

/// Makes an attempt's decision again, from what is stored.
async fn replay(scope: &Scope, campaign: &CampaignId, attempt: &Attempt) -> Result<Replay, Problem> {
    let Some(grounds) = &attempt.grounds else { return Ok(Replay::NotKept) };
    let Some(terms) = scope.table().terms(campaign, &grounds.terms).await? else {
        return Ok(Replay::NotKept);
    };
    Ok(match grounds.replay(RuleBook::bundled(), &terms, &attempt.allowed_by) {
        Ok(()) => Replay::Same,
        Err(ReplayError::OtherBook { .. }) => Replay::OtherRules,
        Err(ReplayError::Altered | ReplayError::Differs(_) | ReplayError::OtherTerms { .. }) => {
            tracing::error!(attempt = %attempt.id, "a stored decision is not what it was when it was made");
            Replay::Altered
        }
    })
}
