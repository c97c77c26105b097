//! Power law through two areas.

use nalgebra::{Matrix3, Vector3};

use crate::analysis::sums::SummedSpectrum;
use crate::model::{BackgroundModel, EnergyWindow};

use super::channels::{Channel, Selection};
use super::curve::{Background, Form};
use super::{FitFailure, Model, power_law};

const MAX_ITERATIONS: usize = 30;
const SETTLED: f64 = 1e-10;

/// The registry's entry.
pub(super) const MODEL: Model = Model {
    model: BackgroundModel::TwoArea,
    words: "a power law A E^-r through the sums of two areas",
    fit,
    by_ratio: false,
    caution: None,
};

const FORM: Form = Form { model: BackgroundModel::TwoArea, ..power_law::FORM };

/// The power law whose sums over two areas are those of the spectrum (Egerton, 2011, section 4.4.2, solved exactly rather
/// than by its approximate formula): the halves of one window, or the first window and the others.
///
/// `S_k = sum_k b`, solved by Newton; by the implicit function theorem `dq/dn_i = J^-1 w_i e_k`, `J_kj = dS_k/dq_j`, for
/// a channel of area k.
fn fit(spectrum: &SummedSpectrum, windows: &[EnergyWindow]) -> Result<Background, FitFailure> {
    let selection = Selection::of(spectrum, windows)?;
    let area = |k: usize| usize::from(k >= selection.upper_from);
    let mut sums = Vector3::zeros();
    selection.channels.iter().enumerate().for_each(|(k, c)| sums[area(k)] += c.weight * c.electrons);
    if sums[0] <= 0.0 || sums[1] <= 0.0 {
        return Err(FitFailure::NoSignal);
    }
    let mut q = selection.two_area_start()?;
    for _ in 0..MAX_ITERATIONS {
        let (modelled, jacobian) = areas(&selection, &q);
        let inverse = invert(&jacobian)?;
        let step = inverse * (sums - modelled);
        q += step;
        if step.amax() < SETTLED {
            let inverse = invert(&areas(&selection, &q).1)?;
            let derivative = |(k, c): (usize, &Channel)| (c.index, inverse.column(area(k)).into_owned() * c.weight);
            let derivatives = selection.channels.iter().enumerate().map(derivative).collect();
            return Ok(Background::new(spectrum, &selection, FORM, q, derivatives));
        }
    }
    Err(FitFailure::NotSettled)
}

/// Sums of the curve over both areas and their derivatives by the parameters.
fn areas(selection: &Selection, q: &Vector3<f64>) -> (Vector3<f64>, Matrix3<f64>) {
    let (mut sums, mut jacobian) = (Vector3::zeros(), Matrix3::zeros());
    for (k, c) in selection.channels.iter().enumerate() {
        let area = usize::from(k >= selection.upper_from);
        let (b, gradient) = FORM.at(q, c.energy_ev, selection.centre_ev);
        sums[area] += c.weight * b;
        for (j, derivative) in gradient.iter().enumerate() {
            jacobian[(area, j)] += c.weight * derivative;
        }
    }
    (sums, jacobian)
}

/// Inverse of the 2 x 2 block, zero elsewhere.
fn invert(jacobian: &Matrix3<f64>) -> Result<Matrix3<f64>, FitFailure> {
    let block = super::invert(&jacobian.fixed_view::<2, 2>(0, 0).into_owned())?;
    let mut whole = Matrix3::zeros();
    whole.fixed_view_mut::<2, 2>(0, 0).copy_from(&block);
    Ok(whole)
}
