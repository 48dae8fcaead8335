use std::sync::Mutex;

use carillon_domain::ports::{AmdTuning, CallStatus, Refusal};
use carillon_domain::script::{Opening, Step};
use carillon_shell::http::Pool;
use carillon_shell::secrets::{Fixed, SecretError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// Answers requests one after another from a script and keeps what it was asked. An answer without a status
/// closes the connection; beyond the script it stays silent.
#[derive(Clone)]
struct Server {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(script: &[(u16, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let mut script: Vec<(u16, String)> =
            script.iter().rev().map(|(status, body)| (*status, (*body).to_owned())).collect();
        let server = Self { url, asked: Arc::clone(&asked) };
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let request = read_request(&mut socket).await;
                asked.lock().expect("not poisoned").push(request);
                match script.pop() {
                    Some((0, _)) => {}
                    Some((status, body)) => {
                        let length = body.len();
                        let answer = format!(
                            "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
                        );
                        socket.write_all(answer.as_bytes()).await.expect("written");
                    }
                    None => std::future::pending().await,
                }
            }
        });
        server
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("not poisoned").clone()
    }
}

async fn read_request(socket: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        let read = socket.read(&mut buffer).await.expect("readable");
        text.push_str(std::str::from_utf8(&buffer[..read]).expect("text"));
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if read == 0 || body.len() >= length.unwrap_or(0) {
            return text;
        }
    }
}

fn credentials(token: &str) -> Credentials {
    Credentials { account_sid: "AC0".into(), auth_token: Secret::new(token), api_key: None }
}

fn voice_at(url: &str) -> TwilioVoice {
    voice_with(url, Arc::new(Fixed(Arc::new(credentials("token")))))
}

fn voice_with(url: &str, credentials: Arc<dyn SecretSource<Credentials>>) -> TwilioVoice {
    let public = "https://voice.example".parse().expect("valid");
    TwilioVoice::new(Http::new(Pool::public()), url, public, credentials)
}

fn number(text: &str) -> E164 {
    text.parse().expect("valid")
}

fn call(amd: AmdMode, await_beep: bool, record: bool) -> PlaceCall {
    PlaceCall {
        attempt: "acme.cmp_1.con_2.3".parse().expect("valid"),
        to: number("+15005550006"),
        from: number("+15005550001"),
        ring_seconds_max: 25,
        amd,
        amd_tuning: AmdTuning::default(),
        await_beep,
        record,
        opening: None,
    }
}

