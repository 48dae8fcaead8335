//! The voice port over Twilio's REST API.
//!
//! Creating a call has no idempotency key, so what matters most is to know whether a call exists. An answer is
//! believed only where it proves something: a `sid` proves a call, an error with one of Twilio's codes and a
//! failure to connect prove that there is none. All else (a time-out, a 5xx, a page of a proxy) is *unknown*, and
//! is never repeated from here.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use carillon_domain::agents::ports::{
    ConferenceId, Leg, ParticipantChange, Place, Reach, RingLeg, Switchboard,
};
use carillon_domain::ids::{AttemptRef, LiveId};
use carillon_domain::phone::E164;
use carillon_domain::ports::{AmdMode, AskError, CallId, CallReport, PlaceCall, PlaceError, Voice};
use carillon_domain::script::Opening;
use carillon_shell::http::{Http, Request, Response, SendError};
use carillon_shell::secrets::{Secret, SecretSource};
use jiff::Timestamp;
use serde::Deserialize;

use crate::replies::{self, Placed};
use crate::speak;
use crate::twiml::{INLINE_CHARS_MAX, Twiml};
use crate::urls::{Hook, LegHook, PublicUrl};

/// Where Twilio's API is, unless configuration says otherwise.
pub const API_URL: &str = "https://api.twilio.com";

/// Twilio answers within a second or two; after this an answer is not worth waiting for.
const PLACE_WITHIN: Duration = Duration::from_secs(10);
const ASK_WITHIN: Duration = Duration::from_secs(10);

/// Calls between one pair of numbers fit into a page or two; more pages than this are a mistake, not an answer.
const PAGES_MAX: usize = 20;

/// How to sign in to Twilio: the JSON of the secret.
#[derive(Clone, Debug, Deserialize)]
pub struct Credentials {
    /// `AC...`.
    pub account_sid: String,
    /// Signs webhooks, and requests where there is no key.
    pub auth_token: Secret,
    /// A key for requests, which can be revoked without touching webhooks.
    #[serde(default)]
    pub api_key: Option<ApiKey>,
}

/// A key for requests.
#[derive(Clone, Debug, Deserialize)]
pub struct ApiKey {
    /// `SK...`.
    pub sid: String,
    /// Its secret.
    pub secret: Secret,
}

impl Credentials {
    pub(crate) fn basic(&self) -> String {
        let (user, password) = match &self.api_key {
            Some(key) => (&key.sid, &key.secret),
            None => (&self.account_sid, &self.auth_token),
        };
        format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{}", password.expose())))
    }
}

/// Twilio's voice API.
pub struct TwilioVoice {
    http: Http,
    credentials: Arc<dyn SecretSource<Credentials>>,
    api_url: String,
    public_url: PublicUrl,
}

/// A request got no answer.
enum Unanswered {
    /// Surely nothing was sent.
    NotSent(BoxError),
    /// It may have been.
    Lost(BoxError),
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl From<Unanswered> for BoxError {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::NotSent(error) | Unanswered::Lost(error) => error,
        }
    }
}

impl TwilioVoice {
    /// A client. `api_url` is [`API_URL`] or that of a stand-in; `public_url` is where Twilio reaches us.
    pub fn new(
        http: Http,
        api_url: impl Into<String>,
        public_url: PublicUrl,
        credentials: Arc<dyn SecretSource<Credentials>>,
    ) -> Self {
        let api_url = api_url.into().trim_end_matches('/').to_owned();
        Self { http, credentials, api_url, public_url }
    }

    /// Replace what a live call is doing: how a machine's verdict that arrives mid-call turns a greeting into a
    /// message.
    ///
    /// # Errors
    /// Where the call is over, Twilio could not be asked, or the document is longer than [`INLINE_CHARS_MAX`].
    pub async fn steer(&self, call: &CallId, twiml: &Twiml) -> Result<(), AskError> {
        const WHAT: &str = "steer a call";
        if twiml.as_str().chars().count() > INLINE_CHARS_MAX {
            return Err(ask_error(WHAT, "the document is too long to be sent inline"));
        }
        let response = self.update(WHAT, call, &[("Twiml", twiml.as_str())]).await?;
        replies::expect_success(WHAT, &response)
    }

