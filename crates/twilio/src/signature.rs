//! Did this request come from Twilio?
//!
//! `X-Twilio-Signature` is the base64 of an HMAC-SHA1, keyed with the account's auth token, over the address that
//! was called followed by every form parameter as name and value, sorted by name. A body that is no form is covered
//! by its SHA-256 in the query parameter `bodySHA256`, which the address carries into the signature.
//! Source: <https://www.twilio.com/docs/usage/security#validating-requests>. Twilio has been seen to sign the address
//! with its port and without, so its SDKs try both; so does this.

use std::borrow::Cow;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The header, in lower case as API Gateway passes it.
pub const HEADER: &str = "x-twilio-signature";

/// What was posted.
#[derive(Clone, Copy)]
pub enum Body<'a> {
    /// A form, decoded, in any order. Empty for a GET.
    Form(&'a [(String, String)]),
    /// Anything else: only its hash is signed, so the address must carry it.
    Raw(&'a [u8]),
}

/// Whether `signature` is Twilio's for this request. `url` is the public address with path and query, not what a
/// proxy made of it.
#[must_use]
pub fn is_valid(auth_token: &str, url: &str, body: Body<'_>, signature: &str) -> bool {
    let params = match body {
        Body::Form(params) => params,
        Body::Raw(bytes) => {
            if !body_hash_matches(url, bytes) {
                return false;
            }
            &[]
        }
    };
    // Both are computed, so that the time taken does not tell which one matched.
    let [with, without] = with_and_without_port(url).map(|url| {
        let expected = sign(auth_token, &url, params);
        expected.as_bytes().ct_eq(signature.as_bytes())
    });
    (with | without).into()
}

/// The signature of a request with these form parameters.
#[must_use]
pub fn sign(auth_token: &str, url: &str, params: &[(String, String)]) -> String {
    let mut mac =
        Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(url.as_bytes());
    let mut sorted: Vec<_> = params.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    for (name, value) in sorted {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

fn body_hash_matches(url: &str, body: &[u8]) -> bool {
    let query = url.split_once('?').map_or("", |(_, query)| query.split('#').next().unwrap_or_default());
    let claimed = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "bodySHA256");
    let Some((_, claimed)) = claimed else { return false };
    let actual: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    actual.as_bytes().ct_eq(claimed.as_bytes()).into()
}

fn with_and_without_port(url: &str) -> [Cow<'_, str>; 2] {
    let same = || [Cow::Borrowed(url), Cow::Borrowed(url)];
    let Some((scheme, rest)) = url.split_once("://") else { return same() };
    let default = match scheme {
        "https" => 443,
        "http" => 80,
        _ => return same(),
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    match authority.rsplit_once(':') {
        // Digits after the last colon are a port, unless it is within the brackets of an IPv6 address.
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
            [Cow::Borrowed(url), Cow::Owned(format!("{scheme}://{host}{path}"))]
        }
        Some(_) | None => [Cow::Owned(format!("{scheme}://{authority}:{default}{path}")), Cow::Borrowed(url)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "12345";
    const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";

    fn params() -> Vec<(String, String)> {
        [
            ("CallSid", "CA1234567890ABCDE"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
            ("Caller", "+14158675309"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    /// The worked example of Twilio's own documentation.
    #[test]
    fn the_documented_example_is_valid_and_any_change_is_not() {
        let signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
        assert!(is_valid(TOKEN, URL, Body::Form(&params()), signature));
        assert!(!is_valid("12346", URL, Body::Form(&params()), signature));
        assert!(!is_valid(TOKEN, &URL.replace("bar=2", "bar=3"), Body::Form(&params()), signature));
        assert!(!is_valid(TOKEN, URL, Body::Form(&params()[1..]), signature));
        assert!(!is_valid(TOKEN, URL, Body::Form(&params()), ""));
        assert!(!is_valid(TOKEN, URL, Body::Form(&params()), &signature.to_lowercase()));
        let mut more = params();
        more.push(("AnsweredBy".into(), "human".into()));
        assert!(!is_valid(TOKEN, URL, Body::Form(&more), signature));
    }

    #[test]
    fn the_port_may_be_signed_or_not() {
        let plain = sign(TOKEN, "https://a.example/x", &[]);
        assert!(is_valid(TOKEN, "https://a.example:443/x", Body::Form(&[]), &plain));
        let ported = sign(TOKEN, "https://a.example:443/x", &[]);
        assert!(is_valid(TOKEN, "https://a.example/x", Body::Form(&[]), &ported));
        assert!(is_valid(TOKEN, "http://[::1]:80/x", Body::Form(&[]), &sign(TOKEN, "http://[::1]/x", &[])));
        assert!(!is_valid(TOKEN, "https://a.example:444/x", Body::Form(&[]), &ported));
        assert!(!is_valid(TOKEN, "http://a.example/x", Body::Form(&[]), &plain));
    }

    #[test]
    fn a_raw_body_must_be_hashed_in_the_address() {
        let body = br#"{"event":"hello"}"#;
        let hash: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
        let url = format!("https://a.example/x?bodySHA256={hash}");
        let signature = sign(TOKEN, &url, &[]);
        assert!(is_valid(TOKEN, &url, Body::Raw(body), &signature));
        assert!(!is_valid(TOKEN, &url, Body::Raw(b"{}"), &signature));
        let bare = "https://a.example/x";
        assert!(
            !is_valid(TOKEN, bare, Body::Raw(body), &sign(TOKEN, bare, &[])),
            "the body would be unsigned"
        );
    }
}
