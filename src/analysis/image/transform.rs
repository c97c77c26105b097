//! Two-dimensional Fourier transforms of pictures of any size.

use ndarray::Array2;
use rayon::prelude::*;
use rustfft::num_complex::Complex64;
use rustfft::{FftDirection, FftPlanner};

/// Transform of a picture, `[ky, kx]`, frequency 0 first: `F(k) = sum f(r) exp(-2 pi i k r)`.
pub(super) fn forward(picture: &Array2<f64>) -> Array2<Complex64> {
    both_axes(picture.mapv(|value| Complex64::new(value, 0.0)), FftDirection::Forward)
}

/// The real picture whose transform this is (real part; the rest is rounding when the transform is symmetric).
pub(super) fn backward(transform: Array2<Complex64>) -> Array2<f64> {
    let scale = 1.0 / transform.len().max(1) as f64;
    both_axes(transform, FftDirection::Inverse).mapv(|value| value.re * scale)
}

fn both_axes(values: Array2<Complex64>, direction: FftDirection) -> Array2<Complex64> {
    let turned = |values: Array2<Complex64>| values.t().as_standard_layout().into_owned();
    turned(rows(turned(rows(values, direction)), direction))
}

/// Transforms every row; rows are independent, so the result does not depend on the number of threads.
fn rows(mut values: Array2<Complex64>, direction: FftDirection) -> Array2<Complex64> {
    let plan = FftPlanner::new().plan_fft(values.ncols(), direction);
    let columns = values.ncols();
    if let Some(all) = values.as_slice_mut() {
        all.par_chunks_mut(columns).for_each(|row| plan.process(row));
    }
    values
}

/// Signed frequency of element `k` of `n`, cycles per element.
pub(super) fn frequency(k: usize, n: usize) -> f64 {
    let signed = if 2 * k > n { k as f64 - n as f64 } else { k as f64 };
    signed / n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_comes_back_and_a_wave_is_one_pair_of_peaks() {
        let wave =
            |(y, x): (usize, usize)| libm::cos(std::f64::consts::TAU * (3.0 * x as f64 / 15.0 + y as f64 / 12.0));
        let picture = Array2::from_shape_fn((12, 15), wave);
        let transform = forward(&picture);
        assert!((transform[(1, 3)].norm() - 90.0).abs() < 1e-9);
        assert!((transform[(11, 12)].norm() - 90.0).abs() < 1e-9);
        assert!(transform[(2, 3)].norm() < 1e-9);
        let back = backward(transform);
        assert!(back.iter().zip(&picture).all(|(a, b)| (a - b).abs() < 1e-12));
        assert_eq!((frequency(3, 15), frequency(12, 15), frequency(6, 12)), (0.2, -0.2, 0.5));
    }
}
