//! The detector's fixed pattern: channel-to-channel differences equal at all positions of a scan.
//!
//! Counting noise of a sum grows with the square root of the positions, the pattern with their number, so that on real
//! files the pattern decides. An additive part (dark reference) and a relative part (gain reference) are told apart.

use nalgebra::SVector;

use crate::model::{EnergyAxis, LineScan};

use super::noise::{LAGS, edge_free_regions, filter_half, filtered, lag_system, residual_kernel, source_lags};
use super::numeric::boxcar;
use super::sums::SMOOTH_EV;

/// Fewest positions for halves to be compared.
const MIN_POSITIONS: usize = 8;
/// Channels whose products are taken together for the standard error of the shared part: more than the lags over which
/// a pattern is correlated.
const BLOCK: usize = 2 * LAGS;
/// A share that lies within this many of its standard errors of the whole is the whole.
const WHOLE_WITHIN_SIGMA: f64 = 2.0;

/// Fixed pattern of one scan, in counts of one position.
#[derive(Debug, Clone, PartialEq)]
pub struct FixedPattern {
    /// Variance of the additive part, counts squared.
    pub additive_variance: f64,
    /// Variance of the relative part.
    pub relative_variance: f64,
    /// What the relative part may be instead, when levels were too alike for both parts to be told apart.
    pub doubt: Option<Doubt>,
    /// Correlation between channels at lags 0 to 4.
    pub lag_correlation: [f64; LAGS],
    /// Filtered mean spectrum in the edge-free regions: first channel and values.
    residuals: Vec<(usize, Vec<Residual>)>,
    /// Pattern variance expected in `residuals`.
    residual_variance: f64,
    /// First channel of the file and channels, to tell whether two scans share the detector's channels.
    detector: (f64, f64, usize),
}

/// The pattern was taken as relative, and may be additive.
#[derive(Debug, Clone, PartialEq)]
pub struct Doubt {
    /// Chance that it is additive, 0 to 1.
    pub chance: f64,
    /// Level, counts of one position, at which it was measured: an additive pattern is as large everywhere.
    pub level: f64,
    /// Smoothed mean spectrum of the scan, counts of one position in every detector channel.
    pub mean: Vec<f64>,
}

impl FixedPattern {
    /// No pattern.
    pub fn none() -> Self {
        Self {
            additive_variance: 0.0,
            relative_variance: 0.0,
            doubt: None,
            lag_correlation: [1.0, 0.0, 0.0, 0.0, 0.0],
            residuals: Vec::new(),
            residual_variance: 0.0,
            detector: (0.0, 0.0, 0),
        }
    }

