//! Real Fourier transforms of one fixed length, and the deconvolutions that use them.
//!
//! Spectra are sampled on one regular energy grid; a low loss is held as a [`Response`]: unit area, zero loss in sample
//! 0, energies below zero wrapped to the end.

use std::sync::Arc;

use realfft::num_complex::Complex64;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use super::error::AnalysisError;

/// Full width at half maximum of a Gaussian over its standard deviation.
const FWHM_PER_SIGMA: f64 = 2.354_820_045_030_949;

/// Transforms of real sequences of one length.
#[derive(Clone)]
pub struct Fourier {
    length: usize,
    forward: Arc<dyn RealToComplex<f64>>,
    backward: Arc<dyn ComplexToReal<f64>>,
}

impl std::fmt::Debug for Fourier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fourier").field("length", &self.length).finish_non_exhaustive()
    }
}

impl Fourier {
    /// Transforms of the next power of two that is not below `length`.
    ///
    /// At least two samples.
    pub fn at_least(length: usize) -> Self {
        let length = length.max(2).next_power_of_two();
        let mut planner = RealFftPlanner::new();
        Self { length, forward: planner.plan_fft_forward(length), backward: planner.plan_fft_inverse(length) }
    }

    /// Samples of a sequence.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Transform of a sequence, zero-padded to the length.
    ///
    /// `F_k = sum_j x_j exp(-2 pi i j k / N)` by the definition, `k` from 0 to `N / 2`, in the unit of the values;
    /// values beyond the length are left out.
    pub fn transform(&self, values: &[f64]) -> Vec<Complex64> {
        let mut input = self.forward.make_input_vec();
        input.iter_mut().zip(values).for_each(|(slot, value)| *slot = *value);
        let mut output = self.forward.make_output_vec();
        let done = self.forward.process(&mut input, &mut output);
        debug_assert!(done.is_ok(), "the plan made these buffers");
        output
    }

    /// The sequence of a transform.
    ///
    /// `x_j = sum_k F_k exp(2 pi i j k / N) / N` over all `N` frequencies, by the definition; frequencies that are
    /// missing count as zero.
    pub fn sequence(&self, mut transform: Vec<Complex64>) -> Vec<f64> {
        transform.resize(self.length / 2 + 1, Complex64::default());
        // The transform of a real sequence has real first and last elements; rounding must not spoil that.
        for end in [0, self.length / 2] {
            transform[end].im = 0.0;
        }
        let mut output = self.backward.make_output_vec();
        let done = self.backward.process(&mut transform, &mut output);
        debug_assert!(done.is_ok(), "the plan made these buffers");
        output.iter_mut().for_each(|value| *value /= self.length as f64);
        output
    }

    /// Transform of a unit-area Gaussian centred on sample 0, by frequency: `exp(-2 pi^2 sigma^2 f^2)`.
    ///
    /// Dimensionless, by the definition of a Gaussian: `sigma = fwhm / 2.3548 / dispersion` in samples, `f` in cycles
    /// per sample. Without width it is 1 everywhere.
    pub fn low_pass(&self, fwhm_ev: f64, dispersion_ev: f64) -> Vec<f64> {
        let sigma = fwhm_ev / FWHM_PER_SIGMA / dispersion_ev;
        let at = |k: usize| std::f64::consts::PI * sigma * k as f64 / self.length as f64;
        (0..=self.length / 2).map(|k| (-2.0 * at(k).powi(2)).exp()).collect()
    }
}

/// A low loss of unit area on the grid of a core loss: sample 0 is the zero-loss peak's centre, energies below zero
/// are wrapped to the end.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// Samples from zero loss upwards.
    pub above: Vec<f64>,
    /// Samples below zero loss, the nearest first.
    pub below: Vec<f64>,
}

impl Response {
    fn wrapped(&self, length: usize) -> Vec<f64> {
        let mut values = vec![0.0; length];
        values.iter_mut().zip(&self.above).for_each(|(slot, v)| *slot = *v);
        values.iter_mut().rev().zip(&self.below).for_each(|(slot, v)| *slot += *v);
        values
    }

    /// From wrapped values: so many above zero loss, and below it.
    pub(super) fn unwrapped(values: &[f64], [above, below]: [usize; 2]) -> Self {
        Self {
            above: values.iter().take(above).copied().collect(),
            below: values.iter().rev().take(below).copied().collect(),
        }
    }

    /// Its transform.
    ///
    /// By [`Fourier::transform`]; 1 at frequency zero for unit area. Samples beyond the length are left out.
    pub fn transform(&self, fourier: &Fourier) -> Vec<Complex64> {
        fourier.transform(&self.wrapped(fourier.length))
    }
}

/// Fourier-log deconvolution: the single-scattering distribution of a low loss, per unit of total intensity, seen
/// through a Gaussian of `fwhm_ev`.
///
/// `S(f) = G(f) ln(L(f) / Z(f))`, `Z` the zero-loss peak of the same low loss, area included. The sum of the result is
/// t/lambda. Source: Johnson and Spence, J. Phys. D 7 (1974) 771; Egerton, 3rd ed., 2011, sec. 4.3.1. The logarithm's
/// phase is followed from frequency zero, so t/lambda may exceed pi.
///
/// Per sample, from zero loss to the end of the low loss; losses below zero are dropped.
///
/// # Errors
/// [`AnalysisError::NotDeconvolved`] when either has no signal.
///
/// ```
/// use moray::analysis::fourier::{Response, fourier_log};
/// // Poisson distribution of losses of 20 channels, t/lambda = 0.5.
/// let (mut above, mut weight) = (vec![0.0; 201], (-0.5_f64).exp());
/// for n in 0..=10 {
///     above[20 * n] = weight;
///     weight *= 0.5 / (n + 1) as f64;
/// }
/// let zero_loss = Response { above: vec![above[0]], below: Vec::new() };
/// let single = fourier_log(&Response { above, below: Vec::new() }, &zero_loss, 0.01, 0.5)?;
/// assert!((single[20] - 0.5).abs() < 1e-3 && single[40].abs() < 1e-3);
/// # Ok::<(), moray::analysis::AnalysisError>(())
/// ```
pub fn fourier_log(
    low_loss: &Response,
    zero_loss: &Response,
    fwhm_ev: f64,
    dispersion_ev: f64,
) -> Result<Vec<f64>, AnalysisError> {
    let fourier = Fourier::at_least(2 * (low_loss.above.len() + low_loss.below.len()));
    let seen_through = fourier.low_pass(fwhm_ev, dispersion_ev);
    let mut phase = 0.0;
    let mut single = Vec::with_capacity(seen_through.len());
    let pairs = low_loss.transform(&fourier).into_iter().zip(zero_loss.transform(&fourier));
    for ((l, z), g) in pairs.zip(&seen_through) {
        if *g < 1e-14 {
            single.push(Complex64::default());
            continue;
        }
        let ratio = l / z;
        let turn = 2.0 * std::f64::consts::PI;
        phase += (ratio.arg() - phase + 0.5 * turn).rem_euclid(turn) - 0.5 * turn;
        single.push(*g * Complex64::new(ratio.norm().ln(), phase));
    }
    if !single.iter().all(|s| s.re.is_finite() && s.im.is_finite()) {
        return Err(AnalysisError::NotDeconvolved { why: "the low loss or its zero-loss peak has no signal" });
    }
    let mut distribution = fourier.sequence(single);
    distribution.truncate(low_loss.above.len());
    Ok(distribution)
}
