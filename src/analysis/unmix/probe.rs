//! How much of every column is seen along a scan: the probe's profile fitted to the net O K signal along the chain.

use nalgebra::{DMatrix, DVector, Matrix2, Vector2};

use crate::analysis::sites::SiteProfile;
use crate::model::ProbeModel;

use super::UnmixError;

/// Full width at half maximum of a Gaussian over its standard deviation.
const FWHM_PER_SIGMA: f64 = 2.354_820_045_030_949;
/// Core to begin with, and the widths that mean something, full width at half maximum, nm.
const CORE_NM: [f64; 3] = [0.19, 0.05, 0.8];
const MAX_ITERATIONS: usize = 60;
/// Settled when no parameter moves by more than this, nm.
const SETTLED_NM: f64 = 1e-7;

/// Where the columns of two alternating classes lie: the first class at `phase + 2 n period`, the second between.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chain {
    /// Distance of neighbouring columns, nm.
    pub period_nm: f64,
    /// A column of the first class, nm from position 0.
    pub phase_nm: f64,
}

impl Chain {
    /// The line through the centres of the columns of both classes, nm.
    ///
    /// `spacing_nm` is about what neighbours are apart.
    ///
    /// `centre = phase + n period` by least squares. Not alternating is also a class without columns.
    ///
    /// # Errors
    /// [`UnmixError::NotAlternating`] when the classes do not alternate along the chain.
    pub fn through(first_nm: &[f64], second_nm: &[f64], spacing_nm: f64) -> Result<Self, UnmixError> {
        let origin = *first_nm.first().ok_or(UnmixError::NotAlternating)?;
        let index = |centre: f64| ((centre - origin) / spacing_nm).round();
        let alternate = first_nm.iter().all(|c| index(*c).rem_euclid(2.0) == 0.0)
            && second_nm.iter().all(|c| index(*c).rem_euclid(2.0) == 1.0)
            && !second_nm.is_empty();
        if !alternate {
            return Err(UnmixError::NotAlternating);
        }
        let points: Vec<(f64, f64)> = first_nm.iter().chain(second_nm).map(|&c| (index(c), c)).collect();
        let count = points.len() as f64;
        let mean = |f: fn(&(f64, f64)) -> f64| points.iter().map(f).sum::<f64>() / count;
        let (n, c) = (mean(|p| p.0), mean(|p| p.1));
        let slope = points.iter().map(|p| (p.0 - n) * (p.1 - c)).sum::<f64>()
            / points.iter().map(|p| (p.0 - n).powi(2)).sum::<f64>();
        Ok(Self { period_nm: slope, phase_nm: c - slope * n })
    }

    /// Sum over all columns of a class (0 or 1) of `f` at the distance of `x_nm` from the column, as far as `reach_nm`.
    fn sum(&self, class: usize, x_nm: f64, reach_nm: f64, f: impl Fn(f64) -> [f64; 3]) -> [f64; 3] {
        let (first, step) = (self.phase_nm + class as f64 * self.period_nm, 2.0 * self.period_nm);
        let nearest = ((x_nm - first) / step).round();
        let reach = (reach_nm / step).ceil() as i64;
        let mut total = [0.0; 3];
        for k in -reach..=reach {
            let part = f(x_nm - first - (nearest + k as f64) * step);
            total.iter_mut().zip(part).for_each(|(total, part)| *total += part);
        }
        total
    }
}

/// The probe and what it sees of the columns.
#[derive(Debug, Clone, PartialEq)]
pub struct ProbeProfile {
    /// The chain, its phase refined.
    pub chain: Chain,
    /// Full width at half maximum of the core, nm.
    pub core_fwhm_nm: f64,
    /// Its standard deviation from the profile's noise, the rest as stated.
    pub core_fwhm_sigma_nm: f64,
    /// What was stated of the probe.
    pub stated: ProbeModel,
    /// Signal of a column of each class by itself at its centre.
    pub columns: [f64; 2],
    /// Chi squared per degree of freedom of the profile.
    pub reduced_chi2: f64,
}

