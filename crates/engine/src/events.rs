//! Taking a call's event in: load, decide, do, save, and let the enrollment follow.

use carillon_domain::attempt::{Attempt, Effect, Event, Reaction};
use carillon_domain::campaign::Campaign;
use carillon_domain::compliance::SuppressionReason;
use carillon_domain::enrollment::Enrollment;
use carillon_domain::ids::{AttemptRef, EnrollmentRef};
use carillon_domain::outcome::Outcome;
use carillon_domain::script::MergeFields;
use carillon_domain::suppression::{Scope, Suppression};
use carillon_store::{StoreError, Stored, Table, TenantTable};
use futures::future;
use jiff::Timestamp;

/// Why an event could not be taken in.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// No such attempt, campaign or contact: the callback is forged, or older than what is kept.
    #[error("there is no such {0}")]
    Unknown(&'static str),
    /// The table.
    #[error("the table failed")]
    Store(#[from] StoreError),
    /// Others kept changing the attempt in between.
    #[error("the attempt kept changing")]
    Contended,
}

/// How often to start over when somebody else has changed the item in between. Callbacks of one call are few.
const TRIES: usize = 8;

/// Takes an event of an attempt in.
///
/// # Errors
/// As of [`take_in_all`].
pub async fn take_in(
    table: &dyn Table,
    id: &AttemptRef,
    event: &Event,
    campaign: &Campaign,
    fields: &MergeFields,
    now: Timestamp,
) -> Result<Reaction, EventError> {
    take_in_all(table, id, &[event], campaign, fields, now).await
}

/// Takes events of an attempt in, one after the other, and saves it once. What the provider is told to do is what the last
/// of them led to.
///
/// The attempt is first read as it was a moment ago, at half the price. An attempt's facts only ever grow, so an event
/// that changes nothing in an older state changes nothing in a newer one either; one that changes something is saved on
/// condition that the state is the newest, and decided again from that if it was not.
///
/// # Errors
/// [`EventError`]. Whatever had been done by then is harmless to repeat.
pub async fn take_in_all(
    table: &dyn Table,
    id: &AttemptRef,
    events: &[&Event],
    campaign: &Campaign,
    fields: &MergeFields,
    now: Timestamp,
) -> Result<Reaction, EventError> {
    let lately = TenantTable::new(table, &id.enrollment.tenant).attempt_lately(id).await?;
    take_in_from(table, id, lately, events, campaign, fields, now).await
}

/// As [`take_in_all`], of an attempt that has been read a moment ago, beside something else.
///
/// # Errors
/// As of [`take_in_all`].
pub async fn take_in_from(
    table: &dyn Table,
    id: &AttemptRef,
    mut lately: Option<Stored<Attempt>>,
    events: &[&Event],
    campaign: &Campaign,
    fields: &MergeFields,
    now: Timestamp,
) -> Result<Reaction, EventError> {
    let tenant = TenantTable::new(table, &id.enrollment.tenant);
    for _ in 0..TRIES {
        let mut attempt = match lately.take() {
            Some(attempt) => attempt,
            None => tenant.attempt(id).await?.ok_or(EventError::Unknown("attempt"))?,
        };
        let mut reaction = Reaction::default();
        for event in events {
            let next = attempt.value.on(event, now, &campaign.plan.script, fields);
            if next.foreign {
                tracing::error!(attempt = %id, metric.foreign_callbacks = 1, "a callback names a call that is not this attempt's");
                return Ok(next);
            }
            reaction.changed |= next.changed;
            reaction.effects.extend(next.effects);
            reaction.steps = next.steps;
        }
        match settle(&tenant, &attempt, &reaction, campaign, now).await {
            Ok(()) => return Ok(reaction),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(EventError::Contended)
}

/// Carries out what an event led to: the effects, then the attempt, then the enrollment. In this order a crash in
/// between is mended by whoever comes next: an effect repeated is harmless, and an enrollment that lags behind its
/// ended attempt is still in the due index, where `reconcile` finds it.
///
/// # Errors
/// [`StoreError::Conflict`] if the attempt has changed since it was read.
pub async fn settle(
    tenant: &TenantTable<'_>,
    attempt: &Stored<Attempt>,
    reaction: &Reaction,
    campaign: &Campaign,
    now: Timestamp,
) -> Result<(), StoreError> {
    for effect in &reaction.effects {
        match effect {
            Effect::Suppress => tenant.suppress(&suppression(&attempt.value, now)).await?,
        }
    }
    let id = &attempt.value.id;
    let ended = attempt.value.outcome();
    let save = async { if reaction.changed { tenant.save_attempt(attempt).await } else { Ok(()) } };
    // Looked up meanwhile, and moved only afterwards.
    let look = async {
        match ended {
            Some(_) => tenant.enrollment_lately(&id.enrollment).await,
            None => Ok(None),
        }
    };
    let (saved, enrollment) = future::join(save, look).await;
    saved?;
    match ended {
        Some(end) => follow_from(tenant, &id.enrollment, enrollment?, id.number, end, campaign).await,
        None => Ok(()),
    }
}

/// Lets an enrollment follow its ended attempt. Repeating it changes nothing.
///
/// # Errors
/// The table's.
pub async fn follow(
    tenant: &TenantTable<'_>,
    id: &EnrollmentRef,
    number: u16,
    outcome: Outcome,
    at: Timestamp,
    campaign: &Campaign,
) -> Result<(), StoreError> {
    let lately = tenant.enrollment_lately(id).await?;
    follow_from(tenant, id, lately, number, (outcome, at), campaign).await
}

/// The same of an enrollment as it was a moment ago. Only what is newest may say that there is nothing to be done.
async fn follow_from(
    tenant: &TenantTable<'_>,
    id: &EnrollmentRef,
    mut lately: Option<Stored<Enrollment>>,
    number: u16,
    (outcome, at): (Outcome, Timestamp),
    campaign: &Campaign,
) -> Result<(), StoreError> {
    for turn in 0..TRIES {
        let read = if turn == 0 { lately.take() } else { tenant.enrollment(id).await? };
        let follows = |mut enrollment: Stored<Enrollment>| {
            let changed = enrollment.value.attempt_ended(number, outcome, at, &campaign.plan.retry);
            changed.then_some(enrollment)
        };
        let Some(enrollment) = read.and_then(follows) else {
            if turn == 0 {
                continue;
            }
            return Ok(());
        };
        match tenant.save_enrollment(&enrollment).await {
            Err(StoreError::Conflict) => {}
            done => return done,
        }
    }
    Err(StoreError::Busy(None))
}

fn suppression(attempt: &Attempt, now: Timestamp) -> Suppression {
    Suppression {
        address: attempt.to.as_str().to_owned(),
        scope: Scope::All,
        reason: SuppressionReason::OptedOut,
        source: attempt.id.to_string(),
        added_at: now,
    }
}
