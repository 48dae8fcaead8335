//! Step Functions running the `import` state machine: its steps, and its own definition's word on what is tried again.

use import_fn::{Answer, Failed};
use serde_json::{Value, json};

const DEFINITION: &str = include_str!("../../../../statemachines/import.asl.json");

/// Where an execution stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Open,
    Read,
    Close,
    Fail,
    Over,
}

impl Stage {
    fn state(self) -> &'static str {
        match self {
            Self::Open => "Open the file",
            Self::Read => "Read the next part",
            Self::Close => "Close the import",
            Self::Fail | Self::Over => "Record the failure",
        }
    }

    fn step(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Read => "read",
            Self::Close => "close",
            Self::Fail | Self::Over => "fail",
        }
    }
}

/// One execution.
pub(super) struct Execution {
    pub(super) name: String,
    pub(super) stage: Stage,
    input: Value,
    /// The machine's variable of that name.
    file: Value,
    failure: &'static str,
    /// How often each of the state's retriers has been used.
    retries: Vec<u64>,
}

impl Execution {
    pub(super) fn new(name: String, input: Value) -> Self {
        Self { name, stage: Stage::Open, file: input.clone(), input, failure: "", retries: Vec::new() }
    }

    /// Whether it is about this import, as far as it knows.
    pub(super) fn is_about(&self, import: &str) -> bool {
        self.file["import_id"].as_str() == Some(import)
    }

    /// What the function is asked now.
    pub(super) fn payload(&self) -> Value {
        let mut payload = if self.stage == Stage::Open { self.input.clone() } else { self.file.clone() };
        payload["step"] = json!(self.stage.step());
        if self.stage == Stage::Open {
            payload["execution"] = json!(self.name);
        }
        if self.stage == Stage::Fail {
            payload["error"] = json!(self.failure);
        }
        payload
    }

    /// Goes on with what the function said; `None` if it died. Returns whether there is more to do.
    pub(super) fn go_on(&mut self, said: Option<Result<Answer, Failed>>) -> bool {
        let error = match said {
            Some(Ok(answer)) => {
                self.next(&answer);
                return self.stage != Stage::Over;
            }
            Some(Err(Failed::Busy(_))) => "Busy",
            Some(Err(Failed::FileReplaced)) => "FileReplaced",
            Some(Err(Failed::Fault(_))) => "Fault",
            None => "Runtime.ExitError",
        };
        if self.may_try_again(error) {
            return true;
        }
        self.failure = error;
        self.enter(if self.stage == Stage::Fail { Stage::Over } else { Stage::Fail });
        self.stage != Stage::Over
    }

    /// Whether what comes next is what has failed before.
    pub(super) fn tries_again(&self) -> bool {
        self.retries.iter().any(|used| *used > 0)
    }

    fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.retries.clear();
    }

    fn next(&mut self, answer: &Answer) {
        let stage = match answer {
            Answer::Opened { next: "read", .. } => Stage::Read,
            Answer::Read { done: false } => Stage::Read,
            Answer::Read { done: true } => Stage::Close,
            Answer::Opened { .. } | Answer::Done {} => Stage::Over,
        };
        if self.stage == Stage::Open {
            self.file = serde_json::to_value(answer).expect("an answer is JSON");
        }
        self.enter(stage);
    }

    /// The first retrier that knows the error decides, as often as it may.
    fn may_try_again(&mut self, error: &str) -> bool {
        let definition: Value = serde_json::from_str(DEFINITION).expect("the definition is JSON");
        let retriers =
            definition["States"][self.stage.state()]["Retry"].as_array().cloned().unwrap_or_default();
        self.retries.resize(retriers.len(), 0);
        let knows = |retrier: &Value| {
            let errors = retrier["ErrorEquals"].as_array().into_iter().flatten();
            errors
                .filter_map(Value::as_str)
                .any(|name| [error, "States.TaskFailed", "States.ALL"].contains(&name))
        };
        let Some(at) = retriers.iter().position(knows) else { return false };
        self.retries[at] += 1;
        self.retries[at] <= retriers[at]["MaxAttempts"].as_u64().unwrap_or(3)
    }
}
