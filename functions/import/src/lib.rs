//! import: reads a CSV into contacts and enrollments, part by part.
//!
//! Trigger: the `import` state machine. *open* looks at the file and decides how it is read; *read* takes in as much
//! as time allows and is called until the file is done; *close* joins the rejects and lets a running campaign know.
//! Every step can be repeated: a row that was written before is recognised by the import and row it came from, and
//! counts and cursor are saved together, once a part.

mod handler;
mod part;
mod rows;
mod steps;
mod undo;
pub mod wiring;

pub use handler::{Answer, Deps, Failed, Request, Step, handle};
