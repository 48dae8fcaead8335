//! What a call says: a spoken script with merge fields, keys for interest and opt-out, and a voicemail message.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The content of a campaign's calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallScript {
    /// BCP 47 tag of the spoken language.
    pub language: String,
    /// The provider's name of a voice (`Polly.Vicki-Neural`); its default for the language if absent.
    #[serde(default)]
    pub voice: Option<String>,
    /// What a person hears first.
    pub greeting: Template,
    /// Keys to press, if any.
    #[serde(default)]
    pub menu: Option<Menu>,
    /// The last words.
    #[serde(default)]
    pub goodbye: Option<Template>,
    /// The message for a machine; without one, the call is ended when a machine answers.
    #[serde(default)]
    pub voicemail: Option<Template>,
}

/// What keys do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Menu {
    /// What is said to explain the keys.
    pub prompt: Template,
    /// The key for interest.
    #[serde(default = "Menu::interest_default")]
    pub interest_key: Digit,
    /// The key that opts out and suppresses the number.
    #[serde(default = "Menu::opt_out_default")]
    pub opt_out_key: Digit,
    /// What is said after the key for interest.
    pub interested_reply: Template,
    /// What is said after the key for opting out.
    pub opted_out_reply: Template,
    /// How long to wait for a key, seconds.
    #[serde(default = "Menu::wait_default")]
    pub wait_seconds: u8,
    /// How often to ask again when no known key is pressed.
    #[serde(default)]
    pub repeats: u8,
    /// Whether words that refuse further calls count as the key for opting out. The provider bills each time it listens.
    #[serde(default)]
    pub listens: bool,
}

impl Menu {
    fn interest_default() -> Digit {
        Digit('1')
    }

    pub(crate) fn opt_out_default() -> Digit {
        Digit('9')
    }

    fn wait_default() -> u8 {
        5
    }
}

/// A key of the telephone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "char", into = "char")]
pub struct Digit(char);

/// Not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key is one of 0-9, * and #")]
pub struct NotADigit;

impl TryFrom<char> for Digit {
    type Error = NotADigit;

    fn try_from(key: char) -> Result<Self, NotADigit> {
        if key.is_ascii_digit() || key == '*' || key == '#' { Ok(Self(key)) } else { Err(NotADigit) }
    }
}

impl From<Digit> for char {
    fn from(digit: Digit) -> Self {
        digit.0
    }
}

/// Text with merge fields: `Hello {{first_name|there}}, this is about {{custom.city}}.` After `|` stands what is
/// said when the contact lacks the field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template {
    source: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Field { name: String, fallback: String },
}

/// Why a text is not a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTemplate {
    /// Nothing to say.
    #[error("the text is empty")]
    Empty,
    /// Longer than a provider says in one go.
    #[error("the text is longer than {MAX_TEMPLATE_CHARS} characters")]
    TooLong,
    /// `{{` without `}}`.
    #[error("a merge field is opened with {{{{ and not closed with }}}}")]
    Unclosed,
    /// A field that no contact has.
    #[error("unknown merge field {0:?}: known are first_name, last_name, name, company and custom.<column>")]
    UnknownField(String),
}

/// Twilio says at most 4,096 characters in one `<Say>`; merge fields need room.
pub const MAX_TEMPLATE_CHARS: usize = 3_000;

/// The longest value that a merge field may bring, characters.
const MAX_VALUE_CHARS: usize = 100;

impl TryFrom<String> for Template {
    type Error = BadTemplate;

    fn try_from(source: String) -> Result<Self, BadTemplate> {
        if source.trim().is_empty() {
            return Err(BadTemplate::Empty);
        }
        if source.chars().count() > MAX_TEMPLATE_CHARS {
            return Err(BadTemplate::TooLong);
        }
        let mut parts = Vec::new();
        let mut rest = source.as_str();
        while let Some((text, field_on)) = rest.split_once("{{") {
            let (field, after) = field_on.split_once("}}").ok_or(BadTemplate::Unclosed)?;
            let (name, fallback) = field.split_once('|').unwrap_or((field, ""));
            let name = name.trim();
            let known = matches!(name, "first_name" | "last_name" | "name" | "company")
                || name.strip_prefix("custom.").is_some_and(|column| !column.is_empty());
            if !known {
                return Err(BadTemplate::UnknownField(name.chars().take(40).collect()));
            }
            if !text.is_empty() {
                parts.push(Part::Text(text.to_owned()));
            }
            parts.push(Part::Field { name: name.to_owned(), fallback: fallback.trim().to_owned() });
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { source, parts })
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.source
    }
}

