//! Backgrounds under an edge, with the derivatives that carry counting noise into every result.

mod common_shape;
mod power_law;

use nalgebra::{Matrix2, Vector2};

pub use common_shape::SmoothRatio;
pub use power_law::PowerLaw;
pub(super) use power_law::{LikelihoodChannel, maximum_likelihood};

/// Why a background could not be fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FitFailure {
    /// The mean of the window, or of one of its halves, is not above zero.
    NoSignal,
    /// The equations are singular or did not settle.
    NotSettled,
}

/// `x = ln(E / E0)` and the design row `(1, -x)` of a log-linear model.
fn design_row(energy_ev: f64, centre_ev: f64) -> Vector2<f64> {
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
