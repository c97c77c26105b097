//! Spectra summed over the positions of a site, in electrons, each on its own calibrated axis, with their covariances.

use std::ops::Range;
use std::sync::Arc;

use nalgebra::{DMatrix, DVector};
use rand_distr::{Distribution, Poisson, StandardNormal};

use crate::model::{EnergyAxis, EnergyWindow, LineScan};

use super::align::whole_channels;
use super::broaden::{self, Broadened};
use super::fourier::Response;
use super::noise::NoiseModel;
use super::numeric::boxcar;
use super::pattern::FixedPattern;
use super::plural::PluralScattering;
use super::summed_pattern::{SummedPattern, pattern_covariance, support};

/// Smoothing of expected counts, eV to each side.
pub(super) const SMOOTH_EV: f64 = 0.45;

/// A sum over positions, in electrons.
#[derive(Debug, Clone)]
pub struct SummedSpectrum {
    /// Calibrated axis of the reference, moved by the sum's mean residual shift.
    pub axis: EnergyAxis,
    /// Electrons per channel; may be negative.
    pub electrons: Vec<f64>,
    /// Smoothed expectation of `electrons`, not below zero.
    pub expected: Vec<f64>,
    /// Counting variance of a channel: `expected`, unless the spectrum was matched in thickness.
    pub counting: Vec<f64>,
    /// Read variance per channel, electrons squared.
    pub read_variance: f64,
    /// Variance of one channel over that of a window (counting part).
    pub channel_factor: f64,
    /// Channels that every summed position covers.
    pub valid: Range<usize>,
    /// Fixed pattern as it entered the sum.
    pub pattern: SummedPattern,
    /// Plural scattering that its background shows, where a low loss says how much, and the lowest background window; of
    /// references only.
    pub plural: Option<(Arc<PluralScattering>, EnergyWindow)>,
    /// Low loss that it is seen through, when there is one: recorded with it, or that of the scan it was matched to.
    pub low_loss: Option<Arc<Response>>,
    /// The sum as recorded, when this is what a thicker specimen or a worse resolution would show.
    pub recorded: Option<Arc<SummedSpectrum>>,
    /// How it was broadened to the resolution of another scan; noise, pattern and read variance here are those of the
    /// channels before.
    pub broadened: Option<Arc<Broadened>>,
}

impl SummedSpectrum {
    /// Sums `positions` of a scan, each moved by whole channels with error feedback.
    ///
    /// `shift_ev` holds one shift per position of the scan, on the calibrated axis `axis` that all sums share.
    ///
    /// `n = sum counts / g` in electrons, read variance `N v / g^2` for `N` positions, `expected` the mean over 0.45 eV
    /// to each side and not below zero. Own construction. No positions give zeros; a missing shift counts as 0, and
    /// channels that not every position covers are invalid.
    pub fn new(
        scan: &LineScan,
        positions: &[usize],
        axis: &EnergyAxis,
        shift_ev: &[f64],
        noise: &NoiseModel,
        pattern: &FixedPattern,
    ) -> Self {
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
        let expected = smooth_expectation(&electrons, axis);
        Self {
            axis: axis.shifted(residual_ev),
            read_variance: positions.len() as f64 * noise.read_variance / (noise.gain * noise.gain),
            channel_factor: noise.channel_factor,
            valid,
            pattern: SummedPattern::new(&moves, pattern, &expected, noise.gain),
            counting: expected.clone(),
            electrons,
            expected,
            plural: None,
            low_loss: None,
            recorded: None,
            broadened: None,
        }
    }

    /// What the spectrum is expected to be: its smoothed electrons, with the same noise.
    pub fn expectation(&self) -> Self {
        Self { electrons: self.expected.clone(), ..self.clone() }
    }

    /// A spectrum drawn from the expectation: Poisson counts in every channel (normal ones where electrons weigh
    /// differently after matching in thickness) and normal read noise; no pattern.
    ///
    /// Electrons; a channel in which nothing is expected holds read noise alone. By the definition of the noise model.
    pub fn drawn(&self, random: &mut impl rand::Rng) -> Self {
        if let Some(broadened) = &self.broadened {
            return broadened.measured.drawn(random).broadened(broadened.missing());
        }
        let electrons: Vec<f64> = (self.expected.iter().zip(&self.counting))
            .map(|(&mean, &variance)| {
                let counted = Poisson::new(mean).ok().filter(|_| mean == variance);
                let [counting, reading]: [f64; 2] = [StandardNormal.sample(random), StandardNormal.sample(random)];
                let electrons = match counted {
                    Some(counts) => counts.sample(random),
                    None => mean + variance.max(0.0).sqrt() * counting,
                };
                electrons + self.read_variance.sqrt() * reading
            })
            .collect();
        let expected = smooth_expectation(&electrons, &self.axis);
        let unmatched = self.expected == self.counting;
        let counting = if unmatched { expected.clone() } else { self.counting.clone() };
        Self { electrons, expected, counting, ..self.clone() }
    }

