//! What a change of the table means to people outside: the one vocabulary of live pages and of webhooks.

use std::collections::BTreeSet;

use carillon_domain::agents::live::LiveCall;
use carillon_domain::agents::presence::Presence;
use carillon_domain::attempt::{Attempt, Recording};
use carillon_domain::campaign::{Campaign, CampaignState};
use carillon_domain::ids::{AgentId, AttemptRef, CampaignId, ContactId, ImportId, LiveId, TenantId};
use carillon_domain::outcome::Outcome;
use carillon_domain::ports::AnsweredBy;
use carillon_domain::suppression::Suppression;
use jiff::Timestamp;
use serde::Serialize;

use crate::contacts::attempt_of;
use crate::imports::{Import, ImportState};
use crate::port::Item;
use crate::sweeps::Change;
use crate::tenant::text_of;
use crate::{StoreError, codec, keys};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum News {
    /// A call is over.
    CallEnded {
        /// Which.
        call: AttemptRef,
        /// In which campaign.
        campaign: CampaignId,
        /// To whom.
        contact: ContactId,
        /// How it ended.
        outcome: Outcome,
        /// By whom or what it was answered.
        answered_by: Option<AnsweredBy>,
        /// Time connected, seconds.
        talk_seconds: Option<u32>,
        /// When it ended.
        ended_at: Timestamp,
    },
    /// The provider has a recording.
    Recorded {
        /// Of which call.
        call: LiveId,
        /// It is the message that was left, rather than the talk.
        message: bool,
    },
    /// A person has been forgotten, and with them what was recorded.
    Forgotten {
        /// In which call.
        call: LiveId,
        /// It was the message that was left, rather than the talk.
        message: bool,
        /// What the provider has of it.
        recording: Recording,
    },
    /// A campaign stands elsewhere than before.
    CampaignChanged {
        /// Which.
        campaign: CampaignId,
        /// What people call it.
        name: String,
        /// Where it stands.
        state: CampaignState,
    },
    /// A campaign's counters say something else.
    CountersChanged {
        /// Which.
        campaign: CampaignId,
    },
    /// An import stands elsewhere than before.
    ImportChanged {
        /// Which.
        import: ImportId,
        /// Where it stands.
        state: ImportState,
        /// Rows taken in.
        valid: u64,
        /// Rows refused.
        invalid: u64,
    },
    /// An agent stands elsewhere than before.
    AgentChanged {
        /// Who.
        agent: AgentId,
    },
    /// A call that wants, or has, an agent has changed.
    LiveCallChanged {
        /// Which.
        call: LiveId,
        /// Whose it is, or was until now.
        #[serde(skip)]
        of: BTreeSet<AgentId>,
    },
    /// An address must not be contacted any more.
    SuppressionAdded(Suppression),
}

/// What webhooks may be told about.
pub const KINDS: [&str; 4] = ["call.ended", "campaign.changed", "import.changed", "suppression.added"];

impl News {
    /// The word for it; `None` for what is nobody's business outside.
    #[must_use]
    pub fn kind(&self) -> Option<&'static str> {
        match self {
            Self::CallEnded { .. } => Some("call.ended"),
            Self::Recorded { .. }
            | Self::Forgotten { .. }
            | Self::CountersChanged { .. }
            | Self::AgentChanged { .. }
            | Self::LiveCallChanged { .. } => None,
            Self::CampaignChanged { .. } => Some("campaign.changed"),
            Self::ImportChanged { .. } => Some("import.changed"),
            Self::SuppressionAdded(_) => Some("suppression.added"),
        }
    }

    /// What open pages are told: the word for it, and which thing it is about. They read it again themselves.
    #[must_use]
    pub fn live(&self) -> Option<(&'static str, String)> {
        match self {
            Self::CampaignChanged { campaign, .. } => Some(("campaign.changed", campaign.to_string())),
            Self::CountersChanged { campaign } => Some(("counters.changed", campaign.to_string())),
            Self::ImportChanged { import, .. } => Some(("import.changed", import.to_string())),
            Self::AgentChanged { agent } => Some(("agent.changed", agent.to_string())),
            Self::LiveCallChanged { call, .. } => Some(("live_call.changed", call.to_string())),
            Self::CallEnded { .. }
            | Self::Recorded { .. }
            | Self::Forgotten { .. }
            | Self::SuppressionAdded(_) => None,
        }
    }

    /// Whether an agent's page is told: of themselves and of their own calls. Agents run no campaigns.
    #[must_use]
    pub fn is_for(&self, who: &AgentId) -> bool {
        match self {
            Self::AgentChanged { agent } => agent == who,
            Self::LiveCallChanged { of, .. } => of.contains(who),
            Self::CallEnded { .. }
            | Self::Recorded { .. }
            | Self::Forgotten { .. }
            | Self::CampaignChanged { .. }
            | Self::CountersChanged { .. }
            | Self::ImportChanged { .. }
            | Self::SuppressionAdded(_) => false,
        }
    }

    /// What a change means, with the tenant that it concerns.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] if an image cannot be read.
    pub fn of(change: &Change) -> Result<Vec<(TenantId, Self)>, StoreError> {
        let Some(new) = &change.new else { return Ok(Vec::new()) };
        let (pk, sk) = (text_of(new, "pk").unwrap_or_default(), text_of(new, "sk").unwrap_or_default());
        let Some(tenant) = pk.strip_prefix("T#").and_then(|rest| rest.split('#').next()?.parse().ok()) else {
            return Ok(Vec::new());
        };
        let old = change.old.as_ref();
        let news = if sk.starts_with(keys::ATTEMPT) {
            of_attempt(old, new)?
        } else if sk == "CAMPAIGN" {
            of_campaign(old, new)?.into_iter().collect()
        } else if sk == "COUNTERS" {
            let campaign = pk.rsplit('#').next().and_then(|id| id.parse().ok());
            campaign.map(|campaign| Self::CountersChanged { campaign }).into_iter().collect()
        } else if sk == "IMPORT" {
            of_import(old, new)?.into_iter().collect()
        } else if sk.starts_with(keys::PRESENCE) {
            let presence: Presence = codec::from_item(new.clone())?;
            vec![Self::AgentChanged { agent: presence.agent }]
        } else if sk == keys::LIVE {
            of_live(old, new)?
        } else if pk.contains("#S#") && old.is_none() {
            vec![Self::SuppressionAdded(codec::from_item(new.clone())?)]
        } else {
            Vec::new()
        };
        Ok(news.into_iter().map(|news| (TenantId::clone(&tenant), news)).collect())
    }
}

