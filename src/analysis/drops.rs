//! Drops of peaks relative to a reference, with intervals.

use ndarray::Array2;

use crate::model::{EdgeRecipe, EnergyWindow};

use super::net::{Influence, NetIntegral, Pair};
use super::numeric::{chi2_p, normal_p, normal_quantile};
use super::report::{RatioSet, RatioSetKind};

/// A peak counts as detected when its net integral exceeds this many sigma.
const DETECTED_SIGMA: f64 = 3.0;

/// A number with its standard deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// The number.
    pub value: f64,
    /// Its standard deviation.
    pub sigma: f64,
}

/// One peak of a pair.
#[derive(Debug, Clone, PartialEq)]
pub struct PeakDrop {
    /// Label.
    pub label: String,
    /// Peak over normalising peak at the site; absent when the normalising peak is not detected.
    pub ratio: Option<Measured>,
    /// The same of the reference.
    pub reference_ratio: Option<Measured>,
    /// `L = ln(ratio / reference_ratio)`, absent with a reason when a peak is not detected.
    pub log_ratio: Result<Measured, String>,
}

/// The peaks of a pair other than the normalising one, with their joint covariance.
#[derive(Debug, Clone, PartialEq)]
pub struct Drops {
    /// Peaks in the recipe's order.
    pub peaks: Vec<PeakDrop>,
    /// Covariance of all `log_ratio`s, in the order of the detected peaks.
    pub covariance: Array2<f64>,
    /// Influence of every detected `log_ratio`.
    pub influences: Vec<Influence>,
    /// Label of the normalising peak.
    pub normalise_by: String,
    /// Why intervals of the log ratios do not hold, when they do not.
    pub no_interval: Option<String>,
}

impl Measured {
    /// `D = 1 - e^L`.
    ///
    /// Dimensionless; its standard deviation is `e^L sigma_L` (linear error propagation).
    pub fn drop(&self) -> Measured {
        let kept = self.value.exp();
        Measured { value: 1.0 - kept, sigma: kept * self.sigma }
    }

    /// Interval of the drop that covers `probability`, `[1 - e^(L + z s), 1 - e^(L - z s)]`, with a systematic part
    /// added in quadrature.
    ///
    /// `z` is the normal quantile of `(1 + probability) / 2`, `s` the root of both squares: the normal interval of `L`,
    /// dimensionless. It has no width without sigma.
    pub fn drop_interval(&self, probability: f64, systematic: f64) -> [f64; 2] {
        let z = normal_quantile(0.5 + 0.5 * probability);
        let reach = z * self.sigma.hypot(systematic);
        [1.0 - (self.value + reach).exp(), 1.0 - (self.value - reach).exp()]
    }

    /// Two-sided p value of zero, a systematic part added in quadrature.
    ///
    /// `erfc(|L| / (s sqrt 2))`, of the normal distribution. Without any sigma it is 0, and not a number for `L = 0`.
    pub fn p(&self, systematic: f64) -> f64 {
        normal_p(self.value / self.sigma.hypot(systematic))
    }
}

