//! What both doors share: opening scans, the worker.

mod open;
mod workbench;
mod worker;

pub use open::{FileSpec, ScanFile, candidates, open_file, open_scan, pick_spectra, sha256_of};
pub use workbench::{CompareFn, Derived, Event, Failure, OpenFn, Wake, Workbench};
pub use worker::{Finished, JobPanic, Latest};
