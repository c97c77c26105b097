//! What both doors share: opening scans, the worker.

mod batch;
mod collect;
mod headless;
mod open;
mod picture;
mod spectra;
mod workbench;
mod worker;

pub use batch::{BatchRow, RowOutcome, Shard, read_list, run_batch};
pub use collect::{collect, collect_rows, write_collected};
pub use headless::{GivenSites, Headless, Request, SESSION_FILE, open_input, provenance, read_session, save_session};
pub use open::{FileSpec, candidates, open_file, open_profile, open_scan, pick_spectra, sha256_of};
pub use picture::{OpenPicture, open_picture, pictures};
pub use spectra::{OpenSpectra, open_spectra};
pub use workbench::{CompareFn, Derived, Event, Failure, OpenFn, Wake, Workbench};
pub use worker::{Finished, JobPanic, Latest};
