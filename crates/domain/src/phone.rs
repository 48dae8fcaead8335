//! Telephone numbers as values. Parsing what people type is the numbering crate's business.

use serde::{Deserialize, Serialize};

/// A telephone number in E.164 form: `+`, then 7 to 15 digits, the first not 0.
///
/// `Debug` hides the number, so that it cannot reach a log by accident.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct E164(String);

/// Personal data is never echoed in an error.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("phone number is not in E.164 form")]
pub struct NotE164;

impl E164 {
    /// The number with its leading `+`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands where a number was that had to be forgotten. The country code 999 is nobody's.
    #[must_use]
    pub fn erased() -> Self {
        Self("+9990000000".to_owned())
    }

    /// Whether the number has been forgotten.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        *self == Self::erased()
    }
}

impl TryFrom<String> for E164 {
    type Error = NotE164;

    fn try_from(text: String) -> Result<Self, NotE164> {
        let digits = text.strip_prefix('+').ok_or(NotE164)?.as_bytes();
        let plausible =
            (7..=15).contains(&digits.len()) && digits[0] != b'0' && digits.iter().all(u8::is_ascii_digit);
        if plausible { Ok(Self(text)) } else { Err(NotE164) }
    }
}

impl std::str::FromStr for E164 {
    type Err = NotE164;

    fn from_str(text: &str) -> Result<Self, NotE164> {
        text.to_owned().try_into()
    }
}

impl From<E164> for String {
    fn from(number: E164) -> Self {
        number.0
    }
}

impl std::fmt::Debug for E164 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("E164(…)")
    }
}

/// What kind of line a number belongs to, as its numbering plan tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineType {
    /// A landline.
    FixedLine,
    /// A mobile.
    Mobile,
    /// The plan does not tell the two apart (as in the North American plan).
    FixedLineOrMobile,
    /// Free for the caller.
    TollFree,
    /// The caller pays extra.
    PremiumRate,
    /// Cost shared between caller and called.
    SharedCost,
    /// An internet line without a place.
    Voip,
    /// Follows a person.
    PersonalNumber,
    /// A pager.
    Pager,
    /// A company's universal access number.
    Uan,
    /// Reaches a voicemail box only.
    Voicemail,
    /// Valid, but of no kind the plan names.
    Unknown,
}

impl LineType {
    /// Whether calling a person there makes sense: premium, pager and voicemail numbers are refused.
    #[must_use]
    pub fn is_callable(self) -> bool {
        match self {
            Self::FixedLine
            | Self::Mobile
            | Self::FixedLineOrMobile
            | Self::Voip
            | Self::PersonalNumber
            | Self::TollFree
            | Self::Uan
            | Self::SharedCost
            | Self::Unknown => true,
            Self::PremiumRate | Self::Pager | Self::Voicemail => false,
        }
    }
}

/// Where a number belongs: the country and, where the prefix tells, its state or province.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// ISO 3166-1 alpha-2, upper case; `001` for numbers of no country.
    pub country: String,
    /// ISO 3166-2 without the country (`CA` for California), where the prefix tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subdivision: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_e164_parses_and_debug_hides_it() {
        let number: E164 = "+493012345678".parse().expect("valid");
        assert_eq!(number.as_str(), "+493012345678");
        assert!(!format!("{number:?}").contains("30123"));
        for bad in [
            "",
            "+",
            "493012345678",
            "+0301234567",
            "+12345",
            "+1234567890123456",
            "+49 30 123456",
            "+49３０1234567",
        ] {
            assert_eq!(bad.parse::<E164>(), Err(NotE164), "{bad}");
        }
    }
}
