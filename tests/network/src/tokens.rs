//! Auth tokens that change while the network runs, as one that was rotated in Twilio's console does: from then on requests
//! must present the new one, and webhooks are signed with it, of calls under way too.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;

use crate::shared::Shared;

/// The present token of each account whose token is no longer the one that it began with, by that one.
#[derive(Debug, Default)]
pub(crate) struct Tokens(RwLock<HashMap<String, String>>);

impl Tokens {
    /// The token that counts, of the account that began with this one.
    pub(crate) fn current(&self, first: &str) -> String {
        let rotated = self.0.read().unwrap_or_else(PoisonError::into_inner);
        rotated.get(first).cloned().unwrap_or_else(|| first.to_owned())
    }

    fn rotate(&self, first: &str, token: String) {
        let mut rotated = self.0.write().unwrap_or_else(PoisonError::into_inner);
        rotated.insert(first.to_owned(), token);
    }
}

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/_network/accounts/{sid}/token", post(rotate))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotation {
    token: String,
}

async fn rotate(
    State(net): State<Arc<Shared>>,
    Path(sid): Path<String>,
    Json(Rotation { token }): Json<Rotation>,
) -> StatusCode {
    let Some(account) = net.accounts.iter().find(|account| account.sid == sid) else {
        return StatusCode::NOT_FOUND;
    };
    net.tokens.rotate(&account.token, token);
    StatusCode::NO_CONTENT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_counts_until_it_is_rotated_and_may_come_back() {
        let tokens = Tokens::default();
        assert_eq!(tokens.current("one"), "one");
        tokens.rotate("one", "two".to_owned());
        assert_eq!((tokens.current("one"), tokens.current("other")), ("two".to_owned(), "other".to_owned()));
        tokens.rotate("one", "one".to_owned());
        assert_eq!(tokens.current("one"), "one");
    }
}
