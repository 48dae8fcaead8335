//! What is asked before a call is placed: from the contact's file first, and once more when the attempt is written.

use carillon_domain::attempt::Attempt;
use carillon_domain::compliance::{Grounds, Terms, Verdict};
use carillon_domain::contact::Contact;
use carillon_domain::enrollment::Enrollment;
use carillon_domain::ids::AttemptRef;
use carillon_domain::suppression::Scope;
use carillon_engine::clock::Clock;
use carillon_engine::judge;
use carillon_engine::order::DialOrder;
use carillon_store::{ContactFile, Stored, TenantTable};
use jiff::{SignedDuration, Timestamp};

/// What to do with an order.
pub(crate) enum Answer<'f> {
    /// Nothing.
    Drop(&'static str),
    /// Another call may be ringing there.
    PutOff { enrollment: &'f Stored<Enrollment>, until: Timestamp },
    /// The contact is gone.
    Withdraw(&'f Stored<Enrollment>),
    /// The rules say no.
    Refuse { enrollment: &'f Stored<Enrollment>, verdict: Verdict },
    /// Call, unless something has come in between.
    Go {
        enrollment: &'f Stored<Enrollment>,
        contact: &'f Stored<Contact>,
        verdict: Verdict,
        grounds: Box<Grounds>,
    },
}

/// Asks everything that the contact's file answers. What suppresses the number is asked last, right before the call.
pub(crate) fn consider<'f>(
    file: &'f ContactFile,
    order: &DialOrder,
    terms: &Terms,
    now: Timestamp,
) -> anyhow::Result<Answer<'f>> {
    let Some(enrollment) = file.enrollment(&order.attempt.enrollment.campaign) else {
        return Ok(Answer::Drop("no longer enrolled"));
    };
    if !is_planned(enrollment, order) {
        return Ok(Answer::Drop("not what was planned"));
    }
    if file.attempt(&order.attempt).is_some() {
        return Ok(Answer::Drop("already dialled"));
    }
    if let Some(until) = engaged(file, &order.attempt, now) {
        return Ok(Answer::PutOff { enrollment, until });
    }
    let Some(contact) = &file.contact else { return Ok(Answer::Withdraw(enrollment)) };
    let (verdict, grounds) = judge::contact_on_record(terms, &contact.value, file, &order.attempt, &[], now)?;
    if !verdict.is_allowed() {
        return Ok(Answer::Refuse { enrollment, verdict });
    }
    Ok(Answer::Go { enrollment, contact, verdict, grounds: Box::new(grounds) })
}

/// Whether the enrollment still waits for what was planned, and for when.
fn is_planned(enrollment: &Stored<Enrollment>, order: &DialOrder) -> bool {
    enrollment.value.next_attempt() == order.attempt.number && enrollment.value.due() == Some(order.due)
}

/// How long a telephone is taken to be engaged by another campaign's call.
const ENGAGED: SignedDuration = SignedDuration::from_secs(60);
/// An attempt whose end nobody could be asked about for so long is ringing no more.
const RINGS_NO_MORE: SignedDuration = SignedDuration::from_mins(10);

/// Until when to leave a contact alone because another attempt may be ringing there: nobody wants two calls at once,
/// and the provider, asked what became of a call, could not tell the two apart. Spread, so that campaigns that step
/// back for each other do not meet again.
fn engaged(file: &ContactFile, except: &AttemptRef, now: Timestamp) -> Option<Timestamp> {
    let others = file.attempts.iter().map(|other| &other.value).filter(|other| other.id != *except);
    let mut ringing = others.filter(|other| other.is_open() && now < other.check_after + RINGS_NO_MORE);
    ringing.next()?;
    let spread = except.to_string().bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31) + u32::from(byte));
    Some(now + ENGAGED + SignedDuration::from_secs(i64::from(spread % 60)))
}

/// What has come between checking and writing.
pub(crate) enum Overtaken {
    /// The rules say no by now.
    Forbidden(Box<Forbidden>),
    /// Another attempt may be ringing.
    Engaged { until: Timestamp },
    /// The enrollment has ended, or waits for another time.
    Over,
}

/// Who may not be called after all, and why.
pub(crate) struct Forbidden {
    pub(crate) enrollment: Stored<Enrollment>,
    pub(crate) verdict: Verdict,
}

/// Two campaigns may have the same contact at the same instant, and each sees nothing of the other before it has
/// written. So each looks again after writing: whichever wrote second sees both, and a cap that both together
/// would break holds. If each sees the other, both step back and come again at different times. What suppresses the
/// number is asked here and here alone: between the answer and the call nothing is waited for.
pub(crate) async fn overtaken(
    table: &TenantTable<'_>,
    terms: &Terms,
    contact: &Stored<Contact>,
    before: &ContactFile,
    attempt: &Stored<Attempt>,
    order: &DialOrder,
    clock: &dyn Clock,
) -> anyhow::Result<Option<Overtaken>> {
    let file = table.contact_file(&contact.value.id).await?;
    let id = &attempt.value.id;
    let enrollment = file.enrollment(&id.enrollment.campaign);
    let Some(enrollment) = enrollment.filter(|now| is_planned(now, order)) else {
        return Ok(Some(Overtaken::Over));
    };
    if let Some(until) = engaged(&file, id, clock.now()) {
        return Ok(Some(Overtaken::Engaged { until }));
    }
    let suppressed = table.suppressions_at(contact.value.phone.as_str(), Scope::Voice).await?;
    let now = file.contact.as_ref().unwrap_or(contact);
    let nothing_else = file.attempts.len() == before.attempts.len() + 1 && now.version == contact.version;
    if nothing_else && suppressed.is_empty() {
        return Ok(None); // nothing but our own attempt has come
    }
    let verdict = judge::contact(terms, &now.value, &file, id, &suppressed, clock.now())?;
    let forbidden = || Box::new(Forbidden { enrollment: enrollment.clone(), verdict: verdict.clone() });
    Ok((!verdict.is_allowed()).then(|| Overtaken::Forbidden(forbidden())))
}
