//! Maximum likelihood of curves whose logarithm is linear in their parameters.

use nalgebra::{Matrix3, Vector3};

use crate::analysis::sums::SummedSpectrum;
use crate::model::EnergyWindow;

use super::FitFailure;
use super::channels::Selection;
use super::curve::{Background, Form};

const MAX_ITERATIONS: usize = 30;
/// Longest step of level and exponent.
const MAX_STEP: f64 = 2.0;
/// Relative change of the curve, root mean square, at which the fit has settled.
const SETTLED: f64 = 1e-10;

/// Fits `b = exp(q . row)` with variance `b + v` per channel (`v` read and pattern variance) by Fisher scoring.
///
/// `F = sum b^2/V X X^T`, `g = sum b (n - b)/V X`, `q += F^-1 g`; `dq/dn_i = F^-1 X_i b_i/V_i`. Unbiased down to a few
/// electrons per channel, where a line through logarithms is not.
///
/// # Errors
/// [`FitFailure::NoSignal`] when the mean over either area is not above zero; [`FitFailure::NotSettled`] when the
/// equations are singular or do not settle in 30 iterations.
pub(super) fn fit(spectrum: &SummedSpectrum, windows: &[EnergyWindow], form: Form) -> Result<Background, FitFailure> {
    let selection = Selection::of(spectrum, windows)?;
    let mut q = selection.two_area_start()?;
    for _ in 0..MAX_ITERATIONS {
        let (fisher, score) = scoring(&selection, &form, &q);
        let step = form.invert(&fisher)? * score;
        q += Vector3::new(step[0].clamp(-MAX_STEP, MAX_STEP), step[1].clamp(-MAX_STEP, MAX_STEP), step[2]);
        let change = (step.transpose() * fisher * step)[0] / fisher[(0, 0)];
        if !change.is_finite() {
            return Err(FitFailure::NotSettled);
        }
        if change < SETTLED * SETTLED {
            return settled(spectrum, &selection, form, q);
        }
    }
    Err(FitFailure::NotSettled)
}

fn settled(
    spectrum: &SummedSpectrum,
    selection: &Selection,
    form: Form,
    q: Vector3<f64>,
) -> Result<Background, FitFailure> {
    let inverse = form.invert(&scoring(selection, &form, &q).0)?;
    let derivative = |c: &super::channels::Channel| {
        let (b, gradient) = form.at(&q, c.energy_ev, selection.centre_ev);
        (c.index, inverse * gradient * (c.weight / (b + c.extra_variance)))
    };
    let derivatives = selection.channels.iter().map(derivative).collect();
    Ok(Background::new(spectrum, selection, form, q, derivatives))
}

/// Fisher matrix and score of the current parameters.
fn scoring(selection: &Selection, form: &Form, q: &Vector3<f64>) -> (Matrix3<f64>, Vector3<f64>) {
    let mut fisher = Matrix3::zeros();
    let mut score = Vector3::zeros();
    for c in &selection.channels {
        let (b, gradient) = form.at(q, c.energy_ev, selection.centre_ev);
        let weight = c.weight / (b + c.extra_variance);
        fisher += gradient * gradient.transpose() * weight;
        score += gradient * (weight * (c.electrons - b));
    }
    (fisher, score)
}
