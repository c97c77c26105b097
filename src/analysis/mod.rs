//! Pure science: line scans, sites and a recipe in, a comparison out. No files, no clock, no chance.

pub mod agreement;
pub mod align;
mod assemble;
pub mod background;
mod background_report;
pub mod bootstrap;
pub mod broaden;
pub mod calibrate;
mod cautions;
mod column_scatter;
mod compare;
mod curves;
pub mod drops;
mod error;
pub mod extrapolation;
pub mod features;
pub mod fit;
pub mod fourier;
pub mod fourier_ratio;
pub mod image;
mod integrals;
mod invariance;
mod low_losses;
pub mod maps;
pub mod measures;
mod memo;
pub mod net;
pub mod noise;
pub mod normalisations;
mod numeric;
pub mod pattern;
mod peaks;
mod place;
pub mod plural;
mod prepare;
pub mod rebin;
mod recorded_alike;
mod recording_cautions;
mod report;
pub mod self_check;
pub mod single_scattering;
pub mod sites;
pub mod spikes;
mod summed_pattern;
pub mod sums;
pub mod systematic;
pub mod thickness;
pub mod ti_l;
pub mod unmix;
pub mod window_spread;

use std::sync::Arc;

pub use curves::{EdgeCurves, LogRatioCovariance, SiteCurve};
pub use error::AnalysisError;
pub use memo::Memo;
pub use prepare::{Prepared, prepare};
pub use report::*;
pub use ti_l::Ti3Reference;

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
    /// Scans compared with it. With none, the reference alone is calibrated, checked and drawn.
    pub scans: Vec<ScanInput>,
    /// All choices.
    pub recipe: Recipe,
    /// A spectrum of Ti3+ alone, when the user has one.
    pub ti3_reference: Option<Arc<Ti3Reference>>,
}

/// Compares every site of every scan with the reference.
///
/// # Errors
/// [`AnalysisError`] saying which edge and site, and what is wrong with it.
///
/// # Examples
/// ```
/// use moray::analysis::{compare, CompareInput, ScanInput};
/// use moray::model::{Recipe, Site};
/// use moray::progress::Progress;
/// use moray::simulate::{SimulatedScan, World, simulate};
///
/// let recipe = Recipe::preset("lto")?;
/// let made = simulate(&World::default(), 1)?;
/// let truth = made.truth(&recipe)?;
/// let input = |name: &str, scan: &SimulatedScan, sites: &[Site]| ScanInput {
///     name: name.into(),
///     scan: scan.core.clone(),
///     low_loss: scan.low_loss.clone(),
///     profiles: scan.profiles(),
///     sites: Some(sites.to_vec()),
/// };
/// let input = CompareInput {
///     reference: input("pristine", &made.reference, std::slice::from_ref(&truth.reference_site)),
///     scans: vec![input("biased", &made.scan, &truth.sites)],
///     recipe,
///     ti3_reference: None,
/// };
/// let report = compare(&input, &Progress::new())?.report;
/// for peak in &report.edges[0].peaks {
///     for entry in &peak.sites {
///         let truth = truth.drop(&entry.site, &peak.label).expect("known");
///         let (drop, sigma) = (entry.drop.expect("measured"), entry.drop_sigma.expect("measured"));
///         assert!((drop - truth).abs() < 4.0 * sigma, "{} at {}: {drop}, {truth}", peak.label, entry.site);
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare(input: &CompareInput, progress: &Progress) -> Result<Comparison, AnalysisError> {
    compare_again(input, &mut Memo::default(), progress)
}

