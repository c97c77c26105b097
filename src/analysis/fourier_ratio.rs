//! Fourier-ratio deconvolution of edges: a linear map, with its transpose and what it does to variances.

use realfft::num_complex::Complex64;

use super::error::AnalysisError;
use super::fourier::{Fourier, Response};
use super::thickness::ZERO_LOSS_EV;

/// Share of the range over which the end of a spectrum is tapered.
const TAPER: usize = 16;

/// The map from a background-subtracted edge `J` to its single-scattering edge, by a low loss `L`.
///
/// `J1(f) = G(f) J(f) / L(f)`, `G` the Gaussian that the result is seen through; the last sixteenth of the edge is tapered
/// by a cosine, everything zero-padded to twice the length. Source: Egerton, EELS in the Electron Microscope, 3rd ed.,
/// 2011, sec. 4.3.2.
///
/// `|G / L|` is cut off at `2 / z^2`, `z` the share of zero loss: with `L = Z exp(t (S - 1))`, `z = e^-t`, losses of any
/// distribution `S` give half of that, hence what lies above is noise of `L`, or what resampling it left of high frequencies
/// (own construction).
///
/// Noise is amplified and correlated: take variances through [`FourierRatio::variance`], and never give the result to a fit
/// that expects counts.
///
/// ```
/// use moray::analysis::fourier::Response;
/// use moray::analysis::fourier_ratio::FourierRatio;
/// // Half of all electrons lose 10 eV more (20 channels): the copy of the edge is removed.
/// let mut above = vec![0.0; 21];
/// above[0] = 2.0 / 3.0;
/// above[20] = 1.0 / 3.0;
/// let low_loss = Response { above, below: Vec::new() };
/// let peak = |i: f64| (-0.5 * ((i - 60.0) / 3.0_f64).powi(2)).exp();
/// let edge: Vec<f64> = (0..400).map(|i| 2.0 / 3.0 * peak(f64::from(i)) + 1.0 / 3.0 * peak(f64::from(i) - 20.0)).collect();
/// let single = FourierRatio::new(400, &low_loss, 0.01, 0.5)?.apply(&edge);
/// assert!((single[60] - 1.0).abs() < 1e-3 && single[80].abs() < 1e-3);
/// # Ok::<(), moray::analysis::AnalysisError>(())
/// ```
#[derive(Debug, Clone)]
pub struct FourierRatio {
    channels: usize,
    fourier: Fourier,
    filter: Vec<Complex64>,
}

impl FourierRatio {
    /// For edges of so many channels; `fwhm_ev` is the full width at half maximum of the Gaussian (the zero-loss peak's or
    /// more).
    ///
    /// # Errors
    /// [`AnalysisError::NotDeconvolved`] when the low loss has no signal, or none at a frequency that the result keeps.
    pub fn new(channels: usize, low_loss: &Response, fwhm_ev: f64, dispersion_ev: f64) -> Result<Self, AnalysisError> {
        let fourier = Fourier::at_least(2 * channels.max(low_loss.above.len() + low_loss.below.len()));
        let seen_through = fourier.low_pass(fwhm_ev, dispersion_ev);
        let area: f64 = low_loss.above.iter().chain(&low_loss.below).sum();
        if !(area.is_finite() && area > 0.0) {
            return Err(AnalysisError::NotDeconvolved { why: "the low loss has no signal" });
        }
        let most = largest_ratio(low_loss, area, dispersion_ev);
        let ratio = |(g, l): (&f64, &Complex64)| {
            // Where the Gaussian leaves nothing the low loss may be zero as well.
            let ratio = if *g < 1e-14 { Complex64::default() } else { area * g / l };
            let size = ratio.norm();
            if size > most { ratio * (most / size) } else { ratio }
        };
        let filter: Vec<Complex64> = seen_through.iter().zip(&low_loss.transform(&fourier)).map(ratio).collect();
        if filter.iter().all(|h| h.re.is_finite() && h.im.is_finite()) {
            Ok(Self { channels, fourier, filter })
        } else {
            Err(AnalysisError::NotDeconvolved {
                why: "the low loss has no signal at a frequency that the result keeps",
            })
        }
    }

    /// Channels before the taper.
    pub(super) fn untouched(&self) -> usize {
        self.channels - (self.channels / TAPER).max(1).min(self.channels)
    }

    /// The single-scattering edge, in the unit of the edge; channels beyond those asked for count for nothing.
    ///
    /// Formula and source: [`FourierRatio`].
    pub fn apply(&self, edge: &[f64]) -> Vec<f64> {
        self.filtered(&self.tapered(edge), |h| *h)
    }