    /// A spectrum of counted electrons: their own variance alone, no read noise and no pattern.
    pub fn counted(axis: EnergyAxis, electrons: Vec<f64>) -> Self {
        let expected = smooth_expectation(&electrons, &axis);
        Self {
            axis,
            counting: expected.clone(),
            read_variance: 0.0,
            channel_factor: 1.0,
            valid: 0..electrons.len(),
            pattern: SummedPattern::new(&[0], &FixedPattern::none(), &expected, 1.0),
            plural: None,
            low_loss: None,
            recorded: None,
            broadened: None,
            electrons,
            expected,
        }
    }

    /// The spectrum that `electrons` are when every recorded electron weighs `weight` where it was recorded, smooth
    /// additions aside: variances are the recorded ones times the weight squared, levels are those of `electrons`.
    ///
    /// Electrons squared; linear error propagation of `w n`.
    pub fn weighted(&self, electrons: Vec<f64>, weight: f64) -> Self {
        let expected = smooth_expectation(&electrons, &self.axis);
        let squared = weight * weight;
        Self {
            axis: self.axis,
            counting: self.counting.iter().map(|mu| squared * mu).collect(),
            read_variance: squared * self.read_variance,
            channel_factor: self.channel_factor,
            valid: self.valid.clone(),
            pattern: self.pattern.weighted(weight),
            plural: None,
            low_loss: None,
            recorded: Some(Arc::new(self.clone())),
            broadened: None,
            electrons,
            expected,
        }
    }