/// The same, keeping in `memo` what the next comparison of the same scans can use.
///
/// # Errors
/// As [`compare`].
pub fn compare_again(input: &CompareInput, memo: &mut Memo, progress: &Progress) -> Result<Comparison, AnalysisError> {
    let prepared = memo.prepared(input, progress)?;
    let prepared = prepared.as_ref();
    let mut placed = progress.stage("sites", || place::place(input, prepared, memo))?;
    let scans = std::iter::once(&input.reference).chain(&input.scans);
    let check = |(k, scan): (usize, &ScanInput)| self_check::check(scan, k, prepared, &input.recipe);
    let checks: Vec<Vec<SelfCheck>> = progress.stage("self-check", || scans.enumerate().map(check).collect());
    let factors: Vec<f64> = checks.iter().map(|checks| self_check::covariance_factor(checks)).collect();
    let mut sums = progress.stage("sum", || summed(input, prepared, &placed, &factors));
    placed.warnings.append(&mut sums.warnings);
    progress.at(8, 10)?;
    let common = Sums {
        reference: &sums.reference,
        sites: &sums.sites,
        recipe: &input.recipe,
        aligned_on_ti_l: prepared.aligned_on_ti_l,
        ti3_reference: input.ti3_reference.as_deref(),
    };
    let edges = input.recipe.edges.iter();
    let mut outcomes: Vec<_> = edges.map(|edge| compare::edge(&common, edge, progress)).collect::<Result<_, _>>()?;
    let scans: Vec<_> = input.scans.iter().zip(&placed.scans).map(|(scan, sites)| (scan, sites.as_slice())).collect();
    progress.stage("unmixing", || {
        for (outcome, edge) in outcomes.iter_mut().zip(&input.recipe.edges) {
            unmix::add(outcome, &common, edge, prepared, &scans);
        }
    });
    progress.at(10, 10)?;
    Ok(progress.stage("report", || assemble::assemble(input, prepared, placed, outcomes, checks)))
}

/// Sums of the columns of a site, one by one; none for the reference and for a site of a single column.
fn columns(k: usize, site: &Site, prepared: &Prepared, recipe: &Recipe) -> Vec<SummedSpectrum> {
    if k == 0 || site.columns.len() < 2 {
        return Vec::new();
    }
    let sum = |column: &std::ops::Range<usize>| {
        let positions: Vec<usize> = column.clone().collect();
        prepared.compared_sum(k, &positions, recipe).0
    };
    site.columns.iter().map(sum).collect()
}

/// The sums of a comparison.
struct Summed {
    reference: SiteSum,
    /// Every site of every scan.
    sites: Vec<SiteSum>,
    /// Cautions about thickness.
    warnings: Vec<Warning>,
}

/// Sums every site; `factors` are those on covariances from failed self-checks, the reference's first.
fn summed(input: &CompareInput, prepared: &Prepared, placed: &place::Placed, factors: &[f64]) -> Summed {
    let mut warnings = Vec::new();
    let mut sum = |scan: &ScanInput, site: &Site, k: usize| {
        let positions = site.positions();
        let (sum, thickness_right) = prepared.compared_sum(k, &positions, &input.recipe);
        if !thickness_right {
            warnings.push(thickness_differs(scan, site));
        }
        SiteSum {
            scan: scan.name.clone(),
            site: site.name.clone(),
            sum,
            columns: columns(k, site, prepared, &input.recipe),
            shared_pattern: prepared.shared_pattern[k],
            covariance_factor: factors[0].max(factors[k]),
        }
    };
    let reference = sum(&input.reference, &placed.reference, 0);
    let mut sites = Vec::new();
    for (k, (scan, placed)) in input.scans.iter().zip(&placed.scans).enumerate() {
        sites.extend(placed.iter().map(|site| sum(scan, site, k + 1)));
    }
    Summed { reference, sites, warnings }
}

fn thickness_differs(scan: &ScanInput, site: &Site) -> Warning {
    Warning {
        code: "thickness-differs".to_owned(),
        message: "thickness differs by more than 0.05 t/lambda and could not be matched: no power law fits before the first edge; b, c and d are altered by it"
            .to_owned(),
        place: format!("{} of {}", site.name, scan.name),
    }
}
