//! Words with which somebody on the telephone refuses to be called again.
//!
//! What is recognised must be meant so beyond doubt: a list of turns of phrase rather than a guess. Whoever says
//! something else has the key.

/// Turns of phrase, in lower case and without punctuation.
const PHRASES: [&str; 22] = [
    "stop calling",
    "do not call",
    "dont call",
    "never call",
    "no more calls",
    "take me off",
    "remove me",
    "remove my number",
    "unsubscribe",
    "opt out",
    "leave me alone",
    "nicht mehr anrufen",
    "nie wieder anrufen",
    "rufen sie mich nicht",
    "keine anrufe mehr",
    "keine weiteren anrufe",
    "ne mappelez plus",
    "ne plus mappeler",
    "no me llamen",
    "no me llame",
    "non chiamatemi",
    "bel me niet",
];

/// Words that say it alone, and nothing in a sentence.
const ALONE: [&str; 6] = ["stop", "please stop", "stop please", "stopp", "arret", "alto"];

/// Whether words refuse further calls.
#[must_use]
pub fn refuses(words: &str) -> bool {
    let mut plain = String::with_capacity(words.len());
    for character in words.chars() {
        match character {
            '\'' | '\u{2019}' => {}
            letter if letter.is_alphanumeric() => plain.extend(letter.to_lowercase()),
            _ if plain.ends_with(' ') || plain.is_empty() => {}
            _ => plain.push(' '),
        }
    }
    let plain = plain.trim_end();
    ALONE.contains(&plain) || PHRASES.iter().any(|phrase| plain.contains(phrase))
}

#[cfg(test)]
mod tests {
    use super::refuses;

    #[test]
    fn a_refusal_is_told_by_its_words() {
        for words in [
            "STOP",
            "Stop!",
            "Please stop calling me.",
            "Don\u{2019}t call here again",
            "Take me off your list, thank you",
            "Bitte rufen Sie mich nicht mehr an",
            "Ne m'appelez plus",
        ] {
            assert!(refuses(words), "{words}");
        }
        for words in
            ["", "Yes", "I will stop by on Thursday", "Hello?", "Call me tomorrow", "Who is calling?"]
        {
            assert!(!refuses(words), "{words}");
        }
    }
}
