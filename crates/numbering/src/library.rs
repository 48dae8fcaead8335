//! The one door to `rlibphonenumber`.

use carillon_domain::phone::LineType;
use rlibphonenumber::{
    NumberLengthType, PHONE_NUMBER_UTIL, ParseError, PhoneNumberType, PhoneNumberUtil, Region,
    ValidationError,
};

use crate::{Parsed, Reject};

/// Made with the first number that the fast path leaves to it, never at a cold start: that takes some 100 ms and
/// 20 MiB. One for all threads, although its caches do not scale across them: of a contact list's numbers one in a thousand
/// comes here.
pub(crate) fn parse(raw: &str, default_country: Option<&str>) -> Result<Parsed, Reject> {
    read(&PHONE_NUMBER_UTIL, raw, default_country)
}

fn read(library: &PhoneNumberUtil, raw: &str, default_country: Option<&str>) -> Result<Parsed, Reject> {
    let region = default_country.and_then(|code| Region::from_code(code).ok());
    let number = library.parse(raw, region).map_err(|error| match error {
        ParseError::InvalidCountryCode if raw.contains(['+', '\u{ff0b}']) => Reject::UnknownCallingCode,
        ParseError::InvalidCountryCode
            if region.is_some_and(|region| library.get_country_code_for_region(region).is_some()) =>
        {
            // Dialled out of the country, as in 00 999.
            Reject::UnknownCallingCode
        }
        ParseError::InvalidCountryCode if default_country.is_some() => Reject::UnknownCountry,
        ParseError::InvalidCountryCode => Reject::NoCountry,
        ParseError::NotANumber(_) => Reject::NotANumber,
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn => Reject::TooShort,
        ParseError::TooLongNsn => Reject::TooLong,
    })?;
    let line_type = line_type(library.get_number_type(&number));
    let country = library.get_region_for_number(&number);
    // The library calls a number valid when its type is known.
    let (Some(country), true) = (country, library.is_valid_number(&number)) else {
        return Err(match library.is_possible_number_with_reason(&number) {
            // Local-only: dialled within a town, without its area code.
            Err(ValidationError::TooShort) | Ok(NumberLengthType::IsPossibleLocalOnly) => Reject::TooShort,
            Err(ValidationError::TooLong) => Reject::TooLong,
            Err(ValidationError::InvalidCountryCode) => Reject::UnknownCallingCode,
            Ok(NumberLengthType::IsPossible) | Err(ValidationError::InvalidLength) => {
                Reject::InvalidForRegion
            }
        });
    };
    let calling_code = number.country_code.to_string();
    let national = rlibphonenumber::get_national_significant_number_owned(&number);
    let parsed = Parsed::new(&calling_code, &national, country.as_region_str().as_str(), line_type);
    // A handful of plans have numbers outside E.164 (German pagers of four digits, say): nobody can dial them from abroad.
    parsed.ok_or(if national.len() > 10 { Reject::TooLong } else { Reject::TooShort })
}

fn line_type(kind: PhoneNumberType) -> LineType {
    match kind {
        PhoneNumberType::FixedLine => LineType::FixedLine,
        PhoneNumberType::Mobile => LineType::Mobile,
        PhoneNumberType::FixedLineOrMobile => LineType::FixedLineOrMobile,
        PhoneNumberType::TollFree => LineType::TollFree,
        PhoneNumberType::PremiumRate => LineType::PremiumRate,
        PhoneNumberType::SharedCost => LineType::SharedCost,
        PhoneNumberType::VoIP => LineType::Voip,
        PhoneNumberType::PersonalNumber => LineType::PersonalNumber,
        PhoneNumberType::Pager => LineType::Pager,
        PhoneNumberType::UAN => LineType::Uan,
        PhoneNumberType::VoiceMail => LineType::Voicemail,
        PhoneNumberType::Unknown => LineType::Unknown,
    }
}
