//! Why a text is not a number we call. The words are shown beside a row; the number itself is never in them.

use carillon_domain::phone::LineType;

/// Why a text was refused. `Display` is the sentence for people, [`Reject::code`] the stable word for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Reject {
    /// Nothing there.
    #[error("the number is empty")]
    Empty,
    /// Letters, too few digits, or several numbers in one cell.
    #[error("this is not a telephone number")]
    NotANumber,
    /// A spreadsheet rounded it: the last digits are lost for good.
    #[error(
        "a spreadsheet turned this number into scientific notation and lost digits: export the column as text"
    )]
    SpreadsheetDamage,
    /// Shorter than any number of its country.
    #[error("the number is too short for its country")]
    TooShort,
    /// Longer than any number of its country.
    #[error("the number is too long for its country")]
    TooLong,
    /// A possible length, but no such number exists in the country's plan.
    #[error("no such number exists in its country's numbering plan")]
    InvalidForRegion,
    /// A `+` followed by no calling code of this world.
    #[error("the number starts with a country calling code that does not exist")]
    UnknownCallingCode,
    /// The default country is not one with telephones.
    #[error("the country is unknown, so a number in national notation cannot be read")]
    UnknownCountry,
    /// National notation, and nobody said of which country.
    #[error("the number has no country code, and no country is given for the row, the import or the tenant")]
    NoCountry,
    /// Valid, but calling it would cost a fortune or reach nobody.
    #[error("{} numbers are not called", words(*.0))]
    NotCallable(LineType),
}

impl Reject {
    /// A stable word for programs and reports.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotANumber => "not_a_number",
            Self::SpreadsheetDamage => "spreadsheet_damage",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::InvalidForRegion => "invalid_for_region",
            Self::UnknownCallingCode => "unknown_calling_code",
            Self::UnknownCountry => "unknown_country",
            Self::NoCountry => "no_country",
            Self::NotCallable(_) => "not_callable",
        }
    }
}

fn words(line_type: LineType) -> &'static str {
    match line_type {
        LineType::PremiumRate => "premium-rate",
        LineType::Pager => "pager",
        LineType::Voicemail => "voicemail-box",
        LineType::FixedLine => "landline",
        LineType::Mobile => "mobile",
        LineType::FixedLineOrMobile => "landline or mobile",
        LineType::TollFree => "toll-free",
        LineType::SharedCost => "shared-cost",
        LineType::Voip => "internet",
        LineType::PersonalNumber => "personal",
        LineType::Uan => "company access",
        LineType::Unknown => "unclassified",
    }
}

/// `4.93012E+11`, `4,93012E+11`, `1.5e11`: what a spreadsheet makes of a long number.
pub(crate) fn is_spreadsheet_damage(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    let mantissa = mantissa.strip_prefix('+').unwrap_or(mantissa);
    let digits_and_marks = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','));
    (1..=2).contains(&exponent.len())
        && exponent.bytes().all(|b| b.is_ascii_digit())
        && mantissa.starts_with(|c: char| c.is_ascii_digit())
        && digits_and_marks(mantissa)
        && mantissa.bytes().filter(|b| matches!(b, b'.' | b',')).count() <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scientific_notation_is_recognised_and_numbers_are_not() {
        for damaged in ["4.93012E+11", "4,93012E+11", "1e10", "4.9E11"] {
            assert!(is_spreadsheet_damage(damaged), "{damaged}");
        }
        for sound in ["+4930123456", "030 123456", "CALL-ME", "1-800-E11", "12.34.56E+1", "E+11", ""] {
            assert!(!is_spreadsheet_damage(sound), "{sound}");
        }
    }
}
