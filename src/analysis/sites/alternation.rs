//! Do even and odd oxygen columns differ? A free amplitude for every column, then the difference of the classes.

use nalgebra::{DMatrix, DVector};

use super::trains::{Lattice, Train, gaussian};
use super::{ColumnClass, FoundColumn, SiteProfile};
use crate::model::ProfileKind;

/// Mean peak of even columns minus that of odd ones in a profile, in sigma; `None` when it does not show oxygen, or a class has no usable column.
pub(super) fn z(
    profile: &SiteProfile,
    lattice: &Lattice,
    fwhm_nm: f64,
    step_nm: f64,
    columns: &[FoundColumn],
) -> Option<f64> {
    if profile.kind == ProfileKind::Haadf {
        return None;
    }
    let model = Model::new(profile, lattice, fwhm_nm, step_nm, columns);
    let contrast = contrast(columns, model.first_column)?;
    let contrast = DVector::from_fn(model.design.ncols(), |k, _| contrast.get(k).copied().unwrap_or(0.0));
    let covariance = model.design.tr_mul(&model.design).try_inverse()?;
    let amplitudes = &covariance * model.design.tr_mul(&model.target);
    let dof = model.target.len().checked_sub(model.design.ncols()).filter(|dof| *dof >= 5)?;
    let chi2 = (&model.target - &model.design * &amplitudes).norm_squared();
    let variance = contrast.dot(&(&covariance * &contrast)) * chi2 / dof as f64;
    let z = contrast.dot(&amplitudes) / variance.sqrt();
    z.is_finite().then_some(z)
}

/// Weighted design: constant, slope, Ti, oxygen beyond the scan, then one column for each oxygen column.
struct Model {
    design: DMatrix<f64>,
    target: DVector<f64>,
    first_column: usize,
}

impl Model {
    fn new(profile: &SiteProfile, lattice: &Lattice, fwhm_nm: f64, step_nm: f64, columns: &[FoundColumn]) -> Self {
        let count = profile.values.len();
        let middle = 0.5 * count as f64;
        let first_column = if profile.kind == ProfileKind::Abf { 3 } else { 2 };
        // Oxygen just beyond either end reaches into the scan; it has amplitudes of its own, used for nothing.
        let before = lattice.column_nm(-1);
        let after = lattice.column_nm(columns.len() as i64);
        let last_nm = count.saturating_sub(1) as f64 * step_nm;
        let outside: Vec<f64> = [(before, -before), (after, after - last_nm)]
            .iter()
            .filter(|(_, d)| *d < fwhm_nm)
            .map(|(c, _)| *c)
            .collect();
        let value = |i: usize, j: usize| {
            let x = i as f64 * step_nm;
            match j {
                0 => 1.0,
                1 => (i as f64 - middle) / middle,
                2 if first_column == 3 => lattice.train(Train::Ti, x, fwhm_nm),
                _ => {
                    let k = j - first_column;
                    let center = columns.get(k).map(|column| column.center_nm);
                    let center = center.or_else(|| outside.get(k - columns.len()).copied());
                    center.map_or(0.0, |center| gaussian(x - center, fwhm_nm))
                }
            }
        };
        let total = first_column + columns.len() + outside.len();
        Self {
            design: DMatrix::from_fn(count, total, |i, j| value(i, j) / profile.sigma[i]),
            target: DVector::from_fn(count, |i, _| profile.values[i] / profile.sigma[i]),
            first_column,
        }
    }
}

/// Mean of usable even columns minus mean of usable odd ones, as coefficients of all parameters.
fn contrast(columns: &[FoundColumn], first_column: usize) -> Option<Vec<f64>> {
    let count = |class| columns.iter().filter(|column| !column.excluded && column.class == class).count();
    let (even, odd) = (count(ColumnClass::Even), count(ColumnClass::Odd));
    if even == 0 || odd == 0 {
        return None;
    }
    let mut out = vec![0.0; first_column];
    out.extend(columns.iter().map(|column| match (column.excluded, column.class) {
        (true, _) => 0.0,
        (false, ColumnClass::Even) => 1.0 / even as f64,
        (false, ColumnClass::Odd) => -1.0 / odd as f64,
    }));
    Some(out)
}
