//! Exponential by maximum likelihood.

use nalgebra::Vector3;

use crate::analysis::sums::SummedSpectrum;
use crate::model::{BackgroundModel, EnergyWindow};

use super::curve::{Background, Form};
use super::{FitFailure, Model, likelihood};

/// The registry's entry.
pub(super) const MODEL: Model = Model {
    model: BackgroundModel::Exponential,
    words: "an exponential fitted by maximum likelihood",
    fit,
    by_ratio: false,
    caution: None,
};

/// `b(E) = exp(q0 - q1 u)`, `u = (E - E0) / E0`: falls faster than a power law of the same slope, whose `r` decreases
/// with energy relative to it.
const FORM: Form = Form { model: BackgroundModel::Exponential, parameters: 2, logarithmic: true, row };

fn row(energy_ev: f64, centre_ev: f64) -> Vector3<f64> {
    Vector3::new(1.0, -(energy_ev - centre_ev) / centre_ev, 0.0)
}

fn fit(spectrum: &SummedSpectrum, windows: &[EnergyWindow]) -> Result<Background, FitFailure> {
    likelihood::fit(spectrum, windows, FORM)
}
