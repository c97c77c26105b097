//! The linear part of the model: constant, slope, and trains of Gaussian peaks with amplitudes that are not negative.

use nalgebra::{DMatrix, DVector};

use super::SiteProfile;
use crate::model::ProfileKind;

/// Full width at half maximum of a Gaussian over its standard deviation.
const FWHM_PER_SIGMA: f64 = 2.354_820_045_030_949;

/// Where oxygen columns lie: `phase + index * period`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Lattice {
    pub(super) period_nm: f64,
    pub(super) phase_nm: f64,
}

/// Which columns make up a train.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Train {
    EvenOxygen,
    OddOxygen,
    Ti,
}

impl Train {
    /// What a profile of a kind shows.
    pub(super) fn of(kind: ProfileKind) -> &'static [Self] {
        match kind {
            ProfileKind::Abf => &[Self::EvenOxygen, Self::OddOxygen, Self::Ti],
            ProfileKind::Haadf => &[Self::Ti],
            ProfileKind::OK => &[Self::EvenOxygen, Self::OddOxygen],
        }
    }
}

/// Width of a column to start with, full width at half maximum, nm.
pub(super) fn start_fwhm_nm(kind: ProfileKind) -> f64 {
    match kind {
        ProfileKind::Abf => 0.13,
        ProfileKind::Haadf => 0.14,
        ProfileKind::OK => 0.19,
    }
}

/// A Gaussian of unit height.
pub(super) fn gaussian(x_nm: f64, fwhm_nm: f64) -> f64 {
    let z = x_nm / fwhm_nm * FWHM_PER_SIGMA;
    libm::exp(-0.5 * z * z)
}

impl Lattice {
    /// Centre of an oxygen column, nm.
    pub(super) fn column_nm(&self, index: i64) -> f64 {
        self.phase_nm + index as f64 * self.period_nm
    }

    /// Value of a train of unit peaks at a place.
    pub(super) fn train(&self, train: Train, x_nm: f64, fwhm_nm: f64) -> f64 {
        let (first, step) = match train {
            Train::EvenOxygen => (self.phase_nm, 2.0 * self.period_nm),
            Train::OddOxygen => (self.phase_nm + self.period_nm, 2.0 * self.period_nm),
            Train::Ti => (self.phase_nm + 0.5 * self.period_nm, self.period_nm),
        };
        // Peaks further than three widths away add nothing (less than 1e-10).
        let reach = (3.0 * fwhm_nm / step).ceil() as i64;
        let nearest = ((x_nm - first) / step).round() as i64;
        (nearest - reach..=nearest + reach).map(|k| gaussian(x_nm - first - k as f64 * step, fwhm_nm)).sum()
    }

    /// Columns of the model of a profile, weighted: constant, slope, trains.
    fn design(&self, profile: &SiteProfile, fwhm_nm: f64, step_nm: f64) -> Vec<Vec<f64>> {
        let middle = 0.5 * profile.values.len() as f64;
        let weighted = |f: &dyn Fn(f64) -> f64| -> Vec<f64> {
            profile.sigma.iter().enumerate().map(|(i, sigma)| f(i as f64) / sigma).collect()
        };
        let mut columns = vec![weighted(&|_| 1.0), weighted(&|i| (i - middle) / middle)];
        let trains = Train::of(profile.kind).iter();
        columns.extend(trains.map(|&train| weighted(&|i| self.train(train, i * step_nm, fwhm_nm))));
        columns
    }

    /// Weighted residuals of the best model of a profile whose peaks are not negative.
    pub(super) fn residuals(&self, profile: &SiteProfile, fwhm_nm: f64, step_nm: f64) -> Vec<f64> {
        let design = self.design(profile, fwhm_nm, step_nm);
        let target: Vec<f64> = profile.values.iter().zip(&profile.sigma).map(|(y, sigma)| y / sigma).collect();
        not_negative(&design, &target)
    }
}

/// Weighted residuals of a straight line through a profile.
pub(super) fn straight_line(profile: &SiteProfile) -> f64 {
    let lattice = Lattice { period_nm: 1.0, phase_nm: 0.0 };
    let design = lattice.design(profile, 0.1, 0.0);
    let target: Vec<f64> = profile.values.iter().zip(&profile.sigma).map(|(y, sigma)| y / sigma).collect();
    let (_, residuals) = least_squares(&design[..2], &target).unwrap_or_else(|| (Vec::new(), target.clone()));
    residuals.iter().map(|r| r * r).sum()
}

/// Residuals of the least-squares fit whose coefficients from the third on are not negative: of all choices of peaks
/// that may differ from zero (eight at most), the best that is allowed.
fn not_negative(design: &[Vec<f64>], target: &[f64]) -> Vec<f64> {
    let trains = design.len() - 2;
    let mut best = (f64::INFINITY, target.to_vec());
    // All trains first: when that is allowed, nothing can be better.
    for choice in (0..1_u32 << trains).rev() {
        let chosen = |k: &usize| *k < 2 || choice >> (k - 2) & 1 == 1;
        let columns: Vec<Vec<f64>> = (0..design.len()).filter(chosen).map(|k| design[k].clone()).collect();
        let Some((coefficients, residuals)) = least_squares(&columns, target) else { continue };
        if coefficients.iter().skip(2).any(|amplitude| *amplitude < 0.0) {
            continue;
        }
        let chi2: f64 = residuals.iter().map(|r| r * r).sum();
        if chi2 < best.0 {
            best = (chi2, residuals);
        }
        if choice + 1 == 1 << trains {
            break;
        }
    }
    best.1
}

/// Coefficients and residuals; `None` when singular.
fn least_squares(columns: &[Vec<f64>], target: &[f64]) -> Option<(Vec<f64>, Vec<f64>)> {
    let design = DMatrix::from_fn(target.len(), columns.len(), |i, j| columns[j][i]);
    let y = DVector::from_row_slice(target);
    let solution = design.tr_mul(&design).cholesky()?.solve(&design.tr_mul(&y));
    let residuals = y - design * &solution;
    Some((solution.as_slice().to_vec(), residuals.as_slice().to_vec()))
}
