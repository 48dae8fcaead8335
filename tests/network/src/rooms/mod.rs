//! Rooms: where calls meet. A conference is one, and so are two calls that a `<Dial>` has bridged.
//!
//! `conference` decides, purely; this module keeps the rooms and makes happen what was decided; `telling` reports
//! it to whoever asked. Locks: a room's own before a call's, never the other way round.

mod conference;
mod hearing;
mod joining;
pub(crate) mod report;
mod telling;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

pub(crate) use conference::{Change, Ended, Member, Refused, Stage};
pub use conference::{ConferenceStatus, Left};
pub(crate) use hearing::Edge;
pub(crate) use joining::{
    Beep, EVENT_GROUPS, EventHook, Joining, MEMBERS_MAX, NAME_CHARS_MAX, RECORDING_EVENTS, Room, Wait,
};
pub use report::{ConferenceReport, Hearing, MemberReport};

use crate::config::{Account, Settings};
use crate::journal::lock;
use crate::live::courier::{self, Mailbag};
use crate::shared::Shared;
use crate::twilio::call::{Announcement, Sound, Steer};
use conference::{Conference, Happening};

/// How long the beep of somebody who comes or goes lasts.
const BEEP: Duration = Duration::from_millis(400);

/// All rooms.
#[derive(Default)]
pub(crate) struct Rooms {
    /// In the order of their creation.
    order: Vec<String>,
    by_sid: HashMap<String, Kept>,
    /// Those not over, by account and name.
    open: HashMap<(String, String), String>,
    /// Bridged calls, by the call that dialled.
    bridges: HashMap<String, Vec<String>>,
}

/// A conference with what surrounds it.
struct Kept {
    conference: Conference,
    settings: Arc<Settings>,
    token: String,
    sequence: u32,
    /// Gone once the conference is over and told of.
    mailbag: Option<Mailbag>,
    report: ConferenceReport,
}

/// What a participant hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// The conference has not started.
    Waiting(Wait),
    /// They are on hold.
    Held(Wait),
    /// The others.
    Talking,
    /// Nothing: they are not in it.
    Gone,
}

/// Lets a call enter a conference, or notes that it is being called into it; the conference's id.
pub(crate) fn enter(
    net: &Arc<Shared>,
    account: &Account,
    joining: &Joining,
    call: &str,
    person: &str,
    stage: Stage,
) -> Result<String, Refused> {
    let mut rooms = lock(&net.rooms);
    let sid = match &joining.room {
        Room::Sid(sid) => {
            let open = rooms.by_sid.get(sid).filter(|kept| kept.is_open_to(account)).is_some();
            match open {
                true => sid.clone(),
                false => return Err(Refused::new(13236, "Invalid Conference Sid")),
            }
        }
        Room::Named(name) => {
            let key = (account.sid.clone(), name.clone());
            match rooms.open.get(&key) {
                Some(sid) => sid.clone(),
                None => {
                    // Nobody may have entered before it is known that they can.
                    let kept = Kept::new(net, account, name);
                    let sid = kept.conference.sid.clone();
                    rooms.order.push(sid.clone());
                    rooms.open.insert(key, sid.clone());
                    rooms.by_sid.insert(sid.clone(), kept);
                    sid
                }
            }
        }
    };
    let Some(kept) = rooms.by_sid.get_mut(&sid) else {
        return Err(Refused::new(13236, "Invalid Conference Sid"));
    };
    let happened = kept.conference.admit(call, person, joining, stage);
    match happened {
        Ok(happened) => {
            kept.came_to_pass(net, &happened);
            net.report(call, |report| {
                if !report.conferences.contains(&sid) {
                    report.conferences.push(sid.clone());
                }
            });
            Ok(sid)
        }
        Err(refused) => {
            if kept.conference.members.is_empty() {
                rooms.forget(&sid);
            }
            Err(refused)
        }
    }
}

/// Lets a call leave; nothing where it is not in.
pub(crate) fn leave(net: &Arc<Shared>, sid: &str, call: &str, why: Left, call_status: &'static str) {
    with(net, sid, |kept| {
        let happened = kept.conference.leave(call, why, call_status);
        kept.came_to_pass(net, &happened);
    });
}

/// Removes a participant by the API.
pub(crate) fn remove(net: &Arc<Shared>, sid: &str, call: &str) {
    let joined = with(net, sid, |kept| kept.joined().iter().any(|member| member == call));
    leave(net, sid, call, Left::ParticipantUpdatedViaApi, "in-progress");
    net.steer(
        call,
        match joined {
            Some(true) => Steer::Out { room: sid.to_owned() },
            // Whoever is still being called is called no more.
            Some(false) | None => Steer::Complete,
        },
    );
}

