//! What a step has the provider do.

use std::collections::VecDeque;
use std::sync::Arc;

use carillon_domain::agents::live::{Desk as Side, Effect, LiveCall, LiveEvent};
use carillon_domain::agents::ports::{Leg, Place, Reach, RingLeg, Switchboard};
use carillon_domain::ids::{AgentId, LiveId};
use carillon_domain::ports::{AskError, PlaceError};
use carillon_store::Stored;

use super::{Desk, Job};

/// How long the telephone of somebody outside rings at least, seconds.
const GUEST_RINGS: u16 = 30;

impl Desk<'_> {
    /// Carries effects out, one after the other.
    pub(super) async fn carry_out_all(&self, effects: Vec<Job>, jobs: &mut VecDeque<Job>) {
        for job in effects {
            if let Job::Do(live, effect, reach) = job {
                self.carry_out(*live, effect, reach, jobs).await;
            }
        }
    }

    /// Carries an effect out. What fails is logged: the state tells whoever looks next.
    async fn carry_out(
        &self,
        stored: Stored<LiveCall>,
        effect: Effect,
        reach: Option<Reach>,
        jobs: &mut VecDeque<Job>,
    ) {
        let live = &stored.value;
        let board = match self.boards.switchboard(self.table.tenant_id()).await {
            Ok(board) => board,
            Err(error) => {
                tracing::error!(%error, live = %live.id, metric.desk_effects_failed = 1, "the tenant's switchboard is not set up");
                match (&effect, rung(live)) {
                    (Effect::Ring, Some((_, offer))) => {
                        jobs.push_back(Job::Take(live.id.clone(), LiveEvent::LegFailed { offer }));
                    }
                    (Effect::RingGuest(guest), _) => {
                        jobs.push_back(Job::Take(live.id.clone(), LiveEvent::GuestGone { guest: *guest }));
                    }
                    (_, _) => {}
                }
                return;
            }
        };
        let done = match effect {
            Effect::Ring => {
                self.ring(&board, &stored, reach, jobs).await;
                Ok(())
            }
            Effect::RingGuest(guest) => {
                self.ring_guest(&board, &stored, guest, jobs).await;
                Ok(())
            }
            Effect::Change(leg, change) => match &live.conference {
                Some(conference) => {
                    let there = board.participant(conference, &leg, &change).await;
                    // The person is being left to somebody who has gone, and nobody has told us.
                    if let (Ok(false), Some(true)) = (&there, change.end_on_exit)
                        && let Some(guest) = live.guests.iter().find(|guest| guest.leg.as_ref() == Some(&leg))
                    {
                        let gone = LiveEvent::GuestGone { guest: guest.number };
                        jobs.push_back(Job::Take(live.id.clone(), gone));
                    }
                    there.map(drop)
                }
                None => Ok(()), // they have not met yet
            },
            Effect::HangUp(leg) => board.end_leg(&leg).await,
            Effect::BringIn { leg, offer } => board.redirect(&leg, &live.id, Place::Join { offer }).await,
            Effect::Apologise(leg) => board.redirect(&leg, &live.id, Place::Sorry).await,
            Effect::WaitAgain(leg) => board.redirect(&leg, &live.id, Place::Conference).await,
            Effect::Seek | Effect::Freed(_) => Ok(()),
        };
        if let Err(error) = done {
            log_failed(&live.id, &error);
        }
    }

    /// Rings the agent of the current offer, or the colleague who is asked. That was saved before: whoever comes twice
    /// rings once.
    async fn ring(
        &self,
        board: &Arc<dyn Switchboard>,
        stored: &Stored<LiveCall>,
        reach: Option<Reach>,
        jobs: &mut VecDeque<Job>,
    ) {
        let live = &stored.value;
        let Some((agent, number)) = rung(live) else { return };
        let failed = || Job::Take(live.id.clone(), LiveEvent::LegFailed { offer: number });
        let reach = match reach {
            Some(reach) => reach,
            None => match self.table.presence(&agent).await {
                Ok(Some(presence)) => presence.value.serves.reach,
                Ok(None) | Err(_) => return jobs.push_back(failed()),
            },
        };
        let agent = matches!(reach, Reach::Browser).then_some(agent);
        let leg = RingLeg {
            live: live.id.clone(),
            leg: Leg::Agent { offer: number },
            agent,
            reach,
            from: live.from.clone(),
            ring_seconds_max: live.handling.offer_seconds,
        };
        jobs.push_back(match board.ring(&leg).await {
            Ok(leg) => Job::TakeOf(Box::new(stored.clone()), LiveEvent::Rung { offer: number, leg }),
            Err(PlaceError::Refused { reason, code }) => {
                tracing::warn!(?reason, code, live = %live.id, metric.agent_legs_refused = 1, "an agent's leg was refused");
                Job::Take(live.id.clone(), LiveEvent::LegEnded { offer: number })
            }
            Err(error @ (PlaceError::Throttled | PlaceError::Unavailable(_))) => {
                tracing::warn!(%error, live = %live.id, metric.agent_legs_failed = 1, "an agent's leg could not be made");
                failed()
            }
            Err(PlaceError::Unknown(source)) => {
                // It may be ringing. Never rung again for this offer: the leg itself, or the lease's end, will tell.
                let cause = source.map(|source| source.to_string());
                tracing::warn!(cause, live = %live.id, metric.agent_legs_unknown = 1, "unknown whether an agent's leg was made");
                return;
            }
        });
    }

    /// Rings somebody who is to join. Whoever cannot be rung is gone.
    async fn ring_guest(
        &self,
        board: &Arc<dyn Switchboard>,
        stored: &Stored<LiveCall>,
        guest: u16,
        jobs: &mut VecDeque<Job>,
    ) {
        let live = &stored.value;
        let Some(invited) = live.guest(guest).map(|guest| guest.invited.clone()) else { return };
        let leg = RingLeg {
            live: live.id.clone(),
            leg: Leg::Guest { guest },
            agent: invited.agent,
            reach: invited.reach,
            from: live.from.clone(),
            ring_seconds_max: live.handling.offer_seconds.max(GUEST_RINGS),
        };
        jobs.push_back(match board.ring(&leg).await {
            Ok(leg) => Job::TakeOf(Box::new(stored.clone()), LiveEvent::GuestRung { guest, leg }),
            // It may be ringing: the leg itself will tell.
            Err(PlaceError::Unknown(_)) => return,
            Err(
                error @ (PlaceError::Refused { .. } | PlaceError::Throttled | PlaceError::Unavailable(_)),
            ) => {
                tracing::warn!(%error, live = %live.id, metric.guest_legs_failed = 1, "a guest's leg could not be made");
                Job::Take(live.id.clone(), LiveEvent::GuestGone { guest })
            }
        });
    }
}

/// Who is to be rung on our side, by which offer.
pub(super) fn rung(live: &LiveCall) -> Option<(AgentId, u16)> {
    match &live.desk {
        Side::Offered(offer) => Some((offer.agent.clone(), offer.number)),
        Side::Talking(talk) => talk.consult.as_ref().map(|consult| (consult.agent.clone(), consult.offer)),
        Side::Nobody | Side::Over { .. } => None,
    }
}

fn log_failed(live: &LiveId, error: &AskError) {
    let source = error.source.as_ref().map(ToString::to_string);
    tracing::warn!(%live, %error, source, metric.desk_effects_failed = 1, "a step at the desk failed");
}
