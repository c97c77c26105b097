//! What the background model's error may do to a drop: the pre-edge of real titanates is no power law.

use nalgebra::{DMatrix, DVector};

use crate::model::{EdgeRecipe, EnergyWindow};

use super::background;
use super::drops::Drops;
use super::measures;
use super::net::{Pair, Place};
use super::sums::SummedSpectrum;

/// Starts of other background windows before peak a, eV; all end 4 eV before it.
pub(super) const WINDOW_STARTS_EV: [f64; 3] = [16.0, 26.0, 36.0];
/// End of those windows, and of the range the oscillation is measured on, before peak a, eV.
pub(super) const WINDOW_END_EV: f64 = 4.0;
/// Start of the range the oscillation is measured on, before peak a, eV.
const OSCILLATION_START_EV: f64 = 41.0;
/// Ti L lies this far before peak a, eV: where the oscillation's wave number starts.
const TI_BEFORE_A_EV: f64 = 71.0;
/// Distances of neighbours that make Ti L oscillate, angstrom.
const NEIGHBOURS_ANGSTROM: [f64; 3] = [1.75, 1.95, 2.15];
/// hbar^2 / 2m, eV angstrom^2.
const ELECTRON: f64 = 3.81;

/// Covariance of the log ratios from the background model: the larger of what moving the window does and what an
/// oscillation as large as the pre-edge shows would do, peak by peak.
///
/// A relative error `delta(E)` of the common background moves `L_k` by `sum H_k delta`, `H_k = G_site b_site +
/// G_ref b_ref`: proportional to the drop, nearly zero when nothing changed. `a_ev` is the energy of peak a.
///
/// Window: `(L_m - L)^2 - Var(L_m - L)`, the largest of windows that start 16, 26 and 36 eV before a and end 4 eV
/// before it. Oscillation: `eps^2 (C C^T + S S^T)`, `C` and `S` the sums of `H_k` times cosine and sine of `2 k R`,
/// `k = sqrt((E - a + 71 eV) / 3.81 eV A^2)`, R 1.75, 1.95 or 2.15 A, the largest trace; `eps^2` is the mean square of
/// `(n - b) / b` beyond noise over the pre-edge. Dimensionless, own construction. Zero where the data hold neither
/// those windows nor that pre-edge, or show no misfit.
///
/// # Examples
/// ```
/// use moray::analysis::net::{Pair, Place};
/// use moray::analysis::{drops, sums::SummedSpectrum, systematic};
/// use moray::model::{EnergyAxis, Recipe};
///
/// let recipe = Recipe::preset("lto").unwrap();
/// let edge = recipe.edge("O K").unwrap();
/// let axis = EnergyAxis::new(480.0, 0.25, 400).unwrap();
/// // Variances of b, c and d together where the site keeps this share above peak a, and waves run over the background.
/// let variance = |kept: f64, waves: f64| -> f64 {
///     let sum = |kept: f64| {
///         let net = |e: f64| if e < 529.5 { 0.0 } else if e < 532.1 { 1.0 } else { kept };
///         let background = |e: f64| (e / 520.0).powf(-3.0) * (1.0 + waves * (1.2 * e).sin());
///         let curve = |e: f64| 1e5 * (background(e) + net(e));
///         SummedSpectrum::counted(axis, axis.energies().into_iter().map(curve).collect())
///     };
///     let (site, reference) = (sum(kept), sum(1.0));
///     let place = Place { site: "site", reference: "reference" };
///     let pair = Pair::fit(&site, &reference, edge, place, 0.0).unwrap();
///     let drops = drops::measure(&pair, edge, "a").unwrap();
///     systematic::covariance(&pair, edge, &drops, 531.0).trace()
/// };
/// assert_eq!(variance(0.8, 0.0), 0.0, "a power law leaves no doubt");
/// let waved = variance(0.8, 0.01);
/// assert!(waved > 0.0);
/// assert!(variance(1.0, 0.01) < 0.01 * waved, "nothing dropped: the background cancels");
/// ```
pub fn covariance(pair: &Pair<'_>, edge: &EdgeRecipe, drops: &Drops, a_ev: f64) -> DMatrix<f64> {
    let mut covariance = oscillation(pair, drops, a_ev);
    let by_window = other_windows(pair, edge, drops, a_ev);
    for (k, variance) in by_window.iter().enumerate() {
        covariance[(k, k)] = covariance[(k, k)].max(*variance);
    }
    covariance
}

