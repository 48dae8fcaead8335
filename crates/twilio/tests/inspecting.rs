//! What is found out about an account, asked of the simulated network.
#![allow(clippy::unwrap_used, missing_docs)]

use carillon_network::{Account, Config, Handle, Network, Settings};
use carillon_shell::http::{Http, Pool};
use carillon_shell::secrets::Secret;
use carillon_twilio::client::Credentials;
use carillon_twilio::inspect::{Answer, Inspector, OwnNumber, Wanted, findings};

const OURS: &str = "https://voice.example/twilio/inbound/acme";

fn wanted(number: &str, takes_calls: bool) -> Wanted {
    Wanted { number: number.parse().unwrap(), takes_calls }
}

fn credentials(token: &str) -> Credentials {
    Credentials { account_sid: Account::example().sid, auth_token: Secret::new(token), api_key: None }
}

fn inspector(api: &str) -> Inspector {
    Inspector::new(Http::new(Pool::public()), api, "https://voice.example".parse().unwrap())
}

async fn network(settings: Settings) -> Handle {
    Network::start(Config { settings, ..Config::default() }).await.unwrap()
}

async fn codes(network: &Handle, token: &str, numbers: &[Wanted]) -> Vec<&'static str> {
    let inspector = inspector(&network.url());
    assert_eq!(inspector.webhook(&"acme".parse().unwrap()), OURS);
    let answer = inspector.ask(&credentials(token), numbers).await;
    findings(&answer, OURS).iter().map(carillon_twilio::inspect::Finding::code).collect()
}

#[tokio::test]
async fn an_account_that_can_be_called_with_has_nothing_to_mend() {
    let network = network(Settings::default()).await;
    assert!(codes(&network, &Account::example().token, &[]).await.is_empty());
}

#[tokio::test]
async fn a_token_that_is_refused_and_a_suspended_account_are_told_apart() {
    let calm = network(Settings::default()).await;
    assert_eq!(codes(&calm, "another", &[]).await, ["bad_credentials"]);
    let suspended = vec![Account::example().sid];
    let suspended = network(Settings { suspended, ..Settings::default() }).await;
    let numbers = [wanted("+4930111111", true)];
    assert_eq!(codes(&suspended, &Account::example().token, &numbers).await, ["account_suspended"]);
    assert_eq!(codes(&suspended, "another", &[]).await, ["bad_credentials"]);
}

#[tokio::test]
async fn nobody_there_is_said_and_not_waited_for() {
    let answer = inspector("http://127.0.0.1:1").ask(&credentials("any"), &[]).await;
    assert_eq!(answer, Answer::Unreachable);
    assert_eq!(findings(&answer, OURS)[0].code(), "unreachable");
}

#[tokio::test]
async fn a_number_that_is_not_the_accounts_is_an_error_only_where_people_are_to_call_it() {
    let network = network(Settings::default()).await;
    let inspector = inspector(&network.url());
    let numbers = [wanted("+4930111111", true), wanted("+4930222222", false)];
    let answer = inspector.ask(&credentials(&Account::example().token), &numbers).await;
    let found = findings(&answer, OURS);
    let errors: Vec<(&str, bool)> = found.iter().map(|it| (it.code(), it.is_error())).collect();
    assert_eq!(errors, [("number_not_owned", true), ("number_not_owned", false)]);
}

#[test]
fn where_a_numbers_calls_lead_is_compared_without_how_twilio_connects() {
    let of = |voice: bool, voice_url: &str| {
        let own = OwnNumber { voice, voice_url: voice_url.to_owned() };
        let numbers = vec![(wanted("+4930111111", true), Some(own))];
        let status = carillon_twilio::inspect::AccountStatus::Active;
        let answer = Answer::Account { status, trial: false, numbers };
        findings(&answer, OURS).iter().map(carillon_twilio::inspect::Finding::code).collect::<Vec<_>>()
    };
    assert!(of(true, OURS).is_empty());
    assert!(of(true, &format!("{OURS}#rc=2&rp=all")).is_empty());
    assert_eq!(of(true, ""), ["number_leads_nowhere"]);
    assert_eq!(of(true, "https://demo.twilio.com/welcome/voice/"), ["number_leads_elsewhere"]);
    assert_eq!(of(false, OURS), ["number_without_voice"]);
}
