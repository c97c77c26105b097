//! A power law under an edge at every position.

use std::ops::Range;

use nalgebra::{Matrix2, Vector2};

use super::model::MapModel;
use crate::analysis::background::{FitFailure, LikelihoodChannel, maximum_likelihood};
use crate::model::{EnergyAxis, EnergyWindow};

/// Positions of one tile: a tile of some hundred channels stays in the processor's cache.
pub(super) const TILE: usize = 512;

/// How the fit of a position went; the numbers stand in `status` arrays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FitStatus {
    /// Fitted.
    Fitted = 0,
    /// No signal above zero in the windows, or in one of its halves.
    NoSignal = 1,
    /// The equations are singular or did not settle.
    NotSettled = 2,
}

impl FitStatus {
    /// What the number means, for headers.
    pub const LEGEND: &str = "0 fitted, 1 no background signal, 2 the fit did not settle (values there are NaN)";
}

impl From<FitFailure> for FitStatus {
    fn from(failure: FitFailure) -> Self {
        match failure {
            FitFailure::NoSignal => Self::NoSignal,
            FitFailure::NotSettled => Self::NotSettled,
        }
    }
}

/// The power law of one position: `b(E) = exp(q0 - q1 ln(E / E0))` electrons per channel.
#[derive(Debug, Clone, Copy)]
pub(super) struct PixelFit {
    pub(super) q: Vector2<f64>,
    /// Inverse Fisher matrix: the covariance of `q`.
    pub(super) covariance: Matrix2<f64>,
    /// Chi squared per degree of freedom, single-channel variances.
    pub(super) reduced_chi2: f64,
}

/// The background fit of all positions over the windows of an edge.
#[derive(Debug, Clone)]
pub struct PixelBackgrounds {
    /// The windows, the one before the edge first, calibrated eV.
    pub windows_ev: Vec<EnergyWindow>,
    /// Geometric mean of the first window, eV: `E0`.
    pub centre_ev: f64,
    /// `q0`: logarithm of the electrons per channel at `E0`; NaN where the fit failed.
    pub log_level: Vec<f64>,
    /// `q1`: the exponent r.
    pub exponent: Vec<f64>,
    /// Standard deviation of the exponent.
    pub exponent_sigma: Vec<f64>,
    /// Chi squared per degree of freedom over the windows.
    pub reduced_chi2: Vec<f64>,
    /// How each fit went.
    pub status: Vec<FitStatus>,
}

impl PixelBackgrounds {
    /// How many fitted positions have an exponent outside 0 to 10, and so no pre-edge of an ionisation edge: what is carried
    /// on below the peaks means little there. Where the power law of sums is told the same.
    pub fn far_exponents(&self) -> usize {
        // Failed fits are NaN, which lies nowhere.
        self.exponent.iter().filter(|exponent| **exponent < 0.0 || **exponent > 10.0).count()
    }

    /// The same in words; `None` when there is none.
    pub fn far_exponents_told(&self) -> Option<String> {
        let (far, positions) = (self.far_exponents(), self.status.len());
        (far > 0).then(|| {
            format!("the background exponent lies outside 0 to 10 at {far} of {positions} positions: no power law can be trusted there")
        })
    }

    pub(super) fn push(&mut self, fit: &Result<PixelFit, FitFailure>) {
        let of = |f: fn(&PixelFit) -> f64| fit.as_ref().map_or(f64::NAN, f);
        self.log_level.push(of(|fit| fit.q[0]));
        self.exponent.push(of(|fit| fit.q[1]));
        self.exponent_sigma.push(of(|fit| fit.covariance[(1, 1)].max(0.0).sqrt()));
        self.reduced_chi2.push(of(|fit| fit.reduced_chi2));
        self.status.push(fit.as_ref().map_or_else(|failure| (*failure).into(), |_| FitStatus::Fitted));
    }
}

/// Fits single positions over some windows; holds what they share.
pub(super) struct Fitter<'a> {
    pub(super) model: &'a MapModel,
    windows: Vec<EnergyWindow>,
    /// `E0`.
    pub(super) centre_ev: f64,
    /// Channels that the windows touch at any shift, from low to high, none twice.
    parts: Vec<Range<usize>>,
}

