//! Energy alignment: how far each position is off, and whole-channel shifts that never interpolate.

use nalgebra::{Matrix3, Vector3};
use ndarray::Axis;

use crate::model::{EnergyAxis, LineScan};

use super::numeric::least_squares;
use super::thickness::width_at_half;

/// Half width of the window of a zero-loss centroid, eV.
const HALF_WINDOW_EV: f64 = 1.5;
/// Largest shift sought by correlation, eV.
const REACH_EV: f64 = 2.0;
/// Parts of a channel that a target is moved by beforehand: what is left of a shift is then small enough for its slope.
const PARTS: isize = 8;
/// Fewest electrons in L3 at one position for a shift of its own; below, a quadratic drift is used.
pub(super) const ENOUGH_IN_L3: f64 = 100.0;

/// Shifts to add to the energies of every position, eV.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// One per position.
    pub shift_ev: Vec<f64>,
    /// `zero-loss`, `ti-l` or `none`.
    pub method: &'static str,
}

/// No drift: every position as it stands.
pub fn none(positions: usize) -> Drift {
    Drift { shift_ev: vec![0.0; positions], method: "none" }
}

/// Shifts that put every zero-loss peak at 0 eV: centroid of +-1.5 eV about the maximum with fractional window edges,
/// eight passes, so that the result does not lock onto the channel grid.
///
/// `c = sum w n E / sum w n`, `w = clip((1.5 eV + delta / 2 - |E - c|) / delta, 0, 1)`: by the definition of a
/// centroid, the window our own. `None` when a position has no counts above zero in its window, or the sum of all shows no
/// zero-loss peak: its highest peak lies further than 12 eV from 0 eV, or is wider than 6 eV, as a plasmon is.
///
/// # Examples
/// ```
/// use moray::analysis::align::by_zero_loss;
/// use moray::model::{EnergyAxis, LineScan};
/// use ndarray::Array2;
/// let axis = EnergyAxis::new(-10.0, 0.25, 120)?;
/// // The zero loss of position p lies at 0.07 p eV.
/// let counts = Array2::from_shape_fn((5, 120), |(p, i)| {
///     1e5 * (-4.0 * (axis.energy_at(i as f64) - 0.07 * p as f64).powi(2)).exp()
/// });
/// let drift = by_zero_loss(&LineScan::new(axis, counts)?).expect("a zero-loss peak");
/// assert!(drift.shift_ev.iter().enumerate().all(|(p, shift)| (shift + 0.07 * p as f64).abs() < 0.002));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn by_zero_loss(low_loss: &LineScan) -> Option<Drift> {
    let axis = low_loss.axis();
    let sum = low_loss.counts().sum_axis(Axis(0)).to_vec();
    if !has_zero_loss(&sum, axis) {
        return None;
    }
    let shift_ev: Vec<f64> = low_loss
        .counts()
        .rows()
        .into_iter()
        .map(|row| zero_loss_centre(&row.to_vec(), axis).map(|centre| -centre))
        .collect::<Option<_>>()?;
    Some(Drift { shift_ev, method: "zero-loss" })
}

/// How far the axis of a low loss may miss 0 eV, eV: axes of real files are several eV off.
///
/// An own choice.
pub const ZERO_LOSS_WITHIN_EV: f64 = 12.0;
/// A zero-loss peak is no wider than this at half of its height, eV.
const ZERO_LOSS_WIDEST_EV: f64 = 6.0;

/// Whether the highest peak of a spectrum can be its zero loss.
fn has_zero_loss(sum: &[f64], axis: &EnergyAxis) -> bool {
    let Some(centre_ev) = zero_loss_centre(sum, axis) else { return false };
    let width = axis.nearest_channel(centre_ev).and_then(|top| width_at_half(sum, top));
    centre_ev.abs() <= ZERO_LOSS_WITHIN_EV
        && width.is_some_and(|channels| channels * axis.dispersion_ev() <= ZERO_LOSS_WIDEST_EV)
}

