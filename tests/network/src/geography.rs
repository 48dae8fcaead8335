//! Which country a number belongs to, for the `ToCountry` of webhooks: the longest calling code that fits.

/// Calling codes of the countries that turn up in campaigns. `+1` is many countries; Twilio says US for most.
const CODES: [(&str, &str); 52] = [
    ("1", "US"),
    ("7", "RU"),
    ("20", "EG"),
    ("27", "ZA"),
    ("30", "GR"),
    ("31", "NL"),
    ("32", "BE"),
    ("33", "FR"),
    ("34", "ES"),
    ("36", "HU"),
    ("39", "IT"),
    ("40", "RO"),
    ("41", "CH"),
    ("43", "AT"),
    ("44", "GB"),
    ("45", "DK"),
    ("46", "SE"),
    ("47", "NO"),
    ("48", "PL"),
    ("49", "DE"),
    ("51", "PE"),
    ("52", "MX"),
    ("54", "AR"),
    ("55", "BR"),
    ("56", "CL"),
    ("57", "CO"),
    ("60", "MY"),
    ("61", "AU"),
    ("62", "ID"),
    ("63", "PH"),
    ("64", "NZ"),
    ("65", "SG"),
    ("66", "TH"),
    ("81", "JP"),
    ("82", "KR"),
    ("84", "VN"),
    ("86", "CN"),
    ("90", "TR"),
    ("91", "IN"),
    ("92", "PK"),
    ("234", "NG"),
    ("254", "KE"),
    ("351", "PT"),
    ("352", "LU"),
    ("353", "IE"),
    ("358", "FI"),
    ("380", "UA"),
    ("420", "CZ"),
    ("421", "SK"),
    ("966", "SA"),
    ("971", "AE"),
    ("972", "IL"),
];

/// ISO 3166 code of a number's country, or nothing.
pub(crate) fn country(number: &str) -> &'static str {
    let digits = number.trim_start_matches('+');
    let fits = CODES.iter().filter(|(code, _)| digits.starts_with(code));
    fits.max_by_key(|(code, _)| code.len()).map_or("", |(_, country)| country)
}

#[cfg(test)]
mod tests {
    use super::country;

    #[test]
    fn the_longest_code_wins() {
        assert_eq!(country("+4930123456"), "DE");
        assert_eq!(country("+420221111222"), "CZ");
        assert_eq!(country("+15005550006"), "US");
        assert_eq!(country("+99912345678"), "");
    }
}