impl<'a> Fitter<'a> {
    /// For windows of which the first sets the energy at which exponents are stated.
    pub(super) fn new(model: &'a MapModel, windows: Vec<EnergyWindow>) -> Self {
        let mut touched: Vec<Range<usize>> = windows.iter().map(|window| model.channels_of(*window)).collect();
        touched.sort_by_key(|range| range.start);
        let mut parts: Vec<Range<usize>> = Vec::new();
        for range in touched {
            match parts.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => parts.push(range),
            }
        }
        let centre_ev = windows.first().map_or(f64::NAN, |first| (first.lo_ev() * first.hi_ev()).sqrt());
        Self { model, windows, centre_ev, parts }
    }

    /// The result of no position yet.
    pub(super) fn backgrounds(&self) -> PixelBackgrounds {
        PixelBackgrounds {
            windows_ev: self.windows.clone(),
            centre_ev: self.centre_ev,
            log_level: Vec::new(),
            exponent: Vec::new(),
            exponent_sigma: Vec::new(),
            reduced_chi2: Vec::new(),
            status: Vec::new(),
        }
    }

    /// How many channels [`Fitter::read`] reads.
    pub(super) fn channels(&self) -> usize {
        self.parts.iter().map(Range::len).sum()
    }

    /// The channels of the windows at the positions of a tile, channel by channel.
    pub(super) fn read(&self, tile: Range<usize>) -> Vec<f32> {
        let mut counts = vec![0.0; self.channels() * tile.len()];
        let mut from = 0;
        for part in &self.parts {
            let to = from + part.len() * tile.len();
            self.model.spectra.read_tile(part.clone(), tile.clone(), &mut counts[from..to]);
            from = to;
        }
        counts
    }

    /// Fits position `k` of a tile of `width` positions, which is position `position` of all; `scratch` is reused.
    pub(super) fn fit(
        &self,
        tile: &[f32],
        width: usize,
        k: usize,
        position: usize,
        scratch: &mut Vec<LikelihoodChannel>,
    ) -> Result<PixelFit, FitFailure> {
        let axis = self.model.axis.shifted(self.model.shift_ev(position));
        let (gain, read) = (self.model.noise.gain, self.model.read_variance());
        scratch.clear();
        for (row, c) in self.parts.iter().cloned().flatten().enumerate() {
            // A channel in several windows counts once.
            let inside = |window: &EnergyWindow| share(*window, &axis, c);
            let weight = self.windows.iter().map(inside).sum::<f64>().min(1.0);
            if weight > 0.0 {
                let x = (axis.energy_at(c as f64) / self.centre_ev).ln();
                let electrons = f64::from(tile[row * width + k]) / gain;
                let row = Vector2::new(1.0, -x);
                scratch.push(LikelihoodChannel { index: c, weight, electrons, extra_variance: read, row, known: 0.0 });
            }
        }
        let (q, fisher) = maximum_likelihood(scratch)?;
        let covariance = fisher.try_inverse().ok_or(FitFailure::NotSettled)?;
        let whole = scratch.iter().filter(|channel| channel.weight >= 1.0);
        let dof = whole.clone().count().saturating_sub(2).max(1) as f64;
        let factor = self.model.noise.channel_factor;
        let chi2: f64 = whole
            .map(|channel| {
                let b = channel.model(&q);
                (channel.electrons - b).powi(2) / (factor * b + read)
            })
            .sum();
        Ok(PixelFit { q, covariance, reduced_chi2: chi2 / dof })
    }
}

/// Share of a channel that lies in a window.
fn share(window: EnergyWindow, axis: &EnergyAxis, channel: usize) -> f64 {
    let (lo, hi) = (axis.channel_at(window.lo_ev()), axis.channel_at(window.hi_ev()));
    let centre = channel as f64;
    ((centre + 0.5).min(hi) - (centre - 0.5).max(lo)).clamp(0.0, 1.0)
}

/// Share of each of these channels that lies in a window.
pub(super) fn weights<'a>(
    window: EnergyWindow,
    axis: &'a EnergyAxis,
    channels: &'a Range<usize>,
) -> impl Iterator<Item = (usize, f64)> + 'a {
    channels.clone().map(move |c| (c, share(window, axis, c)))
}
