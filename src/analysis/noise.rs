//! Gain and read noise of the detector, estimated from the scatter along a scan.
//!
//! Model of one read at one channel: `counts = gain * electrons + read noise`, blurred by the detector's point spread,
//! so that neighbouring channels are correlated and a single channel varies less than a window does.

use nalgebra::{SMatrix, SVector};

use crate::model::{EnergyAxis, EnergyWindow, LineScan};

use super::numeric::{local_quadratic, median};
use super::report::{Gain, GainSource};

/// Lags of residuals used.
pub(super) const LAGS: usize = 5;
/// Fewest positions for differences along the scan.
const MIN_POSITIONS: usize = 8;
/// Largest disagreement with the file's gain that leaves it trusted.
const FILE_TOLERANCE: f64 = 0.3;
/// Half width, channels, that the filter of differences between positions is widened to where a region allows.
///
/// Such differences hold no edge and little structure, and the noise of the window variance falls with the width: with
/// 10 channels (0.25 eV each) the gain of 64 positions scatters by 4 %, with 30 by 2.5 %.
const PAIR_HALF: usize = 30;

/// Gain and read noise as used: electrons = counts / gain.
#[derive(Debug, Clone, PartialEq)]
pub struct NoiseModel {
    /// Counts per electron.
    pub gain: f64,
    /// Read variance of one position and channel, counts squared.
    pub read_variance: f64,
    /// Variance of one channel over that of a wide window (counting part).
    pub channel_factor: f64,
    /// For the report.
    pub report: Gain,
    /// The file's gain when it disagrees with the estimate by more than 30 %.
    pub file_disagrees: Option<f64>,
    /// Whether the estimate holds all terms together because there were too few positions.
    pub effective: bool,
}

impl NoiseModel {
    /// One count is one electron, no read noise: sums stay in raw counts.
    pub(super) fn unit() -> Self {
        resolve(None, Some(1.0), false)
    }

    /// The same with the gain that the user sets.
    pub(super) fn with_gain(mut self, gain: f64) -> Self {
        self.report = Gain {
            counts_per_electron: gain,
            sigma: None,
            source: GainSource::Assumed,
            set_by_hand: true,
            ..self.report
        };
        self.file_disagrees = None;
        self.gain = gain;
        self
    }
}

/// What one region of one scan says: mean level, channel and window variance at that level, and how sure.
#[derive(Debug, Clone, Copy)]
struct RegionScatter {
    mean: f64,
    channel_variance: f64,
    window_variance: f64,
    channels: f64,
    /// Relative variance of `window_variance`.
    window_error: f64,
}

/// Estimates the noise model from all scans of a detector, each with its calibrated axis; `quiet_ev` are the calibrated
/// energies without edges ([`CalibrationRecipe::quiet_ev`](crate::model::CalibrationRecipe::quiet_ev)).
///
/// `stated` is the gain of the file or the user. Source of the method: pair differences along the scan, residuals of a
/// local quadratic, lags solved for the filter's own correlation; V = gain * mean + read variance over regions.
///
/// `gain = sum w m (V - v) / sum w m^2` over regions of mean `m` (counts) and window variance `V` (counts squared), `w`
/// their channels over the squared channel variance; own construction on the filter of Savitzky and Golay, Anal. Chem.
/// 36 (1964) 1627. Degenerate cases: `v` is 0 where the means span less than a factor of 2; without a usable region the
/// stated gain holds, or 1 count for 1 electron; a scan below eight positions gives all noise of its sum together, and
/// the stated gain goes before that.
///
/// # Examples
/// ```
/// use moray::analysis::noise;
/// use moray::model::Recipe;
/// use moray::simulate::{World, simulate};
/// let made = simulate(&World { counts_per_electron: 6.0, ..World::default() }, 1)?.scan;
/// let quiet_ev = Recipe::preset("lto")?.calibration.quiet_ev();
/// let found = noise::estimate(&[(&made.core, *made.core.axis())], None, &quiet_ev);
/// assert!((found.gain / 6.0 - 1.0).abs() < 0.1, "{}", found.gain);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn estimate(scans: &[(&LineScan, EnergyAxis)], stated: Option<f64>, quiet_ev: &[[f64; 2]]) -> NoiseModel {
    let mut regions = Vec::new();
    let mut effective = false;
    for (scan, axis) in scans {
        let scatter = if scan.positions() >= MIN_POSITIONS { pair_scatter } else { single_scatter };
        effective |= scan.positions() < MIN_POSITIONS;
        regions.extend(edge_free_regions(axis, quiet_ev).into_iter().filter_map(|range| scatter(scan, axis, range)));
    }
    let estimated = fit_regions(&regions);
    resolve(estimated, stated, effective)
}

