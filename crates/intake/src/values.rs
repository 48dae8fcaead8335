//! One cell's text to one value.

use jiff::civil::Date;

use crate::columns::FieldKind;
use crate::error::Reason;
use crate::text::fold;

/// Yes or no in four languages; `None` for anything else.
pub(crate) fn yes_or_no(text: &str) -> Option<bool> {
    match fold(text).as_str() {
        "yes" | "y" | "true" | "t" | "1" | "on" | "x" | "ok" | "agreed" | "granted" | "optin" | "ja"
        | "j" | "wahr" | "erteilt" | "oui" | "o" | "vrai" | "si" | "s" | "verdadero" => Some(true),
        "no" | "n" | "false" | "f" | "0" | "off" | "denied" | "optout" | "none" | "nein" | "falsch"
        | "non" | "faux" | "falso" => Some(false),
        _ if matches!(text, "✓" | "✔") => Some(true),
        _ if matches!(text, "-" | "–" | "✗" | "✘") => Some(false),
        _ => None,
    }
}

/// A number as Rust and JSON write it.
pub(crate) fn number(text: &str) -> Result<String, Reason> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\'' | '’')).collect();
    let (points, commas) = (compact.matches('.').count(), compact.matches(',').count());
    let plain = match (points, commas) {
        (_, 0) if points <= 1 => compact,
        (0, 1) => {
            let decimals = compact.split(',').nth(1).map_or(0, str::len);
            if decimals == 3 {
                return Err(Reason::AmbiguousNumber);
            }
            compact.replace(',', ".")
        }
        // Several of one kind are thousands marks; of two kinds the later is the decimal mark.
        (_, 0) => thousands(&compact, '.')?,
        (0, _) => thousands(&compact, ',')?,
        _ if compact.rfind(',') > compact.rfind('.') => decimal(&compact, '.', ',')?,
        _ => decimal(&compact, ',', '.')?,
    };
    let digits = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    let sound = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit());
    if sound {
        Ok(plain.strip_prefix('+').map_or(plain.clone(), str::to_owned))
    } else {
        Err(Reason::NotANumber)
    }
}

fn decimal(text: &str, thousands_mark: char, decimal_mark: char) -> Result<String, Reason> {
    let (whole, part) = text.rsplit_once(decimal_mark).ok_or(Reason::NotANumber)?;
    if whole.contains(decimal_mark) || part.contains(thousands_mark) {
        return Err(Reason::NotANumber);
    }
    Ok(format!("{}.{part}", thousands(whole, thousands_mark)?))
}

fn thousands(text: &str, mark: char) -> Result<String, Reason> {
    let mut groups = text.split(mark);
    let first = groups.next().unwrap_or_default().trim_start_matches(['+', '-']);
    if (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3) {
        Ok(text.replace(mark, ""))
    } else {
        Err(Reason::NotANumber)
    }
}

/// A date; a time after it is dropped.
pub(crate) fn date(text: &str) -> Result<Date, Reason> {
    let day = text.split(['T', ' ']).next().unwrap_or_default();
    let mark = day.chars().find(|c| !c.is_ascii_digit()).ok_or(Reason::NotADate)?;
    let parts: Vec<&str> = day.split(mark).collect();
    let [a, b, c] = parts[..] else { return Err(Reason::NotADate) };
    let value = |part: &str| part.parse::<i16>().ok().filter(|_| part.len() <= 4).ok_or(Reason::NotADate);
    let (first, second, third) = (value(a)?, value(b)?, value(c)?);
    let (year, month, day) = match (mark, a.len(), c.len()) {
        ('-' | '/' | '.', 4, _) => (first, second, third),
        ('.', _, 4) => (third, second, first),
        ('/' | '-', _, 4) if first > 12 => (third, second, first),
        ('/' | '-', _, 4) if second > 12 || first == second => (third, first, second),
        ('/' | '-', _, 4) => return Err(Reason::AmbiguousDate),
        _ => return Err(Reason::NotADate),
    };
    let small = |value: i16| i8::try_from(value).map_err(|_| Reason::NotADate);
    Date::new(year, small(month)?, small(day)?).map_err(|_| Reason::NotADate)
}

/// An address that mail can go to. The domain in lower case.
pub(crate) fn email(text: &str) -> Result<String, Reason> {
    match text.rsplit_once('@') {
        Some((local, domain)) if is_email(text) => Ok(format!("{local}@{}", domain.to_lowercase())),
        _ => Err(Reason::NotAnEmail),
    }
}

