//! Shapes of whoever takes calls: agents, their queues, and how campaigns reach them.

use std::collections::{BTreeMap, BTreeSet};

use utoipa::ToSchema;

use super::{AgentsWhen, Meaning, RingWhen, Transfer, WeekWindow};

/// How a campaign's calls reach agents.
#[derive(ToSchema)]
pub struct AgentsPlan {
    /// The id of the queue whose agents take them.
    queue: String,
    #[schema(required = false)]
    when: AgentsWhen,
    #[schema(required = false)]
    ring: RingWhen,
    #[schema(required = false)]
    transfer: Transfer,
    /// What the agent hears: who it is, and what it is about. May hold merge fields.
    #[schema(max_length = 3000)]
    whisper: String,
    /// What is said before the person is put through.
    #[schema(required = false, max_length = 3000)]
    opening: Option<String>,
    /// What a person hears for whom nobody is free. By law it says on whose behalf the call was made.
    #[schema(max_length = 3000)]
    sorry: String,
    /// The key that opts out while that is said.
    #[schema(required = false, default = "9")]
    refusal_key: String,
    /// How long an agent's telephone rings, seconds.
    #[schema(required = false, minimum = 5, maximum = 60, default = 20)]
    offer_seconds: u16,
    /// How long a person who has answered waits when nobody is being rung for them, seconds.
    #[schema(required = false, maximum = 600, default = 2)]
    patience_seconds: u16,
}

/// How a campaign's calls are put through to somebody outside: blindly, without a word to whoever picks up there.
#[derive(ToSchema)]
pub struct ForwardPlan {
    /// The number, in E.164.
    #[schema(example = "+4930901820")]
    number: String,
    #[schema(required = false)]
    when: AgentsWhen,
    /// What is said before.
    #[schema(required = false, max_length = 3000)]
    opening: Option<String>,
    /// What a person hears whom nobody there takes. By law it says on whose behalf the call was made.
    #[schema(max_length = 3000)]
    sorry: String,
    /// The key that opts out while that is said.
    #[schema(required = false, default = "9")]
    refusal_key: String,
    /// How long it rings there, seconds.
    #[schema(required = false, minimum = 5, maximum = 60, default = 20)]
    ring_seconds: u16,
}

/// What an agent can do, when, and where they are reached.
#[derive(ToSchema)]
#[schema(example = json!(agent_example()))]
pub struct AgentProfile {
    /// What colleagues see.
    name: String,
    /// What they can do, each from 1 to 5.
    #[schema(required = false)]
    skills: BTreeMap<String, u8>,
    /// The ids of the queues that they serve.
    #[schema(required = false)]
    queues: Vec<String>,
    /// The names of the teams that they are in.
    #[schema(required = false, max_items = 20)]
    groups: BTreeSet<String>,
    /// Where they are reached: `{"by": "phone", "number": "+49..."}` or `{"by": "browser"}`.
    #[schema(value_type = serde_json::Value)]
    reach: String,
    /// With how many people they talk at once: one.
    #[schema(required = false, minimum = 1, maximum = 1, default = 1)]
    concurrency: u8,
    /// When they work, and get calls; always, if absent.
    #[schema(required = false)]
    hours: Option<WeekWindow>,
    /// IANA name: the timezone of their hours.
    timezone: String,
}

/// What a queue is for.
#[derive(ToSchema)]
#[schema(example = json!(queue_example()))]
pub struct QueuePlan {
    /// What people call it.
    name: String,
    /// What an agent must be able to do, each at least so well, from 1 to 5.
    #[schema(required = false)]
    skills: BTreeMap<String, u8>,
    /// The names of the teams of which an agent must be in one; of any or none, if there are none.
    #[schema(required = false, max_items = 20)]
    groups: BTreeSet<String>,
    /// 0 is answered first, 9 last.
    #[schema(required = false, maximum = 9, default = 5)]
    priority: u8,
    #[schema(required = false)]
    hold: HoldAudio,
    /// When it is open: for calls in, for those that are handed over, and for campaigns that dial for its agents;
    /// always, if absent.
    #[schema(required = false)]
    hours: Option<WeekWindow>,
    /// What somebody who calls in hears when it is closed, before a message may be left.
    #[schema(required = false, max_length = 3000)]
    closed_notice: Option<String>,
    /// IANA name: the timezone of its hours.
    #[schema(required = false, default = "UTC")]
    timezone: String,
    /// The numbers, in E.164, whose callers come to it.
    #[schema(required = false)]
    numbers: BTreeSet<String>,
    /// What somebody who calls in hears first: that the call is recorded. Without it, it is not.
    #[schema(required = false, max_length = 3000)]
    recording_notice: Option<String>,
    /// How long a call in may wait before it goes to voicemail, seconds.
    #[schema(required = false, maximum = 3600, default = 120)]
    max_wait_seconds: u16,
    /// How long an agent has after a call, seconds.
    #[schema(required = false, maximum = 1800, default = 30)]
    wrap_up_seconds: u16,
    #[schema(required = false)]
    service_level: ServiceLevel,
    /// How agents may classify a call; a standard set if there are none.
    #[schema(required = false)]
    dispositions: Vec<Disposition>,
}

/// What those who wait hear: the words now and then, the audio again and again.
#[derive(ToSchema)]
pub struct HoldAudio {
    /// Words.
    #[schema(required = false, max_length = 3000)]
    say: Option<String>,
    /// The https address of an audio file of some seconds: agents are looked for between two of them.
    #[schema(required = false)]
    play: Option<String>,
}

/// So many of a hundred calls are answered within so many seconds.
#[derive(ToSchema)]
pub struct ServiceLevel {
    /// Of a hundred.
    #[schema(minimum = 1, maximum = 100)]
    percent: u8,
    /// Within, seconds.
    seconds: u16,
}

/// A way in which a call can have gone.
#[derive(ToSchema)]
pub struct Disposition {
    /// As reports name it.
    #[schema(max_length = 40)]
    code: String,
    /// As people read it.
    #[schema(max_length = 100)]
    label: String,
    means: Meaning,
}

/// An agent's profile: every field once.
#[must_use]
pub fn agent_example() -> serde_json::Value {
    serde_json::json!({
        "name": "Ada",
        "skills": {"german": 5, "service": 3},
        "queues": ["que_0192f3a4b5c67d8e9f00112233445566"],
        "groups": ["Berlin"],
        "reach": {"by": "phone", "number": "+4930123456"},
        "hours": {
            "mon": [{"from": "09:00", "until": "17:00"}], "tue": [], "wed": [], "thu": [], "fri": [], "sat": [], "sun": []
        },
        "timezone": "Europe/Berlin"
    })
}

/// A queue's plan: every field once.
#[must_use]
pub fn queue_example() -> serde_json::Value {
    serde_json::json!({
        "name": "Service",
        "skills": {"german": 3},
        "groups": ["Berlin"],
        "priority": 5,
        "hold": {"say": "Please hold the line.", "play": "https://cdn.example.com/hold.mp3"},
        "hours": {
            "mon": [{"from": "09:00", "until": "17:00"}], "tue": [], "wed": [], "thu": [], "fri": [], "sat": [], "sun": []
        },
        "timezone": "Europe/Berlin",
        "closed_notice": "We are closed. Please leave a message after the tone.",
        "max_wait_seconds": 120,
        "wrap_up_seconds": 30,
        "service_level": {"percent": 80, "seconds": 20},
        "dispositions": [{"code": "sold", "label": "Sold", "means": "interested"}]
    })
}