/// Measures the drops of every peak of an edge, normalised by the peak called `normalise_by`.
///
/// `L_k = ln(I_k / I_a)_site - ln(I_k / I_a)_reference`; its influence is `G_k / I_k - G_a / I_a` of the site minus the
/// same of the reference, what the site's integrals owe to the reference included. Returns `None` when the edge has no
/// such peak.
///
/// Dimensionless; covariances by linear error propagation. A peak has a reason instead of `L` where it or the
/// normalising peak does not exceed three sigma at the site or in the reference.
///
/// # Examples
/// ```
/// use moray::analysis::net::{Pair, Place};
/// use moray::analysis::{drops, sums::SummedSpectrum};
/// use moray::model::{EnergyAxis, Recipe};
///
/// let recipe = Recipe::preset("lto").unwrap();
/// let edge = recipe.edge("O K").unwrap();
/// let axis = EnergyAxis::new(480.0, 0.25, 400).unwrap();
/// // A power law and a step, of which the site keeps 0.8 above peak a.
/// let sum = |kept: f64| {
///     let net = |e: f64| if e < 529.5 { 0.0 } else if e < 532.1 { 1.0 } else { kept };
///     let curve = |e: f64| 3000.0 * ((e / 520.0).powf(-3.0) + net(e));
///     SummedSpectrum::counted(axis, axis.energies().into_iter().map(curve).collect())
/// };
/// let (site, reference) = (sum(0.8), sum(1.0));
/// let place = Place { site: "site", reference: "reference" };
/// let pair = Pair::fit(&site, &reference, edge, place, 0.0).unwrap();
/// let drops = drops::measure(&pair, edge, "a").unwrap();
/// for peak in &drops.peaks {
///     let drop = peak.log_ratio.as_ref().unwrap().drop();
///     assert!((drop.value - 0.2).abs() < 0.01 && drop.sigma > 0.0, "{}: {drop:?}", peak.label);
/// }
/// ```
pub fn measure(pair: &Pair<'_>, edge: &EdgeRecipe, normalise_by: &str) -> Option<Drops> {
    measure_with(pair, edge, normalise_by, |window| pair.integrals(window))
}

/// The same with another size of a peak than its integral: `size` gives that of the site and of the reference.
pub(super) fn measure_with(
    pair: &Pair<'_>,
    edge: &EdgeRecipe,
    normalise_by: &str,
    size: impl Fn(EnergyWindow) -> [NetIntegral; 2],
) -> Option<Drops> {
    let normaliser = size(edge.peak(normalise_by)?.window_ev);
    let mut peaks = Vec::new();
    let mut influences: Vec<Influence> = Vec::new();
    for peak in edge.peaks.iter().filter(|peak| peak.label != normalise_by) {
        let integrals = size(peak.window_ev);
        let ratios = [ratio(pair, &integrals[0], &normaliser[0]), ratio(pair, &integrals[1], &normaliser[1])];
        let log_ratio = match undetected(pair, &integrals, &normaliser, &peak.label, normalise_by) {
            Some(reason) => Err(reason),
            None => {
                let mut influence = relative(&integrals[0], &normaliser[0]);
                influence.add(-1.0, &relative(&integrals[1], &normaliser[1]));
                let value =
                    (integrals[0].value / normaliser[0].value).ln() - (integrals[1].value / normaliser[1].value).ln();
                let sigma = pair.covariance(&influence, &influence).max(0.0).sqrt();
                influences.push(influence);
                Ok(Measured { value, sigma })
            }
        };
        let [ratio, reference_ratio] = ratios;
        peaks.push(PeakDrop { label: peak.label.clone(), ratio, reference_ratio, log_ratio });
    }
    let covariance = Array2::from_shape_fn((influences.len(), influences.len()), |(k, l)| {
        pair.covariance(&influences[k], &influences[l])
    });
    Some(Drops { peaks, covariance, influences, normalise_by: normalise_by.to_owned(), no_interval: None })
}

impl Drops {
    /// The log ratios of the detected peaks, in the order of the covariance.
    pub fn log_ratios(&self) -> impl Iterator<Item = f64> + '_ {
        self.peaks.iter().filter_map(|peak| Some(peak.log_ratio.as_ref().ok()?.value))
    }

    /// Chi squared and p of "no drop at any peak" with a systematic covariance added, and its degrees of freedom.
    ///
    /// `L^T (Cov + Cov_sys)^-1 L` over the detected peaks, by the definition of chi squared; no numbers when no peak is
    /// detected or the matrix is not positive definite.
    pub fn combined(&self, systematic: &nalgebra::DMatrix<f64>) -> (Option<f64>, usize, Option<f64>) {
        let logs: Vec<f64> = self.log_ratios().collect();
        let dof = logs.len();
        let matrix = nalgebra::DMatrix::from_fn(dof, dof, |k, l| self.covariance[[k, l]] + systematic[(k, l)]);
        let vector = nalgebra::DVector::from_vec(logs);
        let chi2 = matrix.cholesky().filter(|_| dof > 0).map(|c| vector.dot(&c.solve(&vector)));
        (chi2, dof, chi2.and_then(|chi2| chi2_p(chi2, dof)))
    }
}