/// Excess squared change of every log ratio under other background windows: `(L_m - L)^2 - Var(L_m - L)`, the largest.
fn other_windows(pair: &Pair<'_>, edge: &EdgeRecipe, drops: &Drops, a_ev: f64) -> Vec<f64> {
    let mut largest = vec![0.0; drops.influences.len()];
    for start in WINDOW_STARTS_EV {
        let Some(moved) = with_window(pair, edge, a_ev - start, a_ev - WINDOW_END_EV, &drops.normalise_by) else {
            continue;
        };
        if moved.influences.len() != drops.influences.len() {
            continue;
        }
        let values = drops.log_ratios().zip(moved.log_ratios());
        for (k, ((here, there), largest)) in values.zip(&mut largest).enumerate() {
            let mut difference = moved.influences[k].clone();
            difference.add(-1.0, &drops.influences[k]);
            let noise = pair.covariance(&difference, &difference);
            *largest = f64::max(*largest, (there - here).powi(2) - noise);
        }
    }
    largest
}

fn with_window(pair: &Pair<'_>, edge: &EdgeRecipe, lo_ev: f64, hi_ev: f64, label: &str) -> Option<Drops> {
    measures::measure(&with_background(pair, edge, lo_ev, hi_ev)?, edge, label).ok()
}

/// The pair with another background window; `None` when it does not fit there.
pub(super) fn with_background<'a>(pair: &Pair<'a>, edge: &EdgeRecipe, lo_ev: f64, hi_ev: f64) -> Option<Pair<'a>> {
    let mut edge = edge.clone();
    edge.background.window_ev = EnergyWindow::new(lo_ev, hi_ev).ok()?;
    let place = Place { site: "", reference: "" };
    Pair::fit(pair.site, pair.reference, &edge, place, pair.shared_pattern).ok()
}

/// Covariance that an oscillation of the measured size and unknown phase causes, for the worst neighbour distance.
fn oscillation(pair: &Pair<'_>, drops: &Drops, a_ev: f64) -> DMatrix<f64> {
    waves(&leverage(pair, drops), relative_misfit(pair, a_ev).unwrap_or(0.0), a_ev)
}

/// The same for results that a relative error of the background moves by `leverage`, energy by energy, where the waves have
/// the mean square `epsilon_squared`.
pub(super) fn waves(leverage: &[Vec<(f64, f64)>], epsilon_squared: f64, a_ev: f64) -> DMatrix<f64> {
    let count = leverage.len();
    let mut worst = DMatrix::zeros(count, count);
    if epsilon_squared <= 0.0 {
        return worst;
    }
    for distance in NEIGHBOURS_ANGSTROM {
        let phase = |energy: f64| 2.0 * distance * ((energy - a_ev + TI_BEFORE_A_EV).max(0.0) / ELECTRON).sqrt();
        let along = |wave: fn(f64) -> f64| {
            DVector::from_iterator(
                count,
                leverage.iter().map(|h| h.iter().map(|(energy, value)| value * wave(phase(*energy))).sum::<f64>()),
            )
        };
        let (c, s) = (along(f64::cos), along(f64::sin));
        let covariance = (&c * c.transpose() + &s * s.transpose()) * epsilon_squared;
        if covariance.trace() > worst.trace() {
            worst = covariance;
        }
    }
    worst
}

/// `H_k` of every log ratio with the energies it belongs to.
fn leverage(pair: &Pair<'_>, drops: &Drops) -> Vec<Vec<(f64, f64)>> {
    let site = &pair.site.axis;
    let energies: Vec<f64> = site.energies();
    let backgrounds: Vec<[f64; 2]> = energies
        .iter()
        .map(|&energy| [pair.site_background_at(energy), pair.reference_background.at(energy)])
        .collect();
    let of = |influence: &super::net::Influence| {
        (0..energies.len())
            .filter(|&i| influence.site[i] != 0.0 || influence.reference[i] != 0.0)
            .map(|i| (energies[i], influence.site[i] * backgrounds[i][0] + influence.reference[i] * backgrounds[i][1]))
            .collect()
    };
    drops.influences.iter().map(of).collect()
}

/// Mean square of `(n - b) / b` beyond noise over the pre-edge, `n` the sum of both spectra and `b` its power law.
pub(super) fn relative_misfit(pair: &Pair<'_>, a_ev: f64) -> Option<f64> {
    let window = EnergyWindow::new(a_ev - OSCILLATION_START_EV, a_ev - WINDOW_END_EV).ok()?;
    if !pair.site.covers(window) || !pair.reference.covers(window) {
        return None;
    }
    let sum = SummedSpectrum::of_pair(pair.site, pair.reference, pair.shared_pattern);
    let power = background::power_law(&sum, window).ok()?;
    let range = sum.axis.channels_in(window);
    let count = range.len() as f64;
    let excess = range.map(|i| {
        let b = power.at(sum.axis.energy_at(i as f64));
        ((sum.electrons[i] - b).powi(2) - sum.channel_variance(i)) / (b * b)
    });
    (count > 0.0).then(|| excess.sum::<f64>() / count)
}
