//! The single table: its keys, its items and the questions asked of it.
//!
//! [`tenant::TenantTable`] is the door to one tenant's data and [`sweeps::Sweeps`] the one that crosses tenants;
//! both stand on the [`port::Table`] trait, which DynamoDB and the in-memory table implement.

mod access;
mod agents;
mod audit;
mod calls;
mod campaigns;
mod check;
pub mod codec;
mod contacts;
pub mod counters;
#[cfg(feature = "dynamo")]
pub mod dynamo;
mod erasure;
mod finders;
mod imports;
mod keys;
#[cfg(feature = "kms")]
pub mod kms;
mod live;
mod members;
#[cfg(feature = "memory")]
pub mod memory;
mod news;
pub mod port;
mod profiles;
mod retry_templates;
mod segments;
mod sweeps;
mod tenant;
mod tenants;
pub mod vault;
mod webhooks;

pub use access::{ApiKey, Member, MemberState};
pub use agents::{Line, Ticket};
pub use audit::{Act, AuditEntry, Audited, ChangeKind, FieldChange, Target};
pub use calls::{CallEntry, CallPlace, Hour};
pub use campaigns::{Counters, DueEntry, Roster};
pub use contacts::{ContactFile, attempt_of};
pub use erasure::Erased;
pub use finders::{Found, ImportPlace};
pub use imports::{DuplicatePolicy, Import, ImportFailure, ImportOptions, ImportPart, ImportState};
pub use live::{Connection, PageTicket};
pub use members::RosterPlace;
pub use news::{KINDS as NEWS_KINDS, News};
pub use port::{Consistency, Cursor, StoreError, Table};
pub use retry_templates::RetryTemplate;
pub use segments::{Segment, SegmentFilter};
pub use sweeps::{Change, Sweeps};
pub use tenant::{ListPage, Stored, TenantTable};
pub use tenants::{Answer, Tenants};
pub use vault::Vault;
pub use webhooks::{Delivery, DeliveryState, DeliveryTry, HOOKS_MAX, Hook, HookSecret, HookState};
