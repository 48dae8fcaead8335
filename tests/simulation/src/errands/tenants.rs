//! What the tenants of a seed have, and what their users do.

use std::collections::BTreeSet;
use std::sync::Arc;

use carillon_domain::ids::{ContactId, HookId, TenantId};
use carillon_domain::ports::Objects;
use carillon_engine::clock::Clock;
use carillon_engine::errands::{Tell, kept_at, recording_key};
use carillon_store::{Delivery, DeliveryState, Hook, HookSecret, HookState, NEWS_KINDS, Stored, TenantTable};

use super::changes::{Happens, PEOPLE, contact_of, tenant_of};
use super::outside::{Mood, Receiver};
use super::sqs::Errand;
use super::{DAY, Done, ErrandMutant, HOUR, Job, MINUTE, START, World, at_once};
use crate::dice::Dice;
use crate::hub::time;
use crate::turns::TurnTable;

/// For so long a secret counts beside the one that took its place, milliseconds.
const ROTATED_SIGNS_FOR: i64 = DAY;

/// Something that somebody does.
#[derive(Clone, Debug)]
pub(super) enum Action {
    /// Something changes in the table.
    Happens(Happens),
    /// A user switches a hook off, or on.
    Switch { tenant: TenantId, hook: HookId, on: bool },
    /// A user has a hook's secret replaced.
    Rotate { tenant: TenantId, hook: HookId },
    /// A user asks for one of a hook's deliveries again.
    Again { tenant: TenantId, hook: HookId },
    /// A user has a person forgotten.
    Forget { person: usize },
    /// Nothing goes wrong any more, and an operator has dead letters come back.
    Calm,
}

/// A secret of a hook, and another.
fn secret_of(hook: &HookId, which: char) -> String {
    format!("whsec_{:A>44}", hook.as_str().replace('_', &which.to_string()))
}

impl World {
    /// Throws what the seed has in store.
    pub(super) fn plan(&mut self, dice: &mut Dice) {
        let mut hooks = Vec::new();
        for tenant in [tenant_of(0), tenant_of(1)] {
            for _ in 0..dice.between(1, 3) {
                let hook: HookId = format!("whk_{}", hooks.len()).parse().expect("an id");
                self.set_up(&tenant, &hook, dice);
                hooks.push((tenant.clone(), hook));
            }
        }
        (0..PEOPLE).for_each(|person| self.call_long_ago(person));
        let silent_from = START + dice.between(0, 2 * HOUR);
        let silent_for = dice.pick(&[0, 0, 20 * MINUTE, 5 * HOUR]);
        self.hands.outside().silent = (silent_from, silent_from + silent_for);
        let horizon = dice.pick(&[30 * MINUTE, 4 * HOUR, 8 * DAY]);
        let count = dice.pick(&[6, 12, 20]) * if horizon > DAY { 2 } else { 1 };
        for number in 1..=count {
            let what = Happens::thrown(number, dice);
            // Some come together.
            let within = dice.pick(&[MINUTE, horizon]);
            let at = dice.between(0, within);
            self.at(START + 20_000 + at, Action::Happens(what));
        }
        for (tenant, hook) in hooks {
            let mut when = || START + dice.between(MINUTE, horizon.max(2 * HOUR));
            let (switched, rotated, asked) = (when(), when(), when());
            let later = dice.pick(&[5_000, 20 * MINUTE, 2 * DAY]);
            if dice.chance(150_000) {
                self.at(switched, Action::Switch { tenant: tenant.clone(), hook: hook.clone(), on: false });
                self.at(
                    switched + later,
                    Action::Switch { tenant: tenant.clone(), hook: hook.clone(), on: true },
                );
            }
            if dice.chance(400_000) {
                self.at(rotated, Action::Rotate { tenant: tenant.clone(), hook: hook.clone() });
            }
            if dice.chance(300_000) {
                self.at(asked, Action::Again { tenant, hook });
            }
        }
        if dice.chance(500_000) {
            let (at, person) = (START + dice.between(0, horizon), dice.below(PEOPLE));
            self.at(at, Action::Forget { person });
        }
    }

    fn set_up(&mut self, tenant: &TenantId, id: &HookId, dice: &mut Dice) {
        let secret = secret_of(id, 'A');
        let mut events: BTreeSet<String> = BTreeSet::from([dice.pick(&NEWS_KINDS).to_owned()]);
        events.extend(NEWS_KINDS.into_iter().filter(|_| dice.chance(500_000)).map(str::to_owned));
        let url = format!("https://{id}.example.com/");
        let hook = Hook {
            id: id.clone(),
            url: url.clone(),
            events,
            description: String::new(),
            secrets: vec![HookSecret { secret: secret.clone(), until: None }],
            state: HookState::Enabled,
            failing_since: None,
            created_by: "user-1".to_owned(),
            created_at: time(START),
        };
        let from = START + dice.between(0, 2 * HOUR);
        let until = from + dice.pick(&[10 * MINUTE, 5 * HOUR, 2 * DAY, 4 * DAY]);
        let mood = match dice.below(20) {
            0..7 => Mood::Well,
            7..13 => Mood::Fickle,
            13..17 => Mood::Down { from, until },
            17 | 18 => Mood::Down { from, until: from + dice.between(6, 9) * DAY },
            _ => Mood::Gone { from },
        };
        let mut outside = self.hands.outside();
        outside.receivers.insert(url, Receiver { hook: id.clone(), tenant: tenant.clone(), mood });
        outside.log.hooks.entry(id.clone()).or_default().shown(&secret, START - 1, i64::MAX);
        outside.log.saw_hook(START, &hook, true);
        drop(outside);
        at_once(TenantTable::new(self.table.as_ref(), tenant).save_hook(&Stored::new(hook)));
    }

