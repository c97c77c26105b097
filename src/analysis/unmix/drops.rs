//! Drops of two kinds of columns by themselves, from the net integrals at two sites and the reference.

use nalgebra::Matrix2;

use crate::analysis::drops::Measured;
use crate::analysis::net::{Influence, NetIntegral, Pair};
use crate::model::{EdgeRecipe, EnergyWindow};

use super::Mixing;

/// A peak counts as detected when its integral exceeds this many sigma.
const DETECTED_SIGMA: f64 = 3.0;

/// One peak of both kinds of columns.
#[derive(Debug, Clone)]
pub struct UnmixedPeak {
    /// Label.
    pub label: String,
    /// `ln(I_k / I_a)` of each kind of column minus that of the reference, or why there is none.
    pub log_ratios: [Result<Measured, String>; 2],
    pub(super) influences: [Influences; 2],
}

/// A number and its derivatives with respect to the electrons of both sites and the reference.
#[derive(Debug, Clone)]
struct Net {
    value: f64,
    influence: Influences,
}

/// Derivatives with respect to the electrons of both sites and the reference.
#[derive(Debug, Clone)]
pub(super) struct Influences([Vec<f64>; 3]);

impl Influences {
    fn add(&mut self, scale: f64, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            mine.iter_mut().zip(theirs).for_each(|(a, b)| *a += scale * b);
        }
    }

    /// By how much a relative error of all backgrounds at one energy moves the result, for every energy that matters.
    pub(super) fn leverage(&self, pairs: [&Pair<'_>; 2]) -> Vec<(f64, f64)> {
        let [first, second, reference] = &self.0;
        let energies = pairs[0].site.axis.energies();
        let moved = |(i, energy): (usize, f64)| {
            let by = first[i] * pairs[0].site_background_at(energy)
                + second[i] * pairs[1].site_background_at(energy)
                + reference[i] * pairs[0].reference_background.at(energy);
            (by != 0.0).then_some((energy, by))
        };
        energies.into_iter().enumerate().filter_map(moved).collect()
    }

    /// `self - other`.
    pub(super) fn minus(&self, other: &Self) -> Self {
        let mut difference = self.clone();
        difference.add(-1.0, other);
        difference
    }
}

impl Net {
    /// From an integral of site `s` and its reference.
    fn of(integral: NetIntegral, s: usize) -> Self {
        let NetIntegral { value, influence: Influence { site, reference } } = integral;
        let none = vec![0.0; site.len()];
        let influence = if s == 0 { [site, none, reference] } else { [none, site, reference] };
        Self { value, influence: Influences(influence) }
    }

    fn add(&mut self, scale: f64, other: &Self) {
        self.value += scale * other.value;
        self.influence.add(scale, &other.influence);
    }

    /// `scale * x * y / z`.
    fn product(scale: f64, x: &Self, y: &Self, z: &Self) -> Self {
        let value = scale * x.value * y.value / z.value;
        let mut influence = x.influence.clone();
        influence.0.iter_mut().flatten().for_each(|g| *g *= value / x.value);
        influence.add(value / y.value, &y.influence);
        influence.add(-value / z.value, &z.influence);
        Self { value, influence }
    }
}

