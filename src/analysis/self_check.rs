//! Split-half self-check: halves of one scan compared with each other. True drops are zero, so the scatter that is
//! claimed can be checked on the user's own data.

use nalgebra::{DMatrix, DVector};

use crate::model::{EdgeRecipe, EdgeUse, Recipe};

use super::integrals::drops_by_integrals;
use super::net::{Pair, Place};
use super::numeric::chi2_p;
use super::prepare::Prepared;
use super::report::SelfCheck;
use super::ti_l;
use super::{ScanInput, sums::SummedSpectrum};

/// Fewest positions of a scan for halves to be compared.
const MIN_POSITIONS: usize = 8;
/// A check fails below this p value.
const FAIL_P: f64 = 0.01;

/// The ways a scan is split: name, and which positions form the first half.
type Split = (&'static str, fn(usize, usize) -> bool);
const SPLITS: [Split; 3] = [
    ("odd-even", |i, _| i % 2 == 0),
    // A B B A cancels a linear change along the scan.
    ("abba", |i, _| matches!(i % 4, 0 | 3)),
    ("halves", |i, positions| 2 * i < positions),
];

/// Checks scan `k` (0 is the reference). Empty when it has too few positions or an edge cannot be measured.
///
/// First half against second half is a drift check, not a noise check: it multiplies no covariance.
///
/// `z_k = L_k / sigma_k`, `X^2 = L^T Cov^-1 L`, dimensionless, with the pattern shared fully and no systematic part
/// (own construction). Too few are less than eight positions; a split in which no peak is detected is left out.
///
/// # Examples
/// ```
/// use moray::analysis::{prepare, self_check, CompareInput, ScanInput};
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
/// let prepared = prepare(&input, &Progress::new())?;
/// let checks = self_check::check(&input.reference, 0, &prepared, &input.recipe);
/// // Halves of one scan: the true drops are zero.
/// assert_eq!(checks.len(), 3);
/// assert!(checks.iter().all(|check| check.p > 1e-4), "{checks:?}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check(scan: &ScanInput, k: usize, prepared: &Prepared, recipe: &Recipe) -> Vec<SelfCheck> {
    let positions = scan.scan.positions();
    if positions < MIN_POSITIONS {
        return Vec::new();
    }
    let half = |first: bool, pick: fn(usize, usize) -> bool| {
        let chosen: Vec<usize> = (0..positions).filter(|&i| pick(i, positions) == first).collect();
        prepared.sum(k, &chosen)
    };
    SPLITS
        .into_iter()
        .filter_map(|(split, pick)| compare_halves(&scan.name, split, &half(true, pick), &half(false, pick), recipe))
        .collect()
}

/// The factor on covariances that the checks of a scan ask for: the larger X^2 over its degrees of freedom when a noise
/// check failed, otherwise 1.
///
/// Failed is `p < 0.01`, an own choice; dimensionless. 1 without checks.
pub fn covariance_factor(checks: &[SelfCheck]) -> f64 {
    checks.iter().map(|check| check.covariance_factor).fold(1.0, f64::max)
}

fn compare_halves(
    scan: &str,
    split: &str,
    one: &SummedSpectrum,
    two: &SummedSpectrum,
    recipe: &Recipe,
) -> Option<SelfCheck> {
    let of_use = |usage| recipe.edges.iter().find(|edge| edge.usage == usage);
    let place = Place { site: "one half", reference: "the other half" };
    let fit = |edge: &EdgeRecipe| Pair::fit(one, two, edge, place, 1.0).ok();
    let edge = of_use(EdgeUse::Drops)?;
    let pair = fit(edge)?;
    // The check is of the claimed noise itself: the misfit factor must not hide what it would show.
    let pair = Pair { covariance_factor: 1.0, ..pair };
    let drops = drops_by_integrals(&pair, edge, edge.normalise_by.as_deref()?)?;
    let logs: Vec<f64> = drops.log_ratios().collect();
    let dof = logs.len();
    let covariance = DMatrix::from_fn(dof, dof, |k, l| drops.covariance[[k, l]]);
    let vector = DVector::from_vec(logs);
    let chi2 = vector.dot(&covariance.cholesky()?.solve(&vector));
    let p = chi2_p(chi2, dof)?;
    let detected = drops.peaks.iter().filter_map(|peak| Some((peak.label.clone(), peak.log_ratio.as_ref().ok()?)));
    let ti_p_equal = of_use(EdgeUse::Invariance).and_then(|edge| {
        let pair = Pair { covariance_factor: 1.0, ..fit(edge)? };
        Some(ti_l::compare(&pair, edge.compare_window_ev?, None)?.p_equal)
    });
    let failed = p < FAIL_P && split != "halves";
    Some(SelfCheck {
        scan: scan.to_owned(),
        split: split.to_owned(),
        z: detected.map(|(label, log)| (label, log.value / log.sigma)).collect(),
        chi2,
        p,
        ti_p_equal,
        covariance_factor: if failed { chi2 / dof as f64 } else { 1.0 },
    })
}
