//! What the state machine asks, and what it is told.

use std::sync::Arc;

use carillon_domain::ids::{ImportId, TenantId};
use carillon_domain::ports::{ObjectError, Objects};
use carillon_engine::clock::Clock;
use carillon_engine::runs::Launcher;
use carillon_shell::logging::{self, Instrument};
use carillon_store::{ImportFailure, StoreError, Table, Vault};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::steps;

/// What the function works with.
pub struct Deps {
    /// The table.
    pub table: Arc<dyn Table>,
    /// The keys of contacts' profiles.
    pub vault: Arc<Vault>,
    /// The bucket.
    pub objects: Arc<dyn Objects>,
    /// Starts a campaign's planner when contacts have been added to it.
    pub launcher: Arc<dyn Launcher>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How long one *read* goes on before it returns, to be called again.
    pub time_per_step: SignedDuration,
    /// Rows between two savings of counts and cursor.
    pub rows_per_part: u64,
}

/// What the state machine sends: a step, and either the event of the bucket or the import's name.
#[derive(Clone, Debug, Deserialize)]
pub struct Request {
    /// What to do.
    pub step: Step,
    /// The execution that asks.
    #[serde(default)]
    pub execution: Option<String>,
    /// The bucket's event, if that started the execution.
    #[serde(default)]
    pub detail: Option<ObjectCreated>,
    /// Whose import.
    #[serde(default)]
    pub tenant: Option<TenantId>,
    /// Which.
    #[serde(default)]
    pub import_id: Option<ImportId>,
    /// The name of the error that stopped the execution.
    #[serde(default)]
    pub error: Option<String>,
}

/// A step of the state machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Look at the file.
    Open,
    /// Take in as much as time allows.
    Read,
    /// Tidy up.
    Close,
    /// Record that the execution gave up.
    Fail,
}

/// The part of an S3 `Object Created` event that matters.
#[derive(Clone, Debug, Deserialize)]
pub struct ObjectCreated {
    /// Where.
    pub bucket: Bucket,
    /// What.
    pub object: Object,
}

/// The bucket of an event.
#[derive(Clone, Debug, Deserialize)]
pub struct Bucket {
    /// Its name.
    pub name: String,
}

/// The object of an event.
#[derive(Clone, Debug, Deserialize)]
pub struct Object {
    /// Its key, as it is.
    pub key: String,
    /// Its version, where the bucket keeps them.
    #[serde(default, rename = "version-id")]
    pub version_id: Option<String>,
    /// Its content's tag.
    #[serde(default)]
    pub etag: Option<String>,
}

/// What the state machine is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// After *open*.
    Opened {
        /// `read`, `handled` or `rejected`.
        next: &'static str,
        /// Whose import.
        #[serde(skip_serializing_if = "Option::is_none")]
        tenant: Option<TenantId>,
        /// Which.
        #[serde(skip_serializing_if = "Option::is_none")]
        import_id: Option<ImportId>,
    },
    /// After *read*.
    Read {
        /// Whether that was the last part.
        done: bool,
    },
    /// After *close* and *fail*.
    Done {},
}

/// Why a step failed. The variants' names are matched by the state machine's `ErrorEquals`.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// Throttled, or somebody else was at work: try again soon.
    #[error("busy, try again")]
    Busy(#[source] Option<anyhow::Error>),
    /// The file was replaced or deleted while it was read.
    #[error("the file is not the one that reading began with")]
    FileReplaced,
    /// Anything else.
    #[error("the step failed")]
    Fault(#[source] anyhow::Error),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict | StoreError::Busy(_) => Self::Busy(Some(error.into())),
            StoreError::Refused(..) | StoreError::Malformed { .. } => Self::Fault(error.into()),
        }
    }
}

impl From<ObjectError> for Failed {
    fn from(error: ObjectError) -> Self {
        match error {
            ObjectError::Missing | ObjectError::Replaced => Self::FileReplaced,
            ObjectError::Failed { .. } => Self::Busy(Some(error.into())),
        }
    }
}

impl From<Failed> for lambda_runtime::Diagnostic {
    fn from(error: Failed) -> Self {
        let error_type = match &error {
            Failed::Busy(_) => "Busy",
            Failed::FileReplaced => ImportFailure::FILE_REPLACED,
            Failed::Fault(_) => "Fault",
        };
        tracing::error!(error = format!("{:#}", anyhow::Error::from(error)), "an import step failed");
        Self { error_type: error_type.to_owned(), error_message: "see the log".to_owned() }
    }
}

/// Does a step.
///
/// # Errors
/// [`Failed`]; what had been written by then is recognised when the step is repeated.
pub async fn handle(deps: &Deps, request: Request) -> Result<Answer, Failed> {
    if let (Some(tenant), Some(import)) = (&request.tenant, &request.import_id) {
        let span = logging::import(tenant, import);
        return step(deps, &request).instrument(span).await;
    }
    step(deps, &request).await
}

async fn step(deps: &Deps, request: &Request) -> Result<Answer, Failed> {
    match request.step {
        Step::Open => steps::open(deps, request).await,
        Step::Read => steps::read(deps, request).await,
        Step::Close => steps::close(deps, request).await,
        Step::Fail => {
            tracing::error!(metric.imports_failed = 1, "an import was given up");
            steps::fail(deps, request).await
        }
    }
}