impl std::str::FromStr for Template {
    type Err = BadTemplate;

    fn from_str(text: &str) -> Result<Self, BadTemplate> {
        text.to_owned().try_into()
    }
}

/// The values of merge fields for one contact: `first_name`, `custom.city` ...
pub type MergeFields = BTreeMap<String, String>;

impl Template {
    /// Whether it says something that differs from contact to contact.
    #[must_use]
    pub fn is_personal(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Field { .. }))
    }

    /// The text for one contact. A value is cut at 100 characters, and control characters in it become spaces:
    /// it comes from somebody's spreadsheet.
    #[must_use]
    pub fn render(&self, fields: &MergeFields) -> String {
        let mut text = String::with_capacity(self.source.len());
        for part in &self.parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Field { name, fallback } => match fields.get(name).map(|value| value.trim()) {
                    Some(value) if !value.is_empty() => {
                        let plain = |c: char| if c.is_control() { ' ' } else { c };
                        text.extend(value.chars().map(plain).take(MAX_VALUE_CHARS));
                    }
                    Some(_) | None => text.push_str(fallback),
                },
            }
        }
        text
    }
}

/// One thing for the provider to do with the call, in no provider's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Speak.
    Say {
        /// What.
        text: String,
    },
    /// Be silent, seconds.
    Pause(u8),
    /// Speak and wait for one key, which comes back as an event. Without one, the next step follows.
    Ask {
        /// What to say.
        prompt: String,
        /// How long to wait after it, seconds.
        wait_seconds: u8,
        /// Which time of asking this is, from 0.
        round: u8,
        /// Whether words are listened to as well.
        listens: bool,
    },
    /// Come back and ask what to do, as after no key in this round: so that it is known that the script was heard.
    GoOn {
        /// Which round.
        round: u8,
    },
    /// Put the person through to an agent.
    PutThrough,
    /// End the call.
    HangUp,
}

/// What is said to whoever answers, where that is known before the call is placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// What.
    pub steps: Vec<Step>,
    /// BCP 47 tag of the spoken language.
    pub language: String,
    /// The provider's name of a voice; its default for the language if absent.
    pub voice: Option<String>,
}

impl CallScript {
    /// What everybody who answers hears, where nobody asks who or what answers.
    #[must_use]
    pub fn opening(&self, fields: &MergeFields) -> Opening {
        Opening { steps: self.greet(fields), language: self.language.clone(), voice: self.voice.clone() }
    }

    /// Whether what is said on answering, to a person or to a machine, differs from contact to contact.
    #[must_use]
    pub fn opens_personally(&self) -> bool {
        let prompt = self.menu.as_ref().map(|menu| &menu.prompt);
        [Some(&self.greeting), prompt, self.voicemail.as_ref()]
            .into_iter()
            .flatten()
            .any(Template::is_personal)
    }

    /// Whether anything that is said after a key, or none, differs from contact to contact.
    #[must_use]
    pub fn replies_personally(&self) -> bool {
        let menu = self.menu.iter();
        let replies = menu.flat_map(|menu| [&menu.prompt, &menu.interested_reply, &menu.opted_out_reply]);
        replies.chain(&self.goodbye).any(Template::is_personal)
    }

    /// What a person hears on answering.
    #[must_use]
    pub fn greet(&self, fields: &MergeFields) -> Vec<Step> {
        let mut steps = vec![Step::Say { text: self.greeting.render(fields) }];
        match &self.menu {
            Some(menu) => steps.extend(menu.ask(fields, 0)),
            None => steps.push(Step::GoOn { round: 0 }),
        }
        steps
    }

    /// What a machine hears after its beep.
    #[must_use]
    pub fn leave_message(&self, fields: &MergeFields) -> Vec<Step> {
        let mut steps: Vec<Step> =
            self.voicemail.iter().map(|text| Step::Say { text: text.render(fields) }).collect();
        steps.push(Step::HangUp);
        steps
    }

