//! Where the network's webhooks arrive: the production handler, each request as the function's URL hands it over.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use carillon_domain::agents::ports::Switchboards;
use carillon_domain::ports::{Outgoing, Queue, QueueError};
use carillon_engine::clock::SystemClock;
use carillon_engine::order;
use carillon_network::Account;
use carillon_shell::http::{Http, Pool};
use carillon_shell::secrets::{Secret, SecretError, SecretStore};
use carillon_store::{Table, Vault};
use carillon_twilio::accounts::{Accounts, TwilioVoices};
use carillon_twilio::urls::PublicUrl;
use tokio::net::TcpListener;

use crate::trips::{CountedBoards, Counts, Trip, counted};

/// The account that every tenant has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Credentials;

#[async_trait]
impl SecretStore for Credentials {
    async fn read(&self, _: &str) -> Result<Secret, SecretError> {
        let Account { sid, token, .. } = Account::example();
        Ok(Secret::new(format!(r#"{{"account_sid":"{sid}","auth_token":"{token}"}}"#)))
    }
}

/// A queue that keeps what it is given. Delays are not kept: all calls are to come at once.
#[derive(Debug, Default)]
pub(crate) struct Orders(Mutex<Vec<String>>);

impl Orders {
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Queue for Orders {
    async fn send(&self, messages: Vec<Outgoing>) -> Result<(), QueueError> {
        let _trip = Trip::begin();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for message in messages {
            // What the planner orders together comes one by one here, so that calls can be counted; nudges are as they are.
            match order::orders(&message.body) {
                Ok(orders) => {
                    kept.extend(orders.iter().filter_map(|order| serde_json::to_string(order).ok()))
                }
                Err(_) => kept.push(message.body),
            }
        }
        Ok(())
    }
}

type Deps = Arc<twilio_voice::Deps<Credentials>>;

/// What each webhook asked of others, by the path it came to.
pub(crate) type Ledger = Arc<Mutex<Vec<(String, Counts)>>>;

/// Listens for webhooks; the address to give to Twilio.
pub(crate) async fn listen(
    table: Arc<dyn Table>,
    vault: Arc<Vault>,
    network_url: String,
    plan: Arc<Orders>,
    ledger: Ledger,
) -> Result<PublicUrl> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let public: PublicUrl = format!("http://{}", listener.local_addr()?).parse().context("an address")?;
    let http = Http::new(Pool::public());
    let boards = move |public: &PublicUrl| -> Arc<dyn Switchboards> {
        let accounts = Accounts::new(Credentials, "benchmark/");
        let voices = TwilioVoices::new(accounts, http.clone(), network_url.clone(), public.clone());
        Arc::new(CountedBoards(voices))
    };
    let deps: Deps = Arc::new(twilio_voice::Deps {
        table,
        vault,
        accounts: Arc::new(Accounts::new(Credentials, "benchmark/")),
        public: Some(public.clone()),
        clock: Arc::new(SystemClock),
        campaigns: Arc::new(twilio_voice::Campaigns::new(twilio_voice::CAMPAIGN_GOOD_FOR)),
        boards: Arc::new(boards),
        plan,
    });
    let app = Router::new().fallback(webhook).with_state((deps, ledger));
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(public)
}

async fn webhook(
    State((deps, ledger)): State<(Deps, Ledger)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut request = LambdaFunctionUrlRequest::default();
    request.raw_path = Some(uri.path().to_owned());
    request.raw_query_string = uri.query().map(str::to_owned);
    request.request_context.http.method = Some(method.to_string());
    request.headers = headers;
    request.body = Some(String::from_utf8_lossy(&body).into_owned());
    let (answer, counts) = counted(twilio_voice::handle(&deps, request)).await;
    ledger.lock().unwrap_or_else(PoisonError::into_inner).push((uri.path().to_owned(), counts));
    match answer {
        Ok(answer) => {
            let status =
                u16::try_from(answer.status_code).ok().and_then(|code| StatusCode::from_u16(code).ok());
            let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, answer.headers, answer.body.unwrap_or_default()).into_response()
        }
        Err(error) => {
            eprintln!("a webhook failed: {error:#}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
