//! `<Gather>`: plays a prompt and takes keys or speech.

use std::time::Duration;

use super::{Address, Audio, Flow, Goto};
use crate::live::leg::{Act, Doing, Interrupt, Leg};
use crate::people::behaviour::Reply;
use crate::people::draw::seconds;
use crate::twiml::TwimlError;
use crate::twiml::attributes::Attributes;
use crate::twiml::xml::Element;

/// How long a person takes from one key to the next.
const BETWEEN_KEYS: Duration = Duration::from_millis(300);

/// `<Gather>`.
#[derive(Clone, Debug)]
pub(crate) struct Gather {
    keys: bool,
    speech: bool,
    action: Address,
    timeout: Duration,
    speech_timeout: Duration,
    finish_on_key: String,
    digits_max: Option<u32>,
    action_on_empty: bool,
    prompt: Vec<Audio>,
}

/// What came in.
enum Input {
    Keys { keys: String, finished: Option<char> },
    Speech(String),
    Nothing,
}

impl Gather {
    pub(crate) fn read(element: &Element) -> Result<Self, TwimlError> {
        let mut attributes = Attributes::of(element);
        let input = attributes.words_of("input", &["dtmf", "speech"])?.unwrap_or_else(|| vec!["dtmf"]);
        let method = attributes.method("method")?;
        let timeout = attributes.number_or_auto("timeout", 0..=3_600, 5)?.unwrap_or(5);
        let speech_timeout = attributes.number_or_auto("speechTimeout", 0..=60, 1)?.unwrap_or(timeout);
        attributes.number("maxSpeechTime", 1..=60)?;
        attributes.method("partialResultCallbackMethod")?;
        attributes.boolean("profanityFilter")?;
        attributes.boolean("bargeIn")?;
        attributes.boolean("enhanced")?;
        attributes.accept(&["partialResultCallback", "language", "hints", "speechModel", "debug"]);
        let gather = Self {
            keys: input.contains(&"dtmf"),
            speech: input.contains(&"speech"),
            action: Address::new(attributes.text("action").unwrap_or_default(), method),
            timeout: Duration::from_secs(timeout.into()),
            speech_timeout: Duration::from_secs(speech_timeout.into()),
            finish_on_key: attributes.keys("finishOnKey")?.unwrap_or("#").to_owned(),
            digits_max: attributes.number("numDigits", 1..=u32::MAX)?,
            action_on_empty: attributes.boolean("actionOnEmptyResult")?.unwrap_or(false),
            prompt: element.elements_only()?.map(prompt).collect::<Result<_, _>>()?,
        };
        attributes.finish()?;
        Ok(gather)
    }

    pub(crate) async fn run(&self, leg: &mut Leg) -> Result<Flow, Interrupt> {
        let input = self.listen(leg).await?;
        let params = match input {
            Input::Nothing if !self.action_on_empty => return Ok(Flow::Next),
            Input::Nothing => vec![("Digits".to_owned(), String::new())],
            Input::Speech(text) => {
                vec![("SpeechResult".to_owned(), text), ("Confidence".to_owned(), "0.9287".to_owned())]
            }
            Input::Keys { keys, finished } => {
                let mut params = vec![("Digits".to_owned(), keys)];
                params.extend(finished.map(|key| ("FinishedOnKey".to_owned(), key.to_string())));
                params
            }
        };
        let mut params = params;
        params.push(("msg".to_owned(), "Gather End".to_owned()));
        Ok(Flow::Goto(Goto { hook: self.action.resolve(leg).await?, params }))
    }

    async fn listen(&self, leg: &mut Leg) -> Result<Input, Interrupt> {
        leg.listens = self.speech;
        let input = self.take(leg).await;
        leg.listens = false;
        match input {
            // Speech breaks off the prompt, and ends with silence.
            Err(Interrupt::Said(text, takes)) => {
                leg.wait(takes + self.speech_timeout).await?;
                Ok(Input::Speech(text))
            }
            other => other,
        }
    }

