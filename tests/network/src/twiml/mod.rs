//! TwiML: read strictly, executed verb by verb.
//!
//! `xml` makes a tree, `attributes` reads what an element may carry, and `verbs` has one module per concern,
//! each with its `read` and its `run`. A new verb is a module there and a line in `Verb`.

mod attributes;
pub(crate) mod verbs;
mod xml;

pub(crate) use verbs::{Flow, Verb, spoken};

/// What is wrong with a document, under Twilio's error code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct TwimlError {
    pub(crate) code: u32,
    pub(crate) message: String,
}

impl TwimlError {
    /// 12100: it is no XML document.
    pub(crate) fn parse(message: impl Into<String>) -> Self {
        Self { code: 12100, message: message.into() }
    }

    /// An error with a code of its own.
    pub(crate) fn coded(code: u32, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// 12200: it is one, but not of TwiML's schema.
    pub(crate) fn schema(message: impl Into<String>) -> Self {
        Self { code: 12200, message: message.into() }
    }
}

/// Longest document, in bytes.
pub(crate) const DOCUMENT_BYTES_MAX: usize = 64 * 1024;

/// Reads a whole document.
pub(crate) fn read(text: &str) -> Result<Vec<Verb>, TwimlError> {
    let root = xml::read(text)?;
    if root.name != "Response" {
        return Err(TwimlError {
            code: 12102,
            message: format!("the root is <{}>, not <Response>", root.name),
        });
    }
    attributes::Attributes::of(&root).finish()?;
    root.elements_only()?.map(Verb::read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Option<u32> {
        read(text).err().map(|error| error.code)
    }

    #[test]
    fn a_document_with_every_verb_is_read() {
        let text = r##"<?xml version="1.0" encoding="UTF-8"?>
            <!-- one of each -->
            <Response>
              <Say voice="Polly.Vicki-Neural" language="de-DE">Guten Tag &amp; <break time="500ms"/>willkommen</Say>
              <Play loop="2">https://example.com/a.wav</Play>
              <Pause length="2"/>
              <Gather input="dtmf speech" numDigits="1" timeout="5" action="/keys?a=1&amp;b=2" method="POST">
                <Say>Press 1</Say><Pause/><Play>https://example.com/b.mp3</Play>
              </Gather>
              <Record maxLength="30" finishOnKey="#" playBeep="true" action="/recorded"/>
              <Redirect method="GET">/next</Redirect>
              <Hangup/>
            </Response>"##;
        assert_eq!(read(text).map(|verbs| verbs.len()), Ok(7));
    }

    #[test]
    fn what_twilio_would_not_run_is_refused_with_its_code() {
        for (text, expected) in [
            ("", 12100),
            ("<Response>", 12100),
            ("<Response><Say>a</Response>", 12100),
            ("<Response/><Response/>", 12100),
            ("<Response>&nbsp;</Response>", 12100),
            ("{\"a\":1}", 12100),
            ("<Reply/>", 12102),
            ("<Response>words</Response>", 12200),
            ("<Response lang='de'/>", 12200),
            ("<Response><say>a</say></Response>", 12200),
            ("<Response><Say vioce='alice'>a</Say></Response>", 12200),
            ("<Response><Say loop='x'>a</Say></Response>", 12200),
            ("<Response><Say></Say></Response>", 13520),
            ("<Response><Pause length='0.5'/></Response>", 12200),
            ("<Response><Gather numDigits='0'/></Response>", 12200),
            ("<Response><Gather input='keys'/></Response>", 12200),
            ("<Response><Gather><Gather/></Gather></Response>", 12200),
            ("<Response><Gather method='PUT'/></Response>", 12200),
            ("<Response><Hangup>now</Hangup></Response>", 12200),
            ("<Response><Play></Play></Response>", 13420),
        ] {
            assert_eq!(code(text), Some(expected), "{text}");
        }
    }
}
