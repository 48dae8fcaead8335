//! Which agent gets a call: whoever it is for, then whoever can do best what it asks, then whoever has been idle longest.

use std::cmp::Reverse;

use jiff::Timestamp;

use crate::agents::agent::Skills;
use crate::agents::live::{LiveCall, NOT_AGAIN, Passed};
use crate::agents::presence::{AgentState, Presence};
use crate::agents::queue::Queue;
use crate::ids::QueueId;

/// What a call asks of whoever takes it.
#[derive(Clone, Copy, Debug)]
struct Wants<'a> {
    queue: &'a QueueId,
    skills: &'a Skills,
    passed: &'a [Passed],
}

impl<'a> Wants<'a> {
    fn of(call: &'a LiveCall) -> Self {
        Self { queue: &call.queue, skills: &call.skills, passed: &call.passed }
    }

    fn next_of(queue: &'a Queue) -> Self {
        Self { queue: &queue.id, skills: &queue.plan.skills, passed: &[] }
    }
}

/// Why an agent does not get a call, or how well they would suit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Suits {
    /// Takes no calls now.
    Away,
    /// Does not serve the queue, or cannot do what the call asks.
    No,
    /// Did not take it a moment ago.
    Passed,
    /// By so many levels of the skills that are asked for.
    Yes(u32),
}

fn suits(presence: &Presence, call: Wants<'_>, now: Timestamp) -> Suits {
    if presence.is_available(now) { could(presence, call, now) } else { Suits::Away }
}

/// As if they were free.
fn could(presence: &Presence, call: Wants<'_>, now: Timestamp) -> Suits {
    if !presence.serves.queues.contains(call.queue) {
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

/// How many agents of a queue are free, and when the next of the others will be, as far as anybody can tell.
#[must_use]
pub fn free<'a>(
    agents: impl IntoIterator<Item = &'a Presence>,
    queue: &Queue,
    now: Timestamp,
) -> (u32, Option<Timestamp>) {
    let wants = Wants::next_of(queue);
    let (mut count, mut next) = (0, None::<Timestamp>);
    for presence in agents.into_iter().filter(|it| matches!(could(it, wants, now), Suits::Yes(_))) {
        let at = match &presence.settled(now).state {
            AgentState::Available => {
                count += 1;
                continue;
            }
            AgentState::Reserved { until, .. }
            | AgentState::Ringing { until, .. }
            | AgentState::WrapUp { until, .. } => *until,
            AgentState::Offline | AgentState::Break { .. } | AgentState::OnCall { .. } => continue,
        };
        next = Some(next.map_or(at, |next| next.min(at)));
    }
    (count, next)
}

#[cfg(test)]
#[path = "select_tests.rs"]
mod tests;
