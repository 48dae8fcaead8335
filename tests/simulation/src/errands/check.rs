//! What must hold of errands, whatever goes wrong.

use std::collections::{BTreeMap, BTreeSet};

use carillon_domain::ids::{HookId, TenantId};
use carillon_store::{Delivery, DeliveryState, Hook, HookSecret, HookState};
use deliver::{schedule, sign};
use jiff::Timestamp;
use serde_json::Value;

use super::outside::Outside;
use crate::Violation;
use crate::hub::time;

/// Whatever a hook wants to know is delivered to it, or given up after the whole schedule: a message is only gone when its
/// work is done.
pub(super) const TOLD: u8 = 20;
/// One piece of news is the same message in every post to a hook, and no other.
pub(super) const SAME_MESSAGE: u8 = 21;
/// A hook is told what its own tenant's news are and of the kinds that it asked for.
pub(super) const ADDRESSED: u8 = 22;
/// Every post is signed with each secret that counts then, and with no other.
pub(super) const SIGNED: u8 = 23;
/// What was delivered or given up is not tried again unless somebody asks for it.
pub(super) const DONE_ONCE: u8 = 24;
/// A hook is disabled when it says that it is gone or has taken nothing for five days, and not before.
pub(super) const DISABLED: u8 = 25;
/// The provider's copy of a recording goes once ours is there, and then it does go.
pub(super) const KEPT: u8 = 26;
/// Nothing of a person who was forgotten is left, here or at the provider.
pub(super) const FORGOTTEN: u8 = 27;

/// What a hook is told of begins so long before it asks, and ends so long after it does not want to know any more: a
/// sandbox believes for ten seconds what it has read.
const BELIEVED_MS: i64 = 11_000;
/// What is noted of a hook counts for whoever begins so much later.
const NOTED_WITHIN_MS: i64 = 600_000;
/// How far a post's time may be off for receivers to take it.
const TIMELY_MS: i64 = 300_000;

/// Something that a tenant's hooks may be told.
pub(super) struct Piece {
    pub(super) tenant: TenantId,
    pub(super) kind: &'static str,
    pub(super) at: i64,
}

/// A secret that the user was shown.
struct Known {
    secret: String,
    from: i64,
    until: Option<i64>,
}

/// What is known of a hook, from the table's changes and from those who post to it.
#[derive(Default)]
pub(super) struct HookLog {
    /// What it asked for since when; nothing while it was not enabled.
    wants: Vec<(i64, BTreeSet<String>)>,
    state: Option<HookState>,
    secrets: Vec<Known>,
    /// When somebody last switched it on, or it last took something that was written down.
    well_at: i64,
    said_gone: bool,
    /// The first failure since it last took anything.
    failing_from: Option<i64>,
    /// It was to be disabled then.
    overdue_since: Option<i64>,
}

impl HookLog {
    /// The user was shown a secret; those before it count for so much longer.
    pub(super) fn shown(&mut self, secret: &str, now: i64, others_until: i64) {
        for known in self.secrets.iter_mut().filter(|known| known.until.is_none()) {
            known.until = Some(others_until);
        }
        self.secrets.push(Known { secret: secret.to_owned(), from: now, until: None });
    }

    fn spans(&self) -> impl Iterator<Item = (i64, i64, &BTreeSet<String>)> {
        let ends = self.wants.iter().skip(1).map(|(from, _)| *from).chain([i64::MAX]);
        self.wants.iter().zip(ends).map(|((from, wants), until)| (*from, until, wants))
    }

    fn asked_since(&self, kind: &str, from: i64) -> bool {
        self.spans().any(|(_, until, wants)| until > from && wants.contains(kind))
    }

    fn asks_throughout(&self, kind: &str, from: i64) -> bool {
        let begun = self.wants.first().is_some_and(|(begun, _)| *begun <= from);
        begun && self.spans().filter(|(_, until, _)| *until > from).all(|(.., wants)| wants.contains(kind))
    }
}

/// One post, as it came.
pub(super) struct Posted<'p> {
    pub(super) hook: HookId,
    pub(super) tenant: TenantId,
    pub(super) headers: &'p [(&'static str, String)],
    pub(super) body: &'p str,
    pub(super) now: i64,
    /// The step of the world in which the invocation began.
    pub(super) began: u64,
}

