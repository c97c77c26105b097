//! Energy axes and windows: the one place that knows how eV and channels relate.

use serde::{Deserialize, Serialize};

/// Why an energy axis or window could not be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EnergyError {
    /// The dispersion must be finite and above zero, the first energy finite, and there must be at least one channel.
    #[error("not an energy axis: first channel {first_ev} eV, {dispersion_ev} eV per channel, {channels} channels")]
    Axis {
        /// Energy of channel 0, eV.
        first_ev: f64,
        /// Width of a channel, eV.
        dispersion_ev: f64,
        /// Number of channels.
        channels: usize,
    },
    /// Both limits must be finite and different.
    #[error("not an energy window: {lo_ev} to {hi_ev} eV")]
    Window {
        /// One limit, eV.
        lo_ev: f64,
        /// The other limit, eV.
        hi_ev: f64,
    },
}

/// The energy loss of every channel: channel `i` is centred on `first_ev + i * dispersion_ev`.
///
/// Guaranteed: finite, dispersion above zero, at least one channel.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EnergyAxis {
    first_ev: f64,
    dispersion_ev: f64,
    channels: usize,
}

impl EnergyAxis {
    /// An axis of `channels` channels starting at `first_ev`, `dispersion_ev` wide each.
    ///
    /// # Errors
    /// [`EnergyError::Axis`] when a number is not finite, the dispersion is not above zero, or there is no channel.
    pub fn new(first_ev: f64, dispersion_ev: f64, channels: usize) -> Result<Self, EnergyError> {
        let good = first_ev.is_finite() && dispersion_ev.is_finite() && dispersion_ev > 0.0 && channels > 0;
        if good {
            Ok(Self { first_ev, dispersion_ev, channels })
        } else {
            Err(EnergyError::Axis { first_ev, dispersion_ev, channels })
        }
    }

    /// Energy of the centre of channel 0, eV.
    pub fn first_ev(&self) -> f64 {
        self.first_ev
    }

    /// Energy of the centre of the last channel, eV.
    pub fn last_ev(&self) -> f64 {
        self.energy_at(self.channels as f64 - 1.0)
    }

    /// Width of a channel, eV.
    pub fn dispersion_ev(&self) -> f64 {
        self.dispersion_ev
    }

    /// Number of channels.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Energy at a (possibly fractional) channel, eV.
    pub fn energy_at(&self, channel: f64) -> f64 {
        self.first_ev + channel * self.dispersion_ev
    }

    /// Fractional channel of an energy; may lie outside the axis.
    pub fn channel_at(&self, energy_ev: f64) -> f64 {
        (energy_ev - self.first_ev) / self.dispersion_ev
    }

    /// The channel whose centre is nearest, or `None` when the energy lies outside the axis.
    pub fn nearest_channel(&self, energy_ev: f64) -> Option<usize> {
        let channel = self.channel_at(energy_ev).round();
        (channel >= 0.0 && channel < self.channels as f64).then_some(channel as usize)
    }

    /// Centres of all channels, eV.
    pub fn energies(&self) -> Vec<f64> {
        (0..self.channels).map(|i| self.energy_at(i as f64)).collect()
    }

    /// The half-open range of channels whose centres lie in the window.
    pub fn channels_in(&self, window: EnergyWindow) -> std::ops::Range<usize> {
        let clamp = |c: f64| c.ceil().clamp(0.0, self.channels as f64) as usize;
        let from = clamp(self.channel_at(window.lo_ev));
        let to = clamp(self.channel_at(window.hi_ev)).max(from);
        from..to
    }

    /// The same channels with every energy moved by `shift_ev`.
    pub fn shifted(&self, shift_ev: f64) -> Self {
        Self { first_ev: self.first_ev + shift_ev, ..*self }
    }

    /// The axis after `E = pivot + offset + scale * (E_file - pivot)` (science: calibration by features).
    ///
    /// # Errors
    /// [`EnergyError::Axis`] when the scale is not above zero or something is not finite.
    pub fn recalibrated(&self, pivot_ev: f64, offset_ev: f64, scale: f64) -> Result<Self, EnergyError> {
        let first_ev = pivot_ev + offset_ev + scale * (self.first_ev - pivot_ev);
        Self::new(first_ev, scale * self.dispersion_ev, self.channels)
    }

    /// Whether the window lies on the axis, channel edges included.
    pub fn covers(&self, window: EnergyWindow) -> bool {
        let half = self.dispersion_ev / 2.0;
        window.lo_ev >= self.first_ev - half && window.hi_ev <= self.last_ev() + half
    }
}

/// An energy window, ordered and not empty by construction. In JSON: `[lo, hi]` in eV.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f64; 2]", into = "[f64; 2]")]
pub struct EnergyWindow {
    lo_ev: f64,
    hi_ev: f64,
}

impl EnergyWindow {
    /// The window between two energies in either order.
    ///
    /// # Errors
    /// [`EnergyError::Window`] when a limit is not finite or both are equal.
    pub fn new(a_ev: f64, b_ev: f64) -> Result<Self, EnergyError> {
        if a_ev.is_finite() && b_ev.is_finite() && a_ev != b_ev {
            Ok(Self { lo_ev: a_ev.min(b_ev), hi_ev: a_ev.max(b_ev) })
        } else {
            Err(EnergyError::Window { lo_ev: a_ev, hi_ev: b_ev })
        }
    }

    /// Lower limit, eV.
    pub fn lo_ev(&self) -> f64 {
        self.lo_ev
    }

    /// Upper limit, eV.
    pub fn hi_ev(&self) -> f64 {
        self.hi_ev
    }

    /// Upper minus lower limit, eV.
    pub fn width_ev(&self) -> f64 {
        self.hi_ev - self.lo_ev
    }

