//! TwiML: what we tell Twilio to do with a call.
//!
//! Types allow what Twilio allows (a `Gather` holds no `Dial`), limits are checked before Twilio sees a document,
//! and text is escaped by the XML writer. Characters that XML cannot carry are dropped: a control character in
//! somebody's name must not silence their call.

use std::borrow::Cow;
use std::io;

use quick_xml::events::{BytesDecl, BytesText, Event};
use quick_xml::writer::Writer;

/// One `Say` holds at most this many characters.
pub const SAY_CHARS_MAX: usize = 4096;
/// A document holds at most this many bytes.
pub const DOCUMENT_BYTES_MAX: usize = 64 * 1024;
/// A document that is passed within a REST request holds at most this many characters.
pub const INLINE_CHARS_MAX: usize = 4000;

/// Twilio would refuse the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TwimlError {
    /// Nothing to say.
    #[error("a Say is empty")]
    EmptySay,
    /// Too long for one `Say`.
    #[error("a Say holds more than {SAY_CHARS_MAX} characters")]
    SayTooLong,
    /// Too long as a whole.
    #[error("the document holds more than {DOCUMENT_BYTES_MAX} bytes")]
    TooLong,
    /// Twilio never gets past a `Redirect` or `Hangup`.
    #[error("a verb stands after the end of the call flow")]
    Unreachable,
}

/// Speak a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Say {
    /// The text, plain.
    pub text: String,
    /// BCP 47, as `de-DE`; Twilio's default if absent.
    pub language: Option<String>,
    /// As `Polly.Vicki-Neural`; Twilio's default for the language if absent.
    pub voice: Option<String>,
}

/// What can be heard, also while waiting for keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// A spoken text.
    Say(Say),
    /// An audio file.
    Play {
        /// Its address.
        url: String,
    },
    /// Silence.
    Pause {
        /// How long.
        seconds: u8,
    },
}

/// What the caller may do in a [`Gather`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Press keys.
    Keys,
    /// Speak.
    Speech,
    /// Either.
    KeysOrSpeech,
}

/// Wait for keys or words while prompts are heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gather {
    /// Keys, words or both.
    pub input: Input,
    /// Where the reply goes, and the lack of one.
    pub action: String,
    /// Stop after this many keys.
    pub keys_max: Option<u8>,
    /// A key that ends the input; with `None`, every key is input.
    pub finish_key: Option<char>,
    /// How long to wait after the last prompt or key, seconds.
    pub wait_seconds: u8,
    /// The language of words, BCP 47.
    pub language: Option<String>,
    /// Words that are likely to be spoken.
    pub hints: Vec<String>,
    /// What is heard meanwhile.
    pub prompts: Vec<Prompt>,
}

/// Record what the caller says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where the call goes on.
    pub action: String,
    /// Where the finished file is reported.
    pub recording_callback: String,
    /// At most, seconds.
    pub seconds_max: u16,
    /// Silence that ends it, seconds.
    pub silence_seconds: u8,
    /// Beep first.
    pub beep: bool,
}

/// Connect the call with somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dial {
    /// With whom.
    pub to: DialTo,
    /// Where the call goes on afterwards.
    pub action: Option<String>,
    /// The number that is shown.
    pub caller_id: Option<String>,
    /// How long it may ring, seconds.
    pub ring_seconds_max: u16,
}

/// With whom a call is connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialTo {
    /// A number.
    Number(String),
    /// A conference.
    Conference(Conference),
}

/// A conference, made when the first one enters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conference {
    /// Its name, unique within the account.
    pub name: String,
    /// Whether it begins when this one enters; until it does, music plays.
    pub start_on_enter: bool,
    /// Whether it ends when this one leaves.
    pub end_on_exit: bool,
    /// What those who wait hear.
    pub wait: Wait,
    /// Where start, end, join and leave are reported.
    pub status_callback: Option<String>,
    /// What this one is called in it.
    pub label: Option<String>,
    /// Whether this one is not heard.
    pub muted: bool,
    /// The leg that alone hears this one.
    pub coach: Option<String>,
    /// Where its recording is reported; it is recorded from its start on if there is such an address.
    pub recording_callback: Option<String>,
}

/// What those who wait for a conference to begin hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Twilio's music.
    Music,
    /// Nothing.
    Silence,
    /// What the document at this address says.
    Url(String),
}

