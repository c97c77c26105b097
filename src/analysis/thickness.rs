//! Thickness by the log ratio, and spectra of thinner scans brought to the plural scattering of the thickest.

use std::sync::Arc;

use realfft::num_complex::Complex64;

use crate::model::{EnergyWindow, LineScan, Recipe};

use super::align::{by_zero_loss, whole_channels, zero_loss_centre};
use super::background;
use super::fourier::{Fourier, Response};
use super::sums::SummedSpectrum;

/// Half width of the zero-loss window, eV.
pub(super) const ZERO_LOSS_EV: f64 = 2.5;
/// Most of the low loss below zero that is used, eV.
const BELOW_ZERO_EV: f64 = 15.0;
/// Fewest eV above zero for a low loss to hold the plasmon.
const LEAST_RANGE_EV: f64 = 30.0;
/// End of a low loss from which its tail is continued, eV.
const TAIL_EV: f64 = 5.0;
/// Differences of t/lambda above this are matched.
///
/// Dimensionless, an own choice.
pub const MATCH_ABOVE: f64 = 0.05;
/// Width of the low pass over that of the zero-loss peak.
pub(super) const LOW_PASS: f64 = 2.0;
/// Furthest extension of a spectrum to lower energy, eV.
const EXTENSION_EV: f64 = 250.0;
/// Lowest energy of that extension, eV.
const LOWEST_EV: f64 = 60.0;

/// The low loss of a scan, aligned and summed.
#[derive(Debug, Clone, PartialEq)]
pub struct LowLoss {
    /// Unit area, zero loss in sample 0, on the grid asked for.
    pub response: Response,
    /// Share of electrons within 2.5 eV of zero loss.
    pub zero_loss_share: f64,
    /// Full width at half maximum of the zero-loss peak, eV.
    pub fwhm_ev: f64,
}