/// Chooses between the stated and the estimated gain, and says which.
fn resolve(estimated: Option<Fit>, stated: Option<f64>, effective: bool) -> NoiseModel {
    let (gain, source, sigma) = match (&estimated, stated) {
        (Some(fit), Some(file)) if (fit.gain / file - 1.0).abs() <= FILE_TOLERANCE || effective => {
            (file, GainSource::File, None)
        }
        (Some(fit), _) => (fit.gain, GainSource::Estimated, Some(fit.sigma)),
        (None, Some(file)) => (file, GainSource::File, None),
        (None, None) => (1.0, GainSource::Assumed, None),
    };
    let file_disagrees = stated.filter(|_| source == GainSource::Estimated);
    let read_variance = estimated.as_ref().map_or(0.0, |fit| fit.read_variance);
    let channel_factor = estimated.as_ref().map_or(1.0, |fit| fit.channel_factor);
    NoiseModel {
        gain,
        read_variance,
        channel_factor,
        report: Gain {
            counts_per_electron: gain,
            sigma,
            source,
            set_by_hand: false,
            file_counts_per_electron: stated,
            channel_factor: estimated.as_ref().map(|fit| fit.channel_factor),
            read_noise_counts: estimated.as_ref().filter(|fit| fit.read_known).map(|fit| fit.read_variance.sqrt()),
        },
        file_disagrees,
        effective: effective && source == GainSource::Estimated,
    }
}

/// Half width of the local quadratic: at least 8 channels and 2.5 eV.
pub(super) fn filter_half(axis: &EnergyAxis) -> usize {
    (2.5 / axis.dispersion_ev()).round().max(8.0) as usize
}

/// Ranges of channels without edges, at least six filter halves long each.
pub(super) fn edge_free_regions(axis: &EnergyAxis, quiet_ev: &[[f64; 2]]) -> Vec<std::ops::Range<usize>> {
    let half = filter_half(axis);
    let [first, last] = [axis.first_ev() + 1.0, axis.last_ev()];
    let on_axis = |[lo, hi]: [f64; 2]| EnergyWindow::new(lo.max(first), hi.min(last)).ok().filter(|w| w.lo_ev() >= lo);
    quiet_ev
        .iter()
        .copied()
        .filter(|[lo, hi]| lo.max(first) < hi.min(last))
        .filter_map(on_axis)
        .map(|window| axis.channels_in(window))
        .filter(|range| range.len() >= 6 * half)
        .collect()
}

/// Scatter of neighbouring positions in one region.
fn pair_scatter(scan: &LineScan, axis: &EnergyAxis, range: std::ops::Range<usize>) -> Option<RegionScatter> {
    let rows: Vec<Vec<f64>> = scan.counts().rows().into_iter().map(|row| row.to_vec()).collect();
    let sums: Vec<f64> = rows.iter().map(|row| row[range.clone()].iter().sum()).collect();
    let mean_sum = sums.iter().sum::<f64>() / sums.len() as f64;
    if mean_sum <= 0.0 || sums.iter().any(|&s| s <= 0.1 * mean_sum) {
        return None;
    }
    let scale: Vec<f64> = sums.iter().map(|s| s / mean_sum).collect();
    let half = filter_half(axis);
    let kernel = residual_kernel((range.len() / 6).clamp(half, half.max(PAIR_HALF)));
    let residuals: Vec<Vec<f64>> = (1..rows.len())
        .map(|i| {
            let norm = (1.0 / scale[i] + 1.0 / scale[i - 1]).sqrt();
            let pair = range.clone().map(|j| (rows[i][j] / scale[i] - rows[i - 1][j] / scale[i - 1]) / norm);
            filtered(&pair.collect::<Vec<_>>(), &kernel)
        })
        .collect();
    let lags = lag_covariances(&residuals, &kernel)?;
    // Neighbouring pairs share a position (correlation 1/2): N - 1 pairs count as (N - 1) / 1.5.
    let rows = (rows.len() - 1) as f64 / 1.5;
    Some(region(mean_sum / range.len() as f64, lags, range.len(), rows, &kernel))
}