/// One step of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Let something be heard.
    Prompt(Prompt),
    /// Ask for keys or words.
    Gather(Gather),
    /// The same, but where nothing is pressed or said in time, the next verb follows and nobody is told.
    GatherOrPass(Gather),
    /// Record.
    Record(Record),
    /// Connect.
    Dial(Dial),
    /// Go on with another document.
    Redirect {
        /// Its address.
        url: String,
    },
    /// End the call.
    Hangup,
}

/// A document that Twilio accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twiml(String);

/// The type of a document in an HTTP answer.
pub const CONTENT_TYPE: &str = "text/xml; charset=utf-8";

impl Twiml {
    /// Write a document. Without verbs, Twilio ends the call.
    ///
    /// # Errors
    /// [`TwimlError`] where Twilio would refuse it.
    pub fn new(verbs: &[Verb]) -> Result<Self, TwimlError> {
        check(verbs)?;
        let mut writer = Writer::new(Vec::new());
        document(&mut writer, verbs).expect("writing to memory does not fail");
        let xml = String::from_utf8(writer.into_inner()).expect("strings in, a string out");
        if xml.len() > DOCUMENT_BYTES_MAX { Err(TwimlError::TooLong) } else { Ok(Self(xml)) }
    }

    /// The document that ends a call.
    #[must_use]
    pub fn hang_up() -> Self {
        Self(r#"<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>"#.to_owned())
    }

    /// The XML.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Twiml> for String {
    fn from(twiml: Twiml) -> Self {
        twiml.0
    }
}

fn check(verbs: &[Verb]) -> Result<(), TwimlError> {
    let mut over = false;
    for verb in verbs {
        if over {
            return Err(TwimlError::Unreachable);
        }
        match verb {
            Verb::Prompt(prompt) => check_prompt(prompt)?,
            Verb::Gather(gather) | Verb::GatherOrPass(gather) => {
                gather.prompts.iter().try_for_each(check_prompt)?
            }
            Verb::Redirect { .. } | Verb::Hangup => over = true,
            Verb::Record(_) | Verb::Dial(_) => {}
        }
    }
    Ok(())
}

fn check_prompt(prompt: &Prompt) -> Result<(), TwimlError> {
    match prompt {
        Prompt::Say(say) if say.text.trim().is_empty() => Err(TwimlError::EmptySay),
        Prompt::Say(say) if say.text.chars().count() > SAY_CHARS_MAX => Err(TwimlError::SayTooLong),
        Prompt::Say(_) | Prompt::Play { .. } | Prompt::Pause { .. } => Ok(()),
    }
}

/// Text without the characters that XML 1.0 cannot carry, not even escaped.
fn sayable(text: &str) -> Cow<'_, str> {
    let odd = |c: char| (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}');
    if text.contains(odd) {
        text.chars().filter(|c| !odd(*c)).collect::<String>().into()
    } else {
        text.into()
    }
}

/// An element under construction: attributes that are absent are left out.
struct Element<'w> {
    writer: &'w mut Writer<Vec<u8>>,
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
}

impl<'w> Element<'w> {
    fn new(writer: &'w mut Writer<Vec<u8>>, name: &'static str) -> Self {
        Self { writer, name, attributes: Vec::new() }
    }

    fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.attributes.push((name, sayable(&value.to_string()).into_owned()));
        self
    }

    fn with_some(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    fn open(&mut self) -> quick_xml::writer::ElementWriter<'_, Vec<u8>> {
        let attributes = self.attributes.iter().map(|(name, value)| (*name, value.as_str()));
        self.writer.create_element(self.name).with_attributes(attributes)
    }

    fn empty(mut self) -> io::Result<()> {
        self.open().write_empty().map(drop)
    }

    fn text(mut self, text: &str) -> io::Result<()> {
        self.open().write_text_content(BytesText::new(&sayable(text))).map(drop)
    }

    fn around(mut self, inner: impl FnOnce(&mut Writer<Vec<u8>>) -> io::Result<()>) -> io::Result<()> {
        self.open().write_inner_content(inner).map(drop)
    }
}

fn document(writer: &mut Writer<Vec<u8>>, verbs: &[Verb]) -> io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    Element::new(writer, "Response")
        .around(|writer| verbs.iter().try_for_each(|verb| write_verb(writer, verb)))
}

fn write_prompt(writer: &mut Writer<Vec<u8>>, prompt: &Prompt) -> io::Result<()> {
    match prompt {
        Prompt::Say(Say { text, language, voice }) => Element::new(writer, "Say")
            .with_some("voice", voice.as_ref())
            .with_some("language", language.as_ref())
            .text(text),
        Prompt::Play { url } => Element::new(writer, "Play").text(url),
        Prompt::Pause { seconds } => Element::new(writer, "Pause").with("length", seconds).empty(),
    }
}