    async fn update(&self, what: &str, call: &CallId, form: &[(&str, &str)]) -> Result<Response, AskError> {
        let path = format!("Calls/{}.json", segment(&call.0));
        self.send("POST", Target::Resource(&path), encode(form), ASK_WITHIN)
            .await
            .map_err(|error| AskError { what: what.to_owned(), source: Some(error.into()) })
    }

    async fn get(&self, what: &str, target: Target<'_>) -> Result<Response, AskError> {
        self.send("GET", target, String::new(), ASK_WITHIN)
            .await
            .map_err(|error| AskError { what: what.to_owned(), source: Some(error.into()) })
    }

    /// Send a request; where the credentials are refused and there are newer ones, once more with those. A refused
    /// sign-in carried nothing out, so that is safe for any request.
    async fn send(
        &self,
        method: &'static str,
        target: Target<'_>,
        form: String,
        within: Duration,
    ) -> Result<Response, Unanswered> {
        let not_sent = |error: BoxError| Unanswered::NotSent(error);
        let credentials = self.credentials.current().await.map_err(|error| not_sent(error.into()))?;
        let response = self.send_as(&credentials, method, &target, form.clone(), within).await?;
        if response.status != 401 {
            return Ok(response);
        }
        match self.credentials.renewed(&credentials).await {
            Ok(Some(renewed)) => self.send_as(&renewed, method, &target, form, within).await,
            Ok(None) => Ok(response),
            Err(error) => {
                tracing::error!(%error, "Twilio refuses our credentials, and newer ones could not be read");
                Ok(response)
            }
        }
    }

    async fn send_as(
        &self,
        credentials: &Credentials,
        method: &'static str,
        target: &Target<'_>,
        form: String,
        within: Duration,
    ) -> Result<Response, Unanswered> {
        let url = match target {
            Target::Resource(path) => {
                let account = segment(&credentials.account_sid);
                format!("{}/2010-04-01/Accounts/{account}/{path}", self.api_url)
            }
            Target::Page(uri) => format!("{}{uri}", self.api_url),
        };
        let mut headers =
            vec![("authorization", credentials.basic()), ("accept", "application/json".to_owned())];
        if method == "POST" {
            headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
        }
        let request = Request { method, url, headers, body: form.into_bytes(), within };
        self.http.send(request).await.map_err(|error| match error {
            SendError::NotSent(_) => Unanswered::NotSent(error.into()),
            SendError::Lost(_) => Unanswered::Lost(error.into()),
        })
    }

    /// What is said on answering, if it can go with the request.
    fn opening(&self, call: &PlaceCall) -> Option<String> {
        let Opening { steps, language, voice } = call.opening.as_ref()?;
        let twiml =
            speak::twiml(steps, language, voice.as_deref(), &call.attempt.clone().into(), &self.public_url)
                .ok()?;
        (twiml.as_str().chars().count() <= INLINE_CHARS_MAX).then(|| twiml.as_str().to_owned())
    }

    /// Create a call. Never repeated from here.
    async fn create(&self, form: String) -> Result<CallId, PlaceError> {
        match self.send("POST", Target::Resource("Calls.json"), form, PLACE_WITHIN).await {
            Ok(response) => match replies::placed(&response) {
                Placed::Call(id) => Ok(id),
                Placed::Refused { reason, code } => Err(PlaceError::Refused { reason, code: Some(code) }),
                Placed::Throttled => Err(PlaceError::Throttled),
                // Our fault, not the contact's: nobody's attempt may be spent on it. The queue retries and alarms.
                Placed::NotSignedIn => {
                    tracing::error!("Twilio refuses our credentials: no call was placed");
                    Err(PlaceError::Unavailable(None))
                }
                Placed::Unknown => {
                    let status = response.status;
                    Err(PlaceError::Unknown(Some(format!("HTTP {status} that proves nothing").into())))
                }
            },
            Err(Unanswered::NotSent(error)) => {
                tracing::warn!(error, "Twilio could not be reached: no call was placed");
                Err(PlaceError::Unavailable(None))
            }
            Err(Unanswered::Lost(error)) => Err(PlaceError::Unknown(Some(error))),
        }
    }

