//! Finding people by what one types: words, folded so that `muller` finds Müller.

use std::collections::BTreeSet;

use crate::contact::Contact;

/// The most words that one contact is found by. More would be a text, and a text is not a name.
const WORDS_MAX: usize = 8;

/// The longest word that is told apart, characters.
const WORD_CHARS_MAX: usize = 40;

/// A text in lower case, without the marks on Latin letters.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'à'..='å' | 'ā' | 'ă' | 'ą' => folded.push('a'),
            'æ' => folded.push_str("ae"),
            'ç' | 'ć' | 'č' | 'ĉ' | 'ċ' => folded.push('c'),
            'ď' | 'đ' => folded.push('d'),
            'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => folded.push('e'),
            'ğ' | 'ĝ' | 'ġ' | 'ģ' => folded.push('g'),
            'ì'..='ï' | 'ī' | 'į' | 'ı' => folded.push('i'),
            'ł' | 'ĺ' | 'ľ' | 'ļ' => folded.push('l'),
            'ñ' | 'ń' | 'ň' | 'ņ' => folded.push('n'),
            'ò'..='ö' | 'ø' | 'ō' | 'ő' => folded.push('o'),
            'œ' => folded.push_str("oe"),
            'ŕ' | 'ř' => folded.push('r'),
            'ś' | 'š' | 'ş' | 'ș' => folded.push('s'),
            'ß' => folded.push_str("ss"),
            'ť' | 'ţ' | 'ț' => folded.push('t'),
            'ù'..='ü' | 'ū' | 'ů' | 'ű' | 'ų' => folded.push('u'),
            'ý' | 'ÿ' => folded.push('y'),
            'ź' | 'ż' | 'ž' => folded.push('z'),
            // A combining mark belongs to the letter before it.
            '\u{300}'..='\u{36f}' => {}
            other => folded.push(other),
        }
    }
    folded
}

/// The words of a text, folded. What is neither letter nor digit parts them.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    let folded = fold(text);
    let parts: Vec<String> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(WORD_CHARS_MAX).collect())
        .collect();
    parts.into_iter()
}

/// An email address as it is looked for: whole, because nobody remembers the part after the dot.
#[must_use]
pub fn address(email: &str) -> String {
    fold(email.trim()).chars().filter(|c| !c.is_control() && *c != '#').take(254).collect()
}

impl Contact {
    /// What the contact is found by: the words of its names, and its email address.
    #[must_use]
    pub fn search_words(&self) -> BTreeSet<String> {
        let names = [&self.last_name, &self.first_name, &self.company].into_iter().flatten();
        // A word of one letter is found by listing names.
        let words = names.flat_map(|name| words(name)).filter(|word| word.chars().nth(1).is_some());
        let mut found: BTreeSet<String> = words.take(WORDS_MAX).collect();
        found.extend(self.email.as_deref().map(address).filter(|email| email.chars().nth(1).is_some()));
        found
    }

    /// Whether every one of these begins one of the contact's words.
    #[must_use]
    pub fn is_found_by(&self, wanted: &[String]) -> bool {
        let words = self.search_words();
        wanted.iter().all(|wanted| words.iter().any(|word| word.starts_with(wanted.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_case_and_punctuation_make_no_difference() {
        let of = |text| words(text).collect::<Vec<_>>().join(" ");
        assert_eq!(of("Müller-Lüdenscheidt"), "muller ludenscheidt");
        assert_eq!(of("  O'Brien,  SEÁN "), "o brien sean");
        assert_eq!(of("Straße 9"), "strasse 9");
        assert_eq!(of("Mu\u{308}ller"), "muller", "a mark of its own, as macOS writes it");
        assert_eq!(of("Łódź Ærø Œuvre"), "lodz aero oeuvre");
        assert_eq!(of("李雷 Иван"), "李雷 иван");
        assert_eq!(of("#"), "");
        assert_eq!(address(" Ada@Example.com"), "ada@example.com");
    }
}
