//! From what people type to a telephone number, and from a number to where it belongs.
//!
//! The truth about numbering plans is Google's libphonenumber, here in the Rust port `rlibphonenumber`; which zones
//! and states a prefix may lie in comes from the same data set (see `data/` and `tools/generate_numbering.py`).
//!
//! Most numbers never reach that library: an automaton, made from the same metadata when this crate is built, settles
//! whatever is written in an ordinary way with one table look-up per digit, and leaves the rest to it.
//!
//! Nothing is initialised until the first number is parsed: a function that links this crate and parses nothing pays
//! nothing for it at its cold start.

mod country;
mod fast;
mod library;
mod place;
mod reject;

use carillon_domain::phone::{E164, LineType, Place};

pub use country::country_code;
pub use place::{subdivision, zones};
pub use reject::Reject;

/// A number that can be called, and what its numbering plan says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// The number itself.
    pub e164: E164,
    /// Its country and, where the prefix tells, its state or province.
    pub place: Place,
    /// Landline, mobile, toll-free and so on.
    pub line_type: LineType,
}

impl Number {
    /// The IANA zones that the called person may be in; empty when the plan does not tell.
    ///
    /// A number bound to a place answers by its longest known prefix; any other (a mobile outside the countries whose
    /// mobiles are bound to a place, a toll-free number) by its whole calling code. This is Google's rule.
    #[must_use]
    pub fn zones(&self) -> &'static [&'static str] {
        place::zones_of(self.e164.as_str(), self.line_type)
    }
}

/// A valid number without allocations: what [`parse`] returns, and what a bulk import keeps per row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Parsed {
    /// `+` and at most fifteen digits.
    text: [u8; 16],
    len: u8,
    country: [u8; 3],
    line_type: LineType,
}

impl Parsed {
    /// `calling_code` and national digits joined; `None` when the two do not make an E.164 number.
    pub(crate) fn new(
        calling_code: &str,
        national: &str,
        country: &str,
        line_type: LineType,
    ) -> Option<Self> {
        let len = 1 + calling_code.len() + national.len();
        if !(8..=16).contains(&len) {
            return None;
        }
        let mut text = [0; 16];
        text[0] = b'+';
        text[1..=calling_code.len()].copy_from_slice(calling_code.as_bytes());
        text[1 + calling_code.len()..len].copy_from_slice(national.as_bytes());
        let mut padded = [b' '; 3];
        padded[..country.len()].copy_from_slice(country.as_bytes());
        Some(Self { text, len: u8::try_from(len).ok()?, country: padded, line_type })
    }

    /// The number with its leading `+`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text[..usize::from(self.len)]).unwrap_or_default()
    }

    /// ISO 3166-1 alpha-2, or `001` for numbers of no country.
    #[must_use]
    pub fn country(&self) -> &str {
        std::str::from_utf8(&self.country).unwrap_or_default().trim_end()
    }

    /// Landline, mobile, toll-free and so on.
    #[must_use]
    pub fn line_type(&self) -> LineType {
        self.line_type
    }

    /// As [`Number::zones`].
    #[must_use]
    pub fn zones(&self) -> &'static [&'static str] {
        place::zones_of(self.as_str(), self.line_type)
    }

    /// The number as the domain keeps it; refuses what must not be called.
    ///
    /// # Errors
    /// [`Reject::NotCallable`] for premium-rate, pager and voicemail numbers.
    pub fn callable(&self) -> Result<Number, Reject> {
        if !self.line_type.is_callable() {
            return Err(Reject::NotCallable(self.line_type));
        }
        let e164: E164 = self.as_str().parse().map_err(|_| Reject::NotANumber)?;
        let place = Place {
            country: self.country().to_owned(),
            subdivision: subdivision(&e164)
                .filter(|(country, _)| *country == self.country())
                .map(|(_, code)| code.to_owned()),
        };
        Ok(Number { e164, place, line_type: self.line_type })
    }
}

/// Hides the number, so that it cannot reach a log by accident.
impl std::fmt::Debug for Parsed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Parsed(… {} {:?})", self.country(), self.line_type)
    }
}

/// Reads a number in any customary notation. `default_country` (ISO 3166-1 alpha-2) resolves national notation.
///
/// Any valid number passes, callable or not: suppression lists hold premium numbers too.
///
/// # Errors
/// Why it is not a number, without repeating it.
pub fn parse(raw: &str, default_country: Option<&str>) -> Result<Parsed, Reject> {
    if raw.len() > LONGEST_INPUT_BYTES {
        return Err(Reject::TooLong);
    }
    if let Some(answer) = fast::parse(raw.as_bytes(), default_country) {
        return answer;
    }
    let trimmed = raw.trim_matches(is_blank);
    if trimmed.is_empty() {
        return Err(Reject::Empty);
    }
    if reject::is_spreadsheet_damage(trimmed) {
        return Err(Reject::SpreadsheetDamage);
    }
    let again =
        if trimmed.len() < raw.len() { fast::parse(trimmed.as_bytes(), default_country) } else { None };
    again.unwrap_or_else(|| library::parse(trimmed, default_country))
}

/// Blanks of all kinds, zero-width and direction marks.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// [`parse`] by the library alone: the other side of the differential tests.
///
/// # Errors
/// As [`parse`].
#[doc(hidden)]
pub fn parse_by_library(raw: &str, default_country: Option<&str>) -> Result<Parsed, Reject> {
    library::parse(raw, default_country)
}

/// [`parse`] by the fast path alone; `None` where it leaves the answer to the library.
#[doc(hidden)]
#[must_use]
pub fn parse_by_automaton(raw: &[u8], default_country: Option<&str>) -> Option<Result<Parsed, Reject>> {
    fast::parse(raw, default_country)
}

/// libphonenumber reads no more than this either.
const LONGEST_INPUT_BYTES: usize = 250;

/// Reads a number that is going to be called: [`parse`], then [`Parsed::callable`].
///
/// # Errors
/// Why it is not a number, or must not be called, without repeating it.
pub fn normalise(raw: &str, default_country: Option<&str>) -> Result<Number, Reject> {
    parse(raw, default_country)?.callable()
}