fn write_verb(writer: &mut Writer<Vec<u8>>, verb: &Verb) -> io::Result<()> {
    match verb {
        Verb::Prompt(prompt) => write_prompt(writer, prompt),
        Verb::Gather(gather) => write_gather(writer, gather, true),
        Verb::GatherOrPass(gather) => write_gather(writer, gather, false),
        Verb::Record(record) => Element::new(writer, "Record")
            .with("action", &record.action)
            .with("method", "POST")
            .with("maxLength", record.seconds_max)
            .with("timeout", record.silence_seconds)
            .with("playBeep", record.beep)
            .with("recordingStatusCallback", &record.recording_callback)
            .with("recordingStatusCallbackEvent", "completed absent")
            .empty(),
        Verb::Dial(dial) => write_dial(writer, dial),
        Verb::Redirect { url } => Element::new(writer, "Redirect").with("method", "POST").text(url),
        Verb::Hangup => Element::new(writer, "Hangup").empty(),
    }
}

fn write_gather(writer: &mut Writer<Vec<u8>>, gather: &Gather, silence_is_told: bool) -> io::Result<()> {
    let input = match gather.input {
        Input::Keys => "dtmf",
        Input::Speech => "speech",
        Input::KeysOrSpeech => "dtmf speech",
    };
    Element::new(writer, "Gather")
        .with("input", input)
        .with("action", &gather.action)
        .with("method", "POST")
        // Unless silence is a reply too, Twilio goes on with the next verb and tells nobody.
        .with_some("actionOnEmptyResult", silence_is_told.then_some(true))
        .with_some("numDigits", gather.keys_max)
        // Twilio's default is `#`; an empty one makes every key input.
        .with("finishOnKey", gather.finish_key.map(String::from).unwrap_or_default())
        .with("timeout", gather.wait_seconds)
        .with_some("language", gather.language.as_ref())
        .with_some("hints", (!gather.hints.is_empty()).then(|| gather.hints.join(",")))
        .around(|writer| gather.prompts.iter().try_for_each(|prompt| write_prompt(writer, prompt)))
}