    /// Middle of the window, eV.
    pub fn centre_ev(&self) -> f64 {
        0.5 * (self.lo_ev + self.hi_ev)
    }

    /// Whether two windows share more than a limit.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.lo_ev < other.hi_ev && other.lo_ev < self.hi_ev
    }

    /// The same window moved by `shift_ev`.
    pub fn shifted(&self, shift_ev: f64) -> Self {
        Self { lo_ev: self.lo_ev + shift_ev, hi_ev: self.hi_ev + shift_ev }
    }

    /// Share of every channel that lies in the window, `clip((min(E+d/2, hi) - max(E-d/2, lo)) / d, 0, 1)`.
    pub fn weights(&self, axis: &EnergyAxis) -> WindowWeights {
        let from = axis.channel_at(self.lo_ev) - 0.5;
        let to = axis.channel_at(self.hi_ev) + 0.5;
        let limit = axis.channels() as f64;
        let first = from.ceil().clamp(0.0, limit) as usize;
        let end = (to.floor() + 1.0).clamp(first as f64, limit) as usize;
        let half = 0.5 * axis.dispersion_ev();
        let values = (first..end)
            .map(|i| {
                let centre = axis.energy_at(i as f64);
                let inside = (centre + half).min(self.hi_ev) - (centre - half).max(self.lo_ev);
                let share = (inside / axis.dispersion_ev()).clamp(0.0, 1.0);
                // What rounding of energies leaves of a whole channel is a whole channel.
                if share > 1.0 - WHOLE_WITHIN { 1.0 } else { share }
            })
            .collect();
        WindowWeights { first, values }
    }
}

impl TryFrom<[f64; 2]> for EnergyWindow {
    type Error = EnergyError;

    /// A stored window must already be ordered: an inverted one is refused, not turned round.
    fn try_from([lo_ev, hi_ev]: [f64; 2]) -> Result<Self, EnergyError> {
        if lo_ev < hi_ev { Self::new(lo_ev, hi_ev) } else { Err(EnergyError::Window { lo_ev, hi_ev }) }
    }
}

impl From<EnergyWindow> for [f64; 2] {
    fn from(window: EnergyWindow) -> Self {
        [window.lo_ev, window.hi_ev]
    }
}

impl std::fmt::Display for EnergyWindow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1}-{:.1} eV", self.lo_ev, self.hi_ev)
    }
}

/// Weights of a window on the channels it touches: `values[k]` belongs to channel `first + k`.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowWeights {
    /// The first channel touched.
    pub first: usize,
    /// Share of each channel inside the window, 0 to 1.
    pub values: Vec<f64>,
}

/// Share of a channel that rounding of energies may lack.
const WHOLE_WITHIN: f64 = 1e-9;

impl WindowWeights {
    /// Pairs of channel and weight.
    pub fn iter(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.values.iter().enumerate().map(|(k, &w)| (self.first + k, w))
    }

    /// Weighted sum over a spectrum; channels past its end count nothing.
    pub fn integrate(&self, spectrum: &[f64]) -> f64 {
        self.iter().filter_map(|(i, w)| spectrum.get(i).map(|n| w * n)).sum()
    }

    /// The channels touched.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.values.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_inside_a_window_are_whole_on_any_axis() {
        let window = EnergyWindow::new(519.0, 527.5).unwrap();
        for k in 0..200 {
            let axis =
                EnergyAxis::new(430.1 + 0.013 * f64::from(k), 0.25 * (1.0 + 1.7e-4 * f64::from(k)), 600).unwrap();
            let whole = window.weights(&axis).iter().filter(|(_, weight)| *weight >= 1.0).count();
            assert!(whole + 2 >= (8.5 / axis.dispersion_ev()).floor() as usize, "{axis:?}: {whole}");
        }
    }

    #[test]
    fn a_window_between_channel_edges_integrates_a_flat_spectrum_to_its_width() {
        let axis = EnergyAxis::new(500.0, 0.25, 400).unwrap();
        for (lo, hi) in [(529.5, 532.1), (519.03, 527.49), (510.1, 510.2)] {
            let sum = EnergyWindow::new(lo, hi).unwrap().weights(&axis).integrate(&[1.0; 400]);
            assert!((sum - (hi - lo) / 0.25).abs() < 1e-9, "{lo} {hi} {sum}");
        }
    }

    #[test]
    fn a_window_outside_the_axis_touches_nothing() {
        let axis = EnergyAxis::new(500.0, 0.25, 40).unwrap();
        let weights = EnergyWindow::new(600.0, 610.0).unwrap().weights(&axis);
        assert_eq!(weights.integrate(&[1.0; 40]), 0.0);
    }

    #[test]
    fn windows_are_ordered_and_refuse_nonsense() {
        let window = EnergyWindow::new(532.0, 528.0).unwrap();
        assert_eq!((window.lo_ev(), window.hi_ev()), (528.0, 532.0));
        assert!(EnergyWindow::new(1.0, 1.0).is_err());
        assert!(EnergyWindow::new(f64::NAN, 1.0).is_err());
        assert!(serde_json::from_str::<EnergyWindow>("[5.0, 4.0]").is_err());
    }

    #[test]
    fn recalibration_keeps_the_pivot_but_for_the_offset() {
        let axis = EnergyAxis::new(350.0, 0.5, 1024).unwrap();
        let calibrated = axis.recalibrated(459.5, 3.6, 1.034).unwrap();
        let channel = axis.channel_at(459.5);
        assert!((calibrated.energy_at(channel) - 463.1).abs() < 1e-9);
        assert!((calibrated.dispersion_ev() - 0.517).abs() < 1e-12);
    }
}
