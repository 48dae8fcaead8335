//! The addresses that Twilio calls back: `{public}/twilio/voice/{call}/{hook}`.
//!
//! The attempt, or the call that came in, stands in the path, so that a callback finds it without a look-up, and a call
//! that was placed although the answer to us was lost still reports to the right one.
//!
//! The fragment tells Twilio how to deal with a request that fails (its "connection overrides"); it is neither
//! sent nor signed. By default Twilio tries again only where it could not connect: one throttled or crashed
//! function would lose the end of a call, or tell a person that "an application error has occurred".

use carillon_domain::ids::{AttemptRef, LiveId, TenantId};

const PREFIX: &str = "/twilio/voice/";
const INBOUND: &str = "/twilio/inbound/";

/// What a number at Twilio calls for when somebody calls it. An admin sets these addresses there, by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InboundHook {
    /// `{public}/twilio/inbound/{tenant}`: what shall be said?
    Answer,
    /// `{public}/twilio/inbound/{tenant}/status`: the call is over.
    Status,
}

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
    /// A person for whom nobody was free a moment ago.
    Again {
        /// How often that has been so.
        turn: u8,
    },
    /// A person is sent into the conference, by us.
    Enter,
    /// A person waits in the conference: what do they hear next?
    Wait {
        /// How many bits they have heard.
        turn: u16,
    },
    /// The person's part in the conference is over.
    Left,
    /// Nobody is free for the person.
    Sorry,
    /// A key was pressed while that was said, or none.
    Refusal,
    /// What answered is a machine after all.
    Machine,
    /// Something was said or pressed while a message was left on a machine, or nothing.
    Rescue,
    /// The conference has begun or ended, or somebody has come or gone.
    Conference,
    /// A message was recorded for us.
    Voicemail,
    /// The call to somebody outside, to whom the person was put through, is over or came to nothing.
    Forwarded,
    /// The leg of the agent to whom the call is offered.
    Agent {
        /// What about it.
        about: LegHook,
        /// The offer's number.
        offer: u16,
    },
    /// The leg of a third party.
    Guest {
        /// What about it.
        about: LegHook,
        /// Which.
        guest: u16,
    },
}

/// What Twilio calls back for about a leg on our side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LegHook {
    /// It was answered.
    Answer,
    /// A key was pressed, or none in time.
    Key,
    /// It is sent into the conference, by us.
    Join,
    /// Its part in the conference is over.
    Left,
    /// It is over.
    Status,
}

impl LegHook {
    const ALL: [Self; 5] = [Self::Answer, Self::Key, Self::Join, Self::Left, Self::Status];

    fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Key => "key",
            Self::Join => "join",
            Self::Left => "left",
            Self::Status => "status",
        }
    }

    fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hook| hook.name() == name)
    }
}

/// Somebody listens to silence meanwhile: try once more, then let it be.
const HEARD: &str = "#ct=2000&rt=7000&rc=1&rp=all";
/// Nobody waits: be stubborn.
const UNHEARD: &str = "#ct=2000&rt=7000&rc=3&rp=all";

impl Hook {
    fn name(self) -> String {
        let name = match self {
            Self::Answer => "answer",
            Self::Status => "status",
            Self::Amd => "amd",
            Self::Recording => "recording",
            Self::Gather { .. } => "gather",
            Self::Again { .. } => "again",
            Self::Enter => "enter",
            Self::Wait { .. } => "wait",
            Self::Left => "left",
            Self::Sorry => "sorry",
            Self::Refusal => "refusal",
            Self::Machine => "machine",
            Self::Rescue => "rescue",
            Self::Conference => "conference",
            Self::Voicemail => "voicemail",
            Self::Forwarded => "forwarded",
            Self::Agent { about, .. } => return format!("agent-{}", about.name()),
            Self::Guest { about, .. } => return format!("guest-{}", about.name()),
        };
        name.to_owned()
    }

    /// The number that it carries, and its name.
    fn number(self) -> Option<(&'static str, u16)> {
        match self {
            Self::Gather { round } => (round > 0).then_some(("round", u16::from(round))),
            Self::Again { turn } => Some(("turn", u16::from(turn))),
            Self::Wait { turn } => Some(("turn", turn)),
            Self::Agent { offer, .. } => Some(("offer", offer)),
            Self::Guest { guest, .. } => Some(("guest", guest)),
            Self::Answer
            | Self::Status
            | Self::Amd
            | Self::Recording
            | Self::Enter
            | Self::Left
            | Self::Sorry
            | Self::Refusal
            | Self::Machine
            | Self::Rescue
            | Self::Conference
            | Self::Voicemail
            | Self::Forwarded => None,
        }
    }

