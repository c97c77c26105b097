//! What was done, in its order, one statement for each step; the methods paragraph tells the same in its own order.

use crate::analysis::Report;
use crate::model::Recipe;

use super::{comparison, models, preparation};

/// The steps from the scans to the drops, plain ASCII but for names. Steps that were not taken are left out.
pub(in crate::export) fn steps(report: &Report, recipe: &Recipe) -> Vec<String> {
    let parts = [
        preparation::scans(report),
        preparation::gain(report),
        preparation::spikes(report),
        preparation::pattern(report),
        preparation::alignment(report),
        preparation::calibration(report, recipe),
        preparation::thickness(report),
        preparation::sites(report, recipe),
        comparison::backgrounds(report, recipe),
        comparison::normalisation(report),
        comparison::ti_l(report, recipe),
        preparation::self_check(report),
        models::joint_fits(report),
        models::unmixing(report),
        comparison::choices(report, recipe),
        comparison::drops(report),
        comparison::results(report),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).map(|part| part.replace('\u{b1}', "+-")).collect()
}
