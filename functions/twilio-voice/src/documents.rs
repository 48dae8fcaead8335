//! What is said to people and agents who are about to meet.

use carillon_domain::agents::live::{Guest, GuestRole, LiveCall};
use carillon_domain::agents::queue::HoldAudio;
use carillon_domain::campaign::ForwardPlan;
use carillon_domain::ids::LiveId;
use carillon_domain::phone::E164;
use carillon_domain::ports::CallId;
use carillon_domain::script::{CallScript, MergeFields};
use carillon_twilio::twiml::{
    Conference, Dial, DialTo, Gather, Input, Prompt, Record, Say, Twiml, TwimlError, Verb, Wait,
};
use carillon_twilio::urls::{Hook, LegHook, PublicUrl};

/// The key that takes a call.
pub const ACCEPT_KEY: char = '1';
/// How long an agent may think, seconds.
const THINK_SECONDS: u8 = 8;
/// How often a whisper is heard.
const WHISPERS: usize = 2;
/// How long a bit of hold audio without any sound is, seconds: how often agents are looked for.
const HOLD_SECONDS: u8 = 2;
/// How long a message may be that is left for us, seconds.
const MESSAGE_SECONDS_MAX: u16 = 180;

/// In which language, and in which voice.
#[derive(Clone, Debug, Default)]
pub struct Tongue {
    /// BCP 47; the provider's default if absent.
    pub language: Option<String>,
    /// The provider's name of a voice.
    pub voice: Option<String>,
}

impl Tongue {
    /// A campaign's.
    #[must_use]
    pub fn of(script: &CallScript) -> Self {
        Self { language: Some(script.language.clone()), voice: script.voice.clone() }
    }

    /// A text, spoken.
    #[must_use]
    pub fn say(&self, text: &str) -> Prompt {
        Prompt::Say(Say { text: text.to_owned(), language: self.language.clone(), voice: self.voice.clone() })
    }
}

/// The documents of one call.
#[derive(Clone, Copy)]
pub struct Documents<'a> {
    /// Which.
    pub live: &'a LiveId,
    /// Where we are reached.
    pub public: &'a PublicUrl,
    /// How we speak.
    pub tongue: &'a Tongue,
}