/// Ends a conference by the API; false where there is none to end.
pub(crate) fn end(net: &Arc<Shared>, account: &Account, sid: &str) -> bool {
    let ended = with(net, sid, |kept| {
        if !kept.is_open_to(account) {
            return false;
        }
        let ended = Ended { reason: "conference-ended-via-api", call: None, label: None };
        let happened = kept.conference.end(Left::ConferenceEndedViaApi, ended);
        kept.came_to_pass(net, &happened);
        true
    });
    ended == Some(true)
}

/// Notes how far the call of somebody who is called into a conference has come.
pub(crate) fn stage(net: &Arc<Shared>, sid: &str, call: &str, stage: Stage) {
    with(net, sid, |kept| {
        if let Some(member) = kept.conference.members.iter_mut().find(|member| member.call == call) {
            member.stage = stage;
        }
    });
}

/// Changes a participant.
pub(crate) fn change(net: &Arc<Shared>, sid: &str, call: &str, change: &Change) -> Result<(), Refused> {
    let changed = with(net, sid, |kept| {
        let happened = kept.conference.change(call, change)?;
        kept.came_to_pass(net, &happened);
        let hook_changed = change.hold_hook.is_some() || change.wait.is_some();
        if hook_changed || change.hold.is_some() {
            net.steer(call, Steer::Changed { room: sid.to_owned() });
        }
        if let Some(hook) = &change.announce {
            let announcement = Announcement { hook: hook.clone(), told: true };
            net.steer(call, Steer::Announce { room: sid.to_owned(), announcement });
        }
        Ok(())
    });
    changed.unwrap_or(Ok(()))
}

/// Plays something to everybody in a conference.
pub(crate) fn announce(net: &Arc<Shared>, sid: &str, hook: &crate::twilio::form::Hook) {
    let members = with(net, sid, |kept| kept.joined());
    for (index, call) in members.unwrap_or_default().iter().enumerate() {
        let announcement = Announcement { hook: hook.clone(), told: index == 0 };
        net.steer(call, Steer::Announce { room: sid.to_owned(), announcement });
    }
}

/// Tells that an announcement is over, or could not be had.
pub(crate) fn announced(net: &Arc<Shared>, sid: &str, call: &str, url: &str, failed: bool) {
    with(net, sid, |kept| {
        if let Some(member) = kept.conference.member(call).cloned() {
            kept.tell(net, &[Happening::Announced { member, url: url.to_owned(), failed }]);
        }
    });
}

/// What a participant hears.
pub(crate) fn view(net: &Arc<Shared>, sid: &str, call: &str) -> View {
    let view = with(net, sid, |kept| match kept.conference.member(call) {
        Some(member) => match (&member.held, kept.conference.status) {
            (Some(held), _) => View::Held(held.clone()),
            (None, ConferenceStatus::Init) => View::Waiting(member.joining.wait.clone()),
            (None, ConferenceStatus::InProgress) => View::Talking,
            (None, ConferenceStatus::Completed) => View::Gone,
        },
        None => View::Gone,
    });
    view.unwrap_or(View::Gone)
}

/// Connects two calls.
pub(crate) fn bridge(net: &Shared, parent: &str, child: &str) {
    lock(&net.rooms).bridges.insert(parent.to_owned(), vec![parent.to_owned(), child.to_owned()]);
    net.journal.note(
        "audio.graph",
        Some(parent),
        None,
        serde_json::json!({"bridge": parent, "edges": [[parent, child], [child, parent]]}),
    );
}

/// Parts them again.
pub(crate) fn part(net: &Shared, parent: &str) {
    if lock(&net.rooms).bridges.remove(parent).is_some() {
        let detail = serde_json::json!({"bridge": parent, "edges": []});
        net.journal.note("audio.graph", Some(parent), None, detail);
    }
}

/// Somebody says something in a room: who hears it. They do hear it, at this instant.
pub(crate) fn speak(net: &Arc<Shared>, space: &str, call: &str, text: &str, length: Duration) -> Vec<String> {
    let mut rooms = lock(&net.rooms);
    let listeners: Vec<String> = match rooms.by_sid.get_mut(space) {
        Some(kept) => {
            let edges = kept.conference.edges();
            let listeners = edges.into_iter().filter(|(from, _)| from == call).map(|(_, to)| to).collect();
            let member = kept.conference.member(call).cloned();
            let speech = member.map(|member| {
                ["speech-start", "speech-stop"].map(|what| Happening::Member { what, member: member.clone() })
            });
            kept.tell(net, &speech.map(Vec::from).unwrap_or_default());
            listeners
        }
        None => {
            let bridge = rooms.bridges.get(space).cloned().unwrap_or_default();
            bridge.into_iter().filter(|other| other != call).collect()
        }
    };
    for listener in &listeners {
        let sound = Sound { kind: "speech", content: text.to_owned(), from: Some(call.to_owned()), length };
        net.steer(listener, Steer::Hear(sound));
    }
    listeners
}