    /// Estimates the pattern from the halves of a scan whose calibrated axis is `axis`, at the energies `quiet_ev`
    /// without edges: whatever the filtered mean spectra of odd and even positions have in common holds no counting
    /// noise.
    ///
    /// `P_0 = sigma_d^2 + sigma_f^2 m^2`, counts squared, over regions of mean `m`, by least squares with neither part
    /// below zero; where the means span less than a factor of 2 all of it is relative, with the [`Doubt`] that it is
    /// additive. Both parts are reduced where `P_0` is below two of its standard errors. Own construction. None below eight
    /// positions, without a region free of edges, and when `P_0` is not above zero.
    ///
    /// # Examples
    /// ```
    /// use moray::analysis::pattern::FixedPattern;
    /// use moray::model::{EnergyAxis, LineScan};
    /// use ndarray::Array2;
    /// use rand::SeedableRng;
    /// use rand_distr::{Distribution, StandardNormal};
    /// let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    /// let mut normal = || -> f64 { StandardNormal.sample(&mut random) };
    /// // 40 positions of 1000 counts in channels that differ by 2 %, and the noise of counting.
    /// let differs: Vec<f64> = (0..800).map(|_| 0.02 * normal()).collect();
    /// let counts =
    ///     Array2::from_shape_fn((40, 800), |(_, i)| 1000.0 * (1.0 + differs[i]) + 1000_f64.sqrt() * normal());
    /// let axis = EnergyAxis::new(560.0, 0.25, 800)?;
    /// let found = FixedPattern::estimate(&LineScan::new(axis, counts)?, &axis, &[[560.0, 760.0]]);
    /// assert!((found.relative_variance.sqrt() / 0.02 - 1.0).abs() < 0.2, "{}", found.relative_variance);
    /// // At one level alone an additive pattern cannot be told from a relative one.
    /// assert!(found.doubt.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn estimate(scan: &LineScan, axis: &EnergyAxis, quiet_ev: &[[f64; 2]]) -> Self {
        let regions = edge_free_regions(axis, quiet_ev);
        if scan.positions() < MIN_POSITIONS || regions.is_empty() {
            return Self::none();
        }
        let halves = [half_mean(scan, 0), half_mean(scan, 1)];
        let kernel = residual_kernel(filter_half(axis));
        let mut found = Vec::new();
        let mut residuals = Vec::new();
        for range in regions {
            let [even, odd] = [0, 1].map(|h: usize| filtered(&halves[h][range.clone()], &kernel));
            let Some(lags) = source_lags(&cross_lags(&even, &odd), &kernel) else { continue };
            let mean = range.clone().map(|i| 0.5 * (halves[0][i] + halves[1][i])).sum::<f64>() / range.len() as f64;
            found.push(Region { mean, channels: even.len() as f64, lags });
            let both = even.iter().zip(&odd).map(|(a, b)| Residual { mean: 0.5 * (a + b), common: a * b }).collect();
            residuals.push((range.start, both));
        }
        let detector = (scan.axis().first_ev(), scan.axis().dispersion_ev(), scan.axis().channels());
        let error = common_error(&residuals);
        let mut pattern = from_regions(&found, &kernel, error);
        let certain = if error > 0.0 { (0.5 / error).min(1.0) } else { 1.0 };
        pattern.additive_variance *= certain;
        pattern.relative_variance *= certain;
        pattern.lag_correlation.iter_mut().skip(1).for_each(|rho| *rho *= certain);
        pattern.doubt = pattern.doubt.filter(|_| certain > 0.0);
        if let Some(doubt) = &mut pattern.doubt {
            let [even, odd] = &halves;
            let both: Vec<f64> = even.iter().zip(odd).map(|(a, b)| 0.5 * (a + b)).collect();
            doubt.mean = boxcar(&both, SMOOTH_EV / axis.dispersion_ev());
        }
        Self { residuals, detector, ..pattern }
    }

    /// How much of its pattern a scan shares with the reference, 0 to 1: the product of both filtered means over the
    /// variance that the pattern has in them. Zero unless the correlation is significant, and when detector channels
    /// differ; one unless it is significantly less, since a detector's pattern is the same or it is not.
    ///
    /// `kappa = sum r r' / sum P`, `r` the filtered means and `P` the mean of both scans' pattern variances in them;
    /// dimensionless, own construction. Significant is a correlation above 3 over the root of the channels. Zero
    /// without a pattern.
    ///
    /// # Examples
    /// ```
    /// use moray::analysis::pattern::FixedPattern;
    /// use moray::model::{LineScan, Recipe};
    /// use moray::simulate::{World, simulate};
    /// let quiet_ev = Recipe::preset("lto")?.calibration.quiet_ev();
    /// let shared = |shared_pattern: bool| -> f64 {
    ///     let world = World { relative_pattern: 0.03, shared_pattern, ..World::default() };
    ///     let made = simulate(&world, 1).unwrap();
    ///     let pattern = |scan: &LineScan| FixedPattern::estimate(scan, scan.axis(), &quiet_ev);
    ///     pattern(&made.scan.core).shared_with(&pattern(&made.reference.core))
    /// };
    /// assert!(shared(true) > 0.7, "the same detector in both scans");
    /// assert!(shared(false) < 0.3, "two detectors");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shared_with(&self, reference: &Self) -> f64 {
        if self.detector != reference.detector {
            return 0.0;
        }
        let pairs: Vec<Vec<[Residual; 2]>> = (self.residuals.iter())
            .map(|(start, values)| {
                let pair = |(k, a): (usize, &Residual)| Some([*a, reference.residual_at(start + k)?]);
                values.iter().enumerate().filter_map(pair).collect()
            })
            .collect();
        let total = |f: &dyn Fn(&[Residual; 2]) -> f64| pairs.iter().flatten().map(f).sum::<f64>();
        let channels = total(&|_| 1.0);
        let product = total(&|[a, b]| a.mean * b.mean);
        let correlation = product / (total(&|[a, _]| a.mean * a.mean) * total(&|[_, b]| b.mean * b.mean)).sqrt();
        let expected = channels * 0.5 * (self.residual_variance + reference.residual_variance);
        if !correlation.is_finite() || correlation <= 3.0 / f64::sqrt(channels) || expected <= 0.0 {
            return 0.0;
        }
        let share = product / expected;
        let whole = 1.0 - share < WHOLE_WITHIN_SIGMA * share_sigma(&pairs, share, expected);
        if whole { 1.0 } else { share.clamp(0.0, 1.0) }
    }

    fn residual_at(&self, channel: usize) -> Option<Residual> {
        self.residuals.iter().find_map(|(start, values)| values.get(channel.checked_sub(*start)?).copied())
    }
}

