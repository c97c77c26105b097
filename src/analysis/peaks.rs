//! Drops of one edge's peaks as the report states them: every site against the reference, and site against site.

use nalgebra::DMatrix;
use ndarray::Array2;

use crate::model::{EdgeRecipe, PeakMeasure, PeakWindow};

use super::background_report;
use super::column_scatter;
use super::compare::{Fitted, SiteSum, Sums, fit};
use super::curves::{EdgeCurves, LogRatioCovariance};
use super::drops::{Drops, Measured};
use super::fit::component_systematic;
use super::measures;
use super::net::Influence;
use super::normalisations;
use super::report::{Combined, EdgeResult, Normalisation, PeakAtSite, PeakResult, RatioSet, SiteAgainstSite};
use super::systematic;
use super::window_spread;

/// Drops with the systematic covariance of their log ratios.
struct Budget {
    drops: Drops,
    systematic: DMatrix<f64>,
    /// Drops over other windows, peak by peak; empty where they are not asked for.
    maps: Vec<window_spread::Map>,
    /// Sigma of every log ratio from counting and read noise alone, in the order of the covariance.
    counting: Vec<f64>,
    /// Fieller sets of the ratios of every peak at the site and in the reference.
    ratio_sets: Vec<[Option<RatioSet>; 2]>,
}

type Measurement = Result<Budget, String>;

impl Budget {
    fn of(pair: &Fitted<'_>, edge: &EdgeRecipe, label: &str, a_ev: f64) -> Measurement {
        let pair = pair.as_ref().map_err(ToString::to_string)?;
        let drops = measures::measure(pair, edge, label)?;
        let systematic = match edge.measure {
            PeakMeasure::Window | PeakMeasure::SingleScattering => systematic::covariance(pair, edge, &drops, a_ev),
            // Without an interval there is nothing to widen.
            PeakMeasure::Component if drops.no_interval.is_none() => component_systematic(pair, edge, &drops),
            PeakMeasure::Component | PeakMeasure::Maximum => {
                DMatrix::zeros(drops.covariance.nrows(), drops.covariance.ncols())
            }
        };
        let counting = |g: &Influence| pair.noise_covariance(g, g).max(0.0).sqrt();
        let counting = drops.influences.iter().map(counting).collect();
        let all_detected = drops.peaks.iter().all(|peak| peak.log_ratio.is_ok());
        let ratio_sets = if all_detected { Vec::new() } else { measures::ratio_sets(pair, edge, label) };
        Ok(Self { drops, systematic, maps: Vec::new(), counting, ratio_sets })
    }

    /// The same with the drops over other windows.
    fn with_maps(pair: &Fitted<'_>, edge: &EdgeRecipe, label: &str, a_ev: f64) -> Measurement {
        let maps = pair.as_ref().map_or(Vec::new(), |pair| window_spread::maps(pair, edge, label));
        Ok(Self { maps, ..Self::of(pair, edge, label, a_ev)? })
    }

    /// Log ratio of peak `k` with its systematic part, or why there is none.
    fn log_ratio(&self, k: usize) -> Result<(Measured, f64), String> {
        let log = self.drops.peaks[k].log_ratio.clone()?;
        let detected = self.detected_before(k);
        Ok((log, self.systematic[(detected, detected)].max(0.0).sqrt()))
    }

    /// How many peaks before peak `k` are detected: its place in covariances.
    fn detected_before(&self, k: usize) -> usize {
        self.drops.peaks.iter().take(k).filter(|peak| peak.log_ratio.is_ok()).count()
    }

    /// Parts of the sigma of peak `k`'s drop from counting and read noise, and from the fixed pattern.
    fn parts(&self, k: usize, log: &Measured) -> [Option<f64>; 2] {
        let counting = self.counting.get(self.detected_before(k)).copied();
        let pattern = counting.map(|counting| (log.sigma * log.sigma - counting * counting).max(0.0).sqrt());
        [counting, pattern].map(|part| part.map(|sigma| log.value.exp() * sigma))
    }
}