impl LowLoss {
    /// Sums all positions, each laid on its zero-loss peak by whole channels with error feedback, and samples the sum
    /// every `dispersion_ev` from the peak on.
    ///
    /// `None` when there is no zero-loss peak, it lies outside the range, or the range ends before 30 eV: then the
    /// thickness is unknown.
    ///
    /// Samples are dimensionless shares by cubic (Catmull-Rom) interpolation; the share of zero loss is that within 2.5
    /// eV of all from 15 eV below it on. Own construction.
    ///
    /// # Examples
    /// ```
    /// use moray::analysis::thickness::LowLoss;
    /// use moray::model::{EnergyAxis, LineScan};
    /// use ndarray::Array2;
    /// let axis = EnergyAxis::new(-20.0, 0.25, 480)?;
    /// let peak = |e: f64, fwhm: f64| (-2.7726 * (e / fwhm).powi(2)).exp() / fwhm;
    /// // 60 % of all electrons lose nothing, the others about 24 eV; the energies of position p are 0.07 p eV off.
    /// let counts = Array2::from_shape_fn((5, 480), |(p, i)| {
    ///     let e = axis.energy_at(i as f64) - 0.07 * p as f64;
    ///     1e5 * (0.6 * peak(e, 0.8) + 0.4 * peak(e - 24.0, 10.0))
    /// });
    /// let low = LowLoss::of(&LineScan::new(axis, counts)?, 0.25).expect("a zero-loss peak");
    /// assert!((low.t_over_lambda() + 0.6_f64.ln()).abs() < 0.01, "{}", low.t_over_lambda());
    /// assert!((0.75..0.95).contains(&low.fwhm_ev), "{}", low.fwhm_ev);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(scan: &LineScan, dispersion_ev: f64) -> Option<Self> {
        let axis = scan.axis();
        let drift = by_zero_loss(scan)?;
        let mean = drift.shift_ev.iter().sum::<f64>() / drift.shift_ev.len().max(1) as f64;
        let about_mean: Vec<f64> = drift.shift_ev.iter().map(|s| s - mean).collect();
        let (moves, _) = whole_channels(&about_mean, axis.dispersion_ev());
        let mut sum = vec![0.0; axis.channels()];
        for (row, up) in scan.counts().rows().into_iter().zip(moves) {
            for (j, value) in row.iter().enumerate() {
                if let Some(slot) = j.checked_add_signed(up).and_then(|k| sum.get_mut(k)) {
                    *slot += value;
                }
            }
        }
        let centre = zero_loss_centre(&sum, axis)?;
        let inside = centre - ZERO_LOSS_EV > axis.first_ev() && centre + LEAST_RANGE_EV < axis.last_ev();
        if !inside {
            return None;
        }
        let window = EnergyWindow::new(centre - ZERO_LOSS_EV, centre + ZERO_LOSS_EV).ok()?;
        let from = EnergyWindow::new(centre - BELOW_ZERO_EV, axis.last_ev() + axis.dispersion_ev()).ok()?;
        let share = window.weights(axis).integrate(&sum) / from.weights(axis).integrate(&sum);
        let fwhm_ev = width_at_half(&sum, axis.nearest_channel(centre)?)? * axis.dispersion_ev();
        let at = |energy: f64| interpolated(&sum, axis.channel_at(energy));
        let above_count = ((axis.last_ev() - centre) / dispersion_ev).floor() as usize + 1;
        let below_count = (BELOW_ZERO_EV.min(centre - axis.first_ev()) / dispersion_ev).floor() as usize;
        let mut above: Vec<f64> = (0..above_count).map(|k| at(centre + k as f64 * dispersion_ev)).collect();
        let mut below: Vec<f64> = (1..=below_count).map(|k| at(centre - k as f64 * dispersion_ev)).collect();
        let area: f64 = above.iter().chain(&below).sum();
        above.iter_mut().chain(&mut below).for_each(|v| *v /= area);
        let known = share > 0.0 && share <= 1.0 && area > 0.0;
        known.then_some(Self { response: Response { above, below }, zero_loss_share: share, fwhm_ev })
    }

    /// The same over at most `below` channels below zero loss and `above` channels above it.
    fn within(&self, [below, above]: [usize; 2]) -> Self {
        let Response { above: more, below: less } = &self.response;
        let mut response = Response {
            above: more.iter().take(above).copied().collect(),
            below: less.iter().take(below).copied().collect(),
        };
        let area: f64 = response.above.iter().chain(&response.below).sum();
        response.above.iter_mut().chain(&mut response.below).for_each(|v| *v /= area);
        Self { response, zero_loss_share: (self.zero_loss_share / area).min(1.0), fwhm_ev: self.fwhm_ev }
    }

    /// Thickness over inelastic mean free path, `ln(I_total / I_zero_loss)` with zero loss within 2.5 eV and the total
    /// up to the end of the range (Egerton, EELS in the Electron Microscope, 3rd ed., 2011, sec. 5.1).
    ///
    /// Losses beyond the range are missing: 0.02 too little when it ends at 100 eV.
    ///
    /// Dimensionless; 0 when all electrons are in the zero loss.
    pub fn t_over_lambda(&self) -> f64 {
        -self.zero_loss_share.ln()
    }

    /// The most that losses beyond the range would add to t/lambda: `ln(1 + n E / 2)`, where they fall as `E^-3` from the
    /// last 5 eV on, `n` the share per eV at the end `E` of the range (own construction; the free-electron tail, Egerton,
    /// sec. 3.3; tails of plasmons fall more steeply).
    fn beyond_range(&self, dispersion_ev: f64) -> f64 {
        let above = &self.response.above;
        let last = ((TAIL_EV / dispersion_ev).ceil() as usize).clamp(1, above.len().max(1));
        let tail: f64 = above.iter().rev().take(last).sum();
        let end_ev = above.len() as f64 * dispersion_ev;
        (0.5 * tail.max(0.0) / (last as f64 * dispersion_ev) * end_ev).ln_1p()
    }
}

