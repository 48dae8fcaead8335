//! Which rules apply: to one person now, or to anybody whom a campaign may contact.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Candidate, ConsentWhen, Jurisdiction, Predicate, Rule, RuleBook, Status, Terms, Warning};
use crate::holidays::territory;
use crate::phone::Place;
use crate::window::{WeekWindow, WindowError};

/// Rules that apply, in the order of the rule book, and what was not known when they were chosen.
#[derive(Clone, Debug, Default)]
pub struct Applicable<'a> {
    /// The rules.
    pub rules: Vec<&'a Rule>,
    /// What was not known.
    pub warnings: Vec<Warning>,
    /// Rules come into force or go out of it then, the first time after the instant asked about.
    pub(super) changes_at: Option<Timestamp>,
}

impl RuleBook {
    /// The rules that could apply to a campaign in these countries, whatever the state: what its page shows before
    /// it starts. Superseded ones are among them, for their numbers.
    #[must_use]
    pub fn applicable<'a>(
        &'a self,
        terms: &Terms,
        countries: impl IntoIterator<Item = &'a str>,
        on: Date,
    ) -> Applicable<'a> {
        let mut found = Applicable::default();
        let mut seen = BTreeSet::new();
        let mut house = Vec::new();
        for country in countries {
            let place = Place { country: country.to_owned(), subdivision: None };
            let (country, _) = territory(&place);
            let rules = self.rules_for(country).filter(|rule| rule.concerns(terms) && rule.in_force(on));
            for rule in without_covered(rules.collect(), terms.waive_house_rules, covers_country) {
                if seen.insert(&rule.id) {
                    // The world's rules once, after those of the last country.
                    if rule.jurisdictions.contains(&Jurisdiction::World) {
                        house.push(rule);
                    } else {
                        found.rules.push(rule);
                    }
                }
            }
        }
        found.rules.append(&mut house);
        if terms.waive_house_rules {
            found.warnings.push(Warning::HouseRulesWaived);
        }
        found
    }

    /// The rules that apply to one person at an instant.
    pub(super) fn applying<'a>(
        &'a self,
        terms: &Terms,
        candidate: &Candidate,
        now: Timestamp,
    ) -> Applicable<'a> {
        let (country, subdivision) = territory(&candidate.place);
        let zones = candidate.zones.as_slice();
        let mut found = Applicable::default();
        let mut state_matters = false;
        for rule in self.rules_for(country) {
            if rule.status == Status::Superseded || !rule.predicate.decides() || !rule.concerns(terms) {
                continue;
            }
            if !rule.jurisdictions.iter().any(|place| holds_in(place, subdivision)) {
                state_matters |= subdivision.is_none();
                continue;
            }
            found.note_change(rule, zones, now);
            // It is somewhere today's date that counts, where the person may be in several zones.
            if zones.iter().any(|zone| rule.in_force(zone.to_datetime(now).date())) {
                found.rules.push(rule);
            }
        }
        found.rules = without_covered(found.rules, terms.waive_house_rules, |_| true);
        if state_matters {
            found.warnings.push(Warning::SubdivisionUnknown { country: country.to_owned() });
        }
        if terms.waive_house_rules {
            found.warnings.push(Warning::HouseRulesWaived);
        }
        found
    }
}

/// Whether a jurisdiction, known to be of the right country or the world, reaches a subdivision.
fn holds_in(place: &Jurisdiction, subdivision: Option<&str>) -> bool {
    place.subdivision().is_none_or(|part| Some(part) == subdivision)
}

/// A rule of one state answers its question for that state alone.
fn covers_country(rule: &Rule) -> bool {
    rule.jurisdictions.iter().any(|place| place.subdivision().is_none())
}

/// Without the fallbacks whose question another rule answers, and without what is waived.
fn without_covered(rules: Vec<&Rule>, waive: bool, covers: fn(&Rule) -> bool) -> Vec<&Rule> {
    let answered: Vec<&str> = rules
        .iter()
        .filter(|rule| !rule.fallback && rule.status != Status::Superseded && covers(rule))
        .map(|rule| rule.predicate.kind())
        .collect();
    let covered = |rule: &Rule| rule.fallback && answered.contains(&rule.predicate.kind());
    let stays = |rule: &&Rule| !(covered(rule) || (waive && rule.waivable));
    rules.into_iter().filter(stays).collect()
}

