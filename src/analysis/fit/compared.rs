//! The joint fit of each site with the reference in a comparison.

use nalgebra::DMatrix;

use crate::analysis::broaden::Kernel;
use crate::analysis::compare::{Fitted, Sums};
use crate::analysis::drops::{Drops, PeakDrop};
use crate::analysis::net::Pair;
use crate::analysis::report::Warning;
use crate::analysis::sums::SummedSpectrum;
use crate::model::{EdgeRecipe, EnergyWindow, FineStructure, PeakMeasure};

use super::{FitSpectrum, JointFit, JointFitCurves, JointFitResult, joint_fit};

/// What is added to the limits of the fitted range to see how much its model matters, eV.
const OTHER_RANGES_EV: [[f64; 2]; 3] = [[-12.0, 0.0], [8.0, 0.0], [0.0, -4.0]];

/// Fits the fine structure of an edge in a site (the first spectrum) and its reference (the second) as they were
/// recorded, each seen through its own low loss when both have one, or the broader through what it was found to be broader by
/// when resolutions are matched. Covariances take the factor that the pair's do.
///
/// # Errors
/// A sentence on why there is no fit.
pub fn fit_pair(pair: &Pair<'_>, edge: &EdgeRecipe) -> Result<JointFit, String> {
    let structure = FineStructure::of(edge).ok_or_else(|| format!("{} names no normalising peak", edge.name))?;
    let spectrum = |sum: &SummedSpectrum| {
        let recorded = sum.recorded.as_deref().unwrap_or(sum);
        FitSpectrum::of(recorded, structure.window_ev).map_err(|error| error.to_string())
    };
    let mut spectra = [spectrum(pair.site)?, spectrum(pair.reference)?];
    if !spectra.iter().all(FitSpectrum::has_low_loss) {
        spectra = spectra.map(FitSpectrum::without_low_loss);
        // Without low losses, the sharper spectrum is fitted as it is, the other seen through what it is broader by.
        let missing = |sum: &SummedSpectrum| sum.broadened.as_ref().map_or(0.0, |b| b.missing().fwhm_squared_ev2);
        let each = [missing(pair.site), missing(pair.reference)];
        if each[0] != each[1] {
            let most = each[0].max(each[1]);
            let [site, reference] = spectra;
            let through = |spectrum: FitSpectrum, own: f64| {
                let dispersion_ev = spectrum.axis().dispersion_ev();
                spectrum.with_low_loss(&Kernel::of_width(most - own, dispersion_ev).response())
            };
            spectra = [through(site, each[0]), through(reference, each[1])];
        }
    }
    let mut fit = joint_fit(&spectra, &structure).map_err(|error| error.to_string())?;
    fit.covariance *= pair.covariance_factor;
    Ok(fit)
}

/// Drops of the areas of fitted peaks in the order of the edge's, normalised by the peak `normalise_by`; without
/// intervals when the fit does not pass its gate.
///
/// # Errors
/// A sentence on why there are none.
pub fn component_drops(pair: &Pair<'_>, edge: &EdgeRecipe, normalise_by: &str) -> Result<Drops, String> {
    let fit = fit_pair(pair, edge)?;
    if fit.structure().peaks[0].label != normalise_by {
        return Err(format!("the fine structure is normalised by {}", fit.structure().peaks[0].label));
    }
    let fitted = fit.component_drops(0, 1);
    let invalid = fit.gate().err().map(|reason| format!("the joint fit is not valid: {reason}"));
    Ok(in_order_of(edge, Drops { no_interval: invalid, ..fitted }))
}

