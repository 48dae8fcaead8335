//! The fast path: most numbers are settled by one table look-up per digit.
//!
//! `build/` makes one automaton of all numbering plans. Walking the digits after the `+` through it ends in a state
//! that says: valid, of this country and this kind; or invalid; or *ask the library*. The last is said wherever the
//! library does more than match patterns (cutting off prefixes that may belong to the number, rewriting numbers), so
//! that the fast path never has to imitate it there. The answers are the library's own, row by row: see
//! `tests/differential.rs`.

use carillon_domain::phone::LineType;

use crate::country::slot;
use crate::{Parsed, Reject};

/// The parts of a region's plan by which the library decides whether a prefix belongs to a number.
struct Plan {
    /// An automaton of the region's "general description": [`ASK_FLAG`] where it matches.
    general: u16,
    /// Prefixes to cut off; the first that fits counts.
    prefixes: &'static [&'static str],
    /// Possible lengths of a national number, bit by bit.
    lengths: u32,
    /// Lengths that are dialled only locally.
    local: u32,
}

struct CallingCode {
    code: u16,
    text: &'static str,
    /// The state after the calling code.
    start: u16,
    /// Of the main region.
    plan: &'static Plan,
}

/// What national notation needs to know about a region.
struct Region {
    code: &'static CallingCode,
    plan: &'static Plan,
    /// An automaton of beginnings with which the library has to be asked.
    gate: u16,
    /// Dialled to get out of the country; empty if it is more than a plain string (the gate knows it then).
    international_prefix: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/plans.rs"));

/// Ten successors and the label, each two bytes.
static STATES: &[[u8; 22]] = include_bytes!(concat!(env!("OUT_DIR"), "/states.bin")).as_chunks().0;

const LABEL: usize = 10;
/// The library has to be asked.
const ASK_FLAG: u16 = 0x8000;
/// The number begins with a national prefix.
const STRIP_FLAG: u16 = 0x4000;
/// A calling code has at most three digits and a national number at most seventeen: the library's own limits.
const DIGITS_MAX: usize = 20;

fn word(state: u16, at: usize) -> u16 {
    let row = &STATES[usize::from(state)];
    u16::from_le_bytes([row[2 * at], row[2 * at + 1]])
}

fn walk(start: u16, digits: &[u8]) -> u16 {
    digits.iter().fold(start, |state, digit| word(state, usize::from(digit & 0x0f).min(9)))
}

/// How a length fits a plan: the library's `test_number_length`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Length {
    Possible,
    LocalOnly,
    TooShort,
    TooLong,
    /// Between possible lengths.
    Never,
}

impl Plan {
    fn length(&self, digits: &[u8]) -> Length {
        let is_in = |mask: u32| digits.len() < 32 && mask & (1 << digits.len()) != 0;
        if is_in(self.local) {
            Length::LocalOnly
        } else if is_in(self.lengths) {
            Length::Possible
        } else if digits.len() < self.lengths.trailing_zeros() as usize {
            Length::TooShort
        } else if digits.len() > 31 - self.lengths.leading_zeros() as usize {
            Length::TooLong
        } else {
            Length::Never
        }
    }

    /// Whether the general description matches.
    fn matches(&self, digits: &[u8]) -> bool {
        word(walk(self.general, digits), LABEL) & ASK_FLAG != 0
    }

    /// The library's `maybe_strip_national_prefix_and_carrier_code`, without its odd prefixes.
    fn without_prefix<'a>(&self, digits: &'a [u8]) -> &'a [u8] {
        let rest = self.prefixes.iter().find_map(|prefix| digits.strip_prefix(prefix.as_bytes()));
        rest.filter(|rest| self.matches(rest) || !self.matches(digits)).unwrap_or(digits)
    }

    /// What the library takes for the national number: a prefix that leaves no possible number stays where it is.
    fn national<'a>(&self, digits: &'a [u8]) -> &'a [u8] {
        let rest = self.without_prefix(digits);
        match self.length(rest) {
            Length::Possible | Length::TooLong => rest,
            Length::LocalOnly | Length::TooShort | Length::Never => digits,
        }
    }
}

