//! Attributes, each of which must be asked for by name: what is left over is not in the schema.

use std::ops::RangeInclusive;

use super::TwimlError;
use super::xml::Element;
use crate::twilio::form::HttpMethod;

/// The attributes of one element, not yet asked for.
pub(crate) struct Attributes<'a> {
    verb: &'a str,
    left: Vec<(&'a str, &'a str)>,
}

impl<'a> Attributes<'a> {
    pub(crate) fn of(element: &'a Element) -> Self {
        let left = element.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Self { verb: &element.name, left }
    }

    pub(crate) fn text(&mut self, name: &str) -> Option<&'a str> {
        let index = self.left.iter().position(|(key, _)| *key == name)?;
        Some(self.left.swap_remove(index).1)
    }

    fn invalid(&self, name: &str, value: &str) -> TwimlError {
        TwimlError::schema(format!("<{}> has an invalid {name}: {value:?}", self.verb))
    }

    pub(crate) fn number(
        &mut self,
        name: &str,
        bounds: RangeInclusive<u32>,
    ) -> Result<Option<u32>, TwimlError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match text.parse() {
            Ok(number) if bounds.contains(&number) => Ok(Some(number)),
            Ok(_) | Err(_) => Err(self.invalid(name, text)),
        }
    }

    /// The same under a code of its own.
    pub(crate) fn coded<T>(
        &mut self,
        code: u32,
        read: impl FnOnce(&mut Self) -> Result<T, TwimlError>,
    ) -> Result<T, TwimlError> {
        read(self).map_err(|error| TwimlError { code, ..error })
    }

    /// A number, or the word `auto`, which is read as `automatic`.
    pub(crate) fn number_or_auto(
        &mut self,
        name: &str,
        bounds: RangeInclusive<u32>,
        automatic: u32,
    ) -> Result<Option<u32>, TwimlError> {
        match self.left.iter().any(|(key, value)| *key == name && *value == "auto") {
            true => Ok(self.text(name).map(|_| automatic)),
            false => self.number(name, bounds),
        }
    }

    pub(crate) fn boolean(&mut self, name: &str) -> Result<Option<bool>, TwimlError> {
        match self.text(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(self.invalid(name, other)),
        }
    }

    pub(crate) fn one_of(&mut self, name: &str, choices: &[&str]) -> Result<Option<&'a str>, TwimlError> {
        match self.text(name) {
            Some(text) if !choices.contains(&text) => Err(self.invalid(name, text)),
            chosen => Ok(chosen),
        }
    }

    pub(crate) fn words_of(
        &mut self,
        name: &str,
        choices: &[&str],
    ) -> Result<Option<Vec<&'a str>>, TwimlError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let words: Vec<_> = text.split_whitespace().collect();
        match !words.is_empty() && words.iter().all(|word| choices.contains(word)) {
            true => Ok(Some(words)),
            false => Err(self.invalid(name, text)),
        }
    }

    /// Keys out of `0`-`9`, `*` and `#`; may be empty.
    pub(crate) fn keys(&mut self, name: &str) -> Result<Option<&'a str>, TwimlError> {
        match self.text(name) {
            Some(text) if !text.chars().all(|key| "0123456789*#".contains(key)) => {
                Err(self.invalid(name, text))
            }
            keys => Ok(keys),
        }
    }

    pub(crate) fn method(&mut self, name: &str) -> Result<HttpMethod, TwimlError> {
        match self.text(name) {
            None => Ok(HttpMethod::Post),
            Some(text) => HttpMethod::parse(text).ok_or_else(|| self.invalid(name, text)),
        }
    }

    /// Asks for attributes that change nothing here, so that they are known.
    pub(crate) fn accept(&mut self, names: &[&str]) {
        for name in names {
            self.text(name);
        }
    }

    pub(crate) fn finish(self) -> Result<(), TwimlError> {
        match self.left.first() {
            None => Ok(()),
            Some((name, _)) => Err(TwimlError::schema(format!("<{}> has no attribute {name:?}", self.verb))),
        }
    }
}
