//! From summed spectra to results: one edge, one site at a time. A site that fails holds its reason in its place.

use nalgebra::DMatrix;
use ndarray::Array2;

use crate::model::{BackgroundModel, EdgeRecipe, EdgeUse, EnergyWindow, Recipe, Role};

use super::curves::{EdgeCurves, LogRatioCovariance, SiteCurve};
use super::drops::{self, Drops, Measured};
use super::error::AnalysisError;
use super::net::{Pair, Place, SiteBackground};
use super::normalisations;
use super::report::{
    BackgroundResult, Combined, EdgeResult, Normalisation, PeakAtSite, PeakResult, SiteAgainstSite, TiL, Warning,
};
use super::sums::SummedSpectrum;
use super::systematic;
use super::ti_l;
use super::window_spread::window_spread;

/// A summed site of a scan.
#[derive(Debug, Clone)]
pub struct SiteSum {
    /// Scan.
    pub scan: String,
    /// Site.
    pub site: String,
    /// Its electrons.
    pub sum: SummedSpectrum,
    /// How much of the fixed pattern its scan shares with the reference, 0 to 1.
    pub shared_pattern: f64,
    /// Factor on covariances from failed self-checks of its scan or the reference.
    pub covariance_factor: f64,
}

/// What the edges of a recipe have in common.
pub struct Sums<'a> {
    /// The reference.
    pub reference: &'a SiteSum,
    /// Every site of every scan.
    pub sites: &'a [SiteSum],
    /// All choices.
    pub recipe: &'a Recipe,
    /// Whether Ti L was aligned on.
    pub aligned_on_ti_l: bool,
}

/// Results of one edge, and cautions.
#[derive(Debug)]
pub struct EdgeOutcome {
    /// Drops, for an edge whose peaks are compared.
    pub result: Option<EdgeResult>,
    /// Invariance, for the edge that is the check.
    pub ti_l: Vec<TiL>,
    /// Curves.
    pub curves: EdgeCurves,
    /// Cautions.
    pub warnings: Vec<Warning>,
}

/// A site with the reference, or why there is none.
pub type Fitted<'a> = Result<Pair<'a>, AnalysisError>;

/// Drops with the systematic covariance of their log ratios.
struct Budget {
    drops: Drops,
    systematic: DMatrix<f64>,
    /// Spread of every drop over other windows, peak by peak; empty where it is not asked for.
    spread: Vec<Option<f64>>,
}

type Measurement = Result<Budget, String>;

impl Budget {
    fn of(pair: &Fitted<'_>, edge: &EdgeRecipe, label: &str, a_ev: f64) -> Measurement {
        let pair = pair.as_ref().map_err(ToString::to_string)?;
        let drops = drops::measure(pair, edge, label).ok_or_else(|| format!("no peak {label} to normalise by"))?;
        let systematic = systematic::covariance(pair, edge, &drops, a_ev);
        Ok(Self { drops, systematic, spread: Vec::new() })
    }

    /// The same with the spread over other windows.
    fn with_spread(pair: &Fitted<'_>, edge: &EdgeRecipe, label: &str, a_ev: f64) -> Measurement {
        let spread = pair.as_ref().map_or(Vec::new(), |pair| window_spread(pair, edge, label, a_ev));
        Ok(Self { spread, ..Self::of(pair, edge, label, a_ev)? })
    }

    /// Log ratio of peak `k` with its systematic part, or why there is none.
    fn log_ratio(&self, k: usize) -> Result<(Measured, f64), String> {
        let log = self.drops.peaks[k].log_ratio.clone()?;
        let detected = self.drops.peaks.iter().take(k).filter(|peak| peak.log_ratio.is_ok()).count();
        Ok((log, self.systematic[(detected, detected)].max(0.0).sqrt()))
    }
}

