//! What both doors share: opening scans, the worker.

mod open;

pub use open::{FileSpec, ScanFile, candidates, open_file, open_scan, pick_spectra, sha256_of};
