//! Where everything meets: the state that ports and world share, and the boundary that every effect crosses.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use carillon_engine::clock::Clock;
use carillon_store::memory::{MemoryTable, Units};
use jiff::Timestamp;

use crate::check::Checker;
use crate::dice::Dice;
use crate::exec::{Sleep, TaskId, Timeline};
use crate::machine::Machine;
use crate::mutants::Mutant;
use crate::network::Network;
use crate::queue::DialQueue;
use crate::scenario::Scenario;
use crate::template;

/// The functions, as the trace and the bill name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Function {
    /// `plan-wave`.
    PlanWave,
    /// `dial-contact`.
    DialContact,
    /// `twilio-voice`.
    TwilioVoice,
    /// `reconcile`.
    Reconcile,
    /// `aggregate`.
    Aggregate,
    /// `announce`.
    Announce,
    /// A user at the API.
    Api,
}

impl Function {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PlanWave => "plan",
            Self::DialContact => "dial",
            Self::TwilioVoice => "voice",
            Self::Reconcile => "reconcile",
            Self::Aggregate => "aggregate",
            Self::Announce => "announce",
            Self::Api => "api",
        }
    }

    /// Its name in the template.
    fn resource(self) -> &'static str {
        match self {
            Self::PlanWave => "PlanWaveFunction",
            Self::DialContact => "DialFunction",
            Self::TwilioVoice => "TwilioVoiceFunction",
            Self::Reconcile => "ReconcileFunction",
            Self::Aggregate => "AggregateFunction",
            Self::Announce => "AnnounceFunction",
            Self::Api => "ApiFunction",
        }
    }

    /// What the template gives it, MB.
    #[must_use]
    pub fn memory_mb(self) -> u32 {
        template::number(self.resource(), "MemorySize")
    }

    /// Its time-out in the template, milliseconds.
    pub(crate) fn timeout_ms(self) -> i64 {
        match self {
            Self::PlanWave | Self::DialContact | Self::Reconcile | Self::Aggregate | Self::Api => 60_000,
            Self::TwilioVoice => 10_000,
            Self::Announce => 30_000,
        }
    }
}

/// What was counted during a run.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// Faults by name.
    pub faults: BTreeMap<&'static str, u64>,
    /// Invocations by function, with their time in milliseconds.
    pub invocations: BTreeMap<Function, (u64, i64)>,
    /// What the table was used for: by function, operation and what was read or written.
    pub table: BTreeMap<(Function, &'static str, &'static str), Units>,
    /// Requests to SQS: sends of up to ten messages, receives, deletes of up to ten.
    pub queue_requests: u64,
    /// State transitions of Step Functions.
    pub transitions: u64,
    /// Calls that the provider placed.
    pub calls: u64,
    /// Calls of which the provider was asked whose they were, and said it.
    pub told: u64,
    /// Events that were worked off.
    pub steps: u64,
    /// Messages that ended in the dead-letter queue.
    pub dead_letters: u64,
}

pub(crate) struct State {
    pub(crate) timeline: Timeline,
    pub(crate) dice: Dice,
    /// Whether anything still goes wrong.
    pub(crate) hostile: bool,
    pub(crate) scenario: Arc<Scenario>,
    pub(crate) mutant: Option<Mutant>,
    pub(crate) network: Network,
    pub(crate) queue: DialQueue,
    pub(crate) machine: Machine,
    pub(crate) check: Checker,
    pub(crate) stats: Stats,
    /// Tasks that have been killed.
    pub(crate) doomed: Vec<TaskId>,
    /// The trace, if somebody wants to read it.
    pub(crate) trace: Option<String>,
}

/// Shared by the world and by every port that it hands out.
pub(crate) struct Hub {
    pub(crate) table: MemoryTable,
    /// The private table, with the keys of people's profiles.
    pub(crate) private: MemoryTable,
    state: Mutex<State>,
}

impl Hub {
    pub(crate) fn new(table: MemoryTable, state: State) -> Self {
        Self { table, private: MemoryTable::new(), state: Mutex::new(state) }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Milliseconds since 1970 as a time.
pub(crate) fn time(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

impl State {
    /// Whether a fault strikes, counted if it does.
    pub(crate) fn strikes(&mut self, name: &'static str, per_million: u32) -> bool {
        let struck = self.hostile && per_million > 0 && self.dice.chance(per_million);
        if struck {
            *self.stats.faults.entry(name).or_default() += 1;
        }
        struck
    }

    /// Writes a line of the trace.
    pub(crate) fn note(&mut self, line: impl FnOnce() -> String) {
        let now = self.timeline.now;
        if let Some(trace) = &mut self.trace {
            let _ = writeln!(trace, "{} {}", time(now).strftime("%m-%d %H:%M:%S%.3f"), line());
        }
    }
}

/// What becomes of an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Fine,
    CrashBefore,
    CrashAfter,
    BusyBefore,
    BusyAfter,
    ConflictWithItself,
}

/// One invocation's hold on the world: its ports are made of this.
#[derive(Clone)]
pub(crate) struct Ctx {
    pub(crate) hub: Arc<Hub>,
    pub(crate) task: TaskId,
    pub(crate) function: Function,
    /// How far its clock is ahead, milliseconds.
    pub(crate) skew_ms: i64,
    /// When it began, by the true clock.
    pub(crate) started: i64,
}

impl Ctx {
    /// Time passes on the way to an effect, and its fate is thrown. The way back is part of the next way there.
    pub(crate) async fn approach(&self, milliseconds: (i64, i64)) -> Fate {
        let (delay, fate) = {
            let mut state = self.hub.lock();
            let faults = state.scenario.faults.clone();
            let mut delay = state.dice.between(milliseconds.0, milliseconds.1);
            let fragile = state.scenario.fragile.is_none_or(|function| function == self.function);
            let mortal = self.function != Function::Api && fragile;
            if mortal && state.strikes("slow effect", faults.slow) {
                delay += state.dice.between(500, 8_000);
            }
            let fate = if mortal && state.strikes("crash before an effect", faults.crash_before) {
                Fate::CrashBefore
            } else if mortal && state.strikes("crash after an effect", faults.crash_after) {
                Fate::CrashAfter
            } else if state.strikes("throttled table", faults.busy_before) {
                Fate::BusyBefore
            } else if state.strikes("answer of the table lost", faults.busy_after) {
                Fate::BusyAfter
            } else if state.strikes("conflict with itself", faults.conflict_with_itself) {
                Fate::ConflictWithItself
            } else {
                Fate::Fine
            };
            (delay, fate)
        };
        Sleep::new(self.hub.clone(), delay).await;
        fate
    }

    /// The function dies here.
    pub(crate) async fn die(&self, what: &str) -> ! {
        {
            let mut state = self.hub.lock();
            state.note(|| format!("{}#{} DIES {what}", self.function.name(), self.task));
            state.doomed.push(self.task);
        }
        std::future::pending::<std::convert::Infallible>().await;
        unreachable!("a dead function does not go on")
    }

    /// Writes a line of the trace in the function's name.
    pub(crate) fn note(&self, line: impl FnOnce() -> String) {
        let mut state = self.hub.lock();
        if state.trace.is_some() {
            let line = line();
            state.note(|| format!("{}#{} {line}", self.function.name(), self.task));
        }
    }
}

impl Clock for Ctx {
    fn now(&self) -> Timestamp {
        let state = self.hub.lock();
        let wrong = match state.mutant {
            Some(Mutant::WrongClock) if self.function == Function::DialContact => 9 * 3_600_000,
            Some(_) | None => 0,
        };
        time(state.timeline.now + self.skew_ms + wrong)
    }
}