/// Centroid of the zero-loss peak, eV; `None` when there is no signal.
pub(super) fn zero_loss_centre(spectrum: &[f64], axis: &EnergyAxis) -> Option<f64> {
    let half = HALF_WINDOW_EV;
    let top = (0..spectrum.len()).max_by(|&i, &j| spectrum[i].total_cmp(&spectrum[j]))?;
    let mut centre = axis.energy_at(top as f64);
    for _ in 0..8 {
        let (mut sum, mut weight) = (0.0, 0.0);
        for (i, n) in spectrum.iter().enumerate() {
            let energy = axis.energy_at(i as f64);
            let w =
                ((half + 0.5 * axis.dispersion_ev() - (energy - centre).abs()) / axis.dispersion_ev()).clamp(0.0, 1.0);
            sum += w * n * energy;
            weight += w * n;
        }
        if weight <= 0.0 {
            return None;
        }
        centre = sum / weight;
    }
    Some(centre)
}

/// Standard deviation of a zero-loss centroid, eV, for counts of this gain and read variance.
///
/// The window moves with the centre, so that `sum (E - c) dn = (N - h (n(c+h) + n(c-h))) dc`: with `N` the counts inside
/// and `n(c +- h)` the counts per eV at its edges, `sigma = sqrt(sum w^2 (E - c)^2 V) / (N - h (n(c+h) + n(c-h)))`. `None`
/// when the denominator is not above zero: no peak that a centroid could hold on to.
pub(super) fn zero_loss_sigma(
    spectrum: &[f64],
    axis: &EnergyAxis,
    centre_ev: f64,
    gain: f64,
    read_variance: f64,
) -> Option<f64> {
    let half = HALF_WINDOW_EV;
    let (mut counts, mut variance) = (0.0, 0.0);
    for (i, n) in spectrum.iter().enumerate() {
        let from_centre = axis.energy_at(i as f64) - centre_ev;
        let w = ((half + 0.5 * axis.dispersion_ev() - from_centre.abs()) / axis.dispersion_ev()).clamp(0.0, 1.0);
        counts += w * n;
        variance += (w * from_centre).powi(2) * (gain * n.max(0.0) + read_variance);
    }
    let at = |energy_ev: f64| axis.nearest_channel(energy_ev).and_then(|i| spectrum.get(i)).copied().unwrap_or(0.0);
    let edges = (at(centre_ev - half) + at(centre_ev + half)) / axis.dispersion_ev();
    let firm = counts - half * edges;
    (firm > 0.0).then(|| variance.sqrt() / firm)
}

/// Standard deviation of the drift of one position by its zero-loss peak, eV (root mean square over a scan), from
/// counting and read noise; `None` where a position has no peak that a centroid could hold on to.
pub(super) fn zero_loss_drift_sigma(low_loss: &LineScan, gain: f64, read_variance: f64) -> Option<f64> {
    let axis = low_loss.axis();
    let of_row = |row: Vec<f64>| zero_loss_sigma(&row, axis, zero_loss_centre(&row, axis)?, gain, read_variance);
    let sigmas: Option<Vec<f64>> = low_loss.counts().rows().into_iter().map(|row| of_row(row.to_vec())).collect();
    root_mean_square(&sigmas?)
}

/// The same of the drift by Ti L. Where positions share a quadratic drift, three numbers stand for all of them, and
/// each knows its own the better by the square root of a third of their number.
pub(super) fn ti_l_drift_sigma(scan: &LineScan, l3_l2_ev: [f64; 2], gain: f64, read_variance: f64) -> Option<f64> {
    let axis = scan.axis();
    let window = TiWindow::around(axis, l3_l2_ev)?;
    let rows: Vec<Vec<f64>> = scan.counts().rows().into_iter().map(|row| row.to_vec()).collect();
    let mut sum = vec![0.0; window.len()];
    rows.iter().for_each(|row| window.add_signal(&row[window.channels()], 0.0, axis.dispersion_ev(), &mut sum));
    let target = TiTarget::new(sum)?;
    let variance = |n: f64| gain * n.max(0.0) + read_variance;
    let of_row = |row: &Vec<f64>| {
        let channels = &row[window.channels()];
        window.best_shift_and_sigma(channels, &target, axis.dispersion_ev(), variance).map(|[_, sigma]| sigma)
    };
    let sigma = root_mean_square(&rows.iter().map(of_row).collect::<Option<Vec<f64>>>()?)?;
    let shared = rows.len() >= 6 && mean_l3_electrons(&window, &rows, gain) < ENOUGH_IN_L3;
    Some(if shared { sigma * (3.0 / rows.len() as f64).sqrt() } else { sigma })
}

fn root_mean_square(values: &[f64]) -> Option<f64> {
    let mean = values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64;
    Some(mean.sqrt()).filter(|rms| rms.is_finite())
}

