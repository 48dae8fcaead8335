//! DynamoDB's numbers: decimal, up to 38 significant digits, magnitudes from 1E-130 to 9.99E+125.

use std::cmp::Ordering;
use std::fmt;

const DIGITS_MAX: usize = 38;
/// Of the leading digit.
const EXPONENT_MIN: i32 = -130;
/// Of the leading digit.
const EXPONENT_MAX: i32 = 125;

/// `mantissa` times ten to the `exponent`. The mantissa never ends in 0, save for zero itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    mantissa: i128,
    exponent: i32,
}

impl Decimal {
    /// Reads what DynamoDB accepts: an optional sign, digits with at most one point, an optional exponent.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (number, exponent) = match rest.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
            None => (rest, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = [whole, fraction].concat();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let significant = digits.trim_start_matches('0').trim_end_matches('0');
        if significant.len() > DIGITS_MAX {
            return None;
        }
        if significant.is_empty() {
            return Some(Self { mantissa: 0, exponent: 0 });
        }
        let trailing_zeros = digits.len() - digits.trim_end_matches('0').len();
        let magnitude: i128 = significant.parse().ok()?;
        let exponent = exponent
            .checked_sub(i32::try_from(fraction.len()).ok()?)?
            .checked_add(i32::try_from(trailing_zeros).ok()?)?;
        Self { mantissa: if negative { -magnitude } else { magnitude }, exponent }.in_range()
    }

    /// The sum, unless it needs more than 38 digits.
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let exponent = match (self.mantissa, other.mantissa) {
            (0, _) => return Some(other),
            (_, 0) => return Some(self),
            (_, _) => self.exponent.min(other.exponent),
        };
        let aligned = |number: Self| {
            let places = u32::try_from(number.exponent - exponent).ok()?;
            number.mantissa.checked_mul(10_i128.checked_pow(places)?)
        };
        let mut sum = Self { mantissa: aligned(self)?.checked_add(aligned(other)?)?, exponent };
        if sum.mantissa == 0 {
            return Some(Self { mantissa: 0, exponent: 0 });
        }
        while sum.mantissa % 10 == 0 {
            sum.mantissa /= 10;
            sum.exponent += 1;
        }
        sum.in_range()
    }

    /// What it takes of an item's size, bytes: a pair of digits a byte, aligned on the decimal point, one byte
    /// for the exponent and one for a minus.
    pub(super) fn size(self) -> usize {
        if self.mantissa == 0 {
            return 1;
        }
        let half_pair = usize::from(self.exponent.rem_euclid(2) == 1);
        1 + (self.digits() + half_pair).div_ceil(2) + usize::from(self.mantissa < 0)
    }

    fn in_range(self) -> Option<Self> {
        let in_range = self.mantissa == 0
            || (self.digits() <= DIGITS_MAX && (EXPONENT_MIN..=EXPONENT_MAX).contains(&self.leading()));
        in_range.then_some(self)
    }

    fn digits(self) -> usize {
        self.mantissa.unsigned_abs().checked_ilog10().map_or(1, |log| log as usize + 1)
    }

    /// The exponent of the leading digit.
    fn leading(self) -> i32 {
        // At most 39 digits, so the conversion cannot fail.
        self.exponent + i32::try_from(self.digits()).unwrap_or(i32::MAX) - 1
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        let mut decimal = Self { mantissa: i128::from(number), exponent: 0 };
        while decimal.mantissa != 0 && decimal.mantissa % 10 == 0 {
            decimal.mantissa /= 10;
            decimal.exponent += 1;
        }
        decimal
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_sign = self.mantissa.signum().cmp(&other.mantissa.signum());
        if by_sign != Ordering::Equal || self.mantissa == 0 {
            return by_sign;
        }
        let by_magnitude = self.leading().cmp(&other.leading()).then_with(|| {
            // The same leading digit's place: as strings of digits, the shorter one padded with zeros, which is
            // what comparing them as text does.
            let digits = |number: &Self| number.mantissa.unsigned_abs().to_string();
            digits(self).cmp(&digits(other))
        });
        if self.mantissa < 0 { by_magnitude.reverse() } else { by_magnitude }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// As DynamoDB gives numbers back: without exponent, without superfluous zeros.
impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.mantissa.unsigned_abs().to_string();
        if self.mantissa < 0 {
            formatter.write_str("-")?;
        }
        let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
        if self.exponent >= 0 {
            return write!(formatter, "{digits}{}", zeros(self.exponent));
        }
        let places = usize::try_from(-self.exponent).unwrap_or(0);
        match digits.len().checked_sub(places) {
            Some(whole) if whole > 0 => write!(formatter, "{}.{}", &digits[..whole], &digits[whole..]),
            Some(_) | None => write!(formatter, "0.{}{digits}", "0".repeat(places - digits.len())),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_come_back_in_their_plainest_form() {
        for (given, kept) in [
            ("1.0", "1"),
            ("-0", "0"),
            ("+007", "7"),
            ("1e3", "1000"),
            ("1.5E-3", "0.0015"),
            ("-12.340", "-12.34"),
            ("100", "100"),
            (".5", "0.5"),
            ("99999999999999999999999999999999999999", "99999999999999999999999999999999999999"),
        ] {
            assert_eq!(Decimal::parse(given).unwrap().to_string(), kept, "{given}");
        }
    }

    #[test]
    fn what_is_no_number_or_too_long_or_too_large_is_refused() {
        for given in ["", "-", ".", "1_000", " 1", "NaN", "0x1", "1e126", "1e-131", &"1".repeat(39)] {
            assert_eq!(Decimal::parse(given), None, "{given}");
        }
    }

    #[test]
    fn order_is_numeric() {
        let ascending =
            ["-1e9", "-10", "-9.5", "-0.001", "0", "1e-5", "0.5", "0.51", "5", "10", "10.1", "1e9"];
        for pair in ascending.windows(2) {
            assert!(Decimal::parse(pair[0]).unwrap() < Decimal::parse(pair[1]).unwrap(), "{pair:?}");
        }
    }

    #[test]
    fn sums_are_exact_or_refused() {
        let sum = |left: &str, right: i64| Some(Decimal::parse(left)?.plus(right.into())?.to_string());
        assert_eq!(sum("0.1", 2).unwrap(), "2.1");
        assert_eq!(sum("-7", 7).unwrap(), "0");
        assert_eq!(sum("95", 5).unwrap(), "100");
        assert_eq!(sum("1e30", i64::MAX).unwrap(), "1000000000009223372036854775807");
        assert_eq!(sum("1e100", 1), None);
    }

    #[test]
    fn sizes_are_dynamodbs() {
        for (number, bytes) in
            [("0", 1), ("1", 2), ("12", 2), ("123", 3), ("-1", 3), ("100", 2), ("10", 2), ("0.1", 2)]
        {
            assert_eq!(Decimal::parse(number).unwrap().size(), bytes, "{number}");
        }
    }
}
