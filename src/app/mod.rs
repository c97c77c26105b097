//! What both doors share: opening scans, the worker.

mod open;

pub use open::{FileSpec, ScanFile, open_scan};
