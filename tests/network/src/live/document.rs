//! Fetching instructions, and what happens when that fails.

use std::time::{Duration, Instant};

use super::stay::Stayed;
use crate::live::leg::{Interrupt, Leg};
use crate::people::draw::seconds;
use crate::twilio::create::Source;
use crate::twilio::form::Hook;
use crate::twiml::verbs::{Audio, Goto, media_length};
use crate::twiml::{self, DOCUMENT_BYTES_MAX, Flow, Verb};
use crate::webhook::{Failure, Response};

/// What a person hears when instructions cannot be had.
const APOLOGY: &str = "We are sorry, an application error has occurred. Goodbye.";
/// Longest audio file that is fetched.
const MEDIA_BYTES_MAX: usize = 40 * 1024 * 1024;

/// How often in a row a document heard aside may lead to another without a sound.
const SILENT_TURNS_MAX: u32 = 20;

/// From the end of a file to its beginning.
const BETWEEN_TURNS: Duration = Duration::from_millis(100);

/// Why there are no instructions, under Twilio's code.
struct Fault {
    code: u32,
    message: String,
    url: Option<String>,
}

impl Leg {
    /// Follows instructions until there are none left; why the call ends.
    pub(crate) async fn follow(&mut self, mut source: Source) -> Interrupt {
        loop {
            let interrupt = match source {
                Source::Hook(hook) => self.follow_documents(Err(Goto { hook, params: Vec::new() })).await,
                Source::Twiml(text) => self.follow_documents(Ok(text)).await,
                Source::Conference(joining) => match self.stay(&joining).await {
                    Ok(Stayed::Left | Stayed::Failed) => Interrupt::Finished,
                    Err(interrupt) => interrupt,
                },
                Source::Nothing => Interrupt::Finished,
            };
            let Interrupt::Redirect(other) = interrupt else { return interrupt };
            source = *other;
        }
    }

    async fn follow_documents(&mut self, mut next: Result<String, Goto>) -> Interrupt {
        loop {
            let (verbs, url) = match self.instructions(next).await {
                Ok(found) => found,
                Err(interrupt) => return interrupt,
            };
            self.document_url = url;
            if self.caller.is_some() && matches!(verbs.first(), Some(Verb::Reject)) {
                return Interrupt::Rejected;
            }
            self.pick_up_the_caller();
            next = match self.carry_out(&verbs).await {
                Ok(Flow::Goto(goto)) => Err(goto),
                Ok(Flow::Next) => return Interrupt::Finished,
                Ok(Flow::HangUp) => return Interrupt::SaidHangUp,
                Err(interrupt) => return interrupt,
            };
        }
    }

    /// A call that came in rings until its first verb.
    fn pick_up_the_caller(&mut self) {
        if let Some(caller) = self.caller.take() {
            self.picked_up(&caller);
        }
    }

    async fn carry_out(&mut self, verbs: &[Verb]) -> Result<Flow, Interrupt> {
        for verb in verbs {
            match verb.run(self).await? {
                Flow::Next => {}
                leave @ (Flow::Goto(_) | Flow::HangUp) => return Ok(leave),
            }
        }
        Ok(Flow::Next)
    }

    /// Reads the next document; when that fails the fallback's, once; when that fails too the call is over.
    async fn instructions(
        &mut self,
        next: Result<String, Goto>,
    ) -> Result<(Vec<Verb>, Option<url::Url>), Interrupt> {
        let fault = match next {
            Ok(text) => match twiml::read(&text) {
                Ok(verbs) => return Ok((verbs, None)),
                Err(error) => Fault { code: error.code, message: error.message, url: None },
            },
            Err(goto) => match self.fetch(&goto).await {
                Ok(verbs) => return Ok((verbs, Some(goto.hook.url))),
                Err(fault) => fault,
            },
        };
        let Some(fallback) = self.fallback.take() else {
            return Err(self.broken(fault.code, fault.message, fault.url).await);
        };
        self.net.journal.alert(fault.code, fault.message, &self.sid, fault.url.clone());
        let params = vec![
            ("ErrorCode".to_owned(), fault.code.to_string()),
            ("ErrorUrl".to_owned(), fault.url.unwrap_or_default()),
        ];
        let goto = Goto { hook: fallback, params };
        match self.fetch(&goto).await {
            Ok(verbs) => Ok((verbs, Some(goto.hook.url))),
            Err(fault) => Err(self.broken(fault.code, fault.message, fault.url).await),
        }
    }

