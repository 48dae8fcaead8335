//! Step Functions running the `campaign` state machine: plan, wait, plan again, until the plan says that it is over.

use std::collections::BTreeSet;

use async_trait::async_trait;
use carillon_engine::runs::{LaunchError, Launcher, RunOrder};
use plan_wave::{Plan, PlanError};

use crate::exec::Due;
use crate::hub::{Ctx, Fate, State};
use crate::world::Event;

/// How often the definition repeats a planning that failed.
const BUSY_RETRIES: u32 = 12;
const FAILED_RETRIES: u32 = 4;

/// The state machine with all its executions.
#[derive(Default)]
pub(crate) struct Machine {
    names: BTreeSet<String>,
    executions: Vec<Execution>,
}

struct Execution {
    order: RunOrder,
    running: bool,
    busy: u32,
    failed: u32,
}

impl State {
    fn launch(&mut self, order: &RunOrder) {
        if !self.machine.names.insert(order.execution_name()) {
            return;
        }
        let index = self.machine.executions.len();
        self.machine.executions.push(Execution { order: order.clone(), running: true, busy: 0, failed: 0 });
        self.stats.transitions += 2; // the start, and the wait for it
        let start = order.start_at.map_or(0, |at| at.as_millisecond());
        self.timeline.at(start, Due::Happen(Event::Plan(index)));
    }

    /// What an execution is to plan, if it still runs.
    pub(crate) fn execution(&self, index: usize) -> Option<RunOrder> {
        self.machine.executions.get(index).filter(|execution| execution.running).map(|it| it.order.clone())
    }

    /// Planning is over; `None` if the function died.
    pub(crate) fn planned(&mut self, index: usize, result: Option<Result<Plan, PlanError>>) {
        self.stats.transitions += 2; // the task and the choice
        let lost = self.scenario.faults.execution_lost;
        if self.strikes("execution lost", lost) {
            self.note(|| format!("machine: execution {index} is lost"));
            self.machine.executions[index].running = false;
            return;
        }
        let jitter = self.dice.between(0, 1_000);
        let execution = &mut self.machine.executions[index];
        match result {
            Some(Ok(Plan::Wait { wake_at, .. })) => {
                (execution.busy, execution.failed) = (0, 0);
                self.stats.transitions += 1;
                self.timeline.at(wake_at.as_millisecond(), Due::Happen(Event::Plan(index)));
            }
            Some(Ok(Plan::Finish | Plan::Superseded)) => execution.running = false,
            Some(Err(PlanError::Busy(_))) => {
                execution.busy += 1;
                execution.running = execution.busy <= BUSY_RETRIES;
                let most = (2_000_i64 << execution.busy.min(5)).min(60_000);
                // Full jitter: anything from nothing to the whole wait.
                self.timeline.after(most * jitter / 1_000, Event::Plan(index));
            }
            Some(Err(PlanError::Failed(_))) | None => {
                execution.failed += 1;
                execution.running = execution.failed <= FAILED_RETRIES;
                let most = (2_000_i64 * 3_i64.pow(execution.failed.min(4))).min(60_000);
                self.timeline.after(most * jitter / 1_000, Event::Plan(index));
            }
        }
    }
}

/// Starts executions, through one invocation's connection.
pub(crate) struct SimLauncher(pub(crate) Ctx);

#[async_trait]
impl Launcher for SimLauncher {
    async fn launch(&self, order: &RunOrder) -> Result<(), LaunchError> {
        let fate = self.0.approach((10, 60)).await;
        if fate == Fate::CrashBefore {
            self.0.die("before launching").await;
        }
        let faults = self.0.hub.lock().scenario.faults.clone();
        if self.0.hub.lock().strikes("launch failed", faults.launch_fails) {
            return Err(LaunchError("throttled".into()));
        }
        self.0.hub.lock().launch(order);
        self.0.note(|| format!("launched {}", order.execution_name()));
        if fate == Fate::CrashAfter {
            self.0.die("after launching").await;
        }
        if self.0.hub.lock().strikes("answer to launch lost", faults.launch_unheard) {
            return Err(LaunchError("no answer".into()));
        }
        Ok(())
    }
}
