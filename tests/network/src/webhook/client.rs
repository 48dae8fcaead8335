//! The HTTP client behind every webhook: pooled connections, Twilio's time-outs and retries, one report each.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use jiff::Timestamp;
use tower_service::Service;
use url::Url;

use super::overrides::Overrides;
use super::signature;
use crate::journal::{Journal, WebhookReport};
use crate::tokens::Tokens;
use crate::twilio::event::{Answer, CallEvent};
use crate::twilio::form::HttpMethod;

/// One webhook to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) url: Url,
    pub(crate) method: HttpMethod,
    pub(crate) params: Vec<(String, String)>,
    pub(crate) purpose: &'static str,
    pub(crate) call_sid: String,
    pub(crate) conference_sid: Option<String>,
    /// The account's auth token, which signs.
    pub(crate) token: String,
    /// The same for every request made for one webhook, so that receivers can tell a repetition.
    pub(crate) idempotency_token: String,
    pub(crate) fault: Option<&'static str>,
    /// Longest answer that is read.
    pub(crate) body_bytes_max: usize,
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Bytes,
}

/// Why there was no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("no connection: {0}")]
    Connect(String),
    #[error("no answer in time")]
    Timeout,
    #[error("the answer is longer than {0} bytes")]
    TooLarge(usize),
    #[error("the request failed: {0}")]
    Other(String),
}

/// Sends webhooks.
#[derive(Clone, Debug)]
pub(crate) struct WebhookClient {
    http: Client<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>,
    journal: Arc<Journal>,
    tokens: Arc<Tokens>,
}

impl WebhookClient {
    /// # Errors
    /// When the machine's certificate store cannot be read.
    pub(crate) fn new(journal: Arc<Journal>, tokens: Arc<Tokens>) -> io::Result<Self> {
        let mut connector = HttpConnector::new_with_resolver(Resolver);
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(Overrides::default().connect));
        let https = HttpsConnectorBuilder::new()
            .with_native_roots()?
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let http = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            // Shorter than any server keeps an idle connection, so that none is closed under a request.
            .pool_idle_timeout(Duration::from_secs(2))
            .pool_max_idle_per_host(32)
            .build(https);
        Ok(Self { http, journal, tokens })
    }

    /// Sends a webhook, again where its URL's overrides say so, and reports it.
    pub(crate) async fn send(&self, outgoing: &Outgoing) -> Result<Response, Failure> {
        let (overrides, _) = Overrides::parse(outgoing.url.fragment());
        let at = Timestamp::now();
        let began = Instant::now();
        let mut requests = 0;
        let result = loop {
            requests += 1;
            let left = overrides.total.saturating_sub(began.elapsed());
            let result = match tokio::time::timeout(overrides.read.min(left), self.once(outgoing)).await {
                Ok(result) => result,
                Err(_) => Err(Failure::Timeout),
            };
            let again = match &result {
                Ok(response) if (400..500).contains(&response.status) => overrides.policy.on_4xx,
                Ok(response) if response.status >= 500 => overrides.policy.on_5xx,
                Ok(_) | Err(Failure::TooLarge(_)) => false,
                Err(Failure::Connect(_)) => overrides.policy.on_connect,
                Err(Failure::Timeout | Failure::Other(_)) => overrides.policy.on_read,
            };
            if !again || requests > overrides.retries || began.elapsed() >= overrides.total {
                break result;
            }
        };
        let took = began.elapsed();
        // Sound is fetched for a call, not asked of the application.
        if !outgoing.call_sid.is_empty() && outgoing.purpose != "play" {
            let answer = result.as_ref().ok().map(|response| Answer {
                status: response.status,
                content_type: response.content_type.clone(),
                body: response.body.clone(),
            });
            let (method, params) = (outgoing.method.as_str(), outgoing.params.clone());
            let url = signed_url(&outgoing.url, HttpMethod::Post, &[]);
            self.journal.call_event(&outgoing.call_sid, CallEvent { method, url, params, at, took, answer });
        }
        self.journal.webhook(WebhookReport {
            at,
            call_sid: outgoing.call_sid.clone(),
            conference_sid: outgoing.conference_sid.clone(),
            purpose: outgoing.purpose,
            method: outgoing.method.as_str(),
            url: signed_url(&outgoing.url, HttpMethod::Post, &[]),
            params: outgoing.params.clone(),
            fault: outgoing.fault,
            requests,
            status: result.as_ref().ok().map(|response| response.status),
            error: result.as_ref().err().map(ToString::to_string),
            latency_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        });
        result
    }

    async fn once(&self, outgoing: &Outgoing) -> Result<Response, Failure> {
        let token = self.tokens.current(&outgoing.token);
        let request = request(outgoing, &token).map_err(|error| Failure::Other(error.to_string()))?;
        let response = self.http.request(request).await.map_err(|error| match error.is_connect() {
            true => Failure::Connect(root_cause(&error)),
            false => Failure::Other(root_cause(&error)),
        })?;
        let status = response.status().as_u16();
        let content_type = response.headers().get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = Limited::new(response.into_body(), outgoing.body_bytes_max).collect().await;
        match body {
            Ok(body) => Ok(Response { status, content_type, body: body.to_bytes() }),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => {
                Err(Failure::TooLarge(outgoing.body_bytes_max))
            }
            Err(error) => Err(Failure::Other(error.to_string())),
        }
    }
}

/// The URL that goes over the wire, and so the URL that is signed: without its fragment, and with the
/// parameters of a GET.
fn signed_url(url: &Url, method: HttpMethod, params: &[(String, String)]) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    if method == HttpMethod::Get && !params.is_empty() {
        url.query_pairs_mut().extend_pairs(params);
    }
    url.into()
}

fn request(outgoing: &Outgoing, token: &str) -> Result<Request<Full<Bytes>>, http::Error> {
    let url = signed_url(&outgoing.url, outgoing.method, &outgoing.params);
    let posted: &[_] = match outgoing.method {
        HttpMethod::Get => &[],
        HttpMethod::Post => &outgoing.params,
    };
    let signature = signature::sign(token, &url, posted);
    let builder = Request::builder()
        .uri(url)
        .header(header::USER_AGENT, "TwilioProxy/1.1")
        .header(header::ACCEPT, "*/*")
        .header("X-Twilio-Signature", signature)
        .header("I-Twilio-Idempotency-Token", &outgoing.idempotency_token)
        .header("X-Home-Region", "us1");
    match outgoing.method {
        HttpMethod::Get => builder.method(Method::GET).body(Full::default()),
        HttpMethod::Post => {
            let body: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(posted).finish();
            builder
                .method(Method::POST)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8")
                .body(Full::from(body))
        }
    }
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// Resolves names as the machine does, save that `*.localhost` is always this machine (RFC 6761), which not
/// every resolver knows: emulators hand out such names.
#[derive(Clone, Copy, Debug)]
struct Resolver;

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(async move {
            let name = name.as_str();
            if name == "localhost" || name.ends_with(".localhost") {
                return Ok(vec![SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0)].into_iter());
            }
            let found: Vec<_> = tokio::net::lookup_host((name, 0)).await?.collect();
            Ok(found.into_iter())
        })
    }
}
