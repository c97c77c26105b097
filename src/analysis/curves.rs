//! The curves behind a report: summed spectra, backgrounds and covariances, in electrons on the calibrated axis.

use ndarray::Array2;

use crate::model::{EdgeRecipe, EdgeUse, EnergyWindow, PeakMeasure, Role};

use super::compare::{Fitted, SiteSum, Sums};
use super::extrapolation::Band;
use super::fit::JointFitCurves;
use super::single_scattering::SingleScattering;

/// Spectra of one edge on one calibrated energy axis, in electrons.
#[derive(Debug, Clone, PartialEq)]
pub struct EdgeCurves {
    /// Name of the edge.
    pub edge: String,
    /// What it is used for.
    pub usage: EdgeUse,
    /// Calibrated energy of every channel, eV.
    pub energy_ev: Vec<f64>,
    /// The reference first, then every site of every scan.
    pub spectra: Vec<SiteCurve>,
    /// Covariances of the drops' logarithms, one for each scan and site (drops only).
    pub covariances: Vec<LogRatioCovariance>,
    /// Joint fits of sites with the reference, when asked for: components, background, residuals.
    pub joint_fits: Vec<JointFitCurves>,
}

/// One summed spectrum with its background, in electrons, one value per channel of the edge's axis.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteCurve {
    /// Scan.
    pub scan: String,
    /// Its role.
    pub role: Role,
    /// Site; `reference` for the reference.
    pub site: String,
    /// What its energies lie above those of the edge, eV: the mean of what whole-channel shifts leave. Integrals of the
    /// report are taken on its own energies.
    pub offset_ev: f64,
    /// Electrons.
    pub raw: Vec<f64>,
    /// Standard deviation of `raw`.
    pub raw_sigma: Vec<f64>,
    /// Background.
    pub background: Vec<f64>,
    /// Standard deviation of the background from noise and pattern: the extrapolation band.
    pub background_sigma: Vec<f64>,
    /// `raw - background`.
    pub net: Vec<f64>,
    /// Net per mean net of the normalising peak, both without plural scattering where drops are measured so (from the start
    /// of the background window on, as far as every position reaches; the reference as it is compared with the first site);
    /// empty when it cannot be normalised.
    pub normalised: Vec<f64>,
    /// Whether plural scattering is removed from `normalised`.
    pub single_scattering: bool,
    /// Standard deviation of `normalised` from counting.
    pub normalised_sigma: Vec<f64>,
}

/// Covariance of `ln(I_k / I_a)_site - ln(I_k / I_a)_reference` over the peaks of an edge.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRatioCovariance {
    /// Scan.
    pub scan: String,
    /// Site.
    pub site: String,
    /// Peaks, in the order of the matrix.
    pub peaks: Vec<String>,
    /// The logarithms.
    pub log_ratio: Vec<f64>,
    /// Their covariance.
    pub covariance: Array2<f64>,
}

/// Curves of the reference and every site over what the edge needs.
pub(super) fn of_edge(sums: &Sums<'_>, edge: &EdgeRecipe, fitted: &[Fitted<'_>]) -> EdgeCurves {
    let axis = &sums.reference.sum.axis;
    let lowest = std::iter::once(edge.display_ev)
        .chain(edge.background.windows())
        .chain(edge.background.ratio_window_ev)
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
        let band = Band::of_reference(pair);
        move |energy: f64| [pair.reference_background.at(energy), band.variance_at(energy)]
    });
    let mut spectra =
        vec![curve(sums.reference, Role::Reference, reference.as_ref().map(|f| f as &dyn Fn(f64) -> [f64; 2]))];
    for (site, pair) in sums.sites.iter().zip(fitted) {
        let at = pair
            .as_ref()
            .ok()
            .map(|pair| (pair, Band::of_site(pair)))
            .map(|(pair, band)| move |energy: f64| [pair.site_background_at(energy), band.variance_at(energy)]);
        spectra.push(curve(site, Role::Scan, at.as_ref().map(|f| f as &dyn Fn(f64) -> [f64; 2])));
    }
    for (spectrum, site) in spectra.iter_mut().zip(std::iter::once(sums.reference).chain(sums.sites)) {
        spectrum.offset_ev = site.sum.axis.first_ev() - axis.first_ev();
    }
    if edge.usage == EdgeUse::Drops && edge.measure == PeakMeasure::SingleScattering {
        without_plural(&mut spectra, fitted, range.start, by);
    }
    let energy_ev = range.map(|i| axis.energy_at(i as f64)).collect();
    EdgeCurves {
        edge: edge.name.clone(),
        usage: edge.usage,
        energy_ev,
        spectra,
        covariances: Vec::new(),
        joint_fits: Vec::new(),
    }
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
        offset_ev: 0.0,
        background: at.iter().map(|[b, _]| *b).collect(),
        background_sigma: at.iter().map(|[_, v]| v.max(0.0).sqrt()).collect(),
        normalised: scaled(&net),
        normalised_sigma: if net.is_empty() { Vec::new() } else { scaled(&raw_sigma) },
        single_scattering: false,
        net,
        raw,
        raw_sigma,
    }
}

/// Brings the normalised curves to what drops are measured on when plural scattering is removed; empties those from which it
/// cannot be. `first` is the channel of the sums that curves start at.
fn without_plural(spectra: &mut [SiteCurve], fitted: &[Fitted<'_>], first: usize, by: Option<EnergyWindow>) {
    for (k, curve) in spectra.iter_mut().enumerate() {
        let single = match k.checked_sub(1) {
            None => fitted.iter().find_map(single_scattering),
            Some(k) => fitted.get(k).and_then(single_scattering),
        };
        let normalised = single.zip(by).and_then(|(single, window)| normalised_single(&single, curve, first, window));
        (curve.normalised, curve.normalised_sigma) = normalised.unwrap_or_default();
        curve.single_scattering = true;
    }
}

fn single_scattering<'p, 'a>(pair: &'p Fitted<'a>) -> Option<SingleScattering<'p, 'a>> {
    SingleScattering::of(pair.as_ref().ok()?).ok()
}

/// Values and sigmas of a curve without plural scattering, per mean over `window`; as recorded where there are none.
fn normalised_single(
    single: &SingleScattering<'_, '_>,
    curve: &SiteCurve,
    first: usize,
    window: EnergyWindow,
) -> Option<(Vec<f64>, Vec<f64>)> {
    let [site, reference] = single.values(window);
    let (total, (from, net, variance)) = match curve.role {
        Role::Reference => (reference, single.reference()),
        Role::Scan => (site, single.site()),
    };
    let mean = total * single.dispersion_ev() / window.width_ev();
    let sigma: Vec<f64> = variance.iter().map(|v| v.sqrt()).collect();
    let scaled = |single: &[f64], recorded: &[f64]| {
        let at = |(i, recorded): (usize, &f64)| {
            let removed = (first + i).checked_sub(from).and_then(|i| single.get(i));
            removed.unwrap_or(recorded) / mean
        };
        recorded.iter().enumerate().map(at).collect()
    };
    (mean > 0.0).then(|| (scaled(net, &curve.net), scaled(&sigma, &curve.raw_sigma)))
}
