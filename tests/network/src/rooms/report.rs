//! What is known of conferences: for the control door, and as resources of the API.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::Kept;
use super::conference::{Conference, ConferenceStatus, Happening, Left, Member, Stage};
use super::hearing::Edge;
use crate::clock::rfc2822;
use crate::config::Account;
use crate::journal::lock;
use crate::shared::Shared;

/// Everything that is known of a conference. Times are the wall clock's.
#[derive(Clone, Debug, Serialize)]
pub struct ConferenceReport {
    /// `CF` and 32 hexadecimal digits.
    pub sid: String,
    /// Whose it is.
    pub account_sid: String,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub status: ConferenceStatus,
    /// When somebody first entered, or was first called into it.
    pub created_at: Timestamp,
    /// When two had met.
    pub started_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// Why, in Twilio's words.
    pub reason_ended: Option<&'static str>,
    /// Who was in it, in the order in which they came.
    pub members: Vec<MemberReport>,
    /// Who could hear whom, from when on: one entry for each change.
    pub hearing: Vec<Hearing>,
    /// Its recordings.
    pub recordings: Vec<String>,
}

/// Somebody who was in a conference, or called into it.
#[derive(Clone, Debug, Serialize)]
pub struct MemberReport {
    /// Their call.
    pub call_sid: String,
    /// Their number or browser.
    pub person: String,
    /// Their label.
    pub label: Option<String>,
    /// When they joined.
    pub joined_at: Option<Timestamp>,
    /// When they left.
    pub left_at: Option<Timestamp>,
    /// Why.
    pub left: Option<Left>,
}

/// Who hears whom from an instant on.
#[derive(Clone, Debug, Serialize)]
pub struct Hearing {
    /// From when on.
    pub from: Timestamp,
    /// Speaker and listener, as calls.
    pub edges: Vec<Edge>,
}

impl ConferenceReport {
    pub(super) fn new(sid: &str, account_sid: &str, name: &str, now: Timestamp) -> Self {
        Self {
            sid: sid.to_owned(),
            account_sid: account_sid.to_owned(),
            name: name.to_owned(),
            status: ConferenceStatus::Init,
            created_at: now,
            started_at: None,
            ended_at: None,
            reason_ended: None,
            members: Vec::new(),
            hearing: Vec::new(),
            recordings: Vec::new(),
        }
    }

    pub(super) fn note(&mut self, conference: &Conference, happened: &[Happening]) {
        self.status = conference.status;
        let now = Timestamp::now();
        for happening in happened {
            match happening {
                Happening::Start => self.started_at = Some(now),
                Happening::End(ended) => {
                    self.ended_at = Some(now);
                    self.reason_ended = Some(ended.reason);
                }
                Happening::Join(member) => {
                    self.members.push(MemberReport { joined_at: Some(now), ..MemberReport::of(member) })
                }
                Happening::Leave { member, why, .. } => {
                    let here = |m: &&mut MemberReport| m.call_sid == member.call && m.left_at.is_none();
                    let left = (Some(now), Some(*why));
                    match self.members.iter_mut().find(here) {
                        Some(member) => (member.left_at, member.left) = left,
                        None => self.members.push(MemberReport {
                            left_at: left.0,
                            left: left.1,
                            ..MemberReport::of(member)
                        }),
                    }
                }
                Happening::Member { .. } | Happening::Announced { .. } => {}
            }
        }
    }

    /// Keeps the graph if it is another than before.
    pub(super) fn hearing_changed(&mut self, edges: &[Edge]) -> bool {
        let changed = self.hearing.last().map_or(!edges.is_empty(), |last| last.edges != edges);
        if changed {
            self.hearing.push(Hearing { from: Timestamp::now(), edges: edges.to_vec() });
        }
        changed
    }
}

impl MemberReport {
    fn of(member: &Member) -> Self {
        Self {
            call_sid: member.call.clone(),
            person: member.person.clone(),
            label: member.joining.label.clone(),
            joined_at: None,
            left_at: None,
            left: None,
        }
    }
}

