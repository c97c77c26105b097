//! Polynomial in logarithms by maximum likelihood.

use nalgebra::Vector3;

use crate::analysis::sums::SummedSpectrum;
use crate::model::{BackgroundModel, EnergyWindow};

use super::curve::{Background, Form};
use super::{FitFailure, Model, likelihood};

/// The registry's entry.
pub(super) const MODEL: Model = Model {
    model: BackgroundModel::LogPolynomial,
    words: "a second-degree polynomial of ln E for the logarithm, fitted by maximum likelihood",
    fit,
    by_ratio: false,
    caution: Some(
        "a polynomial of ln E bends freely outside its windows: wide windows, or one on either side of the peaks, are needed",
    ),
};

/// `b(E) = exp(q0 - q1 x + q2 x^2)`, `x = ln(E / E0)`: a power law whose exponent changes with `ln E`.
const FORM: Form = Form { model: BackgroundModel::LogPolynomial, parameters: 3, logarithmic: true, row };

fn row(energy_ev: f64, centre_ev: f64) -> Vector3<f64> {
    let x = (energy_ev / centre_ev).ln();
    Vector3::new(1.0, -x, x * x)
}

fn fit(spectrum: &SummedSpectrum, windows: &[EnergyWindow]) -> Result<Background, FitFailure> {
    likelihood::fit(spectrum, windows, FORM)
}