fn mean_l3_electrons(window: &TiWindow, rows: &[Vec<f64>], gain: f64) -> f64 {
    rows.iter().map(|row| window.l3_excess(&row[window.channels()])).sum::<f64>() / rows.len() as f64 / gain
}

/// Shifts that lay Ti L of every position on their common sum; `l3_l2_ev` are the found energies on the scan's axis.
///
/// Positions with fewer than about 100 electrons in L3 share a quadratic drift through their estimates.
///
/// The shift is `delta (m + q1 / q0 - k)`, eV: `k` the whole channels of highest normalised correlation within about 2 eV,
/// `q0` and `q1` the least-squares coefficients of the sum and of its slope there, the sum moved by `m` channels, the
/// eighth nearest to what it gives unmoved; mean zero over positions. Own construction. `None` when the axis does not hold Ti L with 2 eV of room on both sides or the sum is flat; a position
/// that is flat is taken as unshifted.
///
/// # Examples
/// ```
/// use moray::analysis::align::by_ti_l;
/// use moray::simulate::{World, simulate};
/// let made = simulate(&World { drift_trend_ev: 0.01, ..World::default() }, 1)?.scan;
/// let drift = by_ti_l(&made.core, [460.4, 465.8], 6.0).expect("Ti L");
/// // From the first to the last of 64 positions 0.63 eV were put in.
/// let taken_out = drift.shift_ev[0] - drift.shift_ev[63];
/// assert!((taken_out - 0.63).abs() < 0.15, "{taken_out}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn by_ti_l(scan: &LineScan, l3_l2_ev: [f64; 2], gain: f64) -> Option<Drift> {
    let axis = scan.axis();
    let window = TiWindow::around(axis, l3_l2_ev)?;
    let rows: Vec<Vec<f64>> = scan.counts().rows().into_iter().map(|row| row.to_vec()).collect();
    let electrons = mean_l3_electrons(&window, &rows, gain);
    let mut shifts = vec![0.0; rows.len()];
    for _ in 0..2 {
        let mut sum = vec![0.0; window.len()];
        for (row, shift) in rows.iter().zip(&shifts) {
            window.add_signal(&row[window.channels()], *shift, axis.dispersion_ev(), &mut sum);
        }
        let target = TiTarget::new(sum)?;
        let found: Vec<Option<f64>> =
            rows.iter().map(|row| window.best_shift(&row[window.channels()], &target, axis.dispersion_ev())).collect();
        let smooth = quadratic_drift(&found)?;
        // Where nothing is found the drift of the others says where it would be.
        shifts = match electrons < ENOUGH_IN_L3 {
            true => smooth,
            false => found.iter().zip(smooth).map(|(found, smooth)| found.unwrap_or(smooth)).collect(),
        };
    }
    let mean = shifts.iter().sum::<f64>() / shifts.len() as f64;
    let shift_ev = shifts.iter().map(|s| s - mean).collect();
    Some(Drift { shift_ev, method: "ti-l" })
}

/// Shift to add to `spectrum` so that its Ti L lies where `target`'s does; both on one axis.
///
/// In eV, found as by [`by_ti_l`]. `None` when the axis or a spectrum does not hold Ti L with 2 eV of room on both
/// sides, or either spectrum is flat there.
pub fn ti_l_shift(spectrum: &[f64], target: &[f64], axis: &EnergyAxis, l3_l2_ev: [f64; 2]) -> Option<f64> {
    let window = TiWindow::around(axis, l3_l2_ev)?;
    let target = TiTarget::new(window.signal(target.get(window.channels())?, 0)?)?;
    window.best_shift(spectrum.get(window.channels())?, &target, axis.dispersion_ev())
}

/// Counts of a spectrum, and the variance of a channel that holds so many.
pub(super) type Noisy<'a> = (&'a [f64], &'a dyn Fn(f64) -> f64);

/// Standard deviation of the shift between two spectra found by Ti L, eV, when a channel of either that holds `n` counts
/// has the variance that its function gives. The slope of `target` tells for both how far noise moves them.
pub(super) fn ti_l_shift_sigma(
    spectra: [Noisy<'_>; 2],
    target: &[f64],
    axis: &EnergyAxis,
    l3_l2_ev: [f64; 2],
) -> Option<f64> {
    let window = TiWindow::around(axis, l3_l2_ev)?;
    let target = TiTarget::new(window.signal(target.get(window.channels())?, 0)?)?;
    let sigma = |(spectrum, variance): Noisy<'_>| {
        let channels = spectrum.get(window.channels())?;
        window.best_shift_and_sigma(channels, &target, axis.dispersion_ev(), variance).map(|[_, sigma]| sigma)
    };
    let [one, other] = spectra.map(sigma);
    Some(one?.hypot(other?))
}