    async fn take(&self, leg: &mut Leg) -> Result<Input, Interrupt> {
        let reply = leg.next_reply();
        if let Reply::Say { text, after_seconds, interrupts: true } = &reply
            && self.speech
        {
            let at = leg.elapsed() + seconds(*after_seconds);
            leg.acts.push(Act { at, doing: Doing::Say(text.clone()) });
            for audio in &self.prompt {
                audio.run(leg).await?;
            }
            return self.missed(leg).await;
        }
        if let Reply::Press { keys, after_seconds, interrupts: true } = &reply
            && self.keys
        {
            let heard_out = self.play_until(leg, seconds(*after_seconds)).await?;
            return match heard_out {
                Some(left) if left > self.timeout => self.missed(leg).await,
                Some(left) => {
                    leg.wait(left).await?;
                    self.typed(leg, keys).await
                }
                None => self.typed(leg, keys).await,
            };
        }
        for audio in &self.prompt {
            audio.run(leg).await?;
        }
        match &reply {
            Reply::Press { keys, after_seconds, .. }
                if self.keys && seconds(*after_seconds) <= self.timeout =>
            {
                leg.wait(seconds(*after_seconds)).await?;
                self.typed(leg, keys).await
            }
            Reply::Say { text, after_seconds, .. }
                if self.speech && seconds(*after_seconds) <= self.timeout =>
            {
                leg.wait(seconds(*after_seconds)).await?;
                leg.did("said", text.clone());
                leg.wait(spoken(text) + self.speech_timeout).await?;
                Ok(Input::Speech(text.clone()))
            }
            Reply::Press { .. } | Reply::Say { .. } | Reply::Silence => self.missed(leg).await,
        }
    }

    /// Plays the prompt for at most `span`; what was left of the span if the prompt ended first.
    async fn play_until(&self, leg: &mut Leg, span: Duration) -> Result<Option<Duration>, Interrupt> {
        let until = leg.elapsed() + span;
        leg.key_at = Some(until);
        for audio in &self.prompt {
            match audio.run(leg).await {
                Ok(()) => {}
                Err(Interrupt::Key) => return Ok(None),
                Err(other) => {
                    leg.key_at = None;
                    return Err(other);
                }
            }
        }
        leg.key_at = None;
        Ok(Some(until.saturating_sub(leg.elapsed())))
    }

    async fn missed(&self, leg: &mut Leg) -> Result<Input, Interrupt> {
        leg.wait(self.timeout).await?;
        Ok(Input::Nothing)
    }

    async fn typed(&self, leg: &mut Leg, keys: &str) -> Result<Input, Interrupt> {
        let mut typed = String::new();
        for (index, key) in keys.chars().enumerate() {
            if index > 0 {
                leg.wait(BETWEEN_KEYS).await?;
            }
            leg.did("pressed", key.to_string());
            if self.finish_on_key.contains(key) {
                let finished = Some(key);
                return Ok(match typed.is_empty() && !self.action_on_empty {
                    true => Input::Nothing,
                    false => Input::Keys { keys: typed, finished },
                });
            }
            typed.push(key);
            if self.digits_max.is_some_and(|max| typed.len() as u64 >= u64::from(max)) {
                return Ok(Input::Keys { keys: typed, finished: None });
            }
        }
        leg.wait(self.timeout).await?;
        Ok(match typed.is_empty() {
            true => Input::Nothing,
            false => Input::Keys { keys: typed, finished: None },
        })
    }
}

fn prompt(element: &Element) -> Result<Audio, TwimlError> {
    match element.name.as_str() {
        "Say" | "Play" | "Pause" => Audio::read(element),
        other => Err(TwimlError::schema(format!("<Gather> may not contain <{other}>"))),
    }
}

/// How long a person takes to say something.
pub(crate) fn spoken(text: &str) -> Duration {
    seconds(0.3 + text.chars().count() as f64 / 13.0)
}
