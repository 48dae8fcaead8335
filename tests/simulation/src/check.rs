//! The invariants, checked while the world turns, against a record of its own that is kept from the table's changes
//! and the provider's calls: never from what a handler believes.

use std::collections::{BTreeMap, BTreeSet};

use carillon_domain::attempt::{Attempt, Wish};
use carillon_domain::campaign::{Campaign, CampaignState};
use carillon_domain::compliance::{Candidate, RuleBook, Verdict, evaluate};
use carillon_domain::contact::Contact;
use carillon_domain::enrollment::Enrollment;
use carillon_domain::ids::{AttemptRef, CampaignId, ContactId, TenantId};
use carillon_domain::phone::E164;
use carillon_domain::ports::PlaceCall;
use carillon_domain::window::Zones;
use carillon_engine::judge;
use carillon_store::codec;
use carillon_store::memory::Change;
use carillon_store::port::Item;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_dynamo::AttributeValue;

use crate::hub::{Ctx, time};
use crate::network::{EVENTS_AFTER, sid};
use crate::scenario::{CampaignSpec, Scenario};
use crate::sums::Sums;

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which invariant: 1 nobody is called twice, 2 nobody is called who must not be, 3 everything comes to its end,
    /// 5 everything is counted and nothing is lost.
    pub invariant: u8,
    /// What happened.
    pub what: String,
}

type Of = (TenantId, CampaignId);

/// What one campaign has come to.
struct Seen {
    campaign: Campaign,
    /// Since when it has not been running, if it is not.
    idle_since: Option<i64>,
    /// Calls placed, by its own day.
    by_day: BTreeMap<Date, u32>,
}

/// A call that exists.
struct Placed {
    call: usize,
    at: i64,
    open: bool,
    ended: Option<i64>,
}

/// The record.
#[derive(Default)]
pub(crate) struct Checker {
    pub(crate) violation: Option<Violation>,
    specs: BTreeMap<Of, CampaignSpec>,
    scenario_tenants: Vec<carillon_domain::tenant::Tenant>,
    people: BTreeMap<(TenantId, ContactId), Contact>,
    campaigns: BTreeMap<Of, Seen>,
    pub(crate) enrollments: BTreeMap<(Of, ContactId), Enrollment>,
    pub(crate) attempts: BTreeMap<AttemptRef, Attempt>,
    open: BTreeSet<AttemptRef>,
    suppressed: BTreeMap<(TenantId, String), i64>,
    placed: BTreeMap<AttemptRef, Placed>,
    /// Requests that were not answered with a definite no.
    asked: BTreeSet<AttemptRef>,
    calls_of: BTreeMap<(TenantId, ContactId), Vec<i64>>,
    sums: Sums,
}

/// How long after it was judged a call may be placed: the function's time-out.
const LATENCY_MAX_MS: i64 = 61_000;

/// Calls that were placed within so long of an attempt's being written may be taken for its own.
const RIVALS_WITHIN_MS: i64 = 130_000;

