//! Whether an account at Twilio can be called with: asked, and said in words.
//!
//! Nothing is changed there and nobody is called. What is asked and what the answers mean are apart: [`findings`] is pure.

use std::time::Duration;

use carillon_domain::ids::TenantId;
use carillon_domain::phone::E164;
use carillon_shell::http::{Http, Request, Response, SendError};
use serde::Deserialize;

use crate::client::{Credentials, encode, segment};
use crate::replies;
use crate::urls::PublicUrl;

/// An answer that takes longer is a finding by itself.
const ASK_WITHIN: Duration = Duration::from_secs(5);

/// "Account not active".
const NOT_ACTIVE: u32 = 20005;

/// A number that the tenant means to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Which.
    pub number: E164,
    /// Whether people who call it are to reach us.
    pub takes_calls: bool,
}

/// How an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountStatus {
    /// It may be called with.
    Active,
    /// Twilio has suspended it, for want of money or worse.
    Suspended,
    /// It is closed for good.
    Closed,
}

/// A number as the account has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnNumber {
    /// Whether it can call and be called.
    pub voice: bool,
    /// Where its calls lead; empty for nowhere.
    pub voice_url: String,
}

/// What Twilio said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing: no connection, or none in time.
    Unreachable,
    /// That it does not know these credentials.
    Unauthenticated,
    /// Something that is no answer to what was asked: the HTTP status.
    Unexpected(u16),
    /// How the account stands, and what became of each number that was asked about; none for one it does not own.
    Account {
        /// How it stands.
        status: AccountStatus,
        /// Whether it is on trial.
        trial: bool,
        /// Each number, in the order in which they were asked about; nothing of an account that is not active.
        numbers: Vec<(Wanted, Option<OwnNumber>)>,
    },
}

/// Something to be mended, or to be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// No credentials are stored.
    NotConfigured,
    /// Twilio could not be reached.
    Unreachable,
    /// Twilio refuses the credentials.
    BadCredentials,
    /// Twilio answers with something else: the HTTP status.
    Unexpected(u16),
    /// The account is suspended.
    Suspended,
    /// The account is closed.
    Closed,
    /// The account is on trial.
    Trial,
    /// The account does not own the number.
    NotOwned(Wanted),
    /// The number cannot do voice.
    NoVoice(Wanted),
    /// Calls to the number lead nowhere.
    LeadsNowhere(Wanted),
    /// Calls to the number lead somewhere else.
    LeadsElsewhere(Wanted),
}

impl Finding {
    /// The word for it, which never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotConfigured => "not_configured",
            Self::Unreachable => "unreachable",
            Self::BadCredentials => "bad_credentials",
            Self::Unexpected(_) => "unexpected_answer",
            Self::Suspended => "account_suspended",
            Self::Closed => "account_closed",
            Self::Trial => "trial_account",
            Self::NotOwned(_) => "number_not_owned",
            Self::NoVoice(_) => "number_without_voice",
            Self::LeadsNowhere(_) => "number_leads_nowhere",
            Self::LeadsElsewhere(_) => "number_leads_elsewhere",
        }
    }

    /// Whether calls fail because of it. What is not an error may be as it is meant to be.
    #[must_use]
    pub fn is_error(&self) -> bool {
        match (self, self.wanted()) {
            (Self::Trial, _) => false,
            (Self::NoVoice(_), _) | (_, None) => true,
            (_, Some(wanted)) => wanted.takes_calls,
        }
    }

    /// The number that it is about.
    #[must_use]
    pub fn number(&self) -> Option<&E164> {
        self.wanted().map(|wanted| &wanted.number)
    }

    fn wanted(&self) -> Option<&Wanted> {
        match self {
            Self::NotOwned(wanted)
            | Self::NoVoice(wanted)
            | Self::LeadsNowhere(wanted)
            | Self::LeadsElsewhere(wanted) => Some(wanted),
            Self::NotConfigured
            | Self::Unreachable
            | Self::BadCredentials
            | Self::Unexpected(_)
            | Self::Suspended
            | Self::Closed
            | Self::Trial => None,
        }
    }

    /// What is wrong and what to do, in a sentence or two. It names no number and no secret.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::NotConfigured => "No account at Twilio is set up: enter its SID and auth token.".to_owned(),
            Self::Unreachable => "Twilio could not be reached, or did not answer in time. Try again in a moment.".to_owned(),
            Self::BadCredentials => {
                "Twilio refuses these credentials: the auth token is not, or no longer, that of the account. Copy both \
                 from Twilio's console once more."
                    .to_owned()
            }
            Self::Unexpected(status) => format!("Twilio answered with HTTP {status}. Try again in a moment."),
            Self::Suspended => {
                "The account is suspended: Twilio places no calls for it. Its console says why; mostly the balance is \
                 used up."
                    .to_owned()
            }
            Self::Closed => "The account is closed for good. Set up another one.".to_owned(),
            Self::Trial => {
                "The account is on trial: it calls only numbers that are verified there, and announces itself.".to_owned()
            }
            Self::NotOwned(Wanted { takes_calls: true, .. }) => {
                "The account does not own this number, so nobody who calls it reaches you.".to_owned()
            }
            Self::NotOwned(_) => {
                "The account does not own this number: calls can show it only if it is verified at Twilio as a caller ID."
                    .to_owned()
            }
            Self::NoVoice(_) => "This number can neither call nor be called: it has no voice capability.".to_owned(),
            Self::LeadsNowhere(_) => {
                "Whoever calls this number reaches nobody: it has no webhook for voice. Set it to the address that is \
                 named here."
                    .to_owned()
            }
            Self::LeadsElsewhere(_) => {
                "Whoever calls this number reaches something else: its webhook for voice is not ours. Set it to the \
                 address that is named here."
                    .to_owned()
            }
        }
    }
}