impl Documents<'_> {
    fn at(&self, hook: Hook) -> String {
        self.public.hook(self.live, hook)
    }

    /// The person goes into the conference, after what is said before. They hear hold audio until an agent comes, and
    /// the conference ends with them.
    ///
    /// # Errors
    /// If it would be longer than Twilio takes, which validated texts never are.
    pub fn person_in(&self, before: Option<&str>, record: bool) -> Result<Twiml, TwimlError> {
        let conference = Conference {
            name: self.live.to_string(),
            start_on_enter: false,
            end_on_exit: true,
            wait: Wait::Url(self.at(Hook::Wait { turn: 0 })),
            status_callback: Some(self.at(Hook::Conference)),
            label: Some("person".to_owned()),
            muted: false,
            coach: None,
            recording_callback: record.then(|| self.at(Hook::Recording)),
        };
        let mut verbs: Vec<Verb> =
            before.map(|text| Verb::Prompt(self.tongue.say(text))).into_iter().collect();
        verbs.push(self.dial(conference, Hook::Left));
        Twiml::new(&verbs)
    }

    /// The agent goes into the conference, which begins with them. It `ends` with them too, unless a colleague stays.
    ///
    /// # Errors
    /// As above.
    pub fn agent_in(&self, offer: u16, ends: bool) -> Result<Twiml, TwimlError> {
        let conference = Conference {
            name: self.live.to_string(),
            start_on_enter: true,
            end_on_exit: ends,
            wait: Wait::Silence,
            status_callback: None,
            label: Some(format!("agent-{offer}")),
            muted: false,
            coach: None,
            recording_callback: None,
        };
        Twiml::new(&[self.dial(conference, Hook::Agent { about: LegHook::Left, offer })])
    }

    /// Somebody joins the talk, heard by everybody, by the agent alone, or by nobody. The conference goes on without them.
    ///
    /// # Errors
    /// As above.
    pub fn guest_in(&self, guest: &Guest, agent: Option<&CallId>) -> Result<Twiml, TwimlError> {
        let conference = Conference {
            name: self.live.to_string(),
            start_on_enter: false,
            end_on_exit: false,
            wait: Wait::Silence,
            status_callback: None,
            label: Some(format!("guest-{}", guest.number)),
            muted: guest.invited.role == GuestRole::Listener,
            coach: agent.filter(|_| guest.invited.role == GuestRole::Whisperer).map(|leg| leg.0.clone()),
            recording_callback: None,
        };
        Twiml::new(&[self.dial(conference, Hook::Guest { about: LegHook::Left, guest: guest.number })])
    }

    /// The person is connected to a telephone outside.
    ///
    /// # Errors
    /// As above.
    pub fn connect(
        &self,
        forward: &ForwardPlan,
        from: &E164,
        before: Option<&str>,
    ) -> Result<Twiml, TwimlError> {
        let mut verbs: Vec<Verb> =
            before.map(|text| Verb::Prompt(self.tongue.say(text))).into_iter().collect();
        verbs.push(Verb::Dial(Dial {
            to: DialTo::Number(forward.number.as_str().to_owned()),
            action: Some(self.at(Hook::Forwarded)),
            caller_id: Some(from.as_str().to_owned()),
            ring_seconds_max: forward.ring_seconds,
        }));
        Twiml::new(&verbs)
    }

    fn dial(&self, conference: Conference, afterwards: Hook) -> Verb {
        Verb::Dial(Dial {
            to: DialTo::Conference(conference),
            action: Some(self.at(afterwards)),
            caller_id: None,
            ring_seconds_max: 30,
        })
    }

    /// The agent hears who it is, and says yes with a key.
    ///
    /// # Errors
    /// As above.
    pub fn whisper(&self, text: &str, offer: u16) -> Result<Twiml, TwimlError> {
        let once = [self.tongue.say(text), Prompt::Pause { seconds: 1 }];
        Twiml::new(&[Verb::Gather(Gather {
            input: Input::Keys,
            action: self.at(Hook::Agent { about: LegHook::Key, offer }),
            keys_max: Some(1),
            finish_key: None,
            wait_seconds: THINK_SECONDS,
            language: None,
            hints: Vec::new(),
            prompts: once.iter().cycle().take(once.len() * WHISPERS).cloned().collect(),
        })])
    }

    /// A second of silence, and the question once more.
    ///
    /// # Errors
    /// As above.
    pub fn ask_again(&self, before: Option<&str>, turn: u8) -> Result<Twiml, TwimlError> {
        let mut verbs: Vec<Verb> =
            before.map(|text| Verb::Prompt(self.tongue.say(text))).into_iter().collect();
        verbs.push(Verb::Prompt(Prompt::Pause { seconds: 1 }));
        verbs.push(Verb::Redirect { url: self.at(Hook::Again { turn }) });
        Twiml::new(&verbs)
    }

    /// The next bit of hold audio. Its end asks for another.
    ///
    /// # Errors
    /// As above.
    pub fn hold(&self, audio: &HoldAudio, fields: &MergeFields, turn: u16) -> Result<Twiml, TwimlError> {
        let mut verbs = Vec::new();
        // The words at first and then now and again; the audio always.
        if let Some(words) = audio.say.as_ref().filter(|_| turn.is_multiple_of(6)) {
            verbs.push(Verb::Prompt(self.tongue.say(&words.render(fields))));
        }
        verbs.push(Verb::Prompt(match &audio.play {
            Some(url) => Prompt::Play { url: url.clone() },
            None => Prompt::Pause { seconds: HOLD_SECONDS },
        }));
        verbs.push(Verb::Redirect { url: self.at(Hook::Wait { turn: turn.wrapping_add(1) }) });
        Twiml::new(&verbs)
    }

    /// Nobody is free for the person, who may say that they want no more calls.
    ///
    /// # Errors
    /// As above.
    pub fn sorry(&self, text: &str) -> Result<Twiml, TwimlError> {
        Twiml::new(&[Verb::Gather(Gather {
            input: Input::KeysOrSpeech,
            action: self.at(Hook::Refusal),
            keys_max: Some(1),
            finish_key: None,
            wait_seconds: 3,
            language: self.tongue.language.clone(),
            hints: Vec::new(),
            prompts: vec![self.tongue.say(text)],
        })])
    }

    /// A message for a machine, while somebody who is none may speak or press a key.
    ///
    /// # Errors
    /// As above.
    pub fn drop_message(&self, text: &str) -> Result<Twiml, TwimlError> {
        Twiml::new(&[Verb::Gather(Gather {
            input: Input::KeysOrSpeech,
            action: self.at(Hook::Rescue),
            keys_max: Some(1),
            finish_key: None,
            wait_seconds: 2,
            language: self.tongue.language.clone(),
            hints: Vec::new(),
            prompts: vec![self.tongue.say(text)],
        })])
    }

    /// Somebody who has called leaves a message.
    ///
    /// # Errors
    /// As above.
    pub fn take_message(&self, text: &str) -> Result<Twiml, TwimlError> {
        Twiml::new(&[
            Verb::Prompt(self.tongue.say(text)),
            Verb::Record(Record {
                action: self.at(Hook::Left),
                recording_callback: self.at(Hook::Voicemail),
                seconds_max: MESSAGE_SECONDS_MAX,
                silence_seconds: 5,
                beep: true,
            }),
        ])
    }

    /// A few words, and the end.
    ///
    /// # Errors
    /// As above.
    pub fn goodbye(&self, text: Option<&str>) -> Result<Twiml, TwimlError> {
        let mut verbs: Vec<Verb> = text.map(|text| Verb::Prompt(self.tongue.say(text))).into_iter().collect();
        verbs.push(Verb::Hangup);
        Twiml::new(&verbs)
    }
}

