//! Power law by an unweighted straight line through logarithms, as older programs fit it.

use nalgebra::{Matrix3, Vector3};

use crate::analysis::sums::SummedSpectrum;
use crate::model::{BackgroundModel, EnergyWindow};

use super::channels::{Channel, Selection};
use super::curve::{Background, Form};
use super::{FitFailure, Model, power_law};

/// The registry's entry.
pub(super) const MODEL: Model = Model {
    model: BackgroundModel::LogLog,
    words: "a power law A E^-r by an unweighted straight line through the logarithms",
    fit,
    by_ratio: false,
    caution: Some(
        "the straight line through logarithms is unweighted, leaves out channels that are not above zero and is biased below about 20 electrons per channel: for comparison with older software",
    ),
};

const FORM: Form = Form { model: BackgroundModel::LogLog, ..power_law::FORM };

/// Least squares of `ln n` on `ln E` over the channels above zero: `q = (sum X X^T)^-1 sum X ln n`,
/// `dq/dn_i = (sum X X^T)^-1 X_i / n_i`.
fn fit(spectrum: &SummedSpectrum, windows: &[EnergyWindow]) -> Result<Background, FitFailure> {
    let selection = Selection::of(spectrum, windows)?;
    let row = |c: &Channel| (FORM.row)(c.energy_ev, selection.centre_ev);
    let used = || selection.channels.iter().filter(|c| c.electrons > 0.0);
    if used().count() <= FORM.parameters {
        return Err(FitFailure::NoSignal);
    }
    let (mut normal, mut right) = (Matrix3::zeros(), Vector3::zeros());
    for c in used() {
        normal += row(c) * row(c).transpose() * c.weight;
        right += row(c) * (c.weight * c.electrons.ln());
    }
    let inverse = FORM.invert(&normal)?;
    let derivatives = used().map(|c| (c.index, inverse * row(c) * (c.weight / c.electrons))).collect();
    Ok(Background::new(spectrum, &selection, FORM, inverse * right, derivatives))
}
