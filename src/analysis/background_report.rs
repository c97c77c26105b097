//! The report's entries of the backgrounds of one edge.

use crate::model::{BackgroundModel, EdgeRecipe, EnergyWindow, PeakWindow};

use super::background::Background;
use super::compare::{Fitted, SiteSum, Sums};
use super::extrapolation::{Under, under_reference, under_site};
use super::net::{Pair, SiteBackground};
use super::report::{BackgroundResult, Extrapolation};

/// The reference's background, then that of every site.
pub(super) fn of_sites(sums: &Sums<'_>, edge: &EdgeRecipe, fitted: &[Fitted<'_>]) -> Vec<BackgroundResult> {
    let mut entries = Vec::new();
    for (site, pair) in sums.sites.iter().zip(fitted) {
        let Ok(pair) = pair else { continue };
        if entries.is_empty() {
            let extrapolation = extrapolated(edge, |window| under_reference(pair, window));
            let alone = entry(sums.reference, (pair, edge), &pair.reference_background);
            entries.push(BackgroundResult { extrapolation, ..alone });
        }
        let extrapolation = extrapolated(edge, |window| under_site(pair, window));
        let found = match &pair.site_background {
            SiteBackground::Own(own) => entry(site, (pair, edge), own),
            SiteBackground::Ratio(ratio) => BackgroundResult {
                model: BackgroundModel::CommonShape.name().to_owned(),
                exponent: None,
                exponent_sigma: None,
                reduced_chi2: None,
                ratio_window_ev: edge.background.ratio_window_ev,
                ratio_reduced_chi2: (ratio.dof > 0).then(|| ratio.chi2 / ratio.dof as f64),
                ratio_p: ratio.p(),
                ..entry(site, (pair, edge), &pair.reference_background)
            },
        };
        entries.push(BackgroundResult { extrapolation, ..found });
    }
    entries
}

fn entry(site: &SiteSum, (pair, edge): (&Pair<'_>, &EdgeRecipe), fit: &Background) -> BackgroundResult {
    let (exponent, sigma) = fit.exponent();
    BackgroundResult {
        scan: site.scan.clone(),
        site: site.site.clone(),
        model: fit.model().name().to_owned(),
        window_ev: pair.window,
        more_windows_ev: edge.background.more_windows_ev.clone(),
        plural_scattering: fit.holds_plural_scattering(),
        exponent: Some(exponent),
        exponent_sigma: Some(sigma),
        reduced_chi2: (fit.dof > 0).then(|| fit.chi2 / fit.dof as f64),
        ratio_window_ev: None,
        ratio_reduced_chi2: None,
        ratio_p: None,
        extrapolation: Vec::new(),
    }
}

/// The background under every peak, and what extrapolating it costs.
fn extrapolated(edge: &EdgeRecipe, under: impl Fn(EnergyWindow) -> Under) -> Vec<Extrapolation> {
    let of = |peak: &PeakWindow| {
        let found = under(peak.window_ev);
        Extrapolation {
            peak: peak.label.clone(),
            background_electrons: found.background.value,
            background_sigma: found.background.sigma,
            h: found.h,
        }
    };
    edge.peaks.iter().map(of).collect()
}
