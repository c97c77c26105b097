//! The lattice that fits all profiles best: a grid over period and phase, then refinement of the best places of it.

use nalgebra::{DMatrix, DVector};

use super::trains::{Lattice, start_fwhm_nm, straight_line};
use super::{SiteFindingError, SiteProfile};

/// Periods tried, relative to the expected one.
const PERIOD_RANGE: f64 = 0.06;
/// Places of the grid that are refined.
const STARTS: usize = 3;
/// Refinements, each with sigmas rescaled by the residual before it.
const REFINEMENTS: usize = 4;
/// Largest change of a width, relative.
const WIDTH_RANGE: f64 = 0.15;
/// Prior standard deviation of the logarithm of a width.
const WIDTH_PRIOR: f64 = 0.1;
/// The trains must explain this many times what as many chance parameters would.
const NEEDED_GAIN: f64 = 4.0;

/// A refined lattice.
pub(super) struct Refined {
    pub(super) lattice: Lattice,
    pub(super) period_sigma_nm: f64,
    pub(super) phase_sigma_nm: f64,
    /// Width of columns in each profile, nm.
    pub(super) fwhm_nm: Vec<f64>,
    /// Sum over profiles of `n ln chi2`: smaller is better, whatever the scale of the sigmas.
    misfit: f64,
}

/// Period, phase and logarithms of relative widths, and the profiles they are fitted to.
struct Problem<'a> {
    profiles: Vec<SiteProfile>,
    originals: &'a [SiteProfile],
    step_nm: f64,
    spacing_nm: f64,
}

/// The lattice that fits best.
pub(super) fn best_lattice(
    profiles: &[SiteProfile],
    step_nm: f64,
    spacing_nm: f64,
) -> Result<Refined, SiteFindingError> {
    let problem = Problem { profiles: profiles.to_vec(), originals: profiles, step_nm, spacing_nm };
    let refined = problem.starts().into_iter().filter_map(|start| problem.refine(start));
    let best = refined.min_by(|a, b| a.misfit.total_cmp(&b.misfit));
    let gain = best.as_ref().map_or(0.0, |best| problem.gain(best));
    match best {
        Some(best) if gain >= NEEDED_GAIN => Ok(best),
        _ => Err(SiteFindingError::NoColumns { spacing_nm, gain, needed: NEEDED_GAIN }),
    }
}

