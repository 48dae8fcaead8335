//! What a round took, and how that is shown.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Result, ensure};
use carillon_network::{CallReport, Handle, WebhookReport};
use jiff::Timestamp;

use crate::office::Office;
use crate::trips::Counts;

/// What was measured, by what it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples {
    /// In milliseconds.
    took: BTreeMap<String, Vec<f64>>,
    asked: BTreeMap<String, Vec<Counts>>,
}

/// One line of the table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    rings: &'static str,
    what: String,
    count: usize,
    p50: f64,
    p95: f64,
    most: f64,
    asked: Option<Asked>,
}

/// What webhooks of a kind asked of others.
#[derive(Clone, Copy, Debug)]
struct Asked {
    trips: u32,
    trips_most: u32,
    conflicts: u32,
}

impl Row {
    pub(crate) const HEAD: &'static str = "| agents ring | what | count | p50 ms | p95 ms | most ms | round trips | conflicts |\n\
         |---|---|---|---|---|---|---|---|";
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rings, what, count, p50, p95, most, asked } = self;
        write!(f, "| {rings} | {what} | {count} | {p50:.0} | {p95:.0} | {most:.0} |")?;
        match asked {
            Some(Asked { trips, trips_most, conflicts }) => {
                write!(f, " {trips} ({trips_most}) | {conflicts} |")
            }
            None => write!(f, " | |"),
        }
    }
}

fn millis(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64() * 1_000.0
}

/// Which hook a webhook's address names.
fn hook(url: &str) -> &str {
    let path = url.split('?').next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

/// Whether somebody listens to silence until it is answered. Nobody does for news: that a call, a leg or a conference is
/// over or has begun.
fn is_waited_for(hook: &str) -> bool {
    !matches!(hook, "status" | "agent-status" | "conference" | "left" | "agent-left" | "recording" | "amd")
}

impl Samples {
    pub(crate) fn add(&mut self, other: Self) {
        for (what, values) in other.took {
            self.took.entry(what).or_default().extend(values);
        }
        for (what, counts) in other.asked {
            self.asked.entry(what).or_default().extend(counts);
        }
    }

    fn note(&mut self, what: impl Into<String>, value: f64) {
        self.took.entry(what.into()).or_default().push(value);
    }

    /// Reads what the network saw, and what the webhooks asked.
    pub(crate) fn read(network: &Handle, office: &Office, ledger: &[(String, Counts)]) -> Result<Self> {
        let mut samples = Self::default();
        for (path, counts) in ledger {
            samples.asked.entry(format!("webhook {}", hook(path))).or_default().push(*counts);
        }
        let webhooks = network.webhooks();
        for webhook in &webhooks {
            let latency = webhook.latency_ms as f64;
            samples.note(format!("webhook {}", hook(&webhook.url)), latency);
            samples.note("any webhook", latency);
            if is_waited_for(hook(&webhook.url)) {
                samples.note("any webhook that somebody waits for", latency);
            }
        }
        let calls = network.calls();
        for conference in network.conferences() {
            let Some(started) = conference.started_at else { continue };
            let of = |label: &str| {
                let labelled = |member: &&carillon_network::MemberReport| {
                    member.label.as_deref().is_some_and(|known| known.starts_with(label))
                };
                let member = conference.members.iter().find(labelled)?;
                calls.iter().find(|call| call.sid == member.call_sid)
            };
            let (Some(person), Some(agent)) = (of("person"), of("agent")) else { continue };
            let Some(answered) = person.answered_at_wall else { continue };
            let total = millis(answered, started);
            let people = people_took(agent, &webhooks, answered, started);
            samples.note("answer to talk, ours alone", total - people);
            samples.note("answer to talk, with the agent's own time", total);
        }
        let talked = samples.took.get("answer to talk, ours alone").map_or(0, Vec::len);
        ensure!(talked == office.calls, "{talked} of {} people met an agent", office.calls);
        Ok(samples)
    }

    /// The table's lines: what matters first.
    pub(crate) fn rows(mut self, rings: &'static str) -> Vec<Row> {
        let mut rows = Vec::new();
        for (what, values) in &mut self.took {
            values.sort_by(f64::total_cmp);
            let at = |share: f64| {
                let index = (values.len() as f64 * share).ceil() as usize;
                values.get(index.clamp(1, values.len()) - 1).copied().unwrap_or_default()
            };
            let (p50, p95, most) = (at(0.5), at(0.95), at(1.0));
            let asked = self.asked.get(what).map(|counts| asked(counts));
            rows.push(Row { rings, what: what.clone(), count: values.len(), p50, p95, most, asked });
        }
        rows
    }
}

fn asked(counts: &[Counts]) -> Asked {
    let mut trips: Vec<u32> = counts.iter().map(|it| it.sequential).collect();
    trips.sort_unstable();
    Asked {
        trips: trips.get(trips.len() / 2).copied().unwrap_or_default(),
        trips_most: trips.last().copied().unwrap_or_default(),
        conflicts: counts.iter().map(|it| it.conflicts).sum(),
    }
}

/// How long, between the answer and the talk, an agent's phone was dialled and rang, and the agent listened and pressed.
fn people_took(
    agent: &CallReport,
    webhooks: &[WebhookReport],
    answered: Timestamp,
    started: Timestamp,
) -> f64 {
    let of_agent = |name: &str| {
        webhooks.iter().find(|webhook| webhook.call_sid == agent.sid && hook(&webhook.url) == name)
    };
    let within = |from: Timestamp, to: Timestamp| {
        let (from, to) = (from.max(answered), to.min(started));
        if to > from { millis(from, to) } else { 0.0 }
    };
    let (Some(answer), Some(key)) = (of_agent("agent-answer"), of_agent("agent-key")) else { return 0.0 };
    let told = answer.at + jiff::SignedDuration::from_millis(i64::try_from(answer.latency_ms).unwrap_or(0));
    within(agent.created_at, answer.at) + within(told, key.at)
}
