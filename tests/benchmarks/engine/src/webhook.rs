//! Webhooks of a call, one after another, for an instruction counter to watch.

use std::sync::Arc;

use anyhow::{Result, ensure};
use async_trait::async_trait;
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use carillon_domain::attempt::Attempt;
use carillon_domain::ids::{AttemptRef, CampaignId, ContactId, EnrollmentRef, TenantId};
use carillon_shell::secrets::{Secret, SecretError, SecretStore};
use carillon_store::memory::MemoryTable;
use carillon_store::{Stored, TenantTable};
use carillon_twilio::accounts::Accounts;
use carillon_twilio::signature;
use carillon_twilio::urls::{Hook, PublicUrl};
use serde_json::json;
use twilio_voice::{CAMPAIGN_GOOD_FOR, Campaigns, Deps};

use crate::world::{self, CAMPAIGN, NOW, Sink, TENANT, known};

const ACCOUNT: &str = "AC00000000000000000000000000000000";
const TOKEN: &str = "a token of the benchmark";

#[derive(Clone, Copy)]
struct Credentials;

#[async_trait]
impl SecretStore for Credentials {
    async fn read(&self, _: &str) -> Result<Secret, SecretError> {
        Ok(Secret::new(format!(r#"{{"account_sid":"{ACCOUNT}","auth_token":"{TOKEN}"}}"#)))
    }
}

/// Half of them are a key that was pressed, half the end of the same call. With `count` 0 everything is made ready and
/// nothing is asked, so that the difference is the webhooks' own.
pub(crate) async fn run(count: usize) -> Result<()> {
    let table = Arc::new(MemoryTable::new());
    world::found(table.as_ref(), 4).await?;
    let calls = 500.max(count.div_ceil(2));
    for call in 0..calls {
        write_down(&table, call).await?;
    }
    let public: PublicUrl = known("https://voice.example.com");
    let requests: Vec<_> = (0..calls)
        .flat_map(|call| [(call, Hook::Gather { round: 0 }), (call, Hook::Status)])
        .map(|(call, hook)| request(&public, call, hook))
        .collect();
    let deps = Deps {
        table: table.clone(),
        vault: world::vault(),
        accounts: Arc::new(Accounts::new(Credentials, "benchmark/")),
        public: Some(public),
        clock: world::clock(),
        campaigns: Arc::new(Campaigns::new(CAMPAIGN_GOOD_FOR)),
        boards: Arc::new(|_| Arc::new(world::NoAgents)),
        plan: Arc::new(Sink),
    };
    for request in requests.into_iter().take(count) {
        let response = twilio_voice::handle(&deps, request).await?;
        ensure!(response.status_code < 300, "answered with {}", response.status_code);
    }
    println!("{count} webhooks");
    Ok(())
}

fn id(call: usize) -> AttemptRef {
    let contact: ContactId = known(&format!("con_{call:032x}"));
    let (tenant, campaign): (TenantId, CampaignId) = (known(TENANT), known(CAMPAIGN));
    AttemptRef { enrollment: EnrollmentRef { tenant, campaign, contact }, number: 1 }
}

async fn write_down(table: &MemoryTable, call: usize) -> Result<()> {
    let (id, to) = (id(call), format!("+49171{call:08}"));
    let attempt = json!({"id": id.to_string(), "to": to, "from": "+493087654321", "state": {"is": "dialing"},
        "created_at": NOW, "check_after": NOW, "opening_sent": true,
        "allowed_by": {"is": "allowed", "open_until": NOW,
            "basis": {"book": "05e0943c408518fe", "at": NOW, "rules": [{"id": "house-hours-informational", "version": 1}]}}});
    let attempt: Attempt = serde_json::from_value(attempt)?;
    let enrollment = carillon_domain::enrollment::Enrollment {
        id: id.enrollment.clone(),
        state: carillon_domain::enrollment::EnrollmentState::Waiting { due: known(NOW) },
        shard: 0,
        priority: 5,
        to: known(&to),
        place: carillon_domain::phone::Place { country: "DE".to_owned(), subdivision: None },
        zones: vec!["Europe/Berlin".to_owned()],
        consents: Vec::new(),
        history: Vec::new(),
        promised: None,
        for_agent: None,
        returned: false,
        source: None,
        last_verdict: None,
    };
    let acme = TenantTable::new(table, &id.enrollment.tenant);
    acme.save_attempt(&Stored::new(attempt)).await?;
    Ok(acme.save_enrollment(&Stored::new(enrollment)).await?)
}

fn request(public: &PublicUrl, call: usize, hook: Hook) -> LambdaFunctionUrlRequest {
    let url = public.hook(&id(call).into(), hook);
    let url = url.split('#').next().unwrap_or_default().to_owned();
    let mut form: Vec<(String, String)> = Vec::new();
    let mut say = |name: &str, value: String| form.push((name.to_owned(), value));
    say("AccountSid", ACCOUNT.to_owned());
    say("ApiVersion", "2010-04-01".to_owned());
    say("CallSid", format!("CA{call:032x}"));
    say("Direction", "outbound-api".to_owned());
    say("From", "+493087654321".to_owned());
    say("To", format!("+49171{call:08}"));
    if let Hook::Gather { .. } = hook {
        say("CallStatus", "in-progress".to_owned());
        say("Digits", "1".to_owned());
    } else {
        say("CallStatus", "completed".to_owned());
        say("SequenceNumber", "0".to_owned());
        say("CallDuration", "31".to_owned());
    }
    let mut request = LambdaFunctionUrlRequest::default();
    request.raw_path = url.strip_prefix("https://voice.example.com").map(str::to_owned);
    request.request_context.http.method = Some("POST".to_owned());
    if let Ok(value) = signature::sign(TOKEN, &url, &form).parse() {
        request.headers.insert("x-twilio-signature", value);
    }
    request.body = Some(form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish());
    request
}