    /// Two sums as measured added channel by channel; their patterns are shared to the degree `shared`.
    ///
    /// Pattern variances `a` and `b` give `a + b + 2 kappa c`, `kappa` the degree and `c` the covariance of fully shared
    /// patterns (linear error propagation); the valid channels are those of both.
    pub fn of_pair(one: &Self, other: &Self, shared: f64) -> Self {
        let (one, other) = (one.measured(), other.measured());
        let add = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a + b).collect::<Vec<f64>>();
        let expected = add(&one.expected, &other.expected);
        Self {
            axis: one.axis,
            electrons: add(&one.electrons, &other.electrons),
            counting: add(&one.counting, &other.counting),
            read_variance: one.read_variance + other.read_variance,
            channel_factor: 0.5 * (one.channel_factor + other.channel_factor),
            valid: one.valid.start.max(other.valid.start)..one.valid.end.min(other.valid.end),
            pattern: SummedPattern::of_pair(&one.pattern, &other.pattern, shared, expected.len()),
            plural: one.plural.clone().or_else(|| other.plural.clone()),
            low_loss: None,
            recorded: None,
            broadened: None,
            expected,
        }
    }

    fn counting_variance(&self, channel: usize) -> f64 {
        self.counting.get(channel).copied().unwrap_or(0.0)
    }

    /// Variance of a channel inside a window sum, pattern included: the weight of fits.
    ///
    /// `mu + v + pattern`, electrons squared, by the definition; a channel that does not exist counts as empty.
    pub fn variance(&self, channel: usize) -> f64 {
        self.counting_variance(channel) + self.read_variance + self.pattern.variance(channel)
    }

    /// Variance of a single channel, whose counting part the point spread makes smaller.
    ///
    /// `f mu + v + pattern`, electrons squared, `f` the channel factor; in a broadened sum all parts take what the
    /// kernel leaves of them. Linear error propagation; a channel that does not exist counts as empty.
    pub fn channel_variance(&self, channel: usize) -> f64 {
        let [counting, white] = self.channel_factors();
        counting * self.counting_variance(channel) + white * (self.read_variance + self.pattern.variance(channel))
    }

    /// Fixed-pattern variance of a channel.
    ///
    /// `sum_{s,s'} H(s) H(s') rho(|s - s'|) (sigma_d^2 / g^2 + sigma_f^2 level^2)`, electrons squared: `H(s)` positions at
    /// shift `s`, `level` the electrons of one position, raised where the relative part may be additive. By the
    /// definition; zero without a pattern.
    pub fn pattern_variance(&self, channel: usize) -> f64 {
        self.pattern.variance(channel)
    }

    /// Covariances of the fixed patterns of every channel of `range` in this sum and in another that shares the pattern
    /// fully.
    ///
    /// [`SummedSpectrum::shared_covariance`] of one channel each, electrons squared: the variance for sums that were shifted
    /// alike, and what the correlation of channels leaves of it otherwise. By the definition.
    pub fn shared_variances(&self, other: &Self, range: Range<usize>) -> Vec<f64> {
        self.pattern.covariances(&other.pattern, range)
    }

    /// Counting and read variance of a channel, the counting part times a factor.
    ///
    /// `factor mu + v`, electrons squared, by the definition; a channel that does not exist counts as empty.
    pub fn noise_variance(&self, channel: usize, factor: f64) -> f64 {
        factor * self.counting_variance(channel) + self.read_variance
    }

    /// Covariance of two results from this sum's noise and pattern, and from the width it was broadened by; the slices
    /// are their derivatives per channel.
    ///
    /// `sum_i G_i G'_i (mu_i + v)` and the pattern's and width's parts (linear error propagation), in the product of
    /// the results' units; zero for derivatives that are zero.
    pub fn covariance(&self, a: &[f64], b: &[f64]) -> f64 {
        let width = self.broadened.as_ref().map_or(0.0, |broadened| broadened.width_covariance(a, b));
        let pattern = self.shared_covariance(a, self, b);
        self.noise_covariance(a, b) + pattern + width
    }

    /// The part of [`SummedSpectrum::covariance`] that counting and reading leave, without the fixed pattern.
    ///
    /// `sum_i G_i G'_i (mu_i + v)` over measured channels (linear error propagation).
    pub fn noise_covariance(&self, a: &[f64], b: &[f64]) -> f64 {
        let (a, b) = (broaden::on_measured(self, a), broaden::on_measured(self, b));
        let (on_a, on_b) = (support(&a), support(&b));
        (on_a.start.max(on_b.start)..on_a.end.min(on_b.end)).map(|i| a[i] * b[i] * self.noise_variance(i, 1.0)).sum()
    }

    /// Covariance of a result of this sum with a result of another that shares its pattern fully.
    ///
    /// `sum_jk G_j G'_k t(j - k) (a a' + r_j r'_k)`: `t` the correlation of both patterns summed over their shifts, `a`
    /// and `r` the additive and relative sizes in electrons (linear error propagation). Zero when either has no
    /// pattern.
    pub fn shared_covariance(&self, a: &[f64], other: &Self, b: &[f64]) -> f64 {
        if self.pattern.is_none() || other.pattern.is_none() {
            return 0.0;
        }
        let (a, b) = (broaden::on_measured(self, a), broaden::on_measured(other, b));
        pattern_covariance(&a, &self.pattern, &b, &other.pattern)
    }

    /// Covariance of channels `range` from counting and read noise, the counting part times `factor`, row-major.
    ///
    /// Electrons squared, by the definition: diagonal, unless the sum was broadened.
    pub fn noise_matrix(&self, range: Range<usize>, factor: f64) -> DMatrix<f64> {
        match &self.broadened {
            Some(broadened) => broadened.noise_matrix(&range, factor),
            None => {
                let variances = range.clone().map(|i| self.noise_variance(i, factor));
                DMatrix::from_diagonal(&DVector::from_iterator(range.len(), variances))
            }
        }
    }

    /// Pattern covariance of channels `range` of this sum with those of another that shares the pattern fully,
    /// row-major.
    ///
    /// Electrons squared, the terms of [`SummedSpectrum::shared_covariance`]; zeros when either has no pattern.
    pub fn pattern_matrix(&self, other: &Self, range: Range<usize>) -> DMatrix<f64> {
        if self.pattern.is_none() || other.pattern.is_none() {
            return DMatrix::zeros(range.len(), range.len());
        }
        let (own, others) = (broaden::map_of(self, &range), broaden::map_of(other, &range));
        let rows = own.as_ref().map_or(range.clone(), |(sources, _)| sources.clone());
        let columns = others.as_ref().map_or(range, |(sources, _)| sources.clone());
        let measured = self.pattern.matrix(&other.pattern, rows, columns);
        let by_rows = match own {
            Some((_, map)) => map * measured,
            None => measured,
        };
        match others {
            Some((_, map)) => by_rows * map.transpose(),
            None => by_rows,
        }
    }

    /// Whether a window lies on valid channels.
    pub fn covers(&self, window: EnergyWindow) -> bool {
        let half = 0.5 * self.axis.dispersion_ev();
        let [first, last] = self.valid_ev();
        !self.valid.is_empty() && window.lo_ev() >= first - half && window.hi_ev() <= last + half
    }

    /// Energies of the first and last valid channel, eV.
    ///
    /// When no channel is valid the second lies below the first.
    pub fn valid_ev(&self) -> [f64; 2] {
        let last = self.valid.end.saturating_sub(1);
        [self.axis.energy_at(self.valid.start as f64), self.axis.energy_at(last as f64)]
    }
}

/// Electrons smoothed over +-0.45 eV, not below zero.
fn smooth_expectation(electrons: &[f64], axis: &EnergyAxis) -> Vec<f64> {
    boxcar(electrons, SMOOTH_EV / axis.dispersion_ev()).into_iter().map(|m| m.max(0.0)).collect()
}