/// Standard deviation of t/lambda, dimensionless: its standard error along the scan, and what may lie beyond the range.
///
/// The standard error is the standard deviation of `ln(I_total / I_zero_loss)` of single positions over the square root of
/// their number (by the definition; whatever varies along the scan is in it). What lies beyond the range is anything up to
/// its bound, with a root mean square of `1 / sqrt(3)` of that. Both add in quadrature. `None` below two positions, and where
/// a position has no zero loss.
pub(super) fn sigma(low: &LowLoss, scan: &LineScan, dispersion_ev: f64) -> Option<f64> {
    Some(standard_error(scan)?.hypot(low.beyond_range(dispersion_ev) / 3f64.sqrt()))
}

fn standard_error(scan: &LineScan) -> Option<f64> {
    let axis = scan.axis();
    let at_position = |row: ndarray::ArrayView1<'_, f64>| {
        let row = row.to_vec();
        let centre = zero_loss_centre(&row, axis)?;
        let window = EnergyWindow::new(centre - ZERO_LOSS_EV, centre + ZERO_LOSS_EV).ok()?;
        let from = EnergyWindow::new(centre - BELOW_ZERO_EV, axis.last_ev() + axis.dispersion_ev()).ok()?;
        let share = window.weights(axis).integrate(&row) / from.weights(axis).integrate(&row);
        Some(-share.ln()).filter(|t| t.is_finite())
    };
    let each: Vec<f64> = scan.counts().rows().into_iter().map(at_position).collect::<Option<_>>()?;
    let n = each.len() as f64;
    let mean = each.iter().sum::<f64>() / n;
    let squares: f64 = each.iter().map(|t| (t - mean) * (t - mean)).sum();
    (each.len() > 1).then(|| (squares / (n - 1.0) / n).sqrt())
}

/// The low losses over the range that all of them cover: what ends earlier would look thinner than it is.
pub(super) fn over_common_range(lows: Vec<Option<LowLoss>>) -> Vec<Option<LowLoss>> {
    let shortest = |side: fn(&LowLoss) -> usize| lows.iter().flatten().map(side).min().unwrap_or(0);
    let range = [shortest(|low| low.response.below.len()), shortest(|low| low.response.above.len())];
    lows.iter().map(|low| Some(low.as_ref()?.within(range))).collect()
}

/// Width at half maximum about channel `top`, channels.
pub(super) fn width_at_half(spectrum: &[f64], top: usize) -> Option<f64> {
    let half = 0.5 * spectrum.get(top)?;
    let beyond = |inner: f64, outer: f64| (inner - half) / (inner - outer);
    let up = (top + 1..spectrum.len()).find(|&j| spectrum[j] < half)?;
    let down = (0..top).rev().find(|&j| spectrum[j] < half)?;
    let right = (up - 1) as f64 + beyond(spectrum[up - 1], spectrum[up]);
    let left = (down + 1) as f64 - beyond(spectrum[down + 1], spectrum[down]);
    Some(right - left)
}

/// Cubic (Catmull-Rom) interpolation at a fractional channel, the end values beyond the ends.
fn interpolated(values: &[f64], channel: f64) -> f64 {
    let floor = channel.floor();
    let t = channel - floor;
    let last = values.len().saturating_sub(1) as f64;
    let get = |k: f64| values.get((floor + k).clamp(0.0, last) as usize).copied().unwrap_or(0.0);
    let [p0, p1, p2, p3] = [get(-1.0), get(0.0), get(1.0), get(2.0)];
    p1 + 0.5 * t * (p2 - p0 + t * (2.0 * p0 - 5.0 * p1 + 4.0 * p2 - p3 + t * (3.0 * (p1 - p2) + p3 - p0)))
}