const PLACED: (u16, &str) = (201, r#"{"sid":"CA1"}"#);

async fn form_of(call: &PlaceCall) -> String {
    let server = Server::start(&[PLACED]).await;
    voice_at(&server.url).place(call).await.expect("placed");
    let request = server.asked().remove(0);
    let (head, body) = request.split_once("\r\n\r\n").expect("a body");
    assert!(head.starts_with("POST /2010-04-01/Accounts/AC0/Calls.json HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("authorization: Basic QUMwOnRva2Vu"), "{head}");
    assert!(head.contains("content-type: application/x-www-form-urlencoded"), "{head}");
    let pairs = form_urlencoded::parse(body.as_bytes());
    pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_plain_call_subscribes_to_its_end_alone() {
    insta::assert_snapshot!(form_of(&call(AmdMode::Off, false, false)).await, @r"
    To=+15005550006
    From=+15005550001
    Url=https://voice.example/twilio/voice/acme.cmp_1.con_2.3/answer#ct=2000&rt=7000&rc=1&rp=all
    Method=POST
    Timeout=25
    StatusCallback=https://voice.example/twilio/voice/acme.cmp_1.con_2.3/status#ct=2000&rt=7000&rc=3&rp=all
    StatusCallbackMethod=POST
    StatusCallbackEvent=completed
    ");
}

#[tokio::test]
async fn a_call_brings_its_opening_along_unless_that_is_too_long() {
    let opening = |text: String| {
        let steps = vec![Step::Say { text }, Step::GoOn { round: 0 }];
        Some(Opening { steps, language: "en-GB".to_owned(), voice: None })
    };
    let plain = call(AmdMode::Off, false, false);
    let form = form_of(&PlaceCall { opening: opening("Hello.".to_owned()), ..plain.clone() }).await;
    insta::assert_snapshot!(form, @r#"
    To=+15005550006
    From=+15005550001
    Twiml=<?xml version="1.0" encoding="UTF-8"?><Response><Say language="en-GB">Hello.</Say><Redirect method="POST">https://voice.example/twilio/voice/acme.cmp_1.con_2.3/gather#ct=2000&amp;rt=7000&amp;rc=1&amp;rp=all</Redirect></Response>
    Timeout=25
    StatusCallback=https://voice.example/twilio/voice/acme.cmp_1.con_2.3/status#ct=2000&rt=7000&rc=3&rp=all
    StatusCallbackMethod=POST
    StatusCallbackEvent=completed
    "#);
    let long = opening("Hello. ".repeat(570));
    assert_eq!(form_of(&PlaceCall { opening: long, ..plain.clone() }).await, form_of(&plain).await);
}

#[tokio::test]
async fn a_recorded_call_that_waits_for_the_beep_while_talking() {
    insta::assert_snapshot!(form_of(&call(AmdMode::Async, true, true)).await, @r"
    To=+15005550006
    From=+15005550001
    Url=https://voice.example/twilio/voice/acme.cmp_1.con_2.3/answer#ct=2000&rt=7000&rc=1&rp=all
    Method=POST
    Timeout=25
    StatusCallback=https://voice.example/twilio/voice/acme.cmp_1.con_2.3/status#ct=2000&rt=7000&rc=3&rp=all
    StatusCallbackMethod=POST
    StatusCallbackEvent=completed
    MachineDetection=DetectMessageEnd
    AsyncAmd=true
    AsyncAmdStatusCallback=https://voice.example/twilio/voice/acme.cmp_1.con_2.3/amd#ct=2000&rt=7000&rc=3&rp=all
    AsyncAmdStatusCallbackMethod=POST
    Record=true
    RecordingChannels=dual
    RecordingStatusCallback=https://voice.example/twilio/voice/acme.cmp_1.con_2.3/recording#ct=2000&rt=7000&rc=3&rp=all
    RecordingStatusCallbackMethod=POST
    RecordingStatusCallbackEvent=completed
    ");
}

#[tokio::test]
async fn detection_before_the_first_word_needs_no_callback() {
    let form = form_of(&call(AmdMode::Sync, false, false)).await;
    assert!(form.contains("MachineDetection=Enable") && !form.contains("Async"), "{form}");
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_asked_once() {
    let server = Server::start(&[(0, ""), PLACED]).await;
    let placed = voice_at(&server.url).place(&call(AmdMode::Off, false, false)).await;
    assert!(matches!(placed, Err(PlaceError::Unknown(Some(_)))), "{placed:?}");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_has_placed_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    drop(listener);
    let placed = voice_at(&url).place(&call(AmdMode::Off, false, false)).await;
    assert!(matches!(placed, Err(PlaceError::Unavailable(_))), "{placed:?}");
}

#[tokio::test]
async fn a_refusal_says_why() {
    let server =
        Server::start(&[(400, r#"{"code":21211,"message":"+15005550006 is not a valid number"}"#)]).await;
    let error = voice_at(&server.url).place(&call(AmdMode::Off, false, false)).await.expect_err("refused");
    assert!(matches!(error, PlaceError::Refused { reason: Refusal::InvalidNumber, code: Some(21211) }));
    assert!(!format!("{error} {error:?}").contains("5550006"));
}

/// Has a new token whenever it is asked for one.
struct Rotating;

#[async_trait]
impl SecretSource<Credentials> for Rotating {
    async fn current(&self) -> Result<Arc<Credentials>, SecretError> {
        Ok(Arc::new(credentials("old")))
    }

    async fn renewed(&self, _: &Arc<Credentials>) -> Result<Option<Arc<Credentials>>, SecretError> {
        Ok(Some(Arc::new(credentials("new"))))
    }
}

#[tokio::test]
async fn a_rotated_token_is_read_anew_and_a_wrong_one_costs_nobody_an_attempt() {
    const NO: (u16, &str) = (401, r#"{"code":20003}"#);
    let server = Server::start(&[NO, PLACED]).await;
    let placed = voice_with(&server.url, Arc::new(Rotating)).place(&call(AmdMode::Off, false, false)).await;
    assert_eq!(placed.expect("placed"), CallId("CA1".into()));
    assert!(server.asked()[1].contains(&format!("Basic {}", BASE64_STANDARD.encode("AC0:new"))));

    let server = Server::start(&[NO, NO, PLACED]).await;
    let placed = voice_with(&server.url, Arc::new(Rotating)).place(&call(AmdMode::Off, false, false)).await;
    assert!(matches!(placed, Err(PlaceError::Unavailable(_))), "{placed:?}");
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn calls_are_found_on_every_page() {
    let call = |sid: &str, at: &str| {
        format!(
            r#"{{"sid":"{sid}","status":"completed","duration":"5","date_created":"Fri, 20 Nov 2026 {at} +0000"}}"#
        )
    };
    let first = format!(
        r#"{{"calls":[{}],"next_page_uri":"/2010-04-01/Accounts/AC0/Calls.json?Page=1&PageToken=x"}}"#,
        call("CA1", "11:00:00")
    );
    let second = format!(
        r#"{{"calls":[{},{}],"next_page_uri":null}}"#,
        call("CA2", "09:00:00"),
        call("CA3", "10:30:00")
    );
    let server = Server::start(&[(200, &first), (200, &second)]).await;
    let since = "2026-11-20T10:00:00Z".parse().expect("valid");
    let found =
        voice_at(&server.url).calls_since(&number("+15005550006"), &number("+15005550001"), since).await;
    let ids: Vec<_> = found.expect("readable").into_iter().map(|report| report.call.0).collect();
    assert_eq!(ids, ["CA1", "CA3"]);
    let lines: Vec<_> =
        server.asked().iter().map(|request| request.lines().next().unwrap_or("").to_owned()).collect();
    assert_eq!(
        lines,
        [
            "GET /2010-04-01/Accounts/AC0/Calls.json?To=%2B15005550006&From=%2B15005550001&PageSize=100 HTTP/1.1",
            "GET /2010-04-01/Accounts/AC0/Calls.json?Page=1&PageToken=x HTTP/1.1",
        ]
    );
}

#[tokio::test]
async fn a_calls_events_say_for_which_attempt_it_was_placed() {
    let created = r#"{"request":{"method":"POST",
        "url":"https://api.twilio.com/2010-04-01/Accounts/AC0/Calls/CA1.json",
        "parameters":{"to":"+15005550006","from":"+15005550001","timeout":"25","account_sid":"AC0",
            "status_callback":"https://voice.example/twilio/voice/acme.cmp_1.con_2.3/status#ct=2000",
            "twiml":"<Response/>"}},
        "response":{"response_code":201,"request_duration":50,"content_type":"application/json",
            "response_body":"{}","date_created":"Fri, 20 Nov 2026 10:00:00 +0000"}}"#;
    let elsewhere = r#"{"request":{"method":"POST","url":"https://other.example/twilio/voice/x.cmp_1.con_2.3/status",
        "parameters":{"call_sid":"CA1","add_ons":{"a":1}}},"response":null}"#;
    let page = |events: &str, next: &str| format!(r#"{{"events":[{events}],"next_page_uri":{next}}}"#);
    let asked_us =
        elsewhere.replace("https://other.example/twilio/voice/x", "https://voice.example/twilio/voice/acme");
    let (first, second) = (page(elsewhere, r#""/2010-04-01/Accounts/AC0/more""#), page(&asked_us, "null"));
    let script = [
        (200, page(created, "null")),
        (200, page("", "null")),
        (404, r#"{"code":20404}"#.to_owned()),
        (200, first),
        (200, second),
        (200, page(elsewhere, "null")),
        (404, "<html>".to_owned()),
    ];
    let script: Vec<(u16, &str)> = script.iter().map(|(status, body)| (*status, body.as_str())).collect();
    let server = Server::start(&script).await;
    let voice = voice_at(&server.url);
    let call = CallId("CA1".into());
    let placed = call_for(&voice, &call);
    assert_eq!(placed.await, Some("acme.cmp_1.con_2.3".to_owned()), "the request that created it");
    assert_eq!(call_for(&voice, &call).await, None, "not written down yet");
    assert_eq!(call_for(&voice, &call).await, None, "nor is there a list");
    assert_eq!(call_for(&voice, &call).await, Some("acme.cmp_1.con_2.3".to_owned()), "a later page");
    assert_eq!(call_for(&voice, &call).await, None, "somebody else's");
    assert!(voice.placed_for(&call).await.is_err(), "a proxy's 404 proves nothing");
    let first = server.asked()[0].lines().next().map(str::to_owned);
    let line = "GET /2010-04-01/Accounts/AC0/Calls/CA1/Events.json?PageSize=100 HTTP/1.1";
    assert_eq!(first.as_deref(), Some(line));
}

async fn call_for(voice: &TwilioVoice, call: &CallId) -> Option<String> {
    voice.placed_for(call).await.expect("readable").map(|attempt| attempt.to_string())
}

#[tokio::test]
async fn a_call_is_looked_at_and_ended() {
    let body =
        r#"{"sid":"CA1","status":"busy","duration":"0","date_created":"Fri, 20 Nov 2026 10:00:00 +0000"}"#;
    let missing = (404, r#"{"code":20404}"#);
    let over = (400, r#"{"code":21220}"#);
    let server = Server::start(&[(200, body), missing, (404, "<html>"), (200, body), over, missing]).await;
    let voice = voice_at(&server.url);
    let id = CallId("CA1/../CA2".into());
    let report = voice.report(&id).await.expect("readable").expect("there");
    assert_eq!(report.status, CallStatus::Busy);
    assert!(server.asked()[0].starts_with("GET /2010-04-01/Accounts/AC0/Calls/CA1%2F..%2FCA2.json"));
    assert_eq!(voice.report(&id).await.expect("readable"), None);
    assert!(voice.report(&id).await.is_err(), "a proxy's 404 proves nothing");
    voice.hang_up(&id).await.expect("ended");
    assert!(server.asked()[3].ends_with("\r\n\r\nStatus=completed"));
    voice.hang_up(&id).await.expect("was over already");
    assert!(voice.hang_up(&id).await.is_err());
}

#[tokio::test]
async fn a_live_call_is_given_something_else_to_do() {
    let server = Server::start(&[(200, "{}")]).await;
    voice_at(&server.url).steer(&CallId("CA1".into()), &Twiml::hang_up()).await.expect("steered");
    assert!(server.asked()[0].contains("Twiml=%3C%3Fxml"));
}
