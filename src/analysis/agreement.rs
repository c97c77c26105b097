//! Whether scan and reference were recorded alike: dispersion, energy resolution, calibration.
//!
//! A difference of resolution moves electrons between the windows of neighbouring peaks, and one of the true dispersion
//! displaces O K where Ti L agrees: both look like drops.

use std::ops::Range;

use nalgebra::{DMatrix, DVector};

use crate::model::{CalibrationRecipe, EnergyAxis, EnergyWindow};

use super::broaden::{FWHM_SQUARED_PER_VARIANCE, Kernel, MissingWidth};
use super::fourier::Response;

/// Sigmas that a difference must have to be told.
pub(super) const SIGNIFICANT: f64 = 3.0;
/// Sigmas that a difference by the white lines must have: these may differ for other reasons than resolution.
pub(super) const SIGNIFICANT_BY_LINES: f64 = 5.0;
/// Smallest difference of squared full widths that is told, eV^2: 0.80 against 0.82 eV.
pub(super) const LEAST_FWHM_SQUARED_EV2: f64 = 0.03;
/// Smallest relative difference of true dispersions that is told: 0.1 eV between Ti L and O K.
pub(super) const LEAST_DISPERSION: f64 = 1.4e-3;
/// Widest that a spectrum is broadened by, full width at half maximum squared, eV^2: beyond it a and b are one peak.
pub(super) const MOST_FWHM_SQUARED_EV2: f64 = 2.25;
/// White lines compared, eV below L3 and above L2.
const AROUND_WHITE_LINES_EV: [f64; 2] = [4.0, 6.0];
/// Level, over the top of the zero-loss peak, below which channels weigh alike.
const ZERO_LOSS_LEVEL: f64 = 1e-3;
/// Zero-loss peak compared, eV to each side.
const AROUND_ZERO_LOSS_EV: f64 = 3.0;

/// Smoothing of both spectra before widths are compared, channels squared: it keeps noise out of second derivatives.
const SMOOTHING: f64 = 0.5;
/// Step of derivatives by the variance, channels squared.
const STEP: f64 = 0.02;
/// Channels left out at either end.
const END_CHANNELS: usize = 2;
const ITERATIONS: usize = 40;
/// Widest that a fit may go, channels squared.
const MOST_VARIANCE: f64 = 400.0;

/// A spectrum with the variance of every channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampled {
    /// Values in any unit.
    pub values: Vec<f64>,
    /// Their variances.
    pub variances: Vec<f64>,
}

/// A value with its standard deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Value.
    pub value: f64,
    /// Standard deviation.
    pub sigma: f64,
}

impl Estimate {
    /// Whether it is at least `least` and three sigmas away from `from`.
    pub(super) fn differs(&self, from: f64, least: f64) -> bool {
        let off = (self.value - from).abs();
        off > least && off > SIGNIFICANT * self.sigma
    }
}

/// Difference of the squared full widths at half maximum, scan minus reference, eV^2: the sharper of both spectra,
/// broadened, scaled, shifted and on a straight line, is fitted to the other.
///
/// Source: a Gaussian resolution adds its variance to that of any line, whatever the line's shape. The standard deviation
/// is that of least squares, times the square root of the misfit of the shapes (chi squared over its degrees of freedom)
/// when that is above 1. `None` when lengths differ, there are fewer than 12 channels or a fit does not settle.
///
/// The value is `8 ln 2 delta^2 t` with `t` the fitted variance in channels squared and `delta` the dispersion; a `t`
/// above 400 does not count as settled, and variances that are zero in both spectra give `None` too.
///
/// ```
/// use moray::analysis::agreement::{Sampled, squared_width_difference};
/// let peak = |fwhm: f64| {
///     let at = |i: i32| 1e6 * (-2.772_588_7 * (0.1 * f64::from(i - 60) / fwhm).powi(2)).exp() + 10.0;
///     let values: Vec<f64> = (0..120).map(at).collect();
///     Sampled { variances: values.clone(), values }
/// };
/// let found = squared_width_difference(&peak(1.0), &peak(0.8), 0.1).unwrap();
/// assert!((found.value - (1.0 - 0.64)).abs() < 0.005 && found.sigma < 0.01);
/// let back = squared_width_difference(&peak(0.8), &peak(1.0), 0.1).unwrap();
/// assert!((back.value + 0.36).abs() < 0.005);
/// ```
pub fn squared_width_difference(scan: &Sampled, reference: &Sampled, dispersion_ev: f64) -> Option<Estimate> {
    let broader = Fit::new(scan, reference)?.settled();
    let sharper = Fit::new(reference, scan)?.settled().map(|fit| Settled { t: -fit.t, ..fit });
    let better = |a: Settled, b: Settled| if b.misfit < a.misfit { b } else { a };
    let found = broader.into_iter().chain(sharper).reduce(better)?;
    let unit = FWHM_SQUARED_PER_VARIANCE * dispersion_ev * dispersion_ev;
    let (value, sigma) = (unit * found.t, unit * found.sigma * found.misfit.max(1.0).sqrt());
    (value.is_finite() && sigma.is_finite()).then_some(Estimate { value, sigma })
}