/// Brings spectra of one scan to the plural scattering of a thicker one.
///
/// `K(f) = c + G(f) (F_thick(f) / F_thin(f) - c)`: `F` transforms of the unit-area low losses, `c` the ratio of their
/// zero-loss shares, `G` a Gaussian low pass twice as wide as the zero-loss peak. Electrons that scatter no further stay
/// in their channel and weigh `c`; the rest is added where plasmons put it. Nothing is divided by small numbers, so
/// noise is not amplified, and zero-loss shapes cancel (Egerton et al., Micron 39 (2008) 642, read backwards).
#[derive(Debug, Clone)]
pub struct Matching {
    fourier: Fourier,
    kernel: Vec<Complex64>,
    unscattered: f64,
    extension: usize,
    seen_through: Arc<Response>,
}

impl Matching {
    /// From a thin to a thick specimen, for spectra of `channels` channels that start at `first_ev`.
    ///
    /// Spectra are continued by up to 250 eV to lower energy, not below 60 eV; a thin low loss without signal at a
    /// frequency that is kept lets [`Matching::apply`] give `None`.
    pub fn new(thin: &LowLoss, thick: &LowLoss, first_ev: f64, dispersion_ev: f64, channels: usize) -> Self {
        let extension = extension(first_ev, dispersion_ev);
        let fourier = Fourier::at_least(extension + channels + channels / 8);
        let unscattered = thick.zero_loss_share / thin.zero_loss_share;
        let fwhm_ev = LOW_PASS * thin.fwhm_ev.max(thick.fwhm_ev);
        let low_pass = fourier.low_pass(fwhm_ev, dispersion_ev);
        let (f_thick, f_thin) = (thick.response.transform(&fourier), thin.response.transform(&fourier));
        let kernel: Vec<Complex64> = low_pass
            .iter()
            .zip(f_thick.iter().zip(&f_thin))
            .map(|(g, (thick, thin))| {
                let further = if *g < 1e-14 { Complex64::default() } else { *g * (thick / thin - unscattered) };
                further + unscattered
            })
            .collect();
        let product = f_thin.iter().zip(&kernel).map(|(thin, k)| thin * k).collect();
        let Response { above, below } = &thick.response;
        let seen_through = Arc::new(Response::unwrapped(&fourier.sequence(product), [above.len(), below.len()]));
        Self { fourier, kernel, unscattered, extension, seen_through }
    }

    /// The sum as the thicker specimen would show it, over `c^2`.
    ///
    /// The sum is continued to lower energy by its own power law over `window` (also in channels that not every
    /// position covers), and from its last channel back to its first by a cosine. Dividing by `c^2` makes the variance
    /// of a smooth spectrum its level again; where the spectrum has structure the two differ, so counting, read and
    /// pattern variances are kept apart from the level: those recorded, times `1/c^2` (each electron weighs `1/c` where
    /// it was recorded). What little correlation the added, smooth part brings is left out.
    ///
    /// `None` when no power law fits.
    ///
    /// Electrons per channel; `None` also when the result is not finite.
    ///
    /// # Examples
    /// ```
    /// use moray::analysis::sums::SummedSpectrum;
    /// use moray::analysis::thickness::{LowLoss, Matching};
    /// use moray::model::{EnergyAxis, EnergyWindow, LineScan};
    /// use ndarray::Array2;
    /// let peak = |e: f64, fwhm: f64| (-2.7726 * (e / fwhm).powi(2)).exp() / fwhm;
    /// // A specimen in which this share of all electrons loses about 24 eV.
    /// let low_loss = |lost: f64| {
    ///     let axis = EnergyAxis::new(-20.0, 0.25, 480).unwrap();
    ///     let at = |e: f64| 1e5 * ((1.0 - lost) * peak(e, 0.8) + lost * peak(e - 24.0, 10.0));
    ///     let counts = Array2::from_shape_fn((1, 480), |(_, i)| at(axis.energy_at(i as f64)));
    ///     LowLoss::of(&LineScan::new(axis, counts).unwrap(), 0.25).unwrap()
    /// };
    /// let axis = EnergyAxis::new(480.0, 0.25, 400)?;
    /// let matching = Matching::new(&low_loss(0.0), &low_loss(0.4), axis.first_ev(), 0.25, 400);
    /// let before = EnergyWindow::new(500.0, 525.0)?;
    /// // A power law, and on it a peak at 531 eV as the thin specimen shows it.
    /// let matched = |height: f64| -> Vec<f64> {
    ///     let curve = |e: f64| 2000.0 * (e / 520.0).powf(-3.0) + height * peak(e - 531.0, 1.5);
    ///     let sum = SummedSpectrum::counted(axis, axis.energies().into_iter().map(curve).collect());
    ///     matching.apply(&sum, before).expect("a power law fits").electrons
    /// };
    /// let net: Vec<f64> = matched(1e4).iter().zip(matched(0.0)).map(|(with, without)| with - without).collect();
    /// // Of the peak's electrons 60 % are left where they were, the others have moved up.
    /// let stayed = EnergyWindow::new(527.0, 535.0)?.weights(&axis).integrate(&net);
    /// let all: f64 = net.iter().sum();
    /// assert!((stayed / all - 0.6).abs() < 0.01, "{stayed} of {all}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn apply(&self, sum: &SummedSpectrum, window: EnergyWindow) -> Option<SummedSpectrum> {
        let end = self.extension + sum.electrons.len();
        let values = extended(sum, window, self.extension, self.fourier.length())?;
        let product = self.fourier.transform(&values).iter().zip(&self.kernel).map(|(n, k)| n * k).collect();
        let squared = self.unscattered * self.unscattered;
        let matched = self.fourier.sequence(product);
        let electrons: Vec<f64> = matched[self.extension..end].iter().map(|n| n / squared).collect();
        let finite = electrons.iter().all(|n| n.is_finite());
        let low_loss = Some(self.seen_through.clone());
        finite.then(|| SummedSpectrum { low_loss, ..sum.weighted(electrons, 1.0 / self.unscattered) })
    }
}