    /// The form that places a call.
    fn form(&self, call: &PlaceCall) -> String {
        let live = LiveId::from(call.attempt.clone());
        let hook = |hook| self.public_url.hook(&live, hook);
        let ring_seconds = call.ring_seconds_max.to_string();
        let mut form = vec![("To", call.to.as_str().to_owned()), ("From", call.from.as_str().to_owned())];
        match self.opening(call) {
            Some(twiml) => form.push(("Twiml", twiml)),
            None => form.extend([("Url", hook(Hook::Answer)), ("Method", "POST".into())]),
        }
        form.extend([
            ("Timeout", ring_seconds),
            // The only one that changes our state: that somebody answered, we learn by being asked for TwiML.
            ("StatusCallback", hook(Hook::Status)),
            ("StatusCallbackMethod", "POST".into()),
            ("StatusCallbackEvent", "completed".into()),
        ]);
        if call.amd != AmdMode::Off {
            let detection = if call.await_beep { "DetectMessageEnd" } else { "Enable" };
            form.push(("MachineDetection", detection.into()));
            let tuning = call.amd_tuning;
            for (name, value) in [
                ("MachineDetectionTimeout", tuning.timeout_seconds),
                ("MachineDetectionSpeechThreshold", tuning.speech_ms),
                ("MachineDetectionSpeechEndThreshold", tuning.speech_end_ms),
                ("MachineDetectionSilenceTimeout", tuning.silence_ms),
            ] {
                form.extend(value.map(|value| (name, value.to_string())));
            }
        }
        if call.amd == AmdMode::Async {
            form.push(("AsyncAmd", "true".into()));
            form.push(("AsyncAmdStatusCallback", hook(Hook::Amd)));
            form.push(("AsyncAmdStatusCallbackMethod", "POST".into()));
        }
        if call.record {
            form.push(("Record", "true".into()));
            form.push(("RecordingChannels", "dual".into()));
            form.push(("RecordingStatusCallback", hook(Hook::Recording)));
            form.push(("RecordingStatusCallbackMethod", "POST".into()));
            form.push(("RecordingStatusCallbackEvent", "completed".into()));
        }
        let pairs: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        encode(&pairs)
    }
}