/// Variances of the log ratios of fitted areas from the model of what lies under the peaks: the largest excess squared
/// change under other ranges of the fit, `(L_m - L)^2 - Var(L_m - L)`, not below zero, the variance of the difference from
/// both fits' influences. What moving the background window is to window drops; an oscillation of the pre-edge is not
/// added, since the fit's background rests on both sides of the peaks. `drops` are those of [`component_drops`].
///
/// Zero where no other range lies in the data or can be fitted.
///
/// Dimensionless, own construction.
pub fn component_systematic(pair: &Pair<'_>, edge: &EdgeRecipe, drops: &Drops) -> DMatrix<f64> {
    let mut covariance = DMatrix::zeros(drops.influences.len(), drops.influences.len());
    let Some(structure) = FineStructure::of(edge) else { return covariance };
    for [start, end] in OTHER_RANGES_EV {
        let range = structure.window_ev;
        let Ok(window_ev) = EnergyWindow::new(range.lo_ev() + start, range.hi_ev() + end) else { continue };
        let moved = FineStructure { window_ev, ..structure.clone() };
        let moved = EdgeRecipe { fine_structure: Some(moved), ..edge.clone() };
        let Ok(moved) = component_drops(pair, &moved, &drops.normalise_by) else { continue };
        if moved.influences.len() != drops.influences.len() {
            continue;
        }
        for (k, (here, there)) in drops.log_ratios().zip(moved.log_ratios()).enumerate() {
            let mut difference = moved.influences[k].clone();
            difference.add(-1.0, &drops.influences[k]);
            let excess = (there - here).powi(2) - pair.covariance(&difference, &difference);
            covariance[(k, k)] = f64::max(covariance[(k, k)], excess);
        }
    }
    covariance
}

/// The drops in the order of an edge's peaks; peaks that were not fitted have a reason.
fn in_order_of(edge: &EdgeRecipe, fitted: Drops) -> Drops {
    let (mut peaks, mut detected) = (Vec::new(), Vec::new());
    for peak in edge.peaks.iter().filter(|peak| peak.label != fitted.normalise_by) {
        let Some(at) = fitted.peaks.iter().position(|drop| drop.label == peak.label) else {
            let reason = format!("peak {} is not in the fine structure that is fitted", peak.label);
            let label = peak.label.clone();
            peaks.push(PeakDrop { label, ratio: None, reference_ratio: None, log_ratio: Err(reason) });
            continue;
        };
        if fitted.peaks[at].log_ratio.is_ok() {
            detected.push(fitted.peaks[..at].iter().filter(|drop| drop.log_ratio.is_ok()).count());
        }
        peaks.push(fitted.peaks[at].clone());
    }
    let count = detected.len();
    Drops {
        peaks,
        covariance: ndarray::Array2::from_shape_fn((count, count), |(k, l)| {
            fitted.covariance[[detected[k], detected[l]]]
        }),
        influences: detected.iter().map(|&k| fitted.influences[k].clone()).collect(),
        ..fitted
    }
}

/// Joint fits beside the drops of an edge: report entries, curves, and a caution for each that is not valid.
pub(in crate::analysis) struct JointFits {
    pub(in crate::analysis) results: Vec<JointFitResult>,
    pub(in crate::analysis) curves: Vec<JointFitCurves>,
    pub(in crate::analysis) warnings: Vec<Warning>,
}

/// The joint fit of every site, when the edge asks for it or measures by it.
pub(in crate::analysis) fn of_sites(sums: &Sums<'_>, edge: &EdgeRecipe, fitted: &[Fitted<'_>]) -> JointFits {
    let by_it = edge.measure == PeakMeasure::Component;
    let mut fits = JointFits { results: Vec::new(), curves: Vec::new(), warnings: Vec::new() };
    let Some(structure) = FineStructure::of(edge).filter(|_| edge.joint_fit || by_it) else { return fits };
    for (site, pair) in sums.sites.iter().zip(fitted) {
        let (scan, site) = (site.scan.as_str(), site.site.as_str());
        let fit = pair.as_ref().map_err(ToString::to_string).and_then(|pair| fit_pair(pair, edge));
        let result = match &fit {
            Ok(fit) => JointFitResult::of(scan, site, fit, edge),
            Err(reason) => JointFitResult::failed(scan, site, structure.window_ev, reason.clone()),
        };
        if let Some(reason) = &result.reason {
            fits.warnings.push(Warning {
                code: "joint-fit-invalid".to_owned(),
                message: format!("the joint fit is not valid: {reason}"),
                place: format!("{} at {site} of {scan}", edge.name),
            });
        }
        fits.curves.extend(fit.iter().map(|fit| JointFitCurves::of(scan, site, fit)));
        fits.results.push(result);
    }
    fits
}
