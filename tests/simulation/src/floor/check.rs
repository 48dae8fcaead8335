//! What must hold on the floor, whatever goes wrong.

use std::collections::BTreeMap;

use carillon_domain::agents::live::{Desk as Side, LiveCall};
use carillon_domain::agents::presence::{AgentState, Hold, OFF_THE_LINE_WITHIN, Presence};
use carillon_domain::agents::select::is_in_one;
use carillon_domain::ids::{AgentId, LiveId};
use carillon_engine::clock::Clock;
use carillon_store::{Stored, TenantTable};
use futures::FutureExt;
use jiff::{SignedDuration, Timestamp};

use super::state::{AgentLeg, State};
use super::{HOSTILE, START, World, queues, serves_of};

/// No agent is on two calls, no call is with two agents who do not know it, and no offer rings twice.
pub(super) const ONE_CALL: u8 = 6;
/// No hold outlives its lease, or its call.
const LEASES_END: u8 = 7;
/// Whoever has a place in a queue waits.
const TICKETS_TRUE: u8 = 8;
/// Planners are told of whoever has become free, and not before.
const PLANNERS_TOLD: u8 = 9;
/// Nobody is left alone on the line.
const NOBODY_ALONE: u8 = 10;
/// Whoever has been let go is off the line.
const LINES_FREE: u8 = 11;
/// Nobody is rung outside their hours.
const HOURS_KEPT: u8 = 12;
/// A call comes only to those who serve its queue and are in one of its teams.
const TEAMS_KEPT: u8 = 13;

/// A lease may be over for so long before somebody has looked, milliseconds: a sweep a minute, and the time it takes.
const LEASE_BOUND: i64 = 3 * 60_000;
/// A sweep that began so long after somebody was let go, milliseconds, leaves nobody on the line.
const LINE_BOUND: i64 = OFF_THE_LINE_WITHIN.as_secs() * 1_000 + 1_000;
/// Once nothing goes wrong, a planner has been told of whoever is free within this, milliseconds: the table and the
/// provider are asked some things before.
const TOLD_WITHIN: i64 = 6_000;
/// Between an agent's being chosen and their telephone's ringing lies at most the time for which they may be held.
const CHOSEN_BEFORE: SignedDuration = SignedDuration::from_millis(LEASE_BOUND);

/// Looks at whom a call rings: what the agent serves is known here, whatever the table says.
pub(super) fn check_offer(state: &mut State, live: &LiveCall, offer: u16, agent: &AgentId, now: Timestamp) {
    let chosen = matches!(&live.desk, Side::Offered(it) if it.number == offer && it.agent == *agent);
    let Some(serves) = serves_of(agent).filter(|_| chosen) else { return };
    if !serves.works_at(now) && !serves.works_at(now - CHOSEN_BEFORE) {
        state.violate(HOURS_KEPT, format!("{agent} is rung for {} outside their hours", live.id));
    }
    if !serves.queues.contains(&live.queue) || !is_in_one(&serves.groups, &live.groups) {
        state.violate(TEAMS_KEPT, format!("{agent} is rung for {}, which is not for them", live.id));
    }
}

impl World {
    /// Looks at what is written: who holds whom.
    pub(super) fn check(&mut self) {
        let now = self.hub.now();
        let table = TenantTable::new(self.hub.table.as_ref(), &self.hub.tenant);
        let presences = table.presences().now_or_never().expect("at once").expect("readable");
        let mut held: BTreeMap<LiveId, AgentId> = BTreeMap::new();
        for presence in &presences {
            let Some(hold) = presence.value.state.hold() else { continue };
            let live = table.live(&hold.call).now_or_never().expect("at once").expect("readable");
            let other = held.insert(hold.call.clone(), presence.value.agent.clone());
            if let Some(other) = other
                && live.as_ref().is_none_or(|live| live.value.consults().is_none())
            {
                let what = format!("{} holds {other} and {}", hold.call, presence.value.agent);
                self.hub.lock().violate(ONE_CALL, what);
            }
            let held_by = live.as_ref().and_then(|live| live.value.hold_of(&presence.value.agent));
            let agrees = held_by.as_ref() == Some(hold);
            if !agrees {
                let what = format!(
                    "{} is held by {}, which holds another or nobody",
                    presence.value.agent, hold.call
                );
                self.hub.lock().violate(ONE_CALL, what);
            }
            let late = presence
                .value
                .state
                .lease()
                .is_some_and(|(_, until)| until + SignedDuration::from_millis(LEASE_BOUND) < now);
            if late {
                let what = format!("{} is held by {} long after the lease", presence.value.agent, hold.call);
                self.hub.lock().violate(LEASES_END, what);
            }
        }
        for presence in presences.iter().filter(|it| it.value.state.hold().is_none()) {
            self.check_told(&presence.value, now);
        }
        self.check_lines(&presences, now.as_millisecond());
    }

