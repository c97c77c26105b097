//! Is Ti L2,3 at a site the same as in the reference? Equality, shift, Ti3+ fraction with limits, t2g-eg splitting.

mod splitting;
mod ti3;

use nalgebra::{DMatrix, DVector};

pub use splitting::{NetSpectrum, Splitting};
pub use ti3::{Ti3Error, Ti3Reference, Ti3Shape};

use crate::model::{EnergyWindow, TiLimits};

use super::net::{Pair, SiteBackground};
use super::numeric::{chi2_p, normal_cdf, normal_quantile, quadratic_smooth};
use super::sums::SummedSpectrum;

/// Smoothing of the pooled edge, eV to each side.
const SMOOTH_EV: f64 = 0.45;
/// Shift of Ti3+ relative to Ti4+ when no Ti3+ reference is supplied, eV (Stoyanov et al., Am. Mineral. 92 (2007) 577).
pub(super) const TI3_SHIFT_EV: f64 = -1.7;
/// One-sided 5 % of chi squared with one degree of freedom.
const DETECTION_CHI2: f64 = 2.71;

/// What the comparison of Ti L shapes gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TiComparison {
    /// Probability of a difference at least as large between equal edges.
    pub p_equal: f64,
    /// Shift of the site relative to the reference and its sigma, eV.
    pub shift_ev: [f64; 2],
    /// Ti3+ fraction with the shift free, and its sigma: the two are correlated.
    pub ti3_fraction: [f64; 2],
    /// Ti3+ fraction without a shift, and its sigma.
    pub ti3_fixed_shift: [f64; 2],
    /// 95 % upper limit of the Ti3+ fraction (free shift).
    pub ti3_upper95: f64,
    /// Whether the Ti3+ fraction is above zero at the one-sided 5 % level.
    pub ti3_detected: bool,
}

impl TiComparison {
    /// `unchanged`, `changed` or `insufficient-sensitivity` under the user's limits; `shift_visible` is false when
    /// spectra were aligned on Ti L itself.
    ///
    /// `unchanged`: `p_equal > 0.05`, a visible shift with `|shift| + 1.645 sigma` (eV) below its limit, and the upper
    /// limit of Ti3+ below its own. `changed`: `p_equal < 0.01` and a visible shift beyond 1.96 sigma or Ti3+ detected.
    /// Own rule; everything else, numbers that are none included, is the third. Ti3+ counts for nothing where
    /// `ti3_known` is false, as for other metals without a reference spectrum.
    pub fn verdict(&self, limits: &TiLimits, shift_visible: bool, ti3_known: bool) -> &'static str {
        let [shift, sigma] = self.shift_ev;
        let (ti3_small, ti3_real) = match ti3_known {
            true => (self.ti3_upper95 < limits.max_ti3_fraction, self.ti3_detected),
            false => (true, false),
        };
        let shift_small = shift_visible && shift.abs() + 1.645 * sigma < limits.max_shift_ev;
        let shift_real = shift_visible && shift.abs() > 1.96 * sigma;
        if self.p_equal > 0.05 && shift_small && ti3_small {
            "unchanged"
        } else if self.p_equal < 0.01 && (shift_real || ti3_real) {
            "changed"
        } else {
            "insufficient-sensitivity"
        }
    }
}