pub(super) fn drop_results(
    sums: &Sums<'_>,
    edge: &EdgeRecipe,
    fitted: &[Fitted<'_>],
    curves: &mut EdgeCurves,
) -> EdgeResult {
    let label = edge.normalise_by.as_deref().unwrap_or_default();
    let a_ev = sums.recipe.calibration.nominal.o_k_a_ev;
    let measured: Vec<Measurement> = fitted.iter().map(|pair| Budget::with_maps(pair, edge, label, a_ev)).collect();
    curves.covariances = covariances(sums, &measured);
    let window_ev = edge.peak(label).map_or(edge.display_ev, |peak| peak.window_ev);
    EdgeResult {
        name: edge.name.clone(),
        backgrounds: background_report::of_sites(sums, edge, fitted),
        normalisation: Normalisation {
            peak: label.to_owned(),
            measure: edge.measure.of_normaliser().to_owned(),
            window_ev,
        },
        peaks: peak_results(sums, edge, label, &measured),
        combined: sums.sites.iter().zip(&measured).map(|(site, measured)| combined(site, measured)).collect(),
        other_normalisations: normalisations::of_sites(sums, edge, fitted),
        joint_fit: Vec::new(),
        column_scatter: column_scatter::of_sites(sums, edge),
        unmixing: Vec::new(),
    }
}

fn peak_results(sums: &Sums<'_>, edge: &EdgeRecipe, label: &str, measured: &[Measurement]) -> Vec<PeakResult> {
    let against = site_against_site(sums, edge, label);
    let sites = |k: usize| {
        let measured = sums.sites.iter().zip(measured);
        measured.map(|(site, measured)| peak_at_site(site, measured, edge.measure, k)).collect()
    };
    let result = |(k, peak): (usize, &PeakWindow)| {
        let site_against_site: Vec<SiteAgainstSite> = against.iter().map(|pair| pair.entry(k)).collect();
        PeakResult {
            label: peak.label.clone(),
            window_ev: peak.window_ev,
            assignment: peak.assignment.clone(),
            sites: sites(k),
            o1_against_o2: site_against_site.first().cloned(),
            site_against_site,
        }
    };
    edge.peaks.iter().filter(|peak| peak.label != label).enumerate().map(result).collect()
}

fn peak_at_site(site: &SiteSum, measured: &Measurement, measure: PeakMeasure, k: usize) -> PeakAtSite {
    let mut entry = PeakAtSite {
        scan: site.scan.clone(),
        site: site.site.clone(),
        method: measure.method().to_owned(),
        ..PeakAtSite::default()
    };
    let budget = match measured {
        Ok(budget) => budget,
        Err(reason) => return PeakAtSite { reason: Some(reason.clone()), ..entry },
    };
    let peak = &budget.drops.peaks[k];
    let split = |measured: Option<Measured>| (measured.map(|m| m.value), measured.map(|m| m.sigma));
    (entry.ratio, entry.ratio_sigma) = split(peak.ratio);
    (entry.reference_ratio, entry.reference_ratio_sigma) = split(peak.reference_ratio);
    [entry.ratio_set, entry.reference_ratio_set] = budget.ratio_sets.get(k).copied().unwrap_or_default();
    match budget.log_ratio(k) {
        Ok((log, systematic)) => {
            (entry.drop, entry.drop_sigma) = split(Some(log.drop()));
            [entry.drop_counting, entry.drop_pattern] = budget.parts(k, &log);
            entry.reason.clone_from(&budget.drops.no_interval);
            if entry.reason.is_none() {
                entry.drop_systematic = Some(log.value.exp() * systematic);
                entry.drop_ci68 = Some(log.drop_interval(0.682_689_492_137, systematic));
                entry.drop_ci95 = Some(log.drop_interval(0.95, systematic));
                entry.p = Some(log.p(systematic));
                let map = budget.maps.get(k);
                entry.window_spread = map.and_then(window_spread::spread);
                let total = log.value.exp() * log.sigma.hypot(systematic);
                entry.sensitivity = map.and_then(|map| window_spread::sensitivity(map.clone(), total));
            }
        }
        Err(reason) => entry.reason = Some(reason),
    }
    entry
}

/// The first site of a scan against its second: the second stands as reference.
struct Against {
    scan: String,
    site: String,
    against: String,
    measured: Measurement,
}

impl Against {
    fn entry(&self, k: usize) -> SiteAgainstSite {
        let log = self.measured.as_ref().map_err(Clone::clone).and_then(|budget| budget.log_ratio(k));
        let value = log.as_ref().ok();
        let no_interval = self.measured.as_ref().ok().and_then(|budget| budget.drops.no_interval.clone());
        let certain = value.filter(|_| no_interval.is_none());
        SiteAgainstSite {
            scan: self.scan.clone(),
            site: self.site.clone(),
            against: self.against.clone(),
            drop: value.map(|(log, _)| log.drop().value),
            drop_sigma: value.map(|(log, _)| log.drop().sigma),
            drop_ci95: certain.map(|(log, systematic)| log.drop_interval(0.95, *systematic)),
            p: certain.map(|(log, systematic)| log.p(*systematic)),
            reason: log.as_ref().err().cloned().or(no_interval),
        }
    }
}

fn site_against_site(sums: &Sums<'_>, edge: &EdgeRecipe, label: &str) -> Vec<Against> {
    let a_ev = sums.recipe.calibration.nominal.o_k_a_ev;
    let first_two = |pair: &[SiteSum]| pair[0].scan == pair[1].scan;
    let starts = |k: usize| k == 0 || sums.sites[k - 1].scan != sums.sites[k].scan;
    (sums.sites.windows(2).enumerate())
        .filter(|(k, pair)| first_two(pair) && starts(*k))
        .map(|(_, pair)| {
            let measured = Budget::of(&fit(&pair[0], &pair[1], edge, 1.0), edge, label, a_ev);
            let [site, against] = [&pair[0], &pair[1]].map(|site| site.site.clone());
            Against { scan: pair[0].scan.clone(), site, against, measured }
        })
        .collect()
}

fn combined(site: &SiteSum, measured: &Measurement) -> Combined {
    let budget = measured.as_ref().ok().filter(|budget| budget.drops.no_interval.is_none());
    let (chi2, dof, p) = budget.map_or((None, 0, None), |budget| budget.drops.combined(&budget.systematic));
    Combined { scan: site.scan.clone(), site: site.site.clone(), chi2, dof, p }
}

fn covariances(sums: &Sums<'_>, measured: &[Measurement]) -> Vec<LogRatioCovariance> {
    let entry = |(site, measured): (&SiteSum, &Measurement)| {
        let empty = Array2::zeros((0, 0));
        let peaks = measured.iter().flat_map(|budget| &budget.drops.peaks);
        let logs: Vec<_> =
            peaks.filter_map(|peak| Some((peak.label.clone(), peak.log_ratio.as_ref().ok()?.value))).collect();
        LogRatioCovariance {
            scan: site.scan.clone(),
            site: site.site.clone(),
            peaks: logs.iter().map(|(label, _)| label.clone()).collect(),
            log_ratio: logs.iter().map(|(_, value)| *value).collect(),
            covariance: measured.as_ref().map_or(empty, |budget| budget.drops.covariance.clone()),
        }
    };
    sums.sites.iter().zip(measured).map(entry).collect()
}
