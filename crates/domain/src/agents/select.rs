//! Which agent gets a call: whoever it is for, then whoever can do best what it asks, then whoever has been idle longest.

use std::cmp::Reverse;

use jiff::Timestamp;

use crate::agents::agent::{Groups, Skills};
use crate::agents::live::{LiveCall, NOT_AGAIN, Passed};
use crate::agents::presence::{AgentState, Presence};
use crate::agents::queue::Queue;
use crate::ids::QueueId;

/// What a call asks of whoever takes it.
#[derive(Clone, Copy, Debug)]
struct Wants<'a> {
    queue: &'a QueueId,
    skills: &'a Skills,
    groups: &'a Groups,
    passed: &'a [Passed],
}

impl<'a> Wants<'a> {
    fn of(call: &'a LiveCall) -> Self {
        Self { queue: &call.queue, skills: &call.skills, groups: &call.groups, passed: &call.passed }
    }

    fn next_of(queue: &'a Queue) -> Self {
        let plan = &queue.plan;
        Self { queue: &queue.id, skills: &plan.skills, groups: &plan.groups, passed: &[] }
    }
}

/// Why an agent does not get a call, or how well they would suit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Suits {
    /// Takes no calls now.
    Away,
    /// Does not serve the queue, is in none of its teams, or cannot do what the call asks.
    No,
    /// Did not take it a moment ago.
    Passed,
    /// By so many levels of the skills that are asked for.
    Yes(u32),
}

fn suits(presence: &Presence, call: Wants<'_>, now: Timestamp) -> Suits {
    if presence.is_available(now) { could(presence, call, now) } else { Suits::Away }
}

/// Whether somebody in these teams may do what is for those.
#[must_use]
pub fn is_in_one(groups: &Groups, wanted: &Groups) -> bool {
    wanted.is_empty() || !groups.is_disjoint(wanted)
}

/// Whether an agent may serve a queue at all, free or not, whatever their skills.
#[must_use]
pub fn may_serve(presence: &Presence, queue: &Queue) -> bool {
    presence.serves.queues.contains(&queue.id) && is_in_one(&presence.serves.groups, &queue.plan.groups)
}

/// As if they were free.
fn could(presence: &Presence, call: Wants<'_>, now: Timestamp) -> Suits {
    let serves = &presence.serves;
    if !serves.queues.contains(call.queue) || !is_in_one(&serves.groups, call.groups) {
        return Suits::No;
    }
    let mut levels = 0;
    for (skill, least) in call.skills {
        match presence.serves.skills.get(skill) {
            Some(level) if level >= least => levels += u32::from(*level),
            Some(_) | None => return Suits::No,
        }
    }
    let passed = call.passed.iter().any(|it| it.agent == presence.agent && now < it.at + NOT_AGAIN);
    if passed { Suits::Passed } else { Suits::Yes(levels) }
}

/// Everybody who may take a call, the one who should first.
#[must_use]
pub fn candidates<'a>(
    agents: impl IntoIterator<Item = &'a Presence>,
    call: &LiveCall,
    now: Timestamp,
) -> Vec<&'a Presence> {
    let able = agents.into_iter().filter_map(|presence| match suits(presence, Wants::of(call), now) {
        Suits::Yes(levels) => {
            let is_wanted = call.wanted.as_ref() == Some(&presence.agent);
            Some(((Reverse(is_wanted), Reverse(levels)), presence.settled(now).since, presence))
        }
        Suits::Away | Suits::No | Suits::Passed => None,
    });
    let mut able: Vec<_> = able.collect();
    able.sort_by(|a, b| (a.0, a.1, &a.2.agent).cmp(&(b.0, b.1, &b.2.agent)));
    able.into_iter().map(|(_, _, presence)| presence).collect()
}

/// Who there is for a queue's next calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Supply {
    /// Since when each of those who are free has been.
    pub free_since: Vec<Timestamp>,
    /// When the next of the others will be, as far as anybody can tell.
    pub next: Option<Timestamp>,
}

impl Supply {
    /// How many are free.
    #[must_use]
    pub fn free(&self) -> u32 {
        u32::try_from(self.free_since.len()).unwrap_or(u32::MAX)
    }
}

/// Which agents of a queue are free, and when the next of the others will be.
#[must_use]
pub fn supply<'a>(agents: impl IntoIterator<Item = &'a Presence>, queue: &Queue, now: Timestamp) -> Supply {
    let wants = Wants::next_of(queue);
    let mut supply = Supply::default();
    let able = |it: &&Presence| it.serves.works_at(now) && matches!(could(it, wants, now), Suits::Yes(_));
    for presence in agents.into_iter().filter(able) {
        let settled = presence.settled(now);
        let at = match &settled.state {
            AgentState::Available => {
                supply.free_since.push(settled.since);
                continue;
            }
            AgentState::Reserved { until, .. }
            | AgentState::Ringing { until, .. }
            | AgentState::WrapUp { until, .. } => *until,
            AgentState::Offline | AgentState::Break { .. } | AgentState::OnCall { .. } => continue,
        };
        supply.next = Some(supply.next.map_or(at, |next| next.min(at)));
    }
    supply
}

#[cfg(test)]
#[path = "select_tests.rs"]
mod tests;
