//! The fine structure fitted at every position, one spectrum at a time.

use rayon::prelude::*;

use crate::analysis::drops::Measured;
use crate::analysis::prepare::Prepared;
use crate::model::{EnergyAxis, EnergyWindow, FineStructure};

use super::{FitError, FitSpectrum, JointFit, Parameters, SpectrumParameters, before_the_edge, joint_fit_from};

/// An edge is seen when its peaks together exceed this many sigma.
const DETECTED_SIGMA: f64 = 3.0;

/// The fine structure of one spectrum.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedPosition {
    /// Peaks in the order of the structure.
    pub peaks: Vec<FittedPeakAt>,
    /// Height of the continuum step, electrons per eV.
    pub step: Measured,
    /// Power-law exponent of the background.
    pub exponent: Measured,
    /// Chi squared, single-channel variances.
    pub chi2: f64,
    /// Its degrees of freedom.
    pub dof: usize,
    /// Its p value.
    pub p: Option<f64>,
}

/// A peak of one spectrum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FittedPeakAt {
    /// Energy, eV.
    pub energy: Measured,
    /// Full width at half maximum, eV.
    pub fwhm: Measured,
    /// Area, electrons before plural scattering.
    pub area: Measured,
}

/// Fits the fine structure in every spectrum by itself, starting from that of `total`, their sum.
///
/// Each has the priors of the structure and the low loss and channel factor of `total`. Spectra are independent, so
/// results do not depend on the number of threads. An entry is an error when its fit does not settle, has no signal, or
/// shows no edge (peaks together below three sigma).
///
/// Formula, units and source: those of [`joint_fit`](super::joint_fit).
///
/// # Errors
/// [`FitError`] of the sum: then no position can be expected to fit.
///
/// ```
/// use moray::analysis::fit::{FitSpectrum, Parameters, SpectrumParameters, expected_electrons, fit_positions};
/// use moray::model::{EnergyAxis, FineStructure, Recipe};
/// let structure = FineStructure::of(&Recipe::preset("lto")?.edges[1]).expect("O K has a fine structure");
/// let axis = EnergyAxis::new(480.0, 0.25, 400)?;
/// let part = |scale: f64| SpectrumParameters {
///     areas: [900.0, 800.0, 700.0, 800.0].map(|area| scale * area).to_vec(),
///     step: scale * 90.0,
///     background: scale * 100.0,
///     exponent: 3.0,
/// };
/// let truth = Parameters::new(&[[531.1, 1.5], [533.3, 1.8], [539.0, 4.0], [544.5, 5.0]], &[part(1.0), part(2.0)]);
/// let empty = FitSpectrum::new(axis, &[0.0; 400], 1.0, structure.window_ev)?;
/// let each: Vec<FitSpectrum> =
///     (0..2).map(|s| empty.clone().with_electrons(expected_electrons(&structure, &truth, s, &empty))).collect();
/// let sum = each[0].electrons().iter().zip(each[1].electrons()).map(|(a, b)| a + b).collect();
/// let fits = fit_positions(&empty.with_electrons(sum), &each, &structure)?;
/// let areas: Vec<f64> = fits.iter().flatten().map(|fit| fit.peaks[0].area.value).collect();
/// assert!((areas[1] / areas[0] - 2.0).abs() < 0.02);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn fit_positions(
    total: &FitSpectrum,
    each: &[FitSpectrum],
    structure: &FineStructure,
) -> Result<Vec<Result<FittedPosition, FitError>>, FitError> {
    let sum = super::joint_fit(std::slice::from_ref(total), structure)?;
    Ok(each.par_iter().map(|spectrum| fit_one(&sum, total, spectrum, structure)).collect())
}

