//! Sum of power laws that falls and is convex.

use nalgebra::{DMatrix, DVector, Matrix3, Vector3};

use crate::analysis::sums::SummedSpectrum;
use crate::model::{BackgroundModel, EnergyWindow};

use super::channels::{Channel, Selection};
use super::curve::{Background, Form, PARAMETERS};
use super::{FitFailure, Model, nnls, power_law};

/// Exponents of the terms.
const EXPONENTS: [f64; PARAMETERS] = [1.0, 3.0, 5.0];
/// Energies at which the curve is held convex, from the first window to the end of the data.
const HELD: usize = 24;

/// The registry's entry.
pub(super) const MODEL: Model = Model {
    model: BackgroundModel::SumOfPowers,
    words: "a sum of power laws E^-1, E^-3 and E^-5, held positive, falling and convex up to the end of the data, by weighted least squares",
    fit,
    by_ratio: false,
    caution: Some(
        "where the sum of power laws is held falling or convex, its sigma is that of the curve so held, and too small if noise alone made it so",
    ),
};

/// `b(E) = c1 t^-1 + c3 t^-3 + c5 t^-5`, `t = E / E0`, in well-conditioned coordinates:
/// `b = t^-3 (q0 - q1 sinh(2x)/2 + q2 (cosh(2x) - 1)/2)`, `x = ln t`.
const FORM: Form = Form { model: BackgroundModel::SumOfPowers, parameters: PARAMETERS, logarithmic: false, row };

fn row(energy_ev: f64, centre_ev: f64) -> Vector3<f64> {
    derivative((energy_ev / centre_ev).ln(), |_| 1.0)
}

/// The row of `sum_k factor(r_k) c_k t^-r_k`: `c1 = (q2 - q1)/4`, `c3 = q0 - q2/2`, `c5 = (q1 + q2)/4`.
fn derivative(x: f64, factor: impl Fn(f64) -> f64) -> Vector3<f64> {
    let [p1, p3, p5] = EXPONENTS.map(|r| factor(r) * (-r * x).exp());
    Vector3::new(p3, 0.25 * (p5 - p1), 0.25 * (p1 + p5) - 0.5 * p3)
}

/// Weighted least squares, `1/V` from a power law, under `b'' >= 0` at energies up to the end of the data, `b' <= 0` and
/// `b >= 0` at their last (convexity makes both hold before it).
///
/// After W. Van den Broek, D. Jannis and J. Verbeeck, Ultramicroscopy 254 (2023) 113830. Constraints that hold with
/// equality, `A q = 0`, leave `q = P g` with `P = F^-1 - F^-1 A^T (A F^-1 A^T)^-1 A F^-1`; `dq/dn_i = P X_i w_i/V_i`.
fn fit(spectrum: &SummedSpectrum, windows: &[EnergyWindow]) -> Result<Background, FitFailure> {
    let selection = Selection::of(spectrum, windows)?;
    let start = power_law::fit(spectrum, windows)?;
    let weight = |c: &Channel| c.weight / (start.at(c.energy_ev) + c.extra_variance);
    let row = |c: &Channel| row(c.energy_ev, selection.centre_ev);
    let (mut normal, mut right) = (Matrix3::zeros(), Vector3::zeros());
    for c in &selection.channels {
        normal += row(c) * row(c).transpose() * weight(c);
        right += row(c) * (weight(c) * c.electrons);
    }
    let first_ev = selection.channels.first().ok_or(FitFailure::NoSignal)?.energy_ev;
    let constraints = constraints(first_ev, spectrum.valid_ev()[1].max(first_ev), selection.centre_ev);
    let held = held_constraints(&normal, &right, &constraints).ok_or(FitFailure::NotSettled)?;
    let projected = projected_inverse(FORM.invert(&normal)?, &constraints.select_rows(&held));
    let projected = projected.ok_or(FitFailure::NotSettled)?;
    let derivatives = selection.channels.iter().map(|c| (c.index, projected * row(c) * weight(c))).collect();
    Ok(Background::new(spectrum, &selection, FORM, projected * right, derivatives))
}

/// Rows that must not be negative: `t^2 b''` along the range, then `-t b'` and `b` at its end.
fn constraints(from_ev: f64, to_ev: f64, centre_ev: f64) -> DMatrix<f64> {
    let [from, to] = [from_ev, to_ev].map(|energy| (energy / centre_ev).ln());
    let convex = (0..HELD).map(|k| {
        let x = from + (to - from) * k as f64 / (HELD - 1) as f64;
        derivative(x, |r| r * (r + 1.0))
    });
    let rows: Vec<_> = convex.chain([derivative(to, |r| r), derivative(to, |_| 1.0)]).collect();
    DMatrix::from_fn(rows.len(), PARAMETERS, |i, j| rows[i][j])
}

/// Which constraints hold with equality at the constrained minimum.
fn held_constraints(normal: &Matrix3<f64>, right: &Vector3<f64>, constraints: &DMatrix<f64>) -> Option<Vec<usize>> {
    // Unit diagonal: the coordinates differ in size by the square of the window's relative width.
    let scale = normal.diagonal().map(f64::sqrt);
    let f = DMatrix::from_fn(PARAMETERS, PARAMETERS, |k, l| normal[(k, l)] / (scale[k] * scale[l]));
    let g = DVector::from_fn(PARAMETERS, |k, _| right[k] / scale[k]);
    let c = DMatrix::from_fn(constraints.nrows(), PARAMETERS, |i, k| constraints[(i, k)] / scale[k]);
    // Rows of unit length, so that none weighs more by its units.
    let lengths: Vec<f64> = c.row_iter().map(|row| row.norm().max(f64::MIN_POSITIVE)).collect();
    let c = DMatrix::from_fn(c.nrows(), PARAMETERS, |i, k| c[(i, k)] / lengths[i]);
    Some(nnls::constrained(&f, &g, &c)?.1)
}

/// `F^-1` in the directions that the held constraints leave.
fn projected_inverse(inverse: Matrix3<f64>, held: &DMatrix<f64>) -> Option<Matrix3<f64>> {
    if held.nrows() == 0 {
        return Some(inverse);
    }
    let turned = held * inverse;
    let between = &turned * held.transpose();
    let lengths: Vec<f64> = between.diagonal().iter().map(|v| v.max(f64::MIN_POSITIVE).sqrt()).collect();
    let unit = DMatrix::from_fn(between.nrows(), between.ncols(), |k, l| between[(k, l)] / (lengths[k] * lengths[l]));
    let scaled = DMatrix::from_fn(turned.nrows(), PARAMETERS, |k, j| turned[(k, j)] / lengths[k]);
    // Neighbouring energies of one tangent are nearly the same constraint.
    let solved = unit.svd(true, true).solve(&scaled, 1e-9).ok()?;
    let taken = scaled.transpose() * solved;
    Some(Matrix3::from_fn(|k, l| inverse[(k, l)] - taken[(k, l)]))
}
