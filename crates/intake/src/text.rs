//! Text as it comes out of spreadsheets, and what was meant.

use std::borrow::Cow;

/// Blank to a person, though not always to `char::is_whitespace`: zero-width and direction marks, byte order marks.
pub(crate) fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{0}')
}

/// A value without its surroundings: blanks of all kinds, the `="…"` by which spreadsheets are kept from rounding, the
/// apostrophe that marks a cell as text (ours too, see [`crate::neutralise`]), and control characters.
pub(crate) fn clean(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => clean_str(text),
        Cow::Owned(text) => Cow::Owned(clean_str(&text).into_owned()),
    }
}

fn clean_str(text: &str) -> Cow<'_, str> {
    // Most values are clean: nothing blank at either end, nothing that a spreadsheet put there.
    if let [first, .., last] | [first @ last] = text.as_bytes()
        && first.is_ascii_graphic()
        && last.is_ascii_graphic()
        && !matches!(first, b'=' | b'\'')
        && !text.bytes().any(is_control)
    {
        return Cow::Borrowed(text);
    }
    let mut text = text.trim_matches(is_blank);
    if let Some(inner) = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')) {
        text = inner.trim_matches(is_blank);
    }
    if let Some(rest) = text.strip_prefix('\'')
        && rest.starts_with(|c: char| c.is_ascii_digit() || crate::writer::is_trigger(c))
    {
        text = rest.trim_start_matches(is_blank);
    }
    if text.bytes().any(is_control) {
        return Cow::Owned(text.chars().filter(|c| !u8::try_from(*c).is_ok_and(is_control)).collect());
    }
    Cow::Borrowed(text)
}

fn is_control(byte: u8) -> bool {
    (byte < 0x20 && !matches!(byte, b'\n' | b'\t')) || byte == 0x7f
}

/// Lower case, without accents, letters and digits alone: `Téléphone (portable)` is `telephoneportable`.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'à'..='å' | 'ā' | 'ă' | 'ą' => folded.push('a'),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ß' => folded.push_str("ss"),
            'ç' | 'ć' | 'č' => folded.push('c'),
            'è'..='ë' | 'ē' | 'ę' | 'ě' => folded.push('e'),
            'ì'..='ï' | 'ī' | 'ı' => folded.push('i'),
            'ł' => folded.push('l'),
            'ñ' | 'ń' => folded.push('n'),
            'ò'..='ö' | 'ø' | 'ō' => folded.push('o'),
            'ś' | 'š' | 'ş' => folded.push('s'),
            'ù'..='ü' | 'ū' => folded.push('u'),
            'ý' | 'ÿ' => folded.push('y'),
            'ź' | 'ż' | 'ž' => folded.push('z'),
            c if c.is_alphanumeric() => folded.push(c),
            _ => {}
        }
    }
    folded
}

/// Every byte is a character in Windows-1252; the five that Microsoft left open are control characters, as on the web.
pub(crate) fn windows_1252(bytes: &[u8]) -> String {
    const UPPER: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    bytes
        .iter()
        .map(
            |byte| {
                if (0x80..0xa0).contains(byte) { UPPER[usize::from(byte - 0x80)] } else { char::from(*byte) }
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_spreadsheets_leave_around_a_value_is_taken_off() {
        let cases = [
            ("  x\t", "x"),
            ("\u{a0}\u{200b}x\u{feff}", "x"),
            ("=\"+4930123456\"", "+4930123456"),
            ("=\" 030 \"", "030"),
            ("'+4930123456", "+4930123456"),
            ("'0171 234", "0171 234"),
            ("'=SUM(A1)", "=SUM(A1)"),
            ("'n Boer", "'n Boer"),
            ("a\u{0}b\u{7}c", "abc"),
            ("two\nlines", "two\nlines"),
            ("\u{200b}", ""),
        ];
        for (given, expected) in cases {
            assert_eq!(clean(Cow::Borrowed(given)), expected, "{given:?}");
        }
    }

    #[test]
    fn windows_1252_has_the_euro_and_curly_quotes() {
        assert_eq!(windows_1252(b"\x80 M\xfcller \x93x\x94 \x9f"), "€ Müller “x” Ÿ");
    }
}