    async fn fetch(&mut self, goto: &Goto) -> Result<Vec<Verb>, Fault> {
        let url = Some(goto.hook.url.to_string());
        let fault = |code, message: String| Fault { code, message, url: url.clone() };
        self.documents += 1;
        if self.documents > self.settings.documents_max {
            return Err(fault(11200, format!("{} documents in one call look like a loop", self.documents)));
        }
        let response = self.ask("voice", &goto.hook, &goto.params, DOCUMENT_BYTES_MAX).await;
        let response = successful(response).map_err(|(code, message)| fault(code, message))?;
        document(&response).map_err(|(code, message)| fault(code, message))
    }

    /// Plays what is found at an address beside the call's instructions: audio, again and again unless it is to be
    /// heard once, or a document of the few verbs that are allowed there, until it runs out of them.
    pub(crate) async fn follow_aside(
        &mut self,
        purpose: &'static str,
        hook: &Hook,
        aside: Aside,
    ) -> Result<(), Interrupt> {
        let mut goto = Goto { hook: hook.clone(), params: Vec::new() };
        let mut silent_turns = 0;
        loop {
            let verbs = match self.fetch_aside(purpose, &goto.hook).await {
                Ok(Found::Verbs(verbs)) => verbs,
                Ok(Found::Audio(length)) => {
                    let url = goto.hook.url.to_string();
                    loop {
                        self.play("play", url.clone(), length).await?;
                        match aside {
                            // A file without sound must not make this spin.
                            Aside::UntilChanged => self.wait(BETWEEN_TURNS).await?,
                            Aside::Once => return Ok(()),
                        }
                    }
                }
                Err((code, message)) => {
                    self.net.journal.alert(code, message, &self.sid, Some(goto.hook.url.to_string()));
                    return Err(Interrupt::NoWait);
                }
            };
            self.document_url = Some(goto.hook.url.clone());
            let began = self.elapsed();
            let Some(next) = self.carry_out_aside(&verbs).await? else { return Ok(()) };
            goto = next;
            silent_turns = if self.elapsed() > began { 0 } else { silent_turns + 1 };
            if silent_turns > SILENT_TURNS_MAX {
                let message = "documents that redirect to each other and play nothing look like a loop";
                self.net.journal.alert(11200, message.to_owned(), &self.sid, Some(goto.hook.url.to_string()));
                return Err(Interrupt::NoWait);
            }
        }
    }

    async fn carry_out_aside(&mut self, verbs: &[Verb]) -> Result<Option<Goto>, Interrupt> {
        for verb in verbs {
            match verb {
                Verb::Audio(audio) => audio.run(self).await?,
                Verb::Redirect(redirect) => match redirect.run(self).await? {
                    Flow::Goto(goto) => return Ok(Some(goto)),
                    Flow::Next | Flow::HangUp => {}
                },
                // Refused when the document was read.
                Verb::Gather(_) | Verb::Record(_) | Verb::Dial(_) | Verb::HangUp | Verb::Reject => {}
            }
        }
        Ok(None)
    }

    async fn fetch_aside(&mut self, purpose: &'static str, hook: &Hook) -> Result<Found, (u32, String)> {
        let response = successful(self.ask(purpose, hook, &[], MEDIA_BYTES_MAX).await)?;
        if let Some(length) = media_length(&response) {
            return Ok(Found::Audio(length));
        }
        let verbs = document(&response)?;
        let allowed = |verb: &Verb| match verb {
            Verb::Audio(Audio::Say { .. } | Audio::Play { .. } | Audio::Pause(_)) | Verb::Redirect(_) => true,
            Verb::Audio(Audio::Digits { .. }) => false,
            Verb::Gather(_) | Verb::Record(_) | Verb::Dial(_) | Verb::HangUp | Verb::Reject => false,
        };
        match verbs.iter().all(allowed) {
            true => Ok(Found::Verbs(verbs)),
            false => Err((13238, "only <Play>, <Say>, <Pause> and <Redirect> may be heard here".to_owned())),
        }
    }

