//! Power law by maximum likelihood.

use nalgebra::{Matrix2, Vector2};

use crate::analysis::sums::SummedSpectrum;
use crate::model::EnergyWindow;

use super::{FitFailure, design_row, invert, solve};

const MAX_ITERATIONS: usize = 30;
const MAX_STEP: f64 = 2.0;
const SETTLED: f64 = 1e-9;

/// `b(E) = exp(q0 - q1 x)`, `x = ln(E / E0)`, `E0` the geometric mean of the window: `A E^-r` with `r = q1`.
///
/// Maximum likelihood with variance `b + v` per channel (`v` read and pattern variance), by Fisher scoring. Unbiased down to a few
/// electrons per channel, where a straight line through logarithms is not (Egerton, EELS in the Electron Microscope,
/// 3rd ed., 2011, ch. 4; Egerton and Malac, Ultramicroscopy 92 (2002) 47).
#[derive(Debug, Clone)]
pub struct PowerLaw {
    centre_ev: f64,
    q: Vector2<f64>,
    covariance: Matrix2<f64>,
    /// `dq/dn` for each channel of the window.
    derivatives: Vec<(usize, Vector2<f64>)>,
    /// Chi squared over the window, single-channel variances.
    pub chi2: f64,
    /// Degrees of freedom of `chi2`.
    pub dof: usize,
}

impl PowerLaw {
    /// Fits a spectrum over a window.
    ///
    /// # Errors
    /// [`FitFailure::NoSignal`] when the mean over the window or over either half is not above zero;
    /// [`FitFailure::NotSettled`] when the equations are singular or do not settle in 30 iterations.
    pub fn fit(spectrum: &SummedSpectrum, window: EnergyWindow) -> Result<Self, FitFailure> {
        let centre_ev = (window.lo_ev() * window.hi_ev()).sqrt();
        let channels: Vec<LikelihoodChannel> = window
            .weights(&spectrum.axis)
            .iter()
            .filter(|(_, w)| *w > 0.0)
            .map(|(i, weight)| LikelihoodChannel {
                index: i,
                weight,
                electrons: spectrum.electrons[i],
                extra_variance: spectrum.variance(i) - spectrum.expected[i],
                row: design_row(spectrum.axis.energy_at(i as f64), centre_ev),
            })
            .collect();
        let (q, fisher) = maximum_likelihood(&channels)?;
        Self::settled(spectrum, centre_ev, q, &fisher, &channels)
    }

    fn settled(
        spectrum: &SummedSpectrum,
        centre_ev: f64,
        q: Vector2<f64>,
        fisher: &Matrix2<f64>,
        channels: &[LikelihoodChannel],
    ) -> Result<Self, FitFailure> {
        let inverse = invert(fisher)?;
        let derivatives: Vec<_> = channels
            .iter()
            .map(|c| {
                let b = c.model(&q);
                (c.index, inverse * c.row * (c.weight * b / (b + c.extra_variance)))
            })
            .collect();
        let whole = channels.iter().filter(|c| c.weight >= 1.0);
        let chi2 = whole
            .clone()
            .map(|c| {
                let b = c.model(&q);
                (c.electrons - b).powi(2) / (spectrum.channel_factor * b + c.extra_variance)
            })
            .sum();
        let dof = whole.count().saturating_sub(2);
        let covariance = parameter_covariance(spectrum, &derivatives);
        Ok(Self { centre_ev, q, covariance, derivatives, chi2, dof })
    }

    /// Background at an energy, electrons per channel.
    pub fn at(&self, energy_ev: f64) -> f64 {
        self.q.dot(&self.row(energy_ev)).exp()
    }

    /// Variance of the background at an energy from the fit's own noise.
    pub fn variance_at(&self, energy_ev: f64) -> f64 {
        let row = self.row(energy_ev);
        let b = self.at(energy_ev);
        b * b * (row.transpose() * self.covariance * row)[0]
    }

    /// `d ln b / dq` at an energy.
    pub fn row(&self, energy_ev: f64) -> Vector2<f64> {
        design_row(energy_ev, self.centre_ev)
    }

    /// Adds `scale * gradient . dq/dn_i` to `influence[i]` for every channel of the fit window.
    pub fn add_influence(&self, gradient: &Vector2<f64>, scale: f64, influence: &mut [f64]) {
        for (index, derivative) in &self.derivatives {
            influence[*index] += scale * gradient.dot(derivative);
        }
    }

