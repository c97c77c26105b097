//! Sums seen with a worse energy resolution than they were recorded with, and what that does to their covariances.
//!
//! A broadened spectrum is a linear map of measured channels, `n' = K n`. A result with the derivatives `G` with respect
//! to `n'` has the derivatives `K^T G` with respect to `n`, whose noise and pattern are those of the sum as measured:
//! covariances are exact, though neighbouring channels of `n'` are correlated.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use nalgebra::{DMatrix, DVector};

use super::fourier::Response;
use super::sums::SummedSpectrum;

/// Full width at half maximum of a Gaussian over its standard deviation, squared: `8 ln 2`.
///
/// By the definition of a Gaussian, dimensionless.
pub const FWHM_SQUARED_PER_VARIANCE: f64 = 8.0 * std::f64::consts::LN_2;
/// Weight of a kernel that may lie beyond its reach.
const NEGLIGIBLE: f64 = 1e-7;

/// The width that one spectrum lacks to the resolution of another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MissingWidth {
    /// Difference of the squared full widths at half maximum, eV^2; above zero.
    pub fwhm_squared_ev2: f64,
    /// Its standard deviation, eV^2.
    pub sigma_ev2: f64,
}

/// A symmetric kernel of unit sum: half of it, the centre first.
#[derive(Debug, Clone, PartialEq)]
pub struct Kernel {
    half: Vec<f64>,
}

impl Kernel {
    /// The discrete Gaussian of variance `t` (channels squared), the one whose variance is `t` exactly however narrow it
    /// is and which a second one broadens by the sum of variances: `exp(-t) I_n(t)`, the transform of
    /// `exp(t (cos(k) - 1))` (Lindeberg, IEEE Trans. Pattern Anal. 12 (1990) 234). Without width, the spectrum itself.
    ///
    /// Dimensionless weights, cut off where less than 1e-7 of them is left; a `t` that is negative or not finite is no
    /// width.
    ///
    /// ```
    /// use moray::analysis::broaden::Kernel;
    /// let kernel = Kernel::gaussian(0.3);
    /// let mut spike = vec![0.0; 21];
    /// spike[10] = 1.0;
    /// let broad = kernel.apply(&spike);
    /// let variance: f64 = broad.iter().enumerate().map(|(i, v)| v * (i as f64 - 10.0).powi(2)).sum();
    /// assert!((broad.iter().sum::<f64>() - 1.0).abs() < 1e-9 && (variance - 0.3).abs() < 1e-4);
    /// ```
    pub fn gaussian(t: f64) -> Self {
        let t = if t.is_finite() { t.max(0.0) } else { 0.0 };
        let reach = (6.0 * t.sqrt() + 8.0).ceil() as usize;
        let samples = 4 * reach;
        let angle = |k: usize| 2.0 * std::f64::consts::PI * (k % samples) as f64 / samples as f64;
        let spectrum: Vec<f64> = (0..samples).map(|k| (t * (angle(k).cos() - 1.0)).exp()).collect();
        let at = |n: usize| {
            let sum: f64 = spectrum.iter().enumerate().map(|(k, s)| s * angle(k * n).cos()).sum();
            (sum / samples as f64).max(0.0)
        };
        let mut half: Vec<f64> = (0..=reach).map(at).collect();
        let mut beyond = 0.0;
        while half.len() > 1 && beyond + 2.0 * half[half.len() - 1] < NEGLIGIBLE {
            beyond += 2.0 * half.pop().unwrap_or_default();
        }
        let sum = half[0] + 2.0 * half[1..].iter().sum::<f64>();
        half.iter_mut().for_each(|v| *v /= sum);
        Self { half }
    }

    /// The Gaussian that adds `fwhm_squared_ev2` to the squared full width at half maximum; no width below zero.
    ///
    /// `t = w / (8 ln 2 delta^2)` by the definition of a Gaussian: `w` the squared width in eV^2, `delta` the
    /// dispersion in eV, `t` the variance of [`Kernel::gaussian`] in channels squared.
    pub fn of_width(fwhm_squared_ev2: f64, dispersion_ev: f64) -> Self {
        Self::gaussian(fwhm_squared_ev2 / FWHM_SQUARED_PER_VARIANCE / (dispersion_ev * dispersion_ev))
    }

    /// The kernel as a low loss without losses.
    pub(super) fn response(&self) -> Response {
        Response { above: self.half.clone(), below: self.half[1..].to_vec() }
    }

