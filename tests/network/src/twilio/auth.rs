//! Basic authentication by account SID and token.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::ApiError;
use crate::config::Account;
use crate::tokens::Tokens;

/// The account whose credentials a request carries; it must be the one in the path.
pub(crate) fn authenticate<'a>(
    accounts: &'a [Account],
    tokens: &Tokens,
    headers: &HeaderMap,
    path_sid: &str,
) -> Result<&'a Account, ApiError> {
    let credentials = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Basic "))
        .and_then(|encoded| STANDARD.decode(encoded.trim()).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((sid, token)) = credentials.as_deref().and_then(|text| text.split_once(':')) else {
        return Err(ApiError::unauthenticated());
    };
    accounts
        .iter()
        .find(|account| {
            account.sid == sid && tokens.current(&account.token) == token && account.sid == path_sid
        })
        .ok_or_else(ApiError::unauthenticated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_accounts_own_credentials_open_it() {
        let accounts = [Account::example()];
        let try_with = |credentials: &str, path: &str| {
            let mut headers = HeaderMap::new();
            let value = format!("Basic {}", STANDARD.encode(credentials));
            headers.insert(header::AUTHORIZATION, value.parse().expect("a header value"));
            authenticate(&accounts, &Tokens::default(), &headers, path).is_ok()
        };
        let (sid, token) = (&accounts[0].sid, &accounts[0].token);
        assert!(try_with(&format!("{sid}:{token}"), sid));
        assert!(!try_with(&format!("{sid}:wrong"), sid));
        assert!(!try_with(&format!("{sid}:{token}"), "AC00000000000000000000000000000002"));
        assert!(authenticate(&accounts, &Tokens::default(), &HeaderMap::new(), sid).is_err());
    }
}