/// Influence of `ln(I / A)`.
pub(super) fn relative(integral: &NetIntegral, normaliser: &NetIntegral) -> Influence {
    let mut influence = integral.influence.clone();
    influence.site.iter_mut().chain(&mut influence.reference).for_each(|g| *g /= integral.value);
    influence.add(-1.0 / normaliser.value, &normaliser.influence);
    influence
}

fn sigma(pair: &Pair<'_>, integral: &NetIntegral) -> f64 {
    pair.unshared_sigma(&integral.influence)
}

/// Whether a net integral exceeds three sigma.
pub(super) fn detected(pair: &Pair<'_>, integral: &NetIntegral) -> bool {
    integral.value > DETECTED_SIGMA * sigma(pair, integral)
}

/// `I / A` with its standard deviation, when the normalising peak is detected.
fn ratio(pair: &Pair<'_>, integral: &NetIntegral, normaliser: &NetIntegral) -> Option<Measured> {
    if !detected(pair, normaliser) {
        return None;
    }
    let value = integral.value / normaliser.value;
    let mut influence = integral.influence.clone();
    influence.add(-value, &normaliser.influence);
    let sigma = pair.covariance(&influence, &influence).max(0.0).sqrt() / normaliser.value;
    Some(Measured { value, sigma })
}

/// Why no drop can be given: which peak is not detected, with numbers and the interval of its ratio.
fn undetected(
    pair: &Pair<'_>,
    integrals: &[NetIntegral; 2],
    normaliser: &[NetIntegral; 2],
    label: &str,
    normalise_by: &str,
) -> Option<String> {
    for (k, whose) in ["site", "reference"].into_iter().enumerate() {
        for (integral, label) in [(&normaliser[k], normalise_by), (&integrals[k], label)] {
            if !detected(pair, integral) {
                let sigma = sigma(pair, integral);
                let set = fieller(pair, &integrals[k], &normaliser[k]);
                return Some(format!(
                    "peak {label} not detected in the {whose}: {:.0} +- {sigma:.0} electrons; 95 % set of its ratio {set}",
                    integral.value
                ));
            }
        }
    }
    None
}

/// Fieller's 95 % set of `I / A`: values t with `(I - t A)^2 <= z^2 Var(I - t A)`.
///
/// A quadratic in t: `(A^2 - z^2 V_AA) t^2 - 2 (I A - z^2 V_IA) t + I^2 - z^2 V_II <= 0` (E. Fieller, J. R. Stat. Soc. B 16
/// (1954) 175). An interval where A differs from zero significantly; otherwise everything outside an interval, or
/// everything.
///
/// Dimensionless. No peak need be detected.
pub fn fieller(pair: &Pair<'_>, integral: &NetIntegral, normaliser: &NetIntegral) -> RatioSet {
    let z2 = normal_quantile(0.975).powi(2);
    let (i, a) = (integral.value, normaliser.value);
    let vii = pair.covariance(&integral.influence, &integral.influence);
    let via = pair.covariance(&integral.influence, &normaliser.influence);
    let vaa = pair.covariance(&normaliser.influence, &normaliser.influence);
    fieller_set([a * a - z2 * vaa, i * a - z2 * via, i * i - z2 * vii])
}

/// Where `p t^2 - 2 q t + r <= 0`.
fn fieller_set([p, q, r]: [f64; 3]) -> RatioSet {
    let root = (q * q - p * r).max(0.0).sqrt();
    let (kind, limits) = if p > 0.0 {
        (RatioSetKind::Interval, Some([(q - root) / p, (q + root) / p]))
    } else if p < 0.0 && root > 0.0 {
        (RatioSetKind::Outside, Some([(q + root) / p, (q - root) / p]))
    } else {
        (RatioSetKind::Unbounded, None)
    };
    RatioSet { kind, limits }
}