    pub(super) fn act(&mut self, action: Action) {
        match action {
            Action::Happens(what) => self.happens(&what),
            Action::Switch { tenant, hook, on } => self.switch(&tenant, &hook, on),
            Action::Rotate { tenant, hook } => self.rotate(&tenant, &hook),
            Action::Again { tenant, hook } => self.ask_again(&tenant, &hook),
            Action::Forget { person } => self.forget(person),
            Action::Calm => {
                self.turn.lock().hostile = false;
                self.redrive();
            }
        }
    }

    fn edit(&mut self, tenant: &TenantId, hook: &HookId, change: impl FnOnce(&mut Hook)) {
        let table = TenantTable::new(self.table.as_ref(), tenant);
        let Some(mut stored) = at_once(table.hook(hook)) else { return };
        change(&mut stored.value);
        at_once(table.save_hook(&stored));
        let now = self.now();
        self.hands.outside().log.saw_hook(now, &stored.value, false);
    }

    fn switch(&mut self, tenant: &TenantId, hook: &HookId, on: bool) {
        self.edit(tenant, hook, |hook| match on {
            true => (hook.state, hook.failing_since) = (HookState::Enabled, None),
            false => hook.state = HookState::Paused,
        });
        let now = self.now();
        let stored = at_once(TenantTable::new(self.table.as_ref(), tenant).hook(hook));
        if let Some(stored) = stored {
            self.hands.outside().log.saw_hook(now, &stored.value, true);
        }
    }

    /// As the API does it.
    fn rotate(&mut self, tenant: &TenantId, hook: &HookId) {
        let now = self.now();
        let until = now + ROTATED_SIGNS_FOR;
        let fresh = secret_of(hook, 'B');
        let mutant = self.mutant;
        let new = HookSecret { secret: fresh.clone(), until: None };
        self.edit(tenant, hook, |hook| {
            let old = hook.secrets.first().cloned();
            let until = (mutant != Some(ErrandMutant::SecretsForever)).then(|| time(until));
            if mutant != Some(ErrandMutant::RotationsForgotten) {
                let old = old.map(|old| HookSecret { until, ..old });
                hook.secrets = [new].into_iter().chain(old).collect();
            }
        });
        self.hands.outside().log.hooks.entry(hook.clone()).or_default().shown(&fresh, now, until);
    }

    pub(super) fn deliveries(&self, tenant: &TenantId, hook: &HookId) -> Vec<Delivery> {
        let table = TenantTable::new(self.table.as_ref(), tenant);
        let page = at_once(table.deliveries(hook, 1_000, None));
        page.entries.into_iter().map(|stored| stored.value).collect()
    }

    /// As the API does it, which refuses for a hook that is switched off.
    fn ask_again(&mut self, tenant: &TenantId, hook: &HookId) {
        let stored = at_once(TenantTable::new(self.table.as_ref(), tenant).hook(hook));
        let enabled = stored.is_some_and(|hook| hook.value.state == HookState::Enabled);
        let over = self.deliveries(tenant, hook).into_iter().find(|it| it.state != DeliveryState::Pending);
        let Some(Delivery { message, hook, kind, payload, at, .. }) = over.filter(|_| enabled) else {
            return;
        };
        let mut outside = self.hands.outside();
        outside.log.asked_again.insert(message.clone());
        drop(outside);
        let tenant = tenant.clone();
        let order = Tell { tenant, hook, message, kind, payload, at, due: None, again: true };
        let body = serde_json::to_string(&order).expect("an order is JSON");
        self.order(Errand::Tell, body);
    }

    /// As the API does it: what the table says goes first, then what the bucket has. Whoever hears of no success asks again.
    fn forget(&mut self, person: usize) {
        self.hands.outside().log.forgetting.insert(person);
        let (tenant, contact): (TenantId, ContactId) = (tenant_of(person), contact_of(person));
        let table = Arc::new(TurnTable::honest(&self.turn, &self.table));
        let hands = self.hands.clone();
        let work = async move {
            let now = hands.turn.now();
            let erased =
                TenantTable::new(table.as_ref(), &tenant).erase_contact(&contact, "user-1", now).await;
            let Ok(erased) = erased else { return false };
            let Some((_, erased)) = erased else { return true };
            let talks = erased.calls.iter().map(recording_key);
            let both = |call| [false, true].map(|message| kept_at(call, message));
            for key in talks.chain(erased.calls_in.iter().flat_map(both)) {
                if hands.delete(&key).await.is_err() {
                    return false;
                }
            }
            true
        };
        self.tasks.spawn(Job::Forget { person }, async move { Done::Forgotten(work.await) });
    }
}