impl Posted<'_> {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    }
}

/// The record.
#[derive(Default)]
pub(super) struct Log {
    pub(super) violation: Option<Violation>,
    pub(super) hooks: BTreeMap<HookId, HookLog>,
    /// By what tells one from another.
    pub(super) pieces: BTreeMap<String, Piece>,
    /// What each was to each hook.
    told: BTreeMap<(HookId, String), (String, String)>,
    messages: BTreeMap<String, (HookId, String)>,
    /// What hooks have taken, whether or not anybody heard it.
    taken: BTreeSet<(HookId, String)>,
    /// Deliveries that are over, by message: since which step, and at which place in the log.
    over: BTreeMap<(HookId, String), (u64, String)>,
    /// Messages that somebody asked for again.
    pub(super) asked_again: BTreeSet<String>,
    /// People whom somebody has begun to forget.
    pub(super) forgetting: BTreeSet<usize>,
    /// People who have been.
    pub(super) forgotten: BTreeSet<usize>,
    pub(super) posts: u64,
    pub(super) delivered: u64,
    pub(super) failed: u64,
    pub(super) disabled: u64,
}

/// What tells one piece of news from another.
fn subject(kind: &str, data: &Value) -> String {
    let fields: &[&str] = match kind {
        "call.ended" => &["call"],
        "campaign.changed" => &["campaign", "state"],
        "import.changed" => &["import", "valid"],
        _ => &["address"],
    };
    let told: Vec<String> = fields.iter().map(|field| data[*field].to_string().replace('"', "")).collect();
    format!("{kind} {}", told.join(" "))
}

impl Log {
    pub(super) fn violate(&mut self, invariant: u8, what: String) {
        self.violation.get_or_insert(Violation { invariant, what });
    }

    /// Something has happened.
    pub(super) fn happened(&mut self, tenant: &TenantId, kind: &'static str, data: &Value, now: i64) {
        self.pieces.insert(subject(kind, data), Piece { tenant: tenant.clone(), kind, at: now });
    }

    /// A post has arrived, and this is the answer.
    pub(super) fn posted(
        &mut self,
        post: &Posted<'_>,
        answer: Result<u16, &'static str>,
        asked_again: impl Fn(&str) -> bool,
    ) {
        self.posts += 1;
        let message = post.header("webhook-id").to_owned();
        let body: Value = serde_json::from_str(post.body).unwrap_or_default();
        let kind = body["type"].as_str().unwrap_or_default();
        let news = subject(kind, &body["data"]);
        self.check_addressed(post, kind, &news);
        self.check_same(post, &message, &news);
        self.check_signed(post, &message);
        let of = (post.hook.clone(), message.clone());
        if let Some((since, _)) = self.over.get(&of)
            && *since <= post.began
            && !asked_again(&message)
        {
            self.violate(DONE_ONCE, format!("{news} is posted to {} again, though it was over", post.hook));
        }
        let log = self.hooks.entry(post.hook.clone()).or_default();
        let overdue = log.overdue_since.filter(|since| since + NOTED_WITHIN_MS < post.now);
        match answer {
            Ok(200..300) => {
                (log.failing_from, log.overdue_since) = (None, None);
                self.taken.insert(of);
            }
            Ok(410) => log.said_gone = true,
            Ok(_) | Err(_) => {}
        }
        if overdue.is_some() {
            self.violate(DISABLED, format!("{} is called though it should have been disabled", post.hook));
        }
    }

    fn check_addressed(&mut self, post: &Posted<'_>, kind: &str, news: &str) {
        let Some(piece) = self.pieces.get(news) else {
            return self.violate(ADDRESSED, format!("{} is told {news}, which never happened", post.hook));
        };
        let (of_it, from) = (piece.tenant == post.tenant, piece.at - BELIEVED_MS);
        if !of_it {
            self.violate(ADDRESSED, format!("{} is told {news}, which is another tenant's", post.hook));
        } else if !self.hooks.get(&post.hook).is_some_and(|log| log.asked_since(kind, from)) {
            self.violate(ADDRESSED, format!("{} is told {news}, which it did not ask for", post.hook));
        }
    }