/// How far features of the scan lie above those of the reference, eV: the reference, scaled, shifted and on a straight
/// line, is fitted to the scan; standard deviation as for [`squared_width_difference`]. `None` as there.
///
/// The value is `-delta q1 / q0` of `scan = q0 reference + q1 reference' + line` (slope per channel, `delta` the
/// dispersion): the first-order expansion of a shift, good to about a channel. Own construction.
///
/// ```
/// use moray::analysis::agreement::{Sampled, shift};
/// let peak = |at: f64| {
///     let values: Vec<f64> = (0..80).map(|i| 1e5 * (-0.02 * (f64::from(i) - at).powi(2)).exp() + 10.0).collect();
///     Sampled { variances: values.clone(), values }
/// };
/// let found = shift(&peak(40.2), &peak(40.0), 0.25).unwrap();
/// assert!((found.value - 0.05).abs() < 0.002 && found.sigma < 0.01);
/// ```
pub fn shift(scan: &Sampled, reference: &Sampled, dispersion_ev: f64) -> Option<Estimate> {
    let fit = Fit::new(scan, reference)?;
    let solved = fit.solve(0.0, false)?;
    let value = -dispersion_ev * solved.solution[1] / solved.solution[0];
    let sigma = dispersion_ev * solved.sigma(1)? / solved.solution[0].abs() * fit.misfit(solved.chi2).max(1.0).sqrt();
    (value.is_finite() && sigma.is_finite()).then_some(Estimate { value, sigma })
}

/// A fit of a spectrum by a sharper one: scale, shift, a straight line and the variance that the sharper one lacks,
/// channels squared; both smoothed alike.
struct Fit<'a> {
    sharp: &'a [f64],
    /// Channels that are fitted.
    inside: Range<usize>,
    weights: Vec<f64>,
    /// The smoothed spectrum over its standard deviations.
    target: Vec<f64>,
    level: f64,
}

/// Where a fit settled: the missing variance and its standard deviation, channels squared, chi squared per degree of
/// freedom.
#[derive(Debug, Clone, Copy)]
struct Settled {
    t: f64,
    sigma: f64,
    misfit: f64,
}

struct Solved {
    solution: DVector<f64>,
    normal: DMatrix<f64>,
    chi2: f64,
}

impl Solved {
    fn sigma(&self, k: usize) -> Option<f64> {
        Some(self.normal.clone().try_inverse()?[(k, k)].max(0.0).sqrt())
    }
}

impl<'a> Fit<'a> {
    fn new(broad: &Sampled, sharp: &'a Sampled) -> Option<Self> {
        let channels = broad.values.len();
        if channels < 12 || sharp.values.len() != channels {
            return None;
        }
        let inside = END_CHANNELS..channels - END_CHANNELS;
        let smooth = Kernel::gaussian(SMOOTHING).apply(&broad.values);
        let scale = broad.values.iter().sum::<f64>() / sharp.values.iter().sum::<f64>();
        let sigma = |i: usize| (broad.variances[i] + scale * scale * sharp.variances[i]).sqrt();
        let weights: Vec<f64> = inside.clone().map(|i| sigma(i).recip()).collect();
        let target = inside.clone().zip(&weights).map(|(i, w)| w * smooth[i]).collect();
        let level = broad.values.iter().map(|v| v.abs()).sum::<f64>() / channels as f64;
        weights.iter().all(|w| w.is_finite()).then_some(Self { sharp: &sharp.values, inside, weights, target, level })
    }

