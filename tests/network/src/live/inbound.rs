//! Calls that come in: somebody calls one of the accounts' numbers.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use super::place::place;
use crate::journal::lock;
use crate::people::behaviour::{Behaviour, Human};
use crate::shared::Shared;
use crate::twilio::call::Direction;
use crate::twilio::create::{CreateCall, Source, StatusHook};

/// Somebody calls.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallIn {
    /// Their number.
    pub from: String,
    /// The number that they call.
    pub to: String,
    /// What they do; how long it rings is not theirs to say.
    #[serde(default)]
    pub human: Human,
}

/// Why a call did not come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCalled {
    /// No account has that number.
    #[error("no account has that number")]
    NobodysNumber,
    /// The number has no voice URL.
    #[error("the number has no voice URL")]
    LeadsNowhere,
}

/// Lets somebody call; the call's id.
pub(crate) fn call_in(net: &Arc<Shared>, asked: &CallIn) -> Result<String, NotCalled> {
    let number = lock(&net.numbers).iter().find(|own| own.number == asked.to).cloned();
    let number = number.ok_or(NotCalled::NobodysNumber)?;
    let account = net.accounts.iter().find(|account| account.sid == number.account_sid);
    let account = account.ok_or(NotCalled::NobodysNumber)?;
    let voice = number.voice.ok_or(NotCalled::LeadsNowhere)?;
    let request = CreateCall {
        direction: Direction::Inbound,
        parent: None,
        to: asked.to.clone(),
        from: asked.from.clone(),
        source: Source::Hook(voice),
        fallback: number.fallback,
        status: number.status.map(|hook| StatusHook { hook, events: vec!["completed"] }),
        ring: Duration::from_secs(60),
        time_limit: Duration::from_secs(14_400),
        send_digits: None,
        detection: None,
        record: None,
    };
    let behaviour = Behaviour::Human(asked.human.clone());
    let settings = net.settings();
    // Nothing can refuse a call whose caller pays for it.
    place(net, account, &settings, request, (behaviour, 1), Duration::ZERO, |_| Ok(None))
        .map_err(|_| NotCalled::LeadsNowhere)
}