/// A quadratic through shifts in the order of positions; their mean below six positions.
pub(super) fn quadratic_drift(shifts: &[Option<f64>]) -> Option<Vec<f64>> {
    let along = |i: usize| i as f64 / shifts.len() as f64;
    let found: Vec<(f64, f64)> =
        shifts.iter().enumerate().filter_map(|(i, shift)| shift.map(|shift| (along(i), shift))).collect();
    if found.len() < 6 {
        let mean = found.iter().map(|(_, shift)| shift).sum::<f64>() / found.len().max(1) as f64;
        return Some(vec![mean; shifts.len()]);
    }
    let (u, values): (Vec<f64>, Vec<f64>) = found.into_iter().unzip();
    let columns = [vec![1.0; u.len()], u.clone(), u.iter().map(|u| u * u).collect()];
    let (q, _) = least_squares(&columns, &values)?;
    Some((0..shifts.len()).map(along).map(|u| q[0] + q[1] * u + q[2] * u * u).collect())
}

/// The channels of Ti L2,3 on one axis, with room for shifts on both sides.
pub(super) struct TiWindow {
    from: usize,
    len: usize,
    reach: usize,
    l3: std::ops::Range<usize>,
}

impl TiWindow {
    pub(super) fn around(axis: &EnergyAxis, [l3, l2]: [f64; 2]) -> Option<Self> {
        let from = axis.nearest_channel(l3 - 5.0)?;
        let to = axis.nearest_channel(l2 + 4.0)?;
        let reach = (REACH_EV / axis.dispersion_ev()).ceil() as usize + 1;
        let inside = from >= reach && to + reach < axis.channels() && to > from + 8;
        let l3 = axis.nearest_channel(l3 - 1.5)?..axis.nearest_channel(l3 + 1.5)? + 1;
        inside.then_some(Self { from, len: to - from, reach, l3 })
    }

    /// Channels of a whole spectrum that the search looks at; what follows is given these alone.
    pub(super) fn channels(&self) -> std::ops::Range<usize> {
        self.from - self.reach..self.from + self.len + self.reach
    }

    /// Channels of Ti L itself.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The channels of Ti L `shift` channels up.
    fn part<'a>(&self, channels: &'a [f64], shift: isize) -> Option<&'a [f64]> {
        let from = self.reach.checked_add_signed(shift)?;
        channels.get(from..from + self.len)
    }

    /// The signal `shift` channels up, its mean removed.
    fn signal(&self, channels: &[f64], shift: isize) -> Option<Vec<f64>> {
        let part = self.part(channels, shift)?;
        let mean = part.iter().sum::<f64>() / self.len as f64;
        Some(part.iter().map(|v| v - mean).collect())
    }

    /// Counts of L3 above the level before it.
    pub(super) fn l3_excess(&self, channels: &[f64]) -> f64 {
        let before = &channels[self.reach..self.reach + 4];
        let level = before.iter().sum::<f64>() / 4.0;
        let first = self.from - self.reach;
        channels[self.l3.start - first..self.l3.end - first].iter().map(|v| v - level).sum()
    }

    /// Adds the signal of a spectrum whose energies must be moved by `shift_ev` to a sum.
    pub(super) fn add_signal(&self, channels: &[f64], shift_ev: f64, dispersion_ev: f64, sum: &mut [f64]) {
        // A spectrum that must move up is read from lower channels.
        let whole = (-shift_ev / dispersion_ev).round() as isize;
        let whole = whole.clamp(-(self.reach as isize), self.reach as isize);
        if let Some(signal) = self.signal(channels, whole) {
            sum.iter_mut().zip(signal).for_each(|(sum, value)| *sum += value);
        }
    }

    /// Shift in eV to add to the spectrum's energies, by the maximum of the normalised correlation.
    fn best_shift(&self, channels: &[f64], target: &TiTarget, dispersion_ev: f64) -> Option<f64> {
        self.best(channels, target).map(|found| found.channels() * dispersion_ev)
    }

    /// The same with its standard deviation when a channel of `n` counts has this variance: that of the coefficient of
    /// the target's slope over that of the target itself.
    pub(super) fn best_shift_and_sigma(
        &self,
        channels: &[f64],
        target: &TiTarget,
        dispersion_ev: f64,
        variance: impl Fn(f64) -> f64,
    ) -> Option<[f64; 2]> {
        let found = self.best(channels, target)?;
        let part = self.part(channels, found.whole)?;
        let of_slope = found.basis.inverse.row(1);
        let influence = |i: usize| (of_slope * found.basis.row(i))[0] / found.q[0];
        let squares: f64 = part.iter().enumerate().map(|(i, n)| influence(i).powi(2) * variance(*n)).sum();
        Some([found.channels() * dispersion_ev, squares.sqrt() * dispersion_ev])
            .filter(|found| found.iter().all(|value| value.is_finite()))
    }

    /// The whole shift of highest correlation, and the fit there by the target moved to where its slope says.
    fn best<'a>(&self, channels: &[f64], target: &'a TiTarget) -> Option<Fitted<'a>> {
        let reach = self.reach as isize;
        let correlation = |shift: isize| {
            let part = self.part(channels, shift)?;
            let (mut product, mut sum, mut squares) = (0.0, 0.0, 0.0);
            for (n, t) in part.iter().zip(&target.unmoved().signal) {
                product += n * t;
                sum += n;
                squares += n * n;
            }
            // The target has mean zero, so that the product needs no mean taken off.
            let norm = (squares - sum * sum / self.len as f64).max(0.0).sqrt();
            (norm > 0.0).then(|| product / norm)
        };
        let mut best: Option<(isize, f64)> = None;
        for shift in -reach..=reach {
            let found = correlation(shift)?;
            let inside = shift.abs() < reach;
            if inside && best.is_none_or(|(_, highest)| found >= highest) {
                best = Some((shift, found));
            }
        }
        let (whole, _) = best?;
        let part = self.part(channels, whole)?;
        let basis = target.unmoved();
        let first = Fitted { whole, basis, q: basis.coefficients(part) };
        let basis = target.moved_by(first.fraction());
        Some(Fitted { whole, basis, q: basis.coefficients(part) })
    }
}