impl ProbeProfile {
    /// Fits core width, phase and the signal of both classes to a net signal along the scan; tail and oxygen outside the
    /// chain are what they are stated to be.
    ///
    /// Least squares with the profile's sigmas, Gauss and Newton with steps halved until they help.
    ///
    /// `signal = constant + A_1 seen_1 + A_2 seen_2` in the unit of the profile, lengths in nm (own construction).
    /// Refused also: four positions or fewer, a core outside 0.05 to 0.8 nm, and a class without signal above zero.
    ///
    /// # Errors
    /// [`UnmixError::ProfileNotFitted`] when the fit does not settle or the core's width means nothing.
    ///
    /// # Examples
    /// ```
    /// use moray::analysis::sites::SiteProfile;
    /// use moray::analysis::unmix::{Chain, ProbeProfile};
    /// use moray::model::{ProbeModel, ProfileKind};
    /// let stated = ProbeModel { tail_share: 0.1, tail_fwhm_nm: 0.5, off_chain: 0.15 };
    /// let chain = Chain { period_nm: 0.296, phase_nm: 0.112 };
    /// let truth = ProbeProfile {
    ///     chain,
    ///     core_fwhm_nm: 0.17,
    ///     core_fwhm_sigma_nm: 0.0,
    ///     stated,
    ///     columns: [80.0, 100.0],
    ///     reduced_chi2: 0.0,
    /// };
    /// let values: Vec<f64> = (0..70).map(|i| truth.signal(0.035 * f64::from(i))).collect();
    /// let profile = SiteProfile { kind: ProfileKind::OK, sigma: vec![1.0; values.len()], values };
    /// // The columns are given 0.008 nm beside where they are.
    /// let found = ProbeProfile::fit(&profile, 0.035, Chain { phase_nm: 0.12, ..chain }, stated)?;
    /// assert!((found.core_fwhm_nm - 0.17).abs() < 1e-3 && (found.chain.phase_nm - 0.112).abs() < 1e-3);
    /// assert!((found.columns[0] - 80.0).abs() < 0.5 && (found.columns[1] - 100.0).abs() < 0.5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fit(profile: &SiteProfile, step_nm: f64, chain: Chain, stated: ProbeModel) -> Result<Self, UnmixError> {
        let mut shape = Shape { chain, core_nm: CORE_NM[0], stated };
        let mut here = shape.linear(profile, step_nm).ok_or(UnmixError::ProfileNotFitted)?;
        for _ in 0..MAX_ITERATIONS {
            let step = shape.step(profile, step_nm, &here).ok_or(UnmixError::ProfileNotFitted)?;
            let mut length = 1.0;
            let (moved, there) = loop {
                let moved = shape.moved(length * step[0], length * step[1]);
                match moved.linear(profile, step_nm) {
                    Some(there) if there.chi2 <= here.chi2 => break (moved, there),
                    _ if length < 1e-6 => break (shape, here),
                    _ => length *= 0.5,
                }
            };
            let change = (moved.core_nm - shape.core_nm).abs().max((moved.chain.phase_nm - shape.chain.phase_nm).abs());
            (shape, here) = (moved, there);
            if change < SETTLED_NM {
                return shape.settled(profile, step_nm, &here).ok_or(UnmixError::ProfileNotFitted);
            }
        }
        Err(UnmixError::ProfileNotFitted)
    }

    /// What the probe at `x_nm` sees of a class of columns, 1 for a column by itself at its centre.
    ///
    /// `sum_n (1 - s) g(x - x_n, core) + s g(x - x_n, tail)`, `s` the share of the tail and `g` a Gaussian of unit
    /// height; dimensionless, own construction. Close to 0 far from all columns of the class.
    pub fn seen(&self, class: usize, x_nm: f64) -> f64 {
        Shape { chain: self.chain, core_nm: self.core_fwhm_nm, stated: self.stated }.seen(class, x_nm)[0]
    }

    /// Signal of oxygen outside the chain: the stated part of the mean column's.
    ///
    /// `off_chain (A_1 + A_2) / 2` in the unit of the profile, by the definition; 0 without oxygen outside the chain.
    pub fn constant(&self) -> f64 {
        self.stated.off_chain * 0.5 * (self.columns[0] + self.columns[1])
    }

    /// The fitted signal at `x_nm`.
    ///
    /// `constant + A_1 seen_1 + A_2 seen_2` in the unit of the profile, by the definition.
    pub fn signal(&self, x_nm: f64) -> f64 {
        self.constant() + self.columns[0] * self.seen(0, x_nm) + self.columns[1] * self.seen(1, x_nm)
    }
}