/// `None` leaves the answer to the library.
pub(crate) fn parse(raw: &[u8], default_country: Option<&str>) -> Option<Result<Parsed, Reject>> {
    // One place for the plus, so that a valid number stands there ready.
    let mut text = [0_u8; 1 + DIGITS_MAX];
    let mut len = 1;
    let (mut plus, mut odd) = (false, false);
    for byte in raw.iter().copied() {
        match byte {
            b'0'..=b'9' => {
                *text.get_mut(len)? = byte;
                len += 1;
            }
            b' ' | b'-' | b'.' | b'(' | b')' | b'/' => {}
            b'+' if len == 1 && !plus => plus = true,
            // Letters, extensions, digits of other scripts, a second number.
            _ => odd = true,
        }
    }
    if len == 1 && raw.is_ascii() && raw.iter().any(u8::is_ascii_graphic) {
        // Not one digit: "n/a", "-", "ask Bob".
        return Some(Err(Reject::NotANumber));
    }
    // With fewer than three the library has rules of its own.
    if odd || len < 4 {
        return None;
    }
    let digits = &text[1..len];
    if plus {
        return international(digits);
    }
    let Some(country) = default_country else { return Some(Err(Reject::NoCountry)) };
    let region = REGION_SLOTS.get(slot(country)?).copied().flatten()?;
    national(region, digits)
}

/// Digits that start with a calling code.
fn international(digits: &[u8]) -> Option<Result<Parsed, Reject>> {
    let found = word(walk(ROOT, digits), LABEL);
    if found & ASK_FLAG != 0 {
        return None;
    }
    if found & STRIP_FLAG != 0 || found == 0 {
        let (code, number) = calling_code(digits)?;
        return settle(code, code.plan.national(number));
    }
    Some(valid(found, digits))
}

/// Digits as dialled within a region. The order of the questions is the library's.
fn national(region: &Region, digits: &[u8]) -> Option<Result<Parsed, Reject>> {
    let (plan, code) = (region.plan, region.code);
    let is_odd = |digits: &[u8]| word(walk(region.gate, digits), LABEL) & ASK_FLAG != 0;
    if is_odd(digits) {
        return None;
    }
    let prefix = region.international_prefix;
    // No calling code starts with 0, so what looked like the way out of the country is not it.
    if let Some(rest) = digits
        .strip_prefix(prefix.as_bytes())
        .filter(|rest| !prefix.is_empty() && rest.first() != Some(&b'0'))
    {
        return match rest.len() {
            ..3 => Some(Err(Reject::TooShort)),
            3.. if calling_code(rest).is_none() => Some(Err(Reject::UnknownCallingCode)),
            3.. => international(rest),
        };
    }
    // The calling code without a plus?
    if let Some(rest) = digits.strip_prefix(code.text.as_bytes()) {
        if is_odd(rest) {
            return None;
        }
        let rest = plan.without_prefix(rest);
        if !plan.matches(digits) && plan.matches(rest) || plan.length(digits) == Length::TooLong {
            let asks = word(walk(code.start, rest), LABEL) & ASK_FLAG != 0;
            return if asks || rest.len() < 2 { None } else { settle(code, code.plan.national(rest)) };
        }
    }
    settle(code, plan.national(digits))
}

/// A national number, its prefix cut off, as an answer.
fn settle(code: &CallingCode, number: &[u8]) -> Option<Result<Parsed, Reject>> {
    match number.len() {
        ..2 => return Some(Err(Reject::TooShort)),
        18.. => return Some(Err(Reject::TooLong)),
        2..18 => {}
    }
    let found = word(walk(code.start, number), LABEL) & !(ASK_FLAG | STRIP_FLAG);
    if found == 0 {
        return Some(Err(match code.plan.length(number) {
            Length::TooShort | Length::LocalOnly => Reject::TooShort,
            Length::TooLong => Reject::TooLong,
            Length::Possible | Length::Never => Reject::InvalidForRegion,
        }));
    }
    let (mut digits, head) = ([0; DIGITS_MAX], code.text.len());
    digits[..head].copy_from_slice(code.text.as_bytes());
    digits[head..head + number.len()].copy_from_slice(number);
    Some(valid(found, &digits[..head + number.len()]))
}

/// A valid number's digits and label as an answer. Some plans have numbers that do not fit E.164.
fn valid(label: u16, digits: &[u8]) -> Result<Parsed, Reject> {
    let (country, line_type) = LABELS[usize::from(label)];
    match digits.len() {
        ..7 => Err(Reject::TooShort),
        7..=15 => {
            let mut text = [0; 16];
            text[0] = b'+';
            text[1..=digits.len()].copy_from_slice(digits);
            #[expect(clippy::cast_possible_truncation, reason = "at most 16")]
            let len = (1 + digits.len()) as u8;
            Ok(Parsed { text, len, country, line_type })
        }
        16.. => Err(Reject::TooLong),
    }
}

/// The calling code that digits start with, and what follows it.
fn calling_code(digits: &[u8]) -> Option<(&'static CallingCode, &[u8])> {
    let mut code = 0;
    (1..=3.min(digits.len())).find_map(|len| {
        code = code * 10 + u16::from(digits[len - 1] & 0x0f);
        let at = CALLING_CODES.binary_search_by_key(&code, |row| row.code).ok()?;
        Some((&CALLING_CODES[at], &digits[len..]))
    })
}
