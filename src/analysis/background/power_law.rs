//! Power law by maximum likelihood.

use nalgebra::{Matrix2, Vector2, Vector3};

use crate::analysis::sums::SummedSpectrum;
use crate::model::{BackgroundModel, EnergyWindow};

use super::channels::{Channel, Selection};
use super::curve::{Background, Form, Known};
use super::{FitFailure, Model, design_row, invert, solve};

const MAX_ITERATIONS: usize = 30;
const MAX_STEP: f64 = 2.0;
const SETTLED: f64 = 1e-9;

/// The registry's entry.
pub(super) const MODEL: Model = Model {
    model: BackgroundModel::PowerLaw,
    words: "a power law A E^-r fitted by maximum likelihood",
    fit,
    by_ratio: false,
    caution: None,
};

/// `b(E) = exp(q0 - q1 x)`, `x = ln(E / E0)`, `E0` the geometric mean of the first window: `A E^-r` with `r = q1`.
pub(super) const FORM: Form =
    Form { model: BackgroundModel::PowerLaw, parameters: 2, logarithmic: true, row: log_energy_row };

/// `(1, -x, 0)`.
pub(super) fn log_energy_row(energy_ev: f64, centre_ev: f64) -> Vector3<f64> {
    Vector3::new(1.0, -(energy_ev / centre_ev).ln(), 0.0)
}

/// Fits a power law with variance `b + v` per channel (`v` read and pattern variance) by Fisher scoring:
/// `F = sum b^2/V X X^T`, `dq/dn_i = F^-1 X_i b_i/V_i`. Unbiased down to a few electrons per channel, where a line through
/// logarithms is not.
pub(super) fn fit(spectrum: &SummedSpectrum, windows: &[EnergyWindow]) -> Result<Background, FitFailure> {
    let selection = Selection::of(spectrum, windows)?;
    fit_above(spectrum, &selection, None)
}

/// Fits a power law on top of something known, whose own noise counts for nothing.
pub(super) fn fit_above(
    spectrum: &SummedSpectrum,
    selection: &Selection,
    known: Option<Known>,
) -> Result<Background, FitFailure> {
    let channel = |c: &Channel| LikelihoodChannel {
        index: c.index,
        weight: c.weight,
        electrons: c.electrons,
        extra_variance: c.extra_variance,
        row: design_row(c.energy_ev, selection.centre_ev),
        known: known.as_ref().map_or(0.0, |known| known.at(c.energy_ev)),
    };
    let channels: Vec<LikelihoodChannel> = selection.channels.iter().map(channel).collect();
    let (q, fisher) = maximum_likelihood(&channels)?;
    let inverse = invert(&fisher)?;
    let derivative = |c: &LikelihoodChannel| {
        let variance = c.model(&q) + c.extra_variance;
        (c.index, (inverse * c.row * (c.weight * c.power_law(&q) / variance)).push(0.0))
    };
    let derivatives = channels.iter().map(derivative).collect();
    Ok(Background::above(spectrum, selection, (FORM, known), q.push(0.0), derivatives))
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
    /// What the power law stands on here, electrons.
    pub(in crate::analysis) known: f64,
}

/// The parameters of greatest likelihood and their Fisher matrix.
///
/// # Errors
/// [`FitFailure::NoSignal`] when the mean over the channels is not above zero; [`FitFailure::NotSettled`] when the
/// equations are singular or do not settle in 30 iterations.
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
    fn power_law(&self, q: &Vector2<f64>) -> f64 {
        q.dot(&self.row).exp()
    }

    pub(in crate::analysis) fn model(&self, q: &Vector2<f64>) -> f64 {
        self.known + self.power_law(q)
    }
}

/// Fisher matrix and score of the current parameters.
fn scoring(channels: &[LikelihoodChannel], q: &Vector2<f64>) -> (Matrix2<f64>, Vector2<f64>) {
    let mut fisher = Matrix2::zeros();
    let mut score = Vector2::zeros();
    for c in channels {
        let (power, model) = (c.power_law(q), c.model(q));
        let information = c.weight * power / (model + c.extra_variance);
        fisher += c.row * c.row.transpose() * (information * power);
        score += c.row * (information * (c.electrons - model));
    }
    (fisher, score)
}

/// Two-area start: means of the halves, slope from their logarithms, clipped to -5 ... 12.
fn two_area_start(channels: &[LikelihoodChannel]) -> Result<Vector2<f64>, FitFailure> {
    let (low, high) = channels.split_at(channels.len() / 2);
    let mean = |part: &[LikelihoodChannel], f: fn(&LikelihoodChannel) -> f64| {
        part.iter().map(f).sum::<f64>() / part.len().max(1) as f64
    };
    let levels = [mean(low, |c| c.electrons - c.known), mean(high, |c| c.electrons - c.known)];
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