impl Checker {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let mut checker = Self { scenario_tenants: scenario.tenants.clone(), ..Self::default() };
        for spec in &scenario.campaigns {
            let tenant = scenario.tenants[spec.tenant].id.clone();
            checker.specs.insert((tenant, spec.campaign.id.clone()), spec.clone());
        }
        for (person, owner) in scenario.people.iter().zip(&scenario.owners) {
            let tenant = scenario.tenants[*owner].id.clone();
            checker.people.insert((tenant, person.id.clone()), person.clone());
        }
        checker
    }

    pub(crate) fn violate(&mut self, invariant: u8, what: impl Into<String>) {
        self.violation.get_or_insert_with(|| Violation { invariant, what: what.into() });
    }

    /// An item has changed.
    pub(crate) fn changed(&mut self, change: &Change, now: i64) {
        self.sums.changed(change);
        let sk = change.key.sk.as_str();
        if sk.starts_with("A#") {
            self.attempt_changed(change);
        } else if sk.starts_with("E#") {
            self.enrollment_changed(change);
        } else if sk == "CAMPAIGN" {
            if let Some(campaign) = read::<Campaign>(change.new.as_ref())
                && let Some(tenant) = tenant_of(&change.key.pk)
            {
                let running = campaign.state == CampaignState::Running;
                let of = (tenant, campaign.id.clone());
                let before = self.campaigns.remove(&of);
                let idle = before.as_ref().and_then(|before| before.idle_since).unwrap_or(now);
                let idle_since = if running { None } else { Some(idle) };
                let by_day = before.map(|before| before.by_day).unwrap_or_default();
                self.campaigns.insert(of, Seen { campaign, idle_since, by_day });
            }
        } else if let Some((tenant, address)) = change.key.pk.split_once("#S#")
            && let Some(tenant) = tenant_of(tenant)
        {
            let key = (tenant, address.to_owned());
            if change.new.is_some() {
                self.suppressed.entry(key).or_insert(now);
            } else {
                self.suppressed.remove(&key);
            }
        }
    }

    fn attempt_changed(&mut self, change: &Change) {
        let Some(attempt) = self::attempt(change.new.as_ref()) else {
            if let Some(old) = self::attempt(change.old.as_ref()) {
                if self.placed.contains_key(&old.id) {
                    self.violate(1, format!("{} was taken back although its call exists", old.id));
                }
                self.open.remove(&old.id);
                self.attempts.remove(&old.id);
            }
            return;
        };
        // The change before this one brought what was there before it.
        let old = change.old.as_ref().and_then(|_| self.attempts.remove(&attempt.id));
        if let Some(old) = &old {
            let call = old.call.is_some() && old.call != attempt.call;
            let wish = old.wish.is_some() && old.wish != attempt.wish && attempt.wish != Some(Wish::OptOut);
            let answer = old.answered_at.is_some() && old.answered_at != attempt.answered_at;
            if call || wish || answer {
                self.violate(5, format!("what was known of {} was lost", attempt.id));
            }
        }
        if !matches!(attempt.allowed_by, Verdict::Allowed { .. }) {
            self.violate(2, format!("{} carries no verdict that allows it", attempt.id));
        }
        if let Some(call) = &attempt.call {
            let ours = self.placed.get(&attempt.id).map(|placed| sid(placed.call));
            if ours.as_ref() != Some(call) {
                self.violate(5, format!("{} was given the end of another call, {}", attempt.id, call.0));
            }
        }
        match (old.as_ref().and_then(Attempt::outcome), attempt.outcome()) {
            (Some((before, _)), None) => {
                self.violate(3, format!("{} had ended ({}) and lives again", attempt.id, before.name()));
            }
            (_, Some(_)) => {
                self.open.remove(&attempt.id);
            }
            (None, None) => {
                self.open.insert(attempt.id.clone());
            }
        }
        self.attempts.insert(attempt.id.clone(), attempt);
    }

    fn enrollment_changed(&mut self, change: &Change) {
        let Some(enrollment) = read::<Enrollment>(change.new.as_ref()) else {
            self.violate(5, "an enrollment was deleted");
            return;
        };
        let of = (enrollment.id.tenant.clone(), enrollment.id.campaign.clone());
        let key = (of, enrollment.id.contact.clone());
        if let Some(old) = self.enrollments.get(&key).filter(|_| change.old.is_some()).cloned() {
            if old.history.len() > enrollment.history.len() {
                self.violate(5, format!("history of {} was lost", enrollment.id.contact));
            }
            if old.due().is_none() && enrollment.due().is_some() {
                self.violate(3, format!("the enrollment of {} had ended and is back", enrollment.id.contact));
            }
        }
        self.enrollments.insert(key, enrollment);
    }

    /// The dialler asks the provider for a call: everything that could forbid it is looked at here, at this instant.
    pub(crate) fn asked_to_place(&mut self, now: i64, ctx: &Ctx, call: &PlaceCall) {
        let id = &call.attempt;
        let (tenant, contact) = (id.enrollment.tenant.clone(), id.enrollment.contact.clone());
        let of = (tenant.clone(), id.enrollment.campaign.clone());
        if !self.asked.insert(id.clone()) {
            self.violate(1, format!("the provider is asked a second time for {id}"));
        }
        if self.suppressed.contains_key(&(tenant.clone(), call.to.as_str().to_owned())) {
            self.violate(2, format!("{id} is placed to a suppressed number"));
        }
        let Some(attempt) = self.attempts.get(id).cloned() else {
            self.violate(1, format!("{id} is placed and was never written down"));
            return;
        };
        let Some(seen) = self.campaigns.get(&of) else { return };
        // The campaign is read when the function begins.
        if let Some(idle) = seen.idle_since.filter(|idle| *idle < ctx.started) {
            let state = seen.campaign.state.name();
            let what = format!("{id} is placed by a campaign that has been {state} since {}", time(idle));
            self.violate(2, what);
            return;
        }
        if id.number > seen.campaign.plan.retry.attempts_max {
            self.violate(2, format!("{id} is more than the policy allows"));
        }
        let by_its_clock = attempt.allowed_by.basis().at.as_millisecond();
        let judged = by_its_clock - ctx.skew_ms;
        if !(0..=LATENCY_MAX_MS).contains(&(now - judged)) {
            self.violate(2, format!("{id} was judged at {} and is placed now", time(judged)));
        }
        // A clock that is a second behind may be a second late at the door.
        if let Some(why) = self.forbidden(&of, &contact, by_its_clock) {
            self.violate(2, format!("{id} is placed at {}: {why}", time(by_its_clock)));
        }
    }

    /// Whether hours and consents forbid a call at an instant.
    fn forbidden(&self, of: &Of, contact: &ContactId, at: i64) -> Option<String> {
        let person = self.people.get(&(of.0.clone(), contact.clone()))?;
        let spec = self.specs.get(of)?;
        for name in &person.zones {
            let local = time(at).to_zoned(TimeZone::get(name).ok()?);
            let minute = i16::from(local.hour()) * 60 + i16::from(local.minute());
            let day = usize::try_from(local.weekday().to_monday_zero_offset()).unwrap_or(0);
            if !spec.days[day] || minute < spec.from_minute || minute >= spec.to_minute {
                return Some(format!("the window is closed in {name}"));
            }
            if !(8 * 60..21 * 60).contains(&minute) {
                return Some(format!("nobody may be called at this hour in {name}"));
            }
        }
        let tenant = self.scenario_tenants.iter().find(|tenant| tenant.id == of.0)?;
        let mut terms = judge::terms(tenant, &spec.campaign);
        terms.caps.clear();
        let candidate = Candidate {
            place: person.place.clone(),
            zones: Zones::new(&person.zones).ok()?,
            consents: person.consents.clone(),
            suppressions: Vec::new(),
            attempts: Vec::new(),
        };
        match evaluate(RuleBook::bundled(), &terms, &candidate, time(at)) {
            Verdict::Allowed { .. } => None,
            Verdict::NotNow { cause, .. } | Verdict::Never { cause, .. } => Some(format!("{cause:?}")),
        }
    }

    /// The provider said a definite no.
    pub(crate) fn place_refused(&mut self, id: &AttemptRef) {
        self.asked.remove(id);
    }

    /// A call exists.
    pub(crate) fn call_created(&mut self, now: i64, id: &AttemptRef, call: usize) {
        if self.placed.contains_key(id) {
            self.violate(1, format!("a second call for {id}"));
            return;
        }
        let of = (id.enrollment.tenant.clone(), id.enrollment.campaign.clone());
        let numbered = |number| AttemptRef { enrollment: id.enrollment.clone(), number };
        let mut others = self.placed.range(numbered(0)..=numbered(u16::MAX));
        if let Some((other, _)) = others.find(|(_, placed)| placed.open) {
            let what = format!("{id} rings while {other} still does");
            self.violate(1, what);
        }
        self.placed.insert(id.clone(), Placed { call, at: now, open: true, ended: None });
        let person = (of.0.clone(), id.enrollment.contact.clone());
        self.calls_of.entry(person.clone()).or_default().push(now);
        self.check_caps(&person, now, id);
        if let (Some(seen), Some(attempt)) = (self.campaigns.get_mut(&of), self.attempts.get(id)) {
            let (day, _) = seen.campaign.plan.day(attempt.created_at);
            let count = seen.by_day.entry(day).or_default();
            *count += 1;
            if let Some(limit) = seen.campaign.plan.daily_limit.filter(|limit| *count > *limit) {
                self.violate(2, format!("{id} is over the daily limit of {limit} on {day}"));
            }
        }
    }

    fn check_caps(&mut self, person: &(TenantId, ContactId), now: i64, id: &AttemptRef) {
        let Some(tenant) = self.scenario_tenants.iter().find(|tenant| tenant.id == person.0) else { return };
        let mut broken = None;
        for cap in &tenant.frequency_caps {
            let carillon_domain::caps::Period::Rolling(length) = cap.per else { continue };
            // An attempt counts from when it is written, on the dialler's clock: a little before its call.
            let since = now - i64::try_from(length.as_millis()).unwrap_or(0) + LATENCY_MAX_MS + 20_000;
            let calls =
                self.calls_of.get(person).map_or(0, |calls| calls.iter().filter(|at| **at > since).count());
            if calls > usize::from(cap.count.get()) {
                broken = Some(format!("{id} is over the tenant's limit of {} {}", cap.count, cap.per));
            }
        }
        if let Some(broken) = broken {
            self.violate(2, broken);
        }
    }

    /// A call is over.
    pub(crate) fn call_ended(&mut self, now: i64, id: &AttemptRef) {
        if let Some(placed) = self.placed.get_mut(id) {
            (placed.open, placed.ended) = (false, Some(now));
        }
    }

    /// A person pressed the key for opting out, and was told that it was heard.
    pub(crate) fn opt_out_answered(&mut self, now: i64, id: &AttemptRef, to: &E164) {
        let key = (id.enrollment.tenant.clone(), to.as_str().to_owned());
        let has_menu = self
            .specs
            .get(&(id.enrollment.tenant.clone(), id.enrollment.campaign.clone()))
            .is_some_and(|spec| spec.campaign.plan.script.menu.is_some());
        if has_menu && !self.suppressed.contains_key(&key) {
            self.violate(5, format!("the opt-out of {id} was answered at {} and lost", time(now)));
        }
    }

    /// Every change has been folded: counters must equal the sums.
    pub(crate) fn drained(&mut self) {
        if let Some(what) = self.sums.difference() {
            self.violate(5, what);
        }
    }

    /// Attempts whose ending is overdue. Asked only when nothing has gone wrong for a while.
    pub(crate) fn overdue(&mut self, now: i64, bound_ms: i64) {
        let late = self.open.iter().find(|id| {
            let ringing = self.placed.get(*id).is_some_and(|placed| placed.open);
            let late = |from: i64| from.saturating_add(bound_ms) < now;
            let attempt = self.attempts.get(*id);
            !ringing
                && attempt.is_some_and(|it| late(it.check_after.as_millisecond()) && late(self.decidable(it)))
        });
        if let Some(id) = late.cloned() {
            self.violate(3, format!("{id} has no outcome long after it should have been asked about"));
        }
    }

    /// From when on an attempt's fate can be known: when it is first asked about, unless another attempt of the same
    /// contact was written at the same time. Then the provider has to say first whose the calls of that time were.
    fn decidable(&self, attempt: &Attempt) -> i64 {
        let asked = attempt.check_after.as_millisecond();
        let person = |id: &AttemptRef| (id.enrollment.tenant.clone(), id.enrollment.contact.clone());
        let (id, of, written) = (&attempt.id, person(&attempt.id), attempt.created_at.as_millisecond());
        let near = |at: i64| (at - written).abs() < RIVALS_WITHIN_MS;
        let mut others = self.attempts.values().filter(|other| other.id != *id && person(&other.id) == of);
        if !others.any(|other| near(other.created_at.as_millisecond())) {
            return asked;
        }
        let calls = self.placed.iter().filter(|(id, placed)| person(id) == of && near(placed.at));
        let told =
            calls.map(|(_, placed)| placed.ended.map_or(i64::MAX, |at| at.saturating_add(EVENTS_AFTER)));
        told.fold(asked, i64::max)
    }

    pub(crate) fn state(&self, of: &Of) -> Option<CampaignState> {
        self.campaigns.get(of).map(|seen| seen.campaign.state)
    }

    /// How many calls the last of a campaign is from an end: what the liveness bound is made from.
    pub(crate) fn all_completed(&self) -> bool {
        self.campaigns.values().all(|seen| seen.campaign.state == CampaignState::Completed)
    }

    /// After the end: everything has an end, and everybody has been counted.
    pub(crate) fn finale(&mut self) {
        if let Some(id) = self.open.first().cloned() {
            self.violate(3, format!("{id} has no outcome at the end"));
        }
        let waiting = self.enrollments.values().find(|enrollment| enrollment.due().is_some());
        if let Some(what) = waiting.map(|it| format!("{} of {} still waits", it.id.contact, it.id.campaign)) {
            self.violate(3, what);
        }
        let active = self.campaigns.values().find(|seen| seen.campaign.state != CampaignState::Completed);
        if let Some(what) = active.map(|it| format!("{} is {}", it.campaign.id, it.campaign.state.name())) {
            self.violate(3, what);
        }
        for (of, spec) in &self.specs {
            let enrolled = self.enrollments.keys().filter(|(other, _)| other == of).count();
            let expected = spec.members.len() + spec.joining.len();
            if enrolled != expected {
                let what = format!("{} has {enrolled} enrollments of {expected}", of.1);
                self.violation.get_or_insert(Violation { invariant: 5, what });
            }
        }
        // What each enrollment remembers is what its attempts say.
        let mut wrong = None;
        for (id, attempt) in &self.attempts {
            let of = (id.enrollment.tenant.clone(), id.enrollment.campaign.clone());
            let enrollment = self.enrollments.get(&(of, id.enrollment.contact.clone()));
            let noted = enrollment.and_then(|it| it.history.get(usize::from(id.number) - 1));
            if noted.is_none() && attempt.outcome().is_some() {
                wrong = Some(format!("the enrollment knows nothing of {id}"));
            }
        }
        let lost = self.placed.keys().find(|id| !self.attempts.contains_key(*id));
        if let Some(id) = lost {
            wrong = Some(format!("the call of {id} is written down nowhere"));
        }
        if let Some(what) = wrong {
            self.violate(5, what);
        }
        self.drained();
    }
}

fn tenant_of(pk: &str) -> Option<TenantId> {
    pk.split('#').nth(1)?.parse().ok()
}

fn attempt(item: Option<&Item>) -> Option<Attempt> {
    carillon_store::attempt_of(item?.clone()).ok()
}

fn read<T: serde::de::DeserializeOwned>(item: Option<&Item>) -> Option<T> {
    codec::from_item(item?.clone()).ok()
}

/// A number attribute.
pub(crate) fn number(value: &AttributeValue) -> Option<i64> {
    if let AttributeValue::N(number) = value { number.parse().ok() } else { None }
}
