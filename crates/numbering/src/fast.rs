//! The fast path: most numbers are settled by one table look-up per digit.
//!
//! `build/` makes one automaton of all numbering plans. Walking the digits after the `+` through it ends in a state
//! that says: valid, of this country and this kind; or invalid; or *ask the library*. The last is said wherever the
//! library does more than match patterns (cutting off prefixes that may belong to the number, rewriting numbers), so
//! that the fast path never has to imitate it there. The answers are the library's own, row by row: see
//! `tests/differential.rs`.

use carillon_domain::phone::LineType;

use crate::{Parsed, Reject};

/// What national notation needs to know about a region.
struct Region {
    name: [u8; 2],
    calling_code: &'static str,
    /// The state after the calling code.
    start: u16,
    /// An automaton of beginnings with which the library has to be asked.
    gate: u16,
    /// Dialled to get out of the country; empty if it is more than a plain string (the gate knows it then).
    international_prefix: &'static str,
    /// Dialled before an area code, and cut off; empty if it is more than a plain string.
    national_prefix: &'static str,
    /// Possible lengths of a national number, bit by bit.
    lengths: u32,
    /// Lengths that are dialled only locally.
    local: u32,
}

include!(concat!(env!("OUT_DIR"), "/plans.rs"));

/// Ten successors and the label, each two bytes.
static STATES: &[[u8; 22]] = include_bytes!(concat!(env!("OUT_DIR"), "/states.bin")).as_chunks().0;

const LABEL: usize = 10;
const ASK_FLAG: u16 = 0x8000;
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

fn length(digits: usize, lengths: u32, local: u32) -> Length {
    let is_in = |mask: u32| digits < 32 && mask & (1 << digits) != 0;
    if is_in(local) {
        Length::LocalOnly
    } else if is_in(lengths) {
        Length::Possible
    } else if digits < lengths.trailing_zeros() as usize {
        Length::TooShort
    } else if digits > 31 - lengths.leading_zeros() as usize {
        Length::TooLong
    } else {
        Length::Never
    }
}

/// `None` leaves the answer to the library.
pub(crate) fn parse(raw: &str, default_country: Option<&str>) -> Option<Result<Parsed, Reject>> {
    // One place for the plus, so that a valid number stands there ready.
    let mut text = [0_u8; 1 + DIGITS_MAX];
    let mut len = 1;
    let mut plus = false;
    for byte in raw.bytes() {
        match byte {
            b'0'..=b'9' => {
                *text.get_mut(len)? = byte;
                len += 1;
            }
            b' ' | b'-' | b'.' | b'(' | b')' | b'/' => {}
            b'+' if len == 1 && !plus => plus = true,
            // Letters, extensions, digits of other scripts, a second number.
            _ => return None,
        }
    }
    // With fewer digits it is not a number to the library; let it say so.
    if len < 4 {
        return None;
    }
    let digits = &text[1..len];
    if plus {
        return international(digits);
    }
    let Some(country) = default_country else { return Some(Err(Reject::NoCountry)) };
    let at = REGIONS.binary_search_by(|region| region.name.as_slice().cmp(country.as_bytes())).ok()?;
    national(&REGIONS[at], digits)
}

/// Digits that start with a calling code.
fn international(digits: &[u8]) -> Option<Result<Parsed, Reject>> {
    let found = word(walk(ROOT, digits), LABEL);
    if found & ASK_FLAG != 0 {
        return None;
    }
    let calling_code_len = if found == 0 { calling_code(digits)?.0 } else { 0 };
    Some(verdict(found, digits, calling_code_len))
}

/// Digits as dialled within a region. The order of the questions is the library's.
fn national(region: &Region, digits: &[u8]) -> Option<Result<Parsed, Reject>> {
    if word(walk(region.gate, digits), LABEL) & ASK_FLAG != 0 {
        return None;
    }
    if let Some(rest) = strip(digits, region.international_prefix) {
        // No calling code starts with 0: the library has its own ideas then, and about what is left of a stump.
        return if rest.len() < 4 || rest[0] == b'0' { None } else { international(rest) };
    }
    let fits = |digits: &[u8]| length(digits.len(), region.lengths, region.local);
    let mut number = digits;
    if let Some(rest) = strip(digits, region.calling_code) {
        // The calling code without a plus. Only where the number would be too long with it is it certainly that.
        if fits(digits) != Length::TooLong || strip(rest, region.national_prefix).is_some() {
            return None;
        }
        if word(walk(region.gate, rest), LABEL) & ASK_FLAG != 0
            || word(walk(region.start, rest), LABEL) & ASK_FLAG != 0
        {
            return None;
        }
        number = rest;
    } else if let Some(rest) = strip(digits, region.national_prefix) {
        // A prefix that leaves no possible number stays where it is.
        match fits(rest) {
            Length::Possible | Length::TooLong => number = rest,
            Length::LocalOnly | Length::TooShort | Length::Never => {}
        }
    }
    if !(2..=17).contains(&number.len()) {
        return None;
    }
    let found = word(walk(region.start, number), LABEL) & !ASK_FLAG;
    let code = region.calling_code.as_bytes();
    let mut text = [0; DIGITS_MAX];
    text[..code.len()].copy_from_slice(code);
    text[code.len()..code.len() + number.len()].copy_from_slice(number);
    Some(verdict(found, &text[..code.len() + number.len()], code.len()))
}

/// What is left after a prefix; `None` without one.
fn strip<'a>(digits: &'a [u8], prefix: &str) -> Option<&'a [u8]> {
    if prefix.is_empty() { None } else { digits.strip_prefix(prefix.as_bytes()) }
}

/// A label and the digits that led to it, calling code first, as an answer.
fn verdict(label: u16, digits: &[u8], calling_code_len: usize) -> Result<Parsed, Reject> {
    let Some((country, line_type)) = LABELS.get(usize::from(label)).filter(|_| label != 0) else {
        return Err(calling_code(digits).map_or(
            Reject::UnknownCallingCode,
            |(_, lengths, local)| match length(digits.len() - calling_code_len, lengths, local) {
                Length::TooShort | Length::LocalOnly => Reject::TooShort,
                Length::TooLong => Reject::TooLong,
                Length::Possible | Length::Never => Reject::InvalidForRegion,
            },
        ));
    };
    match digits.len() {
        ..7 => Err(Reject::TooShort),
        7..=15 => {
            let mut text = [0; 16];
            text[0] = b'+';
            text[1..=digits.len()].copy_from_slice(digits);
            #[expect(clippy::cast_possible_truncation, reason = "at most 16")]
            let len = (1 + digits.len()) as u8;
            Ok(Parsed { text, len, country: *country, line_type: *line_type })
        }
        16.. => Err(Reject::TooLong),
    }
}

/// The calling code that digits start with: its length, and the possible and the local lengths of its numbers.
fn calling_code(digits: &[u8]) -> Option<(usize, u32, u32)> {
    let mut code = 0;
    (1..=3.min(digits.len())).find_map(|len| {
        code = code * 10 + u16::from(digits[len - 1] & 0x0f);
        let at = CALLING_CODES.binary_search_by_key(&code, |(code, _, _)| *code).ok()?;
        Some((len, CALLING_CODES[at].1, CALLING_CODES[at].2))
    })
}
