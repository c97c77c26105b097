//! A joint fit as the report states it, and the curves behind it.

use serde::{Deserialize, Serialize};

use crate::analysis::drops::{Drops, Measured};
use crate::model::{EdgeRecipe, EnergyWindow};

use super::{FittedParts, JointFit};

/// The joint fit of one site with the reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JointFitResult {
    /// Scan.
    pub scan: String,
    /// Site.
    pub site: String,
    /// Fitted energies, eV.
    pub window_ev: EnergyWindow,
    /// Whether its intervals hold: no fixed pattern, chi squared with p above 0.01, residuals of neighbouring channels
    /// correlated by less than 0.2.
    pub valid: bool,
    /// Whether the model was convolved with the low losses.
    pub low_loss: bool,
    /// Chi squared of both spectra.
    pub chi2: Option<f64>,
    /// Degrees of freedom.
    pub dof: usize,
    /// p value of chi squared.
    pub p: Option<f64>,
    /// Correlation of the residuals of neighbouring channels, the larger of both spectra.
    pub autocorrelation: Option<f64>,
    /// Peaks, the normalising one first.
    pub peaks: Vec<FittedPeak>,
    /// Continuum and background at the site.
    pub continuum: Option<FittedContinuum>,
    /// Continuum and background of the reference.
    pub reference_continuum: Option<FittedContinuum>,
    /// Why the intervals do not hold, or why there is no fit.
    pub reason: Option<String>,
}

/// A peak of a joint fit: position and width are shared by site and reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedPeak {
    /// Label.
    pub label: String,
    /// Energy, eV.
    pub energy_ev: f64,
    /// Its standard deviation, eV.
    pub energy_sigma_ev: f64,
    /// Full width at half maximum, eV.
    pub fwhm_ev: f64,
    /// Its standard deviation, eV.
    pub fwhm_sigma_ev: f64,
    /// Area at the site, electrons before plural scattering.
    pub area: f64,
    /// Its standard deviation.
    pub area_sigma: f64,
    /// Area in the reference.
    pub reference_area: f64,
    /// Its standard deviation.
    pub reference_area_sigma: f64,
    /// Drop of the area; absent for the normalising peak.
    pub component: Option<FittedDrop>,
    /// Drop of the fitted edge over the peak's window; absent for the normalising peak, and where the windows are not
    /// inside the fit.
    pub window: Option<FittedDrop>,
}

/// A drop by a joint fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedDrop {
    /// `1 - ratio / reference ratio`.
    pub drop: Option<f64>,
    /// Its standard deviation.
    pub drop_sigma: Option<f64>,
    /// 95 % interval; absent where intervals do not hold.
    pub drop_ci95: Option<[f64; 2]>,
    /// Why something is missing.
    pub reason: Option<String>,
}

/// Continuum and background of one spectrum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedContinuum {
    /// Height of the continuum step, electrons per eV.
    pub step: f64,
    /// Its standard deviation.
    pub step_sigma: f64,
    /// Power-law exponent of the background.
    pub exponent: f64,
    /// Its standard deviation.
    pub exponent_sigma: f64,
}

/// The curves of the joint fit of one site with the reference.
#[derive(Debug, Clone, PartialEq)]
pub struct JointFitCurves {
    /// Scan.
    pub scan: String,
    /// Site.
    pub site: String,
    /// Labels of the peaks, in the order of the parts.
    pub labels: Vec<String>,
    /// Of the site.
    pub parts: FittedParts,
    /// Of the reference.
    pub reference_parts: FittedParts,
}

impl JointFitResult {
    /// No fit, and why.
    pub fn failed(scan: &str, site: &str, window_ev: EnergyWindow, reason: String) -> Self {
        Self {
            scan: scan.to_owned(),
            site: site.to_owned(),
            window_ev,
            valid: false,
            low_loss: false,
            chi2: None,
            dof: 0,
            p: None,
            autocorrelation: None,
            peaks: Vec::new(),
            continuum: None,
            reference_continuum: None,
            reason: Some(reason),
        }
    }

    /// The fit of a site (its first spectrum) with the reference (its second).
    pub fn of(scan: &str, site: &str, fit: &JointFit, edge: &EdgeRecipe) -> Self {
        let gate = fit.gate();
        let component = fit.component_drops(0, 1);
        let window = windows(fit, edge).and_then(|windows| fit.window_drops(0, 1, &windows));
        let invalid = gate.as_ref().err();
        let drop =
            |drops: &Drops, k: usize| k.checked_sub(1).map(|k| FittedDrop::of(&drops.peaks[k].log_ratio, invalid));
        let peak = |k: usize| {
            let ([energy, fwhm], [area, reference]) = ([fit.energy(k), fit.fwhm(k)], [fit.area(0, k), fit.area(1, k)]);
            FittedPeak {
                label: fit.structure().peaks[k].label.clone(),
                energy_ev: energy.value,
                energy_sigma_ev: energy.sigma,
                fwhm_ev: fwhm.value,
                fwhm_sigma_ev: fwhm.sigma,
                area: area.value,
                area_sigma: area.sigma,
                reference_area: reference.value,
                reference_area_sigma: reference.sigma,
                component: drop(&component, k),
                window: window.as_ref().and_then(|window| drop(window, k)),
            }
        };
        Self {
            valid: gate.is_ok(),
            low_loss: fit.spectra().iter().all(|spectrum| spectrum.has_low_loss()),
            chi2: Some(fit.chi2),
            dof: fit.dof,
            p: fit.p(),
            autocorrelation: Some(fit.autocorrelation()),
            peaks: (0..fit.parameters.peaks()).map(peak).collect(),
            continuum: Some(FittedContinuum::of(fit, 0)),
            reference_continuum: Some(FittedContinuum::of(fit, 1)),
            reason: gate.err(),
            ..Self::failed(scan, site, fit.structure().window_ev, String::new())
        }
    }
}

/// The windows of the fitted peaks; `None` when the edge lacks one.
fn windows(fit: &JointFit, edge: &EdgeRecipe) -> Option<Vec<EnergyWindow>> {
    fit.structure().peaks.iter().map(|peak| Some(edge.peak(&peak.label)?.window_ev)).collect()
}

impl FittedDrop {
    fn of(log_ratio: &Result<Measured, String>, invalid: Option<&String>) -> Self {
        let log = log_ratio.as_ref();
        let held = log.ok().filter(|_| invalid.is_none());
        Self {
            drop: log.ok().map(|log| log.drop().value),
            drop_sigma: log.ok().map(|log| log.drop().sigma),
            drop_ci95: held.map(|log| log.drop_interval(0.95, 0.0)),
            reason: log.err().or(invalid).cloned(),
        }
    }
}

impl FittedContinuum {
    fn of(fit: &JointFit, s: usize) -> Self {
        let [step, exponent] = [fit.step(s), fit.exponent(s)];
        Self { step: step.value, step_sigma: step.sigma, exponent: exponent.value, exponent_sigma: exponent.sigma }
    }
}

impl JointFitCurves {
    /// Of the fit of a site (its first spectrum) with the reference (its second).
    pub fn of(scan: &str, site: &str, fit: &JointFit) -> Self {
        Self {
            scan: scan.to_owned(),
            site: site.to_owned(),
            labels: fit.structure().peaks.iter().map(|peak| peak.label.clone()).collect(),
            parts: fit.parts(0),
            reference_parts: fit.parts(1),
        }
    }
}