/// Computes one edge. Without sites, the reference alone is fitted and drawn.
///
/// # Errors
/// [`AnalysisError`] of the first site when no site at all could be computed for an edge whose peaks are compared.
pub fn edge(sums: &Sums<'_>, edge: &EdgeRecipe) -> Result<EdgeOutcome, AnalysisError> {
    let fitted: Vec<Fitted<'_>> =
        sums.sites.iter().map(|site| fit(site, sums.reference, edge, site.shared_pattern)).collect();
    if edge.usage == EdgeUse::Drops
        && !fitted.iter().any(Result::is_ok)
        && let Some(Err(error)) = fitted.first()
    {
        return Err(error.clone());
    }
    let mut warnings = Vec::new();
    for (site, pair) in sums.sites.iter().zip(&fitted) {
        warnings.extend(pair.iter().flat_map(|pair| pair_warnings(pair, edge, site)));
    }
    let alone = if fitted.is_empty() { vec![fit(sums.reference, sums.reference, edge, 1.0)] } else { Vec::new() };
    if edge.usage == EdgeUse::Drops
        && let Some(Err(error)) = alone.first()
    {
        return Err(error.clone());
    }
    let mut curves = curves(sums, edge, if alone.is_empty() { &fitted } else { &alone });
    let (mut result, mut ti_l) = (None, Vec::new());
    match edge.usage {
        EdgeUse::Drops => {
            let found = drop_results(sums, edge, &fitted, &mut curves);
            warnings.extend(normalisations::order_warning(&found));
            result = Some(found);
        }
        EdgeUse::Invariance => {
            ti_l = sums.sites.iter().zip(&fitted).map(|(site, pair)| invariance(sums, edge, site, pair)).collect();
        }
    }
    Ok(EdgeOutcome { result, ti_l, curves, warnings })
}

/// Fits the backgrounds of a site and its reference.
pub fn fit<'a>(site: &'a SiteSum, reference: &'a SiteSum, edge: &EdgeRecipe, shared_pattern: f64) -> Fitted<'a> {
    let place = Place { site: &site.site, reference: &reference.site };
    let pair = Pair::fit(&site.sum, &reference.sum, edge, place, shared_pattern)?;
    let covariance_factor = pair.covariance_factor.max(site.covariance_factor);
    Ok(Pair { covariance_factor, ..pair })
}

fn drop_results(sums: &Sums<'_>, edge: &EdgeRecipe, fitted: &[Fitted<'_>], curves: &mut EdgeCurves) -> EdgeResult {
    let label = edge.normalise_by.as_deref().unwrap_or_default();
    let a_ev = sums.recipe.calibration.nominal.o_k_a_ev;
    let measured: Vec<Measurement> = fitted.iter().map(|pair| Budget::with_spread(pair, edge, label, a_ev)).collect();
    curves.covariances = covariances(sums, &measured);
    let window_ev = edge.peak(label).map_or(edge.display_ev, |peak| peak.window_ev);
    EdgeResult {
        name: edge.name.clone(),
        backgrounds: backgrounds(sums, edge, fitted),
        normalisation: Normalisation { peak: label.to_owned(), measure: "integral".to_owned(), window_ev },
        peaks: peak_results(sums, edge, label, &measured),
        combined: sums.sites.iter().zip(&measured).map(|(site, measured)| combined(site, measured)).collect(),
        other_normalisations: normalisations::of_sites(sums, edge, fitted),
    }
}

fn peak_results(sums: &Sums<'_>, edge: &EdgeRecipe, label: &str, measured: &[Measurement]) -> Vec<PeakResult> {
    let against = site_against_site(sums, edge, label);
    let peaks = edge.peaks.iter().filter(|peak| peak.label != label);
    peaks
        .enumerate()
        .map(|(k, peak)| PeakResult {
            label: peak.label.clone(),
            window_ev: peak.window_ev,
            assignment: peak.assignment.clone(),
            sites: sums.sites.iter().zip(measured).map(|(site, measured)| peak_at_site(site, measured, k)).collect(),
            o1_against_o2: against.iter().map(|pair| pair.entry(k)).collect(),
        })
        .collect()
}