impl Rule {
    /// Whether it speaks of contacts like these, wherever they are.
    fn concerns(&self, terms: &Terms) -> bool {
        self.channels.contains(&terms.channel)
            && self.purposes.contains(&terms.purpose)
            && match self.predicate {
                Predicate::ConsentRequired { when: ConsentWhen::ArtificialVoice, .. }
                | Predicate::AiVoiceIsArtificial {} => terms.artificial_voice,
                Predicate::RecordingConsent { .. } => terms.record,
                Predicate::ConsentRequired { when: ConsentWhen::Always, .. }
                | Predicate::CallingHours { .. }
                | Predicate::MaxAttempts { .. }
                | Predicate::StopAfterRefusal { .. }
                | Predicate::Abandonment { .. }
                | Predicate::RingAtLeast { .. }
                | Predicate::RevocationHonouredWithin { .. }
                | Predicate::ProofKept { .. }
                | Predicate::SmsKeywords { .. }
                | Predicate::SmsSegments { .. }
                | Predicate::MessageThroughput { .. }
                | Predicate::OneClickUnsubscribe { .. }
                | Predicate::PostalAddress {}
                | Predicate::BounceRate { .. }
                | Predicate::ComplaintRate { .. } => true,
            }
    }
}

impl Predicate {
    /// Whether it says something of a single contact. The others bind a campaign, an account or the content.
    fn decides(&self) -> bool {
        match self {
            Self::CallingHours { .. }
            | Self::MaxAttempts { .. }
            | Self::StopAfterRefusal { .. }
            | Self::ConsentRequired { .. }
            | Self::AiVoiceIsArtificial {}
            | Self::RingAtLeast { .. }
            | Self::RecordingConsent { .. } => true,
            Self::Abandonment { .. }
            | Self::RevocationHonouredWithin { .. }
            | Self::ProofKept { .. }
            | Self::SmsKeywords { .. }
            | Self::SmsSegments { .. }
            | Self::MessageThroughput { .. }
            | Self::OneClickUnsubscribe { .. }
            | Self::PostalAddress {}
            | Self::BounceRate { .. }
            | Self::ComplaintRate { .. } => false,
        }
    }
}

impl<'a> Applicable<'a> {
    /// The shortest ringing time that satisfies every rule, seconds.
    #[must_use]
    pub fn ring_seconds_min(&self) -> Option<u8> {
        let seconds = |rule: &Rule| {
            if let Predicate::RingAtLeast { seconds, .. } = rule.predicate { Some(seconds) } else { None }
        };
        self.in_use().filter_map(seconds).max()
    }

    /// The rules on abandoned calls, strictest first.
    #[must_use]
    pub fn abandonment(&self) -> Vec<&'a Rule> {
        let cap = |rule: &Rule| {
            let Predicate::Abandonment { cap_basis_points, .. } = rule.predicate else { return None };
            Some(cap_basis_points)
        };
        let mut found: Vec<&Rule> = self.in_use().filter(|rule| cap(rule).is_some()).collect();
        found.sort_by_key(|rule| cap(rule));
        found
    }

    /// Each rule on hours with what it leaves of a window: an error names a rule under which the window never
    /// opens. What a campaign's validation shows.
    pub fn hours_left(
        &self,
        window: &WeekWindow,
    ) -> impl Iterator<Item = (&'a Rule, Result<WeekWindow, WindowError>)> {
        self.in_use().filter_map(move |rule| {
            let Predicate::CallingHours { hours, .. } = &rule.predicate else { return None };
            Some((rule, window.intersection(hours)))
        })
    }

    fn in_use(&self) -> impl Iterator<Item = &'a Rule> + use<'a, '_> {
        self.rules.iter().copied().filter(|rule| rule.status != Status::Superseded)
    }

    /// Remember when a rule's dates next make a difference.
    fn note_change(&mut self, rule: &Rule, zones: &[TimeZone], now: Timestamp) {
        let ends = rule.effective_to.and_then(|date| date.tomorrow().ok());
        for date in rule.effective_from.into_iter().chain(ends) {
            for zone in zones {
                let Ok(midnight) = date.to_zoned(zone.clone()) else { continue };
                let midnight = midnight.timestamp();
                if midnight > now && self.changes_at.is_none_or(|other| midnight < other) {
                    self.changes_at = Some(midnight);
                }
            }
        }
    }
}
