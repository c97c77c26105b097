//! Parametric bootstrap of drops: both sums drawn anew, many times, from what they are expected to be.

use std::sync::atomic::{AtomicU64, Ordering};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::model::{EdgeRecipe, EdgeUse, PeakMeasure};
use crate::progress::{Cancelled, Progress};

use super::compare::fit;
use super::drops;
use super::net::{Pair, Place};
use super::report::{BootstrapResult, Comparison, NotComputed};
use super::sums::SummedSpectrum;
use super::{AnalysisError, CompareInput, Memo, place, prepare, summed};

/// Draws that may be asked for: enough for the tails of a 95 % interval.
///
/// Own choice: of 40 draws one lies in each tail.
pub const DRAWS: std::ops::RangeInclusive<u32> = 40..=100_000;

/// Fewest drawn drops for a standard deviation.
const MIN_FOR_SIGMA: usize = 20;

/// How a bootstrap is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bootstrap {
    /// How often spectra are drawn.
    pub replicas: usize,
    /// Seed of the draws; equal seeds give equal results for any number of threads.
    pub seed: u64,
}

/// What drawing anew did to the drop of one peak.
#[derive(Debug, Clone, PartialEq)]
pub struct Resampled {
    /// Label of the peak.
    pub peak: String,
    /// `L* - L` in ascending order: log ratios of drawn spectra minus that of what they were drawn from.
    pub deviations: Vec<f64>,
    /// Draws in which the peak or the normalising peak was not detected.
    pub failed: usize,
}

impl Resampled {
    /// Standard deviation of the log ratio; `None` below 20 draws.
    ///
    /// `sqrt(sum (d - mean)^2 / (n - 1))` by the definition, dimensionless; draws that failed are left out.
    pub fn sigma(&self) -> Option<f64> {
        let count = self.deviations.len() as f64;
        let mean = self.deviations.iter().sum::<f64>() / count;
        let squares: f64 = self.deviations.iter().map(|d| (d - mean).powi(2)).sum();
        (self.deviations.len() >= MIN_FOR_SIGMA).then(|| (squares / (count - 1.0)).sqrt())
    }

    /// Interval of the drop `1 - e^L` that covers `probability`: `L` minus the quantiles of the deviations (the basic
    /// bootstrap, A. Davison and D. Hinkley, Bootstrap Methods and their Application, 1997, section 5.2). `None` when
    /// less than one draw lies in each tail.
    ///
    /// `[1 - e^(L - d(p/2)), 1 - e^(L - d(1 - p/2))]`, dimensionless, `d` the quantiles of the deviations and `p` one
    /// less `probability`.
    pub fn drop_interval(&self, log_ratio: f64, probability: f64) -> Option<[f64; 2]> {
        let tail = 0.5 * (1.0 - probability);
        let last = self.deviations.len().checked_sub(1)?;
        let quantile = |p: f64| {
            let at = p * last as f64;
            let below = at.floor() as usize;
            let [low, high] = [self.deviations[below], self.deviations[(below + 1).min(last)]];
            low + (at - below as f64) * (high - low)
        };
        let drop = |deviation: f64| 1.0 - (log_ratio - deviation).exp();
        (tail * self.deviations.len() as f64 >= 1.0).then(|| [drop(quantile(tail)), drop(quantile(1.0 - tail))])
    }
}

/// Steps of all pairs of a bootstrap, reported as one.
struct Steps<'a> {
    progress: &'a Progress,
    done: AtomicU64,
    of: u64,
}

impl Steps<'_> {
    fn step(&self) -> Result<(), Cancelled> {
        self.progress.at(self.done.fetch_add(1, Ordering::Relaxed) + 1, self.of)
    }
}

/// Draws the drops of window integrals of every peak of an edge but `normalise_by`.
///
/// Every channel of both sums is drawn from Poisson statistics of its smoothed expectation, with normal read noise; the
/// fixed pattern and the background model's error are not drawn, so that the scatter is to be compared with the part of
/// sigma from counting and read noise. Backgrounds are fitted anew to every draw.
///
/// Deviations are of the dimensionless `L = ln(I_k / I_a)_site - ln(I_k / I_a)_reference` (parametric bootstrap,
/// Davison and Hinkley, 1997). A draw whose background cannot be fitted or whose peaks are not detected counts as
/// failed; all do where the expectation itself shows no peak.
///
/// # Errors
/// [`Cancelled`] when the progress token was cancelled.
///
/// # Examples
/// ```
/// use moray::analysis::bootstrap::{self, Bootstrap};
/// use moray::analysis::net::{Pair, Place};
/// use moray::analysis::{drops, sums::SummedSpectrum};
/// use moray::model::{EnergyAxis, Recipe};
/// use moray::progress::Progress;
///
/// let recipe = Recipe::preset("lto").unwrap();
/// let edge = recipe.edge("O K").unwrap();
/// let axis = EnergyAxis::new(480.0, 0.25, 400).unwrap();
/// let curve = |e: f64| 3000.0 * ((e / 520.0).powf(-3.0) + if e > 530.0 { 1.0 } else { 0.0 });
/// let sum = SummedSpectrum::counted(axis, axis.energies().into_iter().map(curve).collect());
/// let place = Place { site: "site", reference: "reference" };
/// let pair = Pair::fit(&sum, &sum, edge, place, 0.0).unwrap();
/// let drawn = bootstrap::of_pair(&pair, edge, "a", Bootstrap { replicas: 100, seed: 1 }, &Progress::new()).unwrap();
/// let analytic = drops::measure(&pair, edge, "a").unwrap().peaks[0].log_ratio.clone().unwrap().sigma;
/// let ratio = drawn[0].sigma().unwrap() / analytic;
/// assert!((0.7..1.4).contains(&ratio));
/// ```
pub fn of_pair(
    pair: &Pair<'_>,
    edge: &EdgeRecipe,
    normalise_by: &str,
    options: Bootstrap,
    progress: &Progress,
) -> Result<Vec<Resampled>, Cancelled> {
    let steps = Steps { progress, done: AtomicU64::new(0), of: options.replicas as u64 };
    resample(pair, edge, normalise_by, options, &steps)
}