fn peak_at_site(site: &SiteSum, measured: &Measurement, k: usize) -> PeakAtSite {
    let mut entry = PeakAtSite {
        scan: site.scan.clone(),
        site: site.site.clone(),
        method: "window".to_owned(),
        ratio: None,
        ratio_sigma: None,
        reference_ratio: None,
        reference_ratio_sigma: None,
        drop: None,
        drop_sigma: None,
        drop_systematic: None,
        drop_ci68: None,
        drop_ci95: None,
        p: None,
        window_spread: None,
        reason: None,
    };
    let budget = match measured {
        Ok(budget) => budget,
        Err(reason) => return PeakAtSite { reason: Some(reason.clone()), ..entry },
    };
    let peak = &budget.drops.peaks[k];
    let split = |measured: Option<Measured>| (measured.map(|m| m.value), measured.map(|m| m.sigma));
    (entry.ratio, entry.ratio_sigma) = split(peak.ratio);
    (entry.reference_ratio, entry.reference_ratio_sigma) = split(peak.reference_ratio);
    match budget.log_ratio(k) {
        Ok((log, systematic)) => {
            let drop = log.drop();
            entry.drop = Some(drop.value);
            entry.drop_sigma = Some(drop.sigma);
            entry.drop_systematic = Some((1.0 - drop.value) * systematic);
            entry.drop_ci68 = Some(log.drop_interval(0.682_689_492_137, systematic));
            entry.drop_ci95 = Some(log.drop_interval(0.95, systematic));
            entry.p = Some(log.p(systematic));
            entry.window_spread = budget.spread.get(k).copied().flatten();
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
        SiteAgainstSite {
            scan: self.scan.clone(),
            site: self.site.clone(),
            against: self.against.clone(),
            drop: value.map(|(log, _)| log.drop().value),
            drop_sigma: value.map(|(log, _)| log.drop().sigma),
            drop_ci95: value.map(|(log, systematic)| log.drop_interval(0.95, *systematic)),
            p: value.map(|(log, systematic)| log.p(*systematic)),
            reason: log.as_ref().err().cloned(),
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
    let (chi2, dof, p) = measured.as_ref().map_or((None, 0, None), |budget| budget.drops.combined(&budget.systematic));
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

fn backgrounds(sums: &Sums<'_>, edge: &EdgeRecipe, fitted: &[Fitted<'_>]) -> Vec<BackgroundResult> {
    let mut entries = Vec::new();
    for (site, pair) in sums.sites.iter().zip(fitted) {
        let Ok(pair) = pair else { continue };
        if entries.is_empty() {
            entries.push(power_law_entry(sums.reference, pair, &pair.reference_background));
        }
        entries.push(match &pair.site_background {
            SiteBackground::Own(own) => power_law_entry(site, pair, own),
            SiteBackground::Ratio(ratio) => BackgroundResult {
                model: "common-shape".to_owned(),
                exponent: None,
                exponent_sigma: None,
                reduced_chi2: None,
                ratio_window_ev: edge.background.ratio_window_ev,
                ratio_reduced_chi2: (ratio.dof > 0).then(|| ratio.chi2 / ratio.dof as f64),
                ratio_p: ratio.p(),
                ..power_law_entry(site, pair, &pair.reference_background)
            },
        });
    }
    entries
}

fn power_law_entry(site: &SiteSum, pair: &Pair<'_>, power: &super::background::PowerLaw) -> BackgroundResult {
    let (exponent, sigma) = power.exponent();
    BackgroundResult {
        scan: site.scan.clone(),
        site: site.site.clone(),
        model: "power-law".to_owned(),
        window_ev: pair.window,
        exponent: Some(exponent),
        exponent_sigma: Some(sigma),
        reduced_chi2: (power.dof > 0).then(|| power.chi2 / power.dof as f64),
        ratio_window_ev: None,
        ratio_reduced_chi2: None,
        ratio_p: None,
    }
}

fn pair_warnings(pair: &Pair<'_>, edge: &EdgeRecipe, site: &SiteSum) -> Vec<Warning> {
    let place = format!("{} at {} of {}", edge.name, site.site, site.scan);
    let mut warnings = Vec::new();
    let mut warn = |code: &str, message: String| {
        warnings.push(Warning { code: code.to_owned(), message, place: place.clone() });
    };
    let powers = match &pair.site_background {
        SiteBackground::Own(own) => vec![own, &pair.reference_background],
        SiteBackground::Ratio(ratio) => {
            if ratio.p().is_some_and(|p| p < 0.001) {
                let message = "the site's pre-edge is no smooth multiple of the reference's (p < 0.001): thickness or surroundings differ";
                warn("pre-edge-differs", message.to_owned());
            }
            vec![&pair.reference_background]
        }
    };
    if powers.iter().any(|power| !(0.0..=10.0).contains(&power.exponent().0)) {
        warn(
            "background-exponent",
            "the background exponent lies outside 0 to 10: is the window before the edge?".to_owned(),
        );
    }
    if pair.covariance_factor > 1.0 {
        let factor = pair.covariance_factor;
        let message =
            format!("the pre-edge scatters more than counting allows: covariances are multiplied by {factor:.1}");
        warn("pre-edge-misfit", message);
    }
    warnings.extend(window_warnings(pair, edge));
    warnings
}

/// Cautions about where the windows lie.
fn window_warnings(pair: &Pair<'_>, edge: &EdgeRecipe) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |code: &str, message: String| {
        warnings.push(Warning { code: code.to_owned(), message, place: edge.name.clone() });
    };
    let common = edge.background.model == BackgroundModel::CommonShape;
    if edge.usage == EdgeUse::Drops && pair.window.lo_ev() < 490.0 && common {
        warn(
            "background-on-ti-tail",
            "the background window starts below 490 eV: the tail of Ti L and its plasmon copy lie there".to_owned(),
        );
    }
    let first = edge.peaks.iter().map(|peak| peak.window_ev.lo_ev()).fold(f64::INFINITY, f64::min);
    let gap = 2.5_f64.max(2.0 * pair.reference.axis.dispersion_ev());
    // Peak a starts 0.7 eV after the onset in the preset, hence the onset 0.7 eV after the window's start.
    if edge.usage == EdgeUse::Drops && pair.window.hi_ev() + gap > first + 0.7 + 1e-9 {
        let message =
            format!("the background window ends less than {gap:.1} eV before the onset: the edge leaks into it");
        warn("background-near-onset", message);
    }
    for (k, peak) in edge.peaks.iter().enumerate() {
        for other in edge.peaks.iter().skip(k + 1).filter(|other| other.window_ev.overlaps(&peak.window_ev)) {
            warn("windows-overlap", format!("peaks {} and {} share channels", peak.label, other.label));
        }
    }
    warnings
}

fn invariance(sums: &Sums<'_>, edge: &EdgeRecipe, site: &SiteSum, pair: &Fitted<'_>) -> TiL {
    let mut entry = TiL {
        scan: site.scan.clone(),
        site: site.site.clone(),
        p_equal: None,
        shift_ev: None,
        shift_sigma_ev: None,
        ti3_fraction: None,
        ti3_sigma: None,
        ti3_upper95: None,
        l3_l2_relative: None,
        l3_l2_sigma: None,
        verdict: None,
        reason: None,
    };
    let pair = match pair {
        Ok(pair) => pair,
        Err(error) => return TiL { reason: Some(error.to_string()), ..entry },
    };
    // L3 over L2, relative to the reference: the same measure as a drop, normalised by the second white line.
    if let [l3, l2] = edge.peaks.as_slice()
        && let Some(drops) = drops::measure(pair, edge, &l2.label)
        && let Some(Ok(log)) = drops.peaks.iter().find(|peak| peak.label == l3.label).map(|peak| &peak.log_ratio)
    {
        entry.l3_l2_relative = Some(log.value.exp());
        entry.l3_l2_sigma = Some(log.drop().sigma);
    }
    let window = edge.compare_window_ev.unwrap_or(edge.display_ev);
    let Some(found) = ti_l::compare(pair, window) else {
        entry.reason = Some(format!("the shapes could not be compared over {window}"));
        return entry;
    };
    entry.p_equal = Some(found.p_equal);
    entry.ti3_fraction = Some(found.ti3_fraction[0]);
    entry.ti3_sigma = Some(found.ti3_fraction[1]);
    entry.ti3_upper95 = Some(found.ti3_upper95);
    entry.verdict = Some(found.verdict(&sums.recipe.ti_limits, !sums.aligned_on_ti_l).to_owned());
    if sums.aligned_on_ti_l {
        entry.reason = Some("no shift: spectra are aligned on Ti L itself".to_owned());
    } else {
        entry.shift_ev = Some(found.shift_ev[0]);
        entry.shift_sigma_ev = Some(found.shift_ev[1]);
    }
    entry
}

/// Curves of the reference and every site over what the edge needs.
fn curves(sums: &Sums<'_>, edge: &EdgeRecipe, fitted: &[Fitted<'_>]) -> EdgeCurves {
    let axis = &sums.reference.sum.axis;
    let lowest = [Some(edge.display_ev), Some(edge.background.window_ev), edge.background.ratio_window_ev]
        .into_iter()
        .flatten()
        .map(|window| window.lo_ev())
        .fold(f64::INFINITY, f64::min);
    let range =
        EnergyWindow::new(lowest - 1.0, edge.display_ev.hi_ev()).map_or(0..0, |window| axis.channels_in(window));
    let by = match edge.usage {
        EdgeUse::Drops => edge.normalise_by.as_deref().and_then(|label| edge.peak(label)).map(|peak| peak.window_ev),
        EdgeUse::Invariance => edge.compare_window_ev,
    };
    let curve = |who: &SiteSum, role, background: Option<&dyn Fn(f64) -> [f64; 2]>| {
        site_curve(who, role, range.clone(), background, by)
    };
    let first = fitted.iter().find_map(|pair| pair.as_ref().ok());
    let reference = first.map(|pair| {
        |energy: f64| [pair.reference_background.at(energy), pair.reference_background.variance_at(energy)]
    });
    let mut spectra =
        vec![curve(sums.reference, Role::Reference, reference.as_ref().map(|f| f as &dyn Fn(f64) -> [f64; 2]))];
    for (site, pair) in sums.sites.iter().zip(fitted) {
        let at = pair
            .as_ref()
            .ok()
            .map(|pair| |energy: f64| [pair.site_background_at(energy), pair.site_background_variance_at(energy)]);
        spectra.push(curve(site, Role::Scan, at.as_ref().map(|f| f as &dyn Fn(f64) -> [f64; 2])));
    }
    let energy_ev = range.map(|i| axis.energy_at(i as f64)).collect();
    EdgeCurves { edge: edge.name.clone(), usage: edge.usage, energy_ev, spectra, covariances: Vec::new() }
}

fn site_curve(
    who: &SiteSum,
    role: Role,
    range: std::ops::Range<usize>,
    background: Option<&dyn Fn(f64) -> [f64; 2]>,
    by: Option<EnergyWindow>,
) -> SiteCurve {
    let sum = &who.sum;
    let raw: Vec<f64> = range.clone().map(|i| sum.electrons[i]).collect();
    let raw_sigma: Vec<f64> = range.clone().map(|i| sum.channel_variance(i).sqrt()).collect();
    let at: Vec<[f64; 2]> =
        background.map_or(Vec::new(), |f| range.clone().map(|i| f(sum.axis.energy_at(i as f64))).collect());
    let net: Vec<f64> = raw.iter().zip(&at).map(|(n, [b, _])| n - b).collect();
    let mean = by.zip(background).and_then(|(window, f)| {
        let weights = window.weights(&sum.axis);
        let total: f64 = weights.iter().map(|(i, w)| w * (sum.electrons[i] - f(sum.axis.energy_at(i as f64))[0])).sum();
        let mean = total * sum.axis.dispersion_ev() / window.width_ev();
        (mean > 0.0).then_some(mean)
    });
    let scaled = |values: &[f64]| mean.map_or(Vec::new(), |mean| values.iter().map(|v| v / mean).collect());
    SiteCurve {
        scan: who.scan.clone(),
        role,
        site: who.site.clone(),
        background: at.iter().map(|[b, _]| *b).collect(),
        background_sigma: at.iter().map(|[_, v]| v.max(0.0).sqrt()).collect(),
        normalised: scaled(&net),
        normalised_sigma: if net.is_empty() { Vec::new() } else { scaled(&raw_sigma) },
        net,
        raw,
        raw_sigma,
    }
}
