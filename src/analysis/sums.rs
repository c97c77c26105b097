//! Spectra summed over the positions of a site, in electrons, each on its own calibrated axis.

use std::ops::Range;

use crate::model::{EnergyAxis, EnergyWindow, LineScan};

use super::align::whole_channels;
use super::noise::NoiseModel;
use super::numeric::boxcar;

/// Smoothing of expected counts, eV to each side.
const SMOOTH_EV: f64 = 0.45;

/// A sum over positions, in electrons.
#[derive(Debug, Clone)]
pub struct SummedSpectrum {
    /// Calibrated axis of the reference, moved by the sum's mean residual shift.
    pub axis: EnergyAxis,
    /// Electrons per channel; may be negative.
    pub electrons: Vec<f64>,
    /// Smoothed expectation of `electrons`, not below zero.
    pub expected: Vec<f64>,
    /// Read variance per channel, electrons squared.
    pub read_variance: f64,
    /// Variance of one channel over that of a window (counting part).
    pub channel_factor: f64,
    /// Channels that every summed position covers.
    pub valid: Range<usize>,
    /// Number of positions summed.
    pub positions: usize,
    /// How many positions were moved up by each number of channels; the fixed pattern moves with them.
    pub shift_counts: Vec<(isize, usize)>,
}

impl SummedSpectrum {
    /// Sums `positions` of a scan, each moved by whole channels with error feedback.
    ///
    /// `shift_ev` holds one shift per position of the scan, on the calibrated axis `axis` that all sums share.
    pub fn new(scan: &LineScan, positions: &[usize], axis: &EnergyAxis, shift_ev: &[f64], noise: &NoiseModel) -> Self {
        let wanted: Vec<f64> = positions.iter().map(|&i| shift_ev.get(i).copied().unwrap_or(0.0)).collect();
        let (moves, residual_ev) = whole_channels(&wanted, axis.dispersion_ev());
        let channels = axis.channels();
        let mut counts = vec![0.0; channels];
        let mut valid = 0..channels;
        for (&position, &up) in positions.iter().zip(&moves) {
            let row = scan.spectrum(position);
            let len = row.len() as isize;
            let from = up.clamp(0, channels as isize) as usize;
            let to = (len + up).clamp(0, channels as isize) as usize;
            valid = valid.start.max(from)..valid.end.min(to);
            for (j, value) in counts.iter_mut().enumerate().take(to).skip(from) {
                *value += row[(j as isize - up) as usize];
            }
        }
        valid.end = valid.end.max(valid.start);
        let electrons: Vec<f64> = counts.iter().map(|c| c / noise.gain).collect();
        let expected = boxcar(&electrons, SMOOTH_EV / axis.dispersion_ev()).into_iter().map(|m| m.max(0.0)).collect();
        let read_variance = positions.len() as f64 * noise.read_variance / (noise.gain * noise.gain);
        Self {
            axis: axis.shifted(residual_ev),
            electrons,
            expected,
            read_variance,
            channel_factor: noise.channel_factor,
            valid,
            positions: positions.len(),
            shift_counts: count_shifts(&moves),
        }
    }

    /// Variance of a channel inside a window sum.
    pub fn variance(&self, channel: usize) -> f64 {
        self.expected.get(channel).copied().unwrap_or(0.0) + self.read_variance
    }

    /// Variance of a single channel, which the point spread makes smaller.
    pub fn channel_variance(&self, channel: usize) -> f64 {
        self.channel_factor * self.expected.get(channel).copied().unwrap_or(0.0) + self.read_variance
    }

    /// Whether a window lies on valid channels.
    pub fn covers(&self, window: EnergyWindow) -> bool {
        let half = 0.5 * self.axis.dispersion_ev();
        let [first, last] = self.valid_ev();
        !self.valid.is_empty() && window.lo_ev() >= first - half && window.hi_ev() <= last + half
    }

    /// Energies of the first and last valid channel, eV.
    pub fn valid_ev(&self) -> [f64; 2] {
        let last = self.valid.end.saturating_sub(1);
        [self.axis.energy_at(self.valid.start as f64), self.axis.energy_at(last as f64)]
    }
}

fn count_shifts(moves: &[isize]) -> Vec<(isize, usize)> {
    let mut counts = std::collections::BTreeMap::new();
    moves.iter().for_each(|&k| *counts.entry(k).or_insert(0) += 1);
    counts.into_iter().collect()
}
