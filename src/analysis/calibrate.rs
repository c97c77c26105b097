//! The calibrated axis that every energy of a report is on.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::model::{CalibrationMethod, EnergyAxis, Recipe, Role};

use super::ScanInput;
use super::error::AnalysisError;
use super::features::{self, FeatureCalibration, Features};
use super::noise::NoiseModel;
use super::pattern::FixedPattern;
use super::report::{Calibration, FoundFeatures};
use super::sums::SummedSpectrum;

/// Replicas of the bootstrap, counts drawn anew.
const REPLICAS: usize = 40;
/// Seed of the bootstrap: fixed, so that equal inputs give equal reports.
const SEED: u64 = 2019;

/// A calibration of the reference's axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibrated {
    /// The reference's axis, calibrated.
    pub axis: EnergyAxis,
    /// eV of the reference's file.
    pub pivot_ev: f64,
    /// eV.
    pub offset_ev: f64,
    /// Calibrated over stated dispersion.
    pub scale: f64,
    /// Standard deviations of offset and scale, when features were found.
    pub sigma: Option<[f64; 2]>,
    /// `features`, `offset-only`, `manual` or `file`.
    pub method: &'static str,
    /// On the reference's file axis.
    pub features: Features,
}

/// Calibrates the reference's axis from the aligned total spectrum in raw counts (`counts_per_electron` gives its
/// noise), or as the recipe says.
///
/// `E = pivot + offset + scale (E_file - pivot)`, eV: the formulas of `FeatureCalibration`. Standard deviations come
/// from features located anew in 40 draws of `n + z sqrt(g n)`, `z` normal and `g` counts per electron (parametric
/// bootstrap); there are none below three usable draws, nor for a method that does not use features. An axis that
/// cannot be calibrated as asked is refused as `NoFeatures` too.
///
/// # Errors
/// [`AnalysisError::NoFeatures`] when features are asked for and neither edge is found.
///
/// # Examples
/// ```
/// use moray::analysis::calibrate::calibrate;
/// use moray::model::Recipe;
/// use moray::simulate::{World, simulate};
/// let made = simulate(&World { axis_error_ev: -4.0, ..World::default() }, 1)?.scan;
/// let total = made.core.counts().sum_axis(ndarray::Axis(0)).to_vec();
/// let found = calibrate(&total, made.core.axis(), &Recipe::preset("lto")?, 6.0)?;
/// assert_eq!(found.method, "features");
/// assert!((found.axis.first_ev() - 430.0).abs() < 0.4 && found.sigma.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn calibrate(
    total: &[f64],
    axis: &EnergyAxis,
    recipe: &Recipe,
    counts_per_electron: f64,
) -> Result<Calibrated, AnalysisError> {
    let choice = &recipe.calibration;
    let features = features::find(total, axis, choice);
    let (values, method, sigma) = match choice.method {
        CalibrationMethod::File => (identity(), "file", None),
        CalibrationMethod::Manual => {
            let (pivot_ev, offset_ev, scale) = (choice.pivot_ev, choice.offset_ev, choice.dispersion_scale);
            (FeatureCalibration { pivot_ev, offset_ev, scale, measured_scale: scale, both_edges: true }, "manual", None)
        }
        CalibrationMethod::Features => {
            let found = features.calibration(&choice.nominal).ok_or_else(|| no_features(&features, recipe))?;
            let method = if found.both_edges { "features" } else { "offset-only" };
            let sigma = bootstrap(total, axis, recipe, &features, counts_per_electron);
            (found, method, sigma)
        }
    };
    let FeatureCalibration { pivot_ev, offset_ev, scale, .. } = values;
    let calibrated = axis.recalibrated(pivot_ev, offset_ev, scale).map_err(|_| no_features(&features, recipe))?;
    Ok(Calibrated { axis: calibrated, pivot_ev, offset_ev, scale, sigma, method, features })
}

impl Calibrated {
    /// The report's entry of a scan whose axis, as its file states it, needs `shift_ev` more than the reference's.
    pub fn entry(&self, scan: &str, role: Role, shift_ev: f64, found_ev: FoundFeatures) -> Calibration {
        Calibration {
            scan: scan.to_owned(),
            role,
            pivot_ev: self.pivot_ev,
            offset_ev: self.offset_ev + shift_ev,
            dispersion_scale: self.scale,
            sigma_offset_ev: self.sigma.map(|s| s[0]),
            sigma_dispersion_scale: self.sigma.map(|s| s[1]),
            method: self.method.to_owned(),
            found_ev,
        }
    }
}

fn identity() -> FeatureCalibration {
    FeatureCalibration { pivot_ev: 0.0, offset_ev: 0.0, scale: 1.0, measured_scale: 1.0, both_edges: true }
}

fn no_features(features: &Features, recipe: &Recipe) -> AnalysisError {
    let [ti_from_ev, ti_to_ev] = features::l2_search_range(&recipe.calibration.nominal);
    let white_lines = recipe.calibration.white_lines.name.clone();
    AnalysisError::NoFeatures { white_lines, ti_from_ev, ti_to_ev, ti_explained: features.ti_explained }
}

/// Standard deviations of offset (at the pivot) and scale when the counts of the total are drawn anew.
fn bootstrap(
    total: &[f64],
    axis: &EnergyAxis,
    recipe: &Recipe,
    features: &Features,
    counts_per_electron: f64,
) -> Option<[f64; 2]> {
    let nominal = &recipe.calibration.nominal;
    let pivot_ev = features.calibration(nominal)?.pivot_ev;
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let mut sums = [[0.0; 2]; 2];
    let mut count = 0.0;
    for _ in 0..REPLICAS {
        let replica: Vec<f64> = total
            .iter()
            .map(|&n| {
                let z: f64 = StandardNormal.sample(&mut random);
                n + z * (n.max(0.0) * counts_per_electron).sqrt()
            })
            .collect();
        let Some(found) = features.refined(&replica, axis).calibration(nominal) else { continue };
        let at_pivot = found.pivot_ev + found.offset_ev + found.scale * (pivot_ev - found.pivot_ev) - pivot_ev;
        for (sum, value) in sums.iter_mut().zip([at_pivot, found.measured_scale]) {
            sum[0] += value;
            sum[1] += value * value;
        }
        count += 1.0;
    }
    let deviation = |[sum, squares]: [f64; 2]| ((squares - sum * sum / count).max(0.0) / (count - 1.0)).sqrt();
    (count > 2.0).then(|| sums.map(deviation))
}
/// The sum of all positions of all scans, each moved by its shift, counts.
pub(super) fn total_of_scans(
    scans: &[&ScanInput],
    axis: &EnergyAxis,
    shifts: &[(Vec<f64>, &str)],
    noise: &NoiseModel,
) -> Vec<f64> {
    let mut sum = vec![0.0; axis.channels()];
    for (scan, (shift, _)) in scans.iter().zip(shifts) {
        let all: Vec<usize> = (0..scan.scan.positions()).collect();
        let aligned = SummedSpectrum::new(&scan.scan, &all, axis, shift, noise, &FixedPattern::none());
        sum.iter_mut().zip(&aligned.electrons).for_each(|(s, n)| *s += n * noise.gain);
    }
    sum
}