/// Compares the net Ti L of both spectra of a pair over a window; `None` when the window is too short or a matrix
/// singular.
///
/// With `S`, `P` the net spectra, `alpha` their ratio of areas and `u` the pooled edge: `y = S - alpha P` is regressed
/// on `u` (equality), `-alpha u'` (shift) and `alpha (T3 - u)` (Ti3+), backgrounds entering as columns with unit
/// Gaussian priors. `u` is uncorrelated with `y`, so the regression has no errors-in-variables bias. `T3` is the
/// supplied shape of Ti3+, or without one `u` moved by -1.7 eV, which understates the fraction by 10 to 15 %.
///
/// Covariances are multiplied by the pair's factor (a pre-edge that scatters too much, a failed self-check), as those of
/// drops are. `T3` has the area of `u` over the window compared; science.md takes 454-474 eV, 2 eV more, which recipes for
/// other metals have no room for.
///
/// Shift in eV, fractions dimensionless: `f = c / (1 + w c)` from the coefficient `c` of Ti3+ and the mean share `w` of
/// the site in `u`; the 95 % limit is `f + sigma Phi^-1(1 - 0.05 Phi(f / sigma))`, of a Gaussian cut off at zero. Own
/// construction. Too short is below ten channels; `None` also when the net areas, or `T3` and `u`, have no ratio above
/// zero.
///
/// # Examples
/// ```
/// use moray::analysis::net::{Pair, Place};
/// use moray::analysis::{sums::SummedSpectrum, ti_l};
/// use moray::model::{EnergyAxis, Recipe};
/// use rand::SeedableRng;
///
/// let recipe = Recipe::preset("lto").unwrap();
/// let edge = recipe.edges.iter().find(|edge| edge.compare_window_ev.is_some()).unwrap();
/// let axis = EnergyAxis::new(430.0, 0.25, 400).unwrap();
/// let lines = [(458.3, 1.0, 0.6), (460.4, 1.5, 0.9), (463.7, 1.5, 0.6), (465.8, 1.9, 0.8)];
/// let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(1);
/// let mut sum = |moved: f64| {
///     let line = |e: f64, (at, fwhm, height): (f64, f64, f64)| {
///         height * (-2.7726 * ((e - at - moved) / fwhm).powi(2)).exp()
///     };
///     let curve = |e: f64| {
///         let net: f64 = lines.iter().map(|l| line(e, *l)).sum();
///         2e4 * ((e / 450.0).powf(-3.0) + net)
///     };
///     SummedSpectrum::counted(axis, axis.energies().into_iter().map(curve).collect()).drawn(&mut random)
/// };
/// let (site, reference) = (sum(0.03), sum(0.0));
/// let place = Place { site: "site", reference: "reference" };
/// let pair = Pair::fit(&site, &reference, edge, place, 0.0).unwrap();
/// let found = ti_l::compare(&pair, edge.compare_window_ev.unwrap(), None).unwrap();
/// let [shift, sigma] = found.shift_ev;
/// assert!((shift - 0.03).abs() < 3.0 * sigma && sigma < 0.01, "{shift} +- {sigma}");
/// assert!(found.p_equal < 0.05);
/// ```
pub fn compare(pair: &Pair<'_>, window: EnergyWindow, ti3: Option<&Ti3Shape>) -> Option<TiComparison> {
    let edge = Edge::new(pair, window)?;
    let equal = edge.fit(&[&edge.pooled], Noise::Channel)?;
    let dof = edge.y.len().checked_sub(1)?;
    let p_equal = chi2_p(equal.chi2, dof)?;
    let shift_column: Vec<f64> = edge.slope.iter().map(|s| -edge.alpha * s).collect();
    let shifted = edge.fit(&[&edge.pooled, &shift_column], Noise::Window)?;
    let ti3_column = edge.ti3_column(ti3)?;
    let fixed = edge.fit(&[&edge.pooled, &ti3_column], Noise::Window)?;
    let reduced = edge.fit(&[&edge.pooled, &ti3_column, &shift_column], Noise::Window)?;
    let ([f, sigma], ti3_fixed_shift) = (edge.of_site(&reduced), edge.of_site(&fixed));
    let upper = f + sigma * normal_quantile(1.0 - 0.05 * normal_cdf(f / sigma));
    Some(TiComparison {
        p_equal,
        shift_ev: [shifted.value(1), shifted.sigma(1)],
        ti3_fraction: [f, sigma],
        ti3_fixed_shift,
        ti3_upper95: upper.max(0.0),
        ti3_detected: f > 0.0 && shifted.chi2 - reduced.chi2 > DETECTION_CHI2,
    })
}