    fn check_same(&mut self, post: &Posted<'_>, message: &str, news: &str) {
        let is = (message.to_owned(), post.body.to_owned());
        let was = self.told.entry((post.hook.clone(), news.to_owned())).or_insert_with(|| is.clone());
        if *was != is {
            let what = format!("{news} is told {} as {} and as {message}", post.hook, was.0);
            self.violate(SAME_MESSAGE, what);
        }
        let of = (post.hook.clone(), news.to_owned());
        if *self.messages.entry(message.to_owned()).or_insert_with(|| of.clone()) != of {
            self.violate(SAME_MESSAGE, format!("{message} is more than one thing"));
        }
    }

    fn check_signed(&mut self, post: &Posted<'_>, message: &str) {
        let second: i64 = post.header("webhook-timestamp").parse().unwrap_or_default();
        let signed = post.header("webhook-signature");
        if (post.now - second * 1_000).abs() > TIMELY_MS {
            self.violate(SIGNED, format!("{message} came with another time than its own"));
        }
        let at = Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
        let Some(log) = self.hooks.get(&post.hook) else { return };
        let secrets = log.secrets.iter().map(|known| {
            let secret = HookSecret { secret: known.secret.clone(), until: None };
            let signature = sign::signatures(&[secret], message, at, post.body);
            let signs = !signature.is_empty() && signed.split(' ').any(|one| one == signature);
            // Within its second, a secret may be taken to count or not to.
            let counts =
                known.from < second * 1_000 && known.until.is_none_or(|until| (second + 1) * 1_000 <= until);
            let over = known.until.is_some_and(|until| until <= second * 1_000);
            (signs, counts, over)
        });
        let secrets: Vec<_> = secrets.collect();
        if secrets.iter().any(|(signs, counts, _)| *counts && !signs) {
            self.violate(
                SIGNED,
                format!("{message} is not signed with a secret of {} that counts", post.hook),
            );
        }
        if secrets.iter().any(|(signs, _, over)| *over && *signs) {
            self.violate(SIGNED, format!("{message} is signed with a secret of {} that is over", post.hook));
        }
    }

    /// A delivery was written.
    pub(super) fn saw_delivery(&mut self, step: u64, now: i64, delivery: &Delivery) {
        let of = (delivery.hook.clone(), delivery.message.clone());
        let place = delivery.place();
        let log = self.hooks.entry(delivery.hook.clone()).or_default();
        let Some(last) = delivery.tries.last() else { return };
        let took = |status: Option<u16>| matches!(status, Some(200..300));
        if took(last.status) {
            log.well_at = now;
        } else {
            let from = *log.failing_from.get_or_insert(now);
            let too_long = now - from >= schedule::GIVE_UP_AFTER.as_secs() * 1_000;
            if (too_long || last.status == Some(410)) && log.state == Some(HookState::Enabled) {
                log.overdue_since.get_or_insert(now);
            }
        }
        match delivery.state {
            DeliveryState::Pending => {
                if self.over.get(&of).is_some_and(|(_, at)| *at == place) {
                    self.over.remove(&of);
                    if !self.asked_again.contains(&of.1) {
                        self.violate(DONE_ONCE, format!("{} to {} was over, and waits again", of.1, of.0));
                    }
                }
                return;
            }
            DeliveryState::Delivered => {
                self.delivered += 1;
                if !took(last.status) || !self.taken.contains(&of) {
                    self.violate(TOLD, format!("{} took no {}, and it says so", of.0, of.1));
                }
            }
            DeliveryState::Failed => {
                self.failed += 1;
                let whole: i64 = schedule::WAITS_SECONDS.iter().sum();
                let lasted = |first: Timestamp| last.at.as_second() - first.as_second();
                let early = delivery.tries.len() <= schedule::WAITS_SECONDS.len()
                    || delivery.tries.first().is_none_or(|first| lasted(first.at) < whole);
                if early && last.status != Some(410) && !self.asked_again.contains(&of.1) {
                    let after = delivery.tries.first().map_or(0, |first| lasted(first.at)) / 3_600;
                    self.violate(TOLD, format!("{} is given up for {} after {after} h", of.1, of.0));
                }
            }
        }
        self.over.insert(of, (step, place));
    }