    /// What follows a key, or no key (`None`), in the given round of asking.
    #[must_use]
    pub fn after_key(&self, fields: &MergeFields, key: Option<Digit>, round: u8) -> Vec<Step> {
        let Some(menu) = &self.menu else { return self.part(fields) };
        match menu.meaning(key) {
            KeyMeaning::Interest => {
                vec![Step::Say { text: menu.interested_reply.render(fields) }, Step::HangUp]
            }
            KeyMeaning::OptOut => vec![Step::Say { text: menu.opted_out_reply.render(fields) }, Step::HangUp],
            KeyMeaning::Nothing if round < menu.repeats => menu.ask(fields, round + 1),
            KeyMeaning::Nothing => self.part(fields),
        }
    }

    /// Whether the menu's last round of asking is over once a key, or none, has come in this round.
    #[must_use]
    pub fn is_last_round(&self, round: u8) -> bool {
        self.menu.as_ref().is_none_or(|menu| round >= menu.repeats)
    }

    fn part(&self, fields: &MergeFields) -> Vec<Step> {
        let goodbye = self.goodbye.iter().map(|text| Step::Say { text: text.render(fields) });
        goodbye.chain([Step::HangUp]).collect()
    }
}

/// What pressing a key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyMeaning {
    /// Interest.
    Interest,
    /// Opt out.
    OptOut,
    /// No key, or one without a meaning.
    Nothing,
}

impl Menu {
    /// What this key means.
    #[must_use]
    pub fn meaning(&self, key: Option<Digit>) -> KeyMeaning {
        match key {
            Some(key) if key == self.opt_out_key => KeyMeaning::OptOut,
            Some(key) if key == self.interest_key => KeyMeaning::Interest,
            Some(_) | None => KeyMeaning::Nothing,
        }
    }

    /// Asks from a round on, in one go: who says nothing is asked again without anybody waiting for us.
    fn ask(&self, fields: &MergeFields, from: u8) -> Vec<Step> {
        let Self { wait_seconds, listens, .. } = *self;
        let ask = |round| Step::Ask { prompt: self.prompt.render(fields), wait_seconds, round, listens };
        (from..=self.repeats).map(ask).chain([Step::GoOn { round: self.repeats }]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> MergeFields {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn merge_fields_are_filled_or_fall_back() {
        let template: Template = "Hello {{first_name|there}}, from {{custom.city}}!".parse().expect("valid");
        assert_eq!(
            template.render(&fields(&[("first_name", "Zoë"), ("custom.city", "Köln")])),
            "Hello Zoë, from Köln!"
        );
        assert_eq!(template.render(&fields(&[("first_name", "  ")])), "Hello there, from !");
    }

    #[test]
    fn a_contact_is_wanted_only_where_it_is_spoken_of() {
        let script = |greeting: &str, reply: &str| -> CallScript {
            let menu = serde_json::json!({"prompt": "Press 1.", "interested_reply": reply, "opted_out_reply": "Bye."});
            let script = serde_json::json!({"language": "en-US", "greeting": greeting, "menu": menu});
            serde_json::from_value(script).expect("a script")
        };
        let personal = |script: CallScript| (script.opens_personally(), script.replies_personally());
        assert_eq!(personal(script("Hello.", "Thank you.")), (false, false));
        assert_eq!(personal(script("Hello {{first_name}}.", "Thank you.")), (true, false));
        assert_eq!(personal(script("Hello.", "Thank you, {{name}}.")), (false, true));
    }

    #[test]
    fn a_value_cannot_smuggle_in_a_field_or_a_flood() {
        let template: Template = "{{first_name}}".parse().expect("valid");
        assert_eq!(template.render(&fields(&[("first_name", "{{last_name}}")])), "{{last_name}}");
        assert_eq!(template.render(&fields(&[("first_name", &"x".repeat(500))])).len(), MAX_VALUE_CHARS);
        assert_eq!(template.render(&fields(&[("first_name", "a\u{0}b\nc")])), "a b c");
    }

    #[test]
    fn a_bad_template_is_refused_with_its_reason() {
        for (text, reason) in [
            ("", BadTemplate::Empty),
            ("  ", BadTemplate::Empty),
            ("Hello {{first_name", BadTemplate::Unclosed),
            ("Hello {{password}}", BadTemplate::UnknownField("password".into())),
            ("Hello {{custom.}}", BadTemplate::UnknownField("custom.".into())),
        ] {
            assert_eq!(text.parse::<Template>().expect_err(text), reason);
        }
        assert_eq!("x".repeat(MAX_TEMPLATE_CHARS + 1).parse::<Template>(), Err(BadTemplate::TooLong));
    }
}
