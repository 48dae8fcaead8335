//! Which agent gets a call: whoever can do best what it asks, then whoever has been idle longest.

use std::cmp::Reverse;

use jiff::Timestamp;

use crate::agents::live::{LiveCall, NOT_AGAIN};
use crate::agents::presence::Presence;

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

fn suits(presence: &Presence, call: &LiveCall, now: Timestamp) -> Suits {
    if !presence.is_available(now) {
        return Suits::Away;
    }
    if !presence.serves.queues.contains(&call.queue) {
        return Suits::No;
    }
    let mut levels = 0;
    for (skill, least) in &call.skills {
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
    let able = agents.into_iter().filter_map(|presence| match suits(presence, call, now) {
        Suits::Yes(levels) => Some((Reverse(levels), presence.settled(now).since, presence)),
        Suits::Away | Suits::No | Suits::Passed => None,
    });
    let mut able: Vec<_> = able.collect();
    able.sort_by(|a, b| (a.0, a.1, &a.2.agent).cmp(&(b.0, b.1, &b.2.agent)));
    able.into_iter().map(|(_, _, presence)| presence).collect()
}

#[cfg(test)]
#[path = "select_tests.rs"]
mod tests;