/// What a request is for.
enum Target<'a> {
    /// Something of the account.
    Resource(&'a str),
    /// A further page, as Twilio named it: a path of the API.
    Page(&'a str),
}

fn ask_error(what: &str, why: &'static str) -> AskError {
    AskError { what: what.to_owned(), source: Some(why.into()) }
}

pub(crate) fn encode(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Text as one segment of a path. Ids are plain; one that is not must not reach another resource.
pub(crate) fn segment(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[async_trait]
impl Voice for TwilioVoice {
    async fn place(&self, call: &PlaceCall) -> Result<CallId, PlaceError> {
        self.create(self.form(call)).await
    }

    async fn report(&self, call: &CallId) -> Result<Option<CallReport>, AskError> {
        const WHAT: &str = "look at a call";
        let path = format!("Calls/{}.json", segment(&call.0));
        let response = self.get(WHAT, Target::Resource(&path)).await?;
        if response.status == 404 && replies::code(&response).is_some() {
            return Ok(None);
        }
        replies::report(WHAT, &response).map(Some)
    }

    /// Twilio can filter by start time too, but a call that waits in its queue has not started, and that is the
    /// one that must not be missed. Pages are read to the end, because their order is not promised.
    async fn calls_since(
        &self,
        to: &E164,
        from: &E164,
        since: Timestamp,
    ) -> Result<Vec<CallReport>, AskError> {
        const WHAT: &str = "list calls";
        let query = encode(&[("To", to.as_str()), ("From", from.as_str()), ("PageSize", "100")]);
        let mut response = self.get(WHAT, Target::Resource(&format!("Calls.json?{query}"))).await?;
        let mut reports = Vec::new();
        for _ in 0..PAGES_MAX {
            let page = replies::page(WHAT, &response, since)?;
            reports.extend(page.reports);
            let Some(next) = page.next else { return Ok(reports) };
            response = self.get(WHAT, Target::Page(&next)).await?;
        }
        Err(ask_error(WHAT, "too many pages"))
    }

    /// From the call's events: the request that created it, and what Twilio has asked us since. Our addresses in them name
    /// the attempt. Before Twilio has written them down, there are none, or there is no such resource.
    async fn placed_for(&self, call: &CallId) -> Result<Option<AttemptRef>, AskError> {
        const WHAT: &str = "list a call's events";
        let path = format!("Calls/{}/Events.json?PageSize=100", segment(&call.0));
        let mut response = self.get(WHAT, Target::Resource(&path)).await?;
        for _ in 0..PAGES_MAX {
            if response.status == 404 && replies::code(&response).is_some() {
                return Ok(None);
            }
            let page = replies::events(WHAT, &response)?;
            let attempt = page.texts.iter().find_map(|text| self.public_url.placed_for(text));
            let (None, Some(next)) = (&attempt, page.next) else { return Ok(attempt) };
            response = self.get(WHAT, Target::Page(&next)).await?;
        }
        Err(ask_error(WHAT, "too many pages"))
    }

    async fn hang_up(&self, call: &CallId) -> Result<(), AskError> {
        const WHAT: &str = "end a call";
        over_is_done(WHAT, &self.update(WHAT, call, &[("Status", "completed")]).await?)
    }
}

#[async_trait]
impl Switchboard for TwilioVoice {
    async fn ring(&self, leg: &RingLeg) -> Result<CallId, PlaceError> {
        let (answer, status) = match leg.leg {
            Leg::Agent { offer } => {
                (Hook::Agent { about: LegHook::Answer, offer }, Hook::Agent { about: LegHook::Status, offer })
            }
            Leg::Guest { guest } => {
                (Hook::Guest { about: LegHook::Answer, guest }, Hook::Guest { about: LegHook::Status, guest })
            }
        };
        let to = match (&leg.reach, &leg.agent) {
            (Reach::Phone { number }, _) => number.as_str().to_owned(),
            (Reach::Browser, Some(agent)) => format!("client:{agent}"),
            (Reach::Browser, None) => return Err(PlaceError::Unavailable(Some("no browser to ring".into()))),
        };
        let form = [
            ("To", to),
            ("From", leg.from.as_str().to_owned()),
            ("Url", self.public_url.hook(&leg.live, answer)),
            ("Method", "POST".into()),
            ("Timeout", leg.ring_seconds_max.to_string()),
            ("StatusCallback", self.public_url.hook(&leg.live, status)),
            ("StatusCallbackMethod", "POST".into()),
            ("StatusCallbackEvent", "completed".into()),
        ];
        let pairs: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.create(encode(&pairs)).await
    }

    async fn redirect(&self, call: &CallId, live: &LiveId, place: Place) -> Result<(), AskError> {
        const WHAT: &str = "send a call somewhere else";
        let hook = match place {
            Place::Conference => Hook::Enter,
            Place::Sorry => Hook::Sorry,
            Place::Machine => Hook::Machine,
            Place::Join { offer } => Hook::Agent { about: LegHook::Join, offer },
        };
        let url = self.public_url.hook(live, hook);
        over_is_done(WHAT, &self.update(WHAT, call, &[("Url", &url), ("Method", "POST")]).await?)
    }

    async fn participant(
        &self,
        conference: &ConferenceId,
        call: &CallId,
        change: &ParticipantChange,
    ) -> Result<bool, AskError> {
        const WHAT: &str = "change a participant";
        let word = |flag: bool| if flag { "true" } else { "false" };
        let mut form: Vec<(&str, &str)> = Vec::new();
        form.extend(change.hold.map(|hold| ("Hold", word(hold))));
        form.extend(change.muted.map(|muted| ("Muted", word(muted))));
        form.extend(change.end_on_exit.map(|ends| ("EndConferenceOnExit", word(ends))));
        if let Some(coached) = &change.coaches {
            form.push(("Coaching", word(coached.is_some())));
            form.extend(coached.as_ref().map(|call| ("CallSidToCoach", call.0.as_str())));
        }
        let path = format!("Conferences/{}/Participants/{}.json", segment(&conference.0), segment(&call.0));
        let response = self
            .send("POST", Target::Resource(&path), encode(&form), ASK_WITHIN)
            .await
            .map_err(|error| AskError { what: WHAT.to_owned(), source: Some(error.into()) })?;
        if response.status == 404 && replies::code(&response).is_some() {
            return Ok(false); // who has left needs no change
        }
        replies::expect_success(WHAT, &response).map(|()| true)
    }

    async fn end_leg(&self, call: &CallId) -> Result<(), AskError> {
        self.hang_up(call).await
    }
}

/// A call that is over needs nothing any more.
fn over_is_done(what: &str, response: &Response) -> Result<(), AskError> {
    if replies::code(response) == Some(replies::CALL_IS_OVER) {
        return Ok(());
    }
    replies::expect_success(what, response)
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
