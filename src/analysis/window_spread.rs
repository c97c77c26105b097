//! How much a drop depends on where its windows lie: a map over background and peak windows.

use crate::model::{EdgeRecipe, EnergyWindow};

use super::integrals::Integrals;
use super::net::Pair;
use super::report::Sensitivity;
use super::systematic;

/// What is added to the limits of the background window, eV: as chosen first, then other starts and an earlier end.
const BACKGROUND_SHIFTS_EV: [[f64; 2]; 8] =
    [[0.0, 0.0], [2.0, 0.0], [-5.0, 0.0], [-12.0, 0.0], [0.0, -1.0], [2.0, -1.0], [-5.0, -1.0], [-12.0, -1.0]];
/// What is added to the limits of all peak windows, eV: as chosen, shifted, widened and narrowed.
const PEAK_SHIFTS_EV: [[f64; 2]; 5] = [[0.0, 0.0], [0.25, 0.25], [-0.25, -0.25], [-0.25, 0.25], [0.25, -0.25]];
/// A drop is stable while no window of the map moves it by more than this many of its total sigma.
const STABLE_WITHIN_SIGMA: f64 = 1.0;

/// Drops of one peak by background window (first index) and peak windows (second).
pub type Map = Vec<Vec<Option<f64>>>;

/// The drop of every peak but `normalise_by`, in the edge's order, over a grid of windows: the limits of the background
/// window moved by up to 12 eV, and those of all peak windows together shifted, widened or narrowed by 0.25 eV. The first
/// entry of every map is the drop as chosen.
///
/// Dimensionless as the drop. `None` where windows lie outside the data or overlap a peak, a background does not settle,
/// or an integral is not above zero; no maps for an edge whose measure is no integral.
///
/// `D = 1 - (I_k / I_a)_site / (I_k / I_a)_reference` by the definition; the grid is our own choice.
///
/// # Examples
/// ```
/// use moray::analysis::net::{Pair, Place};
/// use moray::analysis::{window_spread, sums::SummedSpectrum};
/// use moray::model::{EnergyAxis, Recipe};
///
/// let recipe = Recipe::preset("lto").unwrap();
/// let edge = recipe.edge("O K").unwrap();
/// let axis = EnergyAxis::new(480.0, 0.25, 400).unwrap();
/// // A power law and a step, of which the site keeps 0.8 above peak a.
/// let sum = |kept: f64| {
///     let net = |e: f64| if e < 529.5 { 0.0 } else if e < 532.1 { 1.0 } else { kept };
///     let curve = |e: f64| 3000.0 * ((e / 520.0).powf(-3.0) + net(e));
///     SummedSpectrum::counted(axis, axis.energies().into_iter().map(curve).collect())
/// };
/// let (site, reference) = (sum(0.8), sum(1.0));
/// let place = Place { site: "site", reference: "reference" };
/// let pair = Pair::fit(&site, &reference, edge, place, 0.0).unwrap();
/// let maps = window_spread::maps(&pair, edge, "a");
/// assert_eq!(maps.len(), 3, "b, c and d");
/// // A flat step dropped by 0.2 does so in every window of c.
/// assert!(maps[1].iter().flatten().flatten().all(|drop| (drop - 0.2).abs() < 0.03));
/// assert!(window_spread::spread(&maps[1]).unwrap() < 0.01);
/// ```
pub fn maps(pair: &Pair<'_>, edge: &EdgeRecipe, normalise_by: &str) -> Vec<Map> {
    if !edge.measure.by_integrals() {
        return Vec::new();
    }
    let labels: Vec<&str> =
        edge.peaks.iter().map(|peak| peak.label.as_str()).filter(|label| *label != normalise_by).collect();
    let mut maps = vec![Map::new(); labels.len()];
    let chosen = edge.background.window_ev;
    for [start, end] in BACKGROUND_SHIFTS_EV {
        let moved = systematic::with_background(pair, edge, chosen.lo_ev() + start, chosen.hi_ev() + end);
        let integrals = moved.as_ref().and_then(|pair| Integrals::of(pair, edge.measure).ok());
        for (label, map) in labels.iter().zip(&mut maps) {
            let at = |limits| drop(integrals.as_ref()?, edge, [label, normalise_by], limits);
            map.push(PEAK_SHIFTS_EV.into_iter().map(at).collect());
        }
    }
    maps
}

/// Standard deviation of all values of a map; `None` below two. A plain spread of choices, no part of any interval.
///
/// `sqrt(sum (D - mean)^2 / (n - 1))` by the definition, dimensionless.
pub fn spread(map: &Map) -> Option<f64> {
    deviation(&map.iter().flatten().flatten().copied().collect::<Vec<f64>>())
}

/// A map with the statement that follows from it: the drop is stable when no window moves it by more than its total
/// standard deviation `sigma`. `None` when the drop as chosen is not in the map.
///
/// Stable is `max |D - D_chosen| < sigma`, an own rule, dimensionless.
pub fn sensitivity(map: Map, sigma: f64) -> Option<Sensitivity> {
    let chosen = (*map.first()?.first()?)?;
    let changes = map.iter().flatten().flatten().map(|drop| (drop - chosen).abs());
    let largest_change = changes.fold(0.0, f64::max);
    Some(Sensitivity {
        background_shifts_ev: BACKGROUND_SHIFTS_EV.to_vec(),
        peak_shifts_ev: PEAK_SHIFTS_EV.to_vec(),
        drops: map,
        largest_change,
        stable_within_sigma: STABLE_WITHIN_SIGMA,
        stable: largest_change < STABLE_WITHIN_SIGMA * sigma,
    })
}

/// Drop of a peak relative to the normalising one with every peak window changed by `limits`.
fn drop(integrals: &Integrals<'_, '_>, edge: &EdgeRecipe, labels: [&str; 2], [lo, hi]: [f64; 2]) -> Option<f64> {
    let net = |label: &str| {
        let window = edge.peak(label)?.window_ev;
        let window = EnergyWindow::new(window.lo_ev() + lo, window.hi_ev() + hi).ok()?;
        integrals.covers(window).then(|| integrals.values(window)).filter(|both| both.iter().all(|net| *net > 0.0))
    };
    let [peak, normaliser] = [net(labels[0])?, net(labels[1])?];
    Some(1.0 - peak[0] / normaliser[0] / (peak[1] / normaliser[1]))
}

/// Standard deviation about the mean.
fn deviation(values: &[f64]) -> Option<f64> {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (values.len() > 1).then(|| (squares / (count - 1.0)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_has_no_spread_and_two_have_their_distance_over_the_root_of_two() {
        assert_eq!(deviation(&[0.2]), None);
        assert!((deviation(&[0.1, 0.3]).unwrap() - 0.2 / 2.0_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn stable_means_that_no_window_moves_the_drop_by_more_than_its_sigma() {
        let map = vec![vec![Some(0.20), Some(0.21)], vec![None, Some(0.17)]];
        let found = sensitivity(map.clone(), 0.031).unwrap();
        assert!((found.largest_change - 0.03).abs() < 1e-12 && found.stable);
        assert!(!sensitivity(map, 0.029).unwrap().stable);
        assert_eq!(sensitivity(vec![vec![None, Some(0.1)]], 1.0), None);
    }
}