    /// Weighted least squares with `t` given, and its change free if `free`.
    fn solve(&self, t: f64, free: bool) -> Option<Solved> {
        let smoothed = |t: f64| Kernel::gaussian(SMOOTHING + t).apply(self.sharp);
        let (at, wider) = (smoothed(t), smoothed(t + STEP));
        let count = self.inside.len() as f64;
        let design = DMatrix::from_fn(self.inside.len(), if free { 5 } else { 4 }, |row, column| {
            let i = self.inside.start + row;
            let value = match column {
                0 => at[i],
                1 => 0.5 * (at[i + 1] - at[i - 1]),
                2 => self.level,
                3 => self.level * (2.0 * row as f64 / count - 1.0),
                _ => (wider[i] - at[i]) / STEP,
            };
            self.weights[row] * value
        });
        let target = DVector::from_row_slice(&self.target);
        let normal = design.transpose() * &design;
        let solution = normal.clone().cholesky()?.solve(&(design.transpose() * &target));
        let chi2 = (target - design * &solution).norm_squared();
        Some(Solved { solution, normal, chi2 })
    }

    /// Gauss-Newton on the missing variance, which is not below zero.
    fn settled(&self) -> Option<Settled> {
        let mut t = 0.0_f64;
        for _ in 0..ITERATIONS {
            let solved = self.solve(t, true)?;
            let step = (solved.solution[4] / solved.solution[0]).clamp(-1.0 - t, 1.0 + t);
            let next = (t + step).max(0.0);
            let done = (next - t).abs() < 1e-6 * (1.0 + t);
            t = next;
            if !t.is_finite() || t > MOST_VARIANCE {
                return None;
            }
            if done {
                let sigma = solved.sigma(4)? / solved.solution[0].abs();
                return Some(Settled { t, sigma, misfit: self.misfit(self.solve(t, false)?.chi2) });
            }
        }
        None
    }

    /// Chi squared per degree of freedom; smoothing leaves only a part of white noise in a channel.
    fn misfit(&self, chi2: f64) -> f64 {
        chi2 / Kernel::gaussian(SMOOTHING).white() / self.inside.len().saturating_sub(5).max(1) as f64
    }
}

/// A low loss near its zero-loss peak, and what counting leaves of it, from the electrons of the whole low loss.
pub(super) fn zero_loss(response: &Response, electrons: f64, dispersion_ev: f64) -> Option<Sampled> {
    let reach = (AROUND_ZERO_LOSS_EV / dispersion_ev).round() as usize;
    let below = response.below.get(..reach)?.iter().rev();
    let values: Vec<f64> = below.chain(response.above.get(..=reach)?).copied().collect();
    // Far from the peak there may be no electron at all, which is no reason to trust a channel without bounds.
    let least = ZERO_LOSS_LEVEL * values.iter().copied().fold(0.0, f64::max);
    let variances = values.iter().map(|v| v.max(least) / electrons).collect();
    (electrons > 0.0).then_some(Sampled { values, variances })
}

/// Channels of the white lines on a calibrated axis.
pub(super) fn white_lines(axis: &EnergyAxis, calibration: &CalibrationRecipe) -> Option<Range<usize>> {
    let nominal = &calibration.nominal;
    let [below, above] = AROUND_WHITE_LINES_EV;
    let window = EnergyWindow::new(nominal.l3_ev - below, nominal.l2_ev + above).ok()?;
    axis.covers(window).then(|| axis.channels_in(window))
}

/// The width that every scan lacks to the broadest, from the differences to the reference (its own is zero); `None` where
/// nothing significant is missing or a difference is unknown.
pub(super) fn missing_widths(differences: &[Option<Estimate>]) -> Vec<Option<MissingWidth>> {
    let known = differences.iter().flatten();
    let Some(broadest) = known.reduce(|a, b| if b.value > a.value { b } else { a }) else {
        return vec![None; differences.len()];
    };
    let missing = |own: &Option<Estimate>| {
        let own = own.as_ref()?;
        let sigma = own.sigma.hypot(broadest.sigma);
        let missing = Estimate { value: broadest.value - own.value, sigma };
        let add = missing.differs(0.0, LEAST_FWHM_SQUARED_EV2);
        add.then_some(MissingWidth { fwhm_squared_ev2: missing.value, sigma_ev2: sigma })
    };
    differences.iter().map(missing).collect()
}