/// Scatter of the summed spectrum alone: all noise together, pattern included.
fn single_scatter(scan: &LineScan, axis: &EnergyAxis, range: std::ops::Range<usize>) -> Option<RegionScatter> {
    let sum = scan.counts().sum_axis(ndarray::Axis(0));
    let spectrum: Vec<f64> = sum.iter().copied().skip(range.start).take(range.len()).collect();
    let kernel = residual_kernel(filter_half(axis));
    let lags = lag_covariances(&[filtered(&spectrum, &kernel)], &kernel)?;
    let mean = spectrum.iter().sum::<f64>() / spectrum.len() as f64;
    (mean > 0.0).then(|| region(mean, lags, range.len(), 1.0, &kernel))
}

/// A region of `channels` channels whose residuals come from `rows` independent spectra.
fn region(mean: f64, lags: [f64; LAGS], channels: usize, rows: f64, kernel: &[f64]) -> RegionScatter {
    let residuals = (channels + 1).saturating_sub(kernel.len()).max(1) as f64;
    RegionScatter {
        mean,
        channel_variance: lags[0],
        window_variance: lags[0] + 2.0 * lags[1..].iter().sum::<f64>(),
        channels: channels as f64,
        window_error: window_error(kernel) / (rows * residuals),
    }
}

/// Relative variance of the window variance of white noise, times the number of residuals it comes from.
///
/// Bartlett's covariance of sample lags, `sum_u A_u A_(u+m-l) + A_(u+m) A_(u-l)` with `A` the kernel's autocorrelation,
/// through the solution for the source's lags; 18 without a filter (2 for lag 0, 4 for each of four further lags).
fn window_error(kernel: &[f64]) -> f64 {
    let last = kernel.len() as isize - 1;
    let auto: Vec<f64> = (-last..=last).map(|l| autocorrelation(kernel, l)).collect();
    let at = |l: isize| auto.get((l + last) as usize).copied().filter(|_| l.abs() <= last).unwrap_or(0.0);
    let covariance = SMatrix::<f64, LAGS, LAGS>::from_fn(|l, m| {
        let (l, m) = (l as isize, m as isize);
        (-last..=last).map(|u| at(u) * at(u + m - l) + at(u + m) * at(u - l)).sum()
    });
    let window = SVector::<f64, LAGS>::from_fn(|l, _| if l == 0 { 1.0 } else { 2.0 });
    let solved = lag_system(kernel).transpose().lu().solve(&window);
    solved.map_or(f64::INFINITY, |weights| (weights.transpose() * covariance * weights)[0])
}

fn autocorrelation(kernel: &[f64], lag: isize) -> f64 {
    kernel.iter().zip(kernel.iter().skip(lag.unsigned_abs())).map(|(a, b)| a * b).sum()
}

/// Kernel of `value - local quadratic`.
pub(super) fn residual_kernel(half: usize) -> Vec<f64> {
    let mut kernel: Vec<f64> = local_quadratic(half).iter().map(|w| -w).collect();
    kernel[half] += 1.0;
    kernel
}

/// The kernel's residuals, ends dropped.
pub(super) fn filtered(values: &[f64], kernel: &[f64]) -> Vec<f64> {
    values.windows(kernel.len()).map(|part| part.iter().zip(kernel).map(|(v, w)| v * w).sum()).collect()
}