/// Fieller sets of the ratio of every peak but `normalise_by` at the site and in the reference, in the edge's order:
/// `None` where both peaks of the ratio are detected, so that it has a standard deviation.
///
/// Formula and source: [`fieller`]. Empty when the edge has no peak `normalise_by`.
///
/// # Examples
/// ```
/// use moray::analysis::net::{Pair, Place};
/// use moray::analysis::{drops, sums::SummedSpectrum};
/// use moray::model::{EnergyAxis, Recipe};
///
/// let recipe = Recipe::preset("lto").unwrap();
/// let edge = recipe.edge("O K").unwrap();
/// let axis = EnergyAxis::new(480.0, 0.25, 400).unwrap();
/// // A power law and a step, of which the site keeps nothing above peak a.
/// let sum = |kept: f64| {
///     let net = |e: f64| if e < 529.5 { 0.0 } else if e < 532.1 { 1.0 } else { kept };
///     let curve = |e: f64| 3000.0 * ((e / 520.0).powf(-3.0) + net(e));
///     SummedSpectrum::counted(axis, axis.energies().into_iter().map(curve).collect())
/// };
/// let (site, reference) = (sum(0.0), sum(1.0));
/// let place = Place { site: "site", reference: "reference" };
/// let pair = Pair::fit(&site, &reference, edge, place, 0.0).unwrap();
/// // Nothing is left of b, c and d at the site: their ratios have sets instead of sigmas, which hold zero.
/// for [site, reference] in drops::ratio_sets(&pair, edge, "a") {
///     let [low, high] = site.unwrap().limits.unwrap();
///     assert!(low < 0.0 && high > 0.0 && reference.is_none());
/// }
/// ```
pub fn ratio_sets(pair: &Pair<'_>, edge: &EdgeRecipe, normalise_by: &str) -> Vec<[Option<RatioSet>; 2]> {
    ratio_sets_with(pair, edge, normalise_by, |window| pair.integrals(window))
}

/// The same with another size of a peak than its integral.
pub(super) fn ratio_sets_with(
    pair: &Pair<'_>,
    edge: &EdgeRecipe,
    normalise_by: &str,
    size: impl Fn(EnergyWindow) -> [NetIntegral; 2],
) -> Vec<[Option<RatioSet>; 2]> {
    let Some(a) = edge.peak(normalise_by) else { return Vec::new() };
    let normalisers = size(a.window_ev);
    let peaks = edge.peaks.iter().filter(|peak| peak.label != normalise_by);
    peaks
        .map(|peak| {
            let sizes = size(peak.window_ev);
            [0, 1].map(|k| {
                let seen = detected(pair, &sizes[k]) && detected(pair, &normalisers[k]);
                (!seen).then(|| fieller(pair, &sizes[k], &normalisers[k]))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `I = 2 +- 1` and `A = a +- 1`, independent, with z = 1: `p = a^2 - 1`, `q = 2 a`, `r = 3`.
    fn set(a: f64) -> RatioSet {
        fieller_set([a * a - 1.0, 2.0 * a, 3.0])
    }

    #[test]
    fn fieller_sets_by_hand() {
        // a = 3: 8 t^2 - 12 t + 3 <= 0.
        let RatioSet { kind, limits } = set(3.0);
        let [low, high] = limits.unwrap();
        assert_eq!(kind, RatioSetKind::Interval);
        assert!(
            (low - (6.0 - 12.0_f64.sqrt()) / 8.0).abs() < 1e-12 && (high - (6.0 + 12.0_f64.sqrt()) / 8.0).abs() < 1e-12
        );
        // a = 0.5: -0.75 t^2 - 2 t + 3 <= 0 outside the roots of 3 t^2 + 8 t - 12 = 0.
        let RatioSet { kind, limits } = set(0.5);
        let [low, high] = limits.unwrap();
        assert_eq!(kind, RatioSetKind::Outside);
        assert!(
            (low - (8.0 + 208.0_f64.sqrt()) / -6.0).abs() < 1e-12
                && (high - (8.0 - 208.0_f64.sqrt()) / -6.0).abs() < 1e-12
        );
        // Neither differs from zero: -t^2 - 1 <= 0 everywhere.
        assert_eq!(fieller_set([-1.0, 0.0, -1.0]), RatioSet { kind: RatioSetKind::Unbounded, limits: None });
    }
}
