//! Form parameters, each of which must be asked for by name: what is left over was not known.

use axum::http::{HeaderMap, header};
use url::Url;

use super::error::ApiError;

/// The parameters of one request, in order, not yet asked for.
#[derive(Clone, Debug)]
pub(crate) struct Form(Vec<(String, String)>);

/// How a webhook is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum HttpMethod {
    Get,
    #[default]
    Post,
}

impl HttpMethod {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_uppercase().as_str() {
            "GET" => Some(Self::Get),
            "POST" => Some(Self::Post),
            _ => None,
        }
    }
}

/// A webhook's address and method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hook {
    pub(crate) url: Url,
    pub(crate) method: HttpMethod,
}

impl Form {
    /// Reads a body, which must be form-encoded.
    pub(crate) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, ApiError> {
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !body.is_empty() && !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(ApiError::unsupported_media_type());
        }
        if std::str::from_utf8(body).is_err() {
            return Err(ApiError::bad(20001, "The body is not valid UTF-8"));
        }
        Ok(Self::parse(body))
    }

    pub(crate) fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// All values of a parameter that may be repeated.
    pub(crate) fn all(&mut self, name: &str) -> Vec<String> {
        let mut values = Vec::new();
        self.0.retain_mut(|(key, value)| {
            let hit = key == name;
            if hit {
                values.push(std::mem::take(value));
            }
            !hit
        });
        values
    }

    /// A parameter; when repeated its last value, when empty none, as Twilio reads them.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        self.all(name).pop().filter(|value| !value.is_empty())
    }

    /// Whether a parameter is there and empty, which for an address may mean something.
    pub(crate) fn is_blank(&self, name: &str) -> bool {
        self.0.iter().rfind(|(key, _)| key == name).is_some_and(|(_, value)| value.is_empty())
    }

    pub(crate) fn boolean(&mut self, name: &str) -> Result<Option<bool>, ApiError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match text.to_ascii_lowercase().as_str() {
            "true" => Ok(Some(true)),
            "false" => Ok(Some(false)),
            _ => Err(ApiError::invalid(name)),
        }
    }

    /// A whole number within bounds, or the error that `refuse` makes.
    pub(crate) fn number(
        &mut self,
        name: &str,
        bounds: std::ops::RangeInclusive<u32>,
        refuse: impl FnOnce() -> ApiError,
    ) -> Result<Option<u32>, ApiError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match text.parse() {
            Ok(number) if bounds.contains(&number) => Ok(Some(number)),
            Ok(_) | Err(_) => Err(refuse()),
        }
    }

    pub(crate) fn one_of(
        &mut self,
        name: &str,
        choices: &[&'static str],
    ) -> Result<Option<&'static str>, ApiError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match choices.iter().find(|choice| **choice == text) {
            Some(choice) => Ok(Some(choice)),
            None => Err(ApiError::invalid(name)),
        }
    }

    /// Repeated parameters out of a closed set; one value may also hold several, separated by spaces.
    pub(crate) fn several_of(
        &mut self,
        name: &str,
        choices: &[&'static str],
    ) -> Result<Vec<&'static str>, ApiError> {
        let mut chosen = Vec::new();
        for value in self.all(name) {
            for word in value.split_whitespace() {
                match choices.iter().find(|choice| **choice == word) {
                    Some(choice) => chosen.push(*choice),
                    None => return Err(ApiError::bad(21626, format!("Invalid {name} event: {word}"))),
                }
            }
        }
        Ok(chosen)
    }

    pub(crate) fn method(&mut self, name: &str) -> Result<HttpMethod, ApiError> {
        match self.text(name) {
            None => Ok(HttpMethod::Post),
            Some(text) => HttpMethod::parse(&text)
                .ok_or_else(|| ApiError::bad(21209, format!("{name} must be GET or POST"))),
        }
    }

    /// A webhook: its URL must be absolute, http or https.
    pub(crate) fn hook(&mut self, url: &str, method: &str) -> Result<Option<Hook>, ApiError> {
        let method_value = self.method(method)?;
        let Some(text) = self.text(url) else { return Ok(None) };
        match Url::parse(&text) {
            Ok(parsed) if matches!(parsed.scheme(), "http" | "https") && parsed.has_host() => {
                Ok(Some(Hook { url: parsed, method: method_value }))
            }
            Ok(_) | Err(_) => Err(ApiError::bad(21205, format!("{url} is not a valid URL: {text}"))),
        }
    }

    /// Whatever was not asked for.
    pub(crate) fn unknown(&self) -> Option<&str> {
        self.0.first().map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_events_are_all_read_and_unknown_ones_refused() {
        let mut form = Form::parse(b"StatusCallbackEvent=initiated&StatusCallbackEvent=ringing+answered");
        let events = form.several_of("StatusCallbackEvent", &["initiated", "ringing", "answered"]);
        assert_eq!(events, Ok(vec!["initiated", "ringing", "answered"]));
        let mut form = Form::parse(b"StatusCallbackEvent=anwsered");
        assert!(form.several_of("StatusCallbackEvent", &["answered"]).is_err());
    }

    #[test]
    fn a_relative_or_foreign_url_is_21205() {
        for body in ["Url=%2Frelative", "Url=ftp%3A%2F%2Fexample.com", "Url=nonsense"] {
            let refused = Form::parse(body.as_bytes()).hook("Url", "Method").map(|_| ());
            assert_eq!(refused.map_err(|error| error.code), Err(21205), "{body}");
        }
    }

    #[test]
    fn what_is_not_asked_for_is_unknown() {
        let mut form = Form::parse(b"To=1&Tiemout=5");
        assert_eq!(form.text("To").as_deref(), Some("1"));
        assert_eq!(form.unknown(), Some("Tiemout"));
    }
}