/// Where a signal was found.
struct Fitted<'a> {
    /// Channels up.
    whole: isize,
    /// What it was fitted by, and the coefficients.
    basis: &'a Basis,
    q: Vector3<f64>,
}

impl Fitted<'_> {
    /// Channels that the signal lies below its target, less than two: those that the basis was moved by, and the coefficient
    /// of its slope over that of itself. Exactly zero for equal shapes, which a parabola through correlations is not.
    fn fraction(&self) -> f64 {
        let rest = self.q[1] / self.q[0];
        self.basis.moved + if rest.is_finite() { rest.clamp(-1.0, 1.0) } else { 0.0 }
    }

    /// Channels to add to the spectrum's energies.
    fn channels(&self) -> f64 {
        self.fraction() - self.whole as f64
    }
}

/// Ti L as spectra are laid on it, moved by parts of a channel.
pub(super) struct TiTarget {
    bases: Vec<Basis>,
}

impl TiTarget {
    /// A target of this signal of mean zero; `None` when it is flat.
    pub(super) fn new(signal: Vec<f64>) -> Option<Self> {
        let bases = (-PARTS..=PARTS).map(|part| Basis::new(&signal, part as f64 / PARTS as f64));
        Some(Self { bases: bases.collect::<Option<_>>()? })
    }

    fn unmoved(&self) -> &Basis {
        &self.bases[PARTS as usize]
    }

    /// The basis moved by about this many channels, not more than one.
    fn moved_by(&self, channels: f64) -> &Basis {
        let part = (channels * PARTS as f64).round().clamp(-PARTS as f64, PARTS as f64);
        &self.bases[(part as isize + PARTS) as usize]
    }
}

/// A signal, its slope, and the inverse normal matrix of signal, slope and constant.
struct Basis {
    /// Channels below the target.
    moved: f64,
    signal: Vec<f64>,
    slope: Vec<f64>,
    inverse: Matrix3<f64>,
}

impl Basis {
    /// The target moved down by `moved` channels.
    fn new(target: &[f64], moved: f64) -> Option<Self> {
        let by = 1.0 / PARTS as f64;
        let [signal, up, down] = [moved, moved + by, moved - by].map(|moved| interpolated(target, moved));
        let slope = up.iter().zip(&down).map(|(up, down)| (up - down) / (2.0 * by)).collect();
        let mut basis = Self { moved, signal, slope, inverse: Matrix3::zeros() };
        let normal: Matrix3<f64> = (0..target.len()).map(|i| basis.row(i) * basis.row(i).transpose()).sum();
        basis.inverse = normal.cholesky()?.inverse();
        Some(basis)
    }

