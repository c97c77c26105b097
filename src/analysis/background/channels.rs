//! The channels that a background is fitted to.

use std::collections::BTreeMap;

use nalgebra::Vector3;

use crate::analysis::sums::SummedSpectrum;
use crate::model::EnergyWindow;

use super::FitFailure;

/// One channel of a fit.
pub(super) struct Channel {
    pub(super) index: usize,
    pub(super) energy_ev: f64,
    /// Share of the channel inside the windows.
    pub(super) weight: f64,
    pub(super) electrons: f64,
    /// Read and pattern variance, electrons squared.
    pub(super) extra_variance: f64,
}

/// All channels of a fit, and the energy that its curve is centred on.
pub(super) struct Selection {
    pub(super) channels: Vec<Channel>,
    /// Geometric mean of the first window, eV.
    pub(super) centre_ev: f64,
    /// Where the upper of two areas begins: the second window of several, the middle channel of one.
    pub(super) upper_from: usize,
}

impl Selection {
    /// The channels of windows; one in several windows counts once.
    pub(super) fn of(spectrum: &SummedSpectrum, windows: &[EnergyWindow]) -> Result<Self, FitFailure> {
        let (first, last) = windows.first().zip(windows.last()).ok_or(FitFailure::NoSignal)?;
        let mut weights: BTreeMap<usize, f64> = BTreeMap::new();
        for (i, weight) in windows.iter().flat_map(|window| window.weights(&spectrum.axis).iter().collect::<Vec<_>>()) {
            *weights.entry(i).or_insert(0.0) += weight;
        }
        let channel = |(index, weight): (usize, f64)| Channel {
            index,
            energy_ev: spectrum.axis.energy_at(index as f64),
            weight: weight.min(1.0),
            electrons: spectrum.electrons[index],
            extra_variance: spectrum.variance(index) - spectrum.expected[index],
        };
        let channels: Vec<Channel> = weights.into_iter().filter(|(_, weight)| *weight > 0.0).map(channel).collect();
        let upper_from = match windows.len() {
            1 => channels.len() / 2,
            _ => channels.partition_point(|c| c.energy_ev < first.hi_ev().min(last.hi_ev())),
        };
        Ok(Self { channels, centre_ev: (first.lo_ev() * first.hi_ev()).sqrt(), upper_from })
    }

    /// `ln b` and exponent of the power law through the mean electrons of the two areas, the exponent clipped to
    /// -5 ... 12: where fits start.
    ///
    /// # Errors
    /// [`FitFailure::NoSignal`] when an area is empty or both together hold no electrons.
    pub(super) fn two_area_start(&self) -> Result<Vector3<f64>, FitFailure> {
        let (low, high) = self.channels.split_at(self.upper_from);
        let x = |c: &Channel| -(c.energy_ev / self.centre_ev).ln();
        let mean =
            |part: &[Channel], f: &dyn Fn(&Channel) -> f64| part.iter().map(f).sum::<f64>() / part.len().max(1) as f64;
        let levels = [mean(low, &|c| c.electrons), mean(high, &|c| c.electrons)];
        let places = [mean(low, &x), mean(high, &x)];
        if low.is_empty() || high.is_empty() || levels.iter().sum::<f64>() <= 0.0 {
            return Err(FitFailure::NoSignal);
        }
        let floor = 1e-3 * (levels[0].abs() + levels[1].abs());
        let logs = levels.map(|level| level.max(floor).ln());
        let slope = ((logs[1] - logs[0]) / (places[1] - places[0])).clamp(-5.0, 12.0);
        let level = 0.5 * (logs[0] + logs[1]) - slope * 0.5 * (places[0] + places[1]);
        let start = Vector3::new(level, slope, 0.0);
        if slope.is_finite() && level.is_finite() { Ok(start) } else { Err(FitFailure::NotSettled) }
    }
}
