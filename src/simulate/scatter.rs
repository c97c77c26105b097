//! Plural scattering by Fourier transform: single scattering in, what a specimen of given thickness shows out.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex64;

use super::physics;

/// Losses above this are not followed, eV.
pub(super) const REACH_EV: f64 = 150.0;

/// Plural scattering of a specimen: every sequence of inelastic losses, on a grid of `step_ev`.
pub(super) struct Scattering {
    step_ev: f64,
    single: Vec<f64>,
}

impl Scattering {
    /// The single-scattering distribution on a grid, of unit sum.
    pub(super) fn new(step_ev: f64) -> Self {
        let count = (REACH_EV / step_ev).ceil() as usize;
        let mut single: Vec<f64> = (0..count).map(|i| physics::single_scattering(i as f64 * step_ev)).collect();
        let sum: f64 = single.iter().sum();
        single.iter_mut().for_each(|value| *value /= sum);
        Self { step_ev, single }
    }

    /// `spectra` after plural scattering by a specimen of thickness `t_over_lambda`, unit total probability.
    ///
    /// A loss moves intensity to higher energy only; spectra must start [`REACH_EV`] before what is used of them.
    pub(super) fn apply(&self, spectra: &[Vec<f64>], t_over_lambda: f64) -> Vec<Vec<f64>> {
        let longest = spectra.iter().map(Vec::len).max().unwrap_or(0);
        let mut planner = RealFftPlanner::<f64>::new();
        let length = (longest + self.single.len()).next_power_of_two();
        let forward = planner.plan_fft_forward(length);
        let backward = planner.plan_fft_inverse(length);
        let transform = |values: &[f64]| {
            let mut input = forward.make_input_vec();
            input.iter_mut().zip(values).for_each(|(slot, value)| *slot = *value);
            let mut output = forward.make_output_vec();
            forward.process(&mut input, &mut output).expect("the plan made these buffers");
            output
        };
        let kernel: Vec<Complex64> =
            transform(&self.single).iter().map(|s| complex_exp((*s - 1.0) * t_over_lambda)).collect();
        let convolve = |spectrum: &Vec<f64>| {
            let mut product = transform(spectrum);
            product.iter_mut().zip(&kernel).for_each(|(value, k)| *value *= k);
            // The transform of a real sequence has real first and last elements; rounding must not spoil that.
            for end in [0, product.len() - 1] {
                product[end].im = 0.0;
            }
            let mut output = backward.make_output_vec();
            backward.process(&mut product, &mut output).expect("the plan made these buffers");
            output.truncate(spectrum.len());
            output.iter().map(|value| value / length as f64).collect()
        };
        spectra.iter().map(convolve).collect()
    }

    /// The low loss on a grid that starts at `first_ev` (below zero): zero-loss peak and all plural losses, unit sum.
    pub(super) fn low_loss(&self, first_ev: f64, count: usize, t_over_lambda: f64, zero_loss_fwhm_ev: f64) -> Vec<f64> {
        let zero: Vec<f64> =
            (0..count).map(|i| physics::gaussian(first_ev + i as f64 * self.step_ev, zero_loss_fwhm_ev)).collect();
        let sum: f64 = zero.iter().sum();
        let zero: Vec<f64> = zero.iter().map(|value| value / sum).collect();
        self.apply(&[zero], t_over_lambda).pop().unwrap_or_default()
    }
}

fn complex_exp(z: Complex64) -> Complex64 {
    let scale = libm::exp(z.re);
    Complex64::new(scale * libm::cos(z.im), scale * libm::sin(z.im))
}

/// What channels of `2 * half` grid steps count, for densities on the grid: the mean over the width of a channel around
/// every grid point (Simpson's rule). End values go on beyond the ends.
pub(super) fn over_channels(values: &[f64], half: usize) -> Vec<f64> {
    let last = values.len().saturating_sub(1);
    let at = |i: usize, k: usize| values[(i + k).saturating_sub(half).min(last)];
    let steps = 2 * half;
    let channel = |i: usize| {
        let inner: f64 = (1..steps).map(|k| if k % 2 == 1 { 4.0 } else { 2.0 } * at(i, k)).sum();
        (inner + at(i, 0) + at(i, steps)) / (3 * steps) as f64
    };
    (0..values.len()).map(channel).collect()
}

/// A curve on a regular grid, evaluated in between by cubic (Catmull-Rom) interpolation.
pub(super) struct Curve<'a> {
    pub(super) first_ev: f64,
    pub(super) step_ev: f64,
    pub(super) values: &'a [f64],
}

impl Curve<'_> {
    /// Value at an energy; the end values beyond the ends.
    pub(super) fn at(&self, energy_ev: f64) -> f64 {
        let position = (energy_ev - self.first_ev) / self.step_ev;
        let floor = position.floor();
        let t = position - floor;
        let last = self.values.len() as i64 - 1;
        let get = |k: i64| self.values.get((floor as i64 + k).clamp(0, last) as usize).copied().unwrap_or(0.0);
        let [p0, p1, p2, p3] = [get(-1), get(0), get(1), get(2)];
        p1 + 0.5 * t * (p2 - p0 + t * (2.0 * p0 - 5.0 * p1 + 4.0 * p2 - p3 + t * (3.0 * (p1 - p2) + p3 - p0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_of_total_over_zero_loss_is_the_thickness() {
        let low = Scattering::new(0.25).low_loss(-20.0, 900, 0.7, 0.8);
        let zero: f64 = low.iter().take(93).sum();
        let total: f64 = low.iter().sum();
        assert!(((total / zero).ln() - 0.7).abs() < 0.01, "{}", (total / zero).ln());
    }

    #[test]
    fn a_channel_counts_what_falls_on_its_width() {
        // The mean of x^2 over a width of 4 around x is x^2 + 16 / 12.
        let squares: Vec<f64> = (0..20).map(|x| f64::from(x * x)).collect();
        let counted = over_channels(&squares, 2);
        assert!((2..18).all(|x| (counted[x] - squares[x] - 4.0 / 3.0).abs() < 1e-12), "{counted:?}");
        assert!((over_channels(&[3.0; 5], 2).iter().sum::<f64>() - 15.0).abs() < 1e-12);
    }

    #[test]
    fn no_thickness_leaves_a_spectrum_alone() {
        let spectrum: Vec<f64> = (0..500).map(|i| 1.0 / (1.0 + f64::from(i))).collect();
        let out = &Scattering::new(0.25).apply(std::slice::from_ref(&spectrum), 0.0)[0];
        assert!(out.iter().zip(&spectrum).all(|(a, b)| (a - b).abs() < 1e-12));
    }
}
