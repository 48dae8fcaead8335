//! The addresses that Twilio calls back: `{public}/twilio/voice/{attempt}/{hook}`.
//!
//! The attempt stands in the path, so that a callback finds its attempt without a look-up, and a call that was
//! placed although the answer to us was lost still reports to the right one.
//!
//! The fragment tells Twilio how to deal with a request that fails (its "connection overrides"); it is neither
//! sent nor signed. By default Twilio tries again only where it could not connect: one throttled or crashed
//! function would lose the end of a call, or tell a person that "an application error has occurred".

use carillon_domain::ids::AttemptRef;

const PREFIX: &str = "/twilio/voice/";

/// What Twilio calls back for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hook {
    /// Somebody or something picked up: what shall be said?
    Answer,
    /// The call is over.
    Status,
    /// Asynchronous answering machine detection has a verdict.
    Amd,
    /// A recording is ready.
    Recording,
    /// Keys were pressed, words were spoken, or neither in time.
    Gather {
        /// How often the menu had been said before: 0 the first time.
        round: u8,
    },
}

impl Hook {
    fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Status => "status",
            Self::Amd => "amd",
            Self::Recording => "recording",
            Self::Gather { .. } => "gather",
        }
    }

    /// Twilio gives a request and its repetitions 15 seconds together.
    fn overrides(self) -> &'static str {
        match self {
            // Somebody listens to silence meanwhile: try once more, then let it be.
            Self::Answer | Self::Gather { .. } => "#ct=2000&rt=7000&rc=1&rp=all",
            // Nobody waits: be stubborn.
            Self::Status | Self::Amd | Self::Recording => "#ct=2000&rt=7000&rc=3&rp=all",
        }
    }
}

/// Where Twilio reaches us, without a slash at the end: `https://voice.example.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

/// Not an address that callbacks can be built on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a public URL begins with http:// or https:// and has no query or fragment")]
pub struct BadPublicUrl;

impl std::str::FromStr for PublicUrl {
    type Err = BadPublicUrl;

    fn from_str(text: &str) -> Result<Self, BadPublicUrl> {
        let text = text.trim_end_matches('/');
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let plausible = rest.is_some_and(|rest| {
            !rest.is_empty() && !rest.starts_with('/') && !rest.contains(['?', '#', ' ', '\\', '@'])
        });
        if plausible { Ok(Self(text.to_owned())) } else { Err(BadPublicUrl) }
    }
}

impl PublicUrl {
    /// The address of a hook of an attempt, to be given to Twilio.
    #[must_use]
    pub fn hook(&self, attempt: &AttemptRef, hook: Hook) -> String {
        let query = match hook {
            Hook::Gather { round } if round > 0 => format!("?round={round}"),
            Hook::Answer | Hook::Status | Hook::Amd | Hook::Recording | Hook::Gather { .. } => String::new(),
        };
        format!("{}{PREFIX}{attempt}/{}{query}{}", self.0, hook.name(), hook.overrides())
    }

    /// The address that Twilio called, as it signed it: this one with the request's path and query. Where the
    /// public address has a path of its own, a gateway may or may not pass it on.
    #[must_use]
    pub fn called(&self, path: &str, query: Option<&str>) -> String {
        let from = path.find(PREFIX).unwrap_or(0);
        let mut url = format!("{}{}", self.0, &path[from..]);
        if let Some(query) = query.filter(|query| !query.is_empty()) {
            url.push('?');
            url.push_str(query);
        }
        url
    }
}

/// Which attempt and hook a request's path and raw query mean; `None` if it is none of ours.
#[must_use]
pub fn parse(path: &str, query: Option<&str>) -> Option<(AttemptRef, Hook)> {
    let (_, rest) = path.split_once(PREFIX)?;
    let (attempt, hook) = rest.split_once('/')?;
    let hook = match hook {
        "answer" => Hook::Answer,
        "status" => Hook::Status,
        "amd" => Hook::Amd,
        "recording" => Hook::Recording,
        "gather" => {
            let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
            let round = pairs.find(|(name, _)| name == "round").map(|(_, value)| value.parse());
            Hook::Gather { round: round.transpose().ok()?.unwrap_or(0) }
        }
        _ => return None,
    };
    Some((attempt.parse().ok()?, hook))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_can_be_read_again() {
        let base: PublicUrl = "https://voice.example.com/stage/".parse().expect("valid");
        let attempt: AttemptRef = "acme.cmp_1.con_2.3".parse().expect("valid");
        let hooks = [Hook::Answer, Hook::Status, Hook::Amd, Hook::Recording];
        for hook in hooks.into_iter().chain([0, 1, 7].map(|round| Hook::Gather { round })) {
            let url = base.hook(&attempt, hook);
            let (url, _) = url.split_once('#').expect("overrides");
            let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
            let path = path.strip_prefix("https://voice.example.com").expect("our host");
            assert_eq!(parse(path, query), Some((attempt.clone(), hook)), "{url}");
            assert_eq!(base.called(path, query), url);
            let stripped = path.strip_prefix("/stage").expect("our stage");
            assert_eq!(base.called(stripped, query), url);
        }
    }

    #[test]
    fn nothing_else_is_read() {
        for (path, query) in [
            ("/", None),
            ("/twilio/voice/acme.cmp_1.con_2.3", None),
            ("/twilio/voice/acme.cmp_1.con_2.3/", None),
            ("/twilio/voice/acme.cmp_1.con_2.3/answers", None),
            ("/twilio/voice/acme.cmp_1.con_2/answer", None),
            ("/twilio/voice/acme.cmp_1.con_2.3/gather", Some("round=x")),
            ("/twilio/voice/acme.cmp_1.con_2.3/gather", Some("round=256")),
        ] {
            assert_eq!(parse(path, query), None, "{path}");
        }
        for base in [
            "",
            "https://",
            "ftp://example.com",
            "https://a/?b",
            "https://a#b",
            "https://u:p@a",
            "https:///a",
        ] {
            assert_eq!(base.parse::<PublicUrl>(), Err(BadPublicUrl), "{base}");
        }
    }
}
