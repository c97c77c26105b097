//! Cautions about how scans were recorded: detector, drift, calibrated axis.

use super::ScanInput;
use super::align::{self, Drift};
use super::calibrate::Calibrated;
use super::noise::{self, NoiseModel};
use super::report::{Alignment, GainSource, Warning};
use crate::model::{EnergyAxis, NominalEnergies, Recipe};

/// Change of the dispersion by the features above which they may be others than thought: real files are off by up to 5 %.
const DISPERSION_FAR_OFF: f64 = 0.06;
/// Distance of a found feature from its place above which it is told, eV; absolute energies carry 0.3 eV.
const OFF_FEATURES_EV: f64 = 0.6;
/// Ratio of two scans' gains above which one gain for both is told.
const GAINS_DIFFER: f64 = 1.2;
/// Smooth drift along a scan above which its not being removed is told, eV.
const DRIFT_LEFT_EV: f64 = 0.1;

/// All cautions about detector, calibrated axis and alignment.
pub(super) fn of_all(
    noise: &NoiseModel,
    calibrated: &Calibrated,
    on_ti_l: bool,
    alignment: &[Alignment],
    nominal: &NominalEnergies,
) -> Vec<Warning> {
    let mut warnings = noise_warnings(noise);
    warnings.extend(calibration_warnings(calibrated, on_ti_l, nominal));
    for entry in alignment.iter().filter(|entry| entry.method == "none").skip(1) {
        let message = "no zero loss and no white lines to align on: an offset of 0.1 eV moves drops by 0.03";
        warnings.push(warning("not-aligned", &entry.scan, message));
    }
    warnings
}

fn warning(code: &str, place: &str, message: &str) -> Warning {
    Warning { code: code.to_owned(), message: message.to_owned(), place: place.to_owned() }
}

/// Cautions about gain and read noise.
pub(super) fn noise_warnings(noise: &NoiseModel) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if noise.report.source == GainSource::Assumed && !noise.report.set_by_hand {
        let message = "neither the file nor the scan gives the gain: every uncertainty assumes 1 count = 1 electron";
        warnings.push(warning("gain-assumed", "gain", message));
    }
    if let Some(file) = noise.file_disagrees {
        let message = format!(
            "the file states {file:.2} counts per electron, the scan scatters as {:.2}: the estimate is used",
            noise.gain
        );
        warnings.push(warning("gain-disagrees-with-file", "gain", &message));
    }
    if noise.effective {
        let message = "too few positions for the noise along the scan: all noise terms are taken together, pattern included, and no goodness of fit is given";
        warnings.push(warning("gain-effective", "gain", message));
    }
    warnings
}

/// A caution when the files state different gains: counts of all are divided by one.
pub(super) fn stated_gains_differ(scans: &[&ScanInput]) -> Option<Warning> {
    let stated = || scans.iter().filter_map(|scan| Some((scan.scan.file_counts_per_electron?, scan)));
    let (least, of_least) = stated().min_by(|a, b| a.0.total_cmp(&b.0))?;
    let (most, of_most) = stated().max_by(|a, b| a.0.total_cmp(&b.0))?;
    (most > 1.1 * least).then(|| {
        let message = format!(
            "the files state {least:.2} ({}) and {most:.2} ({}) counts per electron: counts of all scans are divided by one gain",
            of_least.name, of_most.name
        );
        warning("gains-differ", "gain", &message)
    })
}

/// The gain of every scan by itself; empty when some scan cannot show its own.
fn gains_alone(scans: &[&ScanInput], axes: &[EnergyAxis], recipe: &Recipe) -> Vec<f64> {
    let alone = |(scan, axis): (&&ScanInput, &EnergyAxis)| {
        let noise = noise::estimate(&[(&*scan.scan, *axis)], None, &recipe.calibration.quiet_ev());
        (noise.report.source == GainSource::Estimated && !noise.effective).then_some(noise.gain)
    };
    scans.iter().zip(axes).map(alone).collect::<Option<Vec<f64>>>().unwrap_or_default()
}

