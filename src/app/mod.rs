//! What both doors share: opening scans, the worker.

mod open;
mod workbench;
mod worker;

pub use open::{FileSpec, ScanFile, open_scan};
pub use workbench::{CompareFn, Derived, Event, Failure, OpenFn, Wake, Workbench};
pub use worker::{Finished, JobPanic, Latest};
