//! Whether calls can be placed: Twilio is asked, and what is wrong is said in words.

use std::collections::BTreeMap;

use carillon_domain::phone::E164;
use carillon_shell::secrets::Secret;
use carillon_twilio::client::Credentials;
use carillon_twilio::inspect::{AccountStatus, Answer, Finding, Wanted, findings};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Json, Scope};
use crate::problem::Problem;

/// Numbers that are looked at, one request to Twilio each.
const NUMBERS_MAX: usize = 20;

/// What to look at besides the account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"numbers": ["+442079460123"]}))]
pub struct TwilioTest {
    /// Numbers that campaigns call from, in E.164 form. Those of your queues are looked at anyway, 20 in all.
    #[serde(default)]
    #[schema(required = false, max_items = 20)]
    numbers: Vec<String>,
}

/// What was found.
#[derive(Serialize, ToSchema)]
pub struct TwilioTestResult {
    /// Whether calls can be placed and taken: nothing was found that is an error.
    works: bool,
    /// The account as Twilio has it; absent where Twilio did not tell.
    account: Option<TestedAccount>,
    /// Each number that was looked at.
    numbers: Vec<TestedNumber>,
    /// What is wrong, or should be known.
    findings: Vec<FindingView>,
    /// What a number's voice webhook has to be, so that who calls it reaches you.
    #[schema(example = "https://voice.example.com/twilio/inbound/acme")]
    webhook: String,
    /// When.
    tested_at: Timestamp,
}

/// An account at Twilio.
#[derive(Serialize, ToSchema)]
pub struct TestedAccount {
    /// Which. Its secret is never shown.
    #[schema(example = "AC00000000000000000000000000000000")]
    account_sid: String,
    /// `active`, `suspended` or `closed`.
    #[schema(example = "active")]
    status: &'static str,
    /// Whether it is on trial.
    trial: bool,
}

/// A number.
#[derive(Serialize, ToSchema)]
pub struct TestedNumber {
    /// Which.
    #[schema(value_type = String, example = "+442079460123")]
    number: E164,
    /// Whether the account owns it.
    owned: bool,
    /// Whether it can call and be called; absent if the account does not own it.
    voice: Option<bool>,
    /// Whether it is a queue's: people call it.
    takes_calls: bool,
}

/// Something to be mended, or to be known.
#[derive(Serialize, ToSchema)]
#[schema(as = Finding)]
pub struct FindingView {
    /// What, for programs: `not_configured`, `unreachable`, `bad_credentials`, `unexpected_answer`,
    /// `account_suspended`, `account_closed`, `trial_account`, `number_not_owned`, `number_without_voice`,
    /// `number_leads_nowhere` or `number_leads_elsewhere`. There may be more one day.
    #[schema(example = "bad_credentials")]
    code: &'static str,
    /// `error` if calls fail because of it, or else `warning`.
    #[schema(example = "error")]
    severity: &'static str,
    /// The number that it is about.
    #[schema(value_type = Option<String>)]
    number: Option<E164>,
    /// What is wrong and what to do, in a sentence or two.
    detail: String,
}

impl From<&Finding> for FindingView {
    fn from(finding: &Finding) -> Self {
        Self {
            code: finding.code(),
            severity: if finding.is_error() { "error" } else { "warning" },
            number: finding.number().cloned(),
            detail: finding.text(),
        }
    }
}

/// Test the connection to Twilio.
///
/// Twilio is asked with the credentials that are stored now. Nobody is called and nothing is changed; the credentials
/// are not shown. That something is wrong is an answer, not an error: see `findings`.
#[utoipa::path(post, path = "/v1/settings/twilio/test", operation_id = "test_twilio", tag = "settings",
    request_body = TwilioTest, responses((status = 200, description = "What was found", body = TwilioTestResult)))]
pub(crate) async fn test(
    scope: Scope,
    Json(test): Json<TwilioTest>,
) -> Result<Json<TwilioTestResult>, Problem> {
    let wanted = wanted(&scope, &test.numbers).await?;
    let webhook = scope.deps.inspector.webhook(&scope.tenant);
    let stored = scope.deps.credentials.account(&scope.tenant).await.map_err(Problem::internal)?;
    let (found, account, numbers) = match stored {
        None => (vec![Finding::NotConfigured], None, Vec::new()),
        Some(stored) => {
            let credentials = Credentials {
                account_sid: stored.account_sid.clone(),
                auth_token: Secret::new(stored.auth_token),
                api_key: None,
            };
            let answer = scope.deps.inspector.ask(&credentials, &wanted).await;
            let found = findings(&answer, &webhook);
            let (account, numbers) = described(stored.account_sid, answer);
            (found, account, numbers)
        }
    };
    let works = !found.iter().any(Finding::is_error);
    tracing::info!(tenant = %scope.tenant, by = scope.caller.subject, works, "provider connection tested");
    let findings = found.iter().map(FindingView::from).collect();
    Ok(Json(TwilioTestResult { works, account, numbers, findings, webhook, tested_at: scope.now }))
}

/// The numbers that were named, then those of queues, each once.
async fn wanted(scope: &Scope, named: &[String]) -> Result<Vec<Wanted>, Problem> {
    if named.len() > NUMBERS_MAX {
        return Err(Problem::field("numbers", "may be at most 20"));
    }
    let mut wanted: BTreeMap<E164, bool> = BTreeMap::new();
    for number in named {
        let number = number.parse::<E164>();
        let number =
            number.map_err(|_| Problem::field("numbers", "must be in E.164 form, as +442079460123"))?;
        wanted.insert(number, false);
    }
    for queue in scope.table().queues().await? {
        for number in queue.value.plan.numbers {
            if wanted.len() < NUMBERS_MAX || wanted.contains_key(&number) {
                wanted.insert(number, true);
            }
        }
    }
    Ok(wanted.into_iter().map(|(number, takes_calls)| Wanted { number, takes_calls }).collect())
}

fn described(account_sid: String, answer: Answer) -> (Option<TestedAccount>, Vec<TestedNumber>) {
    let Answer::Account { status, trial, numbers } = answer else { return (None, Vec::new()) };
    let status = match status {
        AccountStatus::Active => "active",
        AccountStatus::Suspended => "suspended",
        AccountStatus::Closed => "closed",
    };
    let numbers = numbers.into_iter().map(|(Wanted { number, takes_calls }, own)| TestedNumber {
        number,
        owned: own.is_some(),
        voice: own.map(|own| own.voice),
        takes_calls,
    });
    (Some(TestedAccount { account_sid, status, trial }), numbers.collect())
}