impl Problem<'_> {
    /// The best places of the grid, far enough apart to be different.
    fn starts(&self) -> Vec<DVector<f64>> {
        let positions = self.originals.first().map_or(0, |profile| profile.values.len());
        let length = positions as f64 * self.step_nm;
        let step = 0.2 * self.spacing_nm * self.spacing_nm / length;
        let half = (PERIOD_RANGE * self.spacing_nm / step).ceil() as i64;
        let mut places = Vec::new();
        for k in -half..=half {
            let period = self.spacing_nm * (1.0 + PERIOD_RANGE * k as f64 / half as f64);
            for m in 0..13 {
                let mut theta = DVector::zeros(2 + self.originals.len());
                theta[0] = period;
                theta[1] = period * f64::from(m) / 13.0;
                places.push((self.misfit(&theta), theta));
            }
        }
        places.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut starts: Vec<DVector<f64>> = Vec::new();
        for (_, theta) in places {
            let apart = |other: &DVector<f64>| {
                // Compared in the middle of the scan, where period and phase do not trade.
                let middle = |t: &DVector<f64>| ((0.5 * length - t[1]) / t[0]).rem_euclid(1.0);
                let distance = (middle(other) - middle(&theta)).abs();
                distance.min(1.0 - distance) > 0.2
            };
            if starts.len() < STARTS && starts.iter().all(apart) {
                starts.push(theta);
            }
        }
        starts
    }

    /// Refines a place; `None` when the fit is singular or leaves the range of periods.
    fn refine(&self, mut theta: DVector<f64>) -> Option<Refined> {
        let mut scaled = Problem { profiles: self.profiles.clone(), ..*self };
        let mut covariance = None;
        for _ in 0..REFINEMENTS {
            scaled.rescale(&theta);
            covariance = scaled.descend(&mut theta);
        }
        let covariance = covariance?;
        let period_nm = theta[0];
        let within = (period_nm / self.spacing_nm - 1.0).abs() <= 1.2 * PERIOD_RANGE;
        let lattice = Lattice { period_nm, phase_nm: theta[1].rem_euclid(period_nm) };
        within.then(|| Refined {
            lattice,
            period_sigma_nm: covariance[(0, 0)].sqrt(),
            phase_sigma_nm: covariance[(1, 1)].sqrt(),
            fwhm_nm: (0..self.originals.len()).map(|k| self.fwhm_nm(&theta, k)).collect(),
            misfit: self.misfit(&theta),
        })
    }

    /// Makes chi squared per degree of freedom one in every profile.
    fn rescale(&mut self, theta: &DVector<f64>) {
        for k in 0..self.profiles.len() {
            let residuals = self.residuals_of(theta, k);
            let dof = residuals.len().saturating_sub(6).max(1) as f64;
            let factor = (residuals.iter().map(|r| r * r).sum::<f64>() / dof).sqrt();
            if factor.is_finite() && factor > 0.0 {
                self.profiles[k].sigma.iter_mut().for_each(|sigma| *sigma *= factor);
            }
        }
    }

    /// Damped Gauss-Newton steps to the nearest minimum; the covariance there, `None` when singular.
    fn descend(&self, theta: &mut DVector<f64>) -> Option<DMatrix<f64>> {
        for _ in 0..8 {
            let (normal, gradient) = self.normal_equations(theta);
            let step = normal.clone().cholesky()?.solve(&gradient);
            let now = self.residuals(theta).norm_squared();
            let better = (0..8).find_map(|halvings| {
                let trial = self.clamped(&(&*theta - &step * 0.5_f64.powi(halvings)));
                (self.residuals(&trial).norm_squared() < now).then_some(trial)
            });
            let Some(better) = better else { break };
            let moved = (&better - &*theta).amax();
            *theta = better;
            if moved < 1e-5 {
                break;
            }
        }
        self.normal_equations(theta).0.try_inverse()
    }

    fn clamped(&self, theta: &DVector<f64>) -> DVector<f64> {
        let mut out = theta.clone();
        out.iter_mut().skip(2).for_each(|width| *width = width.clamp(-WIDTH_RANGE, WIDTH_RANGE));
        out
    }

    /// `J^T J` and `J^T r`, the Jacobian by central differences.
    fn normal_equations(&self, theta: &DVector<f64>) -> (DMatrix<f64>, DVector<f64>) {
        let residuals = self.residuals(theta);
        let mut jacobian = DMatrix::zeros(residuals.len(), theta.len());
        for k in 0..theta.len() {
            let h = if k < 2 { 1e-4 * self.spacing_nm } else { 1e-3 };
            let [mut up, mut down] = [theta.clone(), theta.clone()];
            up[k] += h;
            down[k] -= h;
            jacobian.set_column(k, &((self.residuals(&up) - self.residuals(&down)) / (2.0 * h)));
        }
        (jacobian.tr_mul(&jacobian), jacobian.tr_mul(&residuals))
    }

    fn fwhm_nm(&self, theta: &DVector<f64>, profile: usize) -> f64 {
        start_fwhm_nm(self.originals[profile].kind) * libm::exp(theta[2 + profile])
    }

    fn residuals_of(&self, theta: &DVector<f64>, profile: usize) -> Vec<f64> {
        let lattice = Lattice { period_nm: theta[0], phase_nm: theta[1] };
        lattice.residuals(&self.profiles[profile], self.fwhm_nm(theta, profile), self.step_nm)
    }

    /// Residuals of all profiles and of the prior on widths.
    fn residuals(&self, theta: &DVector<f64>) -> DVector<f64> {
        let mut all: Vec<f64> = (0..self.profiles.len()).flat_map(|k| self.residuals_of(theta, k)).collect();
        all.extend(theta.iter().skip(2).map(|width| width / WIDTH_PRIOR));
        DVector::from_vec(all)
    }

    fn misfit(&self, theta: &DVector<f64>) -> f64 {
        (0..self.originals.len())
            .map(|k| {
                let lattice = Lattice { period_nm: theta[0], phase_nm: theta[1] };
                let residuals = lattice.residuals(&self.originals[k], self.fwhm_nm(theta, k), self.step_nm);
                let chi2: f64 = residuals.iter().map(|r| r * r).sum();
                residuals.len() as f64 * libm::log(chi2.max(f64::MIN_POSITIVE))
            })
            .sum()
    }

    /// How much better than straight lines the lattice is: F of the trains and of period, phase and width.
    fn gain(&self, best: &Refined) -> f64 {
        let explained = |(k, profile): (usize, &SiteProfile)| {
            let residuals = best.lattice.residuals(profile, best.fwhm_nm[k], self.step_nm);
            let chi2: f64 = residuals.iter().map(|r| r * r).sum();
            let parameters = 6.0;
            let dof = (residuals.len() as f64 - parameters - 2.0).max(1.0);
            (straight_line(profile) - chi2) / parameters / (chi2 / dof).max(f64::MIN_POSITIVE)
        };
        self.originals.iter().enumerate().map(explained).fold(0.0, f64::max)
    }
}
