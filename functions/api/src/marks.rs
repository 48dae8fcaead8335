//! Byte-order marks, by which spreadsheets know that a table is UTF-8.
//!
//! `lambda_http` reads the text of an answer as a browser reads a page, and takes the mark off with that: without this, a
//! table that is exported shows `MÃ¼ller`. It takes one off, so it is given two.

use axum::body::{Body, to_bytes};
use axum::response::Response;
use http::header;

const MARK: &[u8] = "\u{feff}".as_bytes();

/// The answer, so that its mark gets through. Its length is that of what arrives.
pub async fn kept(response: Response) -> Response {
    let content_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !content_type.is_some_and(|content_type| content_type.starts_with("text/csv")) {
        return response;
    }
    let (parts, body) = response.into_parts();
    // Tables are made whole, so there is nothing that could fail.
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let body = if bytes.starts_with(MARK) { Body::from([MARK, &bytes].concat()) } else { Body::from(bytes) };
    Response::from_parts(parts, body)
}

#[cfg(test)]
mod tests {
    use lambda_http::IntoResponse;

    use super::*;

    #[tokio::test]
    async fn a_mark_gets_through_to_whoever_asked() {
        for (content_type, text, arrives) in [
            ("text/csv; charset=utf-8", "\u{feff}a,ü", "\u{feff}a,ü"),
            ("text/csv; charset=utf-8", "b,ö", "b,ö"),
            ("application/json", "{}", "{}"),
        ] {
            let response = Response::builder().header(header::CONTENT_TYPE, content_type);
            let response = response.body(Body::from(text)).expect("a response");
            let sent = kept(response).await.into_response().await;
            assert_eq!(sent.body().to_vec(), arrives.as_bytes(), "{text}");
        }
    }
}