/// The t2g-eg splitting of L3 at a site and in its reference; `eg_ev` is where the eg lines of L3 and L2 are expected.
/// `None` when the fit fails.
///
/// Sigmas take fixed patterns as independent between the spectra, which is right or too wide.
///
/// In eV; four pseudo-Voigt lines on two steps by least squares (own construction). It fails with fewer than ten
/// channels, without signal or when it does not settle.
///
/// # Examples
/// ```
/// use moray::analysis::net::{Pair, Place};
/// use moray::analysis::{sums::SummedSpectrum, ti_l};
/// use moray::model::{EnergyAxis, Recipe};
/// use rand::SeedableRng;
///
/// let recipe = Recipe::preset("lto").unwrap();
/// let edge = recipe.edges.iter().find(|edge| edge.compare_window_ev.is_some()).unwrap();
/// let axis = EnergyAxis::new(430.0, 0.25, 400).unwrap();
/// let lines = [(458.3, 1.0, 0.6), (460.4, 1.5, 0.9), (463.7, 1.5, 0.6), (465.8, 1.9, 0.8)];
/// let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(1);
/// let mut sum = |moved: f64| {
///     let line = |e: f64, (at, fwhm, height): (f64, f64, f64)| {
///         height * (-2.7726 * ((e - at - moved) / fwhm).powi(2)).exp()
///     };
///     let curve = |e: f64| {
///         let net: f64 = lines.iter().map(|l| line(e, *l)).sum();
///         2e4 * ((e / 450.0).powf(-3.0) + net)
///     };
///     SummedSpectrum::counted(axis, axis.energies().into_iter().map(curve).collect()).drawn(&mut random)
/// };
/// let (site, reference) = (sum(0.0), sum(0.0));
/// let place = Place { site: "site", reference: "reference" };
/// let pair = Pair::fit(&site, &reference, edge, place, 0.0).unwrap();
/// let found = ti_l::splitting(&pair, edge.compare_window_ev.unwrap(), [460.4, 465.8]).unwrap();
/// // Both have 2.1 eV between t2g and eg.
/// assert!((found.reference_ev.value - 2.1).abs() < 0.1, "{found:?}");
/// assert!(found.difference_ev.value.abs() < 4.0 * found.difference_ev.sigma);
/// ```
pub fn splitting(pair: &Pair<'_>, window: EnergyWindow, eg_ev: [f64; 2]) -> Option<Splitting> {
    let edge = Edge::new(pair, window)?;
    let net = |energy_ev, net, variance| NetSpectrum { energy_ev, net, variance };
    splitting::fit(
        net(&edge.site_ev, &edge.net_site, &edge.site_variance),
        net(&edge.reference_ev, &edge.net_reference, &edge.reference_variance),
        eg_ev,
    )
}

/// Net spectra of both sides over the comparison window.
struct Edge {
    site_ev: Vec<f64>,
    reference_ev: Vec<f64>,
    net_site: Vec<f64>,
    net_reference: Vec<f64>,
    site_variance: Vec<f64>,
    reference_variance: Vec<f64>,
    alpha: f64,
    /// Mean share of the site in the pooled edge.
    site_share: f64,
    y: Vec<f64>,
    pooled: Vec<f64>,
    slope: Vec<f64>,
    /// Covariance of `y` with the counting parts as in a wide window, and as in single channels.
    whiteners: [DMatrix<f64>; 2],
    nuisance: Vec<Vec<f64>>,
    dispersion_ev: f64,
}

