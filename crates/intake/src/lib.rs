//! A CSV on its way in: found out, cut into records, and read row by row as leads.
//!
//! Everything is pushed: the caller feeds bytes in chunks of any size and pulls records out. Memory does not grow with
//! the file, and work can stop after any record and go on from its [`Cursor`] with a ranged read, on another machine.
//!
//! ```
//! use carillon_intake::{Event, Options, Plan};
//!
//! let file = "Name;Telefon;Land\nGrete Weiß;030 23125 123;DE\n".as_bytes();
//! let plan = Plan::draw_up(file, true, &Options::default()).unwrap();
//! let mut rows = plan.rows(plan.start());
//! rows.push(&file[plan.start().offset as usize..]);
//! rows.finish();
//! while let Some(event) = rows.next_event() {
//!     let Event::Record(record) = event else { panic!("a record was refused") };
//!     let lead = plan.lead(&record).unwrap();
//!     assert_eq!(lead.number.e164.as_str(), "+493023125123");
//! }
//! ```
//!
//! In reading order: [`Format`] (what kind of file), [`Parser`] (bytes to records), [`Columns`] (which column is what),
//! [`Plan`] (all of that, to be carried from one invocation to the next), [`Lead`] (one row, understood),
//! [`RejectsWriter`] (what is handed back to be mended), and [`dry_run`] (a whole file at once, on all cores).

mod bulk;
mod check;
mod columns;
mod counts;
mod error;
mod format;
mod headers;
mod lead;
mod plan;
#[cfg(feature = "sample")]
pub mod sample;
mod scan;
mod seen;
mod template;
mod text;
mod utf16;
mod values;
mod writer;

pub use bulk::{DryRun, Effort, dry_run};
pub use columns::{Columns, FieldKind, FieldSpec, Mapping};
pub use counts::Counts;
pub use error::{DuplicateOf, FileError, Reason, RowReject};
pub use format::{Encoding, Format, SAMPLE_BYTES};
pub use headers::Field;
pub use lead::{Consent, Lead, Person};
pub use plan::{Options, Plan};
pub use scan::{Cursor, Event, Limits, Parser, Record};
pub use seen::{Seen, Sighting};
pub use template::template_csv;
pub use writer::{RejectsWriter, SafeCsv, neutralise};