/// One `@`, a local part, a domain with a dot.
pub(crate) fn is_email(text: &str) -> bool {
    if is_plain_email(text.as_bytes()) {
        return true;
    }
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    (1..=64).contains(&local.len())
        && domain.len() <= 253
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(|c| {
            c.is_ascii_alphanumeric()
                || !(c.is_whitespace() || c.is_control() || "@,;:<>()[]\\\"".contains(c))
        })
        && domain.contains('.')
        && domain.split('.').all(label)
        && domain
            .rsplit('.')
            .next()
            .is_some_and(|top| top.chars().count() >= 2 && !top.chars().all(|c| c.is_ascii_digit()))
}

/// The addresses that nearly everybody has, in one pass: words joined by single marks. Others may be sound as well.
pub(crate) fn is_plain_email(text: &[u8]) -> bool {
    let (mut at, mut dot, mut after_mark) = (0, 0, true);
    for (index, byte) in text.iter().enumerate() {
        let is_mark = match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => false,
            b'.' => {
                dot = index;
                true
            }
            b'-' | b'_' if (*byte == b'-') == (at > 0) => true,
            b'@' if at == 0 => {
                at = index;
                true
            }
            _ => return false,
        };
        if is_mark && after_mark {
            return false;
        }
        after_mark = is_mark;
    }
    let top = text.len().saturating_sub(dot + 1);
    at > 0
        && dot > at
        && top >= 2
        && !after_mark
        && text.len() <= 64
        && text.last().is_some_and(u8::is_ascii_alphabetic)
}

/// The zone's own spelling of its name.
pub(crate) fn timezone(text: &str) -> Result<String, Reason> {
    let zone = jiff::tz::TimeZone::get(text).map_err(|_| Reason::UnknownTimezone)?;
    zone.iana_name().map(str::to_owned).ok_or(Reason::UnknownTimezone)
}

/// `de`, `de-CH`, `zh-Hant-TW`; underscores and language names are understood.
pub(crate) fn locale(text: &str) -> Result<String, Reason> {
    const NAMES: [(&str, &[&str]); 10] = [
        ("en", &["english", "englisch", "anglais", "ingles"]),
        ("de", &["german", "deutsch", "allemand", "aleman"]),
        ("fr", &["french", "franzosisch", "franzoesisch", "francais", "frances"]),
        ("es", &["spanish", "spanisch", "espagnol", "espanol", "castellano"]),
        ("it", &["italian", "italienisch", "italien", "italiano"]),
        ("pt", &["portuguese", "portugiesisch", "portugais", "portugues"]),
        ("nl", &["dutch", "niederlandisch", "niederlaendisch", "nederlands", "neerlandais", "holandes"]),
        ("pl", &["polish", "polnisch", "polonais", "polaco", "polski"]),
        ("tr", &["turkish", "turkisch", "tuerkisch", "turc", "turco", "turkce"]),
        ("ja", &["japanese", "japanisch", "japonais", "japones"]),
    ];
    let folded = fold(text);
    if let Some((tag, _)) = NAMES.iter().find(|(_, names)| names.contains(&folded.as_str())) {
        return Ok((*tag).to_owned());
    }
    let mut parts = text.split(['-', '_']);
    let language = parts.next().unwrap_or_default();
    if !(2..=3).contains(&language.len()) || !language.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Err(Reason::NotALocale);
    }
    let mut tag = language.to_ascii_lowercase();
    for part in parts {
        let alphabetic = part.bytes().all(|b| b.is_ascii_alphabetic());
        tag.push('-');
        match part.len() {
            2 if alphabetic => tag.push_str(&part.to_ascii_uppercase()),
            3 if part.bytes().all(|b| b.is_ascii_digit()) => tag.push_str(part),
            4 if alphabetic => {
                tag.push_str(&part[..1].to_ascii_uppercase());
                tag.push_str(&part[1..].to_ascii_lowercase());
            }
            _ => return Err(Reason::NotALocale),
        }
    }
    Ok(tag)
}

/// 0 (first) to 9 (last), or a word for it.
pub(crate) fn priority(text: &str) -> Result<u8, Reason> {
    match fold(text).as_str() {
        "urgent" | "highest" | "dringend" | "urgente" => Ok(0),
        "high" | "hoch" | "haute" | "alta" | "alto" => Ok(2),
        "normal" | "medium" | "mittel" | "normale" | "moyenne" | "media" => Ok(5),
        "low" | "niedrig" | "gering" | "basse" | "baja" | "bajo" => Ok(8),
        _ => text.parse().ok().filter(|priority| *priority <= 9).ok_or(Reason::NotAPriority),
    }
}

