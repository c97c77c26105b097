//! Small numerical tools: smoothing, local quadratics, normal and chi-squared tails.

use nalgebra::{Cholesky, DMatrix, DVector, Dyn, Matrix3};
use statrs::distribution::{ChiSquared, ContinuousCDF, Normal};

/// Mean over `±half_width` (in channels, fractional), shortened symmetrically at the ends.
///
/// A sample at distance `d` weighs `clip(half_width + 0.5 - d, 0, 1)`.
pub(super) fn boxcar(values: &[f64], half_width: f64) -> Vec<f64> {
    let reach = (half_width + 0.5).floor() as usize;
    (0..values.len())
        .map(|i| {
            let reach = reach.min(i).min(values.len() - 1 - i);
            let (mut sum, mut weight) = (0.0, 0.0);
            for (j, value) in values.iter().enumerate().take(i + reach + 1).skip(i - reach) {
                let w = (half_width + 0.5 - i.abs_diff(j) as f64).clamp(0.0, 1.0);
                sum += w * value;
                weight += w;
            }
            if weight > 0.0 { sum / weight } else { values[i] }
        })
        .collect()
}

/// Kernel of the local quadratic through `2 * half + 1` points: its value at the centre is `sum kernel * values`.
///
/// Savitzky and Golay, Anal. Chem. 36 (1964) 1627, degree 2.
pub(super) fn local_quadratic(half: usize) -> Vec<f64> {
    let h = half as f64;
    let norm = (2.0 * h - 1.0) * (2.0 * h + 1.0) * (2.0 * h + 3.0) / 3.0;
    let at = |k: f64| (3.0 * h * (h + 1.0) - 1.0 - 5.0 * k * k) / norm;
    if half == 0 { vec![1.0] } else { (0..=2 * half).map(|i| at(i as f64 - h)).collect() }
}

/// Value and slope (per channel) at every channel of the local quadratic over `±half`, narrowed at the ends.
pub(super) fn quadratic_smooth(values: &[f64], half: usize) -> (Vec<f64>, Vec<f64>) {
    let len = values.len();
    (0..len)
        .map(|i| {
            let from = i.saturating_sub(half);
            let to = (i + half + 1).min(len);
            let [value, slope] = quadratic_at(&values[from..to], i as f64 - from as f64);
            (value, slope)
        })
        .unzip()
}

fn quadratic_at(values: &[f64], centre: f64) -> [f64; 2] {
    if values.len() < 3 {
        return [values.iter().sum::<f64>() / values.len().max(1) as f64, 0.0];
    }
    let mut normal = Matrix3::zeros();
    let mut right = nalgebra::Vector3::zeros();
    for (k, &y) in values.iter().enumerate() {
        let u = k as f64 - centre;
        let row = nalgebra::Vector3::new(1.0, u, u * u);
        normal += row * row.transpose();
        right += row * y;
    }
    normal.lu().solve(&right).map_or([values[centre as usize], 0.0], |q| [q[0], q[1]])
}

/// Position (in samples) of the maximum near `around`: vertex of the parabola over `±half` samples, at least one.
pub(super) fn parabola_top(values: &[f64], around: usize, half: f64) -> Option<f64> {
    let half = half.round().max(1.0) as usize;
    let from = around.checked_sub(half)?;
    let window = values.get(from..around + half + 1)?;
    let mut normal = Matrix3::zeros();
    let mut right = nalgebra::Vector3::zeros();
    for (k, &y) in window.iter().enumerate() {
        let u = k as f64 - half as f64;
        let row = nalgebra::Vector3::new(1.0, u, u * u);
        normal += row * row.transpose();
        right += row * y;
    }
    let q = normal.lu().solve(&right)?;
    let shift = -q[1] / (2.0 * q[2]);
    (q[2] < 0.0 && shift.abs() <= half as f64 + 0.5).then_some(around as f64 + shift)
}

/// Columns that several targets are fitted by.
pub(super) struct LeastSquares {
    design: DMatrix<f64>,
    normal: Cholesky<f64, Dyn>,
}

impl LeastSquares {
    /// Columns of equal length; `None` when singular.
    pub(super) fn new(columns: &[Vec<f64>]) -> Option<Self> {
        let design = DMatrix::from_fn(columns.first()?.len(), columns.len(), |i, j| columns[j][i]);
        let normal = design.tr_mul(&design).cholesky()?;
        Some(Self { design, normal })
    }

    /// Least squares of `columns * coefficients = y`: coefficients and residual sum of squares.
    pub(super) fn fit(&self, y: &[f64]) -> (Vec<f64>, f64) {
        let target = DVector::from_row_slice(y);
        let solution = self.normal.solve(&self.design.tr_mul(&target));
        let residual = target - &self.design * &solution;
        (solution.iter().copied().collect(), residual.norm_squared())
    }
}

/// Least squares of `columns * coefficients = y`: coefficients and residual sum of squares; `None` when singular.
pub(super) fn least_squares(columns: &[Vec<f64>], y: &[f64]) -> Option<(Vec<f64>, f64)> {
    Some(LeastSquares::new(columns)?.fit(y))
}

/// Two-sided p value of a standard normal deviate.
pub(super) fn normal_p(z: f64) -> f64 {
    libm::erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// Standard normal distribution function.
pub(super) fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

/// Inverse of [`normal_cdf`].
pub(super) fn normal_quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}

/// Probability of a chi squared at least as large; `None` without degrees of freedom.
pub(super) fn chi2_p(chi2: f64, dof: usize) -> Option<f64> {
    let distribution = ChiSquared::new(dof as f64).ok().filter(|_| dof > 0)?;
    chi2.is_finite().then(|| distribution.sf(chi2.max(0.0)))
}

/// Median; `None` when empty.
pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let middle = values.len() / 2;
    let (_, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    Some(*upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_local_quadratic_kernel_reproduces_a_parabola() {
        let kernel = local_quadratic(7);
        let value: f64 = kernel.iter().enumerate().map(|(k, w)| w * (2.0 + 0.3 * (k as f64 - 3.0).powi(2))).sum();
        assert!((value - (2.0 + 0.3 * 16.0)).abs() < 1e-10);
    }

    #[test]
    fn smoothing_gives_value_and_slope_of_a_parabola_up_to_the_ends() {
        let values: Vec<f64> = (0..20).map(|k| (k as f64 - 4.2).powi(2)).collect();
        let (smooth, slope) = quadratic_smooth(&values, 3);
        for k in 0..20 {
            assert!((smooth[k] - values[k]).abs() < 1e-8);
            assert!((slope[k] - 2.0 * (k as f64 - 4.2)).abs() < 1e-8);
        }
        assert!((parabola_top(&values.iter().map(|v| -v).collect::<Vec<_>>(), 4, 2.0).unwrap() - 4.2).abs() < 1e-9);
    }

    #[test]
    fn tails_agree_with_tables() {
        assert!((normal_p(1.959_963_985) - 0.05).abs() < 1e-9);
        assert!((chi2_p(7.814_727_903, 3).unwrap() - 0.05).abs() < 1e-8);
        assert!((normal_quantile(normal_cdf(1.3)) - 1.3).abs() < 1e-8);
        assert_eq!(chi2_p(1.0, 0), None);
    }
}
