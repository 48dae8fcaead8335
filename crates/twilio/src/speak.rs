//! The domain's steps in Twilio's words.

use carillon_domain::ids::LiveId;
use carillon_domain::script::Step;

use crate::twiml::{Gather, Input, Prompt, Say, Twiml, TwimlError, Verb};
use crate::urls::{Hook, PublicUrl};

/// The document for these steps, spoken in a language (BCP 47) and by a voice of Twilio's, if one is named.
///
/// # Errors
/// If it would be longer than Twilio takes, which validated scripts never are.
pub fn twiml(
    steps: &[Step],
    language: &str,
    voice: Option<&str>,
    live: &LiveId,
    public: &PublicUrl,
) -> Result<Twiml, TwimlError> {
    let say = |text: &str| Say {
        text: text.to_owned(),
        language: Some(language.to_owned()),
        voice: voice.map(str::to_owned),
    };
    let gather_at = |round: u8| public.hook(live, Hook::Gather { round });
    let verbs: Vec<Verb> = steps
        .iter()
        .map(|step| match step {
            Step::Say { text } => Verb::Prompt(Prompt::Say(say(text))),
            Step::Pause(seconds) => Verb::Prompt(Prompt::Pause { seconds: *seconds }),
            Step::Ask { prompt, wait_seconds, round, listens } => Verb::GatherOrPass(Gather {
                input: if *listens { Input::KeysOrSpeech } else { Input::Keys },
                action: gather_at(*round),
                keys_max: Some(1),
                finish_key: None,
                wait_seconds: *wait_seconds,
                language: listens.then(|| language.to_owned()),
                hints: Vec::new(),
                prompts: vec![Prompt::Say(say(prompt))],
            }),
            Step::GoOn { round } => Verb::Redirect { url: gather_at(*round) },
            Step::PutThrough => Verb::Redirect { url: public.hook(live, Hook::Again { turn: 0 }) },
            Step::HangUp => Verb::Hangup,
        })
        .collect();
    Twiml::new(&verbs)
}
