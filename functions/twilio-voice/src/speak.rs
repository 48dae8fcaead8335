//! The domain's steps in Twilio's words.

use carillon_domain::ids::AttemptRef;
use carillon_domain::script::{CallScript, Step};
use carillon_twilio::twiml::{Gather, Input, Prompt, Say, Twiml, TwimlError, Verb};
use carillon_twilio::urls::{Hook, PublicUrl};

/// The document for these steps.
///
/// # Errors
/// If it would be longer than Twilio takes, which validated scripts never are.
pub fn twiml(
    steps: &[Step],
    script: &CallScript,
    attempt: &AttemptRef,
    public: &PublicUrl,
) -> Result<Twiml, TwimlError> {
    let say = |text: &str| Say {
        text: text.to_owned(),
        language: Some(script.language.clone()),
        voice: script.voice.clone(),
    };
    let gather_at = |round: u8| public.hook(attempt, Hook::Gather { round });
    let verbs: Vec<Verb> = steps
        .iter()
        .map(|step| match step {
            Step::Say { text } => Verb::Prompt(Prompt::Say(say(text))),
            Step::Pause(seconds) => Verb::Prompt(Prompt::Pause { seconds: *seconds }),
            Step::Ask { prompt, wait_seconds, round } => Verb::Gather(Gather {
                input: Input::Keys,
                action: gather_at(*round),
                keys_max: Some(1),
                finish_key: None,
                wait_seconds: *wait_seconds,
                language: None,
                hints: Vec::new(),
                prompts: vec![Prompt::Say(say(prompt))],
            }),
            Step::GoOn { round } => Verb::Redirect { url: gather_at(*round) },
            Step::HangUp => Verb::Hangup,
        })
        .collect();
    Twiml::new(&verbs)
}