    /// A low loss seen through the kernel as well.
    fn blurred(&self, low_loss: &Response) -> Response {
        let (reach, below) = (self.reach(), low_loss.below.len());
        let padding = vec![0.0; reach];
        let recorded = low_loss.below.iter().rev().chain(&low_loss.above);
        let values: Vec<f64> = padding.iter().chain(recorded).chain(&padding).copied().collect();
        let blurred = self.apply(&values);
        let (under, above) = blurred.split_at(reach + below);
        Response { above: above.to_vec(), below: under.iter().rev().copied().collect() }
    }

    /// Channels to either side that a channel takes from.
    pub fn reach(&self) -> usize {
        self.half.len() - 1
    }

    fn at(&self, distance: usize) -> f64 {
        self.half.get(distance).copied().unwrap_or(0.0)
    }

    /// The broadened values; beyond the ends the end values are taken.
    ///
    /// `n'_i = sum_d K_|d| n_(i+d)` by the definition, in the unit of the values; none stay none.
    pub fn apply(&self, values: &[f64]) -> Vec<f64> {
        let last = values.len().saturating_sub(1);
        let get = |i: isize| values.get(i.clamp(0, last as isize) as usize).copied().unwrap_or(0.0);
        self.folded(values.len(), get)
    }

    /// Derivatives with respect to the measured channels, from those with respect to the broadened ones.
    fn transposed(&self, influence: &[f64]) -> Vec<f64> {
        let get = |i: isize| usize::try_from(i).ok().and_then(|i| influence.get(i)).copied().unwrap_or(0.0);
        self.folded(influence.len(), get)
    }

    fn folded(&self, count: usize, get: impl Fn(isize) -> f64) -> Vec<f64> {
        let sides = |i: isize| (1..=self.reach()).map(move |d| (i - d as isize, i + d as isize, d));
        (0..count as isize)
            .map(|i| self.half[0] * get(i) + sides(i).map(|(a, b, d)| self.at(d) * (get(a) + get(b))).sum::<f64>())
            .collect()
    }

    /// Variance of one channel from white noise, over that of the channel before.
    pub(super) fn white(&self) -> f64 {
        self.overlap(0)
    }

    /// Sum of `K_n K_(n + lag)`: what is left of white noise in one channel, and shared by two.
    fn overlap(&self, lag: usize) -> f64 {
        let reach = self.reach() as isize;
        let lag = lag as isize;
        (-reach..=reach).map(|n| self.at(n.unsigned_abs()) * self.at((n + lag).unsigned_abs())).sum()
    }

    /// The rows of the map for the channels `range`, over the measured channels `measured`.
    fn matrix(&self, range: &Range<usize>, measured: &Range<usize>) -> DMatrix<f64> {
        DMatrix::from_fn(range.len(), measured.len(), |i, k| self.at((range.start + i).abs_diff(measured.start + k)))
    }
}

/// How a sum was broadened.
#[derive(Debug, Clone)]
pub struct Broadened {
    kernel: Kernel,
    missing: MissingWidth,
    /// The sum as measured.
    pub measured: SummedSpectrum,
    /// What one standard deviation of the missing width does to every channel.
    by_width: Vec<f64>,
}

impl Broadened {
    /// The width that was added.
    pub fn missing(&self) -> MissingWidth {
        self.missing
    }

    /// Variance of one channel over that of a window, when `factor` was that of measured channels and what the point
    /// spread took from a channel lies in its neighbours' covariance.
    fn channel_factor(&self, factor: f64) -> f64 {
        factor * self.kernel.overlap(0) + (1.0 - factor) * self.kernel.overlap(1)
    }

    /// Derivatives with respect to measured channels.
    pub(super) fn on_measured(&self, influence: &[f64]) -> Vec<f64> {
        self.kernel.transposed(influence)
    }

    /// Product of what one standard deviation of the width does to two results.
    pub(super) fn width_covariance(&self, a: &[f64], b: &[f64]) -> f64 {
        let by = |influence: &[f64]| influence.iter().zip(&self.by_width).map(|(g, m)| g * m).sum::<f64>();
        by(a) * by(b)
    }

    /// Measured channels that the channels `range` take from.
    fn sources(&self, range: &Range<usize>) -> Range<usize> {
        let reach = self.kernel.reach();
        range.start.saturating_sub(reach)..(range.end + reach).min(self.measured.electrons.len())
    }

