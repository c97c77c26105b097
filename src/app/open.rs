//! From a file to a scan that can be compared.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use crate::Error;
use crate::model::{Along, LineScan, Profile};

/// A file, and which of its images: `FILE` or `FILE#N`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSpec {
    /// The file.
    pub path: PathBuf,
    /// Number of the image; `None` takes the one core-loss image that the file holds.
    pub image: Option<usize>,
}

impl FromStr for FileSpec {
    type Err = std::convert::Infallible;

    /// A trailing `#N` picks an image, unless a file of that very name exists.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !Path::new(text).exists()
            && let Some((path, number)) = text.rsplit_once('#')
            && let Ok(image) = number.parse()
        {
            return Ok(Self { path: PathBuf::from(path), image: Some(image) });
        }
        Ok(Self { path: PathBuf::from(text), image: None })
    }
}

/// A scan opened for comparison, with what its file holds besides.
#[derive(Debug, Clone)]
pub struct ScanFile {
    /// The file.
    pub path: PathBuf,
    /// Number of the core-loss image.
    pub image: usize,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Short name: the file's stem.
    pub name: String,
    /// Core-loss spectra.
    pub scan: Arc<LineScan>,
    /// Low loss of the same positions, when the file holds it.
    pub low_loss: Option<Arc<LineScan>>,
    /// Signals along the scan, when the file holds them.
    pub profiles: Vec<Profile>,
    /// Things the user should know.
    pub cautions: Vec<String>,
}

/// Opens the core-loss spectra that a specification names.
///
/// # Errors
/// [`Error::Read`] when the file cannot be read, [`Error::Contents`] when it holds no usable spectra or several.
pub fn open_scan(_spec: &FileSpec, _along: Option<Along>) -> Result<ScanFile, Error> {
    Err(Error::Usage { message: "not there yet".into(), hint: String::new() })
}