    /// Whoever has been let go is off the line, whether or not their function lived to hang up.
    fn check_lines(&mut self, presences: &[Stored<Presence>], now: i64) {
        let mut state = self.hub.lock();
        let on_the_line = state.legs.iter().enumerate().filter(|(_, leg)| leg.within && !leg.over);
        let held = |leg: &AgentLeg| {
            let hold = Hold { call: leg.live.clone(), offer: leg.offer };
            presences.iter().any(|it| it.value.agent == leg.agent && it.value.state.hold() == Some(&hold))
        };
        let forgotten: Vec<usize> = on_the_line.filter(|(_, leg)| !held(leg)).map(|(at, _)| at).collect();
        self.forgotten.retain(|index, _| forgotten.contains(index));
        for index in forgotten {
            let since = *self.forgotten.entry(index).or_insert(now);
            if state.swept > since + LINE_BOUND {
                let what =
                    format!("{} is still on the line of {}", state.legs[index].agent, state.legs[index].live);
                state.violate(LINES_FREE, what);
            }
        }
    }

    /// Whoever is free, and whom nobody who waits has got, is made known to the planners of campaigns that dial for them,
    /// and not before they are free: a planner that sees nobody does not look again for long.
    fn check_told(&mut self, presence: &Presence, now: Timestamp) {
        let settled = presence.settled(now);
        let since = settled.since.as_millisecond();
        let calm = since >= START + HOSTILE + 60_000;
        let works = presence.serves.works_at(now);
        if settled.state != AgentState::Available
            || !works
            || !calm
            || now.as_millisecond() < since + TOLD_WITHIN
        {
            return;
        }
        if self.told.insert(presence.agent.clone(), since) == Some(since) {
            return;
        }
        let mut state = self.hub.lock();
        if !state.nudges.iter().any(|at| (since..since + TOLD_WITHIN).contains(at)) {
            let what = format!("{} is free since {}, and no planner was told", presence.agent, settled.since);
            state.violate(PLANNERS_TOLD, what);
        }
    }

    /// After the end: nobody is held by a call that is over, nobody was lost, and nobody is left alone on the line.
    pub(super) fn finale(&mut self) {
        if self.hub.lock().violation.is_some() {
            return;
        }
        let table = TenantTable::new(self.hub.table.as_ref(), &self.hub.tenant);
        let presences = table.presences().now_or_never().expect("at once").expect("readable");
        for presence in presences {
            let Some(hold) = presence.value.state.hold() else { continue };
            let gone = self.hub.lock().people.get(&hold.call).is_none_or(|person| person.over);
            if gone {
                let what =
                    format!("{} is still held by {}, whose person is gone", presence.value.agent, hold.call);
                self.hub.lock().violate(LEASES_END, what);
            }
        }
        {
            let mut state = self.hub.lock();
            let on_the_line = state.people.iter().filter(|(_, person)| person.met && !person.over);
            let alone = on_the_line.map(|(live, _)| live).find(|live| state.is_alone(live)).cloned();
            if let Some(live) = alone {
                state.violate(NOBODY_ALONE, format!("the person of {live} is alone in the conference"));
            }
        }
        let lines =
            queues().map(|queue| table.line(&queue.id).now_or_never().expect("at once").expect("readable"));
        for ticket in lines.into_iter().flat_map(|line| line.tickets) {
            let live = table.live(&ticket.live).now_or_never().expect("at once").expect("readable");
            if live.is_none_or(|live| live.value.waits_since() != Some(ticket.since)) {
                let what = format!("{} has a ticket and does not wait", ticket.live);
                self.hub.lock().violate(TICKETS_TRUE, what);
            }
        }
    }
}