    fn row(&self, i: usize) -> Vector3<f64> {
        Vector3::new(self.signal[i], self.slope[i], 1.0)
    }

    fn coefficients(&self, part: &[f64]) -> Vector3<f64> {
        let right: Vector3<f64> = part.iter().enumerate().map(|(i, n)| self.row(i) * *n).sum();
        self.inverse * right
    }
}

/// The values at `i + moved`, by the polynomial through the six nearest; end values go on beyond the ends.
fn interpolated(values: &[f64], moved: f64) -> Vec<f64> {
    const NODES: std::ops::RangeInclusive<i32> = -2..=3;
    let (whole, t) = (moved.floor(), moved - moved.floor());
    let weight = |node: i32| -> f64 {
        let others = NODES.filter(|other| *other != node);
        others.map(|other| (t - f64::from(other)) / f64::from(node - other)).product()
    };
    let weights: Vec<(isize, f64)> = NODES.map(|node| (whole as isize + node as isize, weight(node))).collect();
    let last = values.len().saturating_sub(1);
    let value = |i: usize| weights.iter().map(|(by, w)| w * values[i.saturating_add_signed(*by).min(last)]).sum();
    (0..values.len()).map(value).collect()
}

/// Whole-channel shifts with error feedback: inside one group, in scan order, the rounding error is carried on, so
/// that the mean residual of the group is at most half a channel over its number of positions.
///
/// Returns the channels each position is moved up by, and the mean residual in eV.
///
/// `want = s / delta + carry`, `k = round(want)`, `carry = want - k`: own construction. Without positions there are no
/// channels and the residual is 0.
///
/// # Examples
/// ```
/// use moray::analysis::align::whole_channels;
/// // 0.1 eV on channels of 0.25 eV: rounding alone would move nothing.
/// let (moves, residual_ev) = whole_channels(&[0.1; 10], 0.25);
/// assert_eq!(moves.iter().sum::<isize>(), 4);
/// assert!(residual_ev.abs() < 0.0125 + 1e-12);
/// ```
pub fn whole_channels(shift_ev: &[f64], dispersion_ev: f64) -> (Vec<isize>, f64) {
    let mut carry = 0.0;
    let channels: Vec<isize> = shift_ev
        .iter()
        .map(|shift| {
            let want = shift / dispersion_ev + carry;
            let whole = want.round();
            carry = want - whole;
            whole as isize
        })
        .collect();
    let residual: f64 = shift_ev.iter().zip(&channels).map(|(s, &k)| s - k as f64 * dispersion_ev).sum();
    (channels, residual / shift_ev.len().max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_feedback_leaves_almost_no_mean_residual() {
        let shifts: Vec<f64> = (0..17).map(|k| 0.013 * k as f64 - 0.1).collect();
        let (channels, residual) = whole_channels(&shifts, 0.25);
        assert!(residual.abs() <= 0.25 / 2.0 / 17.0 + 1e-12);
        assert!(channels.iter().any(|&k| k != 0));
    }

    #[test]
    fn a_plasmon_alone_is_no_zero_loss_and_neither_is_a_constant() {
        let axis = EnergyAxis::new(5.0, 0.25, 300).unwrap();
        let plasmon = |e: f64| 1e4 * e / ((e * e - 576.0).powi(2) + 169.0 * e * e).max(1.0) * 1e3;
        let scan = |curve: &dyn Fn(f64) -> f64, axis: EnergyAxis| {
            let counts = ndarray::Array2::from_shape_fn((4, 300), |(_, i)| curve(axis.energy_at(i as f64)));
            LineScan::new(axis, counts).unwrap()
        };
        assert_eq!(by_zero_loss(&scan(&plasmon, axis)), None, "its maximum lies 24 eV off");
        let near = EnergyAxis::new(-30.0, 0.25, 300).unwrap();
        assert_eq!(by_zero_loss(&scan(&|_| 100.0, near)), None);
        let peak = |e: f64| 1e5 * (-4.0 * (e + 8.0).powi(2)).exp() + plasmon(e + 8.0).max(0.0);
        assert!(by_zero_loss(&scan(&peak, near)).is_some(), "axes may be 8 eV off");
    }
}
