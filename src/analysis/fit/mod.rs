//! The joint fit: the fine structure of an edge in one or more spectra at once, with shared peak positions and widths.
//!
//! Poisson maximum likelihood with read noise, each spectrum with areas, continuum and power-law background of its own,
//! seen through its own low loss when there is one. An option beside window drops: it assumes that peaks neither move
//! nor broaden between the spectra, which [`JointFit::gate`] can only refute.

mod compared;
mod drops;
mod gate;
mod model;
mod parameters;
mod positions;
mod report;
mod solver;
mod spectrum;

use nalgebra::DMatrix;

pub(in crate::analysis) use compared::of_sites;
pub use compared::{component_drops, component_systematic, fit_pair};
pub use parameters::{Parameters, SpectrumParameters};
pub use positions::{FittedPeakAt, FittedPosition, fit_positions};
pub use report::{FittedContinuum, FittedDrop, FittedPeak, JointFitCurves, JointFitResult};
pub use spectrum::FitSpectrum;

use crate::model::{EnergyWindow, FineStructure};

use super::drops::Measured;
use model::expected;
use solver::Likelihood;

/// Why a joint fit could not be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FitError {
    /// There is no spectrum or no peak.
    #[error("a joint fit needs a spectrum and a peak")]
    Empty,
    /// The window is not inside the data.
    #[error("fit window {window} lies outside the data ({from_ev:.1}-{to_ev:.1} eV on the calibrated axis)")]
    OutsideData {
        /// The window.
        window: EnergyWindow,
        /// First usable energy, eV.
        from_ev: f64,
        /// Last usable energy, eV.
        to_ev: f64,
    },
    /// There are fewer channels than a spectrum's parameters need.
    #[error("fit window {window} holds {channels} channels; 30 are needed")]
    TooFewChannels {
        /// The window.
        window: EnergyWindow,
        /// Channels inside.
        channels: usize,
    },
    /// There is no background before the edge.
    #[error("no signal before the edge in the fit window")]
    NoSignal,
    /// There is no edge.
    #[error("no edge seen: peaks of {electrons:.0} +- {sigma:.0} electrons together")]
    NoEdge {
        /// Area of all peaks.
        electrons: f64,
        /// Its standard deviation.
        sigma: f64,
    },
    /// The equations are singular or did not settle.
    #[error("the joint fit did not settle")]
    NotSettled,
}

impl FitError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Empty => "give a recipe whose edge has peaks",
            Self::OutsideData { .. } | Self::TooFewChannels { .. } => {
                "change the window of the recipe's fine structure"
            }
            Self::NoSignal | Self::NoEdge { .. } => "check the calibration and the dark reference of the scan",
            Self::NotSettled => "check that the peaks of the fine structure are those of the edge",
        }
    }
}

/// What a joint fit found.
#[derive(Debug, Clone)]
pub struct JointFit {
    structure: FineStructure,
    spectra: Vec<FitSpectrum>,
    /// Best parameters.
    pub parameters: Parameters,
    /// Their covariance: the inverse of the Fisher matrix, priors included.
    pub covariance: DMatrix<f64>,
    /// Chi squared over all spectra, single-channel variances.
    pub chi2: f64,
    /// Degrees of freedom: channels less the parameters that the data decide (the priors' share left out).
    pub dof: usize,
    /// Steps that were tried.
    pub iterations: usize,
}

