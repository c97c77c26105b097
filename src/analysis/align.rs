//! Energy alignment: how far each position is off, and whole-channel shifts that never interpolate.

use crate::model::{EnergyAxis, LineScan};

use super::numeric::least_squares;

/// Largest shift sought by correlation, eV.
const REACH_EV: f64 = 2.0;
/// Fewest electrons in L3 at one position for a shift of its own; below, a quadratic drift is used.
const ENOUGH_IN_L3: f64 = 100.0;

/// Shifts to add to the energies of every position, eV.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// One per position.
    pub shift_ev: Vec<f64>,
    /// `zero-loss`, `ti-l` or `none`.
    pub method: &'static str,
    /// Standard deviation of the mean shift, eV.
    pub sigma_ev: Option<f64>,
}

/// No drift: every position as it stands.
pub fn none(positions: usize) -> Drift {
    Drift { shift_ev: vec![0.0; positions], method: "none", sigma_ev: None }
}

/// Shifts that put every zero-loss peak at 0 eV: centroid of +-1.5 eV about the maximum with fractional window edges,
/// eight passes, so that the result does not lock onto the channel grid.
pub fn by_zero_loss(low_loss: &LineScan) -> Option<Drift> {
    let axis = low_loss.axis();
    let shift_ev: Vec<f64> = low_loss
        .counts()
        .rows()
        .into_iter()
        .map(|row| zero_loss_centre(&row.to_vec(), axis).map(|centre| -centre))
        .collect::<Option<_>>()?;
    Some(Drift { shift_ev, method: "zero-loss", sigma_ev: None })
}

