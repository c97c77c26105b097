//! Pure science: line scans, sites and a recipe in, a comparison out. No files, no clock, no chance.

pub mod align;
mod assemble;
pub mod background;
pub mod calibrate;
mod compare;
pub mod drops;
mod error;
pub mod features;
pub mod net;
pub mod noise;
mod numeric;
mod place;
mod prepare;
mod report;
pub mod sums;
pub mod ti_l;

use std::sync::Arc;

pub use error::AnalysisError;
pub use prepare::{Prepared, prepare};
pub use report::*;

use crate::model::{LineScan, Profile, Recipe, Site};
use crate::progress::Progress;
use compare::{SiteSum, Sums};
use sums::SummedSpectrum;

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

/// Compares every site of every scan with the reference.
///
/// # Errors
/// [`AnalysisError`] saying which edge and site, and what is wrong with it.
pub fn compare(input: &CompareInput, progress: &Progress) -> Result<Comparison, AnalysisError> {
    compare_prepared(input, &prepare(input, progress)?, progress)
}

/// The same with what [`prepare`] found for equal scans, calibration and alignment.
///
/// # Errors
/// As [`compare`].
pub fn compare_prepared(
    input: &CompareInput,
    prepared: &Prepared,
    progress: &Progress,
) -> Result<Comparison, AnalysisError> {
    if input.scans.is_empty() {
        return Err(AnalysisError::NoScan);
    }
    let placed = place::place(input, prepared)?;
    let sum = |scan: &ScanInput, site: &Site, shift_ev: &[f64]| SiteSum {
        scan: scan.name.clone(),
        site: site.name.clone(),
        sum: SummedSpectrum::new(&scan.scan, &site.positions(), &prepared.axis, shift_ev, &prepared.noise),
    };
    let reference = sum(&input.reference, &placed.reference, &prepared.shifts_ev[0]);
    let mut sums = Vec::new();
    for ((scan, sites), shift_ev) in input.scans.iter().zip(&placed.scans).zip(prepared.shifts_ev.iter().skip(1)) {
        sums.extend(sites.iter().map(|site| sum(scan, site, shift_ev)));
    }
    progress.at(8, 10)?;
    let common =
        Sums { reference: &reference, sites: &sums, recipe: &input.recipe, aligned_on_ti_l: prepared.aligned_on_ti_l };
    let outcomes: Vec<_> =
        input.recipe.edges.iter().map(|edge| compare::edge(&common, edge)).collect::<Result<_, _>>()?;
    progress.at(10, 10)?;
    Ok(assemble::assemble(input, prepared, placed, outcomes))
}
