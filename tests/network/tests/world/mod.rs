//! A system under test in miniature: a receiver that answers with given TwiML and keeps what it was sent, and a
//! client that asks the API.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use bytes::Bytes;
use carillon_network::people::script::Script;
use carillon_network::{Account, CallReport, Config, Handle, Network, Settings};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// A request that the receiver got: path with query, and parameters.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) params: HashMap<String, String>,
}

impl Received {
    pub(crate) fn get(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }
}

/// Status, content type, body.
type Answer = (u16, String, String);

#[derive(Clone, Default)]
struct Inbox {
    received: Arc<Mutex<Vec<Received>>>,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
}

pub(crate) struct World {
    pub(crate) network: Handle,
    pub(crate) hooks: String,
    pub(crate) account: Account,
    inbox: Inbox,
    client: Client<HttpConnector, Full<Bytes>>,
}

pub(crate) const CALLED: &str = "+4930123456";

async fn receive(State(inbox): State<Inbox>, uri: Uri, body: Bytes) -> Response {
    let params = form_urlencoded::parse(&body).into_owned().collect();
    let path = uri.path_and_query().map(|path| path.as_str().to_owned()).unwrap();
    inbox.received.lock().unwrap().push(Received { path, params });
    match inbox.answers.lock().unwrap().get(uri.path()) {
        None => StatusCode::NO_CONTENT.into_response(),
        Some((status, content_type, body)) => {
            let status = StatusCode::from_u16(*status).unwrap();
            (status, [(header::CONTENT_TYPE, content_type.clone())], body.clone()).into_response()
        }
    }
}

impl World {
    // Not every test file needs one.
    #[allow(dead_code)]
    /// A world a thousand times faster than life, in which this script holds.
    pub(crate) async fn with_script(script: Value) -> Self {
        let script: Script = serde_json::from_value(script).unwrap();
        Self::new(Settings { speed: 1_000.0, calls_per_second: 0.0, script, ..Settings::default() }).await
    }

    pub(crate) async fn new(settings: Settings) -> Self {
        let inbox = Inbox::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hooks = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(receive).with_state(inbox.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let network = Network::start(Config { settings, ..Config::default() }).await.unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { network, hooks, account: Account::example(), inbox, client }
    }

    /// What the receiver answers at a path.
    pub(crate) fn answer(&self, path: &str, twiml: &str) {
        self.answer_with(path, 200, "text/xml", twiml);
    }

    pub(crate) fn answer_with(&self, path: &str, status: u16, content_type: &str, body: &str) {
        let answer = (status, content_type.to_owned(), body.to_owned());
        self.inbox.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    pub(crate) fn received(&self, path: &str) -> Vec<Received> {
        let all = self.inbox.received.lock().unwrap().clone();
        all.into_iter().filter(|received| received.path.starts_with(path)).collect()
    }

    pub(crate) async fn request(&self, method: &str, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let path = format!("/2010-04-01/Accounts/{}{path}", self.account.sid);
        let credentials = format!("{}:{}", self.account.sid, self.account.token);
        let encoded = base64::engine::general_purpose::STANDARD.encode(credentials);
        let body: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.network.url()))
            .header(header::AUTHORIZATION, format!("Basic {encoded}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::from(body))
            .unwrap();
        let response = self.client.request(request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// Calls `CALLED` with instructions at `/answer`, all progress to `/status`, and what is added.
    pub(crate) async fn call(&self, more: &[(&str, &str)]) -> (u16, Value) {
        let (answer, status) = (format!("{}/answer", self.hooks), format!("{}/status", self.hooks));
        let mut form = vec![("From", "+15005550006"), ("StatusCallback", status.as_str())];
        if !more.iter().any(|(name, _)| *name == "To") {
            form.push(("To", CALLED));
        }
        if !more.iter().any(|(name, _)| *name == "Twiml") {
            form.push(("Url", answer.as_str()));
        }
        if !more.iter().any(|(name, _)| *name == "StatusCallbackEvent") {
            for event in ["initiated", "ringing", "answered", "completed"] {
                form.push(("StatusCallbackEvent", event));
            }
        }
        form.extend_from_slice(more);
        self.request("POST", "/Calls.json", &form).await
    }

    // Nor does every one place calls alone.
    #[allow(dead_code)]
    /// Places a call and waits until it and its callbacks are over.
    pub(crate) async fn complete_call(&self, more: &[(&str, &str)]) -> CallReport {
        let (status, call) = self.call(more).await;
        assert_eq!(status, 201, "{call}");
        self.settle().await;
        let sid = call["sid"].as_str().unwrap();
        self.network.calls().into_iter().find(|report| report.sid == sid).unwrap()
    }

    pub(crate) async fn settle(&self) {
        assert!(self.network.quiet(Duration::from_secs(10)).await, "a call does not end");
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
}