/// Covariances of the source at lags 0 to 4 from filtered residuals, residuals beyond 6 median deviations dropped.
///
/// Solves `c_l = A_l C_0 + sum_m (A_{l-m} + A_{l+m}) C_m` with `A` the kernel's autocorrelation.
fn lag_covariances(residuals: &[Vec<f64>], kernel: &[f64]) -> Option<[f64; LAGS]> {
    let mut sizes: Vec<f64> = residuals.iter().flatten().map(|e| e.abs()).collect();
    let limit = 6.0 * median(&mut sizes)?;
    let mut lags = SVector::<f64, LAGS>::zeros();
    for lag in 0..LAGS {
        let (mut sum, mut count) = (0.0, 0.0);
        for row in residuals {
            for (a, b) in row.iter().zip(row.iter().skip(lag)) {
                if a.abs() <= limit && b.abs() <= limit {
                    sum += a * b;
                    count += 1.0;
                }
            }
        }
        if count == 0.0 {
            return None;
        }
        lags[lag] = sum / count;
    }
    source_lags(&lags.into(), kernel)
}

/// The linear map from covariances of the source at lags 0 to 4 to those of its filtered residuals.
pub(super) fn lag_system(kernel: &[f64]) -> SMatrix<f64, LAGS, LAGS> {
    let auto: Vec<f64> = (0..2 * LAGS as isize).map(|lag| autocorrelation(kernel, lag)).collect();
    SMatrix::from_fn(|l, m| if m == 0 { auto[l] } else { auto[l.abs_diff(m)] + auto[l + m] })
}

/// Covariances of the source from those of its filtered residuals.
pub(super) fn source_lags(residual_lags: &[f64; LAGS], kernel: &[f64]) -> Option<[f64; LAGS]> {
    let source = lag_system(kernel).lu().solve(&SVector::from(*residual_lags))?;
    Some(source.into())
}

/// Gain, read variance and channel factor that the regions agree on.
struct Fit {
    gain: f64,
    sigma: f64,
    read_variance: f64,
    read_known: bool,
    channel_factor: f64,
}

fn fit_regions(regions: &[RegionScatter]) -> Option<Fit> {
    let usable: Vec<_> = regions.iter().filter(|r| r.channel_variance > 0.0 && r.mean > 0.0).collect();
    let weight = |r: &RegionScatter| r.channels / (r.channel_variance * r.channel_variance);
    let lowest = usable.iter().map(|r| r.mean).fold(f64::INFINITY, f64::min);
    let highest = usable.iter().map(|r| r.mean).fold(0.0, f64::max);
    let read_known = highest >= 2.0 * lowest;
    let total = |f: &dyn Fn(&RegionScatter) -> f64| usable.iter().map(|r| weight(r) * f(r)).sum::<f64>();
    let (s, sm, smm) = (total(&|_| 1.0), total(&|r| r.mean), total(&|r| r.mean * r.mean));
    if usable.is_empty() || smm <= 0.0 {
        return None;
    }
    let mut read_variance = 0.0;
    if read_known {
        let (sv, svm) = (total(&|r| r.channel_variance), total(&|r| r.channel_variance * r.mean));
        read_variance = ((smm * sv - sm * svm) / (s * smm - sm * sm)).max(0.0);
    }
    let slope = |variance: &dyn Fn(&RegionScatter) -> f64| total(&|r| r.mean * (variance(r) - read_variance)) / smm;
    let gain = slope(&|r| r.window_variance);
    let channel_gain = slope(&|r| r.channel_variance);
    let share = |r: &RegionScatter| weight(r) * r.mean * r.window_variance / (smm * gain);
    let sigma = gain * usable.iter().map(|r| share(r).powi(2) * r.window_error).sum::<f64>().sqrt();
    (gain > 0.0 && gain.is_finite()).then(|| Fit {
        gain,
        sigma,
        read_variance,
        read_known,
        channel_factor: (channel_gain / gain).clamp(0.05, 2.0),
    })
}