    /// The background's two independent one-sigma errors at some energies: `(b, -x b) chol(C)`.
    pub fn error_columns(&self, energies_ev: &[f64]) -> Option<Vec<Vec<f64>>> {
        let lower = self.covariance.cholesky()?.l();
        let column = |k: usize| energies_ev.iter().map(|&e| self.at(e) * self.row(e).dot(&lower.column(k))).collect();
        Some(vec![column(0), column(1)])
    }

    /// The exponent r and its standard deviation.
    pub fn exponent(&self) -> (f64, f64) {
        (self.q[1], self.covariance[(1, 1)].max(0.0).sqrt())
    }
}

/// One channel of a power-law fit.
#[derive(Debug, Clone, Copy)]
pub(in crate::analysis) struct LikelihoodChannel {
    /// Channel of the spectrum.
    pub(in crate::analysis) index: usize,
    /// Share of it in the window.
    pub(in crate::analysis) weight: f64,
    /// Electrons.
    pub(in crate::analysis) electrons: f64,
    /// Read and pattern variance.
    pub(in crate::analysis) extra_variance: f64,
    /// `(1, -x)`.
    pub(in crate::analysis) row: Vector2<f64>,
}

/// The parameters of greatest likelihood and their Fisher matrix.
///
/// # Errors
/// As [`PowerLaw::fit`].
pub(in crate::analysis) fn maximum_likelihood(
    channels: &[LikelihoodChannel],
) -> Result<(Vector2<f64>, Matrix2<f64>), FitFailure> {
    let mut q = two_area_start(channels)?;
    for _ in 0..MAX_ITERATIONS {
        let (fisher, gradient) = scoring(channels, &q);
        let step = solve(&fisher, &gradient)?;
        q += step.map(|s| s.clamp(-MAX_STEP, MAX_STEP));
        if step.amax() < SETTLED {
            return Ok((q, scoring(channels, &q).0));
        }
    }
    Err(FitFailure::NotSettled)
}

impl LikelihoodChannel {
    pub(in crate::analysis) fn model(&self, q: &Vector2<f64>) -> f64 {
        q.dot(&self.row).exp()
    }
}

/// Fisher matrix and score of the current parameters.
fn scoring(channels: &[LikelihoodChannel], q: &Vector2<f64>) -> (Matrix2<f64>, Vector2<f64>) {
    let mut fisher = Matrix2::zeros();
    let mut score = Vector2::zeros();
    for c in channels {
        let b = c.model(q);
        let information = c.weight * b / (b + c.extra_variance);
        fisher += c.row * c.row.transpose() * (information * b);
        score += c.row * (information * (c.electrons - b));
    }
    (fisher, score)
}

/// Covariance of the parameters from noise and pattern, by their derivatives.
fn parameter_covariance(spectrum: &SummedSpectrum, derivatives: &[(usize, Vector2<f64>)]) -> Matrix2<f64> {
    let mut influence = [vec![0.0; spectrum.electrons.len()], vec![0.0; spectrum.electrons.len()]];
    for (index, derivative) in derivatives {
        influence[0][*index] = derivative[0];
        influence[1][*index] = derivative[1];
    }
    Matrix2::from_fn(|k, l| spectrum.covariance(&influence[k], &influence[l]))
}

/// Two-area start: means of the halves, slope from their logarithms, clipped to -5 ... 12.
fn two_area_start(channels: &[LikelihoodChannel]) -> Result<Vector2<f64>, FitFailure> {
    let (low, high) = channels.split_at(channels.len() / 2);
    let mean = |part: &[LikelihoodChannel], f: fn(&LikelihoodChannel) -> f64| {
        part.iter().map(f).sum::<f64>() / part.len().max(1) as f64
    };
    let levels = [mean(low, |c| c.electrons), mean(high, |c| c.electrons)];
    let places = [mean(low, |c| c.row[1]), mean(high, |c| c.row[1])];
    if low.is_empty() || levels.iter().sum::<f64>() <= 0.0 {
        return Err(FitFailure::NoSignal);
    }
    let floor = 1e-3 * (levels[0].abs() + levels[1].abs());
    let logs = levels.map(|level| level.max(floor).ln());
    let slope = ((logs[1] - logs[0]) / (places[1] - places[0])).clamp(-5.0, 12.0);
    let level = 0.5 * (logs[0] + logs[1]) - slope * 0.5 * (places[0] + places[1]);
    if slope.is_finite() && level.is_finite() { Ok(Vector2::new(level, slope)) } else { Err(FitFailure::NotSettled) }
}