/// Whether words are those of a machine that asks who calls.
#[must_use]
pub fn asks_who_calls(words: &str) -> bool {
    const QUESTIONS: [&str; 12] = [
        "who is calling",
        "who's calling",
        "state your name",
        "say your name",
        "record your name",
        "why you're calling",
        "why you are calling",
        "reason for your call",
        "reason for calling",
        "nennen sie ihren namen",
        "wer anruft",
        "grund ihres anrufs",
    ];
    let words = words.to_lowercase().replace('\u{2019}', "'");
    QUESTIONS.iter().any(|question| words.contains(question))
}

/// Whether words are those of a machine that has heard who calls, and asks to wait while its owner thinks. Where detection
/// waits for the end of what is said on answering, its question is over before anybody listens: this is all that is heard
/// of it.
#[must_use]
pub fn asks_to_wait(words: &str) -> bool {
    const REQUESTS: [&str; 6] = [
        "stay on the line",
        "see if this person is available",
        "see if they're available",
        "see if they are available",
        "bleiben sie in der leitung",
        "bleiben sie dran",
    ];
    let words = words.to_lowercase().replace('\u{2019}', "'");
    REQUESTS.iter().any(|request| words.contains(request))
}

/// Whether a person may go into the conference of a call.
#[must_use]
pub fn may_enter(live: &LiveCall) -> bool {
    live.holds().is_some() || live.waits_since().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_asks_who_calls_is_told_by_its_words() {
        for words in [
            "Hi, if you record your name and reason for calling, I'll see if this person is available",
            "The person you are calling is using a screening service. Go ahead and state your name",
            "Bitte nennen Sie Ihren Namen",
        ] {
            assert!(asks_who_calls(words), "{words}");
        }
        for words in ["Hello?", "Yes, speaking", "Who is there", ""] {
            assert!(!asks_who_calls(words), "{words}");
            assert!(!asks_to_wait(words), "{words}");
        }
        assert!(asks_to_wait("Thanks. Stay on the line while I see if they\u{2019}re available"));
    }
}