fn write_dial(writer: &mut Writer<Vec<u8>>, dial: &Dial) -> io::Result<()> {
    Element::new(writer, "Dial")
        .with_some("action", dial.action.as_ref())
        .with_some("callerId", dial.caller_id.as_ref())
        .with("timeout", dial.ring_seconds_max)
        .around(|writer| match &dial.to {
            DialTo::Number(number) => Element::new(writer, "Number").text(number),
            DialTo::Conference(conference) => {
                let callback = conference.status_callback.as_ref();
                Element::new(writer, "Conference")
                    .with("startConferenceOnEnter", conference.start_on_enter)
                    .with("endConferenceOnExit", conference.end_on_exit)
                    .with("beep", false)
                    .with_some(
                        "waitUrl",
                        match &conference.wait {
                            Wait::Music => None,
                            Wait::Silence => Some(""),
                            Wait::Url(url) => Some(url.as_str()),
                        },
                    )
                    .with_some("participantLabel", conference.label.as_ref())
                    .with_some("muted", conference.muted.then_some(true))
                    .with_some("coach", conference.coach.as_ref())
                    .with_some("statusCallback", callback)
                    .with_some("statusCallbackEvent", callback.map(|_| "start end join leave"))
                    .with_some("record", conference.recording_callback.as_ref().map(|_| "record-from-start"))
                    .with_some("recordingStatusCallback", conference.recording_callback.as_ref())
                    .text(&conference.name)
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(text: &str) -> Prompt {
        Prompt::Say(Say {
            text: text.into(),
            language: Some("de-DE".into()),
            voice: Some("Polly.Vicki-Neural".into()),
        })
    }

    fn write(verbs: &[Verb]) -> String {
        // One element a line, for eyes.
        Twiml::new(verbs).expect("valid").as_str().replace("><", ">\n<")
    }

    #[test]
    fn a_menu_with_a_hostile_name() {
        let gather = Gather {
            input: Input::Keys,
            action: "https://voice.example/twilio/voice/acme.cmp_1.con_2.1/gather?round=1&x=\"y\"".into(),
            keys_max: Some(1),
            finish_key: None,
            wait_seconds: 5,
            language: None,
            hints: vec![],
            prompts: vec![
                say("Guten Tag, <Hangup/> O'Brien & \"Söhne\"\u{0}\u{8} ]]> \u{1f600}"),
                Prompt::Pause { seconds: 1 },
            ],
        };
        let verbs = [Verb::Prompt(say("Hallo")), Verb::Gather(gather), Verb::Hangup];
        insta::assert_snapshot!(write(&verbs), @r##"
        <?xml version="1.0" encoding="UTF-8"?>
        <Response>
        <Say voice="Polly.Vicki-Neural" language="de-DE">Hallo</Say>
        <Gather input="dtmf" action="https://voice.example/twilio/voice/acme.cmp_1.con_2.1/gather?round=1&amp;x=&quot;y&quot;" method="POST" actionOnEmptyResult="true" numDigits="1" finishOnKey="" timeout="5">
        <Say voice="Polly.Vicki-Neural" language="de-DE">Guten Tag, &lt;Hangup/&gt; O&apos;Brien &amp; &quot;Söhne&quot; ]]&gt; 😀</Say>
        <Pause length="1"/>
        </Gather>
        <Hangup/>
        </Response>
        "##);
    }

    #[test]
    fn everything_else_that_can_be_said() {
        let verbs = [
            Verb::Prompt(Prompt::Play { url: "https://cdn.example/a.mp3?x=1&y=2".into() }),
            Verb::Gather(Gather {
                input: Input::KeysOrSpeech,
                action: "/next".into(),
                keys_max: None,
                finish_key: Some('#'),
                wait_seconds: 3,
                language: Some("en-GB".into()),
                hints: vec!["yes".into(), "no".into()],
                prompts: vec![],
            }),
            Verb::Record(Record {
                action: "/next".into(),
                recording_callback: "/recording".into(),
                seconds_max: 180,
                silence_seconds: 5,
                beep: true,
            }),
            Verb::Dial(Dial {
                to: DialTo::Conference(Conference {
                    name: "room <1>".into(),
                    start_on_enter: false,
                    end_on_exit: true,
                    wait: Wait::Silence,
                    status_callback: Some("/conference".into()),
                    label: Some("agent-2".into()),
                    muted: true,
                    coach: Some("CA0".into()),
                    recording_callback: Some("/recording".into()),
                }),
                action: None,
                caller_id: None,
                ring_seconds_max: 20,
            }),
            Verb::Dial(Dial {
                to: DialTo::Number("+15005550006".into()),
                action: Some("/after".into()),
                caller_id: Some("+15005550001".into()),
                ring_seconds_max: 20,
            }),
            Verb::Redirect { url: "/again".into() },
        ];
        insta::assert_snapshot!(write(&verbs), @r##"
        <?xml version="1.0" encoding="UTF-8"?>
        <Response>
        <Play>https://cdn.example/a.mp3?x=1&amp;y=2</Play>
        <Gather input="dtmf speech" action="/next" method="POST" actionOnEmptyResult="true" finishOnKey="#" timeout="3" language="en-GB" hints="yes,no">
        </Gather>
        <Record action="/next" method="POST" maxLength="180" timeout="5" playBeep="true" recordingStatusCallback="/recording" recordingStatusCallbackEvent="completed absent"/>
        <Dial timeout="20">
        <Conference startConferenceOnEnter="false" endConferenceOnExit="true" beep="false" waitUrl="" participantLabel="agent-2" muted="true" coach="CA0" statusCallback="/conference" statusCallbackEvent="start end join leave" record="record-from-start" recordingStatusCallback="/recording">room &lt;1&gt;</Conference>
        </Dial>
        <Dial action="/after" callerId="+15005550001" timeout="20">
        <Number>+15005550006</Number>
        </Dial>
        <Redirect method="POST">/again</Redirect>
        </Response>
        "##);
    }

    #[test]
    fn what_twilio_would_refuse_is_refused_here() {
        let said = |text: &str| Twiml::new(&[Verb::Prompt(say(text))]);
        assert!(said(&"ü".repeat(SAY_CHARS_MAX)).is_ok());
        assert_eq!(said(&"ü".repeat(SAY_CHARS_MAX + 1)), Err(TwimlError::SayTooLong));
        assert_eq!(said(" \n"), Err(TwimlError::EmptySay));
        let long = Verb::Prompt(say(&"&".repeat(SAY_CHARS_MAX)));
        assert_eq!(Twiml::new(&[long.clone(), long.clone(), long.clone(), long]), Err(TwimlError::TooLong));
        assert_eq!(Twiml::new(&[Verb::Hangup, Verb::Hangup]), Err(TwimlError::Unreachable));
        assert_eq!(Twiml::new(&[Verb::Hangup]), Ok(Twiml::hang_up()));
    }
}