/// What a channel of the filtered mean spectrum holds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Residual {
    /// Mean of both halves.
    mean: f64,
    /// Product of the halves: the pattern's square, and noise of mean zero.
    common: f64,
}

/// Relative standard error of a pattern's size, from the scatter of what both halves have in common between blocks of
/// channels; infinite without a pattern. Where there is none, half of all estimates are above zero, and their
/// correlations between channels are noise over noise.
fn common_error(residuals: &[(usize, Vec<Residual>)]) -> f64 {
    let of_block = |block: &[Residual]| block.iter().map(|r| r.common).sum::<f64>();
    let blocks: Vec<f64> = residuals.iter().flat_map(|(_, values)| values.chunks(BLOCK)).map(of_block).collect();
    let total = blocks.iter().sum::<f64>();
    let mean = total / blocks.len().max(1) as f64;
    let error = blocks.iter().map(|block| (block - mean).powi(2)).sum::<f64>().sqrt();
    if total > 0.0 { error / total } else { f64::INFINITY }
}

/// Standard error of the share `sum a b / expected`, `expected` being the sum of what each scan's halves have in common:
/// the scatter of `a b - share (common_a + common_b) / 2` between blocks of channels.
fn share_sigma(pairs: &[Vec<[Residual; 2]>], share: f64, expected: f64) -> f64 {
    let of_block = |block: &[[Residual; 2]]| {
        block.iter().map(|[a, b]| a.mean * b.mean - share * 0.5 * (a.common + b.common)).sum::<f64>()
    };
    let squares: f64 = pairs.iter().flat_map(|region| region.chunks(BLOCK)).map(|block| of_block(block).powi(2)).sum();
    squares.sqrt() / expected
}

struct Region {
    mean: f64,
    channels: f64,
    lags: [f64; LAGS],
}

/// Mean spectrum of every second position.
fn half_mean(scan: &LineScan, first: usize) -> Vec<f64> {
    let mut mean = vec![0.0; scan.axis().channels()];
    let mut count = 0.0;
    for row in scan.counts().rows().into_iter().skip(first).step_by(2) {
        mean.iter_mut().zip(row).for_each(|(m, v)| *m += v);
        count += 1.0;
    }
    mean.iter_mut().for_each(|m| *m /= count);
    mean
}

/// Lags of half the sum of `even_j odd_{j+l}` and `odd_j even_{j+l}`.
fn cross_lags(even: &[f64], odd: &[f64]) -> [f64; LAGS] {
    std::array::from_fn(|lag| {
        let count = (even.len().saturating_sub(lag)).max(1) as f64;
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b.iter().skip(lag)).map(|(a, b)| a * b).sum::<f64>();
        0.5 * (product(even, odd) + product(odd, even)) / count
    })
}

