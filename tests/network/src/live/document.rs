//! Fetching instructions, and what happens when that fails.

use std::time::Instant;

use crate::live::leg::{Interrupt, Leg};
use crate::people::draw::seconds;
use crate::twilio::create::Source;
use crate::twilio::form::Hook;
use crate::twiml::{self, DOCUMENT_BYTES_MAX, Flow, Verb, verbs::Goto, verbs::media_length};
use crate::webhook::{Failure, Response};

/// What a person hears when instructions cannot be had.
const APOLOGY: &str = "We are sorry, an application error has occurred. Goodbye.";
/// Longest audio file that is fetched.
const MEDIA_BYTES_MAX: usize = 40 * 1024 * 1024;

/// Why there are no instructions, under Twilio's code.
struct Fault {
    code: u32,
    message: String,
    url: Option<String>,
}

impl Leg {
    /// Follows instructions until there are none left; why the call ends.
    pub(crate) async fn follow(&mut self, source: Source) -> Interrupt {
        let mut next = source_goto(source);
        loop {
            let (verbs, url) = match self.instructions(next).await {
                Ok(found) => found,
                Err(interrupt) => return interrupt,
            };
            self.document_url = url;
            next = match self.carry_out(&verbs).await {
                Ok(Flow::Goto(goto)) => Err(goto),
                Ok(Flow::Next | Flow::HangUp) => return Interrupt::Finished,
                Err(Interrupt::Redirect(source)) => source_goto(*source),
                Err(interrupt) => return interrupt,
            };
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
        let response = match response {
            Ok(response) if (200..300).contains(&response.status) => response,
            Ok(response) => return Err(fault(11200, format!("answered {}", response.status))),
            Err(Failure::TooLarge(bytes)) => return Err(fault(11750, format!("longer than {bytes} bytes"))),
            Err(failure @ (Failure::Connect(_) | Failure::Timeout | Failure::Other(_))) => {
                return Err(fault(11200, failure.to_string()));
            }
        };
        let essence =
            response.content_type.as_deref().unwrap_or_default().split(';').next().unwrap_or_default();
        if !["text/xml", "application/xml", "text/html"].contains(&essence.trim()) {
            return Err(fault(12300, format!("the content type is {essence:?}, not text/xml")));
        }
        let text = std::str::from_utf8(&response.body).map_err(|_| fault(12100, "not UTF-8".to_owned()))?;
        twiml::read(text).map_err(|error| fault(error.code, error.message))
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
            && self.settings.faults.voice_duplicated(&self.request.to, self.attempt, self.documents)
        {
            outgoing.fault = Some("duplicated");
            // Its answer is nobody's; that it was asked is the point.
            let _ = self.net.webhooks.send(&outgoing).await;
        }
        answer
    }

    /// How long a file plays, fetched once per address.
    pub(crate) async fn media(&mut self, hook: &Hook) -> Result<std::time::Duration, Interrupt> {
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

/// Instructions at hand, or where to ask for them.
fn source_goto(source: Source) -> Result<String, Goto> {
    match source {
        Source::Twiml(text) => Ok(text),
        Source::Hook(hook) => Err(Goto { hook, params: Vec::new() }),
    }
}