    /// Weights on the edge as recorded whose sum is that of `weights` on the single-scattering edge: the transposed map.
    ///
    /// `w'_i = t_i sum_j h_(j-i) w_j`, dimensionless: `h` the kernel in real space, `t` the taper. By the definition.
    ///
    /// # Examples
    /// ```
    /// use moray::analysis::fourier::Response;
    /// use moray::analysis::fourier_ratio::FourierRatio;
    /// let low_loss = Response { above: vec![0.7, 0.1, 0.0, 0.2], below: vec![0.1] };
    /// let ratio = FourierRatio::new(60, &low_loss, 1.0, 0.25)?;
    /// let edge: Vec<f64> = (0..60).map(|i| f64::from(i % 7)).collect();
    /// let window: Vec<f64> = (0..60).map(|i| f64::from(u8::from((20..40).contains(&i)))).collect();
    /// let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    /// let (one, other) = (sum(&window, &ratio.apply(&edge)), sum(&ratio.transposed(&window), &edge));
    /// assert!((one / other - 1.0).abs() < 1e-12);
    /// # Ok::<(), moray::analysis::AnalysisError>(())
    /// ```
    pub fn transposed(&self, weights: &[f64]) -> Vec<f64> {
        let weights = weights.get(..self.channels).unwrap_or(weights);
        self.tapered(&self.filtered(weights, Complex64::conj))
    }

    /// Variances of [`FourierRatio::apply`] for independent channels: `sum_j h_(i-j)^2 t_j^2 variance_j`, `h` the kernel in
    /// real space, `t` the taper.
    ///
    /// In the unit of `variance`; linear error propagation. Not below zero.
    ///
    /// # Examples
    /// ```
    /// use moray::analysis::fourier::Response;
    /// use moray::analysis::fourier_ratio::FourierRatio;
    /// // Without any loss the result is the spectrum seen through the Gaussian: one channel keeps 1 / sqrt(4 pi s^2).
    /// let sharp = Response { above: vec![1.0], below: Vec::new() };
    /// let (fwhm, dispersion) = (2.0, 0.25);
    /// let variances = FourierRatio::new(300, &sharp, fwhm, dispersion)?.variance(&[100.0; 300]);
    /// let s = fwhm / 2.354_820 / dispersion;
    /// let expected = 100.0 / (4.0 * std::f64::consts::PI * s * s).sqrt();
    /// assert!((variances[150] / expected - 1.0).abs() < 1e-3);
    /// # Ok::<(), moray::analysis::AnalysisError>(())
    /// ```
    pub fn variance(&self, variance: &[f64]) -> Vec<f64> {
        let squared: Vec<f64> = self.fourier.sequence(self.filter.clone()).iter().map(|h| h * h).collect();
        let by_squares = Self { filter: self.fourier.transform(&squared), ..self.clone() };
        let propagated = by_squares.filtered(&self.tapered(&self.tapered(variance)), |h| *h);
        propagated.into_iter().map(|v| v.max(0.0)).collect()
    }

    fn filtered(&self, values: &[f64], filter: impl Fn(&Complex64) -> Complex64) -> Vec<f64> {
        let transformed = self.fourier.transform(values);
        let product = transformed.iter().zip(&self.filter).map(|(j, h)| j * filter(h)).collect();
        let mut values = self.fourier.sequence(product);
        values.truncate(self.channels);
        values
    }

    /// The values with their last sixteenth brought to zero by a cosine.
    fn tapered(&self, values: &[f64]) -> Vec<f64> {
        let start = self.untouched();
        let length = self.channels - start;
        let weight = |i: usize| match i.checked_sub(start) {
            Some(k) => 0.5 * (1.0 + (std::f64::consts::PI * (k + 1) as f64 / length as f64).cos()),
            None => 1.0,
        };
        values.iter().take(self.channels).enumerate().map(|(i, v)| v * weight(i)).collect()
    }
}

/// What the ratio of a zero-loss peak to the low loss can at most be.
fn largest_ratio(low_loss: &Response, area: f64, dispersion_ev: f64) -> f64 {
    let reach = (ZERO_LOSS_EV / dispersion_ev).round() as usize;
    let above = low_loss.above.iter().take(reach + 1);
    let share = above.chain(low_loss.below.iter().take(reach)).sum::<f64>() / area;
    2.0 / (share * share).clamp(f64::MIN_POSITIVE, 1.0)
}