/// All conferences, in the order of their creation.
pub(crate) fn reports(net: &Shared) -> Vec<ConferenceReport> {
    let rooms = lock(&net.rooms);
    rooms.order.iter().filter_map(|sid| rooms.by_sid.get(sid)).map(|kept| kept.report.clone()).collect()
}

/// The id of an account's conference, by its id, or by its name while it is not over.
pub(crate) fn find(net: &Shared, account: &Account, sid_or_name: &str) -> Option<(String, ConferenceStatus)> {
    let rooms = lock(&net.rooms);
    let sid = match rooms.by_sid.contains_key(sid_or_name) {
        true => sid_or_name,
        false => rooms.open.get(&(account.sid.clone(), sid_or_name.to_owned()))?,
    };
    let kept = rooms.by_sid.get(sid).filter(|kept| kept.conference.account_sid == account.sid)?;
    Some((sid.to_owned(), kept.conference.status))
}

/// Resources of an account's conferences that a filter keeps, newest first.
pub(crate) fn resources(
    net: &Arc<Shared>,
    account: &Account,
    keep: impl Fn(&str, ConferenceStatus, Timestamp, Timestamp) -> bool,
) -> Vec<Value> {
    let rooms = lock(&net.rooms);
    let own = |kept: &&Kept| {
        let it = &kept.conference;
        it.account_sid == account.sid && keep(&it.name, it.status, it.created_at, it.updated_at)
    };
    rooms
        .order
        .iter()
        .rev()
        .filter_map(|sid| rooms.by_sid.get(sid))
        .filter(own)
        .map(|kept| resource(&kept.conference))
        .collect()
}

/// The resource of one conference.
pub(crate) fn resource_of(net: &Shared, sid: &str) -> Option<Value> {
    lock(&net.rooms).by_sid.get(sid).map(|kept| resource(&kept.conference))
}

/// The resources of those who are in a conference, or being called into it.
pub(crate) fn participants(net: &Shared, sid: &str, keep: impl Fn(&Member) -> bool) -> Vec<Value> {
    let rooms = lock(&net.rooms);
    let Some(kept) = rooms.by_sid.get(sid) else { return Vec::new() };
    let members = kept.conference.members.iter().filter(|member| keep(member));
    members.map(|member| participant(&kept.conference, member)).collect()
}

fn resource(conference: &Conference) -> Value {
    let Conference { sid, account_sid, ended, .. } = conference;
    let path = format!("/2010-04-01/Accounts/{account_sid}/Conferences/{sid}");
    json!({
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "call_sid_ending_conference": ended.as_ref().and_then(|ended| ended.call.clone()),
        "date_created": rfc2822(conference.created_at),
        "date_updated": rfc2822(conference.updated_at),
        "friendly_name": conference.name,
        "reason_conference_ended": ended.as_ref().map(|ended| ended.reason),
        "region": "us1",
        "sid": sid,
        "status": conference.status.as_str(),
        "subresource_uris": {
            "participants": format!("{path}/Participants.json"),
            "recordings": format!("{path}/Recordings.json"),
        },
        "uri": format!("{path}.json"),
    })
}

fn participant(conference: &Conference, member: &Member) -> Value {
    let Conference { sid, account_sid, .. } = conference;
    let call = &member.call;
    json!({
        "account_sid": account_sid,
        "call_sid": call,
        "label": member.joining.label,
        "call_sid_to_coach": member.joining.coaches,
        "coaching": member.joining.coaches.is_some(),
        "conference_sid": sid,
        "date_created": rfc2822(member.created_at),
        "date_updated": rfc2822(member.updated_at),
        "end_conference_on_exit": member.joining.ends,
        "hold": member.held.is_some(),
        "muted": member.joining.muted,
        "queue_time": "0",
        "start_conference_on_enter": member.joining.starts,
        "status": match member.stage {
            Stage::Queued => "queued",
            Stage::Ringing => "ringing",
            Stage::Joined => "connected",
        },
        "uri": format!("/2010-04-01/Accounts/{account_sid}/Conferences/{sid}/Participants/{call}.json"),
    })
}
