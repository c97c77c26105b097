//! The ways to measure a peak: its window's net integral, with or without plural scattering, its fitted component, its
//! highest channel.

use crate::model::{EdgeRecipe, EnergyAxis, EnergyWindow, PeakMeasure};

use super::drops::{self, Drops};
use super::fit;
use super::integrals::Integrals;
use super::net::Pair;
use super::report::RatioSet;
use super::sums::SummedSpectrum;

/// Drops of every peak of an edge by the measure that its recipe names, normalised by the peak `normalise_by`.
///
/// `D = 1 - (I_k / I_a)_site / (I_k / I_a)_reference`, dimensionless: `I` the net window integral, that of the
/// single-scattering edge, the area of the joint fit or the highest net channel, the last without an interval. By the
/// definition.
///
/// # Errors
/// A sentence on why there are none: no such peak, or a measure that needs what is not there.
///
/// # Examples
/// ```
/// use moray::analysis::net::{Pair, Place};
/// use moray::analysis::{measures, sums::SummedSpectrum};
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
/// let drops = measures::measure(&pair, edge, "a").unwrap();
/// assert!((drops.peaks[1].log_ratio.as_ref().unwrap().drop().value - 0.2).abs() < 0.01);
/// assert!(measures::measure(&pair, edge, "z").is_err(), "no such peak");
/// ```
pub fn measure(pair: &Pair<'_>, edge: &EdgeRecipe, normalise_by: &str) -> Result<Drops, String> {
    match edge.measure {
        PeakMeasure::Window | PeakMeasure::SingleScattering => {
            Integrals::of(pair, edge.measure)?.drops(pair, edge, normalise_by)
        }
        PeakMeasure::Maximum => {
            maximum(pair, edge, normalise_by).ok_or_else(|| format!("no peak {normalise_by} to normalise by"))
        }
        PeakMeasure::Component => fit::component_drops(pair, edge, normalise_by),
    }
}

/// Fieller sets of the ratios of peaks that are not detected, where the measure is an integral; none otherwise.
pub(super) fn ratio_sets(pair: &Pair<'_>, edge: &EdgeRecipe, normalise_by: &str) -> Vec<[Option<RatioSet>; 2]> {
    match Integrals::of(pair, edge.measure) {
        Ok(integrals) if edge.measure.by_integrals() => {
            drops::ratio_sets_with(pair, edge, normalise_by, |window| integrals.with_influence(window))
        }
        _ => Vec::new(),
    }
}

/// Drops of the highest net channel of every window.
///
/// The size of a peak is `max_i (n_i - b_i)` over the channels whose centres lie in its window; sigmas are those of the
/// channel chosen, as if it had been chosen beforehand. The choice makes the size larger than the true maximum, the
/// more the noisier the spectrum is, so that a site of fewer electrons seems to drop less: for display only, as it is
/// often drawn. `None` when the edge has no peak `normalise_by`.
fn maximum(pair: &Pair<'_>, edge: &EdgeRecipe, normalise_by: &str) -> Option<Drops> {
    const WHY: &str = "highest net channel: noisy and biased upwards, for display only, hence no interval";
    let drops = drops::measure_with(pair, edge, normalise_by, |window| {
        let site = highest(pair.site, window, |energy| pair.site_background_at(energy));
        let reference = highest(pair.reference, window, |energy| pair.reference_background.at(energy));
        // Fitting refused windows outside the data, so there always is a channel.
        let [site, reference] = [site, reference].map(|channel| channel.unwrap_or(window));
        [pair.site_integral(site), pair.reference_integral(reference)]
    })?;
    Some(Drops { no_interval: Some(WHY.to_owned()), ..drops })
}

/// The window of just that channel, of those centred in `window`, which lies highest above the background; in a window
/// between two centres, that of the nearest channel.
fn highest(sum: &SummedSpectrum, window: EnergyWindow, background: impl Fn(f64) -> f64) -> Option<EnergyWindow> {
    let net = |i: usize| sum.electrons[i] - background(sum.axis.energy_at(i as f64));
    let top = sum.axis.channels_in(window).map(|i| (i, net(i))).max_by(|a, b| a.1.total_cmp(&b.1));
    channel_window(&sum.axis, top.map(|(i, _)| i).or_else(|| sum.axis.nearest_channel(window.centre_ev()))?)
}

fn channel_window(axis: &EnergyAxis, channel: usize) -> Option<EnergyWindow> {
    EnergyWindow::new(axis.energy_at(channel as f64 - 0.5), axis.energy_at(channel as f64 + 0.5)).ok()
}