/// A caution when scans scatter by different gains: counts are divided by one.
pub(super) fn gains_differ(scans: &[&ScanInput], axes: &[EnergyAxis], recipe: &Recipe) -> Option<Warning> {
    let gains = gains_alone(scans, axes, recipe);
    let named = || gains.iter().zip(scans);
    let (least, of_least) = named().min_by(|a, b| a.0.total_cmp(b.0))?;
    let (most, of_most) = named().max_by(|a, b| a.0.total_cmp(b.0))?;
    let message = format!(
        "{} scatters by {least:.3} counts per electron, {} by {most:.3}: one gain is used for all, so uncertainties are off; bring both to one unit",
        of_least.name, of_most.name
    );
    (most / least > GAINS_DIFFER).then(|| warning("gains-differ", "gain", &message))
}

/// Cautions about the calibrated axis.
pub(super) fn calibration_warnings(calibrated: &Calibrated, on_ti_l: bool, nominal: &NominalEnergies) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = off_features(calibrated, nominal).into_iter().collect();
    if calibrated.method == "offset-only" {
        let message = "only one of the white lines and O K was found: the axis is moved, its dispersion not checked";
        warnings.push(warning("calibration-offset-only", "calibration", message));
    }
    if calibrated.method == "features" && (calibrated.scale - 1.0).abs() > DISPERSION_FAR_OFF {
        let message = format!(
            "the energies of the white lines and O K change the dispersion by {:+.1} %, more than spectrometers are off: another structure may have been taken for peak a",
            100.0 * (calibrated.scale - 1.0)
        );
        warnings.push(warning("dispersion-far-off", "calibration", &message));
    }
    if on_ti_l {
        let message = "spectra are aligned on the white lines themselves, so a true shift of them cannot be seen";
        warnings.push(warning("aligned-on-ti-l", "alignment", message));
    }
    warnings
}

/// A caution when the axis taken does not put what was found where it belongs: windows lie beside their peaks then.
fn off_features(calibrated: &Calibrated, nominal: &NominalEnergies) -> Option<Warning> {
    let Calibrated { pivot_ev, offset_ev, scale, .. } = *calibrated;
    let found = &calibrated.features.found_ev;
    let on_axis = |energy_ev: f64| pivot_ev + offset_ev + scale * (energy_ev - pivot_ev);
    let pairs = [("L3", found.ti_l3, nominal.l3_ev), ("O K a", found.o_k_a, nominal.o_k_a_ev)];
    let off = pairs.into_iter().filter_map(|(name, found, at)| Some((name, on_axis(found?), at)));
    let (name, lies_ev, at) = off.max_by(|a, b| (a.1 - a.2).abs().total_cmp(&(b.1 - b.2).abs()))?;
    let message = format!(
        "{name} lies at {lies_ev:.1} eV on the axis taken, not at {at:.1}: windows lie beside their peaks; calibrate by the white lines and O K"
    );
    ((lies_ev - at).abs() > OFF_FEATURES_EV).then(|| warning("axis-off-features", "calibration", &message))
}

/// Cautions about drift that the recipe leaves in: the smooth part of what alignment would remove.
pub(super) fn drift_left_in(scans: &[&ScanInput], would_remove: &[Drift]) -> Vec<Warning> {
    let caution = |(scan, drift): (&&ScanInput, &Drift)| {
        let smooth = align::quadratic_drift(&drift.shift_ev.iter().copied().map(Some).collect::<Vec<_>>())?;
        let [least, most] =
            [f64::min as fn(f64, f64) -> f64, f64::max].map(|of| smooth.iter().copied().reduce(of).unwrap_or_default());
        let message = format!(
            "energies drift by {:.2} eV along the scan and are not aligned: sums are broadened, and drops and white lines change with it",
            most - least
        );
        (most - least > DRIFT_LEFT_EV).then(|| warning("drift-left-in", &scan.name, &message))
    };
    scans.iter().zip(would_remove).filter_map(caution).collect()
}
