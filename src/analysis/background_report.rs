//! The report's entries of the backgrounds of one edge.

use crate::model::EdgeRecipe;

use super::compare::{Fitted, SiteSum, Sums};
use super::net::{Pair, SiteBackground};
use super::report::BackgroundResult;

pub(super) fn of_sites(sums: &Sums<'_>, edge: &EdgeRecipe, fitted: &[Fitted<'_>]) -> Vec<BackgroundResult> {
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