fn fit_one(
    sum: &JointFit,
    total: &FitSpectrum,
    spectrum: &FitSpectrum,
    structure: &FineStructure,
) -> Result<FittedPosition, FitError> {
    // A spectrum without signal is found out before anything is divided by it.
    let own = before_the_edge(spectrum, structure)?;
    let spectrum = [spectrum.clone().seen_as(total)];
    let fitted = joint_fit_from(scaled(&sum.parameters, &own, sum.exponent(0).value), &spectrum, structure);
    let fit = fitted.or_else(|_| super::joint_fit(&spectrum, structure))?;
    let peaks = structure.peaks.len();
    let areas = 2 * peaks..3 * peaks;
    let variance: f64 =
        areas.clone().flat_map(|k| areas.clone().map(move |l| (k, l))).map(|at| fit.covariance[at]).sum();
    let all: f64 = (0..peaks).map(|k| fit.parameters.area(0, k)).sum();
    let sigma = variance.max(0.0).sqrt();
    if all <= DETECTED_SIGMA * sigma {
        return Err(FitError::NoEdge { electrons: all, sigma });
    }
    let at = |k| FittedPeakAt { energy: fit.energy(k), fwhm: fit.fwhm(k), area: fit.area(0, k) };
    Ok(FittedPosition {
        peaks: (0..peaks).map(at).collect(),
        step: fit.step(0),
        exponent: fit.exponent(0),
        chi2: fit.chi2,
        dof: fit.dof,
        p: fit.p(),
    })
}

/// The sum's shapes and proportions at the level of one spectrum.
fn scaled(sum: &Parameters, own: &SpectrumParameters, exponent: f64) -> Parameters {
    let peaks = sum.peaks();
    let shapes: Vec<[f64; 2]> = (0..peaks).map(|k| [sum.energy_ev(k), sum.fwhm_ev(k)]).collect();
    let level = own.background / sum.power_law(0)[0].exp();
    let part = SpectrumParameters {
        areas: (0..peaks).map(|k| level * sum.area(0, k)).collect(),
        step: level * sum.step(0),
        background: own.background,
        exponent,
    };
    Parameters::new(&shapes, &[part])
}

impl Prepared {
    /// The sum of all positions of scan `k` and every position by itself, as a fit over `window` takes them; low loss
    /// included when there is one.
    ///
    /// # Errors
    /// [`FitError`] when the window does not lie in the data.
    pub fn fit_spectra(&self, k: usize, window: EnergyWindow) -> Result<(FitSpectrum, Vec<FitSpectrum>), FitError> {
        let scan = &self.scans[k];
        let each = (0..scan.positions())
            .map(|i| self.fit_spectrum(&scan.spectrum(i).to_vec(), self.shifts_ev[k][i], 1.0, window))
            .collect::<Result<_, _>>()?;
        Ok((self.fit_total(k, window)?, each))
    }

    /// The sum of all positions of scan `k` as a fit over `window` takes it.
    ///
    /// # Errors
    /// [`FitError`] when the window does not lie in the data.
    pub fn fit_total(&self, k: usize, window: EnergyWindow) -> Result<FitSpectrum, FitError> {
        let all: Vec<usize> = (0..self.scans[k].positions()).collect();
        FitSpectrum::of(&self.sum(k, &all), window)
    }

    /// A spectrum of raw counts on the channels of the reference's file, moved by `shift_ev`, as a fit over `window`
    /// takes it; `share` is its number of reads over that of a position of the scan.
    ///
    /// Electrons are counts over the gain, the read variance is `share` times that of a position over the squared gain:
    /// read noise of independent reads adds up. No fixed pattern is held.
    ///
    /// # Errors
    /// [`FitError`] when the window does not lie in the data.
    pub fn fit_spectrum(
        &self,
        counts: &[f64],
        shift_ev: f64,
        share: f64,
        window: EnergyWindow,
    ) -> Result<FitSpectrum, FitError> {
        let axis: EnergyAxis = self.axis.shifted(shift_ev);
        let electrons: Vec<f64> = counts.iter().map(|count| count / self.noise.gain).collect();
        let read_variance = share * self.noise.read_variance / (self.noise.gain * self.noise.gain);
        FitSpectrum::new(axis, &electrons, read_variance, window)
    }
}