/// What an answer means. `ours` is the webhook that numbers of the tenant lead to.
#[must_use]
pub fn findings(answer: &Answer, ours: &str) -> Vec<Finding> {
    let (status, trial, numbers) = match answer {
        Answer::Unreachable => return vec![Finding::Unreachable],
        Answer::Unauthenticated => return vec![Finding::BadCredentials],
        Answer::Unexpected(status) => return vec![Finding::Unexpected(*status)],
        Answer::Account { status, trial, numbers } => (status, trial, numbers),
    };
    match status {
        AccountStatus::Suspended => return vec![Finding::Suspended],
        AccountStatus::Closed => return vec![Finding::Closed],
        AccountStatus::Active => {}
    }
    let of_numbers = numbers.iter().filter_map(|(wanted, own)| {
        let wanted = wanted.clone();
        let Some(own) = own else { return Some(Finding::NotOwned(wanted)) };
        // The fragment tells Twilio how to connect; it is no part of the address.
        let leads_to = own.voice_url.split('#').next().unwrap_or_default().trim_end_matches('/');
        if !own.voice {
            Some(Finding::NoVoice(wanted))
        } else if leads_to.is_empty() {
            Some(Finding::LeadsNowhere(wanted))
        } else if leads_to != ours {
            Some(Finding::LeadsElsewhere(wanted))
        } else {
            None
        }
    });
    trial.then_some(Finding::Trial).into_iter().chain(of_numbers).collect()
}

/// Asks Twilio.
#[derive(Clone)]
pub struct Inspector {
    http: Http,
    api_url: String,
    public_url: PublicUrl,
}

#[derive(Deserialize)]
struct AccountBody {
    status: AccountStatus,
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct NumbersBody {
    incoming_phone_numbers: Vec<NumberBody>,
}

#[derive(Deserialize)]
struct NumberBody {
    phone_number: String,
    voice_url: Option<String>,
    capabilities: Capabilities,
}

#[derive(Deserialize)]
struct Capabilities {
    #[serde(default)]
    voice: bool,
}

impl Inspector {
    /// Asks `api_url`, [`crate::client::API_URL`] or a stand-in; `public_url` is where Twilio reaches us.
    pub fn new(http: Http, api_url: impl Into<String>, public_url: PublicUrl) -> Self {
        Self { http, api_url: api_url.into().trim_end_matches('/').to_owned(), public_url }
    }

    /// Where numbers of a tenant have to lead.
    #[must_use]
    pub fn webhook(&self, tenant: &TenantId) -> String {
        self.public_url.inbound(tenant)
    }

    /// Asks about an account and these numbers.
    pub async fn ask(&self, credentials: &Credentials, wanted: &[Wanted]) -> Answer {
        match self.account(credentials, wanted).await {
            Ok(answer) | Err(answer) => answer,
        }
    }

    async fn account(&self, credentials: &Credentials, wanted: &[Wanted]) -> Result<Answer, Answer> {
        let response = self.get(credentials, ".json").await?;
        let account: AccountBody = match replies::code(&response) {
            Some(NOT_ACTIVE) => AccountBody { status: AccountStatus::Suspended, kind: None },
            Some(_) | None => read(&response)?,
        };
        let mut numbers = Vec::with_capacity(wanted.len());
        if account.status == AccountStatus::Active {
            for wanted in wanted {
                let query = encode(&[("PhoneNumber", wanted.number.as_str())]);
                let response = self.get(credentials, &format!("/IncomingPhoneNumbers.json?{query}")).await?;
                // Twilio looks for numbers that contain this one.
                let found = read::<NumbersBody>(&response)?.incoming_phone_numbers;
                let own = found.into_iter().find(|own| own.phone_number == wanted.number.as_str());
                let own = own.map(|own| OwnNumber {
                    voice: own.capabilities.voice,
                    voice_url: own.voice_url.unwrap_or_default(),
                });
                numbers.push((wanted.clone(), own));
            }
        }
        let trial = account.kind.is_some_and(|kind| kind.eq_ignore_ascii_case("trial"));
        Ok(Answer::Account { status: account.status, trial, numbers })
    }

    /// With the auth token itself: it signs webhooks, so it is what has to be right.
    async fn get(&self, credentials: &Credentials, rest: &str) -> Result<Response, Answer> {
        let account = segment(&credentials.account_sid);
        let url = format!("{}/2010-04-01/Accounts/{account}{rest}", self.api_url);
        let by_token = Credentials { api_key: None, ..credentials.clone() };
        let headers = vec![("authorization", by_token.basic()), ("accept", "application/json".to_owned())];
        let request = Request { method: "GET", url, headers, body: Vec::new(), within: ASK_WITHIN };
        match self.http.send(request).await {
            Ok(response) => Ok(response),
            Err(SendError::NotSent(_) | SendError::Lost(_)) => Err(Answer::Unreachable),
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(response: &Response) -> Result<T, Answer> {
    match (response.status, replies::code(response)) {
        (401, _) | (_, Some(20003)) => Err(Answer::Unauthenticated),
        (200..300, _) => {
            serde_json::from_slice(&response.body).map_err(|_| Answer::Unexpected(response.status))
        }
        (status, _) => Err(Answer::Unexpected(status)),
    }
}