/// By how many channels spectra that start at `first_ev` are continued to lower energy.
pub(super) fn extension(first_ev: f64, dispersion_ev: f64) -> usize {
    (EXTENSION_EV.min(first_ev - LOWEST_EV).max(0.0) / dispersion_ev).floor() as usize
}

/// A sum continued by `extension` channels to lower energy by its own power law over `window` (also in channels that not
/// every position covers), then joined end to start over `length` channels. `None` when no power law fits.
pub(super) fn extended(
    sum: &SummedSpectrum,
    window: EnergyWindow,
    extension: usize,
    length: usize,
) -> Option<Vec<f64>> {
    let power = background::power_law(sum, window).ok()?;
    let at = |i: usize| power.at(sum.axis.energy_at(i as f64 - extension as f64));
    let mut values: Vec<f64> = (0..extension + sum.valid.start).map(at).collect();
    values.extend(sum.electrons.iter().skip(sum.valid.start));
    let tail = sum.expected.get(sum.valid.end.saturating_sub(1)).copied()?;
    let end = values.len();
    values[extension + sum.valid.end..].fill(tail);
    values.resize(length.max(end), tail);
    join_ends(&mut values, end);
    Some(values)
}

/// Fills the samples from `end` on by a cosine from the last sample before to the first of all.
pub(super) fn join_ends(values: &mut [f64], end: usize) {
    let Some((tail, first)) =
        end.checked_sub(1).and_then(|last| values.get(last)).copied().zip(values.first().copied())
    else {
        return;
    };
    let join = values.len() - end;
    for (k, value) in values[end..].iter_mut().enumerate() {
        let along = 0.5 - 0.5 * (std::f64::consts::PI * (k + 1) as f64 / (join + 1) as f64).cos();
        *value = tail + along * (first - tail);
    }
}

/// The lowest background window of a recipe that lies in the data: where a sum's own power law is fitted.
///
/// `None` when none of them does.
pub fn extension_window(recipe: &Recipe, sum: &SummedSpectrum) -> Option<EnergyWindow> {
    let windows = recipe.edges.iter().map(|edge| edge.background.window_ev).filter(|window| sum.covers(*window));
    windows.min_by(|a, b| a.lo_ev().total_cmp(&b.lo_ev()))
}