/// The parameters that the signal depends on in a way that is not linear.
#[derive(Debug, Clone, Copy)]
struct Shape {
    chain: Chain,
    core_nm: f64,
    stated: ProbeModel,
}

/// The signals of both classes for a shape.
#[derive(Debug, Clone, Copy)]
struct Linear {
    columns: Vector2<f64>,
    chi2: f64,
}

impl Shape {
    /// What is seen of a class at a place, and its derivatives with respect to core width and phase.
    fn seen(&self, class: usize, x_nm: f64) -> [f64; 3] {
        let ProbeModel { tail_share, tail_fwhm_nm, .. } = self.stated;
        let gaussian = |d: f64, fwhm: f64| {
            let z = d / fwhm * FWHM_PER_SIGMA;
            libm::exp(-0.5 * z * z)
        };
        let curvature = FWHM_PER_SIGMA * FWHM_PER_SIGMA;
        let reach = 3.5 * self.core_nm.max(tail_fwhm_nm);
        self.chain.sum(class, x_nm, reach, |d| {
            let core = (1.0 - tail_share) * gaussian(d, self.core_nm);
            let far = tail_share * gaussian(d, tail_fwhm_nm);
            let by_width = core * curvature * d * d / self.core_nm.powi(3);
            let by_phase = d * curvature * (core / self.core_nm.powi(2) + far / tail_fwhm_nm.powi(2));
            [core + far, by_width, by_phase]
        })
    }

    fn moved(&self, core_nm: f64, phase_nm: f64) -> Self {
        let chain = Chain { phase_nm: self.chain.phase_nm + phase_nm, ..self.chain };
        Self { chain, core_nm: (self.core_nm + core_nm).clamp(0.5 * CORE_NM[1], 2.0 * CORE_NM[2]), ..*self }
    }

    /// Signal at a place of unit columns of each class, with their part of what lies outside the chain.
    fn row(&self, x_nm: f64) -> Vector2<f64> {
        let outside = 0.5 * self.stated.off_chain;
        Vector2::new(self.seen(0, x_nm)[0] + outside, self.seen(1, x_nm)[0] + outside)
    }

    fn linear(&self, profile: &SiteProfile, step_nm: f64) -> Option<Linear> {
        let mut normal = Matrix2::zeros();
        let mut right = Vector2::zeros();
        let points = || profile.values.iter().zip(&profile.sigma).enumerate();
        for (i, (value, sigma)) in points() {
            let row = self.row(i as f64 * step_nm);
            normal += row * row.transpose() / (sigma * sigma);
            right += row * (value / (sigma * sigma));
        }
        let columns = normal.cholesky()?.solve(&right);
        let residual = |i: usize| self.row(i as f64 * step_nm).dot(&columns);
        let chi2 = points().map(|(i, (value, sigma))| ((value - residual(i)) / sigma).powi(2)).sum::<f64>();
        chi2.is_finite().then_some(Linear { columns, chi2 })
    }

    /// Rows of the whole Jacobian over sigma, and residuals over sigma.
    fn design(&self, profile: &SiteProfile, step_nm: f64, linear: &Linear) -> (DMatrix<f64>, DVector<f64>) {
        let count = profile.values.len();
        let (mut design, mut residual) = (DMatrix::zeros(count, 4), DVector::zeros(count));
        for (i, (value, sigma)) in profile.values.iter().zip(&profile.sigma).enumerate() {
            let [one, two] = [0, 1].map(|class| self.seen(class, i as f64 * step_nm));
            let [a, b] = linear.columns.into();
            let unit = self.row(i as f64 * step_nm);
            let row = [a * one[1] + b * two[1], a * one[2] + b * two[2], unit[0], unit[1]];
            row.iter().enumerate().for_each(|(k, v)| design[(i, k)] = v / sigma);
            residual[i] = (value - unit.dot(&linear.columns)) / sigma;
        }
        (design, residual)
    }