    /// Whether somebody hears what we answer.
    #[must_use]
    pub fn is_heard(self) -> bool {
        match self {
            Self::Answer
            | Self::Gather { .. }
            | Self::Again { .. }
            | Self::Enter
            | Self::Wait { .. }
            | Self::Left
            | Self::Sorry
            | Self::Refusal
            | Self::Machine
            | Self::Rescue
            | Self::Forwarded => true,
            Self::Status | Self::Amd | Self::Recording | Self::Conference | Self::Voicemail => false,
            Self::Agent { about, .. } | Self::Guest { about, .. } => about != LegHook::Status,
        }
    }

    /// Twilio gives a request and its repetitions 15 seconds together.
    fn overrides(self) -> &'static str {
        if self.is_heard() { HEARD } else { UNHEARD }
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
    /// The address of a hook of a call, to be given to Twilio.
    #[must_use]
    pub fn hook(&self, live: &LiveId, hook: Hook) -> String {
        let query = hook.number().map(|(name, number)| format!("?{name}={number}")).unwrap_or_default();
        format!("{}{PREFIX}{live}/{}{query}{}", self.0, hook.name(), hook.overrides())
    }

    /// The address that a tenant's numbers lead to: what an admin enters at Twilio.
    #[must_use]
    pub fn inbound(&self, tenant: &TenantId) -> String {
        format!("{}{INBOUND}{tenant}", self.0)
    }

    /// Which of our calls a text is about in which an address of ours stands: a parameter that was such an address, or a
    /// document with one in it. A leg to an agent or a third party is about the same call and is not it.
    #[must_use]
    pub fn placed_for(&self, text: &str) -> Option<AttemptRef> {
        let hooks = format!("{}{PREFIX}", self.0);
        let mut addresses = text.match_indices(&hooks).filter_map(|(at, _)| {
            let path = text[at + self.0.len()..].split(['?', '#', '"', '\'', '<', '&', ' ']).next()?;
            let (live, hook) = path.strip_prefix(PREFIX)?.split_once('/')?;
            let live: LiveId = live.parse().ok()?;
            (!hook.starts_with("agent-") && !hook.starts_with("guest-")).then(|| live.attempt().cloned())
        });
        addresses.next().flatten()
    }

    /// The address that Twilio called, as it signed it: this one with the request's path and query. Where the
    /// public address has a path of its own, a gateway may or may not pass it on.
    #[must_use]
    pub fn called(&self, path: &str, query: Option<&str>) -> String {
        let from = [PREFIX, INBOUND].iter().find_map(|prefix| path.find(prefix)).unwrap_or(0);
        let mut url = format!("{}{}", self.0, &path[from..]);
        if let Some(query) = query.filter(|query| !query.is_empty()) {
            url.push('?');
            url.push_str(query);
        }
        url
    }
}

/// Whose number was called, and what its webhook is for; `None` if the path is none of ours.
#[must_use]
pub fn parse_inbound(path: &str) -> Option<(TenantId, InboundHook)> {
    let (_, rest) = path.split_once(INBOUND)?;
    let (tenant, hook) = match rest.strip_suffix("/status") {
        Some(tenant) => (tenant, InboundHook::Status),
        None => (rest, InboundHook::Answer),
    };
    Some((tenant.parse().ok()?, hook))
}

