//! Least squares under linear inequalities.

use nalgebra::{DMatrix, DVector};

/// Residuals below this share of the largest count as zero.
const TOLERANCE: f64 = 1e-12;

/// The `u >= 0` with the smallest `|A u - b|`.
///
/// C. Lawson and R. Hanson, Solving Least Squares Problems, 1974, chapter 23 (NNLS). `None` when it does not end, which
/// rounding alone can cause.
pub(super) fn non_negative_least_squares(a: &DMatrix<f64>, b: &DVector<f64>) -> Option<DVector<f64>> {
    let count = a.ncols();
    let mut free = vec![false; count];
    let mut u = DVector::zeros(count);
    for _ in 0..10 * count.max(3) {
        let pull = a.transpose() * (b - a * &u);
        let floor = TOLERANCE * a.norm() * b.norm();
        let Some(next) = (0..count).filter(|&k| !free[k]).max_by(|&k, &l| pull[k].total_cmp(&pull[l])) else {
            return Some(u);
        };
        if pull[next] <= floor {
            return Some(u);
        }
        free[next] = true;
        loop {
            let trial = unconstrained(a, b, &free)?;
            let blocked = (0..count).filter(|&k| free[k] && trial[k] <= 0.0);
            let Some(step) = blocked.map(|k| if u[k] > 0.0 { u[k] / (u[k] - trial[k]) } else { 0.0 }).reduce(f64::min)
            else {
                u = trial;
                break;
            };
            u += (trial - &u) * step;
            let stuck = (0..count).filter(|&k| free[k] && u[k] <= TOLERANCE).collect::<Vec<_>>();
            if stuck.is_empty() {
                return None;
            }
            stuck.into_iter().for_each(|k| {
                free[k] = false;
                u[k] = 0.0;
            });
        }
    }
    None
}

/// Least squares over the free columns, zero elsewhere.
fn unconstrained(a: &DMatrix<f64>, b: &DVector<f64>, free: &[bool]) -> Option<DVector<f64>> {
    let columns: Vec<usize> = (0..free.len()).filter(|&k| free[k]).collect();
    let solved = a.select_columns(&columns).svd(true, true).solve(b, TOLERANCE).ok()?;
    let mut u = DVector::zeros(free.len());
    columns.iter().zip(solved.iter()).for_each(|(&k, value)| u[k] = *value);
    Some(u)
}

/// The `x` with the smallest `x^T F x / 2 - g^T x` among those with `C x >= 0`, and which rows of `C` hold it.
///
/// With `F = L L^T` and `z = L^T x - L^-1 g` this is the least distance problem `min |z|`, `C' z >= h`, solved through
/// non-negative least squares (Lawson and Hanson, 1974, chapter 23). `None` when `F` is not positive definite.
pub(super) fn constrained(f: &DMatrix<f64>, g: &DVector<f64>, c: &DMatrix<f64>) -> Option<(DVector<f64>, Vec<usize>)> {
    let lower = f.clone().cholesky()?.l();
    let free = lower.solve_lower_triangular(g)?;
    let turned = lower.solve_lower_triangular(&c.transpose())?;
    let bound = -(turned.transpose() * &free);
    let (size, rows) = (f.nrows(), c.nrows());
    let a = DMatrix::from_fn(size + 1, rows, |i, j| if i < size { turned[(i, j)] } else { bound[j] });
    let mut target = DVector::zeros(size + 1);
    target[size] = 1.0;
    let u = non_negative_least_squares(&a, &target)?;
    let residual = &a * &u - target;
    let last = residual[size];
    let z = if last.abs() > TOLERANCE { residual.rows(0, size) / -last } else { return None };
    let x = lower.transpose().solve_upper_triangular(&(z + free))?;
    Some((x, (0..rows).filter(|&k| u[k] > 0.0).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn non_negative_least_squares_agrees_with_a_solution_by_hand() {
        // Columns (1, 0) and (1, 1); target (1, -1): the second coefficient would be -1, so the first alone fits best.
        let a = DMatrix::from_row_slice(2, 2, &[1.0, 1.0, 0.0, 1.0]);
        let u = non_negative_least_squares(&a, &DVector::from_row_slice(&[1.0, -1.0])).unwrap();
        assert!((u[0] - 1.0).abs() < 1e-12 && u[1] == 0.0, "{u}");
    }

    #[test]
    fn an_inequality_that_would_be_broken_holds_as_an_equality() {
        // Nearest point to (2, 1) with y >= x: (1.5, 1.5).
        let f = DMatrix::identity(2, 2);
        let g = DVector::from_row_slice(&[2.0, 1.0]);
        let (x, active) = constrained(&f, &g, &DMatrix::from_row_slice(2, 2, &[-1.0, 1.0, 1.0, 0.0])).unwrap();
        assert!((x[0] - 1.5).abs() < 1e-12 && (x[1] - 1.5).abs() < 1e-12, "{x}");
        assert_eq!(active, [0]);
        let (x, active) = constrained(&f, &g, &DMatrix::from_row_slice(1, 2, &[1.0, 1.0])).unwrap();
        assert!((x - g).norm() < 1e-12 && active.is_empty());
    }
}