fn read<T: serde::de::DeserializeOwned>(old: Option<&Item>) -> Result<Option<T>, StoreError> {
    old.map(|old| codec::from_item(old.clone())).transpose()
}

fn of_attempt(old: Option<&Item>, new: &Item) -> Result<Vec<News>, StoreError> {
    let old: Option<Attempt> = old.map(|old| attempt_of(old.clone())).transpose()?;
    let new = attempt_of(new.clone())?;
    let mut news = Vec::new();
    // Only what has ended is announced, so a recording that came before the end of its call is told with that.
    let told = |old: &Attempt| !old.is_open() && old.recording == new.recording;
    if new.recording.is_some() && !new.is_open() && !old.as_ref().is_some_and(told) {
        news.push(News::Recorded { call: new.id.clone().into(), message: false });
    }
    let had = old.as_ref().and_then(|old| old.recording.clone());
    if let (Some(recording), None) = (had, &new.recording) {
        news.push(News::Forgotten { call: new.id.clone().into(), message: false, recording });
    }
    let before = old.and_then(|old| old.outcome()).map(|(outcome, _)| outcome);
    if let Some((outcome, ended_at)) = new.outcome()
        && before != Some(outcome)
    {
        news.push(News::CallEnded {
            campaign: new.id.enrollment.campaign.clone(),
            contact: new.id.enrollment.contact.clone(),
            call: new.id,
            outcome,
            answered_by: new.answered_by,
            talk_seconds: new.talk_seconds,
            ended_at,
        });
    }
    Ok(news)
}

fn of_live(old: Option<&Item>, new: &Item) -> Result<Vec<News>, StoreError> {
    let (old, new): (Option<LiveCall>, LiveCall) = (read(old)?, codec::from_item(new.clone())?);
    let mut of = BTreeSet::new();
    for call in old.iter().chain([&new]) {
        of.extend(call.holds().map(|(agent, _)| agent.clone()));
        of.extend(call.consults().map(|(consult, _)| consult.agent.clone()));
        of.extend(call.agent.clone());
    }
    let mut news = Vec::new();
    let talk = |call: &LiveCall| call.recording.clone();
    let left = |call: &LiveCall| call.voicemail.as_ref().map(|left| left.recording.clone());
    for (message, is, was) in
        [(false, talk(&new), old.as_ref().and_then(talk)), (true, left(&new), old.as_ref().and_then(left))]
    {
        let call = new.id.clone();
        match (was, is) {
            (None, Some(_)) => news.push(News::Recorded { call, message }),
            (Some(recording), None) => news.push(News::Forgotten { call, message, recording }),
            (None, None) | (Some(_), Some(_)) => {}
        }
    }
    news.push(News::LiveCallChanged { call: new.id, of });
    Ok(news)
}

fn of_campaign(old: Option<&Item>, new: &Item) -> Result<Option<News>, StoreError> {
    let (old, new): (Option<Campaign>, Campaign) = (read(old)?, codec::from_item(new.clone())?);
    let changed = old.is_none_or(|old| old.state != new.state);
    Ok(changed.then_some(News::CampaignChanged { campaign: new.id, name: new.plan.name, state: new.state }))
}

fn of_import(old: Option<&Item>, new: &Item) -> Result<Option<News>, StoreError> {
    let (old, new): (Option<Import>, Import) = (read(old)?, codec::from_item(new.clone())?);
    let changed = old.is_none_or(|old| old.state != new.state || old.counts != new.counts);
    Ok(changed.then_some(News::ImportChanged {
        import: new.id,
        state: new.state,
        valid: new.counts.valid,
        invalid: new.counts.invalid,
    }))
}