/// Which call and hook a request's path and raw query mean; `None` if it is none of ours.
#[must_use]
pub fn parse(path: &str, query: Option<&str>) -> Option<(LiveId, Hook)> {
    let (_, rest) = path.split_once(PREFIX)?;
    let (live, hook) = rest.split_once('/')?;
    let number = |wanted: &str| {
        let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.parse::<u16>())
    };
    let small = |wanted| number(wanted).map_or(Some(0), |value| u8::try_from(value.ok()?).ok());
    let hook = match hook {
        "answer" => Hook::Answer,
        "status" => Hook::Status,
        "amd" => Hook::Amd,
        "recording" => Hook::Recording,
        "gather" => Hook::Gather { round: small("round")? },
        "again" => Hook::Again { turn: small("turn")? },
        "enter" => Hook::Enter,
        "wait" => Hook::Wait { turn: number("turn").unwrap_or(Ok(0)).ok()? },
        "left" => Hook::Left,
        "sorry" => Hook::Sorry,
        "refusal" => Hook::Refusal,
        "machine" => Hook::Machine,
        "rescue" => Hook::Rescue,
        "conference" => Hook::Conference,
        "voicemail" => Hook::Voicemail,
        "forwarded" => Hook::Forwarded,
        leg => match leg.split_once('-')? {
            ("agent", about) => Hook::Agent { about: LegHook::of(about)?, offer: number("offer")?.ok()? },
            ("guest", about) => Hook::Guest { about: LegHook::of(about)?, guest: number("guest")?.ok()? },
            (_, _) => return None,
        },
    };
    Some((live.parse().ok()?, hook))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_can_be_read_again() {
        let base: PublicUrl = "https://voice.example.com/stage/".parse().expect("valid");
        let mut hooks = vec![
            Hook::Answer,
            Hook::Status,
            Hook::Amd,
            Hook::Recording,
            Hook::Again { turn: 1 },
            Hook::Enter,
            Hook::Wait { turn: 300 },
            Hook::Left,
            Hook::Sorry,
            Hook::Refusal,
            Hook::Machine,
            Hook::Rescue,
            Hook::Conference,
            Hook::Voicemail,
            Hook::Forwarded,
        ];
        hooks.extend([0, 1, 7].map(|round| Hook::Gather { round }));
        hooks.extend(LegHook::ALL.map(|about| Hook::Agent { about, offer: 2 }));
        hooks.extend(LegHook::ALL.map(|about| Hook::Guest { about, guest: 3 }));
        let calls: [LiveId; 2] = ["acme.cmp_1.con_2.3", "acme.inb_1"].map(|id| id.parse().expect("valid"));
        for (live, hook) in calls.iter().flat_map(|live| hooks.iter().map(move |hook| (live, *hook))) {
            let url = base.hook(live, hook);
            let (url, _) = url.split_once('#').expect("overrides");
            let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
            let path = path.strip_prefix("https://voice.example.com").expect("our host");
            assert_eq!(parse(path, query), Some((live.clone(), hook)), "{url}");
            assert_eq!(base.called(path, query), url);
            let stripped = path.strip_prefix("/stage").expect("our stage");
            assert_eq!(base.called(stripped, query), url);
        }
    }

    #[test]
    fn what_a_call_was_placed_for_is_read_wherever_our_address_stands() {
        let base: PublicUrl = "https://voice.example.com/stage".parse().expect("valid");
        let live: LiveId = "acme.cmp_1.con_2.3".parse().expect("valid");
        let hook = |hook| base.hook(&live, hook);
        let document = format!(r#"<Say>Hi!</Say><Gather action="{}">"#, hook(Hook::Gather { round: 1 }));
        let redirect = format!("<Redirect>{}</Redirect>", hook(Hook::Again { turn: 2 }));
        let stripped = hook(Hook::Status).split('#').next().map(str::to_owned).expect("a base");
        for text in [hook(Hook::Answer), hook(Hook::Status), stripped, document, redirect] {
            assert_eq!(base.placed_for(&text).as_ref(), live.attempt(), "{text}");
        }
        let inbound = base.hook(&"acme.inb_1".parse().expect("valid"), Hook::Status);
        let leg = hook(Hook::Agent { about: LegHook::Status, offer: 1 });
        let elsewhere = hook(Hook::Status).replace("voice.example.com", "voice.example.org");
        for text in
            ["", "+15005550006", "https://voice.example.com/stage/twilio/voice/", &inbound, &leg, &elsewhere]
        {
            assert_eq!(base.placed_for(text), None, "{text}");
        }
    }

    #[test]
    fn a_numbers_own_addresses_name_the_tenant() {
        let acme: TenantId = "acme".parse().expect("valid");
        let base: PublicUrl = "https://voice.example.com".parse().expect("valid");
        for (path, expected) in [
            ("/twilio/inbound/acme", Some((acme.clone(), InboundHook::Answer))),
            ("/stage/twilio/inbound/acme/status", Some((acme, InboundHook::Status))),
            ("/twilio/inbound/", None),
            ("/twilio/inbound/ac%20me", None),
            ("/twilio/inbound/acme/other", None),
        ] {
            assert_eq!(parse_inbound(path), expected, "{path}");
        }
        let called = base.called("/stage/twilio/inbound/acme/status", None);
        assert_eq!(called, "https://voice.example.com/twilio/inbound/acme/status");
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
            ("/twilio/voice/acme.cmp_1.con_2.3/agent-answer", None),
            ("/twilio/voice/acme.cmp_1.con_2.3/agent-answer", Some("offer=-1")),
            ("/twilio/voice/acme.cmp_1.con_2.3/agent-hop", Some("offer=1")),
            ("/twilio/voice/acme.cmp_1.con_2.3/boss-answer", Some("offer=1")),
            ("/twilio/voice/acme.cmp_1/answer", None),
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
