//! What people write in a "country" column.

include!(concat!(env!("OUT_DIR"), "/countries.rs"));

/// ISO 3166-1 alpha-2 for an alpha-2 or alpha-3 code, or a name in English, German, French or Spanish.
///
/// Case, accents and surrounding blanks do not matter; `Oesterreich` and `Österreich` are the same.
#[must_use]
pub fn country_code(text: &str) -> Option<&'static str> {
    let text = text.trim();
    if let Some(code) = slot(text).and_then(|slot| COUNTRIES.get(slot)).filter(|code| !code.is_empty()) {
        return Some(code);
    }
    let folded = fold(text)?;
    COUNTRY_NAMES.binary_search_by_key(&folded.as_str(), |(name, _)| name).ok().map(|at| COUNTRY_NAMES[at].1)
}

/// Where two letters stand in a table of all pairs of letters.
pub(crate) fn slot(text: &str) -> Option<usize> {
    let [first, second] = *text.as_bytes() else { return None };
    let place =
        |letter: u8| letter.is_ascii_alphabetic().then(|| usize::from(letter.to_ascii_uppercase() - b'A'));
    Some(place(first)? * 26 + place(second)?)
}

/// Lower case, accents dropped, blanks joined, as the generator folded the names. `None` for what cannot be a name.
fn fold(text: &str) -> Option<String> {
    if text.len() > 80 {
        return None;
    }
    let mut folded = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'à'..='å' | 'ā' | 'ă' => folded.push('a'),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ß' => folded.push_str("ss"),
            'ç' | 'ć' | 'č' => folded.push('c'),
            'è'..='ë' | 'ē' | 'ě' => folded.push('e'),
            'ì'..='ï' | 'ı' | 'ī' => folded.push('i'),
            'ñ' => folded.push('n'),
            'ò'..='ö' | 'ø' | 'ō' => folded.push('o'),
            'ù'..='ü' | 'ū' => folded.push('u'),
            'ý' | 'ÿ' => folded.push('y'),
            'đ' => folded.push('d'),
            'ł' => folded.push('l'),
            'š' | 'ş' => folded.push('s'),
            'ž' => folded.push('z'),
            '\u{2019}' => folded.push('\''),
            '\u{300}'..='\u{36f}' => {}
            c if c.is_whitespace() => {
                if !folded.ends_with(' ') {
                    folded.push(' ');
                }
            }
            c if c.is_ascii() => folded.push(c),
            _ => return None,
        }
    }
    Some(folded.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_in_four_languages() {
        let cases = [
            ("de", "DE"),
            (" DEU ", "DE"),
            ("Deutschland", "DE"),
            ("ALLEMAGNE", "DE"),
            ("Österreich", "AT"),
            ("Oesterreich", "AT"),
            ("O\u{308}sterreich", "AT"),
            ("Türkei", "TR"),
            ("United States of America", "US"),
            ("UK", "GB"),
            ("Côte d’Ivoire", "CI"),
            ("España", "ES"),
            ("Vereinigtes  Königreich", "GB"),
        ];
        for (text, code) in cases {
            assert_eq!(country_code(text), Some(code), "{text}");
        }
        for text in ["", "Atlantis", "XX", "日本", "D"] {
            assert_eq!(country_code(text), None, "{text}");
        }
    }
}