impl Edge {
    fn new(pair: &Pair<'_>, window: EnergyWindow) -> Option<Self> {
        let (site, reference) = (pair.site, pair.reference);
        let range = reference.axis.channels_in(window);
        if range.len() < 10 {
            return None;
        }
        let energies =
            |axis: &crate::model::EnergyAxis| -> Vec<f64> { range.clone().map(|i| axis.energy_at(i as f64)).collect() };
        let (site_ev, reference_ev) = (energies(&site.axis), energies(&reference.axis));
        let net_site: Vec<f64> = (range.clone().zip(&site_ev))
            .map(|(i, &energy)| site.electrons[i] - pair.site_background_at(energy))
            .collect();
        let net_reference: Vec<f64> = (range.clone().zip(&reference_ev))
            .map(|(i, &energy)| reference.electrons[i] - pair.reference_background.at(energy))
            .collect();
        let variance = |s: &SummedSpectrum| -> Vec<f64> { range.clone().map(|i| s.variance(i)).collect() };
        let (vs, vp) = (variance(site), variance(reference));
        let alpha = scale_between(&net_site, &net_reference, &vs, &vp)?;
        let pooled: Vec<f64> = (0..range.len())
            .map(|k| {
                let (ws, wp) = (alpha / vs[k], 1.0 / vp[k]);
                (ws * net_site[k] + wp * net_reference[k]) / (alpha * ws + wp)
            })
            .collect();
        let dispersion_ev = reference.axis.dispersion_ev();
        let (pooled, slope) = quadratic_smooth(&pooled, (SMOOTH_EV / dispersion_ev).round().max(1.0) as usize);
        let slope: Vec<f64> = slope.iter().map(|s| s / dispersion_ev).collect();
        // The axes of both sums differ by a known fraction of a channel.
        let offset = reference.axis.first_ev() - site.axis.first_ev();
        let y = (0..range.len()).map(|k| net_site[k] - alpha * net_reference[k] + alpha * offset * slope[k]).collect();
        let pattern = pattern_matrix(pair, range.clone(), alpha);
        let single = 0.5 * (site.channel_factor + reference.channel_factor);
        let whitener = |factor: f64| {
            let reference_part = reference.noise_matrix(range.clone(), factor) * (alpha * alpha);
            let covariance = &pattern + (site.noise_matrix(range.clone(), factor) + reference_part);
            let covariance = covariance * pair.covariance_factor;
            covariance.cholesky().map(|cholesky| cholesky.l())
        };
        let share = |k: usize| alpha * alpha / vs[k] / (alpha * alpha / vs[k] + 1.0 / vp[k]);
        Some(Self {
            alpha,
            site_share: (0..range.len()).map(share).sum::<f64>() / range.len() as f64,
            y,
            pooled,
            slope,
            whiteners: [whitener(1.0)?, whitener(single)?],
            nuisance: nuisance_columns(pair, &site_ev, &reference_ev, alpha)?,
            dispersion_ev,
            site_ev,
            reference_ev,
            net_site,
            net_reference,
            site_variance: vs.iter().map(|v| v * pair.covariance_factor).collect(),
            reference_variance: vp.iter().map(|v| v * pair.covariance_factor).collect(),
        })
    }

    /// The site's Ti3+ fraction from the coefficient `c` of [`Edge::ti3_column`], and its sigma. The pooled edge holds
    /// the share `w` of the site, so `u = T4 + w f (T3 - T4)` and `c = f / (1 - w f)`: `f = c / (1 + w c)`.
    fn of_site(&self, fit: &LinearFit) -> [f64; 2] {
        let (c, w) = (fit.value(1), self.site_share);
        let stretched = (1.0 + w * c).max(0.5);
        [c / stretched, fit.sigma(1) / (stretched * stretched)]
    }

    /// `alpha (T3 - u)`, `T3` scaled to the area of `u`; `None` when it has no area.
    fn ti3_column(&self, supplied: Option<&Ti3Shape>) -> Option<Vec<f64>> {
        let ti3 = match supplied {
            Some(shape) => self.reference_ev.iter().map(|&energy| shape.at(energy)).collect(),
            None => self.moved_to_ti3(),
        };
        let scale = self.pooled.iter().sum::<f64>() / ti3.iter().sum::<f64>();
        let column = || ti3.iter().zip(&self.pooled).map(|(t3, u)| self.alpha * (scale * t3 - u)).collect();
        (scale.is_finite() && scale > 0.0).then(column)
    }

    /// The pooled edge moved to where Ti3+ lies.
    fn moved_to_ti3(&self) -> Vec<f64> {
        let channels = TI3_SHIFT_EV / self.dispersion_ev;
        let at = |k: f64| -> f64 {
            let last = self.pooled.len() as f64 - 1.0;
            let k = k.clamp(0.0, last);
            let low = k.floor() as usize;
            let high = (low + 1).min(self.pooled.len() - 1);
            self.pooled[low] + (k - low as f64) * (self.pooled[high] - self.pooled[low])
        };
        (0..self.pooled.len()).map(|k| at(k as f64 - channels)).collect()
    }

