//! The scans that open when there is nothing else to show.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::document::{OpenScan, Opening};
use crate::model::Recipe;
use crate::simulate::{REFERENCE_FILE, SCAN_FILE, SampleError, SampleFile, SimulatedScan, sample, sample_files};

/// Number of the core-loss image in the files of the sample data.
const IMAGE: usize = 1;

/// The bundled sample, pristine scan first: the same data, under the same hashes, as the files of `moray sample`.
///
/// # Errors
/// [`SampleError`]; never, in fact, for the sample is fixed.
pub fn sample_scans(recipe: &Recipe) -> Result<Vec<OpenScan>, SampleError> {
    let scans = sample()?;
    let files = sample_files(recipe)?;
    let open = |name: &str, scan: &SimulatedScan| open_scan(name, scan, &files);
    Ok(vec![open(REFERENCE_FILE, &scans.reference), open(SCAN_FILE, &scans.scan)])
}

/// Whether a path is that of the sample in memory rather than of a file.
pub(super) fn is_sample(path: &Path) -> bool {
    path == Path::new(REFERENCE_FILE) || path == Path::new(SCAN_FILE)
}

fn open_scan(name: &str, scan: &SimulatedScan, files: &[SampleFile]) -> OpenScan {
    let bytes = files.iter().find(|file| file.name == name).map(|file| file.bytes.as_slice()).unwrap_or_default();
    let stem = Path::new(name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    OpenScan {
        path: name.into(),
        image: IMAGE,
        sha256: Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect(),
        name: stem.unwrap_or_default(),
        scan: scan.core.clone(),
        low_loss: scan.low_loss.clone(),
        profiles: scan.profiles(),
        opening: Opening::default(),
        cautions: Vec::new(),
    }
}