fn resample(
    pair: &Pair<'_>,
    edge: &EdgeRecipe,
    normalise_by: &str,
    options: Bootstrap,
    steps: &Steps<'_>,
) -> Result<Vec<Resampled>, Cancelled> {
    let labels = edge.peaks.iter().map(|peak| peak.label.as_str()).filter(|label| *label != normalise_by);
    let labels: Vec<&str> = labels.collect();
    let logs = |site: &SummedSpectrum, reference: &SummedSpectrum| -> Vec<Option<f64>> {
        let place = Place { site: "", reference: "" };
        let drawn = Pair::fit(site, reference, edge, place, pair.shared_pattern).ok();
        let drops = drawn.and_then(|pair| drops::measure(&pair, edge, normalise_by));
        let log = |k: usize| Some(drops.as_ref()?.peaks.get(k)?.log_ratio.as_ref().ok()?.value);
        (0..labels.len()).map(log).collect()
    };
    let expected = logs(&pair.site.expectation(), &pair.reference.expectation());
    let draw = |replica: usize| -> Result<Vec<Option<f64>>, Cancelled> {
        steps.step()?;
        let mut random = ChaCha8Rng::seed_from_u64(options.seed);
        random.set_stream(replica as u64);
        let reference = pair.reference.drawn(&mut random);
        Ok(logs(&pair.site.drawn(&mut random), &reference))
    };
    let drawn: Vec<Vec<Option<f64>>> =
        (0..options.replicas).into_par_iter().map(draw).collect::<Result<_, Cancelled>>()?;
    let of_peak = |(k, label): (usize, &&str)| {
        let found = drawn.iter().filter_map(|logs| Some(logs[k]? - expected[k]?));
        let mut deviations: Vec<f64> = found.collect();
        deviations.sort_by(f64::total_cmp);
        Resampled { peak: (*label).to_owned(), failed: options.replicas - deviations.len(), deviations }
    };
    Ok(labels.iter().enumerate().map(of_peak).collect())
}

/// Bootstraps every drop of a comparison made from `input`, and writes what it gave beside the analytic intervals.
///
/// # Errors
/// [`AnalysisError::Cancelled`], or what [`super::compare`] says of the input.
pub fn attach(
    comparison: &mut Comparison,
    input: &CompareInput,
    options: Bootstrap,
    progress: &Progress,
) -> Result<(), AnalysisError> {
    progress.at(0, 1)?;
    // Preparing reports to a token of its own: its share of the work is small.
    let prepared = prepare(input, &Progress::new())?;
    let mut memo = Memo::default();
    let placed = place::place(input, &prepared, &mut memo)?;
    let sums = summed(input, &prepared, &placed, &vec![1.0; input.scans.len() + 1]);
    let edges: Vec<&EdgeRecipe> = input.recipe.edges.iter().filter(|edge| edge.usage == EdgeUse::Drops).collect();
    let of = (edges.len() * sums.sites.len() * options.replicas) as u64;
    let steps = Steps { progress, done: AtomicU64::new(0), of };
    for edge in edges {
        if edge.measure != PeakMeasure::Window {
            comparison.report.not_computed.push(NotComputed {
                field: "edges.peaks.sites.bootstrap".to_owned(),
                reason: format!("{}: the bootstrap draws window integrals, another measure was chosen", edge.name),
            });
            continue;
        }
        let Some(label) = edge.normalise_by.as_deref() else { continue };
        for site in &sums.sites {
            let Ok(pair) = fit(site, &sums.reference, edge, site.shared_pattern) else { continue };
            let resampled = resample(&pair, edge, label, options, &steps)?;
            write(comparison, edge, (&site.scan, &site.site), options, &resampled);
        }
    }
    Ok(())
}

/// Writes the results of one site into the report.
fn write(
    comparison: &mut Comparison,
    edge: &EdgeRecipe,
    (scan, site): (&str, &str),
    options: Bootstrap,
    resampled: &[Resampled],
) {
    let results = comparison.report.edges.iter_mut().filter(|result| result.name == edge.name);
    for peak in results.flat_map(|result| &mut result.peaks) {
        let Some(found) = resampled.iter().find(|found| found.peak == peak.label) else { continue };
        for at in peak.sites.iter_mut().filter(|at| at.scan == scan && at.site == site) {
            let Some(drop) = at.drop else { continue };
            let log_ratio = (1.0 - drop).ln();
            at.bootstrap = Some(BootstrapResult {
                replicas: options.replicas,
                failed: found.failed,
                seed: options.seed,
                drop_sigma: found.sigma().map(|sigma| (1.0 - drop) * sigma),
                drop_ci68: found.drop_interval(log_ratio, 0.682_689_492_137),
                drop_ci95: found.drop_interval(log_ratio, 0.95),
            });
        }
    }
}