    /// Covariance of channels from counting and read noise (counting part times `factor`) and from the width.
    pub(super) fn noise_matrix(&self, range: &Range<usize>, factor: f64) -> DMatrix<f64> {
        let sources = self.sources(range);
        let map = self.kernel.matrix(range, &sources);
        let variance = DVector::from_iterator(sources.len(), sources.map(|i| self.measured.noise_variance(i, factor)));
        let width = DVector::from_iterator(range.len(), range.clone().map(|i| self.by_width[i]));
        &map * DMatrix::from_diagonal(&variance) * map.transpose() + &width * width.transpose()
    }
}

/// Measured channels behind the channels `range` of a sum, and the map from these to those; `None` when they are the same.
pub(super) fn map_of(sum: &SummedSpectrum, range: &Range<usize>) -> Option<(Range<usize>, DMatrix<f64>)> {
    let broadened = sum.broadened.as_deref()?;
    let sources = broadened.sources(range);
    let map = broadened.kernel.matrix(range, &sources);
    Some((sources, map))
}

/// Derivatives with respect to the measured channels of a sum.
pub(super) fn on_measured<'a>(sum: &SummedSpectrum, influence: &'a [f64]) -> Cow<'a, [f64]> {
    match &sum.broadened {
        Some(broadened) => Cow::Owned(broadened.on_measured(influence)),
        None => Cow::Borrowed(influence),
    }
}

impl SummedSpectrum {
    /// The sum as a spectrometer would show it whose squared resolution is worse by `missing`.
    ///
    /// Noise, pattern and fits' weights stay those of measured channels, covariances of results go through the map, and
    /// hold what the standard deviation of the missing width does to them. Channels within the kernel's reach of the
    /// ends are invalid. Chi squared of single channels means nothing here, since neighbours are correlated: fits take
    /// it from [`SummedSpectrum::measured`]. Without a missing width the sum itself.
    ///
    /// ```
    /// use moray::analysis::{broaden::MissingWidth, sums::SummedSpectrum};
    /// use moray::model::EnergyAxis;
    /// let electrons = vec![100.0; 200];
    /// let sum = SummedSpectrum::counted(EnergyAxis::new(500.0, 0.25, 200)?, electrons);
    /// let broad = sum.broadened(MissingWidth { fwhm_squared_ev2: 1.0, sigma_ev2: 0.0 });
    /// // A wide window keeps its variance, one channel loses most of it.
    /// let window: Vec<f64> = (0..200).map(|i| f64::from(u8::from((50..150).contains(&i)))).collect();
    /// assert!((broad.covariance(&window, &window) / sum.covariance(&window, &window) - 1.0).abs() < 0.03);
    /// assert!(broad.channel_variance(100) < 0.3 * sum.channel_variance(100));
    /// # Ok::<(), moray::model::EnergyError>(())
    /// ```
    pub fn broadened(&self, missing: MissingWidth) -> Self {
        let dispersion_ev = self.axis.dispersion_ev();
        let kernel = Kernel::of_width(missing.fwhm_squared_ev2, dispersion_ev);
        if kernel.reach() == 0 {
            return self.clone();
        }
        let wider = Kernel::of_width(missing.fwhm_squared_ev2 + missing.sigma_ev2, dispersion_ev);
        let electrons = kernel.apply(&self.electrons);
        let by_width = wider.apply(&self.electrons).iter().zip(&electrons).map(|(w, n)| w - n).collect();
        let (reach, measured) = (kernel.reach(), self.clone());
        let from = self.valid.start + reach;
        Self {
            expected: kernel.apply(&self.expected),
            low_loss: self.low_loss.as_ref().map(|low_loss| Arc::new(kernel.blurred(low_loss))),
            electrons,
            valid: from..self.valid.end.saturating_sub(reach).max(from),
            recorded: Some(self.recorded.clone().unwrap_or_else(|| Arc::new(self.clone()))),
            broadened: Some(Arc::new(Broadened { kernel, missing, measured, by_width })),
            ..self.clone()
        }
    }

    /// The sum before it was broadened; itself when it was not.
    pub fn measured(&self) -> &Self {
        self.broadened.as_deref().map_or(self, |broadened| &broadened.measured)
    }

    /// Factor of the counting variance and of white noise in single channels: of counting, of the rest.
    pub(super) fn channel_factors(&self) -> [f64; 2] {
        match &self.broadened {
            Some(broadened) => [broadened.channel_factor(self.channel_factor), broadened.kernel.white()],
            None => [self.channel_factor, 1.0],
        }
    }
}