/// A custom value in its canonical form.
pub(crate) fn typed(kind: &FieldKind, text: &str) -> Result<String, Reason> {
    match kind {
        FieldKind::Text => Ok(text.to_owned()),
        FieldKind::Number => number(text),
        FieldKind::Date => date(text).map(|date| date.to_string()),
        FieldKind::Bool => yes_or_no(text).map(|yes| yes.to_string()).ok_or(Reason::NotABool),
        FieldKind::Enum(words) => words
            .iter()
            .find(|word| word.to_lowercase() == text.to_lowercase())
            .cloned()
            .ok_or_else(|| Reason::NotInList(words.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        let cases = [
            ("12", Ok("12")),
            ("-1.5", Ok("-1.5")),
            ("1,5", Ok("1.5")),
            ("1 234,50", Ok("1234.50")),
            ("1.234,50", Ok("1234.50")),
            ("1,234.50", Ok("1234.50")),
            ("1.234.567", Ok("1234567")),
            ("1’234.50", Ok("1234.50")),
            ("+7", Ok("7")),
            ("1,234", Err(Reason::AmbiguousNumber)),
            ("1,23,4", Err(Reason::NotANumber)),
            ("12a", Err(Reason::NotANumber)),
            ("", Err(Reason::NotANumber)),
            (".", Err(Reason::NotANumber)),
        ];
        for (text, expected) in cases {
            assert_eq!(number(text).as_deref(), expected.as_ref().copied(), "{text}");
        }
    }

    #[test]
    fn dates_are_read_only_where_they_are_plain() {
        let cases = [
            ("2025-03-31", Ok("2025-03-31")),
            ("2025-03-31T10:00:00Z", Ok("2025-03-31")),
            ("31.3.2025", Ok("2025-03-31")),
            ("3/31/2025", Ok("2025-03-31")),
            ("31/03/2025", Ok("2025-03-31")),
            ("04/04/2025", Ok("2025-04-04")),
            ("03/04/2025", Err(Reason::AmbiguousDate)),
            ("2025-02-30", Err(Reason::NotADate)),
            ("31.3.25", Err(Reason::NotADate)),
            ("soon", Err(Reason::NotADate)),
            ("20250331", Err(Reason::NotADate)),
        ];
        for (text, expected) in cases {
            assert_eq!(
                date(text).map(|date| date.to_string()).as_deref(),
                expected.as_ref().copied(),
                "{text}"
            );
        }
    }

    #[test]
    fn addresses_zones_languages_and_priorities() {
        assert_eq!(email("Jo.Doe+x@Example.COM").as_deref(), Ok("Jo.Doe+x@example.com"));
        assert_eq!(email("zoë@bücher.example").as_deref(), Ok("zoë@bücher.example"));
        for bad in [
            "jo",
            "jo@",
            "@x.org",
            "jo@x",
            "jo@x..org",
            "a b@x.org",
            "jo@x.1",
            "jo@-x.org",
            "a@b@x.org",
            "jo@x.org,",
        ] {
            assert_eq!(email(bad), Err(Reason::NotAnEmail), "{bad}");
        }
        assert_eq!(timezone("europe/berlin").as_deref(), Ok("Europe/Berlin"));
        assert_eq!(timezone("Mars/Olympus"), Err(Reason::UnknownTimezone));
        for (text, tag) in [
            ("de", "de"),
            ("DE_ch", "de-CH"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("Französisch", "fr"),
            ("es-419", "es-419"),
        ] {
            assert_eq!(locale(text).as_deref(), Ok(tag));
        }
        for bad in ["", "d", "german-ish", "de-", "de--CH", "12"] {
            assert_eq!(locale(bad), Err(Reason::NotALocale), "{bad}");
        }
        assert_eq!((priority("0"), priority("9"), priority("Hoch")), (Ok(0), Ok(9), Ok(2)));
        assert_eq!((priority("10"), priority("-1")), (Err(Reason::NotAPriority), Err(Reason::NotAPriority)));
    }

    #[test]
    fn yes_and_no_in_four_languages() {
        for yes in ["Yes", "JA", "oui", "Sí", "1", "x", "TRUE", "✓"] {
            assert_eq!(yes_or_no(yes), Some(true), "{yes}");
        }
        for no in ["No", "nein", "non", "0", "falso", "-"] {
            assert_eq!(yes_or_no(no), Some(false), "{no}");
        }
        assert_eq!(yes_or_no("maybe"), None);
    }

    #[test]
    fn a_list_decides_how_its_words_are_written() {
        let kind = FieldKind::Enum(vec!["Gold".to_owned(), "Silver".to_owned()]);
        assert_eq!(typed(&kind, "gold").as_deref(), Ok("Gold"));
        assert_eq!(
            typed(&kind, "bronze").map_err(|reason| reason.to_string()),
            Err("this is not one of Gold, Silver".to_owned())
        );
    }
}