/// Who hears whom at this instant, in all rooms.
pub(crate) fn edges(net: &Shared) -> Vec<Edge> {
    let rooms = lock(&net.rooms);
    let conferences = rooms.order.iter().filter_map(|sid| rooms.by_sid.get(sid));
    let mut edges: Vec<Edge> = conferences.flat_map(|kept| kept.conference.edges()).collect();
    for pair in rooms.bridges.values() {
        if let [parent, child] = pair.as_slice() {
            edges.push((parent.clone(), child.clone()));
            edges.push((child.clone(), parent.clone()));
        }
    }
    edges
}

/// Reads or changes a conference; `None` where there is none.
fn with<T>(net: &Shared, sid: &str, act: impl FnOnce(&mut Kept) -> T) -> Option<T> {
    let mut rooms = lock(&net.rooms);
    let kept = rooms.by_sid.get_mut(sid)?;
    let result = act(kept);
    let over = kept.conference.status == ConferenceStatus::Completed;
    if over {
        let key = (kept.conference.account_sid.clone(), kept.conference.name.clone());
        if rooms.open.get(&key).is_some_and(|open| open == sid) {
            rooms.open.remove(&key);
        }
    }
    Some(result)
}

impl Rooms {
    /// A conference that nobody ever entered is none.
    fn forget(&mut self, sid: &str) {
        if let Some(kept) = self.by_sid.remove(sid) {
            self.order.retain(|known| known != sid);
            self.open.remove(&(kept.conference.account_sid, kept.conference.name));
        }
    }
}

impl Kept {
    fn new(net: &Arc<Shared>, account: &Account, name: &str) -> Self {
        let settings = net.settings();
        let now = Timestamp::now();
        let speed = settings.pace();
        let sid = net.sid("CF");
        let report = ConferenceReport::new(&sid, &account.sid, name, now);
        let conference = Conference {
            sid,
            account_sid: account.sid.clone(),
            name: name.to_owned(),
            status: ConferenceStatus::Init,
            members: Vec::new(),
            events: None,
            record: None,
            began: Instant::now(),
            speed,
            created_at: now,
            updated_at: now,
            started: None,
            ended: None,
        };
        Self {
            conference,
            settings,
            token: account.token.clone(),
            sequence: 0,
            mailbag: Some(courier::start(Arc::clone(net), speed)),
            report,
        }
    }

    fn is_open_to(&self, account: &Account) -> bool {
        self.conference.account_sid == account.sid && self.conference.status != ConferenceStatus::Completed
    }

    fn joined(&self) -> Vec<String> {
        let joined = self.conference.members.iter().filter(|member| member.stage == Stage::Joined);
        joined.map(|member| member.call.clone()).collect()
    }

    /// Makes happen what was decided: calls are steered, the graph is drawn anew, whoever asked is told.
    fn came_to_pass(&mut self, net: &Arc<Shared>, happened: &[Happening]) {
        let running = self.conference.status == ConferenceStatus::InProgress;
        for happening in happened {
            match happening {
                Happening::Start => {
                    for call in self.joined() {
                        net.steer(&call, Steer::Changed { room: self.conference.sid.clone() });
                    }
                }
                Happening::Join(member) if running && member.joining.beep.on_enter => self.beep(net),
                Happening::Leave { member, why, .. } => {
                    let room = self.conference.sid.clone();
                    match (why, member.stage) {
                        // They know: it was their doing.
                        (
                            Left::ParticipantHungUp
                            | Left::ParticipantUpdatedViaApi
                            | Left::ParticipantAddFailed,
                            _,
                        ) => {}
                        (_, Stage::Joined) => net.steer(&member.call, Steer::Out { room }),
                        // Nobody is called any more into a conference that is over.
                        (_, Stage::Queued | Stage::Ringing) => net.steer(&member.call, Steer::Complete),
                    }
                    if running && member.stage == Stage::Joined && member.joining.beep.on_exit {
                        self.beep(net);
                    }
                }
                Happening::Join(_)
                | Happening::End(_)
                | Happening::Member { .. }
                | Happening::Announced { .. } => {}
            }
        }
        self.report.note(&self.conference, happened);
        self.tell(net, happened);
        let edges = self.conference.edges();
        if self.report.hearing_changed(&edges) {
            let detail = serde_json::json!({"conference_sid": self.conference.sid, "edges": edges});
            net.journal.note("audio.graph", None, None, detail);
        }
        if self.conference.status == ConferenceStatus::Completed {
            self.mailbag = None;
        }
    }

    fn beep(&self, net: &Arc<Shared>) {
        for call in self.joined() {
            let sound = Sound { kind: "beep", content: String::new(), from: None, length: BEEP };
            net.steer(&call, Steer::Hear(sound));
        }
    }
}