/// Centroid of the zero-loss peak, eV; `None` when there is no signal.
pub(super) fn zero_loss_centre(spectrum: &[f64], axis: &EnergyAxis) -> Option<f64> {
    let half = 1.5;
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

/// Shifts that lay Ti L of every position on their common sum; `l3_l2_ev` are the found energies on the scan's axis.
///
/// Positions with fewer than about 100 electrons in L3 share a quadratic drift through their estimates.
pub fn by_ti_l(scan: &LineScan, l3_l2_ev: [f64; 2], gain: f64) -> Option<Drift> {
    let axis = scan.axis();
    let window = TiWindow::around(axis, l3_l2_ev)?;
    let rows: Vec<Vec<f64>> = scan.counts().rows().into_iter().map(|row| row.to_vec()).collect();
    let electrons = rows.iter().map(|row| window.l3_excess(row)).sum::<f64>() / rows.len() as f64 / gain;
    let mut shifts = vec![0.0; rows.len()];
    for _ in 0..2 {
        let target = window.mean_signal(&rows, &shifts, axis.dispersion_ev());
        shifts = rows.iter().map(|row| window.best_shift(row, &target, axis.dispersion_ev()).unwrap_or(0.0)).collect();
        if electrons < ENOUGH_IN_L3 {
            shifts = quadratic_drift(&shifts)?;
        }
    }
    let mean = shifts.iter().sum::<f64>() / shifts.len() as f64;
    let shift_ev = shifts.iter().map(|s| s - mean).collect();
    Some(Drift { shift_ev, method: "ti-l", sigma_ev: None })
}

/// Shift to add to `spectrum` so that its Ti L lies where `target`'s does; both on one axis. With its standard error.
pub fn ti_l_shift(spectrum: &[f64], target: &[f64], axis: &EnergyAxis, l3_l2_ev: [f64; 2]) -> Option<f64> {
    let window = TiWindow::around(axis, l3_l2_ev)?;
    let target = window.signal(target, 0);
    window.best_shift(spectrum, &target?, axis.dispersion_ev())
}

fn quadratic_drift(shifts: &[f64]) -> Option<Vec<f64>> {
    if shifts.len() < 6 {
        return Some(vec![shifts.iter().sum::<f64>() / shifts.len().max(1) as f64; shifts.len()]);
    }
    let u: Vec<f64> = (0..shifts.len()).map(|i| i as f64 / shifts.len() as f64).collect();
    let columns = [vec![1.0; u.len()], u.clone(), u.iter().map(|u| u * u).collect()];
    let (q, _) = least_squares(&columns, shifts)?;
    Some(u.iter().map(|u| q[0] + q[1] * u + q[2] * u * u).collect())
}

/// The channels of Ti L2,3 on one axis.
struct TiWindow {
    from: usize,
    len: usize,
    reach: usize,
    l3: std::ops::Range<usize>,
}

impl TiWindow {
    fn around(axis: &EnergyAxis, [l3, l2]: [f64; 2]) -> Option<Self> {
        let from = axis.nearest_channel(l3 - 5.0)?;
        let to = axis.nearest_channel(l2 + 4.0)?;
        let reach = (REACH_EV / axis.dispersion_ev()).ceil() as usize + 1;
        let inside = from >= reach && to + reach < axis.channels() && to > from + 8;
        let l3 = axis.nearest_channel(l3 - 1.5)?..axis.nearest_channel(l3 + 1.5)? + 1;
        inside.then_some(Self { from, len: to - from, reach, l3 })
    }

    /// The signal `shift` channels up, with the straight line through its ends removed.
    fn signal(&self, spectrum: &[f64], shift: isize) -> Option<Vec<f64>> {
        let from = self.from.checked_add_signed(shift)?;
        let part = spectrum.get(from..from + self.len)?;
        let mean = part.iter().sum::<f64>() / self.len as f64;
        Some(part.iter().map(|v| v - mean).collect())
    }

    fn l3_excess(&self, spectrum: &[f64]) -> f64 {
        let before = &spectrum[self.from..self.from + 4];
        let level = before.iter().sum::<f64>() / 4.0;
        spectrum[self.l3.clone()].iter().map(|v| v - level).sum()
    }

    fn mean_signal(&self, rows: &[Vec<f64>], shifts: &[f64], dispersion_ev: f64) -> Vec<f64> {
        let mut mean = vec![0.0; self.len];
        for (row, shift) in rows.iter().zip(shifts) {
            // A spectrum that must move up is read from lower channels.
            let channels = (-shift / dispersion_ev).round() as isize;
            let channels = channels.clamp(-(self.reach as isize), self.reach as isize);
            if let Some(signal) = self.signal(row, channels) {
                mean.iter_mut().zip(signal).for_each(|(m, s)| *m += s);
            }
        }
        mean
    }

    /// Shift in eV to add to the spectrum's energies, by the maximum of the normalised correlation.
    fn best_shift(&self, spectrum: &[f64], target: &[f64], dispersion_ev: f64) -> Option<f64> {
        let reach = self.reach as isize;
        let correlations: Vec<f64> = (-reach..=reach)
            .map(|shift| {
                let signal = self.signal(spectrum, shift)?;
                let norm = signal.iter().map(|s| s * s).sum::<f64>().sqrt();
                let product: f64 = signal.iter().zip(target).map(|(a, b)| a * b).sum();
                (norm > 0.0).then(|| product / norm)
            })
            .collect::<Option<_>>()?;
        let top = (1..correlations.len() - 1).max_by(|&i, &j| correlations[i].total_cmp(&correlations[j]))?;
        let whole = top as isize - reach;
        let fraction = fraction_below(&self.signal(spectrum, whole)?, target).unwrap_or(0.0);
        Some((fraction - whole as f64) * dispersion_ev)
    }
}

/// Channels that `signal` lies below `target`, less than one: the coefficient of the target's slope in a least-squares
/// fit of target, slope and constant. Exactly zero for equal shapes, which a parabola through correlations is not.
fn fraction_below(signal: &[f64], target: &[f64]) -> Option<f64> {
    let slope = |i: usize| {
        let (low, high) = (i.saturating_sub(1), (i + 1).min(target.len() - 1));
        (target[high] - target[low]) / (high - low) as f64
    };
    let columns = [target.to_vec(), (0..target.len()).map(slope).collect(), vec![1.0; target.len()]];
    let (q, _) = least_squares(&columns, signal)?;
    let fraction = q[1] / q[0];
    fraction.is_finite().then(|| fraction.clamp(-1.0, 1.0))
}

/// Whole-channel shifts with error feedback: inside one group, in scan order, the rounding error is carried on, so
/// that the mean residual of the group is at most half a channel over its number of positions.
///
/// Returns the channels each position is moved up by, and the mean residual in eV.
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
}
