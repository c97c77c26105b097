//! What both doors share: opening scans, the worker.

mod batch;
mod collect;
mod event;
mod headless;
mod loading;
mod locate;
mod open;
mod presets;
mod recovery;
mod region;
mod resampling;
mod session_file;
mod spectra;
mod survey;
mod workbench;
mod worker;

pub use batch::{BatchRow, RowOutcome, Shard, read_list, run_batch};
pub use collect::{collect, collect_rows, write_collected};
pub use event::Event;
pub use headless::{GivenSites, Headless, Request, open_input, provenance, reaches_zero_loss, scan_shown};
pub use locate::{LinkProblem, Surroundings, Unlinked, locate};
pub use open::{FileSpec, candidates, open_file, open_profile, open_scan, pick_spectra, sha256_of};
pub use presets::{CONFIG_VARIABLE, UserPreset, find_preset, presets_folder, save_preset, user_presets};
pub use recovery::{Orphan, Recovery, orphans};
pub use region::{Outline, Region, RegionReader, RegionRequest, RegionView};
pub use resampling::BootstrapFn;
pub use session_file::{Relink, SESSION_FILE, locate_all, portable_session, read_session, relink, save_session};
pub use spectra::{OpenSpectra, open_spectra};
pub use survey::{
    GivenSurvey, LARGEST_SHOWN, OpenPicture, PROFILE_WIDTH_NM, Pictures, ScanSurvey, SurveyPicture, open_picture,
    survey_images, survey_line, surveys_of,
};
pub use workbench::{CompareFn, Derived, Failure, OpenFn, Wake, Workbench};
pub use worker::{Finished, JobPanic, Latest};
