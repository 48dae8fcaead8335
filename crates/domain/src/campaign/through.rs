//! How people who answer a campaign's calls are put through to somebody: to agents of ours, or to a telephone outside.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::agents::live::{Handling, RingWhen, Transfer};
use crate::agents::queue::QueuePlan;
use crate::attempt::AgentsWhen;
use crate::ids::QueueId;
use crate::phone::E164;
use crate::script::{Digit, Menu, Template};

/// How long the telephone of whoever is to talk with a person may ring, seconds.
const RINGS_SECONDS: RangeInclusive<u16> = 5..=60;
const NEEDS_A_MENU: &str = "needs a menu in the script, with a key for interest";

/// How a campaign's calls reach agents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentsPlan {
    /// Whose agents.
    pub queue: QueueId,
    /// When a person is put through.
    #[serde(default)]
    pub when: AgentsWhen,
    /// When the agent's telephone rings.
    #[serde(default)]
    pub ring: RingWhen,
    /// Whether the agent hears who it is and says yes first.
    #[serde(default)]
    pub transfer: Transfer,
    /// What the agent hears: who it is, and what it is about.
    pub whisper: Template,
    /// What is said before the person is put through: that the call is recorded, say.
    #[serde(default)]
    pub opening: Option<Template>,
    /// What a person hears for whom nobody is free. By law it says on whose behalf the call was made.
    pub sorry: Template,
    /// The key that opts out while that is said.
    #[serde(default = "Menu::opt_out_default")]
    pub refusal_key: Digit,
    /// How long an agent's telephone rings, seconds.
    #[serde(default = "AgentsPlan::offer_seconds_default")]
    pub offer_seconds: u16,
    /// How long a person who has answered waits when nobody is being rung for them, seconds. The law of many places
    /// asks for 2 at most.
    #[serde(default = "AgentsPlan::patience_seconds_default")]
    pub patience_seconds: u16,
}

impl AgentsPlan {
    fn offer_seconds_default() -> u16 {
        20
    }

    fn patience_seconds_default() -> u16 {
        2
    }

    /// What must be mended before it can run.
    pub(super) fn violations(&self, has_menu: bool, violation: &mut impl FnMut(&str, String)) {
        if !RINGS_SECONDS.contains(&self.offer_seconds) {
            violation("agents.offer_seconds", "must be from 5 to 60".into());
        }
        if self.patience_seconds > 600 {
            violation("agents.patience_seconds", "must be at most 600".into());
        }
        if self.when == AgentsWhen::Interest && !has_menu {
            violation("agents.when", NEEDS_A_MENU.into());
        }
    }

    /// How its live calls are dealt with.
    #[must_use]
    pub fn handling(&self, queue: &QueuePlan) -> Handling {
        Handling {
            offer_seconds: self.offer_seconds,
            patience_seconds: self.patience_seconds,
            wrap_up_seconds: queue.wrap_up_seconds,
            ring: self.ring,
            transfer: self.transfer,
        }
    }
}

/// How a campaign's calls are put through to somebody outside: blindly, for whoever picks up there hears nothing before,
/// and is nobody whom we could hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForwardPlan {
    /// Where to.
    pub number: E164,
    /// When a person is put through.
    #[serde(default)]
    pub when: AgentsWhen,
    /// What is said before.
    #[serde(default)]
    pub opening: Option<Template>,
    /// What a person hears whom nobody there takes. By law it says on whose behalf the call was made.
    pub sorry: Template,
    /// The key that opts out while that is said.
    #[serde(default = "Menu::opt_out_default")]
    pub refusal_key: Digit,
    /// How long it rings there, seconds.
    #[serde(default = "AgentsPlan::offer_seconds_default")]
    pub ring_seconds: u16,
}

impl ForwardPlan {
    /// What must be mended before it can run.
    pub(super) fn violations(&self, has_menu: bool, violation: &mut impl FnMut(&str, String)) {
        if !RINGS_SECONDS.contains(&self.ring_seconds) {
            violation("forward.ring_seconds", "must be from 5 to 60".into());
        }
        if self.when == AgentsWhen::Interest && !has_menu {
            violation("forward.when", NEEDS_A_MENU.into());
        }
    }
}