    /// A hook was written.
    pub(super) fn saw_hook(&mut self, now: i64, hook: &Hook, by_user: bool) {
        let log = self.hooks.entry(hook.id.clone()).or_default();
        let before = log.state.replace(hook.state);
        let wants = if hook.state == HookState::Enabled { hook.events.clone() } else { BTreeSet::new() };
        if log.wants.last().is_none_or(|(_, last)| *last != wants) {
            log.wants.push((now, wants));
        }
        if by_user && hook.state == HookState::Enabled {
            (log.well_at, log.failing_from, log.overdue_since, log.said_gone) = (now, None, None, false);
        }
        if hook.state != HookState::Disabled {
            return;
        }
        (log.failing_from, log.overdue_since) = (None, None);
        if before != Some(HookState::Disabled) {
            self.disabled += 1;
            let five_days = schedule::GIVE_UP_AFTER.as_secs() * 1_000;
            // A failure that began before it was well may be noted after.
            if !log.said_gone && now - log.well_at + NOTED_WITHIN_MS < five_days {
                let hours = (now - log.well_at) / 3_600_000;
                self.violate(DISABLED, format!("{} is disabled {hours} h after it was well", hook.id));
            }
        }
    }

    /// At the end: what has become of everything that a hook wanted to know?
    pub(super) fn check_told(&mut self, hook: &HookId, tenant: &TenantId, deliveries: &[Delivery]) {
        let Some(log) = self.hooks.get(hook) else { return };
        let missing = self.pieces.iter().find_map(|(news, piece)| {
            let wanted = piece.tenant == *tenant && log.asks_throughout(piece.kind, piece.at - BELIEVED_MS);
            let its = |it: &&Delivery| {
                let body: Value = serde_json::from_str(&it.payload).unwrap_or_default();
                subject(&it.kind, &body["data"]) == *news
            };
            let over = deliveries.iter().find(its).is_some_and(|it| it.state != DeliveryState::Pending);
            (wanted && !over).then(|| format!("{hook} wanted to know {news} of {}", time(piece.at)))
        });
        if let Some(what) = missing {
            self.violate(TOLD, what);
        }
    }
}

impl Outside {
    /// The provider is asked to delete a recording.
    pub(super) fn check_deletion(&mut self, id: &str) {
        let Some(held) = self.provider.get(id) else { return };
        let ours = self.bucket.get(&held.key) == Some(&held.sound);
        let forgotten = self.log.forgetting.contains(&held.person);
        if held.there && !held.gone && !ours && !forgotten {
            self.log.violate(KEPT, format!("{id} is deleted at the provider, and is not kept here"));
        }
    }

    /// At the end: where is every recording?
    pub(super) fn check_kept(&mut self) {
        let mut wrong = None;
        for (id, held) in &self.provider {
            let ours = self.bucket.get(&held.key);
            if self.log.forgotten.contains(&held.person) {
                if ours.is_some() {
                    wrong = Some((FORGOTTEN, format!("{} is here, and its person was forgotten", held.key)));
                } else if held.there {
                    wrong =
                        Some((FORGOTTEN, format!("{id} is at the provider, and its person was forgotten")));
                }
            } else if !held.gone && ours != Some(&held.sound) {
                wrong = Some((KEPT, format!("{id} is not kept as {}", held.key)));
            } else if held.there {
                wrong = Some((KEPT, format!("{id} is still at the provider")));
            }
        }
        if let Some((invariant, what)) = wrong {
            self.log.violate(invariant, what);
        }
    }

    /// Everything here and at the provider, to see whether it changes.
    pub(super) fn kept(&self) -> (Vec<String>, Vec<String>) {
        let there = self.provider.iter().filter(|(_, held)| held.there).map(|(id, _)| id.clone());
        (self.bucket.keys().cloned().collect(), there.collect())
    }

    /// Once everything was ordered again.
    pub(super) fn check_unchanged(&mut self, before: &(Vec<String>, Vec<String>)) {
        let now = self.kept();
        let moved = |now: &[String], before: &[String]| {
            let moved = now.iter().filter(|it| !before.contains(it));
            moved.chain(before.iter().filter(|it| !now.contains(it))).next().cloned()
        };
        if let Some(it) = moved(&now.0, &before.0).or_else(|| moved(&now.1, &before.1)) {
            self.log.violate(KEPT, format!("{it} has moved though its order came only again"));
        }
    }
}