/// Covariance of two results of both sites and the reference: sites of one scan share its fixed pattern fully.
pub(super) fn covariance(pairs: [&Pair<'_>; 2], a: &Influences, b: &Influences) -> f64 {
    let sums = [pairs[0].site, pairs[1].site, pairs[0].reference];
    let shared = [[0, 1], [0, 2], [1, 2]].map(|[k, l]| {
        let how = if l == 1 { 1.0 } else { pairs[k].shared_pattern };
        let both = |a: &Influences, b: &Influences| match how > 0.0 {
            true => sums[k].shared_covariance(&a.0[k], sums[l], &b.0[l]),
            false => 0.0,
        };
        how * (both(a, b) + both(b, a))
    });
    let own: f64 = sums.iter().zip(a.0.iter().zip(&b.0)).map(|(sum, (a, b))| sum.covariance(a, b)).sum();
    let factor = pairs[0].covariance_factor.max(pairs[1].covariance_factor);
    factor * (own + shared.iter().sum::<f64>())
}

/// Drops of every peak of an edge at two kinds of columns by themselves, normalised by the peak `normalise_by`.
///
/// `pairs` are both sites with the reference; the signal of oxygen outside the chain is that share of a site's net
/// signal over all peaks, with the shape of the reference.
///
/// `I = M^-1 (i - share i_all r / r_all)`: `i` electrons per position of a site in a window, `r` the net electrons of
/// the reference, `all` the window of all peaks; `L = ln(I / I_a) - ln(r / r_a)` is dimensionless. Own construction,
/// linear error propagation. `None` when the edge has no peaks or no such peak, or `M` is singular; a peak that does
/// not exceed three sigma has a reason, and a site without positions counts as one.
///
/// # Examples
/// ```
/// use moray::analysis::net::{Pair, Place};
/// use moray::analysis::sums::SummedSpectrum;
/// use moray::analysis::unmix::{Chain, Mixing, ProbeProfile, unmix};
/// use moray::model::{EnergyAxis, ProbeModel, Recipe};
///
/// let recipe = Recipe::preset("lto").unwrap();
/// let edge = recipe.edge("O K").unwrap();
/// let axis = EnergyAxis::new(480.0, 0.25, 400).unwrap();
/// let probe = ProbeProfile {
///     chain: Chain { period_nm: 0.3, phase_nm: 0.3 },
///     core_fwhm_nm: 0.18,
///     core_fwhm_sigma_nm: 0.01,
///     stated: ProbeModel { tail_share: 0.1, tail_fwhm_nm: 0.5, off_chain: 0.0 },
///     columns: [1.0, 1.0],
///     reduced_chi2: 1.0,
/// };
/// let mixing = Mixing::new(probe, [&[5, 6, 7], &[11, 12, 13]], 0.05);
/// // A power law and a step for each part: how much of it is seen, and what it keeps above peak a.
/// let sum = |parts: &[[f64; 2]]| {
///     let net = |e: f64, kept: f64| if e < 529.5 { 0.0 } else if e < 532.1 { 1.0 } else { kept };
///     let curve = |e: f64| {
///         let edge: f64 = parts.iter().map(|&[seen, kept]| seen * net(e, kept)).sum();
///         1e4 * ((e / 520.0).powf(-3.0) + edge)
///     };
///     SummedSpectrum::counted(axis, axis.energies().into_iter().map(curve).collect())
/// };
/// // Columns of the first kind keep 0.7 and those of the second 0.9; each site of three positions sees both.
/// let sites = mixing.matrix.map(|[first, second]| sum(&[[3.0 * first, 0.7], [3.0 * second, 0.9]]));
/// let reference = sum(&[[1.0, 1.0]]);
/// let pairs = sites.each_ref().map(|site| {
///     let place = Place { site: "site", reference: "reference" };
///     Pair::fit(site, &reference, edge, place, 0.0).unwrap()
/// });
/// let peaks = unmix([&pairs[0], &pairs[1]], [3, 3], &mixing, edge, "a").unwrap();
/// assert_eq!(peaks.len(), 3, "b, c and d");
/// for peak in &peaks {
///     for (log_ratio, truth) in peak.log_ratios.iter().zip([0.3, 0.1]) {
///         let drop = log_ratio.as_ref().unwrap().drop();
///         assert!((drop.value - truth).abs() < 0.01 && drop.sigma > 0.0, "{}: {drop:?}", peak.label);
///     }
/// }
/// ```
pub fn unmix(
    pairs: [&Pair<'_>; 2],
    positions: [usize; 2],
    mixing: &Mixing,
    edge: &EdgeRecipe,
    normalise_by: &str,
) -> Option<Vec<UnmixedPeak>> {
    let inverse = Matrix2::from_fn(|s, j| mixing.matrix[s][j]).try_inverse()?;
    let whole = edge.all_peaks_ev()?;
    let reference = |window| Net::of(pairs[0].reference_integral(window), 0);
    let all = [0, 1].map(|s| Net::of(pairs[s].site_integral(whole), s));
    let pristine_all = reference(whole);
    // What the columns of each kind show by themselves over a window.
    let columns = |window: EnergyWindow| {
        let pristine = reference(window);
        let on_chain = [0, 1].map(|s| {
            let mut net = Net::of(pairs[s].site_integral(window), s);
            net.add(-mixing.off_chain_share[s], &Net::product(1.0, &all[s], &pristine, &pristine_all));
            net
        });
        [0, 1].map(|j| {
            let mut column = Net::product(0.0, &on_chain[0], &pristine, &pristine);
            for (s, net) in on_chain.iter().enumerate() {
                column.add(inverse[(j, s)] / positions[s].max(1) as f64, net);
            }
            column
        })
    };
    let a = edge.peak(normalise_by)?.window_ev;
    let (normaliser, pristine_a) = (columns(a), reference(a));
    let peaks = edge.peaks.iter().filter(|peak| peak.label != normalise_by);
    let unmixed = peaks.map(|peak| {
        let (own, pristine) = (columns(peak.window_ev), reference(peak.window_ev));
        let logs = [0, 1].map(|j| log_ratio(pairs, [&own[j], &normaliser[j], &pristine, &pristine_a]));
        let [first, second] = logs;
        UnmixedPeak { label: peak.label.clone(), log_ratios: [first.0, second.0], influences: [first.1, second.1] }
    });
    Some(unmixed.collect())
}

/// `ln(I / A) - ln(r / r_a)` with its influence; a reason when one of them is not detected.
fn log_ratio(pairs: [&Pair<'_>; 2], parts: [&Net; 4]) -> (Result<Measured, String>, Influences) {
    let [own, normaliser, pristine, pristine_a] = parts;
    let mut influence = own.influence.clone();
    influence.0.iter_mut().flatten().for_each(|g| *g /= own.value);
    for (sign, part) in [(-1.0, normaliser), (-1.0, pristine), (1.0, pristine_a)] {
        influence.add(sign / part.value, &part.influence);
    }
    for part in parts {
        let sigma = covariance(pairs, &part.influence, &part.influence).max(0.0).sqrt();
        if part.value.is_nan() || part.value <= DETECTED_SIGMA * sigma {
            return (Err("not detected once unmixed".to_owned()), influence);
        }
    }
    let value = (own.value / normaliser.value).ln() - (pristine.value / pristine_a.value).ln();
    let sigma = covariance(pairs, &influence, &influence).max(0.0).sqrt();
    (Ok(Measured { value, sigma }), influence)
}