    /// Step of core width and phase, nm.
    fn step(&self, profile: &SiteProfile, step_nm: f64, linear: &Linear) -> Option<[f64; 2]> {
        let (design, residual) = self.design(profile, step_nm, linear);
        let step = (design.transpose() * &design).cholesky()?.solve(&(design.transpose() * residual));
        Some([step[0].clamp(-0.03, 0.03), step[1].clamp(-0.03, 0.03)])
    }

    fn settled(&self, profile: &SiteProfile, step_nm: f64, linear: &Linear) -> Option<ProbeProfile> {
        let (design, _) = self.design(profile, step_nm, linear);
        let covariance = (design.transpose() * &design).cholesky()?.inverse();
        let dof = profile.values.len().checked_sub(4).filter(|dof| *dof > 0)?;
        let [first, second] = linear.columns.into();
        let meaningful = (CORE_NM[1]..CORE_NM[2]).contains(&self.core_nm) && first > 0.0 && second > 0.0;
        meaningful.then(|| ProbeProfile {
            chain: self.chain,
            core_fwhm_nm: self.core_nm,
            core_fwhm_sigma_nm: covariance[(0, 0)].sqrt(),
            stated: self.stated,
            columns: [first, second],
            reduced_chi2: linear.chi2 / dof as f64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::unmix::Mixing;
    use crate::model::ProfileKind;

    #[test]
    fn a_profile_made_of_a_probe_gives_the_probe_back() {
        let stated = ProbeModel { tail_share: 0.1, tail_fwhm_nm: 0.5, off_chain: 0.15 };
        let chain = Chain { period_nm: 0.296, phase_nm: 0.112 };
        let truth = ProbeProfile {
            chain,
            core_fwhm_nm: 0.17,
            core_fwhm_sigma_nm: 0.0,
            stated,
            columns: [80.0, 100.0],
            reduced_chi2: 0.0,
        };
        let values: Vec<f64> = (0..70).map(|i| truth.signal(f64::from(i) * 0.035)).collect();
        let profile = SiteProfile { kind: ProfileKind::OK, sigma: vec![1.0; values.len()], values };
        let off = Chain { phase_nm: 0.12, ..chain };
        let found = ProbeProfile::fit(&profile, 0.035, off, stated).unwrap();
        assert!((found.core_fwhm_nm - 0.17).abs() < 1e-4, "{found:?}");
        assert!((found.columns[0] - 80.0).abs() < 0.05 && (found.constant() - 13.5).abs() < 0.01, "{found:?}");
        assert!((found.chain.phase_nm - 0.112).abs() < 1e-4);
    }

    #[test]
    fn a_probe_as_wide_as_the_chain_is_coarse_is_refused() {
        let probe = |core_fwhm_nm| ProbeProfile {
            chain: Chain { period_nm: 0.3, phase_nm: 0.3 },
            core_fwhm_nm,
            core_fwhm_sigma_nm: 0.0,
            stated: ProbeModel { tail_share: 0.1, tail_fwhm_nm: 0.5, off_chain: 0.1 },
            columns: [1.0, 1.0],
            reduced_chi2: 1.0,
        };
        let at: [&[usize]; 2] = [&[5, 6, 7], &[11, 12, 13]];
        let narrow = Mixing::new(probe(0.1), at, 0.05);
        // The core has its full height in the middle and half of it 0.05 nm to each side, the tail hardly falls.
        assert!((narrow.matrix[0][0] - (0.9 * 2.0 / 3.0 + 0.1)).abs() < 0.01, "{narrow:?}");
        assert!(narrow.condition_number < 1.3, "{narrow:?}");
        let wide = Mixing::new(probe(0.6), at, 0.05);
        assert_eq!(wide.checked(), Err(UnmixError::IllConditioned { condition_number: wide.condition_number }));
    }

    #[test]
    fn columns_that_do_not_alternate_are_no_chain() {
        let chain = Chain::through(&[0.1, 0.7], &[0.4, 1.0], 0.2956).unwrap();
        assert!((chain.period_nm - 0.3).abs() < 1e-9 && (chain.phase_nm - 0.1).abs() < 1e-9);
        assert_eq!(Chain::through(&[0.1, 0.4], &[0.7], 0.2956), Err(UnmixError::NotAlternating));
        assert_eq!(Chain::through(&[0.1], &[], 0.2956), Err(UnmixError::NotAlternating));
    }
}
