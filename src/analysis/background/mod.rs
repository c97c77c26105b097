//! Backgrounds under an edge, with the derivatives that carry the noise of every channel into every result.
//!
//! A model is one file and one line in [`MODELS`]. Sources: R. Egerton, Electron Energy-Loss Spectroscopy in the Electron
//! Microscope, 3rd ed., 2011, section 4.4; R. Egerton and M. Malac, Ultramicroscopy 92 (2002) 47.

mod channels;
mod common_shape;
mod curve;
mod exponential;
mod likelihood;
mod log_log;
mod nnls;
mod polynomial;
mod power_law;
mod sum_of_powers;
mod two_area;

use nalgebra::{Matrix2, Vector2};

pub use common_shape::SmoothRatio;
pub use curve::Background;
pub(super) use power_law::{LikelihoodChannel, maximum_likelihood};

use crate::analysis::sums::SummedSpectrum;
use crate::model::{BackgroundModel, EnergyWindow};

/// Every background model, in the order offered.
///
/// In electrons per channel, `x = ln(E / E0)`, `E0` the geometric mean of the first window in eV: power laws
/// `exp(q0 - q1 x)` (by maximum likelihood, by a line through logarithms or by two areas, and the reference's part of
/// the common shape), exponential `exp(q0 - q1 (E / E0 - 1))`, polynomial `exp(q0 - q1 x + q2 x^2)`, sum of powers
/// `c1 t^-1 + c3 t^-3 + c5 t^-5` with `t = E / E0` (Van den Broek, Jannis and Verbeeck, Ultramicroscopy 254
/// (2023) 113830).
pub const MODELS: &[Model] = &[
    common_shape::MODEL,
    power_law::MODEL,
    log_log::MODEL,
    two_area::MODEL,
    exponential::MODEL,
    polynomial::MODEL,
    sum_of_powers::MODEL,
];

/// A background model.
#[derive(Debug)]
pub struct Model {
    /// Which.
    pub model: BackgroundModel,
    /// What a curve of it is, as part of a sentence.
    pub words: &'static str,
    /// Fits one spectrum over windows.
    fit: fn(&SummedSpectrum, &[EnergyWindow]) -> Result<Background, FitFailure>,
    /// Whether a site's background is its reference's times a smooth ratio.
    pub by_ratio: bool,
    /// What a user of it must know.
    pub caution: Option<&'static str>,
}

impl Model {
    /// The model that a recipe names.
    pub fn of(model: BackgroundModel) -> &'static Self {
        MODELS.iter().find(|entry| entry.model == model).unwrap_or(&power_law::MODEL)
    }
}

/// Fits a background to one spectrum over one or more windows; of the common shape, the reference's part.
///
/// Channels in several windows count once. The first window sets the energy at which exponents are stated.
///
/// Electrons per channel; formulas and sources: [`MODELS`]. Without a window there is no signal.
///
/// # Errors
/// [`FitFailure::NoSignal`] when there is too little above zero to fit, [`FitFailure::NotSettled`] when the equations
/// are singular or do not settle.
///
/// # Examples
/// ```
/// use moray::analysis::{background, sums::SummedSpectrum};
/// use moray::model::{BackgroundModel, EnergyAxis, EnergyWindow};
///
/// let axis = EnergyAxis::new(480.0, 0.25, 400)?;
/// let electrons: Vec<f64> = axis.energies().iter().map(|e| 2000.0 * (e / 520.0).powf(-3.0)).collect();
/// let spectrum = SummedSpectrum::counted(axis, electrons);
/// let windows = [EnergyWindow::new(505.0, 527.5)?];
/// let fitted = background::fit(BackgroundModel::PowerLaw, &spectrum, &windows).unwrap();
/// let (r, sigma) = fitted.exponent();
/// assert!((r - 3.0).abs() < 1e-6 && sigma > 0.0);
/// assert!((fitted.at(540.0) - 2000.0 * (540.0_f64 / 520.0).powf(-3.0)).abs() < 1e-6);
/// # Ok::<(), moray::model::EnergyError>(())
/// ```
pub fn fit(
    model: BackgroundModel,
    spectrum: &SummedSpectrum,
    windows: &[EnergyWindow],
) -> Result<Background, FitFailure> {
    let fit = Model::of(model).fit;
    let fitted = fit(spectrum, windows)?;
    match &spectrum.broadened {
        // Neighbours of a broadened spectrum are correlated: only the one measured can say whether the model fits.
        Some(broadened) => Ok(fitted.with_goodness_of(&fit(&broadened.measured, windows)?)),
        None => Ok(fitted),
    }
}

/// A power law by maximum likelihood over one window.
///
/// `b = exp(q0 - q1 ln(E / E0))`, electrons per channel, `E0` the geometric mean of the window, by Fisher scoring
/// (Verbeeck and Van Aert, Ultramicroscopy 101 (2004) 207).
///
/// # Errors
/// As [`fit`].
pub fn power_law(spectrum: &SummedSpectrum, window: EnergyWindow) -> Result<Background, FitFailure> {
    power_law::fit(spectrum, &[window])
}

/// Why a background could not be fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FitFailure {
    /// The mean of the window, or of one of its halves, is not above zero.
    NoSignal,
    /// The equations are singular or did not settle.
    NotSettled,
}

/// `x = ln(E / E0)` and the design row `(1, -x)` of a log-linear model.
pub(super) fn design_row(energy_ev: f64, centre_ev: f64) -> Vector2<f64> {
    Vector2::new(1.0, -(energy_ev / centre_ev).ln())
}

/// Solves the two-parameter Newton step, or says that the matrix is singular.
fn solve(matrix: &Matrix2<f64>, right: &Vector2<f64>) -> Result<Vector2<f64>, FitFailure> {
    let inverse = invert(matrix)?;
    Ok(inverse * right)
}

fn invert(matrix: &Matrix2<f64>) -> Result<Matrix2<f64>, FitFailure> {
    let inverse = matrix.try_inverse().ok_or(FitFailure::NotSettled)?;
    if inverse.iter().all(|v| v.is_finite()) { Ok(inverse) } else { Err(FitFailure::NotSettled) }
}