    /// Sends one request of this call and waits for its answer, which takes the time it takes.
    async fn ask(
        &mut self,
        purpose: &'static str,
        hook: &Hook,
        extra: &[(String, String)],
        bytes_max: usize,
    ) -> Result<Response, Failure> {
        let mut outgoing = self.outgoing(purpose, hook, self.params(extra));
        outgoing.body_bytes_max = bytes_max;
        let began = Instant::now();
        let answer = self.net.webhooks.send(&outgoing).await;
        self.advance(began.elapsed());
        if purpose == "voice"
            && self.settings.faults.voice_duplicated(self.person(), self.attempt, self.documents)
        {
            outgoing.fault = Some("duplicated");
            // Its answer is nobody's; that it was asked is the point.
            let _ = self.net.webhooks.send(&outgoing).await;
        }
        answer
    }

    /// How long a file plays, fetched once per address.
    pub(crate) async fn media(&mut self, hook: &Hook) -> Result<Duration, Interrupt> {
        if let Some(length) = self.net.media(&hook.url) {
            return Ok(length);
        }
        let mut outgoing = self.outgoing("play", hook, Vec::new());
        outgoing.body_bytes_max = MEDIA_BYTES_MAX;
        let began = Instant::now();
        let answer = self.net.webhooks.send(&outgoing).await;
        self.advance(began.elapsed());
        let (code, message) = match answer {
            Ok(response) if (200..300).contains(&response.status) => match media_length(&response) {
                Some(length) => {
                    self.net.keep_media(&hook.url, length);
                    return Ok(length);
                }
                None => (12300, format!("{:?} is not audio that can be played", response.content_type)),
            },
            Ok(response) => (11200, format!("the audio was answered {}", response.status)),
            Err(failure) => (11200, failure.to_string()),
        };
        Err(self.broken(code, message, Some(hook.url.to_string())).await)
    }

    /// Notes an error that ends the call, and lets the called side hear that there was one.
    pub(crate) async fn broken(&mut self, code: u32, message: String, url: Option<String>) -> Interrupt {
        self.net.journal.alert(code, message, &self.sid, url);
        self.pick_up_the_caller();
        match self.play("application_error", APOLOGY.to_owned(), seconds(3.5)).await {
            Ok(()) => Interrupt::Broken,
            Err(Interrupt::Redirect(source)) => Interrupt::Redirect(source),
            Err(_) => Interrupt::Broken,
        }
    }

    /// Reports to an action after the called side is gone; the answer is read by nobody.
    pub(crate) async fn farewell(&mut self, goto: Goto) {
        let answer = self.ask("voice", &goto.hook, &goto.params, DOCUMENT_BYTES_MAX).await;
        let problem = match answer {
            Ok(response) if (200..300).contains(&response.status) => return,
            Ok(response) => format!("answered {}", response.status),
            Err(failure) => failure.to_string(),
        };
        self.net.journal.alert(11200, problem, &self.sid, Some(goto.hook.url.to_string()));
    }
}

/// How often what is heard aside is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aside {
    UntilChanged,
    Once,
}

/// What is found at an address that is heard aside.
enum Found {
    Audio(Duration),
    Verbs(Vec<Verb>),
}

/// A 2xx answer, or what is wrong, under Twilio's code.
fn successful(answer: Result<Response, Failure>) -> Result<Response, (u32, String)> {
    match answer {
        Ok(response) if (200..300).contains(&response.status) => Ok(response),
        Ok(response) => Err((11200, format!("answered {}", response.status))),
        Err(Failure::TooLarge(bytes)) => Err((11750, format!("longer than {bytes} bytes"))),
        Err(failure @ (Failure::Connect(_) | Failure::Timeout | Failure::Other(_))) => {
            Err((11200, failure.to_string()))
        }
    }
}

fn document(response: &Response) -> Result<Vec<Verb>, (u32, String)> {
    let essence = response.content_type.as_deref().unwrap_or_default().split(';').next().unwrap_or_default();
    if !["text/xml", "application/xml", "text/html"].contains(&essence.trim()) {
        return Err((12300, format!("the content type is {essence:?}, not text/xml")));
    }
    let text = std::str::from_utf8(&response.body).map_err(|_| (12100, "not UTF-8".to_owned()))?;
    twiml::read(text).map_err(|error| (error.code, error.message))
}