/// Fits the fine structure of an edge in all spectra together.
///
/// Minimises `sum (mu + v) - (n + v) ln(mu + v)` over all channels of all spectra (`v` read and pattern variance) by
/// Fisher scoring with Marquardt damping and an analytic Jacobian, weak priors on positions (1.5 eV) and widths (0.35 in
/// the logarithm) keeping them near the structure's. Deterministic.
///
/// `mu = b + [sum_k A_k g(E; p_k, w_k) + A_s h(E)] (x) L`, electrons per channel: `b` a power law, `g` Gaussians of
/// unit area, `h` an error-function step that falls as `E^-2.5`, `L` the low loss of unit area (after Verbeeck and Van
/// Aert, Ultramicroscopy 101 (2004) 207).
///
/// # Errors
/// [`FitError`] when there is nothing to fit, no signal, or the scoring does not settle.
///
/// ```
/// use moray::analysis::fit::{FitSpectrum, Parameters, SpectrumParameters, expected_electrons, joint_fit};
/// use moray::model::{EnergyAxis, FineStructure, Recipe};
/// let structure = FineStructure::of(&Recipe::preset("lto")?.edges[1]).expect("O K has a fine structure");
/// let axis = EnergyAxis::new(480.0, 0.25, 400)?;
/// let part = |b: f64| SpectrumParameters { areas: vec![9e3, b, 7e3, 8e3], step: 900.0, background: 1e3, exponent: 3.0 };
/// // Peak b of the first spectrum is 20 % smaller than that of the second.
/// let shapes = [[531.2, 1.6], [533.4, 1.7], [538.8, 4.2], [544.1, 4.6]];
/// let truth = Parameters::new(&shapes, &[part(8e3), part(1e4)]);
/// let empty = FitSpectrum::new(axis, &[0.0; 400], 4.0, structure.window_ev)?;
/// let spectra: Vec<FitSpectrum> = (0..2)
///     .map(|s| empty.clone().with_electrons(expected_electrons(&structure, &truth, s, &empty)))
///     .collect();
/// let fit = joint_fit(&spectra, &structure)?;
/// assert!((fit.energy(0).value - 531.2).abs() < 0.01);
/// let drops = fit.component_drops(0, 1);
/// let b = drops.peaks[0].log_ratio.clone()?.drop();
/// assert!((b.value - 0.2).abs() < 0.01 && b.sigma < 0.05);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn joint_fit(spectra: &[FitSpectrum], structure: &FineStructure) -> Result<JointFit, FitError> {
    if spectra.is_empty() || structure.peaks.is_empty() {
        return Err(FitError::Empty);
    }
    let shapes: Vec<[f64; 2]> = structure.peaks.iter().map(|peak| [peak.energy_ev, peak.fwhm_ev]).collect();
    let own: Vec<SpectrumParameters> =
        spectra.iter().map(|spectrum| before_the_edge(spectrum, structure)).collect::<Result<_, _>>()?;
    joint_fit_from(Parameters::new(&shapes, &own), spectra, structure)
}

/// The same from given parameters, as when many similar spectra are fitted one by one.
///
/// # Errors
/// As [`joint_fit`].
pub fn joint_fit_from(
    start: Parameters,
    spectra: &[FitSpectrum],
    structure: &FineStructure,
) -> Result<JointFit, FitError> {
    let likelihood = Likelihood { structure, spectra };
    let solution = likelihood.maximise(start)?;
    let mut fit = JointFit {
        structure: structure.clone(),
        spectra: spectra.to_vec(),
        chi2: 0.0,
        dof: 0,
        iterations: solution.iterations,
        parameters: solution.parameters,
        covariance: solution.covariance,
    };
    fit.chi2 = (0..spectra.len()).flat_map(|s| fit.standardised(s)).map(|z| z * z).sum();
    // Parameters that the data decide: the trace of the data's share of the information.
    let decided = (&fit.covariance * &solution.information).trace();
    let channels: usize = spectra.iter().map(|spectrum| spectrum.electrons().len()).sum();
    fit.dof = (channels as f64 - decided).round().max(0.0) as usize;
    Ok(fit)
}

/// Background before the edge, and no edge: where the scoring starts. The power law through the means of the halves of
/// what lies 3.5 eV or more below the first peak.
pub(super) fn before_the_edge(
    spectrum: &FitSpectrum,
    structure: &FineStructure,
) -> Result<SpectrumParameters, FitError> {
    const BELOW_PEAK_EV: f64 = 3.5;
    let end_ev = structure.peaks.first().map_or(0.0, |peak| peak.energy_ev - BELOW_PEAK_EV);
    let energies = spectrum.energies_ev();
    let count = energies.partition_point(|energy| *energy < end_ev);
    let half = count / 2;
    if half == 0 {
        return Err(FitError::NoSignal);
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let levels = [mean(&spectrum.electrons()[..half]), mean(&spectrum.electrons()[half..count])];
    let places = [mean(&energies[..half]), mean(&energies[half..count])];
    let level = mean(&levels);
    if level.is_nan() || level <= 0.0 {
        return Err(FitError::NoSignal);
    }
    let floor = 1e-3 * level;
    let exponent = (levels[0].max(floor) / levels[1].max(floor)).ln() / (places[1] / places[0]).ln();
    let exponent = exponent.clamp(-5.0, 12.0);
    let centre_ev = model::background_centre_ev(structure);
    let background = level * (centre_ev / (places[0] * places[1]).sqrt()).powf(-exponent);
    Ok(SpectrumParameters { areas: vec![0.0; structure.peaks.len()], step: 0.0, background, exponent })
}

/// Electrons that the model expects of spectrum `s` on the fitted channels of `on`.
///
/// The formula of [`joint_fit`], electrons per channel; without a low loss nothing is convolved.
pub fn expected_electrons(structure: &FineStructure, parameters: &Parameters, s: usize, on: &FitSpectrum) -> Vec<f64> {
    expected(structure, parameters, s, on).total
}

/// Cramer-Rao bound on the covariance of all parameters when these are true: the inverse of the Fisher matrix without
/// priors. Says before an experiment what its dose can show (Verbeeck and Van Aert, Ultramicroscopy 101 (2004) 207).
///
/// `None` when the data do not decide every parameter.
///
/// `F = sum J J^T / (mu + v)`, `J` the derivatives of `mu`; in the products of the parameters' units.
pub fn attainable_covariance(
    structure: &FineStructure,
    parameters: &Parameters,
    spectra: &[FitSpectrum],
) -> Option<DMatrix<f64>> {
    solver::inverse(&Likelihood { structure, spectra }.point(parameters, false).fisher)
}

/// The parts of a fitted spectrum on its fitted channels, electrons per channel.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedParts {
    /// Centres of the channels, eV.
    pub energy_ev: Vec<f64>,
    /// Recorded electrons.
    pub electrons: Vec<f64>,
    /// All of the model.
    pub model: Vec<f64>,
    /// Its background.
    pub background: Vec<f64>,
    /// Its continuum step, as seen through the low loss.
    pub step: Vec<f64>,
    /// Its peaks in the order of the structure, as seen through the low loss.
    pub peaks: Vec<Vec<f64>>,
    /// `(electrons - model) / sigma`.
    pub residual: Vec<f64>,
}

