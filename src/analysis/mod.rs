//! Pure science: line scans, sites and a recipe in, a comparison out. No files, no clock, no randomness.

mod report;

use std::sync::Arc;

pub use report::*;

use crate::model::{LineScan, Profile, Recipe, Site};
use crate::progress::Progress;

/// One scan of a comparison.
#[derive(Debug, Clone)]
pub struct ScanInput {
    /// Short name, unique in the comparison.
    pub name: String,
    /// Core-loss spectra.
    pub scan: Arc<LineScan>,
    /// Low loss of the same positions, when recorded.
    pub low_loss: Option<Arc<LineScan>>,
    /// Signals recorded along the scan.
    pub profiles: Vec<Profile>,
    /// Sites set by the user; `None` to find them.
    pub sites: Option<Vec<Site>>,
}

/// Everything that a comparison depends on.
#[derive(Debug, Clone)]
pub struct CompareInput {
    /// The scan compared with.
    pub reference: ScanInput,
    /// Scans compared with it, at least one.
    pub scans: Vec<ScanInput>,
    /// All choices.
    pub recipe: Recipe,
}

/// Why a comparison could not be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AnalysisError {
    /// The user asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl AnalysisError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        ""
    }
}

impl From<crate::progress::Cancelled> for AnalysisError {
    fn from(_: crate::progress::Cancelled) -> Self {
        Self::Cancelled
    }
}

/// Compares every site of every scan with the reference.
///
/// # Errors
/// [`AnalysisError`] saying which edge and site, and what is wrong with it.
pub fn compare(_input: &CompareInput, _progress: &Progress) -> Result<Comparison, AnalysisError> {
    Err(AnalysisError::Cancelled)
}
