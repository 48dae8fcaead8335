//! The functions of production, as webhooks, orders and schedules call them, and what people do next.

use carillon_domain::agents::live::{Desk as Side, LiveCall, LiveEvent, Stage};
use carillon_domain::ids::LiveId;
use carillon_engine::clock::Clock as _;
use carillon_engine::desk::{Desk, DeskError, Turn};
use jiff::SignedDuration;

use super::hub::Hub;
use super::state::{AgentLeg, GuestLeg, Happening, LegStep, PersonLeg, guest_id, leg_id, person_id};

/// Takes an event in as the webhook's function does: what fails is sent again by the provider, three times.
pub(super) async fn take(hub: &Hub, live: &LiveId, event: &LiveEvent) -> Option<(LiveCall, bool)> {
    for _ in 0..3 {
        let desk = Desk::new(hub, &hub.tenant, hub, hub, hub);
        match desk.take(live, event).await {
            Ok(taken) => return taken.map(|taken| (taken.live, taken.stale)),
            Err(DeskError::Store(_) | DeskError::Contended) => hub.approach((300, 900)).await,
            Err(DeskError::NotPossible(_) | DeskError::Unknown(_)) => return None,
        }
    }
    None
}

pub(super) async fn callback(hub: Hub, live: LiveId, event: LiveEvent) {
    take(&hub, &live, &event).await;
}

/// As `dial-contact`: an agent in hand, the call placed, the agent rung.
pub(super) async fn dial(hub: Hub, live: LiveCall) {
    let desk = Desk::new(&hub, &hub.tenant, &hub, &hub, &hub);
    let id = live.id.clone();
    let held = desk.open(&live).await;
    if !matches!(held, Ok(Some(ref held)) if held.holds().is_some()) {
        return;
    }
    hub.approach((80, 300)).await;
    {
        let mut state = hub.lock();
        state.people.insert(id.clone(), PersonLeg::default());
        let answers = state.dice.chance(600_000);
        let rings = state.dice.between(2_000, 18_000);
        if answers {
            state.call_back(rings, &id, LiveEvent::PersonAnswered { leg: person_id(&id) });
            state.after(rings + 600, Happening::Tick(id.clone()));
            let patience = state.dice.between(500, 120_000);
            state.after(rings + patience, Happening::Impatient(id.clone()));
        } else {
            state.after(20_000, Happening::HangUp(id.clone()));
        }
    }
    take(&hub, &id, &LiveEvent::Placed).await;
}

/// As the webhook of a number that is called.
pub(super) async fn call_in(hub: Hub, live: LiveCall) {
    let id = live.id.clone();
    let event = LiveEvent::PersonAnswered { leg: person_id(&id) };
    {
        let mut state = hub.lock();
        state.after(600, Happening::Tick(id.clone()));
        let patience = state.dice.between(500, 120_000);
        state.after(patience, Happening::Impatient(id.clone()));
    }
    let desk = Desk::new(&hub, &hub.tenant, &hub, &hub, &hub);
    let _ = desk.arrive(live, &event).await;
}

pub(super) async fn tick(hub: Hub, live: LiveId) {
    let desk = Desk::new(&hub, &hub.tenant, &hub, &hub, &hub);
    let _ = desk.tick(&live).await;
}

pub(super) async fn sweep(hub: Hub) {
    let desk = Desk::new(&hub, &hub.tenant, &hub, &hub, &hub);
    let began = hub.lock().now;
    let now = hub.now();
    let turn = Turn {
        number: usize::try_from(now.as_second() / 60).unwrap_or(0),
        until: now + SignedDuration::from_secs(15),
    };
    if let Ok(swept) = desk.sweep(&hub, turn).await {
        let mut state = hub.lock();
        if !swept.cut {
            state.swept = state.swept.max(began);
        }
        state.hung_up += u64::from(swept.lines);
    }
}

pub(super) fn is_in(live: &LiveCall, offer: u16) -> bool {
    match &live.desk {
        Side::Offered(it) => it.number == offer && it.stage == Stage::Accepted,
        Side::Talking(it) => it.offer == offer || it.consult.as_ref().is_some_and(|it| it.offer == offer),
        Side::Nobody | Side::Over { .. } => false,
    }
}

pub(super) async fn agent_answers(hub: Hub, index: usize, leg: AgentLeg) {
    let event = LiveEvent::AgentAnswered { offer: leg.offer, leg: leg_id(index) };
    let Some((live, stale)) = take(&hub, &leg.live, &event).await else {
        return hub.lock().end_leg(index); // an application error
    };
    let mut state = hub.lock();
    if stale {
        return state.end_leg(index);
    }
    if is_in(&live, leg.offer) {
        state.enter(index, &live);
        return;
    }
    let key = match state.dice.below(10) {
        0 => None,
        1 => Some('2'),
        _ => Some('1'),
    };
    let thinks = state.dice.between(500, 6_000);
    match state.dice.below(12) {
        0 => state.after(thinks, Happening::AgentLeg(index, LegStep::End)), // the line dies
        _ => state.after(thinks, Happening::AgentLeg(index, LegStep::Key(key))),
    }
}

/// As the document that a guest's telephone asks for when it is picked up.
pub(super) async fn guest_answers(hub: Hub, index: usize, leg: GuestLeg) {
    let event = LiveEvent::GuestAnswered { guest: leg.guest, leg: guest_id(index) };
    let taken = take(&hub, &leg.live, &event).await;
    let mut state = hub.lock();
    match taken {
        Some((_, false)) => state.guest_enters(index),
        Some((_, true)) | None => state.end_guest(index),
    }
}

pub(super) async fn agent_presses(hub: Hub, index: usize, leg: AgentLeg, key: Option<char>) {
    let event = match key {
        Some('1') => LiveEvent::Accepted { offer: leg.offer, on_screen: false },
        Some(_) => LiveEvent::Declined { offer: leg.offer },
        None => LiveEvent::LegEnded { offer: leg.offer },
    };
    let taken = take(&hub, &leg.live, &event).await;
    let mut state = hub.lock();
    match taken {
        Some((live, false)) if is_in(&live, leg.offer) => state.enter(index, &live),
        Some(_) | None => state.end_leg(index),
    }
}