impl JointFit {
    /// The fine structure that was fitted.
    pub fn structure(&self) -> &FineStructure {
        &self.structure
    }

    /// The spectra that were fitted.
    pub fn spectra(&self) -> &[FitSpectrum] {
        &self.spectra
    }

    fn measured(&self, value: f64, index: usize, scale: f64) -> Measured {
        Measured { value, sigma: scale * self.covariance[(index, index)].max(0.0).sqrt() }
    }

    /// Energy of peak `k`, eV.
    pub fn energy(&self, k: usize) -> Measured {
        self.measured(self.parameters.energy_ev(k), k, 1.0)
    }

    /// Full width at half maximum of peak `k`, eV.
    ///
    /// Its standard deviation is `w` times that of `ln w` (linear error propagation).
    pub fn fwhm(&self, k: usize) -> Measured {
        let fwhm_ev = self.parameters.fwhm_ev(k);
        self.measured(fwhm_ev, self.parameters.peaks() + k, fwhm_ev)
    }

    /// Area of peak `k` in spectrum `s`, electrons before plural scattering.
    pub fn area(&self, s: usize, k: usize) -> Measured {
        self.measured(self.parameters.area(s, k), self.parameters.layout().area(s, k), 1.0)
    }

    /// Height of the continuum step of spectrum `s`, electrons per eV.
    pub fn step(&self, s: usize) -> Measured {
        self.measured(self.parameters.step(s), self.parameters.layout().step(s), 1.0)
    }

    /// Power-law exponent of the background of spectrum `s`.
    pub fn exponent(&self, s: usize) -> Measured {
        self.measured(self.parameters.exponent(s), self.parameters.layout().step(s) + 2, 1.0)
    }

    /// The fitted curves of spectrum `s`.
    pub fn parts(&self, s: usize) -> FittedParts {
        let spectrum = &self.spectra[s];
        let fitted = expected(&self.structure, &self.parameters, s, spectrum);
        let layout = self.parameters.layout();
        let scaled = |column: usize, by: f64| fitted.column(column).iter().map(|value| by * value).collect();
        let areas = (0..layout.peaks).map(|k| scaled(layout.shared() + k, self.parameters.area(s, k))).collect();
        FittedParts {
            energy_ev: spectrum.energies_ev(),
            electrons: spectrum.electrons().to_vec(),
            background: fitted.background(),
            step: scaled(layout.shared() + layout.peaks, self.parameters.step(s)),
            peaks: areas,
            residual: self.standardised(s),
            model: fitted.total,
        }
    }

    /// `(n - mu) / sigma` of every fitted channel of spectrum `s`, single-channel variances.
    fn standardised(&self, s: usize) -> Vec<f64> {
        let spectrum = &self.spectra[s];
        let mu = expected(&self.structure, &self.parameters, s, spectrum).total;
        let channels = mu.iter().zip(spectrum.electrons()).zip(spectrum.extra_variance());
        let factor = spectrum.channel_factor();
        channels.map(|((mu, n), v)| (n - mu) / (factor * mu.max(0.0) + v).max(f64::MIN_POSITIVE).sqrt()).collect()
    }
}

#[cfg(test)]
mod tests;