/// Additive and relative part from the regions' levels; all relative, with a doubt, when the levels span less than a
/// factor of two. `error` is the relative standard error of the size of the pattern.
fn from_regions(regions: &[Region], kernel: &[f64], error: f64) -> FixedPattern {
    let total = |f: &dyn Fn(&Region) -> f64| regions.iter().map(|r| r.channels * f(r)).sum::<f64>();
    let channels = total(&|_| 1.0);
    let pooled: [f64; LAGS] = std::array::from_fn(|l| total(&|r| r.lags[l]) / channels);
    if !(channels > 0.0 && pooled[0] > 0.0) {
        return FixedPattern::none();
    }
    let lowest = regions.iter().map(|r| r.mean).fold(f64::INFINITY, f64::min);
    let highest = regions.iter().map(|r| r.mean).fold(0.0, f64::max);
    let mean = total(&|r| r.mean) / channels;
    let (additive_variance, relative_variance, doubt) = if highest >= 2.0 * lowest && lowest > 0.0 {
        let (additive, relative) = non_negative_line(regions);
        (additive, relative, None)
    } else {
        let chance = additive_chance(regions, pooled[0], mean, error);
        (0.0, pooled[0] / (mean * mean), Some(Doubt { chance, level: mean, mean: Vec::new() }))
    };
    let lag_correlation = std::array::from_fn(|l| if l == 0 { 1.0 } else { (pooled[l] / pooled[0]).clamp(-0.2, 1.0) });
    let residual_variance = (lag_system(kernel) * SVector::from(pooled))[0];
    FixedPattern {
        additive_variance,
        relative_variance,
        doubt,
        lag_correlation,
        residuals: Vec::new(),
        residual_variance,
        detector: (0.0, 0.0, 0),
    }
}

/// Chance that a pattern of size `pooled`, the relative error of which is `error`, is additive and not relative, both being
/// as likely before: how well one size, or a size that grows with the level, describes the regions.
fn additive_chance(regions: &[Region], pooled: f64, mean: f64, error: f64) -> f64 {
    let channels: f64 = regions.iter().map(|r| r.channels).sum();
    let misfit = |size: &dyn Fn(&Region) -> f64| -> f64 {
        let of_region = |r: &Region| r.channels / channels * ((r.lags[0] / size(r) - 1.0) / error).powi(2);
        regions.iter().map(of_region).sum()
    };
    let [additive, relative] = [misfit(&|_| pooled), misfit(&|r| pooled * (r.mean / mean).powi(2))];
    let chance = 1.0 / (1.0 + (0.5 * (additive - relative)).exp());
    if chance.is_finite() { chance } else { 0.5 }
}

/// `P_0 = additive + relative * mean^2` with both parts at least zero, channels as weights.
fn non_negative_line(regions: &[Region]) -> (f64, f64) {
    let total = |f: &dyn Fn(&Region) -> f64| regions.iter().map(|r| r.channels * f(r)).sum::<f64>();
    let square = |r: &Region| r.mean * r.mean;
    let (s, sx, sxx) = (total(&|_| 1.0), total(&square), total(&|r| square(r).powi(2)));
    let (sy, sxy) = (total(&|r| r.lags[0]), total(&|r| square(r) * r.lags[0]));
    let determinant = s * sxx - sx * sx;
    let additive = (sxx * sy - sx * sxy) / determinant;
    let relative = (s * sxy - sx * sy) / determinant;
    if additive < 0.0 || !additive.is_finite() {
        (0.0, (sxy / sxx).max(0.0))
    } else if relative < 0.0 {
        ((sy / s).max(0.0), 0.0)
    } else {
        (additive, relative)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Levels of 80 and 110 with 300 channels each; the size of the pattern is known to 8 %.
    #[test]
    fn regions_tell_an_additive_pattern_from_a_relative_one() {
        let chance = |sizes: [f64; 2]| {
            let region = |(mean, size): (f64, f64)| Region { mean, channels: 300.0, lags: [size, 0.0, 0.0, 0.0, 0.0] };
            let regions: Vec<Region> = [80.0, 110.0].into_iter().zip(sizes).map(region).collect();
            additive_chance(&regions, 0.5 * (sizes[0] + sizes[1]), 95.0, 0.08)
        };
        let [additive, between, relative] = [[9.0, 9.0], [8.0, 11.0], [6.4, 12.1]].map(chance);
        assert!(additive > 0.95 && relative < 0.05, "{additive} {relative}");
        assert!(between > 0.25 && between < 0.75, "{between}");
    }
}