    /// Generalised least squares of `y` on columns, nuisance columns with unit priors added.
    fn fit(&self, columns: &[&[f64]], noise: Noise) -> Option<LinearFit> {
        let whitener = &self.whiteners[noise as usize];
        let whiten = |column: &[f64]| whitener.solve_lower_triangular(&DVector::from_row_slice(column));
        let all: Vec<&[f64]> = columns.iter().copied().chain(self.nuisance.iter().map(Vec::as_slice)).collect();
        let (channels, rows) = (self.y.len(), self.y.len() + self.nuisance.len());
        let mut design = DMatrix::zeros(rows, all.len());
        for (j, column) in all.iter().enumerate() {
            design.view_mut((0, j), (channels, 1)).copy_from(&whiten(column)?);
        }
        for prior in 0..self.nuisance.len() {
            design[(channels + prior, columns.len() + prior)] = 1.0;
        }
        let mut target = DVector::zeros(rows);
        target.rows_mut(0, channels).copy_from(&whiten(&self.y)?);
        let covariance = (design.transpose() * &design).try_inverse()?;
        let solution = &covariance * design.transpose() * &target;
        let chi2 = (target - design * &solution).norm_squared();
        chi2.is_finite().then_some(LinearFit { solution, covariance, chi2 })
    }
}

/// Which counting variance a fit weighs with.
#[derive(Debug, Clone, Copy)]
enum Noise {
    /// Of wide windows: right for fitted parameters.
    Window = 0,
    /// Of single channels, which the point spread makes smaller: right for chi squared.
    Channel = 1,
}

/// Covariance of `S - alpha P` from both fixed patterns, the shared part cancelled.
fn pattern_matrix(pair: &Pair<'_>, range: std::ops::Range<usize>, alpha: f64) -> DMatrix<f64> {
    let (site, reference) = (pair.site, pair.reference);
    let mut matrix = site.pattern_matrix(site, range.clone());
    matrix += reference.pattern_matrix(reference, range.clone()) * (alpha * alpha);
    if pair.shared_pattern > 0.0 {
        let shared = site.pattern_matrix(reference, range);
        matrix -= (&shared + shared.transpose()) * (pair.shared_pattern * alpha);
    }
    matrix
}

struct LinearFit {
    solution: DVector<f64>,
    covariance: DMatrix<f64>,
    chi2: f64,
}

impl LinearFit {
    fn value(&self, k: usize) -> f64 {
        self.solution[k]
    }

    fn sigma(&self, k: usize) -> f64 {
        self.covariance[(k, k)].max(0.0).sqrt()
    }
}

/// Ratio of areas, then one update weighted by the variance of the difference.
fn scale_between(site: &[f64], reference: &[f64], vs: &[f64], vp: &[f64]) -> Option<f64> {
    let alpha = site.iter().sum::<f64>() / reference.iter().sum::<f64>();
    if !(alpha.is_finite() && alpha > 0.0) {
        return None;
    }
    let (mut above, mut below) = (0.0, 0.0);
    for k in 0..site.len() {
        let pooled = (alpha * site[k] / vs[k] + reference[k] / vp[k]) / (alpha * alpha / vs[k] + 1.0 / vp[k]);
        let weight = 1.0 / (vs[k] + alpha * alpha * vp[k]);
        above += weight * pooled * (site[k] - alpha * reference[k]);
        below += weight * pooled * pooled;
    }
    let updated = alpha + above / below;
    (updated.is_finite() && updated > 0.0).then_some(updated)
}

/// `(b, -x b) chol(C)` of both backgrounds, the reference's times alpha.
fn nuisance_columns(pair: &Pair<'_>, site_ev: &[f64], reference_ev: &[f64], alpha: f64) -> Option<Vec<Vec<f64>>> {
    let mut columns = pair.reference_background.error_columns(reference_ev)?;
    columns.iter_mut().flatten().for_each(|v| *v *= alpha);
    if let SiteBackground::Own(own) = &pair.site_background {
        columns.extend(own.error_columns(site_ev)?);
    }
    Some(columns)
}
